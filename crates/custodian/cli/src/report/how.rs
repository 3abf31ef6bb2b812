//! How the comparison was made, step by step.
//!
//! In: notes of the tables, and places in the log. Out: a section. Absent on purpose: how near people had to be to be matched: the study's
//! file says it, and a release has its digest alone.

use counterfoil_release::{LogRecord, VerifiedRelease};
use maud::{Markup, html};

use super::evidence::entry;
use super::view::Compared;
use super::words::spaced;

/// The section.
pub(super) fn section(release: &VerifiedRelease, compared: &Compared<'_>) -> Markup {
    let registered = entry(release, |record| matches!(record, LogRecord::StudyRegistered(_)));
    html! {
        section aria-labelledby="how" {
            h2 id="how" { "How it was compared" }
            ol class="steps" {
                li {
                    strong { "Said beforehand. " }
                    "The study says whom, what, over which months and against whom. It was in the log"
                    @if let Some(entry) = registered { " (entry " (entry) ")" }
                    " before any data that it reads; its digest is " code { (release.body().head().study_digest) }
                    ", and the agreement folder has its text, with how people were matched."
                }
                @if let Some(frame) = compared.frame { li { strong { "Who could be compared. " } (spaced(frame.note())) } }
                li {
                    strong { "Drawn by a seed that follows from the log. " }
                    "It is written under " a href="#evidence" { "How to verify this report" } "."
                }
                li { strong { "What came out. " } (compared.started.note) }
                @if compared.balance.is_some() || compared.choices.is_some() {
                    li {
                        strong { "Checked. " } "See"
                        @if compared.course.is_some() { " " a href="#course" { "how use went" } "," }
                        @if compared.balance.is_some() { " " a href="#balance" { "how alike people were" } "," }
                        @if compared.choices.is_some() { " " a href="#sensitivity" { "the effect under other choices" } "," }
                        " and judge by them how far to trust the comparison."
                    }
                }
            }
        }
    }
}
