//! What a commissioner reads first.
//!
//! In: a release. Out: the section "In short". Absent on purpose: choosing what to say by how it went: the same measures are said in the
//! same words, above or below expectation.

use counterfoil_release::{ReleaseBody, ReleasedTable};
use maud::{Markup, html};

use super::choice_words;
use super::effect_words::{CHANCE, STARTED, beyond, changes, control, few_groups, in_a_line, interval, outcome};
use super::links::{self, Unequal};
use super::trend;
use super::view::{Compared, Course, EffectRow, Effects, Kind};
use super::words::{self, said};

/// The section.
pub(super) fn section(body: &ReleaseBody, compared: Option<&Compared<'_>>, unequal: &[Unequal<'_>]) -> Markup {
    html! {
        section aria-labelledby="headline" {
            h2 id="headline" { "In short" }
            @match compared.and_then(|compared| Some((compared, compared.started.main()?))) {
                Some((compared, main)) => (of_comparison(body, compared, main, unequal)),
                None => (of_counts(body, unequal)),
            }
        }
    }
}

fn of_counts(body: &ReleaseBody, unequal: &[Unequal<'_>]) -> Markup {
    html! {
        ul class="headline" { @for sentence in words::headline(body) { li { (sentence) } } }
        (links::warning(unequal))
        @if body.table("effect").is_some() || body.table("effect_cost").is_some() {
            p { "There is a comparison as well, in the tables below." }
        }
        p {
            "These are counts, not causes. What people use changes for many reasons, and people often start a programme when they "
            "need most; without a comparison group, a difference between before and after is not by itself what the programme did."
        }
    }
}

fn of_comparison(body: &ReleaseBody, compared: &Compared<'_>, main: &EffectRow<'_>, unequal: &[Unequal<'_>]) -> Markup {
    let others = compared.started.rows.iter().filter(|row| !row.is_negative_control && row.label != main.label);
    let others: Vec<String> = others.map(|row| in_a_line(row.label, row.against)).collect();
    let controls = compared.started.rows.iter().filter(|row| row.is_negative_control).map(control);
    let alike = compared.course.as_ref().and_then(|course| alike(course, main.label));
    let others_say = compared.choices.as_ref().and_then(|choices| choice_words::verdict(choices, main.label));
    let checks = controls.chain(placebo(compared, main)).chain(alike).chain(few_groups(compared.started.note));
    let checks: Vec<String> = checks.chain(others_say).collect();
    html! {
        (main_effect(main))
        (links::warning(unequal))
        @if let Some(warning) = compared.course.as_ref().and_then(trend::warning) { p class="care" { strong { (warning) } } }
        @if let Some(completed) = &compared.completed { (of_completers(completed, main)) }
        p { (changes(main)) @if let Some(beyond) = beyond(main) { " " (beyond) } }
        @if !others.is_empty() {
            h3 { "Other measures, for everybody who started" }
            ul { @for line in &others { li { (line) } } }
        }
        @if !checks.is_empty() {
            h3 { "Checks" }
            ul { @for line in &checks { li { (line) } } }
        }
        h3 { "Who is counted, and how they felt" }
        ul {
            @for sentence in words::counted(body).into_iter().chain(matched(compared)).chain(words::improvements(body)) {
                li { (sentence) }
            }
        }
        p class="care" {
            "Nobody was assigned to the programme by lot. People who started are compared with people who were alike in what the records "
            "tell; they can differ in what no record tells, and then a part of the difference is not what the programme did."
            @if let Some(said) = unrecorded(compared, main) { " " (said) }
        }
    }
}

fn main_effect(main: &EffectRow<'_>) -> Markup {
    html! {
        div class="main" {
            p {
                strong { (outcome(main.label, main.against)) } ", for " (STARTED) "."
                @if let Some(interval) = interval(main.against) { " " (interval) "." }
                @if main.against.includes_none() == Some(true) { " " strong { (CHANCE) } }
            }
            p {
                "Expectation is what it would have come to, had participants’ use changed by the same factor as that of comparable people "
                "who did not start."
            }
        }
    }
}

fn of_completers(completed: &Effects<'_>, main: &EffectRow<'_>) -> Markup {
    let Some(row) = completed.rows.iter().find(|row| row.label == main.label) else { return html! {} };
    html! {
        p {
            "Of those who completed, beside it: " (in_a_line(row.label, row.against)) " "
            strong { "Who completes is often who was doing better anyway" }
            ", so this can be more than the programme did: the result above, of everybody who started, is the one to judge by."
        }
    }
}

/// How both ran before the start, and whether that was looked at for the main measure.
fn alike(course: &Course<'_>, main: &str) -> Option<String> {
    let said = trend::alike(course)?;
    let is_tested = course.measures.iter().any(|of| of.label == main);
    Some(if is_tested { said } else { format!("{said} {main} is not tested by itself.") })
}

/// How strong something unrecorded would have to be.
fn unrecorded(compared: &Compared<'_>, main: &EffectRow<'_>) -> Option<String> {
    let mut choices = compared.choices.as_ref()?.of_measure(main.label);
    choices.find(|(choice, _)| choice.kind == Kind::Planned).and_then(|(_, row)| choice_words::e_value(main.label, row))
}

/// What the main measure did at a placebo index date.
fn placebo(compared: &Compared<'_>, main: &EffectRow<'_>) -> Option<String> {
    let mut choices = compared.choices.as_ref()?.of_measure(main.label);
    let estimate = choices.find(|(choice, _)| choice.kind == Kind::Placebo)?.1.against;
    let verdict = if estimate.includes_none()? {
        "no sign of an effect, as it should be"
    } else {
        "an effect where there should be none, so the comparison may not be like for like"
    };
    let interval = interval(estimate)?;
    Some(format!("At a placebo index date, before anybody started, {}: {verdict} ({interval}).", main.label))
}

fn matched(compared: &Compared<'_>) -> Option<String> {
    let frame: &ReleasedTable = compared.frame?;
    let column = &frame.columns().first()?.label;
    let people = |row: &str| frame.cell(row, column).map(said);
    Some(format!(
        "Of the {} participants analysed, {} could be compared, with {} comparable people who did not start.",
        people("Participants analysed")?,
        people("Participants matched")?,
        people("Offered and matched")?
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use counterfoil_release::Decimal;

    use super::super::tables::tests::{body, table};
    use super::super::view::{CourseOf, Trend};
    use super::*;

    #[test]
    fn a_measure_that_is_not_tested_is_said_not_to_be() {
        let tables = body(&table("flow", &[("People", "#")], &[("A", &["10"])]));
        let said = |hundredths, main| {
            let trend = Trend::P(Decimal::new(hundredths, 2).unwrap());
            let measures = vec![CourseOf { label: "A&E", stretches: Vec::new(), trend }];
            alike(&Course { table: &tables.tables()[0], trend: None, measures, dip: None }, main)
        };
        let ran =
            "Before the start participants and comparison ran alike as far as can be told, in the one measure of use.";
        assert_eq!(said(40, "A&E").unwrap(), ran);
        assert_eq!(said(40, "Cost").unwrap(), format!("{ran} Cost is not tested by itself."));
        assert_eq!([said(1, "A&E"), said(1, "Cost")], [None, None]);
    }
}
