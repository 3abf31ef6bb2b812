//! Values checked and formatted as clkhash does it: nothing is trimmed, folded or normalised.
//!
//! In: a value as it stands in the file. Out: the text that is cut into tokens; or the reason why not.
//! Absent on purpose: the missing value's sentinel, which is neither checked nor formatted; see the encoder.

use std::collections::BTreeSet;

use crate::date::DateFormat;
use crate::number;
use crate::pattern::Pattern;
use crate::reason::Reason;

/// What a value must be.
pub(crate) enum Format {
    Text { case: Case, min: usize, max: usize },
    Pattern(Pattern),
    Integer { min: Option<i128>, max: Option<i128> },
    Date(DateFormat),
    Enum(BTreeSet<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Upper,
    Lower,
    Mixed,
}

impl Format {
    /// Checks a value and appends it, formatted, to `out`.
    pub(crate) fn write(&self, value: &str, out: &mut String) -> Result<(), Reason> {
        match self {
            Self::Text { case, min, max } => check_text(value, *case, *min, *max)?,
            Self::Pattern(pattern) if !pattern.matches(value) => return Err(Reason::NotOfPattern),
            Self::Enum(values) if !values.contains(value) => return Err(Reason::NotOfEnum),
            Self::Integer { min, max } => return number::write_integer(value, *min, *max, out),
            Self::Date(format) => return format.write(value, out),
            Self::Pattern(_) | Self::Enum(_) => {}
        }
        out.push_str(value);
        Ok(())
    }
}

/// Lengths are in characters. A case is right if changing to it changes nothing, so digits and marks have both.
fn check_text(value: &str, case: Case, min: usize, max: usize) -> Result<(), Reason> {
    if min > 0 || max < value.len() {
        let length = value.chars().count();
        if length < min {
            return Err(Reason::TooShort { min });
        }
        if length > max {
            return Err(Reason::TooLong { max });
        }
    }
    let ascii = value.is_ascii();
    match case {
        Case::Upper if ascii && value.bytes().any(|byte| byte.is_ascii_lowercase()) => Err(Reason::NotUpperCase),
        Case::Lower if ascii && value.bytes().any(|byte| byte.is_ascii_uppercase()) => Err(Reason::NotLowerCase),
        Case::Upper if !ascii && value.to_uppercase() != value => Err(Reason::NotUpperCase),
        Case::Lower if !ascii && value.to_lowercase() != value => Err(Reason::NotLowerCase),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_length_are_pythons() {
        // Each by str.upper, str.lower and len of Python 3.11.
        for (value, upper, lower) in [
            ("ABC", true, false),
            ("abc", false, true),
            ("O'BRIEN-9", true, false),
            ("42 -", true, true),
            ("", true, true),
            ("ÉOIN", true, false),
            ("STRAßE", false, false),
            ("STRASSE", true, false),
            ("ΟΔΟΣ", true, false),
            ("οδος", false, true),
            ("οδοσ", false, true),
            ("ŉ", false, true),
            ("ª", true, true),
            ("ǅ", false, false),
        ] {
            assert_eq!(check_text(value, Case::Upper, 0, usize::MAX).is_ok(), upper, "{value}");
            assert_eq!(check_text(value, Case::Lower, 0, usize::MAX).is_ok(), lower, "{value}");
            assert_eq!(check_text(value, Case::Mixed, 0, usize::MAX), Ok(()));
        }
        for (value, min, max, expected) in [
            ("ÉO", 2, 2, Ok(())),
            ("ÉO", 3, 9, Err(Reason::TooShort { min: 3 })),
            ("ÉOI", 0, 2, Err(Reason::TooLong { max: 2 })),
            ("", 1, 2, Err(Reason::TooShort { min: 1 })),
            ("e\u{301}", 2, 2, Ok(())),
        ] {
            assert_eq!(check_text(value, Case::Mixed, min, max), expected, "{value}");
        }
    }
}
