//! Everyone, with home, health and registration: the place before anybody writes anything down.
//!
//! In: settings. Out: people, those of the place first, then the participants from outside. Absent on purpose: the programme.

use jiff::civil::date;

use crate::calendar::{Calendar, Day, day_of};
use crate::geography::{ELSEWHERE, PLACE, Postcode, build_postcodes};
use crate::health::{Health, draw_health};
use crate::names::Names;
use crate::nhs_number::draw_numbers;
use crate::population::{Builder, Person};
use crate::random::{Random, Stream};
use crate::register::{Registration, draw_registration};
use crate::settings::PlaceSettings;

/// Everyone of a place.
pub(crate) struct Everyone {
    pub(crate) postcodes: Vec<Postcode>,
    pub(crate) people: Vec<Person>,
    /// Of each person.
    pub(crate) health: Vec<Health>,
    /// Of each resident: people `0..residents()`.
    pub(crate) registrations: Vec<Registration>,
    /// First and last birthday in the years of birth that are eligible.
    eligible_days: (Day, Day),
}

/// What decides how much NHS a person uses.
#[derive(Clone, Copy)]
pub(crate) struct Patient<'a> {
    pub(crate) person: &'a Person,
    pub(crate) health: Health,
    pub(crate) registration: Registration,
    pub(crate) imd_decile: u8,
    pub(crate) practice: u32,
}

impl Everyone {
    pub(crate) fn build(settings: &PlaceSettings, names: &Names, calendar: &Calendar) -> Self {
        let stream = |stream| Random::new(settings.seed, stream);
        let mut random = stream(Stream::Geography);
        let mut postcodes = build_postcodes(settings.people, PLACE, &mut random);
        let inside = u32::try_from(postcodes.len()).expect("there are fewer postcodes than people");
        let outsiders = settings.participants_outside();
        postcodes.extend(build_postcodes(outsiders, ELSEWHERE, &mut random));
        let all = u32::try_from(postcodes.len()).expect("there are fewer postcodes than people");

        let numbers = draw_numbers(settings.people + outsiders, &mut stream(Stream::Numbers));
        let (numbers_inside, numbers_outside) = numbers.split_at(settings.people as usize);
        let mut random = stream(Stream::People);
        let census = day_of(settings.starts_from);
        let mut builder = Builder { names, calendar, census, random: &mut random };
        let mut people = builder.build(numbers_inside, 0..inside);
        let residents = people.len();
        people.extend(builder.build(numbers_outside, inside..all));

        let (first, last) = settings.eligible_births();
        let eligible_days = (day_of(date(first, 1, 1)), day_of(date(last, 12, 31)));
        let mut everyone = Self { postcodes, people, health: Vec::new(), registrations: Vec::new(), eligible_days };
        everyone.make_eligible(residents, &mut random);

        let mut random = stream(Stream::Health);
        let decile = |person: &Person| everyone.postcodes[person.home as usize].imd_decile;
        everyone.health =
            everyone.people.iter().map(|person| draw_health(person, decile(person), census, &mut random)).collect();
        let mut random = stream(Stream::Registrations);
        let residents = everyone.people[..residents].iter().zip(&everyone.health);
        everyone.registrations =
            residents.map(|(person, health)| draw_registration(person, *health, settings, &mut random)).collect();
        everyone
    }

    pub(crate) fn residents(&self) -> usize {
        self.registrations.len()
    }

    pub(crate) fn imd_decile(&self, at: usize) -> u8 {
        self.postcodes[self.people[at].home as usize].imd_decile
    }

    /// The resident at this place of the list.
    pub(crate) fn patient(&self, at: usize) -> Patient<'_> {
        let (person, health, registration) = (&self.people[at], self.health[at], self.registrations[at]);
        let home = &self.postcodes[person.home as usize];
        Patient { person, health, registration, imd_decile: home.imd_decile, practice: home.practice }
    }

    /// Residents whom the programme may take, if they are registered when they start.
    pub(crate) fn eligible(&self) -> impl Iterator<Item = usize> {
        (0..self.residents()).filter(|&at| self.health[at].conditions > 0 && self.is_of_age(&self.people[at]))
    }

    fn is_of_age(&self, person: &Person) -> bool {
        (self.eligible_days.0..=self.eligible_days.1).contains(&person.born)
    }

    /// Gives people from outside an age at which the programme takes them.
    fn make_eligible(&mut self, residents: usize, random: &mut Random) {
        let (first, last) = self.eligible_days;
        for at in residents..self.people.len() {
            if !self.is_of_age(&self.people[at]) {
                // The older half.
                self.people[at].born = random.between(first, first.midpoint(last));
            }
        }
    }
}
