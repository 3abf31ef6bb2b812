//! The effect under other choices, which the study named beforehand.
//!
//! In: matched people and their tallies. Out: the `sensitivity` table: as planned; at an index date some months too early, where
//! there should be no effect; with the interval that drawing whole groups again gives; with the greatest amounts cut.
//! Absent on purpose: choosing among them. What was planned is the result.

use std::collections::BTreeMap;

use counterfoil_release::{Cell, Column, Row, Table};

use crate::estimates::{Estimates, estimates, of_nobody};
use crate::figures::PERCENT;
use crate::used::{Periods, negative_controls};
use crate::{OutcomesError, Parts, code, labels};

/// `planned` are the estimates of every measure as planned.
pub(crate) fn table<E: std::error::Error + 'static>(
    parts: &Parts<'_>,
    planned: &BTreeMap<usize, Estimates<'_>>,
) -> Result<Table, OutcomesError<E>> {
    let (study, comparison, rows) = (parts.inputs.study, parts.comparison, &parts.matched.rows);
    let all = || 0..study.measures.len();
    let mut cells = of_measures(all(), planned);
    if let Some(months) = comparison.placebo_months {
        let placebo = estimates(parts, rows, all(), Periods::placebo(study, months), None)?;
        cells.extend(of_measures(all(), &placebo));
    }
    let drawn = |measure| planned.get(&measure).map_or_else(of_nobody, Estimates::against_expectation_drawn);
    cells.extend(all().map(|measure| drawn(measure).to_vec()));
    if let Some(permille) = comparison.winsorise_permille {
        let money = || all().filter(|measure| study.measures[*measure].is_money());
        let cut = estimates(parts, rows, money(), Periods::of(study), Some(permille))?;
        cells.extend(of_measures(money(), &cut));
    }
    let rows = labels(parts.plan, "sensitivity").iter().zip(cells).map(|(label, cells)| Row::new(label.clone(), cells));
    let placebo = match comparison.placebo_months {
        None => "",
        Some(_) => {
            " At a placebo index date, before anybody started, it should be none: an effect there says that the comparison is not \
             like for like."
        }
    };
    let note = format!(
        "Everybody who started (ITT_ATT), matched. Against expectation as in the effect: the ratio of ratios, less 1.{placebo}{controls} \
         Interval by drawing groups again: what holds 95 % of {draws} draws of whole groups of {cluster} (bias-corrected and \
         accelerated). The study named these before any data was there.",
        draws = comparison.draws,
        cluster = comparison.cluster,
        controls = negative_controls(study),
    );
    let columns = vec![
        Column::figure("Against expectation", PERCENT),
        Column::figure("Against expectation, from", PERCENT),
        Column::figure("Against expectation, to", PERCENT),
    ];
    Ok(Table::new(code("sensitivity"), "The effect under other choices", note, columns, rows.collect())?)
}

fn of_measures(measures: impl Iterator<Item = usize>, estimates: &BTreeMap<usize, Estimates<'_>>) -> Vec<Vec<Cell>> {
    let cells = |measure| estimates.get(&measure).map_or_else(of_nobody, Estimates::against_expectation);
    measures.map(|measure| cells(measure).to_vec()).collect()
}
