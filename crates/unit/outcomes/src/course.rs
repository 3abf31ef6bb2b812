//! How use went, stretch by stretch, for participants and comparison: what an event-study plot is drawn from.
//!
//! In: matched people and their tallies. Out: the `course` table: rates of both, and how far apart they are in relation to the last stretch
//! that counts as before; and the `trend` table: whether they ran alike before. That they did is what makes a difference in differences
//! believable.
//! Absent on purpose: money, which few people make up.

use counterfoil_estimate::{
    Amounts, Arm, DifferencePerPersonYear, EstimateError, EventPoint, EventStudy, Panel, Period, Quantity, Quarters,
    Rates, event_study_difference,
};
use counterfoil_model::in_months;
use counterfoil_release::{Cell, Column, Row, Table, TableError};

use crate::compared::{Rows, Together, View, panels};
use crate::estimates::{inference, known, of_nobody};
use crate::figures::{P, Resting, rate_kind};
use crate::frame_tables::of_all_matched;
use crate::used::Periods;
use crate::{OutcomesError, Parts, code, labels};

/// Both tables; none where every measure is money.
pub(crate) fn tables<E: std::error::Error + 'static>(parts: &Parts<'_>) -> Result<Vec<Table>, OutcomesError<E>> {
    let study = parts.inputs.study;
    let measures: Vec<usize> = (0..study.measures.len()).filter(|at| !study.measures[*at].is_money()).collect();
    if measures.is_empty() {
        return Ok(Vec::new());
    }
    let stretches = study.stretches();
    let (mut course, mut trend) = (Vec::new(), Vec::new());
    for measure in measures {
        if parts.matched.rows.is_empty() {
            course.extend(stretches.iter().map(|_| of_nobody::<5>()));
            trend.push(of_nobody::<1>());
        } else {
            let of = OfMeasure::read(parts, measure, &stretches)?;
            let apart = of.apart()?;
            course.extend((0..stretches.len()).map(|stretch| of.cells(stretch, apart.as_ref())));
            trend.push([of.trend(apart.as_ref())]);
        }
    }
    Ok(vec![course_table(parts, course)?, trend_table(parts, trend)?])
}

/// The last stretch that counts as before: what every other is set beside.
fn base(stretches: &[(i64, i64)], dip_months: u32) -> usize {
    let dip = -i64::from(dip_months);
    stretches.iter().rposition(|(_, to)| *to <= dip).expect("the dip is shorter than the look-back")
}

/// What matched people used of one measure.
pub(crate) struct OfMeasure<'a> {
    rows: &'a Rows,
    base: usize,
    /// By stretch: the base in the place of before, the stretch in that of after.
    stretches: Vec<(Panel, Amounts)>,
}

impl<'a> OfMeasure<'a> {
    pub(crate) fn read(parts: &Parts<'a>, measure: usize, stretches: &[(i64, i64)]) -> Result<Self, EstimateError> {
        let (study, rows) = (parts.inputs.study, &parts.matched.rows);
        let base = base(stretches, study.dip_months);
        let beside_base = |stretch: &(i64, i64)| {
            let view = View::of(Periods { before: stretches[base], after: *stretch });
            let mut together = panels(study, rows, parts.tally, std::iter::once(measure), view)?;
            let Together { panel, mut measures } = together.pop().expect("one measure has one panel");
            Ok((panel, measures.pop().expect("its panel has the measure").1))
        };
        let stretches = stretches.iter().map(beside_base).collect::<Result<_, EstimateError>>()?;
        Ok(Self { rows, base, stretches })
    }

    /// How far apart both arms are in each stretch in relation to the base, and a test of those before; none where it cannot be
    /// reckoned.
    pub(crate) fn apart(&self) -> Result<Option<EventStudy<DifferencePerPersonYear>>, EstimateError> {
        let labels: Vec<i32> = (0_i32..).take(self.stretches.len()).collect();
        let amounts = self.stretches.iter().map(|(_, amounts)| amounts.of(Period::After).to_vec());
        let days = self.stretches.iter().map(|(panel, _)| panel.days(Period::After).to_vec());
        let quarters = Quarters::new(labels.clone(), amounts.collect(), days.collect())?;
        let before = &labels[..self.base];
        let panel = &self.stretches[self.base].0;
        known(event_study_difference(panel, &quarters, labels[self.base], before, inference(self.rows)))
    }

