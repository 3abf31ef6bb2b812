//! The ledger under restarts, damage and a wrong key.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::PathBuf;

use counterfoil_audit::{leaf_hash, verify_consistency, verify_inclusion};
use counterfoil_model::{AgreementDigest, AgreementId, PartyId, StudyDigest, StudyId};
use counterfoil_release::StudyRegistered;
use tempfile::TempDir;

use super::*;

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        LogKey::create(&bench.key_path(), &unit()).unwrap();
        bench
    }

    fn key_path(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log.sqlite")
    }

    fn open(&self) -> Result<Ledger, LedgerError> {
        Ledger::open(&self.log_path(), LogKey::read(&self.key_path(), &unit()).unwrap())
    }

    /// A log of some entries, closed again.
    fn with_entries(count: u8) -> Self {
        let bench = Self::new();
        let mut ledger = bench.open().unwrap();
        for number in 0..count {
            append(&mut ledger, number);
        }
        bench
    }

    /// Changes the database behind the daemon's back.
    fn tamper(&self, sql: &str) {
        let changed = rusqlite::Connection::open(self.log_path()).unwrap().execute(sql, []).unwrap();
        assert_eq!(changed, 1, "the damage was done");
    }
}

fn unit() -> PartyId {
    PartyId::parse("unit").unwrap()
}

fn agreement_digest() -> AgreementDigest {
    AgreementDigest(Digest::of(b"terms"))
}

fn record(number: u8) -> LogRecord {
    LogRecord::from(StudyRegistered {
        agreement: AgreementId::parse("test").unwrap(),
        agreement_digest: agreement_digest(),
        study: StudyId::parse(&format!("study-{number}")).unwrap(),
        study_digest: StudyDigest(Digest::of(&[number])),
    })
}

fn append(ledger: &mut Ledger, number: u8) -> LeafIndex {
    ledger.append(&record(number), 1_700_000_000 + u64::from(number), Nonce([number; 16]), None).unwrap()
}

#[test]
fn a_restart_is_a_replay() {
    let bench = Bench::with_entries(3);
    let mut ledger = bench.open().unwrap();
    let study = StudyId::parse("study-2").unwrap();
    assert_eq!(ledger.state().study(agreement_digest(), &study), Some(LeafIndex(2)));
    let before = ledger.checkpoint().to_vec();
    assert_eq!(append(&mut ledger, 3), LeafIndex(3));
    drop(ledger);

    let ledger = bench.open().unwrap();
    let key = ledger.key().public().clone();
    let (old, new) = (verify_checkpoint(&before, &key).unwrap(), verify_checkpoint(ledger.checkpoint(), &key).unwrap());
    assert_eq!((old.size(), new.size()), (TreeSize(3), TreeSize(4)));
    let proof = ledger.consistency_proof(3, 4).unwrap();
    verify_consistency(old.size(), old.root(), new.size(), new.root(), &proof).unwrap();
    for index in 0..4 {
        let evidence = ledger.evidence(LeafIndex(index)).unwrap();
        let leaf = leaf_hash(&evidence.entry.to_leaf());
        verify_inclusion(leaf, LeafIndex(index), new.size(), new.root(), &evidence.proof).unwrap();
        verify_opening(&evidence.entry, &evidence.opening).unwrap();
    }
}

#[test]
fn times_never_go_backwards() {
    let bench = Bench::new();
    let mut ledger = bench.open().unwrap();
    for (number, time) in [(0, 100), (1, 50), (2, 101)] {
        ledger.append(&record(number), time, Nonce([0; 16]), None).unwrap();
    }
    let times: Vec<_> = ledger.entries.iter().map(|(entry, _)| entry.time_seconds).collect();
    assert_eq!(times, [100, 100, 101]);
}

#[test]
fn damage_of_every_kind_stops_the_daemon() {
    for sql in [
        "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), '1700000001', '1700000009') AS BLOB) WHERE position = 1",
        "UPDATE entry SET leaf = x'00' WHERE position = 1",
        "UPDATE opening SET record = CAST(replace(CAST(record AS TEXT), 'study-1', 'study-9') AS BLOB) WHERE position = 1",
        "UPDATE opening SET nonce = x'00000000000000000000000000000000' WHERE position = 1",
        "DELETE FROM entry WHERE position = 1",
        "DELETE FROM entry WHERE position = 2",
        "DELETE FROM opening WHERE position = 2",
        "DELETE FROM checkpoint",
        "UPDATE checkpoint SET note = x'00'",
        "UPDATE checkpoint SET note = CAST(replace(CAST(note AS TEXT), '3', '2') AS BLOB)",
    ] {
        let bench = Bench::with_entries(3);
        bench.tamper(sql);
        assert!(bench.open().is_err(), "{sql}");
    }
}

