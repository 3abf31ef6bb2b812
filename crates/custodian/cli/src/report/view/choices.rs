//! The `sensitivity` table as what it is about: the effect under other choices, each of a kind.
//!
//! In: a table of a release, and the study that named its choices. Out: choices with a row a measure. A table that has another row
//! gives none.
//! Absent on purpose: words, and any judgement of what the choices come to.

use counterfoil_model::{Comparison, Study, in_months};
use counterfoil_release::{FigureUnit, ReleasedCell, ReleasedTable};

use super::{Estimate, of_measure, units};

/// What a choice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Kind {
    Planned,
    Placebo,
    OtherPeople,
    WashIn,
    LeftOut,
    Model,
    Cut,
    Drawn,
    Parts,
}

impl Kind {
    /// Those that are other answers to the question of the planned one; a placebo should have none, and parts are of it.
    pub(in crate::report) fn answers_the_same(self) -> bool {
        !matches!(self, Self::Planned | Self::Placebo | Self::Parts)
    }
}

/// One measure under a choice.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct ChoiceRow<'a> {
    pub(in crate::report) measure: &'a str,
    pub(in crate::report) against: Estimate,
    /// E-values of the estimate, and of the end of its interval that is nearer to none.
    pub(in crate::report) e_values: [ReleasedCell; 2],
}

/// A choice, with the measures that it was made for.
pub(in crate::report) struct Choice<'a> {
    pub(in crate::report) kind: Kind,
    /// As rows name it: `without the first 3 months after the start`.
    pub(in crate::report) name: &'a str,
    pub(in crate::report) rows: Vec<ChoiceRow<'a>>,
}

impl<'a> Choice<'a> {
    /// Its row of a measure.
    pub(in crate::report) fn of(&self, measure: &str) -> Option<&ChoiceRow<'a>> {
        self.rows.iter().find(|row| row.measure == measure)
    }
}

/// All choices.
pub(in crate::report) struct Choices<'a> {
    pub(in crate::report) table: &'a ReleasedTable,
    /// By kind, and among one kind as in the table.
    pub(in crate::report) choices: Vec<Choice<'a>>,
}

impl<'a> Choices<'a> {
    pub(in crate::report) fn of(table: &'a ReleasedTable, study: &Study) -> Option<Self> {
        let (percent, number) = (Some(FigureUnit::Percent), Some(FigureUnit::None));
        let comparison = study.comparison.as_ref()?;
        if units(table) != [None, None, percent, percent, percent, number, number] {
            return None;
        }
        let mut choices: Vec<Choice<'a>> = Vec::new();
        for (label, cells) in table.rows() {
            let (measure, name) = of_measure(label, study)?;
            let row = ChoiceRow { measure, against: Estimate::of(&cells[2..5]), e_values: [cells[5], cells[6]] };
            match choices.iter_mut().find(|choice| choice.name == name) {
                Some(choice) => choice.rows.push(row),
                None => choices.push(Choice { kind: kind(name, comparison)?, name, rows: vec![row] }),
            }
        }
        choices.sort_by_key(|choice| choice.kind);
        Some(Self { table, choices })
    }

    /// Of one measure: every choice that was made for it.
    pub(in crate::report) fn of_measure<'b>(
        &'b self,
        measure: &'b str,
    ) -> impl Iterator<Item = (&'b Choice<'a>, &'b ChoiceRow<'a>)> {
        self.choices.iter().filter_map(move |choice| Some((choice, choice.of(measure)?)))
    }
}

fn kind(name: &str, comparison: &Comparison) -> Option<Kind> {
    let is_left_out = |label: &str| comparison.left_out.iter().any(|of| of.label == label);
    let is_alternative = |label: &str| comparison.alternatives.iter().any(|of| of.label == label);
    let wash_in = |months: u32| name == format!("without the first {} after the start", in_months(months));
    match name {
        "as planned" => Some(Kind::Planned),
        "interval by drawing groups again" => Some(Kind::Drawn),
        "negative binomial" => Some(Kind::Model),
        "part 1, people with any" | "part 2, amount of those with any" => Some(Kind::Parts),
        _ if name.starts_with("placebo, ") => Some(Kind::Placebo),
        _ if name.starts_with("greatest amounts cut at ") => Some(Kind::Cut),
        _ if comparison.wash_in_months.is_some_and(wash_in) => Some(Kind::WashIn),
        _ if name.strip_prefix("without ").is_some_and(is_left_out) => Some(Kind::LeftOut),
        _ if name.strip_prefix("compared with ").is_some_and(is_alternative) => Some(Kind::OtherPeople),
        _ => None,
    }
}
