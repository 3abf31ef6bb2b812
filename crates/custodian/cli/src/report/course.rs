//! How use went, one small line chart a measure.
//!
//! In: rates of participants and comparison, stretch by stretch. Out: SVGs that stand in a grid. Lines differ in dash and mark, so that
//! they are told apart in black and white.
//! Absent on purpose: a point, or a line through the place of one, for what is suppressed.

use counterfoil_release::{Decimal, ReleasedCell};

use super::axis::{Axis, ONE, tick_label, units};
use super::draw::{
    About, At, FAINT, INK, LINES, MARGIN, Mark, Picture, SHADE, Side, Size, as_pixels, picture, shortened,
};
use super::view::{Course, CourseOf, Months};
use crate::error::StepError;

const SIZE: At = (380, 260);
const TITLE_Y: i32 = 12;
const LEGEND_Y: i32 = 34;
const PLOT_X: (i32, i32) = (46, 368);
const PLOT_Y: (i32, i32) = (214, 54);
const TITLE_CHARACTERS_MAX: usize = 46;
const NAMES: [&str; 2] = ["Participants", "Comparison"];

/// Draws the chart of a measure.
pub(super) fn draw(course: &Course<'_>, of: &CourseOf<'_>, id: &str) -> Result<String, StepError> {
    let title = format!("Line chart: {}, each person-year, before and after the index date", of.label);
    let dip = match course.dip {
        Some(_) => " The months just before it, which are no part of the effect, are shaded.",
        None => "",
    };
    let description = format!(
        "Participants: full line, full marks. Comparison: dashed line, hollow marks.{dip} A suppressed rate is a gap with a star. The \
         table that follows has the same numbers."
    );
    let (months, rates) = axes(of);
    picture(&About { id, title: &title, description: &description }, SIZE, |on| {
        if let Some((from, to)) = course.dip {
            on.rectangle((months.at(in_units(from)), PLOT_Y.1), (months.at(in_units(to)), PLOT_Y.0), SHADE)?;
        }
        scales(on, &months, &rates)?;
        legend(on, of.label)?;
        for (arm, mark) in [Mark::Full, Mark::Hollow].into_iter().enumerate() {
            line(on, of, arm, mark, (&months, &rates))?;
        }
        stars(on, of, &months)
    })
}

fn in_units(months: i32) -> i64 {
    i64::from(months) * ONE
}

fn axes(of: &CourseOf<'_>) -> (Axis, Axis) {
    let (first, last) = (of.points.first().map_or(0, |(of, _)| of.0), of.points.last().map_or(1, |(of, _)| of.1));
    let step = match last - first {
        ..=12 => 3,
        13..=30 => 6,
        31..=60 => 12,
        61..=120 => 24,
        121..=240 => 48,
        _ => 120,
    };
    let shown = of.points.iter().flat_map(|(_, cells)| cells).filter_map(|cell| figure(*cell)).map(units);
    let months = Axis::between((in_units(first), in_units(last)), in_units(step), PLOT_X);
    (months, Axis::holding(shown, 4, PLOT_Y))
}

fn figure(cell: ReleasedCell) -> Option<Decimal> {
    if let ReleasedCell::Figure(figure) = cell { Some(figure) } else { None }
}

fn scales(on: &Picture<'_>, months: &Axis, rates: &Axis) -> Result<(), StepError> {
    for tick in rates.ticks() {
        let y = rates.at(tick);
        on.line(&[(PLOT_X.0, y), (PLOT_X.1, y)], FAINT, 1)?;
        on.text(&tick_label(tick), (PLOT_X.0 - 6, y), Side::Right, Size::Small)?;
    }
    on.line(&[(PLOT_X.0, PLOT_Y.0), (PLOT_X.1, PLOT_Y.0)], INK, 1)?;
    for tick in months.ticks() {
        let x = months.at(tick);
        on.line(&[(x, PLOT_Y.0), (x, PLOT_Y.0 + 4)], INK, 1)?;
        on.text(&tick_label(tick), (x, PLOT_Y.0 + 14), Side::Middle, Size::Small)?;
    }
    let index = months.at(0);
    on.line(&[(index, PLOT_Y.1 - 6), (index, PLOT_Y.0)], INK, 1)?;
    let middle = i32::midpoint(PLOT_X.0, PLOT_X.1);
    on.text("Months from the index date (0)", (middle, PLOT_Y.0 + 34), Side::Middle, Size::Small)
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
    Ok(())
}

