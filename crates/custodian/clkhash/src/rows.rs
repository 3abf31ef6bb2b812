//! Rows of a CSV file as Python's `csv` reads them, which is how clkhash does.
//!
//! In: bytes. Out: where a row ends; its fields.
//! Absent on purpose: the `csv` crate, which skips an empty line where Python has a row without fields: with row order as the join, no
//! line may vanish. A quote counts only where a field begins; after a closing quote the field goes on as it stands.

use std::ops::Range;

use memchr::{memchr, memchr2};

/// One row taken apart. Fields of a row with quotes are copied out; those of any other row stay where they are.
#[derive(Default)]
pub(crate) struct Row {
    fields: Vec<Range<usize>>,
    unquoted: zeroize::Zeroizing<Vec<u8>>,
    has_quotes: bool,
    /// The row as it stands in the file, without its end.
    line: Range<usize>,
}

/// Where a row ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowEnd {
    /// The next row begins here.
    pub(crate) next: usize,
    /// Lines of the file that it takes.
    pub(crate) lines: u64,
    /// Whether the bytes end before a quote is closed.
    pub(crate) unclosed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldBegins,
    InField,
    InQuotes,
    QuoteInQuotes,
}

impl Row {
    /// Reads the row that begins at a place, to the end of the bytes if need be.
    pub(crate) fn read(&mut self, bytes: &[u8], at: usize) -> RowEnd {
        self.fields.clear();
        self.unquoted.clear();
        let rest = &bytes[at..];
        let length = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.has_quotes = memchr(b'"', &rest[..length]).is_some();
        if self.has_quotes {
            let (unquoted, fields) = (&mut self.unquoted, &mut self.fields);
            let mut begins = 0;
            let (end, row_end) = walk(bytes, at, |byte| {
                if let Some(byte) = byte {
                    unquoted.push(byte);
                } else {
                    fields.push(begins..unquoted.len());
                    begins = unquoted.len();
                }
            });
            self.line = at..end;
            return row_end;
        }
        self.line = at..at + length;
        if length > 0 {
            let mut begins = at;
            for (index, byte) in rest[..length].iter().enumerate() {
                if *byte == b',' {
                    self.fields.push(begins..at + index);
                    begins = at + index + 1;
                }
            }
            self.fields.push(begins..at + length);
        }
        RowEnd { next: after_line(bytes, at + length), lines: 1, unclosed: false }
    }

    /// How many fields; none of an empty line.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The fields' bytes, of the same bytes that the row was read from.
    pub(crate) fn fields<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let bytes = if self.has_quotes { self.unquoted.as_slice() } else { bytes };
        self.fields.iter().map(move |field| &bytes[field.clone()])
    }

    /// The fields as text, appended to `texts`, if the row is UTF-8.
    pub(crate) fn texts<'a>(&'a self, bytes: &'a [u8], texts: &mut Vec<&'a str>) -> bool {
        let (bytes, base) =
            if self.has_quotes { (self.unquoted.as_slice(), 0) } else { (&bytes[self.line.clone()], self.line.start) };
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        // Fields are cut at ASCII characters, so they begin and end with whole characters.
        texts.extend(self.fields.iter().map(|field| &text[field.start - base..field.end - base]));
        true
    }

    /// Whether a quoted field has a carriage return; outside quotes it ends the row.
    pub(crate) fn has_carriage_return(&self) -> bool {
        self.has_quotes && memchr(b'\r', &self.unquoted).is_some()
    }
}

/// Where the row that begins at a place ends.
pub(crate) fn row_end(bytes: &[u8], at: usize) -> RowEnd {
    let rest = &bytes[at..];
    let length = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    if memchr(b'"', &rest[..length]).is_none() {
        return RowEnd { next: after_line(bytes, at + length), lines: 1, unclosed: false };
    }
    walk(bytes, at, |_| {}).1
}

/// Behind the end of a line: `\n`, `\r\n` or `\r`.
pub(crate) fn after_line(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => at + 2,
        Some(_) => at + 1,
        None => at,
    }
}

