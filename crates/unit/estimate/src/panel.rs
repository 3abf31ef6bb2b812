//! The panel: who was compared, for how long, with what weight; and what was counted or spent.
//!
//! In: plain columns. Out: columns of equal length whose values are in range. Absent on purpose: who the people are and
//! how they were matched.

use std::collections::BTreeMap;
use std::fmt;

use crate::EstimateError;

/// Most rows of a panel. With [`AMOUNT_MAX`], sums stay below 2^64.
pub const ROWS_MAX: usize = 10_000_000;

/// Largest amount of one person in one period: ten thousand million pounds in pence. 10^7 rows x 10^12 < 2^64, and
/// 10^12 is exact in a 64-bit float.
pub const AMOUNT_MAX: u64 = 1_000_000_000_000;

/// Days of a person-year.
pub const DAYS_PER_YEAR: f64 = 365.25;

/// Which side of the comparison a person is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arm {
    /// Took part in the programme.
    Participant,
    /// Was matched to one who did.
    Comparison,
}

impl Arm {
    /// Both, in the order of our tables.
    pub const BOTH: [Self; 2] = [Self::Participant, Self::Comparison];
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Participant => "participant",
            Self::Comparison => "comparison person",
        })
    }
}

/// Before or after the index date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// The look-back.
    Before,
    /// The follow-up.
    After,
}

impl Period {
    /// Both, in the order of time.
    pub const BOTH: [Self; 2] = [Self::Before, Self::After];
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

/// Matched people, one entry a person in each column. A person drawn into several sets has an entry in each.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    arms: Vec<Arm>,
    sets: Vec<u32>,
    clusters: Vec<u32>,
    weights: Vec<f64>,
    before_days: Vec<u32>,
    after_days: Vec<u32>,
}

impl Panel {
    /// Checks the columns: arm, matched set, cluster (the person's own practice), weight, days under observation before
    /// and after.
    ///
    /// # Errors
    ///
    /// No rows or too many, columns of different lengths, a weight that is not finite and above 0, a set without one of
    /// the arms.
    pub fn new(
        arms: Vec<Arm>,
        sets: Vec<u32>,
        clusters: Vec<u32>,
        weights: Vec<f64>,
        before_days: Vec<u32>,
        after_days: Vec<u32>,
    ) -> Result<Self, EstimateError> {
        check_rows(arms.len())?;
        for (column, rows) in [
            ("sets", sets.len()),
            ("clusters", clusters.len()),
            ("weights", weights.len()),
            ("before_days", before_days.len()),
            ("after_days", after_days.len()),
        ] {
            check_length(column, rows, arms.len())?;
        }
        check_weights(&weights)?;
        check_sets(&arms, &sets)?;
        Ok(Self { arms, sets, clusters, weights, before_days, after_days })
    }

    /// People, counted once for each set they are in.
    pub fn rows(&self) -> usize {
        self.arms.len()
    }

    /// Arm of each row.
    pub fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// Matched set of each row.
    pub fn sets(&self) -> &[u32] {
        &self.sets
    }

    /// Own cluster of each row.
    pub fn clusters(&self) -> &[u32] {
        &self.clusters
    }

    /// Weight of each row.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Days under observation of each row.
    pub fn days(&self, period: Period) -> &[u32] {
        match period {
            Period::Before => &self.before_days,
            Period::After => &self.after_days,
        }
    }

    /// Whether these amounts can be those of this panel.
    pub(crate) fn check(&self, amounts: &Amounts) -> Result<(), EstimateError> {
        check_length("amounts", amounts.rows(), self.rows())?;
        for period in Period::BOTH {
            let counted_unseen = |(&amount, &days): (&u64, &u32)| amount > 0 && days == 0;
            if let Some(row) = amounts.of(period).iter().zip(self.days(period)).position(counted_unseen) {
                return Err(EstimateError::AmountWithoutDays { row, period });
            }
        }
        Ok(())
    }
}

/// What was counted (events, bed days) or spent (pence), one entry a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amounts {
    before: Vec<u64>,
    after: Vec<u64>,
}

impl Amounts {
    /// Amounts in the order of the panel.
    ///
    /// # Errors
    ///
    /// Columns of different lengths; an amount above [`AMOUNT_MAX`].
    pub fn new(before: Vec<u64>, after: Vec<u64>) -> Result<Self, EstimateError> {
        check_length("after", after.len(), before.len())?;
        check_amounts(&before)?;
        check_amounts(&after)?;
        Ok(Self { before, after })
    }

