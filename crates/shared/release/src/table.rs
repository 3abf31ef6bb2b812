//! Exact tables, as they are counted inside the unit.
//!
//! In: columns and exact cells. Out: a [`Table`] of checked shape, whose only way on is [`Table::suppress_primary`].
//! Absent on purpose: `Debug`, `Display`, `Clone`, `Serialize` and every reader of an exact cell, so that none is
//! printed, logged or sent by accident.

use counterfoil_model::Code;

use crate::cell::{Cell, Exact};
use crate::column::{Column, ColumnKind};
use crate::decimal::DECIMALS_MAX;
use crate::stated::{CellOf, Companion, Sum};

/// Columns of one table.
pub const COLUMNS_MAX: usize = 64;
/// Rows of one table: the values of a variable (at most 1,024) and some room.
pub const ROWS_MAX: usize = 2_000;
/// Bytes of one title or label.
pub const LABEL_BYTES_MAX: usize = 200;
/// Bytes of a table's note.
pub const NOTE_TEXT_BYTES_MAX: usize = 2_000;
/// Greatest exact count, and greatest sum of money in pence. Rounding cannot overflow, and every JSON reader holds it without loss (below 2^53).
pub const COUNT_MAX: u64 = 1_000_000_000_000_000;

/// Why parts do not make a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A title, label or note that cannot be shown or written to CSV safely.
    #[error(
        "table {table}: {place} is empty, too long, has a control character, or begins with one of = + - @ (which a spreadsheet \
         would run): write another text in the study"
    )]
    Text {
        /// The table.
        table: Code,
        /// Which text, as in `row label 3`.
        place: String,
    },
    /// No columns or rows, or too many.
    #[error("table {table}: a table has 1 to {COLUMNS_MAX} columns and 1 to {ROWS_MAX} rows")]
    Size {
        /// The table.
        table: Code,
    },
    /// Two columns or two rows with the same label.
    #[error("table {table}: {place} repeats an earlier label")]
    RepeatedLabel {
        /// The table.
        table: Code,
        /// Which label, as in `row label 3`.
        place: String,
    },
    /// A row with another number of cells than there are columns.
    #[error("table {table}: row {row} has another number of cells than the table has columns")]
    Cells {
        /// The table.
        table: Code,
        /// Row, from 1.
        row: usize,
    },
    /// A column said to be part of itself, of a later one, or of none; or one of them does not count.
    #[error("table {table}: column {column} can only be part of a column to its left, and both are counts")]
    PartOf {
        /// The table.
        table: Code,
        /// Column, from 1.
        column: usize,
    },
    /// A column of figures with more decimal places than figures have.
    #[error("table {table}: the figures of column {column} have at most {DECIMALS_MAX} decimal places")]
    Decimals {
        /// The table.
        table: Code,
        /// Column, from 1.
        column: usize,
    },
    /// A cell of another kind than its column.
    #[error("table {table}: row {row}, column {column}: the cell is not of the kind that its column states")]
    Kind {
        /// The table.
        table: Code,
        /// Row, from 1.
        row: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A sum of no rows, of a cell that is not there or is there twice, or of something else than people.
    #[error(
        "table {table}: a sum is of one or more of its rows, each once, and of people in a column that is part of no other"
    )]
    Sum {
        /// The table.
        table: Code,
    },
    /// A cell that is to go with another is not there, or is no count.
    #[error("table {table}: only a count of the table can be hidden with another count")]
    HiddenWith {
        /// The table.
        table: Code,
    },
    /// A number that people, events and amounts cannot give.
    #[error(
        "table {table}: row {row}, column {column}: impossible (more people than events, more than its whole, amounts that do not \
         make their sum, or beyond {COUNT_MAX})"
    )]
    Impossible {
        /// The table.
        table: Code,
        /// Row, from 1.
        row: usize,
        /// Column, from 1.
        column: usize,
    },
}

/// One row of exact cells.
pub struct Row {
    pub(crate) label: String,
    pub(crate) cells: Vec<Cell>,
}

impl Row {
    /// A row with one cell a column.
    pub fn new(label: impl Into<String>, cells: Vec<Cell>) -> Self {
        Self { label: label.into(), cells }
    }
}

/// A table of exact cells. It can be consumed by [`Table::suppress_primary`] and read by nobody.
pub struct Table {
    pub(crate) shape: Shape,
    pub(crate) cells: Vec<Vec<Cell>>,
    pub(crate) sums: Vec<Sum>,
    pub(crate) companions: Vec<Companion>,
}

impl Table {
    /// Makes a table. `note` says in words what is counted: the windows and the denominators.
    ///
    /// # Errors
    /// [`TableError`]; no count is in it.
    pub fn new(
        id: Code,
        title: impl Into<String>,
        note: impl Into<String>,
        columns: Vec<Column>,
        rows: Vec<Row>,
    ) -> Result<Self, TableError> {
        let (row_labels, cells) = rows.into_iter().map(|row| (row.label, row.cells)).unzip();
        let shape = Shape { id, title: title.into(), note: note.into(), columns, row_labels };
        shape.check()?;
        let table = Self { shape, cells, sums: Vec::new(), companions: Vec::new() };
        table.check_cells()?;
        Ok(table)
    }

