//! Records pseudonymised per second: `cargo run --release -p counterfoil-pseudonym --example throughput`.
//!
//! 200,000 made-up people and 1,000,000 events in memory, the whole way from CSV bytes to rows, on one thread and on all,
//! under three schemas; beside each rate the HMACs that a row needs and what they alone would cost, as measured in the
//! same run. `throughput PEOPLE FILE` reads that many rows of a file of one's own, with the same columns, instead.
//!
//! Times are processor time where the system tells it (Linux), so that a busy machine does not change them; elsewhere
//! they are those of the clock on the wall.

#![allow(clippy::print_stdout, reason = "an example prints its result")]

use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use counterfoil_model::{AgreementId, Code, Dataset, DatasetId, LinkageSchema, PartyId};
use counterfoil_pseudonym::intake::{EventIntake, PeopleIntake, Problem, Sink, read_events, read_people};
use counterfoil_pseudonym::{Encoder, LocalIdKey, PseudonymisationKey};
use jiff::civil::Date;

const PEOPLE: u32 = 200_000;
const EVENTS: u32 = 1_000_000;

/// Runs of each measurement; the median counts.
const RUNS: usize = 5;

const FIELDS: &str = r#"
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
"#;

/// Eight match keys, five blocking rules, a CLK of five features.
const KEYS_AND_CLK: &str = r#"
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
"#;

/// Twenty match keys of two or three parts, a longer CLK of four features.
const MANY_KEYS: &str = r#"
match_key = [
  { name = "nhs", parts = ["nhs_number", "date_of_birth"] },
  { name = "nhs_family", parts = ["nhs_number", "family_name.first_three"] },
  { name = "nhs_sex", parts = ["nhs_number", "sex"] },
  { name = "birth_postcode", parts = ["date_of_birth", "postcode"] },
  { name = "birth_given", parts = ["date_of_birth", "given_name.first_three"] },
  { name = "birth_given_sounds", parts = ["date_of_birth", "given_name.soundex"] },
  { name = "birth_family", parts = ["date_of_birth", "family_name.first_three"] },
  { name = "birth_family_sounds", parts = ["date_of_birth", "family_name.soundex"] },
  { name = "birth_initial_sex", parts = ["date_of_birth", "given_name.initial", "sex"] },
  { name = "birth_outward_sex", parts = ["date_of_birth", "postcode.outward", "sex"] },
  { name = "names_year", parts = ["family_name", "given_name", "date_of_birth.year"] },
  { name = "names_month", parts = ["family_name", "given_name", "date_of_birth.year_month"] },
  { name = "names_day", parts = ["family_name", "given_name", "date_of_birth.month_day"] },
  { name = "names_swapped", parts = ["family_name", "given_name", "date_of_birth.day_month_unordered"] },
  { name = "names_postcode", parts = ["family_name", "given_name", "postcode"] },
  { name = "names_sector", parts = ["family_name", "given_name", "postcode.sector"] },
  { name = "sounds_postcode", parts = ["family_name.soundex", "given_name.soundex", "postcode"] },
  { name = "sounds_year", parts = ["family_name.soundex", "given_name.soundex", "date_of_birth.year"] },
  { name = "family_postcode", parts = ["family_name", "postcode"] },
  { name = "given_birth_sector", parts = ["given_name", "date_of_birth", "postcode.sector"] },
]
"#;

/// The one match key that every schema has.
const ONE_KEY: &str = r#"
match_key = [ { name = "family_birth", parts = ["family_name", "date_of_birth"] } ]
"#;

const LONG_CLK: &str = r#"
[clk]
bits = 2048
encoding = "diffused-1"
diffusion = 10
salt = "date_of_birth.year"
feature = [
  { part = "family_name", qgram = 2, bits = 240 },
  { part = "given_name", qgram = 2, bits = 240 },
  { part = "date_of_birth", qgram = 2, bits = 200 },
  { part = "postcode", qgram = 2, bits = 160 },
]
"#;

