//! The daemon as a process: its log lines, its signals, its panics.

use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::environment::Environment;
use crate::error::DaemonError;
use crate::run::run;

/// How log lines are written to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Runs the unit until SIGTERM or SIGINT, then lets what is under way end.
///
/// # Errors
/// [`DaemonError`] when anything that the unit stands on is missing, damaged or not as agreed.
pub fn run_process(config: &Path, format: LogFormat) -> Result<(), DaemonError> {
    start_logging(format);
    quiet_panics();
    let config = Config::read(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("the operating system gives threads");
    runtime.block_on(run(config, Environment::of_the_system(), stop_signal()))
}

async fn stop_signal() {
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be handled");
    let mut interrupt = signal(SignalKind::interrupt()).expect("SIGINT can be handled");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping; what is under way may end");
}

fn start_logging(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::new("info,h2=warn,hyper=warn,tonic=warn");
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}

/// A panic's message may quote what it choked on: only the place is written.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(place, "panic");
    }));
}
