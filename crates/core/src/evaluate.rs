//! Tries a linkage schema on two files in one process, before any agreement is signed.
//!
//! In: a schema, two people files, and, where it is known, which record is which. Out: an [`Evaluation`]: what could be
//! read, what was linked by which rule, how right that is, how long it took.
//! Absent on purpose: an agreement, an extract on disk, a key that anybody keeps. The files are pseudonymised by the
//! same code as the `counterfoil` command under a key that is thrown away, and linked by the same code as the unit.
//! This is a place where both wings meet, so it belongs on a machine that may hold both files in plaintext.

mod describe;
mod duplicates;
mod error;
mod people;
mod report;
mod text;
mod truth;

#[cfg(test)]
mod tests;

pub use duplicates::{DuplicatesEvaluation, evaluate_duplicates};
pub use error::EvaluateError;
pub use report::{
    BandReport, ClkReport, Evaluation, ExpectedReport, FieldProblems, FieldReport, FileReport, LinkedRecords,
    ModelReport, Quality, RejectedRows, Score, StateReport, StepReport, ThresholdScore, TokenReport, TokenRows,
};

use std::path::Path;
use std::time::Duration;

use counterfoil_linkage::{LinkRule, Side, compare};
use counterfoil_model::{AgreementId, LinkageSchema};
use counterfoil_pseudonym::{Encoder, LocalIdKey, PseudonymisationKey};
use jiff::civil::Date;

use people::{Reading, Records};
use truth::TruePairs;

/// Where bytes come from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A file; it is read twice.
    File(&'a Path),
    /// Memory.
    Bytes(&'a [u8]),
}

/// One people file.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Its name for messages and the report.
    pub file: &'a str,
    /// Which `[columns.<dataset>]` of the schema it has; `[columns.default]` where there is none of that name.
    pub dataset: &'a str,
    /// Its bytes.
    pub source: Source<'a>,
}

/// A file of true pairs: a header line, then a record identifier of the left file and one of the right on each line.
/// A record may be in many pairs.
#[derive(Debug, Clone, Copy)]
pub struct Truth<'a> {
    /// Its name for messages.
    pub file: &'a str,
    /// Its bytes.
    pub source: Source<'a>,
}

/// What an evaluation takes from the world around it.
pub struct Surroundings<'a> {
    /// Dates of birth after it are refused.
    pub today: Date,
    /// Fills a slice with random bytes. The key made of them is thrown away, so that they change nothing that is
    /// reported but chance similarities of diffused CLKs.
    pub fill: &'a mut dyn FnMut(&mut [u8]),
    /// Time since any fixed moment.
    pub clock: &'a dyn Fn() -> Duration,
    /// Is told how far the work is, from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// How far an evaluation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A file is being pseudonymised.
    Reading {
        /// Which file.
        side: Side,
        /// Rows so far.
        rows: u64,
        /// Bytes so far.
        bytes: u64,
    },
    /// The files are being linked.
    Linking(counterfoil_linkage::Progress),
    /// Thresholds are being tried.
    Measuring {
        /// Thresholds so far.
        done: u64,
        /// In all.
        of: u64,
    },
}

/// Tries a schema on two files.
///
/// # Errors
/// [`EvaluateError`] when a file cannot be read or lacks a column, the schema has no columns for it, or the truth does
/// not fit the files.
pub fn evaluate(
    schema: &LinkageSchema,
    left: &Input<'_>,
    right: &Input<'_>,
    truth: Option<&Truth<'_>>,
    surroundings: &mut Surroundings<'_>,
) -> Result<Evaluation, EvaluateError> {
    let Surroundings { today, fill, clock, progress } = surroundings;
    let (clock, progress) = (*clock, *progress);
    let mut steps = Steps { clock, began: clock(), reports: Vec::new() };

    let agreement = AgreementId::parse("evaluation").expect("a code");
    let key = PseudonymisationKey::generate(*fill);
    let encoder = Encoder::new(&key, &agreement, 1, schema);
    drop(key);
    let reading = Reading { schema, encoder: &encoder, today: *today, progress };
    let left = Records::read(left, Side::Left, LocalIdKey::generate(*fill), &reading)?;
    steps.end("pseudonymise_left", left.report.rows);
    let right = Records::read(right, Side::Right, LocalIdKey::generate(*fill), &reading)?;
    steps.end("pseudonymise_right", right.report.rows);
    let pairs = truth.map(|truth| TruePairs::read(truth, &left, &right)).transpose()?;
    let records = left.report.rows + right.report.rows;
    steps.end("read_truth", pairs.as_ref().map_or(0, |_| records));

    let own = LinkRule::of(schema.decision());
    let least = if pairs.is_some() { truth::lowest_rule(schema) } else { own };
    let compared = compare(schema, &left.people, &right.people, least, &|step| progress(Progress::Linking(step)))?;
    let linkage = compared.decide(own)?;
    steps.end("link", records);

    let mut evaluation = describe::describe(schema, left, right, &compared, &linkage, pairs.as_ref(), progress)?;
    steps.end("measure", records);
    evaluation.steps = steps.reports;
    evaluation.peak_memory_bytes = peak_memory_bytes();
    Ok(evaluation)
}

struct Steps<'a> {
    clock: &'a dyn Fn() -> Duration,
    began: Duration,
    reports: Vec<StepReport>,
}

impl Steps<'_> {
    /// Ends a step; one that handled nothing is not reported.
    fn end(&mut self, step: &'static str, records: u64) {
        let now = (self.clock)();
        let seconds = now.saturating_sub(self.began).as_secs_f64();
        self.began = now;
        if records > 0 {
            let records_per_second = (seconds > 0.0).then(|| (records as f64 / seconds).round());
            self.reports.push(StepReport { step, seconds, records, records_per_second });
        }
    }
}

/// `VmHWM` of Linux, in KiB there: the most memory that the process has had resident.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}
