//! The primary rule: small counts go, everything else is rounded.
//!
//! In: an exact [`Table`] and the agreement's disclosure terms. Out: [`Suppressed`], every cell [`ReleasedCell`].
//! Absent on purpose: any look at other rows or tables, or at former releases: sums are looked at before the review.
//!
//! Sources: the HES analysis guide of September 2018 (1-7 suppressed, 0 shown, all else and totals to the nearest 5);
//! class disclosure of complements as in the SDC handbook. Totals are rounded from their true values, so tables do not add up.

use counterfoil_model::{Code, Disclosure};

use crate::table::{Cell, Shape, Sum, Table};

/// What may be known of one count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleasedCell {
    /// Zero, or the true count to the nearest multiple of the rounding base.
    Count(u64),
    /// Small, or something that would show what is small: a complement, or a term of a sum. Any count, zero too, can be behind it.
    Suppressed,
}

/// Why a cell was suppressed: for the unit's private record. In a release only the number of suppressed cells is stated, because
/// "by its complement" beside one `*` would say that nearly everybody is in it. A reader can still tell
/// in one case: where events are shown and their people are not, at least `suppress_below` people had some, so the people went by
/// their complement, and 1 to `suppress_below - 1` of the whole had none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SuppressedByRule {
    /// Count or contributing people from 1 to one below the threshold, or a count that would round to 0 (0 means none).
    pub small: u64,
    /// What is missing to the whole is that small, or the whole itself is suppressed.
    pub complement: u64,
    /// Another term of a sum would show a small count.
    pub sum: u64,
}

/// A table after the primary rule. The exact counts stay inside it for the review, which is its only reader.
pub struct Suppressed {
    pub(crate) shape: Shape,
    pub(crate) exact: Vec<Vec<Cell>>,
    pub(crate) released: Vec<Vec<ReleasedCell>>,
    pub(crate) sums: Vec<Sum>,
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
    /// A cell is suppressed if its count or its contributing people are 1 to `suppress_below - 1`. A column that is part of another
    /// is suppressed too where the other is, or where what is missing to it is 1 to `suppress_below - 1`. Every other count goes to
    /// the nearest multiple of `rounding_base`, half up; to the nearest 5 there is no half.
    pub fn suppress_primary(self, disclosure: &Disclosure) -> Suppressed {
        let Self { shape, cells: exact, sums } = self;
        let mut by_rule = SuppressedByRule::default();
        let mut released = Vec::with_capacity(exact.len());
        for cells in &exact {
            let mut row: Vec<ReleasedCell> = Vec::with_capacity(cells.len());
            for (cell, column) in cells.iter().zip(&shape.columns) {
                // A whole stands to the left of its parts, so it has been decided.
                let whole = column.part_of.map(|whole| (cells[whole], row[whole]));
                let decided = if is_small(*cell, disclosure) {
                    by_rule.small += 1;
                    ReleasedCell::Suppressed
                } else if whole.is_some_and(|whole| complement_is_small(*cell, whole, disclosure)) {
                    by_rule.complement += 1;
                    ReleasedCell::Suppressed
                } else {
                    ReleasedCell::Count(to_nearest(cell.count, disclosure.rounding_base))
                };
                row.push(decided);
            }
            released.push(row);
        }
        Suppressed { shape, exact, released, sums, by_rule, disclosure: *disclosure }
    }
}

fn is_small(cell: Cell, disclosure: &Disclosure) -> bool {
    let small = 1..disclosure.suppress_below;
    let shown_as_none = cell.count != 0 && to_nearest(cell.count, disclosure.rounding_base) == 0;
    small.contains(&cell.count) || small.contains(&cell.people) || shown_as_none
}

/// Events of the complement need no people of its own (somebody may have both kinds), so counts and people are both looked at.
fn complement_is_small(part: Cell, (whole, released): (Cell, ReleasedCell), disclosure: &Disclosure) -> bool {
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
