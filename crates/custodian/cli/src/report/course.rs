//! How use went, one small figure a measure: the rates of both above, how far apart they are below (an event-study plot).
//!
//! In: rates of participants and comparison, and their distance from each other in relation to the last stretch before the dip, stretch
//! by stretch. Out: SVGs that stand in a grid. Lines differ in dash and mark, so that they are told apart in black and white.
//! Absent on purpose: a point, or a line through the place of one, for what is suppressed.

use counterfoil_release::{Decimal, ReleasedCell};

use super::axis::{Axis, ONE, Units, tick_label, units};
use super::draw::{
    About, At, FAINT, INK, LINES, MARGIN, Mark, Picture, SHADE, Side, Size, as_pixels, picture, shortened,
};
use super::view::{Course, CourseOf, Estimate, Months, Stretch};
use crate::error::StepError;

const SIZE: At = (380, 398);
const TITLE_Y: i32 = 12;
const LEGEND_Y: i32 = 34;
const PLOT_X: (i32, i32) = (52, 368);
const RATES_Y: (i32, i32) = (186, 54);
const APART_TITLE_Y: i32 = 208;
const APART_Y: (i32, i32) = (352, 224);
const TITLE_CHARACTERS_MAX: usize = 46;
const NAMES: [&str; 2] = ["Participants", "Comparison"];
/// Intervals much wider than is usual among them are cut, with an arrow, so that the others can be read.
const CUT_TIMES: Units = 3;

/// Draws the figure of a measure.
pub(super) fn draw(course: &Course<'_>, of: &CourseOf<'_>, id: &str) -> Result<String, StepError> {
    let title = format!("Event-study plot: {}, each person-year, before and after the index date", of.label);
    let dip = match course.dip {
        Some(_) => " The months just before it, which are no part of the effect, are shaded.",
        None => "",
    };
    let description = format!(
        "Above, the rates. Participants: full line, full marks. Comparison: dashed line, hollow marks. Below, how much further participants \
         are from the comparison than in the stretch with the hollow mark, with 95 % intervals; at the line of 0 they are no further. The \
         upright line is the index date.{dip} What is suppressed is a gap with a star. The table that follows has the same numbers."
    );
    let axes = Axes::of(of);
    picture(&About { id, title: &title, description: &description }, SIZE, |on| {
        if let Some((from, to)) = course.dip {
            for (bottom, top) in [RATES_Y, APART_Y] {
                on.rectangle((axes.months.at(in_units(from)), top), (axes.months.at(in_units(to)), bottom), SHADE)?;
            }
        }
        scales(on, &axes)?;
        legend(on, of.label)?;
        for (arm, mark) in [Mark::Full, Mark::Hollow].into_iter().enumerate() {
            line(on, of, arm, mark, &axes)?;
        }
        stars(
            on,
            of,
            &axes,
            RATES_Y,
            |stretch| figures(&stretch.rates).count(),
            |stretch| stretch.rates.contains(&ReleasedCell::Suppressed),
        )?;
        apart(on, course, of, &axes)?;
        stars(
            on,
            of,
            &axes,
            APART_Y,
            |stretch| usize::from(ends(stretch).is_some()),
            |stretch| stretch.apart == Estimate::TooFew,
        )
    })
}

struct Axes {
    months: Axis,
    rates: Axis,
    apart: Axis,
}

impl Axes {
    fn of(of: &CourseOf<'_>) -> Self {
        let (first, last) =
            (of.stretches.first().map_or(0, |of| of.months.0), of.stretches.last().map_or(1, |of| of.months.1));
        let step = match last - first {
            ..=12 => 3,
            13..=30 => 6,
            31..=60 => 12,
            61..=120 => 24,
            121..=240 => 48,
            _ => 120,
        };
        let rates = of.stretches.iter().flat_map(|stretch| figures(&stretch.rates)).map(units);
        let known: Vec<[Units; 3]> = of.stretches.iter().filter_map(ends).collect();
        let cut = cut(&known);
        let apart = known.iter().flatten().map(|end| (*end).clamp(-cut, cut));
        Self {
            months: Axis::between((in_units(first), in_units(last)), in_units(step), PLOT_X),
            rates: Axis::holding(rates, 4, RATES_Y),
            apart: Axis::holding(apart, 4, APART_Y),
        }
    }
}