#[test]
fn another_key_does_not_open_the_log() {
    let bench = Bench::with_entries(1);
    std::fs::remove_file(bench.key_path()).unwrap();
    LogKey::create(&bench.key_path(), &unit()).unwrap();
    assert!(matches!(bench.open(), Err(LedgerError::Checkpoint(_))));
}

#[test]
fn one_daemon_holds_the_log() {
    let bench = Bench::with_entries(1);
    let _first = bench.open().unwrap();
    assert!(matches!(bench.open(), Err(LedgerError::Database(_))));
}

#[test]
fn an_attachment_is_there_with_its_entry_and_checked_when_read() {
    let bench = Bench::new();
    let mut ledger = bench.open().unwrap();
    ledger.append(&record(0), 1, Nonce([0; 16]), Some(b"body")).unwrap();
    let digest = Digest::of(b"body");
    assert_eq!(ledger.attachment(&digest).unwrap(), b"body");
    assert!(ledger.attachment(&Digest::of(b"other")).is_err());
    drop(ledger);
    bench.tamper("UPDATE attachment SET bytes = x'00'");
    assert!(bench.open().unwrap().attachment(&digest).is_err());
}

/// A store whose disk fails from some write on.
struct FailingStore {
    store: SqliteStore,
    writes_left: u32,
}

impl LogStore for FailingStore {
    fn read_all(&self) -> Result<Vec<StoredEntry>, rusqlite::Error> {
        self.store.read_all()
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, rusqlite::Error> {
        self.store.checkpoint()
    }

    fn append(&mut self, entry: &NewEntry<'_>) -> Result<(), rusqlite::Error> {
        let left = self.writes_left.checked_sub(1).ok_or(rusqlite::Error::ExecuteReturnedResults)?;
        self.writes_left = left;
        self.store.append(entry)
    }

    fn attachment(&self, sha256: &[u8; 32]) -> Result<Option<Vec<u8>>, rusqlite::Error> {
        self.store.attachment(sha256)
    }
}

#[test]
fn after_a_failed_write_nothing_is_written_and_what_stands_is_still_proven() {
    let bench = Bench::new();
    let store = FailingStore { store: SqliteStore::open(&bench.log_path()).unwrap(), writes_left: 3 };
    let mut ledger = Ledger::replay(Box::new(store), LogKey::read(&bench.key_path(), &unit()).unwrap()).unwrap();
    for number in 0..3 {
        append(&mut ledger, number);
    }
    let failed = ledger.append(&record(3), 1_700_000_003, Nonce([3; 16]), None);
    assert!(matches!(failed, Err(LedgerError::Database(_))));
    let refused = ledger.append(&record(4), 1_700_000_004, Nonce([4; 16]), None);
    assert!(matches!(refused, Err(LedgerError::Stopped)));

    let signed = verify_checkpoint(ledger.checkpoint(), ledger.key().public()).unwrap();
    assert_eq!(signed.size(), TreeSize(3));
    let evidence = ledger.evidence(LeafIndex(1)).unwrap();
    let leaf = leaf_hash(&evidence.entry.to_leaf());
    verify_inclusion(leaf, LeafIndex(1), signed.size(), signed.root(), &evidence.proof).unwrap();
    assert!(ledger.consistency_proof(2, 3).is_ok());
    assert!(ledger.consistency_proof(3, 4).is_err(), "a tree of 4 was never signed");
    assert_eq!(ledger.leaves(0, 4).len(), 3);
    drop(ledger);
    assert_eq!(bench.open().unwrap().leaves(0, 9).len(), 3, "the restart finds what was acknowledged");
}

#[test]
fn a_clock_far_behind_the_log_is_refused() {
    let bench = Bench::with_entries(1);
    let ledger = bench.open().unwrap();
    let day = 24 * 60 * 60;
    assert!(ledger.check_clock(1_700_000_000 - day).is_ok());
    assert!(matches!(ledger.check_clock(1_700_000_000 - day - 1), Err(LedgerError::Clock)));
    assert!(ledger.check_clock(1_800_000_000).is_ok());
}
