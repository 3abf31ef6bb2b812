//! Dates, read by `jiff` where it reads what Python's `strptime` reads, and written as `%Y%m%d`.
//!
//! In: a format; a value. Out: digits. The year is not padded (987 stays `987`), as on Linux with the C library of GNU.
//! Absent on purpose: what depends on a locale, a zone or the week (`%c %x %X %p %a %A %z %Z %U %W %w %u %V %G %j %I`), parts of a
//! second (`%f`, of which Python counts six digits and `jiff` nine), and digits or spaces outside ASCII. Such a format is refused
//! with the schema, such a value with its row.
//!
//! # Where jiff and Python differ
//! Found by comparing the two on random formats and values (`compare.py` repeats it):
//!
//! | value | Python | jiff | here |
//! |---|---|---|---|
//! | `1122000` by `%d%m%Y` | tries month 2 after 22 failed | month 22: none | refused |
//! | `1111999` by `%d%m%Y` | 11 January 1999 | 11 November 999 | refused |
//! | `999-1-1`, `+2000-1-1`, `-200-1-1` by `%Y-%m-%d` | none | a year | refused |
//! | `1/1/5` by `%d/%m/%y` | none | year 2005 | refused |
//! | `2000- 1-1` by `%Y-%m-%d` | none | spaces before a number are nothing | refused |
//! | `2000-1- 1` by `%Y-%m-%d` | one space before a day is nothing | the same | refused |
//! | `20001` by `%Y %m` | none | a space stands for none too | refused |
//! | a vertical tab, or 0x1c to 0x1f, where the format has a space | a space | none | Python's |
//! | `T` in the format, `t` in the value | the same | not the same | Python's |
//! | second 60 | none | second 59 | refused |
//! | a format without year, month or day | 1900, January, the 1st | no date | Python's |
//!
//! All of it is caught in one way. The value is first put into the form that has one meaning: spaces as one space, small letters,
//! and two digits where a number stands alone and has one, but no year (Python takes one digit for any of these). It is a date
//! only if `jiff` then reads it and writes the very same text again. Every number has its full width then; Python tries the full
//! width first, so its first way through the format succeeds and is this one.

use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;
use zeroize::Zeroizing;

use crate::reason::Reason;

/// A format that Python and `jiff` have in common.
pub(crate) struct DateFormat {
    /// In small letters but for directives, every run of spaces one space.
    format: String,
    /// Of each run of digits in a value: whether it is one number and may have one digit.
    runs: Vec<bool>,
}

const FORMAT_BYTES_MAX: usize = 100;

/// What comes one after the other in a format.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digits,
    Spaces,
    Other,
}

impl DateFormat {
    pub(crate) fn parse(format: &str) -> Result<Self, String> {
        if !format.is_ascii() || format.len() > FORMAT_BYTES_MAX {
            return Err(format!("is not ASCII, or is longer than {FORMAT_BYTES_MAX} characters"));
        }
        let mut parsed = Self { format: String::new(), runs: Vec::new() };
        let (mut before, mut parts) = (Kind::Other, Vec::new());
        let mut bytes = format.bytes();
        while let Some(byte) = bytes.next() {
            let kind = match byte {
                b'%' => {
                    let letter = bytes.next().ok_or("ends with a single %")?;
                    parsed.format.extend(['%', char::from(letter)]);
                    let (kind, part) = directive(letter)?;
                    parts.extend(part);
                    if kind == Kind::Digits && before == Kind::Digits {
                        // Where one number ends and the next begins is clear only if all have their full width.
                        parsed.runs.pop();
                        parsed.runs.push(false);
                    } else if kind == Kind::Digits {
                        parsed.runs.push(part != Some("year"));
                    }
                    kind
                }
                b' ' | b'\t'..=b'\r' => {
                    // Python takes a run of spaces for one.
                    if before != Kind::Spaces {
                        parsed.format.push(' ');
                    }
                    Kind::Spaces
                }
                b'0'..=b'9' => return Err("has a digit, which cannot be told from those of a number".to_owned()),
                b'!'..=b'~' => {
                    parsed.format.push(char::from(byte.to_ascii_lowercase()));
                    Kind::Other
                }
                _ => return Err("has a character that cannot be seen".to_owned()),
            };
            before = kind;
        }
        if (1..parts.len()).any(|end| parts[..end].contains(&parts[end])) {
            return Err("names a part of the date twice".to_owned());
        }
        Ok(parsed)
    }

    /// Appends the date as digits.
    pub(crate) fn write(&self, value: &str, out: &mut String) -> Result<(), Reason> {
        if !value.is_ascii() {
            return Err(Reason::NotAsciiNumber);
        }
        // Most values have the form already.
        let date = self.read(value).or_else(|| self.read(&self.unambiguous(value)));
        let date = date.ok_or(Reason::NotDate)?;
        // Month and day have two digits each behind the year.
        let digits = i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
        std::fmt::Write::write_fmt(out, format_args!("{digits}")).expect("a String takes all");
        Ok(())
    }

