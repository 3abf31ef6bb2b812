//! The linkage unit.
//!
//! In: signed agreements from the operator; extracts, questions and certificates from the parties. Out: receipts,
//! logged releases, the log, refusals. Absent on purpose: identifiers and the pseudonymisation key. No crate of the
//! custodian's wing is in this crate's dependencies, so neither can exist here.
//!
//! State is a fold over the log: what is not in the log has not happened, and a restart is a replay.

mod config;
mod environment;
mod error;

mod files;
mod log_key;

mod ledger;

mod agreements;

mod jobs;
mod unit;

mod run;

mod process;

pub use config::{Config, ConfigError, TlsFiles};
pub use environment::{Clock, Environment, RandomBytes};
pub use error::DaemonError;
pub use ledger::LedgerError;
pub use log_key::{LogKey, LogKeyError};
pub use process::{LogFormat, run_process};
pub use run::{run, sign_agreement};
