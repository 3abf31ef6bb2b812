//! A custodian's clerk: writes people down as that custodian's file has them, mistakes included.
//!
//! In: persons as they are, the custodian's error rates. Out: records, and how often each kind of mistake was really made. A mistake counts
//! only where it changed something: nobody called Zoe has a short form here, and no 4 April can have its day and month swapped.
//! Absent on purpose: local ids and file layouts.

use std::collections::BTreeMap;

use crate::calendar::{Calendar, Day};
use crate::geography::Postcode;
use crate::mistakes::{digit_error, restyle, special_character, typing_error};
use crate::names::{Names, Sex, short_forms};
use crate::population::Person;
use crate::random::Random;
use crate::rates::ErrorRates;

/// Women younger than this have not changed their names by marriage.
const NAME_CHANGE_AGE_MIN: u32 = 20;

/// A person as a file has her.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) nhs_number: String,
    pub(crate) family_name: String,
    pub(crate) given_name: String,
    /// Year, month, day; not always a date.
    pub(crate) birth: Option<(u32, u32, u32)>,
    pub(crate) sex: Option<Sex>,
    pub(crate) postcode: String,
    pub(crate) gp_practice: String,
}

impl Record {
    pub(crate) fn birth_iso(&self) -> String {
        self.birth.map_or_else(String::new, |(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
    }

    pub(crate) fn birth_uk(&self) -> String {
        self.birth.map_or_else(String::new, |(year, month, day)| format!("{day:02}/{month:02}/{year:04}"))
    }

    /// A row nobody can link: all blank, or for odd `nth` all placeholders.
    pub(crate) fn without_identifiers(nth: u32) -> Self {
        if nth.is_multiple_of(2) {
            return Self::default();
        }
        Self {
            nhs_number: "0000000000".to_owned(),
            family_name: "UNKNOWN".to_owned(),
            given_name: "UNKNOWN".to_owned(),
            birth: Some((1900, 1, 1)),
            postcode: "ZZ99 3VZ".to_owned(),
            ..Self::default()
        }
    }
}

/// Where people live and what they are called, which a clerk draws wrong values from.
pub(crate) struct World<'a> {
    pub(crate) names: &'a Names,
    pub(crate) calendar: &'a Calendar,
    pub(crate) postcodes: &'a [Postcode],
    /// The day on which ages are counted.
    pub(crate) census: Day,
}

/// Writes records.
pub(crate) struct Clerk<'a> {
    world: &'a World<'a>,
    rates: &'a ErrorRates,
    random: Random,
    made: BTreeMap<&'static str, u64>,
}

impl<'a> Clerk<'a> {
    pub(crate) fn new(world: &'a World<'a>, rates: &'a ErrorRates, random: Random) -> Self {
        Self { world, rates, random, made: BTreeMap::new() }
    }

    pub(crate) fn write_down(&mut self, person: &Person) -> Record {
        let date = self.world.calendar.date(person.born);
        let birth = (
            u32::from(date.year().unsigned_abs()),
            u32::from(date.month().unsigned_abs()),
            u32::from(date.day().unsigned_abs()),
        );
        let mut record = Record {
            nhs_number: person.nhs_number.to_string(),
            family_name: self.world.names.family_text(person.family),
            given_name: person.given.to_owned(),
            birth: Some(birth),
            sex: Some(person.sex),
            ..Record::default()
        };
        self.number(&mut record);
        self.given_name(&mut record, person);
        self.family_name(&mut record, person);
        self.both_names(&mut record);
        self.birth(&mut record);
        self.address(&mut record, person);
        self.sex(&mut record);
        record
    }

