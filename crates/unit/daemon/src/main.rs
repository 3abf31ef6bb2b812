//! `counterfoild`: the linkage unit's daemon.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use counterfoil_daemon::{DaemonError, LogFormat, LogKey, run_process, sign_agreement};
use counterfoil_model::PartyId;

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
        Command::Run { config, log_format } => run_process(&config, log_format),
        Command::NewKey { unit, out } => {
            let key = LogKey::create(&out, &unit)?;
            show(key.public());
            Ok(())
        }
        Command::SignAgreement { unit, key, agreement } => sign_agreement(&agreement, &LogKey::read(&key, &unit)?),
    }
}

#[allow(clippy::print_stdout, reason = "the public key is this command's output")]
fn show(key: &counterfoil_audit::NoteKey) {
    println!("{key}");
}

#[allow(clippy::print_stderr, reason = "the reason is for the operator")]
fn tell(error: &DaemonError) {
    eprintln!("counterfoild: {error}");
}
