//! The effect in sentences, whichever way it went.
//!
//! In: rows of effect tables. Out: sentences, each with its interval. Absent on purpose: any number that is not released, and the sum
//! of two percentages: shares of different amounts do not add.

use counterfoil_release::{ColumnKind, Decimal, ReleasedCell};

use super::view::{EffectRow, Estimate};
use super::words::{TOO_FEW, figure_text, shown_as};

/// For whom, with the estimand's name in the literature.
pub(super) const STARTED: &str = "everybody who started (intention to treat)";
/// Said wherever an interval holds no change.
pub(super) const CHANCE: &str = "It could be chance: the interval includes no change.";
const NOT_RECKONED: &str = "cannot be reckoned";

/// What the note says of too few groups to draw from, which every interval then suffers from.
pub(super) fn few_groups(note: &str) -> Option<String> {
    let start = note.find("There are ")?;
    let said = &note[start..];
    let end = said.find("too narrow.")? + "too narrow.".len();
    Some(format!("Intervals take the people of one group, such as a practice’s, as alike. {}", &said[..end]))
}

/// How a measure came out: `Hospital care at tariff came to 20.1 % below expectation`.
pub(super) fn outcome(label: &str, against: Estimate) -> String {
    match against {
        Estimate::Known { value, .. } => match value.scaled() {
            0 => format!("{label} came to what was expected"),
            scaled => {
                let side = if scaled < 0 { "below" } else { "above" };
                format!("{label} came to {} {side} expectation", percent(value))
            }
        },
        Estimate::TooFew => format!("{label}: {TOO_FEW} how it came out against expectation"),
        Estimate::NotReckoned => format!("{label}: {NOT_RECKONED} against expectation"),
    }
}

/// The same without a name: `20.1 % below expectation (95 % interval: 12 % to 27 % below)`.
pub(super) fn came_out(against: Estimate) -> String {
    match against {
        Estimate::Known { value, .. } => {
            let side = match value.scaled() {
                0 => "as expected".to_owned(),
                scaled => format!("{} {} expectation", percent(value), if scaled < 0 { "below" } else { "above" }),
            };
            format!("{side}{}", interval(against).map_or_else(String::new, |interval| format!(" ({interval})")))
        }
        Estimate::TooFew => TOO_FEW.to_owned(),
        Estimate::NotReckoned => NOT_RECKONED.to_owned(),
    }
}

/// `95 % interval: 12 % to 27 % below`; none where there is none.
pub(super) fn interval(against: Estimate) -> Option<String> {
    let Estimate::Known { from, to, .. } = against else { return None };
    Some(format!("95\u{a0}% interval: {}", span(from, to, ["below", "above"], percent)))
}

/// The same in a line of a list, with what it means if it holds no change.
pub(super) fn in_a_line(label: &str, against: Estimate) -> String {
    let chance = if against.includes_none() == Some(true) { format!(" {CHANCE}") } else { String::new() };
    let interval = interval(against).map_or_else(String::new, |interval| format!(" ({interval})"));
    format!("{}{interval}.{chance}", outcome(label, against))
}

/// What each side changed by, beside each other and never added.
pub(super) fn changes(row: &EffectRow<'_>) -> String {
    let clause = |whose: &str, change: ReleasedCell| match change {
        ReleasedCell::Figure(figure) => format!("{whose} rate changed by {}\u{a0}%", signed(figure)),
        ReleasedCell::NotEstimated => format!("what {whose} rate changed by {NOT_RECKONED}"),
        _ => format!("{TOO_FEW} what {whose} rate changed by"),
    };
    let [participants, comparison] = row.changes;
    let both = matches!(row.changes, [ReleasedCell::Figure(_), ReleasedCell::Figure(_)]);
    let not_added = if both {
        " These two are not added, because they are shares of different amounts: the result divides the factor of one change by the \
         factor of the other."
    } else {
        ""
    };
    format!(
        "From before to after, {}; {}.{not_added}",
        clause("participants\u{2019}", participants),
        clause("the comparison\u{2019}s", comparison)
    )
}

/// The difference in differences, where it is known.
pub(super) fn beyond(row: &EffectRow<'_>) -> Option<String> {
    let Estimate::Known { value, from, to } = row.beyond else { return None };
    let amount = |figure: Decimal| amount(figure, row.kind);
    let what = match value.scaled() {
        0 => "no difference".to_owned(),
        scaled => format!("{} {}", amount(value), if scaled < 0 { "less" } else { "more" }),
    };
    Some(format!(
        "As a difference instead of a ratio: {what} for each person and year under observation than had both changed by as much \
         (95\u{a0}% interval: {}).",
        span(from, to, ["less", "more"], amount)
    ))
}

