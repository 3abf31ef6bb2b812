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
        let schema = schema_with(&options.schema, Some(variant))?;
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
