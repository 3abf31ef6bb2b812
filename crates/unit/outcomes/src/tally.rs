//! What everybody used, stretch by stretch around their index dates.
//!
//! In: people with index dates, and a stream of events, read once. Out: for each person, measure and stretch an amount and the
//! days under observation. Memory grows with people, measures and stretches, and not with events.
//! Absent on purpose: who is a participant: both arms are counted by this same code.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use counterfoil_model::{EventRow, PersonRef, Study};

use crate::amounts::Amounts;
use crate::observed::{Observation, dates};
use crate::window::{Day, shifted};
use crate::{Inputs, OutcomesError};

/// Somebody whose use is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) usage_row: u32,
    pub(crate) index: Day,
}

/// Stretches of months around the index date, half-open, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretches {
    /// Months from the index date, ascending.
    cuts: Vec<i64>,
}

impl Stretches {
    /// As fine as any table of the study needs them.
    pub(crate) fn of(study: &Study) -> Self {
        let (before, dip, after) =
            (-i64::from(study.look_back_months), -i64::from(study.dip_months), i64::from(study.follow_up_months));
        let mut cuts = BTreeSet::from([before, dip, 0, after]);
        if let Some(comparison) = &study.comparison {
            cuts.extend(study.stretches().into_iter().flat_map(|(from, to)| [from, to]));
            cuts.extend(comparison.placebo_months.map(|months| -i64::from(months)));
        }
        Self { cuts: cuts.into_iter().collect() }
    }

    fn len(&self) -> usize {
        self.cuts.len() - 1
    }

    /// The stretches that make up some months, which begin and end at cuts.
    pub(crate) fn between(&self, from: i64, to: i64) -> Range<usize> {
        let at = |months: i64| self.cuts.binary_search(&months).expect("every window begins and ends at a cut");
        at(from)..at(to)
    }

    /// The days on which the stretches of an index date begin, and the day after the last. None outside the calendar.
    fn days(&self, index: Day) -> Option<Vec<Day>> {
        self.cuts.iter().map(|months| shifted(index, *months)).collect()
    }
}

/// The counts.
pub(crate) struct Tally {
    stretches: Stretches,
    measures: usize,
    people: Vec<Person>,
    /// By person, measure and stretch, stretch fastest.
    amounts: Vec<u64>,
}

struct Person {
    days: Rc<[Day]>,
    observation: Observation,
    /// By measure: the first day on which it is recorded; empty where it always is.
    recorded_from: Box<[Day]>,
}

impl Tally {
    /// Counts the events of some people. All have windows inside the calendar.
    pub(crate) fn new<E: std::error::Error + 'static>(
        inputs: &Inputs<'_>,
        counted: &[Counted],
        observations: &[Observation],
        events: impl FnOnce(&mut dyn FnMut(EventRow)) -> Result<(), E>,
    ) -> Result<Self, OutcomesError<E>> {
        let stretches = Stretches::of(inputs.study);
        let amounts_of = Amounts::of(inputs);
        let people = people(inputs, counted, observations, &stretches);
        let mut slots: HashMap<PersonRef, u32> = HashMap::with_capacity(counted.len());
        for (slot, person) in (0_u32..).zip(counted) {
            if slots.insert(inputs.usage.refs()[person.usage_row as usize], slot).is_some() {
                return Err(OutcomesError::RepeatedPerson { dataset: inputs.study.usage.clone() });
            }
        }
        let measures = amounts_of.measures;
        let mut tally =
            Self { amounts: vec![0; people.len() * measures * stretches.len()], stretches, measures, people };
        events(&mut |event| {
            let Some(slot) = slots.get(&event.person) else { return };
            let slot = *slot as usize;
            let Some(stretch) = tally.people[slot].stretch(event.date) else { return };
            for (measure, amount) in amounts_of.of_event(&event) {
                if tally.people[slot].is_recorded(measure, event.date) {
                    let place = tally.place(slot, measure, stretch);
                    tally.amounts[place] += amount;
                }
            }
        })
        .map_err(OutcomesError::Events)?;
        Ok(tally)
    }

    fn place(&self, person: usize, measure: usize, stretch: usize) -> usize {
        (person * self.measures + measure) * self.stretches.len() + stretch
    }

    /// The amount of a measure that a person used in some months.
    pub(crate) fn amount(&self, person: usize, measure: usize, months: (i64, i64)) -> u64 {
        let stretches = self.stretches.between(months.0, months.1);
        let start = self.place(person, measure, 0);
        self.amounts[start + stretches.start..start + stretches.end].iter().sum()
    }

    /// The days of some months on which a person was under observation for a measure.
    pub(crate) fn days(&self, person: usize, measure: usize, months: (i64, i64)) -> u32 {
        let person = &self.people[person];
        let seen = person.observation.within(&self.window(person, months));
        let start = person.recorded_from.get(measure).map_or(seen.start, |from| seen.start.max(*from));
        u32::try_from(i64::from(seen.end) - i64::from(start)).unwrap_or(0)
    }

    /// The days of some months on which a person was under observation, and why it ended within them, if it did.
    pub(crate) fn observed(
        &self,
        person: usize,
        months: (i64, i64),
    ) -> (u32, Option<counterfoil_model::CensoringReason>) {
        let person = &self.people[person];
        let window = self.window(person, months);
        let seen = person.observation.within(&window);
        (seen.end.abs_diff(seen.start), person.observation.ended_within(&window))
    }

    fn window(&self, person: &Person, (from, to): (i64, i64)) -> Range<Day> {
        let stretches = self.stretches.between(from, to);
        person.days[stretches.start]..person.days[stretches.end]
    }
}

impl Person {
    /// The stretch of a day on which the person was under observation.
    fn stretch(&self, day: Day) -> Option<usize> {
        if !self.observation.days.contains(&day) {
            return None;
        }
        let begun = self.days.partition_point(|start| *start <= day);
        begun.checked_sub(1).filter(|_| begun < self.days.len())
    }

    fn is_recorded(&self, measure: usize, day: Day) -> bool {
        self.recorded_from.get(measure).is_none_or(|from| day >= *from)
    }
}

fn people(
    inputs: &Inputs<'_>,
    counted: &[Counted],
    observations: &[Observation],
    stretches: &Stretches,
) -> Vec<Person> {
    let measures = &inputs.study.measures;
    let is_limited = measures.iter().any(|measure| measure.recorded_from.is_some());
    let from: Vec<_> =
        measures.iter().map(|measure| measure.recorded_from.as_ref().map(|variable| dates(inputs, variable))).collect();
    // Many people have one index date.
    let mut days_of: BTreeMap<Day, Rc<[Day]>> = BTreeMap::new();
    let mut days = |index: Day| {
        let made = || stretches.days(index).expect("whoever is counted has windows inside the calendar").into();
        days_of.entry(index).or_insert_with(made).clone()
    };
    let one = |person: &Counted| {
        let row = person.usage_row as usize;
        let first = |dates: &Option<_>| match dates {
            Some(dates) => of_row(dates, row),
            None => Day::MIN,
        };
        let recorded_from = if is_limited { from.iter().map(first).collect() } else { Box::default() };
        Person { days: days(person.index), observation: observations[row].clone(), recorded_from }
    };
    counted.iter().map(one).collect()
}

fn of_row(dates: &impl Fn(usize) -> Option<Day>, row: usize) -> Day {
    dates(row).unwrap_or(Day::MIN)
}
