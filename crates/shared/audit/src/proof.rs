//! Checking that a leaf is in a tree, and that a newer tree begins with an older one (RFC 9162 sections 2.1.3.2 and 2.1.4.2).
//!
//! In: hashes, sizes and roots, of which the roots should come from a verified checkpoint. Out: a value that says what was proved,
//! which nothing but these functions can make.
//! Absent on purpose: the tree; whoever checks a proof needs no part of the log.

use thiserror::Error;

use crate::hash::{LeafHash, LeafIndex, NodeHash, RootHash, TreeSize, node_hash};

/// Most hashes in one proof: the depth of the largest tree accepted.
pub const PROOF_HASHES_MAX: usize = 63;

/// The hashes that lead from a leaf to the root, lowest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// Sibling subtrees from the leaf upwards, at most [`PROOF_HASHES_MAX`].
    pub hashes: Vec<NodeHash>,
}

/// The hashes that lead from an older root to a newer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Subtrees in the order of RFC 6962 section 2.1.2, at most [`PROOF_HASHES_MAX`].
    pub hashes: Vec<NodeHash>,
}

/// A leaf proved to be in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedInclusion {
    leaf: LeafHash,
    index: LeafIndex,
    size: TreeSize,
    root: RootHash,
    root_as_last: RootHash,
}

impl VerifiedInclusion {
    /// The leaf.
    pub fn leaf(&self) -> LeafHash {
        self.leaf
    }

    /// Its place.
    pub fn index(&self) -> LeafIndex {
        self.index
    }

    /// Leaves in the tree.
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// Root of the tree.
    pub fn root(&self) -> RootHash {
        self.root
    }

    /// Root of the tree when this leaf was its last: what the log had signed before anything was added to it.
    pub fn root_as_last(&self) -> RootHash {
        self.root_as_last
    }
}

/// A newer tree proved to begin with an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedConsistency {
    old_size: TreeSize,
    old_root: RootHash,
    new_size: TreeSize,
    new_root: RootHash,
}

impl VerifiedConsistency {
    /// Leaves in the older tree.
    pub fn old_size(&self) -> TreeSize {
        self.old_size
    }

    /// Root of the older tree.
    pub fn old_root(&self) -> RootHash {
        self.old_root
    }

    /// Leaves in the newer tree.
    pub fn new_size(&self) -> TreeSize {
        self.new_size
    }

    /// Root of the newer tree.
    pub fn new_root(&self) -> RootHash {
        self.new_root
    }
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// The leaf would be outside the tree.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutsideTree {
        /// Place claimed.
        index: LeafIndex,
        /// Leaves in the tree.
        size: TreeSize,
    },
    /// The tree shrank.
    #[error("the older size {old} is larger than the newer size {new}")]
    OldBeyondNew {
        /// Older size claimed.
        old: TreeSize,
        /// Newer size claimed.
        new: TreeSize,
    },
    /// More hashes than any tree needs.
    #[error("the proof has {hashes} hashes; at most {PROOF_HASHES_MAX} are possible")]
    TooManyHashes {
        /// Hashes in the proof.
        hashes: usize,
    },
    /// Not the number of hashes that these sizes need.
    #[error("the proof has {hashes} hashes, which is not the number that these sizes need")]
    WrongLength {
        /// Hashes in the proof.
        hashes: usize,
    },
    /// The hashes do not lead from the leaf to the root.
    #[error("the proof does not lead to the tree's root: the leaf, the proof or the root was changed")]
    RootMismatch,
    /// The hashes do not lead to the older root.
    #[error("the proof does not lead to the older root: the older root or the proof was changed")]
    OldRootMismatch,
    /// The hashes do not lead to the newer root.
    #[error(
        "the proof does not lead to the newer root: the newer root or the proof was changed, or the log was rewritten"
    )]
    NewRootMismatch,
}

/// Checks that `leaf` is leaf `index` of the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// [`ProofError`] if it is not, or if the proof does not show it.
pub fn verify_inclusion(
    leaf: LeafHash,
    index: LeafIndex,
    size: TreeSize,
    root: RootHash,
    proof: &InclusionProof,
) -> Result<VerifiedInclusion, ProofError> {
    refuse_too_many(&proof.hashes)?;
    if index.0 >= size.0 {
        return Err(ProofError::IndexOutsideTree { index, size });
    }
    let wrong_length = ProofError::WrongLength { hashes: proof.hashes.len() };
    let mut walk = Walk { node: index.0, last: size.0 - 1 };
    let mut reached = NodeHash::from(leaf);
    // The subtrees to the left of a leaf are those of the tree that ended with it: complete, and one for each bit of its place.
    let mut as_last = reached;
    for &sibling in &proof.hashes {
        reached = match walk.up().ok_or(wrong_length)? {
            Side::Left => {
                as_last = node_hash(sibling, as_last);
                node_hash(sibling, reached)
            }
            Side::Right => node_hash(reached, sibling),
        };
    }
    if !walk.at_root() {
        return Err(wrong_length);
    }
    if RootHash::from(reached) != root {
        return Err(ProofError::RootMismatch);
    }
    Ok(VerifiedInclusion { leaf, index, size, root, root_as_last: as_last.into() })
}

