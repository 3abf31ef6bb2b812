//! Every bit of what an auditor is handed is flipped, one at a time, and every flip must be refused; and no bytes make a reader panic.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use counterfoil_audit::*;
use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

const LOG: &str = "log.example/trial";
const RECORD: &[u8] = b"counterfoil-release-1\nagreement thrive-nel\ncell 45\n";

struct Signer {
    pair: Ed25519KeyPair,
    key: NoteKey,
}

fn signer(name: &str, seed: u8) -> Signer {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let key = NoteKey::from_ed25519(name, pair.public_key().as_ref().try_into().unwrap()).unwrap();
    Signer { pair, key }
}

impl Signer {
    fn sign(&self, note: SignedNote) -> SignedNote {
        let signature = self.pair.sign(note.message());
        note.with_signature(&self.key, signature.as_ref()).unwrap()
    }
}

fn entry(number: u8) -> (Entry, Opening) {
    let opening = Opening { nonce: Nonce([number; 16]), record: RECORD.to_vec() };
    let kind = EntryKind::ALL[usize::from(number) % EntryKind::ALL.len()];
    (Entry { kind, time_seconds: 1_700_000_000 + u64::from(number), commitment: opening.commitment() }, opening)
}

/// A log of 11 entries and its signed checkpoint.
fn log() -> (MerkleTree, SignedNote, Signer) {
    let log = signer(LOG, 1);
    let tree: MerkleTree = (0..11).map(|number| leaf_hash(&entry(number).0.to_leaf())).collect();
    let checkpoint = Checkpoint { origin: log.key.name().clone(), size: tree.size(), root: tree.root() };
    (tree, log.sign(SignedNote::attach(checkpoint.to_note_text())), log)
}

fn offline_proof_of(index: u8) -> (OfflineProof, NoteKey) {
    let (tree, checkpoint, log) = log();
    let index = LeafIndex(index.into());
    (
        OfflineProof { index, extra: None, inclusion: tree.inclusion_proof(index, tree.size()).unwrap(), checkpoint },
        log.key,
    )
}

/// The bytes with one bit flipped, for each bit; and with one byte missing or doubled, for each byte.
fn mutations(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flips = (0..bytes.len() * 8).map(move |bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    });
    let cuts = (0..bytes.len()).map(move |place| [&bytes[..place], &bytes[place + 1..]].concat());
    let doublings = (0..bytes.len()).map(move |place| [&bytes[..=place], &bytes[place..]].concat());
    flips.chain(cuts).chain(doublings).filter(move |mutated| mutated != bytes)
}

#[test]
fn every_change_of_a_checkpoint_is_refused() {
    let (_, checkpoint, log) = log();
    let bytes = checkpoint.to_bytes();
    verify_checkpoint(&bytes, &log.key).unwrap();
    for mutated in mutations(&bytes) {
        assert!(verify_checkpoint(&mutated, &log.key).is_err(), "{:?}", String::from_utf8_lossy(&mutated));
    }
}

#[test]
fn every_change_of_a_note_that_all_must_sign_is_refused() {
    let parties = [signer("custodian.example", 2), signer("unit.example", 3), signer("partner.example", 4)];
    let text = RecordWriter::new("counterfoil-agreement-1").field("agreement", "thrive-nel").unwrap().finish();
    let unsigned = SignedNote::attach(parse_note_text(&text).unwrap());
    let note = parties.iter().fold(unsigned, |note, party| party.sign(note));
    let keys: Vec<_> = parties.iter().map(|party| party.key.clone()).collect();
    verify_note_by_all(&note, &keys).unwrap();
    for mutated in mutations(&note.to_bytes()) {
        let verified = parse_signed_note(&mutated).and_then(|note| verify_note_by_all(&note, &keys));
        assert!(verified.is_err(), "{:?}", String::from_utf8_lossy(&mutated));
    }
}

#[test]
fn every_change_of_an_offline_proof_is_refused() {
    for index in [0, 5, 10] {
        let (proof, key) = offline_proof_of(index);
        let leaf = entry(index).0.to_leaf();
        verify_offline_proof(&proof, &leaf, &key).unwrap();
        for mutated in mutations(proof.to_text().as_bytes()) {
            let verified = parse_offline_proof(&mutated).and_then(|proof| verify_offline_proof(&proof, &leaf, &key));
            assert!(verified.is_err(), "{:?}", String::from_utf8_lossy(&mutated));
        }
        for mutated in mutations(&leaf) {
            assert!(verify_offline_proof(&proof, &mutated, &key).is_err());
        }
    }
}

