//! The RECORD checklist, filled in as far as the release and its log can.
//!
//! In: a verified release, its study and what its report shows. Out: a table: item, where in this report, which entry of the log.
//! Absent on purpose: an item marked as done that no machine can see done; those say what people have to add.
//!
//! Items by their numbers in RECORD (Benchimol and others, PLOS Medicine 2015, extending STROBE); the wording is ours.

use counterfoil_model::Study;
use counterfoil_release::{LogRecord, VerifiedRelease};
use maud::{Markup, html};

use super::evidence::entry;
use super::terms::{self, List};
use super::view::Compared;

/// An answer: in words, a section of this report and its name, and a place in the log.
struct Item {
    number: &'static str,
    asks: &'static str,
    answer: String,
    /// What the answer lists.
    lists: Vec<List>,
    section: Option<(&'static str, &'static str)>,
    entries: Vec<String>,
}

/// The section.
pub(super) fn section(release: &VerifiedRelease, study: &Study, compared: Option<&Compared<'_>>) -> Markup {
    html! {
        section aria-labelledby="record" {
            h2 id="record" { "Checklist (RECORD)" }
            p {
                "RECORD lists what a report of a study of routinely collected health data should say. This is filled in from the release "
                "and its log; where it says “not by machine”, whoever publishes this has to add it."
            }
            div class="scroll" {
                table class="log record" {
                    caption { "RECORD items, where this report answers them, and the log entries that are the evidence" }
                    thead {
                        tr { th scope="col" { "Item" } th scope="col" { "Asks for" } th scope="col" { "Answer" } th scope="col" { "Log" } }
                    }
                    tbody { @for item in items(release, study, compared) { (row(&item)) } }
                }
            }
        }
    }
}

fn row(item: &Item) -> Markup {
    html! {
        tr {
            th scope="row" { (item.number) }
            td { (item.asks) }
            td {
                (item.answer) @if let Some((id, name)) = item.section { " See " a href=(format!("#{id}")) { (name) } "." }
                @for (name, listed) in &item.lists {
                    p { (name) ":" }
                    ul { @for line in listed { li { (line) } } }
                }
            }
            td { @if item.entries.is_empty() { "–" } @else { (item.entries.join(", ")) } }
        }
    }
}

fn items(release: &VerifiedRelease, study: &Study, compared: Option<&Compared<'_>>) -> Vec<Item> {
    let body = release.body();
    let flow = body.table("flow").is_some().then_some(("table-flow", "Who is counted"));
    let linkage = body.table("linkage").is_some().then_some(("table-linkage", "How well people were linked"));
    let mut items = about_people(release, study, flow);
    items.extend(about_data(release, flow, linkage));
    items.extend(about_reading(release, compared));
    items
}

fn entries(release: &VerifiedRelease, is: impl Fn(&LogRecord) -> bool) -> Vec<String> {
    let steps = release.steps().iter().filter(|step| is(&step.record));
    steps.map(|step| step.index.to_string()).collect()
}

fn fixed(release: &VerifiedRelease) -> Vec<String> {
    entries(release, |record| matches!(record, LogRecord::StudyRegistered(_)))
}

fn run(release: &VerifiedRelease) -> Vec<String> {
    entries(release, |record| matches!(record, LogRecord::LinkCompleted(_)))
}

/// A section and its name.
type Place = Option<(&'static str, &'static str)>;

