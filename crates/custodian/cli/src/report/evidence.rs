//! What the log says of a release, and how to verify it.
//!
//! In: a verified release. Out: the section "How to verify this report". Absent on purpose: anything that was not proven.

use counterfoil_model::{Agreement, PartyId, Role};
use counterfoil_release::{LogRecord, Step, VerifiedRelease};
use maud::{Markup, html};

/// The section.
pub(super) fn section(release: &VerifiedRelease, agreement: &Agreement, has_comparison: bool) -> Markup {
    let checkpoint = release.checkpoint();
    html! {
        section aria-labelledby="evidence" {
            h2 id="evidence" { "How to verify this report" }
            p {
                "Everything that led to this release is an entry of a log that cannot be changed without being seen. This report was "
                "written only after the entries below had been proven to be in it, in this order."
            }
            div class="scroll" {
                table class="log" {
                    caption { "The log of " (checkpoint.origin()) ", at " (checkpoint.size()) " entries" }
                    thead { tr { th scope="col" { "Entry" } th scope="col" { "When (UTC)" } th scope="col" { "What" } } }
                    tbody {
                        @for step in release.steps() {
                            tr { th scope="row" { (step.index) } td { (time_of(step.time_seconds)) } td { (what(step, agreement)) } }
                        }
                    }
                }
            }
            @if has_comparison { (seed(release)) }
            p { "Anyone who has the agreement folder can verify it again, offline and without trusting the linkage unit:" }
            pre { code { "counterfoil audit verify --agreement AGREEMENT --release THIS-FOLDER" } }
            p { "That command also makes this page and tables.csv again from release.json and compares them byte by byte." }
        }
    }
}

fn seed(release: &VerifiedRelease) -> Markup {
    let run = entry(release, |record| matches!(record, LogRecord::LinkCompleted(_)));
    html! {
        p {
            "The people who are compared were drawn by the seed " code { (release.comparison_seed()) } ". It follows from the log: it is "
            "the SHA-256 of the agreement’s name, the study’s digest and the root of the log when the linkage run"
            @if let Some(run) = run { " (entry " (run) ")" }
            " was its last entry, so whoever has the log can reckon it again."
        }
    }
}

/// The place in the log of the first entry of some kind.
pub(super) fn entry(release: &VerifiedRelease, is: impl Fn(&LogRecord) -> bool) -> Option<String> {
    release.steps().iter().find(|step| is(&step.record)).map(|step| step.index.to_string())
}

fn what(step: &Step, agreement: &Agreement) -> String {
    match &step.record {
        LogRecord::AgreementAdmitted(record) => {
            format!("Agreement {}, version {}, signed by all its parties", record.agreement, record.version)
        }
        LogRecord::StudyRegistered(record) => format!("Study {} fixed, before any data that it reads", record.study),
        LogRecord::ExtractAdmitted(record) => {
            format!("Extract {} received from {}", record.dataset, name_of(agreement, &record.custodian))
        }
        LogRecord::LinkCompleted(record) => format!("{} linked with {}", record.cohort_dataset, record.usage_dataset),
        LogRecord::ReleaseIssued(_) => "This release".to_owned(),
    }
}

/// The unit of an agreement.
pub(super) fn unit_of(agreement: &Agreement) -> &PartyId {
    let mut parties = agreement.parties.iter();
    &parties.find(|party| party.roles.contains(&Role::LinkageUnit)).expect("an agreement has a linkage unit").id
}

/// A party's name, as the agreement has it.
pub(super) fn name_of<'a>(agreement: &'a Agreement, party: &'a PartyId) -> &'a str {
    agreement.party(party).map_or(party.as_str(), |party| party.name.as_str())
}

/// `21 November 2026`
pub(super) fn day_of(time_seconds: u64) -> String {
    in_utc(time_seconds).map_or_else(String::new, |time| time.strftime("%-d %B %Y").to_string())
}

fn time_of(time_seconds: u64) -> String {
    in_utc(time_seconds).map_or_else(String::new, |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

fn in_utc(time_seconds: u64) -> Option<jiff::Zoned> {
    let timestamp = jiff::Timestamp::from_second(i64::try_from(time_seconds).ok()?).ok()?;
    Some(timestamp.to_zoned(jiff::tz::TimeZone::UTC))
}
