//! A small log with one release, and every way to falsify the chain that was thought of.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use counterfoil_audit::{Checkpoint, MerkleTree, NodeHash, Nonce, RootHash, SignedNote, TreeSize, parse_origin};
use counterfoil_model::{
    Agreement, AgreementDigest, AgreementId, Digest, Disclosure, ManifestDigest, PartyId, RunId, SchemaDigest,
    SignedAgreement, Study, StudyDigest, StudyId, SubmissionId, agreement_statement,
};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::*;
use crate::body::ReleaseHead;
use crate::review::review;
use crate::table::{Cell, Column, Row, Table};
use crate::{LoggedRelease, Release};

mod terms;

const ORIGIN: &str = "unit.example/log";
/// 2026-03-01T00:00:00Z, by `date -u -d 2026-03-01 +%s`.
const MARCH: u64 = 1_772_323_200;

const STUDY: &str = r#"
format = "counterfoil-study-1"
id = "use"
title = "Use of hospital"
cohort = "programme"
usage = "nhs-usage"
index_date = "start"
look_back_months = 12
follow_up_months = 12
measure = [{ id = "ae", label = "A&E", events = ["ae"] }]
breakdown = [{ id = "sex", label = "Sex", dataset = "programme", variable = "sex" }]
"#;

fn terms() -> String {
    let dataset = |id: &str, custodian: &str, rest: &str| {
        format!("[[dataset]]\nid = \"{id}\"\ncustodian = \"{custodian}\"\npeople_max = 1000\n{rest}\n")
    };
    let party = |id: &str, role: &str| format!("[[party]]\nid = \"{id}\"\nname = \"The {id}\"\nroles = [\"{role}\"]\n");
    let start = "people = [{ name = \"start\", kind = \"date\", from = 2023-01-01, to = 2023-12-31 }, \
                 { name = \"sex\", kind = \"code\", codes = [\"f\", \"m\"] }]";
    [
        "format = \"counterfoil-agreement-1\"\nid = \"nel\"\nversion = 2\ntitle = \"A test\"\npurposes = [\"outcome-payment\"]".to_owned(),
        "starts_on = 2026-03-01\nends_on = 2026-03-31".to_owned(),
        format!("[linkage]\nschema_digest = \"{}\"\nkey_epoch = 1\nunhardened_clk = \"refused\"", schema_digest()),
        "[disclosure]\nsuppress_below = 8\nrounding_base = 5\nreleases_max = 4".to_owned(),
        party("icb", "custodian"),
        party("charity", "custodian"),
        party("unit", "linkage-unit"),
        party("payer", "partner"),
        party("reader", "auditor"),
        dataset("programme", "charity", start),
        dataset("nhs-usage", "icb", "events = { codes = [\"ae\"], variables = [] }"),
        format!("[[study]]\nid = \"use\"\ndigest = \"{}\"", StudyDigest(Digest::of(STUDY.as_bytes()))),
    ]
    .join("\n")
}

fn schema_digest() -> SchemaDigest {
    SchemaDigest(Digest::of(b"schema"))
}

fn key_pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn note_key(name: &str, pair: &Ed25519KeyPair) -> NoteKey {
    NoteKey::from_ed25519(name, pair.public_key().as_ref().try_into().unwrap()).unwrap()
}

fn log_key() -> NoteKey {
    note_key(ORIGIN, &key_pair(1))
}

fn signed_by_all(text: &str) -> SignedAgreement {
    let agreement = Agreement::parse(text).unwrap();
    let pairs: Vec<_> = (10..).map(key_pair).zip(&agreement.parties).collect();
    let keys: Vec<_> = pairs.iter().map(|(pair, party)| note_key(party.id.as_str(), pair)).collect();
    let note = SignedNote::attach(agreement_statement(&agreement, &keys).unwrap());
    let note = pairs.iter().zip(&keys).fold(note, |note, ((pair, _), key)| {
        let signature = pair.sign(note.message());
        note.with_signature(key, signature.as_ref()).unwrap()
    });
    SignedAgreement::verify(agreement, &note).unwrap()
}

fn agreement_digest() -> AgreementDigest {
    signed_by_all(&terms()).digest()
}

fn manifest(of: &str) -> ManifestDigest {
    ManifestDigest(Digest::of(of.as_bytes()))
}

fn head() -> ReleaseHead {
    ReleaseHead {
        agreement: AgreementId::parse("nel").unwrap(),
        agreement_version: 2,
        agreement_digest: agreement_digest(),
        study: StudyId::parse("use").unwrap(),
        study_digest: StudyDigest(Digest::of(STUDY.as_bytes())),
        study_title: "Use of hospital".to_owned(),
        run: RunId::parse("run-1").unwrap(),
    }
}