/// How far from 0 the axis goes: every estimate, and ends of intervals up to some times what is usual among them.
fn cut(known: &[[Units; 3]]) -> Units {
    let mut far: Vec<Units> = known.iter().map(|[_, from, to]| from.abs().max(to.abs())).collect();
    far.sort_unstable();
    let usual = far.get(far.len() / 2).copied().unwrap_or(0);
    known.iter().map(|[value, ..]| value.abs()).fold(CUT_TIMES * usual, Units::max)
}

fn ends(stretch: &Stretch) -> Option<[Units; 3]> {
    let Estimate::Known { value, from, to } = stretch.apart else { return None };
    Some([value, from, to].map(units))
}

fn in_units(months: i32) -> i64 {
    i64::from(months) * ONE
}

fn figure(cell: ReleasedCell) -> Option<Decimal> {
    if let ReleasedCell::Figure(figure) = cell { Some(figure) } else { None }
}

fn figures(cells: &[ReleasedCell]) -> impl Iterator<Item = Decimal> {
    cells.iter().filter_map(|cell| figure(*cell))
}

fn scales(on: &Picture<'_>, axes: &Axes) -> Result<(), StepError> {
    for (axis, (bottom, _)) in [(&axes.rates, RATES_Y), (&axes.apart, APART_Y)] {
        for tick in axis.ticks() {
            let y = axis.at(tick);
            on.line(&[(PLOT_X.0, y), (PLOT_X.1, y)], FAINT, 1)?;
            on.text(&tick_label(tick), (PLOT_X.0 - 6, y), Side::Right, Size::Small)?;
        }
        on.line(&[(PLOT_X.0, bottom), (PLOT_X.1, bottom)], INK, 1)?;
        for tick in axes.months.ticks() {
            let x = axes.months.at(tick);
            on.line(&[(x, bottom), (x, bottom + 4)], INK, 1)?;
        }
    }
    for tick in axes.months.ticks() {
        on.text(&tick_label(tick), (axes.months.at(tick), APART_Y.0 + 14), Side::Middle, Size::Small)?;
    }
    let index = axes.months.at(0);
    on.line(&[(index, RATES_Y.1 - 6), (index, RATES_Y.0)], INK, 1)?;
    on.line(&[(index, APART_Y.1 - 6), (index, APART_Y.0)], INK, 1)?;
    let middle = i32::midpoint(PLOT_X.0, PLOT_X.1);
    on.text("Months from the index date (0)", (middle, APART_Y.0 + 34), Side::Middle, Size::Small)
}

fn legend(on: &Picture<'_>, label: &str) -> Result<(), StepError> {
    on.text(&shortened(label, TITLE_CHARACTERS_MAX), (4, TITLE_Y), Side::Left, Size::Text)?;
    for (at, ((name, mark), colour)) in NAMES.into_iter().zip(Mark::ALL).zip(LINES).enumerate() {
        let x = 8 + 120 * as_pixels(at);
        let sample = [(x, LEGEND_Y), (x + 26, LEGEND_Y)];
        if mark == Mark::Full {
            on.line(&sample, colour, 2)?;
        } else {
            on.dashed(&sample, colour, 2)?;
        }
        on.mark((x + 13, LEGEND_Y), mark, colour)?;
        on.text(name, (x + 32, LEGEND_Y), Side::Left, Size::Small)?;
    }
    on.text("How far apart, with 95 % interval", (4, APART_TITLE_Y), Side::Left, Size::Small)
}

/// The line of an arm, broken where a rate is not shown.
fn line(on: &Picture<'_>, of: &CourseOf<'_>, arm: usize, mark: Mark, axes: &Axes) -> Result<(), StepError> {
    let colour = LINES[arm];
    let point = |stretch: &Stretch| -> Option<At> {
        figure(stretch.rates[arm]).map(|rate| (middle(&axes.months, stretch.months), axes.rates.at(units(rate))))
    };
    let points: Vec<Option<At>> = of.stretches.iter().map(point).collect();
    for unbroken in points.split(Option::is_none) {
        let unbroken: Vec<At> = unbroken.iter().copied().flatten().collect();
        match (unbroken.len(), mark) {
            (0 | 1, _) => {}
            (_, Mark::Hollow) => on.dashed(&unbroken, colour, 2)?,
            _ => on.line(&unbroken, colour, 2)?,
        }
        for at in unbroken {
            on.mark(at, mark, colour)?;
        }
    }
    Ok(())
}

