//! Made-up people for the tests: a token is the HMAC of its parts under a fixed key, as a custodian's would be.

use counterfoil_model::{
    BlockingToken, Clk, EncodedPeople, Encoding, LinkageSchema, Part, PartForm, PersonRef, PersonRow, Relationship,
    Token,
};
use ring::hmac;

use crate::examine::Files;
use crate::probability::Sides;

/// A schema of six fields with near-unique match keys and one wide blocking rule, and no CLK.
pub(crate) const SCHEMA: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "test-1"
field = [
    { name = "nhs_number", rule = "nhs_number_v1" },
    { name = "family_name", rule = "family_name_v1" },
    { name = "given_name", rule = "given_name_v1" },
    { name = "date_of_birth", rule = "date_of_birth_v1" },
    { name = "postcode", rule = "postcode_v1" },
    { name = "sex", rule = "sex_v1" },
]
match_key = [
    { name = "number", parts = ["nhs_number"] },
    { name = "birth_given", parts = ["date_of_birth", "given_name.first_three"] },
    { name = "birth_family", parts = ["date_of_birth", "family_name.soundex"] },
    { name = "birth_postcode", parts = ["date_of_birth", "postcode"] },
    { name = "names_year", parts = ["family_name", "given_name", "date_of_birth.year"] },
    { name = "names_postcode", parts = ["family_name", "given_name", "postcode"] },
    { name = "birth_sex_given", parts = ["date_of_birth", "sex", "given_name.initial"] },
    { name = "postcode_year_sex", parts = ["postcode", "date_of_birth.year", "sex"] },
]
blocking_rule = [{ name = "home", parts = ["family_name", "postcode"] }]

[decision]
link_probability_min_permille = 500
false_links_max_permille = 1000
relationship = "one-to-one"
runner_up_margin_bits = 3
group_pairs_max = 1000
never_link_when_differs = ["number"]
"#;

pub(crate) fn schema() -> LinkageSchema {
    LinkageSchema::parse(SCHEMA).expect("a test's schema is valid")
}

/// The sample schema with something changed.
pub(crate) fn schema_with(from: &str, to: &str) -> LinkageSchema {
    assert!(SCHEMA.contains(from), "{from} is in the sample");
    LinkageSchema::parse(&SCHEMA.replacen(from, to, 1)).expect("a test's schema is valid")
}

/// A person's fields in the order of [`SCHEMA`]: already normalised, empty where missing. A date is eight digits.
pub(crate) type Fields = [String; 6];

pub(crate) fn person(fields: [&str; 6]) -> Fields {
    fields.map(str::to_owned)
}

fn form(value: &str, form: PartForm) -> String {
    let first = |count: usize| value.chars().take(count).collect();
    match form {
        PartForm::Initial => first(1),
        PartForm::FirstThree => first(3),
        PartForm::Year => first(4),
        // A consonant skeleton will do for a sound.
        PartForm::Soundex => {
            value.chars().take(1).chain(value.chars().skip(1).filter(|c| !"AEIOUHWY".contains(*c))).take(4).collect()
        }
        _ => value.to_owned(),
    }
}

fn tag(name: &str, parts: &[Part], fields: &Fields) -> Option<hmac::Tag> {
    let mut message = name.to_owned();
    for part in parts {
        let value = &fields[part.field];
        if value.is_empty() {
            return None;
        }
        message.push('|');
        message.push_str(&form(value, part.form));
    }
    Some(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"linkage tests"), message.as_bytes()))
}

pub(crate) fn token(number: u64) -> Token {
    Token::from_tag(&hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"linkage tests"), &number.to_be_bytes()))
}

pub(crate) fn blocking(number: u64) -> BlockingToken {
    BlockingToken::from_tag(&hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"linkage tests"), &number.to_be_bytes()))
}

#[expect(clippy::disallowed_methods, reason = "the tests hold no key, and make CLKs whose similarity is known by hand")]
pub(crate) fn clk_of(words: Vec<u64>) -> Clk {
    Clk::from_keyed_bits_of_the_pseudonym_crate(words.into()).expect("a permitted length")
}

/// Two files of which each person stands in each at most once.
pub(crate) fn two<'a>(left: &'a EncodedPeople, right: &'a EncodedPeople) -> Files<'a> {
    let sides = Sides { left_rows: left.len(), right_rows: right.len(), relationship: Relationship::OneToOne };
    Files::Two { left, right, sides }
}

