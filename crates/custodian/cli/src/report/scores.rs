//! Shares of people who improved, and what they would be of everybody who was there at the start.
//!
//! In: released counts of a chain: with a first record, of those with a later one, of those who improved, reached a threshold or attained
//! something. Out: sentences, and a table beside a score's own.
//! Absent on purpose: guessing at those without a later record. They are often those who did badly, so both ends are said: as if none of
//! them had improved, and as if all had. And any share of a suppressed count.

use counterfoil_release::{ReleasedCell, ReleasedTable};
use maud::{Markup, html};

use super::tables;
use super::words::{ATTAINED, of_whole, percent_of, said};

/// The column of everybody who was there at the start.
const START: usize = 0;
/// The column of those of them with a later record.
const LATER: usize = 1;
/// The first column of those who improved, reached a threshold or attained something: parts of those with a later record.
const PARTS: usize = 2;

/// What was attained, or whose score improved by the last time at which it was looked for; with the bounds. Of a score with a threshold
/// those who reached it, as of a price.
pub(super) fn sentences(table: &ReleasedTable) -> Vec<String> {
    if !is_chain(table) {
        return Vec::new();
    }
    let part = table.columns().len() - 1;
    if table.id().as_str() == ATTAINED {
        return table.rows().map(|(label, cells)| attained(label, cells, part)).collect();
    }
    table.rows().last().map(|(label, cells)| of_score(table, label, cells, part)).into_iter().collect()
}

/// Beside a score's own table: for each time and count the share of those with a later score, and its bounds. None of another table, or
/// where no row has any.
pub(super) fn bounds(table: &ReleasedTable) -> Option<Markup> {
    if !is_chain(table) {
        return None;
    }
    let of_row = |(label, cells): (&str, &[ReleasedCell])| {
        let one = |column: usize| {
            let bounds = Bounds::of(cells[START], cells[LATER], cells[column])?;
            Some((format!("{label}: {}", part_label(table, column)), vec![bounds.share, bounds.none, bounds.all]))
        };
        (PARTS..table.columns().len()).filter_map(one).collect::<Vec<_>>()
    };
    let rows: Vec<_> = table.rows().flat_map(of_row).collect();
    let what = if table.id().as_str() == ATTAINED { "record" } else { "later score" };
    let heads = [
        format!("Of those with a {what}"),
        format!("Of everybody at the start, if nobody without a {what} did"),
        format!("Of everybody at the start, if all without a {what} did"),
    ];
    (!rows.is_empty()).then(|| {
        html! {
            p {
                "People without a " (what) " are often not like those who have one. The share of everybody at the start lies between the "
                "last two columns. All are reckoned from the released, rounded counts above, and none from a suppressed one."
            }
            (tables::grid(&format!("Shares of: {}", table.title()), &heads, &rows))
        }
    })
}

fn is_chain(table: &ReleasedTable) -> bool {
    let columns = table.columns();
    let part_of = |column: usize| columns.get(column).and_then(|column| column.part_of);
    let is_of_people = table.id().as_str() == ATTAINED || columns.get(PARTS).is_some_and(|of| of.label == IMPROVED);
    is_of_people
        && columns.len() > PARTS
        && part_of(START).is_none()
        && part_of(LATER) == Some(START)
        && (PARTS..columns.len()).all(|column| part_of(column) == Some(LATER))
}

const IMPROVED: &str = "Of those, improved";

/// `improved`, `at most 50`.
fn part_label(table: &ReleasedTable, column: usize) -> &str {
    let label = &table.columns()[column].label;
    label.strip_prefix("Of those, ").unwrap_or(label)
}

fn attained(label: &str, cells: &[ReleasedCell], part: usize) -> String {
    let (start, later, part) = (cells[START], cells[LATER], cells[part]);
    let bounds = Bounds::of(start, later, part).map_or_else(String::new, |Bounds { none, all, .. }| {
        let start = said(start);
        format!(
            " Of all {start} who started: from {none}, if nobody without a record did, to {all}, if all of them did."
        )
    });
    format!("{label}: {} of {} people{}.{bounds}", said(part), said(later), of_whole(part, later))
}

fn of_score(table: &ReleasedTable, label: &str, cells: &[ReleasedCell], column: usize) -> String {
    let (start, later, part) = (cells[START], cells[LATER], cells[column]);
    let did = match part_label(table, column) {
        "improved" => "improved".to_owned(),
        threshold => format!("had {threshold}"),
    };
    let bounds = Bounds::of(start, later, part).map_or_else(String::new, |Bounds { none, all, .. }| {
        let start = said(start);
        format!(
            " Of all {start} with a score at the start: from {none}, if nobody without a later score did, to {all}, if all of them did."
        )
    });
    format!(
        "{}, {}: {} of {} people with a later score {did}{}.{bounds}",
        table.title(),
        label.to_lowercase(),
        said(part),
        said(later),
        of_whole(part, later)
    )
}

/// A share of those with a later record, and what it is of everybody at the start if none and if all of the others had done the same.
struct Bounds {
    share: String,
    none: String,
    all: String,
}

