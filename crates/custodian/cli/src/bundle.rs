//! A release on disk: the body, the entries of the log that permit it, the checkpoint, and two forms for people.
//!
//! In: a verified release. Out: a folder that is complete or not there; and the parts of such a folder, read but not believed.
//! Absent on purpose: anything that cannot be made again from `release.json`, the evidence, the agreement and its study.
//!
//! | file | what |
//! |---|---|
//! | `release.json` | the release: canonical JSON |
//! | `release.entry`, `.opening`, `.tlog-proof` | its entry in the log, what the entry commits to, the offline proof |
//! | `evidence/NNNNNN-<kind>.*` | the same for each entry that permits it: agreement, study, two extracts, linkage run |
//! | `checkpoint` | the log's signed size and root, which every proof leads to |
//! | `tables.csv`, `report.html` | the released tables for a spreadsheet and for reading |

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use counterfoil_audit::NOTE_BYTES_MAX;
use counterfoil_model::{Agreement, Study};
use counterfoil_release::{Evidence, RELEASE_BYTES_MAX, VerifiedRelease, tables_csv};

use crate::error::StepError;
use crate::evidence::{entry_files, entry_stem, read_entry};
use crate::files::{self, Readers};
use crate::report::report_html;

/// The release's body.
pub const RELEASE_FILE: &str = "release.json";
/// The checkpoint.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// The tables for a spreadsheet.
pub const TABLES_FILE: &str = "tables.csv";
/// The report.
pub const REPORT_FILE: &str = "report.html";

const RELEASE_STEM: &str = "release";
const EVIDENCE_FOLDER: &str = "evidence";
/// A chain has six entries; more than this is no bundle of ours.
const EVIDENCE_FILES_MAX: usize = 64;
/// Tables and report have a few bytes more for each of the body's.
const FORMS_BYTES_MAX: u64 = 16 * RELEASE_BYTES_MAX as u64;

/// A bundle as it was read: nothing in it is verified.
pub(crate) struct Bundle {
    /// Bytes of `release.json`.
    pub body: Vec<u8>,
    /// The entries, the release's own last.
    pub evidence: Vec<Evidence>,
    /// Bytes of `checkpoint`.
    pub checkpoint: Vec<u8>,
    /// Bytes of `tables.csv`.
    pub tables: Vec<u8>,
    /// Bytes of `report.html`.
    pub report: Vec<u8>,
}

/// Writes a bundle: to a hidden folder beside it first, which then gets the name asked for.
///
/// # Errors
/// [`StepError::Exists`], [`StepError::Write`], and those of [`report_html`].
pub fn write_bundle(
    out: &Path,
    release: &VerifiedRelease,
    body: &[u8],
    evidence: &[Evidence],
    checkpoint: &[u8],
    agreement: &Agreement,
    study: &Study,
) -> Result<(), StepError> {
    let (own, others) = evidence.split_last().expect("a verified release has evidence");
    let failed = |source| StepError::Write { path: out.to_owned(), source };
    if out.symlink_metadata().is_ok() {
        return Err(StepError::Exists { path: out.to_owned() });
    }
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    files::folder(parent)?;
    let staging = tempfile::Builder::new().prefix(".release.partial-").tempdir_in(parent).map_err(failed)?;
    let write = |name: &str, bytes: &[u8]| files::write_new(&staging.path().join(name), bytes, Readers::Everyone);
    write(RELEASE_FILE, body)?;
    write(CHECKPOINT_FILE, checkpoint)?;
    write(TABLES_FILE, tables_csv(release.body()).as_bytes())?;
    write(REPORT_FILE, report_html(release, agreement, study)?.as_bytes())?;
    for (ending, bytes) in entry_files(own, checkpoint)? {
        write(&format!("{RELEASE_STEM}.{ending}"), &bytes)?;
    }
    files::folder(&staging.path().join(EVIDENCE_FOLDER))?;
    for entry in others {
        for (ending, bytes) in entry_files(entry, checkpoint)? {
            write(&format!("{EVIDENCE_FOLDER}/{}.{ending}", entry_stem(entry)), &bytes)?;
        }
    }
    files::let_everyone_enter(staging.path()).map_err(failed)?;
    fs::rename(staging.path(), out).map_err(failed)?;
    // It has its name now: nothing is left to remove.
    let _moved = staging.keep();
    files::sync_folder_of(out)
}