/// How far apart both are, stretch by stretch, against the line of no distance beyond that of the base.
fn apart(on: &Picture<'_>, course: &Course<'_>, of: &CourseOf<'_>, axes: &Axes) -> Result<(), StepError> {
    let (axis, colour) = (&axes.apart, LINES[0]);
    on.line(&[(PLOT_X.0, axis.at(0)), (PLOT_X.1, axis.at(0))], INK, 1)?;
    let mut has_any = false;
    for stretch in &of.stretches {
        let x = middle(&axes.months, stretch.months);
        let Some([value, from, to]) = ends(stretch) else { continue };
        has_any = true;
        on.line(&[(x, axis.at(from)), (x, axis.at(to))], colour, 2)?;
        // Up the page is to lesser pixels.
        for (end, inward) in [(from, -5), (to, 5)] {
            cap(on, axis, end, inward, (x, colour))?;
        }
        on.mark((x, axis.at(value)), Mark::Full, colour)?;
    }
    let base = of.stretches.iter().find(|stretch| has_any && course.is_base(stretch.months));
    base.map_or(Ok(()), |base| on.mark((middle(&axes.months, base.months), axis.at(0)), Mark::Hollow, INK))
}

/// The end of an interval: a short line across, or an arrow where it goes on beyond the axis.
fn cap(
    on: &Picture<'_>,
    axis: &Axis,
    end: Units,
    inward: i32,
    (x, colour): (i32, super::draw::Colour),
) -> Result<(), StepError> {
    let y = axis.at(end);
    if axis.holds(end) {
        on.line(&[(x - 3, y), (x + 3, y)], colour, 2)
    } else {
        on.line(&[(x - 4, y + inward), (x, y), (x + 4, y + inward)], colour, 2)
    }
}

fn middle(months: &Axis, (from, to): Months) -> i32 {
    months.at(i64::midpoint(in_units(from), in_units(to)))
}

