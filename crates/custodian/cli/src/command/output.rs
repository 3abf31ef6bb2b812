//! Standard output for data, standard error for what went wrong: the one place that writes to either.
//!
//! In: a summary, or an error. Out: text, or one line of JSON. A reader that has gone away (`| head`) is no error.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use counterfoil_cli::Exit;
use serde::Serialize;
use serde_json::json;

use super::run::CommandError;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Writes a result.
pub(crate) fn result<T: Display + Serialize>(format: Format, result: &T) -> Result<(), CommandError> {
    let text = match format {
        Format::Text => result.to_string(),
        Format::Json => {
            let text = serde_json::to_string_pretty(result).map_err(|_| CommandError::NotJson)?;
            format!("{text}\n")
        }
    };
    bytes(text.as_bytes())
}

/// Writes bytes to standard output.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), CommandError> {
    let mut output = std::io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        // Whoever closed the other end has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(CommandError::Output),
    }
}

/// Writes an error.
pub(crate) fn error(format: Format, error: &dyn Display, exit: Exit) {
    let mut output = std::io::stderr().lock();
    let _closed = match format {
        Format::Text => writeln!(output, "counterfoil: {error}"),
        Format::Json => {
            let error = json!({ "error": { "exit": exit.name(), "code": exit.code(), "message": error.to_string() } });
            writeln!(output, "{error}")
        }
    };
}
