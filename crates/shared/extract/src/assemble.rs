//! Sorted buckets to tables that fit each other.
//!
//! In: the spooled rows of all tables. Out: Parquet files, and a report of the rows that cannot stand: a person's second
//! row, and an event or a score of nobody. One bucket of every table is in memory while the next is read and sorted.

use std::path::Path;

use crate::error::ExtractError;
use crate::layout::{LINE_BYTES, Layout, Table};
use crate::manifest::TableFacts;
use crate::spool::{BUCKETS, SortedRows, Spool};
use crate::table_writer::{TableWriter, person_ref};
use crate::writer::{LeftOut, LeftOutReason};

/// Rows left out that are held, so as to report them by table and line. Beyond it they are reported in batches that are
/// sorted each: 1,048,576 of 24 bytes are 24 MiB.
const LEFT_OUT_HELD_MAX: usize = 1 << 20;

/// Rows left out, on their way to the caller.
pub(crate) struct Report<'a> {
    held: Vec<LeftOut>,
    sink: &'a mut dyn FnMut(LeftOut),
    count: &'a mut [u64; Table::ALL.len()],
}

impl<'a> Report<'a> {
    pub(crate) fn new(
        held: Vec<LeftOut>,
        sink: &'a mut dyn FnMut(LeftOut),
        count: &'a mut [u64; Table::ALL.len()],
    ) -> Self {
        Self { held, sink, count }
    }

    fn add(&mut self, table: Table, row: &[u8], reason: LeftOutReason) {
        self.held.push(LeftOut { table, line: line_of(row), reason });
        if self.held.len() >= LEFT_OUT_HELD_MAX {
            self.flush();
        }
    }

    /// Reports all that are held.
    pub(crate) fn flush(&mut self) {
        self.held.sort_unstable();
        for left_out in self.held.drain(..) {
            self.count[left_out.table as usize] += 1;
            (self.sink)(left_out);
        }
    }
}

/// Writes bucket by bucket, and sorts the next bucket meanwhile.
pub(crate) fn write_tables(
    folder: &Path,
    tables: Vec<(Layout, Spool)>,
    report: &mut Report<'_>,
) -> Result<Vec<TableFacts>, ExtractError> {
    let mut spools = Vec::with_capacity(tables.len());
    let mut writers = Vec::with_capacity(tables.len());
    for (layout, spool) in tables {
        spools.push(spool);
        writers.push(TableWriter::create(folder, layout)?);
    }
    let mut take = |bucket: usize| -> Result<Vec<SortedRows>, ExtractError> {
        if bucket == BUCKETS {
            return Ok(Vec::new());
        }
        let rows: Result<_, _> = spools.iter_mut().map(|spool| spool.take_sorted(bucket)).collect();
        rows.map_err(ExtractError::io("read from the disk of", folder))
    };
    let mut current = take(0)?;
    for bucket in 0..BUCKETS {
        let mut left_out = Vec::new();
        let (next, written) = rayon::join(|| take(bucket + 1), || write_bucket(&current, &mut writers, &mut left_out));
        written?;
        for (table, row, reason) in left_out {
            report.add(table, row, reason);
        }
        current = next?;
    }
    let mut written = Vec::with_capacity(writers.len());
    for writer in writers {
        let facts = writer.finish()?;
        if facts.table == Table::FormerTokens && facts.rows == 0 {
            let path = folder.join(facts.table.file_name());
            std::fs::remove_file(&path).map_err(ExtractError::io("remove", &path))?;
        } else {
            written.push(facts);
        }
    }
    Ok(written)
}

fn write_bucket<'a>(
    tables: &'a [SortedRows],
    writers: &mut [TableWriter],
    left_out: &mut Vec<(Table, &'a [u8], LeftOutReason)>,
) -> Result<(), ExtractError> {
    let Some(((people, others), (people_writer, other_writers))) = tables.split_first().zip(writers.split_first_mut())
    else {
        return Ok(());
    };
    let mut kept: Vec<&[u8]> = Vec::new();
    for row in people.rows() {
        match kept.last_mut() {
            // The rows of one person stand together; the earliest line stays.
            Some(last) if last[..8] == row[..8] => {
                let later = if line_of(row) < line_of(last) { std::mem::replace(last, row) } else { row };
                left_out.push((Table::People, later, LeftOutReason::Repeated));
            }
            _ => kept.push(row),
        }
    }
    for row in &kept {
        people_writer.push(row)?;
    }
    for (rows, writer) in others.iter().zip(other_writers) {
        let mut people = kept.iter().map(|row| (person_ref(row), line_of(row))).peekable();
        for row in rows.rows() {
            let person = person_ref(row);
            while people.next_if(|(kept, _)| *kept < person).is_some() {}
            let line = people.peek().filter(|(kept, _)| *kept == person).map(|(_, line)| *line);
            if writer.table() == Table::FormerTokens {
                // They are part of the person's row and have its line: those of a row that was left out go with it.
                if line == Some(line_of(row)) {
                    writer.push(row)?;
                }
            } else if line.is_some() {
                writer.push(row)?;
            } else {
                left_out.push((writer.table(), row, LeftOutReason::NotInPeople));
            }
        }
    }
    Ok(())
}

fn line_of(row: &[u8]) -> u64 {
    u64::from_be_bytes(row[row.len() - LINE_BYTES..].try_into().expect("a row ends in 8 bytes of line"))
}
