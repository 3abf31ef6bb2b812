//! How well people are: the need of care of each, and the number of long-term conditions that others can see.
//!
//! In: a person, the deprivation of the home. Out: a need, which no file holds, and conditions, which follow age, deprivation and need.
//! Both stay as they are through the history, so that nobody's use falls or rises because of them. Absent on purpose: which conditions.

use crate::calendar::Day;
use crate::population::Person;
use crate::random::Random;

/// Need of one's own, per mille of the average: 32 equal slices of an exponential distribution, each at its mean.
const NEED: [u32; 32] = [
    16, 48, 81, 116, 152, 189, 227, 267, 309, 352, 398, 445, 495, 548, 604, 663, 725, 792, 863, 940, 1_024, 1_115,
    1_215, 1_326, 1_452, 1_595, 1_762, 1_964, 2_216, 2_556, 3_079, 4_466,
];
/// The greatest need, per mille.
pub(crate) const NEED_MAX: u32 = 4_466;

/// The programme in North East Lincolnshire takes people with at least one of eleven conditions.
const CONDITIONS_MAX: u32 = 11;
/// Mean number of conditions, per mille, by age: under 18, 30, 45, 60, 75, older.
const CONDITIONS_BY_AGE: [u32; 6] = [100, 250, 500, 1_000, 1_900, 2_900];
/// What the mean is multiplied by, per mille, in the first and the last decile; in a straight line between them.
const CONDITIONS_BY_DECILE: [u32; 2] = [1_300, 800];
/// The part of the mean, per mille, that is the same whatever the need; the rest is in proportion to it.
const CONDITIONS_WITHOUT_NEED: u32 = 400;

/// A person's health.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Health {
    /// Per mille of the average; multiplies every kind of use.
    pub(crate) need_per_mille: u32,
    /// Long-term conditions, 0 to 11.
    pub(crate) conditions: u8,
}

/// Draws one person's health.
pub(crate) fn draw_health(person: &Person, imd_decile: u8, census: Day, random: &mut Random) -> Health {
    let need_per_mille = random.pick(&NEED);
    let age = person.age_at(census);
    let band = [18, 30, 45, 60, 75].iter().filter(|up_to| age >= **up_to).count();
    let [first, last] = CONDITIONS_BY_DECILE;
    let decile = first - (first - last) * (u32::from(imd_decile) - 1) / 9;
    let need = CONDITIONS_WITHOUT_NEED + (1_000 - CONDITIONS_WITHOUT_NEED) * need_per_mille / 1_000;
    let mean = f64::from(CONDITIONS_BY_AGE[band]) * f64::from(decile) * f64::from(need) / 1e9;
    let conditions = random.poisson(mean).min(CONDITIONS_MAX);
    Health { need_per_mille, conditions: u8::try_from(conditions).expect("at most eleven") }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::day_of;
    use crate::names::{Heritage, Names, Sex};
    use crate::random::Stream;

    fn drawn(born: i16, imd_decile: u8) -> Vec<Health> {
        let mut random = Random::new(6, Stream::Health);
        let family = Names::new().draw_family(Heritage::Welsh, &mut random);
        let born = day_of(date(born, 5, 6));
        let person =
            Person { nhs_number: 1, given: "Nia", family, heritage: Heritage::Welsh, sex: Sex::Female, born, home: 0 };
        let census = day_of(date(2023, 1, 1));
        (0..40_000).map(|_| draw_health(&person, imd_decile, census, &mut random)).collect()
    }

    fn mean(healths: &[Health]) -> f64 {
        healths.iter().map(|health| f64::from(health.conditions)).sum::<f64>() / healths.len() as f64
    }

    #[test]
    fn conditions_rise_with_age_and_deprivation() {
        // 62 years: 1.9 x 1.3 and 1.9 x 0.8; 27 years: 0.25 x 1.3. The cap at eleven takes less than a hundredth.
        for (born, decile, expected) in [(1960, 1, 2.47), (1960, 10, 1.52), (1995, 1, 0.325)] {
            let found = mean(&drawn(born, decile));
            assert!((found - expected).abs() < 0.04, "{found} where {expected} was due");
        }
    }

    #[test]
    fn conditions_follow_need_and_need_is_one_on_average() {
        let healths = drawn(1960, 5);
        let (low, high): (Vec<Health>, Vec<Health>) = healths.iter().partition(|health| health.need_per_mille < 700);
        assert!(mean(&low) * 1.8 < mean(&high), "{} and {}", mean(&low), mean(&high));
        assert!(healths.iter().all(|health| u32::from(health.conditions) <= CONDITIONS_MAX));
        assert_eq!(NEED.iter().max(), Some(&NEED_MAX));
        // Each slice is rounded to a thousandth.
        assert!(NEED.iter().sum::<u32>().abs_diff(32_000) <= 16);
    }
}
