//! How long an extract of a London sub-region takes to write and read, and how large it is.
//!
//! 180,000 people with 8 tokens, 5 blocking tokens and a CLK of 1,024 bits, and 4.5 million events with one whole number.
//! `cargo run --release -p counterfoil-extract --example size -- FOLDER`, where FOLDER does not exist yet.

#![allow(clippy::print_stdout, reason = "an example prints what it measures")]
#![allow(clippy::unwrap_used, reason = "an example may stop at the first surprise")]
#![allow(clippy::disallowed_methods, reason = "made-up tokens: hashing 15 million would drown what is measured")]

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use counterfoil_audit::{NoteKey, SignedNote};
use counterfoil_extract::{ExtractWriter, ManifestFacts, inspect};
use counterfoil_model::{
    Agreement, BlockingToken, Clk, DatasetId, Encoding, EventRow, KeyFingerprint, LinkageSchema, PersonRef, PersonRow,
    SignedAgreement, Token, Value, agreement_statement,
};
use jiff::civil::Date;
use ring::signature::{Ed25519KeyPair, KeyPair};

const PEOPLE: u64 = 180_000;
const EVENTS: u64 = 4_500_000;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("name a folder that does not exist yet"));
    let (agreement, schema) = terms();
    let dataset = agreement.agreement().dataset(&DatasetId::parse("usage").unwrap()).unwrap();

    let start = Instant::now();
    let mut writer = ExtractWriter::create(&folder, dataset, &schema).unwrap();
    for number in 0..PEOPLE {
        writer.push_person(&person(number), number).unwrap();
    }
    for number in 0..EVENTS {
        let event = EventRow {
            person: PersonRef(random(number % PEOPLE, 0)),
            event: u16::try_from(number % 4).unwrap(),
            date: 18_000 + i32::try_from(random(number, 1) % 1_461).unwrap(),
            values: [Some(Value::Integer(i32::try_from(random(number, 2) % 1_000_000).unwrap()))].into(),
        };
        writer.push_event(&event, number).unwrap();
    }
    println!("push    {:6.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let unsigned = writer.finish(facts(&agreement), &mut |_| ()).unwrap();
    println!("finish  {:6.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let note = signed(SignedNote::attach(unsigned.manifest_text().clone()), "icb");
    let extract = unsigned.sign(&note, &agreement).unwrap();
    println!("sign    {:6.2} s (the whole is checked as its receiver will)", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let people = extract.read_people().unwrap();
    println!("people  {:6.2} s, {} rows", start.elapsed().as_secs_f64(), people.len());
    let start = Instant::now();
    let (mut events, mut sum) = (0, 0);
    let mut count = |event: EventRow| {
        events += 1;
        if let Some(Value::Integer(number)) = event.values[0] {
            sum += i64::from(number);
        }
        ControlFlow::Continue(())
    };
    extract.read_events(&mut count).unwrap();
    println!("events  {:6.2} s, {events} rows, sum {sum}", start.elapsed().as_secs_f64());
    println!("peak memory while writing and reading: {}", peak_memory());
    let start = Instant::now();
    let inspection = inspect(&folder, None).unwrap();
    println!("inspect {:6.2} s, {} findings", start.elapsed().as_secs_f64(), inspection.findings.len());
    for file in extract.files() {
        println!("{:16} {:>9} rows {:>12} bytes", file.name, file.rows, file.bytes);
    }
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim().to_owned()
}

/// `SplitMix64` (Steele, Lea and Flood 2014).
fn random(number: u64, stream: u64) -> u64 {
    let mut z = number.wrapping_mul(16).wrapping_add(stream).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn person(number: u64) -> PersonRow {
    let token = |place| {
        let bytes = [random(number, place), random(number, place + 8)].map(u64::to_be_bytes);
        Token::from_wire(bytes.concat().try_into().unwrap())
    };
    let words: Vec<u64> = (0..16).map(|word| random(number + 7_000_000, word)).collect();
    PersonRow {
        person: PersonRef(random(number, 0)),
        encoding: Encoding {
            tokens: (0..8).map(|place| (number % 11 != place).then(|| token(place))).collect(),
            blocking: (0..5)
                .map(|rule| Some(BlockingToken::from_wire(random(number % 9_000, rule).to_be_bytes())))
                .collect(),
            clk: Some(Clk::from_wire(words.into()).unwrap()),
            former: Box::default(),
        },
        values: [Some(Value::Integer(i32::try_from(number % 10).unwrap() + 1))].into(),
    }
}

fn facts(agreement: &SignedAgreement) -> ManifestFacts {
    let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"size"), b"");
    ManifestFacts {
        agreement: agreement.agreement().id.clone(),
        agreement_digest: agreement.digest(),
        key_epoch: 1,
        key_fingerprint: KeyFingerprint::from_tag(&tag),
        created_on: Date::constant(2026, 3, 1),
        complete_from: Date::constant(2019, 4, 1),
        complete_to: Date::constant(2023, 3, 31),
        tariff: None,
        build: "counterfoil 0.1.0".to_owned(),
    }
}

fn signed(note: SignedNote, party: &str) -> SignedNote {
    let pair = key_pair(party);
    let signature = pair.sign(note.message());
    note.with_signature(&note_key(party), signature.as_ref()).unwrap()
}

fn key_pair(party: &str) -> Ed25519KeyPair {
    let seed = ring::digest::digest(&ring::digest::SHA256, party.as_bytes());
    Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).unwrap()
}

