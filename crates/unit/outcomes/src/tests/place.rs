//! A made-up place of 1,500 people with a programme of 200, made by a generator so small that the oracle has it too
//! (`vectors/make_oracle.py`): the same numbers from the same seed, in the same order.

use super::*;

/// 2019-01-01.
const BASE: i32 = 17_897;
const PEOPLE: u64 = 1_500;
const PROGRAMME: u64 = 200;
const LINKED: u64 = 190;
const EVENTS: u64 = 15_000;
const PRACTICES: u64 = 30;

pub(crate) const SEED: [u8; 32] = [42; 32];

pub(crate) const HEAD: &str = r#"
format = "counterfoil-study-2"
id = "place"
title = "A place"
cohort = "programme"
usage = "nhs-usage"
index_date = "start"
look_back_months = 18
dip_months = 3
follow_up_months = 12
lag_days = 30
observed_from = "registered"
completers = { variable = "status", codes = ["completed"], definition = "the plan was carried out" }
censoring = [{ reason = "died", variable = "died" }, { reason = "moved_out", variable = "moved" }]
"#;

pub(crate) const MEASURES: &str = r#"
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
id = "elective"
label = "Elective admissions"
events = ["admission"]
only = [{ variable = "method", codes = ["elective"] }]
role = "negative-control"
[[measure]]
id = "hospital_cost"
label = "Hospital cost"
events = ["ae", "admission"]
total = { variable = "cost", unit = "pence", tariff = "nhsps-2024-25" }
[[measure]]
id = "gp_cost"
label = "GP cost"
events = ["gp"]
total = { variable = "cost", unit = "pence", tariff = "nhsps-2024-25" }
recorded_from = "practice_since"
"#;

pub(crate) const COARSENED: &str = r#"
[comparison]
method = "coarsened"
controls = "all"
replacement = "without"
exact = ["sex"]
covariate = [{ variable = "age", cut_points = [40, 65] }]
eligible = [{ variable = "imd", min = 1, max = 9 }]
cluster = "practice"
draws = 2000
placebo_months = 6
winsorise_permille = 950
"#;

