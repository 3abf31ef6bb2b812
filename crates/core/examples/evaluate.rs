//! Tries a linkage schema: `evaluate SCHEMA LEFT RIGHT [TRUTH [LEFT_DATASET RIGHT_DATASET]] [--json | --links]`.
#![allow(clippy::print_stdout, reason = "a command's output")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use counterfoil::evaluate::{Input, Source, Surroundings, Truth, evaluate};
use counterfoil::model::LinkageSchema;

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, arguments): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|text| text.starts_with("--"));
    let at = |place: usize| arguments.get(place).map(String::as_str);
    let (Some(schema), Some(left), Some(right)) = (at(0), at(1), at(2)) else {
        return Err("usage: evaluate SCHEMA LEFT RIGHT [TRUTH [LEFT_DATASET RIGHT_DATASET]] [--json | --links]".into());
    };
    let schema = LinkageSchema::parse(&std::fs::read_to_string(schema)?)?;
    let input = |file, dataset| Input { file, dataset, source: Source::File(Path::new(file)) };
    let truth = at(3).map(|file| Truth { file, source: Source::File(Path::new(file)) });
    let began = Instant::now();
    // A fixed key, so that two runs can be set side by side. Nothing is kept of it.
    let mut next = 0_u8;
    let mut fill = |bytes: &mut [u8]| {
        next += 1;
        bytes.fill(next);
    };
    let mut surroundings = Surroundings {
        today: jiff::civil::date(2026, 11, 21),
        fill: &mut fill,
        clock: &|| began.elapsed(),
        progress: &|_| {},
    };
    let (left, right) = (input(left, at(4).unwrap_or("left")), input(right, at(5).unwrap_or("right")));
    let evaluation = evaluate(&schema, &left, &right, truth.as_ref(), &mut surroundings)?;
    if flags.iter().any(|flag| flag == "--json") {
        println!("{}", serde_json::to_string_pretty(&evaluation)?);
    } else if flags.iter().any(|flag| flag == "--links") {
        evaluation.write_links(std::io::stdout().lock())?;
    } else {
        print!("{}", evaluation.to_text());
    }
    Ok(())
}
