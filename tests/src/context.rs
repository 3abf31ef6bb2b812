//! The outside world of the tests: one day, no clock, and random bytes that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use counterfoil_cli::{Context, NoProgress};
use counterfoil_daemon::Environment;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ring::digest::{SHA256, digest};

/// The day on which the tests play.
pub const TODAY: Date = Date::constant(2026, 6, 1);
/// A day after the agreements' term.
pub const LATER: Date = Date::constant(2121, 1, 1);

/// Random bytes from a seed, and a record of what was given.
pub struct OutsideWorld {
    seed: u64,
    given: Vec<Vec<u8>>,
    today: Date,
}

impl OutsideWorld {
    /// The outside world as it is on [`TODAY`].
    pub fn new(seed: u64) -> Self {
        Self { seed, given: Vec::new(), today: TODAY }
    }

    /// The same on another day.
    pub fn on(self, today: Date) -> Self {
        Self { today, ..self }
    }

    /// What was given so far, one entry a request: with it a test knows every secret that was made.
    pub fn given(&self) -> &[Vec<u8>] {
        &self.given
    }

    /// Runs one step.
    pub fn with<T>(&mut self, step: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let Self { seed, given, today } = self;
        let mut fill = |bytes: &mut [u8]| {
            fill_from(*seed, given.len() as u64, bytes);
            given.push(bytes.to_vec());
        };
        let mut context = Context { today: *today, fill: &mut fill, clock: &|| Duration::ZERO, progress: &NoProgress };
        step(&mut context)
    }
}

/// The daemon's outside world on a day.
pub(crate) fn environment(seed: u64, today: Arc<Mutex<Date>>) -> Environment {
    let asked = AtomicU64::new(0);
    let now = move || -> Timestamp {
        let noon = today.lock().unwrap_or_else(PoisonError::into_inner).at(12, 0, 0, 0);
        noon.to_zoned(TimeZone::UTC).expect("a day of the calendar").timestamp()
    };
    Environment {
        now: Arc::new(now),
        fill: Arc::new(move |bytes| fill_from(seed, asked.fetch_add(1, Ordering::Relaxed), bytes)),
    }
}

fn fill_from(seed: u64, request: u64, bytes: &mut [u8]) {
    for (block, chunk) in (0_u64..).zip(bytes.chunks_mut(32)) {
        let input = [seed, request, block].map(u64::to_be_bytes).concat();
        chunk.copy_from_slice(&digest(&SHA256, &input).as_ref()[..chunk.len()]);
    }
}
