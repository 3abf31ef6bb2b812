//! Forest plots: estimates with their intervals against the line of no effect.
//!
//! In: measures, with one estimate a series. Out: an SVG. Absent on purpose: a mark for what is suppressed or does not exist, which has
//! its star or its n/a in the place of the figures.

use super::axis::{Axis, ONE, tick_label, units};
use super::draw::{
    About, Colour, FAINT, FULL_WIDTH, INK, LEGEND_LINE, LINES, MARGIN, Mark, Picture, Side, Size, as_pixels, picture,
    wrapped,
};
use super::view::Estimate;
use super::{effect_words, ratio_words};
use crate::error::StepError;

const LABELS: i32 = 282;
const FIGURES: i32 = 200;
const LABEL_CHARACTERS_MAX: usize = 33;
const LINE: i32 = 22;
/// Lines of a label.
const LABEL_LINE: i32 = 16;
const LABEL_LINES_MAX: usize = 2;
const BETWEEN_GROUPS: i32 = 10;
const AXIS: i32 = 44;
/// Ends of intervals far out are cut, with an arrow, so that the others can be read.
const CUT_PERCENT: i64 = 150;
const CUT_RATIO: i64 = 5 * ONE / 2;
/// Groups that one plot shows.
pub(super) const GROUPS_MAX: usize = 40;

/// What estimates are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Percent against expectation: none is 0.
    Expectation,
    /// One rate over another: none is 1.
    Ratio,
}

impl Of {
    fn none(self) -> i64 {
        if self == Self::Ratio { ONE } else { 0 }
    }

    fn cut(self) -> i64 {
        if self == Self::Ratio { CUT_RATIO } else { CUT_PERCENT * ONE }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Expectation => "% below (−) or above expectation; the line: no effect",
            Self::Ratio => "rate after the start over the comparison’s; the line: 1, the same",
        }
    }

    fn in_figures(self, estimate: Estimate) -> String {
        match self {
            Self::Expectation => effect_words::in_figures(estimate),
            Self::Ratio => ratio_words::in_figures(estimate),
        }
    }
}

/// A plot.
pub(super) struct Forest<'a> {
    pub(super) about: About<'a>,
    pub(super) of: Of,
    /// Names of the series, 1 to 3.
    pub(super) series: Vec<String>,
    /// A label, and an estimate of each series that has one.
    pub(super) groups: Vec<(String, Vec<Option<Estimate>>)>,
}

impl Forest<'_> {
    /// Whether it would show more than where something cannot be reckoned.
    pub(super) fn helps(&self) -> bool {
        let mut estimates = self.groups.iter().flat_map(|(_, of)| of).flatten();
        self.groups.len() <= GROUPS_MAX && estimates.any(|of| *of != Estimate::NotReckoned)
    }
}

/// Draws a plot; none that does not help.
pub(super) fn draw(forest: &Forest<'_>) -> Result<Option<String>, StepError> {
    if !forest.helps() {
        return Ok(None);
    }
    let top = MARGIN + as_pixels(forest.series.len()) * LEGEND_LINE + MARGIN;
    let bottom = forest.groups.iter().fold(top, |y, (label, of)| y + group_height(label, of)) + MARGIN;
    let axis = axis(forest);
    let drawn = picture(&forest.about, (FULL_WIDTH, bottom + AXIS), |on| {
        legend(forest, on)?;
        scale(&axis, forest.of, on, (top - MARGIN, bottom))?;
        let mut y = top;
        for (label, estimates) in &forest.groups {
            group(on, (&axis, forest.of), label, estimates, y)?;
            y += group_height(label, estimates);
        }
        Ok(())
    });
    drawn.map(Some)
}

fn group_height(label: &str, estimates: &[Option<Estimate>]) -> i32 {
    let label = as_pixels(label_lines(label).len()) * LABEL_LINE;
    label.max(as_pixels(estimates.iter().flatten().count()) * LINE) + BETWEEN_GROUPS
}

fn label_lines(label: &str) -> Vec<String> {
    wrapped(label, LABEL_CHARACTERS_MAX, LABEL_LINES_MAX)
}

fn axis(forest: &Forest<'_>) -> Axis {
    let estimates = forest.groups.iter().flat_map(|(_, of)| of).flatten();
    let ends = estimates.flat_map(|of| match of {
        Estimate::Known { from, to, .. } => vec![units(*from), units(*to)],
        Estimate::TooFew | Estimate::NotReckoned => Vec::new(),
    });
    let ends = ends.map(|end| end.min(forest.of.cut())).chain([forest.of.none()]);
    Axis::holding(ends, 7, (LABELS + MARGIN, FULL_WIDTH - FIGURES - MARGIN))
}

fn legend(forest: &Forest<'_>, on: &Picture<'_>) -> Result<(), StepError> {
    let mut y = MARGIN + LEGEND_LINE / 2;
    for ((name, mark), colour) in forest.series.iter().zip(Mark::ALL).zip(LINES) {
        on.line(&[(LABELS + 8, y), (LABELS + 32, y)], colour, 2)?;
        on.mark((LABELS + 20, y), mark, colour)?;
        on.text(name, (LABELS + 42, y), Side::Left, Size::Text)?;
        y += LEGEND_LINE;
    }
    Ok(())
}

