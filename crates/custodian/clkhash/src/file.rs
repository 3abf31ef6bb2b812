//! A CSV file to a file of CLKs: in parallel, in the order of the rows, in memory that does not grow with the file.
//!
//! In: a reader, a writer. Out: `{"clks": ["...", ...]}` as Python's `json.dump` writes it, one CLK a row; or every row that is wrong,
//! by line and field. Who asks for a file must not use what was written when the result is an error.
//! Absent on purpose: leaving a row out. Row order is what joins CLKs to records.

use std::io::{self, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use csv::ByteRecord;
use memchr::{memchr, memchr2};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::encoder::{Encoder, Worker};
use crate::reason::{FIELD_CHARACTERS_MAX, Reason, RowProblem};
use crate::rows::{RowKind, Rows, behind_line_end, count_lines};

/// Bytes of rows that one worker takes at a time.
const CHUNK_BYTES: usize = 128 << 10;
/// Chunks a thread in one batch: a batch is read while the one before is encoded.
const CHUNKS_PER_THREAD: usize = 4;
/// A row may be so long: beyond, a quote was never closed.
const ROW_BYTES_MAX: usize = 8 << 20;
/// Problems that are reported, at most; what comes after is not looked at.
pub const PROBLEMS_MAX: usize = 1_000;

/// What the first row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// The features' names in the schema's order: clkhash's default.
    Checked,
    /// Names, whatever they are.
    Ignored,
    /// A record.
    Absent,
}

/// What was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded {
    /// Rows, and so CLKs.
    pub rows: u64,
}

/// A row that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Line of the file on which the row begins, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: RowProblem,
}

/// Why a file is not encoded.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Reading failed.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// Writing failed.
    #[error("cannot be written: {0}")]
    Write(io::Error),
    /// No first row.
    #[error("is empty: its first line names the columns")]
    NoHeader,
    /// The file begins with a byte-order mark, which clkhash takes for a part of the first name.
    #[error("begins with a byte-order mark, which clkhash takes for text: save it as UTF-8 without one")]
    ByteOrderMark,
    /// Other columns than the schema's.
    #[error("has {found} columns where the schema has {expected} features")]
    HeaderColumns {
        /// Columns of the file.
        found: usize,
        /// Features of the schema.
        expected: usize,
    },
    /// A column of another name.
    #[error("column {column} is not \"{expected}\": the schema's features are the columns, in its order")]
    HeaderName {
        /// The column, from 1.
        column: usize,
        /// The name in the schema.
        expected: String,
    },
    /// No end of a row in sight.
    #[error("line {line}: a quote is opened and never closed, or the row is longer than {ROW_BYTES_MAX} bytes")]
    Unclosed {
        /// Line on which the row begins, from 1.
        line: u64,
    },
    /// Rows that are wrong, in the file's order.
    #[error("{}{} problems: nothing was encoded", if *more { "more than " } else { "" }, rows.len())]
    Rows {
        /// At most [`PROBLEMS_MAX`].
        rows: Vec<BadRow>,
        /// Whether there may be more.
        more: bool,
    },
}

/// Encodes a CSV file.
///
/// # Errors
/// [`FileError`]. What was written until then is of no use.
pub fn encode_csv(
    encoder: &Encoder<'_>,
    mut input: impl Read + Send,
    output: &mut impl Write,
    header: Header,
) -> Result<Encoded, FileError> {
    let threads = rayon::current_num_threads();
    let batch_bytes = CHUNK_BYTES * CHUNKS_PER_THREAD * threads;
    let workers = (0..threads).map(|_| Mutex::new(None)).collect();
    let mut run = Run { encoder, workers, texts: Mutex::new(Vec::new()), rows: 0, line: 1, bad: Vec::new() };
    let mut batch = Zeroizing::new(Vec::new());
    let mut ended = fill(&mut input, &mut batch, batch_bytes)?;
    let mut at = run.header(&batch, ended, header)?;
    output.write_all(b"{\"clks\": [").map_err(FileError::Write)?;
    let mut next = Zeroizing::new(Vec::new());
    loop {
        let chunks = run.cut(&batch, at, ended)?;
        let end = chunks.last().map_or(at, |chunk| chunk.end);
        next.clear();
        next.extend_from_slice(&batch[end..]);
        let (encoded, filled) = rayon::join(
            || run.encode(&batch, &chunks),
            || if ended { Ok(true) } else { fill(&mut input, &mut next, batch_bytes) },
        );
        run.collect(encoded, output)?;
        let was_ended = ended;
        ended = filled?;
        if run.bad.len() >= PROBLEMS_MAX || (was_ended && end == batch.len()) {
            break;
        }
        std::mem::swap(&mut batch, &mut next);
        at = 0;
    }
    if !run.bad.is_empty() {
        let more = run.bad.len() >= PROBLEMS_MAX;
        run.bad.truncate(PROBLEMS_MAX);
        return Err(FileError::Rows { rows: run.bad, more });
    }
    output.write_all(b"]}").map_err(FileError::Write)?;
    Ok(Encoded { rows: run.rows })
}

