//! Every rule against its vector file, and what holds for any text at all.

#![allow(clippy::unwrap_used, reason = "a test may stop where its own fixture is wrong")]

use proptest::prelude::*;

use super::*;

const TODAY: Date = Date::constant(2026, 11, 21);

const RULES: [(Rule, &str); 9] = [
    (Rule::NhsNumberV1, include_str!("../../vectors/nhs_number_v1.csv")),
    (Rule::FamilyNameV1, include_str!("../../vectors/family_name_v1.csv")),
    (Rule::GivenNameV1, include_str!("../../vectors/given_name_v1.csv")),
    (Rule::DateOfBirthV1, include_str!("../../vectors/date_of_birth_v1.csv")),
    (Rule::SexV1, include_str!("../../vectors/sex_v1.csv")),
    (Rule::PostcodeV1, include_str!("../../vectors/postcode_v1.csv")),
    (Rule::GpPracticeV1, include_str!("../../vectors/gp_practice_v1.csv")),
    (Rule::IdentifierV1, include_str!("../../vectors/identifier_v1.csv")),
    (Rule::AddressWordsV1, include_str!("../../vectors/address_words_v1.csv")),
];

fn format_of(text: &str) -> ColumnFormat {
    match text {
        "iso" => ColumnFormat::DateIso,
        "day-month-year" => ColumnFormat::DateDayMonthYear,
        "compact" => ColumnFormat::DateCompact,
        _ => ColumnFormat::Text,
    }
}

fn outcome(rule: Rule, raw: &str, format: ColumnFormat) -> (String, &'static str) {
    match normalise(rule, raw, format, TODAY) {
        Ok(value) => (value.as_str().to_owned(), ""),
        Err(reason) => (String::new(), reason.name()),
    }
}

#[test]
fn every_vector() {
    for (rule, file) in RULES {
        let mut reader = csv::Reader::from_reader(file.as_bytes());
        let headers = reader.headers().unwrap().clone();
        let column = |name: &str| headers.iter().position(|header| header == name);
        let (raw, format) = (column("raw").unwrap(), column("format"));
        let (expected, reason) = (column("expected").unwrap(), column("reason").unwrap());
        let (mut positive, mut negative) = (0, 0);
        for record in reader.records() {
            let record = record.unwrap();
            let format = format.map_or(ColumnFormat::Text, |column| format_of(&record[column]));
            let got = outcome(rule, &record[raw], format);
            assert_eq!((got.0.as_str(), got.1), (&record[expected], &record[reason]), "{}: {:?}", rule.name(), &record);
            assert_ne!(record[expected].is_empty(), record[reason].is_empty(), "a vector expects one of the two");
            *(if record[reason].is_empty() { &mut positive } else { &mut negative }) += 1;
        }
        assert!(negative > positive && positive > 5, "{}: {positive} positive, {negative} negative", rule.name());
    }
}

#[test]
fn a_field_beyond_the_limit_is_refused_by_every_rule() {
    for (rule, _) in RULES {
        assert_eq!(outcome(rule, &"A".repeat(513), ColumnFormat::DateIso).1, "too-long");
        assert_eq!(outcome(rule, &" ".repeat(10_000), ColumnFormat::DateIso).1, "missing");
    }
}

#[test]
fn every_one_digit_slip_in_an_nhs_number_is_seen() {
    for place in 0..10 {
        for digit in '0'..='9' {
            let mut digits: Vec<char> = "9434765919".chars().collect();
            let same = digits[place] == digit;
            digits[place] = digit;
            let typed: String = digits.into_iter().collect();
            assert_eq!(outcome(Rule::NhsNumberV1, &typed, ColumnFormat::Text).1.is_empty(), same, "{typed}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_every_result_keeps_its_shape(raw in "\\PC{0,40}") {
        for (rule, _) in RULES {
            for format in [ColumnFormat::Text, ColumnFormat::DateIso, ColumnFormat::DateCompact, ColumnFormat::DateDayMonthYear] {
                let (value, _) = outcome(rule, &raw, format);
                prop_assert!(!value.starts_with(' ') && !value.ends_with(' ') && !value.contains("  "));
                prop_assert!(!value.contains('_') && !value.contains('\0'));
            }
        }
    }

    #[test]
    fn case_and_outer_spaces_of_a_latin_name_do_not_matter(raw in "[A-Za-zÀ-ÖØ-öø-ÿŁłŐőŞş' -]{1,30}") {
        for rule in [Rule::FamilyNameV1, Rule::GivenNameV1, Rule::AddressWordsV1] {
            let plain = outcome(rule, &raw, ColumnFormat::Text);
            prop_assert_eq!(&plain, &outcome(rule, &raw.to_lowercase(), ColumnFormat::Text));
            prop_assert_eq!(&plain, &outcome(rule, &format!("  {raw}\t"), ColumnFormat::Text));
        }
    }

    #[test]
    fn a_normalised_value_is_its_own_normal_form(raw in "\\PC{0,24}") {
        for rule in [Rule::FamilyNameV1, Rule::AddressWordsV1, Rule::IdentifierV1] {
            let (value, reason) = outcome(rule, &raw, ColumnFormat::Text);
            if reason.is_empty() {
                prop_assert_eq!(outcome(rule, &value, ColumnFormat::Text).0, value);
            }
        }
    }

    #[test]
    fn any_postcode_with_letters_and_digits_in_place_survives_spacing(
        raw in "[A-PR-UWYZ][A-HK-Y]?[1-9][0-9]?[0-9][ABD-HJLNP-UW-Z]{2}", at in 0usize..6,
    ) {
        let spaced = format!("{} {}", &raw[..at.min(raw.len())], &raw[at.min(raw.len())..]);
        prop_assert_eq!(outcome(Rule::PostcodeV1, &raw, ColumnFormat::Text), outcome(Rule::PostcodeV1, &spaced, ColumnFormat::Text));
    }
}