/// An extract of these people, under a schema with the fields of [`SCHEMA`], without CLKs.
pub(crate) fn people(schema: &LinkageSchema, rows: &[Fields]) -> EncodedPeople {
    people_with_clks(schema, rows, &mut |_| None)
}

/// The same with a CLK by row number.
pub(crate) fn people_with_clks(
    schema: &LinkageSchema,
    rows: &[Fields],
    clk: &mut dyn FnMut(usize) -> Option<Clk>,
) -> EncodedPeople {
    let mut people = EncodedPeople::new(schema, 0);
    for (number, fields) in rows.iter().enumerate() {
        let keys = schema.match_keys().iter();
        let rules = schema.blocking_rules().iter();
        people.push(&PersonRow {
            person: PersonRef(number as u64),
            encoding: Encoding {
                tokens: keys
                    .map(|key| tag(key.name.as_str(), &key.parts, fields).map(|tag| Token::from_tag(&tag)))
                    .collect(),
                blocking: rules
                    .map(|rule| tag(rule.name.as_str(), &rule.parts, fields).map(|tag| BlockingToken::from_tag(&tag)))
                    .collect(),
                clk: clk(number),
                former: Box::default(),
            },
            values: Box::new([]),
        });
    }
    people
}

/// Two files of people with known truth: `left[n]` and `right[n]` are one person for `n` below `both`; beyond that, nobody
/// is on both sides. Some live together, some records have mistakes. All from the seed.
pub(crate) struct TwoFiles {
    pub(crate) left: Vec<Fields>,
    pub(crate) right: Vec<Fields>,
    pub(crate) both: usize,
}

impl TwoFiles {
    pub(crate) fn new(seed: u64, left: usize, right: usize, both: usize) -> Self {
        let mut random = Random(seed);
        let everyone: Vec<Fields> = household_members(&mut random, left + right - both);
        let mut seen = |index: usize, errors: u64| mistaken(&everyone[index], &mut random, errors);
        let left_rows = (0..left).map(|index| seen(index, 8)).collect();
        let right_rows = (0..both).chain(left..left + right - both).map(|index| seen(index, 3)).collect();
        Self { left: left_rows, right: right_rows, both }
    }
}

/// `SplitMix64` (Steele, Lea and Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn name(&mut self, kinds: u64) -> String {
        // Common names are common: the product of two draws is small more often than large.
        let mut number = self.below(kinds) * self.below(kinds) / kinds;
        let mut name = String::new();
        for _ in 0..4 {
            name.push(char::from(b"BCDFGKLMNPRSTVZ"[(number % 15) as usize]));
            name.push(char::from(b"AEIOU"[(number / 15 % 5) as usize]));
            number = number / 75 + number * 7 % 75;
        }
        name
    }
}

fn household_members(random: &mut Random, count: usize) -> Vec<Fields> {
    let mut everyone: Vec<Fields> = Vec::with_capacity(count);
    // Members of one household stand apart in the list, so that each file has some of them.
    let homes: Vec<(String, String)> =
        (0..=count / 2).map(|home| (random.name(4_000), format!("DN{} {}AA", home / 90, home / 10 % 9))).collect();
    for index in 0..count {
        let (family, postcode) = &homes[index % homes.len()];
        let (year, month, day) = (1930 + random.below(80), 1 + random.below(12), 1 + random.below(28));
        everyone.push([
            format!("{:010}", 4_000_000_000 + index),
            family.clone(),
            random.name(900),
            format!("{year}{month:02}{day:02}"),
            postcode.clone(),
            if random.below(2) == 0 { "1" } else { "2" }.to_owned(),
        ]);
    }
    everyone
}

/// A record of a person in which each field is wrong, or missing, a few times in a hundred.
fn mistaken(person: &Fields, random: &mut Random, errors: u64) -> Fields {
    let mut seen = person.clone();
    if random.below(100) < 2 * errors {
        seen[0].clear();
    }
    for name in [1, 2] {
        if random.below(100) < errors {
            let place = usize::try_from(random.below(seen[name].len() as u64)).expect("few letters");
            seen[name].replace_range(place..=place, "X");
        }
    }
    if random.below(200) < errors {
        seen[3].replace_range(7.., &random.below(10).to_string());
    }
    if random.below(100) < errors {
        seen[4] = format!("DN{} {}ZZ", random.below(9), random.below(9));
    }
    seen
}
