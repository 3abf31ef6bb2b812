//! A release's tables for people: CSV and plain text.
//!
//! In: a parsed body. Out: text that depends on the tables alone: no digest, name of a run or time is in it, so the same counts give
//! the same bytes.
//! Absent on purpose: percentages and sums. Rounded counts do not add up, and their reader should see that.

use std::fmt::Write as _;

use crate::body::{ReleaseBody, ReleasedTable};
use crate::column::{Column, ColumnKind};
use crate::suppress::ReleasedCell;

/// One line a cell: `table,row,column,value,unit`, the value `*` where suppressed and `n/a` where there is no such statistic
/// (RFC 4180, with LF line ends). Values are bare numbers: money is in whole pounds.
pub fn tables_csv(body: &ReleaseBody) -> String {
    let mut csv = String::from("table,row,column,value,unit\n");
    for table in body.tables() {
        for (label, cells) in table.rows() {
            for (cell, column) in cells.iter().zip(table.columns()) {
                let labels = [table.id().as_str(), label, &column.label].map(quoted);
                let fields = [labels.as_slice(), &[bare(*cell), column.kind.unit_name().to_owned()]].concat();
                csv.push_str(&fields.join(","));
                csv.push('\n');
            }
        }
    }
    csv
}

/// Rows of a table that a terminal is filled with.
const ROWS_SHOWN_MAX: usize = 16;

/// The tables one after the other, aligned for a terminal; of long ones the name and where to find them.
pub fn tables_text(body: &ReleaseBody) -> String {
    let mut text = String::new();
    let is_short = |table: &&ReleasedTable| table.rows().len() <= ROWS_SHOWN_MAX;
    for table in body.tables().iter().filter(is_short) {
        write_table(&mut text, table).expect("writing to a string cannot fail");
    }
    for table in body.tables().iter().filter(|table| !is_short(table)) {
        let rows = table.rows().len();
        writeln!(text, "{}: {rows} rows, in the report and the spreadsheet", table.title())
            .expect("writing to a string cannot fail");
    }
    let rules = body.rules();
    let (small_max, base) = (rules.suppress_below() - 1, rules.rounding_base());
    writeln!(text, "* is a count of 1 to {small_max}, or one that would show such a count.")
        .expect("writing to a string cannot fail");
    writeln!(text, "Other counts are to the nearest {base}, totals too, so they do not add up.")
        .expect("writing to a string cannot fail");
    let kinds = || body.tables().iter().flat_map(ReleasedTable::columns).map(|column| column.kind);
    if let Some(pounds) = rules.money_rounding_pounds().filter(|_| kinds().any(|kind| kind == ColumnKind::Money)) {
        writeln!(
            text,
            "Money is to the nearest {}; * is money of few people, or mostly of one or two.",
            in_pounds(pounds)
        )
        .expect("writing to a string cannot fail");
    }
    if kinds().any(|kind| matches!(kind, ColumnKind::Figure(_))) {
        text.push_str(
            "Figures are as coarse as the people behind them are few; * rests on too few, n/a does not exist.\n",
        );
    }
    text
}

fn write_table(text: &mut String, table: &ReleasedTable) -> std::fmt::Result {
    writeln!(text, "{}", table.title())?;
    let row_width = table.rows().map(|(label, _)| width(label)).max().unwrap_or(0);
    let column_width = |at: usize, label: &str| {
        let widest = table.rows().map(|(_, cells)| width(&shown(cells[at]))).max().unwrap_or(0);
        widest.max(width(label))
    };
    let widths: Vec<_> =
        table.columns().iter().enumerate().map(|(at, column)| column_width(at, &column.heading())).collect();
    let mut line = |first: &str, rest: &[String]| {
        let mut line = format!("  {first}{}", " ".repeat(row_width - width(first)));
        for (cell, widest) in rest.iter().zip(&widths) {
            write!(line, "  {}{cell}", " ".repeat(widest - width(cell)))?;
        }
        writeln!(text, "{}", line.trim_end())
    };
    line("", &table.columns().iter().map(Column::heading).collect::<Vec<_>>())?;
    for (label, cells) in table.rows() {
        line(label, &cells.iter().map(|cell| shown(*cell)).collect::<Vec<_>>())?;
    }
    writeln!(text, "  {}\n", table.note())
}

fn shown(cell: ReleasedCell) -> String {
    if let ReleasedCell::Money(pounds) = cell { in_pounds(pounds) } else { bare(cell) }
}

fn bare(cell: ReleasedCell) -> String {
    match cell {
        ReleasedCell::Count(number) | ReleasedCell::Money(number) => number.to_string(),
        ReleasedCell::Figure(figure) => figure.to_string(),
        ReleasedCell::NotEstimated => "n/a".to_owned(),
        ReleasedCell::Suppressed => "*".to_owned(),
    }
}

/// `£12,000`.
fn in_pounds(pounds: u64) -> String {
    let digits = pounds.to_string();
    let mut text = String::from("£");
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests;
