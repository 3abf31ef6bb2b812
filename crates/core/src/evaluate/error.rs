//! Why a schema could not be tried. Names files, lines and columns; values never.

use std::io;

use counterfoil_linkage::LinkageError;
use counterfoil_pseudonym::intake::FileError;

/// Why a schema could not be tried on two files.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The schema does not say where the file keeps its fields.
    #[error("the linkage schema has neither [columns.{dataset}] nor [columns.default]; it has columns for: {known}")]
    NoColumns {
        /// The dataset that was asked for.
        dataset: String,
        /// The datasets there are.
        known: String,
    },
    /// A people file is not one that can be read.
    #[error(transparent)]
    People(#[from] FileError),
    /// A file cannot be opened, or read to its end.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A row of the truth is no pair.
    #[error(
        "{file}: line {line} has {columns} columns; a truth file has two: a record of the left file, a record of the right file"
    )]
    TruthColumns {
        /// The file.
        file: String,
        /// The line on which the row starts.
        line: u64,
        /// Its columns.
        columns: usize,
    },
    /// The truth has no pair, or none whose two records are in the files.
    #[error(
        "{file}: none of its {pairs} pairs names a record of the left file, then a record of the right file; its first line is taken for headers"
    )]
    TruthUnknown {
        /// The file.
        file: String,
        /// Its pairs.
        pairs: u64,
    },
    /// The two files cannot be linked under the schema.
    #[error(transparent)]
    Linkage(#[from] LinkageError),
}
