//! The decision: weighed pairs to links.
//!
//! In: [`Compared`] and a [`LinkRule`]. Out: a [`Linkage`], whose probabilities and expected quality are those of the links
//! that it returns.

use crate::assign::{ScoredPair, WeightRule, assign};
use crate::error::LinkageError;
use crate::linkage::{Compared, Link, LinkRule, Linkage};
use crate::probability::{Contest, Sides, Weighed};
use crate::quality::{ExpectedQuality, GroupQuality, by_group};
use crate::weight::{floor, millibits, odds};

/// Rounds in which links are dropped and probabilities reckoned anew: three or four are usual.
const ROUNDS_MAX: u32 = 32;

impl Compared {
    /// Decides which of the compared pairs are links.
    ///
    /// # Errors
    /// [`LinkageError::NotKept`] for a rule that reaches lower than the one compared with.
    pub fn decide(&self, rule: LinkRule) -> Result<Linkage, LinkageError> {
        if rule.reach() < self.kept_from {
            return Err(LinkageError::NotKept { needed_millibits: rule.reach(), kept_millibits: self.kept_from });
        }
        let scored: Vec<_> = self.pairs.iter().map(|weighed| weighed.pair).collect();
        let weights = WeightRule { min: millibits(odds(rule.probability_min.0)), margin: rule.margin() };
        let assignment = assign(&scored, weights, self.sides);

        let (links, least) = probable_enough(&self.pairs, self.sides, &assignment.links, rule);
        let is_linked = |pair: &ScoredPair| {
            let place = links.binary_search_by_key(&(pair.left, pair.right), |link| (link.left, link.right));
            place.is_ok()
        };
        let unlinked = self.pairs.iter().zip(&self.probabilities).filter(|(weighed, _)| !is_linked(&weighed.pair));
        let missed: f64 = unlinked.map(|(_, probability)| probability).sum();
        Ok(Linkage {
            expected: ExpectedQuality::new(&links, missed + self.missed_below, self.left_apart.iter().sum()),
            links,
            probability_min_ppm: least,
            contested_left: assignment.contested_left,
            contested_right: assignment.contested_right,
        })
    }

    /// What the model expects of a linkage's links by group of left rows: `groups` has one entry a left row.
    ///
    /// # Panics
    /// When `groups` has another number of entries.
    pub fn expected_by_group<G: Ord + Copy>(&self, linkage: &Linkage, groups: &[Option<G>]) -> Vec<GroupQuality<G>> {
        assert_eq!(groups.len(), self.sides.left_rows, "one group a left row");
        by_group(&linkage.links, &self.missed_of_rows(linkage), groups)
    }

    /// Matches that the model expects a linkage to have missed of each left row, in millionths: at most one a row, for a row
    /// has at most one match.
    pub fn missed_by_row(&self, linkage: &Linkage) -> Vec<u32> {
        self.missed_of_rows(linkage).into_iter().map(ppm).collect()
    }

    /// By left row: the probabilities of its pairs that were not linked, and what is expected of those that nobody compared or
    /// that were too improbable to be kept. The latter are the unlinked rows': a row that is linked is not missed.
    fn missed_of_rows(&self, linkage: &Linkage) -> Vec<f64> {
        let linked: Vec<_> = linkage.links.iter().map(|link| (link.left, link.right)).collect();
        let mut is_linked = vec![false; self.sides.left_rows];
        for (left, _) in &linked {
            is_linked[*left as usize] = true;
        }
        let apart = || self.left_apart.iter().zip(&is_linked).filter(|(_, is_linked)| !**is_linked);
        let all = self.left_apart.iter().sum::<f64>() + self.missed_below;
        let unlinked = apart().map(|(matches, _)| matches).sum::<f64>();
        let scale = if unlinked > 0.0 { all / unlinked } else { 0.0 };
        let of_row = |(matches, is_linked): (&f64, &bool)| if *is_linked { 0.0 } else { matches * scale };
        let mut missed: Vec<f64> = self.left_apart.iter().zip(&is_linked).map(of_row).collect();
        for (weighed, probability) in self.pairs.iter().zip(&self.probabilities) {
            if linked.binary_search(&(weighed.pair.left, weighed.pair.right)).is_err() {
                missed[weighed.pair.left as usize] += probability;
            }
        }
        missed
    }
}

