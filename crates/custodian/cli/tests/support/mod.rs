//! A tiny place for tests: an agreement of four parties with their keys, a few people, and a log made by hand.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use counterfoil_audit::{Checkpoint, Entry, LeafIndex, MerkleTree, Nonce, NoteKey, Opening, SignedNote, leaf_hash};
use counterfoil_cli::steps::{self, AgreementPropose, AgreementSign, IdentityNew, KeyNew, Pseudonymise};
use counterfoil_cli::{AgreementFolder, Context, NoProgress, Passphrase, SignedFolder};
use counterfoil_model::{
    Code, DatasetId, Digest, LinkageSchema, ManifestDigest, PartyId, RunId, Study, StudyId, SubmissionId,
};
use counterfoil_release::{
    AgreementAdmitted, Cell, Column, Evidence, ExtractAdmitted, LinkCompleted, LogRecord, ReleaseHead, ReleaseIssued,
    Row, StudyRegistered, Table, VerifiedRelease, review, verify_logged_release,
};
use jiff::civil::Date;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

mod comparison;
mod release;

use release::{head, records, tables};

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";
pub(crate) const TODAY: Date = Date::constant(2026, 11, 21);
/// 2026-11-21 00:00:00 UTC, by `date -u -d 2026-11-21 +%s`.
pub(crate) const TODAY_SECONDS: u64 = 1_795_219_200;

pub(crate) const SCHEMA: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "tiny-1"

[[field]]
name = "nhs_number"
rule = "nhs_number_v1"
[[field]]
name = "family_name"
rule = "family_name_v1"
[[field]]
name = "date_of_birth"
rule = "date_of_birth_v1"

[[match_key]]
name = "nhs_dob"
parts = ["nhs_number", "date_of_birth"]
[[match_key]]
name = "name_dob"
parts = ["family_name", "date_of_birth"]

[[blocking_rule]]
name = "sound_year"
parts = ["family_name.soundex", "date_of_birth.year"]

[clk]
bits = 512
encoding = "diffused-1"
diffusion = 10
feature = [{ part = "family_name", qgram = 2, bits = 100 }]

[decision]
link_probability_min_permille = 500
false_links_max_permille = 5
relationship = "one-to-one"
runner_up_margin_bits = 2
group_pairs_max = 1000000

[columns.default]
local_id = "id"
nhs_number = "NHS number"
family_name = "Surname"
date_of_birth = { header = "DOB", date = "day-month-year" }
"#;

pub(crate) const STUDY: &str = r#"
format = "counterfoil-study-2"
id = "use"
title = "Use of hospital & GP"
cohort = "programme"
usage = "nhs-usage"
index_date = "start_date"
look_back_months = 24
dip_months = 0
follow_up_months = 24
lag_days = 0
measure = [{ id = "ae", label = "A&E attendances", events = ["ae"] }, { id = "gp", label = "<script>alert(1)</script> GP", events = ["gp"] }, { id = "emergency", label = "Emergency admissions", events = ["emergency"] }]
score = [{ id = "wellbeing", label = "Wellbeing", measure = "wellbeing", at_months = [3, 6], window_days = 30, improvement_min = 3 }]
breakdown = [{ id = "deprivation", label = "Deprivation decile", dataset = "nhs-usage", variable = "imd_decile" }]
"#;

pub(crate) const PEOPLE: &str = "\
id,NHS number,Surname,DOB,start_date,Phone
1,943 476 5919,Smith,03/04/1950,2024-01-15,0123
2,4010232137,Jones,31/12/1980,2024-02-01,0124
3,9434765918,O'Neil,01/02/1970,2024-03-01,0125
4,,Khan,29/02/1972,Christmas,0126
5,,,,2024-03-01,0127
2,4010232137,Jones,31/12/1980,2024-02-01,0128
";

pub(crate) const MEASURES: &str = "\
local_id,measure,date,score
1,wellbeing,2024-01-15,20
1,wellbeing,2024-07-15,27
2,wellbeing,2024-02-01,40
9,wellbeing,2024-02-01,12
";

/// The place: a folder, the agreement in it, and who is who.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) unit: Ed25519KeyPair,
    pub(crate) unit_key: NoteKey,
}

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::parse(Zeroizing::new(PASSPHRASE.to_owned())).unwrap()
}

