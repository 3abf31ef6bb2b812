//! What analysed people used before and after their index date, and what it cost.
//!
//! In: analysed people's tallies. Out: the `use` table, a row a measure, and the `cost` table, a row a measure of money.
//! Absent on purpose: rates and percentages, which are made from released counts, after rounding.

use counterfoil_model::{Measure, MeasureRole, Study, in_months};
use counterfoil_release::{Cell, Column, Money, Row, SumCover, Table, TableError};

use crate::people::ANALYSED_ROW;
use crate::tally::Tally;
use crate::{Inputs, code, sum_in_flow};

/// Months before and after the index date that are compared with each other: the dip is in neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Periods {
    pub(crate) before: (i64, i64),
    pub(crate) after: (i64, i64),
}

impl Periods {
    pub(crate) fn of(study: &Study) -> Self {
        let [look_back, dip, follow_up] =
            [study.look_back_months, study.dip_months, study.follow_up_months].map(i64::from);
        Self { before: (-look_back, -dip), after: (0, follow_up) }
    }

    /// In the order of [`counterfoil_estimate::Period`].
    pub(crate) fn both(self) -> [(i64, i64); 2] {
        [self.before, self.after]
    }

    /// The same around an index date some months earlier, which divides what counts as before.
    pub(crate) fn placebo(study: &Study, months: u32) -> Self {
        let [look_back, dip, months] = [study.look_back_months, study.dip_months, months].map(i64::from);
        Self { before: (-look_back, -months), after: (-months, -dip) }
    }

    /// The planned ones without the first months after the start.
    pub(crate) fn washed_in(study: &Study, months: u32) -> Self {
        let planned = Self::of(study);
        Self { after: (months.into(), planned.after.1), ..planned }
    }
}

pub(crate) fn tables(inputs: &Inputs<'_>, people: usize, tally: &Tally) -> Result<Vec<Table>, TableError> {
    let periods = Periods::of(inputs.study);
    let measures = || inputs.study.measures.iter().enumerate();
    let labels = Labels::of(inputs.study);
    let note = format!(
        "Events of {usage} of the people analysed (see flow), everybody who started, while under observation. Before: the {before}. \
         After: the {after} from the index date on.",
        usage = inputs.study.usage,
        before = labels.before_in_full,
        after = labels.after,
    );
    let mut tables = Vec::new();
    if measures().any(|(_, measure)| !measure.is_money()) {
        let rows = measures().filter(|(_, measure)| !measure.is_money());
        let rows: Vec<_> = rows.map(|(at, measure)| counted(measure, at, people, tally, periods)).collect();
        let sums = rows.len();
        let what = events_or_days(inputs.study);
        let columns = vec![
            Column::count("People analysed"),
            Column::count(format!("People with any in the {}", labels.before)).part_of(0),
            Column::count(format!("People with any in the {} after", labels.after)).part_of(0),
            // Not part of a column of people, and not suppressed with it: that would take the row of any service that nearly everybody
            // uses. What a reader can tell by them is in the documentation of `SuppressedByRule`.
            Column::count(format!("{what} in the {}", labels.before)),
            Column::count(format!("{what} in the {} after", labels.after)),
        ];
        let table = Table::new(code("use"), "Use of services before and after", note.clone(), columns, rows)?;
        tables.push(with_sums(table, sums)?);
    }
    if measures().any(|(_, measure)| measure.is_money()) {
        let rows = measures().filter(|(_, measure)| measure.is_money());
        let rows: Vec<_> = rows.map(|(at, measure)| money(measure, at, people, tally, periods)).collect();
        let sums = rows.len();
        let columns = vec![
            Column::count("People analysed"),
            Column::money(format!("At tariff in the {}", labels.before)),
            Column::money(format!("At tariff in the {} after", labels.after)),
        ];
        let note = format!("{note} Amounts are what use is worth at one tariff, not cash that anybody saved.");
        let table = Table::new(code("cost"), "Cost at tariff before and after", note, columns, rows)?;
        tables.push(with_sums(table, sums)?);
    }
    Ok(tables)
}

/// What measures that are no money count.
pub(crate) fn events_or_days(study: &Study) -> &'static str {
    let adds_up_days = study.measures_of(false).any(|measure| measure.total.is_some());
    if adds_up_days { "Events or days" } else { "Events" }
}

/// How the two periods are named.
pub(crate) struct Labels {
    /// `24 months before`, `21 months before the dip`.
    pub(crate) before: String,
    pub(crate) before_in_full: String,
    /// `24 months`.
    pub(crate) after: String,
}

impl Labels {
    pub(crate) fn of(study: &Study) -> Self {
        let look_back = in_months(study.look_back_months);
        let (before, before_in_full) = match study.dip_months {
            0 => (format!("{look_back} before"), format!("{look_back} that end with the day before the index date")),
            dip => (
                format!("{} before the dip", in_months(study.look_back_months - dip)),
                format!(
                    "{look_back} that end with the day before the index date, without the last {} (the dip)",
                    in_months(dip)
                ),
            ),
        };
        Self { before, before_in_full, after: in_months(study.follow_up_months) }
    }
}

/// Which measures the programme cannot change, as a sentence for a note.
pub(crate) fn negative_controls(study: &Study) -> String {
    const BYTES_MAX: usize = 400;
    let of_role = study.measures.iter().filter(|measure| measure.role == MeasureRole::NegativeControl);
    let labels: Vec<&str> = of_role.map(|measure| measure.label.as_str()).collect();
    let named = match labels.join(", ") {
        names if names.len() <= BYTES_MAX => names,
        _ => format!("{} measures of the study", labels.len()),
    };
    match labels.len() {
        0 => String::new(),
        _ => format!(
            " Negative controls, which the programme cannot change: {named}. An effect on them says that the comparison is not like \
             for like."
        ),
    }
}

fn with_sums(mut table: Table, rows: usize) -> Result<Table, TableError> {
    for row in 0..rows {
        table = table.with_sum(sum_in_flow(ANALYSED_ROW, [row], SumCover::Parts))?;
    }
    Ok(table)
}

fn counted(measure: &Measure, at: usize, people: usize, tally: &Tally, periods: Periods) -> Row {
    let amounts = |months| (0..people).map(move |person| tally.amount(person, at, months));
    let with_any = |months| amounts(months).filter(|amount| *amount > 0).count() as u64;
    let (before, after) = (with_any(periods.before), with_any(periods.after));
    let cells = vec![
        Cell::people(people as u64),
        Cell::people(before),
        Cell::people(after),
        Cell::events(amounts(periods.before).sum(), before),
        Cell::events(amounts(periods.after).sum(), after),
    ];
    Row::new(measure.label.clone(), cells)
}

fn money(measure: &Measure, at: usize, people: usize, tally: &Tally, periods: Periods) -> Row {
    let sum = |months| Cell::money(Money::of_people((0..people).map(|person| tally.amount(person, at, months))));
    let cells = vec![Cell::people(people as u64), sum(periods.before), sum(periods.after)];
    Row::new(measure.label.clone(), cells)
}
