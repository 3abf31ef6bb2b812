//! Whether a suppressed count can be worked out from sums, by trying counts.
//!
//! In: tables as they would leave, and their sums. Out: nothing, or the first sum that shows too much.
//! Absent on purpose: the bounds by which `sums` decided.

use super::{ReviewError, SumProblem};
use crate::sums::{Group, Place, VALUES_MIN, small_max};
use crate::suppress::{ReleasedCell, Suppressed};
use crate::table::SumCover;

pub(crate) fn check_sums(tables: &[Suppressed], groups: &[Group]) -> Result<(), ReviewError> {
    let seen = Seen { tables };
    for group in groups {
        let safe = match group.cover {
            SumCover::Total => seen.total_is_covered(group),
            SumCover::Parts => seen.parts_are_covered(group, groups),
        };
        if !safe {
            let table = tables[group.parts[0].table].shape.id.clone();
            return Err(ReviewError::Sum { table, problem: SumProblem::WorkedOut });
        }
    }
    Ok(())
}

struct Seen<'a> {
    tables: &'a [Suppressed],
}

impl Seen<'_> {
    fn released(&self, place: Place) -> ReleasedCell {
        self.tables[place.table].released[place.row][0]
    }

    fn is_gone(&self, place: Place) -> bool {
        self.released(place) == ReleasedCell::Suppressed
    }

    fn total_is_covered(&self, group: &Group) -> bool {
        self.is_gone(group.total) || !group.parts.iter().any(|part| self.is_gone(*part))
    }

    fn parts_are_covered(&self, group: &Group, groups: &[Group]) -> bool {
        let gone = group.parts.iter().filter(|part| self.is_gone(**part)).count();
        if gone == 0 || self.is_gone(group.total) {
            return gone == 0 || gone == group.parts.len();
        }
        let alone: Vec<u64> = self.counts_behind(group.total).collect();
        let goes_whole = |of: &Group| {
            let shown_elsewhere = of.parts.iter().any(|part| groups.iter().any(|other| other.total == *part));
            !shown_elsewhere && of.parts.iter().all(|part| self.is_gone(*part)) && self.is_pinned(of, &alone)
        };
        let others = groups.iter().filter(|other| {
            let same_total = !std::ptr::eq(*other, group) && other.total == group.total && !goes_whole(other);
            same_total || other.parts.contains(&group.total)
        });
        // A reader keeps the totals that a sum allows; one that allows none has suppressed parts that are not small.
        let totals = others.fold(alone.clone(), |totals, other| {
            let kept: Vec<u64> =
                totals.iter().copied().filter(|total| self.allows(other, group.total, *total)).collect();
            if kept.is_empty() { totals } else { kept }
        });
        match self.counts_tried(group, &totals) {
            // Not all suppressed parts are small: no part may be left that could have gone.
            0 => group.parts.iter().all(|part| {
                let shown_elsewhere = groups.iter().any(|other| other.total == *part);
                self.is_gone(*part) || (shown_elsewhere && self.released(*part) != ReleasedCell::Count(0))
            }),
            // For this total and as many rows all parts always go, whatever they are.
            values => values >= VALUES_MIN || goes_whole(group),
        }
    }

    fn is_pinned(&self, group: &Group, totals: &[u64]) -> bool {
        (1..VALUES_MIN).contains(&self.counts_tried(group, totals))
    }

    /// How many counts one suppressed part can have, up to the least that is enough.
    fn counts_tried(&self, group: &Group, totals: &[u64]) -> u64 {
        let fits = |count: &u64| totals.iter().any(|total| total >= count && self.leaves(group, total - count));
        (1..=self.small_max()).filter(fits).zip(0..VALUES_MIN).count() as u64
    }

    /// Whether the other parts, one suppressed one left out, can make up the rest.
    fn leaves(&self, group: &Group, rest: u64) -> bool {
        let gone = group.parts.iter().filter(|part| self.is_gone(**part)).count() as u64;
        gone > 0 && self.can_make(group, gone - 1, rest)
    }

    /// Whether a sum can be true when one of its cells has this count.
    fn allows(&self, group: &Group, place: Place, count: u64) -> bool {
        let gone = group.parts.iter().filter(|part| self.is_gone(**part)).count() as u64;
        if place == group.total {
            return self.can_make(group, gone, count);
        }
        if gone > 0 || self.is_gone(group.total) {
            return true;
        }
        let others = Group {
            total: group.total,
            parts: group.parts.iter().copied().filter(|part| *part != place).collect(),
            cover: group.cover,
        };
        self.counts_behind(group.total).any(|total| total >= count && self.can_make(&others, 0, total - count))
    }

    fn can_make(&self, group: &Group, gone: u64, sum: u64) -> bool {
        let shown = group.parts.iter().filter(|part| !self.is_gone(**part));
        let ends = shown.map(|part| {
            let mut behind = self.counts_behind(*part);
            let first = behind.next().unwrap_or(0);
            (first, behind.last().unwrap_or(first))
        });
        let (least, greatest) = ends.fold((0, 0), |sum, ends| (sum.0 + ends.0, sum.1 + ends.1));
        (least + gone..=greatest + gone * self.small_max()).contains(&sum)
    }

    /// Every true count from which a shown one can come.
    fn counts_behind(&self, place: Place) -> impl Iterator<Item = u64> + use<> {
        let (base, small_max) = (self.tables[0].disclosure.rounding_base, self.small_max());
        let shown = match self.released(place) {
            ReleasedCell::Count(count) => count,
            ReleasedCell::Suppressed => 0,
            ReleasedCell::Money(_) | ReleasedCell::Figure(_) | ReleasedCell::NotEstimated => {
                unreachable!("a sum is of counts of people: every other is refused with its sum")
            }
        };
        let near = shown.saturating_sub(base)..=shown + base;
        near.filter(move |count| {
            // Twice the distance is at most the base, and half goes up.
            let apart = 2 * count.abs_diff(shown);
            let rounds_here = apart < base || (apart == base && *count < shown);
            if shown == 0 { *count == 0 } else { rounds_here && *count > small_max }
        })
    }

    fn small_max(&self) -> u64 {
        small_max(&self.tables[0].disclosure)
    }
}
