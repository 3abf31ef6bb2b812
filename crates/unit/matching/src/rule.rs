//! How controls are chosen: the part of a study that must be fixed before the data are seen.

use std::num::NonZeroU32;

use crate::MatchingError;

/// Most controls for one treated: far above what narrows an interval, and it bounds the lists of nearest candidates.
pub const CONTROLS_PER_TREATED_MAX: u32 = 1_000;

/// What every random choice follows from. Nobody may be able to choose it: it comes from a later checkpoint of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed of 32 bytes that were not known when the rule was fixed.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for those who replay the draw.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// How alike a control must be. Strata agree exactly in every method.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// A random draw within the strata; with [`Controls::All`] exact matching.
    Stratified,
    /// Columns cut into bins, which then agree exactly (Iacus, King & Porro, *Political Analysis* 2012).
    Coarsened {
        /// For each column, its rising cut points; a value at a cut point belongs to the bin above. None: the column is left out.
        cut_points: Vec<Vec<f64>>,
    },
    /// The nearest on the logit of a logistic propensity score.
    Propensity {
        /// Greatest distance, in pooled standard deviations of the logit; 0.2 is Austin's advice (*Pharm Stat* 2011).
        caliper_sd: Option<f64>,
    },
    /// The nearest by Mahalanobis distance, with the covariance within the groups.
    Mahalanobis {
        /// Greatest distance.
        caliper: Option<f64>,
    },
    /// Nobody is chosen: each candidate has a weight of its own, as near to equal as lets the weighted means of all columns be
    /// those of the treated (Hainmueller, *Political Analysis* 2012). With [`Controls::All`], without replacement.
    EntropyBalance,
}

/// How many controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controls {
    /// At most so many for each treated; up to [`CONTROLS_PER_TREATED_MAX`].
    PerTreated(NonZeroU32),
    /// Every candidate of a stratum with treated in it: [`Method::Stratified`], [`Method::Coarsened`] and
    /// [`Method::EntropyBalance`] only.
    All,
}

/// How often a candidate may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replacement {
    /// Once.
    Without,
    /// Once for each treated.
    With,
}

/// A whole rule. Nothing in it has a default.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// How alike.
    pub method: Method,
    /// How many.
    pub controls: Controls,
    /// How often.
    pub replacement: Replacement,
}

impl Rule {
    /// What can be checked without data, and against the number of columns.
    pub(crate) fn check(&self, columns: usize) -> Result<(), MatchingError> {
        let by_distance = match &self.method {
            Method::Stratified => false,
            Method::Coarsened { cut_points } => {
                check_cut_points(cut_points, columns)?;
                false
            }
            Method::Propensity { caliper_sd: caliper } | Method::Mahalanobis { caliper } => {
                if let Some(caliper) = caliper.filter(|caliper| !(caliper.is_finite() && *caliper >= 0.0)) {
                    return Err(MatchingError::Caliper { caliper });
                }
                if columns == 0 {
                    return Err(MatchingError::NothingVaries);
                }
                true
            }
            Method::EntropyBalance => {
                if matches!(self.controls, Controls::PerTreated(_)) {
                    return Err(MatchingError::WeighsAll);
                }
                if columns == 0 {
                    return Err(MatchingError::NothingVaries);
                }
                false
            }
        };
        match (self.controls, self.replacement) {
            (Controls::All, _) if by_distance => Err(MatchingError::AllByDistance),
            (Controls::PerTreated(controls), _) if controls.get() > CONTROLS_PER_TREATED_MAX => {
                Err(MatchingError::ControlsPerTreated { controls: controls.get() })
            }
            (Controls::All, Replacement::With) => Err(MatchingError::AllWithReplacement),
            _ => Ok(()),
        }
    }
}

