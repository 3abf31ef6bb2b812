//! A random draw within the strata.
//!
//! In: strata with their members by rank, the number for each treated. Out: the controls of each treated place.

use crate::draw::{Draw, Stream};
use crate::frame::{Frame, Stratum};
use crate::matching::{Found, Unmatched};
use crate::{Replacement, Seed};

/// Draws up to `per_treated` controls for each treated, places in, places out.
pub(crate) fn draw_controls(frame: &Frame, per_treated: u32, replacement: Replacement, seed: &Seed) -> Vec<Found> {
    let strata = frame.by_stratum();
    match replacement {
        Replacement::Without => without(frame, &strata, per_treated),
        Replacement::With => with(frame, &strata, per_treated, seed),
    }
}

/// Round after round, the treated by rank each take the candidate of the lowest rank that is left.
fn without(frame: &Frame, strata: &[Stratum], per_treated: u32) -> Vec<Found> {
    let mut found: Vec<Found> = vec![Err(Unmatched::NoCandidateInStratum); frame.treated.strata.len()];
    for stratum in strata.iter().filter(|stratum| !stratum.candidates.is_empty()) {
        for &treated in &stratum.treated {
            found[treated as usize] = Err(Unmatched::NoneLeft);
        }
        let turns = (0..per_treated).flat_map(|_| &stratum.treated);
        for (&treated, &candidate) in turns.zip(&stratum.candidates) {
            match &mut found[treated as usize] {
                Ok(controls) => controls.push(candidate),
                none => *none = Ok(vec![candidate]),
            }
        }
    }
    found
}

/// The treated by rank, over all strata, each draw different candidates of their stratum.
fn with(frame: &Frame, strata: &[Stratum], per_treated: u32, seed: &Seed) -> Vec<Found> {
    let mut stratum_of = vec![0; frame.treated.strata.len()];
    for (number, stratum) in strata.iter().enumerate() {
        for &treated in &stratum.treated {
            stratum_of[treated as usize] = number;
        }
    }
    let mut found: Vec<Found> = vec![Err(Unmatched::NoCandidateInStratum); frame.treated.strata.len()];
    let mut draw = Draw::of_stream(seed, Stream::Replacement);
    for &treated in &frame.treated.drawn {
        let candidates = &strata[stratum_of[treated as usize]].candidates;
        let len = u32::try_from(candidates.len()).expect("covariates have at most 2^32 - 1 rows");
        if len > 0 {
            let chosen = draw.subset(per_treated, len).into_iter();
            found[treated as usize] = Ok(chosen.map(|position| candidates[position as usize]).collect());
        }
    }
    found
}
