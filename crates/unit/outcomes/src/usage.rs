//! What analysed people used before and after their index date.
//!
//! In: analysed people and a stream of events. Out: the `use` table, a row a measure.
//! Absent on purpose: rates and percentages: they are made from released counts, after rounding. An event of somebody who is not
//! analysed is looked up and forgotten.

use std::collections::HashMap;

use counterfoil_model::{EventRow, PersonRef};
use counterfoil_release::{Cell, Column, Row, SumCover, Table};

use crate::people::{ANALYSED_ROW, People};
use crate::{Inputs, OutcomesError, USE, code, dataset, months, sum_in_flow};

/// Events of one person for one measure.
#[derive(Clone, Copy, Default)]
struct Events {
    before: u64,
    after: u64,
}

pub(crate) fn table<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    people: &People,
    events: impl FnOnce(&mut dyn FnMut(EventRow)) -> Result<(), E>,
) -> Result<Table, OutcomesError<E>> {
    let study = inputs.study;
    let counts = count(inputs, people, events)?;
    let (before, after) = (months(study.look_back_months), months(study.follow_up_months));
    let columns = vec![
        Column { label: "People analysed".to_owned(), part_of: None },
        Column { label: format!("People with any in the {before} before"), part_of: Some(0) },
        Column { label: format!("People with any in the {after} after"), part_of: Some(0) },
        // Not part of a column of people, and not suppressed with it: that would take the row of any service that nearly everybody
        // uses. What a reader can tell by them is in the documentation of `SuppressedByRule`.
        Column { label: format!("Events in the {before} before"), part_of: None },
        Column { label: format!("Events in the {after} after"), part_of: None },
    ];
    let rows = study.measures.iter().enumerate().map(|(measure, of)| {
        let of_measure = || counts.iter().map(|person| person[measure]);
        let people_before = of_measure().filter(|events| events.before > 0).count() as u64;
        let people_after = of_measure().filter(|events| events.after > 0).count() as u64;
        let cells = vec![
            Cell::people(counts.len() as u64),
            Cell::people(people_before),
            Cell::people(people_after),
            Cell::events(of_measure().map(|events| events.before).sum(), people_before),
            Cell::events(of_measure().map(|events| events.after).sum(), people_after),
        ];
        Row::new(of.label.clone(), cells)
    });
    let note = format!(
        "Events of {usage} of the people analysed (see {FLOW}), everybody who started. Before: the {before} that end with the day before \
         the index date. After: the {after} that begin with it.",
        usage = study.usage,
        FLOW = crate::FLOW,
    );
    let mut table = Table::new(code(USE), "Use of services before and after", note, columns, rows.collect())?;
    for row in 0..study.measures.len() {
        table = table.with_sum(sum_in_flow(ANALYSED_ROW, [row], SumCover::Parts))?;
    }
    Ok(table)
}

/// Events by analysed person and measure.
fn count<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    people: &People,
    events: impl FnOnce(&mut dyn FnMut(EventRow)) -> Result<(), E>,
) -> Result<Vec<Vec<Events>>, OutcomesError<E>> {
    let measures = inputs.study.measures.len();
    let mut slots: HashMap<PersonRef, usize> = HashMap::with_capacity(people.analysed.len());
    for (slot, (usage_row, _)) in people.analysed.iter().enumerate() {
        if slots.insert(inputs.usage.refs()[*usage_row as usize], slot).is_some() {
            return Err(OutcomesError::RepeatedPerson { dataset: inputs.study.usage.clone() });
        }
    }
    let measures_of_event = measures_of_event(inputs);
    let mut counts = vec![vec![Events::default(); measures]; people.analysed.len()];
    events(&mut |event| {
        let Some(slot) = slots.get(&event.person) else { return };
        let (_, windows) = &people.analysed[*slot];
        for measure in measures_of_event.get(usize::from(event.event)).into_iter().flatten() {
            let events = &mut counts[*slot][*measure];
            events.before += u64::from(windows.look_back.contains(&event.date));
            events.after += u64::from(windows.follow_up.contains(&event.date));
        }
    })
    .map_err(OutcomesError::Events)?;
    Ok(counts)
}

/// For each event code of the dataset, the measures that it counts for, each once.
fn measures_of_event(inputs: &Inputs<'_>) -> Vec<Vec<usize>> {
    let codes = &dataset(inputs.agreement, &inputs.study.usage).event_codes;
    let measures_of = |code| {
        let measures = inputs.study.measures.iter().enumerate();
        measures.filter(|(_, measure)| measure.events.contains(code)).map(|(at, _)| at).collect()
    };
    codes.iter().map(measures_of).collect()
}
