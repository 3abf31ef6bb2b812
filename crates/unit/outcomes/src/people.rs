//! Who is counted: from everybody in the programme's extract to those analysed, and why the others are not.
//!
//! In: people, links and the days that the usage extract covers. Out: [`People`] and the `flow` table.
//! Absent on purpose: reading events; whether somebody is analysed does not depend on what they used.

use counterfoil_model::{Code, EncodedPeople, Value, VariableKind, in_months};
use counterfoil_release::{Cell, Column, Row, SumCover, Table};

use crate::observed::Observation;
use crate::window::{Day, Windows, day_of};
use crate::{FLOW, Inputs, OutcomesError, code, dataset, sum_in_flow};

/// Rows of the `flow` table, counted from 0.
const ALL_ROW: usize = 0;
pub(crate) const LINKED_ROW: usize = 1;
const NOT_LINKED_ROW: usize = 2;
pub(crate) const ANALYSED_ROW: usize = 6;

/// What became of each cohort row.
pub(crate) struct People {
    /// Index dates, one a cohort row.
    pub(crate) index_days: Vec<Option<Day>>,
    /// Analysed people: their usage row and their windows.
    pub(crate) analysed: Vec<(u32, Windows)>,
    /// Of each analysed, whether they completed.
    pub(crate) completed: Vec<bool>,
    linked: u64,
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
        let (first, last) = (day_of(inputs.usage_complete_from), day_of(inputs.usage_complete_to));
        if first > last {
            return Err(OutcomesError::UsagePeriod);
        }
        // What happened in the last days has not all reached the records.
        let last = last.saturating_sub_unsigned(study.lag_days);
        check_links(inputs)?;
        let completes = completion(inputs);
        let index_days = index_days(inputs, cohort);
        let mut people = Self {
            index_days,
            analysed: Vec::new(),
            completed: Vec::new(),
            linked: 0,
            without_index_date: 0,
            not_covered: 0,
            not_observed: 0,
        };
        for (cohort_row, usage_row) in links {
            people.linked += 1;
            let Some(index) = people.index_days[*cohort_row as usize] else {
                people.without_index_date += 1;
                continue;
            };
            let windows = Windows::around(index, study.look_back_months, study.follow_up_months);
            let Some(windows) = windows.filter(|windows| windows.lie_within(first, last)) else {
                people.not_covered += 1;
                continue;
            };
            if !observations[*usage_row as usize].days.contains(&index) {
                people.not_observed += 1;
                continue;
            }
            people.analysed.push((*usage_row, windows));
            people.completed.push(completes(*cohort_row as usize));
        }
        Ok(people)
    }

    pub(crate) fn flow_table<E: std::error::Error + 'static>(
        &self,
        inputs: &Inputs<'_>,
        labels: &[String],
    ) -> Result<Table, OutcomesError<E>> {
        let Inputs { study, cohort, usage_complete_from: from, usage_complete_to: to, .. } = *inputs;
        let all = cohort.len() as u64;
        let analysed = self.analysed.len() as u64;
        let completed = self.completed.iter().filter(|completed| **completed).count() as u64;
        let counts = [
            all,
            self.linked,
            all - self.linked,
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
            "People of {cohort} and whether they were linked to {usage}. The index date is {index}. Analysed: linked, with an index date, \
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

/// Every link names two rows that are there, and no row is in two links.
fn check_links<E: std::error::Error + 'static>(inputs: &Inputs<'_>) -> Result<(), OutcomesError<E>> {
    let mut cohort_seen = vec![false; inputs.cohort.len()];
    let mut usage_seen = vec![false; inputs.usage.len()];
    for (cohort_row, usage_row) in inputs.links {
        for (seen, row) in [(&mut cohort_seen, *cohort_row), (&mut usage_seen, *usage_row)] {
            let seen = seen.get_mut(row as usize).ok_or(OutcomesError::LinkOutside)?;
            if std::mem::replace(seen, true) {
                return Err(OutcomesError::LinksNotOneToOne);
            }
        }
    }
    Ok(())
}
