//! Dates, read as Python's `strptime` reads them and written as `%Y%m%d`.
//!
//! In: a format; a value. Out: digits. The year is not padded (987 stays `987`), as on Linux with the C library of GNU.
//! Absent on purpose: what depends on a locale, a zone or the week (`%c %x %X %p %a %A %z %Z %U %W %w %u %V %G %j %I`), and digits or
//! spaces outside ASCII. Such a format is refused with the schema, such a value with its row. `jiff`'s own `strptime` is another
//! language: it takes no single digit where Python does, and the other way round.

use jiff::civil::Date;

use crate::reason::Reason;

/// A format, taken apart.
pub(crate) struct DateFormat(Vec<Item>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    /// This character, in either case.
    Literal(u8),
    /// One or more spaces.
    Spaces,
    Part(Part),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    YearOfCentury,
    Month,
    MonthShort,
    MonthName,
    Day,
    Hour,
    Minute,
    Second,
    Fraction,
}

/// What of a date has been read; Python's values where the format has no such part.
#[derive(Clone, Copy)]
struct Found {
    year: i16,
    month: i8,
    day: i8,
    second: i8,
}

/// Months of the C locale, which is Python's unless the program asks for another; clkhash does not.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const FORMAT_BYTES_MAX: usize = 100;

impl DateFormat {
    pub(crate) fn parse(format: &str) -> Result<Self, String> {
        if !format.is_ascii() || format.len() > FORMAT_BYTES_MAX {
            return Err(format!("is not ASCII, or is longer than {FORMAT_BYTES_MAX} characters"));
        }
        let mut items = Vec::new();
        let mut bytes = format.bytes();
        while let Some(byte) = bytes.next() {
            let item = match byte {
                b'%' => match bytes.next() {
                    Some(b'%') => Item::Literal(b'%'),
                    Some(letter) => Item::Part(Part::of(letter)?),
                    None => return Err("ends with a single %".to_owned()),
                },
                b' ' | b'\t'..=b'\r' => Item::Spaces,
                b'!'..=b'~' => Item::Literal(byte),
                _ => return Err("has a character that cannot be seen".to_owned()),
            };
            // Python turns a run of spaces into one.
            if item != Item::Spaces || items.last() != Some(&Item::Spaces) {
                items.push(item);
            }
        }
        let kinds: Vec<u8> = items
            .iter()
            .filter_map(|item| if let Item::Part(part) = item { Some(part.kind()) } else { None })
            .collect();
        if (1..kinds.len()).any(|end| kinds[..end].contains(&kinds[end])) {
            return Err("names a part of the date twice".to_owned());
        }
        Ok(Self(items))
    }

    /// Appends the date as digits.
    pub(crate) fn write(&self, value: &str, out: &mut String) -> Result<(), Reason> {
        if !value.is_ascii() {
            return Err(Reason::NotAsciiNumber);
        }
        let start = Found { year: 1900, month: 1, day: 1, second: 0 };
        let (found, end) = read(&self.0, value.as_bytes(), 0, start).ok_or(Reason::NotDate)?;
        let date = Date::new(found.year, found.month, found.day).map_err(|_| Reason::NotDate)?;
        if end != value.len() || found.year < 1 || found.second > 59 {
            return Err(Reason::NotDate);
        }
        push_number(u32::from(date.year().unsigned_abs()), out);
        for part in [date.month(), date.day()] {
            out.push(char::from(b'0' + part.unsigned_abs() / 10));
            out.push(char::from(b'0' + part.unsigned_abs() % 10));
        }
        Ok(())
    }
}

impl Part {
    fn of(letter: u8) -> Result<Self, String> {
        Ok(match letter {
            b'Y' => Self::Year,
            b'y' => Self::YearOfCentury,
            b'm' => Self::Month,
            b'b' => Self::MonthShort,
            b'B' => Self::MonthName,
            b'd' => Self::Day,
            b'H' => Self::Hour,
            b'M' => Self::Minute,
            b'S' => Self::Second,
            b'f' => Self::Fraction,
            _ => {
                return Err(format!(
                    "has %{}, and of Python's directives %Y %y %m %b %B %d %H %M %S %f %% are possible here",
                    char::from(letter)
                ));
            }
        })
    }

    fn kind(self) -> u8 {
        match self {
            Self::Year | Self::YearOfCentury => 0,
            Self::Month | Self::MonthShort | Self::MonthName => 1,
            Self::Day => 2,
            Self::Hour => 3,
            Self::Minute => 4,
            Self::Second => 5,
            Self::Fraction => 6,
        }
    }
}

/// Reads the rest of a format from a place on. Like Python's regular expression it takes the first way that reaches the end of the
/// format, and only then does the caller ask whether the value ends there too.
fn read(items: &[Item], value: &[u8], at: usize, found: Found) -> Option<(Found, usize)> {
    let Some((item, items)) = items.split_first() else { return Some((found, at)) };
    let rest = &value[at..];
    match item {
        Item::Literal(byte) => {
            rest.first().filter(|first| first.eq_ignore_ascii_case(byte))?;
            read(items, value, at + 1, found)
        }
        Item::Spaces => {
            // Python's spaces in a text are four more than in a number.
            let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r' | 0x1c..=0x1f)).count();
            (1..=spaces).rev().find_map(|count| read(items, value, at + count, found))
        }
        Item::Part(part) => choices(*part, rest).find_map(|(length, number)| {
            let mut found = found;
            match part {
                Part::Year => found.year = number,
                // POSIX: 69 to 99 are of the twentieth century.
                Part::YearOfCentury => found.year = if number < 69 { 2000 + number } else { 1900 + number },
                Part::Month | Part::MonthShort | Part::MonthName => found.month = i8::try_from(number).ok()?,
                Part::Day => found.day = i8::try_from(number).ok()?,
                Part::Second => found.second = i8::try_from(number).ok()?,
                Part::Hour | Part::Minute | Part::Fraction => {}
            }
            read(items, value, at + length, found)
        }),
    }
}

