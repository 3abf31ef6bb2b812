//! The command line around the steps of the library.

mod args;
mod examples;
mod output;
mod passphrase;
mod progress;
mod run;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::Parser as _;
use counterfoil_cli::Exit;

use args::CommandLine;
use output::Format;

/// Parses the command line, runs it, and says how it ended.
pub(crate) fn main() -> ExitCode {
    let line = CommandLine::parse();
    let format = if line.json { Format::Json } else { Format::Text };
    // A defect ends with its documented code too; the panic itself has been reported by then.
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| run::run(line, format)));
    let exit = match ended {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            output::error(format, &error, error.exit());
            error.exit()
        }
        Err(_) => Exit::Internal,
    };
    ExitCode::from(exit.code())
}
