//! The review: a whole release is looked at before any of it leaves.
//!
//! In: suppressed tables, with the exact counts that they still hold. Out: [`Reviewed`], without them.
//! What their sums would show is suppressed first (`sums`). Then everything is checked by other arithmetic than the rules' own
//! (distances and gaps instead of rounding, trying counts instead of bounds), so that one mistake does not pass twice.
//! Absent on purpose: the code of the rules. Not yet here: differencing against former releases.

use counterfoil_model::{Code, Disclosure};

use crate::body::{Rules, RulesTooWeak};
use crate::sums::{groups, suppress_sums};
use crate::suppress::{ReleasedCell, Suppressed, SuppressedByRule};
use crate::table::{Cell, Shape};

mod tried;

#[cfg(test)]
pub(crate) use tried::check_sums;

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
    /// A sum that is not one, or that shows too much with nothing left to suppress.
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
    /// Its total is not among the release's tables, or does not count people.
    #[error("the total of a sum is not in the release")]
    NoTotal,
    /// The exact counts do not make the sum.
    #[error("the rows of a sum do not add up to its total")]
    DoesNotAddUp,
    /// A suppressed count can be worked out.
    #[error("a suppressed count can be worked out from a sum")]
    WorkedOut,
}

/// What is wrong with a cell that was about to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CellProblem {
    /// Not a multiple of the base.
    #[error("it is not a multiple of the rounding base")]
    NotRounded,
    /// Further from the true count than rounding takes it.
    #[error("it is not the nearest multiple of the rounding base")]
    NotNearest,
    /// Zero for some, or some for zero.
    #[error("zero must mean none")]
    NotZero,
    /// Too few people or events.
    #[error("too few people are behind it")]
    TooFew,
    /// Too few are missing to the whole, or the whole is suppressed.
    #[error("with its whole it shows that too few are missing")]
    Complement,
}

/// Tables that may leave together. Their exact counts are gone.
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
    let rules = Rules::new(disclosure.suppress_below, disclosure.rounding_base)?;
    let mut names = std::collections::BTreeSet::new();
    for table in &tables {
        let id = || table.shape.id.clone();
        if !names.insert(&table.shape.id) {
            return Err(ReviewError::RepeatedTable { table: id() });
        }
        if (table.disclosure.suppress_below, table.disclosure.rounding_base)
            != (disclosure.suppress_below, disclosure.rounding_base)
        {
            return Err(ReviewError::MixedRules { table: id() });
        }
        check_complete(table)?;
    }
    let groups = groups(&tables)?;
    suppress_sums(&mut tables, &groups);
    for table in &tables {
        review_table(table)?;
    }
    tried::check_sums(&tables, &groups)?;
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

fn review_table(table: &Suppressed) -> Result<(), ReviewError> {
    let Suppressed { shape, exact, released, disclosure, .. } = table;
    for (row, (exact, released)) in exact.iter().zip(released).enumerate() {
        for column in 0..shape.columns.len() {
            let whole = shape.columns[column].part_of.map(|whole| (exact[whole], released[whole]));
            review_cell(exact[column], released[column], whole, disclosure).map_err(|problem| ReviewError::Cell {
                table: shape.id.clone(),
                row: row + 1,
                column: column + 1,
                problem,
            })?;
        }
    }
    Ok(())
}

fn review_cell(
    exact: Cell,
    released: ReleasedCell,
    whole: Option<(Cell, ReleasedCell)>,
    disclosure: &Disclosure,
) -> Result<(), CellProblem> {
    let ReleasedCell::Count(shown) = released else { return Ok(()) };
    let Disclosure { suppress_below, rounding_base, .. } = *disclosure;
    // Every group that the row makes visible: the people, their events, and those missing to the whole.
    let mut groups = vec![(exact.count, CellProblem::TooFew), (exact.people, CellProblem::TooFew)];
    if let Some((whole, whole_released)) = whole {
        if whole_released == ReleasedCell::Suppressed {
            return Err(CellProblem::Complement);
        }
        groups.push((whole.count.abs_diff(exact.count), CellProblem::Complement));
        groups.push((whole.people.abs_diff(exact.people), CellProblem::Complement));
    }
    if let Some((_, problem)) = groups.into_iter().find(|(size, _)| *size != 0 && *size < suppress_below) {
        return Err(problem);
    }
    if !shown.is_multiple_of(rounding_base) {
        return Err(CellProblem::NotRounded);
    }
    if (shown == 0) != (exact.count == 0) {
        return Err(CellProblem::NotZero);
    }
    let apart = u128::from(shown.abs_diff(exact.count));
    if 2 * apart > u128::from(rounding_base) { Err(CellProblem::NotNearest) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
