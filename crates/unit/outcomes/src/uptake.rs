//! Who had an event lately, at the end of each year.
//!
//! In: linked people, their observation, and events. Out: one table an uptake, a row a year.
//! Absent on purpose: index dates. Uptake is of everybody who was linked, in calendar time.

use std::collections::HashMap;

use counterfoil_model::{EventRow, PersonRef, Uptake, in_months};
use counterfoil_release::{Cell, Column, Row, Table, TableError};
use jiff::civil::Date;

use crate::observed::Observation;
use crate::people::{People, covered_days};
use crate::window::{Day, day_of, shifted};
use crate::{Inputs, OutcomesError, dataset, slots};

/// Who had what, year by year.
pub(crate) struct Uptakes<'a> {
    /// Usage rows of the people, each once.
    people: &'a [u32],
    slots: HashMap<PersonRef, usize>,
    of: Vec<OfOne<'a>>,
}

struct OfOne<'a> {
    uptake: &'a Uptake,
    /// By event code.
    counts: Vec<bool>,
    /// By year: the days to look at.
    windows: Vec<std::ops::Range<Day>>,
    /// By person and year.
    had: Vec<bool>,
}

impl<'a> Uptakes<'a> {
    pub(crate) fn of<E: std::error::Error + 'static>(
        inputs: &Inputs<'a>,
        people: &'a People,
    ) -> Result<Self, OutcomesError<E>> {
        let people = if inputs.study.uptakes.is_empty() { &[][..] } else { &people.linked };
        let codes = &dataset(inputs.agreement, &inputs.study.usage).event_codes;
        let of = inputs.study.uptakes.iter().map(|uptake| {
            let windows: Vec<_> = (uptake.from_year..=uptake.to_year).map(|year| window(year, uptake)).collect();
            OfOne {
                uptake,
                counts: codes.iter().map(|code| uptake.events.contains(code)).collect(),
                had: vec![false; people.len() * windows.len()],
                windows,
            }
        });
        Ok(Self { people, slots: slots(inputs, people.iter().copied())?, of: of.collect() })
    }

    pub(crate) fn take(&mut self, event: &EventRow) {
        let Some(slot) = self.slots.get(&event.person) else { return };
        for of in &mut self.of {
            if of.counts.get(usize::from(event.event)).copied().unwrap_or(false) {
                let years = of.windows.len();
                for (year, window) in of.windows.iter().enumerate() {
                    of.had[slot * years + year] |= window.contains(&event.date);
                }
            }
        }
    }

    pub(crate) fn tables(self, inputs: &Inputs<'_>, observations: &[Observation]) -> Result<Vec<Table>, TableError> {
        let complete = covered_days(inputs);
        self.of.into_iter().map(|of| of.table(self.people, observations, &complete)).collect()
    }
}

impl OfOne<'_> {
    /// People count for a year if their use would have been seen in all of its months.
    fn table(
        self,
        people: &[u32],
        observations: &[Observation],
        complete: &std::ops::Range<Day>,
    ) -> Result<Table, TableError> {
        let Self { uptake, windows, had, .. } = self;
        let years = uptake.from_year..=uptake.to_year;
        let rows = years.zip(windows.iter().enumerate()).map(|(of_year, (year, window))| {
            let covered = complete.start <= window.start && window.end <= complete.end;
            let seen = |row: u32| covered && observations[row as usize].covers(window);
            let people = people.iter().enumerate().filter(|(_, row)| seen(**row));
            let with = people.clone().filter(|(person, _)| had[person * windows.len() + year]).count() as u64;
            Row::new(of_year.to_string(), vec![Cell::people(people.count() as u64), Cell::people(with)])
        });
        let within = in_months(uptake.within_months);
        let note = format!(
            "Linked people whose records cover all of the {within} to the end of the year. A year that the records do not cover \
             has nobody."
        );
        let columns =
            vec![Column::count("People"), Column::count(format!("Of those, with any in the {within}")).part_of(0)];
        Table::new(uptake.id.clone(), uptake.label.clone(), note, columns, rows.collect())
    }
}

/// The months that end with a year.
fn window(year: i16, uptake: &Uptake) -> std::ops::Range<Day> {
    let end = day_of(Date::constant(year, 12, 31)) + 1;
    let start = shifted(end, -i64::from(uptake.within_months));
    start.expect("years and months of a study are inside the calendar")..end
}
