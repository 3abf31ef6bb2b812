//! Linking the newest extracts of two datasets: for the linkage unit's operator.
//!
//! In: the agreement folder, two datasets, a connection. Out: the name of the run and its entry in the log, verified.
//! Absent on purpose: links, scores and counts. None of them leaves the unit by this way.

use std::fmt;
use std::path::PathBuf;

use counterfoil_model::DatasetId;
use counterfoil_release::LogRecord;
use counterfoil_wire::JobProgress;
use serde::Serialize;

use super::connect::Connect;
use crate::context::{Context, ProgressSink, ProgressUnit};
use crate::error::StepError;
use crate::evidence::verify_entry;
use crate::folder::AgreementFolder;

/// What `link` needs.
#[derive(Debug, Clone)]
pub struct Link {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// Dataset of the people who took part.
    pub cohort: DatasetId,
    /// Dataset of what they used.
    pub usage: DatasetId,
}

/// A run that is complete and in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkReceipt {
    /// The run.
    pub run: String,
    /// Place of its entry in the log.
    pub log_index: u64,
    /// The extract of the cohort that was linked.
    pub cohort_manifest: String,
    /// The extract of usage that was linked.
    pub usage_manifest: String,
}

/// Starts, or finds, the run over the newest extracts, watches it to its end and verifies its entry in the log.
///
/// # Errors
/// [`StepError`].
pub async fn link(context: &Context<'_>, args: &Link, connect: &Connect) -> Result<LinkReceipt, StepError> {
    let folder = AgreementFolder::at(&args.agreement).open_signed()?;
    folder.expect_in_force(context.today)?;
    let agreement = &folder.agreement().id;
    let mut client = connect.connect().await?;
    let run = client.start_link(agreement, &args.cohort, &args.usage).await?;
    let mut watch = Watch::new(context.progress);
    let entry = client.watch_link(agreement, &run, &mut |progress| watch.show(progress)).await?;
    watch.end();
    let (_, log_key) = folder.unit();
    let record = verify_entry(&entry.evidence, &entry.checkpoint, log_key)?;
    let LogRecord::LinkCompleted(completed) = record else {
        return Err(StepError::Verification("the run's log entry is of another kind".to_owned()));
    };
    let same = completed.run == run
        && completed.agreement_digest == folder.signed.digest()
        && completed.schema_digest == folder.schema.digest()
        && (&completed.cohort_dataset, &completed.usage_dataset) == (&args.cohort, &args.usage);
    if !same {
        return Err(StepError::Verification("the run's log entry is of another run".to_owned()));
    }
    Ok(LinkReceipt {
        run: run.to_string(),
        log_index: entry.evidence.index.0,
        cohort_manifest: completed.cohort_manifest.to_string(),
        usage_manifest: completed.usage_manifest.to_string(),
    })
}

/// Shows a job's steps, one part of the progress each.
pub(super) struct Watch<'a> {
    sink: &'a dyn ProgressSink,
    step: Option<String>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(sink: &'a dyn ProgressSink) -> Self {
        Self { sink, step: None }
    }

    pub(super) fn show(&mut self, progress: JobProgress) {
        let step = progress.step.to_string();
        if self.step.as_ref() != Some(&step) {
            self.end();
            self.sink.begin(&step, (progress.of > 0).then_some(progress.of), ProgressUnit::Items);
            self.step = Some(step);
        }
        self.sink.at(progress.done);
    }

    pub(super) fn end(&mut self) {
        if self.step.take().is_some() {
            self.sink.end();
        }
    }
}

impl fmt::Display for LinkReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Linked and logged: run {}, entry {} of the log", self.run, self.log_index)?;
        writeln!(f, "  cohort extract  {}", self.cohort_manifest)?;
        writeln!(f, "  usage extract   {}", self.usage_manifest)
    }
}