    /// The date of a text that has one meaning, and none of any other text.
    fn read(&self, text: &str) -> Option<Date> {
        let read = BrokenDownTime::parse(&self.format, text).ok()?;
        let mut rest = Rest(text);
        read.format(&self.format, &mut rest).ok()?;
        let (year, month, day) = (read.year().unwrap_or(1900), read.month().unwrap_or(1), read.day().unwrap_or(1));
        Date::new(year, month, day).ok().filter(|_| rest.0.is_empty() && year >= 1)
    }

    /// A value in the form that has one meaning.
    fn unambiguous(&self, value: &str) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(value.len() + self.runs.len()));
        let mut runs = self.runs.iter();
        for piece in value.as_bytes().chunk_by(|one, next| kind(*one) == kind(*next)) {
            match kind(piece[0]) {
                Kind::Spaces => {
                    text.push(' ');
                    continue;
                }
                Kind::Digits if runs.next() == Some(&true) && piece.len() == 1 => text.push('0'),
                Kind::Digits | Kind::Other => {}
            }
            text.extend(piece.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
        }
        text
    }
}

/// What is left of a text, less what has been written: fails where that is something else. Letters may be large or small.
struct Rest<'t>(&'t str);

impl jiff::fmt::Write for Rest<'_> {
    fn write_str(&mut self, written: &str) -> Result<(), jiff::Error> {
        match self.0.split_at_checked(written.len()) {
            Some((same, rest)) if same.eq_ignore_ascii_case(written) => {
                self.0 = rest;
                Ok(())
            }
            _ => Err(jiff::Error::from_args(format_args!("another text"))),
        }
    }
}

/// What stands in a value for a directive, and which part of a date it is.
fn directive(letter: u8) -> Result<(Kind, Option<&'static str>), String> {
    Ok(match letter {
        b'Y' | b'y' => (Kind::Digits, Some("year")),
        b'm' => (Kind::Digits, Some("month")),
        b'b' | b'B' => (Kind::Other, Some("month")),
        b'd' => (Kind::Digits, Some("day")),
        b'H' => (Kind::Digits, Some("hour")),
        b'M' => (Kind::Digits, Some("minute")),
        b'S' => (Kind::Digits, Some("second")),
        b'%' => (Kind::Other, None),
        _ => {
            let letter = char::from(letter);
            return Err(format!(
                "has %{letter}, and of Python's directives %Y %y %m %b %B %d %H %M %S %% are possible here"
            ));
        }
    })
}