fn about_people(release: &VerifiedRelease, study: &Study, flow: Place) -> Vec<Item> {
    let linked = release.run();
    vec![
        Item {
            number: "1.3",
            asks: "Linkage between databases named in title or abstract",
            answer: format!("{} linked with {}.", linked.cohort_dataset, linked.usage_dataset),
            lists: Vec::new(),
            section: Some(("headline", "In short")),
            entries: run(release),
        },
        Item {
            number: "6.1",
            asks: "How the people were selected: codes and rules",
            answer: "By the rules of the study’s file, which was fixed beforehand.".to_owned(),
            lists: terms::people(study),
            section: flow,
            entries: fixed(release),
        },
        Item {
            number: "6.2",
            asks: "Whether these codes and rules were validated",
            answer: "Not by machine: say who checked the records’ codes, and how.".to_owned(),
            lists: Vec::new(),
            section: None,
            entries: Vec::new(),
        },
        Item {
            number: "6.3",
            asks: "A flow diagram of the linkage",
            answer: "Numbers at each stage, with reasons.".to_owned(),
            lists: Vec::new(),
            section: flow,
            entries: run(release),
        },
        Item {
            number: "7.1",
            asks: "Complete lists of codes for exposures, outcomes and confounders",
            answer: "As the study’s file has them. Clinical codes behind an extract’s event codes: not by machine; its custodian has \
                     them."
                .to_owned(),
            lists: terms::codes(study),
            section: None,
            entries: fixed(release),
        },
    ]
}

fn about_data(release: &VerifiedRelease, flow: Place, linkage: Place) -> Vec<Item> {
    let extracts = || entries(release, |record| matches!(record, LogRecord::ExtractAdmitted(_)));
    let agreement = entry(release, |record| matches!(record, LogRecord::AgreementAdmitted(_)));
    vec![
        Item {
            number: "12.1",
            asks: "What access the investigators had to the database",
            answer: "None to any person’s record: agreed variables and keyed tokens went to the linkage unit, and released tables came out."
                .to_owned(),
            lists: Vec::new(),
            section: Some(("protection", "How people are protected")),
            entries: agreement.into_iter().chain(extracts()).collect(),
        },
        Item {
            number: "12.2",
            asks: "How the data was cleaned",
            answer: "Identifiers were normalised, and values checked against the agreed lists and ranges, before tokens were made. Cleaning \
                     before that: not by machine; each custodian says it."
                .to_owned(),
            lists: Vec::new(),
            section: None,
            entries: extracts(),
        },
        Item {
            number: "12.3",
            asks: "The level, method and quality of the linkage",
            answer: format!(
                "People, by keyed tokens under linkage schema {}. How many were linked is shown. {}",
                release.run().schema_digest,
                if linkage.is_some() {
                    "So is what the linkage’s own model expects to be wrong or missed, also by group. Whether it is right: not by \
                     machine; say what was checked by hand."
                } else {
                    "Estimates of false and missed links, also by group: not in this release; the linkage unit has them."
                }
            ),
            lists: Vec::new(),
            section: linkage.or(flow),
            entries: run(release),
        },
        Item {
            number: "13.1",
            asks: "Selection of the people, with filtering and linkage, as a flow",
            answer: if linkage.is_some() {
                "From the programme’s extract to those analysed, each step with its reason; who was linked less often than others is \
                 said beside it."
                    .to_owned()
            } else {
                "From the programme’s extract to those analysed, each step with its reason.".to_owned()
            },
            lists: Vec::new(),
            section: linkage.or(flow),
            entries: run(release),
        },
    ]
}

fn about_reading(release: &VerifiedRelease, compared: Option<&Compared<'_>>) -> Vec<Item> {
    let (limits, section) = match compared {
        Some(compared) => (
            "People may differ in what no record tells; balance, placebo and completers are shown with how to read them.",
            compared.choices.as_ref().map(|_| ("sensitivity", "The effect under other choices")),
        ),
        None => ("Counts without a comparison, which the report says are not effects.", Some(("headline", "In short"))),
    };
    let all = release.steps().iter().map(|step| step.index.to_string()).collect();
    vec![
        Item {
            number: "19.1",
            asks: "Limits of data not made to answer this question: misclassification, confounding, missing data, changing eligibility",
            answer: format!("{limits} Misclassification and changes of coding or eligibility over time: not by machine."),
            lists: Vec::new(),
            section,
            entries: Vec::new(),
        },
        Item {
            number: "22.1",
            asks: "How to get the protocol, raw data or programming code",
            answer: "The study’s file is in the agreement folder and its digest in the log; every step can be verified offline. Raw data stays \
                     with its custodians. The program is open source."
                .to_owned(),
            lists: Vec::new(),
            section: Some(("evidence", "How to verify this report")),
            entries: all,
        },
    ]
}
