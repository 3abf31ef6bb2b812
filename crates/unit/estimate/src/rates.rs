//! Rates per person-year by arm and period, and what follows from the four of them.
//!
//! In: a panel and amounts. Out: people, amounts, person-years, rates and the point estimates of difference in
//! differences. Absent on purpose: intervals, which need the clusters.

use crate::panel::years;
use crate::quantity::Sealed as _;
use crate::sum::Sum;
use crate::{
    Amounts, Arm, DifferencePerPersonYear, EstimateError, Panel, PercentChange, PercentagePoints, Period,
    RatePerPersonYear, RateRatio, RatioOfRatios, Undefined,
};

/// One arm in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateCell {
    /// People under observation for at least a day.
    pub people: u64,
    /// What they had together, unweighted.
    pub amount: u64,
    /// Days under observation together, unweighted.
    pub days: u64,
    /// Sum of weight x amount.
    pub weighted_amount: f64,
    /// Sum of weight x days / 365.25.
    pub weighted_person_years: f64,
}

/// The four rates of a panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    cells: [[RateCell; 2]; 2],
}

impl Rates {
    /// Adds the panel up: rate = sum of weight x amount / sum of weight x days / 365.25.
    ///
    /// # Errors
    ///
    /// Amounts that are not those of this panel.
    pub fn of(panel: &Panel, amounts: &Amounts) -> Result<Self, EstimateError> {
        panel.check(amounts)?;
        let cell = |arm, period| add_up(panel, amounts.of(period), arm, period);
        let cells = Arm::BOTH.map(|arm| Period::BOTH.map(|period| cell(arm, period)));
        Ok(Self { cells })
    }

    /// The sums behind one rate.
    pub fn cell(&self, arm: Arm, period: Period) -> &RateCell {
        &self.cells[arm as usize][period as usize]
    }

    /// One rate.
    ///
    /// # Errors
    ///
    /// Nobody was under observation.
    pub fn rate(&self, arm: Arm, period: Period) -> Result<RatePerPersonYear, Undefined> {
        self.four().rate(arm, period).map(RatePerPersonYear::of)
    }

    /// 100 (after / before - 1) of one arm.
    ///
    /// # Errors
    ///
    /// Nobody was under observation, or the rate before is 0.
    pub fn change(&self, arm: Arm) -> Result<PercentChange, Undefined> {
        self.four().change(arm).map(PercentChange::of)
    }

    /// The change of participants minus that of the comparison. It is not a percentage of anything.
    ///
    /// # Errors
    ///
    /// As [`Rates::change`].
    pub fn percentage_points(&self) -> Result<PercentagePoints, Undefined> {
        self.four().percentage_points().map(PercentagePoints::of)
    }

    /// (r1 after - r1 before) - (r0 after - r0 before).
    ///
    /// # Errors
    ///
    /// Nobody was under observation in one of the four.
    pub fn difference_in_differences(&self) -> Result<DifferencePerPersonYear, Undefined> {
        self.four().difference_in_differences().map(DifferencePerPersonYear::of)
    }

    /// (r1 after / r1 before) / (r0 after / r0 before). A rate of participants after that is 0 gives 0.
    ///
    /// # Errors
    ///
    /// Nobody was under observation in one of the four, or a rate that is divided by is 0.
    pub fn ratio_of_ratios(&self) -> Result<RatioOfRatios, Undefined> {
        self.four().ratio_of_ratios().map(RatioOfRatios::of)
    }

    /// r1 after / r0 after.
    ///
    /// # Errors
    ///
    /// Nobody was under observation after, or the rate of the comparison is 0.
    pub fn rate_ratio_after(&self) -> Result<RateRatio, Undefined> {
        self.four().rate_ratio_after().map(RateRatio::of)
    }

    fn four(&self) -> FourRates {
        FourRates(self.cells.map(|arm| {
            arm.map(|cell| AmountAndTime { amount: cell.weighted_amount, years: cell.weighted_person_years })
        }))
    }
}

/// A weighted amount and the weighted person-years it was had in.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct AmountAndTime {
    pub(crate) amount: f64,
    pub(crate) years: f64,
}

/// By arm, then period: the arithmetic of difference in differences, for the estimate and for each draw alike.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct FourRates(pub(crate) [[AmountAndTime; 2]; 2]);

impl FourRates {
    pub(crate) fn rate(&self, arm: Arm, period: Period) -> Result<f64, Undefined> {
        let cell = self.0[arm as usize][period as usize];
        if cell.years > 0.0 { Ok(cell.amount / cell.years) } else { Err(Undefined::NoPersonTime { arm, period }) }
    }

    pub(crate) fn change(&self, arm: Arm) -> Result<f64, Undefined> {
        Ok(100.0 * (self.after_by_before(arm)? - 1.0))
    }

    pub(crate) fn percentage_points(&self) -> Result<f64, Undefined> {
        Ok(self.change(Arm::Participant)? - self.change(Arm::Comparison)?)
    }

