//! Instruments of wellbeing by name: what a score of each can be, and which way is better.
//!
//! In: an instrument's name in an agreement. Out: its range, its direction, and words for a reader.
//! Absent on purpose: questions and answers, because only scores arrive; scores that need a set of values for each country and year, such
//! as EQ-5D-5L; and any sum that an instrument's authors do not make, such as one of the four ONS questions.

use std::ops::RangeInclusive;

use serde::Deserialize;

use crate::study::Better;

/// What a score is a score of. Sources: `docs/instruments.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Instrument {
    /// Well-being Star (Triangle), the total of all areas.
    WellBeingStar,
    /// Well-being Star, one area.
    WellBeingStarArea,
    /// Warwick-Edinburgh Mental Wellbeing Scale.
    Wemwbs,
    /// Its short form: a sum arrives, which is transformed before anything is reckoned.
    Swemwbs,
    /// ONS4: satisfaction with life.
    Ons4LifeSatisfaction,
    /// ONS4: things done in life are worthwhile.
    Ons4Worthwhile,
    /// ONS4: happiness yesterday.
    Ons4Happiness,
    /// ONS4: anxiety yesterday.
    Ons4Anxiety,
    /// Patient Activation Measure.
    Pam,
    /// Measure Yourself Concerns and Wellbeing: a concern, or wellbeing.
    Mycaw,
}

/// What is fixed about an instrument.
struct Facts {
    id: &'static str,
    label: &'static str,
    points: RangeInclusive<i32>,
    better: Better,
    /// What one score is, in words that follow a colon.
    score_is: &'static str,
}

const ONS4_IS: &str = "one of four questions, which are never added up";

