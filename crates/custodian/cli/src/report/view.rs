//! Released tables as what they are about, where they have the columns that such tables have.
//!
//! In: tables of a release, and the study that named their rows. Out: typed rows. A table that is not as expected gives none, and is then shown as any other table is.
//! Absent on purpose: labels of columns, which may be worded anew; what columns hold and where they stand tells them apart.

mod choices;
mod course;
mod groups;
mod linkage;

pub(super) use choices::{Choice, ChoiceRow, Choices, Kind};
pub(super) use course::{Course, CourseOf, Months, Stretch, Trend};
pub(super) use groups::{Group, Groups};
pub(super) use linkage::{Linkage, LinkedRow};

use std::collections::BTreeSet;

use counterfoil_model::Study;
use counterfoil_release::{ColumnKind, Decimal, FigureKind, FigureUnit, ReleaseBody, ReleasedCell, ReleasedTable};

/// A statistic with its interval, as far as it may be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Estimate {
    /// All three are shown.
    Known {
        /// The estimate.
        value: Decimal,
        /// Lower end of its interval.
        from: Decimal,
        /// Upper end.
        to: Decimal,
    },
    /// It rests on too few people.
    TooFew,
    /// There is no such figure.
    NotReckoned,
}

impl Estimate {
    /// An estimate never stands without its interval.
    pub(super) fn of(cells: &[ReleasedCell]) -> Self {
        match cells {
            // An interval without a width is one whose ends were rounded to the same, as coarsely as its few people ask.
            [ReleasedCell::Figure(_), ReleasedCell::Figure(from), ReleasedCell::Figure(to)] if from == to => {
                Self::TooFew
            }
            [ReleasedCell::Figure(value), ReleasedCell::Figure(from), ReleasedCell::Figure(to)] => {
                Self::Known { value: *value, from: *from, to: *to }
            }
            cells if cells.contains(&ReleasedCell::NotEstimated) => Self::NotReckoned,
            _ => Self::TooFew,
        }
    }

    /// Whether the interval holds 0; none where there is no interval.
    pub(super) fn includes_none(&self) -> Option<bool> {
        match self {
            Self::Known { from, to, .. } => Some(from.scaled() <= 0 && to.scaled() >= 0),
            Self::TooFew | Self::NotReckoned => None,
        }
    }
}

/// What became of one measure.
#[derive(Debug, Clone)]
pub(super) struct EffectRow<'a> {
    pub(super) label: &'a str,
    /// Pounds or events for each person-year.
    pub(super) kind: ColumnKind,
    /// What the programme cannot change.
    pub(super) is_negative_control: bool,
    /// Participants, comparison.
    pub(super) people: [ReleasedCell; 2],
    /// Before and after of participants, then of the comparison.
    pub(super) rates: [[ReleasedCell; 2]; 2],
    /// In percent, of participants and of the comparison.
    pub(super) changes: [ReleasedCell; 2],
    /// Difference in differences, in the unit of the rates.
    pub(super) beyond: Estimate,
    /// Ratio of ratios less 1, in percent.
    pub(super) against: Estimate,
}

/// Measures of use and of money for some participants, and what is said of them.
pub(super) struct Effects<'a> {
    pub(super) rows: Vec<EffectRow<'a>>,
    pub(super) note: &'a str,
    pub(super) tables: Vec<&'a ReleasedTable>,
}

impl<'a> Effects<'a> {
    fn of(body: &'a ReleaseBody, ids: [&str; 2]) -> Option<Self> {
        let tables: Vec<_> = ids.iter().filter_map(|id| body.table(id)).collect();
        let rows: Vec<Vec<_>> = tables.iter().map(|table| effect_rows(table)).collect::<Option<_>>()?;
        let note = tables.first()?.note();
        Some(Self { rows: rows.into_iter().flatten().collect(), note, tables })
    }

    /// What the report speaks of first: money, which covers most; else the first measure that the programme may change.
    pub(super) fn main(&self) -> Option<&EffectRow<'a>> {
        let mut outcomes = self.rows.iter().filter(|row| !row.is_negative_control);
        let money = outcomes.clone().find(|row| unit(row.kind) == Some(FigureUnit::PoundsPerPersonYear));
        money.or_else(|| outcomes.next())
    }
}

