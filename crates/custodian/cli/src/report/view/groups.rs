//! Tables of the effect by groups of participants as what they are about.
//!
//! In: a table of a release, and the study's subgroup that it is of. Out: a row a measure and group.
//! Absent on purpose: words, and which groups were linked less.

use counterfoil_model::{Study, Subgroup, SubgroupKind};
use counterfoil_release::{FigureUnit, ReleasedCell, ReleasedTable};

use super::{Estimate, of_measure, units};

/// One measure of one group.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Group<'a> {
    pub(in crate::report) label: &'a str,
    pub(in crate::report) participants: ReleasedCell,
    pub(in crate::report) against: Estimate,
}

/// One measure, group by group.
pub(in crate::report) struct GroupsOf<'a> {
    pub(in crate::report) measure: &'a str,
    pub(in crate::report) rows: Vec<Group<'a>>,
}

/// The effect by a variable.
pub(in crate::report) struct Groups<'a> {
    pub(in crate::report) table: &'a ReleasedTable,
    pub(in crate::report) subgroup: &'a Subgroup,
    pub(in crate::report) measures: Vec<GroupsOf<'a>>,
}

impl<'a> Groups<'a> {
    pub(in crate::report) fn of(table: &'a ReleasedTable, subgroup: &'a Subgroup, study: &Study) -> Option<Self> {
        let percent = Some(FigureUnit::Percent);
        if units(table) != [None, None, percent, percent, percent] {
            return None;
        }
        let mut measures: Vec<GroupsOf<'a>> = Vec::new();
        for (label, cells) in table.rows() {
            let (measure, group) = of_measure(label, study)?;
            if measures.last().is_none_or(|last| last.measure != measure) {
                measures.push(GroupsOf { measure, rows: Vec::new() });
            }
            measures.last_mut()?.rows.push(Group {
                label: group,
                participants: cells[0],
                against: Estimate::of(&cells[2..5]),
            });
        }
        Some(Self { table, subgroup, measures })
    }

    /// Whether the groups came about after the start.
    pub(in crate::report) fn is_dose(&self) -> bool {
        self.subgroup.kind == SubgroupKind::Dose
    }

    /// Groups of a measure.
    pub(in crate::report) fn of_measure(&self, measure: &str) -> &[Group<'a>] {
        self.measures.iter().find(|of| of.measure == measure).map_or(&[], |of| &of.rows)
    }
}