fn note_key(party: &str) -> NoteKey {
    NoteKey::from_ed25519(party, key_pair(party).public_key().as_ref().try_into().unwrap()).unwrap()
}

fn terms() -> (SignedAgreement, LinkageSchema) {
    let mut keys = String::new();
    for number in 0..8 {
        writeln!(keys, "[[match_key]]\nname = \"key_{number}\"\nparts = [\"family_name\"]").unwrap();
    }
    for number in 0..5 {
        writeln!(keys, "[[blocking_rule]]\nname = \"rule_{number}\"\nparts = [\"family_name.soundex\"]").unwrap();
    }
    let schema = format!(
        "format = \"counterfoil-linkage-schema-2\"\nid = \"size\"\n[[field]]\nname = \"family_name\"\nrule = \"family_name_v1\"\n\
         {keys}[clk]\nbits = 1024\nencoding = \"diffused-1\"\ndiffusion = 10\n\
         feature = [{{ part = \"family_name\", qgram = 2, bits = 200 }}]\n[decision]\nlink_probability_min_permille = 500\nfalse_links_max_permille = 5\n\
         relationship = \"one-to-one\"\nrunner_up_margin_bits = 2\ngroup_pairs_max = 1000000\n"
    );
    let schema = LinkageSchema::parse(&schema).unwrap();
    let agreement = format!(
        "format = \"counterfoil-agreement-1\"\nid = \"size\"\nversion = 1\ntitle = \"Size\"\npurposes = [\"commissioning\"]\n\
         starts_on = 2026-01-01\nends_on = 2026-12-31\n[linkage]\nschema_digest = \"{}\"\nkey_epoch = 1\n\
         unhardened_clk = \"refused\"\n[disclosure]\nsuppress_below = 8\nrounding_base = 5\nreleases_max = 1\n\
         [[party]]\nid = \"icb\"\nname = \"ICB\"\nroles = [\"custodian\"]\n[[party]]\nid = \"unit\"\nname = \"Unit\"\n\
         roles = [\"linkage-unit\"]\n[[dataset]]\nid = \"usage\"\ncustodian = \"icb\"\npeople_max = 200000\n\
         people = [{{ name = \"imd_decile\", kind = \"integer\", min = 1, max = 10 }}]\n\
         events = {{ codes = [\"ae\", \"admission\", \"gp\", \"outpatient\"], \
         variables = [{{ name = \"cost_pence\", kind = \"integer\", min = 0, max = 1000000 }}] }}\n\
         [[study]]\nid = \"use\"\ndigest = \"{}\"\n",
        schema.digest(),
        "0".repeat(64)
    );
    let agreement = Agreement::parse(&agreement).unwrap();
    let statement = agreement_statement(&agreement, &["icb", "unit"].map(note_key)).unwrap();
    let note = signed(signed(SignedNote::attach(statement), "icb"), "unit");
    (SignedAgreement::verify(agreement, &note).unwrap(), schema)
}
