//! The report: everything in it is from the release, it is sound HTML, and nothing in a label can run.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use counterfoil_cli::steps::{AuditVerify, audit_verify};
use counterfoil_cli::{StepError, report_html};
use support::Place;

fn of(place: &Place) -> String {
    let (release, _) = place.release();
    report_html(&release, place.signed().agreement(), &place.study()).unwrap()
}

/// Of counts alone.
fn report() -> String {
    of(&Place::new())
}

/// Of a study with a comparison.
fn compared() -> String {
    of(&Place::with_comparison())
}

/// Without tags, with ordinary spaces.
fn text(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, after)| after));
    }
    text.replace('\u{a0}', " ").replace("&amp;", "&")
}

#[test]
fn it_says_the_released_counts_and_no_exact_one() {
    let report = report();
    // By hand: each count to the nearest 5; 2150/2400 = 90%, 1835/2400 = 76%, (1245-975)/1245 = 22%, 610/1015 = 60%.
    for said in [
        "Of 2,400 people in the programme's extract, 2,150 (90 %) could be linked to NHS records",
        "the use of services is counted for 1,835 (76 %)",
        "A&E attendances: 1,245 in the 24 months before, 975 in the 24 months after: 22 % fewer.",
        "Wellbeing (SWEMWBS), after 6 months: 610 of 1,015 people with a later score improved (60 %).",
        "Emergency admissions: 65 in the 24 months before, a suppressed number in the 24 months after.",
        "These are counts, not causes.",
        "counterfoil audit verify --agreement AGREEMENT --release THIS-FOLDER",
        "Released on 21 November 2026 by The unit, at the request of The charity.",
        "2026-11-21 00:00:05",
    ] {
        assert!(text(&report).contains(said), "{said}");
    }
    for exact in ["2401", "2,401", "2152", "2,152", "1833", "1,833", "1243", "1,243", "18,766", "803", "612"] {
        assert!(!report.contains(exact), "{exact}");
    }
    for of_comparison in ["expectation", "intention to treat", "drawn by the seed", "Placebo", "id=\"how\""] {
        assert!(!report.contains(of_comparison), "{of_comparison}");
    }
}

