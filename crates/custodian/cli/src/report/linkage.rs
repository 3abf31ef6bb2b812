//! How well people were linked: what the linkage's own model expects to be wrong or missed, of everybody and by group.
//!
//! In: the `linkage` and the `sureness` table. Out: a section: sentences, a chart by group, the tables. Absent on purpose: calling it
//! measured. A model expects it; nobody has the truth.

use counterfoil_release::Decimal;
use maud::{Markup, PreEscaped, html};

use super::axis::{Axis, ONE, Units, tick_label, units};
use super::draw::{
    About, FAINT, FULL_WIDTH, INK, LEGEND_LINE, LINES, MARGIN, Mark, Picture, Side, Size, as_pixels, picture, shortened,
};
use super::effect_words::without_idle_zeros;
use super::links::{self, Unequal};
use super::tables::{section_id, table_of, table_with};
use super::view::{Linkage, LinkedRow};
use super::words::{self, figure_text, is_idle, of_whole, said};
use crate::error::StepError;

const LABELS: i32 = 312;
const FIGURES: i32 = 176;
const LABEL_CHARACTERS_MAX: usize = 44;
const LINE: i32 = 22;
const AXIS: i32 = 44;
/// Rows of the chart; beyond, the table is easier to read.
const ROWS_MAX: usize = 40;
/// The axis is at least so long: as much as a reader is warned of.
const LEAST_PERCENT: Units = 5;
const SERIES: [&str; 2] = ["People expected to be missed", "Links expected to be wrong"];

/// The name of the section.
pub(super) fn id(linkage: &Linkage<'_>) -> String {
    section_id(linkage.table)
}

/// The section.
pub(super) fn section(linkage: &Linkage<'_>, unequal: &[Unequal<'_>]) -> Result<Markup, StepError> {
    let id = id(linkage);
    let axis = axis(linkage);
    // The difference of a group from the others, which everybody has not.
    let columns = linkage.table.columns().len() - usize::from(linkage.breakdowns.is_empty());
    let plots = linkage.breakdowns.iter().enumerate();
    let plots = plots.map(|(at, (title, rows))| plot(&linkage.everybody, (at + 1, title), rows, &axis));
    let plots: Vec<String> = plots.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    Ok(html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (linkage.table.title()) }
            p { (in_words(&linkage.everybody)) }
            (links::warning(unequal))
            @for svg in &plots {
                figure {
                    (PreEscaped(svg))
                    figcaption { "The same numbers as in the table below." }
                }
            }
            p { (linkage.table.note()) }
            (table_with(linkage.table, columns, str::to_owned))
            @if let Some(sureness) = linkage.sureness {
                h3 { (sureness.title()) }
                p { (sureness.note()) }
                (table_of(sureness))
            }
        }
    })
}

fn in_words(everybody: &LinkedRow<'_>) -> String {
    let LinkedRow { people, linked, wrong, missed, .. } = everybody;
    let expected = |figure: Option<Decimal>, what: &str| match figure {
        Some(figure) => format!("{}\u{a0}% {what}", without_idle_zeros(figure)),
        None => format!("it cannot be shown how many {what}"),
    };
    format!(
        "Of {} in the programme’s extract {} were linked{}. The linkage’s own model expects that of the linked {}, and that of all \
         people {}.",
        words::people(*people),
        said(*linked),
        of_whole(*linked, *people),
        expected(*wrong, "were linked to somebody else"),
        expected(*missed, "were missed"),
    )
}

/// One for all breakdowns, so that they can be laid beside each other, and so long that what is little looks it.
fn axis(linkage: &Linkage<'_>) -> Axis {
    let groups = linkage.breakdowns.iter().flat_map(|(_, rows)| rows);
    let known = std::iter::once(&linkage.everybody).chain(groups).flat_map(|row| [row.missed, row.wrong]).flatten();
    let known = known.map(units).chain([LEAST_PERCENT * ONE]);
    Axis::holding(known, 6, (LABELS + 2 * MARGIN, FULL_WIDTH - FIGURES - MARGIN))
}

