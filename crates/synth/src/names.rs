//! Who is called what: tables of names with Zipf-like curves laid on them.
//!
//! In: a heritage, a sex, a year of birth. Out: a given name, a family name, the short forms of a given name.
//! Absent on purpose: mistakes; here are the names people truly bear.

// One name a line would be two thousand lines.
#[rustfmt::skip]
mod family;
#[rustfmt::skip]
mod given;
mod nicknames;

use std::collections::BTreeSet;

use crate::random::{Random, Weighted};

/// Sex as registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sex {
    Female,
    Male,
}

/// Where a household's names come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heritage {
    English,
    Scottish,
    Irish,
    Welsh,
    SouthAsian,
    EastEuropean,
    African,
    Other,
}

const HERITAGES: [(Heritage, u32); 8] = [
    (Heritage::English, 7_000),
    (Heritage::Scottish, 500),
    (Heritage::Irish, 450),
    (Heritage::Welsh, 350),
    (Heritage::SouthAsian, 650),
    (Heritage::EastEuropean, 450),
    (Heritage::African, 250),
    (Heritage::Other, 350),
];

/// Of the English family names, how many per 10,000 bearers have a rare one.
const TAIL_PER_10K: u32 = 5_200;
/// A step that visits the rare names in an order in which neighbours have nothing in common.
const TAIL_STEP: usize = 7_919;

/// A family name, perhaps double-barrelled: places in [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FamilyName {
    first: u16,
    second: Option<u16>,
}

/// A stretch of the family-name list with its curve.
struct Stretch {
    from: usize,
    curve: Weighted,
}

/// All names, ready to draw from.
pub(crate) struct Names {
    family: Vec<String>,
    stretches: Vec<Stretch>,
    tail: Stretch,
    given: Vec<GivenTable>,
    heritage: Weighted,
}

struct GivenTable {
    names: &'static [&'static str],
    curve: Weighted,
}

impl Names {
    pub(crate) fn new() -> Self {
        let mut family = Vec::new();
        let stretches =
            HERITAGES.iter().map(|(heritage, _)| stretch(&mut family, family_table(*heritage), 8)).collect();
        let known: BTreeSet<&String> = family.iter().collect();
        let rare: Vec<String> = rare_names().into_iter().filter(|name| !known.contains(name)).collect();
        let tail = Stretch { from: family.len(), curve: Weighted::zipf(rare.len(), 1_500) };
        family.extend(rare);
        let given = GIVEN.iter().map(|&names| GivenTable { names, curve: Weighted::zipf(names.len(), 6) }).collect();
        let heritage = Weighted::new(HERITAGES.iter().map(|(_, weight)| *weight));
        Self { family, stretches, tail, given, heritage }
    }

    pub(crate) fn draw_heritage(&self, random: &mut Random) -> Heritage {
        HERITAGES[self.heritage.draw(random)].0
    }

    /// A single family name of this heritage.
    pub(crate) fn draw_family(&self, heritage: Heritage, random: &mut Random) -> FamilyName {
        let rare = heritage == Heritage::English && random.hit(TAIL_PER_10K);
        let stretch = if rare { &self.tail } else { &self.stretches[heritage as usize] };
        let place = stretch.from + stretch.curve.draw(random);
        FamilyName { first: u16::try_from(place).expect("there are fewer than 65,536 family names"), second: None }
    }

    /// Two family names joined, as some families join them.
    pub(crate) fn join(&self, one: FamilyName, other: FamilyName) -> FamilyName {
        let plain = |name: FamilyName| name.second.is_none() && !self.family[name.first as usize].contains(['-', ' ']);
        let joinable = plain(one) && plain(other) && one != other;
        if joinable { FamilyName { second: Some(other.first), ..one } } else { one }
    }

    /// The name as its bearer writes it.
    pub(crate) fn family_text(&self, name: FamilyName) -> String {
        let first = &self.family[name.first as usize];
        match name.second {
            Some(second) => format!("{first}-{}", self.family[second as usize]),
            None => first.clone(),
        }
    }

