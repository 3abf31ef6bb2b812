//! A custodian's CSV files to rows of an extract: streaming, in parallel, in the order of the file.
//!
//! In: readers, the encoder, the columns that the schema declares, the variables that the agreement lists, today's date.
//! Out: rows and problems, through a [`Sink`]; a summary of how many of what.
//! Memory does not grow with the file: two batches are in work at a time. Results do not depend on the number of threads.
//! Absent on purpose: opening files, writing them, and any message that repeats what a field holds.

mod batch;
mod events;
mod measures;
mod metered;
mod people;
mod quotes;
mod report;
mod table;

pub use events::{EventIntake, read_events};
pub use measures::{MeasureIntake, read_measures};
pub use people::{PeopleIntake, read_people};
pub use report::{Collected, PeopleSummary, Problem, Progress, Sink, Summary};
pub use table::FileError;

use std::io::Read;

use batch::Batch;
use report::{Finding, Outcome};
use table::Table;

/// Why a file was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError<E> {
    /// The file is not one that can be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The sink refused a row or a problem.
    #[error("what was made of the file could not be kept: {0}")]
    Sink(E),
}

/// Reads batch after batch; while one is being read, the one before is in work on all threads.
fn pump<R, Row, S>(
    table: &mut Table<R>,
    work: impl Fn(&Batch) -> Vec<Outcome<Row>> + Sync,
    summary: &mut Summary,
    sink: &mut S,
    mut seen: impl FnMut(&Row),
) -> Result<(), IntakeError<S::Error>>
where
    R: Read + Send,
    Row: Send,
    S: Sink<Row>,
{
    let mut current = table.next_batch()?;
    while !current.is_empty() {
        let (next, outcomes) = rayon::join(|| table.next_batch(), || work(&current));
        for outcome in outcomes {
            if let Ok(row) = &outcome.row {
                seen(row);
            }
            emit(outcome, table, summary, sink).map_err(IntakeError::Sink)?;
        }
        sink.progress(Progress { rows: summary.rows, bytes: table.bytes_read() });
        current = next?;
    }
    Ok(())
}

fn emit<R: Read, Row, S: Sink<Row>>(
    outcome: Outcome<Row>,
    table: &Table<R>,
    summary: &mut Summary,
    sink: &mut S,
) -> Result<(), S::Error> {
    let line = outcome.line;
    summary.rows += 1;
    for Finding { column, reason } in outcome.findings {
        let field = table.column_name(column);
        *summary.field_problems.entry((field.clone(), reason)).or_default() += 1;
        sink.problem(Problem { file: table.file(), line, field: Some(field), reason })?;
    }
    match outcome.row {
        Ok(row) => {
            summary.kept += 1;
            sink.row(row, line)
        }
        Err(reason) => {
            *summary.rejected.entry(reason).or_default() += 1;
            sink.problem(Problem { file: table.file(), line, field: None, reason })
        }
    }
}

#[cfg(test)]
mod tests;
