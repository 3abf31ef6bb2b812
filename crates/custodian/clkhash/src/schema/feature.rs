//! One feature of version 3.

use super::object::{Object, Rest, invalid};
use super::read::default_hash;
use super::{
    BITS_MAX, Comparison, Feature, Missing, SchemaError, SchemaWarning, Strategy, TextEncoding, TokenHash, Used,
};
use crate::date::DateFormat;
use crate::format::{Case, Format};
use crate::number::Neighbourhood;
use crate::pattern::Pattern;

/// Characters of a gram, at most: longer ones are the whole value with spaces around it.
const NGRAM_MAX: usize = 1_000;
/// Tokens on one side of a number, at most.
const RESOLUTION_MAX: usize = 10_000;
/// Digits after the point, at most: more are not in a 64-bit floating-point number.
const PRECISION_MAX: usize = 30;

pub(super) fn read_feature(mut feature: Object, warnings: &mut Vec<SchemaWarning>) -> Result<Feature, SchemaError> {
    let identifier = feature.text("identifier")?;
    feature.text_if_there("description")?;
    let whole = feature.has("format") || feature.has("hashing");
    let used = match feature.flag_if_there("ignored")? {
        Some(true) if whole => {
            // Version 3 lets a feature be ignored by one more line. What the others say is not read, so none is refused.
            feature.take("format");
            feature.take("hashing");
            feature.end(Rest::Overlooked, warnings)?;
            None
        }
        Some(true) => {
            feature.end(Rest::Refused, warnings)?;
            None
        }
        _ => {
            let used = read_used(&mut feature, warnings)?;
            feature.end(Rest::Overlooked, warnings)?;
            Some(used)
        }
    };
    Ok(Feature { identifier, used })
}

fn read_used(feature: &mut Object, warnings: &mut Vec<SchemaWarning>) -> Result<Used, SchemaError> {
    let (format, encoding) = read_format(feature.object("format")?, warnings)?;
    let mut hashing = feature.object("hashing")?;
    let comparison = read_comparison(hashing.object("comparison")?, warnings)?;
    let strategy = read_strategy(hashing.object("strategy")?, warnings)?;
    if !hashing.has("hash") {
        hashing.put("hash", default_hash());
    }
    let hash = read_hash(hashing.object("hash")?, warnings)?;
    let missing = match hashing.object_if_there("missingValue")? {
        Some(missing) => Some(read_missing(missing, encoding, warnings)?),
        None => None,
    };
    hashing.end(Rest::Refused, warnings)?;
    Ok(Used { format, missing, encoding, comparison, strategy, hash })
}

fn read_format(mut format: Object, warnings: &mut Vec<SchemaWarning>) -> Result<(Format, TextEncoding), SchemaError> {
    format.text_if_there("description")?;
    let mut encoding = TextEncoding::Utf8;
    let read = match format.text("type")?.as_str() {
        "string" => {
            encoding = match format.text_if_there("encoding")?.as_deref() {
                None | Some("utf-8") => TextEncoding::Utf8,
                Some("ascii") => TextEncoding::Ascii,
                Some("utf-16") => TextEncoding::Utf16,
                Some("utf-32") => TextEncoding::Utf32,
                Some(_) => return Err(format.invalid("\"encoding\" is not ascii, utf-8, utf-16 or utf-32")),
            };
            read_string(&mut format)?
        }
        "integer" => {
            Format::Integer { min: format.integer_if_there("minimum")?, max: format.integer_if_there("maximum")? }
        }
        "date" => {
            let text = format.text("format")?;
            let problem = |problem| invalid(&format.place_of("format"), problem);
            Format::Date(DateFormat::parse(&text).map_err(problem)?)
        }
        "enum" => Format::Enum(format.texts("values")?.into_iter().collect()),
        _ => return Err(format.invalid("\"type\" is not string, integer, date or enum")),
    };
    format.end(Rest::Refused, warnings)?;
    Ok((read, encoding))
}

