//! Extract and extract to candidate pairs to links.
//!
//! In: the encoded people of two extracts and the linkage schema that both were made under. Out: a [`Linkage`]: which
//! row is which, by what evidence, and the counts that say how it went.
//! Absent on purpose: identifiers, keys, files, clocks, randomness, and any way to write a similarity down: scores stay
//! in this process, because a table of scores is enough to re-identify people (Culnane, Rubinstein and Teague 2017).
//!
//! The order of work: match keys, pass by pass ([`PassCount`]); what they leave is blocked and compared by CLK; the
//! scored pairs are assigned one to one. Every step is a function of sets of rows, so the rows' order, which an extract
//! makes random, and the number of threads change nothing.
//!
//! **Memory**, beside the extracts. A pass: 24 bytes an unlinked row with that token. Blocking: 8 bytes a row and rule.
//! Pairs: 12 bytes each, and 16 more while they are assigned, for those alone whose similarity can matter to the
//! decision ([`ClkRule::reach`]); every other candidate pair is compared and forgotten.

mod join;
mod similarity;

mod compare;

mod assign;
mod blocks;
mod passes;

mod error;
mod linkage;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use blocks::BlocksLeftOut;
pub use error::{LinkageError, Side};
pub use linkage::{CandidatePair, ClkRule, Compared, Link, Linkage, LinkedBy, compare, link};
pub use passes::PassCount;
pub use similarity::ClkScale;

/// How far a linkage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A match-key pass begins.
    Pass {
        /// Position of the match key, from 0.
        index: usize,
        /// Match keys in all.
        of: usize,
    },
    /// Blocks are being compared by CLK. Told about a hundred times in all, from several threads, so two reports may
    /// arrive out of order.
    Comparing {
        /// Blocks compared so far, over all blocking rules.
        done_blocks: u64,
        /// Blocks in all.
        of: u64,
    },
}
