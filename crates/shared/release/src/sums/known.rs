//! What a reader knows of each count by all sums together.
//!
//! In: what is shown, and the sums. Out: the least and the greatest that each count can be.
//! Absent on purpose: taking anything.
//!
//! Each sum bounds its total by its parts, and each part by the total and the other parts; that goes on until nothing narrows any
//! more. Sums of which all is shown are facts. One with suppressed parts is in doubt: it holds if they are small, and where that is
//! not in accord with what is known, they are not all small and it tells nothing beyond what it shows.

use std::collections::BTreeMap;

use super::{Group, Place, Range, Sums, VALUES_MIN};
use crate::stated::SumCover;

/// Rounds of narrowing. Ranges that would still narrow are left wider than a reader could make them, which takes cycles of sums that
/// no table states.
const ROUNDS_MAX: usize = 100;

pub(super) type Known = BTreeMap<Place, Range>;

/// What does not depend on the sum that is looked at.
pub(super) struct Facts<'a> {
    known: Known,
    sums: Vec<&'a Group>,
    doubtful: Vec<&'a Group>,
}

impl<'a> Sums<'a> {
    /// What the sums tell that are shown whole, and which are in doubt. Not those of everybody: see `Facts::if_told`.
    pub(super) fn facts(&self) -> Facts<'a> {
        let all = &self.stated.groups;
        let groups = all.iter().filter(|group| group.cover != SumCover::Total);
        let places = all.iter().flat_map(|group| group.parts.iter().chain([&group.total]));
        let shown: Known = places.map(|place| (*place, self.range(*place))).collect();
        let is_fact = |group: &&Group| !self.is_gone(group.total) && !self.any_gone(&group.parts);
        let (sums, others): (Vec<_>, Vec<_>) = groups.partition(is_fact);
        let tells = |group: &&Group| match group.cover {
            SumCover::Total => unreachable!("left out above"),
            // One of its parts is small. Which one is known only where the other is known to be great.
            SumCover::EveryPart => group.parts.iter().any(|part| self.loose.contains(part)),
            // What goes whatever it is may not be small.
            SumCover::Parts => !self.goes_whole(group),
        };
        // What is true and shown contradicts nothing.
        let known = narrowed(&shown, &sums).unwrap_or(shown);
        Facts { known, sums, doubtful: others.into_iter().filter(tells).collect() }
    }

    pub(super) fn shows_too_much(&self, group: &Group, known: &Known) -> bool {
        let small = group.parts.iter().filter(|part| self.is_gone(**part) && !self.loose.contains(part));
        small.map(|part| known[part]).any(|(least, greatest)| greatest - least + 1 < VALUES_MIN)
    }
}

impl Facts<'_> {
    /// The same with each number that the total of a sum can have by its parts.
    pub(super) fn if_told(&self, of: &Group) -> Vec<Self> {
        let parts = || of.parts.iter().map(|part| self.known[part]);
        let (least, greatest): Range = parts().fold((0, 0), |sum, range| (sum.0 + range.0, sum.1 + range.1));
        let told = (least..=greatest).filter_map(|total| {
            let mut known = self.known.clone();
            known.insert(of.total, (total, total));
            narrow(of, &mut known)?;
            // What else is stated of the total would go with it.
            known.insert(of.total, self.known[&of.total]);
            let known = narrowed(&known, &self.sums)?;
            Some(Self { known, sums: self.sums.clone(), doubtful: self.doubtful.clone() })
        });
        told.collect()
    }

    /// The most that all suppressed parts of a sum can be together; none if nothing is left for them.
    pub(super) fn left_for_suppressed(&self, of: &Sums<'_>, group: &Group) -> Option<u64> {
        let shown = group.parts.iter().filter(|part| !of.is_gone(**part));
        let least: u64 = shown.map(|part| self.known[part].0).sum();
        self.known[&group.total].1.checked_sub(least)
    }

    /// What is known if the suppressed parts of a sum are small; none if they cannot be.
    pub(super) fn with(&self, group: &Group) -> Option<Known> {
        let (mut known, mut held) = (self.known.clone(), self.sums.clone());
        for other in self.doubtful.iter().filter(|other| !std::ptr::eq(**other, group)) {
            held.push(other);
            match narrowed(&known, &held) {
                Some(narrower) => known = narrower,
                None => held.truncate(held.len() - 1),
            }
        }
        held.push(group);
        narrowed(&known, &held)
    }
}

/// The ranges that the sums leave; none if they leave nothing for some count.
fn narrowed(known: &Known, groups: &[&Group]) -> Option<Known> {
    let mut known = known.clone();
    for _ in 0..ROUNDS_MAX {
        let mut any = false;
        for group in groups {
            any |= narrow(group, &mut known)?;
        }
        if !any {
            break;
        }
    }
    Some(known)
}

fn narrow(group: &Group, known: &mut Known) -> Option<bool> {
    let ranges = group.parts.iter().map(|part| known[part]);
    let all = ranges.fold((0, 0), |sum: Range, range| (sum.0 + range.0, sum.1 + range.1));
    let mut any = keep(known, group.total, all)?;
    let total = known[&group.total];
    // All parts are bounded by what was known of the others before any of them is narrowed: that is as narrow as one sum makes them.
    let told = group.parts.iter().map(|part| {
        let own = known[part];
        let greatest = total.1.checked_sub(all.0 - own.0)?;
        Some((total.0.saturating_sub(all.1 - own.1), greatest))
    });
    let told: Vec<Option<Range>> = told.collect();
    for (part, told) in group.parts.iter().zip(told) {
        any |= keep(known, *part, told?)?;
    }
    Some(any)
}

/// Keeps of what is known what else is told. Says whether that is less; none if nothing is left.
fn keep(known: &mut Known, place: Place, told: Range) -> Option<bool> {
    let before = known[&place];
    let both = (before.0.max(told.0), before.1.min(told.1));
    known.insert(place, both);
    (both.0 <= both.1).then_some(both != before)
}
