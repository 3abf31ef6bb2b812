//! The tree itself, in memory: append a leaf, name the root at any size, make the two proofs (RFC 6962 section 2.1).
//!
//! In: leaf hashes in log order. Out: roots and proofs, in O(log n) from the stored roots of all full subtrees.
//! Absent on purpose: removal and change of a leaf (the log is append-only), the leaf data, and storage.

use thiserror::Error;

use crate::hash::{LeafHash, LeafIndex, NodeHash, RootHash, TreeSize, node_hash};
use crate::proof::{ConsistencyProof, InclusionProof};

/// An append-only Merkle tree with the root of every full subtree kept: two hashes (64 bytes) a leaf.
#[derive(Clone, Debug, Default)]
pub struct MerkleTree {
    /// `levels[l][i]` is the root over leaves `i * 2^l .. (i + 1) * 2^l`; only full subtrees are there.
    levels: Vec<Vec<NodeHash>>,
}

/// Why a root or a proof cannot be made.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TreeError {
    /// The size asked for is larger than the tree.
    #[error("size {asked} is beyond the tree, which has {held} leaves")]
    SizeBeyondTree {
        /// Size asked for.
        asked: TreeSize,
        /// Leaves in the tree.
        held: TreeSize,
    },
    /// The leaf is not in a tree of this size.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutsideTree {
        /// Leaf asked for.
        index: LeafIndex,
        /// Size asked for.
        size: TreeSize,
    },
    /// The older size is larger than the newer one.
    #[error("the older size {old} is larger than the newer size {new}")]
    OldBeyondNew {
        /// Older size asked for.
        old: TreeSize,
        /// Newer size asked for.
        new: TreeSize,
    },
}

