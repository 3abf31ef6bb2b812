//! Estimates of matched people: rates, what became of them, and what chance does to that.
//!
//! In: panels of measures, a seed. Out: [`Estimates`] of each measure, ready to become cells.
//! Absent on purpose: an effect without its interval. Where there are not two practices to draw from there are rates and no effect.

use std::collections::BTreeMap;

use counterfoil_estimate::{
    Amounts, Arm, BootstrapPlan, Bootstrapped, CountModel, DifferencePerPersonYear, EstimateError, GroupBy, Inference,
    Interval, Level, Modelled, Period, Quantity, Rates, RatioOfRatios, Reference, Weighting, bootstrap,
    model_difference, model_ratio_of_ratios, winsorise,
};
use counterfoil_model::Controls;
use counterfoil_release::Cell;

use crate::compared::{Rows, panels};
use crate::figures::{PERCENT_DECIMALS, Resting, rate_kind, scaled};
use crate::used::Periods;
use crate::{Parts, derived};

/// One measure of matched people in two periods.
pub(crate) struct Estimates<'a> {
    rows: &'a Rows,
    amounts: Amounts,
    pub(crate) rates: Rates,
    pub(crate) difference: Option<Modelled<DifferencePerPersonYear>>,
    pub(crate) ratio_of_ratios: Option<Modelled<RatioOfRatios>>,
    pub(crate) drawn: Option<Bootstrapped>,
    is_money: bool,
}

/// Estimates of some measures by their positions in the study; of none where nobody is matched.
pub(crate) fn estimates<'a>(
    parts: &Parts<'_>,
    rows: &'a Rows,
    measures: impl Iterator<Item = usize>,
    periods: Periods,
    winsorise_permille: Option<u32>,
) -> Result<BTreeMap<usize, Estimates<'a>>, EstimateError> {
    let study = parts.inputs.study;
    let mut estimates = BTreeMap::new();
    if rows.is_empty() {
        return Ok(estimates);
    }
    for together in panels(study, rows, parts.tally, measures, periods)? {
        let (measures, mut amounts): (Vec<usize>, Vec<Amounts>) = together.measures.into_iter().unzip();
        if let Some(permille) = winsorise_permille {
            let per_10k = u16::try_from(permille * 10).expect("the study was checked to be below 1,000");
            let cut = amounts.iter().map(|amounts| Ok(winsorise(amounts, per_10k)?.amounts));
            amounts = cut.collect::<Result<_, EstimateError>>()?;
        }
        let references: Vec<&Amounts> = amounts.iter().collect();
        let drawn = match bootstrap(&together.panel, &references, &plan(parts)) {
            Ok(drawn) => drawn.into_iter().map(Some).collect(),
            Err(EstimateError::TooFewClusters { .. }) => vec![None; amounts.len()],
            Err(error) => return Err(error),
        };
        for ((measure, amounts), drawn) in measures.into_iter().zip(amounts).zip(drawn) {
            let rates = Rates::of(&together.panel, &amounts)?;
            let is_money = study.measures[measure].is_money();
            let (panel, inference) = (&together.panel, inference(parts));
            let difference = known(model_difference(panel, &amounts, Weighting::PersonTime, inference))?;
            let ratio_of_ratios = known(model_ratio_of_ratios(panel, &amounts, CountModel::Poisson, inference))?;
            estimates.insert(measure, Estimates { rows, amounts, rates, difference, ratio_of_ratios, drawn, is_money });
        }
    }
    Ok(estimates)
}

/// Sets of whole strata hold participants of several practices.
fn group_by(parts: &Parts<'_>) -> GroupBy {
    match parts.comparison.controls {
        Controls::PerParticipant(_) => GroupBy::ParticipantOfSet,
        Controls::All => GroupBy::OwnCluster,
    }
}

/// By t with one degree less than there are practices: in simulations of 12 practices its intervals hold the truth as often as they
/// say, and those of the bootstrap do not (`docs/outcomes.md`).
fn inference(parts: &Parts<'_>) -> Inference {
    Inference { group_by: group_by(parts), level: Level::PERCENT_95, reference: Reference::StudentT }
}

/// A model that the data do not allow, as where an arm has no events or there is one practice, says nothing; a fault of ours does not
/// hide behind that.
fn known<T>(modelled: Result<Modelled<T>, EstimateError>) -> Result<Option<Modelled<T>>, EstimateError> {
    match modelled {
        Ok(modelled) => Ok(Some(modelled)),
        Err(error) if error.is_of_the_data() => Ok(None),
        Err(error) => Err(error),
    }
}