fn stars(
    on: &Picture<'_>,
    of: &CourseOf<'_>,
    axes: &Axes,
    (bottom, top): (i32, i32),
    shown: impl Fn(&Stretch) -> usize,
    is_suppressed: impl Fn(&Stretch) -> bool,
) -> Result<(), StepError> {
    if of.stretches.iter().map(shown).sum::<usize>() == 0 {
        let left = (PLOT_X.0 + MARGIN, i32::midpoint(bottom, top) + 12);
        on.text("Nothing can be shown", left, Side::Left, Size::Small)?;
    }
    for stretch in of.stretches.iter().filter(|stretch| is_suppressed(stretch)) {
        on.text("*", (middle(&axes.months, stretch.months), bottom - 8), Side::Middle, Size::Text)?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::super::tables::tests::body;
    use super::super::view::Trend;
    use super::*;

    fn decimal(thousandths: i64) -> Decimal {
        Decimal::new(thousandths, 3).unwrap()
    }

    fn known(value: i64, from: i64, to: i64) -> Estimate {
        Estimate::Known { value: decimal(value), from: decimal(from), to: decimal(to) }
    }

    fn stretch(months: Months, rates: [ReleasedCell; 2], apart: Estimate) -> Stretch {
        Stretch { months, rates, apart }
    }

    /// Nine months before, of which the last three are the dip, and three after.
    fn drawn(rate: ReleasedCell, apart: [Estimate; 3], dip: Option<Months>) -> String {
        let rate_of = |scaled| ReleasedCell::Figure(decimal(scaled));
        let stretches = vec![
            stretch((-9, -6), [rate_of(400), rate_of(380)], apart[0]),
            stretch((-6, -3), [rate_of(410), rate_of(390)], Estimate::NotReckoned),
            stretch((-3, 0), [rate, rate_of(400)], apart[1]),
            stretch((0, 3), [rate_of(350), rate_of(410)], apart[2]),
        ];
        let flow = body(concat!(
            r#"{"id":"flow","title":"Flow","note":"N.","columns":[{"label":"People","kind":"count"}],"rows":[{"label":"A","cells":[10]}],"#,
            r#""disclosure":{"cells":1,"zero":0,"rounded":1,"figures":0,"not_estimated":0,"suppressed":0}}"#
        ));
        let course = Course { table: &flow.tables()[0], trend: None, measures: Vec::new(), dip };
        draw(&course, &CourseOf { label: "A&E", stretches, trend: Trend::NotReckoned }, "c").unwrap()
    }

    const DIP: Option<Months> = Some((-3, 0));

    fn circles(svg: &str) -> usize {
        svg.matches("<circle ").count()
    }

    #[test]
    fn a_suppressed_figure_is_a_gap_with_a_star() {
        let rate = ReleasedCell::Figure(decimal(450));
        let points = [known(10, -20, 40), known(5, -20, 30), known(-70, -120, -20)];
        let whole = drawn(rate, points, DIP);
        // Full marks: one a point and one in the legend; a hollow one is two circles. Below: three full ones and the base.
        assert_eq!(circles(&whole), (4 + 1) + 2 * (4 + 1) + 3 + 2);
        let without_rate = drawn(ReleasedCell::Suppressed, points, DIP);
        assert_eq!(circles(&without_rate), circles(&whole) - 1);
        let without_apart = drawn(rate, [points[0], Estimate::TooFew, points[2]], DIP);
        assert_eq!(circles(&without_apart), circles(&whole) - 1);
        assert_eq!([&whole, &without_rate, &without_apart].map(|svg| svg.matches("\n*\n").count()), [0, 1, 1]);
        assert_eq!([&whole, &without_rate].map(|svg| svg.matches("<rect ").count()), [2; 2], "the dip, in both panels");
        assert_eq!(drawn(rate, points, None).matches("<rect ").count(), 0);
        assert!(!without_rate.contains("NaN") && !whole.contains("Nothing can be shown"));
    }

    #[test]
    fn where_no_distance_can_be_told_none_is_drawn_and_no_base_either() {
        let rate = ReleasedCell::Figure(decimal(450));
        let none = drawn(rate, [Estimate::NotReckoned; 3], DIP);
        assert_eq!(circles(&none), (4 + 1) + 2 * (4 + 1));
        assert_eq!(none.matches("Nothing can be shown").count(), 1);
        assert!(!none.contains("\n*\n"));
    }

    /// Without a dip the last stretch before is the base: the pixels of -1.5 months, from 52 at -9 to 368 at 3: 249.5.
    #[test]
    fn the_base_is_the_last_stretch_before_the_dip() {
        let rate = ReleasedCell::Figure(decimal(450));
        let points = [known(10, -20, 40), known(5, -20, 30), known(-70, -120, -20)];
        let hollow = |svg: &str, x: i32| {
            let here = |circle: &&str| circle.contains(&format!("cx=\"{x}\"")) && circle.contains("fill=\"#FFFFFF\"");
            svg.split("<circle ").filter(here).count()
        };
        // -4.5 months: 52 + 4.5 / 12 * 316 = 170.5. The comparison's mark is hollow as well.
        let (with, without) = (drawn(rate, points, DIP), drawn(rate, points, None));
        assert_eq!([hollow(&with, 171), hollow(&with, 250)], [2, 1], "{with}");
        assert_eq!([hollow(&without, 171), hollow(&without, 250)], [1, 2]);
    }

    /// Usual ends lie 40 from 0: the axis goes to 120 and holds every estimate.
    #[test]
    fn an_interval_much_wider_than_others_is_cut_and_every_estimate_is_held() {
        let thousandth = ONE / 1_000;
        let three = |of: [i64; 3]| of.map(|of| of * thousandth);
        let usual = [three([10, -20, 40]), three([5, -20, 30])];
        assert_eq!(cut(&[usual[0], usual[1], three([0, -9_000, 9_000])]), 120 * thousandth);
        assert_eq!(cut(&[usual[0], usual[1], three([-700, -9_000, 9_000])]), 700 * thousandth);
        assert_eq!(cut(&[]), 0);
    }

    /// Usual ends lie 0.12 from 0, so the axis ends at 0.4: at the pixels 352 and 224. The dip's middle is at 250.
    #[test]
    fn an_interval_that_is_cut_ends_in_arrows() {
        let rate = ReleasedCell::Figure(decimal(450));
        let of = |middle| drawn(rate, [known(10, -20, 40), middle, known(-70, -120, -20)], DIP);
        let arrows = ["246,347 250,352 254,347 ", "246,229 250,224 254,229 "];
        let (far, near) = (of(known(5, -9_000, 9_000)), of(known(5, -90, 90)));
        assert_eq!(arrows.map(|points| far.contains(points)), [true; 2], "{far}");
        assert_eq!(arrows.map(|points| near.contains(points)), [false; 2], "{near}");
    }
}
