//! The same place under several designs, and with several intervals.
//!
//! In: a place and a [`Design`]. Out: the ratio of ratios of emergency admissions with several intervals, unrounded.
//! Absent on purpose: the release gate; nothing here is what a payer sees. It says what a change of method would be worth.

use std::num::NonZeroU32;
use std::ops::Range;

use counterfoil_estimate::{
    Amounts, Arm, BootstrapPlan, CountModel, GroupBy, Inference, Interval, Level, Panel, Quantity, RatioOfRatios,
    Reference, bootstrap, model_ratio_of_ratios,
};
use counterfoil_matching::{Controls, Covariates, Method, Replacement, Rule, Seed, match_controls};
use counterfoil_model::Digest;

use crate::error::SimulationError;
use crate::people::{Event, Kind, Person};
use crate::place::Place;
use crate::random::Random;
use crate::summary::Observed;

/// A design; months are counted from the index date.
#[derive(Debug, Clone)]
pub struct Design {
    /// What it is called.
    pub name: &'static str,
    /// Months of use that are matched on, in quarters.
    pub matched_on: Range<i32>,
    /// Months that are compared with those after.
    pub before: Range<i32>,
    /// Months after.
    pub after: Range<i32>,
}

impl Design {
    /// Matched on the months that are compared, without the dip of three months.
    pub const BEFORE_THE_DIP: Self = Self {
        name: "matched on what is compared: months 24 to 4",
        matched_on: -24..-3,
        before: -24..-3,
        after: 0..24,
    };

    /// Matched on the last year, in which the reason to enter shows, and compared with the year before it: no month does both.
    pub const APART: Self = Self {
        name: "matched on months 12 to 1, compared with 24 to 13",
        matched_on: -12..0,
        before: -24..-12,
        ..Self::BEFORE_THE_DIP
    };

    /// Beside each other.
    pub const ALL: [Self; 8] = [
        Self::BEFORE_THE_DIP,
        Self {
            name: "matched on what is compared: months 24 to 1",
            matched_on: -24..0,
            before: -24..0,
            ..Self::BEFORE_THE_DIP
        },
        Self { name: "matched on months 24 to 1, compared with 24 to 4", matched_on: -24..0, ..Self::BEFORE_THE_DIP },
        Self { name: "not matched on use, compared with 24 to 4", matched_on: 0..0, ..Self::BEFORE_THE_DIP },
        Self {
            name: "not matched on use, compared with 24 to 13",
            matched_on: 0..0,
            before: -24..-12,
            ..Self::BEFORE_THE_DIP
        },
        Self { name: "matched on months 3 to 1, compared with 24 to 4", matched_on: -3..0, ..Self::BEFORE_THE_DIP },
        Self::APART,
        Self { name: "matched on 12 to 1, compared with 24 to 13, after from month 4", after: 3..24, ..Self::APART },
    ];
}

/// Matches and estimates. `truth` is in percent; only of no effect it is known for the difference too.
///
/// # Errors
/// [`SimulationError`], when nobody can be matched.
pub fn estimate(place: &Place, design: &Design, truth: f64) -> Result<Vec<(String, Observed)>, SimulationError> {
    let panel = Matched::of(place, design)?;
    let amounts = Amounts::new(panel.used(&design.before), panel.used(&design.after))?;
    let columns = panel.panel(design)?;
    let matched = columns.arms().iter().filter(|arm| **arm == Arm::Participant).count();
    let mut found = vec![(format!("{}: participants matched", design.name), Observed::Value(matched as f64))];
    let percent = |ratio: RatioOfRatios| 100.0 * (ratio.value() - 1.0);
    for (name, group_by) in [("", GroupBy::ParticipantOfSet), (", own practices", GroupBy::OwnCluster)] {
        let mut add = |interval: &str, observed| found.push((format!("{}: {interval}{name}", design.name), observed));
        let seed = derived(place.seed, "draws");
        let plan = BootstrapPlan { group_by, level: Level::PERCENT_95, draws: 2_000, seed };
        if let Some(of) = bootstrap(&columns, &[&amounts], &plan)?.first() {
            let (ratio, difference) = (of.ratio_of_ratios, of.difference);
            add("BCa", observed(ratio.estimate.ok(), ratio.bca.ok(), percent, truth));
            add("percentile", observed(ratio.estimate.ok(), ratio.percentile.ok(), percent, truth));
            if truth == 0.0 {
                let added = observed(difference.estimate.ok(), difference.bca.ok(), Quantity::value, 0.0);
                add("a person-year, BCa", added);
            }
        }
        let inference = Inference { group_by, level: Level::PERCENT_95, reference: Reference::StudentT };
        let model = model_ratio_of_ratios(&columns, &amounts, CountModel::Poisson, inference)?;
        add("Poisson with t", observed(Some(model.estimate), Some(model.interval), percent, truth));
    }
    Ok(found)
}

fn observed<Q>(estimate: Option<Q>, limits: Option<Interval<Q>>, of: impl Fn(Q) -> f64, truth: f64) -> Observed {
    match (estimate, limits) {
        (Some(estimate), Some(limits)) => {
            Observed::Interval { estimate: of(estimate), from: of(limits.lower), to: of(limits.upper), truth }
        }
        _ => Observed::NotEstimated,
    }
}

