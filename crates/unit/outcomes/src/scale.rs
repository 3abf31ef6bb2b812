//! The scale on which scores are compared.
//!
//! In: a score as it came, and its instrument. Out: parts of a point, which may be subtracted and averaged.
//! Absent on purpose: the table itself, which is the estimators'.

use counterfoil_estimate::{EstimateError, swemwbs_metric_hundredths};
use counterfoil_model::Instrument;

/// How scores of a measure are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Points as they came.
    AsGiven,
    /// The short Warwick-Edinburgh scale: sums to hundredths of its metric scale.
    Swemwbs,
}

impl Scale {
    /// Of a measure that names its instrument, or none.
    pub(crate) fn of(instrument: Option<Instrument>) -> Self {
        if instrument == Some(Instrument::Swemwbs) { Self::Swemwbs } else { Self::AsGiven }
    }

    /// Parts into which a point is divided, so that scores are whole numbers.
    pub(crate) fn parts_of_point(self) -> i32 {
        match self {
            Self::AsGiven => 1,
            Self::Swemwbs => 100,
        }
    }

    /// A score as it came, in parts of a point.
    ///
    /// # Errors
    /// For a score that the instrument's table does not have.
    pub(crate) fn read(self, score: i32) -> Result<i32, EstimateError> {
        match self {
            Self::AsGiven => Ok(score),
            Self::Swemwbs => {
                // What is too great for a byte is off the scale just as 255 is.
                let raw = u8::try_from(score.clamp(0, i32::from(u8::MAX))).unwrap_or(u8::MAX);
                swemwbs_metric_hundredths(raw).map(i32::from)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use counterfoil_estimate::{SWEMWBS_RAW_MAX, SWEMWBS_RAW_MIN, SWEMWBS_TABLE};

    use super::*;

    #[test]
    fn every_instrument_with_a_table_is_read_by_it_and_no_other() {
        for instrument in Instrument::ALL {
            let scale = Scale::of(Some(instrument));
            let expected = if instrument.metric_table().is_some() { Scale::Swemwbs } else { Scale::AsGiven };
            assert_eq!(scale, expected, "{}", instrument.id());
        }
        assert_eq!(Scale::of(None), Scale::AsGiven);
    }

    #[test]
    fn the_words_of_the_instrument_are_of_the_table_that_is_used() {
        assert_eq!(Instrument::Swemwbs.metric_table(), Some(SWEMWBS_TABLE));
        assert_eq!(Instrument::Swemwbs.points(), i32::from(SWEMWBS_RAW_MIN)..=i32::from(SWEMWBS_RAW_MAX));
    }

    /// By the published table: 7 is 7.00, 20 is 18.59, 21 is 19.25, 35 is 35.00.
    #[test]
    fn sums_are_read_by_the_table() {
        for (sum, hundredths) in [(7, 700), (20, 1_859), (21, 1_925), (35, 3_500)] {
            assert_eq!(Scale::Swemwbs.read(sum), Ok(hundredths));
            assert_eq!(Scale::AsGiven.read(sum), Ok(sum));
        }
        for off in [i32::MIN, -1, 0, 6, 36, 256 + 20, i32::MAX] {
            assert!(Scale::Swemwbs.read(off).is_err(), "{off}");
            assert_eq!(Scale::AsGiven.read(off), Ok(off));
        }
    }
}