/// What a release says of a comparison.
pub(super) struct Compared<'a> {
    pub(super) started: Effects<'a>,
    pub(super) completed: Option<Effects<'a>>,
    pub(super) balance: Option<&'a ReleasedTable>,
    pub(super) course: Option<Course<'a>>,
    pub(super) choices: Option<Choices<'a>>,
    /// In the order of the study.
    pub(super) groups: Vec<Groups<'a>>,
    pub(super) time: Option<&'a ReleasedTable>,
    pub(super) frame: Option<&'a ReleasedTable>,
    /// What the rates are made of, their ratio afterwards, and how likely chance is.
    pub(super) behind: [Option<&'a ReleasedTable>; 3],
    /// Participants' rate after the start over the comparison's, by measure; empty where the release has none.
    pub(super) ratios: Vec<(&'a str, Estimate)>,
}

impl<'a> Compared<'a> {
    /// None for a study without a comparison.
    pub(super) fn of(body: &'a ReleaseBody, study: &'a Study) -> Option<Self> {
        let balance = body.table("balance").filter(|table| is_balance(table));
        let subgroups = study.comparison.iter().flat_map(|comparison| &comparison.subgroups);
        let groups = subgroups.filter_map(|of| Groups::of(body.table(of.id.as_str())?, of, study));
        Some(Self {
            started: Effects::of(body, ["effect", "effect_cost"])?,
            completed: Effects::of(body, ["effect_completers", "effect_cost_completers"]),
            balance,
            course: body.table("course").and_then(|table| Course::of(table, body.table("trend"))),
            choices: body.table("sensitivity").and_then(|table| Choices::of(table, study)),
            groups: groups.collect(),
            time: body.table("time"),
            frame: body.table("frame"),
            behind: ["rates", "ratio", "chance"].map(|id| body.table(id)),
            ratios: body.table("ratio").map(ratios).unwrap_or_default(),
        })
    }

    /// The ratio of a measure, where the release has one.
    pub(super) fn ratio(&self, measure: &str) -> Option<Estimate> {
        self.ratios.iter().find(|(label, _)| *label == measure).map(|(_, ratio)| *ratio)
    }

    /// The ratio of a measure that cannot be set against expectation, where it is known and answers instead.
    pub(super) fn ratio_instead(&self, row: &EffectRow<'_>) -> Option<Estimate> {
        let ratio = self.ratio(row.label)?;
        (row.against == Estimate::NotReckoned && matches!(ratio, Estimate::Known { .. })).then_some(ratio)
    }

    /// Names of the tables that sections of their own show.
    pub(super) fn tables(&self) -> BTreeSet<&'a str> {
        let effects = [Some(&self.started), self.completed.as_ref()].into_iter().flatten();
        let effects = effects.flat_map(|effects| effects.tables.iter().copied());
        let course = self.course.iter().flat_map(|course| [Some(course.table), course.trend]);
        let choices = self.choices.as_ref().map(|choices| choices.table);
        let others = [self.balance, choices, self.time, self.frame].into_iter().chain(self.behind);
        let groups = self.groups.iter().map(|groups| groups.table);
        effects.chain(course.chain(others).flatten()).chain(groups).map(|table| table.id().as_str()).collect()
    }
}

fn unit(kind: ColumnKind) -> Option<FigureUnit> {
    if let ColumnKind::Figure(FigureKind { unit, .. }) = kind { Some(unit) } else { None }
}

fn units(table: &ReleasedTable) -> Vec<Option<FigureUnit>> {
    table.columns().iter().map(|column| unit(column.kind)).collect()
}

fn ratios(table: &ReleasedTable) -> Vec<(&str, Estimate)> {
    let number = Some(FigureUnit::None);
    if units(table) != [None, None, number, number, number] {
        return Vec::new();
    }
    table.rows().map(|(label, cells)| (label, Estimate::of(&cells[2..5]))).collect()
}

fn is_balance(table: &ReleasedTable) -> bool {
    units(table) == [Some(FigureUnit::None); 8]
}

/// The measure that a row is of, and the rest of its label.
fn of_measure<'a>(label: &'a str, study: &Study) -> Option<(&'a str, &'a str)> {
    linkage::split(label, study.measures.iter().map(|measure| measure.label.as_str()))
}

fn effect_rows(table: &ReleasedTable) -> Option<Vec<EffectRow<'_>>> {
    const RATES: usize = 2;
    let rate = table.columns().get(RATES)?.kind;
    let percent = Some(FigureUnit::Percent);
    let rates = || std::iter::repeat_n(unit(rate), 4);
    let expected: Vec<_> = [None, None].into_iter().chain(rates()).chain([percent; 2]).chain(rates().take(3)).collect();
    let is_rate = matches!(unit(rate), Some(FigureUnit::PerPersonYear | FigureUnit::PoundsPerPersonYear));
    let units = units(table);
    let fits = units.len() == expected.len() + 3 && units.starts_with(&expected) && units.ends_with(&[percent; 3]);
    if !is_rate || !fits {
        return None;
    }
    Some(table.rows().map(|(label, cells)| EffectRow::of(table.note(), rate, label, cells)).collect())
}

impl<'a> EffectRow<'a> {
    /// Cells of a table that has the columns of an effect.
    fn of(note: &str, kind: ColumnKind, label: &'a str, cells: &[ReleasedCell]) -> Self {
        Self {
            label,
            kind,
            is_negative_control: is_negative_control(note, label),
            people: [cells[0], cells[1]],
            rates: [[cells[2], cells[3]], [cells[4], cells[5]]],
            changes: [cells[6], cells[7]],
            beyond: Estimate::of(&cells[8..11]),
            against: Estimate::of(&cells[11..14]),
        }
    }
}