    /// States a sum that a reader of the release can make. The review looks for its total, and for parts in other tables, among all
    /// tables of the release.
    ///
    /// # Errors
    /// [`TableError::Sum`].
    pub fn with_sum(mut self, sum: Sum) -> Result<Self, TableError> {
        let rows: std::collections::BTreeSet<_> = sum.rows.iter().collect();
        let counts_people = |row: &usize| summand(&self.shape, &self.cells, *row, sum.column).is_some();
        let here = |part: &CellOf| part.table == self.shape.id;
        if rows.is_empty()
            || rows.len() != sum.rows.len()
            || !sum.rows.iter().all(counts_people)
            || sum.elsewhere.iter().any(here)
        {
            return Err(TableError::Sum { table: self.shape.id });
        }
        self.sums.push(sum);
        Ok(self)
    }

    /// States that a count, by its row and column from 0, goes wherever another count of the release does, because it would show it:
    /// two people of a comparison for each participant, say. And with it goes all that would show it, by the sums that it is in.
    ///
    /// # Errors
    /// [`TableError::HiddenWith`].
    pub fn hidden_with(mut self, (row, column): (usize, usize), of: CellOf) -> Result<Self, TableError> {
        let cell = self.cells.get(row).and_then(|cells| cells.get(column));
        if cell.and_then(|cell| cell.as_count()).is_none() {
            return Err(TableError::HiddenWith { table: self.shape.id });
        }
        self.companions.push(Companion { row, column, of });
        Ok(self)
    }

    /// Its name.
    pub fn id(&self) -> &Code {
        &self.shape.id
    }

    fn check_cells(&self) -> Result<(), TableError> {
        let table = || self.shape.id.clone();
        for (row, cells) in (1..).zip(&self.cells) {
            if cells.len() != self.shape.columns.len() {
                return Err(TableError::Cells { table: table(), row });
            }
            for (at, (cell, column)) in cells.iter().zip(&self.shape.columns).enumerate() {
                if !is_of(cell, column.kind) {
                    return Err(TableError::Kind { table: table(), row, column: at + 1 });
                }
                if !cell.is_possible(column.part_of.map(|whole| cells[whole])) {
                    return Err(TableError::Impossible { table: table(), row, column: at + 1 });
                }
            }
        }
        Ok(())
    }
}

/// Everything of a table but its numbers: the same before and after suppression, and in a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) id: Code,
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) row_labels: Vec<String>,
}

impl Shape {
    pub(crate) fn check(&self) -> Result<(), TableError> {
        let table = || self.id.clone();
        if !(1..=COLUMNS_MAX).contains(&self.columns.len()) || !(1..=ROWS_MAX).contains(&self.row_labels.len()) {
            return Err(TableError::Size { table: table() });
        }
        for (place, text, bytes_max) in
            [("title", &self.title, LABEL_BYTES_MAX), ("note", &self.note, NOTE_TEXT_BYTES_MAX)]
        {
            if !is_plain_text(text, bytes_max) {
                return Err(TableError::Text { table: table(), place: place.to_owned() });
            }
        }
        self.check_labels("column label", self.columns.iter().map(|column| &column.label))?;
        self.check_labels("row label", self.row_labels.iter())?;
        for (at, Column { part_of, kind, .. }) in self.columns.iter().enumerate() {
            let counts = |kind: &ColumnKind| *kind == ColumnKind::Count;
            let fits = |whole: usize| whole < at && counts(kind) && counts(&self.columns[whole].kind);
            if part_of.is_some_and(|whole| !fits(whole)) {
                return Err(TableError::PartOf { table: table(), column: at + 1 });
            }
            if matches!(kind, ColumnKind::Figure(kind) if kind.decimals > DECIMALS_MAX) {
                return Err(TableError::Decimals { table: table(), column: at + 1 });
            }
        }
        Ok(())
    }

    fn check_labels<'a>(&self, what: &str, labels: impl Iterator<Item = &'a String>) -> Result<(), TableError> {
        let mut seen = std::collections::BTreeSet::new();
        for (at, label) in labels.enumerate() {
            let place = || format!("{what} {}", at + 1);
            if !is_plain_text(label, LABEL_BYTES_MAX) {
                return Err(TableError::Text { table: self.id.clone(), place: place() });
            }
            if !seen.insert(label) {
                return Err(TableError::RepeatedLabel { table: self.id.clone(), place: place() });
            }
        }
        Ok(())
    }
}

/// A cell as sums take it: a count of people, in a column that is part of no other.
pub(crate) fn summand(shape: &Shape, cells: &[Vec<Cell>], row: usize, column: usize) -> Option<u64> {
    let cell = cells.get(row)?.get(column)?;
    if shape.columns.get(column)?.part_of.is_some() { None } else { cell.as_people() }
}

fn is_of(cell: &Cell, kind: ColumnKind) -> bool {
    matches!(
        (cell.0, kind),
        (Exact::Count(_), ColumnKind::Count)
            | (Exact::Money(_), ColumnKind::Money)
            | (Exact::Figure(..), ColumnKind::Figure(_))
    )
}

/// Whether a text can stand in a terminal, a web page and a spreadsheet and mean what it shows.
pub(crate) fn is_plain_text(text: &str, bytes_max: usize) -> bool {
    let turns_text_around = |c: char| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.is_empty()
        && text.len() <= bytes_max
        && !text.starts_with(['=', '+', '-', '@'])
        && !text.contains(|c: char| c.is_control() || turns_text_around(c))
}

#[cfg(test)]
mod tests;
