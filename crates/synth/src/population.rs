//! The people, in households.
//!
//! In: how many, where, and streams of random choices. Out: persons as they truly are. Households share a home and mostly a family name;
//! there are twins, and children who bear a parent's name, because these are what a linkage takes for one another.
//! Absent on purpose: what anybody wrote down about them.

use crate::calendar::{Calendar, Day};
use crate::names::{FamilyName, Heritage, Names, Sex};
use crate::random::{Random, Weighted};

/// Per 10,000 younger siblings: born with the one before.
const TWIN_PER_10K: u32 = 200;
/// Per 10,000 children of the head's sex: given the head's name.
const NAMESAKE_PER_10K: u32 = 450;
/// Per 10,000 partners: kept a family name of their own.
const OWN_NAME_PER_10K: u32 = 2_200;
/// Per 10,000 households: a double-barrelled name.
const JOINED_PER_10K: u32 = 150;

/// A person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) nhs_number: u64,
    pub(crate) given: &'static str,
    pub(crate) family: FamilyName,
    pub(crate) heritage: Heritage,
    pub(crate) sex: Sex,
    pub(crate) born: Day,
    /// Place in the list of postcodes.
    pub(crate) home: u32,
}

impl Person {
    /// Completed years at `day`, to within a day.
    pub(crate) fn age_at(&self, day: Day) -> u32 {
        (u64::from(day.saturating_sub(self.born)) * 100 / 36_525).try_into().unwrap_or(u32::MAX)
    }
}

#[derive(Debug, Clone, Copy)]
enum Household {
    Single,
    Couple,
    ParentAndGrownChild,
    Family,
    LoneParent,
    Shared,
}

/// Kinds of household, per cent.
const HOUSEHOLDS: [(Household, u32); 6] = [
    (Household::Single, 31),
    (Household::Couple, 30),
    (Household::ParentAndGrownChild, 8),
    (Household::Family, 21),
    (Household::LoneParent, 7),
    (Household::Shared, 3),
];

/// Ages of the head: from, to (inclusive), per cent.
const SINGLE_AGES: [(u32, u32, u32); 5] = [(18, 29, 10), (30, 44, 16), (45, 59, 22), (60, 74, 29), (75, 96, 23)];
const COUPLE_AGES: [(u32, u32, u32); 5] = [(19, 29, 8), (30, 44, 16), (45, 59, 25), (60, 74, 34), (75, 93, 17)];
const PARENT_AGES: [(u32, u32, u32); 3] = [(20, 29, 24), (30, 39, 43), (40, 54, 33)];
const GROWN_CHILD_PARENT_AGES: [(u32, u32, u32); 2] = [(42, 59, 60), (60, 88, 40)];
const SHARED_AGES: [(u32, u32, u32); 2] = [(18, 29, 60), (30, 60, 40)];

/// Builds households until there are enough people.
pub(crate) struct Builder<'a> {
    pub(crate) names: &'a Names,
    pub(crate) calendar: &'a Calendar,
    /// The day on which ages are counted.
    pub(crate) census: Day,
    pub(crate) random: &'a mut Random,
}

