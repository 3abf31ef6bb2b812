//! Registration with a practice of the place: from when, until when, and since when with the present practice.
//!
//! In: a person's age and health, the history. Out: the days between which the place sees that person, and why they ended. Absent on
//! purpose: the programme. Death and moving take participants as they take anyone.

use crate::calendar::{Day, day_of};
use crate::health::Health;
use crate::population::Person;
use crate::random::Random;
use crate::settings::PlaceSettings;
use crate::truths::GpHistory;

/// People, per 10,000, who came into the place during the history.
const ARRIVED_PER_10K: u32 = 1_200;
const DAYS_PER_YEAR: u32 = 365;
/// Deaths and moves are counted in hundred-thousandths.
const PER_100K: u32 = 100_000;

/// Deaths in a year, per 100,000: up to which age, how many. Rounded from the national life tables for England, 2020 to 2022, both sexes.
const DEATHS: [(u32, u32); 14] = [
    (1, 400),
    (15, 10),
    (30, 40),
    (40, 80),
    (45, 150),
    (50, 220),
    (55, 330),
    (60, 500),
    (65, 800),
    (70, 1_250),
    (75, 2_000),
    (80, 3_400),
    (85, 6_000),
    (90, 10_800),
];
/// The same at ninety and over.
const DEATHS_OLDEST: u32 = 20_000;
/// What the chance of death is multiplied by, per mille: without conditions, and more for each.
const DEATHS_BY_CONDITIONS: (u32, u32) = (700, 150);

/// Moves out of the place in a year, per 100,000: up to which age, how many.
const MOVES: [(u32, u32); 4] = [(18, 2_800), (30, 4_000), (45, 3_200), (65, 2_400)];
/// The same at sixty-five and over.
const MOVES_OLDEST: u32 = 2_000;

/// Why a registration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Died,
    MovedOut,
}

/// One registration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registration {
    /// First day in the place.
    pub(crate) from: Day,
    /// Last day in the place, unless still registered on the day of the extract.
    pub(crate) end: Option<(Day, End)>,
    /// First day with the present practice; `from` for those who never changed.
    pub(crate) practice_since: Day,
    /// First day whose GP appointments the extract can hold.
    pub(crate) gp_history_from: Day,
}

impl Registration {
    /// The last day in the place, if there was one.
    pub(crate) fn last_day(&self) -> Option<Day> {
        self.end.map(|(day, _)| day)
    }

    /// The last day, if it ended for this reason.
    pub(crate) fn ended_by(&self, reason: End) -> Option<Day> {
        self.end.filter(|(_, why)| *why == reason).map(|(day, _)| day)
    }

    /// Whether `day` comes after the first day in the place and before the last.
    pub(crate) fn surrounds(&self, day: Day) -> bool {
        self.from < day && self.last_day().is_none_or(|last| day < last)
    }
}

/// Draws one registration that overlaps the history.
pub(crate) fn draw_registration(
    person: &Person,
    health: Health,
    settings: &PlaceSettings,
    random: &mut Random,
) -> Registration {
    let (first, last) = (day_of(settings.history_from), day_of(settings.history_to));
    let arrived = random.hit(ARRIVED_PER_10K);
    let from = if person.born >= first {
        person.born + random.below(43)
    } else if arrived {
        random.between(first, last)
    } else {
        random.between(person.born.max(first.saturating_sub(30 * DAYS_PER_YEAR)), first)
    };
    let from = from.min(last);
    let mut registration = Registration { from, end: None, practice_since: from, gp_history_from: from };
    let mut year_from = from.max(first) + 1;
    while year_from < last && registration.end.is_none() {
        live_a_year(&mut registration, person.age_at(year_from), health, year_from, last, settings, random);
        year_from += DAYS_PER_YEAR;
    }
    registration
}

fn live_a_year(
    registration: &mut Registration,
    age: u32,
    health: Health,
    year_from: Day,
    last: Day,
    settings: &PlaceSettings,
    random: &mut Random,
) {
    let (death, moving) = (death_per_100k(age, health), moving_per_100k(age));
    let point = random.below(PER_100K);
    if point < death + moving {
        let day = year_from + random.below(DAYS_PER_YEAR);
        let why = if point < death { End::Died } else { End::MovedOut };
        registration.end = (day < last).then_some((day, why));
    }
    if random.hit(settings.practice_change_per_10k_year) {
        let day = year_from + random.below(DAYS_PER_YEAR);
        // Drawn whatever the setting, so that it changes the appointments that are missing and nothing else.
        let point = random.below(crate::rates::PER);
        if day < registration.last_day().unwrap_or(last) {
            registration.practice_since = day;
            if let GpHistory::LostFor { per_10k } = settings.gp_history
                && point < per_10k
            {
                registration.gp_history_from = day;
            }
        }
    }
}

fn death_per_100k(age: u32, health: Health) -> u32 {
    let (without, each) = DEATHS_BY_CONDITIONS;
    by_age(&DEATHS, DEATHS_OLDEST, age) * (without + each * u32::from(health.conditions)) / 1_000
}

