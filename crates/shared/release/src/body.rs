//! The body of a release: canonical JSON, one spelling for one release.
//!
//! In: reviewed tables and the head, or bytes that somebody received. Out: bytes; or a [`ReleaseBody`] in which every cell obeys the
//! rules that the body itself states.
//! Absent on purpose: any time, any float, who asked, and by which rule a cell was suppressed.
//!
//! Without white space, in this order of keys, with a line feed at the end:
//! ```json
//! {"format":"counterfoil-release-2",
//!  "agreement":{"id":"nel","version":1,"digest":"64 hex digits"},
//!  "study":{"id":"use","title":"Use of hospital","digest":"64 hex digits"},
//!  "run":"run-id","rules":"hes-2018 suppress_below=8 rounding_base=5 money_rounding_pounds=1000 dominance=... figures=...",
//!  "tables":[{"id":"effect","title":"...","note":"windows and denominators in words",
//!    "columns":[{"label":"People","kind":"count"},{"label":"With any","kind":"count","part_of":0},{"label":"Cost","kind":"money"},
//!      {"label":"Change","kind":{"figure":{"decimals":1,"unit":"percent"}}}],
//!    "rows":[{"label":"Admissions","cells":[2400,"*",1210000,"-3.5"]},{"label":"Falls","cells":[2400,0,0,"n/a"]}],
//!    "disclosure":{"cells":8,"zero":2,"rounded":3,"figures":1,"not_estimated":1,"suppressed":1}}]}
//! ```
//! `"*"` is a suppressed cell: small, or one that would show something small, zero too. `"n/a"` is a statistic that does not exist.
//! Counts and money, in pounds, are whole numbers; figures are text with exactly their places. `part_of` is a column's whole, counted
//! from 0. `disclosure` counts the table's cells.

use std::collections::BTreeSet;

use counterfoil_model::{AgreementDigest, AgreementId, Code, ReleaseDigest, RunId, StudyDigest, StudyId};

use crate::column::Column;
use crate::rules::{MONEY_ROUNDING_POUNDS_MIN, ROUNDING_BASE_MIN, Rules, SUPPRESS_BELOW_MIN};
use crate::suppress::ReleasedCell;
use crate::table::{LABEL_BYTES_MAX, Shape, TableError, is_plain_text};

mod json;

/// Largest body: below the 4 MiB that one gRPC message has by default.
pub const RELEASE_BYTES_MAX: usize = 3 << 20;

/// Why some bytes are not the body of a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Larger than [`RELEASE_BYTES_MAX`].
    #[error("the release is larger than {RELEASE_BYTES_MAX} bytes: ask for fewer tables")]
    TooLarge,
    /// Not JSON, or not these keys and kinds of value.
    #[error(
        "the release is not a counterfoil-release-2 at line {line}, column {column}: a key or a value is wrong or missing"
    )]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A name, digest or title in the head.
    #[error("the release's {field} is not valid")]
    Head {
        /// Which one.
        field: &'static str,
    },
    /// Rules unknown, or weaker than any that this library releases under.
    #[error(
        "the release's rules must be those that this version writes, with suppress_below from {SUPPRESS_BELOW_MIN}, rounding_base from \
         {ROUNDING_BASE_MIN} and money_rounding_pounds from {MONEY_ROUNDING_POUNDS_MIN} or none"
    )]
    Rules,
    /// No table.
    #[error("the release has no table")]
    NoTable,
    /// A table of wrong shape.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Two tables of one name.
    #[error("table {table} is in the release twice")]
    RepeatedTable {
        /// The table.
        table: Code,
    },
    /// A cell that the rules do not allow.
    #[error("table {table}, row {row}, column {column}: the cell breaks the release's own rules")]
    Cell {
        /// The table.
        table: Code,
        /// Row, from 1.
        row: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The count of its cells is wrong.
    #[error("table {table}: its disclosure counts are not those of its cells")]
    Disclosure {
        /// The table.
        table: Code,
    },
    /// Another spelling of the same release.
    #[error("the release is not in its canonical spelling: it was edited or re-formatted")]
    NotCanonical,
}

/// What a release is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseHead {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its version, from 1.
    pub agreement_version: u32,
    /// Digest of what its parties signed.
    pub agreement_digest: AgreementDigest,
    /// The study.
    pub study: StudyId,
    /// Digest of the study's file.
    pub study_digest: StudyDigest,
    /// The study's title.
    pub study_title: String,
    /// The linkage run that the tables count.
    pub run: RunId,
}

/// A release as its readers see it. Every cell in it obeys its own rules; that it was permitted and logged is another matter
/// ([`crate::verify_logged_release`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseBody {
    head: ReleaseHead,
    rules: Rules,
    tables: Vec<ReleasedTable>,
}

impl ReleaseBody {
    /// What it is of.
    pub fn head(&self) -> &ReleaseHead {
        &self.head
    }

    /// The rules that its cells obey.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// The tables, in order.
    pub fn tables(&self) -> &[ReleasedTable] {
        &self.tables
    }

