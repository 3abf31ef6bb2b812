//! Who is counted and compared, as a flow with what left it at each step.
//!
//! In: the `flow` and the `frame` table. Out: ordered lists that a style sheet draws as boxes and arrows, so that a screen reader reads
//! them in order. Tables that lack one of the rows are shown as tables alone.
//! Absent on purpose: a picture of it, which could be read out less well.
//!
//! Item 13.1 of RECORD asks for it.

use counterfoil_release::{ReleaseBody, ReleasedTable};
use maud::{Markup, html};

use super::tables::{details, table_of};
use super::words::{shown, spaced};

/// The table that every release has.
pub(super) const TABLE: &str = "flow";

/// A box: the row of those who remain, and the rows of those who left after it.
type Stage = (&'static str, &'static [&'static str]);

const LINKED: [Stage; 3] = [
    ("People in the programme's extract", &["Not linked"]),
    (
        "Linked",
        &[
            "Linked, a further row of somebody counted",
            "Linked, without an index date",
            "Linked, look-back or follow-up not covered",
            "Linked, not under observation on the index date",
        ],
    ),
    ("Analysed", &[]),
];
const PARTICIPANTS: [Stage; 2] = [
    (
        "Participants analysed",
        &[
            "Participants, not eligible",
            "Participants, not observed for the whole look-back",
            "Participants, nobody comparable",
        ],
    ),
    ("Participants matched", &[]),
];
const OTHERS: [Stage; 3] = [
    (
        "People in the usage extract",
        &["Participants among them", "Others, not eligible", "Others, not observed for the whole look-back"],
    ),
    ("Others, offered for comparison", &["Offered and not matched"]),
    ("Offered and matched", &[]),
];

/// The section; none without a flow.
pub(super) fn section(body: &ReleaseBody, frame: Option<&ReleasedTable>) -> Markup {
    let Some(flow) = body.table(TABLE) else { return html! {} };
    let title = if frame.is_some() { "Who is counted, and with whom they are compared" } else { flow.title() };
    html! {
        section aria-labelledby="table-flow" {
            h2 id="table-flow" { (title) }
            (drawn(flow, frame))
            p { (spaced(flow.note())) }
            @if frame.is_some() { p { "Who could be compared is said in " a href="#how" { "How it was compared" } "." } }
            (tables(flow, frame))
        }
    }
}

fn tables(flow: &ReleasedTable, frame: Option<&ReleasedTable>) -> Markup {
    match frame {
        None => table_of(flow),
        Some(frame) => details("The same numbers as tables", &html! { (table_of(flow)) (table_of(frame)) }),
    }
}

fn drawn(flow: &ReleasedTable, frame: Option<&ReleasedTable>) -> Markup {
    let linked = stages(flow, &LINKED);
    let participants = frame.and_then(|frame| stages(frame, &PARTICIPANTS));
    let others = frame.and_then(|frame| stages(frame, &OTHERS));
    // Those analysed are those whom the frame starts from: one box.
    let of_programme = linked.map(|mut linked| {
        if let Some(participants) = participants {
            linked.pop();
            linked.extend(participants);
        }
        linked
    });
    html! {
        div class="flows" {
            @for (heading, boxes) in [("Participants", of_programme), ("Others in the place", others)] {
                @if let Some(boxes) = boxes {
                    div {
                        h3 { (heading) }
                        ol class="flow" { @for of in boxes { (of) } }
                    }
                }
            }
        }
    }
}

/// One item a box; none if a row is not there.
fn stages(table: &ReleasedTable, stages: &[Stage]) -> Option<Vec<Markup>> {
    let column = &table.columns().first()?.label;
    let count = |row: &str| table.cell(row, column).map(shown);
    let stage = |(remain, left): &Stage| {
        let people = count(remain)?;
        let left: Vec<(&str, String)> = left.iter().map(|row| Some((*row, count(row)?))).collect::<Option<_>>()?;
        Some(html! {
            li {
                div class="stage" { strong { (people) } " " (remain) }
                @if !left.is_empty() {
                    ul class="left" aria-label="Of these, not going on" {
                        @for (row, people) in left { li { strong { (people) } " " (row) } }
                    }
                }
            }
        })
    };
    stages.iter().map(stage).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tables::tests::body;
    use super::*;

    #[test]
    fn a_flow_without_an_expected_row_is_a_table_alone() {
        let flow = |last: &str| {
            body(&format!(
                "{}{last}{}",
                concat!(
                    r#"{"id":"flow","title":"Who is counted","note":"In words.","columns":[{"label":"People","kind":"count"}],"#,
                    r#""rows":[{"label":"People in the programme's extract","cells":[100]},{"label":"Linked","cells":[90]},"#,
                    r#"{"label":"Not linked","cells":[10]},{"label":"Linked, without an index date","cells":["*"]},"#,
                    r#"{"label":"Linked, a further row of somebody counted","cells":[0]},"#,
                    r#"{"label":"Linked, look-back or follow-up not covered","cells":[0]},"#,
                    r#"{"label":"Linked, not under observation on the index date","cells":[0]},{"label":""#
                ),
                concat!(
                    r#"","cells":[85]}],"disclosure":{"cells":8,"zero":3,"rounded":4,"figures":0,"not_estimated":0,"#,
                    r#""suppressed":1}}"#
                )
            ))
        };
        let drawn = section(&flow("Analysed"), None).into_string();
        assert_eq!(drawn.matches("class=\"stage\"").count(), 3, "{drawn}");
        assert!(drawn.contains("<strong>*</strong> Linked, without an index date") && drawn.contains("<table"));
        let plain = section(&flow("Looked at"), None).into_string();
        assert!(!plain.contains("class=\"stage\"") && plain.contains("<table"), "{plain}");
    }
}
