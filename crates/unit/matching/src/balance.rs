//! How alike the groups are, before and after.
//!
//! In: columns of both groups, and the matching. Out: means, standard deviations and three distances for each. Absent on purpose:
//! tests of significance, which say how many people there are and not how alike, and a verdict (0.1 is the usual bound of the
//! standardised difference; the study says which it takes).
//!
//! The conventions are those of `MatchIt` and cobalt for an effect on the treated. The standardised difference has the standard
//! deviation of all treated, before matching, under it both times. Variances are unbiased, of weighted rows with the correction
//! W / (W^2 - sum w^2), W the sum of the weights; of a column of zeros and ones p (1 - p), with no ratio of variances.

#![allow(clippy::float_cmp, reason = "zeros and ones are exact, and equal values are those that are equal")]

use rayon::prelude::*;

use crate::covariates::reordered;
use crate::{Covariates, Group, Matching, MatchingError};

/// How alike the groups are in one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BalanceRow {
    /// Only zeros and ones: means are shares, and their plain difference is worth showing.
    pub is_binary: bool,
    /// All treated and all candidates.
    pub before: Balance,
    /// The matched, with their weights.
    pub after: Balance,
}

/// One column of two groups. What cannot be reckoned (nobody there, no spread) is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Balance {
    /// Mean of the treated.
    pub treated_mean: Option<f64>,
    /// Standard deviation of the treated.
    pub treated_sd: Option<f64>,
    /// Mean of the controls.
    pub control_mean: Option<f64>,
    /// Standard deviation of the controls.
    pub control_sd: Option<f64>,
    /// Mean of the treated less that of the controls, in the column's unit; of a binary column, of shares.
    pub difference: Option<f64>,
    /// The difference over the standard deviation of all treated.
    pub standardised_difference: Option<f64>,
    /// Variance of the treated over that of the controls; none for a binary column.
    pub variance_ratio: Option<f64>,
    /// Greatest distance of the two distribution functions (Kolmogorov and Smirnov): 0 to 1.
    pub distribution_distance: Option<f64>,
}

/// The balance of every column that the groups have.
///
/// # Errors
/// [`MatchingError::RowsDiffer`] or [`MatchingError::ColumnsDiffer`] when these are not the groups that were matched.
pub fn balance(
    treated: &Covariates,
    candidates: &Covariates,
    matching: &Matching,
) -> Result<Vec<BalanceRow>, MatchingError> {
    if treated.columns() != candidates.columns() {
        return Err(MatchingError::ColumnsDiffer { treated: treated.columns(), candidates: candidates.columns() });
    }
    let columns: Vec<(&[f64], &[f64])> =
        treated.numeric().iter().zip(candidates.numeric()).map(|(t, c)| (t.as_slice(), c.as_slice())).collect();
    balance_of(&columns, matching)
}

/// The balance of any columns, each of the treated and of the candidates, rows as they were matched; finite numbers.
///
/// # Errors
/// [`MatchingError::RowsDiffer`] when a column has another number of rows, [`MatchingError::Value`] when it has no number.
pub fn balance_of(columns: &[(&[f64], &[f64])], matching: &Matching) -> Result<Vec<BalanceRow>, MatchingError> {
    for (column, (treated, candidates)) in columns.iter().enumerate() {
        check_rows(treated.len(), candidates.len(), matching)?;
        for values in [treated, candidates] {
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                return Err(MatchingError::Value { column, row });
            }
        }
    }
    let weights = matching.weights();
    let treated_weights = reordered(&weights.treated, matching.treated_by_key());
    let candidate_weights = reordered(&weights.candidates, matching.candidates_by_key());
    let row_of = |&(treated, candidates): &(&[f64], &[f64])| {
        let treated = reordered(treated, matching.treated_by_key());
        let candidates = reordered(candidates, matching.candidates_by_key());
        Column::new(&treated, &candidates).balance(&treated_weights, &candidate_weights)
    };
    Ok(columns.par_iter().map(row_of).collect())
}

/// The balance of each level of a category, as a column of zeros and ones: levels of either group, rising.
///
/// # Errors
/// [`MatchingError::RowsDiffer`] when there is not one code a row.
pub fn balance_of_levels(
    treated: &[u32],
    candidates: &[u32],
    matching: &Matching,
) -> Result<Vec<(u32, BalanceRow)>, MatchingError> {
    check_rows(treated.len(), candidates.len(), matching)?;
    let mut levels = [treated, candidates].concat();
    levels.sort_unstable();
    levels.dedup();
    let is_level = |codes: &[u32], level| codes.iter().map(|&code| f64::from(u8::from(code == level))).collect();
    let mut rows = Vec::with_capacity(levels.len());
    for level in levels {
        let (treated, candidates): (Vec<f64>, Vec<f64>) = (is_level(treated, level), is_level(candidates, level));
        rows.extend(balance_of(&[(&treated, &candidates)], matching)?.into_iter().map(|row| (level, row)));
    }
    Ok(rows)
}

