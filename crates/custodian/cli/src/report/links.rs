//! Whether links were missed unequally, as far as a release tells.
//!
//! In: how well people were linked, or breakdowns of everybody in the programme's extract beside the linked. Out: a warning where they
//! differ by much, to stand beside everything that is said of use.
//! Absent on purpose: a test of significance. Whom a result says less of is worth knowing whatever chance had to do with it.

use counterfoil_model::{Study, Subgroup};
use counterfoil_release::{Decimal, ReleaseBody, ReleasedCell, ReleasedTable};
use maud::{Markup, html};

use super::axis::{ONE, Units, units};
use super::effect_words::without_idle_zeros;
use super::view::{Linkage, LinkedRow};
use super::words::{percent_of, spaced};

/// Of fewer people a share of the linked is mostly chance and rounding.
const PEOPLE_MIN: u64 = 100;
/// Percentage points between two groups from which on a reader should know.
const POINTS_MIN: u128 = 5;
const POINTS_MIN_UNITS: Units = 5 * ONE;

/// A breakdown by which links were missed unequally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unequal<'a> {
    /// The breakdown's label.
    pub(super) title: &'a str,
    /// What differs: `of “left early” 90 % could be linked, of “completed” 95 %`.
    pub(super) clauses: Vec<String>,
    /// Groups that are worse off than the best by as much as is told of.
    pub(super) less: Vec<&'a str>,
}

impl Unequal<'_> {
    /// As a sentence.
    pub(super) fn sentence(&self) -> String {
        spaced(&format!("{}: {}.", self.title, self.clauses.join("; ")))
    }
}

/// Each breakdown of the programme's own people that shows a difference.
pub(super) fn unequal<'a>(body: &'a ReleaseBody, study: &Study) -> Vec<Unequal<'a>> {
    let linkage = Linkage::of(body, study);
    let breakdowns = linkage.map_or_else(|| body.tables().iter().filter_map(of_table).collect(), |of| of.breakdowns);
    breakdowns.iter().filter_map(|(title, rows)| of_rows(title, rows)).collect()
}

/// Where what is said of use is said: a warning, or nothing.
pub(super) fn warning(unequal: &[Unequal<'_>]) -> Markup {
    html! {
        @if !unequal.is_empty() {
            div class="care" {
                p {
                    strong { "Links were missed unequally." }
                    " What is said of use is said less of those who were linked less often; if they fared otherwise, the result is not theirs."
                }
                ul { @for of in unequal { li { (of.sentence()) } } }
            }
        }
    }
}

/// Groups of a subgroup by a variable that a breakdown found linked less often.
pub(super) fn less_linked<'a>(unequal: &[Unequal<'a>], subgroup: &Subgroup, study: &Study) -> Vec<&'a str> {
    let same = |label: &str| {
        study
            .breakdowns
            .iter()
            .any(|of| of.label == label && (&of.dataset, &of.variable) == (&subgroup.dataset, &subgroup.variable))
    };
    unequal.iter().filter(|of| same(of.title)).flat_map(|of| of.less.iter().copied()).collect()
}

/// A breakdown of everybody beside the linked.
fn of_table(table: &ReleasedTable) -> Option<(&str, Vec<LinkedRow<'_>>)> {
    let labels: Vec<&str> = table.columns().iter().map(|column| column.label.as_str()).collect();
    if labels != ["People in the extract", "Of those, linked"] {
        return None;
    }
    let row = |(label, cells): (_, &[ReleasedCell])| LinkedRow {
        label,
        people: cells[0],
        linked: cells[1],
        wrong: None,
        missed: None,
    };
    Some((table.title(), table.rows().map(row).collect()))
}

fn of_rows<'a>(title: &'a str, rows: &[LinkedRow<'a>]) -> Option<Unequal<'a>> {
    let parts = [of_linked(rows), of_missed(rows)];
    let mut less: Vec<&str> = parts.iter().flatten().flat_map(|(_, less)| less.iter().copied()).collect();
    less.sort_unstable();
    less.dedup();
    let clauses: Vec<String> = parts.into_iter().flatten().map(|(clause, _)| clause).collect();
    (!clauses.is_empty()).then_some(Unequal { title, clauses, less })
}

/// A clause, and the groups that are the worse off.
type Difference<'a> = (String, Vec<&'a str>);

fn of_linked<'a>(rows: &[LinkedRow<'a>]) -> Option<Difference<'a>> {
    let groups = rows.iter().filter_map(|row| match (row.people, row.linked) {
        (ReleasedCell::Count(all), ReleasedCell::Count(linked)) if all >= PEOPLE_MIN => Some((row.label, linked, all)),
        _ => None,
    });
    let mut groups: Vec<(&str, u64, u64)> = groups.collect();
    groups.sort_by(|one, other| (wide(one.1) * wide(other.2)).cmp(&(wide(other.1) * wide(one.2))));
    let ((least, linked_least, all_least), (most, linked_most, all_most)) = (*groups.first()?, *groups.last()?);
    let is_less = |(_, linked, all): &&(&str, u64, u64)| {
        let (one, other) = (wide(linked_most) * wide(*all), wide(*linked) * wide(all_most));
        100 * one.saturating_sub(other) >= POINTS_MIN * wide(*all) * wide(all_most)
    };
    let less: Vec<&str> = groups.iter().filter(is_less).map(|(label, ..)| *label).collect();
    (!less.is_empty()).then(|| {
        let clause = format!(
            "of “{least}” {} could be linked, of “{most}” {}",
            percent_of(linked_least, all_least),
            percent_of(linked_most, all_most),
        );
        (clause, less)
    })
}

fn of_missed<'a>(rows: &[LinkedRow<'a>]) -> Option<Difference<'a>> {
    let groups = rows.iter().filter_map(|row| match (row.people, row.missed) {
        (ReleasedCell::Count(all), Some(missed)) if all >= PEOPLE_MIN => Some((row.label, missed)),
        _ => None,
    });
    let mut groups: Vec<(&str, Decimal)> = groups.collect();
    groups.sort_by_key(|(_, missed)| units(*missed));
    let ((fewest, least), (most, greatest)) = (*groups.first()?, *groups.last()?);
    let is_less = |(_, missed): &&(&str, Decimal)| units(*missed) - units(least) >= POINTS_MIN_UNITS;
    let less: Vec<&str> = groups.iter().filter(is_less).map(|(label, _)| *label).collect();
    (!less.is_empty()).then(|| {
        let clause = format!(
            "of “{most}” {}\u{a0}% are expected to have been missed, of “{fewest}” {}\u{a0}%",
            without_idle_zeros(greatest),
            without_idle_zeros(least),
        );
        (clause, less)
    })
}

fn wide(count: u64) -> u128 {
    u128::from(count)
}

#[cfg(test)]
mod tests;
