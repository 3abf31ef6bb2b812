//! Two made-up files of people with the truth: `people_pairs ROWS_A ROWS_B OVERLAP SEED FOLDER`.
//!
//! Writes `a.csv`, `b.csv` and `truth.csv`, on which `rivals/run.py` measures.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows_a, rows_b, overlap, seed, folder] = arguments.as_slice() else {
        return Err("people_pairs ROWS_A ROWS_B OVERLAP SEED FOLDER".into());
    };
    counterfoil_synth::people_pairs(
        rows_a.parse()?,
        rows_b.parse()?,
        overlap.parse()?,
        seed.parse()?,
        Path::new(folder),
    )?;
    Ok(())
}
