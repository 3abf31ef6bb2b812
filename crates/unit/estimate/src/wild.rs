//! Wild cluster bootstrap-t for few clusters.
//!
//! In: a linear model, the column whose coefficient is said to be zero, a seed. Out: a p-value. The method is that of
//! Cameron, Gelbach & Miller (Review of Economics and Statistics 90, 2008): the model is fitted with the coefficient
//! held at zero, the residuals of each cluster keep or turn their sign together (Rademacher), and the t of each such
//! sample is set beside the one observed. Absent on purpose: other weights, and intervals by inversion.
//!
//! Each sample costs clusters x columns^2 operations: scores and information of each cluster are added up once.

use nalgebra::DMatrix;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::cholesky::{add_outer, times_vector};
use crate::panel_models::difference_observations;
use crate::sandwich::cluster_scores;
use crate::{Amounts, EstimateError, FewClusters, GroupBy, Observations, Panel, Undefined, Weighting, linear};

/// Up to this many clusters all 2^clusters sign patterns are taken; 4,096 of them are fewer than one would draw.
pub const CLUSTERS_ENUMERATED_MAX: usize = 12;

/// Least and most sign patterns drawn where they are not enumerated. 999 leave an error of 0.007 in a p-value of 0.05.
pub const WILD_DRAWS: std::ops::RangeInclusive<u32> = 999..=100_000;

/// A statistic this close to the observed one is a tie, which rounding must not break. Ties count against the effect.
const TIE: f64 = 1e-9;

/// A wild cluster bootstrap-t test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WildTest {
    /// The observed t: coefficient over cluster-robust standard error.
    pub statistic: f64,
    /// Share of sign patterns whose |t| is at least as large; where they are drawn, the observed one counts as one of
    /// them (Davison & Hinkley 1997, section 4.2), so that it is never 0.
    pub p_value: f64,
    /// Sign patterns compared.
    pub patterns: u32,
    /// Where the patterns came from.
    pub source: PatternSource,
    /// Clusters.
    pub clusters: usize,
    /// A warning, where there is reason for one.
    pub few_clusters: Option<FewClusters>,
}

/// Where sign patterns came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternSource {
    /// Every one there is.
    Enumerated,
    /// Drawn from the seed.
    Drawn,
}

/// The seed of the sign patterns, and how many to draw where they are not enumerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WildDraws {
    /// Draw n takes stream n of `ChaCha8` under this key.
    pub seed: [u8; 32],
    /// Patterns to draw, within [`WILD_DRAWS`].
    pub draws: u32,
}

/// Tests that there is no additive difference in differences.
///
/// # Errors
///
/// As [`crate::model_difference`] and [`wild_test`].
pub fn test_difference_wild(
    panel: &Panel,
    amounts: &Amounts,
    weighting: Weighting,
    group_by: GroupBy,
    draws: &WildDraws,
) -> Result<WildTest, EstimateError> {
    let observations = difference_observations(panel, amounts, weighting, group_by)?;
    wild_test(&observations, observations.columns() - 1, draws)
}

/// Tests that the coefficient of a column is zero.
///
/// # Errors
///
/// Too few or too many draws; no variation between clusters; no such column.
pub fn wild_test(observations: &Observations, column: usize, draws: &WildDraws) -> Result<WildTest, EstimateError> {
    if !WILD_DRAWS.contains(&draws.draws) {
        let (draws_min, draws_max) = WILD_DRAWS.into_inner();
        return Err(EstimateError::Draws { draws: draws.draws, draws_min, draws_max });
    }
    let columns = observations.columns();
    if column >= columns {
        return Err(EstimateError::NoSuchColumn { column, columns });
    }
    let null = NullModel::of(observations, column)?;
    let clusters = observations.groups().count();
    // Every sign kept gives the sample itself.
    let statistic = null.statistic(&vec![1.0; clusters]).ok_or(Undefined::NoVariation)?;
    let reaches = |signs: &[f64]| null.statistic(signs).is_none_or(|t| t.abs() >= statistic.abs() * (1.0 - TIE));

    let (p_value, patterns, source) = if clusters <= CLUSTERS_ENUMERATED_MAX {
        let patterns = 1_u32 << clusters;
        let reached = (0..patterns).into_par_iter().filter(|&pattern| reaches(&signs_of(pattern, clusters))).count();
        (reached as f64 / f64::from(patterns), patterns, PatternSource::Enumerated)
    } else {
        let drawn = (0..draws.draws).into_par_iter();
        let reached = drawn.filter(|&draw| reaches(&signs_drawn(&draws.seed, draw, clusters))).count();
        ((reached as f64 + 1.0) / (f64::from(draws.draws) + 1.0), draws.draws, PatternSource::Drawn)
    };
    Ok(WildTest { statistic, p_value, patterns, source, clusters, few_clusters: FewClusters::of(clusters) })
}

/// The model fitted with one coefficient held at zero, added up by cluster.
struct NullModel {
    column: usize,
    bread: DMatrix<f64>,
    /// X'W x restricted residuals of each cluster.
    scores: Vec<Vec<f64>>,
    /// X'WX of each cluster.
    informations: Vec<DMatrix<f64>>,
    /// G/(G-1) x (N-1)/(N-K): it cancels in comparisons, and makes the statistic the one that is reported elsewhere.
    correction: f64,
}

