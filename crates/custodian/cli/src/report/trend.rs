//! Whether both ran alike before the start, in words.
//!
//! In: the course of each measure with its test. Out: sentences. Absent on purpose: "they ran alike", which no test can say.

use counterfoil_release::Decimal;

use super::axis::{ONE, units};
use super::view::{Course, Trend};
use super::words::{TOO_FEW, capitalised, figure_text};

/// Figures are rounded, so what is 0.05 may be less: it is read with the more care.
const NOT_ALIKE_P_MAX: i64 = ONE / 20;

/// What a test says among several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Alike,
    /// As far apart as one in twenty that do run alike: of several tests one may well come out so.
    Doubtful,
    /// Too far apart to be one of several by chance (Bonferroni).
    NotAlike,
}

/// Of one measure, under its figure.
pub(super) fn in_words(trend: Trend, course: &Course<'_>) -> String {
    let tested = tested(course);
    match trend {
        Trend::P(p) => match verdict(p, tested) {
            Verdict::Alike => format!("Both ran alike before the start as far as can be told ({}).", p_text(p)),
            Verdict::Doubtful => format!(
                "They may not have run alike before the start ({}). Of the {tested} measures tested one in twenty looks so by chance: read \
                 the effect on this one with care.",
                p_text(p)
            ),
            Verdict::NotAlike => format!(
                "They did not run alike before the start ({}): the effect on this measure has no ground to stand on.",
                p_text(p)
            ),
        },
        Trend::TooFew => format!("{} whether both ran alike before the start.", capitalised(TOO_FEW)),
        Trend::NotReckoned => "Whether both ran alike before the start cannot be reckoned.".to_owned(),
    }
}

/// Whether what is said of it is a warning.
pub(super) fn warns(trend: Trend, course: &Course<'_>) -> bool {
    matches!(trend, Trend::P(p) if verdict(p, tested(course)) != Verdict::Alike)
}

/// What a reader must know before any effect: the measures that did not run alike. None if there are none.
pub(super) fn warning(course: &Course<'_>) -> Option<String> {
    let tested = tested(course);
    let named = course.measures.iter().filter_map(|of| match of.trend {
        Trend::P(p) if verdict(p, tested) == Verdict::NotAlike => Some(format!("{} ({})", of.label, p_text(p))),
        _ => None,
    });
    let named: Vec<String> = named.collect();
    (!named.is_empty()).then(|| {
        format!(
            "Participants and comparison did not run alike before the start, so that an effect on these has no ground to stand on: {}.",
            named.join("; ")
        )
    })
}

fn tested(course: &Course<'_>) -> i64 {
    course.measures.iter().map(|of| i64::from(matches!(of.trend, Trend::P(_)))).sum()
}

fn verdict(p: Decimal, tested: i64) -> Verdict {
    match units(p) {
        p if p > NOT_ALIKE_P_MAX => Verdict::Alike,
        p if p.saturating_mul(tested) > NOT_ALIKE_P_MAX => Verdict::Doubtful,
        _ => Verdict::NotAlike,
    }
}

