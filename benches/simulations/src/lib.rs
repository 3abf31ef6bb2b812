//! Made-up places with a known truth, and what a study's comparison makes of them.
//!
//! In: sizes and seeds. Out: for each simulation, over all seeds, bias, coverage and power of the figures that a payer is given.
//! Absent on purpose: files of people, linkage (links are given, or missed as a simulation says), and a verdict: the table says what
//! was seen.
//!
//! A place is drawn by `place`, which has its `people`; `unit` tabulates it under `study` and takes the tables through the release gate;
//! `design` and `trend` look at the same place in other ways; `simulation` says what is varied, `beside` what stands beside the planned
//! result, `summary` what it comes to.

pub mod error;
pub mod random;

pub mod people;
pub mod place;

pub mod study;
pub mod unit;

pub mod design;
pub mod summary;

pub mod findings;

pub mod beside;
pub mod trend;

pub mod simulation;

use rayon::prelude::*;

use error::SimulationError;
use place::Sizes;
use simulation::Simulation;
use summary::Line;

/// Runs a simulation with seeds 1 to `seeds`.
///
/// # Errors
/// The first seed's that could not be run.
pub fn run(simulation: &Simulation, seeds: u64, sizes: Sizes) -> Result<Vec<Line>, SimulationError> {
    let found: Result<Vec<_>, _> = (1..=seeds).into_par_iter().map(|seed| (simulation.run)(seed, sizes)).collect();
    found.map(summary::lines)
}
