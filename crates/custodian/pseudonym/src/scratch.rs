//! Buffers of one thread, and where they wait between batches.
//!
//! In: nothing. Out: buffers that are used for row after row. Plaintext passes through them; each wipes itself when dropped.
//! Absent on purpose: thread-locals, which would outlive the file that they were filled from.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use crate::clk::ClkScratch;

/// As many buffers as threads have worked at once; they keep what they remember from batch to batch.
#[derive(Default)]
pub(crate) struct ScratchPool(Mutex<Vec<ClkScratch>>);

impl ScratchPool {
    /// Lends buffers until the loan is dropped.
    pub(crate) fn lend(&self) -> Loan<'_> {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Loan { pool: self, scratch: waiting.unwrap_or_else(ClkScratch::for_many_rows) }
    }
}

/// Buffers that go back to their pool.
pub(crate) struct Loan<'a> {
    pool: &'a ScratchPool,
    scratch: ClkScratch,
}

impl Deref for Loan<'_> {
    type Target = ClkScratch;

    fn deref(&self) -> &ClkScratch {
        &self.scratch
    }
}

impl DerefMut for Loan<'_> {
    fn deref_mut(&mut self) -> &mut ClkScratch {
        &mut self.scratch
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let scratch = std::mem::take(&mut self.scratch);
        self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }
}
