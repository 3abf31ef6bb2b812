//! The two sides of an attack: people behind an encoding, and the attacker's list that has them all.
//!
//! In: a size and a share, or two CSV files with their truth. Out: a [`Scene`]. The truth is for the score alone.
//! Absent on purpose: people outside the list. The setting is the attacker's best: everyone encoded is on the list.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use counterfoil_synth::people_pairs;

use crate::error::AttackError;
use crate::random::Random;

/// The columns, in the order of [`Record`].
pub const COLUMNS: [&str; 7] =
    ["rec_id", "nhs_number", "given_name", "family_name", "sex", "date_of_birth", "postcode"];

/// One row of a people file, as written.
pub type Record = [String; 7];

/// What the encoded file says about the people on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Records {
    /// The very records of the list: the attacker's best case.
    Same,
    /// Records of its own, with the mistakes of a second register.
    Own,
}

/// Who is encoded, who is listed, and who is who.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Rows behind the encoding, in random order.
    pub encoded: Vec<Record>,
    /// Rows that the attacker has in plaintext, in random order.
    pub list: Vec<Record>,
    /// For each encoded row its row on the list: for the score alone.
    pub truth: Vec<u32>,
}

/// Both variants of one drawing.
pub struct Drawn {
    a: Vec<Record>,
    b: Vec<Record>,
    truth: Vec<(u32, u32)>,
    seed: u64,
}

impl Drawn {
    /// Draws `encoded` of `listed` synthetic people.
    ///
    /// # Errors
    /// When there are too many, or no temporary folder.
    pub fn synthetic(encoded: u32, listed: u32, seed: u64) -> Result<Self, AttackError> {
        let folder = tempfile::tempdir().map_err(AttackError::Folder)?;
        people_pairs(encoded, listed, encoded, seed, folder.path())?;
        Self::read(folder.path(), seed)
    }

    /// Reads `a.csv`, `b.csv` and `truth.csv` (`id_a,id_b`) of a folder; those of `a.csv` who are in `b.csv` are encoded.
    ///
    /// # Errors
    /// When a file cannot be read or lacks a column.
    pub fn read(folder: &Path, seed: u64) -> Result<Self, AttackError> {
        let a = read_people(&folder.join("a.csv"))?;
        let b = read_people(&folder.join("b.csv"))?;
        let place =
            |rows: &[Record]| -> BTreeMap<String, u32> { rows.iter().map(|row| row[0].clone()).zip(0..).collect() };
        let (places_a, places_b) = (place(&a), place(&b));
        let pairs = read_rows(&folder.join("truth.csv"), ["id_a", "id_b"])?;
        let truth =
            pairs.iter().filter_map(|[in_a, in_b]| Some((*places_a.get(in_a)?, *places_b.get(in_b)?))).collect();
        Ok(Self { a, b, truth, seed })
    }

    /// People behind the encoding and people on the list.
    pub fn sizes(&self) -> (usize, usize) {
        (self.truth.len(), self.b.len())
    }

    /// The scene with at most `encoded` people of those drawn behind the encoding.
    pub fn scene(&self, records: Records, encoded: usize) -> Scene {
        let mut pairs = self.truth.clone();
        Random::new(self.seed, 101).shuffle(&mut pairs);
        pairs.truncate(encoded);
        let row = |(in_a, in_b): &(u32, u32)| match records {
            Records::Same => self.b[*in_b as usize].clone(),
            Records::Own => self.a[*in_a as usize].clone(),
        };
        Scene {
            encoded: pairs.iter().map(row).collect(),
            list: self.b.clone(),
            truth: pairs.iter().map(|(_, in_b)| *in_b).collect(),
        }
    }
}

fn read_people(path: &Path) -> Result<Vec<Record>, AttackError> {
    read_rows(path, COLUMNS)
}

fn read_rows<const N: usize>(path: &Path, columns: [&'static str; N]) -> Result<Vec<[String; N]>, AttackError> {
    let file = path.display().to_string();
    let bytes = fs::read(path).map_err(|source| AttackError::Read { file: file.clone(), source })?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let at_fault = |source| AttackError::Csv { file: file.clone(), source };
    let headers = reader.headers().map_err(at_fault)?.clone();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = headers.iter().position(|header| header == column);
        *place = found.ok_or_else(|| AttackError::Column { file: file.clone(), column })?;
    }
    let mut rows = Vec::new();
    for record in reader.into_records() {
        let record = record.map_err(at_fault)?;
        rows.push(places.map(|place| record.get(place).unwrap_or_default().to_owned()));
    }
    Ok(rows)
}
