//! Linked people by the values of one agreed variable.
//!
//! In: links and one column of values. Out: one table, a row a value of the agreed list or range, and one for missing values.
//! Absent on purpose: values found in the data. Rows come from the agreement, so that a table's shape says nothing about anybody.

use counterfoil_model::{Breakdown, Value, VariableKind};
use counterfoil_release::{Cell, Column, Row, Table};

use crate::{Inputs, OutcomesError, RANGE_VALUES_MAX, dataset};

pub(crate) fn table<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    breakdown: &Breakdown,
) -> Result<Table, OutcomesError<E>> {
    let variables = &dataset(inputs.agreement, &breakdown.dataset).people;
    let position = variables.iter().position(|variable| variable.name == breakdown.variable);
    let position = position.expect("check_study found the breakdown's variable");
    let of_cohort = breakdown.dataset == inputs.study.cohort;
    let values = if of_cohort { inputs.cohort.values(position) } else { inputs.usage.values(position) };
    let too_wide = || OutcomesError::BreakdownTooWide { breakdown: breakdown.id.clone() };
    let labels = labels(&variables[position].kind).ok_or_else(too_wide)?;
    let mut counts = vec![0; labels.len()];
    let mut not_recorded = 0;
    for (cohort_row, usage_row) in inputs.links {
        let row = if of_cohort { cohort_row } else { usage_row };
        let place = values[*row as usize].and_then(|value| place(&variables[position].kind, value));
        *place.and_then(|place| counts.get_mut(place)).unwrap_or(&mut not_recorded) += 1;
    }
    let rows = labels.into_iter().zip(counts).chain([("Not recorded".to_owned(), not_recorded)]);
    let rows = rows.map(|(label, people)| Row::new(label, vec![Cell::people(people)])).collect();
    let note = format!(
        "Linked people by {variable} of {dataset}; every value that the agreement lists has a row.",
        variable = breakdown.variable,
        dataset = breakdown.dataset
    );
    let columns = vec![Column { label: "Linked people".to_owned(), part_of: None }];
    Ok(Table::new(breakdown.id.clone(), breakdown.label.clone(), note, columns, rows)?)
}

/// A label a value, in the agreement's order; none if there are too many.
fn labels(kind: &VariableKind) -> Option<Vec<String>> {
    match kind {
        VariableKind::Code(codes) => Some(codes.iter().map(ToString::to_string).collect()),
        VariableKind::Integer { min, max } => {
            let values = u64::from(min.abs_diff(*max)) + 1;
            (values <= RANGE_VALUES_MAX).then(|| (*min..=*max).map(number_label).collect())
        }
        VariableKind::Date { .. } => None,
    }
}

/// A label does not begin with a sign that a spreadsheet would run.
fn number_label(number: i32) -> String {
    if number < 0 { format!("minus {}", number.unsigned_abs()) } else { number.to_string() }
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
