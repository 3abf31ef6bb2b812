//! The cluster bootstrap: clusters drawn with replacement, each with all its matched sets.
//!
//! In: a panel, the amounts of any number of measures, a seed. Out: for each measure each point estimate with a
//! percentile and a `BCa` interval, and how many draws had no value. Absent on purpose: single people; the draws work
//! on the sums of each cluster, and one draw serves all measures. Field, Welsh, Resampling clustered data, JRSS B 69,
//! 2007.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use crate::cells::Cells;
use crate::drawn_interval::Sorted;
use crate::draws::multiplicities;
use crate::quantity::Sealed;
use crate::rates::FourRates;
use crate::{
    Amounts, Arm, DifferencePerPersonYear, EstimateError, FewClusters, GroupBy, Interval, Level, Panel,
    PercentBelowExpectation, PercentChange, PercentagePoints, Period, RatePerPersonYear, RateRatio, RatioOfRatios,
    Undefined,
};

/// Least draws: 50 then lie beyond each limit of a 95 % interval. Most: 20,000 draws of 100 measures are 128 MB.
pub const BOOTSTRAP_DRAWS: RangeInclusive<u32> = 2_000..=20_000;

/// Most draws without a value, in percent of all, that an interval may leave out.
pub const UNDEFINED_PERCENT_MAX: u64 = 5;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootstrapPlan {
    /// Which rows are drawn together.
    pub group_by: GroupBy,
    /// The level of the intervals.
    pub level: Level,
    /// Draws, within [`BOOTSTRAP_DRAWS`].
    pub draws: u32,
    /// Draw n takes stream n of `ChaCha8` under this key, from 0.
    pub seed: [u8; 32],
}

/// An estimate and its draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn<T> {
    /// The point estimate, from the panel as it is.
    pub estimate: Result<T, Undefined>,
    /// Between the percentiles of the draws.
    pub percentile: Result<Interval<T>, Undefined>,
    /// Bias-corrected and accelerated, with the jackknife over clusters.
    pub bca: Result<Interval<T>, Undefined>,
    /// Draws without a value.
    pub undefined_draws: u32,
}

/// One measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrapped {
    /// Difference in differences per person-year.
    pub difference: Drawn<DifferencePerPersonYear>,
    /// Ratio of ratios.
    pub ratio_of_ratios: Drawn<RatioOfRatios>,
    /// The same as a percentage.
    pub below_expectation: Drawn<PercentBelowExpectation>,
    /// Difference between the two percentage changes: another quantity.
    pub percentage_points: Drawn<PercentagePoints>,
    /// Rate ratio after.
    pub rate_ratio_after: Drawn<RateRatio>,
    changes: [Drawn<PercentChange>; 2],
    rates: [[Drawn<RatePerPersonYear>; 2]; 2],
    /// Draws made.
    pub draws: u32,
    /// Clusters drawn from.
    pub clusters: usize,
    /// A warning, where there is reason for one.
    pub few_clusters: Option<FewClusters>,
}

impl Bootstrapped {
    /// Change of one arm in percent.
    pub fn change(&self, arm: Arm) -> &Drawn<PercentChange> {
        &self.changes[arm as usize]
    }

    /// One of the four rates.
    pub fn rate(&self, arm: Arm, period: Period) -> &Drawn<RatePerPersonYear> {
        &self.rates[arm as usize][period as usize]
    }
}

/// Draws once and estimates every measure in each draw.
///
/// # Errors
///
/// Too few or too many draws, fewer than two clusters, amounts not of this panel.
pub fn bootstrap(
    panel: &Panel,
    measures: &[&Amounts],
    plan: &BootstrapPlan,
) -> Result<Vec<Bootstrapped>, EstimateError> {
    if !BOOTSTRAP_DRAWS.contains(&plan.draws) {
        let (draws_min, draws_max) = BOOTSTRAP_DRAWS.into_inner();
        return Err(EstimateError::Draws { draws: plan.draws, draws_min, draws_max });
    }
    let cells: Vec<Cells> = measures
        .iter()
        .map(|amounts| Cells::by_person_time(panel, amounts, plan.group_by))
        .collect::<Result<_, _>>()?;
    let Some(clusters) = cells.first().map(|cells| cells.clusters.len()) else {
        return Ok(Vec::new());
    };
    let drawn: Vec<Vec<FourRates>> = (0..plan.draws)
        .into_par_iter()
        .map(|draw| {
            let times = multiplicities(&plan.seed, draw, clusters);
            cells.iter().map(|cells| cells.total(|group| times[group])).collect()
        })
        .collect();
    Ok(cells
        .par_iter()
        .enumerate()
        .map(|(measure, cells)| {
            let draws = drawn.iter().map(|draw| draw[measure]).collect();
            Replicates { whole: cells.total(|_| 1), draws, left_out: cells.leave_one_out(), level: plan.level }
                .all(clusters)
        })
        .collect())
}

/// The sums of one measure: of the panel, of each draw, without each cluster.
struct Replicates {
    whole: FourRates,
    draws: Vec<FourRates>,
    left_out: Vec<FourRates>,
    level: Level,
}

impl Replicates {
    fn all(&self, clusters: usize) -> Bootstrapped {
        Bootstrapped {
            difference: self.drawn(FourRates::difference_in_differences),
            ratio_of_ratios: self.drawn(FourRates::ratio_of_ratios),
            below_expectation: self.drawn(|rates| Ok(100.0 * (1.0 - rates.ratio_of_ratios()?))),
            percentage_points: self.drawn(FourRates::percentage_points),
            rate_ratio_after: self.drawn(FourRates::rate_ratio_after),
            changes: Arm::BOTH.map(|arm| self.drawn(|rates| rates.change(arm))),
            rates: Arm::BOTH.map(|arm| Period::BOTH.map(|period| self.drawn(|rates| rates.rate(arm, period)))),
            draws: self.draw_count(),
            clusters,
            few_clusters: FewClusters::of(clusters),
        }
    }

    fn drawn<T: Sealed>(&self, statistic: impl Fn(&FourRates) -> Result<f64, Undefined>) -> Drawn<T> {
        let estimate = statistic(&self.whole);
        let values: Vec<f64> = self.draws.iter().filter_map(|draw| statistic(draw).ok()).collect();
        let undefined_draws = self.draw_count() - u32::try_from(values.len()).expect("no more values than draws");
        let sorted = estimate.and_then(|_| self.sorted(values, undefined_draws));
        let percentile = sorted.as_ref().map(|sorted| sorted.percentile(self.level)).map_err(|reason| *reason);
        let bca = estimate.and_then(|estimate| {
            let left_out: Vec<_> = self.left_out.iter().map(&statistic).collect();
            sorted.as_ref().map_err(|reason| *reason)?.bca(estimate, &left_out, self.level)
        });
        let of = |interval: Interval<f64>| interval.map(T::of);
        Drawn { estimate: estimate.map(T::of), percentile: percentile.map(of), bca: bca.map(of), undefined_draws }
    }

    fn sorted(&self, values: Vec<f64>, undefined: u32) -> Result<Sorted, Undefined> {
        let draws = self.draw_count();
        let too_many = Undefined::UndefinedDraws { undefined, draws };
        if u64::from(undefined) * 100 > u64::from(draws) * UNDEFINED_PERCENT_MAX {
            return Err(too_many);
        }
        Sorted::of(values).ok_or(too_many)
    }

    fn draw_count(&self) -> u32 {
        u32::try_from(self.draws.len()).expect("the plan counts draws in 32 bits")
    }
}
