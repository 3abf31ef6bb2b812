//! Links and usage to tables: who was counted, what they used before and after, what of it is beyond a comparison, how their scores
//! changed, who they are.
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
//! **Somebody in the programme's extract several times**, by links of several of its rows with one record, is counted once, by the row
//! with the earliest index date; the others are counted as such in the flow and nowhere else but in the breakdowns.
//!
//! **Scores** are the programme's own, so they are of everybody with an index date, linked or not. The score at a time is the nearest
//! within the study's window of days, the earlier on a tie; of two on one day, the one that shows less improvement. No score is
//! its own follow-up.
//!
//! **Observation.** A person's time counts from the study's `observed_from` to whatever of its `censoring` comes first, for
//! participants and comparison alike; events outside it are not counted.
//!
//! **The comparison.** Everybody else who meets the study's terms is given the index date of a participant by a seed; participants are
//! matched with some of them by what was known on that day; differences in differences of the matched are the effect. See `frame`,
//! `matched`, `estimates` and `effect`, in this order. Where nobody is offered, or nobody matched, the tables are there all the same.

mod window;

mod observed;
mod people;

mod amounts;
mod tally;
mod used;

mod frame;
mod matched;

mod figures;

mod compared;
mod estimates;

mod balance;
mod chance;
mod course;
mod effect;
mod frame_tables;
mod rates;
mod sensitivity;
mod subgroup;

mod attained;
mod scale;
mod score;

mod again;
mod uptake;

mod breakdown;

mod linked;

use std::collections::HashMap;

use counterfoil_estimate::{CountModel, EstimateError};
use counterfoil_matching::MatchingError;
use counterfoil_model::{
    Agreement, AgreementError, Code, Comparison, Dataset, DatasetId, Digest, EncodedPeople, EventRow, MeasureRow,
    PersonRef, PlannedTable, Study, planned_tables,
};
use counterfoil_release::{CellOf, ROWS_MAX, Sum, SumCover, Table, TableError};
use jiff::civil::Date;

pub use linked::LinkQuality;

/// The table of who is counted.
const FLOW: &str = "flow";

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
    /// Pairs of a cohort row and a usage row, each cohort row at most once. Several cohort rows with one usage row are one person, who is
    /// counted by the row with the earliest index date.
    pub links: &'a [(u32, u32)],
    /// What the linkage's model says of these links.
    pub quality: LinkQuality<'a>,
    /// First day from which the usage extract is complete.
    pub usage_complete_from: Date,
    /// Last day to which it is complete.
    pub usage_complete_to: Date,
    /// What every random choice of a comparison follows from. It must come from the log, after the extracts, the links and the study were
    /// fixed; none is needed without a comparison.
    pub seed: Option<[u8; 32]>,
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
    /// A cohort row linked twice.
    #[error(
        "a row of the programme's extract is linked twice: it must be decided who that is before anybody is counted"
    )]
    RowLinkedTwice,
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
    /// A comparison without a seed.
    #[error("the study has a comparison, which needs a seed from the log")]
    NoSeed,
    /// The matching that the study asks for cannot be made of these people, as where the propensity separates them. Nothing is
    /// released then: which covariate it is says something of the people. (Where nobody is there to be matched, there are tables.)
    #[error("matching: {0}")]
    Matching(#[from] MatchingError),
    /// Amounts beyond what can be added up.
    #[error("estimating: {0}")]
    Estimate(#[from] EstimateError),
    /// The study's labels do not make a table.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Makes the tables of a study, which are those that [`planned_tables`] names, in its order.
///
/// `events` and `measures` each hand every row to the function they are given, in any order; they are read once, and memory grows with
/// the people and not with the rows.
///
/// # Errors
/// [`OutcomesError`]; it names places in the study and no numbers of people.
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
    let plan = planned_tables(agreement, study);
    // Known before any event is read, and before memory is taken for it.
    if let Some(table) = plan.iter().find(|table| table.rows.len() > ROWS_MAX) {
        return Err(TableError::Size { table: table.id.clone() }.into());
    }
    let observations = observed::observations(inputs);
    let people = people::People::of(inputs, &observations)?;
    let mut counted: Vec<_> = people
        .analysed
        .iter()
        .map(|(row, windows)| tally::Counted { usage_row: *row, index: windows.follow_up.start })
        .collect();
    let compared = match &study.comparison {
        Some(comparison) => {
            let seed = inputs.seed.ok_or(OutcomesError::NoSeed)?;
            let frame = frame::Frame::of(inputs, comparison, &people, &observations, seed);
            counted.extend(&frame.others);
            Some((comparison, frame, seed))
        }
        None => None,
    };
    let mut use_again = again::UseAgain::of(inputs, &people)?;
    let mut uptakes = uptake::Uptakes::of(inputs, &people)?;
    // Events are read once, for whatever counts them.
    let read_events = |sink: &mut dyn FnMut(EventRow)| {
        events(&mut |event| {
            use_again.take(&event);
            uptakes.take(&event);
            sink(event);
        })
    };
    let mut tables = vec![people.flow_table(inputs, labels(&plan, FLOW))?];
    tables.extend(linked::tables(inputs, &plan)?);
    let mut by_subgroup = Vec::new();
    if study.measures.is_empty() {
        if !study.again.is_empty() || !study.uptakes.is_empty() {
            read_events(&mut |_| ()).map_err(OutcomesError::Events)?;
        }
    } else {
        let tally = tally::Tally::new(inputs, &counted, &observations, read_events)?;
        tables.extend(used::tables(inputs, people.analysed.len(), &tally)?);
        if let Some((comparison, frame, seed)) = compared {
            let (terms, offer) = (&comparison.matching, frame.planned());
            let matched = matched::matched(inputs, terms, offer, &counted, &tally, derived(seed, "matching"))?;
            let parts = Parts {
                inputs,
                comparison,
                plan: &plan,
                frame: &frame,
                counted: &counted,
                tally: &tally,
                matched: &matched,
                seed,
            };
            tables.extend(parts.tables(&people)?);
            for subgroup in &comparison.subgroups {
                by_subgroup.push(subgroup::table(&parts, &people, subgroup)?);
            }
        }
    }
    let scored = score::Scored::read(inputs, &people, measures)?;
    tables.extend(scored.change_table(inputs, labels(&plan, score::CHANGE))?);
    tables.extend(attained::table(inputs, &people)?);
    tables.extend(use_again.table(inputs, labels(&plan, "again"), &people, &observations)?);
    tables.extend(by_subgroup);
    tables.extend(scored.tables(inputs)?);
    tables.extend(uptakes.tables(inputs, &observations)?);
    for breakdown in &study.breakdowns {
        tables.push(breakdown::table(inputs, breakdown)?);
    }
    debug_assert!(tables.iter().map(Table::id).eq(plan.iter().map(|table| &table.id)));
    Ok(tables)
}

/// All that the tables of a comparison are made from.
struct Parts<'a> {
    inputs: &'a Inputs<'a>,
    comparison: &'a Comparison,
    plan: &'a [PlannedTable],
    frame: &'a frame::Frame,
    counted: &'a [tally::Counted],
    tally: &'a tally::Tally,
    matched: &'a matched::Matched,
    seed: [u8; 32],
}

