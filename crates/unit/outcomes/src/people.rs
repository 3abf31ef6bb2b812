//! Who is counted: from everybody in the programme's extract to those analysed, and why the others are not.
//!
//! In: people, links and the days that the usage extract covers. Out: [`People`] and the `flow` table.
//! Absent on purpose: reading events; whether somebody is analysed does not depend on what they used.

use std::collections::BTreeMap;
use std::ops::Range;

use counterfoil_model::{Code, EncodedPeople, Value, VariableKind, in_months};
use counterfoil_release::{Cell, CellOf, Column, Row, Sum, SumCover, Table};

use crate::frame_tables::{FRAME, LINKED_OF_USAGE_ROW};
use crate::observed::Observation;
use crate::window::{Day, Windows, day_of};
use crate::{FLOW, Inputs, OutcomesError, code, dataset, sum_in_flow};

/// Rows of the `flow` table, counted from 0.
pub(crate) const ALL_ROW: usize = 0;
pub(crate) const LINKED_ROW: usize = 1;
const NOT_LINKED_ROW: usize = 2;
const FURTHER_ROW: usize = 3;
pub(crate) const ANALYSED_ROW: usize = 7;

/// What became of each cohort row.
pub(crate) struct People {
    /// Index dates, one a cohort row; none for a further row of somebody counted.
    pub(crate) index_days: Vec<Option<Day>>,
    /// Usage rows of linked people, each once.
    pub(crate) linked: Vec<u32>,
    /// Analysed people: their usage row and their windows.
    pub(crate) analysed: Vec<(u32, Windows)>,
    /// Of each analysed, their cohort row.
    pub(crate) cohort_rows: Vec<u32>,
    /// Of each analysed, whether they completed.
    pub(crate) completed: Vec<bool>,
    further: u64,
    without_index_date: u64,
    not_covered: u64,
    not_observed: u64,
}

impl People {
    pub(crate) fn of<E: std::error::Error + 'static>(
        inputs: &Inputs<'_>,
        observations: &[Observation],
    ) -> Result<Self, OutcomesError<E>> {
        let Inputs { study, cohort, links, .. } = *inputs;
        if inputs.usage_complete_from > inputs.usage_complete_to {
            return Err(OutcomesError::UsagePeriod);
        }
        let covered = covered_days(inputs);
        let completes = completion(inputs);
        let mut index_days = index_days(inputs, cohort);
        let row_of = rows_counted(inputs, &index_days)?;
        let mut people = Self {
            index_days: Vec::new(),
            linked: Vec::new(),
            analysed: Vec::new(),
            cohort_rows: Vec::new(),
            completed: Vec::new(),
            further: 0,
            without_index_date: 0,
            not_covered: 0,
            not_observed: 0,
        };
        for (cohort_row, usage_row) in links {
            if row_of.get(usage_row) != Some(cohort_row) {
                people.further += 1;
                index_days[*cohort_row as usize] = None;
                continue;
            }
            people.linked.push(*usage_row);
            let Some(index) = index_days[*cohort_row as usize] else {
                people.without_index_date += 1;
                continue;
            };
            let windows = Windows::around(index, study.look_back_months, study.dip_months, study.follow_up_months);
            let Some(windows) = windows.filter(|windows| windows.lie_within(&covered)) else {
                people.not_covered += 1;
                continue;
            };
            if !observations[*usage_row as usize].days.contains(&index) {
                people.not_observed += 1;
                continue;
            }
            people.analysed.push((*usage_row, windows));
            people.cohort_rows.push(*cohort_row);
            people.completed.push(completes(*cohort_row as usize));
        }
        people.index_days = index_days;
        Ok(people)
    }

    pub(crate) fn flow_table<E: std::error::Error + 'static>(
        &self,
        inputs: &Inputs<'_>,
        labels: &[String],
    ) -> Result<Table, OutcomesError<E>> {
        let Inputs { study, cohort, usage_complete_from: from, usage_complete_to: to, .. } = *inputs;
        let (all, linked) = (cohort.len() as u64, inputs.links.len() as u64);
        let analysed = self.analysed.len() as u64;
        let completed = self.completed.iter().filter(|completed| **completed).count() as u64;
        let counts = [
            all,
            linked,
            all - linked,
            self.further,
            self.without_index_date,
            self.not_covered,
            self.not_observed,
            analysed,
            completed,
            analysed - completed,
        ];
        let lag = match study.lag_days {
            0 => String::new(),
            days => format!(" less {days} days by which records come late"),
        };
        let completers =
            study.completers.as_ref().map_or_else(String::new, |of| format!(" Completed: {}.", of.definition));
        let note = format!(
            "People of {cohort} and whether they were linked to {usage}. Somebody who is in {cohort} several times is counted by the row \
             with the earliest index date. The index date is {index}. Analysed: linked, with an index date, \
             under observation on it, and with all of the {before} before it and the {after} from it on inside the days for which {usage} \
             is complete, {from} to {to}{lag}.{completers}",
            cohort = study.cohort,
            usage = study.usage,
            index = study.index_date,
            before = in_months(study.look_back_months),
            after = in_months(study.follow_up_months),
        );
        let rows = labels.iter().zip(counts).map(|(label, people)| Row::new(label.clone(), vec![Cell::people(people)]));
        let everybody = sum_in_flow(ALL_ROW, [LINKED_ROW, NOT_LINKED_ROW], SumCover::Total);
        let linked = sum_in_flow(LINKED_ROW, NOT_LINKED_ROW + 1..=ANALYSED_ROW, SumCover::Parts);
        let table = Table::new(code(FLOW), "Who is counted", note, vec![Column::count("People")], rows.collect())?;
        let mut table = table.with_sum(everybody)?.with_sum(linked)?;
        if study.comparison.is_some() {
            let participants = || CellOf::first(code(FRAME), LINKED_OF_USAGE_ROW);
            let of_people = Sum::of_rows(participants(), FURTHER_ROW + 1..=ANALYSED_ROW, SumCover::Parts);
            let of_rows = sum_in_flow(LINKED_ROW, [FURTHER_ROW], SumCover::EveryPart).with(participants());
            table = table.with_sum(of_people)?.with_sum(of_rows)?;
        }
        if study.completers.is_some() {
            table = table.with_sum(sum_in_flow(ANALYSED_ROW, ANALYSED_ROW + 1..=ANALYSED_ROW + 2, SumCover::Parts))?;
        }
        Ok(table)
    }
}

