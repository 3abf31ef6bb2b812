//! Encodings against `vectors/encodings.csv`, which a Python script made from its own reading of the descriptions.

#![allow(clippy::unwrap_used, reason = "a test may stop where its own fixture is wrong")]

use std::collections::BTreeMap;

use counterfoil_model::{Digest, SchemaDigest};
use zeroize::Zeroizing;

use super::*;

const SCHEMA: &str = include_str!("../../vectors/schema.toml");
const PEOPLE: &str = include_str!("../../vectors/people.csv");
const ENCODINGS: &str = include_str!("../../vectors/encodings.csv");
const TODAY: Date = Date::constant(2026, 11, 21);

fn key(first: u8) -> PseudonymisationKey {
    let bytes = std::array::from_fn(|place| u8::try_from(place).unwrap().wrapping_add(first));
    PseudonymisationKey::from_unsealed_bytes(Zeroizing::new(bytes))
}

fn schema(changes: &[(&str, &str)]) -> LinkageSchema {
    let changed = changes.iter().fold(SCHEMA.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is in the schema");
        text.replace(from, to)
    });
    LinkageSchema::parse(&changed).unwrap()
}

/// The encoder of the vectors: their schema digest is fixed, so that they outlive changes of the schema's file format.
fn vector_encoder(schema: &LinkageSchema) -> Encoder {
    let digest = std::array::from_fn(|place| u8::try_from(place + 128).unwrap());
    let agreement = AgreementId::parse("vector-agreement").unwrap();
    let schema_digest = SchemaDigest(Digest::from_bytes(digest));
    Encoder::bound_to(&key(0), Binding { agreement: &agreement, key_epoch: 3, schema: schema_digest }, schema)
}

