//! What is in an extract, for somebody who has nothing but the folder: an information-governance officer who wants to
//! see for herself that no identifier leaves.
//!
//! In: a folder, however it was made. Out: every file, table and column, what it is in words, how full and how varied it
//! is, and a list of findings: whatever looks like an identifier or should not be there. No finding means that nothing
//! here looks like one.
//! Absent on purpose: trust in the manifest. Nothing is skipped because the manifest or a column's name says so. Values
//! are shown only where they are codes, whole numbers or dates; the reader is at the custodian, and they are hers.

mod scan;
mod suspicion;

use std::fmt;
use std::fs;
use std::path::Path;

use counterfoil_audit::{NoteKey, parse_signed_note, verify_note};

use crate::MANIFEST_FILE;
use crate::error::ExtractError;
use crate::extract::{file_digest, read_note};
use crate::layout::Table;
use crate::manifest::{Manifest, parse_manifest};

/// What is in a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// What the manifest says, if there is one that can be read.
    pub manifest: Option<Manifest>,
    /// Who signed it.
    pub signature: Signature,
    /// The tables that are there, people first.
    pub tables: Vec<InspectedTable>,
    /// Whatever looks like an identifier or should not be there; empty when nothing does.
    pub findings: Vec<Finding>,
}

/// What is known about the manifest's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// There is no signed manifest.
    Absent,
    /// These names are under it; nobody checked.
    Claimed(Vec<String>),
    /// The key given has signed it.
    Verified(String),
    /// The key given has not signed it.
    Refused(String),
}

/// One Parquet file.
#[derive(Debug, Clone, PartialEq)]
pub struct InspectedTable {
    /// Which table.
    pub table: Table,
    /// Its rows.
    pub rows: u64,
    /// The file's length.
    pub bytes: u64,
    /// Whether rows, length and SHA-256 are the manifest's.
    pub as_in_manifest: AsInManifest,
    /// Its columns.
    pub columns: Vec<InspectedColumn>,
}

/// Whether a file is the one of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsInManifest {
    /// Rows, length and SHA-256 are the manifest's.
    Same,
    /// They are others.
    Different,
    /// The manifest does not have the file, or there is no manifest.
    Unlisted,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct InspectedColumn {
    /// Its name.
    pub name: String,
    /// Its Parquet type, such as `FIXED_LEN_BYTE_ARRAY(16)`.
    pub parquet_type: String,
    /// What it is; displayed in words.
    pub kind: ColumnKind,
    /// Values that are there.
    pub non_null: u64,
    /// Different values.
    pub distinct: Distinct,
    /// Each code and how often it stands; for columns of codes only.
    pub codes: Vec<(String, u64)>,
    /// Least whole number or first day.
    pub smallest: Option<String>,
    /// Greatest whole number or last day.
    pub largest: Option<String>,
}

/// What a column is, by its name and type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Joins the tables of this extract.
    PersonRef,
    /// Stands for a match key.
    Token,
    /// Stands for a match key with a number that the person had before.
    FormerToken,
    /// Stands for a blocking rule.
    BlockingToken,
    /// Of this many bits.
    Clk(u32),
    /// A code.
    Code,
    /// A whole number.
    Integer,
    /// A day.
    Date,
    /// Something that no extract has.
    Other,
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PersonRef => f.write_str("reference made for this extract, 8 bytes"),
            Self::Token => f.write_str("keyed token, 16 bytes"),
            Self::FormerToken => f.write_str("keyed token of a superseded NHS number, 16 bytes"),
            Self::BlockingToken => f.write_str("keyed blocking token, 8 bytes"),
            Self::Clk(bits) => write!(f, "keyed CLK, {bits} bits"),
            Self::Code => f.write_str("agreed variable: code"),
            Self::Integer => f.write_str("agreed variable: whole number"),
            Self::Date => f.write_str("agreed variable: date"),
            Self::Other => f.write_str("something that no extract has"),
        }
    }
}

/// How many different values there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distinct {
    /// Counted.
    Exactly(u64),
    /// More than this many.
    MoreThan(u64),
}

/// Something that looks like an identifier or should not be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file.
    pub file: String,
    /// The column, if it is about one.
    pub column: Option<String>,
    /// What.
    pub reason: FindingReason,
}

