//! What each event counts for.
//!
//! In: the study's measures and event rows. Out: the measures that an event counts for, with its amount: 1, or a variable's value.
//! Absent on purpose: whose event it is, and when.

use counterfoil_model::{Code, EventRow, Measure, Value, VariableKind};

use crate::{Inputs, dataset};

/// The study's measures, ready to be counted.
pub(crate) struct Amounts {
    /// By event code.
    measures_of_event: Vec<Vec<Counted>>,
    /// Position in the study, in the order of `Counted::measure`.
    pub(crate) measures: usize,
}

/// A measure that counts an event.
struct Counted {
    measure: usize,
    /// Position of a variable, and which of its codes count.
    only: Vec<(usize, Vec<bool>)>,
    /// Position of the variable that is added up.
    total: Option<usize>,
}

impl Amounts {
    pub(crate) fn of(inputs: &Inputs<'_>) -> Self {
        let usage = dataset(inputs.agreement, &inputs.study.usage);
        let position = |name: &Code| {
            let found = usage.events.iter().position(|variable| variable.name == *name);
            found.expect("check_study found the variables of the events")
        };
        let counted = |measure: usize, of: &Measure| {
            let only = of.only.iter().map(|only| {
                let at = position(&only.variable);
                let codes = match &usage.events[at].kind {
                    VariableKind::Code(codes) => codes.as_slice(),
                    _ => &[],
                };
                (at, codes.iter().map(|code| only.codes.contains(code)).collect())
            });
            Counted { measure, only: only.collect(), total: of.total.as_ref().map(|total| position(&total.variable)) }
        };
        let of_event = |code: &Code| {
            let measures = inputs.study.measures.iter().enumerate();
            let counting = measures.filter(|(_, measure)| measure.events.contains(code));
            counting.map(|(at, measure)| counted(at, measure)).collect()
        };
        Self {
            measures_of_event: usage.event_codes.iter().map(of_event).collect(),
            measures: inputs.study.measures.len(),
        }
    }

    /// The measures that an event counts for, each with its amount, and no amount of 0.
    pub(crate) fn of_event(&self, event: &EventRow) -> impl Iterator<Item = (usize, u64)> {
        let counted = self.measures_of_event.get(usize::from(event.event)).into_iter().flatten();
        counted.filter_map(|counted| Some((counted.measure, counted.amount(&event.values)?)))
    }
}

impl Counted {
    fn amount(&self, values: &[Option<Value>]) -> Option<u64> {
        let counts = |(at, codes): &(usize, Vec<bool>)| match values.get(*at) {
            Some(Some(Value::Code(code))) => codes.get(usize::from(*code)).copied().unwrap_or(false),
            _ => false,
        };
        if !self.only.iter().all(counts) {
            return None;
        }
        let Some(total) = self.total else { return Some(1) };
        match values.get(total) {
            Some(Some(Value::Integer(amount))) => u64::try_from(*amount).ok().filter(|amount| *amount > 0),
            _ => None,
        }
    }
}
