//! Every pair of two sets of bit strings above a similarity: the full comparison.
//!
//! In: two borrowed sets of rows of 64 to 4,096 bits ([`Filters`]), a Dice coefficient or a Hamming distance
//! ([`Threshold`]). Out: [`all_pairs()`] gives each pair within it, by left and right row, with its distance.
//! Absent on purpose: blocking and anything else that could lose a pair; what the bits mean; files, clocks, randomness.
//!
//! It works on words. Neither tokens nor people are known here, so it can be measured beside others that compare plain
//! CLKs. The hits are those of anonlink, decided by the same division of 64-bit floats.
//!
//! What makes it fast: the rows of one side lie on their side, so that two instructions add a bit of 512 pairs to counters
//! that lie on their side too; one loop for each instruction set ([`Kernel`]); slices that stay in the cache; rows sorted by
//! set bits, so that far slices are left out and each pair is met from the row with fewer set bits; and the rarest set bits
//! counted first, after which the rest of nearly every row cannot make up for what is missing ([`Skipping::RarestFirst`]).
//!
//! ```
//! use counterfoil_similarity::{Filters, Kernel, Search, Skipping, Threshold, all_pairs};
//!
//! let (left, right) = ([0b1111_u64, 0b0011], [0b0111_u64, 0]);
//! let search = Search {
//!     threshold: Threshold::Dice(0.8),
//!     kernel: Kernel::detect(),
//!     skipping: Skipping::RarestFirst,
//!     hits_max: 1_000,
//! };
//! let hits = all_pairs(Filters::new(&left, 1)?, Filters::new(&right, 1)?, &search)?;
//! // 2 * 3 / (4 + 3) and 2 * 2 / (2 + 3).
//! assert_eq!(hits.iter().map(|hit| (hit.left, hit.right, hit.distance)).collect::<Vec<_>>(), [(0, 0, 1), (1, 0, 1)]);
//! # Ok::<(), counterfoil_similarity::SimilarityError>(())
//! ```

#![warn(clippy::undocumented_unsafe_blocks)]

mod error;
mod filters;
mod threshold;

mod rows;

mod scan;

mod portable;
mod simd;

mod kernel;

mod plan;

mod all_pairs;

#[cfg(test)]
mod tests;

pub use all_pairs::{Hit, Search, Skipping, all_pairs};
pub use error::SimilarityError;
pub use filters::{Filters, WORDS_MAX};
pub use kernel::{Kernel, hamming};
pub use threshold::{Threshold, dice};
