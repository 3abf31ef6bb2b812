//! Rows of a CSV file, taken apart by the `csv` crate, which reads quotes and line ends as Python's `csv` does.
//!
//! In: bytes that begin with a row. Out: its records one by one, where each begins, and what the crate passes over in silence: an
//! empty line, for which Python has a row without fields (with row order as the join, no line may vanish), and a quote that the
//! bytes end in. Both are seen by comparing the reader's position with the bytes.
//! Absent on purpose: rules of CSV of our own.

use std::io::{Chain, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};
use memchr::{memchr, memchr_iter};

/// Put before the bytes: the reader drops a byte-order mark that its input begins with, and a row may begin with that character.
/// An empty line it passes over.
const BEFORE: &[u8] = b"\n";
/// Put behind them: one ends a last line that has no end, the other shows whether the first did so or went into a quoted field.
const BEHIND: &[u8] = b"\n\n";

type Input<'b> = Chain<Chain<&'static [u8], &'b [u8]>, &'static [u8]>;

/// The rows of some bytes.
pub(crate) struct Rows<'b> {
    bytes: &'b [u8],
    reader: Reader<Input<'b>>,
    /// Where the next row begins.
    at: usize,
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its first byte.
    pub(crate) begins: usize,
    /// Behind its line end.
    pub(crate) ends: usize,
    pub(crate) kind: RowKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// Fields, in the record.
    Record,
    /// A line with nothing in it.
    Empty,
    /// The bytes end before a quote is closed.
    Unclosed,
}

impl<'b> Rows<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        let input = BEFORE.chain(bytes).chain(BEHIND);
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input);
        Self { bytes, reader, at: 0 }
    }

    /// The next row, and its fields in `record`.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> Option<Row> {
        let begins = self.at;
        let row = |ends, kind| Some(Row { begins, ends, kind });
        if matches!(self.bytes.get(begins)?, b'\n' | b'\r') {
            self.at = behind_line_end(self.bytes, begins);
            record.clear();
            return row(self.at, RowKind::Empty);
        }
        let is_read = self.reader.read_byte_record(record).expect("memory can be read, and rows may have any length");
        debug_assert!(is_read, "there is a byte that is no line end");
        let position = usize::try_from(self.reader.position().byte()).expect("a place in memory");
        let consumed = position - BEFORE.len();
        self.at = match self.bytes.get(consumed) {
            // The reader ends a record at `\r`, and a `\n` after it is passed over with the next.
            Some(b'\n') if self.bytes[consumed - 1] == b'\r' => consumed + 1,
            _ => consumed.min(self.bytes.len()),
        };
        let is_unclosed = consumed == self.bytes.len() + BEHIND.len();
        row(self.at, if is_unclosed { RowKind::Unclosed } else { RowKind::Record })
    }
}

/// Behind the end of a line: `\n`, `\r\n` or `\r`.
pub(crate) fn behind_line_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => at + 2,
        Some(_) => at + 1,
        None => at,
    }
}

