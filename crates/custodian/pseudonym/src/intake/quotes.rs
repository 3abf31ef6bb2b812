//! Quotation marks that are not closed: they make one field of many rows, and the rows would be gone without a word.
//!
//! In: the bytes on their way to the CSV reader, and the records that it makes of them. Out: the line of a quotation mark
//! that must be taken for open. Three things tell: the file ends inside a quoted field; inside one of several lines stands
//! what can only be the opening mark of another; or whole rows stand inside one.
//! Absent on purpose: repair. Which rows were meant cannot be known, so the whole file is refused.

use csv::ByteRecord;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Follows the quotation marks of a file, byte by byte, by the CSV reader's own rules (RFC 4180, and text after a closing
/// mark belongs to the field). Line ends must be single LFs.
pub(super) struct QuoteWatch {
    state: State,
    mark_bytes: usize,
    line: u64,
    opened_at: u64,
    last: u8,
    before_close: u8,
    open: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Unquoted,
    Quoted,
    AfterQuote,
}

impl QuoteWatch {
    pub(super) fn new() -> Self {
        Self {
            state: State::FieldStart,
            mark_bytes: 0,
            line: 1,
            opened_at: 1,
            last: b'\n',
            before_close: 0,
            open: None,
        }
    }

    /// The line of the first quotation mark that must be taken for open, as far as the bytes tell.
    pub(super) fn open(&self) -> Option<u64> {
        self.open
    }

    pub(super) fn see(&mut self, bytes: &[u8]) {
        if self.open.is_some() {
            return;
        }
        let bytes = self.skip_byte_order_mark(bytes);
        let Some(last) = bytes.last() else { return };
        let is_outside = matches!(self.state, State::FieldStart | State::Unquoted);
        if is_outside && !bytes.contains(&b'"') {
            self.line += bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            self.state = after_unquoted(*last);
        } else {
            for byte in bytes {
                self.step(*byte);
            }
        }
        self.last = *last;
    }

    /// Says that nothing comes after what was seen.
    pub(super) fn end(&mut self) {
        if self.state == State::Quoted && self.open.is_none() {
            self.open = Some(self.opened_at);
        }
    }

    fn step(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (State::FieldStart, b'"') => {
                self.opened_at = self.line;
                State::Quoted
            }
            (State::FieldStart | State::Unquoted, _) => after_unquoted(byte),
            (State::Quoted, b'"') => {
                self.before_close = self.last;
                State::AfterQuote
            }
            (State::Quoted, _) | (State::AfterQuote, b'"') => State::Quoted,
            (State::AfterQuote, _) => {
                let after = after_unquoted(byte);
                // At the start of a field and with text behind it, on a later line: it opens, so the one before was open.
                let opens = after == State::Unquoted && matches!(self.before_close, b',' | b'\n');
                if opens && self.line > self.opened_at && self.open.is_none() {
                    self.open = Some(self.opened_at);
                }
                after
            }
        };
        self.line += u64::from(byte == b'\n');
        self.last = byte;
    }

    fn skip_byte_order_mark<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let expected = &BYTE_ORDER_MARK[self.mark_bytes..];
        let same = bytes.iter().zip(expected).take_while(|(byte, mark)| byte == mark).count();
        self.mark_bytes = if same == bytes.len() { self.mark_bytes + same } else { BYTE_ORDER_MARK.len() };
        &bytes[same..]
    }
}

fn after_unquoted(byte: u8) -> State {
    if matches!(byte, b',' | b'\n') { State::FieldStart } else { State::Unquoted }
}

/// Whether a record has taken rows of a file with so many columns into its quoted fields: how many lines below the
/// record's start the field begins that did. By counting commas: a later line of one field has as many columns as a row;
/// or every line of the record would be a row if the quotation marks were not there.
pub(super) fn swallowed_rows(record: &ByteRecord, columns: usize) -> Option<u64> {
    if columns < 2 || !record.as_slice().contains(&b'\n') {
        return None;
    }
    let mut above = 0;
    let mut first = None;
    let mut is_whole_rows = true;
    let mut columns_on_line = 0;
    for field in record {
        for (place, line) in field.split(|byte| *byte == b'\n').enumerate() {
            let columns_of_field = line.split(|byte| *byte == b',').count();
            if place > 0 {
                if columns_of_field >= columns {
                    return Some(above);
                }
                first = first.or(Some(above));
                is_whole_rows &= columns_on_line == columns;
                columns_on_line = 0;
            }
            columns_on_line += columns_of_field;
        }
        above += field.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
    }
    first.filter(|_| is_whole_rows && columns_on_line == columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &[u8], chunk_bytes: usize) -> Option<u64> {
        let mut watch = QuoteWatch::new();
        text.chunks(chunk_bytes).for_each(|chunk| watch.see(chunk));
        watch.end();
        watch.open()
    }

    #[test]
    fn an_open_mark_is_seen_however_the_bytes_arrive() {
        for (text, line) in [
            ("a,b\n1,\"x\n2,\"y\n", Some(2)),
            ("a,b\n1,x\n2,\"y\n3,z\n", Some(3)),
            ("a,b\n\"1,x\n\"2,y\n", Some(2)),
            ("a,b\n1,\"", Some(2)),
            ("a,b\n1,\"x\"\"\n", Some(2)),
            ("\u{feff}\"a,b\n", Some(1)),
            ("a,b\n1,\"x\ny\"\n\"2\",\"\"\n", None),
            ("\u{feff}\"a\nb\",c\n1,2\n", None),
            ("a,b\n1,6\"\n2,\"x\" y\n3,\"x\n\"\n", None),
            ("a,b\n1,\"x\n\"\"y\"\",\"\"z\"\"\"\n", None),
            ("a,b\n1,\"x\nsaid \"no\" to it\"\n", None),
            ("", None),
        ] {
            for chunk_bytes in 1..=text.len().max(1) {
                assert_eq!(open(text.as_bytes(), chunk_bytes), line, "{text:?} by {chunk_bytes}");
            }
        }
    }

    #[test]
    fn rows_inside_a_record_are_seen_by_their_commas() {
        for (fields, columns, above) in [
            (&["1", "x\n2,y"][..], 2, Some(0)),
            (&["1", "a\nb", "x\n2,c,y"], 3, Some(1)),
            (&["1", "a,x\n2,b", "y"], 3, Some(0)),
            (&["1", "a,x\n2,b,c\n3,b", "y"], 3, Some(0)),
            (&["1", "a", "x\n2,b", "y"], 3, Some(0)),
            (&["1", "a,b,c,d\ne", "x"], 3, None),
            (&["1", "a, b\nc", "x"], 3, None),
            (&["1", "a, b\nc, d", "x"], 4, None),
            (&["1", "a,b,c"], 3, None),
            (&["x\n1,2"], 1, None),
        ] {
            assert_eq!(swallowed_rows(&ByteRecord::from(fields.to_vec()), columns), above, "{fields:?}");
        }
    }
}
