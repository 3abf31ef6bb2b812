//! The whole file: version, CLK, key derivation, and the features one by one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::feature::read_feature;
use super::object::{Object, Rest, invalid};
use super::upgrade::{self, OfAll};
use super::{
    BITS_MAX, ClkhashSchema, Feature, Kdf, KdfHash, KeyDerivation, SCHEMA_BYTES_MAX, SchemaError, SchemaWarning,
    TokenHash,
};
use crate::hash::KEY_BYTES_MAX;

/// Features, at most: with SHA512 and keys of one byte HKDF would give 8,160 pairs, and no file has so many columns.
const FEATURES_MAX: usize = 1_000;
/// Folds, at most: so many would leave one bit of [`BITS_MAX`].
const FOLDS_MAX: usize = 16;
/// Of a key, where the schema does not say: the block of SHA-1 and MD5.
const KEY_BYTES_DEFAULT: usize = 64;
/// Expanded bytes per byte of the hash, at most (RFC 5869 section 2.3).
const EXPAND_MAX: usize = 255;

pub(super) fn parse(json: &str) -> Result<ClkhashSchema, SchemaError> {
    if json.len() > SCHEMA_BYTES_MAX {
        return Err(SchemaError::TooLong);
    }
    let not_json = |error: serde_json::Error| SchemaError::NotJson { line: error.line(), column: error.column() };
    let mut top = Object::new(String::new(), serde_json::from_str(json).map_err(not_json)?)?;
    let mut warnings = Vec::new();
    let version = match top.take("version").as_ref().and_then(Value::as_u64) {
        Some(version @ 1..=3) => u8::try_from(version).expect("1 to 3"),
        _ => return Err(invalid("version", "is missing, or is not the number 1, 2 or 3")),
    };
    let mut clk = top.object("clkConfig")?;
    let bits = clk.whole("l", 1, BITS_MAX)?;
    let of_all = if version == 1 { Some(of_all(&mut clk)?) } else { None };
    let folds = folds(&mut clk, &mut warnings)?;
    let folded_from = bits.saturating_mul(1 << folds);
    if folded_from > BITS_MAX {
        return Err(clk.invalid(format!(
            "l times 2 to the power of xor_folds is {folded_from}, and at most {BITS_MAX} are possible"
        )));
    }
    let features = features(&mut top, version, of_all.as_ref(), &mut warnings)?;
    let mut kdf = clk.object("kdf")?;
    let derivation = key_derivation(&mut kdf, &features, &mut warnings)?;
    kdf.end(Rest::Overlooked, &mut warnings)?;
    clk.end(Rest::Overlooked, &mut warnings)?;
    top.end(Rest::Overlooked, &mut warnings)?;
    check_length(folded_from, &features)?;
    warnings.sort();
    Ok(ClkhashSchema { bits: folded_from, folds, kdf: derivation, features, version, warnings })
}

/// What version 1 says of all features.
fn of_all(clk: &mut Object) -> Result<OfAll, SchemaError> {
    let bits = clk.whole("k", 1, BITS_MAX)?;
    match clk.take("hash") {
        Some(hash @ Value::Object(_)) => Ok(OfAll { bits, hash }),
        _ => Err(clk.invalid("\"hash\" is missing: write { \"type\": \"blakeHash\" } or { \"type\": \"doubleHash\" }")),
    }
}

/// The schema of schemas documents `xorFolds`; the code reads `xor_folds`. Both are mirrored.
fn folds(clk: &mut Object, warnings: &mut Vec<SchemaWarning>) -> Result<u32, SchemaError> {
    if clk.whole_if_there("xorFolds", 0, usize::MAX)?.is_some_and(|folds| folds > 0) {
        warnings.push(SchemaWarning::XorFoldsWithoutEffect);
    }
    let folds = clk.whole_if_there("xor_folds", 0, FOLDS_MAX)?.unwrap_or(0);
    Ok(u32::try_from(folds).expect("at most 16"))
}

