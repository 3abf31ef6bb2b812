//! What a schema may say and what not: each refusal as clkhash 0.18.3 has it, unless the comment says that we are stricter.

use serde_json::{Value, json};

use super::*;

fn schema() -> Value {
    json!({
        "version": 3,
        "clkConfig": { "l": 64, "kdf": { "type": "HKDF" } },
        "features": [{
            "identifier": "a",
            "format": { "type": "string" },
            "hashing": { "comparison": { "type": "ngram", "n": 2 }, "strategy": { "bitsPerToken": 3 } }
        }]
    })
}

fn v1() -> Value {
    json!({
        "version": 1,
        "clkConfig": { "l": 64, "k": 20, "kdf": { "type": "HKDF" }, "hash": { "type": "doubleHash" } },
        "features": [{ "identifier": "a", "format": { "type": "string" }, "hashing": { "ngram": 2 } }]
    })
}

fn v2() -> Value {
    json!({
        "version": 2,
        "clkConfig": { "l": 64, "kdf": { "type": "HKDF" } },
        "features": [{ "identifier": "a", "format": { "type": "string" }, "hashing": { "ngram": 2, "strategy": { "k": 3 } } }]
    })
}

/// The schema with one place changed; null takes the key away.
fn with(mut schema: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = schema.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(map), Value::Null) => _ = map.remove(key),
        (Value::Object(map), value) => _ = map.insert(key.to_owned(), value),
        (parent, value) => parent[key.parse::<usize>().unwrap()] = value,
    }
    schema
}

fn parse(schema: &Value) -> Result<ClkhashSchema, SchemaError> {
    ClkhashSchema::parse(&schema.to_string())
}

#[track_caller]
fn refused(schema: &Value, place: &str) {
    match parse(schema).err() {
        Some(SchemaError::Invalid { place: found, .. }) => assert_eq!(found, place, "{schema}"),
        other => panic!("{other:?}: {schema}"),
    }
}

const FORMAT: &str = "/features/0/format";
const HASHING: &str = "/features/0/hashing";

#[test]
fn the_whole_and_the_clk() {
    for (pointer, value, place) in [
        ("/version", json!(null), "version"),
        ("/version", json!(4), "version"),
        ("/version", json!("3"), "version"),
        ("/version", json!(true), "version"),
        ("/clkConfig", json!(null), "top level"),
        ("/clkConfig", json!([]), "clkConfig"),
        ("/clkConfig/l", json!(null), "clkConfig"),
        ("/clkConfig/l", json!(0), "clkConfig.l"),
        ("/clkConfig/l", json!(64.0), "clkConfig.l"),
        ("/clkConfig/l", json!(true), "clkConfig.l"),
        // Stricter: an index has 16 bits.
        ("/clkConfig/l", json!(131_072), "clkConfig.l"),
        ("/clkConfig/l", json!(60), "features[0].hashing.hash"),
        ("/clkConfig/xor_folds", json!(-1), "clkConfig.xor_folds"),
        ("/clkConfig/xor_folds", json!("1"), "clkConfig.xor_folds"),
        ("/clkConfig/xor_folds", json!(11), "clkConfig"),
        ("/clkConfig/xorFolds", json!(-1), "clkConfig.xorFolds"),
        ("/features", json!(null), "top level"),
        ("/features", json!([]), "features"),
        ("/features", json!({}), "features"),
        ("/features/0", json!("a"), "features[0]"),
    ] {
        refused(&with(schema(), pointer, value), place);
    }
    for (text, line) in [("", 1), ("{", 1), ("{\n\"version\": NaN}", 2), ("\u{feff}{}", 1)] {
        assert!(matches!(ClkhashSchema::parse(text), Err(SchemaError::NotJson { line: found, .. }) if found == line));
    }
    assert_eq!(ClkhashSchema::parse(&" ".repeat(SCHEMA_BYTES_MAX + 1)).err(), Some(SchemaError::TooLong));
}

#[test]
fn key_derivation() {
    for (value, place) in [
        (json!({}), "clkConfig.kdf"),
        (json!({ "type": "PBKDF" }), "clkConfig.kdf"),
        (json!({ "type": "HKDF", "hash": "SHA1" }), "clkConfig.kdf"),
        (json!({ "type": "HKDF", "salt": "a" }), "clkConfig.kdf.salt"),
        // Stricter: Python skips what is not base64.
        (json!({ "type": "HKDF", "salt": "YW!Jj" }), "clkConfig.kdf.salt"),
        (json!({ "type": "HKDF", "info": "YW Jj\n" }), "clkConfig.kdf.info"),
        (json!({ "type": "HKDF", "info": "YWI=YWJj" }), "clkConfig.kdf.info"),
        (json!({ "type": "HKDF", "salt": 1 }), "clkConfig.kdf.salt"),
        (json!({ "type": "HKDF", "keySize": 0 }), "clkConfig.kdf.keySize"),
        (json!({ "type": "HKDF", "keySize": 65 }), "clkConfig.kdf"),
    ] {
        refused(&with(schema(), "/clkConfig/kdf", value), place);
    }
    // HKDF-SHA256 gives 8,160 bytes: 63 features of two keys of 64 bytes.
    let feature = schema()["features"][0].clone();
    let many = |count| with(schema(), "/features", Value::Array(vec![feature.clone(); count]));
    assert!(parse(&many(63)).is_ok());
    refused(&many(64), "clkConfig.kdf");
    assert!(parse(&with(many(64), "/clkConfig/kdf/hash", json!("SHA512"))).is_ok());
    let double = with(schema(), "/features/0/hashing/hash", json!({ "type": "doubleHash" }));
    assert!(parse(&with(double, "/clkConfig/kdf/keySize", json!(65))).is_ok());
}

