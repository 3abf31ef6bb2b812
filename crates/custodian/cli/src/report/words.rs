//! What a release says first, in sentences.
//!
//! In: released tables. Out: sentences, each made from released counts alone, percentages too.
//! Absent on purpose: the word "effect". A before-and-after difference has other causes as well, and the report says so.

use std::cmp::Ordering;

use counterfoil_release::{ReleaseBody, ReleasedCell, ReleasedTable};

use crate::show::thousands;

/// The sentences of the headline, in the order of the tables.
pub(super) fn headline(body: &ReleaseBody) -> Vec<String> {
    let mut sentences: Vec<String> = body.table("flow").and_then(flow).into_iter().collect();
    for table in body.tables() {
        if let Some((before, after)) = before_and_after(table) {
            sentences.extend(
                table.rows().map(|(label, cells)| change(label, table, (cells[before], before), (cells[after], after))),
            );
        } else if let Some((whole, part)) = share(table) {
            sentences
                .extend(table.rows().last().map(|(label, cells)| improved(label, table, cells[whole], cells[part])));
        }
    }
    sentences
}

/// Columns of a table that counts events before and after.
pub(super) fn before_and_after(table: &ReleasedTable) -> Option<(usize, usize)> {
    let find = |end: &str| {
        let mut columns = table.columns().iter();
        columns.position(|column| {
            column.part_of.is_none() && column.label.starts_with("Events") && column.label.ends_with(end)
        })
    };
    find(" before").zip(find(" after"))
}

/// The last two of a chain of columns, each part of the one before it.
pub(super) fn share(table: &ReleasedTable) -> Option<(usize, usize)> {
    let part = table.columns().len().checked_sub(1)?;
    let whole = table.columns()[part].part_of?;
    let is_chain = whole + 1 == part && table.columns()[whole].part_of.is_some();
    is_chain.then_some((whole, part))
}

fn flow(table: &ReleasedTable) -> Option<String> {
    let column = &table.columns().first()?.label;
    let cell = |row: &str| table.cell(row, column);
    let all = cell("People in the programme's extract")?;
    let (linked, analysed) = (cell("Linked")?, cell("Analysed")?);
    Some(format!(
        "Of {} people in the programme's extract, {}{} could be linked to NHS records, and the use of services is counted for {}{}.",
        shown(all),
        shown(linked),
        of_whole(linked, all),
        shown(analysed),
        of_whole(analysed, all)
    ))
}

fn change(
    label: &str,
    table: &ReleasedTable,
    (before, before_column): (ReleasedCell, usize),
    (after, after_column): (ReleasedCell, usize),
) -> String {
    let when = |column: usize| table.columns()[column].label.trim_start_matches("Events").trim_start();
    let difference = match (before, after) {
        (ReleasedCell::Count(before), ReleasedCell::Count(after)) if before > 0 => {
            format!(": {}", difference(before, after))
        }
        _ => String::new(),
    };
    format!("{label}: {} {}, {} {}{difference}.", shown(before), when(before_column), shown(after), when(after_column))
}

/// `22% fewer`.
fn difference(before: u64, after: u64) -> String {
    match after.cmp(&before) {
        Ordering::Equal => "no change".to_owned(),
        Ordering::Less => format!("{} fewer", percent_of(before - after, before)),
        Ordering::Greater => match percent(after - before, before) {
            0 => "less than 1% more".to_owned(),
            percent => format!("{percent}% more"),
        },
    }
}

fn improved(label: &str, table: &ReleasedTable, whole: ReleasedCell, part: ReleasedCell) -> String {
    let when = label.to_lowercase();
    format!(
        "{}, {when}: {} of {} people with a later score improved{}.",
        table.title(),
        shown(part),
        shown(whole),
        of_whole(part, whole)
    )
}

/// ` (60%)`, where both are known.
fn of_whole(part: ReleasedCell, whole: ReleasedCell) -> String {
    match (part, whole) {
        (ReleasedCell::Count(part), ReleasedCell::Count(whole)) if whole > 0 => {
            format!(" ({})", percent_of(part, whole))
        }
        _ => String::new(),
    }
}

/// `60%`: never 0% of some, and never 100% of less than all.
fn percent_of(part: u64, whole: u64) -> String {
    match percent(part, whole) {
        0 if part > 0 => "less than 1%".to_owned(),
        100 if part < whole => "more than 99%".to_owned(),
        percent => format!("{percent}%"),
    }
}

/// To the nearest whole percent: rounded counts bear no more.
fn percent(part: u64, whole: u64) -> u64 {
    let (part, whole) = (u128::from(part), u128::from(whole));
    u64::try_from((200 * part + whole) / (2 * whole)).unwrap_or(u64::MAX)
}

/// A cell as people read it.
pub(super) fn shown(cell: ReleasedCell) -> String {
    match cell {
        ReleasedCell::Count(count) => thousands(count),
        ReleasedCell::Suppressed => "*".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_once_half_up() {
        for (part, whole, expected) in
            [(0, 5, 0), (1, 200, 1), (1, 201, 0), (2_150, 2_400, 90), (5, 5, 100), (15, 10, 150)]
        {
            assert_eq!(percent(part, whole), expected, "{part}/{whole}");
        }
        assert_eq!(percent(u64::MAX / 3, u64::MAX), 33);
    }

    #[test]
    fn a_difference_is_no_change_only_when_there_is_none() {
        for (before, after, expected) in [
            (25_000, 25_000, "no change"),
            (25_000, 24_900, "less than 1% fewer"),
            (25_000, 25_100, "less than 1% more"),
            (1_000, 995, "1% fewer"),
            (1_245, 975, "22% fewer"),
            (2_400, 5, "more than 99% fewer"),
            (2_400, 0, "100% fewer"),
            (1_000, 2_000, "100% more"),
            (1_000, 3_500, "250% more"),
        ] {
            assert_eq!(difference(before, after), expected, "{before} to {after}");
        }
    }

    #[test]
    fn a_share_is_0_or_100_only_when_it_is_none_or_all() {
        let share = |part, whole| of_whole(ReleasedCell::Count(part), ReleasedCell::Count(whole));
        for (part, whole, expected) in [
            (2_395, 2_400, " (more than 99%)"),
            (2_400, 2_400, " (100%)"),
            (10, 2_400, " (less than 1%)"),
            (0, 2_400, " (0%)"),
            (2_150, 2_400, " (90%)"),
            (15, 10, " (150%)"),
            (0, 0, ""),
        ] {
            assert_eq!(share(part, whole), expected, "{part} of {whole}");
        }
        assert_eq!(of_whole(ReleasedCell::Suppressed, ReleasedCell::Count(2_400)), "");
    }
}
