//! Entropy balancing: everybody is compared, and weights make the groups alike.
//!
//! In: the frame and its strata. Out: what each candidate weighs. In every stratum the weights sum to the number of treated, and
//! over all strata together the weighted means of all columns are those of the treated; of all such weights these are the
//! nearest to equal ones within the strata, by relative entropy (Hainmueller, *Political Analysis* 2012).
//! Absent on purpose: weights that balance nearly, higher moments (give squares as columns), and a bound on a single weight.

#![allow(clippy::float_cmp, reason = "a constant column is one whose values are equal")]

use crate::MatchingError;
use crate::frame::Frame;
use crate::matching::Found;
use crate::moments::{Rows, centre, independent, symmetric};
use crate::propensity::Dropped;
use crate::tilt::{Block, Blocks, Tilt, Unreachable};

/// In standard deviations: far more than rounding leaves between means that agree, far less than anybody would see.
const APART_MAX: f64 = 1e-8;
/// A standard deviation below this share of the greatest value may be rounding.
const SPREAD_MIN: f64 = 1e-7;

/// What the weights of entropy balancing follow.
#[derive(Debug, Clone, PartialEq)]
pub struct BalancingModel {
    /// Change of a candidate's log weight with each column, in the column's own unit, or why none was needed. Columns that
    /// were left out are balanced too.
    pub coefficients: Vec<Result<f64, Dropped>>,
    /// Newton steps made.
    pub steps: u32,
}

/// What the controls of each set that has any weigh, in its order.
pub(crate) struct Weighed {
    pub(crate) weights: Vec<Vec<f64>>,
    pub(crate) model: BalancingModel,
}

/// None where no set has controls.
pub(crate) fn weigh(frame: &Frame, sets: &[(Vec<u32>, Found)]) -> Result<Option<Weighed>, MatchingError> {
    let strata: Vec<Stratum<'_>> = sets.iter().filter_map(Stratum::new).collect();
    if strata.is_empty() {
        return Ok(None);
    }
    let mut coefficients = vec![Err(Dropped::Constant); frame.treated.columns.len()];
    let columns: Vec<Column<'_>> =
        (0..coefficients.len()).filter_map(|position| Column::new(frame, &strata, position)).collect();
    if columns.is_empty() {
        return Err(MatchingError::NothingVaries);
    }
    let mut all = differences(&columns, &strata);
    let mut covariance = symmetric(columns.len(), &all.covariance());
    let spread = |column: usize| covariance[(column, column)].sqrt().max(SPREAD_MIN * columns[column].greatest);
    let scales: Vec<f64> = (0..columns.len()).map(spread).collect();
    for row in 0..columns.len() {
        for column in 0..columns.len() {
            covariance[(row, column)] = covariance[(row, column)] / scales[row] / scales[column];
        }
    }
    for row in all.rows.numbers.chunks_exact_mut(scales.len()) {
        row.iter_mut().zip(&scales).for_each(|(number, scale)| *number /= scale);
    }
    let is_kept = independent(&covariance);
    let kept: Vec<usize> = (0..columns.len()).filter(|&column| is_kept[column]).collect();
    for column in &columns {
        coefficients[column.position] = Err(Dropped::Collinear);
    }
    // Where no column varies within a stratum, equal weights are all there is.
    let mut slopes = vec![0.0; columns.len()];
    let mut steps = 0;
    if !kept.is_empty() {
        let told = |Unreachable { column }| MatchingError::NoWeights { column: columns[kept[column]].position };
        let fitted: Tilt = all.only(&kept).tilt().map_err(told)?;
        steps = fitted.steps;
        for (&column, slope) in kept.iter().zip(fitted.slopes) {
            slopes[column] = slope;
            coefficients[columns[column].position] = Ok(slope / scales[column]);
        }
    }
    let mut weights = all.weights(&slopes);
    check_balance(&all, &weights, &columns)?;
    for (weights, stratum) in weights.iter_mut().zip(&strata) {
        let treated = stratum.treated.len() as f64;
        for weight in weights {
            // Nobody's is 0, even where the exponential is: everybody is in the comparison.
            *weight = (*weight * treated).max(f64::MIN_POSITIVE);
        }
    }
    Ok(Some(Weighed { weights, model: BalancingModel { coefficients, steps } }))
}

