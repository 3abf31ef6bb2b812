//! From when to when each person of the usage extract is under observation, and why it ended.
//!
//! In: people and the study's variables. Out: [`Observation`]s, one a usage row, by the same rule for participants and everybody else.
//! Absent on purpose: leaving the programme. Whoever left it is still seen by the health service, and stays in (intention to treat).

use std::ops::Range;

use counterfoil_model::{CensoringReason, Code, Value};

use crate::window::Day;
use crate::{Inputs, dataset};

/// The days on which somebody's use would be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observation {
    pub(crate) days: Range<Day>,
    /// Why they end, if they do before the extract does.
    pub(crate) ended: Option<CensoringReason>,
}

impl Observation {
    /// Days of a window under observation.
    pub(crate) fn within(&self, window: &Range<Day>) -> Range<Day> {
        let start = self.days.start.max(window.start);
        start..self.days.end.min(window.end).max(start)
    }

    pub(crate) fn covers(&self, window: &Range<Day>) -> bool {
        self.days.start <= window.start && window.end <= self.days.end
    }

    /// Why observation ends inside a window, if it does.
    pub(crate) fn ended_within(&self, window: &Range<Day>) -> Option<CensoringReason> {
        self.ended.filter(|_| self.days.end < window.end)
    }
}

/// Everybody's, by usage row. The day on which something ended it still counts.
pub(crate) fn observations(inputs: &Inputs<'_>) -> Vec<Observation> {
    let Inputs { study, usage, .. } = *inputs;
    let from = study.observed_from.as_ref().map(|variable| dates(inputs, variable));
    let ends: Vec<_> =
        study.censoring.iter().map(|censoring| (censoring.reason, dates(inputs, &censoring.variable))).collect();
    let one = |row: usize| {
        let start = from.as_ref().and_then(|dates| dates(row)).unwrap_or(Day::MIN);
        let ends = ends.iter().filter_map(|(reason, dates)| Some((dates(row)?.saturating_add(1), *reason)));
        // Of two on one day the first in the study.
        match ends.min_by_key(|(end, _)| *end) {
            Some((end, reason)) => Observation { days: start..end.max(start), ended: Some(reason) },
            None => Observation { days: start..Day::MAX, ended: None },
        }
    };
    (0..usage.len()).map(one).collect()
}

/// Reads a date variable of the usage dataset's people by row.
pub(crate) fn dates<'a>(inputs: &Inputs<'a>, variable: &Code) -> impl Fn(usize) -> Option<Day> + use<'a> {
    let people = &dataset(inputs.agreement, &inputs.study.usage).people;
    let position = people.iter().position(|of| of.name == *variable);
    let values = inputs.usage.values(position.expect("check_study found the date variable"));
    move |row| match values[row] {
        Some(Value::Date(day)) => Some(day),
        _ => None,
    }
}
