//! From everybody to the people who were compared, and for how long they were observed.
//!
//! In: the frame and the matched. Out: the `frame` and the `time` table.
//! Absent on purpose: anything about use.

use counterfoil_estimate::Arm;
use counterfoil_model::{Code, Comparison, in_months};
use counterfoil_release::{Cell, CellOf, Column, Row, Sum, SumCover, Table, TableError};

use crate::frame::{Frame, Kept};
use crate::matched::Matched;
use crate::people::ANALYSED_ROW;
use crate::tally::Tally;
use crate::used::Periods;
use crate::{FLOW, Inputs, code};

pub(crate) const FRAME: &str = "frame";
const TIME: &str = "time";

/// Rows of the `frame` table, counted from 0.
const EVERYBODY_ROW: usize = 0;
pub(crate) const LINKED_OF_USAGE_ROW: usize = 1;
const OFFERED_ROW: usize = 4;
pub(crate) const MATCHED_OTHERS_ROW: usize = 5;
const PARTICIPANTS_ROW: usize = 7;
pub(crate) const MATCHED_ROW: usize = 11;

pub(crate) fn frame_table(
    inputs: &Inputs<'_>,
    comparison: &Comparison,
    labels: &[String],
    frame: &Frame,
    matched: &Matched,
) -> Result<Table, TableError> {
    let offer = frame.planned();
    let kept = |kept: Kept| offer.participants.iter().filter(|of| **of == kept).count() as u64;
    let [participants, others] = Arm::BOTH.map(|arm| matched.rows.count(arm));
    let everybody = inputs.usage.len() as u64;
    let offered = offer.others.len() as u64;
    let counts = [
        everybody,
        everybody - offered - frame.others_not_eligible - frame.others_not_observed,
        frame.others_not_eligible,
        frame.others_not_observed,
        offered,
        others,
        offered - others,
        offer.participants.len() as u64,
        kept(Kept::NotEligible),
        kept(Kept::NotObserved),
        kept(Kept::Offered) - participants,
        participants,
    ];
    let note = format!(
        "People of {usage}. Each of the others has the index date of a participant, drawn by a seed that nobody could choose; whoever \
         took part and could not be linked is among them. Eligible are people who meet the study's terms, with a value of {cluster} and \
         of everything in which they should be close. Observed: on the register for all of the {look_back} before the index date and on \
         it, with every measure that they are matched on recorded where they are matched on it. Compared are people of one calendar month{exact}.",
        usage = inputs.study.usage,
        cluster = comparison.cluster,
        look_back = in_months(inputs.study.look_back_months),
        exact = exact(&comparison.matching.exact),
    );
    let rows = labels.iter().zip(counts).map(|(label, people)| Row::new(label.clone(), vec![Cell::people(people)]));
    let table = Table::new(code(FRAME), "Who is compared", note, vec![Column::count("People")], rows.collect())?;
    let sum = |(table, row): (&str, usize), parts: std::ops::RangeInclusive<usize>, cover| {
        Sum::of_rows(CellOf::first(code(table), row), parts, cover)
    };
    table
        .hidden_with((MATCHED_OTHERS_ROW, 0), CellOf::first(code(FRAME), MATCHED_ROW))?
        .with_sum(sum((FRAME, EVERYBODY_ROW), 1..=OFFERED_ROW, SumCover::Total))?
        .with_sum(sum((FRAME, OFFERED_ROW), MATCHED_OTHERS_ROW..=MATCHED_OTHERS_ROW + 1, SumCover::Parts))?
        .with_sum(sum((FRAME, PARTICIPANTS_ROW), PARTICIPANTS_ROW + 1..=MATCHED_ROW, SumCover::Parts))?
        .with_sum(sum((FLOW, ANALYSED_ROW), PARTICIPANTS_ROW..=PARTICIPANTS_ROW, SumCover::Parts))
}

