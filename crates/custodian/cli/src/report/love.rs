//! Balance ("love") plots: how far apart participants and others were before matching, and are after it.
//!
//! In: rows with two standardised differences. Out: SVGs of a page's height at most. Absent on purpose: sorting; rows stand as in the table.
//!
//! After Thomas E. Love's plots, as the R package cobalt draws them.

use counterfoil_release::{Decimal, ReleasedCell};

use super::axis::{Axis, ONE, Units, tick_label, units};
use super::draw::{
    About, FAINT, FULL_WIDTH, INK, LEGEND_LINE, LINES, MARGIN, Mark, Picture, Side, Size, as_pixels, picture, shortened,
};
use super::words::shown;
use crate::error::StepError;

const LABELS: i32 = 372;
const LABEL_CHARACTERS_MAX: usize = 52;
const LINE: i32 = 17;
const AXIS: i32 = 44;
/// Usually taken as close.
pub(super) const CLOSE: Units = ONE / 10;
/// Rows of one picture: a page of A4.
const ROWS_MAX: usize = 52;
/// Beyond so many the table is easier to read.
const PICTURES_MAX: usize = 4;
const CUT: Units = 2 * ONE;

/// A label, and the standardised differences before and after.
pub(super) type Row<'a> = (&'a str, [ReleasedCell; 2]);

/// Draws plots of all rows; none of far too many.
pub(super) fn draw(rows: &[Row<'_>], id: &str) -> Result<Vec<String>, StepError> {
    if rows.len() > ROWS_MAX * PICTURES_MAX || rows.is_empty() {
        return Ok(Vec::new());
    }
    let shown = rows.iter().flat_map(|(_, cells)| cells).filter_map(|cell| figure(*cell)).map(units);
    let ends = shown.chain([-CLOSE, CLOSE]).map(|of| of.clamp(-CUT, CUT));
    let axis = Axis::holding(ends, 8, (LABELS + 3 * MARGIN, FULL_WIDTH - 3 * MARGIN));
    let pictures = rows.len().div_ceil(ROWS_MAX);
    // As long as each other, to within a row.
    let parts = rows.chunks(rows.len().div_ceil(pictures)).enumerate();
    parts.map(|(at, part)| draw_part(part, &axis, id, (at + 1, pictures))).collect()
}

fn figure(cell: ReleasedCell) -> Option<Decimal> {
    if let ReleasedCell::Figure(figure) = cell { Some(figure) } else { None }
}

fn draw_part(rows: &[Row<'_>], axis: &Axis, id: &str, (part, parts): (usize, usize)) -> Result<String, StepError> {
    let of_parts = if parts > 1 { format!(", part {part} of {parts}") } else { String::new() };
    let title = format!("Balance plot: standardised differences before and after matching{of_parts}");
    let description = "Hollow marks: before matching. Full marks: after. The dashed lines stand at 0.1 and −0.1; marks between them are \
                       close. A star is a suppressed number. The table that follows has the same numbers.";
    let id = format!("{id}-{part}");
    let top = 2 * MARGIN + LEGEND_LINE;
    let bottom = top + as_pixels(rows.len()) * LINE;
    picture(&About { id: &id, title: &title, description }, (FULL_WIDTH, bottom + AXIS), |on| {
        legend(on)?;
        scale(on, axis, (top - MARGIN / 2, bottom))?;
        for (at, row) in rows.iter().enumerate() {
            draw_row(on, axis, row, top + as_pixels(at) * LINE + LINE / 2)?;
        }
        Ok(())
    })
}

fn legend(on: &Picture<'_>) -> Result<(), StepError> {
    let y = MARGIN + LEGEND_LINE / 2;
    for (x, mark, colour, name) in [
        (LABELS + 30, Mark::Hollow, LINES[1], "Before matching"),
        (LABELS + 190, Mark::Full, LINES[0], "After matching"),
    ] {
        on.mark((x, y), mark, colour)?;
        on.text(name, (x + 12, y), Side::Left, Size::Text)?;
    }
    Ok(())
}

fn scale(on: &Picture<'_>, axis: &Axis, (top, bottom): (i32, i32)) -> Result<(), StepError> {
    for tick in axis.ticks() {
        let x = axis.at(tick);
        on.line(&[(x, top), (x, bottom)], if tick == 0 { INK } else { FAINT }, 1)?;
        on.text(&tick_label(tick), (x, bottom + 12), Side::Middle, Size::Small)?;
    }
    for close in [-CLOSE, CLOSE] {
        on.dashed(&[(axis.at(close), top), (axis.at(close), bottom)], INK, 1)?;
    }
    let middle = i32::midpoint(axis.pixels.0, axis.pixels.1);
    on.text("Standardised difference; dashed: 0.1", (middle, bottom + 32), Side::Middle, Size::Small)
}

fn draw_row(on: &Picture<'_>, axis: &Axis, (label, [before, after]): &Row<'_>, y: i32) -> Result<(), StepError> {
    on.text(&row_label(label), (LABELS, y), Side::Right, Size::Small)?;
    for (cell, mark, colour) in [(before, Mark::Hollow, LINES[1]), (after, Mark::Full, LINES[0])] {
        if let Some(difference) = figure(*cell) {
            on.mark((axis.at(units(difference)), y), mark, colour)?;
        }
    }
    match [before, after].into_iter().find(|cell| figure(**cell).is_none()) {
        Some(unknown) => on.text(&shown(*unknown), (LABELS + 14, y + 1), Side::Middle, Size::Small),
        None => Ok(()),
    }
}

/// Of a long label the months are kept, which tell rows of one measure apart.
fn row_label(label: &str) -> String {
    let (measure, months) = label.rfind(", months ").map_or((label, ""), |at| label.split_at(at));
    let room = LABEL_CHARACTERS_MAX.saturating_sub(months.chars().count()).max(1);
    format!("{}{months}", shortened(measure, room))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn difference(hundredths: i64) -> ReleasedCell {
        ReleasedCell::Figure(Decimal::new(hundredths, 2).unwrap())
    }

    #[test]
    fn many_rows_are_spread_over_pictures_and_far_too_many_are_not_drawn() {
        let rows = |count| vec![("age", [difference(40), difference(-3)]); count];
        let count = |count| draw(&rows(count), "b").unwrap().len();
        assert_eq!([0, 1, 52, 53, 208, 209].map(count), [0, 1, 1, 2, 4, 0]);
        let parts = draw(&rows(53), "b").unwrap();
        let circles = |svg: &String| svg.matches("<circle ").count();
        // Before: two circles a mark; after: one; and the legend's.
        assert_eq!(parts.iter().map(circles).collect::<Vec<_>>(), [27 * 3 + 3, 26 * 3 + 3]);
        assert!(parts[1].contains("part 2 of 2") && parts[1].contains("id=\"b-2-title\""));
    }

    #[test]
    fn of_a_long_label_the_months_are_kept() {
        assert_eq!(row_label("age"), "age");
        let long = row_label("Outpatient appointments attended, months 24 to 22 before");
        assert_eq!(long, "Outpatient appointments att…, months 24 to 22 before");
        assert_eq!(long.chars().count(), LABEL_CHARACTERS_MAX);
    }

    #[test]
    fn what_is_suppressed_has_a_star() {
        let rows = [("age", [ReleasedCell::Suppressed, difference(5)])];
        let svg = &draw(&rows, "b").unwrap()[0];
        assert!(svg.contains("\n*\n") && svg.matches("<circle ").count() == 4, "{svg}");
    }
}
