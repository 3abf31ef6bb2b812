//! What the sums of a release would show: more is suppressed until no small count can be worked out.
//!
//! In: tables after the primary rule, and the sums that they state. Out: the same tables, with more cells suppressed.
//! Absent on purpose: exact counts. Every decision is made from what readers see, so a reader who repeats it learns nothing by it.
//!
//! A shown count stands for its rounding interval, a suppressed one for 1 to the greatest small count, 0 for none. With the total that
//! leaves each suppressed part a range. Fewer than [`VALUES_MIN`] counts in it are too few; then parts go, zeros first, then the
//! smallest, until the ranges are wide enough. Where so much went that not all of it can be small, every part goes.

use crate::review::{ReviewError, SumProblem};
use crate::suppress::{ReleasedCell, Suppressed};
use crate::table::SumCover;

/// Counts that a suppressed one must at least leave possible.
pub(crate) const VALUES_MIN: u64 = 3;

/// A cell of a first column: the table's place in the release, and the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) table: usize,
    pub(crate) row: usize,
}

/// A stated sum, its total found.
pub(crate) struct Group {
    pub(crate) total: Place,
    pub(crate) parts: Vec<Place>,
    pub(crate) cover: SumCover,
}

/// Finds the totals of all stated sums, and that they are true.
pub(crate) fn groups(tables: &[Suppressed]) -> Result<Vec<Group>, ReviewError> {
    let mut groups = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        for sum in &table.sums {
            let refuse = |problem| ReviewError::Sum { table: table.shape.id.clone(), problem };
            let of_total = tables.iter().position(|of| of.shape.id == sum.total.table);
            let total = of_total.map(|table| Place { table, row: sum.total.row });
            let exact = |place: Place| tables[place.table].exact.get(place.row)?[0].as_people();
            let Some((total, count)) = total.and_then(|place| Some((place, exact(place)?))) else {
                return Err(refuse(SumProblem::NoTotal));
            };
            let parts: Vec<_> = sum.parts.iter().map(|row| Place { table: at, row: *row }).collect();
            let added = parts.iter().filter_map(|part| exact(*part)).sum::<u64>();
            if added != count || parts.contains(&total) {
                return Err(refuse(SumProblem::DoesNotAddUp));
            }
            groups.push(Group { total, parts, cover: sum.cover });
        }
    }
    Ok(groups)
}

/// Suppresses more of the tables until no sum shows a small count. Where that cannot be reached, the review says so.
pub(crate) fn suppress_sums(tables: &mut [Suppressed], groups: &[Group]) {
    let mut sums = Sums { tables, groups };
    sums.take_totals();
    while sums.take_wholes() {}
    while let Some(place) = sums.next_to_take() {
        sums.take(place);
        while sums.take_wholes() {}
    }
    sums.take_totals();
}

/// Least and greatest of what may be, both included.
type Range = (u64, u64);

struct Sums<'a> {
    tables: &'a mut [Suppressed],
    groups: &'a [Group],
}

