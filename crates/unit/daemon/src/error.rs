//! Why the daemon does not start, or stops. For the operator's eyes; callers see a `Refusal`.

use std::path::{Path, PathBuf};

use crate::config::ConfigError;
use crate::ledger::LedgerError;
use crate::log_key::LogKeyError;

/// Why the daemon does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The configuration file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file that cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// The unit's key.
    #[error(transparent)]
    LogKey(#[from] LogKeyError),
    /// The log.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An agreement folder.
    #[error("agreement folder {folder}: {problem}")]
    Agreement {
        /// The folder.
        folder: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(std::net::SocketAddr, std::io::Error),
    /// The server.
    #[error(transparent)]
    Serve(#[from] counterfoil_wire::ServeError),
}

/// Adds a file's path to what the operating system says.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> DaemonError + '_ {
    move |error| DaemonError::File { path: path.to_owned(), error }
}
