//! The `linkage` table as what it is about: how well people were linked, of everybody and by each breakdown of the programme's own.
//!
//! In: a table of a release, and the study whose breakdowns it has. Out: rows by breakdown.
//! Absent on purpose: words, and from when on a difference is worth a warning.

use counterfoil_model::Study;
use counterfoil_release::{Decimal, FigureUnit, ReleaseBody, ReleasedCell, ReleasedTable};

use super::units;

/// Some people of the programme's extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) struct LinkedRow<'a> {
    /// The value by which they are one group.
    pub(in crate::report) label: &'a str,
    pub(in crate::report) people: ReleasedCell,
    pub(in crate::report) linked: ReleasedCell,
    /// In percent of those linked.
    pub(in crate::report) wrong: Option<Decimal>,
    /// In percent of all of them.
    pub(in crate::report) missed: Option<Decimal>,
}

/// How well people were linked.
pub(in crate::report) struct Linkage<'a> {
    pub(in crate::report) table: &'a ReleasedTable,
    pub(in crate::report) sureness: Option<&'a ReleasedTable>,
    pub(in crate::report) everybody: LinkedRow<'a>,
    /// A breakdown's label, and its groups.
    pub(in crate::report) breakdowns: Vec<(&'a str, Vec<LinkedRow<'a>>)>,
}

const EVERYBODY: &str = "Everybody";

impl<'a> Linkage<'a> {
    /// None where a release has no such table, or one that is not as expected.
    pub(in crate::report) fn of(body: &'a ReleaseBody, study: &Study) -> Option<Self> {
        let table = body.table("linkage")?;
        let (percent, number) = (Some(FigureUnit::Percent), Some(FigureUnit::None));
        if units(table) != [None, None, percent, percent, number] {
            return None;
        }
        let mut rows = table.rows();
        let everybody = rows.next().filter(|(label, _)| *label == EVERYBODY).map(|(label, cells)| row(label, cells))?;
        let mut breakdowns: Vec<(&str, Vec<LinkedRow<'_>>)> = Vec::new();
        for (label, cells) in rows {
            let titles = study.breakdowns.iter().filter(|of| of.dataset == study.cohort).map(|of| of.label.as_str());
            let (title, value) = split(label, titles)?;
            if breakdowns.last().is_none_or(|(last, _)| *last != title) {
                breakdowns.push((title, Vec::new()));
            }
            breakdowns.last_mut()?.1.push(row(value, cells));
        }
        Some(Self { table, sureness: body.table("sureness"), everybody, breakdowns })
    }
}

fn row<'a>(label: &'a str, cells: &[ReleasedCell]) -> LinkedRow<'a> {
    let figure = |cell| if let ReleasedCell::Figure(figure) = cell { Some(figure) } else { None };
    LinkedRow { label, people: cells[0], linked: cells[1], wrong: figure(cells[2]), missed: figure(cells[3]) }
}

/// The title and the rest of `TITLE: REST`; of several titles that fit, the longest.
pub(super) fn split<'a, 'b>(label: &'a str, titles: impl Iterator<Item = &'b str>) -> Option<(&'a str, &'a str)> {
    let fits = titles.filter(|title| label.strip_prefix(title).is_some_and(|rest| rest.starts_with(": ")));
    let length = fits.map(str::len).max()?;
    Some((&label[..length], &label[length + ": ".len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_split_behind_the_longest_title_that_it_begins_with() {
        let titles = || ["A", "A: B", "Age at the start"].into_iter();
        for (label, expected) in [
            ("A: x", Some(("A", "x"))),
            ("A: B: x: y", Some(("A: B", "x: y"))),
            ("A: Bx", Some(("A", "Bx"))),
            ("Age at the start: 18 to 24", Some(("Age at the start", "18 to 24"))),
            ("Age: 18", None),
            ("A", None),
            ("A:", None),
            ("", None),
        ] {
            assert_eq!(split(label, titles()), expected, "{label}");
        }
    }
}