#[test]
fn formats() {
    for (value, place) in [
        (json!({}), "features[0].format"),
        (json!({ "type": "text" }), "features[0].format"),
        (json!({ "type": "string", "encoding": "latin-1" }), "features[0].format"),
        (json!({ "type": "string", "case": "title" }), "features[0].format"),
        (json!({ "type": "string", "minLength": -1 }), "features[0].format.minLength"),
        (json!({ "type": "string", "maxLength": 0 }), "features[0].format.maxLength"),
        (json!({ "type": "string", "pattern": "(" }), "features[0].format.pattern"),
        (json!({ "type": "string", "pattern": "a", "case": "lower" }), "features[0].format"),
        (json!({ "type": "string", "values": [] }), "features[0].format"),
        (json!({ "type": "string", "description": 1 }), "features[0].format.description"),
        (json!({ "type": "integer", "encoding": "ascii" }), "features[0].format"),
        (json!({ "type": "integer", "minimum": 0.5 }), "features[0].format.minimum"),
        (json!({ "type": "date" }), "features[0].format"),
        // Stricter: of a locale, which another machine may have otherwise.
        (json!({ "type": "date", "format": "%x" }), "features[0].format.format"),
        (json!({ "type": "enum" }), "features[0].format"),
        (json!({ "type": "enum", "values": [1] }), "features[0].format.values"),
    ] {
        refused(&with(schema(), FORMAT, value), place);
    }
    refused(&with(schema(), FORMAT, json!(null)), "features[0]");
}

#[test]
fn hashing() {
    let at = |path: &str| format!("{HASHING}/{path}");
    for (path, value, place) in [
        ("comparison", json!(null), "features[0].hashing"),
        ("comparison", json!({ "type": "soundex" }), "features[0].hashing.comparison"),
        ("comparison", json!({ "type": "ngram" }), "features[0].hashing.comparison"),
        ("comparison", json!({ "type": "ngram", "n": 0 }), "features[0].hashing.comparison.n"),
        ("comparison", json!({ "type": "ngram", "n": 2.0 }), "features[0].hashing.comparison.n"),
        (
            "comparison",
            json!({ "type": "ngram", "n": 2, "positional": 1 }),
            "features[0].hashing.comparison.positional",
        ),
        ("comparison", json!({ "type": "numeric", "resolution": 1 }), "features[0].hashing.comparison"),
        ("comparison", json!({ "type": "numeric", "thresholdDistance": 1 }), "features[0].hashing.comparison"),
        (
            "comparison",
            json!({ "type": "numeric", "thresholdDistance": 0.4, "resolution": 1 }),
            "features[0].hashing.comparison",
        ),
        ("strategy", json!(null), "features[0].hashing"),
        ("strategy", json!({}), "features[0].hashing.strategy"),
        ("strategy", json!({ "bitsPerToken": 0 }), "features[0].hashing.strategy.bitsPerToken"),
        ("strategy", json!({ "bitsPerToken": 3.5 }), "features[0].hashing.strategy.bitsPerToken"),
        ("strategy", json!({ "bitsPerToken": 3, "bitsPerFeature": 4 }), "features[0].hashing.strategy"),
        ("strategy", json!({ "bitsPerToken": 3, "k": 4 }), "features[0].hashing.strategy"),
        ("hash", json!({ "type": "sha" }), "features[0].hashing.hash"),
        ("hash", json!({ "type": "blakeHash", "prevent_singularity": false }), "features[0].hashing.hash"),
        ("missingValue", json!({}), "features[0].hashing.missingValue"),
        (
            "missingValue",
            json!({ "sentinel": "a", "replaceWith": null }),
            "features[0].hashing.missingValue.replaceWith",
        ),
        ("ngram", json!(2), "features[0].hashing"),
        ("weight", json!(1), "features[0].hashing"),
    ] {
        refused(&with(schema(), &at(path), value), place);
    }
    refused(&with(schema(), HASHING, json!(null)), "features[0]");
    refused(&with(schema(), "/features/0/identifier", json!(null)), "features[0]");
    let ascii = with(schema(), &format!("{FORMAT}/encoding"), json!("ascii"));
    refused(&with(ascii, &at("missingValue"), json!({ "sentinel": "é" })), "features[0].hashing.missingValue");
    let double = json!({ "type": "doubleHash", "prevent_singularity": true });
    refused(&with(with(schema(), "/clkConfig/l", json!(1)), &at("hash"), double), "features[0].hashing.hash");
}