/// Runs with a fixed day and a generator that counts.
pub(crate) fn with_context<T>(seed: u8, run: impl FnOnce(&mut Context<'_>) -> T) -> T {
    let mut next = u64::from(seed) << 32;
    let mut fill = |bytes: &mut [u8]| {
        for byte in bytes {
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = next.to_be_bytes()[0];
        }
    };
    let clock = || Duration::from_secs(1);
    run(&mut Context { today: TODAY, fill: &mut fill, clock: &clock, progress: &NoProgress })
}

pub(crate) fn terms(schema: &str, study: &str) -> String {
    format!(
        r#"
format = "counterfoil-agreement-1"
id = "tiny"
version = 1
title = "A tiny agreement"
purposes = ["service-evaluation"]
starts_on = 2020-01-01
ends_on = 2099-12-31

[linkage]
schema_digest = "{schema}"
key_epoch = 1
unhardened_clk = "refused"

[disclosure]
suppress_below = 8
rounding_base = 5
releases_max = 4

[[party]]
id = "icb"
name = "The ICB"
roles = ["custodian"]
[[party]]
id = "charity"
name = "The charity"
roles = ["custodian", "partner"]
[[party]]
id = "unit"
name = "The unit"
roles = ["linkage-unit"]

[[dataset]]
id = "programme"
custodian = "charity"
people_max = 1000
people = [{{ name = "start_date", kind = "date", from = 2023-01-01, to = 2025-12-31 }}]
measures = [{{ code = "wellbeing", min = 7, max = 35 }}]

[[dataset]]
id = "nhs-usage"
custodian = "icb"
people_max = 1000
people = [{{ name = "imd_decile", kind = "integer", min = 1, max = 10 }}]
events = {{ codes = ["ae", "gp", "emergency"] }}

[[study]]
id = "use"
digest = "{study}"
"#
    )
}

impl Place {
    /// An agreement that everybody has signed; identities and a pseudonymisation key, all under [`PASSPHRASE`].
    pub(crate) fn new() -> Self {
        Self::signed_by_all(Self::unsigned())
    }

    /// The same with a text of terms and study exchanged for another.
    pub(crate) fn with_other_terms(part: &str, other: &str) -> Self {
        Self::signed_by_all(Self::unsigned_with(|text| text.replace(part, other)))
    }

    /// A study that pays for the score, and says what the programme cost.
    pub(crate) fn priced() -> Self {
        let prices = "price = [{ outcome = \"wellbeing\", payer = \"The <fund>\", pence_each = 12345 }]\n\
                      value = { cost_pence = 48000000, source = \"the accounts\", benefit = [{ outcome = \"wellbeing\", pence_each = 100000 }] }\n";
        Self::with_other_terms("breakdown = ", &format!("{prices}breakdown = "))
    }

    fn signed_by_all(place: Self) -> Self {
        for party in ["icb", "charity"] {
            let args = AgreementSign { agreement: place.agreement(), identity: place.identity(party) };
            steps::agreement_sign(&args, &passphrase()).unwrap();
        }
        let folder = AgreementFolder::at(&place.agreement());
        let note = folder.read_note().unwrap().unwrap();
        fs::write(folder.note_path(), place.sign_as_unit(note).to_bytes()).unwrap();
        place
    }

    /// The same, proposed and signed by nobody.
    pub(crate) fn unsigned() -> Self {
        Self::unsigned_with(str::to_owned)
    }

    /// A study with a comparison, of which `release` then has made-up figures.
    pub(crate) fn with_comparison() -> Self {
        Self::signed_by_all(Self::unsigned_of(comparison::STUDY, comparison::terms))
    }

    fn unsigned_with(change: impl Fn(&str) -> String) -> Self {
        Self::unsigned_of(STUDY, change)
    }

    fn unsigned_of(study: &str, change: impl Fn(&str) -> String) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let agreement = dir.path().join("agreement");
        fs::create_dir_all(agreement.join("studies")).unwrap();
        fs::write(agreement.join("schema.toml"), SCHEMA).unwrap();
        let study = change(study);
        fs::write(agreement.join("studies/use.toml"), &study).unwrap();
        let schema = LinkageSchema::parse(SCHEMA).unwrap().digest().to_string();
        let study = Study::parse(&study).unwrap().digest.to_string();
        fs::write(agreement.join("agreement.toml"), change(&terms(&schema, &study))).unwrap();
        fs::write(dir.path().join("people.csv"), PEOPLE).unwrap();
        fs::write(dir.path().join("measures.csv"), MEASURES).unwrap();
        fs::write(dir.path().join("passphrase"), format!("{PASSPHRASE}\n")).unwrap();

        let unit = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
        let unit_key = NoteKey::from_ed25519("unit", unit.public_key().as_ref().try_into().unwrap()).unwrap();
        let place = Self { dir, unit, unit_key };
        let mut party_keys = vec![place.unit_key.clone()];
        for (seed, party) in [(1, "icb"), (2, "charity")] {
            let args = IdentityNew { party: PartyId::parse(party).unwrap(), out: place.identity(party) };
            let made = with_context(seed, |context| steps::identity_new(context, &args, &passphrase())).unwrap();
            party_keys.push(counterfoil_audit::parse_note_key(&made.vkey).unwrap());
        }
        steps::agreement_propose(&AgreementPropose { agreement: place.agreement(), party_keys }).unwrap();
        let args = KeyNew { agreement: place.agreement(), out: place.path("tiny.key") };
        with_context(3, |context| steps::key_new(context, &args, &passphrase())).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn agreement(&self) -> PathBuf {
        self.path("agreement")
    }

    pub(crate) fn identity(&self, party: &str) -> PathBuf {
        self.path(&format!("{party}.identity"))
    }

    pub(crate) fn signed(&self) -> SignedFolder {
        AgreementFolder::at(&self.agreement()).open_signed().unwrap()
    }

    pub(crate) fn study(&self) -> Study {
        Study::parse(&fs::read_to_string(self.agreement().join("studies/use.toml")).unwrap()).unwrap()
    }

    pub(crate) fn sign_as_unit(&self, note: SignedNote) -> SignedNote {
        let signature = self.unit.sign(note.message());
        note.with_signature(&self.unit_key, signature.as_ref()).unwrap()
    }

    /// What `pseudonymise` of the programme's files needs.
    pub(crate) fn pseudonymise(&self) -> Pseudonymise {
        Pseudonymise {
            agreement: self.agreement(),
            dataset: DatasetId::parse("programme").unwrap(),
            key: self.path("tiny.key"),
            identity: self.identity("charity"),
            people: self.path("people.csv"),
            events: None,
            measures: Some(self.path("measures.csv")),
            complete_from: Date::constant(2023, 1, 1),
            complete_to: Date::constant(2025, 12, 31),
            tariff: None,
            out: self.path("extract"),
        }
    }

    /// A log by hand, with a release of made-up tables: its bundle in `release`, and the log's leaves.
    pub(crate) fn release(&self) -> (VerifiedRelease, Vec<Vec<u8>>) {
        let folder = self.signed();
        let study = self.study();
        let head = head(&folder, &study);
        let tables = match study.comparison {
            Some(_) => comparison::tables(folder.agreement(), &study),
            None => tables(folder.agreement(), &study),
        };
        let tables = tables.into_iter().map(|table| table.suppress_primary(&folder.agreement().disclosure)).collect();
        let release = review(tables, 0, 4).unwrap().release(head).unwrap();
        let body = release.body_to_store_with_its_log_entry().to_vec();
        let records = records(&folder, &study, &body);
        let entry = |(place, record): (usize, &LogRecord)| {
            let opening =
                Opening { nonce: Nonce([u8::try_from(place).unwrap(); 16]), record: record.to_text().into_bytes() };
            let time_seconds = TODAY_SECONDS + place as u64;
            (Entry { kind: record.kind(), time_seconds, commitment: opening.commitment() }, opening)
        };
        let entries: Vec<_> = records.iter().enumerate().map(entry).collect();
        let leaves: Vec<_> = entries.iter().map(|(entry, _)| entry.to_leaf()).collect();
        let tree: MerkleTree = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        let checkpoint = self.checkpoint(&tree).to_bytes();
        let evidence = entries.into_iter().enumerate().map(|(place, (entry, opening))| {
            let index = LeafIndex(place as u64);
            Evidence { index, entry, opening, proof: tree.inclusion_proof(index, tree.size()).unwrap() }
        });
        let evidence: Vec<_> = evidence.collect();
        let verified = verify_logged_release(&body, &evidence, &checkpoint, &self.unit_key).unwrap();
        let out = self.path("release");
        counterfoil_cli::write_bundle(&out, &verified, &body, &evidence, &checkpoint, folder.agreement(), &study)
            .unwrap();
        (verified, leaves)
    }

    /// The unit's checkpoint of a tree.
    pub(crate) fn checkpoint(&self, tree: &MerkleTree) -> SignedNote {
        let origin = self.unit_key.name().clone();
        let text = Checkpoint { origin, size: tree.size(), root: tree.root() }.to_note_text();
        self.sign_as_unit(SignedNote::attach(text))
    }

    /// A copy of the log in `log`, as `audit fetch` would write it.
    pub(crate) fn write_log(&self, leaves: &[Vec<u8>]) {
        let tree: MerkleTree = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        let leaves: Vec<&[u8]> = leaves.iter().map(Vec::as_slice).collect();
        let bundle = counterfoil_audit::entry_bundle(&leaves).unwrap();
        let path = self.path("log").join(format!("tile/entries/000.p/{}", leaves.len()));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bundle).unwrap();
        fs::write(self.path("log/checkpoint"), self.checkpoint(&tree).to_bytes()).unwrap();
    }
}

/// Runs the command in a place.
pub(crate) fn counterfoil(place: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(args)
        .current_dir(place)
        .env_remove("COUNTERFOIL_PASSPHRASE")
        .env_remove("COUNTERFOIL_IDENTITY_PASSPHRASE")
        .output()
        .unwrap()
}
