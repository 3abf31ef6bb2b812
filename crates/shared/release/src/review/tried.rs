//! Whether a suppressed count can be worked out from sums, by trying counts.
//!
//! In: tables as they would leave, and their sums. Out: nothing, or the first sum that shows too much.
//! Absent on purpose: the bounds by which `sums` decided, and exact counts: what is found here makes more go, so that it may tell nothing.

use std::collections::BTreeSet;

use crate::stated::SumCover;
use crate::sums::{Group, Place, Stated, VALUES_MIN, small_max};
use crate::suppress::{ReleasedCell, Suppressed};

/// What shows too much.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Showing<'a> {
    /// A cell that is hidden with another, which is suppressed.
    Hidden(Place),
    /// A sum.
    Sum(&'a Group),
}

/// Looks at tables as they would leave. `loose` are the cells that went with another part of a sum whatever they are.
pub(crate) fn check_sums<'a>(
    tables: &[Suppressed],
    stated: &'a Stated,
    loose: &BTreeSet<Place>,
) -> Result<(), Showing<'a>> {
    let seen = Seen { tables, stated, loose };
    for (cell, of) in &stated.companions {
        if seen.is_gone(*of) && !seen.is_gone(*cell) {
            return Err(Showing::Hidden(*cell));
        }
    }
    for group in &stated.groups {
        let none = !group.parts.iter().any(|part| seen.is_gone(*part));
        let all = group.parts.iter().all(|part| seen.is_gone(*part));
        let total = seen.is_gone(group.total);
        let safe = match group.cover {
            _ if group.parts.len() == 1 => all == total,
            SumCover::Total => none || total,
            SumCover::EveryPart => all || (none && !total),
            SumCover::Parts => seen.parts_are_covered(group) && (all || !seen.has_hidden_part(group)),
        };
        if !safe {
            return Err(Showing::Sum(group));
        }
    }
    Ok(())
}

struct Seen<'a> {
    tables: &'a [Suppressed],
    stated: &'a Stated,
    loose: &'a BTreeSet<Place>,
}

impl Seen<'_> {
    fn released(&self, place: Place) -> ReleasedCell {
        self.tables[place.table].released[place.row][place.column]
    }

    fn is_gone(&self, place: Place) -> bool {
        self.released(place) == ReleasedCell::Suppressed
    }

    fn has_hidden_part(&self, group: &Group) -> bool {
        let companions = || self.stated.companions.iter();
        companions().any(|(cell, of)| self.is_gone(*of) && group.parts.contains(cell))
    }

    fn parts_are_covered(&self, group: &Group) -> bool {
        let alone: Vec<u64> = if !self.is_gone(group.total) {
            self.counts_behind(group.total).collect()
        } else if let Some(counts) = self.counts_loose(group.total) {
            counts
        } else {
            return group.parts.iter().all(|part| self.is_gone(*part));
        };
        if self.small_gone(&group.parts) == 0 {
            return true;
        }
        let groups = || self.stated.groups.iter();
        let goes_whole = |of: &Group| {
            let shown_elsewhere = of.parts.iter().any(|part| self.stated.totals.contains(part));
            let all = of.parts.iter().all(|part| self.is_gone(*part));
            all && (self.has_hidden_part(of) || (!shown_elsewhere && self.is_pinned(of, &alone)))
        };
        let others = groups().filter(|other| {
            let tells = other.cover == SumCover::Parts || !other.parts.iter().any(|part| self.is_gone(*part));
            let same_total = !std::ptr::eq(*other, group) && other.total == group.total && !goes_whole(other);
            tells && (same_total || other.parts.contains(&group.total))
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
                let shown_elsewhere = self.stated.totals.contains(part);
                self.is_gone(*part) || (shown_elsewhere && self.released(*part) != ReleasedCell::Count(0))
            }),
            // For this total and as many rows all parts always go, whatever they are.
            values => values >= VALUES_MIN || goes_whole(group),
        }
    }

    /// What a suppressed count that is not small can be by the sum with which it went: the total less its other parts, which are small.
    fn counts_loose(&self, place: Place) -> Option<Vec<u64>> {
        let with_all_gone = |group: &&Group| {
            let all = group.parts.iter().all(|part| self.is_gone(*part));
            group.cover == SumCover::EveryPart && all && !self.is_gone(group.total) && group.parts.contains(&place)
        };
        let group = self.stated.groups.iter().find(with_all_gone).filter(|_| self.loose.contains(&place))?;
        let others = group.parts.len() as u64 - 1;
        let small = others..=others * self.small_max();
        let counts =
            self.counts_behind(group.total).flat_map(|total| small.clone().map(move |of| total.saturating_sub(of)));
        let counts: BTreeSet<u64> = counts.collect();
        Some(counts.into_iter().collect())
    }

    fn is_pinned(&self, group: &Group, totals: &[u64]) -> bool {
        (1..VALUES_MIN).contains(&self.counts_tried(group, totals))
    }

    /// How many counts one suppressed part can have, up to the least that is enough.
    fn counts_tried(&self, group: &Group, totals: &[u64]) -> u64 {
        let fits = |count: &u64| totals.iter().any(|total| total >= count && self.leaves(group, total - count));
        (1..=self.small_max()).filter(fits).zip(0..VALUES_MIN).count() as u64
    }

    /// Suppressed parts but those that are known to be great.
    fn small_gone(&self, parts: &[Place]) -> u64 {
        parts.iter().filter(|part| self.is_gone(**part) && self.counts_loose(**part).is_none()).count() as u64
    }

    /// Whether the other parts, one suppressed one left out, can make up the rest.
    fn leaves(&self, group: &Group, rest: u64) -> bool {
        let gone = self.small_gone(&group.parts);
        gone > 0 && self.can_make(group, gone - 1, rest)
    }

    /// Whether a sum can be true when one of its cells has this count.
    fn allows(&self, group: &Group, place: Place, count: u64) -> bool {
        if place == group.total {
            return self.can_make(group, self.small_gone(&group.parts), count);
        }
        if group.parts.iter().any(|part| self.is_gone(*part)) || self.is_gone(group.total) {
            return true;
        }
        let others = Group {
            total: group.total,
            parts: group.parts.iter().copied().filter(|part| *part != place).collect(),
            cover: group.cover,
            stated_by: group.stated_by,
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
        let any = group.parts.iter().any(|part| self.is_gone(*part) && self.counts_loose(*part).is_some());
        sum >= least + gone && (any || sum <= greatest + gone * self.small_max())
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
