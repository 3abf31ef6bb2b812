//! Schema text to schema: the file's shape by serde, its meaning here.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::columns::{ColumnFormat, ColumnSpec, Columns, DatasetColumns};
use super::{
    BlockingRule, ClkEncoding, ClkFeature, ClkSettings, Decision, Field, LinkageSchema, MatchKeyRule, Part, Permille,
    Relationship, Rule, SchemaError,
};
use crate::code::{Code, SchemaId};
use crate::digest::{Digest, SchemaDigest};
use crate::limits::{
    AGREEMENT_VECTORS_MAX, BLOCKING_RULES_MAX, CLK_BITS_MAX, CLK_BITS_MIN, COMPARED_FIELDS_MAX, DIFFUSION_MAX,
    FIELDS_MAX, MATCH_KEYS_MAX, PARTS_MAX, RUNNER_UP_MARGIN_BITS_MAX, TERMS_BYTES_MAX,
};

pub(super) const FORMAT: &str = "counterfoil-linkage-schema-2";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    id: SchemaId,
    field: Vec<FieldEntry>,
    match_key: Vec<KeyEntry>,
    #[serde(default)]
    blocking_rule: Vec<KeyEntry>,
    clk: Option<ClkEntry>,
    decision: DecisionEntry,
    #[serde(default)]
    columns: BTreeMap<String, BTreeMap<String, ColumnEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: Code,
    rule: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyEntry {
    name: Code,
    parts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClkEntry {
    bits: u32,
    encoding: String,
    diffusion: Option<u32>,
    salt: Option<String>,
    feature: Vec<FeatureEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeatureEntry {
    part: String,
    qgram: u32,
    bits: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionEntry {
    relationship: String,
    link_probability_min_permille: u16,
    false_links_max_permille: u16,
    runner_up_margin_bits: u32,
    group_pairs_max: u64,
    #[serde(default)]
    never_link_when_differs: Vec<Code>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a column header, or { header = \"..\", date = \"iso\" | \"day-month-year\" | \"compact\" }, or { header = \"..\", former = \"..\" }"
)]
enum ColumnEntry {
    Header(String),
    Spec(ColumnTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnTable {
    header: String,
    date: Option<String>,
    former: Option<String>,
}

pub(super) fn parse(text: &str) -> Result<LinkageSchema, SchemaError> {
    if text.len() > TERMS_BYTES_MAX {
        return Err(invalid("file", format!("longer than {TERMS_BYTES_MAX} bytes")));
    }
    let file: File = toml::from_str(text).map_err(|error| SchemaError::Toml(error.to_string()))?;
    if file.format != FORMAT {
        return Err(invalid("format", format!("write format = \"{FORMAT}\"")));
    }
    let fields = fields(&file.field)?;
    let match_keys: Vec<MatchKeyRule> = keys("match_key", &file.match_key, &fields, 1..=MATCH_KEYS_MAX)?
        .map(|(name, parts)| MatchKeyRule { name, parts })
        .collect();
    let blocking_rules: Vec<_> = keys("blocking_rule", &file.blocking_rule, &fields, 0..=BLOCKING_RULES_MAX)?
        .map(|(name, parts)| BlockingRule { name, parts })
        .collect();
    let clk = file.clk.as_ref().map(|entry| clk(entry, &fields)).transpose()?;
    let columns = columns(&file.columns, &fields)?;
    let decision = decision(&file.decision, &match_keys)?;
    let schema = LinkageSchema {
        id: file.id,
        decision,
        columns,
        fields,
        match_keys,
        blocking_rules,
        clk,
        digest: SchemaDigest(Digest::from_bytes([0; 32])),
    };
    check_clk_parts(&schema)?;
    check_agreement_vectors(&schema)?;
    Ok(schema)
}

/// What a CLK says is weighed field by field, and which fields two rows both have is known from their tokens alone. A part
/// of a field that stands in none could not be weighed; a salt of one, which makes every bit differ, not be understood.
fn check_clk_parts(schema: &LinkageSchema) -> Result<(), SchemaError> {
    let in_a_key = |part: &Part| schema.tokens().any(|(_, parts)| parts.iter().any(|key| key.field == part.field));
    let Some(part) = schema.clk().and_then(|clk| clk.parts().find(|part| !in_a_key(part))) else { return Ok(()) };
    let name = &schema.fields[part.field].name;
    let problem = format!(
        "`{name}` stands in no [[match_key]] and no [[blocking_rule]], so that what the CLK says of it cannot be weighed: \
         use it in one, or take it out of the CLK"
    );
    Err(invalid("clk", problem))
}

/// The linkage model looks at every way in which the fields of a pair can agree.
fn check_agreement_vectors(schema: &LinkageSchema) -> Result<(), SchemaError> {
    let states = super::agreement_states(schema);
    let vectors = states.iter().fold(1u64, |product, (_, states)| product.saturating_mul(states.len() as u64));
    if vectors <= AGREEMENT_VECTORS_MAX && states.len() <= COMPARED_FIELDS_MAX {
        return Ok(());
    }
    let problem = format!(
        "{} fields stand in match keys, blocking rules and the CLK, and can agree in {vectors} ways together; at most \
         {COMPARED_FIELDS_MAX} fields and {AGREEMENT_VECTORS_MAX} ways can be: use fewer fields, or fewer forms of a field",
        states.len()
    );
    Err(invalid("match_key", problem))
}

fn invalid(place: impl Into<String>, problem: String) -> SchemaError {
    SchemaError::Invalid { place: place.into(), problem }
}

fn within(place: &str, count: usize, range: std::ops::RangeInclusive<usize>) -> Result<(), SchemaError> {
    if range.contains(&count) {
        return Ok(());
    }
    Err(invalid(place, format!("{count} are declared; between {} and {} can be", range.start(), range.end())))
}

fn fields(entries: &[FieldEntry]) -> Result<Vec<Field>, SchemaError> {
    within("field", entries.len(), 1..=FIELDS_MAX)?;
    let mut fields: Vec<Field> = Vec::with_capacity(entries.len());
    for entry in entries {
        let place = || format!("field {}", entry.name);
        if entry.name.as_str() == "local_id" {
            return Err(invalid(
                place(),
                "`local_id` is the custodian's own record number; choose another name".to_owned(),
            ));
        }
        if fields.iter().any(|field| field.name == entry.name) {
            return Err(invalid(place(), "is declared twice".to_owned()));
        }
        let rule = Rule::find(&entry.rule)
            .ok_or_else(|| invalid(place(), format!("has an unknown rule; the rules are {}", Rule::names())))?;
        fields.push(Field { name: entry.name.clone(), rule });
    }
    Ok(fields)
}

fn keys(
    kind: &str,
    entries: &[KeyEntry],
    fields: &[Field],
    range: std::ops::RangeInclusive<usize>,
) -> Result<std::vec::IntoIter<(Code, Vec<Part>)>, SchemaError> {
    within(kind, entries.len(), range)?;
    let mut keys: Vec<(Code, Vec<Part>)> = Vec::with_capacity(entries.len());
    for entry in entries {
        let place = format!("{kind} {}", entry.name);
        if keys.iter().any(|(name, _)| *name == entry.name) {
            return Err(invalid(place, "is declared twice".to_owned()));
        }
        within(&format!("{place} parts"), entry.parts.len(), 1..=PARTS_MAX)?;
        let parts = entry.parts.iter().map(|text| Part::resolve(text, fields)).collect::<Result<_, _>>();
        keys.push((entry.name.clone(), parts.map_err(|problem| invalid(place, problem))?));
    }
    Ok(keys.into_iter())
}

fn clk(entry: &ClkEntry, fields: &[Field]) -> Result<ClkSettings, SchemaError> {
    let bits = entry.bits;
    if !(CLK_BITS_MIN..=CLK_BITS_MAX).contains(&bits) || !bits.is_power_of_two() {
        let problem = format!("bits is a power of two from {CLK_BITS_MIN} to {CLK_BITS_MAX}");
        return Err(invalid("clk", problem));
    }
    let encoding = match (entry.encoding.as_str(), entry.diffusion) {
        ("diffused-1", Some(inputs @ 1..=DIFFUSION_MAX)) => ClkEncoding::Diffused(inputs),
        ("plain-1", None) => ClkEncoding::Plain,
        _ => {
            let problem = format!(
                "write encoding = \"diffused-1\" with diffusion = 10 (1 to {DIFFUSION_MAX}), or encoding = \"plain-1\" without"
            );
            return Err(invalid("clk", problem));
        }
    };
    let part = |text: &str| Part::resolve(text, fields).map_err(|problem| invalid("clk", problem));
    within("clk feature", entry.feature.len(), 1..=FIELDS_MAX)?;
    let mut features = Vec::with_capacity(entry.feature.len());
    for feature in &entry.feature {
        if !(1..=4).contains(&feature.qgram) || !(1..=bits).contains(&feature.bits) {
            let problem = format!("qgram is 1 to 4 and bits 1 to {bits}");
            return Err(invalid(format!("clk feature {}", feature.part), problem));
        }
        features.push(ClkFeature { part: part(&feature.part)?, qgram: feature.qgram, bits: feature.bits });
    }
    let salt = entry.salt.as_deref().map(part).transpose()?;
    Ok(ClkSettings { bits, encoding, salt, features })
}

fn decision(entry: &DecisionEntry, match_keys: &[MatchKeyRule]) -> Result<Decision, SchemaError> {
    let permille = |place: &str, value: u16, least: u16| {
        if (least..=1_000).contains(&value) {
            Ok(Permille(value))
        } else {
            Err(invalid(place, format!("is {least} to 1000")))
        }
    };
    if entry.group_pairs_max == 0 {
        return Err(invalid("decision group_pairs_max", "is at least 1".to_owned()));
    }
    if entry.runner_up_margin_bits > RUNNER_UP_MARGIN_BITS_MAX {
        let problem = format!("is at most {RUNNER_UP_MARGIN_BITS_MAX}");
        return Err(invalid("decision runner_up_margin_bits", problem));
    }
    let position = |name: &Code| {
        match_keys.iter().position(|key| key.name == *name).ok_or_else(|| {
            invalid("decision never_link_when_differs", format!("`{name}` names no declared [[match_key]]"))
        })
    };
    let relationships = [Relationship::OneToOne, Relationship::ManyToOne];
    let relationship = relationships.into_iter().find(|relationship| relationship.name() == entry.relationship);
    let relationship = relationship.ok_or_else(|| {
        let problem = "is \"one-to-one\", or \"many-to-one\" where the left extract may have a person several times";
        invalid("decision relationship", problem.to_owned())
    })?;
    Ok(Decision {
        relationship,
        link_probability_min: permille(
            "decision link_probability_min_permille",
            entry.link_probability_min_permille,
            1,
        )?,
        false_links_max: permille("decision false_links_max_permille", entry.false_links_max_permille, 0)?,
        runner_up_margin_bits: entry.runner_up_margin_bits,
        group_pairs_max: entry.group_pairs_max,
        never_link_when_differs: entry.never_link_when_differs.iter().map(position).collect::<Result<_, _>>()?,
    })
}

fn columns(
    entries: &BTreeMap<String, BTreeMap<String, ColumnEntry>>,
    fields: &[Field],
) -> Result<Columns, SchemaError> {
    let mut columns = BTreeMap::new();
    for (dataset, entry) in entries {
        let place = format!("columns.{dataset}");
        let known = |name: &str| name == "local_id" || fields.iter().any(|field| field.name.as_str() == name);
        if let Some(stranger) = entry.keys().find(|name| !known(name)) {
            return Err(invalid(place, format!("`{stranger}` is neither `local_id` nor a declared [[field]]")));
        }
        let local_id = match entry.get("local_id") {
            Some(ColumnEntry::Header(header)) => header.clone(),
            _ => return Err(invalid(place, "local_id = \"<header>\" is missing".to_owned())),
        };
        let mut specs = Vec::with_capacity(fields.len());
        for field in fields {
            let spec = entry.get(field.name.as_str()).map(|column| column_spec(&place, field, column)).transpose()?;
            specs.push(spec);
        }
        columns.insert(dataset.clone(), DatasetColumns { local_id, fields: specs });
    }
    Ok(Columns(columns))
}

fn column_spec(place: &str, field: &Field, entry: &ColumnEntry) -> Result<ColumnSpec, SchemaError> {
    let refuse = |problem: &str| Err(invalid(format!("{place}.{}", field.name), problem.to_owned()));
    let (header, date, former) = match entry {
        ColumnEntry::Header(header) => (header, None, None),
        ColumnEntry::Spec(table) => (&table.header, table.date.as_deref(), table.former.as_ref()),
    };
    let is_table = matches!(entry, ColumnEntry::Spec(_));
    let format = match (field.rule, date, former) {
        (Rule::DateOfBirthV1, None, None) => {
            return refuse(
                "is a date: write { header = \"..\", date = \"iso\" }, or \"day-month-year\", or \"compact\"",
            );
        }
        (Rule::DateOfBirthV1, Some(date), None) => match date {
            "iso" => ColumnFormat::DateIso,
            "day-month-year" => ColumnFormat::DateDayMonthYear,
            "compact" => ColumnFormat::DateCompact,
            _ => return refuse("date is \"iso\", \"day-month-year\" or \"compact\""),
        },
        (Rule::NhsNumberV1, None, Some(former)) if former == header => {
            return refuse("former names a column of its own, beside the one of the current number");
        }
        (Rule::NhsNumberV1, None, Some(_)) => ColumnFormat::Text,
        (_, _, Some(_)) => return refuse("is no NHS number: only that has a column of former numbers"),
        _ if is_table => return refuse("is no date: write its header only"),
        _ => ColumnFormat::Text,
    };
    Ok(ColumnSpec { header: header.clone(), format, former: former.cloned() })
}
