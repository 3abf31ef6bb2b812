//! Rows of bits, borrowed: checked once here, trusted afterwards.

use crate::SimilarityError;

/// The most words of 64 bits that a row may have: 4,096 bits.
pub const WORDS_MAX: usize = 64;

/// A set of bit strings of one length, borrowed, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Filters<'a> {
    words: &'a [u64],
    words_per_row: usize,
}

impl<'a> Filters<'a> {
    /// Row `i` is `words[i * words_per_row..][..words_per_row]`. Which bit of a word is which does not matter, as long
    /// as both sets say it in the same way.
    ///
    /// # Errors
    /// [`SimilarityError::RowLength`] unless `words_per_row` is 1 to [`WORDS_MAX`], [`SimilarityError::PartRow`] if words
    /// are left over, [`SimilarityError::TooManyRows`] if a `u32` cannot number the rows.
    pub fn new(words: &'a [u64], words_per_row: usize) -> Result<Self, SimilarityError> {
        if !(1..=WORDS_MAX).contains(&words_per_row) {
            return Err(SimilarityError::RowLength { words: words_per_row });
        }
        if !words.len().is_multiple_of(words_per_row) {
            return Err(SimilarityError::PartRow { words: words.len(), words_per_row });
        }
        let rows = words.len() / words_per_row;
        if u32::try_from(rows).is_err() {
            return Err(SimilarityError::TooManyRows { rows });
        }
        Ok(Self { words, words_per_row })
    }

    /// How many rows there are.
    pub fn rows(self) -> usize {
        self.words.len() / self.words_per_row
    }

    /// Words of 64 bits in a row.
    pub fn words_per_row(self) -> usize {
        self.words_per_row
    }

    /// Bits in a row.
    pub fn bits(self) -> usize {
        self.words_per_row * 64
    }

    /// One row's words.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(self, row: usize) -> &'a [u64] {
        &self.words[row * self.words_per_row..][..self.words_per_row]
    }

    pub(crate) fn iter(self) -> std::slice::ChunksExact<'a, u64> {
        self.words.chunks_exact(self.words_per_row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_whole_rows_is_refused() {
        let words = [1_u64, 2, 3, 4, 5, 6];
        for (words_per_row, error) in [
            (0, SimilarityError::RowLength { words: 0 }),
            (65, SimilarityError::RowLength { words: 65 }),
            (4, SimilarityError::PartRow { words: 6, words_per_row: 4 }),
            (64, SimilarityError::PartRow { words: 6, words_per_row: 64 }),
        ] {
            assert_eq!(Filters::new(&words, words_per_row).expect_err("it is not whole rows"), error);
        }
        let filters = Filters::new(&words, 3).expect("two rows of three words");
        assert_eq!((filters.rows(), filters.bits(), filters.row(1)), (2, 192, &words[3..]));
        assert_eq!(Filters::new(&[], 16).expect("no rows are a set too").rows(), 0);
    }
}
