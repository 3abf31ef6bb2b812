//! The nearest on the logit of a logistic propensity score, within the strata.
//!
//! In: the frame, the rule. Out: the controls of each treated place and the model. As `MatchIt` does it: one model for all strata,
//! treated in order of falling score, round after round until each has its number.

#![allow(clippy::float_cmp, reason = "a constant column is one whose values are equal")]

use crate::frame::{Frame, Stratum};
use crate::ladder::Ladder;
use crate::logistic::{Fit, fit, linear};
use crate::matching::{Found, Unmatched};
use crate::moments::{Rows, add_products, centre, independent, symmetric};
use crate::{MatchingError, Replacement};

/// Why a column is not in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// It is the same for everyone.
    Constant,
    /// It follows from the columns before it; in [`Method::EntropyBalance`](crate::Method::EntropyBalance), from those and the strata.
    Collinear,
}

/// The fitted score. Its `Debug` leaves out the logits: each is one person's.
#[derive(Clone, PartialEq)]
pub struct PropensityModel {
    /// Log odds at zero in every column.
    pub intercept: f64,
    /// Change of the log odds with each column, in the column's own unit, or why the column was left out.
    pub coefficients: Vec<Result<f64, Dropped>>,
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Newton steps made.
    pub steps: u32,
    /// The caliper on the logit, where the rule has one.
    pub caliper: Option<f64>,
    /// Logit of each treated row.
    pub treated_logits: Vec<f64>,
    /// Logit of each candidate row.
    pub candidate_logits: Vec<f64>,
}

impl std::fmt::Debug for PropensityModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("PropensityModel");
        shown.field("intercept", &self.intercept).field("coefficients", &self.coefficients);
        shown.field("log_likelihood", &self.log_likelihood).field("steps", &self.steps).field("caliper", &self.caliper);
        shown.finish_non_exhaustive()
    }
}

/// Fits the score and finds up to `per_treated` controls for each treated place. The model's logits are by place.
pub(crate) fn find_controls(
    frame: &Frame,
    caliper_sd: Option<f64>,
    per_treated: u32,
    replacement: Replacement,
) -> Result<(Vec<Found>, PropensityModel), MatchingError> {
    let mut model = model(frame)?;
    model.caliper = caliper_sd.map(|width| width * pooled_sd(&model.treated_logits, &model.candidate_logits));
    let mut found: Vec<Found> = vec![Err(Unmatched::NoCandidateInStratum); frame.treated.strata.len()];
    for mut stratum in frame.by_stratum() {
        // Members come by rank, and the sort is stable: equal scores stay by rank.
        let logit = |place: u32| model.treated_logits[place as usize];
        stratum.treated.sort_by(|&one, &other| logit(other).partial_cmp(&logit(one)).expect("logits are finite"));
        find_in_stratum(&stratum, &model, per_treated, replacement, &mut found);
    }
    Ok((found, model))
}

fn find_in_stratum(
    stratum: &Stratum,
    model: &PropensityModel,
    per_treated: u32,
    replacement: Replacement,
    found: &mut [Found],
) {
    if stratum.candidates.is_empty() {
        return;
    }
    let values: Vec<f64> = stratum.candidates.iter().map(|&place| model.candidate_logits[place as usize]).collect();
    let mut ladder = Ladder::new(&values, model.caliper.unwrap_or(f64::INFINITY));
    let place_of = |member: usize| stratum.candidates[member];
    for &treated in &stratum.treated {
        let at = model.treated_logits[treated as usize];
        found[treated as usize] = match replacement {
            Replacement::With => {
                let controls: Vec<u32> = ladder.nearest_of_all(at, per_treated).into_iter().map(place_of).collect();
                if controls.is_empty() { Err(Unmatched::NoneWithinCaliper) } else { Ok(controls) }
            }
            Replacement::Without if ladder.nearest_of_all(at, 1).is_empty() => Err(Unmatched::NoneWithinCaliper),
            Replacement::Without => Err(Unmatched::NoneLeft),
        };
    }
    if replacement == Replacement::With {
        return;
    }
    for _ in 0..per_treated {
        for &treated in &stratum.treated {
            let Some(candidate) = ladder.take_nearest(model.treated_logits[treated as usize]).map(place_of) else {
                continue;
            };
            match &mut found[treated as usize] {
                Ok(controls) => controls.push(candidate),
                none => *none = Ok(vec![candidate]),
            }
        }
    }
}

