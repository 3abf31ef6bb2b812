//! Short machine names: lower-case letters, digits, `-` and `_`. They are safe in files, logs and URIs, and too
//! short and too plain to carry a person's details by accident.

use std::fmt;

/// Longest code in bytes.
const CODE_BYTES_MAX: usize = 64;

/// Why a text is not a code. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing there.
    #[error("is empty; write a short name such as `nel-icb`")]
    Empty,
    /// Longer than 64 bytes.
    #[error("is longer than 64 characters")]
    TooLong,
    /// Something other than lower-case letters, digits, `-`, `_`, or a first character that is not a letter or digit.
    #[error("may hold only lower-case letters, digits, `-` and `_`, and starts with a letter or digit")]
    Character,
}

/// A short machine name: 1 to 64 of `a-z 0-9 - _`, first a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

impl Code {
    /// Parses a code.
    ///
    /// # Errors
    /// [`CodeError`] when the text is empty, too long or holds another character.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if text.is_empty() {
            return Err(CodeError::Empty);
        }
        if text.len() > CODE_BYTES_MAX {
            return Err(CodeError::TooLong);
        }
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let mut bytes = text.bytes();
        let first_is_plain = bytes.next().is_some_and(plain);
        if first_is_plain && bytes.all(|b| plain(b) || b == b'-' || b == b'_') {
            Ok(Self(text.to_owned()))
        } else {
            Err(CodeError::Character)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Code {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::parse(text)
    }
}

impl<'de> serde::Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| serde::de::Error::custom(format!("a name here {error}")))
    }
}

macro_rules! named_code {
    ($(#[$doc:meta] $name:ident;)*) => {$(
        #[$doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Code);

        impl $name {
            /// Parses the name.
            ///
            /// # Errors
            /// [`CodeError`] when the text is not a [`Code`].
            pub fn parse(text: &str) -> Result<Self, CodeError> {
                Code::parse(text).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = CodeError;
            fn from_str(text: &str) -> Result<Self, CodeError> {
                Self::parse(text)
            }
        }
    )*};
}

named_code! {
    /// Names a data-sharing agreement.
    AgreementId;
    /// Names a party of an agreement.
    PartyId;
    /// Names a dataset that an agreement lets a custodian submit.
    DatasetId;
    /// Names a linkage schema.
    SchemaId;
    /// Names a study.
    StudyId;
    /// Names one submission of an extract; chosen by the custodian, so that sending again is harmless.
    SubmissionId;
    /// Names one linkage run; made from what went in, so that asking again finds the same run.
    RunId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_plain_names() {
        for good in ["a", "nel-icb", "imd_decile", "2026-q1", &"a".repeat(64)] {
            assert_eq!(Code::parse(good).map(|c| c.to_string()), Ok(good.to_owned()));
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        assert_eq!(Code::parse(""), Err(CodeError::Empty));
        assert_eq!(Code::parse(&"a".repeat(65)), Err(CodeError::TooLong));
        for bad in ["-a", "_a", "A", "a b", "a/b", "a.b", "é", "a\n", "943 476 5919", "../x"] {
            let error = Code::parse(bad).expect_err(bad);
            assert_eq!(error, CodeError::Character);
            assert!(!error.to_string().contains(bad));
        }
    }
}