impl NullModel {
    fn of(observations: &Observations, column: usize) -> Result<Self, EstimateError> {
        let (weights, outcomes) = (observations.weights(), observations.outcomes());
        let bread = observations.information(|row| weights[row])?;
        // Restricted least squares: b0 = b - B e_j b_j / B_jj.
        let free = linear(observations)?;
        let pull = free.coefficients()[column] / bread[(column, column)];
        let mut held: Vec<f64> =
            free.coefficients().iter().enumerate().map(|(at, beta)| beta - bread[(at, column)] * pull).collect();
        held[column] = 0.0;
        let fitted = observations.predictor(&held);
        let groups = observations.groups();
        let scores = cluster_scores(groups, observations.columns(), |row, score| {
            let factor = weights[row] * (outcomes[row] - fitted[row]);
            score.iter_mut().zip(observations.row(row)).for_each(|(sum, x)| *sum += factor * x);
        });
        let mut informations = vec![DMatrix::zeros(observations.columns(), observations.columns()); groups.count()];
        for (row, &group) in groups.of_row().iter().enumerate() {
            add_outer(&mut informations[group], weights[row], observations.row(row));
        }
        let (clusters, rows) = (groups.count() as f64, observations.rows_counted() as f64);
        let correction = clusters / (clusters - 1.0) * ((rows - 1.0) / (rows - observations.columns() as f64));
        Ok(Self { column, bread, scores, informations, correction })
    }

    /// t of the sample whose residuals have these signs; none where it has no variation.
    fn statistic(&self, signs: &[f64]) -> Option<f64> {
        let mut total = vec![0.0; self.bread.nrows()];
        for (score, sign) in self.scores.iter().zip(signs) {
            total.iter_mut().zip(score).for_each(|(sum, part)| *sum += sign * part);
        }
        // Distance of the sample's coefficients from the restricted ones.
        let moved = times_vector(&self.bread, &total);
        let (mut variance, mut size) = (0.0, 0.0);
        for ((score, information), sign) in self.scores.iter().zip(&self.informations).zip(signs) {
            let taken = times_vector(information, &moved);
            let (mut deviation, mut kept) = (0.0, 0.0);
            for (row, (part, taken)) in score.iter().zip(taken).enumerate() {
                deviation += self.bread[(self.column, row)] * (sign * part - taken);
                kept += self.bread[(self.column, row)] * sign * part;
            }
            variance += deviation * deviation;
            size += kept * kept;
        }
        // Beside the residuals' own size, so that what rounding leaves of no variation does not pass for some.
        (variance > 1e-24 * size).then(|| moved[self.column] / libm::sqrt(self.correction * variance))
    }
}

fn signs_of(pattern: u32, clusters: usize) -> Vec<f64> {
    (0..clusters).map(|cluster| if pattern >> cluster & 1 == 0 { 1.0 } else { -1.0 }).collect()
}

/// Bit 31 of one word for each cluster.
fn signs_drawn(seed: &[u8; 32], draw: u32, clusters: usize) -> Vec<f64> {
    let mut chacha = ChaCha8Rng::from_seed(*seed);
    chacha.set_stream(u64::from(draw));
    (0..clusters).map(|_| if chacha.next_u32() >> 31 == 0 { 1.0 } else { -1.0 }).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    const DRAWS: WildDraws = WildDraws { seed: [7; 32], draws: 999 };

    fn shifted(clusters: u32, shift: f64) -> Observations {
        let rows = 4 * clusters;
        let treated: Vec<f64> = (0..rows).map(|row| f64::from(row % 2)).collect();
        let outcomes = (0..rows).map(|row| shift * f64::from(row % 2) + f64::from(row * 7919 % 101) / 100.0).collect();
        let ids: Vec<u32> = (0..rows).map(|row| row / 4).collect();
        Observations::new(&[vec![1.0; rows as usize], treated], outcomes, vec![1.0; rows as usize], &ids).unwrap()
    }

    #[test]
    fn few_clusters_are_enumerated_and_many_drawn() {
        let few = wild_test(&shifted(6, 0.0), 1, &DRAWS).unwrap();
        assert_eq!((few.patterns, few.source), (64, PatternSource::Enumerated));
        let many = wild_test(&shifted(13, 0.0), 1, &DRAWS).unwrap();
        assert_eq!((many.patterns, many.source), (999, PatternSource::Drawn));
    }

    #[test]
    fn a_large_effect_reaches_the_smallest_p_value() {
        // The observed pattern and its mirror image always count.
        let found = wild_test(&shifted(8, 50.0), 1, &DRAWS).unwrap();
        assert!((found.p_value - 2.0 / 256.0).abs() < 1e-12, "{}", found.p_value);
    }

    #[test]
    fn what_cannot_be_tested_is_refused() {
        let few = WildDraws { draws: 998, ..DRAWS };
        let refusal = EstimateError::Draws { draws: 998, draws_min: 999, draws_max: 100_000 };
        assert_eq!(wild_test(&shifted(6, 0.0), 1, &few), Err(refusal));
        let missing = EstimateError::NoSuchColumn { column: 2, columns: 2 };
        assert_eq!(wild_test(&shifted(6, 0.0), 2, &DRAWS), Err(missing));
        let constant = Observations::new(
            &[vec![1.0; 4], vec![0.0, 1.0, 0.0, 1.0]],
            vec![0.0, 1.0, 0.0, 1.0],
            vec![1.0; 4],
            &[1, 1, 2, 2],
        );
        assert_eq!(wild_test(&constant.unwrap(), 1, &DRAWS), Err(Undefined::NoVariation.into()));
    }
}
