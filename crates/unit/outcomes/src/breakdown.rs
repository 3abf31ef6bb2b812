//! People by the values of one agreed variable: those linked, or all in the programme's extract and those of them who were linked.
//!
//! In: links and one column of values. Out: one table, a row a value of the agreed list or range, and one for missing values.
//! Absent on purpose: values found in the data. Rows come from the agreement, so that a table's shape says nothing about anybody.
//!
//! By a variable of the programme's own, where more of some than of others could be linked, it shows: what is said of those linked
//! then says less of the others. Both count rows of the programme's extract, as `flow` does until its further rows.

use counterfoil_model::{Breakdown, Value, VariableKind};
use counterfoil_release::{Cell, Column, Row, SumCover, Table};

use crate::people::{ALL_ROW, LINKED_ROW};
use crate::{Inputs, OutcomesError, dataset, row_number, sum_in_flow};

pub(crate) fn table<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    breakdown: &Breakdown,
) -> Result<Table, OutcomesError<E>> {
    let labels = inputs.agreement.breakdown_rows(breakdown).expect("check_study found that it can be broken down by");
    let of_cohort = breakdown.dataset == inputs.study.cohort;
    let count = |rows: &mut dyn Iterator<Item = u32>| counts(inputs, breakdown, labels.len(), rows);
    let (columns, counts, total) = if of_cohort {
        let columns = vec![Column::count("People in the extract"), Column::count("Of those, linked").part_of(0)];
        let all = count(&mut (0..inputs.cohort.len()).map(row_number));
        let linked = count(&mut inputs.links.iter().map(|(row, _)| *row));
        (columns, vec![all, linked], ALL_ROW)
    } else {
        let linked = count(&mut inputs.links.iter().map(|(_, row)| *row));
        (vec![Column::count("Linked people")], vec![linked], LINKED_ROW)
    };
    let cells = |row: usize| counts.iter().map(|column| Cell::people(column[row])).collect();
    let rows: Vec<_> = labels.into_iter().enumerate().map(|(row, label)| Row::new(label, cells(row))).collect();
    let sum = sum_in_flow(total, 0..rows.len(), SumCover::Parts);
    let note = format!(
        "{people} by {variable} of {dataset}; every value that the agreement lists has a row. Somebody who is in {cohort} several times \
         is counted as often, as among those linked (see flow).",
        people =
            if of_cohort { "Everybody in the extract, and those of them who were linked," } else { "Linked people" },
        variable = breakdown.variable,
        dataset = breakdown.dataset,
        cohort = inputs.study.cohort,
    );
    Ok(Table::new(breakdown.id.clone(), breakdown.label.clone(), note, columns, rows)?.with_sum(sum)?)
}

/// How many of some rows of the breakdown's dataset have each value, and last how many have none.
fn counts(inputs: &Inputs<'_>, breakdown: &Breakdown, labels: usize, rows: &mut dyn Iterator<Item = u32>) -> Vec<u64> {
    let place = places(inputs, breakdown, labels);
    let mut counts = vec![0; labels];
    rows.for_each(|row| counts[place(row as usize)] += 1);
    counts
}

/// The label's place of a row of the breakdown's dataset: that of its value, or the last for one that has none.
pub(crate) fn places<'a>(
    inputs: &Inputs<'a>,
    breakdown: &Breakdown,
    labels: usize,
) -> impl Fn(usize) -> usize + use<'a> {
    let variables = &dataset(inputs.agreement, &breakdown.dataset).people;
    let position = variables.iter().position(|variable| variable.name == breakdown.variable);
    let position = position.expect("check_study found the breakdown's variable");
    let people = if breakdown.dataset == inputs.study.cohort { inputs.cohort } else { inputs.usage };
    let (values, kind, not_recorded) = (people.values(position), &variables[position].kind, labels - 1);
    move |row| values[row].and_then(|value| place(kind, value)).map_or(not_recorded, |place| place.min(not_recorded))
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
