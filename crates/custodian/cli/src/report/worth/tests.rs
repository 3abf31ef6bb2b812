#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::super::tables::tests::body;
use super::*;

const STUDY: &str = r#"
format = "counterfoil-study-2"
id = "use"
title = "Homes and work"
cohort = "programme"
usage = "records"
index_date = "start_date"
look_back_months = 12
dip_months = 0
follow_up_months = 12
lag_days = 0
score = [
    { id = "risk", label = "Risk", measure = "risk", at_months = [6, 12], window_days = 30, better = "lower", improvement_min = 1, threshold = { at_most = 16 } },
    { id = "star", label = "Star", measure = "star", at_months = [12], window_days = 30, improvement_min = 1 },
]
attainment = [
    { id = "home", label = "Kept the home", variable = "home", codes = ["kept"] },
    { id = "work", label = "Found work", variable = "work", codes = ["found"] },
]
"#;

const PRICES: &str = r#"
price = [
    { outcome = "home", payer = "The city", pence_each = 40050 },
    { outcome = "risk", payer = "The city", pence_each = 10001 },
    { outcome = "risk", payer = "The fund", pence_each = 9999 },
    { outcome = "work", payer = "The city", pence_each = 777700 },
    { outcome = "star", payer = "The fund", pence_each = 5 },
]
"#;

fn value(cost_pence: u64, benefit: &str) -> String {
    format!("value = {{ cost_pence = {cost_pence}, source = \"unit costs of 2024\", benefit = [{benefit}] }}\n")
}

fn study(more: &str) -> Study {
    Study::parse(&format!("{STUDY}{more}")).unwrap()
}

