//! Attacks on CLKs.

use std::collections::BTreeMap;

use counterfoil::model::ClkEncoding;

use super::{Options, PUBLISHED, Stage};
use crate::bits::BitRows;
use crate::encode::{ClkVariant, schema_with};
use crate::error::AttackError;
use crate::frequency::{self, Grouped, grouped};
use crate::graph::Prepared;
use crate::people::Records;
use crate::report::{Outcome, Report, ToldPoint};
use crate::score::{Claims, Score};
use crate::sides::Sides;
use crate::{neighbours, pattern};

pub(super) fn attack(
    options: &Options,
    stage: &Stage,
    largest: bool,
    report: &mut Report,
    tell: &mut dyn FnMut(&str),
) -> Result<(), AttackError> {
    for (variant, name, records) in targets(options, largest, stage.share)? {
        if options.targets.as_ref().is_some_and(|targets| !targets.contains(&name)) {
            continue;
        }
        let schema = schema_with(&options.schema, variant)?;
        let Some(clk) = schema.clk() else { continue };
        let diffused = matches!(clk.encoding, ClkEncoding::Diffused(_));
        let sides = Sides::new(&schema, &stage.drawn.scene(records, stage.encoded))?;
        let (encoded, list) = sides.bits();
        let rows = sides.truth.len();
        let mut add = |attack: &str, claims: &Claims| {
            let outcome = Outcome {
                attack: attack.to_owned(),
                target: name.clone(),
                records,
                share: stage.share,
                listed: sides.list.records.len(),
                score: Score::of(claims, &sides.truth),
            };
            tell(&outcome.line());
            report.add(outcome);
        };
        let list_bits = sides.list_bits(&schema)?;
        let graphs = Prepared::new(&encoded, &list_bits, options.effort, options.seed);
        add("similarity graphs", &graphs.attack(rows));
        if records == Records::Same {
            // A plain filter's distances are near for everyone: the bound is one of diffused filters.
            if diffused {
                add("near pairs", &neighbours::attack(&encoded, &list, rows));
            }
            add("frequencies", &equal_filters(&encoded, &list, rows));
            add("patterns of bits", &pattern::attack(&encoded, &sides.plaintext, rows));
        }
        if options.told && records == Records::Same {
            let told = graphs.told(&sides.truth);
            let score = |claims: &Claims| Score { encoded: rows / 2, ..Score::of(claims, &sides.truth) };
            let point = ToldPoint {
                target: name.clone(),
                share: stage.share,
                correlation: told.correlation,
                straight: score(&told.straight),
                refined: score(&told.refined),
            };
            tell(&point.line());
            report.add_told(point);
        }
    }
    Ok(())
}

/// Every encoding at the largest size; the plain one and the schema's own at the others, and with records of their own.
fn targets(
    options: &Options,
    largest: bool,
    share: u32,
) -> Result<Vec<(Option<ClkVariant>, String, Records)>, AttackError> {
    let own = own_encoding(&options.schema)?;
    let mut targets = vec![(Some(PUBLISHED), PUBLISHED.name(), Records::Same), (None, own.clone(), Records::Same)];
    if largest {
        let unhardened = ClkVariant { diffusion: 0, bits: None, salted: false };
        targets.push((Some(unhardened), unhardened.name(), Records::Same));
        for diffusion in &options.diffusions {
            let variant = ClkVariant { diffusion: *diffusion, ..unhardened };
            targets.push((Some(variant), variant.name(), Records::Same));
        }
        if matches!(share, 20 | 100) {
            let salted = ClkVariant { salted: true, ..unhardened };
            targets.push((Some(salted), salted.name(), Records::Same));
            targets.push((Some(PUBLISHED), PUBLISHED.name(), Records::Own));
            targets.push((None, own, Records::Own));
        }
    }
    Ok(targets)
}

fn own_encoding(text: &str) -> Result<String, AttackError> {
    let schema = schema_with(text, None)?;
    let Some(clk) = schema.clk() else { return Ok("no CLK".to_owned()) };
    let diffusion = match clk.encoding {
        ClkEncoding::Plain => 0,
        ClkEncoding::Diffused(inputs) => inputs,
    };
    let variant = ClkVariant { diffusion, bits: None, salted: clk.salt.is_some() };
    Ok(format!("the schema as it stands ({}, {} bits)", variant.name(), clk.bits))
}

fn equal_filters(encoded: &BitRows, list: &BitRows, rows: usize) -> Claims {
    let column = |bits: &BitRows| -> Vec<Grouped> { vec![grouped((0..bits.len()).map(|row| Some(bits.row(row))))] };
    let found = frequency::attack(&column(encoded), &column(list));
    let named: BTreeMap<u32, u32> =
        encoded.rows.iter().copied().zip(found.0).filter_map(|(r, n)| Some((r, n?))).collect();
    let all = 0..u32::try_from(rows).expect("fewer rows than 2^32");
    Claims(all.map(|row| named.get(&row).map(|named| list.rows[*named as usize])).collect())
}
