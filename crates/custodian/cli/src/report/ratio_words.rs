//! The ratio of the rates afterwards in sentences, for a measure that cannot be set against what was before.
//!
//! In: a ratio with its interval. Out: sentences. Absent on purpose: the word "expectation", which a ratio without a before has none of.

use counterfoil_release::Decimal;

use super::axis::{ONE, units};
use super::view::Estimate;
use super::words::figure_text;

/// Said wherever an interval holds 1.
pub(super) const CHANCE: &str = "It could be chance: the interval includes no difference.";
/// What to keep in mind of every ratio.
pub(super) const CAUTION: &str = "A ratio of the rates after the start is not the effect: whatever was different between both before the \
                                  start is in it. There is no rate from before to set it against, as with deaths: everybody was alive at \
                                  the start.";

/// `Deaths: participants’ rate after the start was 0.75 of the comparison’s`; none where it is not known.
pub(super) fn outcome(label: &str, ratio: Estimate) -> Option<String> {
    let Estimate::Known { value, .. } = ratio else { return None };
    let times = figure_text(value);
    let was = match units(value) {
        ONE => "the same as the comparison\u{2019}s".to_owned(),
        of if of < ONE => format!("{times} of the comparison\u{2019}s"),
        _ => format!("{times} times the comparison\u{2019}s"),
    };
    Some(format!("{label}: participants\u{2019} rate after the start was {was}"))
}

/// `95 % interval 0.67 to 0.84`; none where there is none.
pub(super) fn interval(ratio: Estimate) -> Option<String> {
    let Estimate::Known { from, to, .. } = ratio else { return None };
    Some(format!("95\u{a0}% interval {} to {}", figure_text(from), figure_text(to)))
}

/// The same in a line of a list, with what it means if its interval holds 1.
pub(super) fn in_a_line(label: &str, ratio: Estimate) -> Option<String> {
    let chance = if includes_one(ratio) { format!(" {CHANCE}") } else { String::new() };
    Some(format!("{} ({}).{chance}", outcome(label, ratio)?, interval(ratio)?))
}

/// What the same ratio says of something that the programme cannot change; none where it is not known.
pub(super) fn control(label: &str, ratio: Estimate) -> Option<String> {
    let verdict = if includes_one(ratio) {
        "no sign of a difference, as it should be"
    } else {
        "a difference where there should be none, so the ratios may not be of like and like"
    };
    let (outcome, interval) = (outcome(label, ratio)?, interval(ratio)?);
    Some(format!("The same ratio of something that the programme cannot change: {verdict}. {outcome} ({interval})."))
}

/// `0.71 (0.64 to 0.80)`, for a picture.
pub(super) fn in_figures(ratio: Estimate) -> String {
    let text = |figure: Decimal| figure_text(figure);
    match ratio {
        Estimate::Known { value, from, to } => format!("{} ({} to {})", text(value), text(from), text(to)),
        Estimate::TooFew => "*".to_owned(),
        Estimate::NotReckoned => "n/a".to_owned(),
    }
}

/// Whether chance could have made the difference.
pub(super) fn includes_one(ratio: Estimate) -> bool {
    matches!(ratio, Estimate::Known { from, to, .. } if units(from) <= ONE && units(to) >= ONE)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn known(value: i64, from: i64, to: i64) -> Estimate {
        let decimal = |hundredths| Decimal::new(hundredths, 2).unwrap();
        Estimate::Known { value: decimal(value), from: decimal(from), to: decimal(to) }
    }

    #[test]
    fn less_more_and_the_same_are_told_apart_and_chance_is_said() {
        for (ratio, said) in [
            (
                known(75, 67, 84),
                "Deaths: participants’ rate after the start was 0.75 of the comparison’s (95 % interval 0.67 to 0.84).",
            ),
            (
                known(120, 105, 140),
                "Deaths: participants’ rate after the start was 1.20 times the comparison’s (95 % interval 1.05 to 1.40).",
            ),
            (
                known(100, 90, 110),
                "Deaths: participants’ rate after the start was the same as the comparison’s (95 % interval 0.90 to 1.10). It could be \
                 chance: the interval includes no difference.",
            ),
            (
                known(96, 90, 100),
                "Deaths: participants’ rate after the start was 0.96 of the comparison’s (95 % interval 0.90 to 1.00). It could be chance: \
                 the interval includes no difference.",
            ),
        ] {
            assert_eq!(in_a_line("Deaths", ratio).unwrap().replace('\u{a0}', " "), said);
        }
        assert_eq!(in_figures(known(75, 67, 84)), "0.75 (0.67 to 0.84)");
    }

    #[test]
    fn a_control_whose_ratio_is_not_one_is_said_to_be_a_difference() {
        for (ratio, verdict) in [
            (
                known(112, 102, 122),
                "a difference where there should be none, so the ratios may not be of like and like",
            ),
            (known(90, 80, 99), "a difference where there should be none, so the ratios may not be of like and like"),
            (known(112, 99, 122), "no sign of a difference, as it should be"),
        ] {
            let said = control("Cataracts", ratio).unwrap();
            let start = format!(
                "The same ratio of something that the programme cannot change: {verdict}. Cataracts: participants’ rate"
            );
            assert!(said.starts_with(&start), "{said}");
        }
        assert_eq!(control("Cataracts", Estimate::TooFew), None);
    }

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        for of in [Estimate::TooFew, Estimate::NotReckoned] {
            assert_eq!([outcome("Deaths", of), interval(of), in_a_line("Deaths", of)], [None, None, None]);
            assert!(!includes_one(of));
        }
        assert_eq!([in_figures(Estimate::TooFew), in_figures(Estimate::NotReckoned)], ["*", "n/a"]);
    }
}