/// What a negative control says of the comparison.
pub(super) fn control(row: &EffectRow<'_>) -> String {
    let verdict = match row.against.includes_none() {
        Some(true) => "no sign of a difference, as it should be",
        Some(false) => "a difference where there should be none, so the comparison may not be like for like",
        None => "no verdict",
    };
    let came_out = in_a_line(row.label, row.against);
    let came_out = came_out.strip_suffix(&format!(" {CHANCE}")).unwrap_or(&came_out);
    format!("Check on something that the programme cannot change: {verdict}. {came_out}")
}

/// `+6.2`, `−29.9`
pub(super) fn signed(figure: Decimal) -> String {
    format!("{}{}", plus(figure), figure_text(figure))
}

/// A sign for what is more, where less has one.
pub(super) fn plus(figure: Decimal) -> &'static str {
    if figure.scaled() > 0 { "+" } else { "" }
}

/// `−29.9 (−36.1 to −22.9)`, for a picture and a table.
pub(super) fn in_figures(estimate: Estimate) -> String {
    match estimate {
        Estimate::Known { value, from, to } => {
            format!("{} ({} to {})", signed(value), signed(from), signed(to))
        }
        Estimate::TooFew => "*".to_owned(),
        Estimate::NotReckoned => "n/a".to_owned(),
    }
}

/// `12 % to 27 % below`, `3 % below to 9 % above`.
fn span(from: Decimal, to: Decimal, [low, high]: [&str; 2], text: impl Fn(Decimal) -> String) -> String {
    let end = |figure: Decimal| match figure.scaled() {
        0 => "no change".to_owned(),
        scaled => format!("{} {}", text(figure), if scaled < 0 { low } else { high }),
    };
    match (from.scaled().signum(), to.scaled().signum()) {
        // The lesser number first, as people say it.
        (-1, -1) => format!("{} to {} {low}", text(to), text(from)),
        (1, 1) => format!("{} to {} {high}", text(from), text(to)),
        (0, 0) => end(from),
        _ => format!("{} to {}", end(from), end(to)),
    }
}

/// Without its sign and idle zeros: `20.1 %`, `12 %`.
fn percent(figure: Decimal) -> String {
    format!("{}\u{a0}%", without_idle_zeros(figure))
}

fn amount(figure: Decimal, kind: ColumnKind) -> String {
    let unsigned = Decimal::new(figure.scaled().abs(), figure.decimals()).expect("as great as the figure");
    shown_as(ReleasedCell::Figure(unsigned), kind)
}

