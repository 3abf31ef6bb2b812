//! Prints how long a study of a whole place takes: `cargo run --release -p counterfoil-outcomes --example speed -- [EVENTS]`.
//!
//! 2,400 participants, 180,000 others and 5 million events, or as many as are asked for, are made as they are read, so what making them takes is told apart. What the
//! bootstrap takes is told by drawing ten times as often.

#![allow(clippy::print_stdout, reason = "an example tells what it measured")]

use std::convert::Infallible;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use counterfoil_model::{
    Agreement, Digest, EncodedPeople, Encoding, EventRow, LinkageSchema, PersonRef, PersonRow, Study, Value,
};
use counterfoil_outcomes::{Inputs, LinkQuality, tabulate};

const PARTICIPANTS: u32 = 2_400;
const OTHERS: u32 = 180_000;
const EVENTS: u32 = 5_000_000;
const PRACTICES: u32 = 40;
/// 2019-01-01.
const FIRST_DAY: i32 = 17_897;

/// The events asked for.
fn events() -> u32 {
    std::env::args().nth(1).and_then(|events| events.parse().ok()).unwrap_or(EVENTS)
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{PARTICIPANTS} participants, {OTHERS} others, {} events, 6 measures, propensity 1:3", events());
    told("making the events alone", || {
        make_events(&mut |event| {
            black_box(event);
        });
        Ok(())
    })?;
    told("no comparison", || run(""))?;
    told("comparison, 2,000 draws", || run(&comparison("propensity", 2_000, 3)))?;
    told("comparison, 20,000 draws", || run(&comparison("propensity", 20_000, 3)))?;
    told("comparison by strata, all who agree, 2,000 draws", || run(&stratified()))?;
    told("comparison, 2,000 draws, with what stands beside it", || {
        run(&format!("{}{BESIDE}", comparison("propensity", 2_000, 3)))
    })?;
    println!("most memory at a time: {}", peak_memory());
    Ok(())
}

fn told(what: &str, run: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let (wall, processor) = (Instant::now(), processor_time());
    run()?;
    println!(
        "{what}: {:.2?} of time, {:.2?} of processors",
        wall.elapsed(),
        processor_time().saturating_sub(processor)
    );
    Ok(())
}

/// Of all threads; where there is no such file, nothing.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets: state, then 10 numbers, then user and system time in hundredths of a second.
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Duration::from_millis(fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

fn peak_memory() -> String {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix("VmHWM:")).map_or_else(String::new, |peak| peak.trim().to_owned())
}

fn run(comparison: &str) -> Result<(), Box<dyn Error>> {
    let study = format!("{STUDY}{comparison}");
    let agreement = Agreement::parse(&agreement(&study))?;
    let study = Study::parse(&study)?;
    let (cohort, usage) = make_people()?;
    let links: Vec<(u32, u32)> = (0..PARTICIPANTS).map(|row| (row, row * 70)).collect();
    let inputs = Inputs {
        study: &study,
        agreement: &agreement,
        cohort: &cohort,
        usage: &usage,
        links: &links,
        quality: LinkQuality::Certain,
        usage_complete_from: "2019-01-01".parse()?,
        usage_complete_to: "2024-12-31".parse()?,
        seed: Some([7; 32]),
    };
    let clock = Instant::now();
    let read = |sink: &mut dyn FnMut(EventRow)| -> Result<(), Infallible> {
        make_events(sink);
        Ok(())
    };
    let tables = tabulate(&inputs, read, |_| Ok(()))?;
    println!("  {} tables in {:.2?}", tables.len(), clock.elapsed());
    Ok(())
}

