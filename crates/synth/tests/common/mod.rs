//! A place in a folder of its own, and its tables.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]
#![allow(dead_code, reason = "not every test file makes a place")]

use std::collections::BTreeMap;
use std::path::Path;

use counterfoil_synth::{PlaceSettings, PlaceSummary, write_place};
use tempfile::TempDir;

/// Rows by name of the column.
pub(crate) type Rows = Vec<BTreeMap<String, String>>;

/// Writes a place.
pub(crate) fn written(settings: &PlaceSettings) -> (TempDir, PlaceSummary) {
    let folder = tempfile::tempdir().unwrap();
    let summary = write_place(settings, folder.path(), &mut |_, _, _| {}).unwrap();
    (folder, summary)
}

/// Reads one of its files.
pub(crate) fn rows(folder: &Path, file: &str) -> Rows {
    let mut reader = csv::Reader::from_path(folder.join(file)).unwrap();
    let header = reader.headers().unwrap().clone();
    let named = |record: csv::StringRecord| {
        header.iter().zip(record.iter()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    reader.into_records().map(|record| named(record.unwrap())).collect()
}
