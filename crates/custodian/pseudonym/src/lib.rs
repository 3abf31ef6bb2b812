//! Identifiers to normalised to match keys to tokens and CLK to extract rows.
//!
//! In: a custodian's CSV files, the linkage schema and agreement, the pseudonymisation key, randomness, today's date.
//! Out: [`counterfoil_model::PersonRow`], [`counterfoil_model::EventRow`] and [`counterfoil_model::MeasureRow`], the
//! fingerprint of the key, and a list of problems that names lines and fields and never a value.
//! Absent on purpose: files, clocks, random sources, networks, and every way to show, copy or serialise a plaintext.
//!
//! Plaintext and key types are wiped when dropped. Two places cannot be wiped from here and are kept short-lived: the
//! read buffer inside the `csv` reader, and the expanded HMAC keys inside `ring`.

mod key;
mod plain;
mod reason;

mod soundex;

pub mod normalise;

mod match_key;

mod diffusion;
mod draws;

mod clk;
mod scratch;

mod encoder;
mod fingerprint;
mod former;

pub mod intake;

pub use encoder::{Encoder, FieldColumn, FieldProblem, Normalised, RawIdentifier};
pub use key::{LocalIdKey, PseudonymisationKey};
pub use plain::Plain;
pub use reason::{Reason, Severity};
