//! Bar charts of released counts and sums of money, as SVG.
//!
//! In: labels and released cells. Out: one `<svg>` with a title for screen readers, the same bytes for the same counts.
//! Absent on purpose: a bar for a suppressed count, which would tell its size.

use counterfoil_release::{ColumnKind, ReleasedCell, ReleasedTable};

use super::draw::{About, COLOURS, LEGEND_LINE, MARGIN, Picture, Side, Size, WIDTH, as_pixels, picture, shortened};
use super::words::{before_and_after, is_idle, shown};
use crate::error::StepError;

/// Bars that one chart shows; beyond it the table is easier to read.
const BARS_MAX: usize = 60;

const LABELS: i32 = 250;
const VALUES: i32 = 80;
const BAR: i32 = 20;
const BETWEEN_BARS: i32 = 3;
const BETWEEN_GROUPS: i32 = 16;
const LABEL_CHARACTERS_MAX: usize = 34;

/// How long bars are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// One scale for all.
    Common,
    /// Each group has its own, as when counts of very different things stand below each other.
    PerGroup,
}

/// A chart of horizontal bars.
pub(super) struct Bars<'a> {
    /// Its identifier in the page.
    pub(super) id: String,
    /// What a screen reader says.
    pub(super) title: String,
    /// Names of the bars of a group, 1 to 3.
    pub(super) series: Vec<&'a str>,
    /// Groups: a label, and one cell a series.
    pub(super) groups: Vec<(&'a str, Vec<ReleasedCell>)>,
    /// How long bars are.
    pub(super) scale: Scale,
}

impl<'a> Bars<'a> {
    /// The chart of a table, if one helps.
    pub(super) fn of(table: &'a ReleasedTable) -> Option<Self> {
        let (columns, scale) = if let Some((before, after)) = before_and_after(table) {
            (vec![before, after], Scale::PerGroup)
        } else if table.columns().len() <= 3 && is_drawn(table) {
            ((0..table.columns().len()).collect::<Vec<_>>(), Scale::Common)
        } else {
            return None;
        };
        let rows = table.rows().filter(|(label, cells)| !cells.iter().all(|cell| is_idle(label, *cell)));
        let groups: Vec<_> =
            rows.map(|(label, cells)| (label, columns.iter().map(|column| cells[*column]).collect())).collect();
        (groups.len() * columns.len() <= BARS_MAX).then(|| Self {
            id: format!("chart-{}", table.id()),
            title: format!("Bar chart: {}", table.title()),
            series: columns.iter().map(|column| table.columns()[*column].label.as_str()).collect(),
            groups,
            scale,
        })
    }
}

/// Lengths that can be laid beside each other: all counts, or all money. Figures have signs and intervals, which bars hide.
fn is_drawn(table: &ReleasedTable) -> bool {
    let mut kinds = table.columns().iter().map(|column| column.kind);
    let first = kinds.next();
    !matches!(first, Some(ColumnKind::Figure(_))) && kinds.all(|kind| Some(kind) == first)
}

/// Draws a chart.
pub(super) fn draw(bars: &Bars<'_>) -> Result<String, StepError> {
    let description = "A star is a suppressed number. The table that follows has the same numbers.";
    let about = About { id: &bars.id, title: &bars.title, description };
    picture(&about, (WIDTH, height(bars)), |on| {
        let mut y = legend(bars, on)?;
        let common = greatest(bars.groups.iter().flat_map(|(_, cells)| cells));
        for (label, cells) in &bars.groups {
            let scale = if bars.scale == Scale::Common { common } else { greatest(cells) };
            group(on, label, cells, scale, y)?;
            y += group_height(cells.len()) + BETWEEN_GROUPS;
        }
        Ok(())
    })
}

/// Where the bars start.
fn legend(bars: &Bars<'_>, on: &Picture<'_>) -> Result<i32, StepError> {
    let mut y = MARGIN;
    if bars.series.len() > 1 {
        for (name, colour) in bars.series.iter().zip(COLOURS) {
            on.rectangle((LABELS, y + 3), (LABELS + 14, y + 17), colour)?;
            on.text(name, (LABELS + 22, y + 10), Side::Left, Size::Text)?;
            y += LEGEND_LINE;
        }
        y += MARGIN;
    }
    Ok(y)
}