#[test]
fn every_change_of_an_entry_or_its_opening_is_refused() {
    let (entry, opening) = entry(4);
    assert_eq!(verify_opening(&entry, &opening).unwrap().record(), RECORD);
    for mutated in mutations(opening.to_text().as_bytes()) {
        let opened = parse_opening(&mutated).and_then(|opening| verify_opening(&entry, &opening));
        assert!(opened.is_err(), "{:?}", String::from_utf8_lossy(&mutated));
    }
    // An entry's kind and time are not in the commitment: the tree holds them. What still reads as an entry is another leaf.
    for mutated in mutations(&entry.to_leaf()) {
        if let Ok(other) = parse_entry(&mutated) {
            assert_eq!(other.to_leaf(), mutated);
            assert_ne!(leaf_hash(&mutated), leaf_hash(&entry.to_leaf()));
        }
    }
}

#[test]
fn a_release_is_proved_from_files_alone() {
    let (proof, key) = offline_proof_of(4);
    let (entry, opening) = entry(4);
    let (proof, leaf, opening) = (proof.to_text(), entry.to_leaf(), opening.to_text());
    let proof = parse_offline_proof(proof.as_bytes()).unwrap();
    let included = verify_offline_proof(&proof, &leaf, &key).unwrap();
    let opened = verify_opening(&parse_entry(&leaf).unwrap(), &parse_opening(opening.as_bytes()).unwrap()).unwrap();
    assert_eq!(
        (included.index(), opened.kind(), opened.time_seconds()),
        (LeafIndex(4), EntryKind::ReleaseIssued, 1_700_000_004)
    );
    let record = parse_record(std::str::from_utf8(opened.record()).unwrap(), "counterfoil-release-1").unwrap();
    assert_eq!(record.one("cell"), Ok("45"));
    // The opening is not the leaf: what the log publishes does not have the record.
    assert!(!String::from_utf8(leaf).unwrap().contains("45\n"));
}

#[test]
fn a_checkpoint_of_another_log_is_refused() {
    let (tree, _, log) = log();
    let other = Checkpoint { origin: parse_origin("other.example").unwrap(), size: tree.size(), root: tree.root() };
    let note = log.sign(SignedNote::attach(other.to_note_text()));
    let refused = CheckpointError::OtherLog { expected: log.key.name().clone(), found: other.origin };
    assert_eq!(verify_checkpoint(&note.to_bytes(), &log.key), Err(refused));
    // Signed by the log, but no checkpoint.
    let note = log.sign(SignedNote::attach(parse_note_text("hello\n").unwrap()));
    assert_eq!(verify_checkpoint(&note.to_bytes(), &log.key), Err(CheckpointError::Lines));
    // A checkpoint, but signed by another.
    let impostor = signer(LOG, 9);
    let own = Checkpoint { origin: log.key.name().clone(), size: tree.size(), root: tree.root() };
    let note = impostor.sign(SignedNote::attach(own.to_note_text()));
    assert_eq!(verify_checkpoint(&note.to_bytes(), &log.key), Err(CheckpointError::Note(NoteError::NoneVerified)));
}

#[test]
fn extra_is_carried_but_not_authenticated() {
    let (mut proof, key) = offline_proof_of(3);
    let leaf = entry(3).0.to_leaf();
    for extra in [b"one".to_vec(), b"two".to_vec()] {
        proof.extra = Some(extra.clone());
        let read = parse_offline_proof(proof.to_text().as_bytes()).unwrap();
        assert_eq!(read.extra, Some(extra));
        verify_offline_proof(&read, &leaf, &key).unwrap();
    }
}

#[test]
fn a_note_takes_a_hundred_signatures_and_no_more() {
    let text = parse_note_text("text\n").unwrap();
    let sign = |note, number: u8| signer(&format!("party-{number}.example"), number).sign(note);
    let full = (1..=100).fold(SignedNote::attach(text), sign);
    assert_eq!(parse_signed_note(&full.to_bytes()), Ok(full.clone()));
    let one_more = signer("party-101.example", 101);
    let signature = one_more.pair.sign(full.message());
    assert_eq!(full.with_signature(&one_more.key, signature.as_ref()), Err(NoteError::TooManySignatures));
}

