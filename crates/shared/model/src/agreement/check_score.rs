//! Whether a study's score reads a shared measure as its instrument is meant.
//!
//! In: a score and the dataset that has its measure. Out: nothing, or the first thing that does not fit, in words.
//! Absent on purpose: judging which change matters to people; the parties agree on that.

use super::{Dataset, MeasureTerm};
use crate::study::{Better, Score, Threshold};

pub(super) fn check(cohort: &Dataset, score: &Score) -> Result<(), String> {
    let Some(term) = cohort.measures.iter().find(|term| term.code == score.measure) else {
        return Err(format!("measure {} is not shared by {}", score.measure, cohort.id));
    };
    let MeasureTerm { min, max, .. } = *term;
    let refuse = |problem: String| Err(format!("score {}: {problem}", score.id));
    if let Some(instrument) = term.instrument.filter(|of| of.better() != score.better) {
        let better = match instrument.better() {
            Better::Higher => "higher",
            Better::Lower => "lower",
        };
        return refuse(format!("of {}, {better} is better: write better = \"{better}\"", instrument.label()));
    }
    if i64::from(score.improvement_min) > i64::from(max) - i64::from(min) {
        return refuse(format!(
            "nobody can improve by {} points between {min} and {max}, which are the ends of {}",
            score.improvement_min, score.measure
        ));
    }
    let divides = match score.threshold {
        None => true,
        Some(Threshold::AtLeast(points)) => points > min && points <= max,
        Some(Threshold::AtMost(points)) => points >= min && points < max,
    };
    if !divides {
        return refuse(format!("every score of {} from {min} to {max} is on one side of the threshold", score.measure));
    }
    Ok(())
}
