//! Date of birth, in the form that the column declares and in no other: 03/04/1950 reads two ways.

use counterfoil_model::ColumnFormat;
use jiff::civil::Date;

use crate::plain::Plain;
use crate::reason::Reason;

use super::text::checked;

/// First plausible day (HES: valid dates of birth are on or after it).
const EARLIEST: Date = Date::constant(1895, 1, 1);

/// Dates that systems write where none is known: 11 November 1811 (Wales), 1 January 1900 and 1901, and the day zero of
/// spreadsheets. The first of January of any other year is a birthday.
const DEFAULTS: [Date; 5] = [
    Date::constant(1811, 11, 11),
    Date::constant(1899, 12, 30),
    Date::constant(1899, 12, 31),
    Date::constant(1900, 1, 1),
    Date::constant(1901, 1, 1),
];

/// Eight digits, year first: `19500403`.
///
/// # Errors
/// [`Reason`] why the text is no date of birth; a default date counts as missing.
pub fn date_of_birth_v1(raw: &str, format: ColumnFormat, today: Date) -> Result<Plain, Reason> {
    let text = checked(raw)?;
    let (year, month, day) = match format {
        ColumnFormat::DateIso => iso_parts(text),
        ColumnFormat::DateDayMonthYear => day_month_year_parts(text),
        ColumnFormat::DateCompact => compact_parts(text),
        ColumnFormat::Text => None,
    }
    .ok_or(Reason::DateForm)?;
    let date = Date::new(year, month, day).map_err(|_| Reason::DateNotInCalendar)?;
    if DEFAULTS.contains(&date) {
        Err(Reason::DateDefault)
    } else if date < EARLIEST {
        Err(Reason::DateTooEarly)
    } else if date > today {
        Err(Reason::DateInFuture)
    } else {
        Ok(Plain::new(format!("{year:04}{month:02}{day:02}")))
    }
}

/// A date of the form `2026-11-21` and no other.
pub(crate) fn parse_iso_date(text: &str) -> Option<Date> {
    let (year, month, day) = iso_parts(text)?;
    Date::new(year, month, day).ok()
}

type Parts = (i16, i8, i8);

fn iso_parts(text: &str) -> Option<Parts> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    Some((number(&bytes[..4])?, small(&bytes[5..7])?, small(&bytes[8..])?))
}

fn compact_parts(text: &str) -> Option<Parts> {
    let bytes = text.as_bytes();
    if bytes.len() != 8 {
        return None;
    }
    Some((number(&bytes[..4])?, small(&bytes[4..6])?, small(&bytes[6..])?))
}

/// Day and month may lack their leading zero. The year has four digits: with two, the century would be a guess.
fn day_month_year_parts(text: &str) -> Option<Parts> {
    let separator = text.bytes().find(|byte| !byte.is_ascii_digit()).filter(|byte| b"/-.".contains(byte))?;
    let mut parts = text.as_bytes().split(|byte| *byte == separator);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || day.len() > 2 || month.len() > 2 || year.len() != 4 {
        return None;
    }
    Some((number(year)?, small(month)?, small(day)?))
}

fn number(digits: &[u8]) -> Option<i16> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |sum: i16, digit| digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0')))
}

fn small(digits: &[u8]) -> Option<i8> {
    number(digits).and_then(|number| i8::try_from(number).ok())
}
