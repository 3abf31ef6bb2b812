//! The `course` and the `trend` table as what they are about.
//!
//! In: two tables of a release. Out: each measure's stretches with the rates of both, how far apart they are in relation to the last
//! stretch before the dip, and whether they ran alike before. Absent on purpose: any verdict.

use counterfoil_release::{Decimal, FigureUnit, ReleasedCell, ReleasedTable};

use super::{Estimate, units};

/// More than any study looks at: an axis has an end.
const MONTHS_MAX: i32 = 1_200;

/// Months from the index date, the first and the one after the last.
pub(in crate::report) type Months = (i32, i32);

/// Some months of one measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) struct Stretch {
    pub(in crate::report) months: Months,
    /// Participants and comparison.
    pub(in crate::report) rates: [ReleasedCell; 2],
    /// How much further participants are from the comparison than in the base.
    pub(in crate::report) apart: Estimate,
}

/// How probable differences before the dip as great as those seen are, if both ran alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Trend {
    /// The p-value.
    P(Decimal),
    /// It rests on too few people.
    TooFew,
    /// There is no such figure, or the release does not have it.
    NotReckoned,
}

/// One measure, stretch by stretch.
pub(in crate::report) struct CourseOf<'a> {
    pub(in crate::report) label: &'a str,
    pub(in crate::report) stretches: Vec<Stretch>,
    pub(in crate::report) trend: Trend,
}

/// What labels of the dip's stretches end in.
const DIP: &str = " (dip)";

/// How use went.
pub(in crate::report) struct Course<'a> {
    pub(in crate::report) table: &'a ReleasedTable,
    pub(in crate::report) trend: Option<&'a ReleasedTable>,
    pub(in crate::report) measures: Vec<CourseOf<'a>>,
    /// What is looked at apart, just before the index date.
    pub(in crate::report) dip: Option<Months>,
}

impl<'a> Course<'a> {
    pub(super) fn of(table: &'a ReleasedTable, trend: Option<&'a ReleasedTable>) -> Option<Self> {
        if units(table) != [Some(FigureUnit::PerPersonYear); 5] {
            return None;
        }
        let trend = trend.filter(|table| units(table) == [None, None, Some(FigureUnit::None)]);
        let mut measures: Vec<CourseOf<'a>> = Vec::new();
        let mut dip: Option<Months> = None;
        for (row, cells) in table.rows() {
            let of_dip = row.strip_suffix(DIP);
            let (label, months) = stretch(of_dip.unwrap_or(row))?;
            if measures.last().is_none_or(|last| last.label != label) {
                measures.push(CourseOf { label, stretches: Vec::new(), trend: trend_of(trend, label) });
            }
            let stretches = &mut measures.last_mut()?.stretches;
            if stretches.last().is_some_and(|last| last.months.1 != months.0) {
                return None;
            }
            stretches.push(Stretch { months, rates: [cells[0], cells[1]], apart: Estimate::of(&cells[2..5]) });
            if of_dip.is_some() {
                dip = Some(dip.map_or(months, |dip| (dip.0.min(months.0), dip.1.max(months.1))));
            }
        }
        Some(Self { table, trend, measures, dip })
    }

    /// Whether a stretch is what the others are set beside: the last one that counts as before.
    pub(in crate::report) fn is_base(&self, months: Months) -> bool {
        months.1 == self.dip.map_or(0, |dip| dip.0)
    }
}

fn trend_of(table: Option<&ReleasedTable>, label: &str) -> Trend {
    let mut rows = table.into_iter().flat_map(ReleasedTable::rows);
    match rows.find(|(of, _)| *of == label).map(|(_, cells)| cells[2]) {
        Some(ReleasedCell::Figure(p)) => Trend::P(p),
        Some(ReleasedCell::Suppressed) => Trend::TooFew,
        _ => Trend::NotReckoned,
    }
}

/// The measure and the months of `A&E, months 24 to 22 before` or `A&E, months 1 to 3 after`.
fn stretch(label: &str) -> Option<(&str, Months)> {
    let (measure, months) = label.rsplit_once(", months ")?;
    let (from, rest) = months.split_once(" to ")?;
    let (to, side) = rest.split_once(' ')?;
    let (from, to): (i32, i32) = (from.parse().ok()?, to.parse().ok()?);
    let months = match side {
        "before" => (from.checked_neg()?, to.checked_neg()?.checked_add(1)?),
        "after" => (from.checked_sub(1)?, to),
        _ => return None,
    };
    let fits = -MONTHS_MAX <= months.0 && months.0 < months.1 && months.1 <= MONTHS_MAX;
    fits.then_some((measure, months))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_read_from_their_labels_and_nothing_else_is() {
        assert_eq!(stretch("A&E, months 24 to 22 before"), Some(("A&E", (-24, -21))));
        assert_eq!(stretch("A&E, months 3 to 1 before"), Some(("A&E", (-3, 0))));
        assert_eq!(
            stretch("Visits, months 1 to 2 after, months 1 to 3 after"),
            Some(("Visits, months 1 to 2 after", (0, 3)))
        );
        for label in [
            "A&E",
            "A&E, months 3 to 1",
            "A&E, months x to 1 before",
            "A&E, months 1 to 3 before",
            "A&E, months 2 to 1 later",
            "A&E, months 2000000000 to 1 before",
            "A&E, months -2147483648 to 1 after",
        ] {
            assert_eq!(stretch(label), None, "{label}");
        }
    }
}
