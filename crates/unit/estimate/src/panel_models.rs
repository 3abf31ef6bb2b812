//! The models of a panel: difference in differences and rate ratios with cluster-robust intervals.
//!
//! In: a panel, amounts, how to judge. Out: estimates in their own types, with interval and p-value. The columns are
//! constant, participant, after, participant x after; the last coefficient is the answer. Being saturated, the models
//! give the point estimates of [`crate::Rates`], and add the variation between clusters. Absent on purpose: covariates,
//! for which there are [`crate::poisson()`] and its siblings.

use crate::cells::Cells;
use crate::grouping::Groups;
use crate::panel::years;
use crate::quantity::Sealed as _;
use crate::{
    Amounts, Arm, DifferencePerPersonYear, EstimateError, FewClusters, GroupBy, Interval, Level, Observations, Panel,
    Period, RateRatio, RatioOfRatios, Reference, Regression, Weighting, linear, negative_binomial, poisson,
};

/// How to judge: which rows vary together, how sure, by which distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inference {
    /// Which rows vary together.
    pub group_by: GroupBy,
    /// The level of the intervals.
    pub level: Level,
    /// What the statistic is compared with.
    pub reference: Reference,
}

/// What the variance of counts is taken to be while fitting. The covariance is cluster-robust with both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountModel {
    /// Variance = mean. The primary model; amounts of money may use it too.
    Poisson,
    /// Variance = mean + dispersion x mean^2. Sensitivity, for counts.
    NegativeBinomial,
}

/// An estimate of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Modelled<T> {
    /// The point estimate.
    pub estimate: T,
    /// Its interval.
    pub interval: Interval<T>,
    /// Standard error on the scale of the model: the logarithm for ratios.
    pub standard_error: f64,
    /// P of an estimate as far from no effect, if there were none.
    pub p_value: f64,
    /// Clusters.
    pub clusters: usize,
    /// A warning, where there is reason for one.
    pub few_clusters: Option<FewClusters>,
}

/// Rate of participants over rate of the comparison, after the index date.
///
/// # Errors
///
/// Amounts not of this panel, fewer than two clusters, an arm without events or time after, a fit that does not settle.
pub fn model_rate_ratio_after(
    panel: &Panel,
    amounts: &Amounts,
    model: CountModel,
    inference: Inference,
) -> Result<Modelled<RateRatio>, EstimateError> {
    let regression = fit_counts(panel, amounts, model, inference.group_by, &[Period::After])?;
    summarise(&regression, inference, |log| RateRatio::of(libm::exp(log)))
}

/// (r1 after / r1 before) / (r0 after / r0 before).
///
/// # Errors
///
/// As [`model_rate_ratio_after`], in either period.
pub fn model_ratio_of_ratios(
    panel: &Panel,
    amounts: &Amounts,
    model: CountModel,
    inference: Inference,
) -> Result<Modelled<RatioOfRatios>, EstimateError> {
    let regression = fit_counts(panel, amounts, model, inference.group_by, &Period::BOTH)?;
    summarise(&regression, inference, |log| RatioOfRatios::of(libm::exp(log)))
}

/// (r1 after - r1 before) - (r0 after - r0 before), by least squares.
///
/// # Errors
///
/// Amounts not of this panel, fewer than two clusters, an arm without time in a period.
pub fn model_difference(
    panel: &Panel,
    amounts: &Amounts,
    weighting: Weighting,
    inference: Inference,
) -> Result<Modelled<DifferencePerPersonYear>, EstimateError> {
    let regression = linear(&difference_observations(panel, amounts, weighting, inference.group_by)?)?;
    summarise(&regression, inference, DifferencePerPersonYear::of)
}

/// The linear model of a panel, ready to be fitted or tested.
pub(crate) fn difference_observations(
    panel: &Panel,
    amounts: &Amounts,
    weighting: Weighting,
    by: GroupBy,
) -> Result<Observations, EstimateError> {
    let cells = Cells::weighted(panel, amounts, by, weighting)?;
    cells.total(|_| 1).difference_in_differences()?;
    let rows = CellRows::of(&cells, &Period::BOTH);
    let means = rows.amounts.iter().zip(&rows.exposures).map(|(amount, exposure)| amount / exposure).collect();
    let groups = rows.groups()?;
    Observations::aggregated(&rows.columns, means, rows.exposures, groups, cells.rows)
}