fn plan(parts: &Parts<'_>) -> BootstrapPlan {
    BootstrapPlan {
        group_by: group_by(parts),
        level: Level::PERCENT_95,
        draws: parts.comparison.draws,
        seed: derived(parts.seed, "bootstrap"),
    }
}

impl Estimates<'_> {
    /// The rate of an arm in a period.
    pub(crate) fn rate(&self, arm: Arm, period: Period) -> Cell {
        self.resting(&[arm], &[period]).figure(self.rate_value(arm, period), rate_kind(self.is_money).decimals)
    }

    /// The change of an arm from before to after, in percent.
    pub(crate) fn change(&self, arm: Arm) -> Cell {
        let change = self.rates.change(arm).ok().map(Quantity::value);
        // The change is a ratio less 1.
        let terms_max = change.map_or(0.0, |change| (change + 100.0).max(100.0));
        self.resting(&[arm], &Period::BOTH).difference(change, terms_max, PERCENT_DECIMALS)
    }

    /// The difference in differences, with its interval.
    pub(crate) fn beyond_comparison(&self) -> [Cell; 3] {
        let all = self.resting(&Arm::BOTH, &Period::BOTH);
        let rates = Arm::BOTH.into_iter().flat_map(|arm| Period::BOTH.map(|period| self.rate_value(arm, period)));
        let greatest = rates.flatten().fold(0.0, f64::max);
        let decimals = rate_kind(self.is_money).decimals;
        let difference = self.difference.map(|of| (of.estimate, of.interval));
        three(difference, decimals, |rate| self.in_unit(rate)).map(|value| all.difference(value, greatest, decimals))
    }

    /// The ratio of ratios less 1, in percent, with its interval.
    pub(crate) fn against_expectation(&self) -> [Cell; 3] {
        self.less_one(self.ratio_of_ratios.map(|of| (of.estimate, of.interval)))
    }

    /// The same, with the interval that drawing whole practices again gives (bias-corrected and accelerated).
    pub(crate) fn against_expectation_drawn(&self) -> [Cell; 3] {
        let drawn = self.drawn.as_ref().map(|of| &of.ratio_of_ratios);
        self.less_one(drawn.and_then(|of| Some((of.estimate.ok()?, of.bca.ok()?))))
    }

    fn less_one(&self, ratio: Option<(RatioOfRatios, Interval<RatioOfRatios>)>) -> [Cell; 3] {
        let all = self.resting(&Arm::BOTH, &Period::BOTH);
        three(ratio, PERCENT_DECIMALS, |ratio| 100.0 * (ratio - 1.0)).map(|percent| {
            // It is the ratio that tells of counts, and a ratio near 1 tells no less for being shown as a small percentage.
            let terms_max = percent.map_or(0.0, |percent| (percent + 100.0).max(100.0));
            all.difference(percent, terms_max, PERCENT_DECIMALS)
        })
    }

    fn resting(&self, arms: &[Arm], periods: &[Period]) -> Resting {
        self.rows.resting(&self.amounts, self.is_money, arms, periods)
    }

    fn rate_value(&self, arm: Arm, period: Period) -> Option<f64> {
        self.rates.rate(arm, period).ok().map(|rate| self.in_unit(rate.value()))
    }

    /// Amounts per person-year in the table's unit: pounds of pence.
    fn in_unit(&self, rate: f64) -> f64 {
        if self.is_money { rate / 100.0 } else { rate }
    }
}

/// An estimate and the ends of its interval, in the unit in which they are written. Where there is no interval there is no estimate
/// either, nor where an end of it is too far out to be written, as that of two practices which contradict each other can be.
fn three<Q: Quantity>(
    estimate: Option<(Q, Interval<Q>)>,
    decimals: u8,
    in_unit: impl Fn(f64) -> f64,
) -> [Option<f64>; 3] {
    let values = estimate.map(|(estimate, of)| [estimate, of.lower, of.upper].map(|value| in_unit(value.value())));
    let can_be_written = |values: &[f64; 3]| values.iter().all(|value| scaled(*value, decimals).is_some());
    values.filter(can_be_written).map_or([None; 3], |values| values.map(Some))
}

/// Cells of figures that do not exist because there is nobody.
pub(crate) fn of_nobody<const COUNT: usize>() -> [Cell; COUNT] {
    [Resting::with_degrees(0).figure(None, 0); COUNT]
}
