//! How use went, stretch by stretch, for participants and comparison: what an event-study plot is drawn from.
//!
//! In: matched people and their tallies. Out: the `course` table. Before the dip both should run alike; that they do is what makes a
//! difference in differences believable.
//! Absent on purpose: intervals, which the effect has.

use std::collections::BTreeMap;

use counterfoil_estimate::{Arm, Period, Quantity as _, Rates};
use counterfoil_model::in_months;
use counterfoil_release::{Cell, Column, Row, Table};

use crate::compared::panels;
use crate::estimates::of_nobody;
use crate::figures::rate_kind;
use crate::used::Periods;
use crate::{OutcomesError, Parts, code, labels};

/// A measure and a stretch, by their positions.
type Place = (usize, usize);

pub(crate) fn table<E: std::error::Error + 'static>(parts: &Parts<'_>) -> Result<Option<Table>, OutcomesError<E>> {
    let study = parts.inputs.study;
    let measures = || study.measures.iter().enumerate().filter(|(_, measure)| !measure.is_money()).map(|(at, _)| at);
    if measures().next().is_none() {
        return Ok(None);
    }
    let stretches = study.stretches();
    let mut rates: BTreeMap<Place, [Cell; 2]> = BTreeMap::new();
    // A panel has two periods, so it serves two stretches.
    for (pair, of_pair) in stretches.chunks(2).enumerate() {
        if !parts.matched.rows.is_empty() {
            let periods = Periods { before: of_pair[0], after: *of_pair.last().expect("chunks are not empty") };
            rates_of_pair(parts, measures(), 2 * pair, periods, &mut rates)?;
        }
    }
    let places = measures().flat_map(|measure| (0..stretches.len()).map(move |stretch| (measure, stretch)));
    let cells = places.map(|place| rates.get(&place).copied().unwrap_or_else(of_nobody::<2>).to_vec());
    let rows = labels(parts.plan, "course").iter().zip(cells).map(|(label, cells)| Row::new(label.clone(), cells));
    let dip = match study.dip_months {
        0 => String::new(),
        months => {
            let matched_on =
                if parts.comparison.trajectory.is_some() { "what people are matched on, and " } else { "" };
            format!(" The last {} before (the dip) are {matched_on}no part of the effect.", in_months(months))
        }
    };
    let note = format!(
        "Matched participants, everybody who started, and the people they are compared with; for each person-year under observation.{dip}"
    );
    let columns =
        vec![Column::figure("Participants", rate_kind(false)), Column::figure("Comparison", rate_kind(false))];
    Ok(Some(Table::new(code("course"), "The course of use", note, columns, rows.collect())?))
}

fn rates_of_pair<E: std::error::Error + 'static>(
    parts: &Parts<'_>,
    measures: impl Iterator<Item = usize>,
    first: usize,
    periods: Periods,
    cells: &mut BTreeMap<Place, [Cell; 2]>,
) -> Result<(), OutcomesError<E>> {
    let rows = &parts.matched.rows;
    for together in panels(parts.inputs.study, rows, parts.tally, measures, periods)? {
        for (measure, amounts) in &together.measures {
            let rates = Rates::of(&together.panel, amounts)?;
            for (stretch, period) in (first..).zip(Period::BOTH) {
                let rate = |arm: Arm| {
                    let rate = rates.rate(arm, period).ok().map(counterfoil_estimate::RatePerPersonYear::value);
                    rows.resting(amounts, false, &[arm], &[period]).figure(rate, rate_kind(false).decimals)
                };
                cells.insert((*measure, stretch), Arm::BOTH.map(rate));
            }
        }
    }
    Ok(())
}