/// The assigned pairs that are probable enough, ascending, and the least probability that was asked for in
/// the end: the rule's own, or what it rose to.
///
/// A link that is too improbable is dropped, and its rows are free again: pairs of theirs that competed no more do so
/// again, with links that stood beside them. So probabilities are reckoned anew until nothing is dropped: each link that
/// is returned has its probability among those returned. Every round drops at least one; after [`ROUNDS_MAX`] the rest are
/// judged with all rivals standing, which is the least that any further dropping could make of them.
fn probable_enough(pairs: &[Weighed], sides: Sides, assigned: &[ScoredPair], rule: LinkRule) -> (Vec<Link>, u32) {
    let mut linked: Vec<_> = assigned.iter().map(|pair| (pair.left, pair.right)).collect();
    linked.sort_unstable();
    let own = own_probability_ppm(rule);
    let (mut round, mut risen) = (0, false);
    loop {
        round += 1;
        let contest =
            if round < ROUNDS_MAX { Contest::after(pairs, &linked, sides) } else { Contest::of_all(pairs, sides) };
        let is_link = |weighed: &&Weighed| linked.binary_search(&(weighed.pair.left, weighed.pair.right)).is_ok();
        let link = |weighed: &Weighed| Link {
            left: weighed.pair.left,
            right: weighed.pair.right,
            agreeing: weighed.agreeing,
            weight_millibits: weighed.pair.millibits,
            probability_ppm: ppm(contest.probability(weighed)),
        };
        let mut links: Vec<Link> = pairs.iter().filter(is_link).map(link).collect();
        links.sort_unstable();
        let least = least_probability_ppm(&links, rule);
        risen |= least > own;
        links.retain(|link| link.probability_ppm >= least);
        if links.len() == linked.len() || round >= ROUNDS_MAX {
            let lowest = links.iter().map(|link| link.probability_ppm).min().unwrap_or(1_000_000);
            return (links, if risen { lowest } else { own });
        }
        linked = links.iter().map(|link| (link.left, link.right)).collect();
    }
}

/// The rule's own least probability, or what it must rise to so that no more links than allowed are expected to be false:
/// links are taken by falling probability as long as the mean stays high enough, those of one probability together.
pub(crate) fn least_probability_ppm(links: &[Link], rule: LinkRule) -> u32 {
    let own = own_probability_ppm(rule);
    let mut probable: Vec<u32> = links.iter().map(|link| link.probability_ppm).filter(|ppm| *ppm >= own).collect();
    probable.sort_unstable_by(|one, next| next.cmp(one));
    let allowed_ppm = u64::from(rule.false_links_max.0) * 1_000;
    let (mut false_ppm, mut count, mut least) = (0, 0, None);
    for same in probable.chunk_by(|one, next| one == next) {
        count += same.len() as u64;
        false_ppm += same.len() as u64 * u64::from(1_000_000 - same[0]);
        if false_ppm <= allowed_ppm * count {
            least = Some((same[0], count));
        }
    }
    match least {
        Some((_, kept)) if kept == probable.len() as u64 => own,
        Some((least, _)) => least,
        None if probable.is_empty() => own,
        None => 1_000_001,
    }
}

pub(crate) fn own_probability_ppm(rule: LinkRule) -> u32 {
    u32::from(rule.probability_min.0) * 1_000
}

pub(crate) fn ppm(probability: f64) -> u32 {
    u32::try_from(floor(probability.clamp(0.0, 1.0) * 1e6)).expect("at most a million")
}

#[cfg(test)]
mod tests {
    use counterfoil_model::{Permille, Relationship};

    use super::*;

    fn weighed(left: u32, right: u32, odds: f64) -> Weighed {
        Weighed { pair: ScoredPair { left, right, millibits: millibits(odds) }, odds, agreeing: 1 }
    }

    fn enough(pairs: &[Weighed], linked: &[(u32, u32)], probability_min: u16, false_links_max: u16) -> (Vec<u32>, u32) {
        let assigned = pairs.iter().map(|weighed| weighed.pair);
        let assigned: Vec<_> = assigned.filter(|pair| linked.contains(&(pair.left, pair.right))).collect();
        let rule = LinkRule {
            probability_min: Permille(probability_min),
            false_links_max: Permille(false_links_max),
            runner_up_margin_bits: 0,
        };
        let sides = Sides { left_rows: 100, right_rows: 100, relationship: Relationship::OneToOne };
        let (links, least) = probable_enough(pairs, sides, &assigned, rule);
        (links.iter().map(|link| link.probability_ppm).collect(), least)
    }

    #[test]
    fn a_dropped_link_frees_its_rivals_again() {
        let pairs = [weighed(0, 0, 1_000.0), weighed(0, 1, 100.0), weighed(1, 1, 3.0)];
        let linked = [(0, 0), (1, 1)];
        // Both linked: 1000 / 1001 and 3 / 4; an eighth of the links is expected to be false.
        assert_eq!(enough(&pairs, &linked, 500, 130), (vec![999_000, 750_000], 500_000));
        // The second dropped, right row 1 is free for left row 0: 1000 / (1 + 1000 + 100).
        assert_eq!(enough(&pairs, &linked, 500, 100), (vec![908_265], 908_265));
        assert_eq!(enough(&pairs, &linked, 500, 50), (vec![], 1_000_000));
        assert_eq!(enough(&pairs, &linked, 800, 1_000), (vec![908_265], 800_000));
        assert_eq!(enough(&pairs, &linked, 950, 1_000), (vec![], 950_000));
    }

    #[test]
    fn a_chain_of_dropped_links_comes_to_an_end() {
        // Each link is sure as long as the one before it stands: with that gone, its right row tempts the next.
        let rivals = (1..100).map(|row| weighed(row, row - 1, 1_000.0));
        let links = (1..100).map(|row| weighed(row, row, 1_000.0));
        let pairs: Vec<_> = [weighed(0, 0, 1.0)].into_iter().chain(links).chain(rivals).collect();
        let linked: Vec<_> = (0..100).map(|row| (row, row)).collect();
        assert_eq!(enough(&pairs, &linked, 400, 1_000).0.len(), 100);
        assert_eq!(enough(&pairs, &linked, 600, 1_000).0, [0_u32; 0]);
    }
}