impl Bounds {
    /// None where a count is suppressed, and where nobody is without a later record as far as rounded counts tell.
    fn of(start: ReleasedCell, later: ReleasedCell, part: ReleasedCell) -> Option<Self> {
        use ReleasedCell::Count;
        let (Count(start), Count(later), Count(part)) = (start, later, part) else { return None };
        // Rounding keeps counts in their order: what is out of order is no chain.
        let all = part.checked_add(start.checked_sub(later)?).filter(|_| part <= later)?;
        (start > later).then(|| Self {
            share: if later > 0 { about(part, later) } else { "n/a".to_owned() },
            none: about(part, start),
            all: about(all, start),
        })
    }
}

/// `about 60%`: of rounded counts. `less than 1%` says so itself.
fn about(part: u64, whole: u64) -> String {
    let percent = percent_of(part, whole);
    if percent.starts_with(|first: char| first.is_ascii_digit()) { format!("about {percent}") } else { percent }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use counterfoil_release::ReleaseBody;

    use super::super::tables::tests::body;
    use super::*;

    /// A table of counts, with `*` for a suppressed one; each column after the first is part of the one given.
    fn table(id: &str, columns: &[(&str, Option<usize>)], rows: &[(&str, &[&str])]) -> String {
        let columns: Vec<String> = columns
            .iter()
            .map(|(label, part_of)| match part_of {
                None => format!(r#"{{"label":"{label}","kind":"count"}}"#),
                Some(whole) => format!(r#"{{"label":"{label}","kind":"count","part_of":{whole}}}"#),
            })
            .collect();
        let cell = |cell: &&str| if *cell == "*" { "\"*\"".to_owned() } else { (*cell).to_owned() };
        let row = |(label, cells): &(&str, &[&str])| {
            format!(r#"{{"label":"{label}","cells":[{}]}}"#, cells.iter().map(cell).collect::<Vec<_>>().join(","))
        };
        let cells: Vec<&str> = rows.iter().flat_map(|(_, cells)| cells.iter().copied()).collect();
        let are = |what: &str| cells.iter().filter(|cell| **cell == what).count();
        let (zero, suppressed, all) = (are("0"), are("*"), cells.len());
        format!(
            r#"{{"id":"{id}","title":"Star","note":"N.","columns":[{}],"rows":[{}],"disclosure":{{"cells":{all},"zero":{zero},"rounded":{},"figures":0,"not_estimated":0,"suppressed":{suppressed}}}}}"#,
            columns.join(","),
            rows.iter().map(row).collect::<Vec<_>>().join(","),
            all - zero - suppressed,
        )
    }

    const IMPROVING: [(&str, Option<usize>); 3] = [("Start", None), ("Of those, later", Some(0)), (IMPROVED, Some(1))];

    fn with_threshold() -> Vec<(&'static str, Option<usize>)> {
        IMPROVING.into_iter().chain([("Of those, at most 50", Some(1))]).collect()
    }

    fn one(body: &ReleaseBody) -> &ReleasedTable {
        &body.tables()[0]
    }

    fn said_of(table: &str) -> Vec<String> {
        sentences(one(&body(table))).iter().map(|text| text.replace('\u{a0}', " ")).collect()
    }

    /// Cells of the table of bounds, row by row, its label first.
    fn shares(table: &str) -> Vec<Vec<String>> {
        let Some(markup) = bounds(one(&body(table))) else { return Vec::new() };
        let html = markup.into_string().replace('\u{a0}', " ");
        let rows = html.split("<tbody>").nth(1).unwrap().split("<tr>").skip(1);
        let cell =
            |part: &str| part.split_once('>').and_then(|(tag, text)| (!tag.starts_with('/')).then(|| text.to_owned()));
        rows.map(|row| row.split('<').filter_map(cell).collect()).collect()
    }

    /// 930 of 1,000 is 93 %; of 2,000 at the start that is 46.5 % and with the 1,000 others 1,930, which is 96.5 %.
    #[test]
    fn a_share_of_those_who_answered_stands_beside_its_bounds() {
        let star = table(
            "star",
            &IMPROVING,
            &[("After 6 months", &["2000", "1500", "*"]), ("After 12 months", &["2000", "1000", "930"])],
        );
        assert_eq!(
            said_of(&star),
            [
                "Star, after 12 months: 930 of 1,000 people with a later score improved (93 %). Of all 2,000 with a score at the start: from \
                 about 47 %, if nobody without a later score did, to about 97 %, if all of them did."
            ]
        );
        assert_eq!(shares(&star), [["After 12 months: improved", "about 93 %", "about 47 %", "about 97 %"]]);
    }

    #[test]
    fn the_threshold_is_said_where_there_is_one_and_the_table_has_both() {
        let load = table("load", &with_threshold(), &[("After 12 months", &["400", "300", "200", "240"])]);
        assert_eq!(
            said_of(&load),
            [
                "Star, after 12 months: 240 of 300 people with a later score had at most 50 (80 %). Of all 400 with a score at the start: from \
                 about 60 %, if nobody without a later score did, to about 85 %, if all of them did."
            ]
        );
        // 200 of 300 is 66.7 %, of 400 50 %, and 300 of 400 75 %.
        assert_eq!(
            shares(&load),
            [
                ["After 12 months: improved", "about 67 %", "about 50 %", "about 75 %"],
                ["After 12 months: at most 50", "about 80 %", "about 60 %", "about 85 %"],
            ]
        );
    }

    #[test]
    fn what_was_attained_has_its_bounds_too() {
        let columns = [("People who started", None), ("Of those, recorded", Some(0)), ("Of those, attained", Some(1))];
        let homes = table(
            "attained",
            &columns,
            &[("Kept the home", &["1100", "1000", "300"]), ("Work", &["1100", "1000", "*"])],
        );
        // 300 of 1,100 is 27.3 %, 400 of 1,100 is 36.4 %.
        assert_eq!(
            said_of(&homes),
            [
                "Kept the home: 300 of 1,000 people (30 %). Of all 1,100 who started: from about 27 %, if nobody without a record did, to about \
                 36 %, if all of them did.",
                "Work: a suppressed number of 1,000 people.",
            ]
        );
        assert_eq!(shares(&homes), [["Kept the home: attained", "about 30 %", "about 27 %", "about 36 %"]]);
    }

    #[test]
    fn nothing_is_reckoned_from_a_suppressed_count() {
        for cells in [["2000", "1000", "*"], ["1000", "*", "*"], ["*", "*", "*"]] {
            let star = table("star", &IMPROVING, &[("After 12 months", &cells)]);
            let said = said_of(&star).remove(0);
            assert!(!said.contains("Of all") && !said.contains("about") && !said.contains('%'), "{said}");
            assert_eq!(shares(&star), Vec::<Vec<String>>::new(), "{cells:?}");
        }
        // No release has these, but nothing would be made of them.
        for [start, later, part] in [["*", "1000", "930"], ["1000", "*", "930"]] {
            assert!(Bounds::of(count(start), count(later), count(part)).is_none());
        }
    }

    #[test]
    fn ends_are_not_rounded_to_none_or_all() {
        for (cells, expected) in [
            (["2400", "2395", "2395"], ["about 100 %", "more than 99 %", "about 100 %"]),
            (["2400", "2395", "2390"], ["more than 99 %"; 3]),
            (["2400", "2395", "10"], ["less than 1 %", "less than 1 %", "about 1 %"]),
            (["2400", "1200", "10"], ["about 1 %", "less than 1 %", "about 50 %"]),
            (["1000", "900", "900"], ["about 100 %", "about 90 %", "about 100 %"]),
            (["1000", "900", "0"], ["about 0 %", "about 0 %", "about 10 %"]),
            (["1000", "0", "0"], ["n/a", "about 0 %", "about 100 %"]),
        ] {
            let star = table("star", &IMPROVING, &[("After 12 months", &cells)]);
            assert_eq!(shares(&star)[0][1..], expected, "{cells:?}");
        }
        for nonsense in [["0", "0", "0"], ["100", "200", "50"], ["200", "100", "150"]] {
            assert!(Bounds::of(count(nonsense[0]), count(nonsense[1]), count(nonsense[2])).is_none(), "{nonsense:?}");
        }
    }

    #[test]
    fn where_everybody_answered_there_is_nothing_to_bound() {
        let rows: [(&str, &[&str]); 2] =
            [("After 6 months", &["240", "235", "190"]), ("After 12 months", &["240", "240", "190"])];
        let star = table("star", &IMPROVING, &rows);
        assert_eq!(said_of(&star), ["Star, after 12 months: 190 of 240 people with a later score improved (79 %)."]);
        assert_eq!(shares(&star), [["After 6 months: improved", "about 81 %", "about 79 %", "about 81 %"]]);
        assert_eq!(shares(&table("star", &IMPROVING, &rows[1..])), Vec::<Vec<String>>::new());
    }

    fn count(text: &str) -> ReleasedCell {
        text.parse().map_or(ReleasedCell::Suppressed, ReleasedCell::Count)
    }

    #[test]
    fn other_tables_have_no_bounds() {
        let columns = [IMPROVING.to_vec(), with_threshold()];
        for (id, columns, cells) in [
            ("use", vec![("People", None), ("With any", Some(0)), ("With two", Some(1))], &["30", "20", "10"][..]),
            ("star", vec![("Start", None), ("Later", None), (IMPROVED, Some(1))], &["30", "20", "10"]),
            ("star", vec![("Start", None), ("Later", Some(0)), (IMPROVED, Some(0))], &["30", "20", "10"]),
            ("star", columns[0][..2].to_vec(), &["30", "20"]),
            ("attained", vec![("Start", None), ("Later", Some(0))], &["30", "20"]),
            ("star", [columns[1][..3].to_vec(), vec![("Other", None)]].concat(), &["30", "20", "10", "10"]),
        ] {
            let table = table(id, &columns, &[("After 12 months", cells)]);
            assert_eq!(said_of(&table), Vec::<String>::new());
            assert_eq!(shares(&table), Vec::<Vec<String>>::new());
        }
    }
}
