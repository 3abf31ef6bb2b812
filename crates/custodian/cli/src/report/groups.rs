//! The effect by groups of participants, a section a subgroup.
//!
//! In: tables by groups, and the effect of everybody. Out: a forest plot of the measure that the report speaks of first, what to keep in
//! mind, and the table of all measures. Absent on purpose: a test between groups, and naming the group with the greatest effect.

use counterfoil_model::Study;
use counterfoil_release::ReleasedCell;
use maud::{Markup, PreEscaped, html};

use super::draw::About;
use super::forest::{self, Forest, GROUPS_MAX, Of};
use super::links::{self, Unequal};
use super::tables::{details, section_id, table_with};
use super::view::{Effects, Estimate, Group, Groups};
use super::words::{is_idle, spaced};
use crate::error::StepError;

/// The section of a subgroup.
pub(super) fn section(
    groups: &Groups<'_>,
    started: &Effects<'_>,
    (unequal, study): (&[Unequal<'_>], &Study),
    results: usize,
) -> Result<Markup, StepError> {
    let id = section_id(groups.table);
    let main = started.main();
    let less = links::less_linked(unequal, groups.subgroup, study);
    let plot = main.map(|main| plot(groups, (main.label, main.against), &less)).transpose()?.flatten();
    let table = table_with(groups.table, groups.table.columns().len(), |label| {
        let is_less = |group: &&str| label.ends_with(&format!(": {group}"));
        if less.iter().any(is_less) { format!("{label}{LESS}") } else { label.to_owned() }
    });
    let few_rows = groups.table.rows().count() <= ROWS_OPEN_MAX;
    Ok(html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (groups.table.title()) }
            @if groups.is_dose() {
                p class="care" {
                    strong { "A dose is no cause by itself." }
                    " These groups came about after the start: who took more of the programme may have been better, or worse, or keener "
                    "to begin with. What differs between them is not by itself what more of the programme does."
                }
            }
            (links::warning(unequal))
            @if let Some(said) = main.and_then(|main| in_words(main.label, groups.of_measure(main.label))) { p { (said) } }
            p { (by_chance(results)) }
            @if let Some(svg) = plot {
                figure {
                    (PreEscaped(svg))
                    figcaption { "The same numbers as in the table below, which has all measures." }
                }
            }
            p { (spaced(groups.table.note())) }
            @if few_rows { (table) } @else { (details("All measures by group, as a table", &table)) }
        }
    })
}

/// Rows up to which the table stands open.
const ROWS_OPEN_MAX: usize = 12;
/// Beside groups of whom more links were missed.
const LESS: &str = " (linked less)";

