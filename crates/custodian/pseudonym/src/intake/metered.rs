//! The bytes of a file on their way to the CSV reader.
//!
//! In: bytes. Out: the same bytes with every line end (CR LF, CR, LF) as one LF, and one at the very end, so that
//! lines can be counted exactly; a stop when one row grows beyond its limit; and where a quotation mark is open.

use std::io::{self, Read};

use super::quotes::QuoteWatch;

/// Longest row in bytes. A batch holds thousands of rows, so this bounds memory.
pub(super) const ROW_BYTES_MAX: usize = 1 << 20;

pub(super) struct Metered<R> {
    input: R,
    bytes_read: u64,
    since_row_start: usize,
    last: u8,
    after_cr: bool,
    ended: bool,
    quotes: QuoteWatch,
}

impl<R> Metered<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            bytes_read: 0,
            since_row_start: 0,
            last: b'\n',
            after_cr: false,
            ended: false,
            quotes: QuoteWatch::new(),
        }
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Says that a row starts about here.
    pub(super) fn row_starts(&mut self) {
        self.since_row_start = 0;
    }

    /// The line of a quotation mark that is not closed, if there is one in what was read so far.
    pub(super) fn open_quote(&self) -> Option<u64> {
        self.quotes.open()
    }

    pub(super) fn row_is_too_long(&self) -> bool {
        self.since_row_start > ROW_BYTES_MAX
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.row_is_too_long() {
            return Err(io::Error::other("a row is too long"));
        }
        if buffer.is_empty() || self.ended {
            return Ok(0);
        }
        loop {
            let count = self.input.read(buffer)?;
            if count == 0 {
                self.ended = true;
                self.quotes.end();
                if self.last == b'\n' {
                    return Ok(0);
                }
                buffer[0] = b'\n';
                return Ok(1);
            }
            self.bytes_read += count as u64;
            let kept = self.unify_line_ends(&mut buffer[..count]);
            self.since_row_start += kept;
            self.quotes.see(&buffer[..kept]);
            if kept > 0 {
                self.last = buffer[kept - 1];
                return Ok(kept);
            }
        }
    }
}

impl<R> Metered<R> {
    fn unify_line_ends(&mut self, bytes: &mut [u8]) -> usize {
        if !self.after_cr && !bytes.contains(&b'\r') {
            return bytes.len();
        }
        let mut kept = 0;
        for place in 0..bytes.len() {
            let byte = bytes[place];
            let second_half = byte == b'\n' && self.after_cr;
            self.after_cr = byte == b'\r';
            if !second_half {
                bytes[kept] = if self.after_cr { b'\n' } else { byte };
                kept += 1;
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands over at most `1` byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(1);
            self.0.read(&mut buffer[..count])
        }
    }

    #[test]
    fn every_line_end_becomes_one_lf_however_the_bytes_arrive() {
        for (raw, expected) in
            [("a\r\nb\rc\nd", "a\nb\nc\nd\n"), ("a\r\r\n\nb\n", "a\n\n\nb\n"), ("\r\n", "\n"), ("", ""), ("a\r", "a\n")]
        {
            let mut whole = String::new();
            Metered::new(raw.as_bytes()).read_to_string(&mut whole).expect("memory can be read");
            assert_eq!(whole, expected);
            let mut slow = String::new();
            Metered::new(Slow(raw.as_bytes())).read_to_string(&mut slow).expect("memory can be read");
            assert_eq!(slow, expected);
        }
    }

    #[test]
    fn a_row_without_end_is_stopped() {
        let mut metered = Metered::new(io::repeat(b'x'));
        let mut buffer = vec![0; 1 << 16];
        let stopped = (0..1_000).position(|_| metered.read(&mut buffer).is_err());
        assert_eq!(stopped, Some(ROW_BYTES_MAX / buffer.len() + 1));
    }
}
