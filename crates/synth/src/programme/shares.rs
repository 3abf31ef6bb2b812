//! Fixed shares of people, met to the nearest whole person.
//!
//! In: people in random order, shares per mille. Out: who has what. Absent on purpose: chance in how many.

use crate::random::Random;

/// `per_mille` of `count`, to the nearest.
pub(crate) fn part_of(count: usize, per_mille: u32) -> usize {
    (count * per_mille as usize + 500) / 1_000
}

/// A fixed share of `people`, at random, and the rest.
pub(crate) fn split(mut people: Vec<usize>, per_mille: u32, random: &mut Random) -> (Vec<usize>, Vec<usize>) {
    random.shuffle(&mut people);
    let rest = people.split_off(part_of(people.len(), per_mille));
    (people, rest)
}

/// One of the shares' places for each of `count` people, or none; each share is met to less than one person.
pub(crate) fn dealt(count: usize, shares: &[u32], random: &mut Random) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..count).collect();
    random.shuffle(&mut order);
    let mut dealt = vec![None; count];
    let (mut from, mut up_to) = (0, 0);
    for (place, share) in shares.iter().enumerate() {
        up_to += share;
        let to = part_of(count, up_to);
        for person in &order[from..to] {
            dealt[*person] = Some(place);
        }
        from = to;
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn published_shares_come_out_to_the_nearest_person() {
        // 73 % of 6,379 are 4,656.67, and 96 % of 240 are 230.4.
        assert_eq!(part_of(6_379, 730), 4_657);
        assert_eq!(part_of(240, 960), 230);
        assert_eq!((part_of(0, 500), part_of(3, 0), part_of(3, 1_000)), (0, 0, 3));
        let mut random = Random::new(1, Stream::Shares);
        let (some, rest) = split((0..240).collect(), 790, &mut random);
        assert_eq!((some.len(), rest.len()), (190, 50));
    }

    #[test]
    fn everybody_is_dealt_once_and_the_rest_nothing() {
        let mut random = Random::new(1, Stream::Shares);
        let dealt = dealt(1_001, &[333, 333, 0, 234], &mut random);
        let count = |place| dealt.iter().filter(|one| **one == place).count();
        assert_eq!(
            [count(Some(0)), count(Some(1)), count(Some(2)), count(Some(3)), count(None)],
            [333, 334, 0, 234, 100]
        );
    }
}