const STUDY: &str = r#"
format = "counterfoil-study-2"
id = "place"
title = "A place"
cohort = "programme"
usage = "nhs-usage"
index_date = "start"
look_back_months = 24
dip_months = 3
follow_up_months = 24
lag_days = 60
censoring = [{ reason = "died", variable = "died" }]
completers = { variable = "status", codes = ["completed"], definition = "the plan was carried out" }
[[measure]]
id = "gp"
label = "GP appointments"
events = ["gp"]
recorded_from = "practice_since"
[[measure]]
id = "ae"
label = "A&E attendances"
events = ["ae"]
[[measure]]
id = "emergency"
label = "Emergency admissions"
events = ["admission"]
only = [{ variable = "method", codes = ["emergency"] }]
[[measure]]
id = "beds"
label = "Bed days"
events = ["admission"]
total = { variable = "days", unit = "days" }
[[measure]]
id = "outpatient"
label = "Outpatient attendances"
events = ["outpatient"]
[[measure]]
id = "cost"
label = "Hospital cost"
events = ["ae", "admission", "outpatient"]
total = { variable = "cost", unit = "pence", tariff = "nhsps-2024-25" }
"#;

fn comparison(method: &str, draws: u32, controls: u32) -> String {
    format!(
        "[comparison]\nmethod = \"{method}\"\ncontrols = {controls}\nreplacement = \"without\"\ncaliper_permille = 200\nexact = [\"sex\"]\n\
         covariate = [{{ variable = \"age\" }}, {{ variable = \"imd\" }}]\n\
         trajectory = {{ measures = [\"gp\", \"emergency\"], stretch_months = 3 }}\n\
         cluster = \"practice\"\ndraws = {draws}\nplacebo_months = 12\nwinsorise_permille = 990\n"
    )
}

fn stratified() -> String {
    "[comparison]\nmethod = \"stratified\"\ncontrols = \"all\"\nreplacement = \"without\"\nexact = [\"sex\", \"imd\"]\n\
     cluster = \"practice\"\ndraws = 2000\nplacebo_months = 12\nwinsorise_permille = 990\n"
        .to_owned()
}

/// Two other comparisons, three groupings, days left out, and a programme that needs time.
const BESIDE: &str = r#"
wash_in_months = 3
left_out = [{ label = "a year", from = 2020-03-01, to = 2021-03-31 }]
[[comparison.alternative]]
label = "a random similar cohort"
method = "stratified"
controls = 3
replacement = "without"
exact = ["sex", "imd"]
[[comparison.alternative]]
label = "everybody alike, weighed"
method = "entropy-balance"
controls = "all"
replacement = "without"
exact = ["sex"]
covariate = [{ variable = "age" }, { variable = "imd" }]
trajectory = { measures = ["gp", "emergency"], stretch_months = 3 }
[[comparison.subgroup]]
id = "by_deprivation"
label = "deprivation"
dataset = "nhs-usage"
variable = "imd"
cut_points = [2, 6]
[[comparison.subgroup]]
id = "by_age"
label = "age"
dataset = "nhs-usage"
variable = "age"
cut_points = [35, 55, 75]
[[comparison.subgroup]]
id = "by_status"
label = "status"
dataset = "programme"
variable = "status"
"#;

fn agreement(study: &str) -> String {
    let practices: Vec<String> = (0..PRACTICES).map(|number| format!("\"p{number}\"")).collect();
    let date = |name| format!("{{ name = \"{name}\", kind = \"date\", from = 2000-01-01, to = 2100-12-31 }}");
    format!(
        r#"
format = "counterfoil-agreement-1"
id = "place"
version = 1
title = "A place"
purposes = ["service-evaluation"]
starts_on = 2026-01-01
ends_on = 2026-12-31
[linkage]
schema_digest = "{zero}"
key_epoch = 1
unhardened_clk = "refused"
[disclosure]
suppress_below = 8
rounding_base = 5
money_rounding_pounds = 100
releases_max = 4
[[party]]
id = "icb"
name = "The ICB"
roles = ["custodian"]
[[party]]
id = "unit"
name = "The unit"
roles = ["linkage-unit"]
[[party]]
id = "payer"
name = "The payer"
roles = ["partner"]
[[dataset]]
id = "programme"
custodian = "icb"
people_max = 10000
people = [{start}, {{ name = "status", kind = "code", codes = ["completed", "dropped"] }}]
[[dataset]]
id = "nhs-usage"
custodian = "icb"
people_max = 1000000
people = [
    {{ name = "practice", kind = "code", codes = [{practices}] }},
    {{ name = "sex", kind = "code", codes = ["female", "male"] }},
    {{ name = "imd", kind = "integer", min = 1, max = 10 }},
    {{ name = "age", kind = "integer", min = 0, max = 120 }},
    {died},
    {since},
]
[dataset.events]
codes = ["gp", "ae", "admission", "outpatient"]
variables = [
    {{ name = "method", kind = "code", codes = ["emergency", "elective"] }},
    {{ name = "cost", kind = "integer", min = 0, max = 2000000000 }},
    {{ name = "days", kind = "integer", min = 0, max = 365 }},
]
[[study]]
id = "place"
digest = "{digest}"
"#,
        zero = "0".repeat(64),
        start = date("start"),
        died = date("died"),
        since = date("practice_since"),
        practices = practices.join(", "),
        digest = Digest::of(study.as_bytes()),
    )
}