    /// A given name fashionable when and where its bearer was born.
    pub(crate) fn draw_given(&self, heritage: Heritage, sex: Sex, year: u32, random: &mut Random) -> &'static str {
        // Fashions overlap: a name is given some years early or late.
        let felt = year + random.below(25);
        let table = match heritage {
            Heritage::SouthAsian => 6,
            Heritage::EastEuropean => 8,
            Heritage::African => 10,
            Heritage::Other => 12,
            _ if felt < 1972 => 0,
            _ if felt < 2002 => 2,
            _ => 4,
        };
        let table = &self.given[table + usize::from(sex == Sex::Male)];
        table.names[table.curve.draw(random)]
    }
}

/// The short forms of a given name; none for most names.
pub(crate) fn short_forms(given: &str) -> &'static [&'static str] {
    match nicknames::NICKNAMES.binary_search_by(|(name, _)| (*name).cmp(given)) {
        Ok(place) => nicknames::NICKNAMES[place].1,
        Err(_) => &[],
    }
}

/// Women's table, then men's, in the order `draw_given` counts on.
const GIVEN: [&[&str]; 14] = [
    given::BRITISH_WOMEN_OLDER,
    given::BRITISH_MEN_OLDER,
    given::BRITISH_WOMEN_MIDDLE,
    given::BRITISH_MEN_MIDDLE,
    given::BRITISH_WOMEN_YOUNGER,
    given::BRITISH_MEN_YOUNGER,
    given::SOUTH_ASIAN_WOMEN,
    given::SOUTH_ASIAN_MEN,
    given::EAST_EUROPEAN_WOMEN,
    given::EAST_EUROPEAN_MEN,
    given::AFRICAN_WOMEN,
    given::AFRICAN_MEN,
    given::OTHER_WOMEN,
    given::OTHER_MEN,
];

fn family_table(heritage: Heritage) -> &'static [&'static str] {
    match heritage {
        Heritage::English => family::ENGLISH,
        Heritage::Scottish => family::SCOTTISH,
        Heritage::Irish => family::IRISH,
        Heritage::Welsh => family::WELSH,
        Heritage::SouthAsian => family::SOUTH_ASIAN,
        Heritage::EastEuropean => family::EAST_EUROPEAN,
        Heritage::African => family::AFRICAN,
        Heritage::Other => family::OTHER,
    }
}

fn stretch(family: &mut Vec<String>, table: &[&str], flatness: u32) -> Stretch {
    let from = family.len();
    family.extend(table.iter().map(ToString::to_string));
    Stretch { from, curve: Weighted::zipf(table.len(), flatness) }
}

/// Every first part with every last part, in a mixed order that is the same for every seed: rank is a property of a name.
fn rare_names() -> Vec<String> {
    let (first, last) = (family::TAIL_FIRST, family::TAIL_LAST);
    let count = first.len() * last.len();
    let mut seen = BTreeSet::new();
    let places = (0..count).map(|step| step * TAIL_STEP % count);
    let names = places.map(|place| format!("{}{}", first[place / last.len()], last[place % last.len()]));
    names.filter(|name| seen.insert(name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mistakes::without_marks;

    #[test]
    fn there_are_enough_rare_names_and_each_once() {
        let names = Names::new();
        let rare: BTreeSet<&String> = names.family[names.tail.from..].iter().collect();
        assert_eq!(rare.len(), names.family.len() - names.tail.from);
        assert!(rare.len() >= 12_000, "got {}", rare.len());
        assert!(names.family.len() < usize::from(u16::MAX));
    }

    #[test]
    fn short_forms_can_be_searched() {
        assert!(nicknames::NICKNAMES.windows(2).all(|pair| pair[0].0 < pair[1].0), "the table must be sorted by name");
        assert!(short_forms("Margaret").contains(&"Peggy"));
        assert!(short_forms("Zzz").is_empty());
    }

    #[test]
    fn every_mark_in_the_tables_can_be_left_out() {
        let names = Names::new();
        let given = GIVEN.iter().flat_map(|table| table.iter().map(ToString::to_string));
        for name in names.family.iter().cloned().chain(given) {
            assert!(without_marks(&name).is_ascii(), "{name}");
        }
    }

    #[test]
    fn nothing_is_joined_to_itself_or_twice() {
        let names = Names::new();
        let single = |first| FamilyName { first, second: None };
        let joined = names.join(single(0), single(1));
        assert_eq!(names.family_text(joined), "Smith-Jones");
        assert_eq!(names.join(single(0), single(0)), single(0));
        assert_eq!(names.join(joined, single(2)), joined);
    }
}