impl MerkleTree {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one leaf at the end and returns its place. O(1) amortised, O(log n) at worst.
    pub fn append(&mut self, leaf: LeafHash) -> LeafIndex {
        let index = LeafIndex(self.size().0);
        let mut completed = NodeHash::from(leaf);
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(completed);
            let count = nodes.len();
            if count % 2 == 1 {
                break;
            }
            completed = node_hash(nodes[count - 2], nodes[count - 1]);
        }
        index
    }

    /// Number of leaves.
    pub fn size(&self) -> TreeSize {
        TreeSize(self.leaves() as u64)
    }

    /// Hash of one leaf, if it is in the tree.
    pub fn leaf(&self, index: LeafIndex) -> Option<LeafHash> {
        self.full_subtree(0, index.0).map(|node| LeafHash(node.0))
    }

    /// Root over all leaves.
    pub fn root(&self) -> RootHash {
        self.root_of_first(self.leaves())
    }

    /// Root over the first `size` leaves.
    ///
    /// # Errors
    /// [`TreeError::SizeBeyondTree`] if the tree is smaller.
    pub fn root_at(&self, size: TreeSize) -> Result<RootHash, TreeError> {
        Ok(self.root_of_first(self.within(size)?))
    }

    /// Proof that leaf `index` is in the tree of the first `size` leaves: PATH(m, D\[n\]) of RFC 6962 section 2.1.1, leaf upwards.
    ///
    /// # Errors
    /// [`TreeError::SizeBeyondTree`] or [`TreeError::IndexOutsideTree`].
    pub fn inclusion_proof(&self, index: LeafIndex, size: TreeSize) -> Result<InclusionProof, TreeError> {
        let end = self.within(size)?;
        let leaf = usize::try_from(index.0)
            .ok()
            .filter(|&leaf| leaf < end)
            .ok_or(TreeError::IndexOutsideTree { index, size })?;
        Ok(InclusionProof { hashes: self.siblings(end, |begin, end| end - begin == 1, |split| leaf < split) })
    }

    /// Proof that the first `new` leaves begin with the first `old` ones: PROOF(m, D\[n\]) of RFC 6962 section 2.1.2.
    /// Empty if `old` is 0 or equals `new`.
    ///
    /// # Errors
    /// [`TreeError::SizeBeyondTree`] or [`TreeError::OldBeyondNew`].
    pub fn consistency_proof(&self, old: TreeSize, new: TreeSize) -> Result<ConsistencyProof, TreeError> {
        let end = self.within(new)?;
        if old > new {
            return Err(TreeError::OldBeyondNew { old, new });
        }
        let old_end = self.within(old)?;
        if old_end == 0 || old_end == end {
            return Ok(ConsistencyProof { hashes: Vec::new() });
        }
        // The subtree that ends exactly where the old tree does. If it is the whole old tree, the verifier has its root already.
        let mut last = (0, 0);
        let mut hashes = self.siblings(
            end,
            |begin, end| {
                last = (begin, end);
                end == old_end
            },
            |split| old_end <= split,
        );
        if last.0 != 0 {
            hashes.insert(0, self.subtree(last.0, last.1));
        }
        Ok(ConsistencyProof { hashes })
    }

    /// Root over leaves `index * 2^level .. (index + 1) * 2^level`, if all of them are in the tree.
    pub(crate) fn full_subtree(&self, level: usize, index: u64) -> Option<NodeHash> {
        self.levels.get(level)?.get(usize::try_from(index).ok()?).copied()
    }

    fn leaves(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    fn within(&self, size: TreeSize) -> Result<usize, TreeError> {
        usize::try_from(size.0)
            .ok()
            .filter(|&leaves| leaves <= self.leaves())
            .ok_or(TreeError::SizeBeyondTree { asked: size, held: self.size() })
    }

    fn root_of_first(&self, leaves: usize) -> RootHash {
        if leaves == 0 { RootHash::empty_tree() } else { self.subtree(0, leaves).into() }
    }

    /// Goes down from the root of the first `end` leaves until `arrived`, to the left where `goes_left(split)` says so, and returns
    /// the roots of the subtrees not taken, lowest first.
    fn siblings(
        &self,
        mut end: usize,
        mut arrived: impl FnMut(usize, usize) -> bool,
        goes_left: impl Fn(usize) -> bool,
    ) -> Vec<NodeHash> {
        let mut begin = 0;
        let mut hashes = Vec::new();
        while !arrived(begin, end) {
            let split = begin + split_width(end - begin);
            if goes_left(split) {
                hashes.push(self.subtree(split, end));
                end = split;
            } else {
                hashes.push(self.subtree(begin, split));
                begin = split;
            }
        }
        hashes.reverse();
        hashes
    }

    /// Root over leaves `begin .. end`, which are not empty and are a subtree of some tree: `begin` is a multiple of the largest
    /// power of two below or equal to their number. Joins the full subtrees it falls into, right to left.
    fn subtree(&self, begin: usize, end: usize) -> NodeHash {
        let mut at = begin;
        let mut parts = Vec::new();
        while at < end {
            let level = (end - at).ilog2();
            parts.push(self.levels[level as usize][at >> level]);
            at += 1 << level;
        }
        parts.into_iter().rev().reduce(|right, left| node_hash(left, right)).expect("a subtree has at least one leaf")
    }
}

impl FromIterator<LeafHash> for MerkleTree {
    fn from_iter<I: IntoIterator<Item = LeafHash>>(leaves: I) -> Self {
        let mut tree = Self::new();
        for leaf in leaves {
            tree.append(leaf);
        }
        tree
    }
}

