//! A panel added up to one cell for each cluster, arm and period.
//!
//! In: a panel, amounts, which rows vary together. Out: weighted amounts and person-years of each cell. Everything that
//! depends on the people through these sums alone - rates, saturated models, every draw of a bootstrap - works on them
//! from here, so that its time goes with the clusters and not with the people. Absent on purpose: single people.

use crate::grouping::Groups;
use crate::panel::years;
use crate::rates::{AmountAndTime, FourRates};
use crate::sum::Sum;
use crate::{Amounts, Arm, EstimateError, GroupBy, Panel, Period, Undefined};

/// How people count in a linear model of amounts per person-year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighting {
    /// By weight x person-years: means are ratios of sums, and the difference is that of [`crate::Rates`].
    PersonTime,
    /// By weight alone: each person's amount per person-year counts alike, however short the time. A mean of ratios:
    /// for sensitivity only.
    People,
}

/// By cluster, then arm, then period.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cells {
    pub(crate) clusters: Vec<FourRates>,
    /// Rows with time under observation: one for each person and period.
    pub(crate) rows: u64,
}

impl Cells {
    /// Sums of weight x amount and weight x person-years.
    pub(crate) fn by_person_time(panel: &Panel, amounts: &Amounts, by: GroupBy) -> Result<Self, EstimateError> {
        Self::add_up(panel, amounts, by, |weight, amount, years| (weight * amount, weight * years))
    }

    /// As [`Cells::by_person_time`], or sums of weight x amount per person-year and of weight.
    pub(crate) fn weighted(
        panel: &Panel,
        amounts: &Amounts,
        by: GroupBy,
        weighting: Weighting,
    ) -> Result<Self, EstimateError> {
        match weighting {
            Weighting::PersonTime => Self::by_person_time(panel, amounts, by),
            Weighting::People => {
                Self::add_up(panel, amounts, by, |weight, amount, years| (weight * (amount / years), weight))
            }
        }
    }

    fn add_up(
        panel: &Panel,
        amounts: &Amounts,
        by: GroupBy,
        parts: impl Fn(f64, f64, f64) -> (f64, f64),
    ) -> Result<Self, EstimateError> {
        panel.check(amounts)?;
        let groups = Groups::of_panel(panel, by)?;
        let mut sums = vec![CellSums::default(); groups.count()];
        let mut rows = 0;
        for period in Period::BOTH {
            let columns = panel.arms().iter().zip(panel.weights()).zip(panel.days(period)).zip(amounts.of(period));
            for ((((&arm, &weight), &days), &amount), &group) in columns.zip(groups.of_row()) {
                if days > 0 {
                    let (numerator, denominator) = parts(weight, amount as f64, years(days));
                    let cell = &mut sums[group].0[arm as usize][period as usize];
                    cell.0.add(numerator);
                    cell.1.add(denominator);
                    rows += 1;
                }
            }
        }
        let clusters = sums.iter().map(CellSums::value).collect();
        Ok(Self { clusters, rows })
    }

    /// Sum over the clusters, each as often as the draw has it.
    pub(crate) fn total(&self, multiplicity: impl Fn(usize) -> u32) -> FourRates {
        let mut total = CellSums::default();
        for (group, cluster) in self.clusters.iter().enumerate() {
            let times = multiplicity(group);
            if times > 0 {
                total.add(f64::from(times), cluster);
            }
        }
        total.value()
    }

    /// The sums without each cluster in turn: those before it and those after it, so that nothing is subtracted.
    pub(crate) fn leave_one_out(&self) -> Vec<FourRates> {
        let mut after = vec![CellSums::default()];
        for cluster in self.clusters.iter().rev() {
            let mut sums = *after.last().expect("it starts with one");
            sums.add(1.0, cluster);
            after.push(sums);
        }
        let mut before = CellSums::default();
        let mut without = Vec::with_capacity(self.clusters.len());
        for (cluster, after) in self.clusters.iter().zip(after.iter().rev().skip(1)) {
            without.push(before.join(after).value());
            before.add(1.0, cluster);
        }
        without
    }

    /// That the rates of these periods can be taken logarithms of.
    pub(crate) fn check_above_zero(&self, periods: &[Period]) -> Result<(), Undefined> {
        let total = self.total(|_| 1);
        for arm in Arm::BOTH {
            for &period in periods {
                total.rate_above_zero(arm, period)?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct CellSums([[(Sum, Sum); 2]; 2]);

impl CellSums {
    fn add(&mut self, times: f64, cluster: &FourRates) {
        for (sums, cells) in self.0.iter_mut().flatten().zip(cluster.0.iter().flatten()) {
            sums.0.add(times * cells.amount);
            sums.1.add(times * cells.years);
        }
    }

    fn join(&self, other: &Self) -> Self {
        let mut joined = *self;
        for (sums, more) in joined.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *sums = (sums.0.join(more.0), sums.1.join(more.1));
        }
        joined
    }

    fn value(&self) -> FourRates {
        let value = |(amount, years): (Sum, Sum)| AmountAndTime { amount: amount.value(), years: years.value() };
        FourRates(self.0.map(|arm| arm.map(value)))
    }
}
