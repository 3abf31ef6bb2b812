//! The verifiable log: RFC 6962 tree, signed notes, checkpoints, proofs, salted commitments; builds and verifies, never signs.
//!
//! In: leaf data, signed texts and public keys, all as bytes or text the caller read. Out: roots, proofs, canonical texts, and
//! `Verified...` values that only the verification functions here can make.
//! Absent on purpose: signing keys, files, sockets, clocks and randomness. A nonce, a time and a signature are arguments.
//!
//! | file | what | source |
//! |---|---|---|
//! | `hash` | leaf and node hashes, sizes and indices | RFC 6962 section 2.1 |
//! | `tree` | append, roots, making proofs | RFC 6962 section 2.1 |
//! | `proof` | checking proofs | RFC 9162 sections 2.1.3.2 and 2.1.4.2 |
//! | `key`, `note`, `signers` | verifier keys, texts signed by one or more of them | c2sp.org/signed-note, c2sp.org/tlog-cosignature |
//! | `checkpoint` | the log's signed size and root | c2sp.org/tlog-checkpoint |
//! | `offline_proof` | one entry's proof and checkpoint in one file | c2sp.org/tlog-proof |
//! | `tile` | how the tree is cut into files | c2sp.org/tlog-tiles |
//! | `record`, `entry` | what our log says: statements, and salted commitments to them | this project |

mod hash;
mod text;

mod tree;

mod proof;

mod key;
mod note;
mod signers;

mod checkpoint;
mod offline_proof;

mod tile;

mod record;

mod entry;

pub use checkpoint::{Checkpoint, CheckpointError, VerifiedCheckpoint, parse_checkpoint, verify_checkpoint};
pub use entry::{
    Commitment, Entry, EntryError, EntryKind, Nonce, OPENING_RECORD_BYTES_MAX, OpenedEntry, Opening, commit,
    parse_entry, parse_opening, verify_opening,
};
pub use hash::{HASH_BYTES, LeafHash, LeafIndex, NodeHash, RootHash, TREE_SIZE_MAX, TreeSize, leaf_hash, node_hash};
pub use key::{KeyError, NoteAlgorithm, NoteKey, ORIGIN_BYTES_MAX, Origin, parse_note_key, parse_origin};
pub use note::{
    NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, NoteError, NoteSignature, NoteText, SignedNote, parse_note_draft,
    parse_note_text, parse_signed_note,
};
pub use offline_proof::{EXTRA_BYTES_MAX, OfflineProof, OfflineProofError, parse_offline_proof, verify_offline_proof};
pub use proof::{
    ConsistencyProof, InclusionProof, PROOF_HASHES_MAX, ProofError, VerifiedConsistency, VerifiedInclusion,
    verify_consistency, verify_inclusion,
};
pub use record::{RECORD_BYTES_MAX, RECORD_VALUE_BYTES_MAX, Record, RecordError, RecordWriter, parse_record};
pub use signers::{VerifiedNote, VerifiedSigner, cosignature_message, verify_note, verify_note_by_all};
pub use tile::{
    ENTRY_BYTES_MAX, LevelTiles, TILE_LEVEL_MAX, TILE_WIDTH, TileError, entries_tile_path, entry_bundle, hash_tile,
    parse_entry_bundle, tile_path, tiles_for_size,
};
pub use tree::{MerkleTree, TreeError};
