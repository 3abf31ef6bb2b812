//! The events file: one row an event; columns `local_id`, `event`, `date` and the agreed variables.

use std::io::Read;

use counterfoil_model::{Dataset, EventRow, PersonRef, Value, Variable};
use jiff::civil::Date;
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::batch::Batch;
use super::people::{local_id, values};
use super::report::Outcome;
use super::table::{Table, Wanted};
use super::{IntakeError, Sink, Summary, pump};
use crate::key::LocalIdKey;
use crate::normalise::parse_iso_date;
use crate::reason::Reason;

/// Fewest rows that one thread takes at a time: events are cheap.
const ROWS_PER_TASK_MIN: usize = 512;

/// Column of the first agreed variable.
const FIRST_VARIABLE: usize = 3;

/// First and last day that an extract can hold; others are refused here, row by row, before anything is kept of them.
const DAY_FIRST: Date = Date::constant(1900, 1, 1);
const DAY_LAST: Date = Date::constant(2199, 12, 31);

/// What an events file is read with.
pub struct EventIntake<'a> {
    /// The file's name for messages.
    pub file: &'a str,
    /// What the agreement lets this custodian submit.
    pub dataset: &'a Dataset,
    /// The same key as for the people of this extract.
    pub local_ids: &'a LocalIdKey,
}

/// Reads an events file. A row that is malformed, or without a local record number, an agreed event code or a date, is
/// reported and left out; a variable that does not fit is missing and reported.
///
/// # Errors
/// [`IntakeError`] when the file lacks an agreed column or cannot be read, or when the sink gives up.
pub fn read_events<S: Sink<EventRow>>(
    input: impl Read + Send,
    intake: &EventIntake<'_>,
    sink: &mut S,
) -> Result<Summary, IntakeError<S::Error>> {
    let variables = &intake.dataset.events;
    let wanted: Vec<_> = ["local_id", "event", "date"]
        .into_iter()
        .chain(variables.iter().map(|variable| variable.name.as_str()))
        .map(|name| Wanted::new(name, name))
        .collect();
    let mut table = Table::open(input, intake.file, &wanted, u64::MAX)?;
    let mut summary = Summary::default();
    let event = intake.dataset.event_variable();
    pump(&mut table, |batch| work(batch, intake, &event), &mut summary, sink, |_| {})?;
    Ok(summary)
}

fn work(batch: &Batch, intake: &EventIntake<'_>, event: &Variable) -> Vec<Outcome<EventRow>> {
    (0..batch.len())
        .into_par_iter()
        .with_min_len(ROWS_PER_TASK_MIN)
        .map_init(
            || LastPerson::new(intake.local_ids),
            |people, row| {
                let mut findings = Vec::new();
                let made = batch.fields(row).and_then(|fields| {
                    Ok(EventRow {
                        person: people.person_ref(local_id(fields.get(0))?),
                        event: position(event, fields.get(1))?,
                        date: days(fields.get(2))?,
                        values: values(&intake.dataset.events, &fields, FIRST_VARIABLE, &mut findings),
                    })
                });
                Outcome { line: batch.line(row), row: made, findings }
            },
        )
        .collect()
}

fn position(event: &Variable, raw: &str) -> Result<u16, Reason> {
    match event.parse_value(raw) {
        Ok(Some(Value::Code(position))) => Ok(position),
        _ => Err(Reason::RowEventUnknown),
    }
}

/// Days from 1970-01-01 to a date of the form `2026-11-21`, from 1900 to 2199.
pub(super) fn days(raw: &str) -> Result<i32, Reason> {
    let date = parse_iso_date(raw.trim()).ok_or(Reason::RowDate)?;
    if !(DAY_FIRST..=DAY_LAST).contains(&date) {
        return Err(Reason::RowDateRange);
    }
    Ok((date - Date::constant(1970, 1, 1)).get_days())
}

/// Keeps the last person's reference: files are often sorted by person, and an HMAC costs more than a comparison.
pub(super) struct LastPerson<'a> {
    key: &'a LocalIdKey,
    local_id: Zeroizing<String>,
    person: PersonRef,
}

impl<'a> LastPerson<'a> {
    pub(super) fn new(key: &'a LocalIdKey) -> Self {
        Self { key, local_id: Zeroizing::default(), person: key.person_ref("") }
    }

    pub(super) fn person_ref(&mut self, local_id: &str) -> PersonRef {
        if *self.local_id != local_id {
            self.local_id.clear();
            self.local_id.push_str(local_id);
            self.person = self.key.person_ref(local_id);
        }
        self.person
    }
}
