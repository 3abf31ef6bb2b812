//! Linked people by the values of one agreed variable.
//!
//! In: links and one column of values. Out: one table, a row a value of the agreed list or range, and one for missing values.
//! Absent on purpose: values found in the data. Rows come from the agreement, so that a table's shape says nothing about anybody.

use counterfoil_model::{Breakdown, Value, VariableKind};
use counterfoil_release::{Cell, Column, Row, SumCover, Table};

use crate::people::LINKED_ROW;
use crate::{Inputs, OutcomesError, dataset, sum_in_flow};

pub(crate) fn table<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    breakdown: &Breakdown,
) -> Result<Table, OutcomesError<E>> {
    let variables = &dataset(inputs.agreement, &breakdown.dataset).people;
    let position = variables.iter().position(|variable| variable.name == breakdown.variable);
    let position = position.expect("check_study found the breakdown's variable");
    let of_cohort = breakdown.dataset == inputs.study.cohort;
    let values = if of_cohort { inputs.cohort.values(position) } else { inputs.usage.values(position) };
    let labels = inputs.agreement.breakdown_rows(breakdown).expect("check_study found that it can be broken down by");
    let mut counts = vec![0; labels.len() - 1];
    let mut not_recorded = 0;
    for (cohort_row, usage_row) in inputs.links {
        let row = if of_cohort { cohort_row } else { usage_row };
        let place = values[*row as usize].and_then(|value| place(&variables[position].kind, value));
        *place.and_then(|place| counts.get_mut(place)).unwrap_or(&mut not_recorded) += 1;
    }
    let rows = labels.into_iter().zip(counts.into_iter().chain([not_recorded]));
    let rows: Vec<_> = rows.map(|(label, people)| Row::new(label, vec![Cell::people(people)])).collect();
    let linked = sum_in_flow(LINKED_ROW, 0..rows.len(), SumCover::Parts);
    let note = format!(
        "Linked people by {variable} of {dataset}; every value that the agreement lists has a row.",
        variable = breakdown.variable,
        dataset = breakdown.dataset
    );
    let columns = vec![Column::count("Linked people")];
    Ok(Table::new(breakdown.id.clone(), breakdown.label.clone(), note, columns, rows)?.with_sum(linked)?)
}

fn place(kind: &VariableKind, value: Value) -> Option<usize> {
    match (kind, value) {
        (VariableKind::Code(_), Value::Code(position)) => Some(usize::from(position)),
        (VariableKind::Integer { min, .. }, Value::Integer(number)) if number >= *min => {
            usize::try_from(number.abs_diff(*min)).ok()
        }
        _ => None,
    }
}