fn encodings(encoder: &Encoder, schema: &LinkageSchema) -> Vec<Encoding> {
    let columns = schema.columns().of("default").unwrap();
    let mut reader = csv::Reader::from_reader(PEOPLE.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let encode = |record: csv::StringRecord| {
        let raw = |spec: &Option<counterfoil_model::ColumnSpec>| {
            let spec = spec.as_ref().unwrap();
            let column = headers.iter().position(|header| header == spec.header).unwrap();
            RawIdentifier::new(record.get(column).unwrap(), spec.format)
        };
        let row: Vec<_> = columns.fields.iter().map(raw).collect();
        encoder.encode(&encoder.normalise(&row, TODAY, &mut Vec::new()))
    };
    reader.records().map(|record| encode(record.unwrap())).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn clk_hex(encoding: &Encoding) -> String {
    let words = encoding.clk.iter().flat_map(counterfoil_model::Clk::words);
    words.map(|word| hex(&word.to_be_bytes())).collect()
}

/// Expected values by person, kind and name.
fn expected() -> BTreeMap<(String, String, String), String> {
    let mut reader = csv::Reader::from_reader(ENCODINGS.as_bytes());
    let entry = |record: csv::StringRecord| {
        let [person, kind, name, hex] = [0, 1, 2, 3].map(|column| record.get(column).unwrap().to_owned());
        ((person, kind, name), hex)
    };
    reader.records().map(|record| entry(record.unwrap())).collect()
}

#[test]
fn tokens_clks_and_fingerprint_are_those_of_the_python_script() {
    let mut expected = expected();
    let schema = schema(&[]);
    let plain = self::schema(&[
        ("encoding = \"diffused-1\"", "encoding = \"plain-1\""),
        ("diffusion = 10\n", ""),
        ("salt = \"date_of_birth.year\"\n", ""),
    ]);
    let encoder = vector_encoder(&schema);
    let plain_encoder = vector_encoder(&plain);
    let mut check = |person: usize, kind: &str, name: &str, got: String| {
        let wanted = expected.remove(&(person.to_string(), kind.to_owned(), name.to_owned()));
        assert_eq!(Some(got), wanted, "person {person}, {kind} {name}");
    };
    for (place, encoding) in encodings(&encoder, &schema).iter().enumerate() {
        for (rule, token) in schema.match_keys().iter().zip(&encoding.tokens) {
            let got = token.as_ref().map(|token| hex(token.as_bytes())).unwrap_or_default();
            check(place + 1, "token", rule.name.as_str(), got);
        }
        for (rule, token) in schema.blocking_rules().iter().zip(&encoding.blocking) {
            let got = token.as_ref().map(|token| hex(token.as_bytes())).unwrap_or_default();
            check(place + 1, "blocking", rule.name.as_str(), got);
        }
        check(place + 1, "clk", "diffused", clk_hex(encoding));
    }
    for (place, encoding) in encodings(&plain_encoder, &plain).iter().enumerate() {
        check(place + 1, "clk", "plain", clk_hex(encoding));
    }
    check(0, "fingerprint", "fingerprint", encoder.fingerprint().to_string());
    assert!(expected.is_empty(), "every vector is used: {expected:?}");
}

#[test]
fn a_former_token_is_the_token_of_a_row_with_the_former_number() {
    let schema = schema(&[]);
    let encoder = vector_encoder(&schema);
    let mut problems = Vec::new();
    let mut encode = |number: &'static str, born: &'static str, former: &'static str| {
        let text = |text| RawIdentifier::new(text, ColumnFormat::Text);
        let born = RawIdentifier::new(born, ColumnFormat::DateIso);
        let row = [text(number).with_former(former), text("Smith"), text("Ann").with_former("9990000034"), born];
        encoder.encode(&encoder.normalise(&row, TODAY, &mut problems))
    };
    let has_number = schema.keys_with_numbers();
    let (now, then) =
        (encode("9434765919", "1950-04-03", "9990000018; 9990000026"), encode("9990000018", "1950-04-03", ""));
    let later = encode("9990000026", "1950-04-03", "");
    let mut expected: Vec<_> = has_number
        .iter()
        .flat_map(|key| [&then, &later].map(|row| (u16::try_from(*key).unwrap(), row.tokens[*key].unwrap())))
        .collect();
    expected.sort_unstable();
    let found: Vec<_> = now.former.iter().map(|former| (former.match_key, former.token)).collect();
    assert_eq!((found, then.former.len()), (expected, 0));
    // All else is as without former numbers.
    let without = encode("9434765919", "1950-04-03", "");
    assert_eq!(Encoding { former: Box::default(), ..now }, without);

    // No date, so no token of the key that has one as a part; no current number, so no former ones.
    let undated = encode("9434765919", "", "9990000018");
    let keys: Vec<_> = undated.former.iter().map(|former| usize::from(former.match_key)).collect();
    let whole: Vec<_> = has_number.iter().copied().filter(|key| undated.tokens[*key].is_some()).collect();
    assert_eq!(keys, whole);
    assert!(encode("9434765918", "1950-04-03", "9990000018").former.is_empty());
    assert!(encode("9434765919", "1950-04-03", "9990000019").former.is_empty());
    let problem = |column, reason| FieldProblem { field: 0, column, reason };
    let expected = [
        problem(FieldColumn::Current, Reason::NhsNumberCheckDigit),
        problem(FieldColumn::Former, Reason::FormerWithoutCurrent),
        problem(FieldColumn::Former, Reason::NhsNumberCheckDigit),
    ];
    assert_eq!(problems, expected);
}

#[test]
fn a_row_without_the_salt_part_or_without_features_has_no_clk() {
    let schema = schema(&[]);
    let encoder = vector_encoder(&schema);
    let present = |encoding: Encoding| encoding.clk.is_some();
    let all: Vec<bool> = encodings(&encoder, &schema).into_iter().map(present).collect();
    // Person 3 has no date of birth, so no salt.
    assert_eq!(all, [true, true, false, true, true, true]);
    let only_sex = [RawIdentifier::new("", ColumnFormat::Text); 4];
    let row = [&only_sex[..], &[RawIdentifier::new("M", ColumnFormat::Text)]].concat();
    let encoding = encoder.encode(&encoder.normalise(&row, TODAY, &mut Vec::new()));
    assert_eq!(encoding.clk, None);
    assert!(encoding.tokens.iter().all(Option::is_none));
}

#[test]
fn another_key_agreement_epoch_or_schema_shares_no_token_and_no_fingerprint() {
    let schema = schema(&[]);
    let agreement = |name: &str| AgreementId::parse(name).unwrap();
    let changed = self::schema(&[("runner_up_margin_bits = 2", "runner_up_margin_bits = 3")]);
    let reference = Encoder::new(&key(0), &agreement("a"), 1, &schema);
    for (other, schema) in [
        (Encoder::new(&key(1), &agreement("a"), 1, &schema), &schema),
        (Encoder::new(&key(0), &agreement("b"), 1, &schema), &schema),
        (Encoder::new(&key(0), &agreement("a"), 2, &schema), &schema),
        (Encoder::new(&key(0), &agreement("a"), 1, &changed), &changed),
    ] {
        assert_ne!(reference.fingerprint(), other.fingerprint());
        for (a, b) in encodings(&reference, schema).iter().zip(&encodings(&other, schema)) {
            assert!(a.tokens.iter().zip(&b.tokens).all(|(a, b)| a.is_none() || a != b));
            assert!(a.blocking.iter().zip(&b.blocking).all(|(a, b)| a.is_none() || a != b));
            assert!(a.clk.is_none() || a.clk != b.clk);
        }
    }
    assert_eq!(reference.fingerprint(), Encoder::new(&key(0), &agreement("a"), 1, &schema).fingerprint());
}

#[test]
fn column_names_do_not_shape_an_encoding() {
    let renamed = schema(&[("gp_practice = \"gp\"", "gp_practice = \"practice\"")]);
    let agreement = AgreementId::parse("a").unwrap();
    let encoder = |schema: &LinkageSchema| Encoder::new(&key(0), &agreement, 1, schema).fingerprint();
    assert_eq!(encoder(&schema(&[])), encoder(&renamed));
}

#[test]
fn similar_people_are_nearer_than_strangers_after_diffusion() {
    let schema = schema(&[]);
    let encoder = vector_encoder(&schema);
    let clk = |family: &str, given: &str, born: &str, postcode: &str| {
        let text = |text| RawIdentifier::new(text, ColumnFormat::Text);
        let born = RawIdentifier::new(born, ColumnFormat::DateIso);
        let row = [text(""), text(family), text(given), born, text(""), text(postcode)];
        encoder.encode(&encoder.normalise(&row, TODAY, &mut Vec::new())).clk.unwrap()
    };
    let distance = |a: &counterfoil_model::Clk, b: &counterfoil_model::Clk| {
        a.words().iter().zip(b.words()).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>()
    };
    let person = clk("Catterall", "Margaret", "1950-04-03", "DN31 1AA");
    let typo = clk("Caterall", "Margaret", "1950-04-03", "DN31 1AA");
    let stranger = clk("Okonkwo", "David", "1950-11-28", "SW1A 2AA");
    // Unrelated diffused filters differ in half of 1,024 bits, give or take 16 (one standard deviation).
    assert!((432..592).contains(&distance(&person, &stranger)), "{}", distance(&person, &stranger));
    assert!(distance(&person, &typo) < 400, "{}", distance(&person, &typo));
    assert_eq!(distance(&person, &clk("CATTERALL", "margaret ", "1950-04-03", "DN311AA")), 0);
}
