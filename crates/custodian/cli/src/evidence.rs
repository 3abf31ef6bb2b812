//! A log entry in three files: the leaf, the opening of its commitment, and the offline proof that the log holds it.
//!
//! In: an entry as the unit sent it, or a folder. Out: files that any C2SP tool can check; and one entry, verified.
//! Absent on purpose: belief. What is read from files is read, and verified by whoever uses it.

use std::path::Path;

use counterfoil_audit::{
    LeafIndex, NoteKey, OPENING_RECORD_BYTES_MAX, OfflineProof, leaf_hash, parse_entry, parse_offline_proof,
    parse_opening, parse_signed_note, verify_checkpoint, verify_inclusion, verify_opening,
};
use counterfoil_release::{Evidence, LogRecord};

use crate::error::StepError;

/// An entry has about 110 bytes.
const ENTRY_BYTES_MAX: u64 = 4_096;
/// A proof has at most 63 hashes of 45 bytes, and a checkpoint.
const PROOF_BYTES_MAX: u64 = 1 << 21;
const OPENING_BYTES_MAX: u64 = 2 * OPENING_RECORD_BYTES_MAX as u64;

/// The three files of one entry: their endings and their bytes.
///
/// # Errors
/// [`StepError::Verification`] when the checkpoint is not a signed note.
pub(crate) fn entry_files(evidence: &Evidence, checkpoint: &[u8]) -> Result<[(&'static str, Vec<u8>); 3], StepError> {
    let checkpoint = parse_signed_note(checkpoint);
    let checkpoint = checkpoint.map_err(|error| StepError::Verification(format!("the checkpoint: {error}")))?;
    let proof = OfflineProof { index: evidence.index, extra: None, inclusion: evidence.proof.clone(), checkpoint };
    Ok([
        ("entry", evidence.entry.to_leaf()),
        ("opening", evidence.opening.to_text().into_bytes()),
        ("tlog-proof", proof.to_text().into_bytes()),
    ])
}

/// The name of an entry's files, without ending: its place in the log and its kind.
pub(crate) fn entry_stem(evidence: &Evidence) -> String {
    format!("{:06}-{}", evidence.index.0, evidence.entry.kind)
}

/// Reads the three files of an entry, `<stem>.entry` and so on; and the checkpoint that its proof carries.
///
/// # Errors
/// [`StepError::Verification`] for a file that is not as it was written, or one of reading.
pub(crate) fn read_entry(folder: &Path, stem: &str) -> Result<(Evidence, Vec<u8>), StepError> {
    let path = |ending: &str| folder.join(format!("{stem}.{ending}"));
    let wrong =
        |ending: &str, problem: &dyn std::fmt::Display| StepError::Verification(format!("{stem}.{ending}: {problem}"));
    let entry = parse_entry(&crate::files::read_limited(&path("entry"), ENTRY_BYTES_MAX)?);
    let entry = entry.map_err(|error| wrong("entry", &error))?;
    let opening = parse_opening(&crate::files::read_limited(&path("opening"), OPENING_BYTES_MAX)?);
    let opening = opening.map_err(|error| wrong("opening", &error))?;
    let proof = parse_offline_proof(&crate::files::read_limited(&path("tlog-proof"), PROOF_BYTES_MAX)?);
    let proof = proof.map_err(|error| wrong("tlog-proof", &error))?;
    let OfflineProof { index: LeafIndex(index), inclusion, checkpoint, .. } = proof;
    let evidence = Evidence { index: LeafIndex(index), entry, opening, proof: inclusion };
    Ok((evidence, checkpoint.to_bytes()))
}

/// Verifies one entry against a checkpoint that the log has signed: what the entry stands for.
///
/// # Errors
/// [`StepError::Verification`] for the first thing that is wrong.
pub(crate) fn verify_entry(evidence: &Evidence, checkpoint: &[u8], log_key: &NoteKey) -> Result<LogRecord, StepError> {
    let Evidence { index, entry, opening, proof } = evidence;
    let failed = |problem: &dyn std::fmt::Display| {
        StepError::Verification(format!("log entry {index} ({}): {problem}", entry.kind))
    };
    let checkpoint = verify_checkpoint(checkpoint, log_key).map_err(|error| failed(&error))?;
    verify_inclusion(leaf_hash(&entry.to_leaf()), *index, checkpoint.size(), checkpoint.root(), proof)
        .map_err(|error| failed(&error))?;
    let opened = verify_opening(entry, opening).map_err(|error| failed(&error))?;
    LogRecord::parse(entry.kind, &String::from_utf8_lossy(opened.record())).map_err(|error| failed(&error))
}