    /// The rates of both arms, and the difference of their differences from the base with its interval.
    fn cells(&self, stretch: usize, apart: Option<&EventStudy<DifferencePerPersonYear>>) -> [Cell; 5] {
        let (panel, amounts) = &self.stretches[stretch];
        let decimals = rate_kind(false).decimals;
        let rates = Rates::of(panel, amounts).ok();
        let rate = |arm, period| rates.as_ref().and_then(|of| of.rate(arm, period).ok()).map(Quantity::value);
        let [participants, comparison] = Arm::BOTH.map(|arm| {
            self.rows.resting(amounts, false, &[arm], &[Period::After]).figure(rate(arm, Period::After), decimals)
        });
        let point = apart.and_then(|of| of.points.iter().find(|point| usize::try_from(point.quarter) == Ok(stretch)));
        let known = point.and_then(|EventPoint { estimate, interval, .. }| Some((*estimate, interval.ok()?)));
        let values = known.map(|(estimate, interval)| [estimate, interval.lower, interval.upper]);
        let all = Arm::BOTH.into_iter().flat_map(|arm| Period::BOTH.map(|period| rate(arm, period)));
        let greatest = all.flatten().fold(0.0, f64::max);
        let behind = self.behind(stretch);
        let [estimate, from, to] = match values {
            Some(values) => values.map(|value| behind.difference(Some(value.value()), greatest, decimals)),
            None => [behind.figure(None, decimals); 3],
        };
        [participants, comparison, estimate, from, to]
    }

    /// The p-value of no difference in any stretch before.
    fn trend(&self, apart: Option<&EventStudy<DifferencePerPersonYear>>) -> Cell {
        let p = apart.and_then(|of| of.pre_trend.ok()).map(|wald| wald.p_value_t_squared);
        let behind = (0..=self.base).map(|stretch| self.behind(stretch)).reduce(Resting::worse);
        let behind = behind.expect("the base is a stretch");
        behind.difference(p, behind.p_value_terms(), P.decimals)
    }

    fn behind(&self, stretch: usize) -> Resting {
        self.rows.resting(&self.stretches[stretch].1, false, &Arm::BOTH, &Period::BOTH)
    }
}

fn course_table(parts: &Parts<'_>, cells: Vec<[Cell; 5]>) -> Result<Table, TableError> {
    let study = parts.inputs.study;
    let stretches = study.stretches();
    let (from, to) = stretches[base(&stretches, study.dip_months)];
    let dip = match study.dip_months {
        0 => String::new(),
        months => {
            let matched_on =
                if parts.comparison.matching.trajectory.is_some() { "what people are matched on, and " } else { "" };
            format!(" The last {} before (the dip) are {matched_on}no part of the effect.", in_months(months))
        }
    };
    let note = format!(
        "Matched participants, everybody who started (ITT_ATT), and the people they are compared with; for each person-year under \
         observation. Apart: how much further participants are from the comparison than in months {} to {} before, which is what the other \
         stretches are set beside, with 95 % intervals as in the effect.{dip}",
        -from,
        -to + 1,
    );
    let rate = rate_kind(false);
    let columns = vec![
        Column::figure("Participants", rate),
        Column::figure("Comparison", rate),
        Column::figure("Apart", rate),
        Column::figure("Apart, from", rate),
        Column::figure("Apart, to", rate),
    ];
    let rows =
        labels(parts.plan, "course").iter().zip(cells).map(|(label, cells)| Row::new(label.clone(), cells.to_vec()));
    Table::new(code("course"), "The course of use", note, columns, rows.collect())
}

fn trend_table(parts: &Parts<'_>, cells: Vec<[Cell; 1]>) -> Result<Table, TableError> {
    let people = || Arm::BOTH.map(|arm| Cell::people(parts.matched.rows.count(arm)));
    let rows = labels(parts.plan, "trend").iter().zip(cells);
    let rows: Vec<Row> =
        rows.map(|(label, cells)| Row::new(label.clone(), people().into_iter().chain(cells).collect())).collect();
    let note = "Whether participants and comparison (ITT_ATT, matched) ran alike in the stretches before the dip: p of differences as great \
                as in the course, all stretches together, if they did (Wald test, cluster-robust, by Hotelling's T squared). A small p says that they did not, \
                and that the effect has no ground to stand on; a great p says little where people are few. n/a where there are fewer than \
                two stretches before the dip.";
    let columns = vec![Column::count("Participants"), Column::count("Comparison"), Column::figure("P", P)];
    let measures = rows.len();
    of_all_matched(Table::new(code("trend"), "Whether both ran alike before", note, columns, rows)?, 0..measures)
}