/// The ways to read a part, in the order in which Python tries them: length and number.
fn choices(part: Part, rest: &[u8]) -> impl Iterator<Item = (usize, i16)> {
    let mut ways = [None; 6];
    match part {
        Part::Year => ways[0] = digits(rest, 4, 0, 9_999),
        Part::YearOfCentury => ways[0] = digits(rest, 2, 0, 99),
        Part::Month => ways[..2].copy_from_slice(&[digits(rest, 2, 1, 12), digits(rest, 1, 1, 9)]),
        Part::Day => {
            ways[..2].copy_from_slice(&[digits(rest, 2, 1, 31), digits(rest, 1, 1, 9)]);
            let after_space = rest.strip_prefix(b" ").and_then(|rest| digits(rest, 1, 1, 9));
            ways[2] = after_space.map(|(length, number)| (length + 1, number));
        }
        Part::Hour => ways[..2].copy_from_slice(&[digits(rest, 2, 0, 23), digits(rest, 1, 0, 9)]),
        Part::Minute => ways[..2].copy_from_slice(&[digits(rest, 2, 0, 59), digits(rest, 1, 0, 9)]),
        Part::Second => ways[..2].copy_from_slice(&[digits(rest, 2, 0, 61), digits(rest, 1, 0, 9)]),
        Part::Fraction => {
            let length = rest.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
            for (way, length) in ways.iter_mut().zip((1..=length).rev()) {
                *way = Some((length, 0));
            }
        }
        Part::MonthShort | Part::MonthName => {
            let name = |month: &&str| {
                let name = if part == Part::MonthShort { &month.as_bytes()[..3] } else { month.as_bytes() };
                rest.get(..name.len()).is_some_and(|rest| rest.eq_ignore_ascii_case(name))
            };
            let month = MONTHS.iter().position(name);
            ways[0] = month.map(|index| {
                let length = if part == Part::MonthShort { 3 } else { MONTHS[index].len() };
                (length, i16::try_from(index + 1).expect("at most 12"))
            });
        }
    }
    ways.into_iter().flatten()
}

fn digits(rest: &[u8], count: usize, min: i16, max: i16) -> Option<(usize, i16)> {
    let digits = rest.get(..count).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let number = digits.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0'));
    (min..=max).contains(&number).then_some((count, number))
}

fn push_number(number: u32, out: &mut String) {
    let mut divisor = 1_000;
    while divisor > 1 && number < divisor {
        divisor /= 10;
    }
    while divisor > 0 {
        out.push(char::from_digit(number / divisor % 10, 10).expect("a digit"));
        divisor /= 10;
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
            ("2000-01- 5", "%Y-%m-%d", "20000105"),
            ("0987-01-02", "%Y-%m-%d", "9870102"),
            ("1122000", "%d%m%Y", "20000211"),
            ("2000111", "%Y%m%d", "20001101"),
            ("131", "%d%m", "19000113"),
            ("311", "%m%d", "19000311"),
            ("69", "%y", "19690101"),
            ("68", "%y", "20680101"),
            ("01jan2000", "%d%b%Y", "20000101"),
            ("1 FEBRUARY 2000", "%d %B %Y", "20000201"),
            ("may", "%B", "19000501"),
            ("28/2", "%d/%m", "19000228"),
            ("2000-01-01t1:2:3.5", "%Y-%m-%dT%H:%M:%S.%f", "20000101"),
            ("2000  01", "%Y %m", "20000101"),
            ("2000-01-01 ", "%Y-%m-%d ", "20000101"),
            ("100%", "%d0%%", "19000110"),
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
            ("2000-00-01", "%Y-%m-%d"),
            ("2000-13-01", "%Y-%m-%d"),
            ("2000-01-01T00:00:60", "%Y-%m-%dT%H:%M:%S"),
            ("2000-01-01 x", "%Y-%m-%d"),
            (" 2000-01-01", "%Y-%m-%d"),
            ("200001", "%Y %m"),
            ("2000-01-01", "%Y-%m-%d "),
            ("2000-01-01 24", "%Y-%m-%d %H"),
            ("200 0", "%Y"),
            ("2000x", "%Y."),
            ("Sept 1 2000", "%b %d %Y"),
            ("", "%Y"),
            ("-200", "%Y"),
            ("2000-01-01", "%d/%m/%Y"),
        ] {
            assert_eq!(written(value, format), None, "{value} by {format}");
        }
        let mut out = String::new();
        let format = DateFormat::parse("%Y").unwrap();
        assert_eq!(format.write("٢000", &mut out), Err(Reason::NotAsciiNumber));
    }

    #[test]
    fn formats_that_cannot_be_mirrored_are_refused() {
        for format in [
            "%", "%F", "%e", "%-d", "%j", "%p", "%c", "%x", "%a", "%z", "%Y%Y", "%Y-%y", "%m %b", "é", "a\0", "%Z",
            "%I",
        ] {
            assert!(DateFormat::parse(format).is_err(), "{format}");
        }
        assert!(DateFormat::parse(&"-".repeat(101)).is_err());
    }
}
