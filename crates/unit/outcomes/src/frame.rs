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
//! was recorded for all of the dip, which is where they are matched on it.
//!
//! **Alternatives** of a study are offered people of the same frame, with the same index dates, by terms of their own.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use counterfoil_estimate::Arm;
use counterfoil_matching::{Draw, Seed};
use counterfoil_model::{Code, Comparison, Eligible, MatchingTerms, PersonRef, Value, VariableKind};

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
    /// Others whom any of the study's matchings can have, each with an index date.
    pub(crate) others: Vec<Counted>,
    /// What each matching is offered: the planned one first, then the alternatives.
    pub(crate) offers: Vec<Offer>,
    pub(crate) others_not_eligible: u64,
    pub(crate) others_not_observed: u64,
}

/// Whom one matching can have.
pub(crate) struct Offer {
    /// One an analysed participant, in their order.
    pub(crate) participants: Vec<Kept>,
    /// Positions among the frame's others.
    pub(crate) others: Vec<u32>,
}

impl Frame {
    pub(crate) fn of(
        inputs: &Inputs<'_>,
        comparison: &Comparison,
        people: &People,
        observations: &[Observation],
        seed: [u8; 32],
    ) -> Self {
        let rules: Vec<_> = comparison.matchings().map(|terms| Rules::of(inputs, comparison, terms)).collect();
        let of_participants = |rules: &Rules<'_>| {
            let kept = |(row, windows): &(u32, Windows)| {
                let row = *row as usize;
                if rules.admit(row, Arm::Participant) {
                    rules.observed(row, windows, &observations[row])
                } else {
                    Kept::NotEligible
                }
            };
            Offer { participants: people.analysed.iter().map(kept).collect(), others: Vec::new() }
        };
        let offers: Vec<_> = rules.iter().map(of_participants).collect();
        let days = index_dates(inputs, people, &offers);
        let mut frame = Self { others: Vec::new(), offers, others_not_eligible: 0, others_not_observed: 0 };
        let linked = linked(inputs);
        let mut others: Vec<usize> = (0..inputs.usage.len()).filter(|row| !linked[*row]).collect();
        // By reference, so that the order of rows does not matter.
        others.sort_unstable_by_key(|row| inputs.usage.refs()[*row]);
        let mut draw = Draw::new(&Seed::new(derived(seed, "index dates")));
        let bound = NonZeroU32::new(row_number(days.len()));
        for row in others {
            let windows = bound.map(|bound| &days[draw.below(bound) as usize].1);
            let kept = rules.iter().map(|rules| match windows {
                _ if !rules.admit(row, Arm::Comparison) => Kept::NotEligible,
                Some(windows) => rules.observed(row, windows, &observations[row]),
                // Without a participant there is no index date, and so no look-back to be observed in.
                None => Kept::NotObserved,
            });
            frame.place(row, windows, &kept.collect::<Vec<_>>());
        }
        frame
    }

    /// Puts one of the others where they belong; `kept` is by matching, the planned one first.
    fn place(&mut self, row: usize, windows: Option<&Windows>, kept: &[Kept]) {
        match kept[0] {
            Kept::NotEligible => self.others_not_eligible += 1,
            Kept::NotObserved => self.others_not_observed += 1,
            Kept::Offered => {}
        }
        let Some(windows) = windows.filter(|_| kept.contains(&Kept::Offered)) else { return };
        let position = row_number(self.others.len());
        self.others.push(Counted { usage_row: row_number(row), index: windows.follow_up.start });
        for (offer, _) in self.offers.iter_mut().zip(kept).filter(|(_, kept)| **kept == Kept::Offered) {
            offer.others.push(position);
        }
    }

    /// What the planned matching is offered.
    pub(crate) fn planned(&self) -> &Offer {
        &self.offers[0]
    }
}

/// Windows of participants whom any matching is offered, by reference: what the others' index dates are drawn from.
fn index_dates(inputs: &Inputs<'_>, people: &People, offers: &[Offer]) -> Vec<(PersonRef, Windows)> {
    let is_offered = |at: usize| offers.iter().any(|offer| offer.participants[at] == Kept::Offered);
    let offered = people.analysed.iter().enumerate().filter(|(at, _)| is_offered(*at)).map(|(_, person)| person);
    let mut days: Vec<_> =
        offered.map(|(row, windows)| (inputs.usage.refs()[*row as usize], windows.clone())).collect();
    days.sort_unstable_by_key(|(person, _)| *person);
    days
}

