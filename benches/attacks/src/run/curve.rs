//! What hardening costs: F1 of the linkage under each encoding, at the schema's own rule.

use std::time::Duration;

use counterfoil::evaluate::{Input, Source, Surroundings, Truth, evaluate};

use super::Options;
use crate::encode::{ClkVariant, schema_with};
use crate::error::AttackError;
use crate::random::Random;
use crate::report::{CurvePoint, Report};

pub(super) fn measure(options: &Options, report: &mut Report, tell: &mut dyn FnMut(&str)) -> Result<(), AttackError> {
    if schema_with(&options.schema, None)?.clk().is_none() {
        return Ok(());
    }
    let folder = tempfile::tempdir().map_err(AttackError::Folder)?;
    let records = options.linkage_records;
    counterfoil_synth::people_pairs(records, records, records / 2, options.seed, folder.path())?;
    let (a, b, truth) = (folder.path().join("a.csv"), folder.path().join("b.csv"), folder.path().join("truth.csv"));
    for diffusion in std::iter::once(0).chain(options.diffusions.iter().copied()) {
        let variant = ClkVariant { diffusion, bits: None, salted: false };
        let text = if options.without_number { without_number(&options.schema)? } else { options.schema.clone() };
        let schema = schema_with(&text, Some(variant))?;
        let mut random = Random::new(options.seed, 3);
        let mut surroundings = Surroundings {
            today: jiff::civil::date(2026, 12, 31),
            fill: &mut |bytes| random.fill(bytes),
            clock: &|| Duration::ZERO,
            progress: &|_| {},
        };
        let left = Input { file: "a.csv", dataset: "default", source: Source::File(&a) };
        let right = Input { file: "b.csv", dataset: "default", source: Source::File(&b) };
        let truth = Truth { file: "truth.csv", source: Source::File(&truth) };
        let evaluation = evaluate(&schema, &left, &right, Some(&truth), &mut surroundings).map_err(Box::new)?;
        let score = evaluation.quality.map(|quality| quality.own_rule);
        let point = CurvePoint { target: variant.name(), f1: score.as_ref().and_then(|score| score.f1) };
        tell(&format!("F1 {}: {:?}", point.target, point.f1));
        report.add_curve(point);
    }
    Ok(())
}

/// The schema without the NHS number: the filter then has more to say.
fn without_number(text: &str) -> Result<String, AttackError> {
    let mut table: toml::Table = toml::from_str(text).map_err(|error| AttackError::Toml(error.to_string()))?;
    let number = |value: &toml::Value| value.get("name").and_then(toml::Value::as_str) == Some("nhs_number");
    let has_number = |value: &toml::Value| {
        let parts = value.get("parts").and_then(toml::Value::as_array);
        parts.is_some_and(|parts| parts.iter().any(|part| part.as_str() == Some("nhs_number")))
    };
    let mut without = |list: &str, gone: &dyn Fn(&toml::Value) -> bool| {
        if let Some(list) = table.get_mut(list).and_then(toml::Value::as_array_mut) {
            list.retain(|value| !gone(value));
        }
    };
    without("field", &number);
    without("match_key", &has_number);
    if let Some(decision) = table.get_mut("decision").and_then(toml::Value::as_table_mut) {
        decision.remove("never_link_when_differs");
    }
    if let Some(columns) = table.get_mut("columns").and_then(toml::Value::as_table_mut) {
        for columns in columns.iter_mut().filter_map(|(_, columns)| columns.as_table_mut()) {
            columns.remove("nhs_number");
        }
    }
    toml::to_string(&table).map_err(|error| AttackError::Toml(error.to_string()))
}
