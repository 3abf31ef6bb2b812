//! Runs the attacks and prints what came of them.
//!
//! In: arguments. Out: markdown on standard output or in a file; progress on standard error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use counterfoil_attacks::error::AttackError;
use counterfoil_attacks::run::{Options, Part, run};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/thrive-nel/schema.toml");

const HELP: &str = "Attacks encodings without their key, and counts what is re-identified.

  --quick           one size, two overlaps
  --schema FILE     the linkage schema to attack (that of examples/thrive-nel)
  --sizes N,N       encoded people (1000,5000,10000)
  --shares N,N      overlaps: encoded people in per cent of the list (5,10,20,40,60,80,100)
  --listed-max N    most people on the list (50000)
  --only PART       tokens, clks or curve
  --targets A+B     these encodings of the CLK alone, by name (diffused t=3)
  --diffusions N,N  diffusion inputs of the curve (1,2,3,5,8,10)
  --effort N,N      of the graph attack: straight starts, starts by trial (3,2)
  --without-number  leaves the NHS number out of the linkage of the curve
  --people FOLDER   a.csv, b.csv and truth.csv to attack as well
  --seed N          everything random follows from it (1)
  --out FILE.md     writes the tables there too
";

fn main() -> ExitCode {
    match attack(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn attack(arguments: impl Iterator<Item = String>) -> Result<(), AttackError> {
    let arguments: Vec<String> = arguments.collect();
    if arguments.iter().any(|argument| argument == "--help") {
        print!("{HELP}");
        return Ok(());
    }
    let value = |name: &str| -> Result<Option<&String>, AttackError> {
        let Some(at) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
        let given = arguments.get(at + 1);
        given.map(Some).ok_or_else(|| AttackError::Arguments(format!("{name} wants a value")))
    };
    let known = [
        "--schema",
        "--sizes",
        "--shares",
        "--listed-max",
        "--people",
        "--seed",
        "--out",
        "--quick",
        "--only",
        "--targets",
        "--diffusions",
        "--effort",
        "--without-number",
    ];
    if let Some(stranger) = arguments.iter().find(|a| a.starts_with("--") && !known.contains(&a.as_str())) {
        return Err(AttackError::Arguments(format!("{stranger} is not known")));
    }
    let number = |text: &str| text.parse().map_err(|_| AttackError::Arguments(format!("{text} is no number")));
    let numbers = |text: &String| text.split(',').map(number).collect::<Result<Vec<u32>, _>>();
    let schema_file = value("--schema")?.map_or(SCHEMA, String::as_str);
    let at_fault = |source| AttackError::Read { file: schema_file.to_owned(), source };
    let schema = fs::read_to_string(schema_file).map_err(at_fault)?;
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let mut options = if quick { Options::quick(schema) } else { Options::full(schema) };
    if let Some(sizes) = value("--sizes")? {
        options.sizes = numbers(sizes)?;
    }
    if let Some(shares) = value("--shares")? {
        options.shares = numbers(shares)?;
        if options.shares.iter().any(|share| !(1..=100).contains(share)) {
            return Err(AttackError::Arguments("--shares are 1 to 100".to_owned()));
        }
    }
    if let Some(listed_max) = value("--listed-max")? {
        options.listed_max = number(listed_max)?;
    }
    if let Some(seed) = value("--seed")? {
        options.seed = u64::from(number(seed)?);
    }
    options.only = match value("--only")?.map(String::as_str) {
        None => None,
        Some("tokens") => Some(Part::Tokens),
        Some("clks") => Some(Part::Clks),
        Some("curve") => Some(Part::Curve),
        Some(other) => return Err(AttackError::Arguments(format!("--only {other}: tokens, clks or curve"))),
    };
    options.targets = value("--targets")?.map(|names| names.split('+').map(str::to_owned).collect());
    if let Some(diffusions) = value("--diffusions")? {
        options.diffusions = numbers(diffusions)?;
    }
    if let Some(effort) = value("--effort")? {
        let [straight, starts] = numbers(effort)?[..] else {
            return Err(AttackError::Arguments("--effort wants two numbers".to_owned()));
        };
        options.effort.straight = straight as usize;
        options.effort.starts = starts as usize;
    }
    options.without_number = arguments.iter().any(|argument| argument == "--without-number");
    options.people = value("--people")?.map(PathBuf::from);
    let report = run(&options, &mut |line| eprintln!("{line}"))?.markdown();
    print!("{report}");
    if let Some(out) = value("--out")? {
        let at_fault = |source| AttackError::Write { file: out.clone(), source };
        fs::write(out, &report).map_err(at_fault)?;
    }
    Ok(())
}