fn derived(seed: u64, purpose: &str) -> [u8; 32] {
    *Digest::of(&[&seed.to_be_bytes(), purpose.as_bytes()].concat()).as_bytes()
}

/// Somebody with an index month.
#[derive(Clone, Copy)]
pub(crate) struct Offered<'a> {
    person: &'a Person,
    month: i32,
}

/// Matched people, row by row.
pub(crate) struct Matched<'a> {
    pub(crate) rows: Vec<(Offered<'a>, Arm, u32, f64)>,
}

impl Matched<'_> {
    fn used(&self, months: &Range<i32>) -> Vec<u64> {
        self.rows.iter().map(|(offered, ..)| offered.used(Kind::Emergency, months).0).collect()
    }

    pub(crate) fn panel(&self, design: &Design) -> Result<Panel, SimulationError> {
        let days = |months: &Range<i32>| vec![months.end.abs_diff(months.start) * 1_461 / 48; self.rows.len()];
        Ok(Panel::new(
            self.rows.iter().map(|(_, arm, ..)| *arm).collect(),
            self.rows.iter().map(|(_, _, set, _)| *set).collect(),
            self.rows.iter().map(|(offered, ..)| offered.person.practice).collect(),
            self.rows.iter().map(|(.., weight)| *weight).collect(),
            days(&design.before),
            days(&design.after),
        )?)
    }
}

impl Offered<'_> {
    /// Events and pence in months from the index date.
    fn used(&self, kind: Kind, months: &Range<i32>) -> (u64, u64) {
        let used = self.events(kind, months);
        used.fold((0, 0), |(count, pence), event| (count + 1, pence + u64::from(event.pence)))
    }

    /// Events in months from the index date.
    pub(crate) fn events(&self, kind: Kind, months: &Range<i32>) -> impl Iterator<Item = &Event> {
        let from_index = |month: usize| i32::try_from(month).expect("a few years of months") - self.month;
        self.person.events.iter().filter(move |event| event.kind == kind && months.contains(&from_index(event.month)))
    }

    /// Everything that agrees exactly.
    fn stratum(&self) -> u32 {
        let month = u32::try_from(self.month).expect("months of the extract are not below 0");
        (month * 2 + self.person.sex) * 11 + self.person.decile
    }
}

fn offered(place: &Place) -> [Vec<Offered<'_>>; 2] {
    let month = |month: usize| i32::try_from(month).expect("a few years of months");
    let participants: Vec<_> =
        place.participants.iter().filter_map(|person| Some(Offered { person, month: month(person.start?) })).collect();
    let mut random = Random::new(place.seed, 3);
    let mut others = Vec::new();
    for person in place.others.iter().filter(|person| person.conditions > 0) {
        if let Ok(count @ 1..) = u32::try_from(participants.len()) {
            others.push(Offered { month: participants[random.below(count) as usize].month, person });
        }
    }
    [participants, others]
}

fn covariates(people: &[Offered<'_>], first_key: u128, design: &Design) -> Result<Covariates, SimulationError> {
    let mut columns: Vec<Vec<f64>> = vec![
        people.iter().map(|offered| f64::from(offered.person.birth_year)).collect(),
        people.iter().map(|offered| f64::from(offered.person.conditions)).collect(),
    ];
    for from in design.matched_on.clone().step_by(3) {
        let quarter = from..from + 3;
        let of = |kind: Kind| people.iter().map(|offered| offered.used(kind, &quarter)).collect::<Vec<_>>();
        let used = Kind::ALL.map(of);
        columns.extend(used.iter().map(|used| used.iter().map(|(events, _)| *events as f64).collect()));
        columns.push((0..people.len()).map(|row| used.iter().map(|used| used[row].1).sum::<u64>() as f64).collect());
    }
    let keys = (first_key..).take(people.len()).collect();
    Ok(Covariates::new(keys, people.iter().map(Offered::stratum).collect(), columns)?)
}

impl<'a> Matched<'a> {
    pub(crate) fn of(place: &'a Place, design: &Design) -> Result<Self, SimulationError> {
        let [participants, others] = offered(place);
        let treated = covariates(&participants, 0, design)?;
        let candidates = covariates(&others, 1 << 64, design)?;
        let rule = Rule {
            method: Method::Propensity { caliper_sd: Some(0.2) },
            controls: Controls::PerTreated(NonZeroU32::MIN.saturating_add(2)),
            replacement: Replacement::Without,
        };
        let matching = match_controls(&treated, &candidates, &rule, &Seed::new(derived(place.seed, "matching")))?;
        let mut rows = Vec::new();
        for (set, members) in (0..).zip(matching.sets()) {
            let weight = members.treated.len() as f64 / members.controls.len() as f64;
            rows.extend(members.treated.iter().map(|row| (participants[*row as usize], Arm::Participant, set, 1.0)));
            rows.extend(members.controls.iter().map(|row| (others[*row as usize], Arm::Comparison, set, weight)));
        }
        Ok(Self { rows })
    }
}
