//! A release as a page that people read: on a screen, on paper, or read out.
//!
//! In: a verified release, the agreement and its study. Out: one HTML file with everything in it; the same bytes for the same input.
//! Absent on purpose: scripts, anything fetched from elsewhere, today's date, and any number that is not in the release, among the
//! study's prices, or made from such numbers.
//!
//! Tables of a comparison have sections of their own making, with pictures. A table that is not as such a section expects is shown as any
//! other, so no table of a release is ever missing.

mod axis;
mod draw;

mod view;

mod effect_words;
mod ratio_words;
mod uptake;
mod words;

mod chart;
mod course;
mod forest;
mod love;

mod tables;

mod links;
mod trend;

mod choice_words;
mod choices;

mod checks;
mod effects;
mod evidence;
mod flow;
mod groups;
mod headline;
mod how;
mod linkage;
mod protection;
mod record;
mod scores;
mod terms;
mod worth;

use counterfoil_model::{Agreement, Study};
use counterfoil_release::{ReleaseBody, VerifiedRelease};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::error::StepError;
use evidence::{day_of, name_of, unit_of};
use links::Unequal;
use view::{Compared, Linkage};

const STYLE: &str = include_str!("report/style.css");

/// The report of a release, with what its study pays for outcomes.
///
/// # Errors
/// [`StepError::Verification`] when the study is not the one that was released, [`StepError::Chart`] when a chart cannot be drawn.
pub fn report_html(release: &VerifiedRelease, agreement: &Agreement, study: &Study) -> Result<String, StepError> {
    let body = release.body();
    if study.digest != body.head().study_digest {
        return Err(StepError::Verification(format!("study {} is not the one that was released", study.id)));
    }
    let title = &body.head().study_title;
    let sections = sections(release, agreement, study)?;
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
                main { @for section in &sections { (section) } }
                footer { p { "Made by counterfoil from release.json, SHA-256 " code { (release.digest()) } "." } }
            }
        }
    };
    Ok(page.into_string())
}

/// The sections, in order: what came out, why to believe it, everything else that was counted, what is paid for it, how to
/// verify it.
fn sections(release: &VerifiedRelease, agreement: &Agreement, study: &Study) -> Result<Vec<Markup>, StepError> {
    let body = release.body();
    let compared = Compared::of(body, study);
    let linkage = Linkage::of(body, study);
    let unequal = links::unequal(body, study);
    let mut sections = vec![headline::section(body, compared.as_ref(), &unequal, study)];
    if let Some(compared) = &compared {
        sections.push(effects::section(compared, &unequal)?);
        sections.extend(by_groups(compared, &unequal, study)?);
    }
    sections.push(protection::reading(body));
    sections.push(flow::section(body, compared.as_ref().and_then(|compared| compared.frame)));
    sections.extend(linkage.as_ref().map(|linkage| linkage::section(linkage, &unequal)).transpose()?);
    if let Some(compared) = &compared {
        sections.push(how::section(release, compared));
        sections.extend(checked(compared)?);
    }
    sections.extend(others(body, compared.as_ref(), linkage.as_ref())?);
    sections.extend(worth::section(body, study));
    sections.push(protection::section(body));
    sections.push(evidence::section(release, agreement, compared.is_some()));
    sections.push(record::section(release, study, compared.as_ref()));
    Ok(sections)
}

fn by_groups(compared: &Compared<'_>, unequal: &[Unequal<'_>], study: &Study) -> Result<Vec<Markup>, StepError> {
    let results = compared.groups.iter().map(|groups| groups.table.rows().count()).sum();
    let section = |of| groups::section(of, &compared.started, (unequal, study), results);
    compared.groups.iter().map(section).collect()
}

fn checked(compared: &Compared<'_>) -> Result<Vec<Markup>, StepError> {
    let course = compared.course.as_ref().map(checks::course).transpose()?;
    let balance = compared.balance.map(checks::balance).transpose()?;
    let main = compared.started.main().map(|main| main.label);
    let sensitivity = compared.choices.as_ref().map(|choices| choices::section(choices, main)).transpose()?;
    let time = compared.time.map(checks::time);
    Ok([course, balance, sensitivity, time].into_iter().flatten().collect())
}

/// Tables that no section above has shown.
fn others(
    body: &ReleaseBody,
    compared: Option<&Compared<'_>>,
    linkage: Option<&Linkage<'_>>,
) -> Result<Vec<Markup>, StepError> {
    let mut shown = compared.map(Compared::tables).unwrap_or_default();
    shown.extend(linkage.into_iter().flat_map(|of| [Some(of.table), of.sureness]).flatten().map(|of| of.id().as_str()));
    let others = body.tables().iter().filter(|table| {
        let id = table.id().as_str();
        id != flow::TABLE && !shown.contains(id)
    });
    others.map(tables::section).collect()
}
