//! Exact tables, as they are counted inside the unit.
//!
//! In: labels and exact counts. Out: a [`Table`] of checked shape, whose only way on is [`Table::suppress_primary`].
//! Absent on purpose: `Debug`, `Display`, `Clone`, `Serialize` and every reader of an exact count, so that none is
//! printed, logged or sent by accident.

use counterfoil_model::Code;

/// Columns of one table.
pub const COLUMNS_MAX: usize = 64;
/// Rows of one table: the values of a variable (at most 1,024) and some room.
pub const ROWS_MAX: usize = 2_000;
/// Bytes of one title or label.
pub const LABEL_BYTES_MAX: usize = 200;
/// Bytes of a table's note.
pub const NOTE_TEXT_BYTES_MAX: usize = 2_000;
/// Greatest exact count. Rounding cannot overflow, and every JSON reader holds it without loss (below 2^53).
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
    /// A column said to be part of itself, of a later one, or of none.
    #[error("table {table}: column {column} can only be part of a column to its left")]
    PartOf {
        /// The table.
        table: Code,
        /// Column, from 1.
        column: usize,
    },
    /// A sum of no rows, of a row that is not there or is there twice, or of something else than people.
    #[error("table {table}: a sum is of one or more of its rows, each once, and of people")]
    Sum {
        /// The table.
        table: Code,
    },
    /// A count that people and events cannot give.
    #[error(
        "table {table}: row {row}, column {column}: impossible (more people than events, more than its whole, or beyond {COUNT_MAX})"
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

/// A row of a table of the same release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOf {
    /// The table.
    pub table: Code,
    /// The row, counted from 0.
    pub row: usize,
}

/// What else is suppressed when a part of a sum is, so that nobody works the part out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumCover {
    /// The total, always; for a total that stands in no other sum.
    Total,
    /// Other parts, where the sum would show too much.
    Parts,
}

/// That some rows of a table, which exclude each other, add up to a row of this or of another table. Of first columns, which count
/// people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The total.
    pub total: RowOf,
    /// The rows of this table that add up to it, counted from 0. One alone says that it is the same count.
    pub parts: Vec<usize>,
    /// What goes with a suppressed part.
    pub cover: SumCover,
}

/// What one column counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What a reader sees.
    pub label: String,
    /// The column, to the left of this one, of which this one counts a part (a numerator's denominator).
    pub part_of: Option<usize>,
}

/// One exact count and the number of people who contribute to it.
#[derive(Clone, Copy)]
pub struct Cell {
    pub(crate) count: u64,
    pub(crate) people: u64,
}

impl Cell {
    /// A count of people.
    pub fn people(people: u64) -> Self {
        Self { count: people, people }
    }

    /// A count of events, and of the people who had at least one of them.
    pub fn events(count: u64, people: u64) -> Self {
        Self { count, people }
    }

    fn is_possible(self) -> bool {
        self.count <= COUNT_MAX && self.people <= self.count && (self.count == 0) == (self.people == 0)
    }
}

/// One row of exact counts.
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

