//! What a table states about its counts of people and others of the same release: sums, and counts that would show each other.
//!
//! In: cells by their places. Out: [`Sum`] and [`CellOf`], from which the review works out what must go.
//! Absent on purpose: numbers. Whether a sum is true is looked at in the review, where all tables are.

use counterfoil_model::Code;

/// A cell of a table of the same release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellOf {
    /// The table.
    pub table: Code,
    /// The row, counted from 0.
    pub row: usize,
    /// The column, counted from 0.
    pub column: usize,
}

impl CellOf {
    /// A cell of the first column.
    pub fn first(table: Code, row: usize) -> Self {
        Self { table, row, column: 0 }
    }
}

/// What else is suppressed when a part of a sum is, so that nobody works the part out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumCover {
    /// The total, always, and with it whatever else adds up to it; for a total that is part of no other sum.
    Total,
    /// Other parts, where the sum would show too much.
    Parts,
    /// Every other part, always, while what makes such a part in turn stays: for a part whose own parts another sum protects. Taking
    /// it only where the sum would show too much would itself show what the sum does.
    EveryPart,
}

/// That some counts of people who exclude each other add up to another. One part alone says that it is the same count: then each goes
/// with the other. No part of another column (`Column::part_of`) is in a sum: suppressed by its complement it can be any count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The total.
    pub(crate) total: CellOf,
    /// Rows of the table that states the sum, counted from 0, and their column.
    pub(crate) rows: Vec<usize>,
    pub(crate) column: usize,
    /// Parts in other tables.
    pub(crate) elsewhere: Vec<CellOf>,
    /// What goes with a suppressed part.
    pub(crate) cover: SumCover,
}

impl Sum {
    /// Rows of the table that states it, in its first column, add up to a total in any table of the release.
    pub fn of_rows(total: CellOf, rows: impl IntoIterator<Item = usize>, cover: SumCover) -> Self {
        Self { total, rows: rows.into_iter().collect(), column: 0, elsewhere: Vec::new(), cover }
    }

    /// The same of another column of that table.
    #[must_use]
    pub fn in_column(self, column: usize) -> Self {
        Self { column, ..self }
    }

    /// The same with one part more, in another table.
    #[must_use]
    pub fn with(mut self, part: CellOf) -> Self {
        self.elsewhere.push(part);
        self
    }
}

/// That a cell goes wherever another does, since it would show the other: as people of a comparison do, who are about so many for
/// each participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Companion {
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) of: CellOf,
}
