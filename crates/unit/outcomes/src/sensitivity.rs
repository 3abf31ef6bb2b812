//! The effect under other choices, which the study named beforehand.
//!
//! In: matched people and their tallies. Out: the `sensitivity` table: as planned; at an index date some months too early, where
//! there should be no effect; with the interval that drawing whole groups again gives; with the greatest amounts cut; without the
//! first months; without some days; with other people compared; by another model; in two parts.
//! Absent on purpose: choosing among them. What was planned is the result.

use std::collections::BTreeMap;

use counterfoil_estimate::{Arm, CountModel, EstimateError};
use counterfoil_release::{Cell, Column, Row, Table};

use crate::compared::{Part, Rows, View};
use crate::estimates::{Estimates, drawn, estimates, of_nobody};
use crate::figures::{E_VALUE, PERCENT};
use crate::frame_tables::{beside_participants, of_all_matched};
use crate::matched::matched;
use crate::used::{Periods, negative_controls};
use crate::{OutcomesError, Parts, code, derived, labels};

/// `planned` are the estimates of every measure as planned.
pub(crate) fn table<E: std::error::Error + 'static>(
    parts: &Parts<'_>,
    planned: &BTreeMap<usize, Estimates<'_>>,
) -> Result<Table, OutcomesError<E>> {
    let mut lines = Lines { parts, cells: Vec::new(), of_all_matched: Vec::new() };
    lines.of_planned(planned)?;
    lines.of_other_times()?;
    lines.of_others()?;
    lines.of_other_models()?;
    let labels = labels(parts.plan, "sensitivity");
    let rows = labels.iter().zip(lines.cells).map(|(label, cells)| Row::new(label.clone(), cells));
    let columns = vec![
        Column::count("Participants"),
        Column::count("Comparison"),
        Column::figure("Against expectation", PERCENT),
        Column::figure("Against expectation, from", PERCENT),
        Column::figure("Against expectation, to", PERCENT),
        Column::figure("E-value", E_VALUE),
        Column::figure("E-value of the end nearer to none", E_VALUE),
    ];
    let title = "The effect under other choices";
    let rows: Vec<Row> = rows.collect();
    let others = (0..rows.len()).filter(|row| !lines.of_all_matched.contains(row)).collect::<Vec<_>>();
    let table = Table::new(code("sensitivity"), title, note(parts), columns, rows)?;
    Ok(beside_participants(of_all_matched(table, lines.of_all_matched)?, others)?)
}

/// The rows of the table, in the order of the plan.
struct Lines<'a> {
    parts: &'a Parts<'a>,
    cells: Vec<Vec<Cell>>,
    /// Rows whose participants are those of the planned matching.
    of_all_matched: Vec<usize>,
}

