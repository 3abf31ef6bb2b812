//! The chart: CPU seconds and memory by people a side, both axes logarithmic.
//!
//! In: what was measured. Out: one SVG that needs nothing from elsewhere, with a title for screen readers. A dashed line shows what
//! linear growth from the first point would be.
//! Absent on purpose: colours that only some can tell apart; lines differ in their marks and are named at their ends.

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::{
    Circle, Color as _, DrawingArea, IntoDrawingArea as _, IntoFont as _, PathElement, RGBColor, Rectangle, SVGBackend,
    Text, TextStyle, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::{Measured, Outcome, exponent};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type At = (i32, i32);

const SIZE: (u32, u32) = (880, 440);
/// Of the two panels: left edge, right edge.
const PANELS: [(i32, i32); 2] = [(60, 420), (500, 860)];
const TOP: i32 = 70;
const BOTTOM: i32 = 380;
const INK: RGBColor = RGBColor(0x21, 0x2b, 0x32);
const FAINT: RGBColor = RGBColor(0xd8, 0xdd, 0xe0);
const DARK: RGBColor = RGBColor(0x00, 0x3d, 0x7a);
const WARM: RGBColor = RGBColor(0xb3, 0x50, 0x00);
/// The SVG backend writes sizes divided by 1.24: 14 and 12 pixels.
const TEXT: u32 = 17;
const SMALL: u32 = 15;

/// One line of a panel.
struct Line<'a> {
    name: &'a str,
    colour: RGBColor,
    is_square: bool,
    values: Vec<f64>,
}

/// Draws the chart.
pub(crate) fn draw(measured: &[Measured]) -> Outcome<String> {
    let of = |value: fn(&Measured) -> f64| measured.iter().map(value).collect::<Vec<_>>();
    let link_seconds: fn(&Measured) -> f64 = |one| one.linked.cpu_seconds;
    let link_gib: fn(&Measured) -> f64 = |one| one.linked.peak_mib as f64 / 1_024.0;
    let line = |name, is_square, values| Line { name, is_square, values, colour: if is_square { WARM } else { DARK } };
    let time = [
        line("extracts to links", false, of(link_seconds)),
        line("people to extracts", true, of(|one| one.made.cpu_seconds)),
    ];
    let memory = [
        line("extracts to links", false, of(link_gib)),
        line("people to extracts", true, of(|one| one.made.peak_mib as f64 / 1_024.0)),
    ];
    let people: Vec<f64> = measured.iter().map(|one| f64::from(one.people)).collect();
    let title = format!(
        "CPU seconds and peak memory of linking, from {} to {} people a side. Extracts to links grow with the power {:.2} in time and \
         {:.2} in memory.",
        short(people[0]),
        short(people[people.len() - 1]),
        exponent(measured, link_seconds),
        exponent(measured, link_gib),
    );
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        panel(&area, PANELS[0], "CPU seconds, all threads", &people, &time)?;
        panel(&area, PANELS[1], "Peak memory, GiB", &people, &memory)?;
        area.present()?;
    }
    let end = svg.find('>').ok_or("the backend writes one element")? + 1;
    svg.insert_str(end, &format!("\n<title>{title}</title>"));
    Ok(svg.replacen("<svg ", "<svg role=\"img\" ", 1))
}

