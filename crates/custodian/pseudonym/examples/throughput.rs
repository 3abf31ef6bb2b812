//! Records pseudonymised per second: `cargo run --release -p counterfoil-pseudonym --example throughput`.
//!
//! 200,000 made-up people and 1,000,000 events in memory, 8 match keys, 5 blocking rules, a CLK of 5 features; the
//! whole way from CSV bytes to rows, on one thread and on all.

#![allow(clippy::print_stdout, reason = "an example prints its result")]

use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Instant;

use counterfoil_model::{AgreementId, Code, Dataset, DatasetId, LinkageSchema, PartyId};
use counterfoil_pseudonym::intake::{EventIntake, PeopleIntake, Problem, Sink, read_events, read_people};
use counterfoil_pseudonym::{Encoder, LocalIdKey, PseudonymisationKey};
use jiff::civil::Date;

const PEOPLE: u32 = 200_000;
const EVENTS: u32 = 1_000_000;

const SCHEMA: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "throughput-1"
field = [
  { name = "nhs_number", rule = "nhs_number_v1" },
  { name = "family_name", rule = "family_name_v1" },
  { name = "given_name", rule = "given_name_v1" },
  { name = "date_of_birth", rule = "date_of_birth_v1" },
  { name = "sex", rule = "sex_v1" },
  { name = "postcode", rule = "postcode_v1" },
]
match_key = [
  { name = "nhs_dob", parts = ["nhs_number", "date_of_birth"] },
  { name = "nhs_name", parts = ["nhs_number", "family_name.first_three"] },
  { name = "all", parts = ["family_name", "given_name", "date_of_birth", "sex", "postcode"] },
  { name = "no_postcode", parts = ["family_name", "given_name", "date_of_birth", "sex"] },
  { name = "sector", parts = ["family_name.soundex", "given_name.soundex", "date_of_birth", "postcode.sector"] },
  { name = "swapped", parts = ["family_name", "given_name", "date_of_birth.day_month_unordered"] },
  { name = "married", parts = ["given_name", "date_of_birth", "sex", "postcode"] },
  { name = "initial", parts = ["family_name", "given_name.initial", "date_of_birth", "postcode.outward"] },
]
blocking_rule = [
  { name = "sound_year", parts = ["family_name.soundex", "date_of_birth.year"] },
  { name = "given_month", parts = ["given_name.first_word", "date_of_birth.year_month"] },
  { name = "postcode", parts = ["postcode"] },
  { name = "born", parts = ["date_of_birth"] },
  { name = "outward_day", parts = ["postcode.outward", "date_of_birth.month_day"] },
]
[clk]
bits = 1024
encoding = "diffused-1"
diffusion = 10
salt = "date_of_birth.year"
feature = [
  { part = "family_name", qgram = 2, bits = 160 },
  { part = "given_name", qgram = 2, bits = 140 },
  { part = "date_of_birth", qgram = 2, bits = 120 },
  { part = "postcode", qgram = 2, bits = 80 },
  { part = "sex", qgram = 1, bits = 20 },
]
[decision]
link_probability_min_permille = 500
false_links_max_permille = 5
runner_up_margin_bits = 2
group_pairs_max = 1000000
[columns.default]
local_id = "id"
nhs_number = "nhs"
family_name = "family"
given_name = "given"
date_of_birth = { header = "born", date = "day-month-year" }
sex = "sex"
postcode = "postcode"
"#;

struct Count(u64);

impl<Row> Sink<Row> for Count {
    type Error = Infallible;

    fn row(&mut self, _row: Row, _line: u64) -> Result<(), Infallible> {
        self.0 += 1;
        Ok(())
    }

