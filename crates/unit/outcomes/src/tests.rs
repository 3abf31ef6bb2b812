//! Small cases by hand. Everybody is there ten times, so every count is a multiple of ten, and the release gate lets it through as it is.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::convert::Infallible;

use counterfoil_model::{
    AgreementDigest, AgreementId, Digest, Disclosure, Encoding, LinkageSchema, PersonRef, PersonRow, RunId, StudyId,
    Value,
};
use counterfoil_release::{ReleaseBody, ReleaseHead, ReleasedCell, ReleasedTable, parse_release, review};

use super::*;

mod beside;
mod counted;
mod framed;
mod grouped;
mod hidden;
mod linked;
mod matching;
mod oracle;
mod others;
pub(crate) mod place;
mod planned;
mod programme;
mod refused;
mod rested;
mod scored;
mod tallied;
mod unknown;

const SCHEMA: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "test-1"
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

const STUDY: &str = r#"
format = "counterfoil-study-2"
id = "use-of-care"
title = "Use of care"
cohort = "programme"
usage = "nhs-usage"
index_date = "start"
look_back_months = 12
dip_months = 0
follow_up_months = 12
lag_days = 0

[[measure]]
id = "ae"
label = "A&E attendances"
events = ["ae"]
[[measure]]
id = "hospital"
label = "A&E and admissions"
events = ["ae", "admission", "ae"]

[[score]]
id = "star"
label = "Well-being star"
measure = "star"
at_months = [12]
window_days = 30
improvement_min = 3

[[breakdown]]
id = "sex"
label = "Sex"
dataset = "programme"
variable = "sex"
[[breakdown]]
id = "band"
label = "Deprivation band"
dataset = "nhs-usage"
variable = "band"
"#;

fn terms(study: &str) -> String {
    format!(
        r#"
format = "counterfoil-agreement-1"
id = "nel"
version = 1
title = "A test"
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
people_max = 1000
people = [
    {{ name = "sex", kind = "code", codes = ["female", "male", "other"] }},
    {{ name = "start", kind = "date", from = 2000-01-01, to = 2100-12-31 }},
    {{ name = "wide", kind = "integer", min = 0, max = 100 }},
]
measures = [
    {{ code = "other", min = 0, max = 100 }},
    {{ code = "star", min = -100, max = 100 }},
    {{ code = "swemwbs", instrument = "swemwbs", min = 7, max = 35 }},
    {{ code = "anxiety", instrument = "ons4-anxiety", min = 0, max = 10 }},
]
[[dataset]]
id = "nhs-usage"
custodian = "icb"
people_max = 1000
people = [{{ name = "band", kind = "integer", min = -1, max = 2 }}, {{ name = "hundred", kind = "integer", min = 1, max = 100 }}]
events = {{ codes = ["gp", "ae", "admission"] }}
[[study]]
id = "use-of-care"
digest = "{digest}"
"#,
        zero = "0".repeat(64),
        digest = Digest::of(study.as_bytes())
    )
}

/// Positions in the agreement's lists.
const GP: u16 = 0;
const AE: u16 = 1;
const ADMISSION: u16 = 2;
const OTHER: u16 = 0;
const STAR: u16 = 1;
const SWEMWBS: u16 = 2;
const ANXIETY: u16 = 3;