fn moving_per_100k(age: u32) -> u32 {
    by_age(&MOVES, MOVES_OLDEST, age)
}

fn by_age(table: &[(u32, u32)], oldest: u32, age: u32) -> u32 {
    table.iter().find(|(up_to, _)| age < *up_to).map_or(oldest, |(_, rate)| *rate)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::names::{Heritage, Names, Sex};
    use crate::random::Stream;

    const DRAWS: u32 = 100_000;

    /// Draws the registrations of 100,000 people who are 62 when the history begins; those who arrived later are left out.
    fn drawn(settings: &PlaceSettings, conditions: u8) -> Vec<Registration> {
        let mut random = Random::new(6, Stream::Registrations);
        let family = Names::new().draw_family(Heritage::Welsh, &mut random);
        let (heritage, born) = (Heritage::Welsh, day_of(date(1958, 7, 1)));
        let person = Person { nhs_number: 1, given: "Rhys", family, heritage, sex: Sex::Male, born, home: 0 };
        let health = Health { need_per_mille: 1_000, conditions };
        let first = day_of(settings.history_from);
        let all = (0..DRAWS).map(|_| draw_registration(&person, health, settings, &mut random));
        all.filter(|registration| registration.from <= first).collect()
    }

    fn share(registrations: &[Registration], test: impl Fn(&Registration) -> bool) -> f64 {
        registrations.iter().filter(|registration| test(registration)).count() as f64 / registrations.len() as f64
    }

    #[test]
    fn deaths_and_moves_have_the_rates_of_their_ages() {
        let settings = PlaceSettings::default();
        // 62 to 66 in the five years. With two conditions the factor is 1.0: deaths .008 at 62, 63, 64 and .0125 at 65, 66; moves .024
        // and .020. Staying: .968^3 x .9675^2 = .8490. In the order of the years the chances of being there are 1, .968, .9370, .9070,
        // .8776: deaths .008 x 2.9050 + .0125 x 1.7846 = .0455; moves .024 x 2.9050 + .020 x 1.7846 = .1054.
        let two = drawn(&settings, 2);
        let died = |registrations: &[Registration]| share(registrations, |one| one.ended_by(End::Died).is_some());
        assert!((died(&two) - 0.0455).abs() < 0.003, "{}", died(&two));
        let moved = share(&two, |one| one.ended_by(End::MovedOut).is_some());
        assert!((moved - 0.1054).abs() < 0.005, "{moved}");
        // Without conditions 0.7 of it, with eight 1.9, before fewer or more are left to die.
        let (none, eight) = (died(&drawn(&settings, 0)), died(&drawn(&settings, 8)));
        assert!((none / 0.0455 - 0.7).abs() < 0.06 && (eight / 0.0455 - 1.87).abs() < 0.1, "{none} {eight}");
    }

    #[test]
    fn practices_are_changed_within_the_registration_and_lose_their_history_as_set() {
        let kept = PlaceSettings { practice_change_per_10k_year: 500, ..PlaceSettings::default() };
        let first = day_of(kept.history_from);
        let half = PlaceSettings { gp_history: GpHistory::LostFor { per_10k: 5_000 }, ..kept.clone() };
        let (kept, half) = (drawn(&kept, 2), drawn(&half, 2));
        let changed = |one: &Registration| one.practice_since > first;
        // 1 - .95^5 = .2262 of those who stay throughout.
        let stayed: Vec<Registration> = half.iter().filter(|one| one.end.is_none()).copied().collect();
        assert!((share(&stayed, changed) - 0.2262).abs() < 0.006, "{}", share(&stayed, changed));
        let lost = share(&half, |one| one.gp_history_from > one.from) / share(&half, changed);
        // A second change can lose it where the first did not: a little over half.
        assert!((0.49..0.56).contains(&lost), "{lost}");
        for (kept, half) in kept.iter().zip(&half) {
            assert_eq!((kept.from, kept.end, kept.practice_since), (half.from, half.end, half.practice_since));
            assert_eq!(kept.gp_history_from, kept.from);
            assert!(half.last_day().is_none_or(|last| half.practice_since < last));
            assert!(half.gp_history_from <= half.practice_since);
        }
        let never = PlaceSettings { practice_change_per_10k_year: 0, ..PlaceSettings::default() };
        assert!(drawn(&never, 2).iter().all(|one| one.practice_since == one.from));
    }

    #[test]
    fn the_tables_are_in_order_and_nobody_is_sure_to_die() {
        assert!(DEATHS.is_sorted_by_key(|(up_to, _)| *up_to) && MOVES.is_sorted_by_key(|(up_to, _)| *up_to));
        let frail = Health { need_per_mille: 1_000, conditions: 11 };
        assert_eq!(death_per_100k(95, frail), 47_000, "20,000 x (0.7 + 11 x 0.15)");
        assert_eq!(death_per_100k(0, Health { conditions: 0, ..frail }), 280);
        assert_eq!((moving_per_100k(17), moving_per_100k(18), moving_per_100k(80)), (2_800, 4_000, 2_000));
    }
}