/// Checks that the tree of `new_size` leaves begins with the tree of `old_size` (RFC 9162 section 2.1.4.2).
///
/// A tree without leaves must have the root of the empty tree; everything is consistent with it, by an empty proof.
///
/// # Errors
/// [`ProofError`] if it does not, or if the proof does not show it.
pub fn verify_consistency(
    old_size: TreeSize,
    old_root: RootHash,
    new_size: TreeSize,
    new_root: RootHash,
    proof: &ConsistencyProof,
) -> Result<VerifiedConsistency, ProofError> {
    refuse_too_many(&proof.hashes)?;
    if old_size > new_size {
        return Err(ProofError::OldBeyondNew { old: old_size, new: new_size });
    }
    let verified = VerifiedConsistency { old_size, old_root, new_size, new_root };
    if old_size.0 == 0 || old_size == new_size {
        return verify_trivially(verified, proof);
    }
    let wrong_length = ProofError::WrongLength { hashes: proof.hashes.len() };
    let (mut walk, first, rest) = start_of_consistency(verified, proof).ok_or(wrong_length)?;
    let (mut old_reached, mut new_reached) = (first, first);
    for &hash in rest {
        match walk.up().ok_or(wrong_length)? {
            Side::Left => {
                old_reached = node_hash(hash, old_reached);
                new_reached = node_hash(hash, new_reached);
            }
            Side::Right => new_reached = node_hash(new_reached, hash),
        }
    }
    if !walk.at_root() {
        return Err(wrong_length);
    }
    if RootHash::from(old_reached) != old_root {
        return Err(ProofError::OldRootMismatch);
    }
    if RootHash::from(new_reached) != new_root {
        return Err(ProofError::NewRootMismatch);
    }
    Ok(verified)
}

/// The way from a node to the root: `fn` and `sn` of RFC 9162, the node's place in its level and that of the level's last node.
struct Walk {
    node: u64,
    last: u64,
}

enum Side {
    Left,
    Right,
}

impl Walk {
    /// Goes up past one sibling and says on which side it stood, or nothing if this was the root already.
    fn up(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node % 2 == 1 || self.node == self.last {
            // At the right edge levels without a sibling are passed over.
            while self.node.is_multiple_of(2) && self.node != 0 {
                self.shift();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.shift();
        Some(side)
    }

    fn shift(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    fn at_root(&self) -> bool {
        self.last == 0
    }
}

/// Steps 2 to 4: where the walk begins, the hash it begins with, and the hashes still to come.
fn start_of_consistency(claim: VerifiedConsistency, proof: &ConsistencyProof) -> Option<(Walk, NodeHash, &[NodeHash])> {
    let mut walk = Walk { node: claim.old_size.0 - 1, last: claim.new_size.0 - 1 };
    while walk.node % 2 == 1 {
        walk.shift();
    }
    if proof.hashes.is_empty() {
        return None;
    }
    if claim.old_size.0.is_power_of_two() {
        return Some((walk, NodeHash(claim.old_root.0), &proof.hashes));
    }
    let (first, rest) = proof.hashes.split_first()?;
    Some((walk, *first, rest))
}

fn verify_trivially(claim: VerifiedConsistency, proof: &ConsistencyProof) -> Result<VerifiedConsistency, ProofError> {
    if !proof.hashes.is_empty() {
        return Err(ProofError::WrongLength { hashes: proof.hashes.len() });
    }
    if claim.old_size.0 == 0 && claim.old_root != RootHash::empty_tree() {
        return Err(ProofError::OldRootMismatch);
    }
    if claim.old_size == claim.new_size && claim.old_root != claim.new_root {
        return Err(ProofError::NewRootMismatch);
    }
    Ok(claim)
}

fn refuse_too_many(hashes: &[NodeHash]) -> Result<(), ProofError> {
    if hashes.len() > PROOF_HASHES_MAX { Err(ProofError::TooManyHashes { hashes: hashes.len() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
