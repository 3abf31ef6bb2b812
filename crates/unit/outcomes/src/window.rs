//! Days and calendar months.
//!
//! In: an index date and numbers of months. Out: half-open windows of days since 1970-01-01.
//! Absent on purpose: times of day and time zones.

use std::ops::Range;

use jiff::Span;
use jiff::civil::Date;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// A day as its days since 1970-01-01: small, ordered, and as the extract has it.
pub(crate) type Day = i32;

/// The look-back and the follow-up of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Windows {
    pub(crate) look_back: Range<Day>,
    pub(crate) follow_up: Range<Day>,
}

impl Windows {
    /// `None` where a window would leave the calendar (the years -9999 to 9999).
    pub(crate) fn around(index: Day, look_back_months: u32, follow_up_months: u32) -> Option<Self> {
        let start = shifted(index, -i64::from(look_back_months))?;
        let end = shifted(index, i64::from(follow_up_months))?;
        Some(Self { look_back: start..index, follow_up: index..end })
    }

    /// Whether every day of both windows is one of those days, both ends included.
    pub(crate) fn lie_within(&self, first: Day, last: Day) -> bool {
        self.look_back.start >= first && self.follow_up.end <= last.saturating_add(1)
    }
}

/// The calendar month of a day, counted from the first of 1970.
pub(crate) fn month_of(day: Day) -> i32 {
    let date = EPOCH.checked_add(Span::new().days(i64::from(day))).expect("index dates are inside the calendar");
    (i32::from(date.year()) - 1_970) * 12 + i32::from(date.month()) - 1
}

/// The same day of the month some months later, or the last day of that month if it is shorter.
pub(crate) fn shifted(day: Day, months: i64) -> Option<Day> {
    let date = EPOCH.checked_add(Span::new().try_days(i64::from(day)).ok()?).ok()?;
    date.checked_add(Span::new().try_months(months).ok()?).ok().map(day_of)
}

pub(crate) fn day_of(date: Date) -> Day {
    (date - EPOCH).get_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        day_of(text.parse().expect("a date"))
    }

    #[test]
    fn days_are_counted_from_1970() {
        // 54 years of which 13 are leap years: 54 * 365 + 13.
        assert_eq!(day("2024-01-01"), 19_723);
        assert_eq!(day("1969-12-31"), -1);
    }

    #[test]
    fn a_day_has_a_month() {
        let months = ["1970-01-31", "1970-02-01", "1969-12-31", "2024-02-29"].map(|text| month_of(day(text)));
        assert_eq!(months, [0, 1, -1, 54 * 12 + 1]);
    }

    #[test]
    fn months_are_calendar_months() {
        for (from, months, to) in [
            ("2024-01-31", 1, "2024-02-29"),
            ("2023-01-31", 1, "2023-02-28"),
            ("2024-03-31", -1, "2024-02-29"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-02-29", 48, "2028-02-29"),
            ("2024-02-29", -12, "2023-02-28"),
            ("2024-05-31", 1, "2024-06-30"),
            ("2024-12-15", 1, "2025-01-15"),
            ("2024-01-15", -24, "2022-01-15"),
            // The century years 1900 and 2100 have no 29 February, 2000 has.
            ("2100-01-31", 1, "2100-02-28"),
            ("2000-01-31", 1, "2000-02-29"),
        ] {
            assert_eq!(shifted(day(from), months), Some(day(to)), "{from} {months}");
        }
        assert_eq!(shifted(day("9999-12-31"), 1), None);
        assert_eq!(shifted(Day::MAX, 0), None);
        assert_eq!(shifted(Day::MIN, 0), None);
    }

    #[test]
    fn windows_touch_on_the_index_date() {
        let windows = Windows::around(day("2024-02-29"), 12, 12).expect("in the calendar");
        assert_eq!(windows.look_back, day("2023-02-28")..day("2024-02-29"));
        assert_eq!(windows.follow_up, day("2024-02-29")..day("2025-02-28"));
        assert_eq!(Windows::around(day("9999-06-01"), 1, 12), None);
    }

    #[test]
    fn both_windows_must_be_covered_to_the_day() {
        let windows = Windows::around(day("2023-01-01"), 12, 12).expect("in the calendar");
        // The days are 2022-01-01 to 2023-12-31.
        assert!(windows.lie_within(day("2022-01-01"), day("2023-12-31")));
        assert!(!windows.lie_within(day("2022-01-02"), day("2023-12-31")));
        assert!(!windows.lie_within(day("2022-01-01"), day("2023-12-30")));
        assert!(windows.lie_within(Day::MIN, Day::MAX));
    }
}
