//! Two people files to signed extracts on disk, and those extracts to links, in CPU seconds:
//!
//! ```text
//! cargo run --release -p counterfoil-benches --example link_extracts -- make SCHEMA LEFT.csv RIGHT.csv FOLDER
//! cargo run --release -p counterfoil-benches --example link_extracts -- link SCHEMA FOLDER
//! ```
//!
//! Two processes, because the two happen on different machines: `make` is the custodians' work, `link` the unit's, from
//! the extracts as they lie on disk (signatures and digests checked) to the links. The files have the columns of
//! `[columns.default]`. The last line of each is JSON.
#![allow(clippy::print_stdout, reason = "an example reports to whoever runs it")]

use std::error::Error;
use std::fs;
use std::path::Path;

use counterfoil::audit::{NoteKey, SignedNote};
use counterfoil::extract::{Extract, ExtractError, ExtractWriter, ManifestFacts};
use counterfoil::linkage::{LinkRule, Progress, compare};
use counterfoil::model::{
    Agreement, DatasetId, KeyFingerprint, LinkageSchema, PersonRow, SignedAgreement, agreement_statement,
};
use counterfoil::pseudonym::intake::{PeopleIntake, Problem, Sink, read_people};
use counterfoil::pseudonym::{Encoder, LocalIdKey, PseudonymisationKey};
use jiff::civil::Date;
use ring::signature::{Ed25519KeyPair, KeyPair};

type Outcome<T> = Result<T, Box<dyn Error>>;

const TODAY: Date = Date::constant(2026, 1, 2);

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["make", schema, left, right, folder] => make(&read_schema(schema)?, [left, right], Path::new(folder)),
        ["link", schema, folder] => link(&read_schema(schema)?, Path::new(folder)),
        _ => Err("make SCHEMA LEFT.csv RIGHT.csv FOLDER, or link SCHEMA FOLDER".into()),
    }
}

fn read_schema(file: &str) -> Outcome<LinkageSchema> {
    Ok(LinkageSchema::parse(&fs::read_to_string(file)?)?)
}

struct ToExtract(ExtractWriter);

impl Sink<PersonRow> for ToExtract {
    type Error = ExtractError;

    fn row(&mut self, row: PersonRow, line: u64) -> Result<(), ExtractError> {
        self.0.push_person(&row, line)
    }

    fn problem(&mut self, _problem: Problem) -> Result<(), ExtractError> {
        Ok(())
    }
}

fn make(schema: &LinkageSchema, files: [&str; 2], folder: &Path) -> Outcome<()> {
    let agreement = agreement(schema)?;
    let key = PseudonymisationKey::generate(&mut |bytes| bytes.fill(7));
    let encoder = Encoder::new(&key, &agreement.agreement().id, 1, schema);
    let mut rows = 0;
    fs::create_dir_all(folder)?;
    for (name, file) in ["left", "right"].into_iter().zip(files) {
        let dataset = agreement.agreement().dataset(&DatasetId::parse(name)?).ok_or("declared below")?;
        let intake = PeopleIntake {
            file,
            columns: schema.columns().of("default").ok_or("the schema has no [columns.default]")?,
            variables: &[],
            encoder: &encoder,
            local_ids: &LocalIdKey::generate(&mut |bytes| bytes.fill(9)),
            today: TODAY,
        };
        let mut sink = ToExtract(ExtractWriter::create(&folder.join(name), dataset, schema)?);
        rows += read_people(fs::File::open(file)?, &intake, &mut sink)?.file.rows;
        let fingerprint = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"bench"), b"");
        let facts = ManifestFacts {
            agreement: agreement.agreement().id.clone(),
            agreement_digest: agreement.digest(),
            key_epoch: 1,
            key_fingerprint: KeyFingerprint::from_tag(&fingerprint),
            created_on: TODAY,
            complete_from: TODAY,
            complete_to: TODAY,
            tariff: None,
            build: "counterfoil 0.1.0".to_owned(),
        };
        let unsigned = sink.0.finish(facts, &mut |_| ())?;
        let note = signed(SignedNote::attach(unsigned.manifest_text().clone()), "custodian")?;
        unsigned.sign(&note, &agreement)?;
    }
    println!("{{\"rows\": {rows}, \"cpu_seconds\": {:.3}, \"peak_mib\": {}}}", cpu_seconds(), peak_mib());
    Ok(())
}

