//! Whether each cell may leave as it is.
//!
//! In: exact cells, and what would be released of them. Out: nothing, or the first cell that must not leave.
//! Absent on purpose: the primary rule's own arithmetic.

use counterfoil_model::Disclosure;

use super::ReviewError;
use crate::cell::{Behind, Cell, Contributors, Counted, Exact, Money};
use crate::column::{Column, ColumnKind};
use crate::decimal::Decimal;
use crate::dominance::{ONE_PERCENT, P_PERCENT, TWO_PERCENT};
use crate::figure::{DIGITS_MAX, RESIDUAL_DEGREES_MIN};
use crate::sums::VALUES_MIN;
use crate::suppress::{ReleasedCell, Suppressed};

/// What is wrong with a cell that was about to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CellProblem {
    /// Of another kind than its column.
    #[error("it is not of the kind that its column states")]
    Kind,
    /// Not a multiple of the base.
    #[error("it is not a multiple of what it is rounded to")]
    NotRounded,
    /// Further from the true number than rounding takes it.
    #[error("it is not the nearest multiple of what it is rounded to")]
    NotNearest,
    /// Zero for some, or some for zero; a statistic where there is none, or none where there is one.
    #[error("zero must mean none, and n/a that there is no such statistic")]
    NotZero,
    /// Too few people or events.
    #[error("too few people are behind it")]
    TooFew,
    /// Too few are missing to the whole, or the whole is suppressed.
    #[error("with its whole it shows that too few are missing")]
    Complement,
    /// One or two people make up too much of the money.
    #[error("one or two people make up too much of it")]
    Dominance,
    /// Too few observations beyond the parameters.
    #[error("it has too few residual degrees of freedom")]
    Degrees,
    /// More digits than are left possible.
    #[error("it has more digits than the people behind it allow")]
    TooPrecise,
}

/// Looks at every cell of a table.
pub(super) fn check(table: &Suppressed) -> Result<(), ReviewError> {
    each(table, |at, exact, released| {
        let Column { part_of, kind, .. } = table.shape.columns[at];
        match (exact[at].0, released[at]) {
            (Exact::Count(of), ReleasedCell::Count(shown)) => {
                let whole = part_of.and_then(|whole| Some((exact[whole].as_count()?, released[whole])));
                check_count(of, shown, whole, &table.disclosure)
            }
            (Exact::Money(of), ReleasedCell::Money(shown)) => check_money(of, shown, &table.disclosure),
            (Exact::Figure(value, behind), ReleasedCell::Figure(shown)) => {
                let same_places = matches!(kind, ColumnKind::Figure(kind) if kind.decimals == shown.decimals());
                let value = value.filter(|_| same_places).ok_or(CellProblem::NotZero)?;
                check_figure(value, behind, shown, &table.disclosure)
            }
            (Exact::Figure(value, behind), ReleasedCell::NotEstimated) => {
                check_group(behind.people_min, &table.disclosure)?;
                if value.is_some() { Err(CellProblem::NotZero) } else { Ok(()) }
            }
            (_, ReleasedCell::Suppressed) => Ok(()),
            _ => Err(CellProblem::Kind),
        }
    })
}

/// Before anything else is looked at: every exact and every released cell is of its column's kind.
pub(super) fn check_kinds(table: &Suppressed) -> Result<(), ReviewError> {
    each(table, |at, exact, released| {
        let same = match table.shape.columns[at].kind {
            ColumnKind::Count => {
                matches!(exact[at].0, Exact::Count(_))
                    && matches!(released[at], ReleasedCell::Count(_) | ReleasedCell::Suppressed)
            }
            ColumnKind::Money => {
                matches!(exact[at].0, Exact::Money(_))
                    && matches!(released[at], ReleasedCell::Money(_) | ReleasedCell::Suppressed)
            }
            ColumnKind::Figure(_) => {
                matches!(exact[at].0, Exact::Figure(..))
                    && !matches!(released[at], ReleasedCell::Count(_) | ReleasedCell::Money(_))
            }
        };
        if same { Ok(()) } else { Err(CellProblem::Kind) }
    })
}

fn each(
    table: &Suppressed,
    check: impl Fn(usize, &[Cell], &[ReleasedCell]) -> Result<(), CellProblem>,
) -> Result<(), ReviewError> {
    for (row, (exact, released)) in table.exact.iter().zip(&table.released).enumerate() {
        for at in 0..table.shape.columns.len() {
            check(at, exact, released).map_err(|problem| ReviewError::Cell {
                table: table.shape.id.clone(),
                row: row + 1,
                column: at + 1,
                problem,
            })?;
        }
    }
    Ok(())
}

