//! One file that proves one entry is in the log, to anyone who has the log's key (c2sp.org/tlog-proof): index, hashes, checkpoint.
//!
//! In: the parts, or the file's bytes. Out: the file's text; [`VerifiedInclusion`], with size and root taken from the signed checkpoint.
//! Absent on purpose: the entry itself, which is handed in beside the file.

use std::fmt::Write as _;

use thiserror::Error;

use crate::checkpoint::{CheckpointError, verify_checkpoint};
use crate::hash::{LeafIndex, NodeHash, leaf_hash};
use crate::key::NoteKey;
use crate::note::{NoteError, SignedNote, parse_signed_note};
use crate::proof::{InclusionProof, PROOF_HASHES_MAX, ProofError, VerifiedInclusion, verify_inclusion};
use crate::text;

/// Most bytes in the `extra` field.
pub const EXTRA_BYTES_MAX: usize = 1 << 16;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
const HEAD_BYTES_MAX: usize = 2 * EXTRA_BYTES_MAX;

/// An entry's place, its inclusion proof and the checkpoint that the proof leads to. Files of it end in `.tlog-proof`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineProof {
    /// The entry's place in the log.
    pub index: LeafIndex,
    /// Bytes for the application, at most [`EXTRA_BYTES_MAX`]. **Nothing authenticates them**: never trust them.
    pub extra: Option<Vec<u8>>,
    /// From the entry to the checkpoint's root.
    pub inclusion: InclusionProof,
    /// The log's checkpoint, with any cosignatures.
    pub checkpoint: SignedNote,
}

/// Why an offline proof cannot be read or proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OfflineProofError {
    /// The head is larger than its fields can be.
    #[error("the proof's lines before the checkpoint are longer than {HEAD_BYTES_MAX} bytes")]
    TooLarge,
    /// The head is not UTF-8.
    #[error("the proof is not UTF-8")]
    NotUtf8,
    /// No blank line before the checkpoint.
    #[error("the proof has no blank line before its checkpoint")]
    NoCheckpoint,
    /// Another format or version.
    #[error("line 1 of the proof is not {HEADER}")]
    Header,
    /// The extra field is empty, too long or not base64.
    #[error("line 2 of the proof (extra) must be base64 of 1 to {EXTRA_BYTES_MAX} bytes")]
    Extra,
    /// No index, or not a decimal.
    #[error("line {line} of the proof must be 'index' and a decimal without leading zeros")]
    Index {
        /// Line, from 1.
        line: usize,
    },
    /// Not base64 of 32 bytes.
    #[error("line {line} of the proof must be a hash: base64 of 32 bytes")]
    Hash {
        /// Line, from 1.
        line: usize,
    },
    /// More hashes than any tree needs.
    #[error("the proof has more than {PROOF_HASHES_MAX} hashes")]
    TooManyHashes,
    /// The checkpoint is not a note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The checkpoint is not one that this log signed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The hashes do not lead from this entry to the checkpoint's root.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl OfflineProof {
    /// The file's text. An empty `extra` is left out.
    pub fn to_text(&self) -> String {
        let mut lines = format!("{HEADER}\n");
        let written = "writing to a string cannot fail";
        if let Some(extra) = self.extra.as_ref().filter(|extra| !extra.is_empty()) {
            writeln!(lines, "extra {}", text::to_base64(extra)).expect(written);
        }
        writeln!(lines, "index {}", self.index).expect(written);
        for hash in &self.inclusion.hashes {
            writeln!(lines, "{}", text::to_base64(&hash.0)).expect(written);
        }
        write!(lines, "\n{}", self.checkpoint).expect(written);
        lines
    }
}

/// Reads an offline proof, and verifies nothing.
///
/// # Errors
/// [`OfflineProofError`] naming the line.
pub fn parse_offline_proof(proof: &[u8]) -> Result<OfflineProof, OfflineProofError> {
    let blank = proof.windows(2).position(|pair| pair == b"\n\n").ok_or(OfflineProofError::NoCheckpoint)?;
    if blank > HEAD_BYTES_MAX {
        return Err(OfflineProofError::TooLarge);
    }
    let (head, checkpoint) = (&proof[..blank], &proof[blank + 2..]);
    let head = std::str::from_utf8(head).map_err(|_| OfflineProofError::NotUtf8)?;
    let mut lines = (1..).zip(head.split('\n')).peekable();
    if lines.next().is_none_or(|(_, header)| header != HEADER) {
        return Err(OfflineProofError::Header);
    }
    let extra = lines.next_if(|(_, line)| line.starts_with("extra ")).map(|(_, line)| parse_extra(line)).transpose()?;
    let no_index = OfflineProofError::Index { line: if extra.is_some() { 3 } else { 2 } };
    let index =
        lines.next().and_then(|(_, line)| line.strip_prefix("index ")).and_then(text::decimal).ok_or(no_index)?;
    let mut hashes = Vec::new();
    for (line, hash) in lines {
        if hashes.len() == PROOF_HASHES_MAX {
            return Err(OfflineProofError::TooManyHashes);
        }
        hashes.push(NodeHash(text::base64_array(hash).ok_or(OfflineProofError::Hash { line })?));
    }
    let checkpoint = parse_signed_note(checkpoint)?;
    Ok(OfflineProof { index: LeafIndex(index), extra, inclusion: InclusionProof { hashes }, checkpoint })
}

