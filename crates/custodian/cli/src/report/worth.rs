//! What is paid for outcomes, and what they are worth.
//!
//! In: released counts, and the prices and values of the study that the parties agreed. Out: a section, where the study has any; sums of
//! whole pence, rounded once where they are shown.
//! Absent on purpose: floats, and any amount of a count that was suppressed: the amount would tell the count.
//!
//! Which count an outcome means is said at [`counterfoil_model::Price`]. No sum is too great: a count has 64 bits, a price at most 10^12
//! pence, and a study's file has room for fewer than 10^5 of them, so 200 times their sum is below 2^128.

use counterfoil_model::{Code, OutcomeValue, Score, Study, Threshold, in_months};
use counterfoil_release::{ReleaseBody, ReleasedCell};
use maud::{Markup, html};

use super::words::{self, shown};
use crate::show::{grouped, pence_in_pounds as in_pounds, thousands};

/// The section; none where the study has no price and no value.
pub(super) fn section(body: &ReleaseBody, study: &Study) -> Option<Markup> {
    if study.prices.is_empty() && study.value.is_none() {
        return None;
    }
    Some(html! {
        section aria-labelledby="worth" {
            h2 id="worth" { "What is paid, and what it is worth" }
            p {
                "These amounts are reckoned from the released counts on this page and from prices that the parties agreed; anybody can reckon "
                "them again. Counts are to the nearest " (body.rules().rounding_base()) ", and an amount is no finer than its count."
            }
            @if !study.prices.is_empty() { (paid(body, study)) }
            @if let Some(value) = &study.value { (worth(body, study, value)) }
        }
    })
}

/// A released count at a price.
struct Line {
    outcome: String,
    /// None where the release has no such count.
    count: Option<ReleasedCell>,
    pence_each: u64,
}

impl Line {
    fn of(body: &ReleaseBody, study: &Study, outcome: &Code, pence_each: u64) -> Self {
        let (outcome, count) = counted(body, study, outcome);
        Self { outcome, count, pence_each }
    }

    /// In pence; none where there is no number of people.
    fn amount(&self) -> Option<u128> {
        match self.count {
            Some(ReleasedCell::Count(people)) => Some(u128::from(people) * u128::from(self.pence_each)),
            _ => None,
        }
    }
}

/// In words what an outcome counts, and the count.
fn counted(body: &ReleaseBody, study: &Study, outcome: &Code) -> (String, Option<ReleasedCell>) {
    if let Some(score) = study.scores.iter().find(|score| score.id == *outcome) {
        return of_score(body, score);
    }
    let label = study.attainments.iter().find(|of| of.id == *outcome).map_or(outcome.as_str(), |of| &of.label);
    let count = body.table(words::ATTAINED).and_then(|table| table.cell(label, "Of those, attained"));
    (label.to_owned(), count)
}

/// At its last time: those who reached its threshold, or who improved where it has none.
fn of_score(body: &ReleaseBody, score: &Score) -> (String, Option<ReleasedCell>) {
    let reached = match score.threshold {
        Some(Threshold::AtLeast(points)) => format!("at least {points}"),
        Some(Threshold::AtMost(points)) => format!("at most {points}"),
        None => "improved".to_owned(),
    };
    let when = in_months(score.at_months.last().copied().unwrap_or_default());
    let cell = body
        .table(score.id.as_str())
        .and_then(|table| table.cell(&format!("After {when}"), &format!("Of those, {reached}")));
    (format!("{}, after {when}: {reached}", score.label), cell)
}

/// What each payer pays.
fn paid(body: &ReleaseBody, study: &Study) -> Markup {
    let mut payers: Vec<(Option<&str>, Vec<Line>)> = Vec::new();
    for price in &study.prices {
        let line = Line::of(body, study, &price.outcome, price.pence_each);
        match payers.iter_mut().find(|(payer, _)| *payer == Some(price.payer.as_str())) {
            Some((_, lines)) => lines.push(line),
            None => payers.push((Some(&price.payer), vec![line])),
        }
    }
    html! {
        h3 { "What each payer pays" }
        (table("Amounts by payer and outcome", "Price for each", &payers))
    }
}