#[test]
fn versions_one_and_two() {
    assert!(parse(&v1()).is_ok() && parse(&v2()).is_ok());
    let at = |path: &str| format!("{HASHING}/{path}");
    for (path, value, place) in [
        ("ngram", json!(0), "features[0].hashing"),
        ("ngram", json!(null), "features[0].hashing"),
        ("weight", json!(-1), "features[0].hashing.weight"),
        ("weight", json!(0.02), "features[0].hashing.weight"),
        ("weight", json!("1"), "features[0].hashing.weight"),
        ("foo", json!(1), "features[0].hashing"),
        // Stricter: clkhash puts its own in their place.
        ("strategy", json!({ "k": 3 }), "features[0].hashing"),
        ("hash", json!({ "type": "blakeHash" }), "features[0].hashing"),
    ] {
        refused(&with(v1(), &at(path), value), place);
    }
    refused(&with(v1(), "/clkConfig/k", json!(null)), "clkConfig");
    refused(&with(v1(), "/clkConfig/hash", json!(null)), "clkConfig");
    for (path, value, place) in [
        ("ngram", json!(0), "features[0].hashing"),
        ("strategy", json!({}), "features[0].hashing.strategy"),
        ("strategy", json!({ "k": 3, "numBits": 5 }), "features[0].hashing.strategy"),
        ("strategy", json!({ "k": 3.7 }), "features[0].hashing.strategy.bitsPerToken"),
        ("strategy", json!({ "k": 0 }), "features[0].hashing.strategy.bitsPerToken"),
        ("strategy", json!({ "k": 3, "x": 1 }), "features[0].hashing.strategy"),
        ("comparison", json!({ "type": "exact" }), "features[0].hashing"),
        ("weight", json!(1), "features[0].hashing"),
    ] {
        refused(&with(v2(), &at(path), value), place);
    }
    for of_version in [v1(), v2()] {
        refused(&with(of_version, "/features/0/ignored", json!(true)), "features[0]");
    }
    // By Python: round(0.125 * 20) is 2, round(0.175 * 20) is 4 (3.5 to even), round(0.15 * 30) is 4.
    for (weight, k, bits) in [(0.125, 20, 2), (0.175, 20, 4), (0.15, 30, 4), (1.5, 21, 32)] {
        let weighted = with(with(v1(), &at("weight"), json!(weight)), "/clkConfig/k", json!(k));
        assert_eq!(parse(&weighted).unwrap().features[0].used.as_ref().unwrap().strategy, Strategy::PerToken(bits));
    }
    assert!(parse(&with(v1(), &at("weight"), json!(0))).unwrap().features[0].used.is_none());
}

#[test]
fn features_that_are_ignored() {
    let ignored = json!({ "identifier": "b", "ignored": true });
    assert!(parse(&with(schema(), "/features/0", ignored.clone())).unwrap().features[0].used.is_none());
    assert!(parse(&with(schema(), "/features/0/ignored", json!(true))).unwrap().features[0].used.is_none());
    assert!(parse(&with(schema(), "/features/0/ignored", json!(false))).unwrap().features[0].used.is_some());
    for (key, value) in [("x", json!(1)), ("ignored", json!(false)), ("ignored", json!("yes"))] {
        let mut feature = ignored.clone();
        feature[key] = value;
        assert!(parse(&with(schema(), "/features/0", feature)).is_err());
    }
}

#[test]
fn what_clkhash_overlooks_is_warned_of() {
    let warned = |schema: &Value| parse(schema).unwrap().warnings().to_vec();
    assert_eq!(warned(&schema()), []);
    let folded = parse(&with(schema(), "/clkConfig/xorFolds", json!(1))).unwrap();
    assert_eq!((folded.warnings(), folded.folds), ([SchemaWarning::XorFoldsWithoutEffect].as_slice(), 0));
    let folded = parse(&with(schema(), "/clkConfig/xor_folds", json!(1))).unwrap();
    assert_eq!((folded.warnings().len(), folded.folds, folded.bits, folded.clk_bytes()), (0, 1, 128, 8));
    assert_eq!(warned(&with(schema(), "/clkConfig/kdf", json!({ "type": "legacy" }))), [SchemaWarning::LegacyKeys]);
    let numeric = json!({ "type": "numeric", "thresholdDistance": 4, "resolution": 1, "fractionalPrecision": 2 });
    let warning = &warned(&with(schema(), "/features/0/hashing/comparison", numeric))[0];
    let (place, key) = ("features[0].hashing.comparison".to_owned(), "fractionalPrecision".to_owned());
    assert_eq!(*warning, SchemaWarning::UnusedKey { place, key });
    assert!(warning.to_string().contains("fractionalPrecision"));
}