fn fit_counts(
    panel: &Panel,
    amounts: &Amounts,
    model: CountModel,
    by: GroupBy,
    periods: &[Period],
) -> Result<Regression, EstimateError> {
    let cells = Cells::by_person_time(panel, amounts, by)?;
    cells.check_above_zero(periods)?;
    match model {
        CountModel::Poisson => {
            let rows = CellRows::of(&cells, periods);
            let counted = periods.iter().map(|&period| observed(panel, period)).sum();
            let weights = vec![1.0; rows.amounts.len()];
            let groups = rows.groups()?;
            poisson(&Observations::aggregated(&rows.columns, rows.amounts, weights, groups, counted)?, &rows.exposures)
        }
        CountModel::NegativeBinomial => {
            let (observations, exposures) = person_rows(panel, amounts, by, periods)?;
            negative_binomial(&observations, &exposures)
        }
    }
}

fn observed(panel: &Panel, period: Period) -> u64 {
    panel.days(period).iter().filter(|&&days| days > 0).count() as u64
}

fn summarise<T>(
    regression: &Regression,
    inference: Inference,
    of: impl Fn(f64) -> T,
) -> Result<Modelled<T>, EstimateError> {
    let last = regression.coefficients().len() - 1;
    Ok(Modelled {
        estimate: of(regression.coefficients()[last]),
        interval: regression.interval(last, inference.level, inference.reference)?.map(of),
        standard_error: regression.standard_error(last)?,
        p_value: regression.p_value(last, inference.reference)?,
        clusters: regression.clusters(),
        few_clusters: regression.few_clusters(),
    })
}

/// Constant, participant, and with two periods after and participant x after.
fn design_row(arm: Arm, period: Period, periods: &[Period]) -> Vec<f64> {
    let participant = f64::from(u8::from(arm == Arm::Participant));
    let after = f64::from(u8::from(period == Period::After));
    if periods.len() == 1 { vec![1.0, participant] } else { vec![1.0, participant, after, participant * after] }
}

/// One row for each cell that has time.
struct CellRows {
    columns: Vec<Vec<f64>>,
    amounts: Vec<f64>,
    exposures: Vec<f64>,
    clusters: Vec<u32>,
}

impl CellRows {
    fn of(cells: &Cells, periods: &[Period]) -> Self {
        let width = design_row(Arm::Comparison, Period::Before, periods).len();
        let mut rows =
            Self { columns: vec![Vec::new(); width], amounts: Vec::new(), exposures: Vec::new(), clusters: Vec::new() };
        for (group, cluster) in (0_u32..).zip(&cells.clusters) {
            for arm in Arm::BOTH {
                for &period in periods {
                    let cell = cluster.0[arm as usize][period as usize];
                    if cell.years > 0.0 {
                        let values = design_row(arm, period, periods);
                        rows.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
                        rows.amounts.push(cell.amount);
                        rows.exposures.push(cell.years);
                        rows.clusters.push(group);
                    }
                }
            }
        }
        rows
    }

    fn groups(&self) -> Result<Groups, EstimateError> {
        Groups::of(&self.clusters)
    }
}

/// One row for each person and period with time: the negative binomial depends on each count.
fn person_rows(
    panel: &Panel,
    amounts: &Amounts,
    by: GroupBy,
    periods: &[Period],
) -> Result<(Observations, Vec<f64>), EstimateError> {
    let groups = Groups::of_panel(panel, by)?;
    let width = design_row(Arm::Comparison, Period::Before, periods).len();
    let mut columns = vec![Vec::new(); width];
    let (mut outcomes, mut weights, mut clusters, mut exposures) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in 0..panel.rows() {
        for &period in periods {
            let days = panel.days(period)[row];
            if days > 0 {
                let values = design_row(panel.arms()[row], period, periods);
                columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
                outcomes.push(amounts.of(period)[row] as f64);
                weights.push(panel.weights()[row]);
                clusters.push(u32::try_from(groups.of_row()[row]).expect("rows, and so clusters, are fewer than 2^32"));
                exposures.push(years(days));
            }
        }
    }
    Ok((Observations::new(&columns, outcomes, weights, &clusters)?, exposures))
}
