//! What makes the comparison believable or not: how alike people were, how use went, and the effect under other choices.
//!
//! In: tables of a comparison. Out: sections, each a picture, a sentence of how to read it, and its table.
//! Absent on purpose: a verdict. Each section says what would be bad and shows what is.

use counterfoil_release::{ReleasedCell, ReleasedTable};
use maud::{Markup, PreEscaped, html};

use super::axis::units;
use super::course;
use super::draw::About;
use super::forest::{self, Forest, GROUPS_MAX};
use super::love::{self, CLOSE};
use super::tables::{details, table_of};
use super::view::{Course, Estimate};
use crate::error::StepError;

/// Charts of the course that are drawn.
const COURSES_MAX: usize = 24;
/// Columns of the balance table.
const SMD_BEFORE: usize = 4;

/// How use went before and after.
pub(super) fn course(course: &Course<'_>) -> Result<Markup, StepError> {
    let drawn = course.measures.iter().take(COURSES_MAX).enumerate();
    let charts = drawn.map(|(at, of)| course::draw(course, of, &format!("plot-course-{}", at + 1)));
    let charts = charts.collect::<Result<Vec<_>, _>>()?;
    let shade = if course.dip.is_some() {
        " The shaded months just before are often those of a referral: use in them is high and falls again by itself, so they are no part of the effect."
    } else {
        ""
    };
    Ok(html! {
        section aria-labelledby="course" {
            h2 id="course" { (course.table.title()) }
            p {
                "Before the index date both lines should go the same way, at the same height or not: that they do is what lets the "
                "comparison say what would have happened after it." (shade)
            }
            @if course.measures.len() > COURSES_MAX { p { "The first " (COURSES_MAX) " measures are drawn; the table has all." } }
            div class="grid" { @for svg in &charts { figure { (PreEscaped(svg)) } } }
            p { (course.table.note()) }
            (details("The rates as a table", &table_of(course.table)))
        }
    })
}

/// How alike people were before.
pub(super) fn balance(table: &ReleasedTable) -> Result<Markup, StepError> {
    let rows: Vec<love::Row<'_>> =
        table.rows().map(|(label, cells)| (label, [cells[SMD_BEFORE], cells[SMD_BEFORE + 1]])).collect();
    let plots = love::draw(&rows, "plot-balance")?;
    Ok(html! {
        section aria-labelledby="balance" {
            h2 id="balance" { (table.title()) }
            p { (far_apart(&rows)) }
            @for svg in &plots { figure { (PreEscaped(svg)) } }
            p { (table.note()) }
            (details("The figures as a table", &table_of(table)))
        }
    })
}

/// How many rows are close, before and after.
fn far_apart(rows: &[love::Row<'_>]) -> String {
    let of = |at: usize| {
        let known = rows.iter().filter_map(|(_, cells)| match cells[at] {
            ReleasedCell::Figure(figure) => Some(units(figure)),
            _ => None,
        });
        let (far, all) = known.fold((0, 0), |(far, all), of| (far + usize::from(of.abs() >= CLOSE), all + 1));
        format!("{far} of {all}")
    };
    format!(
        "Of the differences that can be shown, {} were 0.1 or more before matching, and {} are after it. Marks between the dashed lines are \
         usually taken as close.",
        of(0),
        of(1)
    )
}

/// The effect under other choices.
pub(super) fn sensitivity(table: &ReleasedTable) -> Result<Markup, StepError> {
    let plot = sensitivity_plot(table)?;
    let has_placebo = table.rows().any(|(label, _)| label.contains(": placebo"));
    Ok(html! {
        section aria-labelledby="sensitivity" {
            h2 id="sensitivity" { (table.title()) }
            @if has_placebo {
                p {
                    "The placebo pretends that everybody started earlier than they did. It should show no effect: its lines should cross "
                    "the line of no effect."
                }
            }
            @if let Some(svg) = plot {
                figure {
                    (PreEscaped(svg))
                    figcaption { "The same numbers as in the table below." }
                }
            }
            p { (table.note()) }
            (details("The figures as a table", &table_of(table)))
        }
    })
}

fn sensitivity_plot(table: &ReleasedTable) -> Result<Option<String>, StepError> {
    let mut series: Vec<String> = Vec::new();
    let mut groups: Vec<(String, Vec<Option<Estimate>>)> = Vec::new();
    for (row, cells) in table.rows() {
        let Some((measure, choice)) = row.rsplit_once(": ") else { return Ok(None) };
        let at = series.iter().position(|of| of == choice).unwrap_or_else(|| {
            series.push(choice.to_owned());
            series.len() - 1
        });
        let group = groups.iter().position(|(of, _)| of == measure).unwrap_or_else(|| {
            groups.push((measure.to_owned(), Vec::new()));
            groups.len() - 1
        });
        let estimates = &mut groups[group].1;
        estimates.resize(estimates.len().max(at + 1), None);
        estimates[at] = Some(Estimate::of(cells));
    }
    let marks = super::draw::Mark::ALL.len();
    if series.len() > marks || groups.len() > GROUPS_MAX {
        return Ok(None);
    }
    let series = series.iter().map(|name| capitalised(name)).collect();
    let about = About {
        id: "plot-sensitivity",
        title: "Forest plot: the effect as planned and under other choices, in percent",
        description: "A mark and the line of its 95 % interval for each measure and choice; the upright line is no effect, where a placebo \
                      should be. A star is suppressed: too few people. The table that follows has the same numbers.",
    };
    forest::draw(&Forest { about, series, groups }).map(Some)
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// For how long people were seen.
pub(super) fn time(table: &ReleasedTable) -> Markup {
    html! {
        section aria-labelledby="time" {
            h2 id="time" { (table.title()) }
            p { (table.note()) }
            (table_of(table))
        }
    }
}
