//! One agreement, one linkage schema and a handful of made-up people, for every test of the folder.

use std::fs;
use std::path::Path;

use counterfoil_audit::{NoteKey, NoteText, SignedNote};
use counterfoil_extract::{
    Extract, ExtractError, ExtractWriter, LeftOut, MANIFEST_FILE, Manifest, ManifestFacts, Table, UnsignedExtract,
    parse_manifest,
};
use counterfoil_model::{
    Agreement, BlockingToken, Clk, Code, Dataset, DatasetId, Digest, Encoding, EventRow, KeyFingerprint, LinkageSchema,
    MeasureRow, PersonRef, PersonRow, SignedAgreement, Token, Value, agreement_statement,
};
use jiff::civil::Date;
use ring::signature::{Ed25519KeyPair, KeyPair};

pub(crate) const SCHEMA: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "test-1"
[[field]]
name = "nhs_number"
rule = "nhs_number_v1"
[[field]]
name = "family_name"
rule = "family_name_v1"
[[match_key]]
name = "nhs"
parts = ["nhs_number"]
[[match_key]]
name = "family"
parts = ["family_name"]
[[blocking_rule]]
name = "sound"
parts = ["family_name.soundex"]
[clk]
bits = 256
encoding = "diffused-1"
diffusion = 10
feature = [{ part = "family_name", qgram = 2, bits = 50 }]
[decision]
link_probability_min_permille = 500
false_links_max_permille = 5
relationship = "one-to-one"
runner_up_margin_bits = 2
group_pairs_max = 1000
"#;

pub(crate) const DATASET: &str = r#"
[[dataset]]
id = "nhs-usage"
custodian = "icb"
people_max = 500000
people = [
    { name = "imd_decile", kind = "integer", min = 1, max = 10 },
    { name = "started_on", kind = "date", from = 2023-01-01, to = 2023-12-31 },
    { name = "outcome", kind = "code", codes = ["completed", "left", "died"] },
]
events = { codes = ["ae", "admission"], variables = [{ name = "cost_pence", kind = "integer", min = 0, max = 5000000 }] }
measures = [{ code = "swemwbs", min = 7, max = 35 }, { code = "ons4", min = 0, max = 40 }]
"#;

/// An agreement of these parties, and the keys of all.
pub(crate) struct Parties {
    pub(crate) agreement: SignedAgreement,
    pub(crate) schema: LinkageSchema,
}

pub(crate) fn key_pair(party: &str) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(Digest::of(party.as_bytes()).as_bytes()).unwrap()
}

pub(crate) fn note_key(party: &str) -> NoteKey {
    NoteKey::from_ed25519(party, key_pair(party).public_key().as_ref().try_into().unwrap()).unwrap()
}

pub(crate) fn signed(text: &NoteText, party: &str) -> SignedNote {
    let note = SignedNote::attach(text.clone());
    let signature = key_pair(party).sign(note.message());
    note.with_signature(&note_key(party), signature.as_ref()).unwrap()
}

pub(crate) fn parties() -> Parties {
    parties_of(SCHEMA, DATASET)
}

pub(crate) fn parties_of(schema: &str, dataset: &str) -> Parties {
    let schema = LinkageSchema::parse(schema).unwrap();
    let terms = format!(
        r#"
format = "counterfoil-agreement-1"
id = "test"
version = 1
title = "A test"
purposes = ["service-evaluation"]
starts_on = 2026-01-01
ends_on = 2026-12-31
[linkage]
schema_digest = "{}"
key_epoch = 3
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
id = "programme"
name = "The programme"
roles = ["custodian"]
[[party]]
id = "unit"
name = "The unit"
roles = ["linkage-unit"]
{dataset}
[[study]]
id = "use"
digest = "{}"
"#,
        schema.digest(),
        "0".repeat(64)
    );
    let agreement = Agreement::parse(&terms).unwrap();
    let names = ["icb", "programme", "unit"];
    let statement = agreement_statement(&agreement, &names.map(note_key)).unwrap();
    let note = names.into_iter().fold(SignedNote::attach(statement), |note, party| {
        let signature = key_pair(party).sign(note.message());
        note.with_signature(&note_key(party), signature.as_ref()).unwrap()
    });
    Parties { agreement: SignedAgreement::verify(agreement, &note).unwrap(), schema }
}

impl Parties {
    pub(crate) fn dataset(&self) -> &Dataset {
        self.agreement.agreement().dataset(&DatasetId::parse("nhs-usage").unwrap()).unwrap()
    }

    pub(crate) fn writer(&self, folder: &Path) -> ExtractWriter {
        ExtractWriter::create(folder, self.dataset(), &self.schema).unwrap()
    }

