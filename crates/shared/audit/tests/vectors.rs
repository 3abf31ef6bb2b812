//! The library against `vectors/transparency-log.json`, which a separate Python implementation of the standards made.
//!
//! The file's vectors for rounding and midpoints belong to another crate and are not read here.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;

use counterfoil_audit::*;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/transparency-log.json")).unwrap()
}

fn text<'a>(vectors: &'a Value, name: &str) -> &'a str {
    vectors[name].as_str().unwrap()
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hash(value: &Value) -> [u8; 32] {
    unhex(value.as_str().unwrap()).try_into().unwrap()
}

fn hashes(values: &Value) -> Vec<NodeHash> {
    values.as_array().unwrap().iter().map(|value| NodeHash(hash(value))).collect()
}

fn leaves(vectors: &Value) -> Vec<Vec<u8>> {
    vectors["leaves_hex"].as_array().unwrap().iter().map(|leaf| unhex(leaf.as_str().unwrap())).collect()
}

fn tree(vectors: &Value) -> MerkleTree {
    leaves(vectors).iter().map(|leaf| leaf_hash(leaf)).collect()
}

fn root(vectors: &Value, size: u64) -> RootHash {
    RootHash(hash(&vectors["roots"][size.to_string()]))
}

fn key_pair(vectors: &Value, seed: &str) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&unhex(text(vectors, seed))).unwrap()
}

fn public(pair: &Ed25519KeyPair) -> [u8; 32] {
    pair.public_key().as_ref().try_into().unwrap()
}

#[test]
fn leaf_hashes_and_roots() {
    let vectors = vectors();
    let expected = vectors["leaf_hashes"].as_array().unwrap();
    let leaves = leaves(&vectors);
    assert_eq!((leaves.len(), expected.len()), (8, 8));
    for (leaf, expected) in leaves.iter().zip(expected) {
        assert_eq!(leaf_hash(leaf).to_string(), expected.as_str().unwrap());
    }
    let tree = tree(&vectors);
    assert_eq!(vectors["roots"].as_object().unwrap().len(), 9);
    for size in 0..=8 {
        assert_eq!(tree.root_at(TreeSize(size)).unwrap(), root(&vectors, size));
    }
}

#[test]
fn inclusion_proofs() {
    let vectors = vectors();
    let tree = tree(&vectors);
    let cases = vectors["inclusion"].as_array().unwrap();
    assert_eq!(cases.len(), 36);
    for case in cases {
        let (index, size) = (LeafIndex(case["index"].as_u64().unwrap()), TreeSize(case["size"].as_u64().unwrap()));
        let proof = InclusionProof { hashes: hashes(&case["proof"]) };
        assert_eq!(tree.inclusion_proof(index, size).unwrap(), proof);
        verify_inclusion(tree.leaf(index).unwrap(), index, size, root(&vectors, size.0), &proof).unwrap();
    }
}

#[test]
fn consistency_proofs() {
    let vectors = vectors();
    let tree = tree(&vectors);
    let cases = vectors["consistency"].as_array().unwrap();
    assert_eq!(cases.len(), 36);
    for case in cases {
        let (old, new) = (TreeSize(case["old"].as_u64().unwrap()), TreeSize(case["new"].as_u64().unwrap()));
        let proof = ConsistencyProof { hashes: hashes(&case["proof"]) };
        assert_eq!(tree.consistency_proof(old, new).unwrap(), proof);
        verify_consistency(old, root(&vectors, old.0), new, root(&vectors, new.0), &proof).unwrap();
    }
}

#[test]
fn the_proof_of_a_witness_request() {
    let vectors = vectors();
    let request = text(&vectors, "add_checkpoint_request_old3");
    let (head, note) = request.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("old 3"));
    // Written as base64 here and as hexadecimal among the consistency proofs.
    let case =
        vectors["consistency"].as_array().unwrap().iter().find(|case| case["old"] == 3 && case["new"] == 8).unwrap();
    assert_eq!(lines.count(), hashes(&case["proof"]).len());
    let key = parse_note_key(text(&vectors, "log_vkey")).unwrap();
    assert_eq!(verify_checkpoint(note.as_bytes(), &key).unwrap().root(), root(&vectors, 8));
}

#[test]
fn verifier_keys() {
    let vectors = vectors();
    let log = parse_note_key(text(&vectors, "log_vkey")).unwrap();
    let pair = key_pair(&vectors, "log_seed_hex");
    assert_eq!(NoteKey::from_ed25519("linkage-log.example/test", public(&pair)).unwrap(), log);
    assert_eq!(log.to_string(), text(&vectors, "log_vkey"));
    assert_eq!(log.algorithm(), NoteAlgorithm::Ed25519);
    let witness = parse_note_key(text(&vectors, "witness_vkey")).unwrap();
    let pair = key_pair(&vectors, "witness_seed_hex");
    assert_eq!(NoteKey::from_ed25519_cosigner("witness.example/w1", public(&pair)).unwrap(), witness);
    assert_eq!(witness.to_string(), text(&vectors, "witness_vkey"));
    assert_eq!(witness.algorithm(), NoteAlgorithm::Ed25519Cosignature);
}

