//! A linkage schema of clkhash: which features there are, how a value is checked and cut into tokens, how many bits a token sets.
//!
//! In: the JSON text, version 1, 2 or 3. Out: [`ClkhashSchema`], in which everything that can be refused has been; and warnings.
//! Absent on purpose: guessing. What clkhash 0.18.3 refuses is refused, and so is what cannot be mirrored with certainty. What it
//! silently overlooks is overlooked too, with a [`SchemaWarning`].

mod feature;
mod object;
mod read;
mod upgrade;

use crate::format::Format;

/// Length in bits before folding, at most: an index is 16 bits.
pub const BITS_MAX: usize = 1 << 16;
/// Length of a schema file, at most: 63 features take some 30 kB; patterns and lists of values may take the rest.
pub const SCHEMA_BYTES_MAX: usize = 1 << 20;

/// A schema, valid by construction.
pub struct ClkhashSchema {
    pub(crate) bits: usize,
    pub(crate) folds: u32,
    pub(crate) kdf: KeyDerivation,
    pub(crate) features: Vec<Feature>,
    pub(crate) version: u8,
    pub(crate) warnings: Vec<SchemaWarning>,
}

/// Why a schema is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Not JSON.
    #[error("the schema is not JSON: line {line}, column {column}")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Above [`SCHEMA_BYTES_MAX`].
    #[error("the schema is longer than {SCHEMA_BYTES_MAX} bytes: is it the right file?")]
    TooLong,
    /// A statement that cannot stand.
    #[error("the schema's {place}: {problem}")]
    Invalid {
        /// Where, as in `features[2].format`.
        place: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// What clkhash overlooks without a word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SchemaWarning {
    /// `xorFolds` is documented and has no effect; `xor_folds` has.
    XorFoldsWithoutEffect,
    /// A key that nothing reads.
    UnusedKey {
        /// Where, as in `features[2].hashing.comparison`.
        place: String,
        /// The key.
        key: String,
    },
    /// clkhash takes the type only where it is told not to validate schemas.
    LegacyKeys,
}

impl std::fmt::Display for SchemaWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::XorFoldsWithoutEffect => f.write_str(
                "clkConfig.xorFolds has no effect in clkhash, which reads xor_folds, so nothing is folded for it here either; \
                 agree with the other party on one of the two names",
            ),
            Self::UnusedKey { place, key } => {
                write!(f, "{place}: nothing reads \"{key}\", in clkhash neither; is it misspelt?")
            }
            Self::LegacyKeys => f.write_str(
                "kdf type legacy gives every feature the same key, and clkhash takes it only without validation of schemas; \
                 use HKDF",
            ),
        }
    }
}

/// How keys are made.
pub(crate) struct KeyDerivation(pub(crate) Kdf);

pub(crate) enum Kdf {
    Hkdf { hash: KdfHash, salt: Vec<u8>, info: Vec<u8>, key_size: usize },
    Legacy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KdfHash {
    Sha256,
    Sha512,
}

impl KdfHash {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// One column of the file.
pub(crate) struct Feature {
    pub(crate) identifier: String,
    /// None for a feature that is ignored. It still counts in the derivation of keys.
    pub(crate) used: Option<Used>,
}

/// How a feature that is not ignored becomes bits.
pub(crate) struct Used {
    pub(crate) format: Format,
    pub(crate) missing: Option<Missing>,
    pub(crate) encoding: TextEncoding,
    pub(crate) comparison: Comparison,
    pub(crate) strategy: Strategy,
    pub(crate) hash: TokenHash,
}

/// A value that stands for none, and what takes its place. It is neither checked nor formatted.
pub(crate) struct Missing {
    pub(crate) sentinel: String,
    pub(crate) value: String,
}

/// How the characters of a token become bytes. Those of 16 and 32 bits have a byte-order mark and are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextEncoding {
    Ascii,
    Utf8,
    Utf16,
    Utf32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Comparison {
    Ngram { n: usize, positional: bool },
    Exact,
    Numeric(crate::number::Neighbourhood),
}

/// How many bits a token sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    PerToken(usize),
    PerFeature(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenHash {
    Blake,
    Double { prevent_singularity: bool },
}

impl ClkhashSchema {
    /// Parses a schema.
    ///
    /// # Errors
    /// [`SchemaError`] that names the place and what to change.
    pub fn parse(json: &str) -> Result<Self, SchemaError> {
        read::parse(json)
    }

    /// What clkhash overlooks without a word, and a reader should know.
    pub fn warnings(&self) -> &[SchemaWarning] {
        &self.warnings
    }

    /// The version of the file: 1, 2 or 3.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Names of the columns, in order, ignored ones included.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(|feature| feature.identifier.as_str())
    }

    /// Length of a CLK in bits.
    pub fn clk_bits(&self) -> usize {
        self.bits >> self.folds
    }

    /// Length of a CLK in bytes; the last bits of the last byte are zeros where the bits do not fill it.
    pub fn clk_bytes(&self) -> usize {
        self.clk_bits().div_ceil(8)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