fn group(on: &Picture<'_>, label: &str, cells: &[ReleasedCell], greatest: u64, top: i32) -> Result<(), StepError> {
    let middle = top + group_height(cells.len()) / 2;
    on.text(&shortened(label, LABEL_CHARACTERS_MAX), (LABELS - 10, middle), Side::Right, Size::Text)?;
    let mut y = top;
    for (cell, colour) in cells.iter().zip(COLOURS) {
        let end = LABELS + length_of(length(cell), greatest).max(1);
        on.rectangle((LABELS, y), (end, y + BAR), colour)?;
        on.text(&shown(*cell), (end + 6, y + BAR / 2), Side::Left, Size::Text)?;
        y += BAR + BETWEEN_BARS;
    }
    Ok(())
}

fn height(bars: &Bars<'_>) -> i32 {
    let legend = if bars.series.len() > 1 { as_pixels(bars.series.len()) * LEGEND_LINE + MARGIN } else { 0 };
    let groups: i32 = bars.groups.iter().map(|(_, cells)| group_height(cells.len()) + BETWEEN_GROUPS).sum();
    2 * MARGIN + legend + groups - BETWEEN_GROUPS
}

fn group_height(bars: usize) -> i32 {
    as_pixels(bars) * (BAR + BETWEEN_BARS) - BETWEEN_BARS
}

fn greatest<'a>(cells: impl IntoIterator<Item = &'a ReleasedCell>) -> u64 {
    cells.into_iter().map(length).max().unwrap_or(0).max(1)
}

fn length(cell: &ReleasedCell) -> u64 {
    match cell {
        ReleasedCell::Count(number) | ReleasedCell::Money(number) => *number,
        ReleasedCell::Figure(_) | ReleasedCell::NotEstimated | ReleasedCell::Suppressed => 0,
    }
}

fn length_of(count: u64, greatest: u64) -> i32 {
    let longest = u128::from((WIDTH - LABELS - VALUES).unsigned_abs());
    let length = u128::from(count) * longest / u128::from(greatest);
    i32::try_from(length).expect("no bar is longer than the chart is wide")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::super::tables::tests::{body, table};
    use super::*;

    fn bars(scale: Scale) -> Bars<'static> {
        let count = ReleasedCell::Count;
        Bars {
            id: "c1".to_owned(),
            title: "A & <b>".to_owned(),
            series: vec!["Before", "After"],
            groups: vec![
                ("<script>alert(1)</script>", vec![count(1_000), count(500)]),
                ("A&E", vec![ReleasedCell::Suppressed, count(0)]),
            ],
            scale,
        }
    }

    #[test]
    fn a_suppressed_count_has_a_star_and_no_length() {
        let svg = draw(&bars(Scale::Common)).unwrap();
        // 760 - 250 - 80 = 430 pixels for 1,000; 215 for 500; a hairline for none and for a suppressed count.
        let widths: Vec<&str> = svg.match_indices("<rect ").map(|(at, _)| attribute(&svg[at..], "width")).collect();
        assert_eq!(widths, ["14", "14", "430", "215", "1", "1"], "{svg}");
        assert_eq!(svg.matches("*\n").count(), 1);
        assert!(svg.contains("1,000"));
    }

    #[test]
    fn nobody_without_a_value_is_no_bar_and_some_are() {
        let labels = |people: &str| {
            let of = table("sex", &[("People", "#")], &[("left_early", &["0"]), ("Not recorded", &[people])]);
            let body = body(&of);
            let bars = Bars::of(&body.tables()[0]).unwrap();
            (bars.groups.iter().map(|(label, _)| (*label).to_owned()).collect::<Vec<_>>(), draw(&bars).unwrap())
        };
        let (none, svg) = labels("0");
        assert_eq!(none, ["left_early"], "nobody with a value is still shown");
        assert!(svg.contains("\nleft early\n") && !svg.contains("left_early"), "{svg}");
        assert_eq!(labels("15").0, ["left_early", "Not recorded"]);
        assert_eq!(labels("*").0, ["left_early", "Not recorded"]);
    }

    #[test]
    fn money_has_its_sign() {
        let mut bars = bars(Scale::PerGroup);
        bars.groups[1].1 = vec![ReleasedCell::Money(10_000), ReleasedCell::Money(5_000)];
        let svg = draw(&bars).unwrap();
        assert!(svg.contains("£10,000") && svg.contains("£5,000"), "{svg}");
    }

    #[test]
    fn a_group_may_have_its_own_scale() {
        let mut bars = bars(Scale::PerGroup);
        bars.groups[1].1 = vec![ReleasedCell::Count(10), ReleasedCell::Count(5)];
        let svg = draw(&bars).unwrap();
        let widths: Vec<&str> = svg.match_indices("<rect ").map(|(at, _)| attribute(&svg[at..], "width")).collect();
        assert_eq!(widths[2..], ["430", "215", "430", "215"]);
    }

    fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
        let start = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        &tag[start..start + tag[start..].find('"').unwrap()]
    }
}