fn link(schema: &LinkageSchema, folder: &Path) -> Outcome<()> {
    let agreement = agreement(schema)?;
    let open = |name: &str| -> Outcome<_> { Ok(Extract::open(&folder.join(name), &agreement, schema)?.read_people()?) };
    let (left, right) = (open("left")?, open("right")?);
    let read = cpu_seconds();
    let rule = LinkRule::of(schema.decision());
    let marks = std::sync::Mutex::new(Vec::new());
    let compared = compare(schema, &left, &right, rule, &|progress| match progress {
        Progress::Joining { done, of } if done == of => {
            marks.lock().expect("no thread panics").push(("joined", cpu_seconds()));
        }
        Progress::Fitting => marks.lock().expect("no thread panics").push(("counted", cpu_seconds())),
        _ => {}
    })?;
    let compared_at = cpu_seconds();
    let linkage = compared.decide(rule)?;
    let mut before = read;
    println!("read and checked {read:.2} s");
    for (step, at) in
        marks.into_inner()?.into_iter().chain([("fitted and selected", compared_at), ("decided", cpu_seconds())])
    {
        println!("{step} {:.2} s", at - before);
        before = at;
    }
    println!(
        "{{\"left\": {}, \"right\": {}, \"candidate_pairs\": {}, \"links\": {}, \"iterations\": {}, \"cpu_seconds\": {:.3}, \"peak_mib\": {}}}",
        left.len(),
        right.len(),
        compared.candidate_pairs(),
        linkage.links.len(),
        compared.model().iterations,
        cpu_seconds(),
        peak_mib()
    );
    Ok(())
}

fn agreement(schema: &LinkageSchema) -> Outcome<SignedAgreement> {
    Ok(SignedAgreement::verify(terms(schema)?, &statement(schema)?)?)
}

fn terms(schema: &LinkageSchema) -> Outcome<Agreement> {
    let dataset =
        |name: &str| format!("[[dataset]]\nid = \"{name}\"\ncustodian = \"custodian\"\npeople_max = 100000000\n");
    let text = format!(
        "format = \"counterfoil-agreement-1\"\nid = \"bench\"\nversion = 1\ntitle = \"Bench\"\npurposes = [\"commissioning\"]\n\
         starts_on = 2026-01-01\nends_on = 2026-12-31\n[linkage]\nschema_digest = \"{}\"\nkey_epoch = 1\n\
         unhardened_clk = \"refused\"\n[disclosure]\nsuppress_below = 8\nrounding_base = 5\nreleases_max = 1\n\
         [[party]]\nid = \"custodian\"\nname = \"Custodian\"\nroles = [\"custodian\"]\n[[party]]\nid = \"unit\"\nname = \"Unit\"\n\
         roles = [\"linkage-unit\"]\n{}{}[[study]]\nid = \"use\"\ndigest = \"{}\"\n",
        schema.digest(),
        dataset("left"),
        dataset("right"),
        "0".repeat(64)
    );
    Ok(Agreement::parse(&text)?)
}

fn statement(schema: &LinkageSchema) -> Outcome<SignedNote> {
    let keys = [note_key("custodian")?, note_key("unit")?];
    let note = SignedNote::attach(agreement_statement(&terms(schema)?, &keys)?);
    signed(signed(note, "custodian")?, "unit")
}

fn signed(note: SignedNote, party: &str) -> Outcome<SignedNote> {
    let signature = key_pair(party)?.sign(note.message());
    Ok(note.with_signature(&note_key(party)?, signature.as_ref())?)
}

fn key_pair(party: &str) -> Outcome<Ed25519KeyPair> {
    let seed = ring::digest::digest(&ring::digest::SHA256, party.as_bytes());
    Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(|_| "32 bytes are a seed".into())
}

fn note_key(party: &str) -> Outcome<NoteKey> {
    Ok(NoteKey::from_ed25519(party, key_pair(party)?.public_key().as_ref().try_into()?)?)
}

/// User and system time of this process, all threads, from `/proc` in hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets, which may hold spaces: state is the first, user and system time the 12th and 13th.
    let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() / 1_024
}
