//! `counterfoild`: the linkage unit's daemon.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use counterfoil_daemon::{Config, DaemonError, Environment, LogKey, run, sign_agreement};
use counterfoil_model::PartyId;
use tokio::signal::unix::{SignalKind, signal};

/// The linkage unit's daemon: admits pseudonymised extracts, links them, releases protected counts, logs every step.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  counterfoild new-key --unit nel-linkage-unit --out unit.log-key.pem
  counterfoild sign-agreement --unit nel-linkage-unit --key unit.log-key.pem --agreement agreements/thrive-nel
  counterfoild run --config counterfoild.toml

Exit codes: 0 stopped as asked, 1 could not start or had to stop (the reason is on standard error), 2 usage."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the unit until SIGTERM or SIGINT, then lets what is under way end.
    #[command(after_help = "Example:\n  counterfoild run --config counterfoild.toml --log-format json")]
    Run {
        /// The configuration file; docs/samples/counterfoild.toml explains every field.
        #[arg(long)]
        config: PathBuf,
        /// How log lines are written to standard error.
        #[arg(long, value_enum, default_value_t = LogFormat::Text)]
        log_format: LogFormat,
    },
    /// Makes the unit's signing key and prints the public half, which every agreement pins.
    #[command(after_help = "Example:\n  counterfoild new-key --unit nel-linkage-unit --out unit.log-key.pem")]
    NewKey {
        /// The unit's name as a party.
        #[arg(long)]
        unit: PartyId,
        /// The key file; it must not exist yet.
        #[arg(long)]
        out: PathBuf,
    },
    /// Signs an agreement as one of its parties.
    #[command(
        after_help = "Example:\n  counterfoild sign-agreement --unit nel-linkage-unit --key unit.log-key.pem --agreement agreements/thrive-nel"
    )]
    SignAgreement {
        /// The unit's name as a party.
        #[arg(long)]
        unit: PartyId,
        /// The key file.
        #[arg(long)]
        key: PathBuf,
        /// The agreement folder.
        #[arg(long)]
        agreement: PathBuf,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

fn main() -> ExitCode {
    match execute(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> Result<(), DaemonError> {
    match command {
        Command::Run { config, log_format } => {
            start_logging(log_format);
            quiet_panics();
            let config = Config::read(&config)?;
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            let runtime = runtime.expect("the operating system gives threads");
            runtime.block_on(run(config, Environment::of_the_system(), stop_signal()))
        }
        Command::NewKey { unit, out } => {
            let key = LogKey::create(&out, &unit)?;
            show(key.public());
            Ok(())
        }
        Command::SignAgreement { unit, key, agreement } => sign_agreement(&agreement, &LogKey::read(&key, &unit)?),
    }
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

#[allow(clippy::print_stdout, reason = "the public key is this command's output")]
fn show(key: &counterfoil_audit::NoteKey) {
    println!("{key}");
}

#[allow(clippy::print_stderr, reason = "the reason is for the operator")]
fn tell(error: &DaemonError) {
    eprintln!("counterfoild: {error}");
}