const SCHEMA: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "speed-1"
[[field]]
name = "nhs_number"
rule = "nhs_number_v1"
[[match_key]]
name = "nhs"
parts = ["nhs_number"]
[decision]
link_probability_min_permille = 500
false_links_max_permille = 5
relationship = "one-to-one"
runner_up_margin_bits = 2
group_pairs_max = 1000000
[columns.default]
local_id = "id"
nhs_number = "NHS"
"#;

/// A generator of 31 bits, good enough to spread work.
struct Generator(u64);

impl Generator {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(bound)).expect("below the bound")
    }

    fn number(&mut self, bound: u32) -> i32 {
        i32::try_from(self.below(bound)).expect("bounds are small")
    }

    fn code(&mut self, bound: u32) -> Value {
        Value::Code(u16::try_from(self.below(bound)).expect("bounds are small"))
    }
}

fn reference(row: u32) -> PersonRef {
    PersonRef(u64::from(row).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn make_people() -> Result<(EncodedPeople, EncodedPeople), Box<dyn Error>> {
    let schema = LinkageSchema::parse(SCHEMA)?;
    let (mut cohort, mut usage) = (EncodedPeople::new(&schema, 2), EncodedPeople::new(&schema, 6));
    let row = |row: u32, values: Vec<Option<Value>>| {
        let encoding = Encoding { tokens: [None].into(), blocking: [].into(), clk: None, former: [].into() };
        PersonRow { person: reference(row), encoding, values: values.into() }
    };
    let mut made = Generator(1);
    for person in 0..PARTICIPANTS {
        // 2021 and 2022.
        let start = Value::Date(FIRST_DAY + 731 + made.number(660));
        cohort.push(&row(person, vec![Some(start), Some(made.code(2))]));
    }
    for person in 0..PARTICIPANTS + OTHERS {
        let seldom = |made: &mut Generator, one_in| {
            let date = Value::Date(FIRST_DAY + made.number(2_000));
            (made.below(one_in) == 0).then_some(date)
        };
        let values = vec![
            Some(made.code(PRACTICES)),
            Some(made.code(2)),
            Some(Value::Integer(1 + made.number(10))),
            Some(Value::Integer(18 + made.number(70))),
            seldom(&mut made, 40),
            seldom(&mut made, 10),
        ];
        usage.push(&row(person, values));
    }
    Ok((cohort, usage))
}

fn make_events(sink: &mut dyn FnMut(EventRow)) {
    let mut made = Generator(2);
    for _ in 0..events() {
        let person = reference(made.below(PARTICIPANTS + OTHERS));
        let event = [0, 0, 0, 1, 2, 3][usize::try_from(made.below(6)).expect("small")];
        let date = FIRST_DAY + made.number(2_190);
        let values =
            [Some(made.code(2)), Some(Value::Integer(made.number(400_000))), Some(Value::Integer(made.number(9)))];
        sink(EventRow { person, event, date, values: values.into() });
    }
}