impl Parts<'_> {
    fn tables<E: std::error::Error + 'static>(&self, people: &people::People) -> Result<Vec<Table>, OutcomesError<E>> {
        let Self { inputs, comparison, plan, frame, counted, tally, matched, .. } = self;
        let mut tables = vec![
            frame_tables::frame_table(inputs, comparison, labels(plan, "frame"), frame, matched)?,
            frame_tables::time_table(inputs, labels(plan, "time"), matched, tally)?,
            balance::table(inputs, comparison, labels(plan, "balance"), matched, counted, tally)?,
        ];
        let study = inputs.study;
        let view = compared::View::of(used::Periods::of(study));
        let planned = estimates::estimates(self, &matched.rows, 0..study.measures.len(), view, CountModel::Poisson)?;
        tables.extend(rates::tables(self)?);
        tables.extend(effect::tables(self, people, &planned)?);
        tables.push(chance::table(self, &planned)?);
        tables.extend(course::tables(self)?);
        tables.push(sensitivity::table(self, &planned)?);
        Ok(tables)
    }
}

/// The labels of a planned table's rows.
fn labels<'a>(plan: &'a [PlannedTable], id: &str) -> &'a [String] {
    plan.iter().find(|table| table.id.as_str() == id).map_or(&[], |table| table.rows.as_slice())
}

/// People of the usage dataset by their references, in the order of their rows here.
fn slots<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    rows: impl Iterator<Item = u32>,
) -> Result<HashMap<PersonRef, usize>, OutcomesError<E>> {
    let mut slots = HashMap::new();
    for (slot, row) in rows.enumerate() {
        if slots.insert(inputs.usage.refs()[row as usize], slot).is_some() {
            return Err(OutcomesError::RepeatedPerson { dataset: inputs.study.usage.clone() });
        }
    }
    Ok(slots)
}

/// A seed of its own for one purpose: what is drawn for one tells nothing of another.
fn derived(seed: [u8; 32], purpose: &str) -> [u8; 32] {
    *Digest::of(&[seed.as_slice(), purpose.as_bytes()].concat()).as_bytes()
}

/// A position as a row number.
fn row_number(position: usize) -> u32 {
    u32::try_from(position).expect("an extract's rows were counted at the door")
}

/// A dataset that the agreement was checked to have.
fn dataset<'a>(agreement: &'a Agreement, id: &DatasetId) -> &'a Dataset {
    agreement.dataset(id).expect("check_study found the study's datasets")
}

/// The sum by which rows of a table make a row of `flow`, for the review.
fn sum_in_flow(total_row: usize, parts: impl IntoIterator<Item = usize>, cover: SumCover) -> Sum {
    Sum::of_rows(CellOf::first(code(FLOW), total_row), parts, cover)
}

fn code(name: &str) -> Code {
    Code::parse(name).expect("a table's fixed name is a code")
}

#[cfg(test)]
mod tests;
