//! The effects: a forest plot of all measures, and the tables that it is drawn from.
//!
//! In: rows of effect tables. Out: a section. Absent on purpose: a table as wide as the released one, which nobody could read on paper:
//! each stands here as two, the results and what they are made from.

use counterfoil_release::{ReleasedCell, ReleasedTable};
use maud::{Markup, PreEscaped, html};

use super::draw::About;
use super::effect_words::{in_figures, plus, signed};
use super::forest::{self, Forest, Of};
use super::links::{self, Unequal};
use super::tables::{details, grid, table_of};
use super::view::{Compared, EffectRow, Effects, Estimate};
use super::words::{shown, shown_as};
use super::{ratio_words, trend};
use crate::error::StepError;

/// The section.
pub(super) fn section(compared: &Compared<'_>, unequal: &[Unequal<'_>]) -> Result<Markup, StepError> {
    let plot = plot(compared)?;
    let ratios = ratios(compared)?;
    let completed = compared.completed.as_ref();
    Ok(html! {
        section aria-labelledby="effects" {
            h2 id="effects" { "What changed, against what would have happened anyway" }
            @if let Some(svg) = ratios {
                p class="care" { (ratio_words::CAUTION) }
                figure {
                    (PreEscaped(svg))
                    figcaption { "The same numbers as in the table of the rates after the start, below." }
                }
            }
            p {
                "A minus is less than expected, a plus more. The lines are 95\u{a0}% intervals: where one crosses the line of no effect, "
                "chance could have made the difference. Nothing is left out for going up or down."
            }
            (links::warning(unequal))
            @if let Some(warning) = compared.course.as_ref().and_then(trend::warning) { p class="care" { strong { (warning) } } }
            @if let Some(svg) = plot {
                figure {
                    (PreEscaped(svg))
                    figcaption { "The same numbers as in the tables below." }
                }
            }
            h3 { "Everybody who started" }
            (tables(&compared.started, "everybody who started"))
            @for table in compared.behind.iter().flatten() {
                (details(table.title(), &html! { p { (table.note()) } (table_of(table)) }))
            }
            @if let Some(completed) = completed {
                h3 { "Those who completed" }
                p class="care" { (completers(completed)) }
                (tables(completed, "those who completed"))
            }
            p { "How the figures are made is said in " a href="#how" { "How it was compared" } "." }
        }
    })
}

/// What completion means stands in the note, in brackets after the name of the estimand.
fn completers(completed: &Effects<'_>) -> String {
    let definition = completed.note.split_once("completers_ATT; ").and_then(|(_, rest)| rest.split_once("), matched"));
    let definition = definition.map_or_else(String::new, |(definition, _)| format!("Completed means: {definition}. "));
    format!(
        "{definition}Who completes is often who was doing better anyway: read these beside everybody who started, not instead of them."
    )
}

fn plot(compared: &Compared<'_>) -> Result<Option<String>, StepError> {
    let rows = compared.started.rows.iter().filter(|row| !is_of_ratios(compared, row));
    let mut series = vec!["Everybody who started".to_owned()];
    series.extend(compared.completed.as_ref().map(|_| "Those who completed".to_owned()));
    let group = |row: &EffectRow<'_>| {
        let of_completed = compared.completed.as_ref().map(|of| of.rows.iter().find(|other| other.label == row.label));
        let mut estimates = vec![Some(row.against)];
        estimates.extend(of_completed.map(|row| row.map(|row| row.against)));
        (named(row), estimates)
    };
    let about = About {
        id: "plot-effects",
        title: "Forest plot: each measure against expectation, in percent",
        description: "A mark and the line of its 95 % interval for each measure; the upright line is no effect. Full marks: everybody who \
                      started; hollow marks: those who completed. A star is suppressed: too few people. The tables that follow have \
                      the same numbers.",
    };
    forest::draw(&Forest { about, of: Of::Expectation, series, groups: rows.map(group).collect() })
}

fn named(row: &EffectRow<'_>) -> String {
    format!("{}{}", row.label, if row.is_negative_control { " (control)" } else { "" })
}

/// Whether a measure stands among the ratios because it cannot be set against expectation.
fn is_of_ratios(compared: &Compared<'_>, row: &EffectRow<'_>) -> bool {
    compared.ratio_instead(row).is_some()
}

/// The ratios of all measures, where one of them has no other answer.
fn ratios(compared: &Compared<'_>) -> Result<Option<String>, StepError> {
    let rows = &compared.started.rows;
    if !rows.iter().any(|row| is_of_ratios(compared, row)) {
        return Ok(None);
    }
    let ratio = |row: &EffectRow<'_>| compared.ratio(row.label);
    let groups = rows.iter().filter_map(|row| Some((named(row), vec![Some(ratio(row)?)]))).collect();
    let about = About {
        id: "plot-ratios",
        title: "Forest plot: participants’ rate after the start over the comparison’s",
        description: "A mark and the line of its 95 % interval for each measure; the upright line at 1 is the same rate. What was different \
                      before the start is in it. A star is suppressed: too few people. The table of these ratios has the same numbers.",
    };
    forest::draw(&Forest { about, of: Of::Ratio, series: vec!["Everybody who started".to_owned()], groups })
}

fn tables(effects: &Effects<'_>, whom: &str) -> Markup {
    let results: Vec<_> = effects.rows.iter().map(result).collect();
    let rates: Vec<_> = effects.rows.iter().map(rates).collect();
    let heads = |heads: &[&str]| heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>();
    let result_heads = heads(&[
        "Against expectation (%), with 95\u{a0}% interval",
        "Participants’ change (%)",
        "Comparison’s change (%)",
        "Change beyond the comparison (per person-year), with 95\u{a0}% interval",
    ]);
    let rate_heads = heads(&[
        "Participants",
        "Participants’ rate before",
        "Participants’ rate after",
        "Comparison",
        "Comparison’s rate before",
        "Comparison’s rate after",
    ]);
    let of = of_tables(&effects.tables);
    html! {
        (grid(&format!("Results, {whom} ({of})"), &result_heads, &results))
        (details(
            &format!("Rates for each person-year that these are made from, {whom}"),
            &grid(&format!("People, and rates for each person-year: {whom} ({of})"), &rate_heads, &rates),
        ))
    }
}

/// Where the same numbers are in `tables.csv`.
fn of_tables(tables: &[&ReleasedTable]) -> String {
    let names: Vec<&str> = tables.iter().map(|table| table.id().as_str()).collect();
    format!("released as {}", names.join(" and "))
}

fn result(row: &EffectRow<'_>) -> (String, Vec<String>) {
    let [participants, comparison] = row.changes.map(change);
    let beyond = match row.beyond {
        Estimate::Known { value, from, to } => {
            let amount = |figure| format!("{}{}", plus(figure), shown_as(ReleasedCell::Figure(figure), row.kind));
            format!("{} ({} to {})", amount(value), amount(from), amount(to))
        }
        of => in_figures(of),
    };
    (row.label.to_owned(), vec![in_figures(row.against), participants, comparison, beyond])
}

fn change(cell: ReleasedCell) -> String {
    if let ReleasedCell::Figure(figure) = cell { signed(figure) } else { shown(cell) }
}

fn rates(row: &EffectRow<'_>) -> (String, Vec<String>) {
    let of_arm = |arm: usize| {
        let rates = row.rates[arm].map(|rate| shown_as(rate, row.kind));
        std::iter::once(shown(row.people[arm])).chain(rates)
    };
    (row.label.to_owned(), of_arm(0).chain(of_arm(1)).collect())
}