/// By usage row: whether it is a participant.
fn linked(inputs: &Inputs<'_>) -> Vec<bool> {
    let mut linked = vec![false; inputs.usage.len()];
    for (_, row) in inputs.links {
        linked[*row as usize] = true;
    }
    linked
}

/// Who may be in one matching.
struct Rules<'a> {
    /// A column and its rule, for everybody.
    of_all: Vec<ColumnRule<'a>>,
    /// The same, for others alone.
    of_others: Vec<ColumnRule<'a>>,
    /// Of the measures that people are matched on, the first days on which they are recorded: use that is not recorded would count as
    /// none.
    recorded_from: Vec<Box<dyn Fn(usize) -> Option<Day> + 'a>>,
}

type ColumnRule<'a> = (&'a [Option<Value>], Rule);

enum Rule {
    OneOf(Vec<bool>),
    Between(i32, i32),
    /// A covariate that is missing has no distance.
    Known,
}

impl<'a> Rules<'a> {
    fn of(inputs: &Inputs<'a>, comparison: &Comparison, terms: &MatchingTerms) -> Self {
        let people = &dataset(inputs.agreement, &inputs.study.usage).people;
        let column = |name: &Code| {
            let position = people.iter().position(|variable| variable.name == *name);
            let position = position.expect("check_study found the comparison's variables");
            (inputs.usage.values(position), &people[position].kind)
        };
        let rule = |eligible: &Eligible| {
            let (values, kind) = column(&eligible.variable);
            let rule = match kind {
                VariableKind::Code(codes) => {
                    Rule::OneOf(codes.iter().map(|code| eligible.codes.contains(code)).collect())
                }
                _ => Rule::Between(eligible.min.unwrap_or(i32::MIN), eligible.max.unwrap_or(i32::MAX)),
            };
            (values, rule)
        };
        let close = terms.covariates.iter().map(|covariate| &covariate.variable);
        let known = close.chain([&comparison.cluster]).map(|name| (column(name).0, Rule::Known));
        let named = terms.trajectory.iter().flat_map(|trajectory| &trajectory.measures);
        let measures = named.filter_map(|name| inputs.study.measures.iter().find(|measure| measure.id == *name));
        let recorded_from: BTreeSet<&Code> = measures.filter_map(|measure| measure.recorded_from.as_ref()).collect();
        Self {
            of_all: comparison.eligible.iter().map(rule).chain(known).collect(),
            of_others: terms.others.iter().map(rule).collect(),
            recorded_from: recorded_from
                .into_iter()
                .map(|variable| Box::new(dates(inputs, variable)) as Box<dyn Fn(usize) -> Option<Day>>)
                .collect(),
        }
    }

    fn admit(&self, row: usize, arm: Arm) -> bool {
        let of_arm = match arm {
            Arm::Participant => &[],
            Arm::Comparison => self.of_others.as_slice(),
        };
        self.of_all.iter().chain(of_arm).all(|(values, rule)| match (rule, values[row]) {
            (Rule::Known, value) => value.is_some(),
            (Rule::OneOf(codes), Some(Value::Code(code))) => codes.get(usize::from(code)).copied().unwrap_or(false),
            (Rule::Between(min, max), Some(Value::Integer(number))) => (*min..=*max).contains(&number),
            _ => false,
        })
    }

    /// Whether somebody eligible was observed for the whole look-back and on the index date, with everything recorded that they are
    /// matched on.
    fn observed(&self, row: usize, windows: &Windows, seen: &Observation) -> Kept {
        let recorded = self.recorded_from.iter().all(|from| from(row).is_none_or(|day| day <= windows.dip().start));
        let seen = seen.covers(&windows.look_back) && seen.days.contains(&windows.follow_up.start);
        if seen && recorded { Kept::Offered } else { Kept::NotObserved }
    }
}
