//! What a release says first, in sentences.
//!
//! In: released tables. Out: sentences, each made from released counts alone, percentages too.
//! Absent on purpose: the word "effect". A before-and-after difference has other causes as well, and the report says so; what a
//! comparison makes of it is said elsewhere.

use std::cmp::Ordering;

use counterfoil_model::Study;
use counterfoil_release::{ColumnKind, Decimal, FigureKind, FigureUnit, ReleaseBody, ReleasedCell, ReleasedTable};

use super::{scores, uptake};
use crate::show::thousands;

/// The table of what was attained, a row an attainment.
pub(super) const ATTAINED: &str = "attained";

/// Of a figure that rests on too few.
pub(super) const TOO_FEW: &str = "too few people to say";

/// The row of a breakdown for people without a value.
const NOT_RECORDED: &str = "Not recorded";

/// Whether a group is there only so that every value has a row: nobody is without a value, which a picture need not show.
pub(super) fn is_idle(label: &str, people: ReleasedCell) -> bool {
    label == NOT_RECORDED && people == ReleasedCell::Count(0)
}

/// Codes as people read them: `under 45` of `under_45`. A word with a capital is a name of its own: `ITT_ATT`.
pub(super) fn spaced(text: &str) -> String {
    let word = |word: &str| {
        if word.contains(char::is_uppercase) { word.to_owned() } else { word.replace('_', " ") }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// The sentences of a headline without a comparison, in the order of the tables.
pub(super) fn headline(body: &ReleaseBody, study: &Study) -> Vec<String> {
    let mut sentences = counted(body, study);
    let months = [study.look_back_months.saturating_sub(study.dip_months), study.follow_up_months];
    for table in body.tables() {
        if let Some((before, after)) = before_and_after(table) {
            sentences.extend(
                table.rows().map(|(label, cells)| {
                    change(label, table, [(cells[before], before), (cells[after], after)], months)
                }),
            );
        }
        sentences.extend(scores::sentences(table));
        sentences.extend(uptake::sentence(table, study));
    }
    sentences
}

/// Who is counted.
pub(super) fn counted(body: &ReleaseBody, study: &Study) -> Vec<String> {
    let counts_use = !study.measures.is_empty();
    body.table("flow").and_then(|table| flow(table, study.usage.as_str(), counts_use)).into_iter().collect()
}

/// What was attained, and whose scores improved by the last time at which they were looked for.
pub(super) fn improvements(body: &ReleaseBody) -> Vec<String> {
    body.tables().iter().flat_map(scores::sentences).collect()
}

/// Columns of a table that counts events before and after.
pub(super) fn before_and_after(table: &ReleasedTable) -> Option<(usize, usize)> {
    let find = |end: &str| {
        let mut columns = table.columns().iter();
        columns.position(|column| {
            let counts_events = column.kind == ColumnKind::Count && column.label.starts_with("Events");
            column.part_of.is_none() && counts_events && column.label.ends_with(end)
        })
    };
    find(" before").zip(find(" after"))
}

/// Whether a table counts before and after over different numbers of months, so that its counts do not compare as they stand.
pub(super) fn is_uneven(table: &ReleasedTable) -> bool {
    let months =
        |column: usize| -> Option<u32> { table.columns()[column].label.split(' ').find_map(|word| word.parse().ok()) };
    before_and_after(table).is_some_and(|(before, after)| months(before) != months(after))
}

fn flow(table: &ReleasedTable, usage: &str, counts_use: bool) -> Option<String> {
    let column = &table.columns().first()?.label;
    let cell = |row: &str| table.cell(row, column);
    let all = cell("People in the programme's extract")?;
    let (linked, analysed) = (cell("Linked")?, cell("Analysed")?);
    let analysed = format!("{}{}", said(analysed), of_whole(analysed, all));
    let analysed = if counts_use {
        format!("the use of services is counted for {analysed}")
    } else {
        format!("{analysed} are analysed")
    };
    Some(format!(
        "Of {} in the programme's extract, {}{} could be linked to {usage}, and {analysed}.",
        people(all),
        said(linked),
        of_whole(linked, all),
    ))
}

fn change(
    label: &str,
    table: &ReleasedTable,
    [(before, before_column), (after, after_column)]: [(ReleasedCell, usize); 2],
    months: [u32; 2],
) -> String {
    let when = |column: usize| table.columns()[column].label.trim_start_matches("Events").trim_start();
    let difference = match (before, after) {
        (ReleasedCell::Count(before), ReleasedCell::Count(after)) if before > 0 => {
            format!(": {}", by_time(before, after, months))
        }
        _ => String::new(),
    };
    format!("{label}: {} {}, {} {}{difference}.", said(before), when(before_column), said(after), when(after_column))
}

/// `22% fewer`; of months of different number by the year, for which each count is taken as often as the other has months.
fn by_time(before: u64, after: u64, [months_before, months_after]: [u32; 2]) -> String {
    if months_before == months_after {
        return difference(before, after);
    }
    let scaled = before.checked_mul(u64::from(months_after)).zip(after.checked_mul(u64::from(months_before)));
    match scaled {
        Some((before, after)) if before == after => "as many a year".to_owned(),
        Some((before, after)) => format!("{} a year", difference(before, after)),
        None => "periods of different length".to_owned(),
    }
}

/// `22% fewer`.
fn difference(before: u64, after: u64) -> String {
    match after.cmp(&before) {
        Ordering::Equal => "no change".to_owned(),
        Ordering::Less => format!("{} fewer", percent_of(before - after, before)),
        Ordering::Greater => match percent(after - before, before) {
            0 => "less than 1\u{a0}% more".to_owned(),
            percent => format!("{percent}\u{a0}% more"),
        },
    }
}

/// ` (60%)`, where both are known.
pub(super) fn of_whole(part: ReleasedCell, whole: ReleasedCell) -> String {
    match (part, whole) {
        (ReleasedCell::Count(part), ReleasedCell::Count(whole)) if whole > 0 => {
            format!(" ({})", percent_of(part, whole))
        }
        _ => String::new(),
    }
}

/// `60%`: never 0% of some, and never 100% of less than all.
pub(super) fn percent_of(part: u64, whole: u64) -> String {
    match percent(part, whole) {
        0 if part > 0 => "less than 1\u{a0}%".to_owned(),
        100 if part < whole => "more than 99\u{a0}%".to_owned(),
        percent => format!("{percent}\u{a0}%"),
    }
}

/// To the nearest whole percent: rounded counts bear no more.
fn percent(part: u64, whole: u64) -> u64 {
    let (part, whole) = (u128::from(part), u128::from(whole));
    u64::try_from((200 * part + whole) / (2 * whole)).unwrap_or(u64::MAX)
}

/// A cell as people read it in a table.
pub(super) fn shown(cell: ReleasedCell) -> String {
    match cell {
        ReleasedCell::Count(count) => thousands(count),
        ReleasedCell::Money(pounds) => in_pounds(pounds),
        ReleasedCell::Figure(figure) => figure_text(figure),
        ReleasedCell::NotEstimated => "n/a".to_owned(),
        ReleasedCell::Suppressed => "*".to_owned(),
    }
}

/// The same in a column of some kind: a figure of pounds has its sign.
pub(super) fn shown_as(cell: ReleasedCell, kind: ColumnKind) -> String {
    let is_pounds = matches!(kind, ColumnKind::Figure(FigureKind { unit: FigureUnit::PoundsPerPersonYear, .. }));
    match shown(cell) {
        text if !is_pounds || !matches!(cell, ReleasedCell::Figure(_)) => text,
        text => match text.strip_prefix(MINUS) {
            Some(amount) => format!("{MINUS}£{amount}"),
            None => format!("£{text}"),
        },
    }
}

/// A cell as people read it in a sentence.
pub(super) fn said(cell: ReleasedCell) -> String {
    if cell == ReleasedCell::Suppressed { "a suppressed number".to_owned() } else { shown(cell) }
}

/// `2,400 people`, `a suppressed number of people`.
pub(super) fn people(cell: ReleasedCell) -> String {
    format!("{}{} people", said(cell), if cell == ReleasedCell::Suppressed { " of" } else { "" })
}

/// With a capital to begin with.
pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// As wide as a plus, and read out as what it is.
const MINUS: char = '\u{2212}';

/// A figure with separators and a true minus sign: `−1,230.5`.
pub(super) fn figure_text(figure: Decimal) -> String {
    let text = figure.to_string();
    let (sign, text) = text.strip_prefix('-').map_or((None, text.as_str()), |text| (Some(MINUS), text));
    let (whole, places) = text.split_once('.').map_or((text, None), |(whole, places)| (whole, Some(places)));
    let mut out: String = sign.into_iter().collect();
    out.push_str(&whole.parse().map_or_else(|_| whole.to_owned(), thousands));
    out.extend(places.into_iter().flat_map(|places| [".", places]));
    out
}

/// `£12,000`.
pub(super) fn in_pounds(pounds: u64) -> String {
    format!("£{}", thousands(pounds))
}

#[cfg(test)]
mod tests {
    use counterfoil_release::Decimal;

    use super::super::tables::tests::{body, study, table};
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
            (25_000, 24_900, "less than 1 % fewer"),
            (25_000, 25_100, "less than 1 % more"),
            (1_000, 995, "1 % fewer"),
            (1_245, 975, "22 % fewer"),
            (2_400, 5, "more than 99 % fewer"),
            (2_400, 0, "100 % fewer"),
            (1_000, 2_000, "100 % more"),
            (1_000, 3_500, "250 % more"),
        ] {
            assert_eq!(difference(before, after).replace('\u{a0}', " "), expected, "{before} to {after}");
        }
    }

    /// By hand: 745 in two years are 372.5 a year, which is 43.6 % fewer than 660; 1,320 in two years are 660 a year.
    #[test]
    fn counts_of_periods_of_different_length_are_compared_by_the_year() {
        for (before, after, months, expected) in [
            (660, 745, [12, 24], "44 % fewer a year"),
            (660, 745, [24, 24], "13 % more"),
            (660, 1_320, [12, 24], "as many a year"),
            (660, 1_485, [12, 24], "13 % more a year"),
            (660, 660, [24, 12], "100 % more a year"),
            (660, 0, [24, 12], "100 % fewer a year"),
            (u64::MAX, 5, [12, 24], "periods of different length"),
        ] {
            let said = by_time(before, after, months).replace('\u{a0}', " ");
            assert_eq!(said, expected, "{before} to {after}, {months:?}");
        }
    }

    /// The study looks back 24 months without a dip of 3 and follows for 24: 210 in 21 months are as many a year as 240 in 24.
    #[test]
    fn the_headline_compares_by_the_months_of_the_study() {
        let columns = [("Events in the 21 months before", "#"), ("Events in the 24 months after", "#")];
        let body = body(&table("use", &columns, &[("A&E", &["210", "240"])]));
        let said = headline(&body, &study(""));
        assert_eq!(said, ["A&E: 210 in the 21 months before, 240 in the 24 months after: as many a year."]);
    }

    #[test]
    fn counts_over_different_months_are_known_by_their_columns() {
        let is = |before: &str, after: &str| {
            let columns = [(before, "#"), (after, "#")];
            is_uneven(&body(&table("use", &columns, &[("A", &["10", "20"])])).tables()[0])
        };
        assert!(is("Events in the 12 months before", "Events in the 24 months after"));
        assert!(!is("Events in the 24 months before", "Events in the 24 months after"));
        assert!(!is("People", "Of those, improved"));
    }

    #[test]
    fn codes_are_read_as_words_and_names_are_left() {
        for (text, expected) in [
            ("Age at the start: under_45", "Age at the start: under 45"),
            ("recorded_sex, imd_decile, (ITT_ATT)", "recorded sex, imd decile, (ITT_ATT)"),
            ("(completers_ATT; left_early)", "(completers_ATT; left early)"),
            ("A&E", "A&E"),
            ("", ""),
        ] {
            assert_eq!(spaced(text), expected);
        }
    }

    #[test]
    fn only_a_group_of_nobody_without_a_value_is_idle() {
        use ReleasedCell::{Count, Suppressed};
        for (label, people, expected) in [
            ("Not recorded", Count(0), true),
            ("Not recorded", Count(15), false),
            ("Not recorded", Suppressed, false),
            ("female", Count(0), false),
        ] {
            assert_eq!(is_idle(label, people), expected, "{label}, {people:?}");
        }
    }

    #[test]
    fn money_and_figures_are_read_as_such() {
        let figure = |scaled| ReleasedCell::Figure(Decimal::new(scaled, 2).expect("fits"));
        for (cell, text) in [
            (ReleasedCell::Money(1_210_000), "£1,210,000"),
            (ReleasedCell::Money(0), "£0"),
            (figure(83), "0.83"),
            (figure(-50), "\u{2212}0.50"),
            (ReleasedCell::NotEstimated, "n/a"),
        ] {
            assert_eq!(shown(cell), text);
        }
        assert_eq!(of_whole(ReleasedCell::Money(10), ReleasedCell::Money(20)), "");
        assert_eq!(figure_text(Decimal::new(-1_234_567, 1).expect("fits")), "\u{2212}123,456.7");
        assert_eq!(said(ReleasedCell::Suppressed), "a suppressed number");
        assert_eq!(people(ReleasedCell::Suppressed), "a suppressed number of people");
        assert_eq!(people(ReleasedCell::Count(2_400)), "2,400 people");
        let pounds = ColumnKind::Figure(FigureKind { decimals: 0, unit: FigureUnit::PoundsPerPersonYear });
        let of = |scaled| shown_as(ReleasedCell::Figure(Decimal::new(scaled, 0).expect("fits")), pounds);
        assert_eq!([of(1_230), of(-40)], ["£1,230", "\u{2212}£40"]);
        assert_eq!(shown_as(ReleasedCell::Suppressed, pounds), "*");
        assert_eq!(shown_as(ReleasedCell::NotEstimated, pounds), "n/a");
    }

    #[test]
    fn a_share_is_0_or_100_only_when_it_is_none_or_all() {
        let share = |part, whole| of_whole(ReleasedCell::Count(part), ReleasedCell::Count(whole));
        for (part, whole, expected) in [
            (2_395, 2_400, " (more than 99 %)"),
            (2_400, 2_400, " (100 %)"),
            (10, 2_400, " (less than 1 %)"),
            (0, 2_400, " (0 %)"),
            (2_150, 2_400, " (90 %)"),
            (15, 10, " (150 %)"),
            (0, 0, ""),
        ] {
            assert_eq!(share(part, whole).replace('\u{a0}', " "), expected, "{part} of {whole}");
        }
        assert_eq!(of_whole(ReleasedCell::Suppressed, ReleasedCell::Count(2_400)), "");
    }
}
