//! The steps of the journey, one function each: what the command runs, what the trial runs, what a test runs.
//!
//! In: plain arguments and a [`crate::Context`]. Out: a summary that displays for people and serialises for machines.
//! Absent on purpose: parsing a command line, asking for a passphrase, printing, ending the process.

mod agreement;
mod audit_fetch;
mod audit_verify;
mod clkhash;
mod connect;
mod identity;
mod inspect;
mod key;
mod link;
mod pseudonymise;
mod release;
mod study;
mod submit;

pub use identity::{IdentityFacts, IdentityNew, identity_new, identity_show};

pub use agreement::{
    AgreementPropose, AgreementReport, AgreementSign, Signatures, agreement_check, agreement_propose, agreement_sign,
};

pub use study::{StudyCheck, StudyReport, TableOutline, study_check};

pub use key::{KeyFacts, KeyFingerprintFacts, KeyNew, KeyVerify, key_new, key_show, key_verify};

pub use pseudonymise::{
    FieldCount, FileSummary, LeftOutCount, MatchKeyCount, PreparedPseudonymise, Pseudonymise, PseudonymiseSummary,
    ReasonCount, pseudonymise,
};

pub use clkhash::{Clkhash, ClkhashSummary, clkhash};

pub use inspect::{ColumnReport, Inspect, InspectReport, TableReport, inspect};

pub use connect::Connect;
pub use submit::{Submit, SubmitReceipt, submission_of, submit};

pub use link::{Link, LinkReceipt, link};

pub use release::{Fetch, Fetched, Request, Requested, fetch, request};

pub use audit_fetch::{AuditFetch, LogFetched, audit_fetch};
pub use audit_verify::{AuditReport, AuditVerify, audit_verify};
