//! Progress bars of the steps, and the time that each took.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use counterfoil_cli::{ProgressSink, ProgressUnit};
use indicatif::{ProgressBar, ProgressStyle};

/// Shows what is going on, and remembers how long each step took.
pub(crate) struct Bars {
    bar: Mutex<ProgressBar>,
    steps: Mutex<Vec<(&'static str, Duration)>>,
}

impl Bars {
    pub(crate) fn new() -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()), steps: Mutex::default() }
    }

    /// Does one step of the journey and takes its time.
    pub(crate) fn step<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        self.begin(name, None, ProgressUnit::Items);
        let result = work();
        self.end();
        locked(&self.steps).push((name, began.elapsed()));
        result
    }

    /// The same for a step that waits on the network.
    pub(crate) async fn timed<T>(&self, name: &'static str, work: impl Future<Output = T>) -> T {
        let began = Instant::now();
        self.begin(name, None, ProgressUnit::Items);
        let result = work.await;
        self.end();
        locked(&self.steps).push((name, began.elapsed()));
        result
    }

    /// The steps so far.
    pub(crate) fn steps(&self) -> Vec<(&'static str, Duration)> {
        locked(&self.steps).clone()
    }
}

impl ProgressSink for Bars {
    fn begin(&self, what: &str, total: Option<u64>, unit: ProgressUnit) {
        let template = match (total, unit) {
            (None, _) => "{spinner} {msg} {elapsed}",
            (Some(_), ProgressUnit::Bytes) => "{bar:30} {msg} {bytes}/{total_bytes}",
            (Some(_), ProgressUnit::Items) => "{bar:30} {msg} {pos}/{len}",
        };
        let style = ProgressStyle::with_template(template).expect("the template is valid");
        let mut bar = locked(&self.bar);
        bar.finish_and_clear();
        *bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        bar.set_style(style);
        bar.set_message(what.to_owned());
        if total.is_none() {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
    }

    fn at(&self, done: u64) {
        locked(&self.bar).set_position(done);
    }

    fn end(&self) {
        locked(&self.bar).finish_and_clear();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