#[cfg(test)]
impl EffectRow<'static> {
    /// Of nobody, with how it came out against expectation.
    pub(super) fn made_up(label: &'static str, against: Estimate) -> Self {
        let none = ReleasedCell::NotEstimated;
        let kind = ColumnKind::Figure(FigureKind { decimals: 2, unit: FigureUnit::PerPersonYear });
        let (people, rates, changes) = ([none; 2], [[none; 2]; 2], [none; 2]);
        Self { label, kind, is_negative_control: false, people, rates, changes, beyond: Estimate::TooFew, against }
    }
}

/// The note names them, between a colon and the next sentence.
fn is_negative_control(note: &str, label: &str) -> bool {
    let named = note.split_once("Negative controls").and_then(|(_, rest)| rest.split_once(": "));
    let named = named.map(|(_, rest)| rest.split_once(". An effect on them").map_or(rest, |(named, _)| named));
    named.is_some_and(|named| format!(", {named}, ").contains(&format!(", {label}, ")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn figure(scaled: i64) -> ReleasedCell {
        ReleasedCell::Figure(Decimal::new(scaled, 1).unwrap())
    }

    #[test]
    fn an_estimate_never_stands_without_its_interval() {
        let known = Estimate::of(&[figure(-201), figure(-270), figure(-120)]);
        assert_eq!(known.includes_none(), Some(false));
        assert_eq!(Estimate::of(&[figure(1), figure(-1), figure(0)]).includes_none(), Some(true));
        assert_eq!(Estimate::of(&[figure(1), figure(0), figure(2)]).includes_none(), Some(true));
        assert_eq!(Estimate::of(&[figure(1), ReleasedCell::Suppressed, figure(2)]), Estimate::TooFew);
        assert_eq!(Estimate::of(&[figure(1), figure(2), ReleasedCell::NotEstimated]), Estimate::NotReckoned);
        assert_eq!(Estimate::of(&[figure(0), figure(0), figure(0)]), Estimate::TooFew, "rounded to nothing");
        assert_eq!(Estimate::of(&[]), Estimate::TooFew);
        assert_eq!(Estimate::TooFew.includes_none(), None);
    }

    #[test]
    fn tables_of_other_columns_are_left_to_be_shown_as_any_other() {
        let table = |id: &str, columns: &str, cells: &str| {
            format!(
                r#"{{"id":"{id}","title":"T","note":"N.","columns":[{columns}],"rows":[{{"label":"A","cells":[{cells}]}}],"disclosure":{{"cells":{all},"zero":0,"rounded":0,"figures":0,"not_estimated":{all},"suppressed":0}}}}"#,
                all = cells.split(',').count()
            )
        };
        let columns = |units: &[&str]| {
            let column = |(at, unit): (usize, &&str)| {
                format!(r#"{{"label":"C{at}","kind":{{"figure":{{"decimals":1,"unit":"{unit}"}}}}}}"#)
            };
            units.iter().enumerate().map(column).collect::<Vec<_>>().join(",")
        };
        let not = |count: usize| vec![r#""n/a""#; count].join(",");
        let rate = "per_person_year";
        let course = table("course", &columns(&[rate; 5]), &not(5));
        let effect = |last: &str| {
            let mut units = vec![rate, rate, rate, rate, "percent", "percent", rate, rate, rate, "percent", "percent"];
            units.push(last);
            let people = r#"{"label":"P","kind":"count"},{"label":"Q","kind":"count"},"#;
            let counts = table("effect", &format!("{people}{}", columns(&units)), &format!("0,0,{}", not(12)));
            counts.replace(
                r#""cells":14,"zero":0,"rounded":0,"figures":0,"not_estimated":14"#,
                r#""cells":14,"zero":2,"rounded":0,"figures":0,"not_estimated":12"#,
            )
        };
        let body = |effect: &str| super::super::tables::tests::body(&format!("{effect},{course}"));
        let study = super::super::tables::tests::study("");
        assert!(Compared::of(&body(&effect("points")), &study).is_none());
        let as_expected = body(&effect("percent"));
        let compared = Compared::of(&as_expected, &study).unwrap();
        assert_eq!(compared.started.rows[0].against, Estimate::NotReckoned);
        // Its row does not say which months it is of.
        assert!(compared.course.is_none());
        assert_eq!(compared.tables().into_iter().collect::<Vec<_>>(), ["effect"]);
    }

    #[test]
    fn negative_controls_are_those_that_the_note_names() {
        let note = "Rates. Negative controls, which the programme cannot change: Cataracts, done, Falls. An effect on them says much.";
        for (label, is) in [
            ("Cataracts, done", true),
            ("Falls", true),
            ("Fall", false),
            ("Rates", false),
            ("An effect on them", false),
        ] {
            assert_eq!(is_negative_control(note, label), is, "{label}");
        }
        assert!(!is_negative_control("Rates: Falls.", "Falls"));
    }
}
