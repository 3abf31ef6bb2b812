//! The primary rule: what is about few people goes, everything else is rounded.
//!
//! In: an exact [`Table`] and the agreement's disclosure terms. Out: [`Suppressed`], every cell [`ReleasedCell`].
//! Absent on purpose: any look at other rows or tables, or at former releases: sums are looked at before the review.
//!
//! Sources: the HES analysis guide of September 2018 (1-7 suppressed, 0 shown, all else and totals to the nearest 5);
//! class disclosure of complements as in the SDC handbook; dominance and residual degrees as in ACRO. Totals are rounded from their true
//! values, so tables do not add up.

use counterfoil_model::{Code, Disclosure};

use crate::cell::{Cell, Counted, Exact, Money};
use crate::column::{Column, ColumnKind};
use crate::decimal::Decimal;
use crate::dominance::is_dominated;
use crate::figure::{may_be_shown, to_grain};
use crate::stated::{Companion, Sum};
use crate::table::{Shape, Table};

/// What may be known of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleasedCell {
    /// Zero, or the true count to the nearest multiple of the rounding base.
    Count(u64),
    /// Whole pounds: zero, or the true sum to the nearest multiple of the agreed pounds.
    Money(u64),
    /// A statistic, as precisely as the people behind it allow.
    Figure(Decimal),
    /// A statistic that does not exist, as a ratio to nothing.
    NotEstimated,
    /// Small, or something that would show what is small: a complement, or a term of a sum; or money or a statistic that is about
    /// few. Any count, zero too, can be behind it.
    Suppressed,
}

/// Why a cell was suppressed: for the unit's private record. In a release only the number of suppressed cells is stated, because
/// "by its complement" beside one `*` would say that nearly everybody is in it. A reader can still tell
/// in one case: where events are shown and their people are not, at least `suppress_below` people had some, so the people went by
/// their complement, and 1 to `suppress_below - 1` of the whole had none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SuppressedByRule {
    /// Count or contributing people from 1 to one below the threshold, or a number that would round to 0 (0 means none). Money too.
    pub small: u64,
    /// What is missing to the whole is that small, or the whole itself is suppressed.
    pub complement: u64,
    /// Another term of a sum, or a count that tells of it, would show a small count.
    pub sum: u64,
    /// One or two people make up too much of a sum of money.
    pub dominance: u64,
    /// A statistic rests on too few people, on too few degrees of freedom, or on money that is dominated.
    pub figure: u64,
}

/// A table after the primary rule. The exact cells stay inside it for the review, which is its only reader.
pub struct Suppressed {
    pub(crate) shape: Shape,
    pub(crate) exact: Vec<Vec<Cell>>,
    pub(crate) released: Vec<Vec<ReleasedCell>>,
    pub(crate) sums: Vec<Sum>,
    pub(crate) companions: Vec<Companion>,
    pub(crate) by_rule: SuppressedByRule,
    pub(crate) disclosure: Disclosure,
}

impl Suppressed {
    /// The table's name.
    pub fn id(&self) -> &Code {
        &self.shape.id
    }

    /// How many cells each rule took, for the unit's private record.
    pub fn by_rule(&self) -> SuppressedByRule {
        self.by_rule
    }
}

impl Table {
    /// Applies the primary rule to every cell, totals included.
    ///
    /// A count is suppressed if it or its contributing people are 1 to `suppress_below - 1`. A column that is part of another is
    /// suppressed too where the other is, or where what is missing to it is 1 to `suppress_below - 1`. Every other count goes to
    /// the nearest multiple of `rounding_base`, half up; to the nearest 5 there is no half.
    ///
    /// Money is suppressed if its people are that few or one or two of them dominate it; else it goes to the nearest multiple of
    /// `money_rounding_pounds`. Terms without that suppress all money, and the review then refuses the table.
    ///
    /// A figure is suppressed if its smallest group is that small, or its residual degrees or its money are too few people's; else it is
    /// rounded as coarsely as that group asks.
    pub fn suppress_primary(self, disclosure: &Disclosure) -> Suppressed {
        let Self { shape, cells: exact, sums, companions } = self;
        let mut by_rule = SuppressedByRule::default();
        let mut released = Vec::with_capacity(exact.len());
        for cells in &exact {
            let mut row: Vec<ReleasedCell> = Vec::with_capacity(cells.len());
            for (cell, column) in cells.iter().zip(&shape.columns) {
                // A whole stands to the left of its parts, so it has been decided.
                let whole = column.part_of.map(|whole| (cells[whole], row[whole]));
                row.push(decide(*cell, column, whole, disclosure).unwrap_or_else(|rule| {
                    *rule.count_in(&mut by_rule) += 1;
                    ReleasedCell::Suppressed
                }));
            }
            released.push(row);
        }
        Suppressed { shape, exact, released, sums, companions, by_rule, disclosure: *disclosure }
    }
}

