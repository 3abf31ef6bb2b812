//! Numbers to pixels, and the marks of an axis.
//!
//! In: released figures. Out: whole pixels and tick labels. Absent on purpose: floats, so that a picture has the same bytes everywhere.

use counterfoil_release::{DECIMALS_MAX, Decimal};

/// A number in ten-thousandths: the last place that a figure can have.
pub(super) type Units = i64;

/// One.
pub(super) const ONE: Units = 10_i64.pow(DECIMALS_MAX as u32);
/// Far beyond any axis, and far from where arithmetic ends.
const UNITS_MAX: i128 = 1_000_000_000_000;

/// A figure on an axis.
pub(super) fn units(figure: Decimal) -> Units {
    let places = u32::from(DECIMALS_MAX - figure.decimals());
    let units = i128::from(figure.scaled()) * 10_i128.pow(places);
    i64::try_from(units.clamp(-UNITS_MAX, UNITS_MAX)).expect("clamped to far less")
}

/// A straight axis from one number and pixel to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    /// Numbers at its ends, the lesser first.
    pub(super) numbers: (Units, Units),
    /// Pixels at its ends; the second is the lesser where it goes up.
    pub(super) pixels: (i32, i32),
    step: Units,
}

impl Axis {
    /// An axis that holds some numbers and 0, ends at ticks and has a few of them.
    pub(super) fn holding(numbers: impl Iterator<Item = Units>, steps_max: Units, pixels: (i32, i32)) -> Self {
        let (least, greatest) =
            numbers.fold((0, 0), |(least, greatest): (Units, Units), of| (least.min(of), greatest.max(of)));
        let step = if least == greatest { ONE } else { round_step(greatest - least, steps_max) };
        let (first, last) = (least.div_euclid(step), -(-greatest).div_euclid(step));
        let last = if first == last { last + 1 } else { last };
        Self { numbers: (first * step, last * step), pixels, step }
    }

    /// An axis with ends and steps of one's own.
    pub(super) fn between(numbers: (Units, Units), step: Units, pixels: (i32, i32)) -> Self {
        Self { numbers, pixels, step }
    }

    /// The pixel of a number; of one beyond the axis, its end.
    pub(super) fn at(&self, number: Units) -> i32 {
        let (first, last) = self.numbers;
        let along = i128::from(number.clamp(first, last) - first);
        let (length, span) = (i128::from(self.pixels.1 - self.pixels.0), i128::from((last - first).max(1)));
        let pixel = (2 * along * length + span * length.signum()) / (2 * span);
        self.pixels.0 + i32::try_from(pixel).expect("no longer than the axis")
    }

    /// Whether a number is on it.
    pub(super) fn holds(&self, number: Units) -> bool {
        (self.numbers.0..=self.numbers.1).contains(&number)
    }

    /// Its ticks.
    pub(super) fn ticks(&self) -> impl Iterator<Item = Units> + use<> {
        let (step, (first, last)) = (self.step, self.numbers);
        (first.div_euclid(step)..=last.div_euclid(step)).map(move |tick| tick * step).filter(move |tick| *tick >= first)
    }
}

/// The least of 1, 2, 5, 10, 20, 50 ... ten-thousandths of which a few make the span.
fn round_step(span: Units, steps_max: Units) -> Units {
    let mut power: Units = 1;
    loop {
        match [1, 2, 5].into_iter().map(|lead| lead * power).find(|step| span <= steps_max * step) {
            Some(step) => return step,
            None => power *= 10,
        }
    }
}

/// A tick as people read it: `−0.5`, `20`.
pub(super) fn tick_label(number: Units) -> String {
    let decimal = Decimal::new(number, DECIMALS_MAX).expect("ticks are near figures");
    let text = decimal.to_string();
    text.trim_end_matches('0').trim_end_matches('.').replace('-', "\u{2212}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn figures_of_any_places_lie_on_one_axis() {
        for (scaled, decimals, expected) in [
            (-299, 1, -299_000),
            (5, 0, 50_000),
            (12_345, 4, 12_345),
            (0, 2, 0),
            (1_000_000_000_000_000, 0, 1_000_000_000_000),
        ] {
            assert_eq!(units(Decimal::new(scaled, decimals).unwrap()), expected);
        }
    }

    /// By hand: -36.1 to 4.2 is 40.3; 8 steps of 5 are 40, so of 10: from -40 to 10.
    #[test]
    fn an_axis_ends_at_round_numbers_and_holds_zero() {
        let axis = Axis::holding([-361_000, 42_000].into_iter(), 8, (100, 600));
        assert_eq!(axis.numbers, (-40 * ONE, 10 * ONE));
        assert_eq!(axis.ticks().map(tick_label).collect::<Vec<_>>(), ["−40", "−30", "−20", "−10", "0", "10"]);
        assert_eq!([axis.at(-40 * ONE), axis.at(0), axis.at(10 * ONE)], [100, 500, 600]);
        assert_eq!([axis.at(-90 * ONE), axis.at(90 * ONE)], [100, 600]);
        assert!(axis.holds(0) && !axis.holds(11 * ONE));
        let none = Axis::holding(std::iter::empty(), 4, (0, 100));
        assert_eq!(none.at(0), 0);
        assert_eq!(none.ticks().map(tick_label).collect::<Vec<_>>(), ["0", "1"]);
        let upwards = Axis::holding([ONE].into_iter(), 4, (200, 0));
        assert_eq!([upwards.at(0), upwards.at(ONE / 2), upwards.at(ONE)], [200, 100, 0]);
    }

    #[test]
    fn ticks_have_no_idle_zeros() {
        for (number, text) in [(0, "0"), (5_000, "0.5"), (-1_000, "−0.1"), (200_000, "20"), (1, "0.0001")] {
            assert_eq!(tick_label(number), text);
        }
    }
}
