//! What the tests in which both wings meet stand on: a small place, its parties, a linkage unit, and a wire to watch.
//!
//! In: a seed. Out: files as each party would have them, a running unit, each step of the journey as one call.
//! Absent on purpose: any second implementation of a step. What runs here is what the commands run; the calls of
//! `counterfoil_cli` stand in [`steps`] alone, so that a change there is a change in one file here.

#![allow(
    unexpected_cfgs,
    reason = "trybuild sets this one for the programs that must not compile, which need none of it"
)]
#![cfg(not(trybuild))]

pub mod border;

mod certificates;
mod context;

pub mod world;

pub mod unit;

pub mod steps;

pub mod wire;

pub mod search;

pub use context::{LATER, OutsideWorld, TODAY};
pub use unit::{UnitFiles, UnitProcess, UnitThread};
pub use world::{AGREEMENT, OTHER_AGREEMENT, World, WorldPlan};

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest that anything polled for may take: far beyond what a loaded machine needs.
const DEADLINE: Duration = Duration::from_secs(60);

/// Polls until something is there.
///
/// # Panics
/// When it is not there after a minute.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Every file under a folder, in order of names.
///
/// # Panics
/// When the folder cannot be read.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// Copies a folder with everything in it.
///
/// # Panics
/// When a file cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for file in files_under(from) {
        let place = to.join(file.strip_prefix(from).expect("it is under the folder"));
        std::fs::create_dir_all(place.parent().expect("it is in a folder")).expect("a folder");
        std::fs::copy(&file, &place).expect("copied");
    }
}

/// Flips the lowest bit of one byte of a file.
///
/// # Panics
/// When the file cannot be read or written, or is shorter.
pub fn flip_byte(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).expect("a readable file");
    bytes[at] ^= 1;
    std::fs::write(path, bytes).expect("a writable file");
}
