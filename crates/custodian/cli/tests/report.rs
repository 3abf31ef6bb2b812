//! The report: everything in it is from the release, it is sound HTML, and nothing in a label can run.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use counterfoil_cli::report_html;
use support::Place;

fn report() -> String {
    let place = Place::new();
    let (release, _) = place.release();
    report_html(&release, place.signed().agreement()).unwrap()
}

#[test]
fn it_says_the_released_counts_and_no_exact_one() {
    let report = report();
    if let Some(path) = std::env::var_os("COUNTERFOIL_TEST_REPORT") {
        std::fs::write(path, &report).unwrap();
    }
    // By hand: each count to the nearest 5; 2150/2400 = 90%, 1835/2400 = 76%, (1245-975)/1245 = 22%, 610/1015 = 60%.
    for said in [
        "Of 2,400 people in the programme's extract, 2,150 (90%) could be linked to NHS records",
        "the use of services is counted for 1,835 (76%)",
        "A&amp;E attendances: 1,245 in the 24 months before, 975 in the 24 months after: 22% fewer.",
        "Wellbeing (SWEMWBS), after 6 months: 610 of 1,015 people with a later score improved (60%).",
        "Emergency admissions: 65 in the 24 months before, * in the 24 months after.",
        "counterfoil audit verify --agreement AGREEMENT --release THIS-FOLDER",
        "Released on 21 November 2026 by The unit, at the request of The charity.",
        "2026-11-21 00:00:05",
    ] {
        assert!(report.contains(said), "{said}");
    }
    for exact in ["2401", "2,401", "2152", "2,152", "1833", "1,833", "1243", "1,243", "18,766", "803", "612"] {
        assert!(!report.contains(exact), "{exact}");
    }
}

#[test]
fn nothing_in_a_label_can_run_and_nothing_is_fetched() {
    let report = report();
    for never in [
        "<script",
        "javascript:",
        "onload=",
        "onclick=",
        "http://",
        "https://",
        "@import",
        "url(",
        "<img",
        "<link",
        "<iframe",
    ] {
        // The namespace of SVG is a name, not an address that is fetched.
        let report = report.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assert!(!report.contains(never), "{never}");
    }
    assert!(report.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn every_tag_is_closed_in_order() {
    let report = report();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = report.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && name != "meta" {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_screen_reader_finds_its_way() {
    let report = report();
    assert!(report.contains("<html lang=\"en-GB\">"));
    assert_eq!(report.matches("<h1>").count(), 1);
    let tables = report.matches("<table").count();
    assert_eq!((tables, report.matches("<caption>").count()), (5, 5));
    assert_eq!(report.matches("<svg role=\"img\" aria-labelledby=").count(), report.matches("<title id=").count());
    assert_eq!(report.matches("<svg ").count(), 4);
    let cells = report.matches("<th ").count();
    assert_eq!(report.matches("<th scope=").count(), cells);
    for id in report.split("aria-labelledby=\"").skip(1).map(|rest| &rest[..rest.find('"').unwrap()]) {
        assert_eq!(report.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
}

#[test]
fn the_same_release_gives_the_same_bytes() {
    assert_eq!(report(), report());
}