/// Whether the person of a cohort row completed; nobody did where the study does not say what that is.
fn completion<'a>(inputs: &Inputs<'a>) -> impl Fn(usize) -> bool + use<'a> {
    let variables = &dataset(inputs.agreement, &inputs.study.cohort).people;
    let of = inputs.study.completers.as_ref().map(|completers| {
        let position = variables.iter().position(|variable| variable.name == completers.variable);
        let position = position.expect("check_study found the completers' variable");
        let counts = |code: &Code| completers.codes.contains(code);
        let codes: Vec<bool> = match &variables[position].kind {
            VariableKind::Code(codes) => codes.iter().map(counts).collect(),
            _ => Vec::new(),
        };
        (inputs.cohort.values(position), codes)
    });
    move |row| match &of {
        Some((values, codes)) => {
            matches!(values[row], Some(Value::Code(code)) if codes.get(usize::from(code)).copied().unwrap_or(false))
        }
        None => false,
    }
}

fn index_days(inputs: &Inputs<'_>, cohort: &EncodedPeople) -> Vec<Option<Day>> {
    let variables = &dataset(inputs.agreement, &inputs.study.cohort).people;
    let position = variables.iter().position(|variable| variable.name == inputs.study.index_date);
    let values = cohort.values(position.expect("check_study found the index date"));
    let day = |value: &Option<Value>| match value {
        Some(Value::Date(day)) => Some(*day),
        _ => None,
    };
    values.iter().map(day).collect()
}

/// The days for which the usage extract is complete. What happened in the last days has not all reached the records.
pub(crate) fn covered_days(inputs: &Inputs<'_>) -> Range<Day> {
    let end = day_of(inputs.usage_complete_to).saturating_add(1);
    day_of(inputs.usage_complete_from)..end.saturating_sub_unsigned(inputs.study.lag_days)
}

/// By usage row the cohort row by which the person is counted: that with the earliest index date, none being the latest. Every link
/// names two rows that are there, and no cohort row is in two links.
fn rows_counted<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    index_days: &[Option<Day>],
) -> Result<BTreeMap<u32, u32>, OutcomesError<E>> {
    let rank = |row: u32| {
        let index = index_days[row as usize];
        (index.is_none(), index, inputs.cohort.refs()[row as usize], row)
    };
    let mut is_linked = vec![false; inputs.cohort.len()];
    let mut row_of = BTreeMap::new();
    for (cohort_row, usage_row) in inputs.links {
        let of_cohort = is_linked.get_mut(*cohort_row as usize).ok_or(OutcomesError::LinkOutside)?;
        if *usage_row as usize >= inputs.usage.len() {
            return Err(OutcomesError::LinkOutside);
        }
        if std::mem::replace(of_cohort, true) {
            return Err(OutcomesError::RowLinkedTwice);
        }
        let counted = row_of.entry(*usage_row).or_insert(*cohort_row);
        if rank(*cohort_row) < rank(*counted) {
            *counted = *cohort_row;
        }
    }
    Ok(row_of)
}
