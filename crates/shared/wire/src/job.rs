//! Long work: started, watched, ended.

use std::fmt;
use std::sync::Arc;

use crate::refusal::Refusal;

/// A step of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStep {
    /// Waiting for its turn.
    Queued,
    /// Reading extracts.
    Reading,
    /// Joining on match keys.
    MatchKeys,
    /// Comparing CLKs.
    Comparing,
    /// Counting.
    Tabulating,
    /// Disclosure control.
    Protecting,
    /// Writing the result and its log entry.
    Storing,
}

impl fmt::Display for JobStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queued => "waiting for its turn",
            Self::Reading => "reading extracts",
            Self::MatchKeys => "joining on match keys",
            Self::Comparing => "comparing CLKs",
            Self::Tabulating => "counting",
            Self::Protecting => "disclosure control",
            Self::Storing => "storing and logging",
        })
    }
}

/// How far a job is, in parts of the work, never in people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobProgress {
    /// The step.
    pub step: JobStep,
    /// Parts done.
    pub done: u64,
    /// Parts in all.
    pub of: u64,
}

/// The state of a job whose result is a `T`.
#[derive(Debug)]
pub enum JobState<T> {
    /// Still running.
    Running(JobProgress),
    /// Ended, well or not.
    Ended(Result<Arc<T>, Refusal>),
}

impl<T> Clone for JobState<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Running(progress) => Self::Running(*progress),
            Self::Ended(result) => Self::Ended(result.clone()),
        }
    }
}

/// Watches a job; many callers may watch one job.
pub type JobWatch<T> = tokio::sync::watch::Receiver<JobState<T>>;
