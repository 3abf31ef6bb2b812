//! Extract and extract to candidate pairs to links.
//!
//! In: the encoded people of two extracts and the linkage schema that both were made under. Out: a [`Linkage`]: which
//! row is which, how probable each link is, and what to expect of them all.
//! Absent on purpose: identifiers, keys, files, clocks, randomness, and any way to write a weight down: scores of pairs stay
//! in this process, because a table of scores is enough to re-identify people (Culnane, Rubinstein and Teague 2017). What
//! the unit keeps beside its links is the probability of each, and for each left row what was missed of it.
//!
//! The order of work: the tokens of both sides are joined; every pair that shares one is a candidate, and shows a
//! pattern: which tokens agree, and how alike its CLKs are; the histogram of patterns is fitted; each pattern gets a match
//! weight, and each pair more or less of it by how rare the value is that it shares; the weighed pairs are assigned, one to
//! one or many to one. [`duplicates()`] does the same with one extract and
//! itself, and groups instead of assigning. Every step is a function of sets of rows, so the rows' order, which an extract
//! makes random, changes no link but in the last place of a probability, and the number of threads nothing.
//!
//! **Memory**, beside the extracts: 4 bytes a row and token, and 8 a row. A join: 24 bytes for each row that holds the
//! token. Pairs: 40 bytes each, and 44 while they are assigned, for those alone that can matter to the decision; every
//! other candidate pair is compared, counted and forgotten.

mod former;
mod join;

mod agreements;

mod bands;
mod evidence;
mod similarity;
mod vectors;

mod compare;

mod fit;
mod model;
mod parameters;

mod assign;
mod probability;
mod quality;
mod rarity;
mod weight;

mod error;
mod examine;

mod decide;
mod duplicates;
mod linkage;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use agreements::GroupsLeftOut;
pub use duplicates::{Duplicates, ExpectedDuplicates, duplicates};
pub use error::{LinkageError, Side};
pub use fit::FitEnd;
pub use linkage::{CandidatePair, Compared, Link, LinkRule, Linkage, compare, link};
pub use model::{FieldModel, FittedModel, StateModel};
pub use quality::{ExpectedQuality, GroupQuality, ProbabilityBand};
pub use similarity::ClkScale;

/// How far a linkage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Tokens are being joined, column by column.
    Joining {
        /// Columns so far.
        done: usize,
        /// Match keys and blocking rules in all.
        of: usize,
    },
    /// Candidate pairs are being compared. Told about a hundred times in all, from several threads, so two reports may
    /// arrive out of order.
    Comparing {
        /// Pieces of work so far.
        done: u64,
        /// In all.
        of: u64,
    },
    /// The model is being fitted.
    Fitting,
}
