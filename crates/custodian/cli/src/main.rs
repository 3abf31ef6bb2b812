//! The `counterfoil` command: a command line, standard output and exit codes around the steps of the library.
//!
//! In: arguments, the environment, a terminal. Out: the steps' files, a summary on standard output, progress and errors on standard error.
//! Absent on purpose: anything that a step does; the trial and the tests run the same steps without this.

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
