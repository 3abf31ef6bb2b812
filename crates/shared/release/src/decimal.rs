//! A decimal number of few places: what a released figure is.
//!
//! In: a whole number of its last place, or text. Out: text with exactly its places, one spelling for one number.
//! Absent on purpose: floats, exponents, arithmetic.

use std::fmt;

/// Most decimal places of a figure.
pub const DECIMALS_MAX: u8 = 4;
/// Greatest figure, in units of its last place: every JSON reader holds it without loss (below 2^53).
pub const SCALED_MAX: u64 = 1_000_000_000_000_000;

/// A decimal number: `scaled` divided by 10 to the power of `decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    pub(crate) scaled: i64,
    pub(crate) decimals: u8,
}

impl Decimal {
    /// A number in units of its last place; none beyond [`DECIMALS_MAX`] places or [`SCALED_MAX`].
    pub fn new(scaled: i64, decimals: u8) -> Option<Self> {
        let fits = decimals <= DECIMALS_MAX && scaled.unsigned_abs() <= SCALED_MAX;
        fits.then_some(Self { scaled, decimals })
    }

    /// Reads what [`fmt::Display`] writes with so many places, and nothing else: no plus sign, no `-0.00`, no `.5`.
    pub fn parse(text: &str, decimals: u8) -> Option<Self> {
        let digits: String = text.chars().filter(|c| *c != '.').collect();
        let number = Self::new(digits.parse().ok()?, decimals)?;
        (number.to_string() == text).then_some(number)
    }

    /// The number in units of its last place.
    pub fn scaled(self) -> i64 {
        self.scaled
    }

    /// Its places.
    pub fn decimals(self) -> u8 {
        self.decimals
    }

    /// Digits from the first that is not zero to the last that is not; 0 has none.
    pub(crate) fn significant_digits(self) -> usize {
        self.scaled.unsigned_abs().to_string().trim_end_matches('0').len()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = usize::from(self.decimals);
        let digits = format!("{:0>width$}", self.scaled.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if self.scaled < 0 { "-" } else { "" };
        if places == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: i64 = 1_000_000_000_000_000;

    #[test]
    fn a_number_has_exactly_its_places() {
        for (scaled, decimals, text) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (5, 0, "5"),
            (5, 1, "0.5"),
            (-5, 1, "-0.5"),
            (-12, 2, "-0.12"),
            (50, 2, "0.50"),
            (-1, 4, "-0.0001"),
            (12_345, 4, "1.2345"),
            (-100, 2, "-1.00"),
            (MAX, 0, "1000000000000000"),
            (-MAX, 4, "-100000000000.0000"),
        ] {
            let number = Decimal::new(scaled, decimals).expect("fits");
            assert_eq!(number.to_string(), text);
            assert_eq!(Decimal::parse(text, decimals), Some(number), "{text}");
            assert_eq!(Decimal::parse(text, decimals + 1), None, "{text}");
        }
    }

    #[test]
    fn no_other_spelling_is_read() {
        for text in [
            "",
            "-",
            ".",
            "-.",
            "+0.12",
            "-0.00",
            "00.12",
            ".12",
            "0.1",
            "0.120",
            "0.12 ",
            " 0.12",
            "0,12",
            "1e2",
            "1.2e1",
            "0.1.2",
            "012",
            "12",
            "١.٢٣",
            "NaN",
            "--1.00",
            "-+1.00",
            "10000000000000.01",
            "9223372036854775808.00",
        ] {
            assert_eq!(Decimal::parse(text, 2), None, "{text:?}");
        }
        assert_eq!(Decimal::parse("-0", 0), None);
    }

    #[test]
    fn numbers_beyond_the_borders_are_none() {
        for (scaled, decimals) in [(MAX + 1, 0), (-MAX - 1, 0), (i64::MAX, 2), (i64::MIN, 2), (0, 5), (1, u8::MAX)] {
            assert_eq!(Decimal::new(scaled, decimals), None, "{scaled} {decimals}");
        }
    }

    #[test]
    fn digits_are_counted_from_the_first_to_the_last() {
        for (scaled, digits) in [(0, 0), (1, 1), (-100, 1), (120, 2), (1_020, 3), (-12_345, 5)] {
            assert_eq!(Decimal { scaled, decimals: 2 }.significant_digits(), digits, "{scaled}");
        }
    }
}