#[test]
fn checkpoint_body_and_signatures() {
    let vectors = vectors();
    let body = text(&vectors, "checkpoint_body");
    let origin = parse_origin("linkage-log.example/test").unwrap();
    let checkpoint = Checkpoint { origin, size: TreeSize(8), root: root(&vectors, 8) };
    assert_eq!(checkpoint.to_note_text().as_str(), body);
    assert_eq!(parse_checkpoint(body).unwrap(), checkpoint);

    let message = cosignature_message(1_700_000_000, &checkpoint.to_note_text());
    assert_eq!(message, text(&vectors, "cosigned_message").as_bytes());

    // Ed25519 is deterministic: signed here, the note must be the same to the byte.
    let log = parse_note_key(text(&vectors, "log_vkey")).unwrap();
    let witness = parse_note_key(text(&vectors, "witness_vkey")).unwrap();
    let note = SignedNote::attach(checkpoint.to_note_text());
    let signature = key_pair(&vectors, "log_seed_hex").sign(note.message());
    let mut cosignature = 1_700_000_000_u64.to_be_bytes().to_vec();
    cosignature.extend(key_pair(&vectors, "witness_seed_hex").sign(&message).as_ref());
    let note = note.with_signature(&log, signature.as_ref()).unwrap().with_signature(&witness, &cosignature).unwrap();
    let signed = text(&vectors, "signed_checkpoint");
    assert_eq!(note.to_string(), signed);

    assert_eq!(verify_checkpoint(signed.as_bytes(), &log).unwrap().checkpoint(), &checkpoint);
    let verified = verify_note_by_all(&parse_signed_note(signed.as_bytes()).unwrap(), &[witness.clone(), log]).unwrap();
    assert_eq!(verified.key_names(), ["linkage-log.example/test", "witness.example/w1"]);
    let times: Vec<_> = verified.signers().iter().map(VerifiedSigner::time_seconds).collect();
    assert_eq!(times, [None, Some(1_700_000_000)]);
    assert_eq!(verify_checkpoint(signed.as_bytes(), &witness), Err(CheckpointError::WitnessKey));
}

#[test]
fn offline_proof() {
    let vectors = vectors();
    let proof_text = text(&vectors, "tlog_proof_index5");
    let proof = parse_offline_proof(proof_text.as_bytes()).unwrap();
    assert_eq!(proof.to_text(), proof_text);
    let key = parse_note_key(text(&vectors, "log_vkey")).unwrap();
    let leaves = leaves(&vectors);
    let verified = verify_offline_proof(&proof, &leaves[5], &key).unwrap();
    assert_eq!((verified.index(), verified.size(), verified.root()), (LeafIndex(5), TreeSize(8), root(&vectors, 8)));
    let made = OfflineProof {
        index: LeafIndex(5),
        extra: None,
        inclusion: tree(&vectors).inclusion_proof(LeafIndex(5), TreeSize(8)).unwrap(),
        checkpoint: parse_signed_note(text(&vectors, "signed_checkpoint").as_bytes()).unwrap(),
    };
    assert_eq!(made, proof);
    for (place, leaf) in leaves.iter().enumerate().filter(|&(place, _)| place != 5) {
        let refused = verify_offline_proof(&proof, leaf, &key);
        assert_eq!(refused, Err(OfflineProofError::Proof(ProofError::RootMismatch)), "{place}");
    }
    let witness = parse_note_key(text(&vectors, "witness_vkey")).unwrap();
    let refused = verify_offline_proof(&proof, &leaves[5], &witness);
    assert_eq!(refused, Err(OfflineProofError::Checkpoint(CheckpointError::WitnessKey)));
}

#[test]
fn bundle_and_tile() {
    let vectors = vectors();
    let leaves = leaves(&vectors);
    let entries: Vec<&[u8]> = leaves.iter().map(Vec::as_slice).collect();
    let bundle = unhex(text(&vectors, "entry_bundle_partial8_hex"));
    assert_eq!(entry_bundle(&entries).unwrap(), bundle);
    assert_eq!(parse_entry_bundle(&bundle).unwrap(), entries);
    assert_eq!(hash_tile(&tree(&vectors), 0, 0, Some(8)).unwrap(), unhex(text(&vectors, "level0_tile_partial8_hex")));
}

#[test]
fn tile_paths_and_tiles_of_a_size() {
    let vectors = vectors();
    let paths = vectors["tile_index_paths"].as_object().unwrap();
    assert_eq!(paths.len(), 7);
    for (index, expected) in paths {
        let (index, expected) = (index.parse().unwrap(), expected.as_str().unwrap());
        assert_eq!(tile_path(2, index, None).unwrap(), format!("tile/2/{expected}"));
        assert_eq!(tile_path(0, index, Some(17)).unwrap(), format!("tile/0/{expected}.p/17"));
        assert_eq!(entries_tile_path(index, None).unwrap(), format!("tile/entries/{expected}"));
    }
    let sizes: BTreeMap<String, Value> = serde_json::from_value(vectors["tiles_for_size"].clone()).unwrap();
    assert_eq!(sizes.len(), 6);
    for (size, levels) in sizes {
        let expected: Vec<_> = levels
            .as_array()
            .unwrap()
            .iter()
            .map(|level| ["level", "full", "partial"].map(|part| level[part].as_u64().unwrap()))
            .collect();
        let found: Vec<_> = tiles_for_size(TreeSize(size.parse().unwrap()))
            .into_iter()
            .map(|tiles| [u64::from(tiles.level), tiles.full, u64::from(tiles.partial_width)])
            .collect();
        assert_eq!(found, expected, "{size}");
    }
    assert_eq!(tiles_for_size(TreeSize(0)), []);
}
