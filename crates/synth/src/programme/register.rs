//! Everybody in the other custodian's file, who of them takes part, and how long they are there.
//!
//! In: settings. Out: people with their homes, participants with their starts, and when and why each life in the place ended.
//! Absent on purpose: events, and what anybody wrote down. Nobody dies or moves before starting: participants are those who started.

use super::settings::{OneSex, PostcodeForm, ProgrammeSettings};
use crate::calendar::{Calendar, Day, day_of};
use crate::geography::{Area, Districts, ELSEWHERE, Postcode, Practices, build_postcodes};
use crate::names::{Names, Sex};
use crate::nhs_number::draw_numbers;
use crate::population::{Builder, Person};
use crate::random::{Random, Stream};

const PER_100K: u32 = 100_000;
const DAYS_PER_YEAR: u32 = 365;
/// People built at once, of whom those of the right age and sex are kept.
const BATCH: usize = 4_096;
/// Letters of a Canadian postal code: never D F I O Q U, and the first of a district never W or Z.
const CANADIAN: &[u8; 18] = b"ABCEGHJKLMNPRSTVXY";

/// Why somebody's time in the place ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Of the settings' cause at this place.
    Died(usize),
    MovedOut,
}

/// When somebody was there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    pub(crate) from: Day,
    pub(crate) end: Option<(Day, End)>,
}

impl Life {
    /// Whether somebody was there on that day.
    pub(crate) fn holds(&self, day: Day) -> bool {
        self.from <= day && self.end.is_none_or(|(last, _)| day <= last)
    }

    /// The last day in the history.
    pub(crate) fn last(&self, history_to: Day) -> Day {
        self.end.map_or(history_to, |(last, _)| last)
    }
}

/// One participation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// Place in the list of people.
    pub(crate) person: usize,
    pub(crate) day: Day,
}

/// Everybody.
pub(crate) struct Register {
    pub(crate) postcodes: Vec<Postcode>,
    /// Those of the other custodian's file first, then participants from outside.
    pub(crate) people: Vec<Person>,
    /// Of everybody.
    pub(crate) lives: Vec<Life>,
    /// People in the other custodian's file.
    pub(crate) residents: usize,
    /// In the order of the programme's file.
    pub(crate) starts: Vec<Start>,
}

impl Register {
    pub(crate) fn build(settings: &ProgrammeSettings, names: &Names, calendar: &Calendar) -> Self {
        let stream = |stream| Random::new(settings.seed, stream);
        let (postcodes, inside) = postcodes(settings, &mut stream(Stream::Geography));
        let all = u32::try_from(postcodes.len()).expect("there are fewer postcodes than people");
        let outside = settings.participants_outside as usize;
        let residents = settings.people as usize;

        let mut random = stream(Stream::People);
        let census = day_of(settings.starts.from);
        let mut builder = Builder { names, calendar, census, random: &mut random };
        let mut people = of_register(&mut builder, settings, residents, 0..inside);
        people.extend(of_register(&mut builder, settings, outside, inside..all));
        let numbers = draw_numbers(settings.people + settings.participants_outside, &mut stream(Stream::Numbers));
        for (person, number) in people.iter_mut().zip(numbers) {
            person.nhs_number = number;
        }

        let mut random = stream(Stream::Participants);
        let mut order: Vec<usize> = (0..residents).collect();
        random.shuffle(&mut order);
        order.truncate(settings.participants as usize - outside);
        order.extend(residents..residents + outside);
        random.shuffle(&mut order);
        let (from, to) = (day_of(settings.starts.from), day_of(settings.starts.to));
        let starts: Vec<Start> =
            order.into_iter().map(|person| Start { person, day: random.between(from, to) }).collect();

        let mut register = Self { postcodes, people, lives: Vec::new(), residents, starts };
        register.live(settings, &mut stream(Stream::Registrations));
        register
    }

    /// By person, the place among the participants.
    pub(crate) fn participants(&self) -> Vec<Option<usize>> {
        let mut participants = vec![None; self.people.len()];
        for (place, start) in self.starts.iter().enumerate() {
            participants[start.person] = Some(place);
        }
        participants
    }