/// Checks that the log whose key this is holds this data at the proof's index: the checkpoint is signed by the log, and the hashes lead
/// from the data to its root. `extra` is not looked at.
///
/// # Errors
/// [`OfflineProofError::Checkpoint`] or [`OfflineProofError::Proof`].
pub fn verify_offline_proof(
    proof: &OfflineProof,
    leaf_data: &[u8],
    key: &NoteKey,
) -> Result<VerifiedInclusion, OfflineProofError> {
    let checkpoint = verify_checkpoint(&proof.checkpoint.to_bytes(), key)?;
    Ok(verify_inclusion(leaf_hash(leaf_data), proof.index, checkpoint.size(), checkpoint.root(), &proof.inclusion)?)
}

fn parse_extra(line: &str) -> Result<Vec<u8>, OfflineProofError> {
    line.strip_prefix("extra ")
        .and_then(text::base64_bytes)
        .filter(|extra| (1..=EXTRA_BYTES_MAX).contains(&extra.len()))
        .ok_or(OfflineProofError::Extra)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    const HASH: &str = "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=";
    const NOTE: &str = "log\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\u{2014} log AAAAAAAA\n";

    fn parse(head: &str) -> Result<OfflineProof, OfflineProofError> {
        parse_offline_proof(format!("{head}\n{NOTE}").as_bytes())
    }

    #[test]
    fn reads_what_it_writes() {
        let extra_max = format!("extra {}\n", text::to_base64(&vec![7; EXTRA_BYTES_MAX]));
        for extra in ["", "extra AAEC\n", &extra_max] {
            for hashes in [0, 1, 63] {
                let head = format!("{HEADER}\n{extra}index 5\n{}", format!("{HASH}\n").repeat(hashes));
                assert_eq!(parse(&head).unwrap().to_text(), format!("{head}\n{NOTE}"));
            }
        }
        let mut proof = parse(&format!("{HEADER}\nindex 0\n")).unwrap();
        proof.extra = Some(vec![]);
        assert_eq!(proof.to_text(), format!("{HEADER}\nindex 0\n\n{NOTE}"));
    }

    #[test]
    fn the_wrong_line_is_named() {
        let cases = [
            (String::new(), OfflineProofError::NoCheckpoint),
            ("c2sp.org/tlog-proof@v2\nindex 5\n".into(), OfflineProofError::Header),
            (format!(" {HEADER}\nindex 5\n"), OfflineProofError::Header),
            (format!("{HEADER}\n"), OfflineProofError::Index { line: 2 }),
            (format!("{HEADER}\n{HASH}\n"), OfflineProofError::Index { line: 2 }),
            (format!("{HEADER}\nindex\n"), OfflineProofError::Index { line: 2 }),
            (format!("{HEADER}\nindex 05\n"), OfflineProofError::Index { line: 2 }),
            (format!("{HEADER}\nindex  5\n"), OfflineProofError::Index { line: 2 }),
            (format!("{HEADER}\nindex 5 \n"), OfflineProofError::Index { line: 2 }),
            (format!("{HEADER}\nextra AAEC\n"), OfflineProofError::Index { line: 3 }),
            (format!("{HEADER}\nextra AAEC\nextra AAEC\nindex 5\n"), OfflineProofError::Index { line: 3 }),
            (format!("{HEADER}\nextra \nindex 5\n"), OfflineProofError::Extra),
            (format!("{HEADER}\nextra AAE\nindex 5\n"), OfflineProofError::Extra),
            (
                format!("{HEADER}\nextra {}\nindex 5\n", text::to_base64(&vec![7; EXTRA_BYTES_MAX + 1])),
                OfflineProofError::Extra,
            ),
            (format!("{HEADER}\nextra {}\nindex 5\n", "A".repeat(HEAD_BYTES_MAX)), OfflineProofError::TooLarge),
            (format!("{HEADER}\nindex 5\nextra AAEC\n"), OfflineProofError::Hash { line: 3 }),
            (format!("{HEADER}\nindex 5\n{HASH}\nAAAA\n"), OfflineProofError::Hash { line: 4 }),
            (format!("{HEADER}\nindex 5\n{}", format!("{HASH}\n").repeat(64)), OfflineProofError::TooManyHashes),
        ];
        for (head, error) in cases {
            let parsed = if head.is_empty() { parse_offline_proof(HEADER.as_bytes()) } else { parse(&head) };
            assert_eq!(parsed, Err(error), "{}", &head[..head.len().min(100)]);
        }
        assert_eq!(parse_offline_proof(b"\xff\n\n"), Err(OfflineProofError::NotUtf8));
        let no_note = format!("{HEADER}\nindex 5\n\nlog\n");
        assert_eq!(parse_offline_proof(no_note.as_bytes()), Err(OfflineProofError::Note(NoteError::NoSignatures)));
    }
}