fn panel(area: &Area<'_>, (left, right): At, title: &str, people: &[f64], lines: &[Line<'_>]) -> Outcome<()> {
    let (least, most) = bounds(people, lines);
    let x = |value: f64| between(value, people[0], people[people.len() - 1], left + 20, right - 20);
    let y = |value: f64| between(value, least, most, BOTTOM, TOP);
    text(area, title, (left, 24), HPos::Left, TEXT)?;
    for value in ticks(least, most) {
        path(area, &[(left, y(value)), (right, y(value))], FAINT)?;
        text(area, &short(value), (left - 8, y(value)), HPos::Right, SMALL)?;
    }
    for value in people {
        path(area, &[(x(*value), BOTTOM), (x(*value), BOTTOM + 5)], INK)?;
        text(area, &short(*value), (x(*value), BOTTOM + 18), HPos::Center, SMALL)?;
    }
    path(area, &[(left, BOTTOM), (right, BOTTOM)], INK)?;
    text(area, "people a side", (left.midpoint(right), BOTTOM + 42), HPos::Center, SMALL)?;
    for (nth, line) in lines.iter().enumerate() {
        let points: Vec<At> = people.iter().zip(&line.values).map(|(people, value)| (x(*people), y(*value))).collect();
        path(area, &points, line.colour)?;
        for point in &points {
            mark(area, *point, line)?;
        }
        let legend = (left + 8 + 170 * i32::try_from(nth)?, 50);
        mark(area, legend, line)?;
        text(area, line.name, (legend.0 + 12, legend.1), HPos::Left, SMALL)?;
    }
    // From the first point of the first line.
    let (first, last) = (people[0], people[people.len() - 1]);
    let values = &lines[0].values;
    let linear = values[0] * last / first;
    let style = INK.stroke_width(1);
    area.draw(&DashedPathElement::new([(x(first), y(values[0])), (x(last), y(linear))], 6, 4, style))?;
    let away = if values[values.len() - 1] > linear { 28 } else { -14 };
    text(area, "linear", (x(last) - 4, y(linear) + away), HPos::Right, SMALL)
}

/// Powers of ten, or halves and fifths of them, around all values and the line of linear growth.
fn bounds(people: &[f64], lines: &[Line<'_>]) -> (f64, f64) {
    let values = || lines.iter().flat_map(|line| line.values.iter().copied());
    let linear = lines[0].values[0] * people[people.len() - 1] / people[0];
    let steps: Vec<f64> = steps().collect();
    let (least, most) = (values().fold(f64::MAX, f64::min), values().fold(linear, f64::max));
    let below = steps.iter().copied().filter(|step| *step <= least).fold(f64::MIN_POSITIVE, f64::max);
    let above = steps.iter().copied().filter(|step| *step >= most).fold(f64::MAX, f64::min);
    (below, above)
}

fn ticks(least: f64, most: f64) -> impl Iterator<Item = f64> {
    steps().filter(move |step| (least..=most).contains(step))
}

/// 0.001, 0.002, 0.005, 0.01 and so on.
fn steps() -> impl Iterator<Item = f64> {
    (-3..6).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
}

/// The pixel of a value on a logarithmic axis.
fn between(value: f64, least: f64, most: f64, from: i32, to: i32) -> i32 {
    let share = (value / least).ln() / (most / least).ln();
    #[allow(clippy::cast_possible_truncation, reason = "a pixel of the picture")]
    let pixels = (share * f64::from(to - from)).round() as i32;
    from + pixels
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", value / 1e6),
        value if value >= 1e4 => format!("{}k", value / 1e3),
        // Of 0.05 as many digits as a tick has.
        value => format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

fn path(area: &Area<'_>, points: &[At], colour: RGBColor) -> Outcome<()> {
    let width = if colour == FAINT || colour == INK { 1 } else { 2 };
    Ok(area.draw(&PathElement::new(points, colour.stroke_width(width)))?)
}

fn mark(area: &Area<'_>, (x, y): At, line: &Line<'_>) -> Outcome<()> {
    if line.is_square {
        return Ok(area.draw(&Rectangle::new([(x - 4, y - 4), (x + 4, y + 4)], line.colour.filled()))?);
    }
    Ok(area.draw(&Circle::new((x, y), 5, line.colour.filled()))?)
}

fn text(area: &Area<'_>, words: &str, at: At, side: HPos, pixels: u32) -> Outcome<()> {
    let style: TextStyle<'_> = ("sans-serif", pixels).into_font().color(&INK);
    Ok(area.draw(&Text::new(words.to_owned(), at, style.pos(Pos::new(side, VPos::Center))))?)
}
