//! The effect under other choices: a plot and a verdict for the measure that the report speaks of first, what each choice is for, and
//! how strong something unrecorded would have to be.
//!
//! In: the choices of a release. Out: a section. Absent on purpose: choosing among them. What was planned is the result, whatever the
//! others say.

use maud::{Markup, PreEscaped, html};

use super::choice_words::{about, e_value, placebos, verdict};
use super::draw::About;
use super::effect_words::came_out;
use super::forest::{self, Forest, Of};
use super::tables::{details, table_of};
use super::view::{Choice, ChoiceRow, Choices, Kind};
use super::words::capitalised;
use crate::error::StepError;

/// The section; `main` is the measure that the report speaks of first.
pub(super) fn section(choices: &Choices<'_>, main: Option<&str>) -> Result<Markup, StepError> {
    let main_plot = main.map(|main| plot(choices, main)).transpose()?.flatten();
    let placebo_plot = placebo_plot(choices)?;
    let planned = main.and_then(|main| choices.of_measure(main).find(|(choice, _)| choice.kind == Kind::Planned));
    Ok(html! {
        section aria-labelledby="sensitivity" {
            h2 id="sensitivity" { (choices.table.title()) }
            p {
                "The study named these choices before any data was there. What was planned is the result; the others show how much of it "
                "hangs on how it was made."
            }
            @if let Some(verdict) = main.and_then(|main| verdict(choices, main)) { p { strong { (verdict) } } }
            @if let Some(svg) = &main_plot { (figure(svg)) }
            @if let Some(main) = main { (what_each_is_for(choices, main)) }
            @if let Some(placebos) = placebos(choices) {
                h3 { "All measures at the placebo date" }
                p { (placebos) }
                @if let Some(svg) = &placebo_plot { (figure(svg)) }
            }
            @if let Some(said) = main.zip(planned).and_then(|(main, (_, row))| e_value(main, row)) {
                h3 { "How strong something unrecorded would have to be" }
                p { (said) " A ratio of 2 means twice as often, or twice as much." }
            }
            p { (choices.table.note()) }
            (details("All measures under all choices, as a table", &table_of(choices.table)))
        }
    })
}

fn figure(svg: &str) -> Markup {
    html! {
        figure {
            (PreEscaped(svg))
            figcaption { "The same numbers as in the table below." }
        }
    }
}

fn what_each_is_for(choices: &Choices<'_>, main: &str) -> Markup {
    let mut kinds: Vec<Kind> = choices.choices.iter().map(|choice| choice.kind).collect();
    kinds.dedup();
    let of_kind = |kind: Kind| choices.of_measure(main).filter(move |(choice, _)| choice.kind == kind);
    html! {
        h3 { "What each choice is for, and what it makes of " (main) }
        ul class="choices" {
            @for kind in kinds {
                @let (name, purpose) = about(kind);
                li {
                    strong { (name) ". " } (purpose)
                    ul {
                        @if of_kind(kind).next().is_none() { li { "Made for other measures: see the table." } }
                        @for (choice, row) in of_kind(kind) { li { (capitalised(choice.name)) ": " (came_out(row.against)) "." } }
                    }
                }
            }
        }
    }
}

/// The measure under every choice.
fn plot(choices: &Choices<'_>, main: &str) -> Result<Option<String>, StepError> {
    let series = ["The same question", "A placebo, which should be none", "A part of it"].map(str::to_owned);
    let group = |(choice, row): (&Choice<'_>, &ChoiceRow<'_>)| {
        let mut estimates = vec![None; series.len()];
        let at = match choice.kind {
            Kind::Placebo => 1,
            Kind::Parts => 2,
            _ => 0,
        };
        estimates[at] = Some(row.against);
        (capitalised(choice.name), estimates)
    };
    let groups: Vec<_> = choices.of_measure(main).map(group).collect();
    let used =
        groups.iter().filter_map(|(_, of)| of.iter().rposition(Option::is_some)).max().map_or(0, |last| last + 1);
    let title = format!("Forest plot: {main} as planned and under other choices, in percent");
    let about = About {
        id: "plot-sensitivity",
        title: &title,
        description: "A mark and the line of its 95 % interval for each choice; the upright line is no effect, where a placebo should be. A \
                      star is suppressed: too few people. The table that follows has the same numbers.",
    };
    forest::draw(&Forest { about, of: Of::Expectation, series: series[..used].to_vec(), groups })
}

/// Every measure at the placebo date.
fn placebo_plot(choices: &Choices<'_>) -> Result<Option<String>, StepError> {
    let Some(placebo) = choices.choices.iter().find(|choice| choice.kind == Kind::Placebo) else { return Ok(None) };
    let about = About {
        id: "plot-placebo",
        title: "Forest plot: each measure at the placebo date, in percent",
        description: "A mark and the line of its 95 % interval for each measure; every line should cross the upright line of no effect. A \
                      star is suppressed: too few people. The table that follows has the same numbers.",
    };
    let groups = placebo.rows.iter().map(|row| (row.measure.to_owned(), vec![Some(row.against)])).collect();
    forest::draw(&Forest { about, of: Of::Expectation, series: vec![capitalised(placebo.name)], groups })
}
