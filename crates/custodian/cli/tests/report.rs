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
    // By hand: each count to the nearest 5; 2150/2400 = 90%, 1835/2400 = 76%, (1245-975)/1245 = 22%, 610/1015 = 60%,
    // 610/1900 = 32.1%, (610 + 1900 - 1015)/1900 = 78.7%.
    for said in [
        "Of 2,400 people in the programme's extract, 2,150 (90 %) could be linked to nhs-usage",
        "the use of services is counted for 1,835 (76 %)",
        "A&E attendances: 1,245 in the 24 months before, 975 in the 24 months after: 22 % fewer.",
        "Wellbeing (SWEMWBS), after 6 months: 610 of 1,015 people with a later score improved (60 %). Of all 1,900 with a score at the start: \
         from about 32 %, if nobody without a later score did, to about 79 %, if all of them did.",
        // 805 of 1,405 is 57.3 %; of 1,900 that is 42.4 %, and with the 495 others 68.4 %.
        "After 3 months: improvedabout 57 %about 42 %about 68 %",
        "After 6 months: improvedabout 60 %about 32 %about 79 %",
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
        "Well-being Star, after 24 months: 1,155 of 1,215 people with a later score improved (95 %). Of all 2,100 with a score at the \
         start: from about 55 %, if nobody without a later score did, to about 97 %, if all of them did.",
        // 1,490 of 1,605 is 92.8 %; of 2,100 that is 71.0 %, and with the 495 others 94.5 %.
        "After 12 months: improvedabout 93 %about 71 %about 95 %",
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

/// A section's text.
fn section(report: &str, id: &str) -> String {
    let start = report.find(&format!("<section aria-labelledby=\"{id}\"")).unwrap();
    text(&report[start..start + report[start..].find("</section>").unwrap()])
}

#[test]
fn unequal_links_are_said_beside_every_effect_and_equal_ones_nowhere() {
    let report = compared();
    // By hand: 220/280 is 78.6 %, 1400/1500 is 93.3 %, 520/600 is 86.7 %.
    let warning = "Links were missed unequally. What is said of use is said less of those who were linked less often; if they fared \
                   otherwise, the result is not theirs.Who referred them: of “self” 79 % could be linked, of “gp” 93 %; of “self” 12.4 % \
                   are expected to have been missed, of “gp” 2.1 %.";
    let warned = ["headline", "effects", "table-effect_by_referral", "table-effect_by_sessions", "table-linkage"];
    for id in warned {
        assert!(section(&report, id).contains(warning), "{id}");
    }
    assert_eq!(text(&report).matches("Links were missed unequally").count(), warned.len());
    for flagged in ["hospital", "self"] {
        assert!(section(&report, warned[2]).contains(&format!("Hospital care at tariff: {flagged} (linked less)")));
    }
    assert_eq!(section(&report, warned[2]).matches(": gp (linked less)").count(), 0);
    assert!(!section(&report, warned[3]).contains("(linked less)"), "sessions are another variable");
    for counts in [self::report(), of(&Place::priced())] {
        assert!(!counts.contains("missed unequally"));
        assert!(section(&counts, "table-linkage").contains("of the linked 0.31 % were linked to somebody else"));
    }
}

#[test]
fn a_course_that_did_not_run_alike_is_a_warning_beside_every_effect() {
    let report = compared();
    let warning = "Participants and comparison did not run alike before the start, so that an effect on these has no ground to stand on: A&E \
                   attendances (p = 0.01).";
    for id in ["headline", "effects", "course"] {
        assert!(section(&report, id).contains(warning), "{id}");
    }
    let course = section(&report, "course");
    for said in [
        "Both ran alike before the start as far as can be told (p = 0.40).",
        "They did not run alike before the start (p = 0.01): the effect on this measure has no ground to stand on.",
        "Too few people to say whether both ran alike before the start.",
        "Whether both ran alike before the start cannot be reckoned.",
    ] {
        assert!(course.contains(said), "{said}");
    }
    assert!(!text(&report).contains("ran alike as far as can be told, in"), "one did not");
}

#[test]
fn other_choices_and_what_is_unrecorded_are_said_of_the_main_measure() {
    let report = compared();
    let sensitivity = section(&report, "sensitivity");
    for said in [
        "Hospital care at tariff: the direction is the same in all 6 other choices. The interval includes no change in 1 of 6 other choices: \
         compared with everybody alike, weighed.",
        "Compared with everybody alike, weighed: 9.8 % below expectation (95 % interval: 22.1 % below to 3.1 % above).",
        "Another model. Few people can have very many events. A negative binomial model allows for counts that vary more than by chance.Made \
         for other measures: see the table.",
        "none of the 6 measures of which it can be told shows one.",
        "each by a ratio of at least 2.21, over and above everything by which people were matched (E-value). To make the interval include no \
         change, a ratio of at least 1.92 would do.",
    ] {
        assert!(sensitivity.contains(said), "{said}\n{sensitivity}");
    }
    assert!(section(&report, "headline").contains("a ratio of at least 2.21"));
}

#[test]
fn the_checklist_lists_what_the_study_says_and_points_to_how_people_were_linked() {
    let record = section(&compared(), "record");
    for said in [
        "Compared, by nhs-usage:birth_year is 1948 to 2004",
        "completed: outcome is completed (the plan agreed with the link worker was carried out)",
        "Hospital care at tariff: cost_pence (pence at nhsps-2024-25) of emergency, ae, outpatient",
        "Cataract operations: number of cataract (negative control)",
        "Confounders:the calendar month of day 0, exactlyrecorded_sex, exactlyimd_decile, exactlybirth_year, closely (propensity)",
        "use in the dip in stretches of 3 months, closely (propensity): emergency, ae, gp, cost",
        "also by group. Whether it is right: not by machine; say what was checked by hand. See How well people were linked.",
    ] {
        assert!(record.contains(said), "{said}\n{record}");
    }
    assert_eq!(record.matches("See How well people were linked.").count(), 2, "12.3 and 13.1");
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
            "table-effect_by_referral",
            "table-effect_by_sessions",
            "reading",
            "table-flow",
            "table-linkage",
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
            "table-referral",
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
            "table-linkage",
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

/// The effects, two subgroups, links, seven courses, two of balance, two of other choices, and bars of three tables.
const PICTURES: usize = 1 + 2 + 1 + 7 + 2 + 2 + 3;

#[test]
fn a_screen_reader_finds_its_way() {
    // Tables: one a released table, the bounds of a score's shares, and the log, the disclosure log and the checklist; an effect's tables stand as two.
    for (report, tables, pictures) in [(report(), 7 + 1 + 3, 3), (compared(), 21 - 4 + 4 + 1 + 3, PICTURES)] {
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
            let label = label.replace('_', " ");
            assert!(report.contains(&label), "{label}");
        }
    }
}