    /// How often each kind of mistake was made.
    pub(crate) fn into_counts(self) -> BTreeMap<&'static str, u64> {
        self.made
    }

    fn number(&mut self, record: &mut Record) {
        if self.random.hit(self.rates.nhs_number_missing) {
            record.nhs_number.clear();
            self.count("nhs_number_missing");
            return;
        }
        if self.random.hit(self.rates.nhs_number_placeholder) {
            self.random.pick(&["9999999999", "0000000000"]).clone_into(&mut record.nhs_number);
            self.count("nhs_number_placeholder");
            return;
        }
        if self.random.hit(self.rates.nhs_number_digit) {
            record.nhs_number = digit_error(&record.nhs_number, &mut self.random);
            self.count("nhs_number_digit");
        }
        if self.random.hit(self.rates.nhs_number_spaced) {
            let number = &record.nhs_number;
            record.nhs_number = format!("{} {} {}", &number[..3], &number[3..6], &number[6..]);
            self.count("nhs_number_spaced");
        }
    }

    fn given_name(&mut self, record: &mut Record, person: &Person) {
        let forms = short_forms(person.given);
        if self.random.hit(self.rates.nickname) && !forms.is_empty() {
            self.random.pick(forms).clone_into(&mut record.given_name);
            self.count("nickname");
        }
        if self.random.hit(self.rates.given_name_typo) {
            let wrong = typing_error(&record.given_name, &mut self.random);
            self.change("given_name_typo", &mut record.given_name, wrong);
        }
        if self.random.hit(self.rates.special_character)
            && let Some(otherwise) = special_character(&record.given_name, &mut self.random)
        {
            self.change("special_character", &mut record.given_name, otherwise);
        }
        if self.random.hit(self.rates.given_name_title) {
            let titles: &[&str] = if person.sex == Sex::Female {
                &["Mrs", "Miss", "Ms", "Mrs.", "Dr"]
            } else {
                &["Mr", "Mr", "Mr.", "Dr"]
            };
            record.given_name = format!("{} {}", self.random.pick(titles), record.given_name);
            self.count("given_name_title");
        }
        if self.random.hit(self.rates.given_name_missing) {
            record.given_name.clear();
            self.count("given_name_missing");
        }
    }

    fn family_name(&mut self, record: &mut Record, person: &Person) {
        let names = self.world.names;
        let may_change = person.sex == Sex::Female && person.age_at(self.world.census) >= NAME_CHANGE_AGE_MIN;
        let mut family = person.family;
        if self.random.hit(self.rates.family_name_changed) && may_change {
            family = names.draw_family(person.heritage, &mut self.random);
            let other = names.family_text(family);
            self.change("family_name_changed", &mut record.family_name, other);
        }
        if self.random.hit(self.rates.family_name_doubled) {
            let second = names.draw_family(person.heritage, &mut self.random);
            let mut doubled = names.family_text(names.join(family, second));
            if doubled != record.family_name && self.random.hit(5_000) {
                doubled = doubled.replacen('-', " ", 1);
            }
            self.change("family_name_doubled", &mut record.family_name, doubled);
        }
        if self.random.hit(self.rates.family_name_typo) {
            let wrong = typing_error(&record.family_name, &mut self.random);
            self.change("family_name_typo", &mut record.family_name, wrong);
        }
        if self.random.hit(self.rates.special_character)
            && let Some(otherwise) = special_character(&record.family_name, &mut self.random)
        {
            self.change("special_character", &mut record.family_name, otherwise);
        }
        if self.random.hit(self.rates.name_placeholder) {
            "UNKNOWN".clone_into(&mut record.family_name);
            self.count("name_placeholder");
        }
    }

    fn both_names(&mut self, record: &mut Record) {
        if self.random.hit(self.rates.name_style) {
            record.family_name = restyle(&record.family_name, &mut self.random);
            if self.random.hit(5_000) {
                record.given_name = restyle(&record.given_name, &mut self.random);
            }
            self.count("name_style");
        }
        if self.random.hit(self.rates.names_swapped) {
            std::mem::swap(&mut record.family_name, &mut record.given_name);
            self.count("names_swapped");
        }
    }

    fn birth(&mut self, record: &mut Record) {
        let Some((mut year, mut month, mut day)) = record.birth else { return };
        if self.random.hit(self.rates.birth_day_month_swap) && day <= 12 && day != month {
            (month, day) = (day, month);
            self.count("birth_day_month_swap");
        }
        if self.random.hit(self.rates.birth_digit) {
            let before = (year, month, day);
            match self.random.below(3) {
                0 => {
                    let last_two = digit_error(&format!("{:02}", year % 100), &mut self.random);
                    year = year - year % 100 + last_two.parse::<u32>().unwrap_or(0);
                }
                1 => month = self.random.between(1, 12),
                _ => day = self.random.between(1, 31),
            }
            if before != (year, month, day) {
                self.count("birth_digit");
            }
        }
        if self.random.hit(self.rates.birth_year_off) {
            year = (year + self.random.pick(&[9, 11, 0, 20])) - 10;
            self.count("birth_year_off");
        }
        if self.random.hit(self.rates.birth_first_january) {
            (month, day) = (1, 1);
            self.count("birth_first_january");
        }
        if self.random.hit(self.rates.birth_default) {
            (year, month, day) = (1900, 1, 1);
            self.count("birth_default");
        }
        record.birth = Some((year, month, day));
        if self.random.hit(self.rates.birth_missing) {
            record.birth = None;
            self.count("birth_missing");
        }
    }

    fn address(&mut self, record: &mut Record, person: &Person) {
        let mut home = person.home as usize;
        if self.random.hit(self.rates.moved) {
            let former = self.random.index(self.world.postcodes.len());
            if former != home {
                self.count("moved");
            }
            home = former;
        }
        let home = &self.world.postcodes[home];
        record.postcode.clone_from(&home.text);
        record.gp_practice.clone_from(&home.practice_code);
        if self.random.hit(self.rates.postcode_typo) {
            let wrong = typing_error(&record.postcode, &mut self.random).to_uppercase();
            self.change("postcode_typo", &mut record.postcode, wrong);
        }
        if self.random.hit(self.rates.postcode_style) {
            let otherwise = match self.random.below(3) {
                0 => record.postcode.to_lowercase(),
                1 => record.postcode.replace(' ', ""),
                _ => record.postcode.replace(' ', "  "),
            };
            self.change("postcode_style", &mut record.postcode, otherwise);
        }
        if self.random.hit(self.rates.postcode_no_fixed_abode) {
            "ZZ99 3VZ".clone_into(&mut record.postcode);
            self.count("postcode_no_fixed_abode");
        }
        if self.random.hit(self.rates.postcode_missing) {
            record.postcode.clear();
            self.count("postcode_missing");
        }
        if self.random.hit(self.rates.gp_practice_missing) {
            record.gp_practice.clear();
            self.count("gp_practice_missing");
        }
    }

    fn sex(&mut self, record: &mut Record) {
        if self.random.hit(self.rates.sex_flipped) {
            record.sex = record.sex.map(|sex| if sex == Sex::Female { Sex::Male } else { Sex::Female });
            self.count("sex_flipped");
        }
        if self.random.hit(self.rates.sex_missing) {
            record.sex = None;
            self.count("sex_missing");
        }
    }

    fn change(&mut self, kind: &'static str, text: &mut String, other: String) {
        if *text != other {
            *text = other;
            self.count(kind);
        }
    }

    fn count(&mut self, kind: &'static str) {
        *self.made.entry(kind).or_insert(0) += 1;
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::day_of;
    use crate::geography::{PLACE, build_postcodes};
    use crate::names::Heritage;
    use crate::random::Stream;

    /// Writes the same man down 2,000 times.
    fn written(rates: &ErrorRates) -> (Vec<Record>, BTreeMap<&'static str, u64>) {
        let mut random = Random::new(8, Stream::People);
        let (names, calendar) = (Names::new(), Calendar::up_to(date(2025, 12, 31)));
        let postcodes = build_postcodes(6_000, PLACE, &mut random);
        let world =
            World { names: &names, calendar: &calendar, postcodes: &postcodes, census: day_of(date(2023, 1, 1)) };
        let person = Person {
            nhs_number: 9_990_000_018,
            given: "Zoe",
            family: names.draw_family(Heritage::Irish, &mut random),
            heritage: Heritage::Irish,
            sex: Sex::Male,
            born: day_of(date(1980, 4, 4)),
            home: 3,
        };
        let mut clerk = Clerk::new(&world, rates, random);
        let records = (0..2_000).map(|_| clerk.write_down(&person)).collect();
        (records, clerk.into_counts())
    }

    #[test]
    fn without_rates_there_are_no_mistakes() {
        let (records, counts) = written(&ErrorRates::none());
        assert!(counts.is_empty());
        assert!(records.iter().all(|record| record.birth_uk() == "04/04/1980" && record.nhs_number == "9990000018"));
    }

    #[test]
    fn what_cannot_go_wrong_is_not_counted() {
        let certain = ErrorRates {
            nickname: 10_000,
            family_name_changed: 10_000,
            birth_day_month_swap: 10_000,
            ..ErrorRates::none()
        };
        let (records, counts) = written(&certain);
        assert!(counts.is_empty(), "no short form, not a woman, 4 April: {counts:?}");
        assert!(records.iter().all(|record| record.given_name == "Zoe"));
    }

    #[test]
    fn every_kind_of_mistake_can_be_made_and_none_panics() {
        let (_, counts) = written(&ErrorRates::programme().scaled_percent(700));
        let never: Vec<&str> = ErrorRates::none()
            .named()
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !counts.contains_key(name))
            .collect();
        // This man's name has neither a short form nor marks for certain, and he keeps his family name.
        assert!(
            never
                .iter()
                .all(|name| ["nickname", "family_name_changed", "birth_day_month_swap", "special_character"]
                    .contains(name)),
            "{never:?}"
        );
    }
}
