//! A small log with one release: its agreement, its records, their proofs, all made by hand.

use counterfoil_audit::{Checkpoint, MerkleTree, Nonce, RootHash, SignedNote, TreeSize, parse_origin};
use counterfoil_model::{
    Agreement, AgreementDigest, AgreementId, Digest, Disclosure, ManifestDigest, PartyId, RunId, SchemaDigest,
    SignedAgreement, StudyDigest, StudyId, SubmissionId, agreement_statement,
};
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::Release;
use crate::body::ReleaseHead;
use crate::cell::Cell;
use crate::column::Column;
use crate::evidence::*;
use crate::review::review;
use crate::table::{Row, Table};

pub(super) const ORIGIN: &str = "unit.example/log";
/// 2026-03-01T00:00:00Z, by `date -u -d 2026-03-01 +%s`.
pub(super) const MARCH: u64 = 1_772_323_200;

pub(super) const STUDY: &str = r#"
format = "counterfoil-study-2"
id = "use"
title = "Use of hospital"
cohort = "programme"
usage = "nhs-usage"
index_date = "start"
look_back_months = 12
dip_months = 0
follow_up_months = 12
lag_days = 0
measure = [{ id = "ae", label = "A&E", events = ["ae"] }]
breakdown = [{ id = "sex", label = "Sex", dataset = "programme", variable = "sex" }]
"#;

pub(super) fn terms() -> String {
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

pub(super) fn schema_digest() -> SchemaDigest {
    SchemaDigest(Digest::of(b"schema"))
}

pub(super) fn key_pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

pub(super) fn note_key(name: &str, pair: &Ed25519KeyPair) -> NoteKey {
    NoteKey::from_ed25519(name, pair.public_key().as_ref().try_into().unwrap()).unwrap()
}

pub(super) fn log_key() -> NoteKey {
    note_key(ORIGIN, &key_pair(1))
}

pub(super) fn signed_by_all(text: &str) -> SignedAgreement {
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

pub(super) fn agreement_digest() -> AgreementDigest {
    signed_by_all(&terms()).digest()
}

pub(super) fn manifest(of: &str) -> ManifestDigest {
    ManifestDigest(Digest::of(of.as_bytes()))
}

pub(super) fn head() -> ReleaseHead {
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

pub(super) fn release_of(head: ReleaseHead, suppress_below: u64) -> Release {
    release_with(head, suppress_below, &TABLES)
}

/// Tables and their rows, as the study and the agreement have them.
pub(super) const TABLES: [(&str, &[&str]); 5] = [
    ("flow", &FLOW),
    ("linkage", &["Everybody", "Sex: f", "Sex: m", "Sex: Not recorded"]),
    ("sureness", &["99.9 % or surer", "99 to 99.9 %", "95 to 99 %", "Less than 95 %"]),
    ("use", &["A&E"]),
    ("sex", &["f", "m", "Not recorded"]),
];

pub(super) const FLOW: [&str; 8] = [
    "People in the programme's extract",
    "Linked",
    "Not linked",
    "Linked, a further row of somebody counted",
    "Linked, without an index date",
    "Linked, look-back or follow-up not covered",
    "Linked, not under observation on the index date",
    "Analysed",
];

pub(super) fn release_with(head: ReleaseHead, suppress_below: u64, tables: &[(&str, &[&str])]) -> Release {
    let disclosure = Disclosure { suppress_below, rounding_base: 5, releases_max: 1, money_rounding_pounds: None };
    let tables = tables.iter().map(|(id, labels)| {
        let rows = labels
            .iter()
            .zip([412, 3, 0].into_iter().cycle())
            .map(|(label, people)| Row::new(*label, vec![Cell::people(people)]));
        let column = Column::count("People");
        let table =
            Table::new(Code::parse(id).unwrap(), "A table", "Everybody.", vec![column], rows.collect()).unwrap();
        table.suppress_primary(&disclosure)
    });
    review(tables.collect(), 0, 1).unwrap().release(head).unwrap()
}

/// The records of a good chain, in log order.
pub(super) struct Records {
    pub(super) agreement: AgreementAdmitted,
    pub(super) study: StudyRegistered,
    pub(super) programme: ExtractAdmitted,
    pub(super) usage: ExtractAdmitted,
    pub(super) run: LinkCompleted,
    pub(super) release: ReleaseIssued,
}

impl Records {
    pub(super) fn good(body: &[u8]) -> Self {
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

    pub(super) fn in_order(self) -> Vec<LogRecord> {
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
pub(super) fn log_of(records: &[LogRecord], first_second: u64) -> (Vec<Evidence>, Vec<u8>) {
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

pub(super) fn signed_checkpoint(size: TreeSize, root: RootHash, seed: u8) -> Vec<u8> {
    let note = SignedNote::attach(Checkpoint { origin: parse_origin(ORIGIN).unwrap(), size, root }.to_note_text());
    let signature = key_pair(seed).sign(note.message());
    note.with_signature(&note_key(ORIGIN, &key_pair(seed)), signature.as_ref()).unwrap().to_bytes()
}

pub(super) fn good_body() -> Vec<u8> {
    release_of(head(), 8).body_to_store_with_its_log_entry().to_vec()
}

pub(super) fn good() -> (Vec<u8>, Vec<Evidence>, Vec<u8>) {
    let body = good_body();
    let (evidence, checkpoint) = log_of(&Records::good(&body).in_order(), MARCH);
    (body, evidence, checkpoint)
}

/// The refusal of a log with these records instead of the good ones.
pub(super) fn refused(change: impl FnOnce(&mut Records)) -> EvidenceError {
    let body = good_body();
    let mut records = Records::good(&body);
    change(&mut records);
    refused_in_order(&body, &records.in_order())
}

pub(super) fn refused_in_order(body: &[u8], records: &[LogRecord]) -> EvidenceError {
    let (evidence, checkpoint) = log_of(records, MARCH);
    verify_logged_release(body, &evidence, &checkpoint, &log_key()).unwrap_err()
}