/// Python's spaces in a text are four more than in a number: 0x1c to 0x1f.
fn kind(byte: u8) -> Kind {
    match byte {
        b'0'..=b'9' => Kind::Digits,
        b' ' | b'\t'..=b'\r' | 0x1c..=0x1f => Kind::Spaces,
        _ => Kind::Other,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn written(value: &str, format: &str) -> Option<String> {
        let mut out = String::new();
        DateFormat::parse(format).unwrap().write(value, &mut out).ok().map(|()| out)
    }

    #[test]
    fn dates_are_pythons() {
        // Each by datetime.strptime(value, format).strftime("%Y%m%d") of Python 3.11 on Linux.
        for (value, format, expected) in [
            ("2000-1-5", "%Y-%m-%d", "20000105"),
            ("2000-01-05", "%Y-%m-%d", "20000105"),
            ("0987-01-02", "%Y-%m-%d", "9870102"),
            ("0001-1-1", "%Y-%m-%d", "10101"),
            ("11022000", "%d%m%Y", "20000211"),
            ("20001101", "%Y%m%d", "20001101"),
            ("1301", "%d%m", "19000113"),
            ("0311", "%m%d", "19000311"),
            ("69", "%y", "19690101"),
            ("68", "%y", "20680101"),
            ("1/2/68", "%d/%m/%y", "20680201"),
            ("01jan2000", "%d%b%Y", "20000101"),
            ("1jan2000", "%d%b%Y", "20000101"),
            ("1 FEBRUARY 2000", "%d %B %Y", "20000201"),
            ("Jan  5 2000", "%b %d %Y", "20000105"),
            ("may", "%B", "19000501"),
            ("28/2", "%d/%m", "19000228"),
            ("2000-01-01t1:2:3", "%Y-%m-%dT%H:%M:%S", "20000101"),
            ("20000101 0102", "%Y%m%d %H%M", "20000101"),
            ("20000101 1:2", "%Y%m%d %H:%M", "20000101"),
            ("2000  01", "%Y %m", "20000101"),
            ("2000 01", "%Y  %m", "20000101"),
            ("2000\u{b}\u{1f}01", "%Y %m", "20000101"),
            ("2000-01-01 ", "%Y-%m-%d ", "20000101"),
            ("10%", "%d%%", "19000110"),
            ("2000A", "%Ya", "20000101"),
            ("", "", "19000101"),
        ] {
            assert_eq!(written(value, format).as_deref(), Some(expected), "{value} by {format}");
        }
    }

    #[test]
    fn what_python_refuses_is_refused() {
        for (value, format) in [
            ("20001", "%Y%m%d"),
            ("29/2", "%d/%m"),
            ("2000-02-30", "%Y-%m-%d"),
            ("0000-01-01", "%Y-%m-%d"),
            ("-0000-01-01", "%Y-%m-%d"),
            ("-2000", "%Y"),
            ("+2000", "%Y"),
            ("-200", "%Y"),
            ("999-01-01", "%Y-%m-%d"),
            ("02000", "%Y"),
            ("1/1/5", "%d/%m/%y"),
            ("001-01-2000", "%d-%m-%Y"),
            ("0-1-2000", "%d-%m-%Y"),
            ("2000-00-01", "%Y-%m-%d"),
            ("2000-13-01", "%Y-%m-%d"),
            ("2000-01-01T00:00:60", "%Y-%m-%dT%H:%M:%S"),
            ("2000-01-01 x", "%Y-%m-%d"),
            (" 2000-01-01", "%Y-%m-%d"),
            ("2000- 1-01", "%Y-%m-%d"),
            ("2000 -01-01", "%Y-%m-%d"),
            ("200001", "%Y %m"),
            ("2000-01-01", "%Y-%m-%d "),
            ("2000-01-01 24", "%Y-%m-%d %H"),
            ("200 0", "%Y"),
            ("2000x", "%Y."),
            ("Sept 1 2000", "%b %d %Y"),
            ("", "%Y"),
            ("2000-01-01", "%d/%m/%Y"),
            ("2000-01-01\0", "%Y-%m-%d"),
        ] {
            assert_eq!(written(value, format), None, "{value} by {format}");
        }
        let mut out = String::new();
        let format = DateFormat::parse("%Y").unwrap();
        assert_eq!(format.write("٢000", &mut out), Err(Reason::NotAsciiNumber));
        assert_eq!(out, "");
    }

    #[test]
    fn what_jiff_reads_otherwise_is_refused() {
        for (value, format, of_jiff) in [
            ("1111999", "%d%m%Y", Some((999, 11, 11))),
            ("999-1-1", "%Y-%m-%d", Some((999, 1, 1))),
            ("+2000-1-1", "%Y-%m-%d", Some((2000, 1, 1))),
            ("-200-1-1", "%Y-%m-%d", Some((-200, 1, 1))),
            ("1/1/5", "%d/%m/%y", Some((2005, 1, 1))),
            ("2000- 1-1", "%Y-%m-%d", Some((2000, 1, 1))),
            ("2000-1- 1", "%Y-%m-%d", Some((2000, 1, 1))),
            ("200011", "%Y %m%d", None),
            ("20001 1", "%Y %m %d", Some((2000, 1, 1))),
            ("2000-1-1 0:0:60", "%Y-%m-%d %H:%M:%S", Some((2000, 1, 1))),
        ] {
            let date = BrokenDownTime::parse(format, value).and_then(|read| read.to_date()).ok();
            assert_eq!(date.map(|date| (date.year(), date.month(), date.day())), of_jiff, "{value}");
            assert_eq!(written(value, format), None, "{value} by {format}");
        }
    }

    #[test]
    fn what_python_alone_can_read_is_refused() {
        for (value, format) in [
            ("1122000", "%d%m%Y"),
            ("1111999", "%d%m%Y"),
            ("2000111", "%Y%m%d"),
            ("131", "%d%m"),
            ("311", "%m%d"),
            ("2000-01- 5", "%Y-%m-%d"),
        ] {
            assert_eq!(written(value, format), None, "{value} by {format}");
        }
    }

    #[test]
    fn formats_that_cannot_be_mirrored_are_refused() {
        for format in [
            "%", "%F", "%e", "%-d", "%j", "%p", "%c", "%x", "%a", "%z", "%Y%Y", "%Y-%y", "%m %b", "é", "a\0", "%Z",
            "%I", "%f", "%d0%%", "%5Y", "%Y%", "%:z", "%.f", "%D", "%T", "%h", "%n",
        ] {
            assert!(DateFormat::parse(format).is_err(), "{format}");
        }
        let refused = DateFormat::parse("%Y %f").err().unwrap();
        assert!(refused.starts_with("has %f"), "{refused}");
        assert!(DateFormat::parse(&"-".repeat(101)).is_err());
    }
}
