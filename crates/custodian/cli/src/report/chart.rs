//! Bar charts of released counts, as SVG.
//!
//! In: labels and released cells. Out: one `<svg>` with a title for screen readers, the same bytes for the same counts.
//! Absent on purpose: scripts, fonts and pictures from elsewhere, and a bar for a suppressed count, which would tell its size.

use counterfoil_release::ReleasedCell;
use plotters::prelude::{
    Color as _, IntoDrawingArea as _, IntoFont as _, RGBColor, Rectangle, SVGBackend, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::error::StepError;
use crate::show::thousands;

/// Bars that one chart shows; beyond it the table is easier to read.
pub(super) const BARS_MAX: usize = 60;

const WIDTH: i32 = 760;
const LABELS: i32 = 250;
const VALUES: i32 = 80;
const BAR: i32 = 20;
const BETWEEN_BARS: i32 = 3;
const BETWEEN_GROUPS: i32 = 16;
const LEGEND_LINE: i32 = 24;
const MARGIN: i32 = 8;
/// The SVG backend writes it divided by 1.24: 14 pixels.
const TEXT: u32 = 17;
const LABEL_CHARACTERS_MAX: usize = 34;
/// Told apart in black and white too: dark, light, middle.
const COLOURS: [RGBColor; 3] = [RGBColor(0x00, 0x3d, 0x7a), RGBColor(0x7f, 0xb2, 0xe5), RGBColor(0x3f, 0x7f, 0x5f)];
const INK: RGBColor = RGBColor(0x21, 0x2b, 0x32);

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

/// Draws a chart.
pub(super) fn draw(bars: &Bars<'_>) -> Result<String, StepError> {
    let mut svg = String::new();
    let failed = |error: &dyn std::fmt::Display| StepError::Chart(error.to_string());
    {
        let size = (WIDTH.unsigned_abs(), height(bars).unsigned_abs());
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let mut y = MARGIN;
        if bars.series.len() > 1 {
            for (name, colour) in bars.series.iter().zip(COLOURS) {
                area.draw(&Rectangle::new([(LABELS, y + 3), (LABELS + 14, y + 17)], colour.filled()))
                    .map_err(|e| failed(&e))?;
                area.draw(&text(name, (LABELS + 22, y + 10), HPos::Left)).map_err(|e| failed(&e))?;
                y += LEGEND_LINE;
            }
            y += MARGIN;
        }
        let common = greatest(bars.groups.iter().flat_map(|(_, cells)| cells));
        for (label, cells) in &bars.groups {
            let scale = if bars.scale == Scale::Common { common } else { greatest(cells) };
            let middle = y + group_height(cells.len()) / 2;
            area.draw(&text(&shortened(label), (LABELS - 10, middle), HPos::Right)).map_err(|e| failed(&e))?;
            for (cell, colour) in cells.iter().zip(COLOURS) {
                let (length, value) = match *cell {
                    ReleasedCell::Count(count) => (length_of(count, scale), thousands(count)),
                    ReleasedCell::Suppressed => (0, "*".to_owned()),
                };
                let end = LABELS + length.max(1);
                area.draw(&Rectangle::new([(LABELS, y), (end, y + BAR)], colour.filled())).map_err(|e| failed(&e))?;
                area.draw(&text(&value, (end + 6, y + BAR / 2), HPos::Left)).map_err(|e| failed(&e))?;
                y += BAR + BETWEEN_BARS;
            }
            y += BETWEEN_GROUPS - BETWEEN_BARS;
        }
        area.present().map_err(|e| failed(&e))?;
    }
    Ok(with_title(&svg, &bars.id, &bars.title))
}

fn height(bars: &Bars<'_>) -> i32 {
    let legend = if bars.series.len() > 1 { as_pixels(bars.series.len()) * LEGEND_LINE + MARGIN } else { 0 };
    let groups: i32 = bars.groups.iter().map(|(_, cells)| group_height(cells.len()) + BETWEEN_GROUPS).sum();
    2 * MARGIN + legend + groups - BETWEEN_GROUPS
}

fn group_height(bars: usize) -> i32 {
    as_pixels(bars) * (BAR + BETWEEN_BARS) - BETWEEN_BARS
}

fn as_pixels(count: usize) -> i32 {
    i32::try_from(count).expect("a chart has at most BARS_MAX bars")
}

fn greatest<'a>(cells: impl IntoIterator<Item = &'a ReleasedCell>) -> u64 {
    let counts = cells.into_iter().map(|cell| if let ReleasedCell::Count(count) = cell { *count } else { 0 });
    counts.max().unwrap_or(0).max(1)
}

fn length_of(count: u64, greatest: u64) -> i32 {
    let longest = u128::from((WIDTH - LABELS - VALUES).unsigned_abs());
    let length = u128::from(count) * longest / u128::from(greatest);
    i32::try_from(length).expect("no bar is longer than the chart is wide")
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LABEL_CHARACTERS_MAX {
        return label.to_owned();
    }
    let mut shortened: String = label.chars().take(LABEL_CHARACTERS_MAX - 1).collect();
    shortened.push('…');
    shortened
}

fn text<'a>(words: &str, at: (i32, i32), horizontal: HPos) -> Text<'a, (i32, i32), String> {
    let style: TextStyle<'a> = ("sans-serif", TEXT).into_font().color(&INK);
    Text::new(words.to_owned(), at, style.pos(Pos::new(horizontal, VPos::Center)))
}

/// Makes a picture of the drawing for a screen reader: one image, with a title.
fn with_title(svg: &str, id: &str, title: &str) -> String {
    let role = format!("<svg role=\"img\" aria-labelledby=\"{id}\" ");
    let svg = svg.replacen("<svg ", &role, 1);
    let title = format!("<title id=\"{id}\">{}</title>\n", escaped(title));
    match svg.find(">\n") {
        Some(end) => format!("{}{title}{}", &svg[..end + 2], &svg[end + 2..]),
        None => svg,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
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
    fn a_group_may_have_its_own_scale() {
        let mut bars = bars(Scale::PerGroup);
        bars.groups[1].1 = vec![ReleasedCell::Count(10), ReleasedCell::Count(5)];
        let svg = draw(&bars).unwrap();
        let widths: Vec<&str> = svg.match_indices("<rect ").map(|(at, _)| attribute(&svg[at..], "width")).collect();
        assert_eq!(widths[2..], ["430", "215", "430", "215"]);
    }

    #[test]
    fn labels_are_text_and_never_markup() {
        let svg = draw(&bars(Scale::Common)).unwrap();
        assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
        assert!(svg.contains("&lt;script&gt;") && svg.contains("<title id=\"c1\">A &amp; &lt;b&gt;</title>"), "{svg}");
        assert!(svg.starts_with("<svg role=\"img\" aria-labelledby=\"c1\" "));
    }

    #[test]
    fn long_labels_are_cut_at_a_character() {
        assert_eq!(shortened(&"é".repeat(34)), "é".repeat(34));
        assert_eq!(shortened(&"é".repeat(35)), format!("{}…", "é".repeat(33)));
    }

    fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
        let start = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        &tag[start..start + tag[start..].find('"').unwrap()]
    }
}
