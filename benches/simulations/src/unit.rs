//! The unit's part: from a place to what a payer is given.
//!
//! In: a place, a plan, who was linked. Out: [`Released`] figures, after tabulation and the release gate. Absent on purpose: any
//! figure that did not pass the gate: what is rounded or suppressed for a payer is so here.

use std::convert::Infallible;

use counterfoil_model::{
    Agreement, AgreementDigest, AgreementId, Digest, EncodedPeople, Encoding, EventRow, LinkageSchema, PersonRef,
    PersonRow, RunId, Study, StudyId, Value,
};
use counterfoil_outcomes::{Inputs, LinkQuality, tabulate};
use counterfoil_release::{ReleaseBody, ReleaseHead, ReleasedCell, parse_release, review};
use jiff::civil::{Date, date};

use crate::error::SimulationError;
use crate::people::{Kind, MONTHS, Person};
use crate::place::Place;
use crate::study::{COHORT_VARIABLES, COMPLETE, Plan, SCHEMA, USAGE_VARIABLES};

/// What happened to the data on the way.
#[derive(Default)]
pub struct Mishaps<'a> {
    /// Participants whose link was missed, by position; nobody if empty.
    pub missed: &'a [bool],
    /// Whether appointments before a change of practice are lost.
    pub loses_history: bool,
}

/// What a payer has.
pub struct Released(ReleaseBody);

/// A cell that should hold a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shown {
    /// It does.
    Number(f64),
    /// There is no such statistic, or it has no interval.
    NotEstimated,
    /// The gate suppressed it.
    Suppressed,
}

/// Tabulates and releases.
///
/// # Errors
/// [`SimulationError`], when the study cannot be tabulated or the gate lets nothing through.
pub fn release(place: &Place, plan: Plan, mishaps: &Mishaps<'_>) -> Result<Released, SimulationError> {
    let text = plan.study();
    let (study, agreement) = (Study::parse(&text)?, Agreement::parse(&plan.agreement(&text))?);
    let schema = LinkageSchema::parse(SCHEMA)?;
    let mut cohort = EncodedPeople::new(&schema, COHORT_VARIABLES);
    let mut usage = EncodedPeople::new(&schema, USAGE_VARIABLES);
    let mut links = Vec::new();
    for (row, person) in (0..).zip(&place.participants) {
        cohort.push(&person_row(reference(row, 1), &of_cohort(person)));
        if !mishaps.missed.get(row as usize).copied().unwrap_or(false) {
            links.push((row, row));
        }
    }
    for (row, person) in (0..).zip(place.everybody()) {
        usage.push(&person_row(reference(row, 0), &of_usage(person)));
    }
    let day = |text: &str| text.parse::<Date>().expect("the extract's days are written in this package");
    let inputs = Inputs {
        study: &study,
        agreement: &agreement,
        cohort: &cohort,
        usage: &usage,
        links: &links,
        quality: LinkQuality::Certain,
        usage_complete_from: day(COMPLETE[0]),
        usage_complete_to: day(COMPLETE[1]),
        // As if from a later root of the log: of this seed and of nothing that was drawn before.
        seed: Some(*Digest::of(&[b"root".as_slice(), &place.seed.to_be_bytes()].concat()).as_bytes()),
    };
    let events = |sink: &mut dyn FnMut(EventRow)| -> Result<(), Infallible> {
        for (row, person) in (0..).zip(place.everybody()) {
            hand_events(reference(row, 0), person, mishaps.loses_history, sink);
        }
        Ok(())
    };
    let tables = tabulate(&inputs, events, |_| Ok(()))?;
    let suppressed = tables.into_iter().map(|table| table.suppress_primary(&agreement.disclosure)).collect();
    let head = ReleaseHead {
        agreement: AgreementId::parse("simulation")?,
        agreement_version: 1,
        agreement_digest: AgreementDigest(Digest::of(b"")),
        study: StudyId::parse("use")?,
        study_digest: study.digest,
        study_title: study.title.clone(),
        run: RunId::parse("run")?,
    };
    let release = review(suppressed, 0, 1)?.release(head)?;
    Ok(Released(parse_release(release.body_to_store_with_its_log_entry())?))
}

impl Released {
    /// One cell.
    ///
    /// # Errors
    /// [`SimulationError::NoCell`].
    pub fn shown(&self, table: &str, row: &str, column: &str) -> Result<Shown, SimulationError> {
        let missing =
            || SimulationError::NoCell { table: table.to_owned(), row: row.to_owned(), column: column.to_owned() };
        let cell = self.0.table(table).and_then(|table| table.cell(row, column)).ok_or_else(missing)?;
        Ok(match cell {
            ReleasedCell::Figure(figure) => {
                Shown::Number(figure.scaled() as f64 / 10_f64.powi(i32::from(figure.decimals())))
            }
            ReleasedCell::Count(number) | ReleasedCell::Money(number) => Shown::Number(number as f64),
            ReleasedCell::NotEstimated => Shown::NotEstimated,
            ReleasedCell::Suppressed => Shown::Suppressed,
        })
    }

    /// The tables' names.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.tables().iter().map(|table| table.id().as_str())
    }
}

/// A reference of its own for each row of each extract, in no order.
fn reference(row: u32, extract: u64) -> PersonRef {
    PersonRef((u64::from(row) * 2 + extract).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn person_row(person: PersonRef, values: &[Option<Value>]) -> PersonRow {
    let encoding = Encoding { tokens: [None].into(), blocking: [].into(), clk: None, former: [].into() };
    PersonRow { person, encoding, values: values.into() }
}

fn code(number: u32) -> Value {
    Value::Code(u16::try_from(number).expect("the agreement's lists are short"))
}

fn integer(number: u32) -> Value {
    Value::Integer(i32::try_from(number).expect("a year, a decile, a few conditions, some pence"))
}

fn of_cohort(person: &Person) -> [Option<Value>; COHORT_VARIABLES] {
    [
        person.start.map(|month| Value::Date(day_of(month, 0))),
        Some(code(u32::from(!person.completed))),
        Some(code(u32::from(person.decile > 1))),
        Some(integer(person.contacts)),
    ]
}

fn of_usage(person: &Person) -> [Option<Value>; USAGE_VARIABLES] {
    [
        Some(integer(person.decile)),
        Some(integer(person.birth_year)),
        Some(code(person.sex)),
        Some(integer(person.conditions)),
        Some(code(person.practice)),
        person.moved.map(|month| Value::Date(day_of(month, 0))),
    ]
}

fn hand_events(reference: PersonRef, person: &Person, loses_history: bool, sink: &mut dyn FnMut(EventRow)) {
    let recorded_from = person.moved.filter(|_| loses_history).unwrap_or(0);
    for event in &person.events {
        if event.kind != Kind::Gp || event.month >= recorded_from {
            let values = [Some(integer(event.pence)), Some(integer(event.days()))].into();
            let date = day_of(event.month, event.day);
            sink(EventRow { person: reference, event: event.kind as u16, date, values });
        }
    }
}

/// Days since 1970-01-01 of a day of the extract.
fn day_of(month: usize, day: u32) -> i32 {
    debug_assert!(month < MONTHS);
    let number = |number: usize| i16::try_from(number).expect("a few years");
    let of_year = i8::try_from(month % 12).expect("one of twelve");
    let first = date(2020 + number(month / 12), of_year + 1, 1);
    (first - date(1970, 1, 1)).get_days() + i32::try_from(day).expect("a day of a month")
}
