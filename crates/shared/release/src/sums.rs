//! What the sums of a release would show: more is suppressed until no small count can be worked out.
//!
//! In: tables after the primary rule, and what they state of their counts. Out: the same tables, with more cells suppressed.
//! Absent on purpose: exact counts. Every decision is made from what readers see, so a reader who repeats it learns nothing by it.
//!
//! A shown count stands for its rounding interval, a suppressed one for 1 to the greatest small count, 0 for none. What all sums leave
//! of each is worked out in `known`. Fewer than [`VALUES_MIN`] counts for a suppressed one are too few; then parts go, zeros first, then
//! the smallest, until the ranges are wide enough. Where so much went that not all of it can be small, every part goes. Where no part
//! is left that would help, the total goes, and with it all that makes it: at the end of that nothing is shown, so a release can
//! always be made.

use std::collections::BTreeSet;

use crate::review::{ReviewError, Showing, SumProblem, check_sums};
use crate::stated::{CellOf, SumCover};
use crate::suppress::{ReleasedCell, Suppressed};
use crate::table::{COUNT_MAX, summand};

mod known;

use known::Facts;

/// Counts that a suppressed one must at least leave possible.
pub(crate) const VALUES_MIN: u64 = 3;

/// A cell: the table's place in the release, row and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) table: usize,
    pub(crate) row: usize,
    pub(crate) column: usize,
}

impl Place {
    fn of(cell: &CellOf, tables: &[Suppressed]) -> Option<Self> {
        let table = tables.iter().position(|of| of.shape.id == cell.table)?;
        Some(Self { table, row: cell.row, column: cell.column })
    }
}

/// A stated sum, its cells found.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) total: Place,
    pub(crate) parts: Vec<Place>,
    pub(crate) cover: SumCover,
    /// The table that states it.
    pub(crate) stated_by: usize,
}

/// All that the tables of a release state.
pub(crate) struct Stated {
    pub(crate) groups: Vec<Group>,
    /// Cells, each with the one that it is hidden with.
    pub(crate) companions: Vec<(Place, Place)>,
    /// Counts that are shown twice: by themselves, and by what adds up to them.
    pub(crate) totals: BTreeSet<Place>,
}

impl Stated {
    /// Finds the cells of all that is stated, and that the sums are true.
    pub(crate) fn of(tables: &[Suppressed]) -> Result<Self, ReviewError> {
        let mut stated = Self { groups: Vec::new(), companions: Vec::new(), totals: BTreeSet::new() };
        for (at, table) in tables.iter().enumerate() {
            let refuse = |problem| ReviewError::Sum { table: table.shape.id.clone(), problem };
            let exact = |place: Place| {
                let of = &tables[place.table];
                summand(&of.shape, &of.exact, place.row, place.column)
            };
            for sum in &table.sums {
                let total = Place::of(&sum.total, tables).and_then(|place| Some((place, exact(place)?)));
                let (total, count) = total.ok_or_else(|| refuse(SumProblem::NoTotal))?;
                let here = sum.rows.iter().map(|row| Some(Place { table: at, row: *row, column: sum.column }));
                let parts = here.chain(sum.elsewhere.iter().map(|part| Place::of(part, tables)));
                let parts: Option<Vec<Place>> = parts.collect();
                let parts = parts.ok_or_else(|| refuse(SumProblem::NoPart))?;
                let counts: Option<Vec<u64>> = parts.iter().map(|part| exact(*part)).collect();
                let added: u64 = counts.ok_or_else(|| refuse(SumProblem::NoPart))?.iter().sum();
                let each_once = parts.iter().collect::<BTreeSet<_>>().len() == parts.len();
                if added != count || !each_once || parts.contains(&total) {
                    return Err(refuse(SumProblem::DoesNotAddUp));
                }
                stated.totals.insert(total);
                stated.groups.push(Group { total, parts, cover: sum.cover, stated_by: at });
            }
            for companion in &table.companions {
                let is_count = |place: &Place| {
                    let cells = tables[place.table].exact.get(place.row);
                    cells.and_then(|cells| cells.get(place.column)?.as_count()).is_some()
                };
                let of = Place::of(&companion.of, tables).filter(is_count);
                let of = of.ok_or_else(|| refuse(SumProblem::NoCompanion))?;
                let cell = Place { table: at, row: companion.row, column: companion.column };
                stated.companions.push((cell, of));
            }
        }
        Ok(stated)
    }
}

/// Least and greatest of what may be, both included.
type Range = (u64, u64);

/// What goes next.
enum Next<'a> {
    Cell(Place),
    /// No part is left that would help.
    TotalOf(&'a Group),
}

/// The tables of a release while more of them is suppressed.
pub(crate) struct Sums<'a> {
    tables: &'a mut [Suppressed],
    stated: &'a Stated,
    /// Taken only with another part ([`SumCover::EveryPart`]): any count can be behind them, and what makes them stays.
    loose: BTreeSet<Place>,
}

