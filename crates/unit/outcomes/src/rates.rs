//! What the rates of the effect are made of: events and person-years of the matched, and the ratio of their rates afterwards.
//!
//! In: matched people and their tallies. Out: the `rates` table, a row a measure and
//! arm, and the `ratio` table, a row a measure; of what is no money.
//! Absent on purpose: money, whose sums over matched people nobody asks for, and anything before in the ratio: it says how far apart both
//! are, and not what changed.

use std::collections::BTreeMap;

use counterfoil_estimate::{Arm, CountModel, Modelled, Period, Quantity, RateRatio, model_rate_ratio_after};
use counterfoil_release::{Cell, CellOf, Column, FigureKind, FigureUnit, Row, Sum, SumCover, Table, TableError};

use crate::compared::{View, panels};
use crate::estimates::{inference, known, of_nobody};
use crate::frame_tables::{FRAME, MATCHED_OTHERS_ROW, MATCHED_ROW, of_all_matched, years};
use crate::used::{Labels, Periods, events_or_days};
use crate::{OutcomesError, Parts, code, labels};

const RATES: &str = "rates";
const RATIO: &str = "ratio";
const RATIO_KIND: FigureKind = FigureKind { decimals: 2, unit: FigureUnit::None };

/// Both tables; none where every measure is money.
pub(crate) fn tables<E: std::error::Error + 'static>(parts: &Parts<'_>) -> Result<Vec<Table>, OutcomesError<E>> {
    let study = parts.inputs.study;
    let measures: Vec<usize> = (0..study.measures.len()).filter(|at| !study.measures[*at].is_money()).collect();
    if measures.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![rates_table(parts, &measures)?, ratio_table(parts, &measures)?])
}

fn rates_table(parts: &Parts<'_>, measures: &[usize]) -> Result<Table, TableError> {
    let of_arms = measures.iter().flat_map(|measure| Arm::BOTH.map(|arm| counted(parts, *measure, arm)));
    let rows =
        labels(parts.plan, RATES).iter().zip(of_arms).map(|(label, cells)| Row::new(label.clone(), cells.into()));
    let what = events_or_days(parts.inputs.study);
    let columns = vec![
        Column::count("People"),
        Column::count(format!("{what} before")),
        Column::count(format!("{what} after")),
        Column::count("Person-years before"),
        Column::count("Person-years after"),
    ];
    let names = Labels::of(parts.inputs.study);
    let note = format!(
        "Everybody who started (ITT_ATT), matched, and the people they are compared with, each counted once; the rates of the effect weigh \
         the comparison as it was matched. Before: the {before}. After: the {after} from the index date on.",
        before = names.before_in_full,
        after = names.after,
    );
    let mut table = Table::new(code(RATES), "Events and time of those compared", note, columns, rows.collect())?;
    let of_frame = [MATCHED_ROW, MATCHED_OTHERS_ROW].map(|row| CellOf::first(code(FRAME), row));
    for (row, of) in (0..2 * measures.len()).zip(of_frame.iter().cycle()) {
        table = table.with_sum(Sum::of_rows(of.clone(), [row], SumCover::Parts))?;
        for column in 1..=4 {
            table = table.hidden_with((row, column), CellOf::first(code(RATES), row))?;
        }
    }
    Ok(table)
}

fn ratio_table<E: std::error::Error + 'static>(
    parts: &Parts<'_>,
    measures: &[usize],
) -> Result<Table, OutcomesError<E>> {
    let (study, matched) = (parts.inputs.study, &parts.matched.rows);
    let mut ratios: BTreeMap<usize, [Cell; 3]> = BTreeMap::new();
    if !matched.is_empty() {
        let view = View::of(Periods::of(study));
        for together in panels(study, matched, parts.tally, measures.iter().copied(), view)? {
            for (measure, amounts) in &together.measures {
                let ratio = model_rate_ratio_after(&together.panel, amounts, CountModel::Poisson, inference(matched));
                let behind = matched.resting(amounts, false, &Arm::BOTH, &[Period::After]);
                ratios.insert(*measure, three(known(ratio)?).map(|value| behind.figure(value, RATIO_KIND.decimals)));
            }
        }
    }
    let rows = labels(parts.plan, RATIO).iter().zip(measures).map(|(label, measure)| {
        let people = Arm::BOTH.map(|arm| Cell::people(matched.count(arm)));
        let ratio = ratios.get(measure).copied().unwrap_or_else(of_nobody);
        Row::new(label.clone(), people.into_iter().chain(ratio).collect())
    });
    let mut columns = vec![Column::count("Participants"), Column::count("Comparison")];
    columns.extend(["", ", from", ", to"].map(|end| Column::figure(format!("Rate ratio after{end}"), RATIO_KIND)));
    let note = "Participants' rate after the index date over the comparison's (ITT_ATT, matched), with 95 % intervals as in the effect. It is \
                not the effect: what was different before is in it.";
    let table = Table::new(code(RATIO), "Rates after the start, one over the other", note, columns, rows.collect())?;
    Ok(of_all_matched(table, 0..measures.len())?)
}

/// People, events before and after, person-years before and after; each person once.
fn counted(parts: &Parts<'_>, measure: usize, arm: Arm) -> [Cell; 5] {
    let people: Vec<usize> = parts.matched.rows.people(arm).map(|person| person as usize).collect();
    let periods = Periods::of(parts.inputs.study).both();
    let [before, after] = periods.map(|months| {
        let amounts = people.iter().map(|person| parts.tally.amount(*person, measure, months));
        let (sum, with_any) = amounts.fold((0, 0), |(sum, any), amount| (sum + amount, any + u64::from(amount > 0)));
        Cell::events(sum, with_any)
    });
    let [years_before, years_after] = periods.map(|months| {
        let days = people.iter().map(|person| u64::from(parts.tally.days(*person, measure, months)));
        let (sum, with_any) = days.fold((0, 0), |(sum, any), days| (sum + days, any + u64::from(days > 0)));
        years(sum, with_any)
    });
    [Cell::people(people.len() as u64), before, after, years_before, years_after]
}

fn three(ratio: Option<Modelled<RateRatio>>) -> [Option<f64>; 3] {
    ratio.map_or([None; 3], |of| [of.estimate, of.interval.lower, of.interval.upper].map(|value| Some(value.value())))
}
