//! Links and usage to tables of exact counts: who was counted, what they used before and after, how their scores changed, who they are.
//!
//! In: a study under its agreement, two extracts' people, the links between them, and their events and scores as streams.
//! Out: `counterfoil_release::Table`s, which can go through the release gate and nowhere else.
//! Absent on purpose: files, clocks, disclosure control, and any number that leaves by another way. Errors have no number of people.
//!
//! **Windows.** Day 0 is the index date. The look-back is `[index - m months, index)` and the follow-up `[index, index + m months)`, in
//! calendar months; where a month is too short the day is its last (31 January and one month: 28 or 29 February). The index date
//! itself is in the follow-up.
//!
//! **Maturity.** A linked person is analysed only if both windows lie wholly inside the days for which the usage extract is complete.
//!
//! **Scores** are the programme's own, so they are of everybody with an index date, linked or not. The score at a time is the nearest
//! within the study's window of days, the earlier on a tie; of two on one day, the one that shows less improvement. No score is
//! its own follow-up.
//!
//! Not in it yet: comparison cohorts, person-years with censoring, cost, completers beside everybody who started.

mod window;

mod people;

mod usage;

mod score;

mod breakdown;

use counterfoil_model::{
    Agreement, AgreementError, Code, Dataset, DatasetId, EncodedPeople, EventRow, MeasureRow, Study,
};
use counterfoil_release::{RowOf, Sum, SumCover, Table, TableError};
use jiff::civil::Date;

/// Tables that every study has; no study is read whose scores or breakdowns take their names.
const FLOW: &str = "flow";
const USE: &str = "use";

/// What a tabulation reads, beside the events and scores.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// What to count.
    pub study: &'a Study,
    /// Under which terms.
    pub agreement: &'a Agreement,
    /// People of the study's cohort dataset, read under the agreement.
    pub cohort: &'a EncodedPeople,
    /// People of the study's usage dataset, read under the agreement.
    pub usage: &'a EncodedPeople,
    /// Pairs of a cohort row and a usage row, each row at most once.
    pub links: &'a [(u32, u32)],
    /// First day from which the usage extract is complete.
    pub usage_complete_from: Date,
    /// Last day to which it is complete.
    pub usage_complete_to: Date,
}

/// Why there are no tables.
#[derive(Debug, thiserror::Error)]
pub enum OutcomesError<E: std::error::Error + 'static> {
    /// The study is not one agreed, or asks for what is not shared.
    #[error(transparent)]
    Agreement(#[from] AgreementError),
    /// The usage extract's dates.
    #[error("the usage extract is complete to a day before the day from which it is complete")]
    UsagePeriod,
    /// A link to a row that is not there.
    #[error("a link names a row that its extract does not have: links and extracts are of different runs")]
    LinkOutside,
    /// A row linked twice.
    #[error("a row is linked twice: links must be one to one before they are counted")]
    LinksNotOneToOne,
    /// Two rows with one reference.
    #[error("two rows of people in {dataset} have the same reference")]
    RepeatedPerson {
        /// The dataset.
        dataset: DatasetId,
    },
    /// Events could not be read.
    #[error("reading events: {0}")]
    Events(#[source] E),
    /// Scores could not be read.
    #[error("reading scores: {0}")]
    Measures(#[source] E),
    /// The study's labels do not make a table.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Makes the tables of a study: `flow`, `use` if it has measures, then one a score and one a breakdown under their own names.
///
/// `events` and `measures` each hand every row to the function they are given, in any order; they are read once, and memory grows with
/// the people and not with the rows.
///
/// # Errors
/// [`OutcomesError`]; it names places in the study and no numbers.
///
/// # Panics
/// When the people were not read under the agreement, so that a variable's column is missing.
pub fn tabulate<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    events: impl FnOnce(&mut dyn FnMut(EventRow)) -> Result<(), E>,
    measures: impl FnOnce(&mut dyn FnMut(MeasureRow)) -> Result<(), E>,
) -> Result<Vec<Table>, OutcomesError<E>> {
    let Inputs { study, agreement, .. } = *inputs;
    agreement.check_study(study)?;
    let people = people::People::of(inputs)?;
    let mut tables = vec![people.flow_table(inputs)?];
    if !study.measures.is_empty() {
        tables.push(usage::table(inputs, &people, events)?);
    }
    tables.extend(score::tables(inputs, &people, measures)?);
    for breakdown in &study.breakdowns {
        tables.push(breakdown::table(inputs, breakdown)?);
    }
    Ok(tables)
}

/// A dataset that the agreement was checked to have.
fn dataset<'a>(agreement: &'a Agreement, id: &DatasetId) -> &'a Dataset {
    agreement.dataset(id).expect("check_study found the study's datasets")
}

/// The sum by which rows of a table make a row of `flow`, for the review.
fn sum_in_flow(total_row: usize, parts: impl IntoIterator<Item = usize>, cover: SumCover) -> Sum {
    Sum { total: RowOf { table: code(FLOW), row: total_row }, parts: parts.into_iter().collect(), cover }
}

/// `1 month`, `24 months`.
fn months(count: u32) -> String {
    if count == 1 { "1 month".to_owned() } else { format!("{count} months") }
}

fn code(name: &str) -> Code {
    Code::parse(name).expect("a table's fixed name is a code")
}

#[cfg(test)]
mod tests;
