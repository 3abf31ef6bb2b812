//! Estimates of matched people: rates, what became of them, and what chance does to that.
//!
//! In: panels of measures, a seed. Out: [`Estimates`] of each measure, ready to become cells.
//! Absent on purpose: an effect without its interval. Where there are not two practices to draw from there are rates and no effect.

use std::collections::BTreeMap;

use counterfoil_estimate::{
    Amounts, Arm, BootstrapPlan, Bootstrapped, Drawn, EstimateError, GroupBy, Level, Period, Quantity, Rates,
    bootstrap, winsorise,
};
use counterfoil_model::Controls;
use counterfoil_release::Cell;

use crate::compared::{Rows, panels};
use crate::figures::{PERCENT_DECIMALS, Resting, rate_kind};
use crate::used::Periods;
use crate::{Parts, derived};

/// One measure of matched people in two periods.
pub(crate) struct Estimates<'a> {
    rows: &'a Rows,
    amounts: Amounts,
    pub(crate) rates: Rates,
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
            estimates.insert(measure, Estimates { rows, amounts, rates, drawn, is_money });
        }
    }
    Ok(estimates)
}

fn plan(parts: &Parts<'_>) -> BootstrapPlan {
    BootstrapPlan {
        // Sets of whole strata hold participants of several practices.
        group_by: match parts.comparison.controls {
            Controls::PerParticipant(_) => GroupBy::ParticipantOfSet,
            Controls::All => GroupBy::OwnCluster,
        },
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
        three(self.drawn.as_ref().map(|of| &of.difference)).map(|value| {
            all.difference(value.map(|value| self.in_unit(value)), greatest, rate_kind(self.is_money).decimals)
        })
    }

    /// The ratio of ratios less 1, in percent, with its interval.
    pub(crate) fn against_expectation(&self) -> [Cell; 3] {
        let all = self.resting(&Arm::BOTH, &Period::BOTH);
        three(self.drawn.as_ref().map(|of| &of.ratio_of_ratios)).map(|ratio| {
            let percent = ratio.map(|ratio| 100.0 * (ratio - 1.0));
            // It is the ratio that tells of counts, and a ratio near 1 tells no less for being shown as a small percentage.
            let terms_max = ratio.map_or(0.0, |ratio| 100.0 * ratio.max(1.0));
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

/// An estimate and the ends of its interval; where there is no interval there is no estimate either.
fn three<Q: Quantity>(drawn: Option<&Drawn<Q>>) -> [Option<f64>; 3] {
    let known = drawn.and_then(|drawn| Some((drawn.estimate.ok()?, drawn.bca.ok()?)));
    match known {
        Some((estimate, interval)) => [estimate, interval.lower, interval.upper].map(|value| Some(value.value())),
        None => [None; 3],
    }
}

/// Cells of figures that do not exist because there is nobody.
pub(crate) fn of_nobody<const COUNT: usize>() -> [Cell; COUNT] {
    [Resting::with_degrees(0).figure(None, 0); COUNT]
}
