//! Features of versions 1 and 2 as those of version 3.
//!
//! In: a feature as it stands in the file. Out: the same in version 3's words. What clkhash loses on the way, it loses here too.

use serde_json::{Map, Value, json};

use super::SchemaError;
use super::object::{Object, invalid};

/// What version 1 says once for all features.
pub(super) struct OfAll {
    pub(super) bits: usize,
    pub(super) hash: Value,
}

/// Version 1 to 2: `weight` times `k` is the number of bits, and a weight of zero is a feature that is ignored.
pub(super) fn from_v1(mut feature: Object, of_all: &OfAll) -> Result<Object, SchemaError> {
    if both_or_ignored(&feature)? {
        return Ok(feature);
    }
    let mut hashing = feature.object("hashing")?;
    // clkhash puts its own in their place without a word, so whoever wrote them would be misled.
    for key in ["hash", "strategy", "comparison"] {
        if hashing.has(key) {
            return Err(hashing.invalid(format!("version 1 knows no \"{key}\" here: take it out, or use version 3")));
        }
    }
    let place = hashing.place_of("weight");
    let weight = hashing.number_if_there("weight")?.map_or(Some(1.0), |weight| weight.as_f64());
    let weight = weight.filter(|weight| *weight >= 0.0).ok_or_else(|| invalid(&place, "is less than 0"))?;
    if weight == 0.0 {
        let identifier = feature.text("identifier")?;
        let ignored = json!({ "identifier": identifier, "ignored": true });
        return Object::new(place_of_feature(&place), ignored);
    }
    // Python's round: halves to the even number.
    let bits = (weight * of_all.bits as f64).round_ties_even();
    if bits < 1.0 {
        return Err(invalid(
            &place,
            "times k rounds to no bit at all, which clkhash refuses: use 0 to leave the feature out",
        ));
    }
    if bits > super::BITS_MAX as f64 {
        return Err(invalid(&place, format!("times k is more than {}", super::BITS_MAX)));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and within bounds")]
    hashing.put("strategy", json!({ "k": bits as u64 }));
    hashing.put("hash", of_all.hash.clone());
    feature.put("hashing", hashing.into_value());
    Ok(feature)
}

/// Version 2 to 3: other words for the same.
pub(super) fn from_v2(mut feature: Object) -> Result<Object, SchemaError> {
    if both_or_ignored(&feature)? {
        return Ok(feature);
    }
    let mut hashing = feature.object("hashing")?;
    if hashing.has("comparison") {
        return Err(hashing.invalid("\"comparison\" is of version 3: take it out, or use version 3"));
    }
    let mut comparison = Map::new();
    comparison.insert("type".to_owned(), json!("ngram"));
    for (key, of_v3) in [("ngram", "n"), ("positional", "positional")] {
        match hashing.take(key) {
            // Version 1 documents 0 as the whole value; clkhash refuses it when it upgrades the schema.
            Some(value) if key == "ngram" && value.as_u64() == Some(0) => {
                return Err(
                    hashing.invalid("\"ngram\" is 0, which clkhash refuses: use version 3 and comparison exact")
                );
            }
            Some(value) => _ = comparison.insert(of_v3.to_owned(), value),
            None if key == "ngram" => return Err(hashing.invalid("\"ngram\" is missing")),
            None => {}
        }
    }
    hashing.put("comparison", Value::Object(comparison));
    let mut strategy = hashing.object("strategy")?;
    if strategy.has("k") == strategy.has("numBits") {
        return Err(strategy.invalid("has either \"k\" or \"numBits\""));
    }
    for (key, of_v3) in [("k", "bitsPerToken"), ("numBits", "bitsPerFeature")] {
        if let Some(value) = strategy.take(key) {
            strategy.put(of_v3, value);
        }
    }
    hashing.put("strategy", strategy.into_value());
    feature.put("hashing", hashing.into_value());
    Ok(feature)
}

/// In versions 1 and 2 a feature either is ignored or says how it is hashed: both at once are refused, as clkhash does.
fn both_or_ignored(feature: &Object) -> Result<bool, SchemaError> {
    let ignored = feature.is_true("ignored");
    if ignored && (feature.has("format") || feature.has("hashing")) {
        return Err(feature.invalid(
            "is ignored, and clkhash then refuses \"format\" and \"hashing\" in this version: take them out",
        ));
    }
    Ok(ignored)
}

fn place_of_feature(place_of_weight: &str) -> String {
    place_of_weight.strip_suffix(".hashing.weight").unwrap_or(place_of_weight).to_owned()
}