fn release_of(head: ReleaseHead, suppress_below: u64) -> Release {
    release_with(head, suppress_below, &TABLES)
}

/// Tables and their rows, as the study and the agreement have them.
const TABLES: [(&str, &[&str]); 3] =
    [("flow", &["Linked", "Not linked"]), ("use", &["A&E"]), ("sex", &["f", "m", "Not recorded"])];

fn release_with(head: ReleaseHead, suppress_below: u64, tables: &[(&str, &[&str])]) -> Release {
    let disclosure = Disclosure { suppress_below, rounding_base: 5, releases_max: 1 };
    let tables = tables.iter().map(|(id, labels)| {
        let rows = labels.iter().zip([412, 3, 0]).map(|(label, people)| Row::new(*label, vec![Cell::people(people)]));
        let column = Column { label: "People".to_owned(), part_of: None };
        let table =
            Table::new(Code::parse(id).unwrap(), "A table", "Everybody.", vec![column], rows.collect()).unwrap();
        table.suppress_primary(&disclosure)
    });
    review(tables.collect(), 0, 1).unwrap().release(head).unwrap()
}

/// The records of a good chain, in log order.
struct Records {
    agreement: AgreementAdmitted,
    study: StudyRegistered,
    programme: ExtractAdmitted,
    usage: ExtractAdmitted,
    run: LinkCompleted,
    release: ReleaseIssued,
}

impl Records {
    fn good(body: &[u8]) -> Self {
        let (agreement, agreement_digest) = (AgreementId::parse("nel").unwrap(), agreement_digest());
        let (study, study_digest) = (head().study, head().study_digest);
        let extract = |dataset: &str, custodian: &str| ExtractAdmitted {
            agreement: agreement.clone(),
            agreement_digest,
            dataset: DatasetId::parse(dataset).unwrap(),
            custodian: PartyId::parse(custodian).unwrap(),
            submission: SubmissionId::parse("first").unwrap(),
            manifest_digest: manifest(dataset),
        };
        Self {
            agreement: AgreementAdmitted {
                agreement: agreement.clone(),
                version: 2,
                agreement_digest,
                schema_digest: schema_digest(),
            },
            study: StudyRegistered {
                agreement: agreement.clone(),
                agreement_digest,
                study: study.clone(),
                study_digest,
            },
            programme: extract("programme", "charity"),
            usage: extract("nhs-usage", "icb"),
            run: LinkCompleted {
                agreement: agreement.clone(),
                agreement_digest,
                run: head().run,
                schema_digest: schema_digest(),
                cohort_dataset: DatasetId::parse("programme").unwrap(),
                cohort_manifest: manifest("programme"),
                usage_dataset: DatasetId::parse("nhs-usage").unwrap(),
                usage_manifest: manifest("nhs-usage"),
                links_digest: Digest::of(b"links"),
            },
            release: ReleaseIssued {
                agreement: agreement.clone(),
                agreement_digest,
                study,
                study_digest,
                run: head().run,
                release_digest: digest_of(body),
                requested_by: PartyId::parse("payer").unwrap(),
            },
        }
    }

    fn in_order(self) -> Vec<LogRecord> {
        vec![
            self.agreement.into(),
            self.study.into(),
            self.programme.into(),
            self.usage.into(),
            self.run.into(),
            self.release.into(),
        ]
    }
}

/// Puts records into a log, a stranger's leaf after each, and proves each at the log's end.
fn log_of(records: &[LogRecord], first_second: u64) -> (Vec<Evidence>, Vec<u8>) {
    let mut tree = MerkleTree::new();
    let mut entries = Vec::new();
    for (at, record) in (0u8..).zip(records) {
        let opening = Opening { nonce: Nonce([at; 16]), record: record.to_text().into_bytes() };
        let time_seconds = first_second + u64::from(at);
        let entry = Entry { kind: record.kind(), time_seconds, commitment: opening.commitment() };
        entries.push((tree.append(leaf_hash(&entry.to_leaf())), entry, opening));
        tree.append(leaf_hash(b"a stranger's"));
    }
    let prove = |(index, entry, opening)| Evidence {
        index,
        entry,
        opening,
        proof: tree.inclusion_proof(index, tree.size()).unwrap(),
    };
    let evidence = entries.into_iter().map(prove).collect();
    (evidence, signed_checkpoint(tree.size(), tree.root(), 1))
}