/// What the programme cost, and what its outcomes are worth.
fn worth(body: &ReleaseBody, study: &Study, value: &OutcomeValue) -> Markup {
    let lines: Vec<Line> = value.benefit.iter().map(|of| Line::of(body, study, &of.outcome, of.pence_each)).collect();
    let (benefit, is_whole) = (total(&lines), lines.iter().all(|line| line.amount().is_some()));
    html! {
        h3 { "What it cost, and what it is worth" }
        p { (cost(body, value)) }
        @if !lines.is_empty() {
            (table("What outcomes are worth", "Worth for each", &[(None, lines)]))
            p { (ratio(benefit, value.cost_pence)) @if benefit.is_some() && !is_whole { " What could not be reckoned is not in it." } }
        }
        p { "Where the figures of cost and worth come from, as the study states it: " (value.source) "." }
    }
}

fn cost(body: &ReleaseBody, value: &OutcomeValue) -> String {
    let cost = in_pounds(value.cost_pence.into());
    let first = body.table("flow").and_then(|table| table.rows().next()?.1.first().copied());
    match first {
        Some(ReleasedCell::Count(people)) if people > 0 => format!(
            "The programme cost {cost} for everybody in its extract, {} people: {} for each participant, to the nearest pound.",
            thousands(people),
            in_pounds(nearest(value.cost_pence.into(), 100 * u128::from(people)) * 100)
        ),
        Some(ReleasedCell::Count(_)) => format!("The programme cost {cost}, and nobody is in its extract."),
        _ => format!(
            "The programme cost {cost}. The cost for each participant cannot be reckoned from a suppressed count."
        ),
    }
}

fn ratio(benefit: Option<u128>, cost_pence: u64) -> String {
    let Some(benefit) = benefit else {
        return "No ratio of benefit to cost can be reckoned: no outcome has a count that can be shown.".to_owned();
    };
    // A study's cost is at least a penny.
    let hundredths = nearest(100 * benefit, u128::from(cost_pence.max(1)));
    let (whole, places) = (grouped(&(hundredths / 100).to_string()), hundredths % 100);
    let [benefit, cost] = [benefit, cost_pence.into()].map(in_pounds);
    format!("Benefit to cost: {benefit} to {cost}, which is {whole}.{places:02} to 1, to two decimals.")
}

/// A row a price, and each payer's total.
fn table(caption: &str, each: &str, groups: &[(Option<&str>, Vec<Line>)]) -> Markup {
    html! {
        div class="scroll" {
            table {
                caption { (caption) }
                thead {
                    tr { td {} th scope="col" { "People" } th scope="col" { (each) } th scope="col" { "Amount" } }
                }
                @for (payer, lines) in groups {
                    tbody {
                        @if let Some(payer) = payer { tr { th scope="rowgroup" colspan="4" { strong { (payer) } } } }
                        @for line in lines {
                            tr {
                                th scope="row" { (line.outcome) }
                                td { (line.count.map_or_else(|| "n/a".to_owned(), shown)) }
                                td { (in_pounds(line.pence_each.into())) }
                                td { (amount_text(line.amount())) }
                            }
                        }
                        tr {
                            th scope="row" { @if let Some(payer) = payer { "Total of " (payer) } @else { "Total" } }
                            td {}
                            td {}
                            td { strong { (amount_text(total(lines))) } }
                        }
                    }
                }
            }
        }
        (not_reckoned(groups.iter().flat_map(|(_, lines)| lines)))
    }
}

/// Outcomes without an amount, each once.
fn not_reckoned<'a>(lines: impl Iterator<Item = &'a Line>) -> Markup {
    let (mut suppressed, mut absent): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for line in lines.filter(|line| line.amount().is_none()) {
        let names = if line.count == Some(ReleasedCell::Suppressed) { &mut suppressed } else { &mut absent };
        if !names.contains(&line.outcome.as_str()) {
            names.push(&line.outcome);
        }
    }
    html! {
        @for outcome in suppressed {
            p { (outcome) ": cannot be reckoned from a suppressed count; the amount is not in the total." }
        }
        @for outcome in absent {
            p { (outcome) ": the release has no such count; the amount is not in the total." }
        }
    }
}

/// Of what can be reckoned; none where nothing can be.
fn total<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Option<u128> {
    lines.into_iter().filter_map(Line::amount).reduce(|sum, amount| sum + amount)
}

fn amount_text(pence: Option<u128>) -> String {
    pence.map_or_else(|| "not reckoned".to_owned(), in_pounds)
}

/// To the nearest whole number, half away from zero.
fn nearest(part: u128, whole: u128) -> u128 {
    (2 * part + whole) / (2 * whole)
}

#[cfg(test)]
mod tests;