fn read_string(format: &mut Object) -> Result<Format, SchemaError> {
    if let Some(pattern) = format.text_if_there("pattern")? {
        let problem = |problem| invalid(&format.place_of("pattern"), problem);
        return Ok(Format::Pattern(Pattern::parse(&pattern).map_err(problem)?));
    }
    let case = match format.text_if_there("case")?.as_deref() {
        None | Some("mixed") => Case::Mixed,
        Some("upper") => Case::Upper,
        Some("lower") => Case::Lower,
        Some(_) => return Err(format.invalid("\"case\" is not upper, lower or mixed")),
    };
    let min = format.whole_if_there("minLength", 0, usize::MAX)?.unwrap_or(0);
    let max = format.whole_if_there("maxLength", 1, usize::MAX)?.unwrap_or(usize::MAX);
    Ok(Format::Text { case, min, max })
}

fn read_comparison(mut comparison: Object, warnings: &mut Vec<SchemaWarning>) -> Result<Comparison, SchemaError> {
    let read = match comparison.text("type")?.as_str() {
        "ngram" => Comparison::Ngram {
            n: comparison.whole("n", 1, NGRAM_MAX)?,
            positional: comparison.flag_if_there("positional")?.unwrap_or(false),
        },
        "exact" => Comparison::Exact,
        "numeric" => {
            let distance = comparison.number_if_there("thresholdDistance")?;
            let distance = distance.ok_or_else(|| comparison.invalid("\"thresholdDistance\" is missing"))?;
            let resolution = comparison.whole("resolution", 1, RESOLUTION_MAX)?;
            let precision = comparison.whole_if_there("fractional_precision", 0, PRECISION_MAX)?.unwrap_or(0);
            let precision = u32::try_from(precision).expect("at most 30");
            let made = Neighbourhood::new(&distance, resolution, precision);
            Comparison::Numeric(made.map_err(|problem| comparison.invalid(problem))?)
        }
        _ => return Err(comparison.invalid("\"type\" is not ngram, exact or numeric")),
    };
    comparison.end(Rest::Overlooked, warnings)?;
    Ok(read)
}

fn read_strategy(mut strategy: Object, warnings: &mut Vec<SchemaWarning>) -> Result<Strategy, SchemaError> {
    let per_token = strategy.whole_if_there("bitsPerToken", 1, BITS_MAX)?;
    let per_feature = strategy.whole_if_there("bitsPerFeature", 1, BITS_MAX)?;
    let read = match (per_token, per_feature) {
        (Some(bits), None) => Strategy::PerToken(bits),
        (None, Some(bits)) => Strategy::PerFeature(bits),
        _ => return Err(strategy.invalid("has either \"bitsPerToken\" or \"bitsPerFeature\"")),
    };
    strategy.end(Rest::Refused, warnings)?;
    Ok(read)
}

fn read_hash(mut hash: Object, warnings: &mut Vec<SchemaWarning>) -> Result<TokenHash, SchemaError> {
    let read = match hash.text("type")?.as_str() {
        "blakeHash" if hash.has("prevent_singularity") => {
            return Err(hash.invalid("\"prevent_singularity\" is of doubleHash: take it out"));
        }
        "blakeHash" => TokenHash::Blake,
        "doubleHash" => {
            TokenHash::Double { prevent_singularity: hash.flag_if_there("prevent_singularity")?.unwrap_or(false) }
        }
        _ => return Err(hash.invalid("\"type\" is neither \"blakeHash\" nor \"doubleHash\"")),
    };
    hash.end(Rest::Overlooked, warnings)?;
    Ok(read)
}

fn read_missing(
    mut missing: Object,
    encoding: TextEncoding,
    warnings: &mut Vec<SchemaWarning>,
) -> Result<Missing, SchemaError> {
    let sentinel = missing.text("sentinel")?;
    let value = missing.text_if_there("replaceWith")?.unwrap_or_else(|| sentinel.clone());
    // It is encoded as it stands, and clkhash would stop at the first row that has it.
    if encoding == TextEncoding::Ascii && !value.is_ascii() {
        return Err(missing.invalid("what stands for a missing value is not ASCII, the feature's encoding"));
    }
    missing.end(Rest::Overlooked, warnings)?;
    Ok(Missing { sentinel, value })
}
