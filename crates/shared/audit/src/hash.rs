//! Hashes of the log's tree, and the two numbers that place a leaf in it (RFC 6962 section 2.1, SHA-256).
//!
//! In: leaf bytes or two child hashes. Out: typed hashes, so that a leaf hash is never taken for a root.
//! Absent on purpose: any other hash function, and hashing without a domain byte.

use std::fmt;

use ring::digest;

/// Bytes of one SHA-256 hash.
pub const HASH_BYTES: usize = 32;

/// Largest tree size accepted, 2^63 - 1: a proof in such a tree has at most 63 hashes, and the number fits a signed database column.
pub const TREE_SIZE_MAX: u64 = i64::MAX as u64;

macro_rules! hash_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; HASH_BYTES]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                crate::text::write_hex(f, &self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

hash_type! {
    /// The root of a whole tree. Displayed as 64 hexadecimal digits.
    RootHash
}
hash_type! {
    /// The hash of one leaf's data, SHA-256(0x00 ‖ data). Displayed as 64 hexadecimal digits.
    LeafHash
}
hash_type! {
    /// The root of any subtree, a single leaf included: what proofs and tiles are made of. Displayed as 64 hexadecimal digits.
    NodeHash
}

impl RootHash {
    /// The root of the tree without leaves: SHA-256 of the empty string.
    pub fn empty_tree() -> Self {
        Self(sha256(&[]))
    }
}

impl From<LeafHash> for NodeHash {
    fn from(leaf: LeafHash) -> Self {
        Self(leaf.0)
    }
}

impl From<NodeHash> for RootHash {
    /// The root of a subtree that is the whole tree.
    fn from(node: NodeHash) -> Self {
        Self(node.0)
    }
}

/// Number of leaves in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeSize(pub u64);

/// Place of a leaf in the log, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIndex(pub u64);

impl fmt::Display for TreeSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for LeafIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Hashes the data of one leaf: SHA-256(0x00 ‖ data), RFC 6962 section 2.1.
pub fn leaf_hash(data: &[u8]) -> LeafHash {
    LeafHash(sha256(&[&[0x00], data]))
}

/// Hashes two subtrees into their parent: SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1.
pub fn node_hash(left: NodeHash, right: NodeHash) -> NodeHash {
    NodeHash(sha256(&[&[0x01], &left.0, &right.0]))
}

/// SHA-256 of the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; HASH_BYTES] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().try_into().expect("SHA-256 is 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaf_and_node_are_separate_domains() {
        let (left, right) = (NodeHash([1; 32]), NodeHash([2; 32]));
        let mut joined = left.0.to_vec();
        joined.extend(right.0);
        // Without the domain byte a 64-byte leaf could stand for an inner node (second preimage).
        assert_ne!(leaf_hash(&joined).0, node_hash(left, right).0);
        assert_ne!(node_hash(left, right), node_hash(right, left));
    }

    #[test]
    fn shown_in_hexadecimal() {
        assert_eq!(
            RootHash::empty_tree().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert!(format!("{:?}", LeafHash([0xab; 32])).starts_with("LeafHash(abab"));
    }
}
