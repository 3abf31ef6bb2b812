//! `cargo run --release`: the whole journey on one machine, with a real daemon, real files and real mutual TLS.
//!
//! In: a seed, or a folder of one's own files. Out: a folder with everything that each party would hold, and a report.
//! Both wings meet here because all parties are played on one machine; the steps are those of the `counterfoil` command,
//! and the unit is a process of its own that sees what a unit sees.

mod bars;
mod certificates;
mod evaluate;
mod examples;
mod journey;
mod output;
mod parties;
mod place;
mod unit_process;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use counterfoil_daemon::LogFormat;
use jiff::civil::Date;

/// Counterfoil on one machine: two custodians, a linkage unit, a partner and an auditor, from files to a verified report.
#[derive(Parser)]
#[command(
    name = "counterfoil-trial",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  cargo run --release
      the synthetic Thrive.NEL programme: 2,400 participants among 180,000 people
  cargo run --release -- --example kirklees-kbop
      another programme of examples/: thrive-nel, ways-to-wellness, kirklees-kbop, gmbop, allchild, hiv-intensive-support,
      people-first-group, community-health-workers, taibu-screening
  cargo run --release -- --seed 7 --out another-place
  cargo run --release -- --from my-files --complete-from 2021-01-01 --complete-to 2025-12-31
      the same journey with files of one's own:
      my-files/agreement/{agreement.toml,schema.toml,studies/}, my-files/<dataset>/{people,events,measures}.csv,
      and my-files/truth.csv where it is known who is who; money is taken to be at the tariff that the study names
  cargo run --release -- evaluate --schema schema.toml --left a.csv --right b.csv --truth truth.csv"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    trial: Trial,
}

#[derive(Subcommand)]
enum Command {
    /// Tries a linkage schema on two files, in this process, before any agreement is signed.
    Evaluate(evaluate::Evaluate),
    /// Runs the unit; the trial starts itself with this.
    #[command(hide = true)]
    Unit {
        #[arg(long)]
        config: PathBuf,
    },
}

/// What the journey is told.
#[derive(Args)]
pub(crate) struct Trial {
    /// Folder for everything that is made; one that an earlier trial made is replaced.
    #[arg(long, default_value = "counterfoil-trial")]
    pub(crate) out: PathBuf,
    /// Programme of examples/ to play, with the synthetic place that its place.toml describes.
    #[arg(long, default_value = "thrive-nel", conflicts_with = "from")]
    pub(crate) example: String,
    /// Seed of the synthetic place: the same seed gives the same people.
    #[arg(long, default_value_t = 1, conflicts_with = "from")]
    pub(crate) seed: u64,
    /// People in the synthetic place, if not as many as its place.toml says (180,000 of thrive-nel).
    #[arg(long, conflicts_with = "from")]
    pub(crate) people: Option<u32>,
    /// Participants of the synthetic programme, if not as many as its place.toml says (2,400 of thrive-nel).
    #[arg(long, conflicts_with = "from")]
    pub(crate) participants: Option<u32>,
    /// Folder of one's own files instead of a synthetic place.
    #[arg(long, requires_all = ["complete_from", "complete_to"])]
    pub(crate) from: Option<PathBuf>,
    /// First day from which one's own events are complete.
    #[arg(long, requires = "from")]
    pub(crate) complete_from: Option<Date>,
    /// Last day to which one's own events are complete.
    #[arg(long, requires = "from")]
    pub(crate) complete_to: Option<Date>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        None => journey::run(&arguments.trial),
        Some(Command::Evaluate(evaluate)) => evaluate::run(&evaluate),
        Some(Command::Unit { config }) => {
            counterfoil_daemon::run_process(&config, LogFormat::Text).map_err(|error| TrialError(error.to_string()))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(TrialError(reason)) => {
            output::complain(&reason);
            ExitCode::FAILURE
        }
    }
}

/// Why the trial stopped, in words: every error below already names the file, the field and what to do.
#[derive(Debug)]
pub(crate) struct TrialError(pub(crate) String);

impl<E: std::error::Error> From<E> for TrialError {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}
