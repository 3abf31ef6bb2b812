//! Records that are wrong, and what is told about them.

use zeroize::Zeroizing;

use super::*;

const SCHEMA: &str = r#"{"version": 3, "clkConfig": {"l": 64, "kdf": {"type": "HKDF"}}, "features": [
    {"identifier": "id", "ignored": true},
    {"identifier": "name", "format": {"type": "string", "encoding": "ascii", "minLength": 2, "case": "upper"},
     "hashing": {"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerFeature": 20},
                 "missingValue": {"sentinel": "?", "replaceWith": "n/a"}}},
    {"identifier": "born", "format": {"type": "date", "format": "%Y-%m-%d"},
     "hashing": {"comparison": {"type": "ngram", "n": 1}, "strategy": {"bitsPerToken": 2}}},
    {"identifier": "weight", "format": {"type": "string"},
     "hashing": {"comparison": {"type": "numeric", "thresholdDistance": 2, "resolution": 1}, "strategy": {"bitsPerToken": 2},
                 "missingValue": {"sentinel": "none"}}}]}"#;

fn with_encoder<T>(schema: &str, secret: &str, run: impl FnOnce(&Encoder<'_>) -> T) -> T {
    let schema = ClkhashSchema::parse(schema).unwrap();
    let secret = Secret::new(Zeroizing::new(secret.as_bytes().to_vec())).unwrap();
    run(&Encoder::new(&schema, secret).unwrap())
}

const NO_DATE: &str =
    "born: is no date of the feature's format; numbers in it that touch each other need all their digits";

#[test]
fn every_field_that_is_wrong_is_named_and_nothing_is_written() {
    with_encoder(SCHEMA, "s", |encoder| {
        let mut worker = encoder.worker();
        let wrong: [(&[&str], &[&str]); 7] = [
            (&["1", "A", "2000-1-1", "3"], &["name: is shorter than minLength 2"]),
            (
                &["1", "ÄB", "2000-13-01", "x"],
                &[
                    "name: has a character that ASCII, the feature's encoding, does not have",
                    NO_DATE,
                    "weight: is no number",
                ],
            ),
            (&["1", "ab", "", "3"], &["name: is not in upper case", NO_DATE]),
            // clkhash checks no sentinel, and then cannot make a number of it.
            (&["1", "?", "2000-1-1", "none"], &["weight: is no number"]),
            (
                &["1", "AB", "2000-1-1"],
                &["the row has 3 fields where the schema has 4 features: is a quote missing around a comma?"],
            ),
            (&[], &["the row has 0 fields where the schema has 4 features: is a quote missing around a comma?"]),
            (&["1", "AB", "2000-1-1", "1e300"], &["weight: is a number too large to be encoded"]),
        ];
        // Twice: a wrong value must not be remembered as a right one.
        for (fields, expected) in wrong.iter().chain(&wrong) {
            let mut out = vec![7];
            let problems = worker.encode(fields, &mut out).unwrap_err();
            let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
            assert_eq!(said, *expected);
            assert_eq!(out, [7]);
            assert!(encoder.encode(fields).is_err());
        }
        assert!(worker.encode(&["1", "?", "2000-1-1", ""], &mut Vec::new()).is_ok());
    });
}

/// Of a filter that is one word, of one that is blocks of words, and of one so long that no bits are kept by token.
#[test]
fn a_worker_that_remembers_gives_what_one_without_memory_gives() {
    for bits in [64, 1_024, 8_192] {
        let schema = SCHEMA.replace("\"l\": 64", &format!("\"l\": {bits}"));
        with_encoder(&schema, "s", |encoder| {
            let mut worker = encoder.worker();
            for number in 0_u32..30_000 {
                let mut out = Vec::new();
                worker.encode(&row(number).each_ref().map(String::as_str), &mut out).unwrap();
                if number % 100 == 0 {
                    assert_eq!(out, encoder.encode(&row(number).each_ref().map(String::as_str)).unwrap(), "{number}");
                }
            }
        });
    }
}

#[test]
fn a_short_filter_is_a_long_one_by_its_rest() {
    // The length of a blakeHash filter is a power of two, and an index is 16 bits of a digest modulo that length.
    let clks = |bits: usize| {
        with_encoder(&SCHEMA.replace("\"l\": 64", &format!("\"l\": {bits}")), "s", |encoder| {
            let mut worker = encoder.worker();
            let one = |number| {
                let mut clk = Vec::new();
                worker.encode(&row(number).each_ref().map(String::as_str), &mut clk).unwrap();
                clk.chunks(8).fold([0; 8], |word, chunk| std::array::from_fn(|byte| word[byte] | chunk[byte]))
            };
            (0..5_000).map(one).collect::<Vec<[u8; 8]>>()
        })
    };
    let long = clks(8_192);
    assert_eq!(clks(64), long);
    assert_eq!(clks(1_024), long);
}

fn row(number: u32) -> [String; 4] {
    let name = format!("N{}", number.wrapping_mul(2_654_435_761) % 20_011);
    let born = format!("{}-{}-{}", 1900 + number % 150, 1 + number % 12, 1 + number % 28);
    [name.clone(), name, born, (number % 1_000).to_string()]
}

#[test]
fn folding_is_the_same_by_words_and_by_bits() {
    let words: Vec<u64> = (1..=4_u64).map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    let bit = |bits: &[u64], index: usize| bits[index / 64] >> (63 - index % 64) & 1;
    for half in [128, 64, 32, 16, 5, 1] {
        let mut before = words.clone();
        // What is behind the length is zeros.
        (2 * half..256).for_each(|index| before[index / 64] &= !(1 << (63 - index % 64)));
        let mut after = before.clone();
        fold(&mut after, half);
        for index in 0..256 {
            let expected = if index < half { bit(&before, index) ^ bit(&before, index + half) } else { 0 };
            assert_eq!(bit(&after, index), expected, "{half} {index}");
        }
    }
}

#[test]
fn a_long_secret_cannot_be_a_blake_key() {
    let schema = SCHEMA.replace("HKDF", "legacy");
    let schema = ClkhashSchema::parse(&schema).unwrap();
    let secret = |length| Secret::new(Zeroizing::new(vec![b'x'; length])).unwrap();
    assert!(Encoder::new(&schema, secret(64)).is_ok());
    assert_eq!(Encoder::new(&schema, secret(65)).err(), Some(SecretError::TooLongForLegacy));
}

#[test]
fn bits_that_cannot_be_shared_evenly_go_to_the_first_tokens() {
    let of =
        |bits, tokens| (0..tokens).map(|token| Strategy::PerFeature(bits).bits_of(token, tokens)).collect::<Vec<_>>();
    assert_eq!(of(10, 4), [3, 3, 2, 2]);
    assert_eq!(of(2, 4), [1, 1, 0, 0]);
    assert_eq!(of(8, 4), [2; 4]);
}
