//! NHS numbers from the range reserved for tests, each given once.
//!
//! In: how many. Out: distinct valid numbers of 999 000 0000 to 999 999 9999, in random order. Absent on purpose: any number that could
//! be a patient's.

use crate::random::Random;

/// Valid numbers in the reserved range, and so the most people there can be.
pub const PEOPLE_MAX: u32 = 909_091;

/// The first nine digits of the range.
const FIRST_NINE: std::ops::Range<u32> = 999_000_000..1_000_000_000;

/// `count` distinct numbers; `count` must be at most [`PEOPLE_MAX`].
pub(crate) fn draw_numbers(count: u32, random: &mut Random) -> Vec<u64> {
    let mut numbers: Vec<u64> = FIRST_NINE.filter_map(with_check_digit).collect();
    let count = (count as usize).min(numbers.len());
    for place in 0..count {
        let other = place + random.index(numbers.len() - place);
        numbers.swap(place, other);
    }
    numbers.truncate(count);
    numbers
}

/// The ten digits, unless the check digit would be 10 (NHS data dictionary, NHS NUMBER: weights 10 down to 2, modulus 11).
fn with_check_digit(nine: u32) -> Option<u64> {
    let mut rest = nine;
    let mut sum = 0;
    for weight in 2..=10 {
        sum += rest % 10 * weight;
        rest /= 10;
    }
    let check = match 11 - sum % 11 {
        10 => return None,
        11 => 0,
        digit => digit,
    };
    Some(u64::from(nine) * 10 + u64::from(check))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn the_range_starts_and_counts_as_published() {
        // The first twelve valid numbers of the range and its size were computed apart from this code.
        let first: Vec<u64> = FIRST_NINE.filter_map(with_check_digit).take(12).collect();
        let tails = [18, 26, 34, 42, 50, 69, 77, 85, 93, 107, 115, 123];
        assert_eq!(first, tails.map(|tail| 9_990_000_000 + tail));
        let all = FIRST_NINE.filter_map(with_check_digit).count();
        assert_eq!(u32::try_from(all).ok(), Some(PEOPLE_MAX));
    }

    #[test]
    fn worked_example_of_the_data_dictionary() {
        assert_eq!(with_check_digit(943_476_591), Some(9_434_765_919));
    }

    #[test]
    fn drawn_numbers_are_distinct() {
        let mut random = Random::new(5, Stream::Numbers);
        let mut numbers = draw_numbers(50_000, &mut random);
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 50_000);
    }
}