    fn live(&mut self, settings: &ProgrammeSettings, random: &mut Random) {
        let (first, last) = (day_of(settings.history.from), day_of(settings.history.to));
        let participants = self.participants();
        for (person, place) in self.people.iter().zip(&participants) {
            let start = place.map(|place| self.starts[place].day);
            let from = if person.born >= first {
                person.born
            } else {
                random.between(person.born.max(first.saturating_sub(20 * DAYS_PER_YEAR)), first)
            };
            let mut life = Life { from, end: None };
            let mut year_from = start.unwrap_or(from.max(first)) + 1;
            while year_from < last && life.end.is_none() {
                if let Some(end) = end_in_a_year(settings, start.is_some(), random) {
                    let day = year_from + random.below(DAYS_PER_YEAR);
                    life.end = (day < last).then_some((day, end));
                }
                year_from += DAYS_PER_YEAR;
            }
            self.lives.push(life);
        }
    }
}

fn end_in_a_year(settings: &ProgrammeSettings, takes_part: bool, random: &mut Random) -> Option<End> {
    let point = random.below(PER_100K);
    let mut up_to = settings.moves_per_100k_year;
    if point < up_to {
        return Some(End::MovedOut);
    }
    for (cause, death) in settings.death.iter().enumerate() {
        up_to += if takes_part { death.participants_per_100k_year } else { death.others_per_100k_year };
        if point < up_to {
            return Some(End::Died(cause));
        }
    }
    None
}

/// So many people of the register's ages and sex, in households of all ages.
fn of_register(
    builder: &mut Builder<'_>,
    settings: &ProgrammeSettings,
    count: usize,
    homes: std::ops::Range<u32>,
) -> Vec<Person> {
    let calendar = builder.calendar;
    let belongs = |person: &Person| {
        let born = (settings.births.from..=settings.births.to).contains(&calendar.date(person.born).year());
        let sex = match settings.sex {
            None => true,
            Some(OneSex::Female) => person.sex == Sex::Female,
            Some(OneSex::Male) => person.sex == Sex::Male,
        };
        born && sex
    };
    let mut people = Vec::with_capacity(count + BATCH);
    let without_numbers = vec![0; BATCH];
    while people.len() < count {
        people.extend(builder.build(&without_numbers, homes.clone()).into_iter().filter(belongs));
    }
    people.truncate(count);
    people
}

/// Postcodes of the place, and how many they are, and then those of elsewhere.
fn postcodes(settings: &ProgrammeSettings, random: &mut Random) -> (Vec<Postcode>, u32) {
    let codes = &settings.postcodes;
    let districts = [Districts { letters: &codes.letters, first: codes.first, count: codes.count }];
    let area = Area { districts: &districts, practices: Practices::Listed };
    let mut postcodes = build_postcodes(settings.people_around(), area, random);
    let inside = u32::try_from(postcodes.len()).expect("there are fewer postcodes than people");
    postcodes.extend(build_postcodes(settings.participants_outside, ELSEWHERE, random));
    if codes.form == PostcodeForm::Canada {
        for (place, postcode) in postcodes.iter_mut().enumerate() {
            postcode.text = canadian(&codes.letters, place);
        }
    }
    (postcodes, inside)
}

/// Ten digits, 18 letters and ten digits make 1,800 codes of each district.
fn canadian(letters: &str, place: usize) -> String {
    let letter = |of: usize| char::from(CANADIAN[of % CANADIAN.len()]);
    let first = letters.chars().next().unwrap_or('A');
    let (district, unit) = (place / 1_800, place % 1_800);
    let district = format!("{first}{}{}", district / 18 % 10, letter(district));
    format!("{district} {}{}{}", unit / 180, letter(unit / 10), unit % 10)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn canadian_codes_are_distinct_and_have_their_form() {
        let codes: BTreeSet<String> = (0..36_000).map(|place| canadian("M", place)).collect();
        assert_eq!(codes.len(), 36_000);
        for code in &codes {
            let is = |at: usize, digit: bool| {
                let byte = code.as_bytes()[at];
                if digit { byte.is_ascii_digit() } else { CANADIAN.contains(&byte) }
            };
            assert!(code.len() == 7 && code.starts_with('M') && code.as_bytes()[3] == b' ', "{code}");
            assert!(is(1, true) && is(2, false) && is(4, true) && is(5, false) && is(6, true), "{code}");
        }
    }
}