/// How many ran alike, of how many that can be told, and which are in doubt. None if nothing can be told, or one did not, which the
/// warning says.
pub(super) fn alike(course: &Course<'_>) -> Option<String> {
    let tested = tested(course);
    let told: Vec<(Verdict, String)> = course
        .measures
        .iter()
        .filter_map(|of| match of.trend {
            Trend::P(p) => Some((verdict(p, tested), format!("{} ({})", of.label, p_text(p)))),
            Trend::TooFew | Trend::NotReckoned => None,
        })
        .collect();
    if told.is_empty() || told.iter().any(|(verdict, _)| *verdict == Verdict::NotAlike) {
        return None;
    }
    let (alike, all) = (told.iter().filter(|(verdict, _)| *verdict == Verdict::Alike).count(), course.measures.len());
    let mut which = match (alike, all) {
        (1, 1) => "the one measure of use".to_owned(),
        (alike, all) if alike == all => format!("all {all} measures of use"),
        (alike, all) => format!("{alike} of {all} measures of use"),
    };
    let doubtful: Vec<&str> =
        told.iter().filter(|(verdict, _)| *verdict == Verdict::Doubtful).map(|(_, label)| label.as_str()).collect();
    if !doubtful.is_empty() {
        which.extend(["; in doubt, as one in twenty is by chance: ", &doubtful.join(", ")]);
    }
    if told.len() < all {
        which.push_str("; of the others it cannot be told");
    }
    Some(format!("Before the start participants and comparison ran alike as far as can be told, in {which}."))
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

    fn with_course<T>(trends: &[(&'static str, Trend)], then: impl FnOnce(&Course<'_>) -> T) -> T {
        let table = body(concat!(
            r#"{"id":"flow","title":"Flow","note":"N.","columns":[{"label":"People","kind":"count"}],"rows":[{"label":"A","cells":[10]}],"#,
            r#""disclosure":{"cells":1,"zero":0,"rounded":1,"figures":0,"not_estimated":0,"suppressed":0}}"#
        ));
        let of = |(label, trend): &(&'static str, Trend)| CourseOf { label, stretches: Vec::new(), trend: *trend };
        let measures = trends.iter().map(of).collect();
        then(&Course { table: &table.tables()[0], trend: None, measures, dip: None })
    }

    /// Of five tests 0.01 is the greatest p that none of them has by chance in one of twenty studies.
    #[test]
    fn a_small_p_takes_the_ground_away_and_a_great_one_is_no_proof() {
        let others = [("B", p(50)), ("C", p(60)), ("D", p(70)), ("E", p(80)), ("F", Trend::TooFew)];
        let care = "Of the 5 measures tested one in twenty looks so by chance: read the effect on this one with care.";
        for (trend, said) in [
            (p(40), "Both ran alike before the start as far as can be told (p = 0.40)."),
            (p(6), "Both ran alike before the start as far as can be told (p = 0.06)."),
            (p(100), "Both ran alike before the start as far as can be told (p = 1.00)."),
            (p(5), &format!("They may not have run alike before the start (p = 0.05). {care}")),
            (p(2), &format!("They may not have run alike before the start (p = 0.02). {care}")),
            (
                p(1),
                "They did not run alike before the start (p = 0.01): the effect on this measure has no ground to stand on.",
            ),
            (
                p(0),
                "They did not run alike before the start (p below 0.05): the effect on this measure has no ground to stand on.",
            ),
        ] {
            let all = [[("A", trend)].as_slice(), &others].concat();
            with_course(&all, |course| {
                assert_eq!(in_words(trend, course).replace('\u{a0}', " "), said);
                assert_eq!(warns(trend, course), !said.starts_with("Both"));
                assert_eq!(warning(course).is_some(), said.contains("no ground"), "{said}");
            });
        }
        with_course(&[("A", Trend::TooFew), ("B", Trend::NotReckoned)], |course| {
            assert_eq!(
                in_words(Trend::TooFew, course),
                "Too few people to say whether both ran alike before the start."
            );
            let said = in_words(Trend::NotReckoned, course);
            assert_eq!(said, "Whether both ran alike before the start cannot be reckoned.");
            assert!(!warns(Trend::TooFew, course) && !warns(Trend::NotReckoned, course));
        });
    }

    #[test]
    fn measures_that_did_not_run_alike_are_named_and_nothing_else_is() {
        let said = |trends: &[(&'static str, Trend)]| {
            with_course(trends, |course| {
                [warning(course), alike(course)].map(|said| said.unwrap_or_default().replace('\u{a0}', " "))
            })
        };
        let one = "Participants and comparison did not run alike before the start, so that an effect on these has no ground to stand on: \
                   Falls (p = 0.01); GP (p below 0.05).";
        assert_eq!(said(&[("A&E", p(40)), ("Falls", p(1)), ("GP", p(0)), ("Beds", Trend::TooFew)]), [one, ""]);
        let all =
            "Before the start participants and comparison ran alike as far as can be told, in all 2 measures of use.";
        assert_eq!(said(&[("A&E", p(40)), ("Falls", p(6))]), ["", all]);
        let some = "Before the start participants and comparison ran alike as far as can be told, in 1 of 2 measures of use; of the others \
                    it cannot be told.";
        assert_eq!(said(&[("A&E", p(40)), ("Falls", Trend::TooFew)]), ["", some]);
        let doubt = "Before the start participants and comparison ran alike as far as can be told, in 1 of 2 measures of use; in doubt, as \
                     one in twenty is by chance: Falls (p = 0.04).";
        assert_eq!(said(&[("A&E", p(40)), ("Falls", p(4))]), ["", doubt]);
        assert_eq!(said(&[("A&E", Trend::NotReckoned), ("Falls", Trend::TooFew)]), ["", ""]);
        assert_eq!(said(&[]), ["", ""]);
    }
}