/// What looks like an identifier or should not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum FindingReason {
    /// A file beside tables and manifest.
    #[error("is no file of an extract: take it out of the folder")]
    OtherFile,
    /// No manifest, or one that cannot be read.
    #[error("is missing or cannot be read")]
    NoManifest,
    /// The key given has not signed the manifest.
    #[error("is not signed by the key given")]
    Signature,
    /// A table that the manifest does not have.
    #[error("is not in the manifest")]
    Unlisted,
    /// A table that is not the manifest's.
    #[error("is not the file that the manifest describes")]
    Different,
    /// A table of the manifest that is not there.
    #[error("is in the manifest but not in the folder")]
    Missing,
    /// Texts in the Parquet footer.
    #[error("carries key-value metadata, which can hold anything")]
    Metadata,
    /// A name or a type that no extract has.
    #[error("has a type that no column of an extract has")]
    Type,
    /// The name says it is an identifier.
    #[error("has the name of an identifier")]
    IdentifierName,
    /// Long text.
    #[error("holds text of more than 64 bytes")]
    LongText,
    /// Text that is no code.
    #[error("holds text that is no code (capital letters, spaces, marks)")]
    NotCode,
    /// More different texts than an agreement can list.
    #[error("holds more different codes than an agreement can list")]
    ManyCodes,
    /// Ten digits of which the last fits.
    #[error("holds numbers that look like NHS numbers")]
    NhsNumber,
    /// Readable or mostly empty bytes where a keyed hash should be.
    #[error("should be the output of a keyed function, but holds readable text or small numbers")]
    NotKeyed,
    /// Days of many years.
    #[error("holds dates spread over more than 60 years, as dates of birth are")]
    BirthDates,
}

/// Looks at everything in a folder. With a custodian's key, the manifest's signature is verified too.
///
/// # Errors
/// [`ExtractError::Io`], or [`ExtractError::Parquet`] and [`ExtractError::Malformed`] for a table that cannot be read.
pub fn inspect(folder: &Path, key: Option<&NoteKey>) -> Result<Inspection, ExtractError> {
    let mut findings = Vec::new();
    let (manifest, signature) = inspect_manifest(folder, key, &mut findings);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(ExtractError::io("read", folder))? {
        names.push(entry.map_err(ExtractError::io("read", folder))?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    for name in &names {
        if name != MANIFEST_FILE && Table::ALL.iter().all(|table| table.file_name() != name) {
            findings.push(finding(name, None, FindingReason::OtherFile));
        }
    }
    let mut tables = Vec::new();
    for table in Table::ALL {
        let listed = manifest.as_ref().and_then(|manifest| manifest.table(table));
        if names.iter().any(|name| name == table.file_name()) {
            tables.push(inspect_table(folder, table, manifest.as_ref(), &mut findings)?);
        } else if listed.is_some() || table == Table::People {
            findings.push(finding(table.file_name(), None, FindingReason::Missing));
        }
    }
    findings.sort_unstable();
    Ok(Inspection { manifest, signature, tables, findings })
}

fn finding(file: &str, column: Option<&str>, reason: FindingReason) -> Finding {
    Finding { file: file.to_owned(), column: column.map(str::to_owned), reason }
}

fn inspect_manifest(
    folder: &Path,
    key: Option<&NoteKey>,
    findings: &mut Vec<Finding>,
) -> (Option<Manifest>, Signature) {
    let note = read_note(&folder.join(MANIFEST_FILE)).ok().and_then(|bytes| parse_signed_note(&bytes).ok());
    let Some(note) = note else {
        findings.push(finding(MANIFEST_FILE, None, FindingReason::NoManifest));
        return (None, Signature::Absent);
    };
    let manifest = parse_manifest(note.text().as_str()).ok();
    if manifest.is_none() {
        findings.push(finding(MANIFEST_FILE, None, FindingReason::NoManifest));
    }
    let signature = match key {
        None => Signature::Claimed(note.signatures().iter().map(|signature| signature.name().to_string()).collect()),
        Some(key) => match verify_note(&note, std::slice::from_ref(key)) {
            Ok(_) => Signature::Verified(key.name().to_string()),
            Err(error) => {
                findings.push(finding(MANIFEST_FILE, None, FindingReason::Signature));
                Signature::Refused(error.to_string())
            }
        },
    };
    (manifest, signature)
}

fn inspect_table(
    folder: &Path,
    table: Table,
    manifest: Option<&Manifest>,
    findings: &mut Vec<Finding>,
) -> Result<InspectedTable, ExtractError> {
    let file = table.file_name();
    let path = folder.join(file);
    let (bytes, sha256) = file_digest(&path)?;
    let scanned = scan::scan(&path, file)?;
    if scanned.has_metadata {
        findings.push(finding(file, None, FindingReason::Metadata));
    }
    let as_in_manifest = match manifest.and_then(|manifest| manifest.table(table)) {
        None => AsInManifest::Unlisted,
        Some(facts) if (facts.rows, facts.bytes, facts.sha256) == (scanned.rows, bytes, sha256) => AsInManifest::Same,
        Some(_) => AsInManifest::Different,
    };
    match as_in_manifest {
        AsInManifest::Same => {}
        AsInManifest::Different => findings.push(finding(file, None, FindingReason::Different)),
        AsInManifest::Unlisted => findings.push(finding(file, None, FindingReason::Unlisted)),
    }
    let mut columns = Vec::with_capacity(scanned.columns.len());
    for (column, reasons) in scanned.columns {
        findings.extend(reasons.into_iter().map(|reason| finding(file, Some(&column.name), reason)));
        columns.push(column);
    }
    Ok(InspectedTable { table, rows: scanned.rows, bytes, as_in_manifest, columns })
}