/// How many line ends, within quotes and outside. The reader's own count knows no `\r` alone.
pub(crate) fn count_lines(bytes: &[u8]) -> u64 {
    let mut lines = memchr_iter(b'\n', bytes).count();
    if memchr(b'\r', bytes).is_some() {
        lines += memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count();
    }
    u64::try_from(lines).expect("a length")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(Row, Vec<String>)> {
        let (mut rows, mut record, mut all) = (Rows::new(bytes), ByteRecord::new(), Vec::new());
        while let Some(row) = rows.next(&mut record) {
            let fields = record.iter().map(|field| String::from_utf8(field.to_vec()).unwrap());
            all.push((row, fields.collect()));
        }
        // No byte is in no row.
        let places: Vec<usize> = all.iter().flat_map(|(row, _)| [row.begins, row.ends]).collect();
        assert!(places.first().is_none_or(|first| *first == 0) && places.last().unwrap_or(&0) == &bytes.len());
        assert!(places[1.min(places.len())..].chunks(2).all(|pair| pair.len() < 2 || pair[0] == pair[1]));
        all
    }

    #[test]
    fn rows_are_pythons() {
        // Each by csv.reader of Python 3.11, file opened with newline="".
        for (file, expected) in [
            ("a,b\n\"x\"y,z\n", &[&["a", "b"][..], &["xy", "z"]][..]),
            ("\"a\"\"b\",c\n", &[&["a\"b", "c"]]),
            ("a\"b,c\n", &[&["a\"b", "c"]]),
            ("\"a\"b\"c,d\n", &[&["ab\"c", "d"]]),
            ("\"a\" ,b\n", &[&["a ", "b"]]),
            (" \"a\",b\n", &[&[" \"a\"", "b"]]),
            ("\"a\nb\",c\n", &[&["a\nb", "c"]]),
            ("\"a\n\n\nb\",c\n", &[&["a\n\n\nb", "c"]]),
            ("a,b\n\nc,d\n", &[&["a", "b"], &[], &["c", "d"]]),
            ("a,b\n\n", &[&["a", "b"], &[]]),
            ("\n\na,b", &[&[], &[], &["a", "b"]]),
            ("a\r\n\r\nb\r\n\r\n", &[&["a"], &[], &["b"], &[]]),
            ("a\r\rb\r\r", &[&["a"], &[], &["b"], &[]]),
            ("a\n\r\nb\r\n\n", &[&["a"], &[], &["b"], &[]]),
            ("\"a\"\n\n\"b\"\n\n", &[&["a"], &[], &["b"], &[]]),
            ("\"a\r\nb\",c\n", &[&["a\r\nb", "c"]]),
            ("a\rb\n", &[&["a"], &["b"]]),
            ("a\r\nb\r\n", &[&["a"], &["b"]]),
            ("a\r\nb\r", &[&["a"], &["b"]]),
            ("a,\"b\"", &[&["a", "b"]]),
            ("a,\n", &[&["a", ""]]),
            (",", &[&["", ""]]),
            ("\"\",\"\"\n", &[&["", ""]]),
            ("\"\"\n", &[&[""]]),
            ("\"\"", &[&[""]]),
            ("\"\"a\n", &[&["a"]]),
            ("\"a\"\"\"b\",c\n", &[&["a\"b\"", "c"]]),
            ("a,b\u{b}c\n", &[&["a", "b\u{b}c"]]),
            ("a\0,\"b\0\"\n", &[&["a\0", "b\0"]]),
            ("\"a\",\n\"b\"", &[&["a", ""], &["b"]]),
            ("é,\"ö,\"\n", &[&["é", "ö,"]]),
            ("\u{feff}a\n\u{feff}b\n", &[&["\u{feff}a"], &["\u{feff}b"]]),
            (" \n", &[&[" "]]),
            ("\n", &[&[]]),
            ("", &[]),
        ] {
            let found = rows(file.as_bytes());
            let fields: Vec<&[String]> = found.iter().map(|(_, fields)| fields.as_slice()).collect();
            assert_eq!(fields, expected, "{file:?}");
            for (row, fields) in &found {
                assert_eq!(row.kind, if fields.is_empty() { RowKind::Empty } else { RowKind::Record }, "{file:?}");
            }
        }
    }

    #[test]
    fn a_row_longer_than_the_readers_buffer_is_one_row() {
        for length in [8_190, 8_191, 8_192, 8_193, 20_000] {
            let file = format!("{0}\r\n\r\n\"{0}\"\r\n", "x".repeat(length));
            let found = rows(file.as_bytes());
            assert_eq!(found.iter().map(|(_, fields)| fields.len()).collect::<Vec<_>>(), [1, 0, 1]);
            assert_eq!((found[1].0.begins, found[2].0.begins), (length + 2, length + 4));
        }
    }

    #[test]
    fn an_unclosed_quote_is_told_and_a_closed_one_is_not() {
        for (file, unclosed) in [
            ("\"", true),
            ("\"abc", true),
            ("\"abc\n", true),
            ("\"abc\n\n", true),
            ("\"a\"\"", true),
            ("a,\"b\nc", true),
            ("a\n\"b\"\n\"c\r\n", true),
            ("\"a\"", false),
            ("\"a\"\n", false),
            ("\"a\"\r", false),
            ("\"a\"\"\"", false),
            ("a\"b", false),
            ("a\"b\n\n", false),
        ] {
            let last = rows(file.as_bytes()).pop().unwrap().0.kind;
            assert_eq!(last == RowKind::Unclosed, unclosed, "{file:?}");
        }
    }

    #[test]
    fn lines_are_counted_by_any_of_their_ends() {
        for (bytes, lines) in [("", 0), ("a", 0), ("a\n", 1), ("a\r\nb\rc\n\r", 4), ("\"a\nb\r\nc\rd\"\n", 4)] {
            assert_eq!(count_lines(bytes.as_bytes()), lines, "{bytes:?}");
        }
    }
}
