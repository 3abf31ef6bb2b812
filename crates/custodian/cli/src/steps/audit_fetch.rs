//! A copy of the log, brought up to date, with proof that it has only grown.
//!
//! In: the agreement folder, a connection, a folder with an older copy or none. Out: the newer copy.
//! Absent on purpose: taking a log that shrank, forked, or whose entries do not lead to the signed root.

use std::fmt;
use std::path::PathBuf;

use counterfoil_audit::{
    ConsistencyProof, NoteKey, TILE_WIDTH, VerifiedCheckpoint, verify_checkpoint, verify_consistency,
};
use counterfoil_model::AgreementId;
use counterfoil_wire::UnitClient;
use serde::Serialize;

use super::connect::Connect;
use crate::context::{Context, ProgressUnit};
use crate::error::StepError;
use crate::folder::AgreementFolder;
use crate::log_folder::{LogFolder, ReadLog, bundles};
use crate::show;

/// What `audit fetch` needs.
#[derive(Debug, Clone)]
pub struct AuditFetch {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// The copy of the log.
    pub out: PathBuf,
}

/// The copy of the log, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogFetched {
    /// The log's name.
    pub origin: String,
    /// Entries before, if there was a copy.
    pub entries_before: Option<u64>,
    /// Entries now.
    pub entries: u64,
    /// Root over them.
    pub root: String,
    /// The copy's folder.
    pub folder: PathBuf,
}

/// Fetches the checkpoint and every entry that is not there yet; the checkpoint is written last.
///
/// # Errors
/// [`StepError::Verification`] for a log that shrank, forked or does not lead to its root; the older checkpoint stays then.
pub async fn audit_fetch(context: &Context<'_>, args: &AuditFetch, connect: &Connect) -> Result<LogFetched, StepError> {
    let folder = AgreementFolder::at(&args.agreement).open_signed()?;
    let (_, log_key) = folder.unit();
    let agreement = &folder.agreement().id;
    let copy = LogFolder::at(&args.out);
    let before = match copy.read_checkpoint()? {
        Some(bytes) => Some((copy.verify_checkpoint(log_key)?, bytes)),
        None => None,
    };
    let mut client = connect.connect().await?;
    let bytes = client.checkpoint(agreement).await?;
    let newest = verify(&bytes, log_key)?;
    if let Some((older, _)) = &before {
        expect_grown(&mut client, agreement, older, &newest).await?;
    }
    fetch_entries(context, &mut client, agreement, &copy, &newest).await?;
    let before = before.filter(|(older, _)| older.size() != newest.size());
    copy.write_checkpoint(&bytes, before.as_ref().map(|(older, bytes)| (bytes.as_slice(), older.size())))?;
    Ok(LogFetched {
        origin: newest.origin().to_string(),
        entries_before: before.map(|(older, _)| older.size().0),
        entries: newest.size().0,
        root: newest.root().to_string(),
        folder: args.out.clone(),
    })
}

fn verify(bytes: &[u8], log_key: &NoteKey) -> Result<VerifiedCheckpoint, StepError> {
    verify_checkpoint(bytes, log_key)
        .map_err(|error| StepError::Verification(format!("the unit's checkpoint: {error}")))
}

async fn expect_grown(
    client: &mut UnitClient,
    agreement: &AgreementId,
    older: &VerifiedCheckpoint,
    newest: &VerifiedCheckpoint,
) -> Result<(), StepError> {
    let (old, new) = (older.size(), newest.size());
    if new < old {
        let problem = format!(
            "the log shrank from {old} to {new} entries: keep your copy, and ask the unit's operator and an auditor why"
        );
        return Err(StepError::Verification(problem));
    }
    let proof = if old == new || old.0 == 0 {
        ConsistencyProof { hashes: Vec::new() }
    } else {
        client.consistency_proof(agreement, old.0, new.0).await?
    };
    let verified = verify_consistency(old, older.root(), new, newest.root(), &proof);
    verified.map(|_| ()).map_err(|error| {
        StepError::Verification(format!(
            "the log does not continue your copy of it: {error}; keep your copy, and ask why"
        ))
    })
}

async fn fetch_entries(
    context: &Context<'_>,
    client: &mut UnitClient,
    agreement: &AgreementId,
    copy: &LogFolder,
    newest: &VerifiedCheckpoint,
) -> Result<(), StepError> {
    let size = newest.size().0;
    context.progress.begin("fetching the log", Some(size), ProgressUnit::Items);
    let mut log = ReadLog::default();
    let mut fetched = Vec::new();
    for (index, width) in bundles(size) {
        let entries = if width == TILE_WIDTH && copy.has_full_bundle(index) {
            copy.read_bundle(index, width)?
        } else {
            let entries = read_bundle(client, agreement, index, width, size).await?;
            fetched.push((index, entries.clone()));
            entries
        };
        for leaf in &entries {
            log.append(leaf);
        }
        context.progress.at(log.tree.size().0);
    }
    if log.tree.root() != newest.root() {
        let problem =
            "the entries do not lead to the signed root: an entry was changed, here or at the unit".to_owned();
        return Err(StepError::Verification(problem));
    }
    for (index, entries) in fetched {
        copy.write_bundle(index, &entries)?;
    }
    context.progress.end();
    Ok(())
}

async fn read_bundle(
    client: &mut UnitClient,
    agreement: &AgreementId,
    index: u64,
    width: u16,
    size: u64,
) -> Result<Vec<Vec<u8>>, StepError> {
    let first = index * u64::from(TILE_WIDTH);
    let mut entries: Vec<Vec<u8>> = Vec::with_capacity(width.into());
    while entries.len() < usize::from(width) {
        let more = client.read_entries(agreement, first + entries.len() as u64, size).await?;
        if more.is_empty() {
            return Err(StepError::Verification("the unit gave fewer entries than its checkpoint covers".to_owned()));
        }
        entries.extend(more);
    }
    entries.truncate(width.into());
    Ok(entries)
}

impl fmt::Display for LogFetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = show::count(self.entries, "entry", "entries");
        match self.entries_before {
            Some(before) => writeln!(
                f,
                "Log of {}: {entries}, {} new, in {}",
                self.origin,
                self.entries - before,
                self.folder.display()
            )?,
            None => writeln!(f, "Log of {}: {entries}, in {}", self.origin, self.folder.display())?,
        }
        writeln!(f, "  root  {}", self.root)?;
        writeln!(
            f,
            "Every entry was hashed anew and leads to the signed root; the log has only grown since the last copy."
        )
    }
}
