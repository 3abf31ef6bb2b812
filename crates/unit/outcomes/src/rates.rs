//! What the rates of the effect are made of: events and person-years of the matched, and the ratio of their rates afterwards.
//!
//! In: matched people and their tallies. Out: the `rates` table, a row a measure that is no money.
//! Absent on purpose: money, whose sums over matched people nobody asks for, and anything before in the ratio: it says how far apart both
//! are, and not what changed.

use std::collections::BTreeMap;

use counterfoil_estimate::{Arm, CountModel, Modelled, Period, Quantity, RateRatio, model_rate_ratio_after};
use counterfoil_release::{Cell, CellOf, Column, FigureKind, FigureUnit, Row, Table};

use crate::compared::{View, panels};
use crate::estimates::{inference, known, of_nobody};
use crate::frame_tables::{of_all_matched, years};
use crate::used::{Labels, Periods, events_or_days};
use crate::{OutcomesError, Parts, code, labels};

const RATES: &str = "rates";
const RATIO: FigureKind = FigureKind { decimals: 2, unit: FigureUnit::None };
/// Participants and comparison, then events and person-years of each before and after.
const COUNTS_OF_ARM: usize = 4;

/// None where every measure is money.
pub(crate) fn table<E: std::error::Error + 'static>(parts: &Parts<'_>) -> Result<Option<Table>, OutcomesError<E>> {
    let study = parts.inputs.study;
    let measures: Vec<usize> = (0..study.measures.len()).filter(|at| !study.measures[*at].is_money()).collect();
    if measures.is_empty() {
        return Ok(None);
    }
    let view = View::of(Periods::of(study));
    let mut ratios: BTreeMap<usize, [Cell; 3]> = BTreeMap::new();
    let matched = &parts.matched.rows;
    if !matched.is_empty() {
        for together in panels(study, matched, parts.tally, measures.iter().copied(), view)? {
            for (measure, amounts) in &together.measures {
                let ratio = model_rate_ratio_after(&together.panel, amounts, CountModel::Poisson, inference(matched));
                let behind = matched.resting(amounts, false, &Arm::BOTH, &[Period::After]);
                ratios.insert(*measure, three(known(ratio)?).map(|value| behind.figure(value, RATIO.decimals)));
            }
        }
    }
    let rows = labels(parts.plan, RATES).iter().zip(&measures).map(|(label, measure)| {
        let people = Arm::BOTH.map(|arm| Cell::people(matched.count(arm)));
        let counted = Arm::BOTH.into_iter().flat_map(|arm| counted(parts, *measure, arm));
        let ratio = ratios.get(measure).copied().unwrap_or_else(of_nobody);
        Row::new(label.clone(), people.into_iter().chain(counted).chain(ratio).collect())
    });
    let rows: Vec<Row> = rows.collect();
    let all = rows.len();
    let mut table = Table::new(code(RATES), "Events, time and rates", note(parts), columns(parts), rows)?;
    for row in 0..all {
        for column in 2..2 + 2 * COUNTS_OF_ARM {
            let people = CellOf { table: code(RATES), row, column: (column - 2) / COUNTS_OF_ARM };
            table = table.hidden_with((row, column), people)?;
        }
    }
    Ok(Some(of_all_matched(table, 0..all)?))
}

/// Events before and after, person-years before and after; each person once.
fn counted(parts: &Parts<'_>, measure: usize, arm: Arm) -> [Cell; COUNTS_OF_ARM] {
    let people: Vec<usize> = parts.matched.rows.people(arm).map(|person| person as usize).collect();
    let periods = Periods::of(parts.inputs.study).both();
    let events = periods.map(|months| {
        let amounts = people.iter().map(|person| parts.tally.amount(*person, measure, months));
        let (sum, with_any) = amounts.fold((0, 0), |(sum, any), amount| (sum + amount, any + u64::from(amount > 0)));
        Cell::events(sum, with_any)
    });
    let times = periods.map(|months| {
        let days = people.iter().map(|person| u64::from(parts.tally.days(*person, measure, months)));
        let (sum, with_any) = days.fold((0, 0), |(sum, any), days| (sum + days, any + u64::from(days > 0)));
        years(sum, with_any)
    });
    [events[0], events[1], times[0], times[1]]
}

fn three(ratio: Option<Modelled<RateRatio>>) -> [Option<f64>; 3] {
    ratio.map_or([None; 3], |of| [of.estimate, of.interval.lower, of.interval.upper].map(|value| Some(value.value())))
}

fn columns(parts: &Parts<'_>) -> Vec<Column> {
    let what = events_or_days(parts.inputs.study);
    let mut columns = vec![Column::count("Participants"), Column::count("Comparison")];
    for arm in ["participants", "comparison"] {
        columns.extend(["before", "after"].map(|period| Column::count(format!("{what} of {arm} {period}"))));
        columns.extend(["before", "after"].map(|period| Column::count(format!("Person-years of {arm} {period}"))));
    }
    columns.extend(["", ", from", ", to"].map(|end| Column::figure(format!("Rate ratio after{end}"), RATIO)));
    columns
}

fn note(parts: &Parts<'_>) -> String {
    let labels = Labels::of(parts.inputs.study);
    format!(
        "Everybody who started (ITT_ATT), matched, and the people they are compared with, each counted once; rates of the effect weigh the \
         comparison as it was matched. Before: the {before}. After: the {after} from the index date on. Rate ratio after: participants' \
         rate over the comparison's, weighed, with 95 % intervals as in the effect. It is not the effect: what was different before is in it.",
        before = labels.before_in_full,
        after = labels.after,
    )
}
