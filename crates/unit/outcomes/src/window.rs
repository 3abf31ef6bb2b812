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
    /// The first day of the dip, which is the index date where there is none.
    dip: Day,
}

impl Windows {
    /// `None` where a window would leave the calendar (the years -9999 to 9999).
    pub(crate) fn around(index: Day, look_back_months: u32, dip_months: u32, follow_up_months: u32) -> Option<Self> {
        let back = |months: u32| shifted(index, -i64::from(months));
        let (start, dip) = (back(look_back_months)?, back(dip_months)?);
        let end = shifted(index, i64::from(follow_up_months))?;
        Some(Self { look_back: start..index, follow_up: index..end, dip })
    }

    /// The look-back without the dip.
    pub(crate) fn before(&self) -> Range<Day> {
        self.look_back.start..self.dip
    }

    /// The last months before the index date, which can be none.
    pub(crate) fn dip(&self) -> Range<Day> {
        self.dip..self.look_back.end
    }

    /// Whether every day of both windows is one of those days.
    pub(crate) fn lie_within(&self, days: &Range<Day>) -> bool {
        self.look_back.start >= days.start && self.follow_up.end <= days.end
    }
}

/// The calendar month of a day, counted from the first of 1970.
pub(crate) fn month_of(day: Day) -> i32 {
    let date = EPOCH.checked_add(Span::new().days(i64::from(day))).expect("index dates are inside the calendar");
    (i32::from(date.year()) - 1_970) * 12 + i32::from(date.month()) - 1
}

/// The calendar year of a day.
pub(crate) fn year_of(day: Day) -> i32 {
    month_of(day).div_euclid(12) + 1_970
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
        let years = ["1970-01-31", "1969-12-31", "1970-12-31", "2024-02-29"].map(|text| year_of(day(text)));
        assert_eq!(years, [1970, 1969, 1970, 2024]);
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
        let windows = Windows::around(day("2024-02-29"), 12, 0, 12).expect("in the calendar");
        assert_eq!(windows.before(), windows.look_back);
        assert_eq!(windows.look_back, day("2023-02-28")..day("2024-02-29"));
        assert_eq!(windows.follow_up, day("2024-02-29")..day("2025-02-28"));
        assert_eq!(Windows::around(day("9999-06-01"), 1, 0, 12), None);
        let with_dip = Windows::around(day("2024-05-31"), 12, 3, 12).expect("in the calendar");
        assert_eq!(
            (with_dip.before(), with_dip.look_back.end),
            (day("2023-05-31")..day("2024-02-29"), day("2024-05-31"))
        );
    }

    #[test]
    fn both_windows_must_be_covered_to_the_day() {
        let windows = Windows::around(day("2023-01-01"), 12, 3, 12).expect("in the calendar");
        // The days are 2022-01-01 to 2023-12-31.
        assert!(windows.lie_within(&(day("2022-01-01")..day("2024-01-01"))));
        assert!(!windows.lie_within(&(day("2022-01-02")..day("2024-01-01"))));
        assert!(!windows.lie_within(&(day("2022-01-01")..day("2023-12-31"))));
        assert!(windows.lie_within(&(Day::MIN..Day::MAX)));
    }
}
