//! Whether both ran alike before the start, in words.
//!
//! In: the course of each measure with its test. Out: sentences. Absent on purpose: "they ran alike", which no test can say.

use counterfoil_release::Decimal;

use super::axis::{ONE, units};
use super::view::{Course, Trend};
use super::words::{TOO_FEW, capitalised, figure_text};

/// Figures are rounded, so what is 0.05 may be less: it is read with the more care.
const NOT_ALIKE_P_MAX: i64 = ONE / 20;

/// Of one measure, under its figure.
pub(super) fn in_words(trend: Trend) -> String {
    match trend {
        Trend::P(p) if is_alike(p) => {
            format!("Both ran alike before the start as far as can be told ({}).", p_text(p))
        }
        Trend::P(p) => format!(
            "They did not run alike before the start ({}): the effect on this measure has no ground to stand on.",
            p_text(p)
        ),
        Trend::TooFew => format!("{} whether both ran alike before the start.", capitalised(TOO_FEW)),
        Trend::NotReckoned => "Whether both ran alike before the start cannot be reckoned.".to_owned(),
    }
}

/// Whether what is said of it is a warning.
pub(super) fn warns(trend: Trend) -> bool {
    matches!(trend, Trend::P(p) if !is_alike(p))
}

/// What a reader must know before any effect: the measures that did not run alike. None if there are none.
pub(super) fn warning(course: &Course<'_>) -> Option<String> {
    let named = course.measures.iter().filter(|of| warns(of.trend)).map(|of| match of.trend {
        Trend::P(p) => format!("{} ({})", of.label, p_text(p)),
        Trend::TooFew | Trend::NotReckoned => of.label.to_owned(),
    });
    let named: Vec<String> = named.collect();
    (!named.is_empty()).then(|| {
        format!(
            "Participants and comparison did not run alike before the start, so that an effect on these has no ground to stand on: {}. \
             Of {} that do run alike, about one in twenty seems not to by chance.",
            named.join("; "),
            crate::show::count(course.measures.len() as u64, "measure", "measures"),
        )
    })
}

/// How many ran alike, of how many that can be told. None if nothing can be told, or one did not, which the warning says.
pub(super) fn alike(course: &Course<'_>) -> Option<String> {
    let told: Vec<Decimal> =
        course.measures.iter().filter_map(|of| if let Trend::P(p) = of.trend { Some(p) } else { None }).collect();
    if told.is_empty() || told.iter().any(|p| !is_alike(*p)) {
        return None;
    }
    let all = course.measures.len();
    let which = match (told.len(), all) {
        (1, 1) => "the one measure of use".to_owned(),
        (told, all) if told == all => format!("all {all} measures of use"),
        (told, all) => format!("{told} of {all} measures of use; of the others it cannot be told"),
    };
    Some(format!("Before the start participants and comparison ran alike as far as can be told, in {which}."))
}

fn is_alike(p: Decimal) -> bool {
    units(p) > NOT_ALIKE_P_MAX
}

/// `p = 0.40`; what is rounded to 0 is not 0, and as coarsely as figures of few people are rounded it is below 0.05.
fn p_text(p: Decimal) -> String {
    if p.scaled() == 0 { "p\u{a0}below\u{a0}0.05".to_owned() } else { format!("p\u{a0}=\u{a0}{}", figure_text(p)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::super::tables::tests::body;
    use super::super::view::CourseOf;
    use super::*;

    fn p(hundredths: i64) -> Trend {
        Trend::P(Decimal::new(hundredths, 2).unwrap())
    }

    #[test]
    fn a_small_p_takes_the_ground_away_and_a_great_one_is_no_proof() {
        for (trend, said) in [
            (p(40), "Both ran alike before the start as far as can be told (p = 0.40)."),
            (p(6), "Both ran alike before the start as far as can be told (p = 0.06)."),
            (p(100), "Both ran alike before the start as far as can be told (p = 1.00)."),
            (
                p(5),
                "They did not run alike before the start (p = 0.05): the effect on this measure has no ground to stand on.",
            ),
            (
                p(1),
                "They did not run alike before the start (p = 0.01): the effect on this measure has no ground to stand on.",
            ),
            (
                p(0),
                "They did not run alike before the start (p below 0.05): the effect on this measure has no ground to stand on.",
            ),
            (Trend::TooFew, "Too few people to say whether both ran alike before the start."),
            (Trend::NotReckoned, "Whether both ran alike before the start cannot be reckoned."),
        ] {
            assert_eq!(in_words(trend).replace('\u{a0}', " "), said);
            assert_eq!(warns(trend), said.contains("no ground"));
        }
    }

    #[test]
    fn measures_that_did_not_run_alike_are_named_and_nothing_else_is() {
        let table = body(concat!(
            r#"{"id":"flow","title":"Flow","note":"N.","columns":[{"label":"People","kind":"count"}],"rows":[{"label":"A","cells":[10]}],"#,
            r#""disclosure":{"cells":1,"zero":0,"rounded":1,"figures":0,"not_estimated":0,"suppressed":0}}"#
        ));
        let said = |trends: &[(&'static str, Trend)]| {
            let of = |(label, trend): &(&'static str, Trend)| CourseOf { label, stretches: Vec::new(), trend: *trend };
            let measures = trends.iter().map(of).collect();
            let course = Course { table: &table.tables()[0], trend: None, measures, dip: None };
            [warning(&course), alike(&course)].map(|said| said.unwrap_or_default().replace('\u{a0}', " "))
        };
        let one = "Participants and comparison did not run alike before the start, so that an effect on these has no ground to stand on: \
                   Falls (p = 0.02); GP (p below 0.05). Of 4 measures that do run alike, about one in twenty seems not to by chance.";
        assert_eq!(said(&[("A&E", p(40)), ("Falls", p(2)), ("GP", p(0)), ("Beds", Trend::TooFew)]), [one, ""]);
        let all =
            "Before the start participants and comparison ran alike as far as can be told, in all 2 measures of use.";
        assert_eq!(said(&[("A&E", p(40)), ("Falls", p(6))]), ["", all]);
        let some = "Before the start participants and comparison ran alike as far as can be told, in 1 of 2 measures of use; of the others \
                    it cannot be told.";
        assert_eq!(said(&[("A&E", p(40)), ("Falls", Trend::TooFew)]), ["", some]);
        assert_eq!(said(&[("A&E", Trend::NotReckoned), ("Falls", Trend::TooFew)]), ["", ""]);
        assert_eq!(said(&[]), ["", ""]);
    }
}