impl Builder<'_> {
    /// One person a number, in households that live in one of the postcodes `homes`.
    pub(crate) fn build(&mut self, nhs_numbers: &[u64], homes: std::ops::Range<u32>) -> Vec<Person> {
        let kinds = Weighted::new(HOUSEHOLDS.iter().map(|(_, share)| *share));
        let mut people = Vec::with_capacity(nhs_numbers.len() + 8);
        while people.len() < nhs_numbers.len() {
            let home = self.random.between(homes.start, homes.end.saturating_sub(1));
            let kind = HOUSEHOLDS[kinds.draw(self.random)].0;
            self.household(kind, home, &mut people);
        }
        people.truncate(nhs_numbers.len());
        for (person, number) in people.iter_mut().zip(nhs_numbers) {
            person.nhs_number = *number;
        }
        people
    }

    fn household(&mut self, kind: Household, home: u32, people: &mut Vec<Person>) {
        let heritage = self.names.draw_heritage(self.random);
        let mut family = self.names.draw_family(heritage, self.random);
        if self.random.hit(JOINED_PER_10K) {
            let other = self.names.draw_family(heritage, self.random);
            family = self.names.join(family, other);
        }
        let sex = if self.random.hit(5_000) { Sex::Female } else { Sex::Male };
        let from = Origin { heritage, family, home };
        match kind {
            Household::Single => {
                let age = self.age(&SINGLE_AGES);
                // Women outlive men, so the older of those who live alone are mostly women.
                let sex = if age >= 70 && self.random.hit(4_500) { Sex::Female } else { sex };
                people.push(self.person(&from, sex, age));
            }
            Household::Couple => {
                let age = self.age(&COUPLE_AGES);
                people.push(self.person(&from, sex, age));
                people.push(self.partner(&from, sex, age));
            }
            Household::ParentAndGrownChild => {
                let age = self.age(&GROWN_CHILD_PARENT_AGES);
                people.push(self.person(&from, sex, age));
                let child = age - self.random.between(19, 24.max(age.saturating_sub(60)).min(36));
                self.children(&from, child, 1, people);
                self.namesakes(people.len() - 2, people);
            }
            Household::Family | Household::LoneParent => {
                let age = self.age(&PARENT_AGES);
                let head =
                    if matches!(kind, Household::LoneParent) && self.random.hit(8_500) { Sex::Female } else { sex };
                people.push(self.person(&from, head, age));
                let head_at = people.len() - 1;
                if matches!(kind, Household::Family) {
                    let partner = self.partner(&from, head, age);
                    people.push(partner);
                }
                let count = [1, 1, 1, 2, 2, 2, 2, 3, 3, 4][self.random.index(10)];
                let first = age.saturating_sub(self.random.between(18, 32));
                self.children(&from, first, count, people);
                self.namesakes(head_at, people);
            }
            Household::Shared => {
                for _ in 0..self.random.between(3, 5) {
                    let heritage = self.names.draw_heritage(self.random);
                    let family = self.names.draw_family(heritage, self.random);
                    let sex = if self.random.hit(4_500) { Sex::Female } else { Sex::Male };
                    let age = self.age(&SHARED_AGES);
                    people.push(self.person(&Origin { heritage, family, home }, sex, age));
                }
            }
        }
    }

    fn age(&mut self, bands: &[(u32, u32, u32)]) -> u32 {
        let band = Weighted::new(bands.iter().map(|(_, _, share)| *share)).draw(self.random);
        self.random.between(bands[band].0, bands[band].1)
    }

    fn person(&mut self, from: &Origin, sex: Sex, age: u32) -> Person {
        let days = age * 36_525 / 100 + self.random.below(365);
        let born = self.census.saturating_sub(days);
        let year = u32::from(self.calendar.date(born).year().unsigned_abs());
        let given = self.names.draw_given(from.heritage, sex, year, self.random);
        Person { nhs_number: 0, given, family: from.family, heritage: from.heritage, sex, born, home: from.home }
    }

    fn partner(&mut self, from: &Origin, head: Sex, age: u32) -> Person {
        let same_sex = self.random.hit(200);
        let sex = match (head, same_sex) {
            (Sex::Female, true) | (Sex::Male, false) => Sex::Female,
            _ => Sex::Male,
        };
        let age = (age + self.random.below(9)).saturating_sub(4).max(18);
        let mut partner = self.person(from, sex, age);
        if self.random.hit(OWN_NAME_PER_10K) {
            partner.heritage =
                if self.random.hit(2_000) { self.names.draw_heritage(self.random) } else { from.heritage };
            partner.family = self.names.draw_family(partner.heritage, self.random);
        }
        partner
    }

    /// Children from the eldest, whose age is given, two or three years apart; twins share a birthday.
    fn children(&mut self, from: &Origin, eldest: u32, count: u32, people: &mut Vec<Person>) {
        let mut age = eldest;
        for nth in 0..count {
            let sex = if self.random.hit(4_880) { Sex::Female } else { Sex::Male };
            let mut child = self.person(from, sex, age);
            if nth > 0 && self.random.hit(TWIN_PER_10K) {
                child.born = people[people.len() - 1].born;
            }
            people.push(child);
            age = age.saturating_sub(self.random.between(2, 3));
        }
    }

    fn namesakes(&mut self, head_at: usize, people: &mut [Person]) {
        let (given, sex) = (people[head_at].given, people[head_at].sex);
        for child in &mut people[head_at + 1..] {
            if child.sex == sex && self.random.hit(NAMESAKE_PER_10K) {
                child.given = given;
            }
        }
    }
}

/// What the members of a household share.
struct Origin {
    heritage: Heritage,
    family: FamilyName,
    home: u32,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;
    use crate::calendar::day_of;
    use crate::random::Stream;

    fn people(count: u64) -> (Names, Vec<Person>) {
        let (names, calendar) = (Names::new(), Calendar::up_to(date(2025, 12, 31)));
        let numbers: Vec<u64> = (0..count).collect();
        let mut random = Random::new(4, Stream::People);
        let census = day_of(date(2023, 1, 1));
        let people =
            Builder { names: &names, calendar: &calendar, census, random: &mut random }.build(&numbers, 0..4_500);
        (names, people)
    }

    #[test]
    fn the_full_place_has_many_family_names_and_a_common_one() {
        let (names, people) = people(180_000);
        let texts: Vec<String> = people.iter().map(|person| names.family_text(person.family)).collect();
        let distinct: BTreeSet<&String> = texts.iter().collect();
        assert!(distinct.len() >= 8_000, "got {}", distinct.len());
        let smiths = texts.iter().filter(|text| *text == "Smith").count();
        assert!((1_000..4_000).contains(&smiths), "about 1 in 90, got {smiths}");
    }

    #[test]
    fn there_are_twins_and_namesakes() {
        let (_, people) = people(60_000);
        let twins = people.windows(2).filter(|pair| {
            pair[0].born == pair[1].born && pair[0].family == pair[1].family && pair[0].home == pair[1].home
        });
        assert!(twins.count() >= 40);
        let namesakes = people.windows(3).filter(|three| {
            let (head, child) = (&three[0], &three[2]);
            head.given == child.given
                && head.family == child.family
                && head.home == child.home
                && head.born + 6_000 < child.born
        });
        assert!(namesakes.count() >= 40);
    }

    #[test]
    fn ages_are_those_of_a_population() {
        let (_, people) = people(60_000);
        let census = day_of(date(2023, 1, 1));
        let share = |from: u32, to: u32| {
            people.iter().filter(|person| (from..=to).contains(&person.age_at(census))).count() * 100 / people.len()
        };
        assert!((14..=26).contains(&share(0, 17)), "children: {} %", share(0, 17));
        assert!((14..=28).contains(&share(65, 120)), "over 64: {} %", share(65, 120));
    }
}
