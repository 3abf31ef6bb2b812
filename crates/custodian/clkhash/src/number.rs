//! Whole numbers in their one form, and a number's neighbourhood as tokens.
//!
//! In: text as Python's `int` and `float` take it. Out: decimal digits; or tokens that near numbers share.
//! Absent on purpose: digits and spaces outside ASCII, which Python takes: the row is refused. Numbers without bound: what
//! does not fit 127 bits is refused, never wrapped.

use std::fmt::Write as _;

use serde_json::Number;

use crate::reason::Reason;

/// Digits that Python 3.11 converts, at most (`sys.int_info.default_max_str_digits`).
const DIGITS_MAX: usize = 4_300;
/// A distance up to here is exact as a floating-point number, and so is its half.
const DISTANCE_MAX: f64 = 9_007_199_254_740_992.0;

/// Checks a whole number and appends it without spaces, underscores, plus sign and leading zeros.
pub(crate) fn write_integer(value: &str, min: Option<i128>, max: Option<i128>, out: &mut String) -> Result<(), Reason> {
    let (negative, digits) = integer(value, Reason::NotInteger)?;
    let at = out.len();
    let zeros = digits.bytes().take_while(|byte| matches!(byte, b'0' | b'_')).count();
    let significant = || digits.bytes().skip(zeros).filter(|byte| *byte != b'_').map(char::from);
    if significant().next().is_none() {
        out.push('0');
    } else {
        if negative {
            out.push('-');
        }
        out.extend(significant());
    }
    // What does not fit is beyond every bound, which has at most 64 bits.
    let beyond = if negative { i128::MIN } else { i128::MAX };
    let number = out[at..].parse().unwrap_or(beyond);
    if let Some(min) = min.filter(|min| number < *min) {
        return Err(Reason::BelowMinimum { min });
    }
    if let Some(max) = max.filter(|max| number > *max) {
        return Err(Reason::AboveMaximum { max });
    }
    Ok(())
}

/// Sign, and digits with single underscores between them.
fn integer(value: &str, otherwise: Reason) -> Result<(bool, &str), Reason> {
    if !value.is_ascii() {
        return Err(Reason::NotAsciiNumber);
    }
    let trimmed = trim(value);
    let (negative, digits) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let whole = digits.len() <= DIGITS_MAX && underscores_stand_between_digits(digits);
    if !whole || digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return Err(otherwise);
    }
    Ok((negative, digits))
}

/// Python's spaces within ASCII, but those four of them (0x1c to 0x1f) that `int` does not skip.
fn trim(value: &str) -> &str {
    value.trim_matches(|character| matches!(character, ' ' | '\t'..='\r'))
}

fn underscores_stand_between_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let between = |index: usize| index > 0 && digit(index - 1) && digit(index + 1);
    bytes.iter().enumerate().all(|(index, byte)| *byte != b'_' || between(index))
}

/// What makes the tokens of a number. clkhash multiplies by twice the resolution where its source divides (Vatsalan and Christen
/// 2015), so everything stays a whole number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Neighbourhood {
    /// Distance between two tokens: the threshold, in units of the last place that counts.
    interval: i128,
    resolution: i128,
    precision: u32,
}

impl Neighbourhood {
    pub(crate) fn new(distance: &Number, resolution: usize, precision: u32) -> Result<Self, String> {
        let too_large = || "\"thresholdDistance\" is too large to be exact".to_owned();
        let interval = if let Some(whole) = distance.as_u64() {
            10i128.checked_pow(precision).and_then(|scale| scale.checked_mul(i128::from(whole)))
        } else {
            let scaled = distance.as_f64().unwrap_or(f64::NAN) * scale(precision);
            whole(scaled.round_ties_even())
        };
        let interval = interval.ok_or_else(too_large)?;
        if interval <= 0 {
            return Err("\"thresholdDistance\" is 0 with this \"fractional_precision\"".to_owned());
        }
        if interval as f64 > DISTANCE_MAX {
            return Err(too_large());
        }
        let resolution = i128::try_from(resolution).expect("bounded by the schema");
        Ok(Self { interval, resolution, precision })
    }

