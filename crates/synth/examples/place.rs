//! Writes the default place: `place OUT_DIR [SEED]`.
//!
//! In: a folder and a seed. Out: the files, and on standard output what they hold and how long they took.
#![allow(clippy::print_stdout, reason = "a command's output")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use counterfoil_synth::{PlaceSettings, write_place};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out_dir = arguments.next().ok_or("usage: place OUT_DIR [SEED]")?;
    let seed = arguments.next().map_or(Ok(1), |seed| seed.parse())?;
    let settings = PlaceSettings { seed, ..PlaceSettings::default() };
    let began = Instant::now();
    let summary = write_place(&settings, Path::new(&out_dir), &mut |_, _, _| {})?;
    println!("{summary:#?}");
    println!("{:.2} s", began.elapsed().as_secs_f64());
    Ok(())
}
