//! The short Warwick-Edinburgh scale: raw sum to metric score.
//!
//! In: the sum of seven items of 1 to 5. Out: the metric score in hundredths. Absent on purpose: missing items; without
//! all seven there is no sum.

use crate::EstimateError;

/// Least raw score: seven items of 1.
pub const SWEMWBS_RAW_MIN: u8 = 7;

/// Largest raw score: seven items of 5.
pub const SWEMWBS_RAW_MAX: u8 = 35;

/// The table that is used here; to be kept beside every transformed score.
pub const SWEMWBS_TABLE: &str = "Stewart-Brown et al. 2009";

/// Hundredths of the metric score of raw scores 7 to 35: the conversion published with the Rasch analysis of
/// Stewart-Brown et al. (Health and Quality of Life Outcomes 7:15, 2009).
const METRIC_HUNDREDTHS: [u16; 29] = [
    700, 951, 1125, 1240, 1333, 1408, 1475, 1532, 1584, 1636, 1688, 1743, 1798, 1859, 1925, 1998, 2073, 2154, 2235,
    2321, 2411, 2503, 2602, 2703, 2813, 2931, 3070, 3255, 3500,
];

/// The metric score of a raw score, in hundredths.
///
/// # Errors
///
/// Outside 7 to 35.
pub fn swemwbs_metric_hundredths(raw: u8) -> Result<u16, EstimateError> {
    let position = raw.checked_sub(SWEMWBS_RAW_MIN).map(usize::from);
    let metric = position.and_then(|position| METRIC_HUNDREDTHS.get(position));
    metric.copied().ok_or(EstimateError::RawScore { raw, raw_min: SWEMWBS_RAW_MIN, raw_max: SWEMWBS_RAW_MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_meet_and_the_table_rises() {
        assert_eq!(swemwbs_metric_hundredths(7), Ok(700));
        assert_eq!(swemwbs_metric_hundredths(35), Ok(3500));
        assert!(METRIC_HUNDREDTHS.is_sorted_by(|left, right| left < right));
        // A Rasch conversion stretches the ends and squeezes the middle: differences fall to one lowest stretch, then
        // rise.
        let steps: Vec<u16> = METRIC_HUNDREDTHS.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let least = steps.iter().position(|step| Some(step) == steps.iter().min());
        let (falling, rising) = steps.split_at(least.unwrap_or(0));
        assert!(falling.is_sorted_by(|left, right| left >= right));
        assert!(rising.windows(2).all(|pair| pair[1] + 7 >= pair[0]));
    }

    /// One of each stretch, from another transcription of the published table.
    #[test]
    fn sums_become_the_published_points() {
        for (raw, hundredths) in [
            (8, 951),
            (10, 1_240),
            (13, 1_475),
            (15, 1_584),
            (18, 1_743),
            (20, 1_859),
            (21, 1_925),
            (24, 2_154),
            (27, 2_411),
            (30, 2_703),
            (32, 2_931),
            (34, 3_255),
        ] {
            assert_eq!(swemwbs_metric_hundredths(raw), Ok(hundredths), "{raw}");
        }
    }

    #[test]
    fn scores_off_the_scale_are_refused() {
        for raw in [0, 6, 36, 255] {
            assert_eq!(swemwbs_metric_hundredths(raw), Err(EstimateError::RawScore { raw, raw_min: 7, raw_max: 35 }));
        }
    }
}
