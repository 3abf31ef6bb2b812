//! Extracts on disk, written and read by the public door only.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod common;
mod crafted;

mod former;
mod inspection;
mod other_readers;
mod refusals;
mod write_and_read;