    /// Number of tokens of every number.
    pub(crate) fn tokens(&self) -> usize {
        usize::try_from(2 * self.resolution + 1).expect("bounded by the schema")
    }

    /// Writes the tokens one after the other into `out`, each followed by a space, which is in none of them.
    pub(crate) fn write(&self, value: &str, out: &mut String) -> Result<(), Reason> {
        let centre = self.centre(value)?;
        let reach = self.resolution.checked_mul(self.interval).ok_or(Reason::NumberTooLarge)?;
        let first = centre.checked_sub(reach).ok_or(Reason::NumberTooLarge)?;
        centre.checked_add(reach).ok_or(Reason::NumberTooLarge)?;
        for step in 0..=2 * self.resolution {
            write!(out, "{} ", first + step * self.interval).expect("a String takes all");
        }
        Ok(())
    }

    /// The number on the grid that all numbers share.
    fn centre(&self, value: &str) -> Result<i128, Reason> {
        let scaled = self.scaled(value)?.checked_mul(2 * self.resolution).ok_or(Reason::NumberTooLarge)?;
        let residue = scaled.rem_euclid(self.interval);
        let up = residue != 0 && 2 * residue >= self.interval;
        let moved = if up { scaled.checked_add(self.interval - residue) } else { scaled.checked_sub(residue) };
        moved.ok_or(Reason::NumberTooLarge)
    }

    fn scaled(&self, value: &str) -> Result<i128, Reason> {
        match integer(value, Reason::NotNumber) {
            Ok((negative, digits)) => {
                let digits: String = digits.bytes().filter(|byte| *byte != b'_').map(char::from).collect();
                let number: i128 = digits.parse().map_err(|_| Reason::NumberTooLarge)?;
                let scale = 10i128.checked_pow(self.precision).ok_or(Reason::NumberTooLarge)?;
                let number = number.checked_mul(scale).ok_or(Reason::NumberTooLarge)?;
                Ok(if negative { -number } else { number })
            }
            Err(Reason::NotNumber) => {
                let number = float(value)?;
                let number = match self.precision {
                    0 => number.trunc(),
                    precision => (number * scale(precision)).round_ties_even(),
                };
                whole(number).ok_or(Reason::NumberTooLarge)
            }
            Err(reason) => Err(reason),
        }
    }
}

/// Ten to the power, as the nearest floating-point number.
fn scale(precision: u32) -> f64 {
    format!("1e{precision}").parse().expect("a number")
}

/// Python's `float`, for finite numbers.
fn float(value: &str) -> Result<f64, Reason> {
    let trimmed = trim(value);
    if trimmed.is_empty() || !underscores_stand_between_digits(trimmed) {
        return Err(Reason::NotNumber);
    }
    let text: String = trimmed.chars().filter(|character| *character != '_').collect();
    let number: f64 = text.parse().map_err(|_| Reason::NotNumber)?;
    if number.is_finite() { Ok(number) } else { Err(Reason::NotNumber) }
}