/// Goes through a row with quotes: a byte of a field, or the end of one. Gives the row's end and what follows.
fn walk(bytes: &[u8], at: usize, mut sink: impl FnMut(Option<u8>)) -> (usize, RowEnd) {
    let mut state = State::FieldBegins;
    let mut lines = 1;
    let mut place = at;
    while let Some(&byte) = bytes.get(place) {
        state = match (state, byte) {
            (State::InQuotes, b'"') => State::QuoteInQuotes,
            (State::InQuotes, byte) => {
                let alone = byte == b'\r' && bytes.get(place + 1) != Some(&b'\n');
                lines += u64::from(byte == b'\n' || alone);
                sink(Some(byte));
                State::InQuotes
            }
            (State::FieldBegins, b'"') => State::InQuotes,
            (State::QuoteInQuotes, b'"') => {
                sink(Some(byte));
                State::InQuotes
            }
            (_, b',') => {
                sink(None);
                State::FieldBegins
            }
            (_, b'\n' | b'\r') => {
                sink(None);
                return (place, RowEnd { next: after_line(bytes, place), lines, unclosed: false });
            }
            (_, byte) => {
                sink(Some(byte));
                State::InField
            }
        };
        place += 1;
    }
    sink(None);
    (place, RowEnd { next: place, lines, unclosed: state == State::InQuotes })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
        let (mut row, mut at, mut all) = (Row::default(), 0, Vec::new());
        while at < bytes.len() {
            let end = row.read(bytes, at);
            assert_eq!(end, row_end(bytes, at));
            let mut texts = Vec::new();
            assert!(row.texts(bytes, &mut texts));
            let fields: Vec<&str> = row.fields(bytes).map(|field| std::str::from_utf8(field).unwrap()).collect();
            assert_eq!(fields, texts);
            all.push(texts.into_iter().map(str::to_owned).collect());
            at = end.next;
        }
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
            ("a,b\n\nc,d\n", &[&["a", "b"], &[], &["c", "d"]]),
            ("a,b\n\n", &[&["a", "b"], &[]]),
            ("\"a\r\nb\",c\n", &[&["a\r\nb", "c"]]),
            ("a\rb\n", &[&["a"], &["b"]]),
            ("a\r\nb\r\n", &[&["a"], &["b"]]),
            ("a,\"b\"", &[&["a", "b"]]),
            ("a,\n", &[&["a", ""]]),
            ("\"\",\"\"\n", &[&["", ""]]),
            ("\"\"\n", &[&[""]]),
            ("\"\"a\n", &[&["a"]]),
            ("\"a\"\"\"b\",c\n", &[&["a\"b\"", "c"]]),
            ("a,b\u{b}c\n", &[&["a", "b\u{b}c"]]),
            ("\"a\",\n\"b\"", &[&["a", ""], &["b"]]),
            ("é,\"ö,\"\n", &[&["é", "ö,"]]),
            ("", &[]),
        ] {
            assert_eq!(rows(file.as_bytes()), expected, "{file:?}");
        }
    }

    #[test]
    fn an_unclosed_quote_and_the_lines_of_a_row_are_told() {
        for (file, unclosed, lines) in [
            ("\"abc", true, 1),
            ("\"abc\n", true, 2),
            ("\"a\"\"", true, 1),
            ("a,\"b\nc", true, 2),
            ("\"a\nb\r\nc\rd\"\n", false, 4),
            ("a\"b", false, 1),
        ] {
            let end = row_end(file.as_bytes(), 0);
            assert_eq!((end.unclosed, end.lines), (unclosed, lines), "{file:?}");
        }
        let mut row = Row::default();
        row.read(b"\"a\rb\"\n", 0);
        assert!(row.has_carriage_return());
        row.read(b"\"ab\"\r\n", 0);
        assert!(!row.has_carriage_return());
    }

    #[test]
    fn bytes_that_are_no_text_are_told() {
        let mut row = Row::default();
        for bytes in [b"a,\xff\n".as_slice(), b"\"a\",\xff\n", b"\xc3,\xa9\n"] {
            row.read(bytes, 0);
            assert!(!row.texts(bytes, &mut Vec::new()));
        }
    }
}