/// Reads until there are so many bytes, or to the end of the input, which it says. What is there already is at least doubled: it is
/// the beginning of a row, and will be read anew from there.
fn fill(input: &mut impl Read, bytes: &mut Vec<u8>, target: usize) -> Result<bool, FileError> {
    let missing = target.max(2 * bytes.len()) - bytes.len();
    let limit = u64::try_from(missing).expect("a length");
    bytes.reserve(missing);
    let read = input.by_ref().take(limit).read_to_end(bytes).map_err(FileError::Read)?;
    Ok(read < missing)
}

/// What goes on while a file is encoded.
struct Run<'e, 's> {
    encoder: &'e Encoder<'s>,
    /// One a thread, if it has begun: what a worker remembers is in the caches of the core that it last ran on.
    workers: Vec<Mutex<Option<Worker<'e>>>>,
    /// Buffers whose text has been written: memory is asked for once and not for every chunk.
    texts: Mutex<Vec<Vec<u8>>>,
    rows: u64,
    line: u64,
    bad: Vec<BadRow>,
}

/// Whole rows.
type Chunk = std::ops::Range<usize>;

/// What a chunk became.
#[derive(Default)]
struct EncodedChunk {
    /// `, "..."` for each row.
    text: Vec<u8>,
    rows: u64,
    lines: u64,
    /// Lines are counted from 0.
    bad: Vec<BadRow>,
}