fn signed_checkpoint(size: TreeSize, root: RootHash, seed: u8) -> Vec<u8> {
    let note = SignedNote::attach(Checkpoint { origin: parse_origin(ORIGIN).unwrap(), size, root }.to_note_text());
    let signature = key_pair(seed).sign(note.message());
    note.with_signature(&note_key(ORIGIN, &key_pair(seed)), signature.as_ref()).unwrap().to_bytes()
}

fn good_body() -> Vec<u8> {
    release_of(head(), 8).body_to_store_with_its_log_entry().to_vec()
}

fn good() -> (Vec<u8>, Vec<Evidence>, Vec<u8>) {
    let body = good_body();
    let (evidence, checkpoint) = log_of(&Records::good(&body).in_order(), MARCH);
    (body, evidence, checkpoint)
}

/// The refusal of a log with these records instead of the good ones.
fn refused(change: impl FnOnce(&mut Records)) -> EvidenceError {
    let body = good_body();
    let mut records = Records::good(&body);
    change(&mut records);
    refused_in_order(&body, &records.in_order())
}

fn refused_in_order(body: &[u8], records: &[LogRecord]) -> EvidenceError {
    let (evidence, checkpoint) = log_of(records, MARCH);
    verify_logged_release(body, &evidence, &checkpoint, &log_key()).unwrap_err()
}

#[test]
fn a_good_chain_is_verified_and_makes_a_logged_release() {
    let (body, evidence, checkpoint) = good();
    let verified = verify_logged_release(&body, &evidence, &checkpoint, &log_key()).unwrap();
    assert_eq!(verified.digest().0, Digest::of(&body));
    assert_eq!(verified.released_at_seconds(), MARCH + 5);
    assert_eq!(verified.steps().iter().map(|step| step.index.0).collect::<Vec<_>>(), [0, 2, 4, 6, 8, 10]);
    let logged = release_of(head(), 8).logged(evidence.clone(), checkpoint.clone(), &log_key()).unwrap();
    assert_eq!((logged.body_bytes(), logged.evidence(), logged.checkpoint_bytes()), (&*body, &*evidence, &*checkpoint));
    let stored = LoggedRelease::from_stored_body(body, evidence, checkpoint, &log_key()).unwrap();
    assert_eq!(stored.verified().digest(), logged.verified().digest());
}

#[test]
fn the_two_extracts_may_come_in_either_order() {
    let body = good_body();
    let mut records = Records::good(&body).in_order();
    records.swap(2, 3);
    let (evidence, checkpoint) = log_of(&records, MARCH);
    assert!(verify_logged_release(&body, &evidence, &checkpoint, &log_key()).is_ok());
}

#[test]
fn a_checkpoint_of_another_key_log_or_tree_is_refused() {
    let (body, evidence, checkpoint) = good();
    let other_key = note_key(ORIGIN, &key_pair(2));
    let other_name = note_key("other.example/log", &key_pair(1));
    for key in [&other_key, &other_name] {
        let error = verify_logged_release(&body, &evidence, &checkpoint, key).unwrap_err();
        assert!(matches!(error, EvidenceError::Checkpoint(_)), "{error}");
    }
    for at in 0..checkpoint.len() {
        let mut changed = checkpoint.clone();
        changed[at] ^= 1;
        let error = verify_logged_release(&body, &evidence, &changed, &log_key()).unwrap_err();
        assert!(matches!(error, EvidenceError::Checkpoint(_)), "byte {at}: {error}");
    }
    let another_tree = signed_checkpoint(TreeSize(12), RootHash([7; 32]), 1);
    let error = verify_logged_release(&body, &evidence, &another_tree, &log_key()).unwrap_err();
    assert!(matches!(error, EvidenceError::Proof { index: LeafIndex(0), .. }), "{error}");
}

#[test]
fn every_changed_byte_of_the_body_is_refused() {
    let (body, evidence, checkpoint) = good();
    for at in 0..body.len() {
        let mut changed = body.clone();
        changed[at] ^= 1;
        let error = verify_logged_release(&changed, &evidence, &checkpoint, &log_key()).unwrap_err();
        assert_eq!(error, EvidenceError::BodyDigest, "byte {at}");
    }
}

