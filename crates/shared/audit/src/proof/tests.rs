//! Every proof holds for its own leaf, place, size and root, and for nothing else.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::*;
use crate::hash::leaf_hash;
use crate::tree::MerkleTree;

fn tree(leaves: u8) -> MerkleTree {
    (0..leaves).map(|number| leaf_hash(&[number])).collect()
}

fn damaged(hashes: &[NodeHash]) -> Vec<Vec<NodeHash>> {
    let mut all = vec![];
    for place in 0..hashes.len() {
        let mut shorter = hashes.to_vec();
        shorter.remove(place);
        all.push(shorter);
        for byte in 0..32 {
            let mut flipped = hashes.to_vec();
            flipped[place].0[byte] ^= 1 << (byte % 8);
            all.push(flipped);
        }
        if place > 0 && hashes[place] != hashes[place - 1] {
            let mut swapped = hashes.to_vec();
            swapped.swap(place, place - 1);
            all.push(swapped);
        }
    }
    for place in 0..=hashes.len() {
        let mut longer = hashes.to_vec();
        longer.insert(place, NodeHash([7; 32]));
        all.push(longer);
    }
    all
}

#[test]
fn inclusion_holds_for_its_own_leaf_place_and_size_only() {
    let tree = tree(70);
    for size in 1..=70 {
        let root = tree.root_at(TreeSize(size)).unwrap();
        for index in 0..size {
            let proof = tree.inclusion_proof(LeafIndex(index), TreeSize(size)).unwrap();
            let leaf = tree.leaf(LeafIndex(index)).unwrap();
            let verified = verify_inclusion(leaf, LeafIndex(index), TreeSize(size), root, &proof).unwrap();
            assert_eq!(
                (verified.leaf(), verified.index().0, verified.size().0, verified.root()),
                (leaf, index, size, root)
            );
            assert_eq!(verified.root_as_last(), tree.root_at(TreeSize(index + 1)).unwrap(), "{index} of {size}");
            for other in (0..size + 2).filter(|&other| other != index) {
                assert!(
                    verify_inclusion(leaf, LeafIndex(other), TreeSize(size), root, &proof).is_err(),
                    "{index} {size} {other}"
                );
            }
            assert_eq!(
                verify_inclusion(leaf_hash(b"other"), LeafIndex(index), TreeSize(size), root, &proof),
                Err(ProofError::RootMismatch)
            );
        }
    }
}

#[test]
fn every_damage_to_an_inclusion_proof_is_seen() {
    let tree = tree(21);
    for size in 1..=21 {
        let root = tree.root_at(TreeSize(size)).unwrap();
        for index in 0..size {
            let leaf = tree.leaf(LeafIndex(index)).unwrap();
            let proof = tree.inclusion_proof(LeafIndex(index), TreeSize(size)).unwrap();
            for hashes in damaged(&proof.hashes) {
                assert!(
                    verify_inclusion(leaf, LeafIndex(index), TreeSize(size), root, &InclusionProof { hashes }).is_err()
                );
            }
        }
    }
}

#[test]
fn consistency_holds_for_its_own_roots_only() {
    let tree = tree(70);
    let other = RootHash([9; 32]);
    for new in 0..=70 {
        let new_root = tree.root_at(TreeSize(new)).unwrap();
        for old in 0..=new {
            let old_root = tree.root_at(TreeSize(old)).unwrap();
            let proof = tree.consistency_proof(TreeSize(old), TreeSize(new)).unwrap();
            let check =
                |old_root, new_root| verify_consistency(TreeSize(old), old_root, TreeSize(new), new_root, &proof);
            let verified = check(old_root, new_root).unwrap();
            assert_eq!((verified.old_size().0, verified.new_size().0), (old, new));
            assert_eq!((verified.old_root(), verified.new_root()), (old_root, new_root));
            assert!(check(other, new_root).is_err());
            // From the empty tree anything may grow.
            assert_eq!(check(old_root, other).is_err(), old != 0 || new == 0, "{old} {new}");
            if old < new {
                assert_eq!(
                    verify_consistency(TreeSize(new), new_root, TreeSize(old), old_root, &proof),
                    Err(ProofError::OldBeyondNew { old: TreeSize(new), new: TreeSize(old) })
                );
            }
        }
    }
}

#[test]
fn every_damage_to_a_consistency_proof_is_seen() {
    let tree = tree(21);
    for new in 0..=21 {
        let new_root = tree.root_at(TreeSize(new)).unwrap();
        for old in 0..=new {
            let old_root = tree.root_at(TreeSize(old)).unwrap();
            let proof = tree.consistency_proof(TreeSize(old), TreeSize(new)).unwrap();
            for hashes in damaged(&proof.hashes) {
                let proof = ConsistencyProof { hashes };
                assert!(
                    verify_consistency(TreeSize(old), old_root, TreeSize(new), new_root, &proof).is_err(),
                    "{old} {new}"
                );
            }
        }
    }
}

#[test]
fn long_proofs_are_refused_before_any_hashing() {
    let hashes = vec![NodeHash([0; 32]); 64];
    let (size, root) = (TreeSize(u64::MAX), RootHash([0; 32]));
    let inclusion = InclusionProof { hashes: hashes.clone() };
    let refusal = ProofError::TooManyHashes { hashes: 64 };
    assert_eq!(verify_inclusion(LeafHash([0; 32]), LeafIndex(0), size, root, &inclusion), Err(refusal));
    assert_eq!(verify_consistency(TreeSize(1), root, size, root, &ConsistencyProof { hashes }), Err(refusal));
}

#[test]
fn a_rewritten_log_is_not_consistent() {
    let honest = tree(20);
    let rewritten: MerkleTree = (0..30).map(|number| leaf_hash(&[if number == 3 { 99 } else { number }])).collect();
    let proof = rewritten.consistency_proof(TreeSize(20), TreeSize(30)).unwrap();
    let refused = verify_consistency(TreeSize(20), honest.root(), TreeSize(30), rewritten.root(), &proof);
    assert_eq!(refused, Err(ProofError::OldRootMismatch));
}

#[test]
fn places_beyond_32_bits_are_told_apart() {
    // A proof by hand: leaf 2^32 is alone to the right of a full tree of 2^32 leaves.
    let (leaf, left) = (leaf_hash(b"first after 2^32"), NodeHash([5; 32]));
    let root = RootHash::from(node_hash(left, leaf.into()));
    let proof = InclusionProof { hashes: vec![left] };
    let (index, size) = (LeafIndex(1 << 32), TreeSize((1 << 32) + 1));
    assert!(verify_inclusion(leaf, index, size, root, &proof).is_ok());
    assert!(verify_inclusion(leaf, LeafIndex(0), size, root, &proof).is_err());
    assert!(verify_inclusion(leaf, index, TreeSize((1 << 32) + 2), root, &proof).is_err());
    // The same tree grew from exactly 2^32 leaves.
    let consistency = ConsistencyProof { hashes: vec![leaf.into()] };
    let old_root = RootHash::from(left);
    assert!(verify_consistency(TreeSize(1 << 32), old_root, size, root, &consistency).is_ok());
    assert!(verify_consistency(TreeSize((1 << 32) - 1), old_root, size, root, &consistency).is_err());
}
