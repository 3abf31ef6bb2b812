//! Rows on their way from the order of the custodian's file to that of an extract, in memory that does not grow with
//! the file.
//!
//! In: rows in the making, in any order. Out: 256 buckets by the first byte of `person_ref`, each sorted.
//! A `person_ref` is a keyed hash, so buckets are equally full: 60 million people of 330 bytes are 20 GB on disk and
//! 77 MB a bucket; their 1.5 billion events of 32 bytes are 48 GB and 190 MB a bucket. While rows come in, each table
//! holds at most 256 chunks of 64 KiB, 16 MiB.
//! The file has no name: the system frees it when the process ends, however it ends.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use rayon::slice::ParallelSliceMut;

/// Buckets of a table: one for each first byte of a `person_ref`.
pub(crate) const BUCKETS: usize = 256;
/// Most bytes that a bucket holds in memory before they go to disk.
const CHUNK_BYTES_MAX: usize = 1 << 16;

/// The rows of one table, not in order.
pub(crate) struct Spool {
    file: File,
    row_bytes: usize,
    chunk_bytes: usize,
    chunks: u64,
    buckets: Vec<Bucket>,
}

#[derive(Default)]
struct Bucket {
    /// Which chunks of the file are its own.
    chunks: Vec<u64>,
    /// Rows that are in no chunk yet.
    rest: Vec<u8>,
}

/// The rows of one bucket, in order.
#[derive(Default)]
pub(crate) struct SortedRows {
    bytes: Vec<u8>,
    row_bytes: usize,
}

impl Spool {
    /// An empty spool, with its file in `folder`.
    pub(crate) fn create(folder: &Path, row_bytes: usize) -> io::Result<Self> {
        let mut buckets = Vec::new();
        buckets.resize_with(BUCKETS, Bucket::default);
        let chunk_bytes = (CHUNK_BYTES_MAX / row_bytes).max(1) * row_bytes;
        Ok(Self { file: tempfile::tempfile_in(folder)?, row_bytes, chunk_bytes, chunks: 0, buckets })
    }

    /// Takes a row in the making.
    pub(crate) fn push(&mut self, row: &[u8]) -> io::Result<()> {
        debug_assert_eq!(row.len(), self.row_bytes, "a row has the bytes of its layout");
        let bucket = &mut self.buckets[usize::from(row[0])];
        bucket.rest.extend_from_slice(row);
        if bucket.rest.len() >= self.chunk_bytes {
            self.file.write_all(&bucket.rest)?;
            bucket.rest.clear();
            bucket.chunks.push(self.chunks);
            self.chunks += 1;
        }
        Ok(())
    }

    /// Takes a bucket out, sorted.
    pub(crate) fn take_sorted(&mut self, bucket: usize) -> io::Result<SortedRows> {
        let Bucket { chunks, rest } = std::mem::take(&mut self.buckets[bucket]);
        let mut bytes = vec![0; chunks.len() * self.chunk_bytes];
        for (chunk, into) in chunks.iter().zip(bytes.chunks_exact_mut(self.chunk_bytes)) {
            self.file.seek(SeekFrom::Start(chunk * self.chunk_bytes as u64))?;
            self.file.read_exact(into)?;
        }
        bytes.extend(rest);
        Ok(sorted(&bytes, self.row_bytes))
    }
}

fn sorted(bytes: &[u8], row_bytes: usize) -> SortedRows {
    // Rows end in their line, so no two are equal and the order is one.
    let mut rows: Vec<&[u8]> = bytes.chunks_exact(row_bytes).collect();
    rows.par_sort_unstable();
    let mut sorted = Vec::with_capacity(bytes.len());
    for row in rows {
        sorted.extend_from_slice(row);
    }
    SortedRows { bytes: sorted, row_bytes }
}

impl SortedRows {
    /// The rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        // An empty bucket of a table that the dataset does not have has rows of no bytes.
        self.bytes.chunks_exact(self.row_bytes.max(1))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn many_chunks_come_back_as_one_sorted_bucket() {
        let folder = tempfile::tempdir().unwrap();
        let row_bytes = 1_000;
        let mut spool = Spool::create(folder.path(), row_bytes).unwrap();
        // 999 is prime to 401, so the multiples run through all residues.
        let numbers = (0..999_u32).map(|n| n * 401 % 999);
        for number in numbers {
            for bucket in [0, 7, 255] {
                let mut row = vec![0; row_bytes];
                row[0] = bucket;
                row[1..5].copy_from_slice(&number.to_be_bytes());
                spool.push(&row).unwrap();
            }
        }
        assert!(spool.chunks > 30, "most rows went to disk");
        for bucket in [0, 7, 255] {
            let rows = spool.take_sorted(bucket).unwrap();
            let read: Vec<u32> = rows.rows().map(|row| u32::from_be_bytes(row[1..5].try_into().unwrap())).collect();
            assert_eq!(read, (0..999).collect::<Vec<_>>());
            assert!(rows.rows().all(|row| usize::from(row[0]) == bucket));
        }
        assert_eq!(spool.take_sorted(7).unwrap().rows().count(), 0);
        assert_eq!(spool.take_sorted(1).unwrap().rows().count(), 0);
    }

    #[test]
    fn the_spool_has_no_name_that_could_stay_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path(), 50_000).unwrap();
        spool.push(&vec![1; 50_000]).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
