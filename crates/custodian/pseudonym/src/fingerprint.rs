//! The fingerprint of key, agreement, schema and build.
//!
//! In: an encoder and its fingerprint subkey. Out: an HMAC over what the encoder makes of sixteen made-up people, taken
//! the whole way from raw text. Two custodians whose key, schema, normalisation or build differ get different ones.
//! Absent on purpose: the encodings themselves. Known people with known encodings would help an attack on every CLK.

use counterfoil_model::{ColumnFormat, Encoding, KeyFingerprint, Rule};
use jiff::civil::Date;
use ring::hmac;

use crate::encoder::{Encoder, RawIdentifier};
use crate::key::Binding;

/// The day that counts as today for the canary people.
const TODAY: Date = Date::constant(2020, 6, 15);

/// Made-up people, chosen so that every part of every rule has work to do: one list a rule. Field `f` of person `p`
/// reads entry `p + f`, so that two fields under one rule differ.
const PEOPLE: usize = 16;

/// The fingerprint.
pub(crate) fn of(encoder: &Encoder, key: &hmac::Key, binding: Binding<'_>) -> KeyFingerprint {
    let mut message = Vec::new();
    binding.write_to(&mut message);
    for person in 0..PEOPLE {
        let row: Vec<_> =
            encoder.fields().iter().enumerate().map(|(place, field)| raw(field.rule, person + place)).collect();
        let normalised = encoder.normalise(&row, TODAY, &mut Vec::new());
        write_encoding(&mut message, &encoder.encode(&normalised));
    }
    KeyFingerprint::from_tag(&hmac::sign(key, &message))
}

/// Stands in while the encoder that the fingerprint is taken of is being made.
pub(crate) fn none() -> KeyFingerprint {
    KeyFingerprint::from_tag(&hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[]), &[]))
}

fn write_encoding(message: &mut Vec<u8>, encoding: &Encoding) {
    let mut write = |bytes: Option<&[u8]>| {
        message.push(u8::from(bytes.is_some()));
        message.extend_from_slice(bytes.unwrap_or_default());
    };
    for token in &encoding.tokens {
        write(token.as_ref().map(|token| token.as_bytes().as_slice()));
    }
    for token in &encoding.blocking {
        write(token.as_ref().map(|token| token.as_bytes().as_slice()));
    }
    let clk: Option<Vec<u8>> =
        encoding.clk.as_ref().map(|clk| clk.words().iter().flat_map(|word| word.to_be_bytes()).collect());
    write(clk.as_deref());
}

fn raw(rule: Rule, entry: usize) -> RawIdentifier<'static> {
    let entry = entry % PEOPLE;
    if rule == Rule::DateOfBirthV1 {
        let (format, text) = DATES[entry];
        return RawIdentifier::new(text, format);
    }
    let list = match rule {
        Rule::NhsNumberV1 => NHS_NUMBERS,
        Rule::FamilyNameV1 => FAMILY_NAMES,
        Rule::GivenNameV1 => GIVEN_NAMES,
        Rule::SexV1 => SEXES,
        Rule::PostcodeV1 => POSTCODES,
        Rule::GpPracticeV1 => GP_PRACTICES,
        Rule::IdentifierV1 | Rule::DateOfBirthV1 => IDENTIFIERS,
        Rule::AddressWordsV1 => ADDRESSES,
    };
    RawIdentifier::new(list[entry], ColumnFormat::Text)
}

const NHS_NUMBERS: [&str; PEOPLE] = [
    "943 476 5919",
    "9434765919",
    "999-000-0018",
    "9990000026",
    " 9990000034 ",
    "9990000042",
    "9434765918",
    "0000000000",
    "",
    "999 000 0050",
    "9990000069",
    "123",
    "9990000077",
    "9990000085",
    "999 000 0093",
    "9990000107",
];

const FAMILY_NAMES: [&str; PEOPLE] = [
    "O\u{2019}Brien",
    "o'brien",
    "Smith-Jones",
    "SMITH JONES",
    "  Łukasiewicz ",
    "Müller",
    "van der Berg",
    "Unknown",
    "",
    "MacDonald Jr",
    "D'Arcy",
    "Strauß",
    "Иванов",
    "N\u{303}un\u{303}ez",
    "XXX",
    "Mrs Taylor 2",
];

const GIVEN_NAMES: [&str; PEOPLE] = [
    "Anne-Marie",
    "ANNE MARIE",
    "Mr John",
    "Zoë",
    "José Luís",
    "Baby",
    "",
    "Siân",
    "J.",
    "Dr",
    "Björn",
    "Мария",
    "Þóra",
    "Lady Jane",
    "do not use",
    "Mary (Polly)",
];

const SEXES: [&str; PEOPLE] = ["1", "2", "M", "f", "Male", "FEMALE", "9", "X", "", "0", "u", "q", "1", "2", "M", "F"];

const POSTCODES: [&str; PEOPLE] = [
    "DN31 1AA",
    "dn311aa",
    "DN3 1 1AA",
    "SW1A 1AA",
    "M1 1AE",
    "B33 8TH",
    "S01 1AA",
    "DN31 IAA",
    "ZZ99 3VZ",
    "",
    "W1A 0AX",
    "EC1A 1BB",
    "CR2 6XH",
    "GIR 0AA",
    "DN31",
    "QX1 1AA",
];

const GP_PRACTICES: [&str; PEOPLE] = [
    "A81001", "b82005", "V81999", "", "Y00001", "W91 001", "A8100", "Y99999", "C83003", "D84004", "E85005", "F86006",
    "V81997", "G87007", "H88008", "J89009",
];

const IDENTIFIERS: [&str; PEOPLE] = [
    "AB-123/4", "ab1234", "00000", "", "rec 7", "5304218", "X9999", "É1", "A.1", "unknown", "12 34", "Z", "00-0-0",
    "q_1", "11111", "1111",
];

const ADDRESSES: [&str; PEOPLE] = [
    "8 Stanley St.",
    "8, STANLEY ST",
    "Flat 2/3",
    "",
    "No fixed abode",
    "Rose Cottage, Mill Lane",
    "St. John's Rd",
    "12a High-Street",
    "  Unit 5 ",
    "!!!",
    "Ysgol-y-Graig",
    "Café Row",
    "99",
    "\u{FF11}2 Elm",
    "The Old Barn",
    "unknown",
];

const DATES: [(ColumnFormat, &str); PEOPLE] = [
    (ColumnFormat::DateIso, "1950-04-03"),
    (ColumnFormat::DateDayMonthYear, "03/04/1950"),
    (ColumnFormat::DateCompact, "19500403"),
    (ColumnFormat::DateDayMonthYear, "3.4.1950"),
    (ColumnFormat::DateIso, "1900-01-01"),
    (ColumnFormat::DateDayMonthYear, "01/01/1985"),
    (ColumnFormat::DateIso, ""),
    (ColumnFormat::DateCompact, "20000229"),
    (ColumnFormat::DateIso, "2001-02-29"),
    (ColumnFormat::DateDayMonthYear, "31-12-1999"),
    (ColumnFormat::DateIso, "1894-12-31"),
    (ColumnFormat::DateIso, "1895-01-01"),
    (ColumnFormat::DateCompact, "20200615"),
    (ColumnFormat::DateIso, "2020-06-16"),
    (ColumnFormat::DateDayMonthYear, "12/11/1972"),
    (ColumnFormat::DateDayMonthYear, "11/12/1972"),
];