impl Sums<'_> {
    fn released(&self, place: Place) -> ReleasedCell {
        self.tables[place.table].released[place.row][0]
    }

    fn is_gone(&self, place: Place) -> bool {
        self.released(place) == ReleasedCell::Suppressed
    }

    fn range(&self, place: Place) -> Range {
        let disclosure = &self.tables[place.table].disclosure;
        let (base, small_max) = (disclosure.rounding_base, small_max(disclosure));
        match self.released(place) {
            ReleasedCell::Suppressed => (1, small_max),
            ReleasedCell::Count(0) => (0, 0),
            ReleasedCell::Count(count) => ((count - base / 2).max(small_max + 1), count + (base - 1) / 2),
            ReleasedCell::Money(_) | ReleasedCell::Figure(_) | ReleasedCell::NotEstimated => {
                unreachable!("a sum is of counts of people: every other is refused with its sum")
            }
        }
    }

    /// Suppresses a cell, and with it what is part of it.
    fn take(&mut self, place: Place) {
        let table = &mut self.tables[place.table];
        let row = &mut table.released[place.row];
        for column in 0..row.len() {
            let whole = table.shape.columns[column].part_of;
            let goes = column == 0 || whole.is_some_and(|whole| row[whole] == ReleasedCell::Suppressed);
            if goes && row[column] != ReleasedCell::Suppressed {
                row[column] = ReleasedCell::Suppressed;
                table.by_rule.sum += 1;
            }
        }
    }

    /// A total that no other sum shows goes with any part, not only where it would show too much: that would itself show which parts
    /// are those.
    fn take_totals(&mut self) {
        for group in self.groups.iter().filter(|group| group.cover == SumCover::Total) {
            if group.parts.iter().any(|part| self.is_gone(*part)) {
                self.take(group.total);
            }
        }
    }

    /// All parts go where the total alone decides it. Says whether any went.
    fn take_wholes(&mut self) -> bool {
        let mut any = false;
        for group in self.groups.iter().filter(|group| group.cover == SumCover::Parts) {
            if self.goes_whole(group) {
                for part in &group.parts {
                    any |= !self.is_gone(*part);
                    self.take(*part);
                }
            }
        }
        any
    }

    /// The total is suppressed, or so small for so many rows that rows all small would be known.
    fn goes_whole(&self, group: &Group) -> bool {
        let all_small = Parts { gone: group.parts.len() as u64, shown: (0, 0), small_max: self.small_max(group) };
        let too_few = || all_small.values(self.range(group.total)).is_some_and(|values| values < VALUES_MIN);
        self.is_gone(group.total) || (!group.parts.iter().any(|part| self.is_kept(*part)) && too_few())
    }

    fn next_to_take(&self) -> Option<Place> {
        let of_parts = || self.groups.iter().filter(|group| group.cover == SumCover::Parts);
        of_parts().filter(|group| self.shows_too_much(group)).find_map(|group| {
            // A group with nothing left is helped by another that tells less of the total.
            let others = of_parts().filter(|other| other.total == group.total);
            self.smallest_shown(group).or_else(|| others.into_iter().find_map(|other| self.smallest_shown(other)))
        })
    }

    fn smallest_shown(&self, group: &Group) -> Option<Place> {
        let shown = group.parts.iter().filter_map(|part| match self.released(*part) {
            ReleasedCell::Count(count) if count == 0 || !self.is_kept(*part) => Some((count, *part)),
            _ => None,
        });
        shown.min().map(|(_, part)| part)
    }

    /// Whether a part is shown elsewhere too, as the total of another sum.
    fn is_kept(&self, part: Place) -> bool {
        self.groups.iter().any(|group| group.total == part)
    }

    fn shows_too_much(&self, group: &Group) -> bool {
        let parts = self.parts(group);
        if parts.gone == 0 || self.goes_whole(group) {
            return false;
        }
        match parts.values(self.known_total(group)) {
            Some(values) => values < VALUES_MIN,
            None => self.smallest_shown(group).is_some(),
        }
    }

    fn parts(&self, group: &Group) -> Parts {
        let gone = group.parts.iter().filter(|part| self.is_gone(**part)).count() as u64;
        let ranges = group.parts.iter().filter(|part| !self.is_gone(**part)).map(|part| self.range(*part));
        let shown = ranges.fold((0, 0), |sum, range| (sum.0 + range.0, sum.1 + range.1));
        Parts { gone, shown, small_max: self.small_max(group) }
    }

    /// What the total's own cell and every other sum with it leave of it. A sum whose suppressed parts cannot all be small tells
    /// nothing beyond what it shows.
    fn known_total(&self, group: &Group) -> Range {
        let mut known = self.range(group.total);
        for other in self.groups.iter().filter(|other| !std::ptr::eq(*other, group)) {
            let told = if other.total == group.total {
                (!self.goes_whole(other)).then(|| self.parts(other).sum())
            } else {
                self.difference(other, group.total)
            };
            let Some(told) = told else { continue };
            let both = (known.0.max(told.0), known.1.min(told.1));
            if both.0 <= both.1 {
                known = both;
            }
        }
        known
    }

    /// What a sum without suppressed cells says of one of its parts: the total less the others.
    fn difference(&self, group: &Group, part: Place) -> Option<Range> {
        let shown = !self.is_gone(group.total) && !group.parts.iter().any(|of| self.is_gone(*of));
        if !shown || !group.parts.contains(&part) {
            return None;
        }
        let (total, all, own) = (self.range(group.total), self.parts(group).shown, self.range(part));
        Some(((total.0 + own.1).saturating_sub(all.1), (total.1 + own.0).saturating_sub(all.0)))
    }

    fn small_max(&self, group: &Group) -> u64 {
        small_max(&self.tables[group.total.table].disclosure)
    }
}

/// Greatest count that the primary rule takes as small: below the threshold, or rounding to 0.
pub(crate) fn small_max(disclosure: &counterfoil_model::Disclosure) -> u64 {
    (disclosure.suppress_below - 1).max(disclosure.rounding_base.div_ceil(2) - 1)
}

/// Parts of a sum as their readers see them.
struct Parts {
    gone: u64,
    shown: Range,
    small_max: u64,
}

impl Parts {
    fn sum(&self) -> Range {
        (self.shown.0 + self.gone, self.shown.1 + self.gone * self.small_max)
    }

    /// How many counts each suppressed part can have if all are small; none if they cannot all be.
    fn values(&self, total: Range) -> Option<u64> {
        let others = self.gone.checked_sub(1)?;
        let least = total.0.saturating_sub(self.shown.1 + others * self.small_max).max(1);
        let greatest = total.1.checked_sub(self.shown.0 + others)?.min(self.small_max);
        (greatest + 1).checked_sub(least).filter(|values| *values > 0)
    }
}

#[cfg(test)]
mod tests;