    fn problem(&mut self, _problem: Problem) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = LinkageSchema::parse(SCHEMA)?;
    let key = PseudonymisationKey::generate(&mut |bytes| bytes.fill(1));
    let encoder = Encoder::new(&key, &AgreementId::parse("throughput")?, 1, &schema);
    let local_ids = LocalIdKey::generate(&mut |bytes| bytes.fill(2));
    let people = people_csv()?;
    let events = events_csv()?;
    let dataset = Dataset {
        id: DatasetId::parse("usage")?,
        custodian: PartyId::parse("trust")?,
        people_max: u64::from(PEOPLE),
        people: Vec::new(),
        event_codes: vec![Code::parse("gp")?, Code::parse("emergency")?],
        events: Vec::new(),
        measures: Vec::new(),
    };
    let columns = schema.columns().of("default").ok_or("the schema has columns")?;
    for threads in [1, std::thread::available_parallelism()?.get()] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let mut kept = Count(0);
        let started = Instant::now();
        pool.install(|| {
            let intake = PeopleIntake {
                file: "people.csv",
                columns,
                variables: &[],
                encoder: &encoder,
                local_ids: &local_ids,
                today: Date::constant(2026, 1, 1),
            };
            read_people(people.as_bytes(), &intake, &mut kept)
        })?;
        report("people", kept.0, threads, started);
        let mut kept = Count(0);
        let started = Instant::now();
        pool.install(|| {
            let intake = EventIntake { file: "events.csv", dataset: &dataset, local_ids: &local_ids };
            read_events(events.as_bytes(), &intake, &mut kept)
        })?;
        report("events", kept.0, threads, started);
    }
    Ok(())
}

fn report(what: &str, rows: u64, threads: usize, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    let rate = rows as f64 / seconds;
    println!(
        "{what}: {rows} rows, {threads} threads, {seconds:.2} s, {rate:.0}/s, {:.0}/s per thread",
        rate / threads as f64
    );
}

/// A fixed scramble, so that every run has the same people.
fn pick(person: u32, salt: u32, among: u32) -> u32 {
    let mixed = (u64::from(person) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ u64::from(salt).wrapping_mul(0xd1b5_4a32_d192_ed03);
    u32::try_from((mixed >> 29) % u64::from(among)).unwrap_or_default()
}

fn people_csv() -> Result<String, std::fmt::Error> {
    const FAMILY: [&str; 8] = ["Smith", "O'Brien", "Catterall", "Wójcik", "Khan", "Smith-Jones", "Featherstone", "Ng"];
    const GIVEN: [&str; 8] = ["Margaret", "Ann", "Zoë", "Christopher", "Jo", "Mohammed", "Elizabeth Jane", "Siân"];
    let mut file = "id,nhs,family,given,born,sex,postcode\n".to_owned();
    for person in 0..PEOPLE {
        let family = FAMILY[pick(person, 1, 8) as usize];
        let given = GIVEN[pick(person, 2, 8) as usize];
        let (day, month, year) = (pick(person, 3, 28) + 1, pick(person, 4, 12) + 1, pick(person, 5, 90) + 1930);
        let (district, sector) = (pick(person, 6, 40) + 1, pick(person, 7, 10));
        let nhs = nhs_number(400_000_000 + person);
        writeln!(
            file,
            "p{person},{nhs},{family},{given},{day:02}/{month:02}/{year},{},DN{district} {sector}AB",
            person % 2 + 1
        )?;
    }
    Ok(file)
}

fn nhs_number(prefix: u32) -> String {
    let sum: u32 = (2..=10).zip(0..9).map(|(weight, place)| weight * (prefix / 10u32.pow(place) % 10)).sum();
    format!("{prefix}{}", (11 - sum % 11) % 11 % 10)
}

fn events_csv() -> Result<String, std::fmt::Error> {
    let mut file = "local_id,event,date\n".to_owned();
    for event in 0..EVENTS {
        let (day, month) = (pick(event, 8, 28) + 1, pick(event, 9, 12) + 1);
        writeln!(file, "p{},gp,2024-{month:02}-{day:02}", pick(event, 10, PEOPLE))?;
    }
    Ok(file)
}