/// Reads a bundle. Every proof in it must carry the one checkpoint.
///
/// # Errors
/// [`StepError::Verification`] for a file that is not as it was written, or one of reading.
pub(crate) fn read_bundle(folder: &Path) -> Result<Bundle, StepError> {
    let read = |name: &str, bytes_max: u64| files::read_limited(&folder.join(name), bytes_max);
    let checkpoint = read(CHECKPOINT_FILE, NOTE_BYTES_MAX as u64)?;
    let mut entries = read_evidence(&folder.join(EVIDENCE_FOLDER))?;
    entries.push(read_entry(folder, RELEASE_STEM)?);
    if let Some((evidence, _)) = entries.iter().find(|(_, of)| *of != checkpoint) {
        let problem = format!("the proof of log entry {} carries another checkpoint than the folder's", evidence.index);
        return Err(StepError::Verification(problem));
    }
    Ok(Bundle {
        body: read(RELEASE_FILE, RELEASE_BYTES_MAX as u64)?,
        evidence: entries.into_iter().map(|(evidence, _)| evidence).collect(),
        checkpoint,
        tables: read(TABLES_FILE, FORMS_BYTES_MAX)?,
        report: read(REPORT_FILE, FORMS_BYTES_MAX)?,
    })
}

/// The entries in the folder, in the order of the log, and the checkpoint that each one's proof carries.
fn read_evidence(folder: &Path) -> Result<Vec<(Evidence, Vec<u8>)>, StepError> {
    let stems = evidence_stems(folder)?;
    let entries: Result<Vec<_>, _> = stems.iter().map(|stem| read_entry(folder, stem)).collect();
    let mut entries = entries?;
    // Not in the order of the names, in which 1000000 stands before 999999.
    entries.sort_by_key(|(evidence, _)| evidence.index.0);
    Ok(entries)
}

/// Names of the entries in the folder.
fn evidence_stems(folder: &Path) -> Result<BTreeSet<String>, StepError> {
    let failed = |source| StepError::Read { path: folder.to_owned(), source };
    let mut stems = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let stem = name.to_str().and_then(|name| name.rsplit_once('.')).map(|(stem, _)| stem.to_owned());
        let stem =
            stem.ok_or_else(|| StepError::Verification("evidence holds a file that no release has".to_owned()))?;
        stems.insert(stem);
        if stems.len() > EVIDENCE_FILES_MAX {
            return Err(StepError::Verification("evidence holds more files than any release has".to_owned()));
        }
    }
    Ok(stems)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use counterfoil_audit::{
        Checkpoint, Entry, InclusionProof, LeafIndex, MerkleTree, Nonce, NoteKey, Opening, SignedNote, leaf_hash,
    };
    use counterfoil_release::{AgreementAdmitted, LogRecord};
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    fn evidence(index: u64) -> Evidence {
        let record = LogRecord::from(AgreementAdmitted {
            agreement: counterfoil_model::AgreementId::parse("tiny").unwrap(),
            version: 1,
            agreement_digest: counterfoil_model::AgreementDigest(counterfoil_model::Digest::of(b"terms")),
            schema_digest: counterfoil_model::SchemaDigest(counterfoil_model::Digest::of(b"schema")),
        });
        let opening = Opening { nonce: Nonce([1; 16]), record: record.to_text().into_bytes() };
        let entry = Entry { kind: record.kind(), time_seconds: index, commitment: opening.commitment() };
        Evidence { index: LeafIndex(index), entry, opening, proof: InclusionProof { hashes: Vec::new() } }
    }

    #[test]
    fn entries_come_in_the_order_of_the_log_however_many_digits_their_places_have() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
        let key = NoteKey::from_ed25519("unit", pair.public_key().as_ref().try_into().unwrap()).unwrap();
        let tree: MerkleTree = [leaf_hash(b"leaf")].into_iter().collect();
        let text = Checkpoint { origin: key.name().clone(), size: tree.size(), root: tree.root() }.to_note_text();
        let note = SignedNote::attach(text);
        let signature = pair.sign(note.message());
        let checkpoint = note.with_signature(&key, signature.as_ref()).unwrap().to_bytes();

        let folder = tempfile::tempdir().unwrap();
        let places = [7, 999_998, 999_999, 1_000_000, 1_000_001, 20_000_000];
        for place in places {
            let evidence = evidence(place);
            for (ending, bytes) in entry_files(&evidence, &checkpoint).unwrap() {
                fs::write(folder.path().join(format!("{}.{ending}", entry_stem(&evidence))), bytes).unwrap();
            }
        }
        let read = read_evidence(folder.path()).unwrap();
        assert_eq!(read.iter().map(|(evidence, _)| evidence.index.0).collect::<Vec<_>>(), places);
        assert!(read.iter().all(|(_, of)| *of == checkpoint));
    }
}
