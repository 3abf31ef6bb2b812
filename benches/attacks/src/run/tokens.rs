//! Attacks on tokens.

use counterfoil::model::EncodedPeople;

use super::{Options, Stage};
use crate::encode::schema_with;
use crate::error::AttackError;
use crate::frequency::{self, Grouped, grouped};
use crate::people::Records;
use crate::report::{Outcome, Report};
use crate::score::Score;
use crate::sides::Sides;
use crate::structure;

/// Rows that the attacker is given in the last variant: what a few insiders might know.
const KNOWN: usize = 100;

pub(super) fn attack(
    options: &Options,
    stage: &Stage,
    report: &mut Report,
    tell: &mut dyn FnMut(&str),
) -> Result<(), AttackError> {
    let schema = schema_with(&options.schema, None)?;
    for records in [Records::Same, Records::Own] {
        let sides = Sides::new(&schema, &stage.drawn.scene(records, stage.encoded))?;
        let (encoded, list) = sides.groups();
        let mut add = |attack: &str, target: &str, score: Score| {
            let outcome = Outcome {
                attack: attack.to_owned(),
                target: target.to_owned(),
                records,
                share: stage.share,
                listed: sides.truth.len().max(sides.list.records.len()),
                score,
            };
            tell(&outcome.line());
            report.add(outcome);
        };
        let claims = structure::attack(&encoded, &list, &[]);
        add("equal tokens", "match keys and blocking", Score::of(&claims.grown, &sides.truth));
        let (ours, theirs) = sides.groups();
        let claims = structure::attack(&ours.filled(), &theirs.filled(), &[]);
        add("equal tokens, as if none were missing", "match keys and blocking", Score::of(&claims.grown, &sides.truth));
        let (ours, theirs) = sides.groups();
        let claims = structure::attack(&ours.unshared(), &theirs.unshared(), &[]);
        add("missing tokens alone", "match keys and blocking", Score::of(&claims.grown, &sides.truth));
        let known: Vec<(u32, u32)> = (0u32..).zip(&sides.truth).map(|(row, named)| (row, *named)).take(KNOWN).collect();
        let mut claims = structure::attack(&encoded, &list, &known).grown;
        for (row, _) in &known {
            claims.0[*row as usize] = None;
        }
        add("equal tokens, 100 rows known", "match keys and blocking", Score::of(&claims, &sides.truth));
        let claims = frequency::attack(&columns(&sides.encoded.people), &columns(&sides.list.people));
        add("frequencies", "match keys and blocking", Score::of(&claims, &sides.truth));
        if records == Records::Same {
            report.note_groups(&schema, stage.share, &encoded);
        }
    }
    let by_field = field_tokens(&options.schema)?;
    let sides = Sides::new(&schema_with(&by_field, None)?, &stage.drawn.scene(Records::Same, stage.encoded))?;
    let claims = frequency::attack(&columns(&sides.encoded.people), &columns(&sides.list.people));
    let outcome = Outcome {
        attack: "frequencies".to_owned(),
        target: "a token a field (no scheme of ours)".to_owned(),
        records: Records::Same,
        share: stage.share,
        listed: sides.list.records.len(),
        score: Score::of(&claims, &sides.truth),
    };
    tell(&outcome.line());
    report.add(outcome);
    Ok(())
}

fn columns(people: &EncodedPeople) -> Vec<Grouped> {
    let tokens = (0..people.match_keys()).map(|key| grouped(people.tokens(key).iter().copied()));
    let blocking = (0..people.blocking_rules()).map(|rule| grouped(people.blocking(rule).iter().copied()));
    tokens.chain(blocking).collect()
}

/// The schema with one token a field in place of its match keys: what nobody should publish.
fn field_tokens(text: &str) -> Result<String, AttackError> {
    let at_fault = |problem: String| AttackError::Toml(problem);
    let mut table: toml::Table = toml::from_str(text).map_err(|error| at_fault(error.to_string()))?;
    let fields = table.get("field").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let names = fields.iter().filter_map(|field| field.get("name").and_then(toml::Value::as_str));
    let key = |name: &str| {
        let mut key = toml::Table::new();
        key.insert("name".to_owned(), format!("only_{name}").into());
        key.insert("parts".to_owned(), vec![name.to_owned()].into());
        toml::Value::Table(key)
    };
    let keys: Vec<toml::Value> = names.map(key).collect();
    table.insert("match_key".to_owned(), keys.into());
    table.remove("blocking_rule");
    table.remove("clk");
    if let Some(decision) = table.get_mut("decision").and_then(toml::Value::as_table_mut) {
        // It names match keys that are no longer there.
        decision.remove("never_link_when_differs");
    }
    toml::to_string(&table).map_err(|error| at_fault(error.to_string()))
}
