//! A sum that hardly depends on the order of its terms.
//!
//! Neumaier's compensated summation (A. Neumaier, ZAMM 54, 1974): the low-order bits that an addition loses are added
//! up beside the sum, so that the order of the rows shows, if at all, in the last bit.

/// A compensated running sum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, term: f64) {
        let sum = self.high + term;
        self.low += if self.high.abs() >= term.abs() { (self.high - sum) + term } else { (term - sum) + self.high };
        self.high = sum;
    }

    pub(crate) fn join(mut self, other: Self) -> Self {
        self.add(other.high);
        self.low += other.low;
        self
    }

    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plain_sum_loses_is_kept() {
        let terms = [1.0, 1e100, 1.0, -1e100];
        assert!(terms.iter().sum::<f64>() < 1.0);
        assert!((Sum::from_iter(terms).value() - 2.0).abs() < f64::EPSILON);
    }
}