/// A floating-point number without fraction as an integer, if it fits.
fn whole(number: f64) -> Option<i128> {
    const BEYOND: f64 = 1.0e38;
    #[allow(clippy::cast_possible_truncation, reason = "it has no fraction and is within bounds")]
    (number.abs() < BEYOND).then_some(number as i128)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn canonical(value: &str) -> Result<String, Reason> {
        let mut out = String::new();
        write_integer(value, None, None, &mut out).map(|()| out)
    }

    fn tokens(distance: &str, resolution: usize, precision: u32, value: &str) -> Result<String, Reason> {
        let distance: Number = serde_json::from_str(distance).unwrap();
        let mut out = String::new();
        Neighbourhood::new(&distance, resolution, precision).unwrap().write(value, &mut out).map(|()| out)
    }

    #[test]
    fn integers_are_pythons() {
        // Each by str(int(value, 10)) of Python 3.11.
        for (value, expected) in [
            ("42", "42"),
            ("+42", "42"),
            (" -7", "-7"),
            ("\x0b5\r\n", "5"),
            ("1_0", "10"),
            ("-00_1", "-1"),
            ("-0", "0"),
            ("0_0", "0"),
            ("007", "7"),
            ("123456789012345678901234567890123456789012345", "123456789012345678901234567890123456789012345"),
        ] {
            assert_eq!(canonical(value).as_deref(), Ok(expected), "{value:?}");
        }
        let long = "1".repeat(4_301);
        let bad = [
            "", " ", "+", "_1", "1_", "1__0", "+ 1", "+-1", "--1", "0x1", "1.0", "1e3", "5\0", "\x1c5", "5\x1f", &long,
        ];
        for value in bad {
            assert_eq!(canonical(value), Err(Reason::NotInteger), "{value:?}");
        }
        for value in ["１２", "1\u{660}", "\u{2003}5", "é"] {
            assert_eq!(canonical(value), Err(Reason::NotAsciiNumber), "{value:?}");
        }
    }

    #[test]
    fn bounds_hold_for_numbers_of_any_length() {
        let check = |value: &str, min, max| write_integer(value, min, max, &mut String::new());
        assert_eq!(check("10", Some(10), Some(10)), Ok(()));
        assert_eq!(check("9", Some(10), None), Err(Reason::BelowMinimum { min: 10 }));
        assert_eq!(check("11", None, Some(10)), Err(Reason::AboveMaximum { max: 10 }));
        let long = "9".repeat(60);
        assert_eq!(check(&long, Some(10), None), Ok(()));
        assert_eq!(check(&long, None, Some(10)), Err(Reason::AboveMaximum { max: 10 }));
        assert_eq!(check(&format!("-{long}"), Some(10), None), Err(Reason::BelowMinimum { min: 10 }));
    }

    #[test]
    fn neighbourhoods_are_clkhashs() {
        // By NumericComparison of clkhash 0.18.3.
        for (distance, resolution, precision, value, expected) in [
            ("8", 2, 0, "25", "88 96 104 112 120 "),
            ("8", 2, 0, "26", "88 96 104 112 120 "),
            ("8", 2, 0, "24.99", "80 88 96 104 112 "),
            ("8", 2, 0, "-3", "-24 -16 -8 0 8 "),
            ("7", 2, 0, "5", "7 14 21 28 35 "),
            ("0.5", 3, 3, "53.567", "320000 320500 321000 321500 322000 322500 323000 "),
        ] {
            assert_eq!(tokens(distance, resolution, precision, value).as_deref(), Ok(expected), "{value}");
        }
    }

    #[test]
    fn floats_are_pythons() {
        for (value, expected) in [
            (".5", 0.5),
            ("5.", 5.0),
            ("5.e3", 5000.0),
            ("1_0.5", 10.5),
            ("1e1_0", 1e10),
            (" -.5e-3\n", -0.0005),
            ("1E+05", 1e5),
        ] {
            assert_eq!(float(value), Ok(expected), "{value}");
        }
        let bad = [
            "", ".", "e5", "1e", "1._5", "1_e5", "0x1p3", "1e 5", "inf", "-iNf", "nan", "infinity", "1e400", "1,5", "x",
        ];
        for value in bad {
            assert_eq!(float(value), Err(Reason::NotNumber), "{value}");
        }
        assert_eq!(tokens("8", 2, 0, "1e39"), Err(Reason::NumberTooLarge));
        assert_eq!(tokens("8", 2, 0, &"9".repeat(40)), Err(Reason::NumberTooLarge));
        assert_eq!(tokens("8", 2, 0, "٣"), Err(Reason::NotAsciiNumber));
    }

    #[test]
    fn distances_that_cannot_be_exact_are_refused() {
        for (distance, precision) in [("0.4", 0), ("0", 0), ("1e300", 0), ("-1", 3), ("9007199254740994", 0), ("1", 30)]
        {
            let distance: Number = serde_json::from_str(distance).unwrap();
            assert!(Neighbourhood::new(&distance, 1, precision).is_err(), "{distance}");
        }
    }
}
