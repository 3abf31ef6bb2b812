//! What a linkage run says of itself, for the unit's operator.
//!
//! In: a linkage and the cohort's agreed variables. Out: JSON beside the run's links, in the unit's own folder. These are
//! exact counts and expectations of small groups: they never travel.

use counterfoil_linkage::{Compared, Linkage};
use counterfoil_model::{EncodedPeople, LinkageSchema, Value, Variable, VariableKind};
use serde::Serialize;

/// What the unit's operator can read of a run, in the unit's own data folder. These are exact counts: they never travel.
#[derive(Serialize)]
pub(super) struct RunSummary {
    cohort_rows_linked: usize,
    candidate_pairs: u64,
    contested_rows: usize,
    link_probability_min: f64,
    expected_false_links: f64,
    expected_missed_links: f64,
    expected_missed_links_that_share_no_token: f64,
    model: String,
    tokens: Vec<TokenSummary>,
    by_variable: Vec<VariableSummary>,
}

/// The model's expectations by one agreed variable of the cohort.
#[derive(Serialize)]
struct VariableSummary {
    variable: String,
    groups: Vec<GroupSummary>,
}

#[derive(Serialize)]
struct GroupSummary {
    /// `null` where the variable is missing.
    value: Option<String>,
    rows: u64,
    links: u64,
    expected_false_links: f64,
    expected_missed_links: f64,
}

impl RunSummary {
    pub(super) fn new(
        schema: &LinkageSchema,
        variables: &[Variable],
        cohort: &EncodedPeople,
        compared: &Compared,
        linkage: &Linkage,
    ) -> Self {
        let tokens = schema.tokens().enumerate().map(|(token, (name, _))| {
            let left_out = compared.left_out_of(token);
            TokenSummary {
                token: name.to_string(),
                links: linkage.links.iter().filter(|link| link.shares(token)).count(),
                groups_left_out: left_out.groups,
                pairs_left_out: left_out.pairs,
            }
        });
        let count = |milli: u64| milli as f64 / 1_000.0;
        let (expected, model) = (&linkage.expected, compared.model());
        Self {
            cohort_rows_linked: linkage.links.len(),
            candidate_pairs: compared.candidate_pairs(),
            contested_rows: linkage.contested_left.len() + linkage.contested_right.len(),
            link_probability_min: f64::from(linkage.probability_min_ppm) / 1e6,
            expected_false_links: count(expected.false_links_milli),
            expected_missed_links: count(expected.missed_links_milli),
            expected_missed_links_that_share_no_token: count(expected.missed_apart_milli),
            model: format!("{:?} after {} iterations", model.end, model.iterations),
            tokens: tokens.collect(),
            by_variable: by_variable(variables, cohort, compared, linkage),
        }
    }
}

/// Most values of a variable by which groups are told apart: beyond, it is a measure and not a group.
const GROUPS_MAX: usize = 50;

fn by_variable(
    variables: &[Variable],
    cohort: &EncodedPeople,
    compared: &Compared,
    linkage: &Linkage,
) -> Vec<VariableSummary> {
    let summaries = variables.iter().enumerate().filter_map(|(position, variable)| {
        let show = |value| match (&variable.kind, value) {
            (VariableKind::Code(codes), Value::Code(code)) => codes.get(usize::from(code)).map(ToString::to_string),
            (_, Value::Integer(number)) => Some(number.to_string()),
            _ => None,
        };
        let groups = compared.expected_by_group(linkage, cohort.values(position));
        if matches!(variable.kind, VariableKind::Date { .. }) || groups.len() > GROUPS_MAX {
            return None;
        }
        let groups = groups.into_iter().map(|group| GroupSummary {
            value: group.group.and_then(show),
            rows: group.rows,
            links: group.links,
            expected_false_links: group.false_links_milli as f64 / 1_000.0,
            expected_missed_links: group.missed_links_milli as f64 / 1_000.0,
        });
        Some(VariableSummary { variable: variable.name.to_string(), groups: groups.collect() })
    });
    summaries.collect()
}

#[derive(Serialize)]
struct TokenSummary {
    token: String,
    links: usize,
    groups_left_out: u64,
    pairs_left_out: u64,
}
