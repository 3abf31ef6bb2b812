//! The ledger: the log, what its entries commit to, and the state that they fold into.
//!
//! In: records, a time and a nonce for each. Out: entries that are durable before anybody hears of them, evidence,
//! checkpoints. On opening, every leaf is hashed again, every commitment opened again and the root compared with the
//! last signed checkpoint: a flipped byte in any of these stops the daemon before it signs anything.

mod state;
mod store;

pub(crate) use state::{IssuedRelease, State};

use std::path::Path;

use counterfoil_audit::{
    Checkpoint, CheckpointError, ConsistencyProof, Entry, EntryError, LeafIndex, MerkleTree, Nonce, Opening, RootHash,
    TreeError, TreeSize, leaf_hash, parse_entry, verify_checkpoint, verify_opening,
};
use counterfoil_model::Digest;
use counterfoil_release::{Evidence, LogRecord, LogRecordError};
use counterfoil_wire::{ENTRIES_MAX, LoggedEntry};

use crate::log_key::LogKey;
use store::{LogStore, NewEntry, SqliteStore, StoredEntry};

/// Why the log cannot be opened or appended to.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database.
    #[error("the log's database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A leaf that is not an entry.
    #[error("the log is damaged: entry {0} {1}; restore the data folder from its backup, do not go on")]
    Entry(u64, EntryError),
    /// A record that cannot be read.
    #[error("the log is damaged: entry {0} {1}; restore the data folder from its backup, do not go on")]
    Record(u64, LogRecordError),
    /// An entry is missing.
    #[error("the log is damaged: entry {0} is missing; restore the data folder from its backup, do not go on")]
    Missing(u64),
    /// The last checkpoint does not verify under the unit's key.
    #[error("the log's last checkpoint: {0}; is this the unit's key, and is the data folder whole?")]
    Checkpoint(#[from] CheckpointError),
    /// The entries do not hash to the root that was signed.
    #[error(
        "the log is damaged: its {entries} entries do not hash to the root that was signed over {signed}; restore the data folder from its backup, do not go on"
    )]
    Root {
        /// Entries found.
        entries: u64,
        /// Entries that the last checkpoint covers.
        signed: u64,
    },
    /// The clock is far behind the log.
    #[error(
        "the last entry is dated more than a day after this machine's clock: set the clock right, or the log's dates are of no use"
    )]
    Clock,
    /// An entry or a proof that the log does not have.
    #[error("the log has no such entry: {0}")]
    Tree(#[from] TreeError),
    /// There is no entry, but there are things that only an entry permits.
    #[error(
        "the log is empty, but the data folder holds extracts or linkage runs: log.sqlite was lost or replaced; restore the data folder from its backup, do not go on"
    )]
    Lost,
    /// A write has failed before.
    #[error("an earlier write to the log failed; mend the disk and restart the daemon")]
    Stopped,
    /// What an entry commits to is not there.
    #[error("the record {0} is missing from the unit's store")]
    Attachment(Digest),
}

/// The ledger.
pub(crate) struct Ledger {
    store: Box<dyn LogStore>,
    key: LogKey,
    tree: MerkleTree,
    entries: Vec<(Entry, Opening)>,
    checkpoint: Vec<u8>,
    state: State,
    /// After a failed write nothing more is written: what the disk holds is known only after a replay.
    stopped: bool,
}

impl Ledger {
    /// Opens the log and replays it.
    pub(crate) fn open(path: &Path, key: LogKey) -> Result<Self, LedgerError> {
        Self::replay(Box::new(SqliteStore::open(path)?), key)
    }

    fn replay(store: Box<dyn LogStore>, key: LogKey) -> Result<Self, LedgerError> {
        let (mut tree, mut entries, mut state) = (MerkleTree::new(), Vec::new(), State::default());
        for (index, stored) in (0..).zip(store.read_all()?) {
            let StoredEntry { position, leaf, nonce, record } = stored;
            if position != index {
                return Err(LedgerError::Missing(index));
            }
            let damaged = |error| LedgerError::Entry(index, error);
            let entry = parse_entry(&leaf).map_err(damaged)?;
            let opening = Opening { nonce: Nonce(nonce), record };
            verify_opening(&entry, &opening).map_err(damaged)?;
            let text = String::from_utf8_lossy(&opening.record);
            let record = LogRecord::parse(entry.kind, &text).map_err(|error| LedgerError::Record(index, error))?;
            tree.append(leaf_hash(&leaf));
            state.apply(LeafIndex(index), &record);
            entries.push((entry, opening));
        }
        let mut ledger = Self { store, key, tree, entries, checkpoint: Vec::new(), state, stopped: false };
        match ledger.store.checkpoint()? {
            // Entries and their checkpoint are one write, so a log without one has no entries either.
            None if ledger.entries.is_empty() => {
                ledger.checkpoint = ledger.sign_checkpoint(ledger.tree.root(), TreeSize(0));
            }
            None => return Err(LedgerError::Root { entries: ledger.tree.size().0, signed: 0 }),
            Some(bytes) => {
                let signed = verify_checkpoint(&bytes, ledger.key.public())?;
                if signed.size() != ledger.tree.size() || signed.root() != ledger.tree.root() {
                    return Err(LedgerError::Root { entries: ledger.tree.size().0, signed: signed.size().0 });
                }
                ledger.checkpoint = bytes;
            }
        }
        Ok(ledger)
    }

    /// Whether nothing has ever been logged.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What the log says is so.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The unit's key.
    pub(crate) fn key(&self) -> &LogKey {
        &self.key
    }

