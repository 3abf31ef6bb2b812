//! What can be wrong with a comparison. Counts and limits, never a row's bits.

use crate::WORDS_MAX;

/// Why two sets were not compared.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SimilarityError {
    /// A row has no words, or too many.
    #[error("rows of {words} words of 64 bits: there must be 1 to {WORDS_MAX}")]
    RowLength {
        /// Words that a row was said to have.
        words: usize,
    },
    /// The words are not a whole number of rows.
    #[error("{words} words are not a whole number of rows of {words_per_row}")]
    PartRow {
        /// Words given.
        words: usize,
        /// Words that a row has.
        words_per_row: usize,
    },
    /// More rows than a hit can name.
    #[error("{rows} rows: at most {} can be compared", u32::MAX)]
    TooManyRows {
        /// Rows given.
        rows: usize,
    },
    /// The two sets have rows of different lengths.
    #[error("left rows have {left_bits} bits and right rows {right_bits}: they must be equally long")]
    LengthsDiffer {
        /// Bits of a left row.
        left_bits: usize,
        /// Bits of a right row.
        right_bits: usize,
    },
    /// A Dice threshold outside 0 to 1, or not a number.
    #[error("{threshold} is no Dice threshold: it must be 0 to 1")]
    DiceThreshold {
        /// The threshold given.
        threshold: f64,
    },
    /// The kernel needs instructions that this processor does not have.
    #[error("this processor has no {kernel} kernel: ask Kernel::available()")]
    KernelMissing {
        /// Name of the kernel.
        kernel: &'static str,
    },
    /// More pairs are near than the caller has room for.
    #[error("{hits} pairs are within the threshold, and {hits_max} were allowed: raise the threshold or hits_max")]
    TooManyHits {
        /// Pairs within the threshold: the whole count.
        hits: u64,
        /// Pairs that the caller allowed.
        hits_max: usize,
    },
}
