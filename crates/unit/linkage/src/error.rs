//! Why two extracts cannot be linked under a schema. Says which side and which number; rows and tokens never.

use std::fmt;

use counterfoil_model::PEOPLE_MAX;

/// One of the two extracts, as it was passed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first.
    Left,
    /// The second.
    Right,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "left",
            Self::Right => "right",
        })
    }
}

/// Why two extracts cannot be linked under a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkageError {
    /// More rows than row numbers are for.
    #[error("the {side} extract has {rows} people; at most {PEOPLE_MAX} can be linked")]
    Rows {
        /// Which extract.
        side: Side,
        /// Its rows.
        rows: u64,
    },
    /// Other match keys or blocking rules than the schema's: the extract was made under another schema.
    #[error(
        "the {side} extract has {found} columns of {what} and the linkage schema declares {declared}: use the schema that it was made under"
    )]
    Columns {
        /// Which extract.
        side: Side,
        /// Tokens or blocking tokens.
        what: &'static str,
        /// Columns in the extract.
        found: usize,
        /// Columns in the schema.
        declared: usize,
    },
    /// CLKs of another length than the schema's: the extract was made under another schema.
    #[error(
        "the {side} extract has CLKs of {found} bits and the linkage schema declares {declared}: use the schema that it was made under"
    )]
    ClkBits {
        /// Which extract.
        side: Side,
        /// Length in the extract.
        found: usize,
        /// Length in the schema.
        declared: usize,
    },
    /// A decision that would need pairs that the comparison did not keep.
    #[error(
        "the decision needs pairs from a match weight of {needed_millibits} millibits and the comparison kept them from {kept_millibits}: compare again with a lower rule"
    )]
    NotKept {
        /// Least weight that the decision needs.
        needed_millibits: i32,
        /// Least weight that was kept.
        kept_millibits: i32,
    },
}
