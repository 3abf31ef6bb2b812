//! What participants attained, by the programme's own codes.
//!
//! In: index dates and code variables of the cohort. Out: the `attained` table, a row an attainment.
//! Absent on purpose: linkage: whoever could not be linked has attained it all the same. And money: what is paid is reckoned from
//! released counts.

use counterfoil_model::{Attainment, Value, VariableKind};
use counterfoil_release::{Cell, Column, Row, Table, TableError};

use crate::people::People;
use crate::{Inputs, code, dataset};

pub(crate) fn table(inputs: &Inputs<'_>, people: &People) -> Result<Option<Table>, TableError> {
    let attainments = &inputs.study.attainments;
    if attainments.is_empty() {
        return Ok(None);
    }
    let rows = attainments.iter().map(|of| row(inputs, people, of));
    let note = format!(
        "Everybody in {cohort} who has an index date, linked or not. Recorded: with any of the agreed codes.",
        cohort = inputs.study.cohort
    );
    let columns = vec![
        Column::count("People who started"),
        Column::count("Of those, recorded").part_of(0),
        Column::count("Of those, attained").part_of(1),
    ];
    Table::new(code("attained"), "What was attained", note, columns, rows.collect()).map(Some)
}

fn row(inputs: &Inputs<'_>, people: &People, of: &Attainment) -> Row {
    let variables = &dataset(inputs.agreement, &inputs.study.cohort).people;
    let position = variables.iter().position(|variable| variable.name == of.variable);
    let position = position.expect("check_study found the attainment's variable");
    let attained: Vec<bool> = match &variables[position].kind {
        VariableKind::Code(codes) => codes.iter().map(|code| of.codes.contains(code)).collect(),
        _ => Vec::new(),
    };
    let values = inputs.cohort.values(position);
    let started = || values.iter().zip(&people.index_days).filter(|(_, index)| index.is_some()).map(|(value, _)| value);
    let is_attained = |value: &Option<Value>| matches!(value, Some(Value::Code(code)) if attained.get(usize::from(*code)).copied().unwrap_or(false));
    let cells = vec![
        Cell::people(started().count() as u64),
        Cell::people(started().filter(|value| value.is_some()).count() as u64),
        Cell::people(started().filter(|value| is_attained(value)).count() as u64),
    ];
    Row::new(of.label.clone(), cells)
}