fn check_count(
    exact: Counted,
    shown: u64,
    whole: Option<(Counted, ReleasedCell)>,
    disclosure: &Disclosure,
) -> Result<(), CellProblem> {
    // Every group that the row makes visible: the people, their events, and those missing to the whole.
    let mut groups = vec![(exact.count, CellProblem::TooFew), (exact.people, CellProblem::TooFew)];
    if let Some((whole, whole_released)) = whole {
        if whole_released == ReleasedCell::Suppressed {
            return Err(CellProblem::Complement);
        }
        groups.push((whole.count.abs_diff(exact.count), CellProblem::Complement));
        groups.push((whole.people.abs_diff(exact.people), CellProblem::Complement));
    }
    for (size, problem) in groups {
        check_group(size, disclosure).map_err(|_| problem)?;
    }
    check_nearest(exact.count, shown, disclosure.rounding_base)
}

fn check_money(exact: Money, shown_pounds: u64, disclosure: &Disclosure) -> Result<(), CellProblem> {
    check_group(exact.people, disclosure)?;
    check_spread(exact.contributors())?;
    let rounding_pounds = disclosure.money_rounding_pounds.ok_or(CellProblem::Kind)?;
    let in_pence = |pounds: u64| pounds.checked_mul(100).ok_or(CellProblem::NotNearest);
    check_nearest(exact.pence, in_pence(shown_pounds)?, in_pence(rounding_pounds)?)
}

fn check_figure(value: i64, behind: Behind, shown: Decimal, disclosure: &Disclosure) -> Result<(), CellProblem> {
    check_group(behind.people_min, disclosure)?;
    if behind.people_min == 0 {
        return Err(CellProblem::TooFew);
    }
    if behind.residual_degrees < RESIDUAL_DEGREES_MIN {
        return Err(CellProblem::Degrees);
    }
    behind.dominance.map_or(Ok(()), check_spread)?;
    let grain = coarsest_needed(value, behind);
    if !u128::from(shown.scaled().unsigned_abs()).is_multiple_of(grain)
        || shown.significant_digits() > DIGITS_MAX as usize
    {
        return Err(CellProblem::TooPrecise);
    }
    let apart = u128::from(shown.scaled().abs_diff(value));
    if 2 * apart > grain { Err(CellProblem::NotNearest) } else { Ok(()) }
}

/// Groups of 1 to one below the threshold are too few; nobody is no group.
fn check_group(size: u64, disclosure: &Disclosure) -> Result<(), CellProblem> {
    if size != 0 && size < disclosure.suppress_below { Err(CellProblem::TooFew) } else { Ok(()) }
}

fn check_nearest(exact: u64, shown: u64, base: u64) -> Result<(), CellProblem> {
    if !shown.is_multiple_of(base) {
        return Err(CellProblem::NotRounded);
    }
    if (shown == 0) != (exact == 0) {
        return Err(CellProblem::NotZero);
    }
    let apart = u128::from(shown.abs_diff(exact));
    if 2 * apart > u128::from(base) { Err(CellProblem::NotNearest) } else { Ok(()) }
}

/// What the others have beside the largest, and beside the two largest: the rule's shares the other way about.
fn check_spread(of: Contributors) -> Result<(), CellProblem> {
    let [pence, largest, second] = [of.pence, of.largest, of.second].map(u128::from);
    let beside_one = pence.saturating_sub(largest);
    let beside_two = beside_one.saturating_sub(second);
    let [p, one, two] = [P_PERCENT, ONE_PERCENT, TWO_PERCENT].map(u128::from);
    let needed_for_p = (largest * p).div_ceil(100);
    let more_than_for_one = largest * (100 - one) / one;
    let more_than_for_two = (largest + second) * (100 - two) / two;
    let spread = beside_two >= needed_for_p && beside_one > more_than_for_one && beside_two > more_than_for_two;
    if pence == 0 || spread { Ok(()) } else { Err(CellProblem::Dominance) }
}

/// The grain, from above: the last of ... 20, 10, 5, 2, 1 that is still coarse enough.
fn coarsest_needed(value: i64, behind: Behind) -> u128 {
    let size = value.unsigned_abs();
    let step = u128::from(VALUES_MIN * (size.max(behind.terms_max) + 1)).div_ceil(u128::from(behind.people_min));
    let more_digits = size.to_string().len().saturating_sub(DIGITS_MAX as usize);
    let powers = (more_digits..=17).rev().filter_map(|power| 10u128.checked_pow(u32::try_from(power).ok()?));
    let grains = powers.flat_map(|power| [5 * power, 2 * power, power]);
    grains.take_while(|grain| *grain >= step).last().unwrap_or(u128::MAX)
}