impl Instrument {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::WellBeingStar,
        Self::WellBeingStarArea,
        Self::Wemwbs,
        Self::Swemwbs,
        Self::Ons4LifeSatisfaction,
        Self::Ons4Worthwhile,
        Self::Ons4Happiness,
        Self::Ons4Anxiety,
        Self::Pam,
        Self::Mycaw,
    ];

    /// Its name in an agreement.
    pub fn id(self) -> &'static str {
        self.facts().id
    }

    /// Its name for a reader.
    pub fn label(self) -> &'static str {
        self.facts().label
    }

    /// Scores that can arrive, which are also the points of the scale that results are in.
    pub fn points(self) -> RangeInclusive<i32> {
        self.facts().points
    }

    /// Which way is better.
    pub fn better(self) -> Better {
        self.facts().better
    }

    /// The published table that turns its sums into points of a scale with equal steps; none where points are taken as they are.
    pub fn metric_table(self) -> Option<&'static str> {
        (self == Self::Swemwbs).then_some("Stewart-Brown et al. 2009")
    }

    /// Name, range, direction, what a score is, and how it is transformed: a sentence or two.
    pub fn in_words(self) -> String {
        let Facts { label, points, better, score_is, .. } = self.facts();
        let transformed = self.metric_table().map_or_else(String::new, |table| {
            format!(
                " Each sum is turned into points of the metric scale, from {}.00 to {}.00, by the Rasch table of {table}, before anything \
                 is reckoned.",
                points.start(),
                points.end()
            )
        });
        format!(
            "{label}, {} to {}, {} points are better: {score_is}.{transformed}",
            points.start(),
            points.end(),
            match better {
                Better::Higher => "more",
                Better::Lower => "fewer",
            }
        )
    }

    fn facts(self) -> Facts {
        use Better::{Higher, Lower};
        let of = |id, label, points, better, score_is| Facts { id, label, points, better, score_is };
        match self {
            Self::WellBeingStar => {
                of("well-being-star", "Well-being Star", 8..=40, Higher, "the total of 8 areas of 1 to 5")
            }
            Self::WellBeingStarArea => {
                of("well-being-star-area", "Well-being Star, one area", 1..=5, Higher, "one of 8 areas")
            }
            Self::Wemwbs => of(
                "wemwbs",
                "Warwick-Edinburgh Mental Wellbeing Scale (WEMWBS)",
                14..=70,
                Higher,
                "the sum of 14 items of 1 to 5",
            ),
            Self::Swemwbs => of(
                "swemwbs",
                "Short Warwick-Edinburgh Mental Wellbeing Scale (SWEMWBS)",
                7..=35,
                Higher,
                "the sum of 7 items of 1 to 5",
            ),
            Self::Ons4LifeSatisfaction => {
                of("ons4-life-satisfaction", "ONS4, life satisfaction", 0..=10, Higher, ONS4_IS)
            }
            Self::Ons4Worthwhile => of("ons4-worthwhile", "ONS4, worthwhile", 0..=10, Higher, ONS4_IS),
            Self::Ons4Happiness => of("ons4-happiness", "ONS4, happiness", 0..=10, Higher, ONS4_IS),
            Self::Ons4Anxiety => of("ons4-anxiety", "ONS4, anxiety", 0..=10, Lower, ONS4_IS),
            Self::Pam => of(
                "pam",
                "Patient Activation Measure (PAM)",
                0..=100,
                Higher,
                "the licensed score of its 13 items, to the nearest whole point",
            ),
            Self::Mycaw => of(
                "mycaw",
                "Measure Yourself Concerns and Wellbeing (MYCaW)",
                0..=6,
                Lower,
                "one concern, or wellbeing, by itself",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Named {
        instrument: Instrument,
    }

    fn named(name: &str) -> Result<Instrument, toml::de::Error> {
        toml::from_str::<Named>(&format!("instrument = \"{name}\"")).map(|named| named.instrument)
    }

    /// As published; the sources are in `docs/instruments.md`.
    #[test]
    fn names_ranges_and_directions_are_the_published_ones() {
        use Better::{Higher, Lower};
        let published = [
            ("well-being-star", 8, 40, Higher),
            ("well-being-star-area", 1, 5, Higher),
            ("wemwbs", 14, 70, Higher),
            ("swemwbs", 7, 35, Higher),
            ("ons4-life-satisfaction", 0, 10, Higher),
            ("ons4-worthwhile", 0, 10, Higher),
            ("ons4-happiness", 0, 10, Higher),
            ("ons4-anxiety", 0, 10, Lower),
            ("pam", 0, 100, Higher),
            ("mycaw", 0, 6, Lower),
        ];
        let are = Instrument::ALL.map(|of| (of.id(), *of.points().start(), *of.points().end(), of.better()));
        assert_eq!(are, published);
        for of in Instrument::ALL {
            assert_eq!(named(of.id()), Ok(of), "the name in a file is the name in words");
        }
    }

    #[test]
    fn what_is_no_instrument_here_has_no_name() {
        for name in ["ons4", "ons4-total", "eq-5d-5l", "SWEMWBS", "well_being_star", "star", ""] {
            assert!(named(name).is_err(), "{name}");
        }
    }

    #[test]
    fn words_say_range_direction_and_transformation() {
        assert_eq!(
            Instrument::WellBeingStar.in_words(),
            "Well-being Star, 8 to 40, more points are better: the total of 8 areas of 1 to 5."
        );
        assert_eq!(
            Instrument::Ons4Anxiety.in_words(),
            "ONS4, anxiety, 0 to 10, fewer points are better: one of four questions, which are never added up."
        );
        assert_eq!(
            Instrument::Swemwbs.in_words(),
            "Short Warwick-Edinburgh Mental Wellbeing Scale (SWEMWBS), 7 to 35, more points are better: the sum of 7 items of 1 to 5. \
             Each sum is turned into points of the metric scale, from 7.00 to 35.00, by the Rasch table of Stewart-Brown et al. 2009, \
             before anything is reckoned."
        );
        let transformed: Vec<_> = Instrument::ALL.into_iter().filter(|of| of.metric_table().is_some()).collect();
        assert_eq!(transformed, [Instrument::Swemwbs]);
    }
}
