//! Participants and the people they are compared with.
//!
//! In: the frame, everybody's tally, the study's rule and a seed. Out: matched sets, as rows of a panel.
//! Absent on purpose: what anybody used after the index date, or before the dip, which the effect is measured from. Amounts of the dip
//! are covariates; nothing else is read from the tally here.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use counterfoil_estimate::{Arm, GroupBy};
use counterfoil_matching::{self as matching, Covariates, Matching, MatchingError, Method, Rule, Seed, match_controls};
use counterfoil_model::{Code, Controls, MatchingMethod as Chosen, MatchingTerms, Replacement, Study, Value};

use crate::compared::Rows;
use crate::frame::{Kept, Offer};
use crate::tally::{Counted, Tally};
use crate::window::month_of;
use crate::{Inputs, dataset, row_number};

/// Somebody in a matched set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MatchedRow {
    /// Position among the people counted.
    pub(crate) person: u32,
    pub(crate) arm: Arm,
    pub(crate) set: u32,
    /// Code of the practice.
    pub(crate) cluster: u32,
    /// 1 for participants; what the comparison of a set weighs together is the number of its participants.
    pub(crate) weight: f64,
}

/// Everybody in a matched set.
pub(crate) struct Matched {
    pub(crate) rows: Rows,
    /// Participants and others who were offered, in the order in which the matching numbered them.
    pub(crate) treated: Vec<u32>,
    pub(crate) candidates: Vec<u32>,
    /// None where nobody was offered on one side.
    pub(crate) matching: Option<Matching>,
}

/// Matches the participants whom these terms are offered with the others whom they are.
pub(crate) fn matched(
    inputs: &Inputs<'_>,
    terms: &MatchingTerms,
    offer: &Offer,
    counted: &[Counted],
    tally: &Tally,
    seed: [u8; 32],
) -> Result<Matched, MatchingError> {
    let offered = |(at, kept): (usize, &Kept)| (*kept == Kept::Offered).then(|| row_number(at));
    let treated: Vec<u32> = offer.participants.iter().enumerate().filter_map(offered).collect();
    // Others stand after the participants among those counted.
    let first = row_number(offer.participants.len());
    let candidates: Vec<u32> = offer.others.iter().map(|position| first + position).collect();
    let mut strata = Strata::of(inputs, terms);
    let columns = |people: &[u32]| columns(inputs, terms, people, counted, tally);
    let (mut of_treated, mut of_candidates) = (columns(&treated), columns(&candidates));
    if terms.method == Chosen::Mahalanobis {
        drop_constant(&mut of_treated, &mut of_candidates);
    }
    let mut covariates = |people: &[u32], columns| {
        let of = |person: &u32| counted[*person as usize];
        let keys = people.iter().map(|person| inputs.usage.refs()[of(person).usage_row as usize].0.into()).collect();
        let codes = people.iter().map(|person| strata.code(of(person))).collect();
        Covariates::new(keys, codes, columns)
    };
    let of_treated = covariates(&treated, of_treated)?;
    let of_candidates = covariates(&candidates, of_candidates)?;
    let matching = match match_controls(&of_treated, &of_candidates, &rule(terms), &Seed::new(seed)) {
        Ok(matching) => Some(matching),
        // Tables have the same shape whoever is there.
        Err(MatchingError::Empty { .. }) => None,
        Err(error) => return Err(error),
    };
    let comparison = inputs.study.comparison.as_ref().expect("people are matched for a comparison");
    let clusters = values(inputs, &comparison.cluster);
    let cluster = |person: u32| match clusters[counted[person as usize].usage_row as usize] {
        Some(Value::Code(code)) => u32::from(code),
        _ => unreachable!("only people with a cluster are offered"),
    };
    let mut rows = Vec::new();
    for (set, members) in (0..).zip(matching.iter().flat_map(Matching::sets)) {
        let ones = vec![1.0; members.treated.len()];
        let arms = [
            (Arm::Participant, &members.treated, &treated, &ones),
            (Arm::Comparison, &members.controls, &candidates, &members.control_weights),
        ];
        for (arm, positions, people, weights) in arms {
            rows.extend(positions.iter().zip(weights).map(|(position, weight)| {
                let person = people[*position as usize];
                MatchedRow { person, arm, set, cluster: cluster(person), weight: *weight }
            }));
        }
    }
    let group_by = match terms.controls {
        Controls::PerParticipant(_) => GroupBy::ParticipantOfSet,
        // Sets of whole strata hold participants of several practices.
        Controls::All => GroupBy::OwnCluster,
    };
    Ok(Matched { rows: Rows::of(rows, group_by), treated, candidates, matching })
}

