//! How events spread over the days of the history.
//!
//! In: the history, whether a service runs all week, a growth by day. Out: cumulative weights to draw days from; a day weighs 1 on average
//! in the middle of the history. Absent on purpose: bank holidays and seasons, which would blur the true effect.

use jiff::civil::Weekday;

use crate::calendar::{Calendar, Day};

/// The two years over which growth is stated.
const TWO_YEARS_DAYS: u32 = 730;

/// On which days a service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Week {
    Working,
    Whole,
}

/// Weights of the days of the history, summed up.
pub(crate) struct DayWeights {
    first: Day,
    /// One more than there are days: the weight before each, and at last of all.
    before: Vec<f64>,
}

impl DayWeights {
    pub(crate) fn new(calendar: &Calendar, first: Day, last: Day, week: Week, growth: f64) -> Self {
        let middle = first + (last - first) / 2;
        // Grow outwards from the middle, so that the middle weighs 1 to the bit.
        let mut level = 1.0;
        for _ in first..middle {
            level /= growth;
        }
        let (mut before, mut sum) = (vec![0.0], 0.0);
        for day in first..=last {
            let weekday = calendar.date(day).weekday();
            let runs = match week {
                Week::Whole => 1.0,
                Week::Working if matches!(weekday, Weekday::Saturday | Weekday::Sunday) => 0.0,
                Week::Working => 7.0 / 5.0,
            };
            sum += level * runs;
            before.push(sum);
            level *= growth;
        }
        Self { first, before }
    }

    /// The weight of all days before `day`.
    pub(crate) fn before(&self, day: Day) -> f64 {
        let place = day.saturating_sub(self.first) as usize;
        self.before[place.min(self.before.len() - 1)]
    }

    /// The day within which the cumulative weight passes `point`.
    pub(crate) fn day_at(&self, point: f64) -> Day {
        let place = self.before.partition_point(|&before| before <= point).saturating_sub(1);
        self.first + u32::try_from(place).expect("a history has fewer than 2^32 days")
    }
}

/// The growth by day that multiplies two years' use by `ratio` (0.5 to 2), found by halving: multiplication alone is the same everywhere.
pub(crate) fn daily_growth(ratio: f64) -> f64 {
    let (mut low, mut high) = (0.998, 1.002);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let power = (0..TWO_YEARS_DAYS).fold(1.0, |power, _| power * middle);
        if power < ratio { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::day_of;

    #[test]
    fn growth_is_the_root_of_the_ratio() {
        for ratio in [0.5_f64, 0.9, 1.0, 1.162, 2.0] {
            assert!((daily_growth(ratio) - ratio.powf(1.0 / 730.0)).abs() < 1e-12, "for {ratio}");
        }
    }

    #[test]
    fn a_working_week_has_no_weekend_and_the_same_weight() {
        let calendar = Calendar::up_to(date(2025, 12, 31));
        // Four weeks from a Monday.
        let (first, last) = (day_of(date(2024, 1, 1)), day_of(date(2024, 1, 28)));
        let working = DayWeights::new(&calendar, first, last, Week::Working, 1.0);
        let whole = DayWeights::new(&calendar, first, last, Week::Whole, 1.0);
        assert!((working.before(last + 1) - whole.before(last + 1)).abs() < 1e-9);
        for step in 0..280 {
            let day = working.day_at(f64::from(step) / 10.0 * 0.999);
            assert!((day - first) % 7 < 5, "day {} of the month", day - first + 1);
        }
        assert_eq!(whole.day_at(0.0), first);
        assert_eq!(whole.day_at(27.5), last);
    }
}
