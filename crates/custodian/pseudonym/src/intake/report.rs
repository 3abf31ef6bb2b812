//! What a reader hands over, and what it counts.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use counterfoil_model::Code;

use crate::reason::Reason;

/// A field that counts as missing, or a row that is left out. Names the place and the reason, never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the caller named it.
    pub file: Arc<str>,
    /// The line on which the row starts; the header is line 1.
    pub line: u64,
    /// The field by its name in the schema or agreement; `None` when the whole row is left out.
    pub field: Option<Arc<str>>,
    /// Why.
    pub reason: Reason,
}

/// How far a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows handled.
    pub rows: u64,
    /// Bytes of the file read.
    pub bytes: u64,
}

/// Takes what a reader makes, in the order of the file.
pub trait Sink<Row> {
    /// Why the sink cannot go on; the reader stops there.
    type Error;

    /// Takes a row and the line on which it starts.
    ///
    /// # Errors
    /// When the row cannot be kept.
    fn row(&mut self, row: Row, line: u64) -> Result<(), Self::Error>;

    /// Takes a problem. Problems of a row come before the row.
    ///
    /// # Errors
    /// When the problem cannot be kept.
    fn problem(&mut self, problem: Problem) -> Result<(), Self::Error>;

    /// Is told how far the reader is, once a batch of some thousand rows.
    fn progress(&mut self, _progress: Progress) {}
}

/// A sink that keeps everything in memory: for trying a schema in one process, and for tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected<Row> {
    /// The rows, each with its line.
    pub rows: Vec<(Row, u64)>,
    /// The problems.
    pub problems: Vec<Problem>,
}

impl<Row> Default for Collected<Row> {
    fn default() -> Self {
        Self { rows: Vec::new(), problems: Vec::new() }
    }
}

impl<Row> Sink<Row> for Collected<Row> {
    type Error = Infallible;

    fn row(&mut self, row: Row, line: u64) -> Result<(), Infallible> {
        self.rows.push((row, line));
        Ok(())
    }

    fn problem(&mut self, problem: Problem) -> Result<(), Infallible> {
        self.problems.push(problem);
        Ok(())
    }
}

/// How many of what, for one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Rows read, without the header.
    pub rows: u64,
    /// Rows handed to the sink.
    pub kept: u64,
    /// Rows left out, by reason.
    pub rejected: BTreeMap<Reason, u64>,
    /// Fields that count as missing because they failed, by field and reason. Empty fields are not among them.
    pub field_problems: BTreeMap<(Arc<str>, Reason), u64>,
}

/// How many of what, for a people file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeopleSummary {
    /// Rows and problems.
    pub file: Summary,
    /// Tokens present, one entry a match key in the schema's order.
    pub tokens: Vec<(Code, u64)>,
    /// Rows with a token of a former number.
    pub former_rows: u64,
    /// CLKs present.
    pub clks: u64,
    /// Fields of the schema for which this file has no column.
    pub fields_without_column: Vec<Code>,
}

/// What became of one row of the file.
pub(super) struct Outcome<Row> {
    pub(super) line: u64,
    pub(super) row: Result<Row, Reason>,
    pub(super) findings: Vec<Finding>,
}

/// A problem with one field, by the column that was asked for.
#[derive(Clone, Copy)]
pub(super) struct Finding {
    pub(super) column: usize,
    pub(super) reason: Reason,
}
