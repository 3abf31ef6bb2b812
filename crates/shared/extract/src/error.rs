//! Why an extract is not written, or not believed. Messages name the file, column and row, and never a value.

use std::io;
use std::path::{Path, PathBuf};

use counterfoil_audit::{NoteError, RecordError};
use counterfoil_model::{AgreementError, DatasetId, ValueError};

use crate::layout::Table;

/// Why an extract is not written, or not believed.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The operating system refused.
    #[error("cannot {action} {path}: {cause}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Nothing is overwritten.
    #[error("{path} is there already and not an empty folder: name a folder that does not exist yet")]
    OutputInUse {
        /// The folder asked for.
        path: PathBuf,
    },
    /// The agreement gives the dataset no such table.
    #[error("{table} line {line}: the agreement gives the dataset no {table} table")]
    NoTable {
        /// The table.
        table: Table,
        /// Line of the custodian's file.
        line: u64,
    },
    /// A row was made for another schema or another agreement.
    #[error(
        "{table} line {line}: the row has another number of tokens or values than the linkage schema and the agreement"
    )]
    RowShape {
        /// The table.
        table: Table,
        /// Line of the custodian's file.
        line: u64,
    },
    /// A value to be written is not what the agreement lets it be.
    #[error("{table} line {line}: {column} {problem}")]
    RowValue {
        /// The table.
        table: Table,
        /// Line of the custodian's file.
        line: u64,
        /// The column.
        column: String,
        /// What is wrong with it.
        problem: ValueError,
    },
    /// More people than agreed.
    #[error("the people table has {rows} rows, but the agreement permits {people_max}")]
    TooManyPeople {
        /// Rows there.
        rows: u64,
        /// Rows permitted.
        people_max: u64,
    },
    /// The manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest is not signed as it must be.
    #[error("manifest.note: {0}")]
    Signature(#[from] NoteError),
    /// A signature under another text.
    #[error("the signed note is not this extract's manifest: sign the text that the writer gave")]
    OtherText,
    /// The agreement does not have the dataset.
    #[error("manifest.note: the agreement has no dataset {dataset}")]
    UnknownDataset {
        /// The dataset named.
        dataset: DatasetId,
    },
    /// The manifest and the agreement, or the linkage schema, differ.
    #[error("manifest.note: {field} is {found}, but the agreement and its linkage schema say {agreed}")]
    Terms {
        /// The manifest's key.
        field: &'static str,
        /// As in the manifest.
        found: String,
        /// As agreed.
        agreed: String,
    },
    /// The linkage schema is not the agreed one.
    #[error(transparent)]
    Schema(#[from] AgreementError),
    /// The file's length is not the manifest's.
    #[error("{file} has {found} bytes, but the manifest says {declared}: the file is not the one that was signed")]
    FileBytes {
        /// The file.
        file: &'static str,
        /// Its length.
        found: u64,
        /// The manifest's.
        declared: u64,
    },
    /// The file's SHA-256 is not the manifest's.
    #[error("{file} has another SHA-256 than the manifest says: the file is not the one that was signed")]
    FileDigest {
        /// The file.
        file: &'static str,
    },
    /// Not Parquet, or Parquet that cannot be read.
    #[error("{file} cannot be read as Parquet: {cause}")]
    Parquet {
        /// The file.
        file: String,
        /// What the Parquet library said.
        cause: String,
    },
    /// A Parquet file so malformed that the library gave up.
    #[error("{file} cannot be read as Parquet: it is malformed")]
    Malformed {
        /// The file.
        file: String,
    },
    /// The footer carries texts of its own.
    #[error("{file} carries key-value metadata, which no extract has: write it with counterfoil")]
    Metadata {
        /// The file.
        file: &'static str,
    },
    /// Not the columns agreed.
    #[error("{file}: column {column} {problem}")]
    Column {
        /// The file.
        file: &'static str,
        /// The column, cut to 64 characters.
        column: String,
        /// What is wrong with it.
        problem: ColumnProblem,
    },
    /// A row group beyond its limits.
    #[error("{file}: row group {row_group} {problem}")]
    RowGroup {
        /// The file.
        file: &'static str,
        /// Which, from 0.
        row_group: usize,
        /// What is wrong with it.
        problem: RowGroupProblem,
    },
    /// Not the number of rows signed.
    #[error("{file} has {found} rows, but the manifest says {declared}")]
    Rows {
        /// The file.
        file: &'static str,
        /// Rows there.
        found: u64,
        /// Rows signed.
        declared: u64,
    },
    /// A value that may not stand where it stands.
    #[error("{file} row {row}: {column} {problem}")]
    Cell {
        /// The file.
        file: &'static str,
        /// Row, from 0.
        row: u64,
        /// The column.
        column: String,
        /// What is wrong with it.
        problem: CellProblem,
    },
}

impl ExtractError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { action, path, cause }
    }
}

/// What is wrong with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ColumnProblem {
    /// Agreed, and not there.
    #[error("is missing")]
    Missing,
    /// There, and not agreed. Extra columns are never dropped in silence: the whole file is refused.
    #[error("is not agreed: the whole file is refused")]
    Extra,
    /// Of another Parquet type.
    #[error("has another type, or stands in another place, than agreed")]
    Type,
}

/// What is wrong with a row group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowGroupProblem {
    /// No rows, or too many.
    #[error("does not have 1 to {} rows", crate::ROW_GROUP_ROWS)]
    Rows,
    /// A column chunk is larger than its rows can need.
    #[error("declares more bytes than its rows can need")]
    Bytes,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CellProblem {
    /// A null where there must be a value.
    #[error("is missing")]
    Missing,
    /// Not what the agreement lets it be.
    #[error("{0}")]
    Value(ValueError),
    /// Not in order, or there twice.
    #[error("is not in the order of an extract, or is there twice")]
    Order,
    /// Of nobody.
    #[error("is not among the people of the extract")]
    NotInPeople,
    /// A former token without a current one.
    #[error("is one of which the person has no current token")]
    NoCurrentToken,
    /// More former tokens than a row's former numbers can have.
    #[error("is one more than a person's former numbers can have")]
    TooMany,
}

/// Why a manifest cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not a record of its type.
    #[error("manifest: {0}")]
    Record(#[from] RecordError),
    /// A value that is not what its key asks for.
    #[error("manifest: {field} must be {expected}")]
    Field {
        /// The key.
        field: &'static str,
        /// What is expected.
        expected: &'static str,
    },
    /// The same facts in another order or spelling: two texts for one manifest would have two digests.
    #[error("manifest: its lines are not in the one order and spelling that a manifest has")]
    Spelling,
    /// Not a text that can be signed.
    #[error("manifest: {0}")]
    Text(#[from] NoteError),
}
