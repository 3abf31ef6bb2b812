//! The review: a whole release is looked at before any of it leaves.
//!
//! In: suppressed tables, with the exact cells that they still hold. Out: [`Reviewed`], without them.
//! What their sums would show is suppressed first (`sums`). Then everything is checked by other arithmetic than the rules' own
//! (distances and gaps instead of rounding, what the others have instead of shares, trying counts instead of bounds), so that one mistake does not pass twice.
//! Absent on purpose: the code of the rules. Not yet here: differencing against former releases.

use counterfoil_model::Code;

use crate::column::ColumnKind;
use crate::rules::{Rules, RulesTooWeak};
use crate::sums::{Stated, Sums};
use crate::suppress::{ReleasedCell, Suppressed, SuppressedByRule};
use crate::table::Shape;

mod cells;
mod tried;

pub use cells::CellProblem;

pub(crate) use tried::{Showing, check_sums};

/// Why a release may not be made. For the unit's private record; a requester sees one generic refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// All releases that the agreement allows have been issued.
    #[error(
        "the agreement allows {releases_max} releases and all have been issued: the parties must sign a new version for more"
    )]
    BudgetSpent {
        /// Releases allowed.
        releases_max: u64,
    },
    /// Nothing to release.
    #[error("a release has at least one table")]
    NoTable,
    /// Two tables of one name.
    #[error("table {table} is there twice")]
    RepeatedTable {
        /// The table.
        table: Code,
    },
    /// Tables protected under different terms.
    #[error("table {table} was protected under other terms than the first table")]
    MixedRules {
        /// The table.
        table: Code,
    },
    /// Terms below the least that this library releases under.
    #[error(transparent)]
    Rules(#[from] RulesTooWeak),
    /// Money, under terms that do not say how it is rounded.
    #[error("table {table} has money: the agreement's [disclosure] needs money_rounding_pounds before any may leave")]
    NoMoneyTerms {
        /// The table.
        table: Code,
    },
    /// Rows or columns were lost or gained on the way.
    #[error("table {table}: its released cells are not one a counted cell")]
    Shape {
        /// The table.
        table: Code,
    },
    /// A cell that must not leave as it is. This is a defect of the primary rule.
    #[error("table {table}, row {row}, column {column}: {problem}")]
    Cell {
        /// The table.
        table: Code,
        /// Row, from 1.
        row: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        problem: CellProblem,
    },
    /// A sum that is not one. One that shows too much with nothing left to suppress would be a defect of the sums rule.
    #[error("table {table}: {problem}")]
    Sum {
        /// The table that states the sum.
        table: Code,
        /// What is wrong.
        problem: SumProblem,
    },
}

/// What is wrong with a stated sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SumProblem {
    /// Its total is not among the release's tables, or is no count that sums take.
    #[error("the total of a sum is not in the release")]
    NoTotal,
    /// A part in another table is not among the release's tables, or is no count that sums take.
    #[error("a part of a sum is not in the release")]
    NoPart,
    /// The count that another is hidden with is not in the release.
    #[error("a count that another is hidden with is not in the release")]
    NoCompanion,
    /// The exact counts do not make the sum.
    #[error("the parts of a sum do not add up to its total, or one is there twice")]
    DoesNotAddUp,
    /// A suppressed count can be worked out.
    #[error("a suppressed count can be worked out from a sum")]
    WorkedOut,
}

/// Tables that may leave together. Their exact cells are gone.
#[derive(Debug)]
pub struct Reviewed {
    pub(crate) rules: Rules,
    pub(crate) tables: Vec<(Shape, Vec<Vec<ReleasedCell>>)>,
    by_rule: Vec<(Code, SuppressedByRule)>,
}

impl Reviewed {
    /// How many cells each rule took, a table: for the unit's private record.
    pub fn by_rule(&self) -> &[(Code, SuppressedByRule)] {
        &self.by_rule
    }
}

/// Suppresses what the sums of the tables would show, then reviews the tables of one release, as number `releases_so_far + 1` of `releases_max`.
///
/// # Errors
/// [`ReviewError`] for the first thing that is wrong.
pub fn review(mut tables: Vec<Suppressed>, releases_so_far: u64, releases_max: u64) -> Result<Reviewed, ReviewError> {
    if releases_so_far >= releases_max {
        return Err(ReviewError::BudgetSpent { releases_max });
    }
    let disclosure = tables.first().ok_or(ReviewError::NoTable)?.disclosure;
    let rules = Rules::new(&disclosure)?;
    let mut names = std::collections::BTreeSet::new();
    for table in &tables {
        let id = || table.shape.id.clone();
        if !names.insert(&table.shape.id) {
            return Err(ReviewError::RepeatedTable { table: id() });
        }
        if !rules.are_of(&table.disclosure) {
            return Err(ReviewError::MixedRules { table: id() });
        }
        if rules.money_rounding_pounds().is_none() && has_money(&table.shape) {
            return Err(ReviewError::NoMoneyTerms { table: id() });
        }
        check_complete(table)?;
        cells::check_kinds(table)?;
    }
    let stated = Stated::of(&tables)?;
    Sums::new(&mut tables, &stated).suppress()?;
    for table in &tables {
        cells::check(table)?;
    }
    let by_rule = tables.iter().map(|table| (table.shape.id.clone(), table.by_rule)).collect();
    let tables = tables.into_iter().map(|table| (table.shape, table.released)).collect();
    Ok(Reviewed { rules, tables, by_rule })
}

fn check_complete(table: &Suppressed) -> Result<(), ReviewError> {
    let Suppressed { shape, exact, released, .. } = table;
    let columns = shape.columns.len();
    let rows = shape.row_labels.len();
    let complete = exact.len() == rows
        && released.len() == rows
        && exact.iter().all(|row| row.len() == columns)
        && released.iter().all(|row| row.len() == columns);
    if complete { Ok(()) } else { Err(ReviewError::Shape { table: shape.id.clone() }) }
}

fn has_money(shape: &Shape) -> bool {
    shape.columns.iter().any(|column| column.kind == ColumnKind::Money)
}

#[cfg(test)]
mod tests;