/// Where the intervals of the groups lie; groups of nobody are not counted. None where there is no other.
fn in_words(measure: &str, rows: &[Group<'_>]) -> Option<String> {
    let rows: Vec<Estimate> =
        rows.iter().filter(|row| row.participants != ReleasedCell::Count(0)).map(|row| row.against).collect();
    let count = |is: &dyn Fn(&Estimate) -> bool| rows.iter().filter(|against| is(against)).count();
    let clear_of_none = |against: &Estimate, side: i64| match against {
        Estimate::Known { value, .. } => against.includes_none() == Some(false) && value.scaled().signum() == side,
        Estimate::TooFew | Estimate::NotReckoned => false,
    };
    let parts = [
        (count(&|of| clear_of_none(of, -1)), "the interval lies below expectation"),
        (count(&|of| clear_of_none(of, 1)), "the interval lies above expectation"),
        (count(&|of| of.includes_none() == Some(true)), "the interval includes no change"),
        (count(&|of| *of == Estimate::TooFew), "there are too few people to say"),
        (count(&|of| *of == Estimate::NotReckoned), "it cannot be reckoned"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("in {count} {what}"));
    let groups = crate::show::count(rows.len() as u64, "group", "groups");
    (!rows.is_empty()).then(|| format!("{measure}, {groups}: {}.", parts.collect::<Vec<_>>().join("; ")))
}

/// What many results are to be expected to show, whatever the programme does.
fn by_chance(results: usize) -> String {
    format!(
        "This release has {results} results by group and measure. Where there is no effect, about one in twenty seems to show one by \
         chance: one group that stands out is no finding. Two groups whose lines overlap may well be alike."
    )
}

fn plot(
    groups: &Groups<'_>,
    (main, of_everybody): (&str, Estimate),
    less_linked: &[&str],
) -> Result<Option<String>, StepError> {
    let rows = groups.of_measure(main);
    if rows.is_empty() || rows.len() >= GROUPS_MAX {
        return Ok(None);
    }
    let label = |group: &str| if less_linked.contains(&group) { format!("{group}{LESS}") } else { group.to_owned() };
    let everybody = ("Everybody who started".to_owned(), vec![Some(of_everybody)]);
    let each = rows
        .iter()
        .filter(|row| !is_idle(row.label, row.participants))
        .map(|row| (label(row.label), vec![None, Some(row.against)]));
    let title = format!("Forest plot: {main}, by {}, in percent", groups.subgroup.label);
    let about = About {
        id: &format!("plot-{}", groups.table.id()),
        title: &title,
        description: "A mark and the line of its 95 % interval for each group, below those of everybody who started; the upright line is no \
                      effect. A star is suppressed: too few people. The table that follows has the same numbers.",
    };
    let series = vec!["Everybody who started".to_owned(), "Each group, with its own comparison".to_owned()];
    let groups = std::iter::once(everybody).chain(each).collect();
    forest::draw(&Forest { about, of: Of::Expectation, series, groups })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use counterfoil_release::Decimal;

    use super::super::tables::tests::{COMPARISON, body, study, table, text};
    use super::super::view::EffectRow;
    use super::*;

    const COLUMNS: [(&str, &str); 5] = [("P", "#"), ("C", "#"), ("A", "%"), ("A, from", "%"), ("A, to", "%")];

    fn known(value: i64, from: i64, to: i64) -> Estimate {
        let percent = |value| Decimal::new(value, 0).unwrap();
        Estimate::Known { value: percent(value), from: percent(from), to: percent(to) }
    }

    #[test]
    fn where_intervals_lie_is_counted_and_no_group_is_named() {
        let group = |participants, against| Group { label: "g", participants, against };
        let some = |against| group(ReleasedCell::Count(500), against);
        let rows = [
            some(known(-5, -9, -1)),
            some(known(-5, -9, -1)),
            some(known(5, 1, 9)),
            some(known(5, -1, 9)),
            some(known(-5, -9, 0)),
            group(ReleasedCell::Suppressed, Estimate::TooFew),
            some(Estimate::NotReckoned),
            group(ReleasedCell::Count(0), Estimate::NotReckoned),
        ];
        assert_eq!(
            in_words("Falls", &rows).unwrap(),
            "Falls, 7 groups: in 2 the interval lies below expectation; in 1 the interval lies above expectation; in 2 the interval includes \
             no change; in 1 there are too few people to say; in 1 it cannot be reckoned."
        );
        assert_eq!(in_words("Falls", &rows[5..6]).unwrap(), "Falls, 1 group: in 1 there are too few people to say.");
        assert_eq!([in_words("Falls", &rows[7..]), in_words("Falls", &[])], [None, None]);
    }

    /// The section of a subgroup by sex with two groups, of falls alone.
    fn drawn(kind: &str, less: &[&'static str]) -> String {
        let more = format!(
            "breakdown = [{{ id = \"sex\", label = \"Sex\", dataset = \"programme\", variable = \"sex\" }}]\n{COMPARISON}\
             [[comparison.subgroup]]\nid = \"by_sex\"\nlabel = \"sex\"\ndataset = \"programme\"\nvariable = \"sex\"\nkind = \"{kind}\"\n"
        );
        let study = study(&more);
        let rows: [(&str, &[&str]); 3] = [
            ("Falls: male", &["900", "1800", "-5.00", "-9.00", "-1.00"]),
            ("Falls: female", &["*", "*", "*", "*", "*"]),
            ("Falls: Not recorded", &["0", "0", "n/a", "n/a", "n/a"]),
        ];
        let body = body(&table("by_sex", &COLUMNS, &rows));
        let groups = Groups::of(&body.tables()[0], &study.comparison.as_ref().unwrap().subgroups[0], &study).unwrap();
        let falls = EffectRow::made_up("Falls", known(-7, -10, -4));
        let started = Effects { rows: vec![falls], note: "N.", tables: Vec::new() };
        let unequal = Unequal { title: "Sex", clauses: vec!["of a 1, of b 9".to_owned()], less: less.to_vec() };
        let unequal = if less.is_empty() { Vec::new() } else { vec![unequal] };
        section(&groups, &started, (&unequal, &study), 2).unwrap().into_string()
    }

    #[test]
    fn a_dose_is_said_to_be_no_cause_and_what_was_at_the_start_is_not() {
        let (dose, start) = (drawn("dose", &[]), drawn("at-start", &[]));
        assert!(text(&dose).contains("A dose is no cause by itself.") && dose.contains("class=\"care\""), "{dose}");
        assert!(!start.contains("dose") && !start.contains("class=\"care\""), "{start}");
        for said in [
            "Falls, 2 groups: in 1 the interval lies below expectation; in 1 there are too few people to say.",
            "This release has 2 results by group and measure.",
        ] {
            assert!(text(&start).contains(said), "{said}: {start}");
        }
    }

    #[test]
    fn a_suppressed_group_has_a_star_and_no_mark() {
        let html = drawn("at-start", &[]);
        let svg = &html[html.find("<svg").unwrap()..html.find("</svg>").unwrap()];
        // The legend's full and hollow mark, everybody, and the one group that is shown.
        assert_eq!(svg.matches("<circle ").count(), (1 + 2) + 1 + 2, "{svg}");
        assert_eq!(svg.matches("\n*\n").count(), 1);
        assert!(!svg.contains("Not recorded") && html.contains(">Falls: Not recorded<"), "nobody: in the table alone");
    }

    #[test]
    fn unequal_links_stand_beside_the_groups_and_their_groups_are_flagged() {
        let (unequal, equal) = (drawn("at-start", &["female"]), drawn("at-start", &[]));
        assert!(text(&unequal).contains("Links were missed unequally.") && unequal.contains("Sex: of a 1, of b 9."));
        assert!(unequal.contains("<th scope=\"row\">Falls: female (linked less)</th>"), "{unequal}");
        assert!(unequal.contains("<th scope=\"row\">Falls: male</th>") && unequal.contains("\nfemale (linked less)\n"));
        assert!(!equal.contains("linked less") && !equal.contains("unequally"));
    }
}