/// A set with both groups in it, by place in the order of the keys.
struct Stratum<'a> {
    treated: &'a [u32],
    controls: &'a [u32],
}

impl<'a> Stratum<'a> {
    fn new((treated, found): &'a (Vec<u32>, Found)) -> Option<Self> {
        found.as_ref().ok().map(|controls| Self { treated, controls })
    }
}

/// A column that varies among those who are compared.
struct Column<'a> {
    position: usize,
    treated: &'a [f64],
    candidates: &'a [f64],
    /// In size.
    greatest: f64,
}

impl<'a> Column<'a> {
    /// None of a constant.
    fn new(frame: &'a Frame, strata: &[Stratum<'_>], position: usize) -> Option<Self> {
        let (treated, candidates) = (&frame.treated.columns[position], &frame.candidates.columns[position]);
        let of_treated = strata.iter().flat_map(|stratum| stratum.treated).map(|&place| treated[place as usize]);
        let of_controls = strata.iter().flat_map(|stratum| stratum.controls).map(|&place| candidates[place as usize]);
        let first = treated[strata.first()?.treated[0] as usize];
        let (is_constant, greatest) = of_treated
            .chain(of_controls)
            .fold((true, 0.0_f64), |(same, greatest), value: f64| (same && value == first, greatest.max(value.abs())));
        (!is_constant).then_some(Self { position, treated, candidates, greatest })
    }
}

/// The controls, stratum after stratum, as differences from the mean of the stratum's treated.
fn differences(columns: &[Column<'_>], strata: &[Stratum<'_>]) -> Blocks {
    let treated: usize = strata.iter().map(|stratum| stratum.treated.len()).sum();
    let controls: usize = strata.iter().map(|stratum| stratum.controls.len()).sum();
    let mut numbers = Vec::with_capacity(controls * columns.len());
    for stratum in strata {
        let mean = |column: &Column<'_>| {
            let of = |origin: f64| centre(stratum.treated.iter().map(|&at| column.treated[at as usize] - origin)).0;
            let nearly = of(0.0);
            // What a long sum rounded away.
            (nearly, of(nearly))
        };
        let means: Vec<(f64, f64)> = columns.iter().map(mean).collect();
        for &place in stratum.controls {
            let both = columns.iter().zip(&means);
            numbers.extend(both.map(|(column, (nearly, rest))| column.candidates[place as usize] - nearly - rest));
        }
    }
    let block = |stratum: &Stratum<'_>| Block {
        share: stratum.treated.len() as f64 / treated as f64,
        controls: stratum.controls.len(),
    };
    Blocks { rows: Rows { width: columns.len(), numbers }, blocks: strata.iter().map(block).collect() }
}

/// Columns that were left out are balanced only if what they follow from holds for the treated too.
fn check_balance(all: &Blocks, weights: &[Vec<f64>], columns: &[Column<'_>]) -> Result<(), MatchingError> {
    let mut means = vec![0.0; columns.len()];
    for ((block, rows), weights) in all.iter().zip(weights) {
        for (row, weight) in rows.chunks_exact(columns.len()).zip(weights) {
            means.iter_mut().zip(row).for_each(|(mean, value)| *mean += block.share * weight * value);
        }
    }
    // Written so that what is no number is refused too.
    match means.iter().position(|mean| !matches!(mean.abs(), 0.0..=APART_MAX)) {
        Some(column) => Err(MatchingError::NoWeights { column: columns[column].position }),
        None => Ok(()),
    }
}
