//! A release as a page that people read: on a screen, on paper, or read out.
//!
//! In: a verified release and the agreement. Out: one HTML file with everything in it; the same bytes for the same input.
//! Absent on purpose: scripts, anything fetched from elsewhere, today's date, and any number that is not in the release or made from
//! numbers that are.

mod chart;
mod words;

use counterfoil_model::{Agreement, PartyId};
use counterfoil_release::{LogRecord, ReleaseBody, ReleasedTable, Step, VerifiedRelease};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::error::StepError;
use chart::{BARS_MAX, Bars, Scale};

const STYLE: &str = include_str!("report/style.css");

/// The report of a release.
///
/// # Errors
/// [`StepError::Chart`] when a chart cannot be drawn.
pub fn report_html(release: &VerifiedRelease, agreement: &Agreement) -> Result<String, StepError> {
    let body = release.body();
    let sections = body.tables().iter().map(table_section).collect::<Result<Vec<_>, _>>()?;
    let title = &body.head().study_title;
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - " (agreement.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p class="of" { (agreement.title) }
                    h1 { (title) }
                    p class="facts" {
                        "Released on " (day_of(release.released_at_seconds())) " by " (name_of(agreement, unit_of(agreement)))
                        ", at the request of " (name_of(agreement, &release.issued().requested_by)) "."
                    }
                }
                main {
                    (headline(body))
                    (counting(body))
                    @for section in &sections { (section) }
                    (protection(body))
                    (evidence(release, agreement))
                }
                footer { p { "Made by counterfoil from release.json, SHA-256 " code { (release.digest()) } "." } }
            }
        }
    };
    Ok(page.into_string())
}

fn headline(body: &ReleaseBody) -> Markup {
    html! {
        section aria-labelledby="headline" {
            h2 id="headline" { "In short" }
            ul class="headline" { @for sentence in words::headline(body) { li { (sentence) } } }
            p {
                "These are counts, not causes. What people use changes for many reasons, and people often start a programme when they "
                "need most; without a comparison group, a difference between before and after is not by itself what the programme did."
            }
        }
    }
}

fn counting(body: &ReleaseBody) -> Markup {
    let rules = body.rules();
    html! {
        section aria-labelledby="reading" {
            h2 id="reading" { "How to read the tables" }
            ul {
                li {
                    "A star " span class="star" { "*" } " means: from 1 to " (rules.suppress_below() - 1)
                    ", or a count from which such a small one could be worked out. It may be any number: do not read it as none."
                }
                li {
                    "Every other count is to the nearest " (rules.rounding_base()) ", each by itself and totals too, so the parts of a "
                    "table need not add up to its total. 0 is none."
                }
                li { "Percentages are made from these rounded counts." }
            }
        }
    }
}

fn table_section(table: &ReleasedTable) -> Result<Markup, StepError> {
    let drawn = chart_of(table).map(|bars| chart::draw(&bars).map(|svg| (svg, bars.scale))).transpose()?;
    let heading = format!("table-{}", table.id());
    Ok(html! {
        section aria-labelledby=(heading) {
            h2 id=(heading) { (table.title()) }
            p { (table.note()) }
            @if let Some((svg, scale)) = drawn {
                figure {
                    (PreEscaped(svg))
                    figcaption {
                        "The same counts as in the table below."
                        @if scale == Scale::PerGroup { " Each group of bars has a scale of its own." }
                    }
                }
            }
            (table_of(table))
        }
    })
}

fn table_of(table: &ReleasedTable) -> Markup {
    let suppressed = table.disclosure().suppressed;
    html! {
        div class="scroll" {
            table {
                caption {
                    "Counts of: " (table.title())
                    @if suppressed > 0 { " (" (suppressed) @if suppressed == 1 { " is" } @else { " are" } " suppressed and shown as *)" }
                }
                thead {
                    tr {
                        td {}
                        @for column in table.columns() { th scope="col" { (column.label) } }
                    }
                }
                tbody {
                    @for (label, cells) in table.rows() {
                        tr {
                            th scope="row" { (label) }
                            @for cell in cells { td { (words::shown(*cell)) } }
                        }
                    }
                }
            }
        }
    }
}

/// The chart of a table, if one helps.
fn chart_of(table: &ReleasedTable) -> Option<Bars<'_>> {
    let (columns, scale) = if let Some((before, after)) = words::before_and_after(table) {
        (vec![before, after], Scale::PerGroup)
    } else if table.columns().len() <= 3 {
        ((0..table.columns().len()).collect::<Vec<_>>(), Scale::Common)
    } else {
        return None;
    };
    let groups: Vec<_> =
        table.rows().map(|(label, cells)| (label, columns.iter().map(|column| cells[*column]).collect())).collect();
    (groups.len() * columns.len() <= BARS_MAX).then(|| Bars {
        id: format!("chart-{}", table.id()),
        title: format!("Bar chart: {}. The table that follows has the same counts.", table.title()),
        series: columns.iter().map(|column| table.columns()[*column].label.as_str()).collect(),
        groups,
        scale,
    })
}

fn protection(body: &ReleaseBody) -> Markup {
    let rules = body.rules();
    html! {
        section aria-labelledby="protection" {
            h2 id="protection" { "How people are protected" }
            p {
                "Names, NHS numbers, dates of birth and addresses stayed with the organisations that hold them. Each made keyed tokens "
                "from them, with a key that the linkage unit does not have, and sent tokens and agreed variables only. The unit "
                "linked tokens with tokens and counted. No record of a person left it: what left it is the counts on this page, "
                "after counts of 1 to " (rules.suppress_below() - 1) " were suppressed and all others rounded to the nearest "
                (rules.rounding_base()) "."
            }
        }
    }
}

fn evidence(release: &VerifiedRelease, agreement: &Agreement) -> Markup {
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
            p { "Anyone who has the agreement folder can verify it again, offline and without trusting the linkage unit:" }
            pre { code { "counterfoil audit verify --agreement AGREEMENT --release THIS-FOLDER" } }
            p { "That command also makes this page and tables.csv again from release.json and compares them byte by byte." }
        }
    }
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

fn unit_of(agreement: &Agreement) -> &PartyId {
    let mut parties = agreement.parties.iter();
    let unit = parties.find(|party| party.roles.contains(&counterfoil_model::Role::LinkageUnit));
    &unit.expect("an agreement has a linkage unit").id
}

fn name_of<'a>(agreement: &'a Agreement, party: &'a PartyId) -> &'a str {
    agreement.party(party).map_or(party.as_str(), |party| party.name.as_str())
}

fn day_of(time_seconds: u64) -> String {
    in_utc(time_seconds).map_or_else(String::new, |time| time.strftime("%-d %B %Y").to_string())
}

fn time_of(time_seconds: u64) -> String {
    in_utc(time_seconds).map_or_else(String::new, |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

fn in_utc(time_seconds: u64) -> Option<jiff::Zoned> {
    let timestamp = jiff::Timestamp::from_second(i64::try_from(time_seconds).ok()?).ok()?;
    Some(timestamp.to_zoned(jiff::tz::TimeZone::UTC))
}
