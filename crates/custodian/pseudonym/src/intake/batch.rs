//! Some thousand rows of a file, only the columns that are asked for: plaintext, wiped when dropped.

use zeroize::Zeroizing;

use crate::reason::Reason;

/// Most rows of one batch. The CLKs of a batch are made salt by salt; the more rows share a salt, the fewer draws are new.
const ROWS_MAX: usize = 16_384;

/// Bytes after which a batch is full; with a row's own limit, it bounds memory.
const BYTES_MAX: usize = 4 << 20;

pub(super) struct Batch {
    columns: usize,
    bytes: Zeroizing<Vec<u8>>,
    ends: Vec<usize>,
    rows: Vec<Row>,
}

/// Where a row starts in its file, and whether it can be read at all.
struct Row {
    line: u64,
    malformed: Option<Reason>,
}

impl Batch {
    pub(super) fn new(columns: usize) -> Self {
        let bytes = Zeroizing::new(Vec::with_capacity(ROWS_MAX * 64));
        Self { columns, bytes, ends: Vec::with_capacity(ROWS_MAX * columns), rows: Vec::with_capacity(ROWS_MAX) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MAX || self.bytes.len() >= BYTES_MAX
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn push<'a>(&mut self, line: u64, fields: impl Iterator<Item = &'a [u8]>) {
        self.rows.push(Row { line, malformed: None });
        for field in fields {
            self.grow_for(field.len());
            self.bytes.extend_from_slice(field);
            self.ends.push(self.bytes.len());
        }
    }

    pub(super) fn push_malformed(&mut self, line: u64, reason: Reason) {
        self.rows.push(Row { line, malformed: Some(reason) });
        self.ends.resize(self.rows.len() * self.columns, self.bytes.len());
    }

    /// Moves to a larger buffer by hand, so that the smaller one is wiped.
    fn grow_for(&mut self, more: usize) {
        if self.bytes.capacity() - self.bytes.len() < more {
            let mut larger = Zeroizing::new(Vec::with_capacity((self.bytes.len() + more) * 2));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
    }

    pub(super) fn line(&self, row: usize) -> u64 {
        self.rows[row].line
    }

    /// A row's fields, in the order in which the columns were asked for.
    ///
    /// # Errors
    /// Why the row cannot be read.
    pub(super) fn fields(&self, row: usize) -> Result<Fields<'_>, Reason> {
        if let Some(reason) = self.rows[row].malformed {
            return Err(reason);
        }
        let first = row * self.columns;
        let start = if first == 0 { 0 } else { self.ends[first - 1] };
        let ends = &self.ends[first..first + self.columns];
        let end = ends.last().copied().unwrap_or(start);
        let bytes = &self.bytes[start..end];
        let text = std::str::from_utf8(bytes).map_err(|_| not_utf8(bytes))?;
        let fields = Fields { text, start, ends };
        // A character may not reach from one field into the next.
        if ends.iter().all(|end| text.is_char_boundary(end - start)) { Ok(fields) } else { Err(Reason::RowNotUtf8) }
    }
}

/// One row's fields.
pub(super) struct Fields<'a> {
    text: &'a str,
    start: usize,
    ends: &'a [usize],
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, column: usize) -> &'a str {
        let start = if column == 0 { self.start } else { self.ends[column - 1] };
        &self.text[start - self.start..self.ends[column] - self.start]
    }
}

/// Bytes that are letters or quotation marks in Windows-1252 say which encoding the file most likely has.
fn not_utf8(bytes: &[u8]) -> Reason {
    let likely = |byte: u8| {
        byte.is_ascii()
            || matches!(byte, 0xc0..=0xd6 | 0xd8..=0xf6 | 0xf8..=0xff)
            || matches!(byte, 0x8a | 0x8c | 0x8e | 0x91..=0x97 | 0x9a | 0x9c | 0x9e | 0x9f | 0xa0 | 0xb4)
    };
    if bytes.iter().all(|byte| likely(*byte)) { Reason::RowWindows1252 } else { Reason::RowNotUtf8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_as_they_went_in() {
        let mut batch = Batch::new(2);
        batch.push(2, [b"ab".as_slice(), b""].into_iter());
        batch.push_malformed(3, Reason::RowFieldCount);
        batch.push(5, [b"".as_slice(), "é".as_bytes()].into_iter());
        let fields = batch.fields(0).ok().map(|fields| (fields.get(0).to_owned(), fields.get(1).to_owned()));
        assert_eq!(fields, Some(("ab".to_owned(), String::new())));
        assert_eq!(batch.fields(1).err(), Some(Reason::RowFieldCount));
        let fields = batch.fields(2).ok().map(|fields| (fields.get(0).to_owned(), fields.get(1).to_owned()));
        assert_eq!(fields, Some((String::new(), "é".to_owned())));
        assert_eq!((batch.line(2), batch.len()), (5, 3));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_named_for_what_they_look_like() {
        for (first, second, reason) in [
            (b"Jos\xe9".as_slice(), b"x".as_slice(), Reason::RowWindows1252),
            (b"O\x92Brien", b"", Reason::RowWindows1252),
            (b"a\x81", b"", Reason::RowNotUtf8),
            (b"\xff\x00\x80", b"", Reason::RowNotUtf8),
            (b"\xc3", b"\xa9", Reason::RowNotUtf8),
        ] {
            let mut batch = Batch::new(2);
            batch.push(2, [first, second].into_iter());
            assert_eq!(batch.fields(0).err(), Some(reason));
        }
    }
}