#[test]
fn a_note_never_grows_beyond_its_limit() {
    let log = signer(LOG, 1);
    let text = parse_note_text(&format!("{}\n", "a".repeat(NOTE_BYTES_MAX - 1))).unwrap();
    let note = SignedNote::attach(text);
    let signature = log.pair.sign(note.message());
    assert_eq!(note.with_signature(&log.key, signature.as_ref()), Err(NoteError::TooLarge));
    assert_eq!(parse_note_text(&format!("{}\n", "a".repeat(NOTE_BYTES_MAX))), Err(NoteError::TooLarge));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        // What is accepted is spelled in the one way that is written.
        if let Ok(note) = parse_signed_note(&bytes) { prop_assert_eq!(note.to_bytes(), bytes.clone()); }
        if let Ok(entry) = parse_entry(&bytes) { prop_assert_eq!(entry.to_leaf(), bytes.clone()); }
        let _ = parse_offline_proof(&bytes);
        let _ = parse_opening(&bytes);
        let _ = parse_entry_bundle(&bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = (parse_checkpoint(text), parse_note_key(text), parse_record(text, "a"), parse_note_text(text));
        }
    }

    #[test]
    fn near_misses_are_refused_or_spelled_as_written(
        head in "(log|counterfoil-entry-1|c2sp.org/tlog-proof@v1)\n[a-z0-9 +=/\n\u{2014}-]{0,60}",
        tail in "\n\n\u{2014} [a-z.+ ]{1,8} [A-Za-z0-9+/]{4,12}={0,2}\n",
    ) {
        let text = format!("{head}{tail}");
        if let Ok(note) = parse_signed_note(text.as_bytes()) { prop_assert_eq!(note.to_string(), text.clone()); }
        if let Ok(proof) = parse_offline_proof(text.as_bytes()) { prop_assert_eq!(proof.to_text(), text); }
    }

    #[test]
    fn records_read_back(fields in proptest::collection::vec(("[a-z_]{1,8}", "[!-~é]{1}[ -~é]{0,20}[!-~]{1}"), 1..8)) {
        let written = fields.iter().try_fold(RecordWriter::new("counterfoil-test-1"), |record, (key, value)| record.field(key, value));
        let record = parse_record(&written.unwrap().finish(), "counterfoil-test-1").unwrap();
        let read: Vec<_> = record.fields().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(read, fields);
    }

    #[test]
    fn openings_read_back(nonce: [u8; 16], record in proptest::collection::vec(any::<u8>(), 0..300), time_seconds: u64, place in 0..5_usize) {
        let opening = Opening { nonce: Nonce(nonce), record };
        prop_assert_eq!(&parse_opening(opening.to_text().as_bytes()).unwrap(), &opening);
        let entry = Entry { kind: EntryKind::ALL[place], time_seconds, commitment: opening.commitment() };
        prop_assert_eq!(parse_entry(&entry.to_leaf()), Ok(entry));
        let opened = verify_opening(&entry, &opening).unwrap();
        prop_assert_eq!(opened.record(), opening.record);
    }

    #[test]
    fn proofs_hold_in_any_tree(seed: u64, size in 1..200_u64, at in any::<prop::sample::Index>(), bit in 0..256_usize) {
        let tree: MerkleTree = (0..size).map(|number| leaf_hash(&[seed.to_be_bytes(), number.to_be_bytes()].concat())).collect();
        let index = LeafIndex(at.index(usize::try_from(size).unwrap()) as u64);
        let old = TreeSize(index.0 + 1);
        let mut inclusion = tree.inclusion_proof(index, tree.size()).unwrap();
        let mut consistency = tree.consistency_proof(old, tree.size()).unwrap();
        let (leaf, root, old_root) = (tree.leaf(index).unwrap(), tree.root(), tree.root_at(old).unwrap());
        prop_assert!(verify_inclusion(leaf, index, tree.size(), root, &inclusion).is_ok());
        prop_assert!(verify_consistency(old, old_root, tree.size(), root, &consistency).is_ok());
        if let Some(last) = inclusion.hashes.last_mut() {
            last.0[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(verify_inclusion(leaf, index, tree.size(), root, &inclusion), Err(ProofError::RootMismatch));
        }
        if let Some(first) = consistency.hashes.first_mut() {
            first.0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(verify_consistency(old, old_root, tree.size(), root, &consistency).is_err());
        }
    }
}