impl<'a> Sums<'a> {
    pub(crate) fn new(tables: &'a mut [Suppressed], stated: &'a Stated) -> Self {
        Self { tables, stated, loose: BTreeSet::new() }
    }

    /// Suppresses more until nothing shows too much, neither by these rules nor tried count by count. Where the two differ, the whole
    /// sum goes. That ends: with everything gone that is in a sum, none shows anything.
    pub(crate) fn suppress(mut self) -> Result<(), ReviewError> {
        let stated = self.stated;
        loop {
            self.settle();
            let (table, any) = match check_sums(self.tables, stated, &self.loose) {
                Ok(()) => return Ok(()),
                Err(Showing::Hidden(cell)) => (cell.table, self.take(cell)),
                Err(Showing::Sum(group)) => (group.stated_by, self.take_total(group) | self.take_all(&group.parts)),
            };
            if !any {
                let table = self.tables[table].shape.id.clone();
                return Err(ReviewError::Sum { table, problem: SumProblem::WorkedOut });
            }
        }
    }

    /// Takes by the rules until they ask for no more.
    fn settle(&mut self) {
        loop {
            // What goes with another cell goes first: a total that does not stay decides nothing.
            while self.take_what_goes_with_another() || self.take_wholes() {}
            match self.next_to_take() {
                Some(Next::Cell(place)) => {
                    self.take(place);
                }
                Some(Next::TotalOf(group)) => {
                    self.take_total(group);
                }
                None => match self.everybody_who_might_tell() {
                    Some(place) => {
                        self.take(place);
                    }
                    None => return,
                },
            }
        }
    }

    /// Suppresses the total of a sum, and by that all that makes it, also where it is gone already and what makes it stayed.
    fn take_total(&mut self, group: &Group) -> bool {
        let was_loose = self.loose.remove(&group.total);
        self.take(group.total) || was_loose
    }

    fn released(&self, place: Place) -> ReleasedCell {
        self.tables[place.table].released[place.row][place.column]
    }

    fn is_gone(&self, place: Place) -> bool {
        self.released(place) == ReleasedCell::Suppressed
    }

    fn any_gone(&self, places: &[Place]) -> bool {
        places.iter().any(|place| self.is_gone(*place))
    }

    fn range(&self, place: Place) -> Range {
        let disclosure = &self.tables[place.table].disclosure;
        let (base, small_max) = (disclosure.rounding_base, small_max(disclosure));
        match self.released(place) {
            ReleasedCell::Suppressed if self.loose.contains(&place) => (0, COUNT_MAX),
            ReleasedCell::Suppressed => (1, small_max),
            ReleasedCell::Count(0) => (0, 0),
            ReleasedCell::Count(count) => ((count - base / 2).max(small_max + 1), count + (base - 1) / 2),
            ReleasedCell::Money(_) | ReleasedCell::Figure(_) | ReleasedCell::NotEstimated => {
                unreachable!("a sum is of counts of people: every other is refused with its sum")
            }
        }
    }

    /// Suppresses a cell, and with it what is part of it. Says whether it was shown.
    fn take(&mut self, place: Place) -> bool {
        let table = &mut self.tables[place.table];
        let row = &mut table.released[place.row];
        let was_shown = row[place.column] != ReleasedCell::Suppressed;
        for column in place.column..row.len() {
            let whole = table.shape.columns[column].part_of;
            let goes = column == place.column || whole.is_some_and(|whole| row[whole] == ReleasedCell::Suppressed);
            if goes && row[column] != ReleasedCell::Suppressed {
                row[column] = ReleasedCell::Suppressed;
                table.by_rule.sum += 1;
            }
        }
        was_shown
    }

    fn take_all(&mut self, places: &[Place]) -> bool {
        let mut any = false;
        for place in places {
            any |= self.take(*place);
        }
        any
    }

    /// What goes with something suppressed, whatever the other counts are: that it goes tells nothing more. Says whether any did.
    fn take_what_goes_with_another(&mut self) -> bool {
        let stated = self.stated;
        let mut any = false;
        for (cell, of) in &stated.companions {
            any |= self.is_gone(*of) && self.take(*cell);
        }
        for group in &stated.groups {
            let (total_gone, part_gone) = (self.is_gone(group.total), self.any_gone(&group.parts));
            let same = group.parts.len() == 1;
            match group.cover {
                // Where the same count stands twice, each goes with the other.
                _ if same && part_gone != total_gone => {
                    any |= self.take(group.total);
                    any |= self.take_all(&group.parts);
                }
                // Not only where it would show too much: that would itself show which parts are those.
                SumCover::Total if part_gone => any |= self.take(group.total),
                SumCover::EveryPart if total_gone => any |= self.take_all(&group.parts),
                SumCover::EveryPart if part_gone => {
                    for part in &group.parts {
                        if self.take(*part) {
                            self.loose.insert(*part);
                            any = true;
                        }
                    }
                }
                _ => {}
            }
        }
        any
    }