const DECISION_AND_COLUMNS: &str = r#"
[decision]
link_probability_min_permille = 500
false_links_max_permille = 5
relationship = "one-to-one"
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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rows = arguments.first().map_or(Ok(PEOPLE), |rows| rows.parse())?;
    let people = match arguments.get(1) {
        Some(file) => first_lines(&std::fs::read_to_string(file)?, rows as usize + 1),
        None => people_csv(rows)?,
    };
    let events = events_csv()?;
    let hmac = hmac_cost();
    println!("one HMAC-SHA256 of ring over 30 bytes: {:.1} ns", nanoseconds(hmac));
    let all = std::thread::available_parallelism()?.get();
    for (name, keys) in [
        ("8 match keys, 5 blocking rules, CLK of 1,024 bits", KEYS_AND_CLK.to_owned()),
        ("20 match keys, CLK of 2,048 bits", format!("{MANY_KEYS}{LONG_CLK}")),
        ("1 match key, CLK of 2,048 bits", format!("{ONE_KEY}{LONG_CLK}")),
    ] {
        let schema = LinkageSchema::parse(&format!("{FIELDS}{keys}{DECISION_AND_COLUMNS}"))?;
        println!("{name}");
        let tokens = schema.match_keys().len() + schema.blocking_rules().len() + 1;
        let draws = draws_per_row(&schema, &people);
        for threads in [1, all] {
            let (kept, took) = median_of(threads, || read(&schema, &people))?;
            let per_row = took.cpu.div_f64(f64::from(rows));
            println!(
                "  {threads} threads: {kept} rows kept, {:.0}/s, {:.0}/s per core of processor time, {:.2} us a row",
                f64::from(rows) / took.wall.as_secs_f64(),
                1.0 / per_row.as_secs_f64(),
                nanoseconds(per_row) / 1_000.0,
            );
            let bound = |hmacs: f64| {
                let cost = hmac.mul_f64(hmacs);
                let ratio = per_row.as_secs_f64() / cost.as_secs_f64();
                format!(
                    "{hmacs:.1} HMACs, {:.2} us, {:.0}/s; a row takes {ratio:.2} times that",
                    nanoseconds(cost) / 1_000.0,
                    1.0 / cost.as_secs_f64()
                )
            };
            println!("    every token and every draw computed: {}", bound(tokens as f64 + draws));
            println!("    tokens alone, draws remembered:      {}", bound(tokens as f64));
        }
    }
    for threads in [1, all] {
        let (kept, took) = median_of(threads, || read_all_events(&events))?;
        println!(
            "events, {threads} threads: {kept} rows kept, {:.0}/s per core",
            f64::from(EVENTS) / took.cpu.as_secs_f64()
        );
    }
    Ok(())
}

type Outcome = Result<u64, Box<dyn std::error::Error + Send + Sync>>;

fn read(schema: &LinkageSchema, people: &str) -> Outcome {
    let key = PseudonymisationKey::generate(&mut |bytes| bytes.fill(1));
    let encoder = Encoder::new(&key, &AgreementId::parse("throughput")?, 1, schema);
    let intake = PeopleIntake {
        file: "people.csv",
        columns: schema.columns().of("default").ok_or("the schema has columns")?,
        variables: &[],
        encoder: &encoder,
        local_ids: &LocalIdKey::generate(&mut |bytes| bytes.fill(2)),
        today: Date::constant(2026, 1, 1),
    };
    let mut kept = Count(0);
    read_people(people.as_bytes(), &intake, &mut kept)?;
    Ok(kept.0)
}

fn read_all_events(events: &str) -> Outcome {
    let dataset = Dataset {
        id: DatasetId::parse("usage")?,
        custodian: PartyId::parse("trust")?,
        people_max: u64::from(PEOPLE),
        people: Vec::new(),
        event_codes: vec![Code::parse("gp")?, Code::parse("emergency")?],
        events: Vec::new(),
        measures: Vec::new(),
    };
    let local_ids = LocalIdKey::generate(&mut |bytes| bytes.fill(2));
    let mut kept = Count(0);
    let intake = EventIntake { file: "events.csv", dataset: &dataset, local_ids: &local_ids };
    read_events(events.as_bytes(), &intake, &mut kept)?;
    Ok(kept.0)
}

/// HMACs that the CLK of a row needs, on average: one for every sixteen positions of a q-gram, or part of sixteen.
fn draws_per_row(schema: &LinkageSchema, people: &str) -> f64 {
    let Some(clk) = schema.clk() else { return 0.0 };
    let mut hmacs = 0;
    let mut rows = 0;
    for line in people.lines().skip(1) {
        let columns: Vec<&str> = line.split(',').collect();
        rows += 1;
        for feature in &clk.features {
            // Columns stand in the order of the fields, after the local record number.
            let letters = columns[feature.part.field + 1].chars().filter(|c| c.is_alphanumeric()).count();
            let space = usize::from(schema.fields()[feature.part.field].name.as_str() == "postcode");
            if letters > 0 {
                let grams = letters + space + feature.qgram as usize - 1;
                let (share, longer) = (feature.bits as usize / grams, feature.bits as usize % grams);
                hmacs += longer * (share + 1).div_ceil(16) + (grams - longer) * share.div_ceil(16);
            }
        }
    }
    hmacs as f64 / f64::from(rows)
}

