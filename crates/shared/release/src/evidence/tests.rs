//! Every way to falsify the chain of a release that was thought of.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use counterfoil_audit::{MerkleTree, NodeHash, Nonce, RootHash, TreeSize};
use counterfoil_model::{
    AgreementDigest, AgreementId, Digest, PartyId, RunId, SchemaDigest, Study, StudyDigest, StudyId,
};

use super::*;
use crate::LoggedRelease;
use crate::body::ReleaseHead;
use fixture::*;

mod fixture;
mod terms;

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

/// The unit takes the root when it has logged the run; whoever has the evidence must come to the same seed from a much longer log.
#[test]
fn the_seed_of_the_comparison_is_of_the_log_that_ended_with_the_run() {
    let (body, evidence, checkpoint) = good();
    let mut tree = MerkleTree::new();
    for of in &evidence[..5] {
        while tree.size().0 < of.index.0 {
            tree.append(leaf_hash(b"a stranger's"));
        }
        tree.append(leaf_hash(&of.entry.to_leaf()));
    }
    assert_eq!((evidence[4].entry.kind, tree.size().0), (EntryKind::LinkCompleted, 9));
    let verified = verify_logged_release(&body, &evidence, &checkpoint, &log_key()).unwrap();
    assert!(verified.checkpoint().size() > tree.size());
    let head = verified.body().head();
    assert_eq!(verified.comparison_seed(), comparison_seed(&head.agreement, head.study_digest, tree.root()));
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
