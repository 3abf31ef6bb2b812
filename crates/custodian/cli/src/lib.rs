//! The `counterfoil` command: each step of the journey for one party at a time.
//!
//! In: files, a passphrase, a connection, and a [`Context`] with the day, randomness, a clock and somewhere to show progress. Out: sealed
//! keys, a signed agreement, an extract, a receipt, a verified release, a verified log; and for each step a summary.
//! Absent on purpose: the command line, which is in the binary; printing; and any way to show a key or an identifier.

mod exit;

mod error;

mod context;

mod files;
mod passphrase;
mod sealed;

mod identity;

mod folder;

mod check;
mod show;

mod evidence;

mod report;

mod bundle;
mod log_folder;

pub mod steps;

pub use bundle::{CHECKPOINT_FILE, RELEASE_FILE, REPORT_FILE, TABLES_FILE, write_bundle};
pub use check::{Check, Checks};
pub use context::{Context, NoProgress, ProgressSink, ProgressUnit};
pub use error::{ClkhashError, StepError, TablesError};
pub use exit::Exit;
pub use folder::{AgreementFolder, NOTE_FILE, SCHEMA_FILE, STUDIES_FOLDER, SignedFolder, TERMS_FILE};
pub use identity::{Identity, IdentityHead, KeyHead};
pub use passphrase::{PASSPHRASE_BYTES_MAX, PASSPHRASE_CHARACTERS_MIN, Passphrase, PassphraseError};
pub use report::report_html;
pub use sealed::{SealedError, SealedKind};
pub use show::thousands;
