//! Winsorising: amounts above a stated quantile brought down to it.
//!
//! In: amounts and a quantile that was stated beforehand. Out: new amounts, the cap, how many were changed; the caller
//! shows them beside the raw ones. Absent on purpose: a default, and caps that differ by arm or period, which would
//! make a difference by themselves.

use crate::{Amounts, EstimateError, Period};

/// Amounts after winsorising.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Winsorised {
    /// The amounts, none above the cap.
    pub amounts: Amounts,
    /// The quantile: the least amount that at least that share of all entries, both arms and both periods, does not
    /// exceed.
    pub cap: u64,
    /// Entries that were above it.
    pub entries_changed: u64,
}

/// Caps at a quantile of `per_10k` in ten thousand, 5,000 to 9,999: the 99th percentile is 9,900.
///
/// # Errors
///
/// A quantile outside that range; no amounts.
pub fn winsorise(amounts: &Amounts, per_10k: u16) -> Result<Winsorised, EstimateError> {
    if !(5_000..10_000).contains(&per_10k) {
        return Err(EstimateError::Quantile { per_10k });
    }
    let mut all: Vec<u64> = Period::BOTH.into_iter().flat_map(|period| amounts.of(period)).copied().collect();
    all.sort_unstable();
    let rank = (all.len() as u64 * u64::from(per_10k)).div_ceil(10_000);
    let position = usize::try_from(rank).unwrap_or(usize::MAX).checked_sub(1).ok_or(EstimateError::Empty)?;
    let cap = all[position];
    let entries_changed = all.iter().filter(|&&amount| amount > cap).count() as u64;
    let capped = |period| amounts.of(period).iter().map(|&amount| amount.min(cap)).collect();
    let amounts = Amounts::new(capped(Period::Before), capped(Period::After))?;
    Ok(Winsorised { amounts, cap, entries_changed })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn one_cap_for_both_periods() {
        let amounts = Amounts::new(vec![1, 2, 3, 900], vec![5, 6, 7, 1_000]).unwrap();
        // Eight entries; the sixth is the first that three quarters do not exceed.
        let capped = winsorise(&amounts, 7_500).unwrap();
        assert_eq!((capped.cap, capped.entries_changed), (7, 2));
        assert_eq!(capped.amounts, Amounts::new(vec![1, 2, 3, 7], vec![5, 6, 7, 7]).unwrap());
        assert_eq!(winsorise(&amounts, 9_999).unwrap().entries_changed, 0);
    }

    #[test]
    fn quantiles_have_a_range() {
        let amounts = Amounts::new(vec![1], vec![5]).unwrap();
        assert_eq!(winsorise(&amounts, 4_999), Err(EstimateError::Quantile { per_10k: 4_999 }));
        assert_eq!(winsorise(&amounts, 10_000), Err(EstimateError::Quantile { per_10k: 10_000 }));
        assert_eq!(winsorise(&Amounts::new(vec![], vec![]).unwrap(), 9_900), Err(EstimateError::Empty));
    }
}