    pub(crate) fn facts(&self) -> ManifestFacts {
        let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"test"), b"fingerprint");
        ManifestFacts {
            agreement: self.agreement.agreement().id.clone(),
            agreement_digest: self.agreement.digest(),
            key_epoch: 3,
            key_fingerprint: KeyFingerprint::from_tag(&tag),
            created_on: Date::constant(2026, 3, 1),
            complete_from: Date::constant(2022, 4, 1),
            complete_to: Date::constant(2025, 12, 31),
            tariff: Some(Code::parse("nhsps-2024-25").unwrap()),
            build: "counterfoil 0.1.0".to_owned(),
        }
    }

    pub(crate) fn finish(&self, writer: ExtractWriter) -> (UnsignedExtract, Vec<LeftOut>) {
        let mut left_out = Vec::new();
        let unsigned = writer.finish(self.facts(), &mut |row| left_out.push(row)).unwrap();
        (unsigned, left_out)
    }

    pub(crate) fn sign(&self, unsigned: UnsignedExtract) -> Extract {
        let note = signed(unsigned.manifest_text(), "icb");
        unsigned.sign(&note, &self.agreement).unwrap()
    }

    /// An extract of these rows, in this order.
    pub(crate) fn write(
        &self,
        folder: &Path,
        people: &[PersonRow],
        events: &[EventRow],
        measures: &[MeasureRow],
    ) -> Extract {
        let mut writer = self.writer(folder);
        for (row, line) in people.iter().zip(2..) {
            writer.push_person(row, line).unwrap();
        }
        for (row, line) in events.iter().zip(2..) {
            writer.push_event(row, line).unwrap();
        }
        for (row, line) in measures.iter().zip(2..) {
            writer.push_measure(row, line).unwrap();
        }
        let (unsigned, left_out) = self.finish(writer);
        assert_eq!(left_out, []);
        self.sign(unsigned)
    }

    pub(crate) fn open(&self, folder: &Path) -> Result<Extract, ExtractError> {
        Extract::open(folder, &self.agreement, &self.schema)
    }

    /// Opens and reads every row.
    pub(crate) fn read(&self, folder: &Path) -> Result<(), ExtractError> {
        let extract = self.open(folder)?;
        extract.read_people()?;
        extract.read_events(&mut |_| std::ops::ControlFlow::Continue(()))?;
        extract.read_measures(&mut |_| std::ops::ControlFlow::Continue(()))
    }
}

pub(crate) fn tag(what: &str, number: u64) -> ring::hmac::Tag {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, what.as_bytes());
    ring::hmac::sign(&key, &number.to_be_bytes())
}

pub(crate) fn person_ref(number: u64) -> PersonRef {
    PersonRef(u64::from_be_bytes(tag("person", number).as_ref()[..8].try_into().unwrap()))
}

/// Day of 2023, as days since 1970-01-01 (2023-01-01 is 19,358: 53 years of which 13 leap years).
pub(crate) fn day_2023(number: u64) -> i32 {
    19_358 + i32::try_from(number % 365).unwrap()
}

/// Every fifth lacks a token, every seventh its CLK, every third a value.
#[allow(clippy::disallowed_methods, reason = "made-up CLKs for tests of the decoder")]
pub(crate) fn person(number: u64) -> PersonRow {
    let words: Vec<u64> = (0..4).map(|word| person_ref(number * 4 + word).0).collect();
    PersonRow {
        person: person_ref(number),
        encoding: Encoding {
            tokens: [
                (!number.is_multiple_of(5)).then(|| Token::from_tag(&tag("nhs", number))),
                Some(Token::from_tag(&tag("family", number / 10))),
            ]
            .into(),
            blocking: [(!number.is_multiple_of(5)).then(|| BlockingToken::from_tag(&tag("sound", number % 40)))].into(),
            clk: (!number.is_multiple_of(7)).then(|| Clk::from_wire(words.into()).unwrap()),
            former: Box::default(),
        },
        values: [
            (!number.is_multiple_of(3)).then(|| Value::Integer(i32::try_from(number % 10).unwrap() + 1)),
            Some(Value::Date(day_2023(number))),
            (!number.is_multiple_of(4)).then(|| Value::Code(u16::try_from(number % 3).unwrap())),
        ]
        .into(),
    }
}

pub(crate) fn event(person: u64, number: u64) -> EventRow {
    EventRow {
        person: person_ref(person),
        event: u16::try_from(number % 2).unwrap(),
        date: day_2023(number * 7),
        values: [(!number.is_multiple_of(3)).then(|| Value::Integer(i32::try_from(number * 1_000).unwrap()))].into(),
    }
}

pub(crate) fn measure(person: u64, number: u64) -> MeasureRow {
    let date = day_2023(number * 30);
    MeasureRow { person: person_ref(person), measure: 0, date, score: 7 + i32::try_from(number % 20).unwrap() }
}

pub(crate) fn people(count: u64) -> Vec<PersonRow> {
    (0..count).map(person).collect()
}

pub(crate) fn events(people: u64) -> Vec<EventRow> {
    (0..people).flat_map(|person| (0..person % 6).map(move |number| event(person, number))).collect()
}

pub(crate) fn measures(people: u64) -> Vec<MeasureRow> {
    (0..people).flat_map(|person| (0..person % 3).map(move |number| measure(person, number))).collect()
}

/// Signs the manifest again after a change, with the lengths and digests that the files have now.
pub(crate) fn sign_again(folder: &Path, party: &str, change: impl FnOnce(&mut Manifest)) {
    let note = counterfoil_audit::parse_signed_note(&fs::read(folder.join(MANIFEST_FILE)).unwrap()).unwrap();
    let mut manifest = parse_manifest(note.text().as_str()).unwrap();
    for facts in &mut manifest.tables {
        let bytes = fs::read(folder.join(facts.table.file_name())).unwrap();
        (facts.bytes, facts.sha256) = (bytes.len() as u64, Digest::of(&bytes));
    }
    change(&mut manifest);
    fs::write(folder.join(MANIFEST_FILE), signed(&manifest.to_text().unwrap(), party).to_bytes()).unwrap();
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn rows_of(extract: &Extract, table: Table) -> u64 {
    extract.manifest().table(table).unwrap().rows
}
