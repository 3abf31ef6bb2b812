//! A copy of the log on disk, in the layout of c2sp.org/tlog-tiles: `checkpoint`, and `tile/entries/...` with 256 entries each.
//!
//! In: entries as the unit sent them, or a folder. Out: a folder; and the log's tree, built anew from every entry.
//! Absent on purpose: hash tiles. Whoever has all entries computes every hash, and need believe none.

use std::path::{Path, PathBuf};

use counterfoil_audit::{
    MerkleTree, NOTE_BYTES_MAX, NoteKey, TILE_WIDTH, TreeSize, VerifiedCheckpoint, entries_tile_path, entry_bundle,
    leaf_hash, parse_entry, parse_entry_bundle, verify_checkpoint,
};

use crate::error::StepError;
use crate::files::{self, Readers};

const CHECKPOINT_FILE: &str = "checkpoint";
/// A bundle of 256 entries of 64 KiB and their lengths.
const BUNDLE_BYTES_MAX: u64 = 256 * (65_535 + 2);

/// A folder that holds, or will hold, a copy of the log.
#[derive(Debug, Clone)]
pub(crate) struct LogFolder {
    dir: PathBuf,
}

/// Entries of a log, hashed, with what their reading showed.
#[derive(Debug, Default)]
pub(crate) struct ReadLog {
    /// The tree over them.
    pub tree: MerkleTree,
    /// The first thing that is wrong with an entry itself.
    pub entry_problem: Option<String>,
    /// The first entry that is earlier than the one before it.
    pub time_problem: Option<String>,
    last_time_seconds: u64,
}

impl ReadLog {
    /// Takes the next entry.
    pub(crate) fn append(&mut self, leaf: &[u8]) {
        let index = self.tree.append(leaf_hash(leaf));
        match parse_entry(leaf) {
            Err(error) => {
                self.entry_problem.get_or_insert_with(|| format!("entry {index}: {error}"));
            }
            Ok(entry) if entry.time_seconds < self.last_time_seconds => {
                self.time_problem.get_or_insert_with(|| format!("entry {index} is dated before the entry before it"));
            }
            Ok(entry) => self.last_time_seconds = entry.time_seconds,
        }
    }
}

impl LogFolder {
    /// The folder at a path.
    pub(crate) fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The checkpoint's bytes; `None` when there is none.
    ///
    /// # Errors
    /// One of reading.
    pub(crate) fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, StepError> {
        let path = self.dir.join(CHECKPOINT_FILE);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        files::read_limited(&path, NOTE_BYTES_MAX as u64).map(Some)
    }

    /// Verifies the folder's checkpoint, which must be there.
    ///
    /// # Errors
    /// [`StepError::Verification`], or one of reading.
    pub(crate) fn verify_checkpoint(&self, log_key: &NoteKey) -> Result<VerifiedCheckpoint, StepError> {
        let bytes = files::read_limited(&self.dir.join(CHECKPOINT_FILE), NOTE_BYTES_MAX as u64)?;
        verify_checkpoint(&bytes, log_key)
            .map_err(|error| StepError::Verification(format!("the log's checkpoint: {error}")))
    }

    /// Reads the first `size` entries and hashes them into a tree.
    ///
    /// # Errors
    /// [`StepError::Verification`] for a bundle that is cut short or too long, or one of reading.
    pub(crate) fn read(&self, size: TreeSize) -> Result<ReadLog, StepError> {
        let mut log = ReadLog::default();
        for (index, width) in bundles(size.0) {
            for leaf in self.read_bundle(index, width)? {
                log.append(&leaf);
            }
        }
        Ok(log)
    }

    /// Reads one bundle, of which the tree of a known size has `width` entries.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn read_bundle(&self, index: u64, width: u16) -> Result<Vec<Vec<u8>>, StepError> {
        let name = bundle_path(index, width);
        let bytes = files::read_limited(&self.dir.join(&name), BUNDLE_BYTES_MAX)?;
        let wrong = |problem: String| StepError::Verification(format!("{name}: {problem}"));
        let entries = parse_entry_bundle(&bytes).map_err(|error| wrong(error.to_string()))?;
        if entries.len() != usize::from(width) {
            return Err(wrong(format!("has {} entries where the log has {width}", entries.len())));
        }
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// Whether a full bundle is there already: such a file never changes.
    pub(crate) fn has_full_bundle(&self, index: u64) -> bool {
        self.dir.join(bundle_path(index, TILE_WIDTH)).is_file()
    }

