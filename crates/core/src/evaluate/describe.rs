//! Puts what the linkage says into a report.
//!
//! In: the compared files, the links and, where it is known, the truth. Out: an [`Evaluation`] whose steps are still empty.

use counterfoil_linkage::{Compared, FitEnd, FittedModel, Link, Linkage};
use counterfoil_model::{ClkEncoding, LinkageSchema};

use super::people::Records;
use super::report::{
    BandReport, ClkReport, Evaluation, ExpectedReport, FieldReport, LinkedRecords, ModelReport, StateReport,
    TokenReport,
};
use super::truth::{TruePairs, measure};
use super::{EvaluateError, Progress};

pub(super) fn describe(
    schema: &LinkageSchema,
    left: Records,
    right: Records,
    compared: &Compared,
    linkage: &Linkage,
    pairs: Option<&TruePairs>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Evaluation, EvaluateError> {
    let people = (&left.people, &right.people);
    let quality = pairs.map(|pairs| measure(schema, people, compared, &linkage.links, pairs, progress)).transpose()?;
    let names: Vec<String> = schema.tokens().map(|(name, _)| name.to_string()).collect();
    let linked = linkage.links.iter().map(|link| LinkedRecords {
        left: left.local_ids[link.left as usize].clone(),
        right: right.local_ids[link.right as usize].clone(),
        probability: f64::from(link.probability_ppm) / 1e6,
        shares: shared(link, &names).join(" "),
    });
    Ok(Evaluation {
        format: "counterfoil-evaluation-2",
        schema: schema.id().to_string(),
        schema_digest: schema.digest().to_string(),
        tokens: names
            .iter()
            .enumerate()
            .map(|(token, name)| token_report(token, name, compared, linkage, pairs))
            .collect(),
        clk: schema.clk().map(|settings| ClkReport {
            bits: settings.bits,
            diffusion: match settings.encoding {
                ClkEncoding::Plain => 0,
                ClkEncoding::Diffused(inputs) => inputs,
            },
        }),
        model: model_report(schema, compared.model()),
        candidate_pairs: compared.candidate_pairs(),
        former_unclear: compared.former_unclear(),
        links: linkage.links.len() as u64,
        link_probability_min: f64::from(linkage.probability_min_ppm) / 1e6,
        contested_left: linkage.contested_left.len() as u64,
        contested_right: linkage.contested_right.len() as u64,
        expected: expected_report(linkage, pairs),
        quality,
        steps: Vec::new(),
        peak_memory_bytes: None,
        linked: linked.collect(),
        left: left.report,
        right: right.report,
    })
}

fn shared<'a>(link: &Link, names: &'a [String]) -> Vec<&'a str> {
    names.iter().enumerate().filter(|(token, _)| link.shares(*token)).map(|(_, name)| name.as_str()).collect()
}

fn token_report(
    token: usize,
    name: &str,
    compared: &Compared,
    linkage: &Linkage,
    pairs: Option<&TruePairs>,
) -> TokenReport {
    let count = |of: &dyn Fn(&Link) -> bool| linkage.links.iter().filter(|link| of(link)).count() as u64;
    let left_out = compared.left_out_of(token);
    TokenReport {
        token: name.to_owned(),
        links: count(&|link| link.shares(token)),
        false_links: pairs.map(|pairs| count(&|link| link.shares(token) && !pairs.has(link))),
        links_by_it_alone: count(&|link| link.agreeing == 1 << token),
        groups_left_out: left_out.groups,
        pairs_left_out: left_out.pairs,
    }
}

fn model_report(schema: &LinkageSchema, model: &FittedModel) -> ModelReport {
    ModelReport {
        end: match model.end {
            FitEnd::Converged => "converged",
            FitEnd::StillMoving => "still moving",
            FitEnd::Believed => "believed",
        },
        iterations: model.iterations,
        matches_expected: rounded(model.matches, 1),
        fields: model
            .fields
            .iter()
            .map(|field| FieldReport {
                field: schema.fields()[field.field].name.to_string(),
                states: field
                    .states
                    .iter()
                    .map(|state| StateReport {
                        agrees: state.forms.iter().map(|form| form.name()).collect(),
                        m_probability: rounded(state.m_probability, 9),
                        u_probability: rounded(state.u_probability, 9),
                        matches_expected: rounded(state.matches_expected, 1),
                    })
                    .collect(),
            })
            .collect(),
    }
}

fn expected_report(linkage: &Linkage, pairs: Option<&TruePairs>) -> ExpectedReport {
    let expected = &linkage.expected;
    let count = |milli: u64| milli as f64 / 1_000.0;
    let links = linkage.links.len() as f64;
    let right = links - count(expected.false_links_milli);
    let matches = right + count(expected.missed_links_milli) + count(expected.missed_apart_milli);
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| rounded(part / whole, 6));
    let mut from = 0;
    let bands = expected.bands.iter().map(|band| {
        let within = from..band.below_ppm;
        from = band.below_ppm;
        let is_false = |pairs: &TruePairs, link: &&Link| within.contains(&link.probability_ppm) && !pairs.has(link);
        BandReport {
            below: f64::from(band.below_ppm.min(1_000_000)) / 1e6,
            links: band.links,
            false_links: count(band.false_links_milli),
            false_links_counted: pairs
                .map(|pairs| linkage.links.iter().filter(|link| is_false(pairs, link)).count() as u64),
        }
    });
    ExpectedReport {
        false_links: count(expected.false_links_milli),
        missed_links: count(expected.missed_links_milli),
        missed_apart: count(expected.missed_apart_milli),
        precision: share(right, links),
        recall: share(right, matches),
        bands: bands.collect(),
    }
}

/// Rounded to so many places, so that JSON is the same on every machine.
fn rounded(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}