    /// People.
    pub fn rows(&self) -> usize {
        self.before.len()
    }

    /// Amounts of one period.
    pub fn of(&self, period: Period) -> &[u64] {
        match period {
            Period::Before => &self.before,
            Period::After => &self.after,
        }
    }
}

pub(crate) fn check_rows(rows: usize) -> Result<(), EstimateError> {
    match rows {
        0 => Err(EstimateError::Empty),
        1..=ROWS_MAX => Ok(()),
        _ => Err(EstimateError::TooManyRows { rows, rows_max: ROWS_MAX }),
    }
}

pub(crate) fn check_length(column: &'static str, rows: usize, expected: usize) -> Result<(), EstimateError> {
    if rows == expected { Ok(()) } else { Err(EstimateError::LengthsDiffer { column, rows, expected }) }
}

pub(crate) fn check_weights(weights: &[f64]) -> Result<(), EstimateError> {
    match weights.iter().position(|weight| !(weight.is_finite() && *weight > 0.0)) {
        Some(row) => Err(EstimateError::Weight { row }),
        None => Ok(()),
    }
}

pub(crate) fn check_amounts(amounts: &[u64]) -> Result<(), EstimateError> {
    match amounts.iter().position(|&amount| amount > AMOUNT_MAX) {
        Some(row) => Err(EstimateError::Amount { row, amount_max: AMOUNT_MAX }),
        None => Ok(()),
    }
}

/// A person-year count of days.
pub(crate) fn years(days: u32) -> f64 {
    f64::from(days) / DAYS_PER_YEAR
}

fn check_sets(arms: &[Arm], sets: &[u32]) -> Result<(), EstimateError> {
    let mut seen: BTreeMap<u32, [bool; 2]> = BTreeMap::new();
    for (&arm, &set) in arms.iter().zip(sets) {
        seen.entry(set).or_default()[arm as usize] = true;
    }
    for (set, present) in seen {
        for arm in Arm::BOTH {
            if !present[arm as usize] {
                return Err(EstimateError::SetWithoutArm { set, arm });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: [Arm; 2] = [Arm::Participant, Arm::Comparison];

    #[test]
    fn columns_must_fit_each_other() {
        let short = Panel::new(TWO.to_vec(), vec![1, 1], vec![1], vec![1.0; 2], vec![9; 2], vec![9; 2]);
        assert_eq!(short, Err(EstimateError::LengthsDiffer { column: "clusters", rows: 1, expected: 2 }));
        let nobody = Panel::new(vec![], vec![], vec![], vec![], vec![], vec![]);
        assert_eq!(nobody, Err(EstimateError::Empty));
    }

    #[test]
    fn weights_are_finite_and_above_zero() {
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let panel = Panel::new(TWO.to_vec(), vec![1, 1], vec![1, 1], vec![1.0, wrong], vec![9; 2], vec![9; 2]);
            assert_eq!(panel, Err(EstimateError::Weight { row: 1 }));
        }
    }

    #[test]
    fn a_set_has_both_arms() {
        let alone = Panel::new(TWO.to_vec(), vec![1, 2], vec![1, 1], vec![1.0; 2], vec![9; 2], vec![9; 2]);
        assert_eq!(alone, Err(EstimateError::SetWithoutArm { set: 1, arm: Arm::Comparison }));
    }

    #[test]
    fn amounts_are_bounded_and_seen() {
        assert_eq!(
            Amounts::new(vec![0, AMOUNT_MAX + 1], vec![0, 0]),
            Err(EstimateError::Amount { row: 1, amount_max: AMOUNT_MAX })
        );
        assert!(Amounts::new(vec![0], vec![]).is_err());
        let panel = Panel::new(TWO.to_vec(), vec![1, 1], vec![1, 1], vec![1.0; 2], vec![9; 2], vec![9, 0]);
        let amounts = Amounts::new(vec![0, 0], vec![0, 1]);
        assert_eq!(
            panel.and_then(|panel| panel.check(&amounts?)),
            Err(EstimateError::AmountWithoutDays { row: 1, period: Period::After })
        );
    }
}
