//! The two steps whose time grows with people: pseudonymising a file, and linking two extracts.
//!
//! `cargo bench -p counterfoil-benches`. Every file is synthetic and every code path is the product's own. On a busy
//! machine compare runs with each other, not with a figure from elsewhere; `RAYON_NUM_THREADS=1` gives one core's work.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::path::Path;

use counterfoil::linkage::link;
use counterfoil::model::{AgreementId, EncodedPeople, LinkageSchema, PersonRow};
use counterfoil::pseudonym::intake::{Collected, PeopleIntake, read_people};
use counterfoil::pseudonym::{Encoder, LocalIdKey, PseudonymisationKey};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jiff::civil::Date;

const SCHEMA: &str = include_str!("../../examples/thrive-nel/schema.toml");
const TODAY: Date = Date::constant(2026, 1, 1);
const PEOPLE: u32 = 20_000;

struct Bench {
    schema: LinkageSchema,
    encoder: Encoder,
    local_ids: LocalIdKey,
}

impl Bench {
    fn new() -> Self {
        let schema = LinkageSchema::parse(SCHEMA).expect("the example's schema is valid");
        let agreement = AgreementId::parse("bench").expect("a code");
        let key = PseudonymisationKey::generate(&mut |bytes| bytes.fill(7));
        let encoder = Encoder::new(&key, &agreement, 1, &schema);
        Self { schema, encoder, local_ids: LocalIdKey::generate(&mut |bytes| bytes.fill(9)) }
    }

    fn pseudonymise(&self, csv: &[u8]) -> Vec<PersonRow> {
        let intake = PeopleIntake {
            file: "people.csv",
            columns: self.schema.columns().of("default").expect("the example has default columns"),
            variables: &[],
            encoder: &self.encoder,
            local_ids: &self.local_ids,
            today: TODAY,
        };
        let mut rows = Collected::default();
        read_people(csv, &intake, &mut rows).expect("the synthetic file is sound");
        rows.rows.into_iter().map(|(row, _line)| row).collect()
    }

    fn people(&self, csv: &[u8]) -> EncodedPeople {
        let mut people = EncodedPeople::new(&self.schema, 0);
        self.pseudonymise(csv).iter().for_each(|row| people.push(row));
        people
    }
}

fn pair(folder: &Path, left: u32, right: u32, overlap: u32) -> [Vec<u8>; 2] {
    counterfoil_synth::people_pairs(left, right, overlap, 1, folder).expect("the folder can be written");
    ["a.csv", "b.csv"].map(|name| std::fs::read(folder.join(name)).expect("the file was written"))
}

fn pseudonymise(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let [csv, _] = pair(folder.path(), PEOPLE, 10, 10);
    let bench = Bench::new();
    let mut group = criterion.benchmark_group("pseudonymise");
    group.sample_size(10).throughput(Throughput::Elements(PEOPLE.into()));
    group.bench_function("people, CSV bytes to rows", |bencher| bencher.iter(|| bench.pseudonymise(&csv)));
    group.finish();
}

fn link_extracts(criterion: &mut Criterion) {
    let bench = Bench::new();
    let mut group = criterion.benchmark_group("link");
    group.sample_size(10);
    for (left, right, overlap) in [(2_400, 180_000, 2_000), (100_000, 100_000, 50_000)] {
        let folder = tempfile::tempdir().expect("a folder");
        let files = pair(folder.path(), left, right, overlap);
        let [cohort, usage] = files.each_ref().map(|csv| bench.people(csv));
        group.throughput(Throughput::Elements((left + right).into()));
        group.bench_function(format!("{left} with {right}"), |bencher| {
            bencher.iter_batched(
                || (),
                |()| link(&bench.schema, &cohort, &usage, &|_| ()).expect("one schema"),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, pseudonymise, link_extracts);
criterion_main!(benches);