#[test]
fn a_comparison_is_said_first_whichever_way_it_went() {
    let report = compared();
    let text = text(&report);
    // By hand, in tenths: 3/900 of 361 + 1 is 1.2, so to the nearest 2; below 300 to the nearest 1.
    for said in [
        "Hospital care at tariff came to 29.9 % below expectation, for everybody who started (intention to treat). 95 % interval: 22.9 % to \
         36.2 % below.",
        "Of those who completed, beside it: Hospital care at tariff came to",
        "Who completes is often who was doing better anyway",
        "These two are not added, because they are shares of different amounts",
        "Outpatient appointments attended came to 6.2 % above expectation",
        "Crisis team contacts: too few people to say how it came out against expectation.",
        "Maternity admissions: cannot be reckoned against expectation.",
        "Check on something that the programme cannot change: no sign of a difference, as it should be. Cataract operations came to",
        "At a placebo index date, before anybody started, Hospital care at tariff: no sign of an effect, as it should be",
        "Of the 1,835 participants analysed, 1,700 could be compared, with 5,105 comparable people who did not start.",
        "There are 5 such groups at most: with fewer than 40, intervals are often too narrow.",
        "As a difference instead of a ratio: £428 less for each person and year",
        "Completed means: the plan agreed with the link worker was carried out.",
        "Well-being Star, after 24 months: 1,155 of 1,215 people with a later score improved (95 %).",
        "The people who are compared were drawn by the seed",
        "Disclosure log",
        "People, by keyed tokens under linkage schema",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let (headline, rest) = text.split_once("Who is counted, and how they felt").unwrap();
    assert!(headline.contains("below expectation") && !rest.is_empty());
    // -18.5 % and +16.2 % are never added.
    for never in ["34.7", "NaN", "These are counts, not causes"] {
        assert!(!text.contains(never), "{never}");
    }
}

#[test]
fn what_is_paid_is_reckoned_from_the_released_count_of_the_last_time() {
    let place = Place::priced();
    let report = of(&place);
    let text = text(&report);
    // By hand: 610 released of 612, each at 123.45 is 75,304.50 and at 1,000 is 610,000; 480,000 / 2,400 = 200; 610 / 480 = 1.27.
    for said in [
        "Wellbeing, after 6 months: improved610£123.45£75,304.50",
        "£480,000 for everybody in its extract, 2,400 people: £200 for each participant",
        "£610,000 to £480,000, which is 1.27 to 1",
        "as the study states it: the accounts.",
        "Total of The &lt;fund&gt;",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let at = |id: &str| report.find(&format!("<h2 id=\"{id}\"")).unwrap();
    assert!(at("table-deprivation") < at("worth") && at("worth") < at("protection"));
    let (agreement, release) = (place.agreement(), place.path("release"));
    let verified = audit_verify(&AuditVerify { agreement, release, log: None, previous: None }).unwrap();
    assert!(verified.verified, "{verified}");
}

#[test]
fn prices_of_another_study_than_the_released_are_refused() {
    let (release, _) = Place::new().release();
    let other = Place::priced();
    let refused = report_html(&release, other.signed().agreement(), &other.study());
    assert!(matches!(refused, Err(StepError::Verification(_))), "{refused:?}");
}

#[test]
fn sections_stand_in_their_order() {
    let headings = |report: &str| -> Vec<String> {
        report.split("<h2 id=\"").skip(1).map(|rest| rest[..rest.find('"').unwrap()].to_owned()).collect()
    };
    assert_eq!(
        headings(&compared()),
        [
            "headline",
            "effects",
            "reading",
            "table-flow",
            "how",
            "course",
            "balance",
            "sensitivity",
            "time",
            "table-use",
            "table-cost",
            "table-change",
            "table-wellbeing",
            "table-deprivation",
            "protection",
            "evidence",
            "record"
        ]
    );
    assert_eq!(
        headings(&report()),
        [
            "headline",
            "reading",
            "table-flow",
            "table-use",
            "table-change",
            "table-wellbeing",
            "table-deprivation",
            "protection",
            "evidence",
            "record"
        ]
    );
}

#[test]
fn nothing_in_a_label_can_run_and_nothing_is_fetched() {
    for report in [report(), compared(), of(&Place::priced())] {
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
        for link in report.split("href=\"").skip(1).map(|rest| &rest[..rest.find('"').unwrap()]) {
            let section = link.strip_prefix('#').unwrap();
            assert_eq!(report.matches(&format!(" id=\"{section}\"")).count(), 1, "{section}");
        }
    }
    assert!(report().contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn every_tag_is_closed_in_order() {
    for report in [report(), compared(), of(&Place::priced())] {
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
}

#[test]
fn a_screen_reader_finds_its_way() {
    // Tables: one a released table, and the log, the disclosure log and the checklist; an effect's tables stand as two.
    for (report, tables, pictures) in [(report(), 5 + 3, 3), (compared(), 15 - 4 + 4 + 3, 1 + 7 + 2 + 1 + 2)] {
        assert!(report.contains("<html lang=\"en-GB\">"));
        assert_eq!(report.matches("<h1>").count(), 1);
        assert_eq!([report.matches("<table").count(), report.matches("<caption>").count()], [tables; 2]);
        for of_picture in ["<svg ", "<svg role=\"img\" aria-labelledby=", "<title id=", "<desc id="] {
            assert_eq!(report.matches(of_picture).count(), pictures, "{of_picture}");
        }
        assert_eq!(report.matches("<th scope=").count(), report.matches("<th ").count());
        for reference in ["aria-labelledby=\"", "aria-describedby=\""] {
            for id in report.split(reference).skip(1).map(|rest| &rest[..rest.find('"').unwrap()]) {
                assert_eq!(report.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
            }
        }
        for id in report.split(" id=\"").skip(1).map(|rest| &rest[..rest.find('"').unwrap()]) {
            assert_eq!(report.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
        }
    }
}

#[test]
fn the_same_release_gives_the_same_bytes() {
    assert_eq!(report(), report());
    assert_eq!(compared(), compared());
}

#[test]
fn no_table_of_the_release_is_missing() {
    let place = Place::with_comparison();
    let (release, _) = place.release();
    let report = text(&report_html(&release, place.signed().agreement(), &place.study()).unwrap());
    for table in release.body().tables() {
        let named = report.contains(&format!("of: {}", table.title()))
            || report.contains(&format!("released as {}", table.id()));
        assert!(named || report.contains(&format!("and {}", table.id())), "{}", table.id());
        for (label, _) in table.rows() {
            assert!(report.contains(label), "{label}");
        }
    }
}