fn check_cut_points(cut_points: &[Vec<f64>], columns: usize) -> Result<(), MatchingError> {
    if cut_points.len() != columns {
        return Err(MatchingError::CutPointLists { given: cut_points.len(), columns });
    }
    let is_bad = |points: &Vec<f64>| {
        points.iter().any(|point| !point.is_finite()) || !points.windows(2).all(|pair| pair[0] < pair[1])
    };
    match cut_points.iter().position(is_bad) {
        Some(column) => Err(MatchingError::CutPoints { column }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(method: Method, controls: Controls, replacement: Replacement) -> Result<(), MatchingError> {
        Rule { method, controls, replacement }.check(2)
    }

    const ONE: Controls = Controls::PerTreated(NonZeroU32::MIN);

    #[test]
    fn cut_points_must_make_bins() {
        let cut = |points: &[&[f64]]| {
            let cut_points = points.iter().map(|points| points.to_vec()).collect();
            checked(Method::Coarsened { cut_points }, Controls::All, Replacement::Without)
        };
        assert_eq!(cut(&[&[], &[-1.0, 0.5, 2.0]]), Ok(()));
        assert_eq!(cut(&[&[1.0]]), Err(MatchingError::CutPointLists { given: 1, columns: 2 }));
        for bad in [[1.0, 1.0], [2.0, 1.0], [0.0, f64::INFINITY], [f64::NAN, 1.0], [1.0, f64::NAN]] {
            assert_eq!(cut(&[&[], &bad]), Err(MatchingError::CutPoints { column: 1 }), "{bad:?}");
        }
    }

    #[test]
    fn a_caliper_is_a_width() {
        for bad in [-0.1, f64::INFINITY] {
            let propensity = checked(Method::Propensity { caliper_sd: Some(bad) }, ONE, Replacement::With);
            assert_eq!(propensity, Err(MatchingError::Caliper { caliper: bad }));
            let mahalanobis = checked(Method::Mahalanobis { caliper: Some(bad) }, ONE, Replacement::With);
            assert_eq!(mahalanobis, Err(MatchingError::Caliper { caliper: bad }));
        }
        let none = checked(Method::Propensity { caliper_sd: Some(f64::NAN) }, ONE, Replacement::With);
        assert!(matches!(none, Err(MatchingError::Caliper { .. })));
        assert_eq!(checked(Method::Mahalanobis { caliper: Some(0.0) }, ONE, Replacement::Without), Ok(()));
    }

    #[test]
    fn all_is_for_strata_and_once() {
        let distance = Method::Propensity { caliper_sd: None };
        assert_eq!(checked(distance, Controls::All, Replacement::Without), Err(MatchingError::AllByDistance));
        let with = checked(Method::Stratified, Controls::All, Replacement::With);
        assert_eq!(with, Err(MatchingError::AllWithReplacement));
        assert_eq!(checked(Method::Stratified, Controls::All, Replacement::Without), Ok(()));
    }

    #[test]
    fn entropy_balancing_weighs_all_and_once() {
        let said = |controls, replacement| checked(Method::EntropyBalance, controls, replacement);
        assert_eq!(said(Controls::All, Replacement::Without), Ok(()));
        assert_eq!(said(ONE, Replacement::Without), Err(MatchingError::WeighsAll));
        assert_eq!(said(ONE, Replacement::With), Err(MatchingError::WeighsAll));
        let far_too_many = Controls::PerTreated(NonZeroU32::MAX);
        assert_eq!(said(far_too_many, Replacement::Without), Err(MatchingError::WeighsAll));
        assert_eq!(said(Controls::All, Replacement::With), Err(MatchingError::AllWithReplacement));
        let rule = Rule { method: Method::EntropyBalance, controls: Controls::All, replacement: Replacement::Without };
        assert_eq!(rule.check(0), Err(MatchingError::NothingVaries));
        assert_eq!(rule.check(1), Ok(()));
    }

    #[test]
    fn more_controls_than_help_are_refused() {
        let per_treated = |controls| {
            let controls = Controls::PerTreated(NonZeroU32::new(controls).unwrap_or(NonZeroU32::MIN));
            checked(Method::Stratified, controls, Replacement::Without)
        };
        assert_eq!(per_treated(1_000), Ok(()));
        assert_eq!(per_treated(1_001), Err(MatchingError::ControlsPerTreated { controls: 1_001 }));
    }

    #[test]
    fn a_distance_needs_a_column() {
        let method = Method::Mahalanobis { caliper: None };
        let rule = Rule { method, controls: ONE, replacement: Replacement::Without };
        assert_eq!(rule.check(0), Err(MatchingError::NothingVaries));
    }
}
