//! The effect by groups of participants: by what was known at the start, or by how much of the programme they took.
//!
//! In: matched people, and a variable of the programme's or of the usage extract. Out: a table a subgroup, a row a measure and group.
//! Each group has the people whom its own participants were matched with.
//! Absent on purpose: a test between groups. Many groups tried will show a difference by chance.

use counterfoil_estimate::{Arm, CountModel};
use counterfoil_model::{Subgroup, SubgroupKind, Value};
use counterfoil_release::{Cell, CellOf, Column, Row, Sum, SumCover, Table};

use crate::compared::View;
use crate::effect::of_some;
use crate::estimates::{Estimates, estimates, of_nobody};
use crate::figures::PERCENT;
use crate::frame_tables::{FRAME, MATCHED_ROW, beside_participants};
use crate::people::People;
use crate::used::Periods;
use crate::window::year_of;
use crate::{OutcomesError, Parts, dataset, labels};

pub(crate) fn table<E: std::error::Error + 'static>(
    parts: &Parts<'_>,
    people: &People,
    subgroup: &Subgroup,
) -> Result<Table, OutcomesError<E>> {
    let study = parts.inputs.study;
    let (of_participants, groups) = groups(parts, people, subgroup);
    let mut cells: Vec<Vec<Cell>> = vec![Vec::new(); groups * study.measures.len()];
    for group in 0..groups {
        let chosen: Vec<bool> = of_participants.iter().map(|of| *of == group).collect();
        let rows = of_some(&parts.matched.rows, &chosen);
        let view = View::of(Periods::of(study));
        let estimates = estimates(parts, &rows, 0..study.measures.len(), view, CountModel::Poisson)?;
        for measure in 0..study.measures.len() {
            let effect = estimates.get(&measure).map_or_else(of_nobody, Estimates::against_expectation);
            let counts = Arm::BOTH.map(|arm| Cell::people(rows.count(arm)));
            cells[measure * groups + group] = counts.into_iter().chain(effect).collect();
        }
    }
    let labels = labels(parts.plan, subgroup.id.as_str());
    let rows = labels.iter().zip(cells).map(|(label, cells)| Row::new(label.clone(), cells));
    let columns = vec![
        Column::count("Participants"),
        Column::count("Comparison"),
        Column::figure("Against expectation", PERCENT),
        Column::figure("Against expectation, from", PERCENT),
        Column::figure("Against expectation, to", PERCENT),
    ];
    let mut table = Table::new(subgroup.id.clone(), title(subgroup), note(subgroup), columns, rows.collect())?;
    for measure in 0..study.measures.len() {
        let total = CellOf::first(crate::code(FRAME), MATCHED_ROW);
        let of_measure = measure * groups..(measure + 1) * groups;
        table = table.with_sum(Sum::of_rows(total, of_measure.clone(), SumCover::Parts))?;
        // All matched others less those of the other groups are about those of one: if one goes, all go.
        for row in of_measure {
            let next = if (row + 1) % groups == 0 { row + 1 - groups } else { row + 1 };
            table = table.hidden_with((row, 1), CellOf { table: subgroup.id.clone(), row: next, column: 1 })?;
        }
    }
    Ok(beside_participants(table, 0..groups * study.measures.len())?)
}

fn title(subgroup: &Subgroup) -> String {
    format!("Effect by {}", subgroup.label)
}

fn note(subgroup: &Subgroup) -> String {
    let kind = match subgroup.kind {
        SubgroupKind::AtStart => "What was so at the index date.",
        SubgroupKind::Dose => {
            "A dose: it came about after the start, so who took more of the programme may differ from who took less in much else. A \
             difference between doses is not the programme's doing by itself."
        }
    };
    format!(
        "Everybody who started (ITT_ATT), matched, by {variable} of {dataset}; each group with the people whom its participants were \
         matched with. Against expectation as in the effect, with 95 % intervals. {kind} Of many groups some differ by chance: intervals \
         are of each group by itself.",
        variable = subgroup.variable,
        dataset = subgroup.dataset,
    )
}

/// The group of each participant, by position among the analysed, and how many groups there are.
pub(crate) fn groups(parts: &Parts<'_>, people: &People, subgroup: &Subgroup) -> (Vec<usize>, usize) {
    let inputs = parts.inputs;
    let variables = &dataset(inputs.agreement, &subgroup.dataset).people;
    let position = variables.iter().position(|variable| variable.name == subgroup.variable);
    let position = position.expect("check_study found the subgroup's variable");
    let count = inputs.agreement.subgroup_rows(subgroup).map_or(1, |rows| rows.len());
    let not_recorded = count - 1;
    let band = |number: i32| subgroup.cut_points.partition_point(|cut| *cut <= number);
    let of_value = |value: Option<Value>| match value {
        Some(Value::Code(code)) => usize::from(code),
        Some(Value::Integer(number)) => band(number),
        Some(Value::Date(day)) => band(year_of(day)),
        None => not_recorded,
    };
    let values = if subgroup.dataset == inputs.study.cohort {
        let values = inputs.cohort.values(position);
        people.cohort_rows.iter().map(|row| of_value(values[*row as usize])).collect()
    } else {
        let values = inputs.usage.values(position);
        people.analysed.iter().map(|(row, _)| of_value(values[*row as usize])).collect()
    };
    (values, count)
}