/// Without its sign: `2.1`, `12`.
pub(super) fn without_idle_zeros(figure: Decimal) -> String {
    let text = figure_text(Decimal::new(figure.scaled().abs(), figure.decimals()).expect("as great as the figure"));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use counterfoil_release::{FigureKind, FigureUnit};

    use super::*;

    fn decimal(tenths: i64) -> Decimal {
        Decimal::new(tenths, 1).unwrap()
    }

    fn known(value: i64, from: i64, to: i64) -> Estimate {
        Estimate::Known { value: decimal(value), from: decimal(from), to: decimal(to) }
    }

    /// With ordinary spaces.
    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn every_way_it_can_go_is_said_in_the_same_words() {
        for (against, said) in [
            (known(-201, -270, -120), "Falls came to 20.1 % below expectation (95 % interval: 12 % to 27 % below)."),
            (known(62, 14, 115), "Falls came to 6.2 % above expectation (95 % interval: 1.4 % to 11.5 % above)."),
            (
                known(-31, -100, 42),
                "Falls came to 3.1 % below expectation (95 % interval: 10 % below to 4.2 % above). It could be chance: the \
                 interval includes no change.",
            ),
            (
                known(50, 0, 99),
                "Falls came to 5 % above expectation (95 % interval: no change to 9.9 % above). It could be chance: the interval \
                 includes no change.",
            ),
            (
                known(-50, -99, 0),
                "Falls came to 5 % below expectation (95 % interval: 9.9 % below to no change). It could be chance: the interval \
                 includes no change.",
            ),
            (
                known(0, 0, 0),
                "Falls came to what was expected (95 % interval: no change). It could be chance: the interval includes no change.",
            ),
            (Estimate::TooFew, "Falls: too few people to say how it came out against expectation."),
            (Estimate::NotReckoned, "Falls: cannot be reckoned against expectation."),
        ] {
            assert_eq!(plain(&in_a_line("Falls", against)), said);
        }
    }

    fn row(kind: FigureUnit, decimals: u8, beyond: [i64; 3], changes: [ReleasedCell; 2]) -> EffectRow<'static> {
        let figure = |scaled| Decimal::new(scaled, decimals).unwrap();
        EffectRow {
            label: "Falls",
            kind: ColumnKind::Figure(FigureKind { decimals, unit: kind }),
            is_negative_control: false,
            people: [ReleasedCell::Count(10); 2],
            rates: [[ReleasedCell::Suppressed; 2]; 2],
            changes,
            beyond: Estimate::Known { value: figure(beyond[0]), from: figure(beyond[1]), to: figure(beyond[2]) },
            against: known(-299, -361, -229),
        }
    }

    #[test]
    fn two_changes_stand_beside_each_other_and_are_not_added() {
        let figures = [ReleasedCell::Figure(decimal(-185)), ReleasedCell::Figure(decimal(162))];
        let said = plain(&changes(&row(FigureUnit::PerPersonYear, 3, [0; 3], figures)));
        let both =
            "From before to after, participants’ rate changed by −18.5 %; the comparison’s rate changed by +16.2 %.";
        assert!(said.starts_with(both), "{said}");
        assert!(said.contains("not added") && !said.contains("34.7"), "{said}");
        let none = [ReleasedCell::Suppressed, ReleasedCell::NotEstimated];
        let said = changes(&row(FigureUnit::PerPersonYear, 3, [0; 3], none));
        assert_eq!(
            said,
            "From before to after, too few people to say what participants’ rate changed by; what the comparison’s rate changed by \
             cannot be reckoned."
        );
    }

    #[test]
    fn a_difference_has_its_unit() {
        let none = [ReleasedCell::Suppressed; 2];
        let of = |kind, decimals, figures| plain(&beyond(&row(kind, decimals, figures, none)).unwrap());
        let pounds = of(FigureUnit::PoundsPerPersonYear, 0, [-1_230, -1_600, -400]);
        assert!(pounds.contains("£1,230 less for each person and year"), "{pounds}");
        assert!(pounds.contains("(95 % interval: £400 to £1,600 less)"), "{pounds}");
        let events = of(FigureUnit::PerPersonYear, 3, [50, -10, 110]);
        assert!(events.contains("0.050 more for each") && events.contains("0.010 less to 0.110 more"), "{events}");
        assert!(of(FigureUnit::PerPersonYear, 3, [0, -1, 1]).contains("no difference for each"));
        let unknown = EffectRow { beyond: Estimate::TooFew, ..row(FigureUnit::PerPersonYear, 3, [0; 3], none) };
        assert_eq!(beyond(&unknown), None);
    }

    #[test]
    fn a_negative_control_is_judged_by_its_interval() {
        let of = |against| {
            let none = [ReleasedCell::Suppressed; 2];
            control(&EffectRow { against, ..row(FigureUnit::PerPersonYear, 3, [0; 3], none) })
        };
        let as_should_be = of(known(10, -50, 70));
        assert!(as_should_be.contains("as it should be. Falls came to") && !as_should_be.contains(CHANCE));
        assert!(of(known(100, 50, 150)).contains("may not be like for like"));
        assert!(of(Estimate::TooFew).contains("no verdict. Falls: too few people"));
    }

    #[test]
    fn too_few_groups_are_told_in_the_words_of_the_note() {
        let note = "Intervals hold 95 % of 2000 draws. There are 30 such groups at most: with fewer than 40, intervals are often too narrow.";
        assert!(
            few_groups(&format!("{note} More."))
                .is_some_and(|said| said.ends_with("often too narrow.") && said.contains("There are 30"))
        );
        let enough = "Intervals hold. With fewer than 40 such groups, intervals are often too narrow.";
        assert_eq!([few_groups(enough), few_groups("There are 30 such groups."), few_groups("")], [None, None, None]);
    }

    #[test]
    fn figures_in_a_table_keep_their_places() {
        assert_eq!(in_figures(known(-299, -361, -230)), "−29.9 (−36.1 to −23.0)");
        assert_eq!(in_figures(known(62, -9, 0)), "+6.2 (−0.9 to 0.0)");
        assert_eq!([in_figures(Estimate::TooFew), in_figures(Estimate::NotReckoned)], ["*", "n/a"]);
    }
}