#[test]
fn every_changed_part_of_the_evidence_is_refused() {
    let changes: [fn(&mut Evidence); 7] = [
        |of| of.index.0 += 1,
        |of| of.entry.time_seconds += 1,
        |of| of.entry.commitment.0[0] ^= 1,
        |of| of.opening.nonce.0[0] ^= 1,
        |of| *of.opening.record.last_mut().unwrap() ^= 1,
        |of| of.opening.record.push(b'\n'),
        |of| of.proof.hashes[0] = NodeHash([0; 32]),
    ];
    for (number, change) in changes.iter().enumerate() {
        for at in 0..6 {
            let (body, mut evidence, checkpoint) = good();
            change(&mut evidence[at]);
            let (index, kind) = (evidence[at].index, evidence[at].entry.kind);
            let error = verify_logged_release(&body, &evidence, &checkpoint, &log_key()).unwrap_err();
            match error {
                EvidenceError::Proof { index: found, kind: found_kind, .. }
                | EvidenceError::Opening { index: found, kind: found_kind, .. } => {
                    assert_eq!((found, found_kind), (index, kind), "change {number} of entry {at}");
                }
                other => panic!("change {number} of entry {at}: {other}"),
            }
        }
    }
}

#[test]
fn missing_and_extra_entries_are_refused() {
    let (body, evidence, checkpoint) = good();
    let verify = |evidence: &[Evidence]| verify_logged_release(&body, evidence, &checkpoint, &log_key()).unwrap_err();
    for at in 0..6 {
        let mut less = evidence.clone();
        let kind = less.remove(at).entry.kind;
        let (needed, found) = if kind == EntryKind::ExtractAdmitted { (2, 1) } else { (1, 0) };
        assert_eq!(verify(&less), EvidenceError::Entries { kind, needed, found });
        let mut more = evidence.clone();
        more.insert(at, evidence[at].clone());
        assert_eq!(verify(&more), EvidenceError::Entries { kind, needed, found: needed + 1 });
    }
    assert!(matches!(verify(&[]), EvidenceError::Entries { .. }));
    // The same extract twice, in place of both.
    let mut twice = evidence.clone();
    twice[3] = twice[2].clone();
    assert_eq!(verify(&twice), EvidenceError::NotInLogOrder { index: LeafIndex(4), kind: EntryKind::ExtractAdmitted });
    // Right entries, listed in another order than the log's.
    let mut swapped = evidence.clone();
    swapped.swap(2, 3);
    assert_eq!(
        verify(&swapped),
        EvidenceError::NotInLogOrder { index: LeafIndex(4), kind: EntryKind::ExtractAdmitted }
    );
}

#[test]
fn things_that_happened_in_the_wrong_order_are_refused() {
    use EntryKind::{AgreementAdmitted, ExtractAdmitted, LinkCompleted, ReleaseIssued, StudyRegistered};

    let body = good_body();
    let refused_when = |order: [usize; 6]| {
        let records = Records::good(&body).in_order();
        refused_in_order(&body, &order.map(|at| records[at].clone()))
    };
    assert_eq!(refused_when([0, 2, 1, 3, 4, 5]), EvidenceError::StudyAfterExtract);
    assert_eq!(refused_when([0, 2, 3, 1, 4, 5]), EvidenceError::StudyAfterExtract);
    let order = |earlier, later| EvidenceError::Order { earlier, later };
    assert_eq!(refused_when([1, 0, 2, 3, 4, 5]), order(AgreementAdmitted, StudyRegistered));
    assert_eq!(refused_when([0, 1, 2, 4, 3, 5]), order(ExtractAdmitted, LinkCompleted));
    assert_eq!(refused_when([0, 1, 2, 3, 5, 4]), order(LinkCompleted, ReleaseIssued));
    assert_eq!(refused_when([0, 2, 3, 4, 1, 5]), order(StudyRegistered, LinkCompleted));
}

#[test]
fn a_record_in_an_entry_of_another_kind_is_refused() {
    let body = good_body();
    let records = Records::good(&body).in_order();
    let mut tree = MerkleTree::new();
    let mut evidence: Vec<Evidence> = Vec::new();
    for (record, kind_of) in
        records.iter().zip([&records[1], &records[0], &records[2], &records[3], &records[4], &records[5]])
    {
        let opening = Opening { nonce: Nonce([0; 16]), record: record.to_text().into_bytes() };
        let entry = Entry { kind: kind_of.kind(), time_seconds: MARCH, commitment: opening.commitment() };
        let index = tree.append(leaf_hash(&entry.to_leaf()));
        evidence.push(Evidence { index, entry, opening, proof: InclusionProof { hashes: vec![] } });
    }
    for of in &mut evidence {
        of.proof = tree.inclusion_proof(of.index, tree.size()).unwrap();
    }
    let checkpoint = signed_checkpoint(tree.size(), tree.root(), 1);
    let error = verify_logged_release(&body, &evidence, &checkpoint, &log_key()).unwrap_err();
    assert!(matches!(error, EvidenceError::Record { index: LeafIndex(0), .. }), "{error}");
}