/// What a comparison may have beside its planned result; it stands after [`COARSENED`].
pub(crate) const BESIDE: &str = r#"
wash_in_months = 2
[[comparison.left_out]]
label = "the second lockdown"
from = 2020-11-05
to = 2021-03-08
[[comparison.alternative]]
label = "all of one sex and band"
method = "stratified"
controls = "all"
replacement = "without"
exact = ["sex", "imd"]
[[comparison.alternative]]
label = "people of ten practices"
method = "stratified"
controls = "all"
replacement = "without"
exact = ["sex"]
others = [{ variable = "practice", codes = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"] }]
[[comparison.alternative]]
label = "weights"
method = "entropy-balance"
controls = "all"
replacement = "without"
exact = ["sex"]
covariate = [{ variable = "age" }, { variable = "imd" }]
[[comparison.subgroup]]
id = "by_status"
label = "status"
dataset = "programme"
variable = "status"
kind = "dose"
[[comparison.subgroup]]
id = "by_band"
label = "deprivation"
dataset = "nhs-usage"
variable = "imd"
cut_points = [4, 7]
[[comparison.subgroup]]
id = "by_year"
label = "year of the start"
dataset = "programme"
variable = "start"
cut_points = [2021, 2022]
"#;

pub(super) fn terms(study: &str) -> String {
    let practices: Vec<String> = (0..PRACTICES).map(|number| format!("\"p{number}\"")).collect();
    let practices = practices.join(", ");
    let date = |name| format!("{{ name = \"{name}\", kind = \"date\", from = 2000-01-01, to = 2100-12-31 }}");
    let dates = ["registered", "died", "moved", "practice_since"].map(date).join(", ");
    let from = super::terms(study);
    let datasets = from.find("[[dataset]]").unwrap();
    format!(
        r#"{head}
[[dataset]]
id = "programme"
custodian = "icb"
people_max = 1000
people = [{start}, {{ name = "status", kind = "code", codes = ["completed", "dropped"] }}]
measures = [{{ code = "star", min = 0, max = 100 }}]
[[dataset]]
id = "nhs-usage"
custodian = "icb"
people_max = 1000000
people = [
    {{ name = "practice", kind = "code", codes = [{practices}] }},
    {{ name = "sex", kind = "code", codes = ["female", "male"] }},
    {{ name = "imd", kind = "integer", min = 1, max = 10 }},
    {{ name = "age", kind = "integer", min = 0, max = 120 }},
    {dates},
]
[dataset.events]
codes = ["gp", "ae", "admission"]
variables = [
    {{ name = "method", kind = "code", codes = ["emergency", "elective"] }},
    {{ name = "cost", kind = "integer", min = 0, max = 2000000000 }},
    {{ name = "days", kind = "integer", min = 0, max = 365 }},
]
[[study]]
id = "place"
digest = "{digest}"
"#,
        head = &from[..datasets],
        start = date("start"),
        digest = Digest::of(study.as_bytes()),
    )
}

/// Everything that a tabulation of the place reads.
pub(crate) struct Place {
    pub(crate) study: Study,
    pub(crate) agreement: Agreement,
    pub(crate) cohort: EncodedPeople,
    pub(crate) usage: EncodedPeople,
    pub(crate) links: Vec<(u32, u32)>,
    pub(crate) events: Vec<EventRow>,
    pub(crate) complete: (Date, Date),
    pub(crate) seed: [u8; 32],
}

/// Positions among the variables of the usage extract's people.
pub(crate) const PRACTICE: usize = 0;
pub(crate) const SEX: usize = 1;
pub(crate) const IMD: usize = 2;
pub(crate) const AGE: usize = 3;
pub(crate) const REGISTERED: usize = 4;
pub(crate) const DIED: usize = 5;
pub(crate) const MOVED: usize = 6;
pub(crate) const PRACTICE_SINCE: usize = 7;

/// Knuth's MMIX generator; its upper 31 bits.
struct Generator(u64);

impl Generator {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn number(&mut self, bound: u64) -> i32 {
        i32::try_from(self.below(bound)).unwrap()
    }

    /// Whether one of so many.
    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

pub(crate) fn person_row(reference: u64, values: Vec<Option<Value>>) -> PersonRow {
    let encoding = Encoding { tokens: [None].into(), blocking: [].into(), clk: None, former: [].into() };
    PersonRow { person: PersonRef(reference), encoding, values: values.into() }
}

fn reference(row: u64) -> u64 {
    row * 7_919 % 100_003 + 1
}

impl Place {
    /// A place in which nobody is.
    pub(crate) fn empty(study: &str) -> Self {
        let schema = LinkageSchema::parse(SCHEMA).unwrap();
        Self {
            study: Study::parse(study).unwrap(),
            agreement: Agreement::parse(&terms(study)).unwrap(),
            cohort: EncodedPeople::new(&schema, 2),
            usage: EncodedPeople::new(&schema, 8),
            links: Vec::new(),
            events: Vec::new(),
            complete: ("2019-01-01".parse().unwrap(), "2023-12-31".parse().unwrap()),
            seed: SEED,
        }
    }

    pub(crate) fn of(study: &str) -> Self {
        let mut place = Self::empty(study);
        let mut made = Generator(1);
        for row in 0..PEOPLE {
            place.usage.push(&person_row(reference(row), someone(&mut made)));
        }
        for row in 0..PROGRAMME {
            let start = Value::Date(BASE + 530 + made.number(940));
            let start = if made.one_in(30) { None } else { Some(start) };
            let status = Value::Code(u16::try_from(made.below(2)).unwrap());
            place.cohort.push(&person_row(row + 1, vec![start, Some(status)]));
            if row < LINKED {
                place.links.push((u32::try_from(row).unwrap(), u32::try_from(7 * row + 3).unwrap()));
            }
        }
        for _ in 0..EVENTS {
            let event = place.event(&mut made);
            place.events.push(event);
        }
        place
    }

    fn event(&self, made: &mut Generator) -> EventRow {
        let anybody = made.below(PEOPLE);
        let participant = 7 * made.below(LINKED) + 3;
        let row = if made.one_in(4) { participant } else { anybody };
        let event = u16::try_from(made.below(3)).unwrap();
        let date = BASE - 30 + made.number(1_856);
        let method = Value::Code(u16::try_from(made.below(2)).unwrap());
        let method = if made.one_in(50) { None } else { Some(method) };
        let cost = made.number(300_000);
        let cost = if made.one_in(20) { 0 } else { cost };
        let days = made.number(8);
        let person = self.usage.refs()[usize::try_from(row).unwrap()];
        let values = [method, Some(Value::Integer(cost)), Some(Value::Integer(days))];
        EventRow { person, event, date, values: values.into() }
    }

    /// Adds somebody to the usage extract, and to the programme if there is a start.
    pub(crate) fn add(&mut self, reference: u64, start: Option<&str>, values: [(usize, Value); 3]) -> u32 {
        let row = u32::try_from(self.usage.len()).unwrap();
        let mut of_usage = vec![None; 8];
        for (variable, value) in values {
            of_usage[variable] = Some(value);
        }
        self.usage.push(&person_row(reference, of_usage));
        if let Some(start) = start {
            self.links.push((u32::try_from(self.cohort.len()).unwrap(), row));
            self.cohort.push(&person_row(reference, vec![Some(Value::Date(day(start))), None]));
        }
        row
    }

    /// Adds an event of a code, in the usage extract.
    pub(crate) fn add_event(&mut self, reference: u64, event: u16, date: &str) {
        let values = [None, Some(Value::Integer(1)), Some(Value::Integer(1))];
        self.events.push(EventRow { person: PersonRef(reference), event, date: day(date), values: values.into() });
    }

    /// The same place with other values of the people of the usage extract, by row.
    pub(crate) fn with_usage(mut self, change: impl Fn(usize, &mut Vec<Option<Value>>)) -> Self {
        self.usage = changed(&self.usage, 8, change);
        self
    }

    /// The same of the programme's.
    pub(crate) fn with_cohort(mut self, change: impl Fn(usize, &mut Vec<Option<Value>>)) -> Self {
        self.cohort = changed(&self.cohort, 2, change);
        self
    }

    /// Whether a row of the usage extract is a participant's.
    pub(crate) fn is_participant(row: usize) -> bool {
        row % 7 == 3 && row < 7 * usize::try_from(LINKED).unwrap()
    }

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs {
            study: &self.study,
            agreement: &self.agreement,
            cohort: &self.cohort,
            usage: &self.usage,
            links: &self.links,
            quality: LinkQuality::Certain,
            usage_complete_from: self.complete.0,
            usage_complete_to: self.complete.1,
            seed: Some(self.seed),
        }
    }

    #[allow(clippy::unnecessary_wraps, reason = "as a reader of a file would")]
    pub(crate) fn read_events(&self, sink: &mut dyn FnMut(EventRow)) -> Result<(), Infallible> {
        self.events.iter().cloned().for_each(sink);
        Ok(())
    }

    pub(crate) fn tables(&self) -> Result<Vec<Table>, OutcomesError<Infallible>> {
        tabulate(&self.inputs(), |sink| self.read_events(sink), |_| Ok(()))
    }

    /// The tables as they would leave.
    pub(crate) fn released(&self) -> ReleaseBody {
        super::released(self.tables().unwrap(), &self.agreement, &self.study)
    }
}

fn changed(people: &EncodedPeople, columns: usize, change: impl Fn(usize, &mut Vec<Option<Value>>)) -> EncodedPeople {
    let mut made = EncodedPeople::new(&LinkageSchema::parse(SCHEMA).unwrap(), columns);
    for row in 0..people.len() {
        let mut values = (0..columns).map(|column| people.values(column)[row]).collect();
        change(row, &mut values);
        made.push(&person_row(people.refs()[row].0, values));
    }
    made
}

fn someone(made: &mut Generator) -> Vec<Option<Value>> {
    let code = |number: u64| Value::Code(u16::try_from(number).unwrap());
    let or_missing =
        |made: &mut Generator, one_in: u64, value: Value| if made.one_in(one_in) { None } else { Some(value) };
    let practice = code(made.below(PRACTICES));
    let practice = or_missing(made, 50, practice);
    let sex = code(made.below(2));
    let sex = or_missing(made, 40, sex);
    let imd = Value::Integer(1 + made.number(10));
    let imd = or_missing(made, 60, imd);
    let age = Some(Value::Integer(18 + made.number(70)));
    // Few have such a date.
    let seldom = |made: &mut Generator, first: i32, days: u64, one_in: u64| {
        let date = Value::Date(first + made.number(days));
        made.one_in(one_in).then_some(date)
    };
    let registered = seldom(made, BASE, 1_200, 8);
    let died = seldom(made, BASE + 200, 1_600, 20);
    let moved = seldom(made, BASE + 200, 1_600, 15);
    let practice_since = seldom(made, BASE, 1_500, 10);
    vec![practice, sex, imd, age, registered, died, moved, practice_since]
}