impl Lines<'_> {
    fn of_planned(&mut self, planned: &BTreeMap<usize, Estimates<'_>>) -> Result<(), EstimateError> {
        let (study, rows) = (self.parts.inputs.study, &self.parts.matched.rows);
        self.push_all(planned);
        if let Some(months) = self.parts.comparison.placebo_months {
            self.push(rows, None, View::of(Periods::placebo(study, months)), CountModel::Poisson)?;
        }
        let again = drawn(self.parts, rows, 0..study.measures.len(), View::of(Periods::of(study)))?;
        for measure in 0..study.measures.len() {
            let cells = planned.get(&measure).map(|of| of.with_e_values_drawn(again.get(&measure)));
            self.push_line(rows, cells.as_ref());
        }
        Ok(())
    }

    fn of_other_times(&mut self) -> Result<(), EstimateError> {
        let (study, comparison) = (self.parts.inputs.study, self.parts.comparison);
        let (rows, planned) = (&self.parts.matched.rows, View::of(Periods::of(study)));
        if comparison.winsorise_permille.is_some() {
            let cut = View { winsorise_permille: comparison.winsorise_permille, ..planned };
            self.push(rows, Some(true), cut, CountModel::Poisson)?;
        }
        if let Some(months) = comparison.wash_in_months {
            self.push(rows, None, View::of(Periods::washed_in(study, months)), CountModel::Poisson)?;
        }
        for left_out in 0..comparison.left_out.len() {
            self.push(rows, None, View { left_out: Some(left_out), ..planned }, CountModel::Poisson)?;
        }
        Ok(())
    }

    /// People matched by other terms. Terms that nobody can be matched by say nothing, and do not keep the planned result back.
    fn of_others<E: std::error::Error + 'static>(&mut self) -> Result<(), OutcomesError<E>> {
        let Parts { inputs, comparison, frame, counted, tally, seed, .. } = *self.parts;
        for (alternative, offer) in comparison.alternatives.iter().zip(&frame.offers[1..]) {
            let seed = derived(seed, &format!("matching: {}", alternative.label));
            let rows = match matched(inputs, &alternative.matching, offer, counted, tally, seed) {
                Ok(matched) => matched.rows,
                Err(error) if error.is_of_the_data() => Rows::of_nobody(),
                Err(error) => return Err(error.into()),
            };
            self.push(&rows, None, View::of(Periods::of(inputs.study)), CountModel::Poisson)?;
        }
        Ok(())
    }

    fn of_other_models(&mut self) -> Result<(), EstimateError> {
        let (rows, planned) = (&self.parts.matched.rows, View::of(Periods::of(self.parts.inputs.study)));
        self.push(rows, Some(false), planned, CountModel::NegativeBinomial)?;
        self.push(rows, Some(true), View { part: Part::Any, ..planned }, CountModel::Poisson)?;
        self.push(rows, Some(true), View { part: Part::OfThoseWithAny, ..planned }, CountModel::Poisson)
    }

    /// Every measure of one kind, or of both.
    fn push(
        &mut self,
        rows: &Rows,
        is_money: Option<bool>,
        view: View,
        model: CountModel,
    ) -> Result<(), EstimateError> {
        let measures = &self.parts.inputs.study.measures;
        let of_kind = |at: &usize| is_money.is_none_or(|is_money| measures[*at].is_money() == is_money);
        let chosen: Vec<usize> = (0..measures.len()).filter(of_kind).collect();
        let estimates = estimates(self.parts, rows, chosen.iter().copied(), view, model)?;
        for measure in chosen {
            self.push_line(rows, estimates.get(&measure).map(Estimates::with_e_values).as_ref());
        }
        Ok(())
    }

    fn push_all(&mut self, estimates: &BTreeMap<usize, Estimates<'_>>) {
        for measure in 0..self.parts.inputs.study.measures.len() {
            let cells = estimates.get(&measure).map(Estimates::with_e_values);
            self.push_line(&self.parts.matched.rows, cells.as_ref());
        }
    }

    fn push_line(&mut self, rows: &Rows, effect: Option<&[Cell; 5]>) {
        if std::ptr::eq(rows, &raw const self.parts.matched.rows) {
            self.of_all_matched.push(self.cells.len());
        }
        let people = Arm::BOTH.map(|arm| Cell::people(rows.count(arm)));
        self.cells.push(people.into_iter().chain(effect.map_or_else(of_nobody, |cells| *cells)).collect());
    }
}

fn note(parts: &Parts<'_>) -> String {
    let (study, comparison) = (parts.inputs.study, parts.comparison);
    let mut sentences = vec![
        "Everybody who started (ITT_ATT), matched. Against expectation as in the effect: the ratio of ratios, less 1."
            .to_owned(),
    ];
    if comparison.placebo_months.is_some() {
        sentences.push(
            "At a placebo index date, before anybody started, it should be none: an effect there says that the comparison is not like \
             for like."
                .to_owned(),
        );
    }
    sentences.push(negative_controls(study).trim_start().to_owned());
    sentences.push(format!(
        "Interval by drawing groups again: what holds 95 % of {draws} draws of whole groups of {cluster} (bias-corrected and \
         accelerated).",
        draws = comparison.draws,
        cluster = comparison.cluster,
    ));
    if !comparison.alternatives.is_empty() {
        sentences.push(
            "Compared with others: matched by other terms, of which the study tells; where nobody can be, n/a."
                .to_owned(),
        );
    }
    for left_out in &comparison.left_out {
        sentences
            .push(format!("Without {}: {} to {} are in neither period.", left_out.label, left_out.from, left_out.to));
    }
    sentences.push("Negative binomial: counts that vary more than by chance.".to_owned());
    if study.measures.iter().any(counterfoil_model::Measure::is_money) {
        sentences.push("The ratios of parts 1 and 2 multiply to that of the amount: read them together, since each by itself can differ where before \
             and after are of unequal length.".to_owned());
    }
    sentences.push(
        "E-value: how strongly something that nobody recorded would have to go with both the programme and the outcome, each as a ratio, \
         to explain the effect away. The study named these before any data was there."
            .to_owned(),
    );
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}