/// One model over all treated and all candidates.
fn model(frame: &Frame) -> Result<PropensityModel, MatchingError> {
    let columns: Vec<Column<'_>> =
        frame.treated.columns.iter().zip(&frame.candidates.columns).map(|(t, c)| Column::new(t, c)).collect();
    let mut coefficients: Vec<Result<f64, Dropped>> = vec![Err(Dropped::Constant); columns.len()];
    let varying: Vec<usize> = (0..columns.len()).filter(|&column| columns[column].sd > 0.0).collect();
    let mut kept = Vec::new();
    let correlations = correlations(&columns, &varying);
    for (&column, is_independent) in varying.iter().zip(independent(&correlations)) {
        coefficients[column] = Err(Dropped::Collinear);
        if is_independent {
            kept.push(column);
        }
    }
    if kept.is_empty() {
        return Err(MatchingError::NothingVaries);
    }
    let rows = standardised(&columns, &kept);
    let treated = frame.treated.strata.len();
    let Fit { coefficients: fitted, log_likelihood, steps } = fit(&rows, treated).map_err(|error| match error {
        MatchingError::Separation { column } => MatchingError::Separation { column: kept[column] },
        other => other,
    })?;
    let mut intercept = fitted[0];
    for (&column, slope) in kept.iter().zip(&fitted[1..]) {
        let own_unit = slope / columns[column].sd;
        intercept -= own_unit * columns[column].mean;
        coefficients[column] = Ok(own_unit);
    }
    let mut logits: Vec<f64> = rows.iter().map(|row| linear(&fitted, row)).collect();
    let candidate_logits = logits.split_off(treated);
    Ok(PropensityModel {
        intercept,
        coefficients,
        log_likelihood,
        steps,
        caliper: None,
        treated_logits: logits,
        candidate_logits,
    })
}

/// A column of both groups with its scale.
struct Column<'a> {
    treated: &'a [f64],
    candidates: &'a [f64],
    mean: f64,
    /// 0 when it is constant.
    sd: f64,
}

impl<'a> Column<'a> {
    fn new(treated: &'a [f64], candidates: &'a [f64]) -> Self {
        let values = treated.iter().chain(candidates).copied();
        let (mean, squares) = centre(values.clone());
        let is_constant = values.clone().all(|value| value == treated[0]);
        let sd = if is_constant { 0.0 } else { (squares / values.count() as f64).sqrt() };
        Self { treated, candidates, mean, sd }
    }
}

/// Treated first, then candidates; columns with mean 0 and standard deviation 1.
fn standardised(columns: &[Column<'_>], kept: &[usize]) -> Rows {
    let scale = |position: usize, value: f64| (value - columns[kept[position]].mean) / columns[kept[position]].sd;
    let treated: Vec<&[f64]> = kept.iter().map(|&column| columns[column].treated).collect();
    let candidates: Vec<&[f64]> = kept.iter().map(|&column| columns[column].candidates).collect();
    let mut rows = Rows::from_columns(&treated, scale);
    rows.numbers.extend(Rows::from_columns(&candidates, scale).numbers);
    rows
}

fn correlations(columns: &[Column<'_>], varying: &[usize]) -> nalgebra::DMatrix<f64> {
    let mut products = vec![0.0; varying.len() * varying.len()];
    let mut count = 0.0;
    if !varying.is_empty() {
        for row in standardised(columns, varying).iter() {
            add_products(&mut products, row, 1.0);
            count += 1.0;
        }
    }
    symmetric(varying.len(), &products) / count
}

/// The root of the mean of the two groups' variances (Austin 2011); a group of one has none.
fn pooled_sd(treated: &[f64], candidates: &[f64]) -> f64 {
    let variance = |logits: &[f64]| {
        let (_, squares) = centre(logits.iter().copied());
        if logits.len() < 2 { 0.0 } else { squares / (logits.len() - 1) as f64 }
    };
    f64::midpoint(variance(treated), variance(candidates)).sqrt()
}
