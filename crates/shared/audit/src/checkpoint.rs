//! The log's statement of its size and root (c2sp.org/tlog-checkpoint): three lines, in a signed note.
//!
//! In: a text, or a note and the log's key. Out: the checkpoint, and [`VerifiedCheckpoint`] if the log itself signed it.
//! Absent on purpose: extension lines, which nobody can audit (the standard advises against them), and witness quorums;
//! [`crate::verify_note`] names the witnesses that cosigned and their times.

use thiserror::Error;

use crate::hash::{RootHash, TREE_SIZE_MAX, TreeSize};
use crate::key::{NoteAlgorithm, NoteKey, Origin, parse_origin};
use crate::note::{NoteError, NoteText, parse_note_text, parse_signed_note};
use crate::signers::verify_note;
use crate::text;

/// Which log, how many leaves, and the root over them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checkpoint {
    /// The log's name, which is also the name of its key.
    pub origin: Origin,
    /// Leaves in the log.
    pub size: TreeSize,
    /// Root over them.
    pub root: RootHash,
}

impl Checkpoint {
    /// The text that the log signs: origin, size in decimal, root in base64, each on a line.
    pub fn to_note_text(&self) -> NoteText {
        let text = format!("{}\n{}\n{}\n", self.origin, self.size, text::to_base64(&self.root.0));
        parse_note_text(&text).expect("a key name, digits and base64 have no control characters")
    }
}

/// A checkpoint that the log itself has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    checkpoint: Checkpoint,
}

impl VerifiedCheckpoint {
    /// What was signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The log's name.
    pub fn origin(&self) -> &Origin {
        &self.checkpoint.origin
    }

    /// Leaves in the log.
    pub fn size(&self) -> TreeSize {
        self.checkpoint.size
    }

    /// Root over them.
    pub fn root(&self) -> RootHash {
        self.checkpoint.root
    }
}

/// Why a checkpoint cannot be read or believed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// Not three lines, each ended by LF.
    #[error("a checkpoint has exactly three lines (origin, size, root), each ended by a line feed")]
    Lines,
    /// The origin cannot be a key's name.
    #[error("line 1 of the checkpoint (origin) is not a valid key name")]
    Origin,
    /// Not a decimal up to [`TREE_SIZE_MAX`].
    #[error("line 2 of the checkpoint (size) must be a decimal without leading zeros, at most {TREE_SIZE_MAX}")]
    Size,
    /// Not base64 of 32 bytes.
    #[error("line 3 of the checkpoint (root) must be base64 of 32 bytes")]
    Root,
    /// A log without leaves has one possible root.
    #[error("line 3 of the checkpoint (root) is not the root of the empty tree, though the size is 0")]
    EmptyTreeRoot,
    /// Signed as a checkpoint of another log.
    #[error("the checkpoint is of {found}, but the key is that of {expected}")]
    OtherLog {
        /// Name of the key given.
        expected: Origin,
        /// Origin in the checkpoint.
        found: Origin,
    },
    /// A witness's key vouches for what it saw, not for what the log is.
    #[error("the key is a witness's cosigning key; a checkpoint is verified with the log's own key")]
    WitnessKey,
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// Reads the text of a checkpoint.
///
/// # Errors
/// [`CheckpointError`] naming the line.
pub fn parse_checkpoint(text: &str) -> Result<Checkpoint, CheckpointError> {
    let mut lines = text::closed_lines(text).ok_or(CheckpointError::Lines)?;
    let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next()) else {
        return Err(CheckpointError::Lines);
    };
    let origin = parse_origin(origin).map_err(|_| CheckpointError::Origin)?;
    let size = text::decimal(size).filter(|&size| size <= TREE_SIZE_MAX).ok_or(CheckpointError::Size)?;
    let root = RootHash(text::base64_array(root).ok_or(CheckpointError::Root)?);
    if size == 0 && root != RootHash::empty_tree() {
        return Err(CheckpointError::EmptyTreeRoot);
    }
    Ok(Checkpoint { origin, size: TreeSize(size), root })
}

/// Checks that a note is a checkpoint of the log whose key this is: signed by the key, with the key's name as its origin.
/// Signatures of others, such as witnesses, are not looked at.
///
/// # Errors
/// [`CheckpointError`] for the first thing that is wrong.
pub fn verify_checkpoint(note: &[u8], key: &NoteKey) -> Result<VerifiedCheckpoint, CheckpointError> {
    if key.algorithm() != NoteAlgorithm::Ed25519 {
        return Err(CheckpointError::WitnessKey);
    }
    let verified = verify_note(&parse_signed_note(note)?, std::slice::from_ref(key))?;
    let checkpoint = parse_checkpoint(verified.text())?;
    if checkpoint.origin != *key.name() {
        return Err(CheckpointError::OtherLog { expected: key.name().clone(), found: checkpoint.origin });
    }
    Ok(VerifiedCheckpoint { checkpoint })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    const ROOT: &str = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=";
    const EMPTY_ROOT: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    #[test]
    fn reads_what_it_writes() {
        let largest = format!("example.com/log\n9223372036854775807\n{ROOT}\n");
        for text in [format!("a\n1\n{ROOT}\n"), format!("a\n0\n{EMPTY_ROOT}\n"), largest] {
            assert_eq!(parse_checkpoint(&text).unwrap().to_note_text().as_str(), text);
        }
    }

    #[test]
    fn the_wrong_line_is_named() {
        let cases = [
            (String::new(), CheckpointError::Lines),
            ("\n".into(), CheckpointError::Lines),
            ("a\n1\n".into(), CheckpointError::Lines),
            (format!("a\n1\n{ROOT}"), CheckpointError::Lines),
            (format!("a\n1\n{ROOT}\n\n"), CheckpointError::Lines),
            (format!("a\n1\n{ROOT}\nextension\n"), CheckpointError::Lines),
            (format!("\n1\n{ROOT}\n"), CheckpointError::Origin),
            (format!("a b\n1\n{ROOT}\n"), CheckpointError::Origin),
            (format!("a+b\n1\n{ROOT}\n"), CheckpointError::Origin),
            (format!("a\n\n{ROOT}\n"), CheckpointError::Size),
            (format!("a\n01\n{ROOT}\n"), CheckpointError::Size),
            (format!("a\n00\n{EMPTY_ROOT}\n"), CheckpointError::Size),
            (format!("a\n+1\n{ROOT}\n"), CheckpointError::Size),
            (format!("a\n-1\n{ROOT}\n"), CheckpointError::Size),
            (format!("a\n1 \n{ROOT}\n"), CheckpointError::Size),
            (format!("a\n9223372036854775808\n{ROOT}\n"), CheckpointError::Size),
            (format!("a\n99999999999999999999\n{ROOT}\n"), CheckpointError::Size),
            ("a\n1\n\n".into(), CheckpointError::Root),
            ("a\n1\nAAAA\n".into(), CheckpointError::Root),
            (format!("a\n1\n{}\n", ROOT.trim_end_matches('=')), CheckpointError::Root),
            (format!("a\n1\n{}\n", ROOT.replace("yg=", "yh=")), CheckpointError::Root),
            (format!("a\n1\n{ROOT} \n"), CheckpointError::Root),
            (format!("a\n1\n{ROOT}\r\n"), CheckpointError::Root),
            (format!("a\n1\n{}\n", ROOT.replace('+', "-")), CheckpointError::Root),
            (format!("a\n0\n{ROOT}\n"), CheckpointError::EmptyTreeRoot),
        ];
        for (text, error) in cases {
            assert_eq!(parse_checkpoint(&text), Err(error), "{text:?}");
        }
    }
}