struct Took {
    wall: Duration,
    cpu: Duration,
}

fn median_of(threads: usize, run: impl Fn() -> Outcome + Sync) -> Result<(u64, Took), Box<dyn std::error::Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let mut times = Vec::new();
    let mut kept = 0;
    for _ in 0..RUNS {
        let started = Started::now();
        kept = pool.install(&run).map_err(|error| error.to_string())?;
        times.push(started.took());
    }
    times.sort_by_key(|took| took.cpu);
    Ok((kept, times.swap_remove(RUNS / 2)))
}

struct Started {
    wall: Instant,
    cpu: Option<Duration>,
}

impl Started {
    fn now() -> Self {
        Self { wall: Instant::now(), cpu: processor_time() }
    }

    fn took(&self) -> Took {
        let wall = self.wall.elapsed();
        let cpu = processor_time().zip(self.cpu).map_or(wall, |(after, before)| after.saturating_sub(before));
        Took { wall, cpu }
    }
}

/// Processor time of this process: the 14th and 15th entries of its status, in hundredths of a second.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, after_name) = text.rsplit_once(')')?;
    let mut times = after_name.split(' ').skip(12).map_while(|ticks| ticks.parse::<u64>().ok());
    Some(Duration::from_millis(10 * (times.next()? + times.next()?)))
}

/// What `ring` takes for one tag under a prepared key, over a message of about the length of a match key.
fn hmac_cost() -> Duration {
    const TAGS: u32 = 2_000_000;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[3; 32]);
    let tags = |_| {
        let started = Started::now();
        let mut message = [7; 30];
        for number in 0..TAGS {
            message[..4].copy_from_slice(&number.to_be_bytes());
            std::hint::black_box(ring::hmac::sign(&key, &message));
        }
        started.took().cpu / TAGS
    };
    let mut times: Vec<Duration> = (0..RUNS).map(tags).collect();
    times.sort();
    times[RUNS / 2]
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

fn first_lines(text: &str, lines: usize) -> String {
    text.split_inclusive('\n').take(lines).collect()
}

/// A fixed scramble, so that every run has the same people.
fn pick(person: u32, salt: u32, among: u32) -> u32 {
    let mixed = (u64::from(person) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ u64::from(salt).wrapping_mul(0xd1b5_4a32_d192_ed03);
    u32::try_from((mixed >> 29) % u64::from(among)).unwrap_or_default()
}

/// Names of two to four syllables, so that a q-gram comes about as often as in a register.
fn people_csv(people: u32) -> Result<String, std::fmt::Error> {
    const FAMILY: [&str; 8] = ["Smith", "O'Brien", "Catterall", "Wójcik", "Khan", "Smith-Jones", "Featherstone", "Ng"];
    const GIVEN: [&str; 8] = ["Margaret", "Ann", "Zoë", "Christopher", "Jo", "Mohammed", "Elizabeth Jane", "Siân"];
    const SYLLABLES: [&str; 40] = [
        "an", "bar", "ber", "bel", "ca", "cle", "da", "den", "do", "el", "er", "fo", "ga", "gra", "ha", "hol", "in",
        "ja", "jo", "ka", "ken", "la", "le", "lin", "ma", "mer", "mo", "na", "ni", "o", "pat", "ra", "ri", "ro", "sha",
        "ste", "ta", "th", "wil", "y",
    ];
    let name = |person: u32, salt: u32, known: &[&str; 8]| {
        if pick(person, salt, 3) == 0 {
            return known[pick(person, salt + 1, 8) as usize].to_owned();
        }
        let syllables = 2 + pick(person, salt + 2, 3);
        (0..syllables).map(|place| SYLLABLES[pick(person, salt + 3 + place, 40) as usize]).collect()
    };
    let mut file = "id,nhs,family,given,born,sex,postcode\n".to_owned();
    for person in 0..people {
        let (family, given) = (name(person, 20, &FAMILY), name(person, 30, &GIVEN));
        let (day, month, year) = (pick(person, 3, 28) + 1, pick(person, 4, 12) + 1, pick(person, 5, 90) + 1930);
        let (district, sector) = (pick(person, 6, 40) + 1, pick(person, 7, 10));
        let unit = |salt| char::from(b"ABDEFGHJLNPQRSTUWXYZ"[pick(person, salt, 20) as usize]);
        let nhs = nhs_number(400_000_000 + person);
        writeln!(
            file,
            "p{person},{nhs},{family},{given},{day:02}/{month:02}/{year},{},DN{district} {sector}{}{}",
            person % 2 + 1,
            unit(11),
            unit(12),
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