/// A table of counts; `*` is suppressed.
fn counts(id: &str, columns: &[&str], rows: &[(&str, &[&str])]) -> String {
    let columns: Vec<String> = columns.iter().map(|label| format!(r#"{{"label":"{label}","kind":"count"}}"#)).collect();
    let cell = |cell: &&str| if *cell == "*" { "\"*\"".to_owned() } else { (*cell).to_owned() };
    let row = |(label, cells): &(&str, &[&str])| {
        let cells: Vec<String> = cells.iter().map(cell).collect();
        format!(r#"{{"label":"{label}","cells":[{}]}}"#, cells.join(","))
    };
    let cells: Vec<&str> = rows.iter().flat_map(|(_, cells)| cells.iter().copied()).collect();
    let are = |is: &dyn Fn(&str) -> bool| cells.iter().filter(|cell| is(cell)).count();
    let (zero, suppressed) = (are(&|cell| cell == "0"), are(&|cell| cell == "*"));
    format!(
        r#"{{"id":"{id}","title":"T","note":"N.","columns":[{}],"rows":[{}],"disclosure":{{"cells":{all},"zero":{zero},"rounded":{},"figures":0,"not_estimated":0,"suppressed":{suppressed}}}}}"#,
        columns.join(","),
        rows.iter().map(row).collect::<Vec<_>>().join(","),
        cells.len() - zero - suppressed,
        all = cells.len(),
    )
}

/// 1,200 people; 300 homes, work suppressed, 250 then 130 at the threshold, 90 stars improved.
fn released(extract: &str) -> ReleaseBody {
    let of_score = ["Start", "Of those, later", "Of those, improved"];
    let risk = [of_score[0], of_score[1], of_score[2], "Of those, at most 16"];
    body(
        &[
            counts("flow", &["People"], &[("People in the programme's extract", &[extract]), ("Linked", &["900"])]),
            counts(
                "attained",
                &["People who started", "Of those, recorded", "Of those, attained"],
                &[("Kept the home", &["1100", "1000", "300"]), ("Found work", &["1100", "1000", "*"])],
            ),
            counts(
                "risk",
                &risk,
                &[
                    ("After 6 months", &["800", "700", "600", "250"]),
                    ("After 12 months", &["800", "500", "400", "130"]),
                ],
            ),
            counts("star", &of_score, &[("After 12 months", &["800", "500", "90"])]),
        ]
        .join(","),
    )
}

fn html(extract: &str, more: &str) -> String {
    section(&released(extract), &study(more)).unwrap().into_string()
}

fn text(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |(_, after)| after)).collect()
}

/// Cells of each row of the body, its label first.
fn rows(html: &str) -> Vec<Vec<String>> {
    let rows = html.split("<tr>").skip(1).map(|row| row.split("</tr>").next().unwrap());
    rows.map(|row| {
        row.split("</t").map(text).map(|cell| cell.trim_start_matches(['d', 'h', '>']).to_owned()).collect::<Vec<_>>()
    })
    .map(|cells| cells[..cells.len() - 1].to_vec())
    .collect()
}

fn row(html: &str, label: &str) -> Vec<Vec<String>> {
    rows(html).into_iter().filter(|cells| cells[0] == label).map(|cells| cells[1..].to_vec()).collect()
}

#[test]
fn a_study_without_prices_and_value_has_no_such_section() {
    assert!(section(&released("1200"), &study("")).is_none());
}

/// By hand: 300 x 400.50 = 120,150; 130 x 100.01 = 13,001.30; together 133,151.30. 130 x 99.99 = 12,998.70; 90 x 0.05 = 4.50; together
/// 13,003.20.
#[test]
fn each_payer_pays_its_prices_for_released_counts() {
    let html = html("1200", PRICES);
    for (label, expected) in [
        ("The city", vec![vec![]]),
        ("Kept the home", vec![vec!["300", "£400.50", "£120,150"]]),
        (
            "Risk, after 12 months: at most 16",
            vec![vec!["130", "£100.01", "£13,001.30"], vec!["130", "£99.99", "£12,998.70"]],
        ),
        ("Found work", vec![vec!["*", "£7,777", "not reckoned"]]),
        ("Total of The city", vec![vec!["", "", "£133,151.30"]]),
        ("Star, after 12 months: improved", vec![vec!["90", "£0.05", "£4.50"]]),
        ("Total of The fund", vec![vec!["", "", "£13,003.20"]]),
    ] {
        assert_eq!(row(&html, label), expected, "{label}");
    }
    let text = text(&html);
    let said = "Found work: cannot be reckoned from a suppressed count; the amount is not in the total.";
    assert_eq!(text.matches(said).count(), 1, "{text}");
    assert!(text.contains(
        "These amounts are reckoned from the released counts on this page and from prices that the parties agreed; anybody can reckon \
         them again."
    ));
    assert!(!text.contains("What it cost") && !text.contains("to 1"));
    assert!(text.find("The city").unwrap() < text.find("The fund").unwrap());
}

/// By hand: 1,234,567.89 / 1,200 = 1,028.81, so 1,029. 300 x 5,000 + 130 x 1,234.56 = 1,660,492.80; / 1,234,567.89 = 1.34500 less a bit:
/// 1,234,567.89 x 1.345 = 1,660,493.81, so 1.34.
#[test]
fn value_is_cost_for_each_and_a_ratio() {
    let benefit = r#"{ outcome = "home", pence_each = 500000 }, { outcome = "risk", pence_each = 123456 }"#;
    let html = html("1200", &value(123_456_789, benefit));
    let text = text(&html);
    for said in [
        "The programme cost £1,234,567.89 for everybody in its extract, 1,200 people: £1,029 for each participant, to the nearest pound.",
        "Benefit to cost: £1,660,492.80 to £1,234,567.89, which is 1.34 to 1, to two decimals.",
        "as the study states it: unit costs of 2024.",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert_eq!(row(&html, "Total"), [["", "", "£1,660,492.80"]]);
    assert!(!text.contains("What each payer pays") && !text.contains("is not in it"));
}

/// By hand: 300 x 400 = 120,000 pence; / 96,000 = 1.25; / 80,000,000 = 0.0015; / 24,000,000 = 0.005.
#[test]
fn halves_are_rounded_away_from_zero() {
    let home = r#"{ outcome = "home", pence_each = 400 }"#;
    for (cost_pence, each, ratio) in [
        (96_000, "£1 for each", "1.25 to 1"),
        (80_000_000, "£667 for each", "0.00 to 1"),
        (24_000_000, "£200 for each", "0.01 to 1"),
        (60_000, "£1 for each", "2.00 to 1"),
        (59_999, "£0 for each", "2.00 to 1"),
    ] {
        let text = text(&html("1200", &value(cost_pence, home)));
        assert!(text.contains(each) && text.contains(ratio), "{cost_pence}: {text}");
    }
    assert_eq!([nearest(1, 2), nearest(3, 2), nearest(149, 100), nearest(0, 7)], [1, 2, 1, 0]);
}

#[test]
fn what_is_suppressed_is_named_and_left_out() {
    let work = r#"{ outcome = "work", pence_each = 500000 }"#;
    let alone = text(&html("*", &value(9_600_000, work)));
    for said in [
        "The programme cost £96,000. The cost for each participant cannot be reckoned from a suppressed count.",
        "Found work: cannot be reckoned from a suppressed count; the amount is not in the total.",
        "No ratio of benefit to cost can be reckoned",
    ] {
        assert!(alone.contains(said), "{said}\n{alone}");
    }
    assert!(!alone.contains("to 1") && !alone.contains("is not in it"));
    // By hand: 300 x 640 = 192,000 pounds, twice 96,000.
    let beside =
        text(&html("1200", &value(9_600_000, &format!("{work}, {{ outcome = \"home\", pence_each = 64000 }}"))));
    assert!(
        beside.contains(
            "£192,000 to £96,000, which is 2.00 to 1, to two decimals. What could not be reckoned is not in it."
        ) && beside.contains("Found work: cannot")
    );
    let nobody = text(&html("0", &value(9_600_000, "")));
    assert!(nobody.contains("nobody is in its extract") && !nobody.contains("Benefit to cost"), "{nobody}");
}

#[test]
fn a_count_that_the_release_does_not_have_is_said_to_be_absent() {
    let flow = body(&counts("flow", &["People"], &[("People in the programme's extract", &["10"])]));
    let text = text(&section(&flow, &study(PRICES)).unwrap().into_string());
    assert!(text.contains("Kept the home: the release has no such count; the amount is not in the total."), "{text}");
    assert!(!text.contains("suppressed"));
}

#[test]
fn great_sums_are_exact() {
    // By hand: 2^64 - 1 pence times 10^12.
    let line = |pence_each| Line { outcome: String::new(), count: Some(ReleasedCell::Count(u64::MAX)), pence_each };
    assert_eq!(amount_text(line(1_000_000_000_000).amount()), "£184,467,440,737,095,516,150,000,000,000");
    assert_eq!(amount_text(line(1).amount()), "£184,467,440,737,095,516.15");
}
