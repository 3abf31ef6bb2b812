//! Estimates of matched people: rates, what became of them, and what chance does to that.
//!
//! In: panels of measures, a seed. Out: [`Estimates`] of each measure, ready to become cells.
//! Absent on purpose: an effect without its interval. Where there are not two practices to draw from there are rates and no effect.

use std::collections::BTreeMap;

use counterfoil_estimate::{
    Amounts, Arm, BootstrapPlan, Bootstrapped, CountModel, DifferencePerPersonYear, EstimateError, Inference, Interval,
    Level, Modelled, Period, Quantity, Rates, RatioOfRatios, Reference, Weighting, bootstrap, e_value,
    model_difference, model_ratio_of_ratios,
};
use counterfoil_release::Cell;

use crate::compared::{Part, Rows, View, panels};
use crate::figures::{E_VALUE, PERCENT_DECIMALS, Resting, rate_kind, scaled};
use crate::{Parts, derived};

/// One measure of matched people in two periods.
pub(crate) struct Estimates<'a> {
    rows: &'a Rows,
    amounts: Amounts,
    pub(crate) rates: Rates,
    pub(crate) difference: Option<Modelled<DifferencePerPersonYear>>,
    pub(crate) ratio_of_ratios: Option<Modelled<RatioOfRatios>>,
    /// Whether its amounts are pence: whether somebody had any is not.
    pub(crate) is_money: bool,
}

/// Estimates of some measures by their positions in the study; of none where nobody is matched.
pub(crate) fn estimates<'a>(
    parts: &Parts<'_>,
    rows: &'a Rows,
    measures: impl Iterator<Item = usize>,
    view: View,
    model: CountModel,
) -> Result<BTreeMap<usize, Estimates<'a>>, EstimateError> {
    let study = parts.inputs.study;
    let mut estimates = BTreeMap::new();
    if rows.is_empty() {
        return Ok(estimates);
    }
    for together in panels(study, rows, parts.tally, measures, view)? {
        let panel = &together.panel;
        for (measure, amounts) in together.measures {
            let rates = Rates::of(panel, &amounts)?;
            let is_money = study.measures[measure].is_money() && view.part != Part::Any;
            let inference = inference(rows);
            let difference = known(model_difference(panel, &amounts, Weighting::PersonTime, inference))?;
            let ratio_of_ratios = known(model_ratio_of_ratios(panel, &amounts, model, inference))?;
            estimates.insert(measure, Estimates { rows, amounts, rates, difference, ratio_of_ratios, is_money });
        }
    }
    Ok(estimates)
}

/// What drawing whole groups again says of the same measures; nothing of a measure where there are too few groups.
pub(crate) fn drawn(
    parts: &Parts<'_>,
    rows: &Rows,
    measures: impl Iterator<Item = usize>,
    view: View,
) -> Result<BTreeMap<usize, Bootstrapped>, EstimateError> {
    let mut of_measures = BTreeMap::new();
    if rows.is_empty() {
        return Ok(of_measures);
    }
    for together in panels(parts.inputs.study, rows, parts.tally, measures, view)? {
        let amounts: Vec<&Amounts> = together.measures.iter().map(|(_, amounts)| amounts).collect();
        match bootstrap(&together.panel, &amounts, &plan(parts, rows)) {
            Ok(drawn) => of_measures.extend(together.measures.iter().map(|(measure, _)| *measure).zip(drawn)),
            Err(EstimateError::TooFewClusters { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(of_measures)
}

/// By t with one degree less than there are practices: in simulations of 12 practices its intervals hold the truth as often as they
/// say, and those of the bootstrap do not (`docs/outcomes.md`).
pub(crate) fn inference(rows: &Rows) -> Inference {
    Inference { group_by: rows.group_by, level: Level::PERCENT_95, reference: Reference::StudentT }
}

/// A model that the data do not allow, as where an arm has no events or there is one practice, says nothing; a fault of ours does not
/// hide behind that.
pub(crate) fn known<T>(modelled: Result<T, EstimateError>) -> Result<Option<T>, EstimateError> {
    match modelled {
        Ok(modelled) => Ok(Some(modelled)),
        Err(error) if error.is_of_the_data() => Ok(None),
        Err(error) => Err(error),
    }
}

fn plan(parts: &Parts<'_>, rows: &Rows) -> BootstrapPlan {
    BootstrapPlan {
        group_by: rows.group_by,
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
        self.less_one(self.modelled_ratio())
    }

    /// The same, and the E-values of the estimate and of the end of the interval that is nearer to none.
    pub(crate) fn with_e_values(&self) -> [Cell; 5] {
        self.less_one_with_e_values(self.modelled_ratio())
    }

    /// The same, with the interval that drawing whole practices again gives (bias-corrected and accelerated).
    pub(crate) fn with_e_values_drawn(&self, drawn: Option<&Bootstrapped>) -> [Cell; 5] {
        let drawn = drawn.map(|of| &of.ratio_of_ratios);
        self.less_one_with_e_values(drawn.and_then(|of| Some((of.estimate.ok()?, of.bca.ok()?))))
    }

    fn modelled_ratio(&self) -> Option<RatioWithin> {
        self.ratio_of_ratios.map(|of| (of.estimate, of.interval))
    }

    fn less_one(&self, ratio: Option<RatioWithin>) -> [Cell; 3] {
        let all = self.resting(&Arm::BOTH, &Period::BOTH);
        percent_less_one(ratio).map(|percent| {
            // It is the ratio that tells of counts, and a ratio near 1 tells no less for being shown as a small percentage.
            let terms_max = percent.map_or(0.0, |percent| (percent + 100.0).max(100.0));
            all.difference(percent, terms_max, PERCENT_DECIMALS)
        })
    }

    fn less_one_with_e_values(&self, ratio: Option<RatioWithin>) -> [Cell; 5] {
        let [estimate, from, to] = self.less_one(ratio);
        let all = self.resting(&Arm::BOTH, &Period::BOTH);
        // An E-value tells of its ratio, and goes where that goes.
        let shown = ratio.filter(|ratio| percent_less_one(Some(*ratio)) != [None; 3]);
        let of_ratio = shown.and_then(|(estimate, interval)| e_value(estimate, interval).ok());
        let [of_estimate, of_limit] = [of_ratio.map(|of| of.estimate), of_ratio.map(|of| of.limit)]
            .map(|value| all.difference(value, value.map_or(0.0, e_value_slope), E_VALUE.decimals));
        [estimate, from, to, of_estimate, of_limit]
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

type RatioWithin = (RatioOfRatios, Interval<RatioOfRatios>);

fn percent_less_one(ratio: Option<RatioWithin>) -> [Option<f64>; 3] {
    three(ratio, PERCENT_DECIMALS, |ratio| 100.0 * (ratio - 1.0))
}

/// By how much an E-value changes when its ratio does, in relation to it: near no effect a small change of the ratio is a great one of the
/// E-value, which must be shown the more coarsely. With E = r + sqrt(r (r - 1)) it is r = E^2 / (2 E - 1), so r dE/dr = E (2 E - 1) / (2 (E - 1)).
fn e_value_slope(e_value: f64) -> f64 {
    const SLOPE_MAX: f64 = 1e6;
    if e_value > 1.0 { (e_value * (2.0 * e_value - 1.0) / (2.0 * (e_value - 1.0))).min(SLOPE_MAX) } else { 0.0 }
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
