//! A keyless attacker of our own: it knows the linkage schema, holds a list of plaintext records in which everyone
//! encoded is, and tries to say which encoded row is whom.
//!
//! In: people, a linkage schema. Out: a [`report::Report`] of how many rows each attack names rightly.
//! Absent on purpose: the custodians' key, and anything that would help with one person: results are counts.
//!
//! | module | attack | uses |
//! |---|---|---|
//! | [`graph`] | matching of similarity graphs | which encoded rows are how alike |
//! | [`neighbours`] | near pairs | the few distances that diffusion leaves |
//! | [`structure`] | structure of equal tokens | which rows share which tokens |
//! | [`frequency`] | frequencies | how many rows share a token |
//! | [`pattern`] | patterns of bits | which bits are set together, and how often |

pub mod error;
pub mod random;

pub mod people;

pub mod encode;
pub mod sides;

pub mod bits;
pub mod linear;

pub mod frequency;
pub mod graph;
pub mod neighbours;
pub mod pattern;
pub mod structure;

pub mod report;
pub mod score;

pub mod run;