/// What is expected of each group of a breakdown, below that of everybody; none where nothing can be shown.
fn plot(
    everybody: &LinkedRow<'_>,
    (at, title): (usize, &str),
    rows: &[LinkedRow<'_>],
    axis: &Axis,
) -> Result<Option<String>, StepError> {
    let rows: Vec<&LinkedRow<'_>> = rows.iter().filter(|row| !is_idle(row.label, row.people)).collect();
    let is_known = |row: &LinkedRow<'_>| row.missed.is_some() || row.wrong.is_some();
    if rows.len() >= ROWS_MAX || !rows.iter().any(|row| is_known(row)) {
        return Ok(None);
    }
    let all: Vec<&LinkedRow<'_>> = std::iter::once(everybody).chain(rows).collect();
    let top = 2 * MARGIN + LEGEND_LINE * 2;
    let bottom = top + as_pixels(all.len()) * LINE;
    let about = About {
        id: &format!("plot-linkage-{at}"),
        title: &format!("Dot plot: people expected to be missed and links expected to be wrong, in percent. {title}"),
        description: "Full marks: people expected to be missed, of all of the group. Hollow marks: links expected to be wrong, of the linked. \
                      A star is suppressed: too few people. The table that follows has the same numbers.",
    };
    let drawn = picture(&about, (FULL_WIDTH, bottom + AXIS), |on| {
        on.text(&shortened(title, 110), (MARGIN, MARGIN + 6), Side::Left, Size::Text)?;
        legend(on)?;
        scale(on, axis, (top, bottom))?;
        for (at, row) in all.iter().enumerate() {
            draw_row(on, axis, row, top + as_pixels(at) * LINE + LINE / 2)?;
        }
        Ok(())
    });
    drawn.map(Some)
}

fn legend(on: &Picture<'_>) -> Result<(), StepError> {
    let y = MARGIN + LEGEND_LINE + 6;
    for (at, ((name, mark), colour)) in SERIES.into_iter().zip(Mark::ALL).zip(LINES).enumerate() {
        let x = LABELS + 20 + 236 * as_pixels(at);
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
    let middle = i32::midpoint(axis.pixels.0, axis.pixels.1);
    on.text("% of people, % of links", (middle, bottom + 32), Side::Middle, Size::Small)
}

fn draw_row(on: &Picture<'_>, axis: &Axis, row: &LinkedRow<'_>, y: i32) -> Result<(), StepError> {
    on.text(&shortened(row.label, LABEL_CHARACTERS_MAX), (LABELS, y), Side::Right, Size::Text)?;
    // Beside each other, so that neither hides the other.
    for (((figure, down), mark), colour) in [(row.missed, -4), (row.wrong, 4)].into_iter().zip(Mark::ALL).zip(LINES) {
        if let Some(figure) = figure {
            on.mark((axis.at(units(figure)), y + down), mark, colour)?;
        }
    }
    let text = |figure: Option<Decimal>| figure.map_or_else(|| "*".to_owned(), figure_text);
    let figures = format!("{} missed, {} wrong", text(row.missed), text(row.wrong));
    on.text(&figures, (FULL_WIDTH - 4, y), Side::Right, Size::Small)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::super::tables::tests::{body, study, table, text};
    use super::*;

    const COLUMNS: [(&str, &str); 5] = [("A", "#"), ("L", "#"), ("W", "%"), ("M", "%"), ("D", "1")];
    const BREAKDOWN: &str =
        "breakdown = [{ id = \"sex\", label = \"Sex\", dataset = \"programme\", variable = \"sex\" }]\n";

    fn drawn(everybody: [&str; 5], groups: &[(&str, [&str; 5])]) -> String {
        let rows = std::iter::once(("Everybody", everybody)).chain(groups.iter().copied());
        let rows: Vec<(&str, [&str; 5])> = rows.collect();
        let rows: Vec<(&str, &[&str])> = rows.iter().map(|(label, cells)| (*label, &cells[..])).collect();
        let body = body(&table("linkage", &COLUMNS, &rows));
        let study = study(BREAKDOWN);
        section(&Linkage::of(&body, &study).unwrap(), &[]).unwrap().into_string()
    }

    #[test]
    fn it_is_the_model_that_expects_and_a_suppressed_figure_is_said_to_be_hidden() {
        let html = drawn(["2400", "2150", "0.31", "4.10", "n/a"], &[]);
        assert!(
            text(&html).contains(
                "Of 2,400 people in the programme’s extract 2,150 were linked (90 %). The linkage’s own model expects that of the linked \
                 0.31 % were linked to somebody else, and that of all people 4.1 % were missed."
            ),
            "{html}"
        );
        assert!(!html.contains("<svg"), "there are no groups to draw");
        assert!(html.contains("4.10</td>") && !html.contains("n/a") && !html.contains("<th scope=\"col\">D"), "{html}");
        let html = drawn(["2400", "*", "*", "*", "n/a"], &[]);
        assert!(
            text(&html).contains(
                "a suppressed number were linked. The linkage’s own model expects that of the linked it cannot be shown how many were linked \
                 to somebody else"
            ),
            "{html}"
        );
    }

    #[test]
    fn a_group_has_its_marks_and_a_suppressed_figure_a_star() {
        let everybody = ["2400", "2150", "0.31", "4.10", "n/a"];
        let groups = [
            ("Sex: male", ["1200", "1100", "0.20", "3.00", "0.10"]),
            ("Sex: female", ["1200", "1050", "*", "5.20", "0.10"]),
        ];
        let html = drawn(everybody, &groups);
        // A hollow mark is two circles. The legend, everybody and one group have both marks, the other group a full one.
        assert_eq!(html.matches("<circle ").count(), 3 * 3 + 1, "{html}");
        assert!(html.contains("\n5.20 missed, * wrong\n") && html.contains("\n3.00 missed, 0.20 wrong\n"), "{html}");
        assert!(html.contains("<th scope=\"col\">D") && html.contains("0.10</td>"), "{html}");
        let idle = ("Sex: Not recorded", ["0", "0", "*", "*", "*"]);
        let with_idle = drawn(everybody, &[groups[0], groups[1], idle]);
        assert!(!with_idle.contains("\nNot recorded\n") && with_idle.contains(">Sex: Not recorded<"), "{with_idle}");
        let hidden =
            drawn(everybody, &[("Sex: male", ["*", "*", "*", "*", "*"]), ("Sex: female", ["*", "*", "*", "*", "*"])]);
        assert!(!hidden.contains("<svg") && hidden.contains("<table"), "nothing of a group can be drawn");
    }
}