impl Run<'_, '_> {
    /// Checks the first row, and says where the second begins.
    fn header(&mut self, bytes: &[u8], ended: bool, header: Header) -> Result<usize, FileError> {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            return Err(FileError::ByteOrderMark);
        }
        if header == Header::Absent {
            return Ok(0);
        }
        let mut record = ByteRecord::new();
        let Some(row) = Rows::new(bytes).next(&mut record) else { return Err(FileError::NoHeader) };
        if row.kind == RowKind::Unclosed || (!ended && row.ends == bytes.len()) {
            return Err(FileError::Unclosed { line: 1 });
        }
        self.line += count_lines(&bytes[..row.ends]);
        if header == Header::Checked {
            let schema = self.encoder.schema();
            let expected = schema.features.len();
            if record.len() != expected {
                return Err(FileError::HeaderColumns { found: record.len(), expected });
            }
            for ((index, found), expected) in record.iter().enumerate().zip(schema.columns()) {
                if found != expected.as_bytes() {
                    return Err(FileError::HeaderName { column: index + 1, expected: expected.to_owned() });
                }
            }
        }
        Ok(row.ends)
    }

    /// Cuts a batch into chunks of whole rows. What is left at its end is the beginning of a row.
    fn cut(&self, bytes: &[u8], at: usize, ended: bool) -> Result<Vec<Chunk>, FileError> {
        let rest = &bytes[at..];
        let mut chunks = Chunks { of: Vec::new(), begins: at };
        if memchr(b'"', rest).is_none() {
            // Without quotes a row is a line, and most need not be looked at.
            while chunks.begins + CHUNK_BYTES < bytes.len() {
                let from = chunks.begins + CHUNK_BYTES;
                let Some(length) = memchr2(b'\n', b'\r', &bytes[from..]) else { break };
                let ends = behind_line_end(bytes, from + length);
                // At the end of the bytes a `\r\n` may go on in the next batch.
                if ends == bytes.len() {
                    break;
                }
                chunks.end_at(ends);
            }
            chunks.end_at(if ended { bytes.len() } else { last_line_end(bytes, chunks.begins) });
        } else {
            let (mut rows, mut record, mut whole) = (Rows::new(rest), ByteRecord::new(), at);
            while let Some(row) = rows.next(&mut record) {
                // At the end of the bytes the row may go on in the next batch.
                if !ended && row.ends == rest.len() {
                    break;
                }
                if row.kind == RowKind::Unclosed {
                    return Err(FileError::Unclosed { line: self.line + count_lines(&rest[..row.begins]) });
                }
                whole = at + row.ends;
                if whole - chunks.begins >= CHUNK_BYTES {
                    chunks.end_at(whole);
                }
            }
            chunks.end_at(whole);
        }
        if chunks.of.is_empty() && rest.len() > ROW_BYTES_MAX {
            return Err(FileError::Unclosed { line: self.line });
        }
        Ok(chunks.of)
    }

    fn encode(&self, bytes: &[u8], chunks: &[Chunk]) -> Vec<EncodedChunk> {
        let encode = |chunk: &Chunk| {
            let worker = &self.workers[rayon::current_thread_index().unwrap_or_default() % self.workers.len()];
            let mut worker = lock(worker);
            let worker = worker.get_or_insert_with(|| self.encoder.worker());
            let text = lock(&self.texts).pop().unwrap_or_default();
            encode_chunk(self.encoder, worker, &bytes[chunk.clone()], text)
        };
        chunks.par_iter().map(encode).collect()
    }

    fn collect(&mut self, chunks: Vec<EncodedChunk>, output: &mut impl Write) -> Result<(), FileError> {
        for chunk in chunks {
            let line = self.line;
            self.bad.extend(chunk.bad.into_iter().map(|bad| BadRow { line: line + bad.line, ..bad }));
            // The first CLK has no comma before it.
            let text = if self.rows == 0 { chunk.text.get(2..).unwrap_or_default() } else { &chunk.text };
            self.rows += chunk.rows;
            self.line += chunk.lines;
            if self.bad.is_empty() {
                output.write_all(text).map_err(FileError::Write)?;
            }
            lock(&self.texts).push(chunk.text);
        }
        Ok(())
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Chunks one after the other, without a gap.
struct Chunks {
    of: Vec<Chunk>,
    /// Where the next one begins.
    begins: usize,
}

impl Chunks {
    fn end_at(&mut self, end: usize) {
        if end > self.begins {
            self.of.push(self.begins..end);
            self.begins = end;
        }
    }
}

/// Behind the last line that surely ends before the bytes do.
fn last_line_end(bytes: &[u8], from: usize) -> usize {
    let known = bytes.len().saturating_sub(1).max(from);
    let end = memchr::memrchr2(b'\n', b'\r', &bytes[from..known]);
    end.map_or(from, |end| behind_line_end(bytes, from + end))
}

/// `text` is a buffer to use; what is in it goes.
fn encode_chunk(encoder: &Encoder<'_>, worker: &mut Worker<'_>, bytes: &[u8], mut text: Vec<u8>) -> EncodedChunk {
    let clk_bytes = encoder.schema().clk_bytes();
    let base64_bytes = clk_bytes.div_ceil(3) * 4;
    text.clear();
    let mut encoded = EncodedChunk { text, lines: count_lines(bytes), ..EncodedChunk::default() };
    let (mut rows, mut record) = (Rows::new(bytes), ByteRecord::new());
    let mut clk = Zeroizing::new(Vec::with_capacity(clk_bytes + 8));
    let mut spare: Vec<&'static str> = Vec::new();
    while encoded.bad.len() < PROBLEMS_MAX
        && let Some(row) = rows.next(&mut record)
    {
        clk.clear();
        let mut texts = reuse(spare);
        let problems = match row_problems(&record, encoder, &mut texts) {
            Some(problems) => problems,
            None => worker.encode(&texts, &mut clk).err().unwrap_or_default(),
        };
        spare = reuse(texts);
        encoded.rows += 1;
        if problems.is_empty() {
            encoded.text.extend_from_slice(b", \"");
            let begins = encoded.text.len();
            encoded.text.resize(begins + base64_bytes + 1, b'"');
            STANDARD
                .encode_slice(&clk[..], &mut encoded.text[begins..begins + base64_bytes])
                .expect("it is as long as base64 makes it");
        } else {
            let line = count_lines(&bytes[..row.begins]);
            encoded.bad.extend(problems.into_iter().map(|problem| BadRow { line, problem }));
        }
    }
    encoded
}

/// The allocation of a list of texts, for texts of another row.
fn reuse<'a>(mut texts: Vec<&str>) -> Vec<&'a str> {
    texts.clear();
    // The standard library collects into the same allocation where the elements have the same size.
    texts.into_iter().map(|_| "").collect()
}

/// What is wrong with a row before its values are looked at; if nothing, its fields are in `texts`.
fn row_problems<'r>(
    record: &'r ByteRecord,
    encoder: &Encoder<'_>,
    texts: &mut Vec<&'r str>,
) -> Option<Vec<RowProblem>> {
    let (found, expected) = (record.len(), encoder.schema().features.len());
    if found != expected {
        let reason = if found == 0 { Reason::BlankLine } else { Reason::Fields { found, expected } };
        return Some(vec![RowProblem::of_row(reason)]);
    }
    let of_field = |index, reason| RowProblem { feature: encoder.field_name(index), reason };
    let first = |is_wrong: fn(&[u8]) -> bool| record.iter().position(is_wrong);
    // Outside quotes a carriage return ends the row.
    if memchr(b'\r', record.as_slice()).is_some()
        && let Some(index) = first(|field| memchr(b'\r', field).is_some())
    {
        return Some(vec![of_field(index, Reason::CarriageReturn)]);
    }
    if record.as_slice().len() > FIELD_CHARACTERS_MAX
        && let Some(index) = first(|field| String::from_utf8_lossy(field).chars().count() > FIELD_CHARACTERS_MAX)
    {
        return Some(vec![of_field(index, Reason::FieldTooLong)]);
    }
    // Once for all fields. What two of them would make together is no text where one ends within a character.
    let all = std::str::from_utf8(record.as_slice()).unwrap_or_default();
    for index in 0..found {
        let Some(text) = record.range(index).and_then(|range| all.get(range)) else { break };
        texts.push(text);
    }
    if texts.len() == found {
        return None;
    }
    let wrong = record.iter().enumerate().filter(|(_, field)| std::str::from_utf8(field).is_err());
    Some(wrong.map(|(index, _)| of_field(index, Reason::NotUtf8)).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
