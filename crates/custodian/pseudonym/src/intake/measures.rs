//! The measures file: one row a score; columns `local_id`, `measure`, `date`, `score`.

use std::io::Read;

use counterfoil_model::{Dataset, MeasureRow};
use rayon::prelude::*;

use super::batch::{Batch, Fields};
use super::events::{LastPerson, days};
use super::people::local_id;
use super::report::Outcome;
use super::table::{Table, Wanted};
use super::{IntakeError, Sink, Summary, pump};
use crate::key::LocalIdKey;
use crate::reason::Reason;

/// Fewest rows that one thread takes at a time.
const ROWS_PER_TASK_MIN: usize = 512;

/// What a measures file is read with.
pub struct MeasureIntake<'a> {
    /// The file's name for messages.
    pub file: &'a str,
    /// What the agreement lets this custodian submit.
    pub dataset: &'a Dataset,
    /// The same key as for the people of this extract.
    pub local_ids: &'a LocalIdKey,
}

/// Reads a measures file. A row that is malformed, or without a local record number, an agreed measure, a date or a
/// score inside the measure's bounds, is reported and left out.
///
/// # Errors
/// [`IntakeError`] when the file lacks a column or cannot be read, or when the sink gives up.
pub fn read_measures<S: Sink<MeasureRow>>(
    input: impl Read + Send,
    intake: &MeasureIntake<'_>,
    sink: &mut S,
) -> Result<Summary, IntakeError<S::Error>> {
    let wanted = ["local_id", "measure", "date", "score"].map(|name| Wanted::new(name, name));
    let mut table = Table::open(input, intake.file, &wanted, u64::MAX)?;
    let mut summary = Summary::default();
    pump(&mut table, |batch| work(batch, intake), &mut summary, sink, |_| {})?;
    Ok(summary)
}

fn work(batch: &Batch, intake: &MeasureIntake<'_>) -> Vec<Outcome<MeasureRow>> {
    (0..batch.len())
        .into_par_iter()
        .with_min_len(ROWS_PER_TASK_MIN)
        .map_init(
            || LastPerson::new(intake.local_ids),
            |people, row| Outcome {
                line: batch.line(row),
                row: batch.fields(row).and_then(|fields| measure(&fields, intake.dataset, people)),
                findings: Vec::new(),
            },
        )
        .collect()
}

fn measure(fields: &Fields<'_>, dataset: &Dataset, people: &mut LastPerson<'_>) -> Result<MeasureRow, Reason> {
    let person = people.person_ref(local_id(fields.get(0))?);
    let code = fields.get(1).trim();
    let position = dataset.measures.iter().position(|term| term.code.as_str().eq_ignore_ascii_case(code));
    let position = position.ok_or(Reason::RowMeasureUnknown)?;
    let term = &dataset.measures[position];
    let date = days(fields.get(2))?;
    let score: i32 = fields.get(3).trim().parse().map_err(|_| Reason::RowScore)?;
    if !(term.min..=term.max).contains(&score) {
        return Err(Reason::RowScore);
    }
    let measure = u16::try_from(position).map_err(|_| Reason::RowMeasureUnknown)?;
    Ok(MeasureRow { person, measure, date, score })
}
