//! Days as numbers, with their dates and texts looked up.
//!
//! In: day numbers and civil dates. Out: the one for the other, and ISO text without formatting anything twice.
//! Absent on purpose: times of day and time zones.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

/// Days since 1 January 1890.
pub(crate) type Day = u32;

const FIRST: Date = date(1890, 1, 1);

/// Every day from 1890 to the last one asked for.
pub(crate) struct Calendar {
    dates: Vec<Date>,
    texts: Vec<[u8; 10]>,
}

impl Calendar {
    pub(crate) fn up_to(last: Date) -> Self {
        let dates: Vec<Date> = FIRST.series(1.day()).take_while(|day| *day <= last).collect();
        let texts = dates.iter().map(|day| iso(*day)).collect();
        Self { dates, texts }
    }

    /// The date of a day; days beyond the calendar count as its last.
    pub(crate) fn date(&self, day: Day) -> Date {
        self.dates.get(day as usize).or(self.dates.last()).copied().unwrap_or(FIRST)
    }

    /// The day as yyyy-mm-dd.
    pub(crate) fn text(&self, day: Day) -> &[u8] {
        self.texts.get(day as usize).or(self.texts.last()).map_or(&[], |text| text)
    }

    /// `months` later, the day of the month cut to what that month has.
    pub(crate) fn plus_months(&self, day: Day, months: u32) -> Day {
        day_of(self.date(day).saturating_add(i64::from(months).months()))
    }
}

/// The number of a date; dates before 1890 count as its first day.
pub(crate) fn day_of(day: Date) -> Day {
    u32::try_from(FIRST.duration_until(day).as_hours() / 24).unwrap_or(0)
}

fn iso(day: Date) -> [u8; 10] {
    let mut text = *b"0000-00-00";
    let (year, month, day) = (day.year().unsigned_abs(), day.month().unsigned_abs(), day.day().unsigned_abs());
    let digit = |value: u16| b'0' + u8::try_from(value % 10).expect("a remainder of ten fits in a byte");
    for (place, divisor) in [1_000, 100, 10, 1].into_iter().enumerate() {
        text[place] = digit(year / divisor);
    }
    (text[5], text[6]) = (digit(u16::from(month / 10)), digit(u16::from(month)));
    (text[8], text[9]) = (digit(u16::from(day / 10)), digit(u16::from(day)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_agree_with_the_library_over_a_century() {
        let calendar = Calendar::up_to(date(2025, 12, 31));
        for day in (0..=day_of(date(2025, 12, 31))).step_by(37) {
            assert_eq!(calendar.text(day), calendar.date(day).to_string().as_bytes());
            assert_eq!(day_of(calendar.date(day)), day);
        }
        // 136 years of 365 days and the leap days of 1892 to 2024 without 1900: 49,640 + 33.
        assert_eq!(day_of(date(2026, 1, 1)), 49_673);
    }

    #[test]
    fn months_end_where_the_month_ends() {
        let calendar = Calendar::up_to(date(2025, 12, 31));
        assert_eq!(calendar.plus_months(day_of(date(2022, 2, 28)), 24), day_of(date(2024, 2, 28)));
        assert_eq!(calendar.plus_months(day_of(date(2023, 8, 31)), 6), day_of(date(2024, 2, 29)));
    }

    #[test]
    fn days_beyond_the_calendar_are_its_last() {
        let calendar = Calendar::up_to(date(2000, 1, 1));
        assert_eq!(calendar.text(u32::MAX), b"2000-01-01");
        assert_eq!(day_of(date(1700, 1, 1)), 0);
    }
}