fn features(
    top: &mut Object,
    version: u8,
    of_all: Option<&OfAll>,
    warnings: &mut Vec<SchemaWarning>,
) -> Result<Vec<Feature>, SchemaError> {
    let list = top.list("features")?;
    if list.is_empty() {
        return Err(invalid("features", "is empty: there is nothing to encode"));
    }
    if list.len() > FEATURES_MAX {
        return Err(invalid("features", format!("has {}, and at most {FEATURES_MAX} are possible", list.len())));
    }
    let read = |(index, value)| {
        let mut feature = Object::new(format!("features[{index}]"), value)?;
        if let Some(of_all) = of_all {
            feature = upgrade::from_v1(feature, of_all)?;
        }
        if version < 3 {
            feature = upgrade::from_v2(feature)?;
        }
        read_feature(feature, warnings)
    };
    list.into_iter().enumerate().map(read).collect()
}

fn key_derivation(
    kdf: &mut Object,
    features: &[Feature],
    warnings: &mut Vec<SchemaWarning>,
) -> Result<KeyDerivation, SchemaError> {
    match kdf.text("type")?.as_str() {
        "HKDF" => {}
        "legacy" => {
            warnings.push(SchemaWarning::LegacyKeys);
            return Ok(KeyDerivation(Kdf::Legacy));
        }
        _ => return Err(kdf.invalid("\"type\" is neither \"HKDF\" nor \"legacy\"")),
    }
    let hash = match kdf.text_if_there("hash")?.as_deref() {
        None | Some("SHA256") => KdfHash::Sha256,
        Some("SHA512") => KdfHash::Sha512,
        Some(_) => return Err(kdf.invalid("\"hash\" is neither \"SHA256\" nor \"SHA512\"")),
    };
    let (salt, info) = (bytes(kdf, "salt")?, bytes(kdf, "info")?);
    let key_size = kdf.whole_if_there("keySize", 1, BITS_MAX)?.unwrap_or(KEY_BYTES_DEFAULT);
    let blake = |feature: &Feature| feature.used.as_ref().is_some_and(|used| used.hash == TokenHash::Blake);
    if key_size > KEY_BYTES_MAX && features.iter().any(blake) {
        return Err(kdf.invalid(format!("\"keySize\" is {key_size}, and blakeHash takes at most {KEY_BYTES_MAX}")));
    }
    let (needed, most) = (2 * features.len() * key_size, EXPAND_MAX * hash.bytes());
    if needed > most {
        return Err(kdf.invalid(format!(
            "two keys of {key_size} bytes for each of {} features are {needed} bytes, and HKDF gives at most {most}: \
             use hash SHA512 or a smaller keySize",
            features.len()
        )));
    }
    Ok(KeyDerivation(Kdf::Hkdf { hash, salt, info, key_size }))
}

/// Base64 as its standard has it. Python skips what is not of its alphabet, so that a slip of the pen changes the keys.
fn bytes(kdf: &mut Object, key: &str) -> Result<Vec<u8>, SchemaError> {
    let Some(text) = kdf.text_if_there(key)? else { return Ok(Vec::new()) };
    STANDARD.decode(&text).map_err(|_| invalid(&kdf.place_of(key), "is not standard base64 with its padding"))
}

fn check_length(bits: usize, features: &[Feature]) -> Result<(), SchemaError> {
    for (index, feature) in features.iter().enumerate() {
        let Some(used) = &feature.used else { continue };
        let place = format!("features[{index}].hashing.hash");
        match used.hash {
            TokenHash::Blake if !bits.is_power_of_two() => {
                let problem =
                    format!("blakeHash needs a length that is a power of two, and l before folding is {bits}");
                return Err(invalid(&place, problem));
            }
            TokenHash::Double { prevent_singularity: true } if bits == 1 => {
                return Err(invalid(&place, "prevent_singularity never ends with a filter of one bit"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What clkhash takes for a feature without `hash`.
pub(super) fn default_hash() -> Value {
    json!({ "type": "blakeHash" })
}
