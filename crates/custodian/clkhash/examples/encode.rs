//! Encodes a CSV file: `cargo run --release -p counterfoil-clkhash --example encode -- SCHEMA.json SECRET_FILE PEOPLE.csv OUT.json`.
//!
//! With `--timings` it says how many rows it took and how long. With `--header ignore` or `--header none` the first row is not
//! checked, or is a record. Threads as `RAYON_NUM_THREADS` says. The command `counterfoil clkhash` asks the agreement first; this
//! example is for measuring and comparing.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its result")]

use std::fs::File;
use std::io::BufWriter;
use std::time::Instant;

use counterfoil_clkhash::{ClkhashSchema, Encoder, FileError, Header, Secret, encode_csv};
use zeroize::Zeroizing;

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    let (mut timings, mut header) = (false, Header::Checked);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--timings" => timings = true,
            "--header" => {
                header = match arguments.next().as_deref() {
                    Some("ignore") => Header::Ignored,
                    Some("none") => Header::Absent,
                    _ => return Err("--header is ignore or none".into()),
                }
            }
            _ => files.push(argument),
        }
    }
    let [schema, secret, people, out] = files.as_slice() else {
        return Err("encode SCHEMA.json SECRET_FILE PEOPLE.csv OUT.json [--timings] [--header ignore|none]".into());
    };
    let schema = ClkhashSchema::parse(&std::fs::read_to_string(schema)?)?;
    for warning in schema.warnings() {
        eprintln!("warning: {warning}");
    }
    let secret = Secret::of_file(Zeroizing::new(std::fs::read(secret)?))?;
    let encoder = Encoder::new(&schema, secret)?;
    let mut output = BufWriter::with_capacity(1 << 20, File::create(out)?);
    let started = Instant::now();
    let encoded = match encode_csv(&encoder, File::open(people)?, &mut output, header) {
        Ok(encoded) => encoded,
        Err(error) => {
            if let FileError::Rows { rows, .. } = &error {
                for row in rows {
                    eprintln!("line {}: {}", row.line, row.problem);
                }
            }
            drop(output);
            std::fs::remove_file(out)?;
            return Err(error.into());
        }
    };
    output.into_inner()?;
    if timings {
        let seconds = started.elapsed().as_secs_f64();
        let rate = encoded.rows as f64 / seconds;
        println!("{} rows, {} threads, {seconds:.3} s, {rate:.0} rows/s", encoded.rows, rayon::current_num_threads());
    }
    Ok(())
}
