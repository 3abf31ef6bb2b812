//! What everybody used, stretch by stretch around their index dates.
//!
//! In: people with index dates, and a stream of events, read once. Out: for each person, measure and stretch an amount and the
//! days under observation. Memory grows with people, measures and stretches, and not with events.
//! Absent on purpose: who is a participant: both arms are counted by this same code.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use counterfoil_estimate::Period;
use counterfoil_model::{EventRow, PersonRef, Study};

use crate::amounts::Amounts;
use crate::observed::{Observation, dates};
use crate::used::Periods;
use crate::window::{Day, day_of, shifted};
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
            cuts.extend(comparison.wash_in_months.map(i64::from));
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
    periods: Periods,
    left_out: Vec<LeftOutDays>,
}

/// What falls into days that the study leaves out beside its planned result.
struct LeftOutDays {
    days: Range<Day>,
    /// By person, measure and planned period, period fastest.
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
        let left_out = inputs.study.comparison.iter().flat_map(|comparison| &comparison.left_out);
        let left_out = left_out.map(|of| LeftOutDays {
            days: day_of(of.from)..day_of(of.to).saturating_add(1),
            amounts: vec![0; people.len() * measures * 2],
        });
        let mut tally = Self {
            amounts: vec![0; people.len() * measures * stretches.len()],
            periods: Periods::of(inputs.study),
            left_out: left_out.collect(),
            stretches,
            measures,
            people,
        };
        events(&mut |event| {
            let Some(slot) = slots.get(&event.person) else { return };
            let slot = *slot as usize;
            let Some(stretch) = tally.people[slot].stretch(event.date) else { return };
            for (measure, amount) in amounts_of.of_event(&event) {
                if tally.people[slot].is_recorded(measure, event.date) {
                    let place = tally.place(slot, measure, stretch);
                    tally.amounts[place] += amount;
                    tally.take_left_out(slot, measure, stretch, event.date, amount);
                }
            }
        })
        .map_err(OutcomesError::Events)?;
        Ok(tally)
    }

    fn take_left_out(&mut self, person: usize, measure: usize, stretch: usize, day: Day, amount: u64) {
        let of_period = |(from, to)| self.stretches.between(from, to).contains(&stretch);
        let Some(period) = self.periods.both().into_iter().position(of_period) else { return };
        for left_out in self.left_out.iter_mut().filter(|left_out| left_out.days.contains(&day)) {
            left_out.amounts[(person * self.measures + measure) * 2 + period] += amount;
        }
    }

    /// As [`Tally::amounts_of`] in one of the planned periods, without the days of one of the study's times that are left out.
    pub(crate) fn amounts_without(
        &self,
        left_out: usize,
        measure: usize,
        period: Period,
    ) -> impl Fn(usize) -> u64 + '_ {
        let all = self.amounts_of(measure, self.periods.both()[period as usize]);
        move |person| {
            let place = (person * self.measures + measure) * 2 + period as usize;
            all(person) - self.left_out[left_out].amounts[place]
        }
    }

    /// As [`Tally::days_of`] in one of the planned periods, without the days of one of the study's times that are left out.
    pub(crate) fn days_without(&self, left_out: usize, measure: usize, period: Period) -> impl Fn(usize) -> u32 + '_ {
        let seen = self.seen(measure, self.periods.both()[period as usize]);
        let without = &self.left_out[left_out].days;
        move |person| {
            let seen = seen(person);
            length(&seen) - length(&(without.start.max(seen.start)..without.end.min(seen.end)))
        }
    }

    fn place(&self, person: usize, measure: usize, stretch: usize) -> usize {
        (person * self.measures + measure) * self.stretches.len() + stretch
    }

    /// The amount of a measure that a person used in some months.
    pub(crate) fn amount(&self, person: usize, measure: usize, months: (i64, i64)) -> u64 {
        self.amounts_of(measure, months)(person)
    }

    /// The same, person by person.
    pub(crate) fn amounts_of(&self, measure: usize, months: (i64, i64)) -> impl Fn(usize) -> u64 + '_ {
        let stretches = self.stretches.between(months.0, months.1);
        move |person| {
            let start = self.place(person, measure, 0);
            self.amounts[start + stretches.start..start + stretches.end].iter().sum()
        }
    }

    /// The days of some months on which a person was under observation for a measure.
    pub(crate) fn days(&self, person: usize, measure: usize, months: (i64, i64)) -> u32 {
        self.days_of(measure, months)(person)
    }

    /// The same, person by person.
    pub(crate) fn days_of(&self, measure: usize, months: (i64, i64)) -> impl Fn(usize) -> u32 + '_ {
        let seen = self.seen(measure, months);
        move |person| length(&seen(person))
    }

    fn seen(&self, measure: usize, (from, to): (i64, i64)) -> impl Fn(usize) -> Range<Day> + '_ {
        let stretches = self.stretches.between(from, to);
        move |person| {
            let person = &self.people[person];
            let seen = person.observation.within(&(person.days[stretches.start]..person.days[stretches.end]));
            person.recorded_from.get(measure).map_or(seen.start, |from| seen.start.max(*from))..seen.end
        }
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

/// Days; none of a range whose end lies before its start.
fn length(days: &Range<Day>) -> u32 {
    u32::try_from(i64::from(days.end) - i64::from(days.start)).unwrap_or(0)
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
