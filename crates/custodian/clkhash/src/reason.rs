//! Why a row cannot be encoded: the feature and what to do, never the value.

use std::sync::Arc;

/// What is wrong with a row or with one of its values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    /// More or fewer fields than the schema has features.
    #[error("has {found} fields where the schema has {expected} features: is a quote missing around a comma?")]
    Fields {
        /// Fields of the row.
        found: usize,
        /// Features of the schema.
        expected: usize,
    },
    /// An empty line.
    #[error("is an empty line, which clkhash refuses: take it out")]
    BlankLine,
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8 text: save the file as UTF-8")]
    NotUtf8,
    /// A carriage return in a field.
    #[error("has a carriage return: what clkhash makes of it depends on how the file was opened; take it out")]
    CarriageReturn,
    /// A field above the limit of Python's csv module.
    #[error("is longer than {FIELD_CHARACTERS_MAX} characters, the limit of clkhash")]
    FieldTooLong,
    /// A character that the feature's encoding does not have.
    #[error("has a character that ASCII, the feature's encoding, does not have")]
    NotAscii,
    /// Too few characters.
    #[error("is shorter than minLength {min}")]
    TooShort {
        /// The least length.
        min: usize,
    },
    /// Too many characters.
    #[error("is longer than maxLength {max}")]
    TooLong {
        /// The greatest length.
        max: usize,
    },
    /// Small letters where large ones are asked for.
    #[error("is not in upper case")]
    NotUpperCase,
    /// Large letters where small ones are asked for.
    #[error("is not in lower case")]
    NotLowerCase,
    /// Not what the pattern says.
    #[error("does not match the feature's pattern")]
    NotOfPattern,
    /// None of the listed values.
    #[error("is none of the feature's values")]
    NotOfEnum,
    /// No date of the format.
    #[error("is no date of the feature's format; numbers in it that touch each other need all their digits")]
    NotDate,
    /// No whole number.
    #[error("is no whole number")]
    NotInteger,
    /// Below the minimum.
    #[error("is less than minimum {min}")]
    BelowMinimum {
        /// The minimum.
        min: i128,
    },
    /// Above the maximum.
    #[error("is more than maximum {max}")]
    AboveMaximum {
        /// The maximum.
        max: i128,
    },
    /// No number.
    #[error("is no number")]
    NotNumber,
    /// Digits or spaces outside ASCII, which Python takes in a number or a date and we do not.
    #[error("has digits, spaces or signs that are not ASCII: write numbers and dates with the digits 0 to 9")]
    NotAsciiNumber,
    /// Beyond the arithmetic here.
    #[error("is a number too large to be encoded")]
    NumberTooLarge,
}

/// Characters of a field, at most: `csv.field_size_limit()` of Python.
pub const FIELD_CHARACTERS_MAX: usize = 131_072;

/// What is wrong with a row, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowProblem {
    /// The feature, by the schema's name; none if it is of the whole row.
    pub feature: Option<Arc<str>>,
    /// What is wrong.
    pub reason: Reason,
}

impl RowProblem {
    pub(crate) fn of_row(reason: Reason) -> Self {
        Self { feature: None, reason }
    }
}

impl std::fmt::Display for RowProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.feature {
            Some(feature) => write!(f, "{feature}: {}", self.reason),
            None => write!(f, "the row {}", self.reason),
        }
    }
}