/// Why observation ended, by arm: the same rule for both.
pub(crate) fn time_table(
    inputs: &Inputs<'_>,
    labels: &[String],
    matched: &Matched,
    tally: &Tally,
) -> Result<Table, TableError> {
    let after = Periods::of(inputs.study).after;
    let mut columns = Vec::new();
    let mut cells: Vec<Vec<Cell>> = vec![Vec::new(); labels.len()];
    for (arm, name) in Arm::BOTH.into_iter().zip(["Participants", "Comparison"]) {
        let time = format!("Person-years of {}", name.to_lowercase());
        columns.extend([Column::count(name), Column::count(time)]);
        let seen: Vec<_> = matched.rows.people(arm).map(|person| tally.observed(person as usize, after)).collect();
        let mut row = |at: usize, wanted: &dyn Fn(Option<counterfoil_model::CensoringReason>) -> bool| {
            let of_row = || seen.iter().filter(|(_, ended)| wanted(*ended));
            let people = of_row().count() as u64;
            cells[at].push(Cell::people(people));
            cells[at].push(years(of_row().map(|(days, _)| u64::from(*days)).sum(), people));
        };
        row(0, &|_| true);
        row(1, &|ended| ended.is_none());
        for (at, reason) in (2..).zip(inputs.study.censoring_reasons()) {
            row(at, &|ended| ended == Some(reason));
        }
    }
    let note = format!(
        "Matched people by how their observation in the {months} after the index date ended; the same rule for both. Person-years count \
         somebody for as long as use would have been seen. Leaving the programme ends nobody's observation.",
        months = in_months(inputs.study.follow_up_months),
    );
    let rows: Vec<_> = labels.iter().zip(cells).map(|(label, cells)| Row::new(label.clone(), cells)).collect();
    let last = rows.len() - 1;
    let mut table = Table::new(code(TIME), "Time under observation", note, columns, rows)?;
    for (people, matched) in [(0, MATCHED_ROW), (2, MATCHED_OTHERS_ROW)] {
        let all = Sum::of_rows(CellOf::first(code(FRAME), matched), [0], SumCover::Parts).in_column(people);
        let total = CellOf { table: code(TIME), row: 0, column: people };
        let by_reason = Sum::of_rows(total, 1..=last, SumCover::Parts).in_column(people);
        table = table.with_sum(all)?.with_sum(by_reason)?;
        // Years without their people would show about how many there are, or that there are none.
        for row in 0..=last {
            table = table.hidden_with((row, people + 1), CellOf { table: code(TIME), row, column: people })?;
        }
    }
    Ok(table)
}

/// Whole person-years, rounded up, so that 0 is nobody's. Everybody matched is observed on the index date, so people have days.
pub(crate) fn years(days: u64, people: u64) -> Cell {
    const DAYS_PER_FOUR_YEARS: u64 = 1_461;
    let years = (days * 4).div_ceil(DAYS_PER_FOUR_YEARS);
    // A cell has at most as many people as it counts.
    Cell::events(years, people.min(years))
}

/// States that rows of a table whose first columns are participants and comparison are of everybody matched as planned.
pub(crate) fn of_all_matched(mut table: Table, rows: impl IntoIterator<Item = usize>) -> Result<Table, TableError> {
    for row in rows {
        let of = |row| CellOf::first(code(FRAME), row);
        table = table.with_sum(Sum::of_rows(of(MATCHED_ROW), [row], SumCover::Parts))?;
        table = table.with_sum(Sum::of_rows(of(MATCHED_OTHERS_ROW), [row], SumCover::Parts).in_column(1))?;
    }
    Ok(table)
}

/// States that the comparison of such rows, who are so many for each participant, goes where the participants' count does.
pub(crate) fn beside_participants(
    mut table: Table,
    rows: impl IntoIterator<Item = usize>,
) -> Result<Table, TableError> {
    for row in rows {
        let participants = CellOf::first(table.id().clone(), row);
        table = table.hidden_with((row, 1), participants)?;
    }
    Ok(table)
}

/// What must agree, where there is room to name it. What is not recorded agrees with what is not recorded.
fn exact(variables: &[Code]) -> String {
    const BYTES_MAX: usize = 700;
    let names = variables.iter().map(Code::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => String::new(),
        1..=BYTES_MAX => format!(" who agree in {names}, or in not having it recorded"),
        _ => {
            format!(" who agree in {} variables that the study names, or in not having them recorded", variables.len())
        }
    }
}