    /// A table by its name.
    pub fn table(&self, id: &str) -> Option<&ReleasedTable> {
        self.tables.iter().find(|table| table.id().as_str() == id)
    }

    pub(crate) fn new(
        head: ReleaseHead,
        rules: Rules,
        tables: Vec<(Shape, Vec<Vec<ReleasedCell>>)>,
    ) -> Result<Self, BodyError> {
        if head.agreement_version == 0 {
            return Err(BodyError::Head { field: "agreement version" });
        }
        if !is_plain_text(&head.study_title, LABEL_BYTES_MAX) {
            return Err(BodyError::Head { field: "study title" });
        }
        if tables.is_empty() {
            return Err(BodyError::NoTable);
        }
        let mut names = BTreeSet::new();
        for (shape, cells) in &tables {
            if !names.insert(&shape.id) {
                return Err(BodyError::RepeatedTable { table: shape.id.clone() });
            }
            shape.check()?;
            check_cells(shape, cells, rules)?;
        }
        let tables = tables.into_iter().map(|(shape, cells)| ReleasedTable { shape, cells }).collect();
        Ok(Self { head, rules, tables })
    }

    /// The body's one spelling.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        json::encode(self)
    }
}

/// One table of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedTable {
    shape: Shape,
    cells: Vec<Vec<ReleasedCell>>,
}

impl ReleasedTable {
    /// Its name.
    pub fn id(&self) -> &Code {
        &self.shape.id
    }

    /// What a reader sees.
    pub fn title(&self) -> &str {
        &self.shape.title
    }

    /// What is counted, in words.
    pub fn note(&self) -> &str {
        &self.shape.note
    }

    /// Its columns.
    pub fn columns(&self) -> &[Column] {
        &self.shape.columns
    }

    /// Its rows: a label and one cell a column.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (&str, &[ReleasedCell])> {
        self.shape.row_labels.iter().map(String::as_str).zip(self.cells.iter().map(Vec::as_slice))
    }

    /// One cell, by the labels of its row and column.
    pub fn cell(&self, row: &str, column: &str) -> Option<ReleasedCell> {
        let row = self.shape.row_labels.iter().position(|label| label == row)?;
        let column = self.shape.columns.iter().position(|of| of.label == column)?;
        Some(self.cells[row][column])
    }

    /// How many of its cells the rules left as what.
    pub fn disclosure(&self) -> CellCounts {
        let mut counts = CellCounts::default();
        for cell in self.cells.iter().flatten() {
            match cell {
                ReleasedCell::Suppressed => counts.suppressed += 1,
                ReleasedCell::Count(0) | ReleasedCell::Money(0) => counts.zero += 1,
                ReleasedCell::Count(_) | ReleasedCell::Money(_) => counts.rounded += 1,
                ReleasedCell::Figure(_) => counts.figures += 1,
                ReleasedCell::NotEstimated => counts.not_estimated += 1,
            }
        }
        counts
    }
}

/// What the rules did to a table's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CellCounts {
    /// Counts and sums of money that are a true zero.
    pub zero: u64,
    /// Counts and sums of money that went to the nearest multiple.
    pub rounded: u64,
    /// Figures shown.
    pub figures: u64,
    /// Figures that do not exist.
    pub not_estimated: u64,
    /// Cells that are suppressed.
    pub suppressed: u64,
}

/// Reads the body of a release. Only the bytes that a release is made of are accepted, not another spelling of the same JSON.
///
/// # Errors
/// [`BodyError`] for the first thing that is wrong; no count is in it.
pub fn parse_release(bytes: &[u8]) -> Result<ReleaseBody, BodyError> {
    if bytes.len() > RELEASE_BYTES_MAX {
        return Err(BodyError::TooLarge);
    }
    let body = json::decode(bytes)?;
    if body.to_bytes() == bytes { Ok(body) } else { Err(BodyError::NotCanonical) }
}

/// The digest by which a release's log entry names its body.
pub(crate) fn digest_of(bytes: &[u8]) -> ReleaseDigest {
    ReleaseDigest(counterfoil_model::Digest::of(bytes))
}

fn check_cells(shape: &Shape, cells: &[Vec<ReleasedCell>], rules: Rules) -> Result<(), BodyError> {
    for (row, cells) in (1..).zip(cells) {
        if cells.len() != shape.columns.len() {
            return Err(TableError::Cells { table: shape.id.clone(), row }.into());
        }
        for (at, (cell, column)) in cells.iter().zip(&shape.columns).enumerate() {
            let whole = column.part_of.map(|whole| cells[whole]);
            let fits = match (*cell, whole) {
                (ReleasedCell::Count(part), Some(ReleasedCell::Count(whole))) => part <= whole,
                (cell, Some(ReleasedCell::Suppressed)) => cell == ReleasedCell::Suppressed,
                _ => true,
            };
            if !fits || !rules.permit(*cell, column.kind) {
                return Err(BodyError::Cell { table: shape.id.clone(), row, column: at + 1 });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