/// The line of an arm, broken where a rate is not shown.
fn line(
    on: &Picture<'_>,
    of: &CourseOf<'_>,
    arm: usize,
    mark: Mark,
    (months, rates): (&Axis, &Axis),
) -> Result<(), StepError> {
    let colour = LINES[arm];
    let point = |(stretch, cells): &(Months, [ReleasedCell; 2])| -> Option<At> {
        figure(cells[arm]).map(|rate| (middle(months, *stretch), rates.at(units(rate))))
    };
    let points: Vec<Option<At>> = of.points.iter().map(point).collect();
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

fn middle(months: &Axis, (from, to): Months) -> i32 {
    months.at(i64::midpoint(in_units(from), in_units(to)))
}

fn stars(on: &Picture<'_>, of: &CourseOf<'_>, months: &Axis) -> Result<(), StepError> {
    if of.points.iter().flat_map(|(_, cells)| cells).all(|cell| figure(*cell).is_none()) {
        let left = (PLOT_X.0 + MARGIN, i32::midpoint(PLOT_Y.0, PLOT_Y.1));
        on.text("Nothing can be shown", left, Side::Left, Size::Small)?;
    }
    for (stretch, cells) in &of.points {
        if cells.contains(&ReleasedCell::Suppressed) {
            on.text("*", (middle(months, *stretch), PLOT_Y.0 - 8), Side::Middle, Size::Text)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_suppressed_rate_is_a_gap_with_a_star() {
        let rate = |scaled| ReleasedCell::Figure(Decimal::new(scaled, 3).unwrap());
        let of = |suppressed: bool| {
            let middle = if suppressed { ReleasedCell::Suppressed } else { rate(450) };
            let points = vec![
                ((-9, -6), [rate(400), rate(380)]),
                ((-6, -3), [rate(410), rate(390)]),
                ((-3, 0), [middle, rate(400)]),
                ((0, 3), [rate(350), rate(410)]),
            ];
            CourseOf { label: "A&E", points }
        };
        let tables = counterfoil_release::parse_release(RELEASE.as_bytes()).unwrap();
        let course = |dip| Course { table: &tables.tables()[0], measures: Vec::new(), dip };
        let whole = draw(&course(Some((-3, 0))), &of(false), "c").unwrap();
        let broken = draw(&course(Some((-3, 0))), &of(true), "c").unwrap();
        // Full marks: one a point and one in the legend; a hollow one is two circles.
        let circles = |svg: &str| svg.matches("<circle ").count();
        assert_eq!([circles(&whole), circles(&broken)], [4 + 1 + 2 * 5, 3 + 1 + 2 * 5]);
        assert!(!whole.contains("\n*\n") && broken.contains("\n*\n"));
        assert_eq!(whole.matches("<rect ").count(), 1, "the dip");
        assert_eq!(draw(&course(None), &of(false), "c").unwrap().matches("<rect ").count(), 0);
        assert!(!broken.contains("NaN"));
    }

    /// Some release: the charts look at its table no more.
    const RELEASE: &str = "{\"format\":\"counterfoil-release-2\",\"agreement\":{\"id\":\"nel\",\"version\":1,\"digest\":\"0000000000000000000000000000000000000000000000000000000000000000\"},\"study\":{\"id\":\"use\",\"title\":\"Use\",\"digest\":\"0000000000000000000000000000000000000000000000000000000000000000\"},\"run\":\"run-1\",\"rules\":\"hes-2018 suppress_below=8 rounding_base=5 money_rounding_pounds=none dominance=p10,1k50,2k90 figures=df10,values3,digits3\",\"tables\":[{\"id\":\"flow\",\"title\":\"Flow\",\"note\":\"In words.\",\"columns\":[{\"label\":\"People\",\"kind\":\"count\"}],\"rows\":[{\"label\":\"A\",\"cells\":[10]}],\"disclosure\":{\"cells\":1,\"zero\":0,\"rounded\":1,\"figures\":0,\"not_estimated\":0,\"suppressed\":0}}]}\n";
}
