//! What a commissioner reads first.
//!
//! In: a release. Out: the section "In short". Absent on purpose: choosing what to say by how it went: the same measures are said in the
//! same words, above or below expectation.

use counterfoil_model::Study;
use counterfoil_release::{ReleaseBody, ReleasedTable};
use maud::{Markup, html};

use super::choice_words;
use super::effect_words::{CHANCE, STARTED, beyond, changes, control, few_groups, in_a_line, interval, outcome};
use super::links::{self, Unequal};
use super::view::{Compared, Course, EffectRow, Effects, Estimate, Kind};
use super::words::{self, said};
use super::{ratio_words, scores, trend, uptake};

/// The section.
pub(super) fn section(
    body: &ReleaseBody,
    compared: Option<&Compared<'_>>,
    unequal: &[Unequal<'_>],
    study: &Study,
) -> Markup {
    html! {
        section aria-labelledby="headline" {
            h2 id="headline" { "In short" }
            @match compared.and_then(|compared| Some((compared, compared.started.main()?))) {
                Some((compared, main)) => (of_comparison((body, study), compared, main, unequal)),
                None => (of_counts(body, unequal, study)),
            }
        }
    }
}

fn of_counts(body: &ReleaseBody, unequal: &[Unequal<'_>], study: &Study) -> Markup {
    html! {
        ul class="headline" { @for sentence in words::headline(body, study) { li { (sentence) } } }
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

fn of_comparison(
    (body, study): (&ReleaseBody, &Study),
    compared: &Compared<'_>,
    main: &EffectRow<'_>,
    unequal: &[Unequal<'_>],
) -> Markup {
    let ratio = compared.ratio_instead(main);
    let others = compared.started.rows.iter().filter(|row| !row.is_negative_control && row.label != main.label);
    let others: Vec<String> = others.map(|row| in_a_line_or_ratio(compared, row)).collect();
    let controls = compared.started.rows.iter().filter(|row| row.is_negative_control).map(control);
    // A ratio has differences from before in it, so of a control too the ratio is said.
    let control_ratio = |row: &EffectRow<'_>| ratio_words::control(row.label, compared.ratio(row.label)?);
    let same = compared.started.rows.iter().filter(|row| row.is_negative_control && ratio.is_some());
    let controls = controls.chain(same.filter_map(control_ratio));
    let alike = compared.course.as_ref().and_then(|course| alike(course, main.label));
    // Other choices stand against what was planned, which a ratio is not.
    let choices = compared.choices.as_ref().filter(|_| ratio.is_none());
    let others_say = choices.and_then(|choices| choice_words::verdict(choices, main.label));
    let checks = controls.chain(placebo(compared, main)).chain(alike).chain(few_groups(compared.started.note));
    let checks: Vec<String> = checks.chain(others_say).collect();
    let uptakes: Vec<String> = body.tables().iter().filter_map(|table| uptake::sentence(table, study)).collect();
    html! {
        @match ratio { Some(ratio) => (main_ratio(main, ratio)), None => (main_effect(main)) }
        (links::warning(unequal))
        @if let Some(warning) = compared.course.as_ref().and_then(trend::warning) { p class="care" { strong { (warning) } } }
        @if ratio.is_some() {
            @if let Some(beyond) = beyond(main) { p { (beyond) } }
        } @else {
            @if let Some(completed) = &compared.completed { (of_completers(completed, main)) }
            p { (changes(main)) @if let Some(beyond) = beyond(main) { " " (beyond) } }
        }
        @if !others.is_empty() {
            h3 { "Other measures, for everybody who started" }
            ul { @for line in &others { li { (line) } } }
        }
        @if !checks.is_empty() {
            h3 { "Checks" }
            ul { @for line in &checks { li { (line) } } }
        }
        h3 { (counted_heading(body)) }
        ul {
            @for sentence in words::counted(body, study).into_iter().chain(matched(compared)).chain(words::improvements(body)) {
                li { (sentence) }
            }
        }
        @if !uptakes.is_empty() {
            h3 { "Uptake in the first and the last year, of everybody linked" }
            ul { @for sentence in &uptakes { li { (sentence) } } }
        }
        p class="care" {
            "Nobody was assigned to the programme by lot. People who started are compared with people who were alike in what the records "
            "tell; they can differ in what no record tells, and then a part of the difference is not what the programme did."
            @if let Some(said) = unrecorded(compared, main) { " " (said) }
        }
    }
}

/// What the list of people goes on to say: how they felt where there are scores.
fn counted_heading(body: &ReleaseBody) -> &'static str {
    let says = |attained: bool| {
        let mut tables = body.tables().iter();
        tables.any(|table| (table.id().as_str() == words::ATTAINED) == attained && !scores::sentences(table).is_empty())
    };
    match (says(false), says(true)) {
        (true, _) => "Who is counted, and how they felt",
        (false, true) => "Who is counted, and what was attained",
        (false, false) => "Who is counted",
    }
}

fn in_a_line_or_ratio(compared: &Compared<'_>, row: &EffectRow<'_>) -> String {
    let ratio = compared.ratio_instead(row).and_then(|ratio| ratio_words::in_a_line(row.label, ratio));
    ratio.unwrap_or_else(|| in_a_line(row.label, row.against))
}

fn main_ratio(main: &EffectRow<'_>, ratio: Estimate) -> Markup {
    html! {
        div class="main" {
            p {
                @if let Some(outcome) = ratio_words::outcome(main.label, ratio) { strong { (outcome) } }
                @if let Some(interval) = ratio_words::interval(ratio) { " (" (interval) ")" }
                ", for " (STARTED) "."
                @if ratio_words::includes_one(ratio) { " " strong { (ratio_words::CHANCE) } }
            }
            p { (ratio_words::CAUTION) }
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

    use super::super::tables::tests::{COMPARISON, body, study, table, text};
    use super::super::view::{CourseOf, Trend};
    use super::super::{effects, tables};
    use super::*;

    /// Falls cannot be set against expectation; A&E, and Cost as a control, can.
    fn of_falls(ratio: [&str; 3], more: &str) -> ReleaseBody {
        let rate = "/year";
        let kinds = ["#", "#", rate, rate, rate, rate, "%", "%", rate, rate, rate, "%", "%", "%"];
        let columns: Vec<(String, &str)> =
            kinds.iter().enumerate().map(|(at, kind)| (format!("C{at}"), *kind)).collect();
        let columns: Vec<(&str, &str)> = columns.iter().map(|(label, kind)| (label.as_str(), *kind)).collect();
        let (none, few) = ("n/a", "*");
        let falls = ["900", "900", few, "0.70", few, "1.00", none, none, "-0.30", "-0.40", "-0.20", none, none, none];
        let ae = [
            "900", "900", "1.00", "1.00", "1.00", "1.00", "0.00", "0.00", "0.00", "-0.10", "0.10", "0.00", "-9.00",
            "9.00",
        ];
        let effect = table("effect", &columns, &[("Falls", &falls), ("A&E", &ae), ("Cost", &ae)]);
        let control = "Negative controls, which the programme cannot change: Cost. An effect on them says much.";
        let effect = effect.replace("\"Note.\"", &format!("\"{control}\""));
        let columns = [("P", "#"), ("C", "#"), ("R", "1"), ("R, from", "1"), ("R, to", "1")];
        let [value, from, to] = ratio;
        let rows: [(&str, &[&str]); 3] = [
            ("Falls", &["900", "900", value, from, to]),
            ("A&E", &["900", "900", "1.00", "0.90", "1.10"]),
            ("Cost", &["900", "900", "1.12", "1.02", "1.22"]),
        ];
        let flow = [("People in the programme's extract", &["1000"][..]), ("Linked", &["950"]), ("Analysed", &["900"])];
        let flow = table("flow", &[("People", "#")], &flow);
        body(&format!("{flow},{effect},{}{more}", table("ratio", &columns, &rows)))
    }

    fn in_short(body: &ReleaseBody, more: &str) -> String {
        let study = study(&format!("{more}{COMPARISON}"));
        let compared = Compared::of(body, &study);
        section(body, Some(compared.as_ref().unwrap()), &[], &study).into_string()
    }

    #[test]
    fn what_has_no_before_is_said_by_the_ratio_of_the_rates_after() {
        let html = in_short(&of_falls(["0.75", "0.67", "0.84"], ""), "");
        let said = text(&html);
        let main = "Falls: participants’ rate after the start was 0.75 of the comparison’s (95 % interval 0.67 to 0.84), for everybody who \
                    started (intention to treat).A ratio of the rates after the start is not the effect: whatever was different between \
                    both before the start is in it.";
        for part in
            [main, "As a difference instead of a ratio: 0.30 less for each person", "A&amp;E came to what was expected"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        for never in ["cannot be reckoned", "Expectation is", "could be chance: the interval includes no difference"] {
            assert!(!said.contains(never), "{never}: {said}");
        }
    }

    #[test]
    fn a_control_is_judged_by_the_ratio_where_the_result_is_one() {
        let control = "The same ratio of something that the programme cannot change: a difference where there should be none, so the \
                       ratios may not be of like and like. Cost: participants’ rate after the start was 1.12 times the comparison’s (95 % \
                       interval 1.02 to 1.22).";
        let said = |ratio| text(&in_short(&of_falls(ratio, ""), ""));
        let (by_ratio, by_effect) = (said(["0.75", "0.67", "0.84"]), said(["*", "*", "*"]));
        assert!(by_ratio.contains(control), "{by_ratio}");
        assert!(!by_effect.contains("The same ratio"), "{by_effect}");
    }

    #[test]
    fn a_ratio_that_is_not_known_is_no_answer_either() {
        for ratio in [["*", "*", "*"], ["n/a", "n/a", "n/a"]] {
            let said = text(&in_short(&of_falls(ratio, ""), ""));
            assert!(said.contains("Falls: cannot be reckoned against expectation, for everybody"), "{said}");
            assert!(!said.contains("participants’ rate after the start"), "{said}");
        }
    }

    #[test]
    fn the_ratios_are_drawn_where_the_effect_would_be_n_a() {
        let drawn = |ratio| {
            let (body, study) = (of_falls(ratio, ""), study(COMPARISON));
            effects::section(&Compared::of(&body, &study).unwrap(), &[]).unwrap().into_string()
        };
        let plot = |html: &str, id: &str| {
            let start = html.find(&format!("<svg role=\"img\" aria-labelledby=\"{id}-title\""))?;
            Some(html[start..start + html[start..].find("</svg>")?].to_owned())
        };
        let known = drawn(["0.75", "0.67", "0.84"]);
        let (ratios, effects) = (plot(&known, "plot-ratios").unwrap(), plot(&known, "plot-effects").unwrap());
        for figures in ["\nFalls\n", "\n0.75 (0.67 to 0.84)\n", "\nA&amp;E\n", "\n1.00 (0.90 to 1.10)\n"] {
            assert!(ratios.contains(figures), "{figures}: {ratios}");
        }
        assert!(
            effects.contains("\nA&amp;E\n") && !effects.contains("\nFalls\n") && !effects.contains("n/a"),
            "{effects}"
        );
        let unknown = drawn(["*", "*", "*"]);
        assert_eq!(plot(&unknown, "plot-ratios"), None);
        assert!(plot(&unknown, "plot-effects").unwrap().contains("\nn/a\n"));
    }

    #[test]
    fn how_they_felt_is_in_the_heading_only_where_there_are_scores() {
        let heading = |more: &str| {
            let html = in_short(&of_falls(["0.75", "0.67", "0.84"], more), "");
            let start = html.find("<h3>Who is counted").unwrap() + "<h3>".len();
            html[start..start + html[start..].find('<').unwrap()].to_owned()
        };
        let chain = |id: &str, last: &str| {
            let columns = [("Start", "#"), ("Later", "#"), (last, "#")];
            let of = table(id, &columns, &[("After 12 months", &["300", "200", "100"])]);
            let of = of.replace(r#""Later","kind":"count""#, r#""Later","kind":"count","part_of":0"#);
            let part = format!(r#""{last}","kind":"count""#);
            format!(",{}", of.replace(&part, &format!(r#"{part},"part_of":1"#)))
        };
        assert_eq!(heading(""), "Who is counted");
        assert_eq!(heading(&chain("star", "Of those, improved")), "Who is counted, and how they felt");
        assert_eq!(heading(&chain("attained", "Of those, attained")), "Who is counted, and what was attained");
    }

    #[test]
    fn records_are_named_as_the_study_names_them_and_uptake_is_said() {
        const UPTAKE: &str = "uptake = [{ id = \"jab\", label = \"Jab\", events = [\"jab\"], from_year = 2015, to_year = 2016, \
                              within_months = 12 }]\n";
        let jab = tables::tests::table(
            "jab",
            &[("People", "#"), ("With any", "#")],
            &[("2015", &["800", "400"]), ("2016", &["750", "450"])],
        );
        let uptake = "Title of jab, with any in the 12 months to the end of the year: 400 of 800 people (50 %) in 2015; 450 of 750 people \
                      (60 %) in 2016.";
        let compared = text(&in_short(&of_falls(["0.75", "0.67", "0.84"], &format!(",{jab}")), UPTAKE));
        let counts = text(&section(&body(&jab), None, &[], &study(UPTAKE)).into_string());
        assert!(compared.contains(uptake) && counts.contains(uptake), "{compared} {counts}");
        assert!(compared.contains("950 (95 %) could be linked to records, and the use of services is counted for 900"));
    }

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
