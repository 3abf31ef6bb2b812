//! Pictures as SVG, for people and for screen readers.
//!
//! In: what to draw, by pixels. Out: one `<svg>` with a title and a description, the same bytes for the same drawing.
//! Absent on purpose: scripts, fonts and pictures from elsewhere, and floats: every position is a whole pixel.

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::{
    Circle, Color as _, DrawingArea, IntoDrawingArea as _, IntoFont as _, PathElement, RGBColor, Rectangle, SVGBackend,
    ShapeStyle, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::words::spaced;
use crate::error::StepError;

/// Width of a picture that stands by itself.
pub(super) const WIDTH: i32 = 760;
/// Width of one with long labels and figures beside its marks: that of the page.
pub(super) const FULL_WIDTH: i32 = 880;
/// Room around.
pub(super) const MARGIN: i32 = 8;
/// A line of a legend.
pub(super) const LEGEND_LINE: i32 = 24;

/// Text and lines that carry a number.
pub(super) const INK: RGBColor = RGBColor(0x21, 0x2b, 0x32);
/// Lines to read by.
pub(super) const FAINT: RGBColor = RGBColor(0xd8, 0xdd, 0xe0);
/// Something looked at apart.
pub(super) const SHADE: RGBColor = RGBColor(0xee, 0xf1, 0xf3);
const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// Told apart in black and white too: dark, light, middle.
pub(super) const COLOURS: [RGBColor; 3] =
    [RGBColor(0x00, 0x3d, 0x7a), RGBColor(0x7f, 0xb2, 0xe5), RGBColor(0x3f, 0x7f, 0x5f)];
/// Of lines and marks, which need more contrast than bars: dark, then two middle ones that differ in shape.
pub(super) const LINES: [RGBColor; 4] =
    [RGBColor(0x00, 0x3d, 0x7a), RGBColor(0xb3, 0x50, 0x00), RGBColor(0x3f, 0x7f, 0x5f), RGBColor(0x5c, 0x3a, 0x8c)];

/// The SVG backend writes sizes divided by 1.24: 14 pixels.
const TEXT: u32 = 17;
/// 12 pixels.
const SMALL: u32 = 15;

/// What something is drawn in.
pub(super) type Colour = RGBColor;
/// A pixel.
pub(super) type At = (i32, i32);

/// Where a text stands from its pixel.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Left,
    Middle,
    Right,
}

/// How large a text is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Size {
    Text,
    Small,
}

/// Shapes by which marks are told apart without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Full,
    Hollow,
    Square,
    HollowSquare,
}

impl Mark {
    /// Those of the first, the second, the third and the fourth of something.
    pub(super) const ALL: [Self; 4] = [Self::Full, Self::Hollow, Self::Square, Self::HollowSquare];
}

/// What a screen reader says of a picture.
pub(super) struct About<'a> {
    /// Its name in the page.
    pub(super) id: &'a str,
    /// What it is.
    pub(super) title: &'a str,
    /// What it shows.
    pub(super) description: &'a str,
}

/// Something to draw on.
pub(super) struct Picture<'a>(DrawingArea<SVGBackend<'a>, Shift>);

/// Makes a picture of some pixels.
pub(super) fn picture(
    about: &About<'_>,
    (width, height): At,
    draw: impl FnOnce(&Picture<'_>) -> Result<(), StepError>,
) -> Result<String, StepError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (width.unsigned_abs(), height.unsigned_abs()));
        let picture = Picture(area.into_drawing_area());
        draw(&picture)?;
        picture.0.present().map_err(|error| failed(&error))?;
    }
    Ok(described(&svg, about))
}