    /// All parts go where the total alone decides it. Says whether any went.
    fn take_wholes(&mut self) -> bool {
        let stated = self.stated;
        let mut any = false;
        for group in stated.groups.iter().filter(|group| group.cover == SumCover::Parts) {
            any |= self.goes_whole(group) && self.take_all(&group.parts);
        }
        any
    }

    /// The total is suppressed, or so small for so many rows that rows all small would be known; or a part goes with what it is about
    /// proportional to, so that nothing at all may be known of it.
    fn goes_whole(&self, group: &Group) -> bool {
        let small_max = small_max(&self.tables[group.total.table].disclosure);
        let too_few = || {
            let values = all_small_values(group.parts.len() as u64, self.range(group.total), small_max);
            values.is_some_and(|values| values < VALUES_MIN)
        };
        let hidden = |part: &Place| self.stated.companions.iter().any(|(cell, of)| cell == part && self.is_gone(*of));
        (self.is_gone(group.total) && !self.loose.contains(&group.total))
            || group.parts.iter().any(hidden)
            || (!group.parts.iter().any(|part| self.is_kept(*part)) && too_few())
    }

    /// What to suppress next; none if no sum shows too much.
    fn next_to_take(&self) -> Option<Next<'a>> {
        let (stated, facts) = (self.stated, self.facts());
        let of_parts = || stated.groups.iter().filter(|group| group.cover == SumCover::Parts);
        let mut last = None;
        for group in of_parts().filter(|group| self.any_gone(&group.parts) && !self.goes_whole(group)) {
            let known = facts.with(group);
            let own = self.smallest_shown(group);
            if known.as_ref().is_some_and(|known| !self.shows_too_much(group, known)) {
                continue;
            }
            let shares = |other: &&Group| {
                let cells = || other.parts.iter().chain([&other.total]);
                cells().any(|cell| *cell == group.total || group.parts.contains(cell))
            };
            let place = match known {
                // Not all that is suppressed can be small: nothing stays that could go.
                None => own,
                // A sum with nothing left is helped by another that tells less of the same counts.
                Some(_) => own.or_else(|| of_parts().filter(shares).find_map(|other| self.smallest_shown(other))),
            };
            if let Some(place) = place {
                return Some(Next::Cell(place));
            }
            if known.is_some() || self.leaves_too_little(group, &facts) {
                last = last.or(Some(group));
            }
        }
        last.map(Next::TotalOf)
    }

    /// Everybody, if they and those who are not linked could tell more of the linked than their own count does. Not only where they do:
    /// that would itself say so. Every number of them that their parts leave possible is tried, so that theirs decides nothing.
    fn everybody_who_might_tell(&self) -> Option<Place> {
        let facts = self.facts();
        let of_parts = self.stated.groups.iter().filter(|group| group.cover == SumCover::Parts);
        let open: Vec<_> = of_parts.filter(|group| self.any_gone(&group.parts) && !self.goes_whole(group)).collect();
        let mut everybody =
            self.stated.groups.iter().filter(|of| of.cover == SumCover::Total && !self.is_gone(of.total));
        let tells = |facts: &Facts<'_>, group: &Group| {
            let known = facts.with(group);
            known.map_or_else(
                // Not all small, and one person in all of them.
                || facts.left_for_suppressed(self, group) == Some(1),
                |known| self.shows_too_much(group, &known),
            )
        };
        let open: Vec<_> = open.into_iter().filter(|group| !tells(&facts, group)).collect();
        let told =
            everybody.find(|of| facts.if_told(of).iter().any(|facts| open.iter().any(|group| tells(facts, group))));
        told.map(|of| of.total)
    }

    /// Suppressed parts that are not all small, and stand for a known count: one alone, or at most one person in all of them.
    fn leaves_too_little(&self, group: &Group, facts: &Facts<'_>) -> bool {
        let gone = group.parts.iter().filter(|part| self.is_gone(**part));
        gone.count() == 1 || facts.left_for_suppressed(self, group).is_none_or(|left| left < VALUES_MIN - 1)
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
        self.stated.totals.contains(&part)
    }
}

/// Greatest count that the primary rule takes as small: below the threshold, or rounding to 0.
pub(crate) fn small_max(disclosure: &counterfoil_model::Disclosure) -> u64 {
    (disclosure.suppress_below - 1).max(disclosure.rounding_base.div_ceil(2) - 1)
}

/// How many counts each of so many suppressed parts can have if nothing is shown but the total; none if they cannot all be small.
fn all_small_values(parts: u64, total: Range, small_max: u64) -> Option<u64> {
    let others = parts.checked_sub(1)?;
    let least = total.0.saturating_sub(others * small_max).max(1);
    let greatest = total.1.checked_sub(others)?.min(small_max);
    (greatest + 1).checked_sub(least).filter(|values| *values > 0)
}

#[cfg(test)]
mod tests;
