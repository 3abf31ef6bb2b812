//! The one place of this program that prints: results on standard output, everything else on standard error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the command's output")]

use std::fmt::Display;

/// A result.
pub(crate) fn show(text: impl Display) {
    println!("{text}");
}

/// Why the trial stopped.
pub(crate) fn complain(reason: &str) {
    eprintln!("counterfoil-trial: {reason}");
}
