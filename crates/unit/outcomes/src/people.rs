//! Who is counted: from everybody in the programme's extract to those analysed, and why the others are not.
//!
//! In: people, links and the days that the usage extract covers. Out: [`People`] and the `flow` table.
//! Absent on purpose: reading events; whether somebody is analysed does not depend on what they used.

use counterfoil_model::{EncodedPeople, Value};
use counterfoil_release::{Cell, Column, Row, SumCover, Table};

use crate::window::{Day, Windows, day_of};
use crate::{FLOW, Inputs, OutcomesError, code, dataset, months, sum_in_flow};

/// Rows of the `flow` table, counted from 0.
const ALL_ROW: usize = 0;
pub(crate) const LINKED_ROW: usize = 1;
const NOT_LINKED_ROW: usize = 2;
pub(crate) const ANALYSED_ROW: usize = 5;

/// What became of each cohort row.
pub(crate) struct People {
    /// Index dates, one a cohort row.
    pub(crate) index_days: Vec<Option<Day>>,
    /// Analysed people: their usage row and their windows.
    pub(crate) analysed: Vec<(u32, Windows)>,
    linked: u64,
    without_index_date: u64,
    not_covered: u64,
}

impl People {
    pub(crate) fn of<E: std::error::Error + 'static>(inputs: &Inputs<'_>) -> Result<Self, OutcomesError<E>> {
        let Inputs { study, cohort, links, .. } = *inputs;
        let (first, last) = (day_of(inputs.usage_complete_from), day_of(inputs.usage_complete_to));
        if first > last {
            return Err(OutcomesError::UsagePeriod);
        }
        check_links(inputs)?;
        let index_days = index_days(inputs, cohort);
        let mut people = Self { index_days, analysed: Vec::new(), linked: 0, without_index_date: 0, not_covered: 0 };
        for (cohort_row, usage_row) in links {
            people.linked += 1;
            let Some(index) = people.index_days[*cohort_row as usize] else {
                people.without_index_date += 1;
                continue;
            };
            let windows = Windows::around(index, study.look_back_months, study.follow_up_months);
            match windows.filter(|windows| windows.lie_within(first, last)) {
                Some(windows) => people.analysed.push((*usage_row, windows)),
                None => people.not_covered += 1,
            }
        }
        Ok(people)
    }

    pub(crate) fn flow_table<E: std::error::Error + 'static>(
        &self,
        inputs: &Inputs<'_>,
    ) -> Result<Table, OutcomesError<E>> {
        let Inputs { study, cohort, usage_complete_from: from, usage_complete_to: to, .. } = *inputs;
        let all = cohort.len() as u64;
        let (before, after) = (months(study.look_back_months), months(study.follow_up_months));
        let rows = [
            ("People in the programme's extract", all),
            ("Linked", self.linked),
            ("Not linked", all - self.linked),
            ("Linked, without an index date", self.without_index_date),
            ("Linked, look-back or follow-up not covered", self.not_covered),
            ("Analysed", self.analysed.len() as u64),
        ];
        let note = format!(
            "People of {cohort} and whether they were linked to {usage}. The index date is {index}. Analysed: linked, with an index date, \
             and with all of the {before} before it and the {after} from it on inside the days for which {usage} is complete, \
             {from} to {to}.",
            cohort = study.cohort,
            usage = study.usage,
            index = study.index_date,
        );
        let columns = vec![Column { label: "People".to_owned(), part_of: None }];
        let rows = rows.map(|(label, people)| Row::new(label, vec![Cell::people(people)]));
        let everybody = sum_in_flow(ALL_ROW, [LINKED_ROW, NOT_LINKED_ROW], SumCover::Total);
        let linked = sum_in_flow(LINKED_ROW, NOT_LINKED_ROW + 1..=ANALYSED_ROW, SumCover::Parts);
        let table = Table::new(code(FLOW), "Who is counted", note, columns, rows.into())?;
        Ok(table.with_sum(everybody)?.with_sum(linked)?)
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