/// A table of exact counts. It can be consumed by [`Table::suppress_primary`] and read by nobody.
pub struct Table {
    pub(crate) shape: Shape,
    pub(crate) cells: Vec<Vec<Cell>>,
    pub(crate) sums: Vec<Sum>,
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
        let table = Self { shape, cells, sums: Vec::new() };
        table.check_cells()?;
        Ok(table)
    }

    /// States a sum that a reader of the release can make. The review looks for its total among all tables of the release.
    ///
    /// # Errors
    /// [`TableError::Sum`].
    pub fn with_sum(mut self, sum: Sum) -> Result<Self, TableError> {
        let rows: std::collections::BTreeSet<_> = sum.parts.iter().collect();
        let counts_people = |row: &usize| {
            self.cells.get(*row).and_then(|cells| cells.first()).is_some_and(|cell| cell.count == cell.people)
        };
        if rows.is_empty() || rows.len() != sum.parts.len() || !sum.parts.iter().all(counts_people) {
            return Err(TableError::Sum { table: self.shape.id });
        }
        self.sums.push(sum);
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
                let whole = column.part_of.map(|whole| cells[whole]);
                let fits = whole.is_none_or(|whole| cell.count <= whole.count && cell.people <= whole.people);
                if !cell.is_possible() || !fits {
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
        let mut parts = self.columns.iter().enumerate();
        match parts.find(|(at, column)| column.part_of.is_some_and(|whole| whole >= *at)) {
            Some((at, _)) => Err(TableError::PartOf { table: table(), column: at + 1 }),
            None => Ok(()),
        }
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

/// Whether a text can stand in a terminal, a web page and a spreadsheet and mean what it shows.
pub(crate) fn is_plain_text(text: &str, bytes_max: usize) -> bool {
    let turns_text_around = |c: char| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.is_empty()
        && text.len() <= bytes_max
        && !text.starts_with(['=', '+', '-', '@'])
        && !text.contains(|c: char| c.is_control() || turns_text_around(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> Code {
        Code::parse("t").expect("a code")
    }

    fn column(label: &str, part_of: Option<usize>) -> Column {
        Column { label: label.to_owned(), part_of }
    }

    fn refusal(columns: Vec<Column>, rows: Vec<Row>) -> Option<TableError> {
        Table::new(id(), "Title", "Note", columns, rows).err()
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        let one = || vec![column("Admissions", None)];
        for (count, people) in [(1, 2), (0, 1), (1, 0), (COUNT_MAX + 1, 1), (u64::MAX, u64::MAX)] {
            let error = refusal(one(), vec![Row::new("r", vec![Cell::events(count, people)])]);
            assert_eq!(error, Some(TableError::Impossible { table: id(), row: 1, column: 1 }), "{count} {people}");
        }
        assert_eq!(refusal(one(), vec![Row::new("r", vec![Cell::events(COUNT_MAX, 1)])]), None);
        let parts = || vec![column("All", None), column("Some", Some(0))];
        let error = refusal(parts(), vec![Row::new("r", vec![Cell::people(10), Cell::people(11)])]);
        assert_eq!(error, Some(TableError::Impossible { table: id(), row: 1, column: 2 }));
        let error = refusal(parts(), vec![Row::new("r", vec![Cell::people(10)])]);
        assert_eq!(error, Some(TableError::Cells { table: id(), row: 1 }));
    }

    #[test]
    fn sums_of_what_is_not_there_are_refused() {
        let table = || {
            let rows = vec![Row::new("r", vec![Cell::people(10)]), Row::new("s", vec![Cell::events(30, 10)])];
            Table::new(id(), "Title", "Note", vec![column("a", None)], rows).expect("a table")
        };
        let total = RowOf { table: id(), row: 0 };
        let sum = |parts: &[usize]| Sum { total: total.clone(), parts: parts.to_vec(), cover: SumCover::Parts };
        for parts in [&[][..], &[2], &[0, 0], &[0, 1]] {
            assert_eq!(table().with_sum(sum(parts)).err(), Some(TableError::Sum { table: id() }), "{parts:?}");
        }
        assert!(table().with_sum(sum(&[0])).is_ok());
    }

    #[test]
    fn shapes_that_cannot_be_read_are_refused() {
        let row = || vec![Row::new("r", vec![Cell::people(10)])];
        for text in ["", "=1+1", "@x", "-1", "a\nb", "a\u{202e}b", &"x".repeat(201)] {
            let error = refusal(vec![column(text, None)], row());
            assert_eq!(error, Some(TableError::Text { table: id(), place: "column label 1".to_owned() }), "{text:?}");
            let error = refusal(vec![column("a", None)], vec![Row::new(text, vec![Cell::people(10)])]);
            assert_eq!(error, Some(TableError::Text { table: id(), place: "row label 1".to_owned() }), "{text:?}");
        }
        for whole in [0, 1, usize::MAX] {
            let error = refusal(vec![column("a", Some(whole))], row());
            assert_eq!(error, Some(TableError::PartOf { table: id(), column: 1 }));
        }
        assert_eq!(refusal(vec![], vec![Row::new("r", vec![])]), Some(TableError::Size { table: id() }));
        assert_eq!(refusal(vec![column("a", None)], vec![]), Some(TableError::Size { table: id() }));
        let twice = || Row::new("r", vec![Cell::people(10)]);
        let error = refusal(vec![column("a", None)], vec![twice(), twice()]);
        assert_eq!(error, Some(TableError::RepeatedLabel { table: id(), place: "row label 2".to_owned() }));
    }
}