fn check_rows(treated: usize, candidates: usize, matching: &Matching) -> Result<(), MatchingError> {
    let groups = [
        (Group::Treated, treated, matching.treated_by_key().len()),
        (Group::Candidates, candidates, matching.candidates_by_key().len()),
    ];
    match groups.into_iter().find(|(_, given, matched)| given != matched) {
        Some((group, given, matched)) => Err(MatchingError::RowsDiffer { group, given, matched }),
        None => Ok(()),
    }
}

/// One column by place.
struct Column<'a> {
    treated: &'a [f64],
    candidates: &'a [f64],
    is_binary: bool,
    /// Treated first, then candidates, by value; empty for a binary column, which does not need it.
    rising: Vec<(f64, usize)>,
}

impl<'a> Column<'a> {
    fn new(treated: &'a [f64], candidates: &'a [f64]) -> Self {
        let all = || treated.iter().chain(candidates).copied();
        let is_binary = all().all(|value| value == 0.0 || value == 1.0);
        let mut rising = Vec::new();
        if !is_binary {
            // + 0.0 makes one zero of the two.
            rising.extend(all().map(|value| value + 0.0).zip(0..));
            rising.sort_unstable_by(|one: &(f64, usize), other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        }
        Self { treated, candidates, is_binary, rising }
    }

    fn balance(&self, treated_weights: &[f64], candidate_weights: &[f64]) -> BalanceRow {
        let ones = [vec![1.0; self.treated.len()], vec![1.0; self.candidates.len()]];
        let all_treated = Moments::new(self.treated, &ones[0], self.is_binary);
        BalanceRow {
            is_binary: self.is_binary,
            before: self.compared(&ones[0], &ones[1], all_treated.variance),
            after: self.compared(treated_weights, candidate_weights, all_treated.variance),
        }
    }

    fn compared(&self, treated_weights: &[f64], candidate_weights: &[f64], under: Option<f64>) -> Balance {
        let treated = Moments::new(self.treated, treated_weights, self.is_binary);
        let control = Moments::new(self.candidates, candidate_weights, self.is_binary);
        let difference = treated.mean.zip(control.mean).map(|(treated, control)| treated - control);
        Balance {
            treated_mean: treated.mean,
            treated_sd: treated.variance.map(f64::sqrt),
            control_mean: control.mean,
            control_sd: control.variance.map(f64::sqrt),
            difference,
            standardised_difference: over(difference, under.map(f64::sqrt)),
            variance_ratio: if self.is_binary { None } else { over(treated.variance, control.variance) },
            distribution_distance: difference.map(|difference| {
                if self.is_binary {
                    difference.abs()
                } else {
                    self.distribution_distance(treated_weights, candidate_weights)
                }
            }),
        }
    }

    /// Both groups have weight.
    fn distribution_distance(&self, treated_weights: &[f64], candidate_weights: &[f64]) -> f64 {
        let totals = [treated_weights, candidate_weights].map(|weights| weights.iter().fold(0.0, |sum, w| sum + w));
        let mut up_to = [0.0; 2];
        let mut greatest = 0.0_f64;
        for equal in self.rising.chunk_by(|one, other| one.0 == other.0) {
            for &(_, place) in equal {
                match place.checked_sub(self.treated.len()) {
                    None => up_to[0] += treated_weights[place],
                    Some(candidate) => up_to[1] += candidate_weights[candidate],
                }
            }
            greatest = greatest.max((up_to[0] / totals[0] - up_to[1] / totals[1]).abs());
        }
        greatest
    }
}

struct Moments {
    mean: Option<f64>,
    variance: Option<f64>,
}

impl Moments {
    fn new(values: &[f64], weights: &[f64], is_binary: bool) -> Self {
        let weighted = || values.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
        let (sum, squares) = weighted().fold((0.0, 0.0), |(sum, squares), (_, w)| (sum + w, squares + w * w));
        let Some((first, _)) = weighted().next() else { return Self { mean: None, variance: None } };
        let mean = weighted().fold(0.0, |total, (value, weight)| total + value * weight) / sum;
        if is_binary {
            return Self { mean: Some(mean), variance: Some(mean * (1.0 - mean)) };
        }
        // Equal values have a variance of 0, whatever their mean was rounded to.
        if weighted().all(|(value, _)| value == first) {
            let is_one = weighted().nth(1).is_none();
            return Self { mean: Some(*first), variance: if is_one { None } else { Some(0.0) } };
        }
        let spread = weighted().fold(0.0, |total, (value, weight)| total + weight * (value - mean) * (value - mean));
        Self { mean: Some(mean), variance: Some(spread * sum / (sum * sum - squares)) }
    }
}

/// A quotient that is a number.
fn over(above: Option<f64>, below: Option<f64>) -> Option<f64> {
    above.zip(below).filter(|(_, below)| *below > 0.0).map(|(above, below)| above / below).filter(|q| q.is_finite())
}
