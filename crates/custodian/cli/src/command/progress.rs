//! Progress on standard error, if a person is looking.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::Duration;

use counterfoil_cli::{ProgressSink, ProgressUnit};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar for each part of the work, one at a time.
pub(crate) struct Bars {
    shown: bool,
    current: Mutex<Option<ProgressBar>>,
}

impl Bars {
    /// Bars, unless they are not wanted or standard error is no terminal.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { shown: !quiet && std::io::stderr().is_terminal(), current: Mutex::new(None) }
    }

    fn replace(&self, bar: Option<ProgressBar>) {
        let mut current = self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *current, bar) {
            before.finish_and_clear();
        }
    }
}

impl ProgressSink for Bars {
    fn begin(&self, what: &str, total: Option<u64>, unit: ProgressUnit) {
        if !self.shown {
            return;
        }
        let template = match (total, unit) {
            (None, _) => "{spinner} {msg}  {elapsed}",
            (Some(_), ProgressUnit::Bytes) => "{msg:32} {bar:30} {bytes}/{total_bytes}  {eta} left",
            (Some(_), ProgressUnit::Items) => "{msg:32} {bar:30} {human_pos}/{human_len}  {eta} left",
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style);
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        self.replace(Some(bar));
    }

    fn at(&self, done: u64) {
        let current = self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(bar) = current.as_ref() {
            bar.set_position(done);
        }
    }

    fn end(&self) {
        self.replace(None);
    }
}
