//! An extract on disk: Parquet tables and a signed manifest; write, check, read.
//!
//! In: rows that a custodian's pseudonymisation made, or a folder that came over a border. Out: a folder that DuckDB and
//! pandas open, or rows of which every value has been checked against the agreement.
//! Absent on purpose: identifiers, keys, signing, clocks. A signature is put under the manifest by whoever holds the key.
//!
//! # The folder
//! | file | rows | columns |
//! |---|---|---|
//! | `people.parquet` | one a person | `person_ref`, `token_<match key>`, `block_<blocking rule>`, `clk`, agreed variables |
//! | `events.parquet` | one an event; only if the dataset has event codes | `person_ref`, `event`, `date`, agreed variables |
//! | `measures.parquet` | one a score; only if the dataset has measures | `person_ref`, `measure`, `date`, `score` |
//! | `former_tokens.parquet` | one a token of a superseded NHS number; only if there is any | `person_ref`, `match_key`, `token` |
//! | `manifest.note` | | what the tables are, signed by the custodian |
//!
//! `person_ref` is an unsigned 64-bit whole number; a token has 16 bytes, a blocking token 8. A CLK has its bits / 8
//! bytes, and bit `i` of the CLK is bit `i mod 8`, counted from the least significant, of byte `i / 8`. A code is text
//! from the agreed list, a whole number has 32 bits, a date is a Parquet `DATE`. A missing value is null. A `match_key` is
//! the name of one that has an NHS number among its parts.
//!
//! # Order
//! People stand in the order of `person_ref`; events and measures in that of person, date, code and values; former tokens
//! in that of person, the schema's match keys, token. A
//! `person_ref` is a keyed hash under a key that is thrown away once the extract is written, so this order is the
//! shuffle: it says nothing about the order of the custodian's file. The same rows give the same bytes whatever order
//! they came in. On Unix the folder is its owner's alone (mode 0700).

mod error;
mod layout;

mod assemble;
mod spool;
mod table_writer;
mod writer;

mod manifest;

mod extract;
mod table_reader;

mod inspect;

pub use error::{CellProblem, ColumnProblem, ExtractError, ManifestError, RowGroupProblem};
pub use extract::{Extract, ExtractFile};
pub use inspect::{
    AsInManifest, ColumnKind, Distinct, Finding, FindingReason, InspectedColumn, InspectedTable, Inspection, Signature,
    inspect,
};
pub use layout::{EVENT_DAY_FIRST, EVENT_DAY_LAST, Table};
pub use manifest::{Manifest, ManifestFacts, TableFacts, manifest_digest, parse_manifest};
pub use table_writer::ROW_GROUP_ROWS;
pub use writer::{ExtractWriter, LeftOut, LeftOutReason, TableSummary, UnsignedExtract, WriteSummary};

/// Name of the signed manifest in an extract's folder.
pub const MANIFEST_FILE: &str = "manifest.note";