fn rule(terms: &MatchingTerms) -> Rule {
    let caliper = terms.caliper_permille.map(|permille| f64::from(permille) / 1_000.0);
    let cut_points = || {
        let cuts = |points: &[i32]| points.iter().map(|point| f64::from(*point)).collect();
        terms.covariates.iter().map(|covariate| cuts(&covariate.cut_points)).collect()
    };
    Rule {
        method: match terms.method {
            Chosen::Stratified => Method::Stratified,
            Chosen::Coarsened => Method::Coarsened { cut_points: cut_points() },
            Chosen::Propensity => Method::Propensity { caliper_sd: caliper },
            Chosen::Mahalanobis => Method::Mahalanobis { caliper },
            Chosen::EntropyBalance => Method::EntropyBalance,
        },
        controls: match terms.controls {
            Controls::PerParticipant(number) => {
                matching::Controls::PerTreated(NonZeroU32::new(number).expect("the study asks for at least one"))
            }
            Controls::All => matching::Controls::All,
        },
        replacement: match (terms.controls, terms.replacement) {
            (Controls::PerParticipant(_), Replacement::With) => matching::Replacement::With,
            // All of a stratum are taken, once.
            (Controls::All, _) | (_, Replacement::Without) => matching::Replacement::Without,
        },
    }
}

/// Everything that must agree exactly, as one code: the exact variables and the index month.
struct Strata<'a> {
    columns: Vec<&'a [Option<Value>]>,
    codes: BTreeMap<(Vec<Option<Value>>, i32), u32>,
}

impl<'a> Strata<'a> {
    fn of(inputs: &Inputs<'a>, terms: &MatchingTerms) -> Self {
        let columns = terms.exact.iter().map(|name| values(inputs, name)).collect();
        Self { columns, codes: BTreeMap::new() }
    }

    fn code(&mut self, person: Counted) -> u32 {
        let values = self.columns.iter().map(|column| column[person.usage_row as usize]).collect();
        let next = row_number(self.codes.len());
        *self.codes.entry((values, month_of(person.index))).or_insert(next)
    }
}

/// Covariates, then what was used in each stretch of the trajectory. Whoever is offered was observed for all of it.
fn columns(
    inputs: &Inputs<'_>,
    terms: &MatchingTerms,
    people: &[u32],
    counted: &[Counted],
    tally: &Tally,
) -> Vec<Vec<f64>> {
    let number = |values: &[Option<Value>], person: u32| match values[counted[person as usize].usage_row as usize] {
        Some(Value::Integer(number)) => f64::from(number),
        _ => unreachable!("only people with every covariate are offered"),
    };
    let close = terms.covariates.iter().map(|covariate| {
        let values = values(inputs, &covariate.variable);
        people.iter().map(|person| number(values, *person)).collect()
    });
    let mut columns: Vec<Vec<f64>> = close.collect();
    for (measure, stretch) in trajectory(inputs.study, terms) {
        let used = |person: &u32| tally.amount(*person as usize, measure, stretch) as f64;
        columns.push(people.iter().map(used).collect());
    }
    columns
}

/// A column in which everybody is alike tells nobody apart, and leaves a covariance without an inverse.
fn drop_constant(treated: &mut Vec<Vec<f64>>, candidates: &mut Vec<Vec<f64>>) {
    let varies = |(one, other): (&Vec<f64>, &Vec<f64>)| {
        let mut values = one.iter().chain(other);
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let kept: Vec<bool> = treated.iter().zip(candidates.iter()).map(varies).collect();
    for columns in [treated, candidates] {
        let mut kept = kept.iter();
        columns.retain(|_| *kept.next().expect("both groups have the same columns"));
    }
}

/// Measures and stretches of the trajectory, in the order of their covariates.
fn trajectory(study: &Study, terms: &MatchingTerms) -> Vec<(usize, (i64, i64))> {
    let named = terms.trajectory.iter().flat_map(|trajectory| &trajectory.measures);
    let positions = named.filter_map(|name| study.measures.iter().position(|measure| measure.id == *name));
    let dip = study.dip_stretches();
    positions.flat_map(|measure| dip.iter().map(move |stretch| (measure, *stretch)).collect::<Vec<_>>()).collect()
}

/// A variable of the usage dataset's people.
fn values<'a>(inputs: &Inputs<'a>, name: &Code) -> &'a [Option<Value>] {
    let people = &dataset(inputs.agreement, &inputs.study.usage).people;
    let position = people.iter().position(|variable| variable.name == *name);
    inputs.usage.values(position.expect("check_study found the comparison's variables"))
}