/// Largest power of two below `leaves`, which are at least 2.
fn split_width(leaves: usize) -> usize {
    1 << (leaves - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    /// MTH, PATH and PROOF as RFC 6962 section 2.1 writes them: recursive, over the whole list, nothing kept.
    fn naive_root(leaves: &[LeafHash]) -> NodeHash {
        if let [leaf] = leaves {
            return (*leaf).into();
        }
        let (left, right) = leaves.split_at(naive_split(leaves.len()));
        node_hash(naive_root(left), naive_root(right))
    }

    fn naive_split(leaves: usize) -> usize {
        let mut width = 1;
        while width * 2 < leaves {
            width *= 2;
        }
        width
    }

    fn naive_path(leaf: usize, leaves: &[LeafHash]) -> Vec<NodeHash> {
        if leaves.len() == 1 {
            return vec![];
        }
        let split = naive_split(leaves.len());
        let (left, right) = leaves.split_at(split);
        let (mut path, sibling) =
            if leaf < split { (naive_path(leaf, left), right) } else { (naive_path(leaf - split, right), left) };
        path.push(naive_root(sibling));
        path
    }

    fn naive_subproof(old: usize, leaves: &[LeafHash], known: bool) -> Vec<NodeHash> {
        if old == leaves.len() {
            return if known { vec![] } else { vec![naive_root(leaves)] };
        }
        let split = naive_split(leaves.len());
        let (left, right) = leaves.split_at(split);
        let (mut proof, sibling) = if old <= split {
            (naive_subproof(old, left, known), right)
        } else {
            (naive_subproof(old - split, right, false), left)
        };
        proof.push(naive_root(sibling));
        proof
    }

    fn leaves(count: u8) -> Vec<LeafHash> {
        (0..count).map(|number| leaf_hash(&[number])).collect()
    }

    #[test]
    fn every_size_to_70_agrees_with_the_recursive_definition() {
        let leaves = leaves(70);
        let mut grown = MerkleTree::new();
        let whole: MerkleTree = leaves.iter().copied().collect();
        for (index, &leaf) in leaves.iter().enumerate() {
            assert_eq!(grown.append(leaf), LeafIndex(index as u64));
            let size = index + 1;
            let tree_size = TreeSize(size as u64);
            let root = RootHash::from(naive_root(&leaves[..size]));
            assert_eq!(grown.size(), tree_size);
            assert_eq!(grown.root(), root);
            assert_eq!(whole.root_at(tree_size), Ok(root));
            for other in 0..size {
                let path = naive_path(other, &leaves[..size]);
                assert_eq!(
                    whole.inclusion_proof(LeafIndex(other as u64), tree_size),
                    Ok(InclusionProof { hashes: path })
                );
                let proof = naive_subproof(other + 1, &leaves[..size], true);
                assert_eq!(
                    whole.consistency_proof(TreeSize(other as u64 + 1), tree_size),
                    Ok(ConsistencyProof { hashes: proof })
                );
            }
        }
    }

    #[test]
    fn refuses_what_is_not_in_the_tree() {
        let tree: MerkleTree = leaves(5).into_iter().collect();
        let held = TreeSize(5);
        let beyond = |asked| Err::<(), _>(TreeError::SizeBeyondTree { asked: TreeSize(asked), held });
        for asked in [6, u64::MAX] {
            assert_eq!(tree.root_at(TreeSize(asked)).map(|_| ()), beyond(asked));
            assert_eq!(tree.inclusion_proof(LeafIndex(0), TreeSize(asked)).map(|_| ()), beyond(asked));
            assert_eq!(tree.consistency_proof(TreeSize(1), TreeSize(asked)).map(|_| ()), beyond(asked));
        }
        for (index, size) in [(0, 0), (3, 3), (5, 5), (u64::MAX, 5)] {
            let refusal = TreeError::IndexOutsideTree { index: LeafIndex(index), size: TreeSize(size) };
            assert_eq!(tree.inclusion_proof(LeafIndex(index), TreeSize(size)), Err(refusal));
        }
        let refusal = TreeError::OldBeyondNew { old: TreeSize(4), new: TreeSize(3) };
        assert_eq!(tree.consistency_proof(TreeSize(4), TreeSize(3)), Err(refusal));
        assert_eq!(tree.leaf(LeafIndex(5)), None);
        assert_eq!(tree.leaf(LeafIndex(4)), Some(leaf_hash(&[4])));
    }

    #[test]
    fn the_empty_tree_has_a_root() {
        let tree = MerkleTree::new();
        assert_eq!(tree.root(), RootHash::empty_tree());
        assert_eq!(tree.size(), TreeSize(0));
        assert_eq!(tree.consistency_proof(TreeSize(0), TreeSize(0)), Ok(ConsistencyProof { hashes: vec![] }));
    }
}