    pub(crate) fn difference_in_differences(&self) -> Result<f64, Undefined> {
        let difference = |arm| Ok(self.rate(arm, Period::After)? - self.rate(arm, Period::Before)?);
        Ok(difference(Arm::Participant)? - difference(Arm::Comparison)?)
    }

    pub(crate) fn ratio_of_ratios(&self) -> Result<f64, Undefined> {
        let participants = self.after_by_before(Arm::Participant)?;
        self.rate_above_zero(Arm::Comparison, Period::After)?;
        Ok(participants / self.after_by_before(Arm::Comparison)?)
    }

    pub(crate) fn rate_ratio_after(&self) -> Result<f64, Undefined> {
        Ok(self.rate(Arm::Participant, Period::After)? / self.rate_above_zero(Arm::Comparison, Period::After)?)
    }

    fn after_by_before(&self, arm: Arm) -> Result<f64, Undefined> {
        Ok(self.rate(arm, Period::After)? / self.rate_above_zero(arm, Period::Before)?)
    }

    pub(crate) fn rate_above_zero(&self, arm: Arm, period: Period) -> Result<f64, Undefined> {
        let rate = self.rate(arm, period)?;
        if rate > 0.0 { Ok(rate) } else { Err(Undefined::ZeroRate { arm, period }) }
    }
}

fn add_up(panel: &Panel, amounts: &[u64], arm: Arm, period: Period) -> RateCell {
    let (mut people, mut amount, mut days_all) = (0, 0, 0);
    let (mut weighted_amount, mut weighted_years) = (Sum::default(), Sum::default());
    let columns = panel.arms().iter().zip(panel.weights()).zip(panel.days(period)).zip(amounts);
    for (((&of, &weight), &days), &had) in columns {
        if of == arm && days > 0 {
            people += 1;
            amount += had;
            days_all += u64::from(days);
            weighted_amount.add(weight * had as f64);
            weighted_years.add(weight * years(days));
        }
    }
    RateCell {
        people,
        amount,
        days: days_all,
        weighted_amount: weighted_amount.value(),
        weighted_person_years: weighted_years.value(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;
    use crate::Quantity as _;

    fn pair(before: [u64; 2], after: [u64; 2], after_days: [u32; 2]) -> Rates {
        let panel =
            Panel::new(Arm::BOTH.to_vec(), vec![1, 1], vec![1, 1], vec![1.0; 2], vec![1461; 2], after_days.to_vec())
                .unwrap();
        Rates::of(&panel, &Amounts::new(before.to_vec(), after.to_vec()).unwrap()).unwrap()
    }

    #[test]
    fn published_percentages_are_two_quantities() {
        // -18.5 % against +16.2 %, as published for one programme; 1 - 0.815 / 1.162 = 0.29862...
        let rates = pair([1_000, 1_000], [815, 1_162], [1461; 2]);
        assert_eq!(rates.change(Arm::Participant).unwrap().to_string(), "-18.5 %");
        assert_eq!(rates.change(Arm::Comparison).unwrap().to_string(), "+16.2 %");
        assert!((rates.percentage_points().unwrap().value() + 34.7).abs() < 1e-9);
        let below = rates.ratio_of_ratios().unwrap().below_expectation();
        assert!((below.value() - 29.862_306_368_330_47).abs() < 1e-9);
    }

    #[test]
    fn four_years_of_days_are_four_person_years() {
        let rates = pair([8, 4], [6, 6], [1461, 2922]);
        assert!((rates.rate(Arm::Participant, Period::Before).unwrap().value() - 2.0).abs() < 1e-12);
        assert!((rates.rate(Arm::Comparison, Period::After).unwrap().value() - 0.75).abs() < 1e-12);
        // (1.5 - 2) - (0.75 - 1)
        assert!((rates.difference_in_differences().unwrap().value() + 0.25).abs() < 1e-12);
        assert!((rates.rate_ratio_after().unwrap().value() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_divided_by_has_a_reason() {
        let zero = pair([0, 1], [1, 1], [1461; 2]);
        let reason = Undefined::ZeroRate { arm: Arm::Participant, period: Period::Before };
        assert_eq!(zero.ratio_of_ratios(), Err(reason));
        assert_eq!(zero.percentage_points(), Err(reason));
        assert!(zero.difference_in_differences().is_ok());
        let unseen = pair([1, 1], [1, 0], [1461, 0]);
        let reason = Undefined::NoPersonTime { arm: Arm::Comparison, period: Period::After };
        assert_eq!(unseen.difference_in_differences(), Err(reason));
        assert_eq!(unseen.rate_ratio_after(), Err(reason));
        let none_after = pair([1, 1], [1, 0], [1461; 2]);
        let reason = Undefined::ZeroRate { arm: Arm::Comparison, period: Period::After };
        assert_eq!(none_after.ratio_of_ratios(), Err(reason));
    }

    #[test]
    fn nothing_after_is_a_ratio_of_zero() {
        let rates = pair([5, 5], [0, 5], [1461; 2]);
        assert!((rates.ratio_of_ratios().unwrap().below_expectation().value() - 100.0).abs() < 1e-12);
    }
}
