//! Compares two files of raw rows and says how long that took: `LEFT RIGHT WORDS_PER_ROW dice:0.8|hamming:200 KERNEL
//! off|rarest [ROWS_MAX] [HITS_FILE]`. A row is its words, each little endian, without anything between. KERNEL is portable,
//! avx2, avx512, neon or detect. `HITS_FILE` gets the left and the right row of each hit, 32 bits each, little endian. Prints
//! one line of JSON.
#![allow(clippy::print_stdout, reason = "it is a program")]

use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::{env, fs};

use counterfoil_similarity::{Filters, Kernel, Search, Skipping, Threshold, all_pairs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [left, right, words_per_row, threshold, kernel, skipping, more @ ..] = arguments.as_slice() else {
        return Err(
            "needs LEFT RIGHT WORDS_PER_ROW dice:0.8|hamming:200 KERNEL off|rarest [ROWS_MAX] [HITS_FILE]".into()
        );
    };
    let rows_max = more.first().map_or(Ok(usize::MAX), |text| text.parse())?;
    let words_per_row = words_per_row.parse()?;
    let (left, right) = (read(left, words_per_row, rows_max)?, read(right, words_per_row, rows_max)?);
    let (left, right) = (Filters::new(&left, words_per_row)?, Filters::new(&right, words_per_row)?);
    let search = Search {
        threshold: match threshold.split_once(':') {
            Some(("dice", text)) => Threshold::Dice(text.parse()?),
            Some(("hamming", text)) => Threshold::Hamming(text.parse()?),
            _ => return Err("a threshold is dice:0.8 or hamming:200".into()),
        },
        kernel: match kernel.as_str() {
            "detect" => Kernel::detect(),
            name => *Kernel::available().iter().find(|of| of.name() == name).ok_or("no such kernel here")?,
        },
        skipping: match skipping.as_str() {
            "off" => Skipping::Off,
            "rarest" => Skipping::RarestFirst,
            _ => return Err("skipping is off or rarest".into()),
        },
        hits_max: 100_000_000,
    };
    let began = cpu_seconds()?;
    let hits = all_pairs(left, right, &search)?;
    let took = cpu_seconds()? - began;
    if let Some(file) = more.get(1) {
        let bytes = hits.iter().flat_map(|hit| [hit.left.to_le_bytes(), hit.right.to_le_bytes()]).flatten();
        fs::write(file, bytes.collect::<Vec<u8>>())?;
    }
    let mut digest = DefaultHasher::new();
    hits.hash(&mut digest);
    println!(
        r#"{{"kernel":"{}","skipping":"{skipping}","threshold":"{threshold}","left":{},"right":{},"hits":{},"digest":"{:016x}","cpu_seconds":{took:.4},"million_pairs_per_cpu_second":{:.1}}}"#,
        search.kernel.name(),
        left.rows(),
        right.rows(),
        hits.len(),
        digest.finish(),
        left.rows() as f64 * right.rows() as f64 / took / 1e6,
    );
    Ok(())
}

fn read(path: &str, words_per_row: usize, rows_max: usize) -> Result<Vec<u64>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let (words, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err("not a whole number of words".into());
    }
    Ok(words.iter().take(words_per_row.saturating_mul(rows_max)).map(|word| u64::from_le_bytes(*word)).collect())
}

/// Seconds that all threads of this process have computed, as the kernel of Linux counts them.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    // Nanoseconds on a processor are the first number; a thread that has ended is counted with the process alone, so the
    // threads are those of rayon, which live as long as the process.
    let mut nanoseconds = 0_u64;
    for task in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().ok_or("schedstat is empty")?.parse::<u64>()?;
    }
    Ok(nanoseconds as f64 / 1e9)
}