/// The rule that takes a cell.
enum Taken {
    Small,
    Complement,
    Dominance,
    Figure,
}

impl Taken {
    fn count_in(self, by_rule: &mut SuppressedByRule) -> &mut u64 {
        match self {
            Self::Small => &mut by_rule.small,
            Self::Complement => &mut by_rule.complement,
            Self::Dominance => &mut by_rule.dominance,
            Self::Figure => &mut by_rule.figure,
        }
    }
}

fn decide(
    cell: Cell,
    column: &Column,
    whole: Option<(Cell, ReleasedCell)>,
    disclosure: &Disclosure,
) -> Result<ReleasedCell, Taken> {
    match cell.0 {
        Exact::Count(part) => {
            let whole = whole.and_then(|(cell, released)| Some((cell.as_count()?, released)));
            if is_small(part, disclosure) {
                Err(Taken::Small)
            } else if whole.is_some_and(|whole| complement_is_small(part, whole, disclosure)) {
                Err(Taken::Complement)
            } else {
                Ok(ReleasedCell::Count(to_nearest(part.count, disclosure.rounding_base)))
            }
        }
        Exact::Money(money) => decide_money(money, disclosure),
        Exact::Figure(value, behind) => match (value, column.kind) {
            _ if !may_be_shown(value, behind, disclosure.suppress_below) => Err(Taken::Figure),
            (Some(value), ColumnKind::Figure(kind)) => {
                Ok(ReleasedCell::Figure(Decimal { scaled: to_grain(value, behind), decimals: kind.decimals }))
            }
            _ => Ok(ReleasedCell::NotEstimated),
        },
    }
}

fn decide_money(money: Money, disclosure: &Disclosure) -> Result<ReleasedCell, Taken> {
    let Some(pounds) = disclosure.money_rounding_pounds else { return Err(Taken::Small) };
    let shown = to_nearest(money.pence, pounds.saturating_mul(100)) / 100;
    if (1..disclosure.suppress_below).contains(&money.people) || (money.pence != 0 && shown == 0) {
        return Err(Taken::Small);
    }
    if is_dominated(money.contributors()) { Err(Taken::Dominance) } else { Ok(ReleasedCell::Money(shown)) }
}

fn is_small(cell: Counted, disclosure: &Disclosure) -> bool {
    let small = 1..disclosure.suppress_below;
    let shown_as_none = cell.count != 0 && to_nearest(cell.count, disclosure.rounding_base) == 0;
    small.contains(&cell.count) || small.contains(&cell.people) || shown_as_none
}

/// Events of the complement need no people of its own (somebody may have both kinds), so counts and people are both looked at.
fn complement_is_small(part: Counted, (whole, released): (Counted, ReleasedCell), disclosure: &Disclosure) -> bool {
    let small = 1..disclosure.suppress_below;
    released == ReleasedCell::Suppressed
        || small.contains(&(whole.count - part.count))
        || small.contains(&(whole.people - part.people))
}

/// Half up. Counts are far below the end of u64; a base of 0 or 1 rounds nothing, and no review lets it pass.
fn to_nearest(count: u64, base: u64) -> u64 {
    let base = base.max(1);
    count.saturating_add(base / 2) / base * base
}

#[cfg(test)]
mod tests;
