//! Who can be compared: the frame that is fixed before anybody is drawn from it.
//!
//! In: analysed participants, everybody's observation, the study's terms and a seed. Out: the participants and the others who may be
//! compared, each with an index date, and what kept the rest out.
//! Absent on purpose: what anybody used after the index date.
//!
//! **Index dates of others.** Each is given that of a participant, drawn by the seed, before anything else is looked at: so others are
//! observed over the same calendar time, and what they used before is known for the matching. Only people of one calendar
//! month are matched with each other, so a matched person's date is that of the match but for days.
//!
//! **Observed** is who was so on every day of the look-back and on the index date, and whose every measure that people are matched on
//! was recorded for all of the look-back.

use std::collections::BTreeSet;

use counterfoil_model::{Code, Comparison, PersonRef, Value, VariableKind};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::observed::{Observation, dates};
use crate::people::People;
use crate::tally::Counted;
use crate::window::{Day, Windows};
use crate::{Inputs, dataset, derived, row_number};

/// Why somebody is not in the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    NotEligible,
    NotObserved,
    Offered,
}

/// The frame.
pub(crate) struct Frame {
    /// One an analysed participant, in their order.
    pub(crate) participants: Vec<Kept>,
    /// Others who are offered.
    pub(crate) others: Vec<Counted>,
    pub(crate) others_not_eligible: u64,
    pub(crate) others_not_observed: u64,
}

impl Frame {
    pub(crate) fn of(
        inputs: &Inputs<'_>,
        comparison: &Comparison,
        people: &People,
        observations: &[Observation],
        seed: [u8; 32],
    ) -> Self {
        let rules = Rules::of(inputs, comparison);
        let recorded_from = recorded_from(inputs, comparison);
        let keep = |row: usize, windows: &Windows| {
            let (seen, look_back) = (&observations[row], &windows.look_back);
            let recorded = recorded_from.iter().all(|from| from(row).is_none_or(|day| day <= look_back.start));
            if !rules.admit(row) {
                Kept::NotEligible
            } else if seen.covers(look_back) && seen.days.contains(&windows.follow_up.start) && recorded {
                Kept::Offered
            } else {
                Kept::NotObserved
            }
        };
        let participants = people.analysed.iter().map(|(row, windows)| keep(*row as usize, windows)).collect();
        let mut frame = Self { participants, others: Vec::new(), others_not_eligible: 0, others_not_observed: 0 };
        let offered = people.analysed.iter().zip(&frame.participants).filter(|(_, kept)| **kept == Kept::Offered);
        let mut days: Vec<(PersonRef, Windows)> =
            offered.map(|((row, windows), _)| (inputs.usage.refs()[*row as usize], windows.clone())).collect();
        days.sort_unstable_by_key(|(person, _)| *person);
        let linked = linked(inputs);
        let mut others: Vec<usize> = (0..inputs.usage.len()).filter(|row| !linked[*row]).collect();
        // By reference, so that the order of rows does not matter.
        others.sort_unstable_by_key(|row| inputs.usage.refs()[*row]);
        let mut chacha = ChaCha8Rng::from_seed(derived(seed, "index dates"));
        for row in others {
            let drawn = below(&mut chacha, days.len()).map(|draw| &days[draw].1);
            match drawn.map(|windows| (keep(row, windows), windows)) {
                Some((Kept::Offered, windows)) => {
                    frame.others.push(Counted { usage_row: row_number(row), index: windows.follow_up.start });
                }
                Some((Kept::NotObserved, _)) => frame.others_not_observed += 1,
                // Without a participant there is no index date, and so no look-back to be observed in.
                None if rules.admit(row) => frame.others_not_observed += 1,
                Some((Kept::NotEligible, _)) | None => frame.others_not_eligible += 1,
            }
        }
        frame
    }
}

/// By usage row: whether it is a participant.
fn linked(inputs: &Inputs<'_>) -> Vec<bool> {
    let mut linked = vec![false; inputs.usage.len()];
    for (_, row) in inputs.links {
        linked[*row as usize] = true;
    }
    linked
}

/// Of the measures that people are matched on, the first days on which they are recorded: use that is not recorded would count as none.
fn recorded_from<'a>(inputs: &Inputs<'a>, comparison: &Comparison) -> Vec<impl Fn(usize) -> Option<Day> + use<'a>> {
    let named = comparison.trajectory.iter().flat_map(|trajectory| &trajectory.measures);
    let measures = named.filter_map(|name| inputs.study.measures.iter().find(|measure| measure.id == *name));
    let variables: BTreeSet<&Code> = measures.filter_map(|measure| measure.recorded_from.as_ref()).collect();
    variables.into_iter().map(|variable| dates(inputs, variable)).collect()
}

/// Uniform in `0..bound` by the high half of a product; none of none. The bias is below `bound` / 2^32.
fn below(chacha: &mut ChaCha8Rng, bound: usize) -> Option<usize> {
    let product = u64::from(chacha.next_u32()) * bound as u64;
    usize::try_from(product >> 32).ok().filter(|_| bound > 0)
}

/// Who may be in the comparison.
struct Rules<'a> {
    /// A column and its rule.
    rules: Vec<(&'a [Option<Value>], Rule)>,
}

enum Rule {
    OneOf(Vec<bool>),
    Between(i32, i32),
    /// A covariate that is missing has no distance.
    Known,
}

impl<'a> Rules<'a> {
    fn of(inputs: &Inputs<'a>, comparison: &Comparison) -> Self {
        let people = &dataset(inputs.agreement, &inputs.study.usage).people;
        let column = |name: &Code| {
            let position = people.iter().position(|variable| variable.name == *name);
            let position = position.expect("check_study found the comparison's variables");
            (inputs.usage.values(position), &people[position].kind)
        };
        let mut rules = Vec::new();
        for eligible in &comparison.eligible {
            let (values, kind) = column(&eligible.variable);
            let rule = match kind {
                VariableKind::Code(codes) => {
                    Rule::OneOf(codes.iter().map(|code| eligible.codes.contains(code)).collect())
                }
                _ => Rule::Between(eligible.min.unwrap_or(i32::MIN), eligible.max.unwrap_or(i32::MAX)),
            };
            rules.push((values, rule));
        }
        let close = comparison.covariate.iter().map(|covariate| &covariate.variable);
        rules.extend(close.chain([&comparison.cluster]).map(|name| (column(name).0, Rule::Known)));
        Self { rules }
    }

    fn admit(&self, row: usize) -> bool {
        self.rules.iter().all(|(values, rule)| match (rule, values[row]) {
            (Rule::Known, value) => value.is_some(),
            (Rule::OneOf(codes), Some(Value::Code(code))) => codes.get(usize::from(code)).copied().unwrap_or(false),
            (Rule::Between(min, max), Some(Value::Integer(number))) => (*min..=*max).contains(&number),
            _ => false,
        })
    }
}