#[test]
fn records_that_are_not_one_chain_are_refused() {
    use EntryKind::{AgreementAdmitted, ExtractAdmitted, LinkCompleted, ReleaseIssued, StudyRegistered};

    let other = Digest::of(b"other");
    let other_agreement = |index, kind| EvidenceError::OtherAgreement { index: LeafIndex(index), kind };
    let nel2 = || AgreementId::parse("nel-2").unwrap();
    assert_eq!(refused(|of| of.study.agreement = nel2()), other_agreement(2, StudyRegistered));
    assert_eq!(
        refused(|of| of.programme.agreement_digest = AgreementDigest(other)),
        other_agreement(4, ExtractAdmitted)
    );
    assert_eq!(refused(|of| of.usage.agreement = nel2()), other_agreement(6, ExtractAdmitted));
    assert_eq!(refused(|of| of.run.agreement_digest = AgreementDigest(other)), other_agreement(8, LinkCompleted));
    assert_eq!(refused(|of| of.release.agreement = nel2()), other_agreement(10, ReleaseIssued));
    let mismatch = |kind, what, than| EvidenceError::Mismatch { kind, what, than };
    let schema = mismatch(LinkCompleted, "linkage schema", AgreementAdmitted);
    assert_eq!(refused(|of| of.run.schema_digest = SchemaDigest(other)), schema);
    let study = mismatch(ReleaseIssued, "study", StudyRegistered);
    assert_eq!(refused(|of| of.study.study_digest = StudyDigest(other)), study);
    assert_eq!(refused(|of| of.release.study = StudyId::parse("use-2").unwrap()), study);
    let run = mismatch(ReleaseIssued, "run", LinkCompleted);
    assert_eq!(refused(|of| of.release.run = RunId::parse("run-2").unwrap()), run);
    assert_eq!(refused(|of| of.release.release_digest = ReleaseDigest(other)), EvidenceError::BodyDigest);
}

#[test]
fn extracts_other_than_those_linked_are_refused() {
    let not_admitted =
        |dataset: &str| EvidenceError::ExtractNotAdmitted { dataset: DatasetId::parse(dataset).unwrap() };
    assert_eq!(refused(|of| of.programme.manifest_digest = manifest("x")), not_admitted("programme"));
    assert_eq!(refused(|of| of.usage.manifest_digest = manifest("x")), not_admitted("nhs-usage"));
    assert_eq!(refused(|of| of.run.cohort_manifest = manifest("x")), not_admitted("programme"));
    assert_eq!(refused(|of| of.usage.dataset = of.programme.dataset.clone()), not_admitted("nhs-usage"));
    // Both sides of the run from one extract, with another extract to make up the number.
    let one_side = refused(|of| {
        of.run.usage_dataset = of.run.cohort_dataset.clone();
        of.run.usage_manifest = of.run.cohort_manifest;
    });
    assert_eq!(one_side, not_admitted("programme"));
}

type Change = fn(&mut ReleaseHead);

#[test]
fn a_body_logged_as_something_else_is_refused() {
    let changes: [(&str, Change); 5] = [
        ("agreement", |of| of.agreement = AgreementId::parse("nel-2").unwrap()),
        ("agreement", |of| of.agreement_digest = AgreementDigest(Digest::of(b"other"))),
        ("agreement version", |of| of.agreement_version = 3),
        ("study", |of| of.study_digest = StudyDigest(Digest::of(b"other"))),
        ("run", |of| of.run = RunId::parse("run-2").unwrap()),
    ];
    for (what, change) in changes {
        let mut head = head();
        change(&mut head);
        let body = release_of(head, 8).body_to_store_with_its_log_entry().to_vec();
        let error = refused_in_order(&body, &Records::good(&body).in_order());
        assert_eq!(error, EvidenceError::Head { what });
    }
    // Logged, but never a release: an exact count.
    let body = String::from_utf8(good_body()).unwrap().replace("[410]", "[412]").into_bytes();
    let error = refused_in_order(&body, &Records::good(&body).in_order());
    assert!(matches!(error, EvidenceError::Body(_)), "{error}");
}

/// A proof of inclusion says nothing by itself: it takes the checkpoint's size and root.
#[test]
fn proofs_are_checked_against_the_checkpoint_given() {
    let (body, evidence, _) = good();
    let older = Records::good(&body).in_order();
    let (_, checkpoint_of_five) = log_of(&older[..5], MARCH);
    let error = verify_logged_release(&body, &evidence, &checkpoint_of_five, &log_key()).unwrap_err();
    assert!(matches!(error, EvidenceError::Proof { .. }), "{error}");
}