    /// Writes one bundle.
    ///
    /// # Errors
    /// [`StepError::Write`], [`StepError::Verification`] for entries that no bundle can have.
    pub(crate) fn write_bundle(&self, index: u64, entries: &[Vec<u8>]) -> Result<(), StepError> {
        let width = u16::try_from(entries.len()).unwrap_or(u16::MAX);
        let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
        let bytes = entry_bundle(&entries).map_err(|error| StepError::Verification(error.to_string()))?;
        let path = self.dir.join(bundle_path(index, width));
        if let Some(parent) = path.parent() {
            files::folder(parent)?;
        }
        files::write_in_place_of(&path, &bytes, Readers::Everyone)
    }

    /// Writes the checkpoint, last of all: what it covers is there. The one before it is kept as `checkpoint.<size>`.
    ///
    /// # Errors
    /// [`StepError::Write`].
    pub(crate) fn write_checkpoint(
        &self,
        checkpoint: &[u8],
        before: Option<(&[u8], TreeSize)>,
    ) -> Result<(), StepError> {
        files::folder(&self.dir)?;
        if let Some((bytes, size)) = before {
            files::write_in_place_of(&self.dir.join(format!("{CHECKPOINT_FILE}.{size}")), bytes, Readers::Everyone)?;
        }
        files::write_in_place_of(&self.dir.join(CHECKPOINT_FILE), checkpoint, Readers::Everyone)
    }
}

/// The bundles of a log: index and number of entries of each.
pub(crate) fn bundles(size: u64) -> impl Iterator<Item = (u64, u16)> {
    let width = u64::from(TILE_WIDTH);
    let partial = u16::try_from(size % width).expect("a remainder below 256");
    let full = (0..size / width).map(|index| (index, TILE_WIDTH));
    full.chain((partial > 0).then_some((size / width, partial)))
}

fn bundle_path(index: u64, width: u16) -> String {
    let partial = u8::try_from(width).ok().filter(|_| width < TILE_WIDTH);
    entries_tile_path(index, partial).unwrap_or_else(|_| format!("tile/entries/{index}.empty"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use counterfoil_audit::{Commitment, Entry, EntryKind};

    use super::*;

    fn leaf(number: u64) -> Vec<u8> {
        let commitment = Commitment([u8::try_from(number % 251).unwrap(); 32]);
        Entry { kind: EntryKind::StudyRegistered, time_seconds: 1_700_000_000 + number, commitment }.to_leaf()
    }

    #[test]
    fn a_log_is_written_in_bundles_of_256_and_hashes_to_the_same_root() {
        let dir = tempfile::tempdir().unwrap();
        let folder = LogFolder::at(dir.path());
        let leaves: Vec<_> = (0..600).map(leaf).collect();
        for (index, chunk) in (0..).zip(leaves.chunks(256)) {
            folder.write_bundle(index, chunk).unwrap();
        }
        // c2sp.org/tlog-tiles: 600 = 2 full bundles and 88 entries.
        for path in ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"] {
            assert!(dir.path().join(path).is_file(), "{path}");
        }
        assert!(folder.has_full_bundle(1) && !folder.has_full_bundle(2));
        let read = folder.read(TreeSize(600)).unwrap();
        let tree: MerkleTree = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        assert_eq!(read.tree.root(), tree.root());
        assert_eq!((read.entry_problem, read.time_problem), (None, None));
        assert!(folder.read(TreeSize(601)).is_err());
        std::fs::write(dir.path().join("tile/entries/001"), b"\0\x01a").unwrap();
        assert!(matches!(folder.read(TreeSize(600)), Err(StepError::Verification(_))));
    }

    #[test]
    fn times_that_go_backwards_and_unknown_entries_are_named() {
        let mut log = ReadLog::default();
        for number in [0, 5, 5, 4, 6] {
            log.append(&leaf(number));
        }
        assert_eq!(log.time_problem.as_deref(), Some("entry 3 is dated before the entry before it"));
        assert_eq!(log.entry_problem, None);
        log.append(b"nonsense");
        assert!(log.entry_problem.unwrap().starts_with("entry 5: "));
    }
}