impl Picture<'_> {
    pub(super) fn rectangle(&self, from: At, to: At, colour: RGBColor) -> Result<(), StepError> {
        self.0.draw(&Rectangle::new([from, to], colour.filled())).map_err(|error| failed(&error))
    }

    pub(super) fn line(&self, points: &[At], colour: RGBColor, width: u32) -> Result<(), StepError> {
        let style: ShapeStyle = colour.stroke_width(width);
        self.0.draw(&PathElement::new(points, style)).map_err(|error| failed(&error))
    }

    pub(super) fn dashed(&self, points: &[At], colour: RGBColor, width: u32) -> Result<(), StepError> {
        let style: ShapeStyle = colour.stroke_width(width);
        self.0.draw(&DashedPathElement::new(points.iter().copied(), 6, 4, style)).map_err(|error| failed(&error))
    }

    pub(super) fn mark(&self, (x, y): At, mark: Mark, colour: RGBColor) -> Result<(), StepError> {
        if matches!(mark, Mark::Square | Mark::HollowSquare) {
            self.rectangle((x - 4, y - 4), (x + 4, y + 4), colour)?;
            return match mark {
                Mark::HollowSquare => self.rectangle((x - 2, y - 2), (x + 2, y + 2), PAPER),
                _ => Ok(()),
            };
        }
        self.0.draw(&Circle::new((x, y), 5, colour.filled())).map_err(|error| failed(&error))?;
        if mark == Mark::Hollow {
            self.0.draw(&Circle::new((x, y), 3, PAPER.filled())).map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    pub(super) fn text(&self, words: &str, at: At, side: Side, size: Size) -> Result<(), StepError> {
        let (horizontal, pixels) = match (side, size) {
            (Side::Left, Size::Text) => (HPos::Left, TEXT),
            (Side::Left, Size::Small) => (HPos::Left, SMALL),
            (Side::Middle, Size::Text) => (HPos::Center, TEXT),
            (Side::Middle, Size::Small) => (HPos::Center, SMALL),
            (Side::Right, Size::Text) => (HPos::Right, TEXT),
            (Side::Right, Size::Small) => (HPos::Right, SMALL),
        };
        let style: TextStyle<'_> = ("sans-serif", pixels).into_font().color(&INK);
        let text = Text::new(spaced(words), at, style.pos(Pos::new(horizontal, VPos::Center)));
        self.0.draw(&text).map_err(|error| failed(&error))
    }
}

/// A label of so many characters at most.
pub(super) fn shortened(label: &str, characters_max: usize) -> String {
    if label.chars().count() <= characters_max {
        return label.to_owned();
    }
    let mut shortened: String = label.chars().take(characters_max - 1).collect();
    shortened.push('…');
    shortened
}

/// A label in lines of so many characters at most, broken between words; what does not fit is left out of the last.
pub(super) fn wrapped(label: &str, characters_max: usize, lines_max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in label.split(' ') {
        let full = lines.len() == lines_max;
        let last = lines.last_mut().expect("there is a first line");
        if last.is_empty() {
            last.push_str(word);
        } else if full || last.chars().count() + 1 + word.chars().count() <= characters_max {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().map(|line| shortened(line, characters_max)).collect()
}

/// A number of things that are drawn, of which there are never many.
pub(super) fn as_pixels(count: usize) -> i32 {
    i32::try_from(count).expect("a picture shows a few hundred things at most")
}

fn failed(error: &dyn std::fmt::Display) -> StepError {
    StepError::Chart(error.to_string())
}

/// Makes one image of the drawing, with a title and a description.
fn described(svg: &str, About { id, title, description }: &About<'_>) -> String {
    let role = format!("<svg role=\"img\" aria-labelledby=\"{id}-title\" aria-describedby=\"{id}-desc\" ");
    let svg = svg.replacen("<svg ", &role, 1);
    let words = format!(
        "<title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        escaped(&spaced(title)),
        escaped(description)
    );
    match svg.find(">\n") {
        Some(end) => format!("{}{words}{}", &svg[..end + 2], &svg[end + 2..]),
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

    #[test]
    fn a_picture_has_a_title_and_a_description_and_labels_are_never_markup() {
        let about = About { id: "p", title: "A & <b>", description: "\"Two\" marks" };
        let svg = picture(&about, (40, 20), |on| {
            on.text("<script>alert(1)</script>", (2, 2), Side::Left, Size::Small)?;
            on.mark((9, 9), Mark::Hollow, INK)
        });
        let svg = svg.unwrap();
        let start =
            "<svg role=\"img\" aria-labelledby=\"p-title\" aria-describedby=\"p-desc\" width=\"40\" height=\"20\"";
        assert!(svg.starts_with(start), "{svg}");
        assert!(svg.contains("<title id=\"p-title\">A &amp; &lt;b&gt;</title>"), "{svg}");
        assert!(svg.contains("<desc id=\"p-desc\">&quot;Two&quot; marks</desc>"), "{svg}");
        assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"), "{svg}");
        assert_eq!(svg.matches("<circle ").count(), 2);
    }

    #[test]
    fn long_labels_are_cut_at_a_character() {
        assert_eq!(shortened(&"é".repeat(34), 34), "é".repeat(34));
        assert_eq!(shortened(&"é".repeat(35), 34), format!("{}…", "é".repeat(33)));
    }

    #[test]
    fn a_label_is_broken_between_words_and_cut_in_its_last_line() {
        for (label, lines) in [
            ("Falls", &["Falls"][..]),
            ("Falls at home", &["Falls at", "home"]),
            ("Falls at ho", &["Falls at", "ho"]),
            ("Falls home", &["Falls home"]),
            ("Falls at home and elsewhere", &["Falls at", "home and …"]),
            ("Appointments attended", &["Appointme…", "attended"]),
            ("", &[""]),
        ] {
            assert_eq!(wrapped(label, 10, 2), lines, "{label}");
        }
    }
}