    /// The time that an entry made now gets. A clock that steps back must not make the log's times go backwards, nor
    /// bring back an agreement whose term has ended.
    pub(crate) fn next_time(&self, clock_seconds: u64) -> u64 {
        self.entries.last().map_or(clock_seconds, |(last, _)| clock_seconds.max(last.time_seconds))
    }

    /// Refuses a clock that is more than a day behind the log: entries would get the date of the last one for as long.
    pub(crate) fn check_clock(&self, clock_seconds: u64) -> Result<(), LedgerError> {
        let ahead = self.next_time(clock_seconds) - clock_seconds;
        if ahead > 24 * 60 * 60 { Err(LedgerError::Clock) } else { Ok(()) }
    }

    /// Whether an earlier write failed, so that nothing more is written.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Number of entries that are durable and signed. After a failed write the tree may hold one leaf more.
    fn size(&self) -> TreeSize {
        TreeSize(self.entries.len() as u64)
    }

    /// Appends a record. Entry, opening, new checkpoint and attachment are one durable write; on error, none is there.
    pub(crate) fn append(
        &mut self,
        record: &LogRecord,
        time_seconds: u64,
        nonce: Nonce,
        attachment: Option<&[u8]>,
    ) -> Result<LeafIndex, LedgerError> {
        let time_seconds = self.next_time(time_seconds);
        let opening = Opening { nonce, record: record.to_text().into_bytes() };
        let entry = Entry { kind: record.kind(), time_seconds, commitment: opening.commitment() };
        let leaf = entry.to_leaf();
        if std::mem::replace(&mut self.stopped, true) {
            return Err(LedgerError::Stopped);
        }
        let index = self.tree.append(leaf_hash(&leaf));
        let checkpoint = self.sign_checkpoint(self.tree.root(), self.tree.size());
        let digest = attachment.map(|bytes| (Digest::of(bytes), bytes));
        self.store.append(&NewEntry {
            position: index.0,
            leaf: &leaf,
            nonce: &opening.nonce.0,
            record: &opening.record,
            checkpoint: &checkpoint,
            attachment: digest.as_ref().map(|(digest, bytes)| (digest.as_bytes().as_slice(), *bytes)),
        })?;
        self.stopped = false;
        self.checkpoint = checkpoint;
        self.state.apply(index, record);
        self.entries.push((entry, opening));
        Ok(index)
    }

    fn sign_checkpoint(&self, root: RootHash, size: TreeSize) -> Vec<u8> {
        let origin = self.key.public().name().clone();
        self.key.sign_text(Checkpoint { origin, size, root }.to_note_text()).to_bytes()
    }

    /// An entry with its proof at the newest checkpoint.
    pub(crate) fn evidence(&self, index: LeafIndex) -> Result<Evidence, LedgerError> {
        let position = usize::try_from(index.0).ok();
        let (entry, opening) =
            position.and_then(|position| self.entries.get(position)).ok_or(LedgerError::Missing(index.0))?;
        let proof = self.tree.inclusion_proof(index, self.size())?;
        Ok(Evidence { index, entry: *entry, opening: opening.clone(), proof })
    }

    /// What an entry says.
    pub(crate) fn record(&self, index: LeafIndex) -> Result<LogRecord, LedgerError> {
        let position = usize::try_from(index.0).ok();
        let (entry, opening) =
            position.and_then(|position| self.entries.get(position)).ok_or(LedgerError::Missing(index.0))?;
        let text = String::from_utf8_lossy(&opening.record);
        LogRecord::parse(entry.kind, &text).map_err(|error| LedgerError::Record(index.0, error))
    }

    /// Root of the log when an entry was its last.
    pub(crate) fn root_as_last(&self, index: LeafIndex) -> Result<RootHash, LedgerError> {
        Ok(self.tree.root_at(TreeSize(index.0 + 1))?)
    }

    /// A receipt: an entry with its proof and the newest checkpoint.
    pub(crate) fn logged_entry(&self, index: LeafIndex) -> Result<LoggedEntry, LedgerError> {
        Ok(LoggedEntry { evidence: self.evidence(index)?, checkpoint: self.checkpoint.clone() })
    }

    /// The newest checkpoint.
    pub(crate) fn checkpoint(&self) -> &[u8] {
        &self.checkpoint
    }

    /// Leaves from an index on, within a size, [`ENTRIES_MAX`] at most.
    pub(crate) fn leaves(&self, from: u64, size: u64) -> Vec<Vec<u8>> {
        let end = size.min(self.size().0).min(from.saturating_add(ENTRIES_MAX));
        let range = usize::try_from(from).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(usize::MAX);
        self.entries.get(range).unwrap_or_default().iter().map(|(entry, _)| entry.to_leaf()).collect()
    }

    /// Proof that the log only grew.
    pub(crate) fn consistency_proof(&self, old: u64, new: u64) -> Result<ConsistencyProof, LedgerError> {
        if new > self.size().0 {
            return Err(LedgerError::Missing(new));
        }
        Ok(self.tree.consistency_proof(TreeSize(old), TreeSize(new))?)
    }

    /// What was stored with an entry.
    pub(crate) fn attachment(&self, digest: &Digest) -> Result<Vec<u8>, LedgerError> {
        let bytes = self.store.attachment(digest.as_bytes())?.filter(|bytes| Digest::of(bytes) == *digest);
        bytes.ok_or(LedgerError::Attachment(*digest))
    }
}

#[cfg(test)]
mod tests;
