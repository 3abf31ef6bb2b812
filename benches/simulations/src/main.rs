//! The command: runs the simulations and prints what they come to.
//!
//! In: flags. Out: markdown, on the terminal and in a file.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use counterfoil_simulations::error::SimulationError;
use counterfoil_simulations::place::Sizes;
use counterfoil_simulations::simulation::ALL;
use counterfoil_simulations::{run, summary};

const HELP: &str = "\
What a study's comparison makes of made-up places whose truth is known.

  --seeds N         seeds of each simulation (500)
  --participants N  who started (600)
  --others N        everybody else on the register (8000)
  --only A,B        these simulations
  --out FILE.md     where the tables go too (target/simulations.md)
";

fn main() -> ExitCode {
    match simulate(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    seeds: u64,
    sizes: Sizes,
    only: Option<Vec<String>>,
    out: String,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Option<Options>, SimulationError> {
    let sizes = Sizes { participants: 600, others: 8_000 };
    let mut options = Options { seeds: 500, sizes, only: None, out: "target/simulations.md".to_owned() };
    while let Some(name) = arguments.next() {
        if name == "--help" {
            return Ok(None);
        }
        let value = arguments.next().ok_or_else(|| SimulationError::Arguments(format!("{name} wants a value")))?;
        let number = || value.parse().map_err(|_| SimulationError::Arguments(format!("{value} is no number")));
        match name.as_str() {
            "--seeds" => options.seeds = u64::from(number()?),
            "--participants" => options.sizes.participants = number()?,
            "--others" => options.sizes.others = number()?,
            "--only" => options.only = Some(value.split(',').map(str::to_owned).collect()),
            "--out" => options.out = value,
            _ => return Err(SimulationError::Arguments(format!("{name} is not known"))),
        }
    }
    let known = |name: &&String| ALL.iter().any(|simulation| simulation.name == name.as_str());
    if let Some(stranger) = options.only.iter().flatten().find(|name| !known(name)) {
        return Err(SimulationError::Arguments(format!("no simulation {stranger}")));
    }
    Ok(Some(options))
}

fn simulate(arguments: impl Iterator<Item = String>) -> Result<(), SimulationError> {
    let Some(Options { seeds, sizes, only, out }) = options(arguments)? else {
        print!("{HELP}");
        for simulation in ALL {
            println!("\n{}: {}", simulation.name, simulation.about);
        }
        return Ok(());
    };
    let Sizes { participants, others } = sizes;
    let mut text = format!("# Simulations\n\n{seeds} seeds each; {participants} participants, {others} others.\n");
    for simulation in ALL.iter().filter(|of| only.as_ref().is_none_or(|only| only.iter().any(|name| name == of.name))) {
        let begun = Instant::now();
        let lines = run(simulation, seeds, sizes)?;
        eprintln!("{}: {} s", simulation.name, begun.elapsed().as_secs());
        let _ = write!(text, "\n## {}\n\n{}\n\n{}", simulation.name, simulation.about, summary::markdown(&lines));
        // After each, so that what was seen is not lost with a later one.
        fs::write(&out, &text).map_err(|source| SimulationError::Write { file: out.clone(), source })?;
    }
    print!("{text}");
    Ok(())
}
