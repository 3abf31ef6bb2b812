//! The corridor between the wings.
//!
//! In: a checked extract, a question, a certificate. Out: a receipt, progress, a logged release, or a closed refusal.
//! Absent on purpose: any message that holds an identifier, a similarity, a link or an unprotected count. The generated
//! messages are private to this crate, so that nothing else can be put on the wire.

mod limits;

mod caller;
mod job;
mod refusal;

mod convert;
mod messages;

mod client;
mod server;

pub use caller::{Caller, CallerError, party_uri};
pub use client::{ClientError, ClientTls, LoggedEntry, ReleaseBundle, UnitClient};
pub use job::{JobProgress, JobState, JobStep, JobWatch};
pub use limits::*;
pub use refusal::{NotReady, Refusal, RefusalCode};
pub use server::{
    Chunk, Finish, LinkQuestion, ServeError, ServerTls, StoredBytes, SubmissionStart, Unit, Upload, serve,
};