fn scale(axis: &Axis, of: Of, on: &Picture<'_>, (top, bottom): (i32, i32)) -> Result<(), StepError> {
    for tick in axis.ticks().filter(|tick| *tick != of.none()).chain([of.none()]) {
        let x = axis.at(tick);
        let (colour, width) = if tick == of.none() { (INK, 2) } else { (FAINT, 1) };
        on.line(&[(x, top), (x, bottom)], colour, width)?;
        on.text(&tick_label(tick), (x, bottom + 12), Side::Middle, Size::Small)?;
    }
    let middle = i32::midpoint(axis.pixels.0, axis.pixels.1);
    on.text(of.words(), (middle, bottom + 32), Side::Middle, Size::Small)
}

fn group(
    on: &Picture<'_>,
    (axis, of): (&Axis, Of),
    label: &str,
    estimates: &[Option<Estimate>],
    top: i32,
) -> Result<(), StepError> {
    let middle = top + (group_height(label, estimates) - BETWEEN_GROUPS) / 2;
    let lines = label_lines(label);
    let mut y = middle - (as_pixels(lines.len()) - 1) * LABEL_LINE / 2;
    for line in &lines {
        on.text(line, (LABELS - 4, y), Side::Right, Size::Text)?;
        y += LABEL_LINE;
    }
    let mut y = middle - (as_pixels(estimates.iter().flatten().count()) - 1) * LINE / 2;
    for ((estimate, mark), colour) in estimates.iter().zip(Mark::ALL).zip(LINES) {
        let Some(estimate) = estimate else { continue };
        if let Estimate::Known { value, from, to } = estimate {
            let [value, from, to] = [value, from, to].map(|figure| units(*figure));
            on.line(&[(axis.at(from), y), (axis.at(to), y)], colour, 2)?;
            for (end, inward) in [(from, 6), (to, -6)] {
                cap(on, axis, end, inward, (y, colour))?;
            }
            if axis.holds(value) {
                on.mark((axis.at(value), y), mark, colour)?;
            }
        }
        on.text(&of.in_figures(*estimate), (FULL_WIDTH - 4, y), Side::Right, Size::Text)?;
        y += LINE;
    }
    Ok(())
}

/// The end of an interval: a short line across, or an arrow where it goes on beyond the axis.
fn cap(on: &Picture<'_>, axis: &Axis, end: i64, inward: i32, (y, colour): (i32, Colour)) -> Result<(), StepError> {
    let x = axis.at(end);
    if axis.holds(end) {
        on.line(&[(x, y - 4), (x, y + 4)], colour, 2)
    } else {
        on.line(&[(x + inward, y - 5), (x, y), (x + inward, y + 5)], colour, 2)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use counterfoil_release::Decimal;

    use super::*;

    fn known(value: i64, from: i64, to: i64) -> Estimate {
        let decimal = |tenths| Decimal::new(tenths, 1).unwrap();
        Estimate::Known { value: decimal(value), from: decimal(from), to: decimal(to) }
    }

    fn drawn(estimates: Vec<Option<Estimate>>) -> String {
        let about = About { id: "f", title: "Effects", description: "Two" };
        let series = vec!["Started".to_owned(), "Completed".to_owned()];
        let groups = vec![("Falls".to_owned(), estimates)];
        draw(&Forest { about, of: Of::Expectation, series, groups }).unwrap().unwrap_or_default()
    }

    /// By hand: from 0 to 1.4 over the pixels 290 to 672, so 1 is at 290 + 382 / 1.4, which is 562.9.
    #[test]
    fn ratios_stand_by_the_line_of_one() {
        let decimal = |hundredths| Decimal::new(hundredths, 2).unwrap();
        let ratio = Estimate::Known { value: decimal(71), from: decimal(64), to: decimal(140) };
        let about = About { id: "f", title: "Ratios", description: "One" };
        let groups = vec![("Deaths".to_owned(), vec![Some(ratio)])];
        let forest = Forest { about, of: Of::Ratio, series: vec!["Started".to_owned()], groups };
        let svg = draw(&forest).unwrap().unwrap();
        assert!(svg.contains("\n0.71 (0.64 to 1.40)\n") && !svg.contains("expectation"), "{svg}");
        let ink = svg.lines().find(|line| line.contains("stroke-width=\"2\"") && line.contains("#212B32"));
        assert!(ink.is_some_and(|line| line.contains("points=\"563,")), "{svg}");
    }

    #[test]
    fn what_is_suppressed_has_a_star_and_no_mark() {
        let marks = |svg: &str| svg.matches("<circle ").count();
        let both = drawn(vec![Some(known(-200, -300, -100)), Some(known(10, -50, 70))]);
        let one = drawn(vec![Some(known(-200, -300, -100)), Some(Estimate::TooFew)]);
        // A hollow mark is two circles; the legend has one of each.
        assert_eq!([marks(&both), marks(&one)], [6, 4]);
        assert!(one.contains("\n*\n") && !both.contains("\n*\n"), "{one}");
        assert!(both.contains("−20.0 (−30.0 to −10.0)"), "{both}");
        assert!(drawn(vec![Some(known(10, -50, 70)), Some(Estimate::NotReckoned)]).contains("\nn/a\n"));
        assert_eq!(drawn(vec![Some(Estimate::NotReckoned), None]), "", "a plot of n/a alone shows nothing");
    }

    #[test]
    fn an_interval_far_out_ends_in_an_arrow() {
        let far = drawn(vec![Some(known(200, 100, 90_000))]);
        // The axis ends at 150 percent, at the pixel 672; the arrow's point is there, and its figures say where the interval ends.
        assert!(far.contains("points=\"666,70 672,75 666,80 \""), "{far}");
        assert!(far.contains("(+10.0 to +9,000.0)") && !far.contains("\n9000\n"), "{far}");
        let near = drawn(vec![Some(known(200, 100, 900))]);
        assert!(!near.contains("points=\"666,"), "{near}");
    }
}
