//! What a step needs from the outside and may not take by itself: the day, randomness, a clock, and somewhere to show progress.
//!
//! In: these four, from the binary, the trial or a test. Out: nothing.
//! Absent on purpose: the system's own clock and generator. With the same context a step does the same thing.

use std::time::Duration;

use jiff::civil::Date;

/// The outside world, as a step may see it.
pub struct Context<'a> {
    /// The day on which the step runs, in Coordinated Universal Time.
    pub today: Date,
    /// Fills a buffer with secure random bytes.
    pub fill: &'a mut dyn FnMut(&mut [u8]),
    /// Time since some fixed moment, for the durations in summaries.
    pub clock: &'a dyn Fn() -> Duration,
    /// Where progress is shown.
    pub progress: &'a dyn ProgressSink,
}

/// Where progress is shown. Numbers only: no path and no value reaches it.
pub trait ProgressSink: Sync {
    /// A part of the work begins. `total` is in the given unit, where it is known.
    fn begin(&self, what: &str, total: Option<u64>, unit: ProgressUnit);
    /// So much of the part is done.
    fn at(&self, done: u64);
    /// The part is over.
    fn end(&self);
}

/// What progress is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressUnit {
    /// Bytes of a file or of a message.
    Bytes,
    /// Anything else.
    Items,
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl ProgressSink for NoProgress {
    fn begin(&self, _what: &str, _total: Option<u64>, _unit: ProgressUnit) {}
    fn at(&self, _done: u64) {}
    fn end(&self) {}
}