/// One made-up person of the programme, with what the NHS has if linked.
#[derive(Clone, Default)]
struct Person {
    linked: bool,
    start: Option<&'static str>,
    sex: Option<u16>,
    band: Option<i32>,
    events: Vec<(u16, &'static str)>,
    scores: Vec<(u16, &'static str, i32)>,
}

fn linked(start: &'static str) -> Person {
    Person { linked: true, start: Some(start), ..Person::default() }
}

fn day(text: &str) -> i32 {
    (text.parse::<Date>().unwrap() - Date::constant(1970, 1, 1)).get_days()
}

/// Everything that a tabulation reads.
struct World {
    study: Study,
    agreement: Agreement,
    cohort: EncodedPeople,
    usage: EncodedPeople,
    links: Vec<(u32, u32)>,
    complete: (Date, Date),
    events: Vec<EventRow>,
    measures: Vec<MeasureRow>,
}

const TIMES: usize = 10;

impl World {
    fn of(study: &str, people: &[Person], complete: (&str, &str)) -> Self {
        let schema = LinkageSchema::parse(SCHEMA).unwrap();
        let mut world = Self {
            study: Study::parse(study).unwrap(),
            agreement: Agreement::parse(&terms(study)).unwrap(),
            cohort: EncodedPeople::new(&schema, 3),
            usage: EncodedPeople::new(&schema, 2),
            links: Vec::new(),
            complete: (complete.0.parse().unwrap(), complete.1.parse().unwrap()),
            events: Vec::new(),
            measures: Vec::new(),
        };
        for (number, person) in (0u64..).zip(people.iter().flat_map(|person| std::iter::repeat_n(person, TIMES))) {
            world.add(number, person);
        }
        world
    }

    fn add(&mut self, number: u64, person: &Person) {
        // References of the two extracts have nothing to do with each other; here they even collide.
        let (in_cohort, in_usage) = (PersonRef(number), PersonRef(1_000 - number));
        let start = person.start.map(|start| Value::Date(day(start)));
        let row = |person, values: Vec<Option<Value>>| PersonRow {
            person,
            encoding: Encoding { tokens: [None].into(), blocking: [].into(), clk: None, former: [].into() },
            values: values.into(),
        };
        self.cohort.push(&row(in_cohort, vec![person.sex.map(Value::Code), start, None]));
        self.usage.push(&row(in_usage, vec![person.band.map(Value::Integer), None]));
        if person.linked {
            self.links.push(((self.cohort.len() - 1).try_into().unwrap(), (self.usage.len() - 1).try_into().unwrap()));
        }
        let event = |(event, date): &(u16, &str)| EventRow {
            person: in_usage,
            event: *event,
            date: day(date),
            values: [].into(),
        };
        self.events.extend(person.events.iter().map(event));
        let score = |(measure, date, score): &(u16, &str, i32)| MeasureRow {
            person: in_cohort,
            measure: *measure,
            date: day(date),
            score: *score,
        };
        self.measures.extend(person.scores.iter().map(score));
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            study: &self.study,
            agreement: &self.agreement,
            cohort: &self.cohort,
            usage: &self.usage,
            links: &self.links,
            quality: LinkQuality::Certain,
            usage_complete_from: self.complete.0,
            usage_complete_to: self.complete.1,
            seed: None,
        }
    }

    fn tables(&self) -> Result<Vec<Table>, OutcomesError<Infallible>> {
        let events = |sink: &mut dyn FnMut(EventRow)| {
            self.events.iter().cloned().for_each(sink);
            Ok(())
        };
        let measures = |sink: &mut dyn FnMut(MeasureRow)| {
            self.measures.iter().copied().for_each(sink);
            Ok(())
        };
        tabulate(&self.inputs(), events, measures)
    }

    /// The tables as they would leave.
    fn released(&self) -> ReleaseBody {
        released(self.tables().unwrap(), &self.agreement, &self.study)
    }
}

/// Tables as they would leave; they are those planned, with the planned rows.
fn released(tables: Vec<Table>, agreement: &Agreement, study: &Study) -> ReleaseBody {
    let disclosure =
        Disclosure { suppress_below: 8, rounding_base: 5, money_rounding_pounds: Some(100), releases_max: 1 };
    let tables = tables.into_iter().map(|table| table.suppress_primary(&disclosure)).collect();
    let head = ReleaseHead {
        agreement: AgreementId::parse("nel").unwrap(),
        agreement_version: 1,
        agreement_digest: AgreementDigest(Digest::of(b"")),
        study: StudyId::parse("use-of-care").unwrap(),
        study_digest: study.digest,
        study_title: study.title.clone(),
        run: RunId::parse("run").unwrap(),
    };
    let release = review(tables, 0, 1).unwrap().release(head).unwrap();
    let body = parse_release(release.body_to_store_with_its_log_entry()).unwrap();
    let shape = |table: &ReleasedTable| PlannedTable {
        id: table.id().clone(),
        rows: table.rows().map(|(label, _)| label.to_owned()).collect(),
    };
    assert_eq!(body.tables().iter().map(shape).collect::<Vec<_>>(), planned_tables(agreement, study));
    body
}

/// A table's counts, row by row, in people of the case: a tenth of those released.
fn counts(body: &ReleaseBody, table: &str) -> Vec<(String, Vec<u64>)> {
    let table = body.table(table).unwrap();
    let count = |cell: &ReleasedCell| match cell {
        ReleasedCell::Count(count) if count % TIMES as u64 == 0 => count / TIMES as u64,
        other => panic!("not a multiple of ten: {other:?}"),
    };
    table.rows().map(|(label, cells)| (label.to_owned(), cells.iter().map(count).collect())).collect()
}

fn row(label: &str, counts: &[u64]) -> (String, Vec<u64>) {
    (label.to_owned(), counts.to_vec())
}
