//! What makes the comparison believable or not: how alike people were, and how use went.
//!
//! In: tables of a comparison. Out: sections, each a picture, a sentence of how to read it, and its table.
//! Absent on purpose: a verdict. Each section says what would be bad and shows what is.

use counterfoil_release::{ReleasedCell, ReleasedTable};
use maud::{Markup, PreEscaped, html};

use super::axis::units;
use super::course;
use super::love::{self, CLOSE};
use super::tables::{details, table_of};
use super::trend;
use super::view::Course;
use crate::error::StepError;

/// Charts of the course that are drawn.
const COURSES_MAX: usize = 24;
/// Columns of the balance table.
const SMD_BEFORE: usize = 4;

/// How use went before and after.
pub(super) fn course(course: &Course<'_>) -> Result<Markup, StepError> {
    let drawn = course.measures.iter().take(COURSES_MAX).enumerate();
    let figures = drawn.map(|(at, of)| Ok((course::draw(course, of, &format!("plot-course-{}", at + 1))?, of.trend)));
    let figures = figures.collect::<Result<Vec<_>, StepError>>()?;
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
            p {
                "Below them stands how much further apart both are than in the stretch with the hollow mark. Before the start the marks "
                "should lie about the line of 0; after it, a mark below the line is less than expected, one above it more. Of many measures "
                "that do run alike one in twenty fails the test of it by chance, and a test of few people says little."
            }
            @if let Some(warning) = trend::warning(course) { p class="care" { strong { (warning) } } }
            @if course.measures.len() > COURSES_MAX { p { "The first " (COURSES_MAX) " measures are drawn; the table has all." } }
            div class="grid" {
                @for (svg, trend) in &figures {
                    @let said = trend::in_words(*trend, course);
                    figure {
                        (PreEscaped(svg))
                        figcaption { @if trend::warns(*trend, course) { strong { (said) } } @else { (said) } }
                    }
                }
            }
            p { (course.table.note()) }
            (details("The figures as a table", &table_of(course.table)))
            @if let Some(trend) = course.trend {
                (details("The test of whether both ran alike before, as a table", &html! { p { (trend.note()) } (table_of(trend)) }))
            }
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
