//! Candidates on a line, of whom the nearest that is left is found without looking at the others.
//!
//! In: values by rank, a caliper. Out: positions of members. Nearest means: on either side the closest value, of equal values the
//! lowest rank; between the sides the smaller difference, of equal differences the lower rank. A value that equals the target
//! counts as above. The caliper is inclusive.

#![allow(clippy::float_cmp, reason = "equal values are those that are equal; ranks decide among them")]

/// Members by value, upwards and downwards.
pub(crate) struct Ladder {
    caliper: f64,
    /// Value and member, rising; equal values by rank.
    up: Vec<(f64, usize)>,
    /// Value and member, falling; equal values by rank.
    down: Vec<(f64, usize)>,
    /// Where each member stands in `up` and `down`.
    places: Vec<(usize, usize)>,
    up_next: NextFree,
    down_next: NextFree,
}

impl Ladder {
    /// Takes the values of members in the order of their ranks: member 0 has the lowest.
    pub(crate) fn new(values: &[f64], caliper: f64) -> Self {
        let mut up: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
        let mut down = up.clone();
        // Stable sorts: equal values stay by rank. Finite, and == rather than total_cmp so that the two zeros are equal.
        up.sort_by(|one, other| one.0.partial_cmp(&other.0).expect("logits are finite"));
        down.sort_by(|one, other| other.0.partial_cmp(&one.0).expect("logits are finite"));
        let mut places = vec![(0, 0); values.len()];
        for (place, &(_, member)) in up.iter().enumerate() {
            places[member].0 = place;
        }
        for (place, &(_, member)) in down.iter().enumerate() {
            places[member].1 = place;
        }
        let (up_next, down_next) = (NextFree::new(values.len()), NextFree::new(values.len()));
        Self { caliper, up, down, places, up_next, down_next }
    }

    /// Takes the nearest that is left, if one is within the caliper.
    pub(crate) fn take_nearest(&mut self, target: f64) -> Option<usize> {
        let (up, down) = self.sides(target);
        let (up, down) = (self.up_next.from(up), self.down_next.from(down));
        let (member, _) = self.nearer(target, up, down)?;
        let (up, down) = self.places[member];
        self.up_next.take(up);
        self.down_next.take(down);
        Some(member)
    }

    /// The `count` nearest of all members, taken or not, within the caliper.
    pub(crate) fn nearest_of_all(&self, target: f64, count: u32) -> Vec<usize> {
        let (mut up, mut down) = self.sides(target);
        let mut nearest = Vec::new();
        for _ in 0..count {
            let Some((member, is_up)) = self.nearer(target, up, down) else { break };
            nearest.push(member);
            if is_up {
                up += 1;
            } else {
                down += 1;
            }
        }
        nearest
    }

    /// The first at or above the target in `up`, and the first below it in `down`.
    fn sides(&self, target: f64) -> (usize, usize) {
        let above = self.up.partition_point(|&(value, _)| value < target);
        (above, self.up.len() - above)
    }

    /// The nearer of two places, and whether it is the upper.
    fn nearer(&self, target: f64, up: usize, down: usize) -> Option<(usize, bool)> {
        let above = self.up.get(up).map(|&(value, member)| (value - target, member, true));
        let below = self.down.get(down).map(|&(value, member)| (target - value, member, false));
        let nearer = match (above, below) {
            (Some(above), Some(below)) => {
                let is_above = above.0 < below.0 || (above.0 == below.0 && above.1 < below.1);
                if is_above { above } else { below }
            }
            (one, other) => one.or(other)?,
        };
        (nearer.0 <= self.caliper).then_some((nearer.1, nearer.2))
    }
}

/// Which place is the next that is free: links that skip what was taken, shortened as they are followed.
struct NextFree(Vec<usize>);

impl NextFree {
    fn new(len: usize) -> Self {
        Self((0..=len).collect())
    }

    /// The first free place at or after `place`; `len` if there is none.
    fn from(&mut self, mut place: usize) -> usize {
        while self.0[place] != place {
            self.0[place] = self.0[self.0[place]];
            place = self.0[place];
        }
        place
    }

    fn take(&mut self, place: usize) {
        self.0[place] = place + 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Straight from the words at the top of this file.
    fn nearest_in_words(values: &[f64], is_free: &[bool], target: f64, caliper: f64) -> Option<usize> {
        let free = || (0..values.len()).filter(|&member| is_free[member]);
        let closest_above = free().filter(|&m| values[m] >= target).map(|m| values[m]).reduce(f64::min);
        let closest_below = free().filter(|&m| values[m] < target).map(|m| values[m]).reduce(f64::max);
        let first_with = |value: f64| free().find(|&member| values[member] == value);
        let both = [closest_above.and_then(first_with), closest_below.and_then(first_with)];
        let within = both.into_iter().flatten().map(|member| ((values[member] - target).abs(), member));
        let best = within.reduce(|one, other| if other < one { other } else { one })?;
        (best.0 <= caliper).then_some(best.1)
    }

    proptest! {
        #[test]
        fn takes_what_the_words_say(
            halves in prop::collection::vec(-6_i32..6, 0..30),
            targets in prop::collection::vec(-8_i32..8, 0..40),
            caliper in prop::option::of(0_u8..4),
        ) {
            let values: Vec<f64> = halves.iter().map(|&half| f64::from(half) / 2.0).collect();
            let caliper = caliper.map_or(f64::INFINITY, f64::from);
            let mut ladder = Ladder::new(&values, caliper);
            let mut is_free = vec![true; values.len()];
            for target in targets.iter().map(|&half| f64::from(half) / 2.0) {
                let mut left = vec![true; values.len()];
                for member in ladder.nearest_of_all(target, 3) {
                    prop_assert_eq!(Some(member), nearest_in_words(&values, &left, target, caliper));
                    left[member] = false;
                }
                let expected = nearest_in_words(&values, &is_free, target, caliper);
                prop_assert_eq!(ladder.take_nearest(target), expected);
                if let Some(member) = expected {
                    is_free[member] = false;
                }
            }
        }
    }
}
