//! How alike participants and the people they are compared with were before.
//!
//! In: the matched and their tallies. Out: the `balance` table: what they were matched on, and what each measure came to in every
//! stretch before the index date, the dip's too, whether or not it was matched on.
//! Absent on purpose: tests of significance, which say how many people there are and not how alike.

use counterfoil_matching::{Balance, BalanceRow, Weights, balance_of};
use counterfoil_model::{Comparison, Study, Value, VariableKind};
use counterfoil_release::{Cell, Column, FigureKind, FigureUnit, Row, Table};

use crate::estimates::of_nobody;
use crate::figures::Resting;
use crate::matched::Matched;
use crate::tally::{Counted, Tally};
use crate::{Inputs, OutcomesError, code, dataset};

const DECIMALS: u8 = 2;
const NUMBER: FigureKind = FigureKind { decimals: DECIMALS, unit: FigureUnit::None };
/// Columns of numbers that are in memory at a time: each is as long as there are people.
const COLUMNS_AT_ONCE: usize = 16;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// The share of people with a code of a variable, both by their positions.
    Share { variable: usize, code: u16 },
    /// A whole number, by the position of its variable.
    Number { variable: usize },
    /// What a measure came to in some months.
    Used { measure: usize, months: (i64, i64), is_money: bool },
}

/// A column of numbers: of participants and of everybody else who was offered.
pub(crate) struct Numbers {
    of: Of,
    pub(crate) treated: Vec<f64>,
    pub(crate) candidates: Vec<f64>,
}

pub(crate) fn table<E: std::error::Error + 'static>(
    inputs: &Inputs<'_>,
    comparison: &Comparison,
    labels: &[String],
    matched: &Matched,
    counted: &[Counted],
    tally: &Tally,
) -> Result<Table, OutcomesError<E>> {
    let planned = rows(inputs, comparison);
    let mut cells: Vec<Vec<Cell>> = Vec::with_capacity(planned.len());
    match &matched.matching {
        None => cells.resize_with(planned.len(), || of_nobody::<8>().to_vec()),
        Some(matching) => {
            let weights = matching.weights();
            for planned in planned.chunks(COLUMNS_AT_ONCE) {
                let numbers: Vec<Numbers> =
                    planned.iter().map(|of| numbers(inputs, *of, matched, counted, tally)).collect();
                let columns: Vec<(&[f64], &[f64])> =
                    numbers.iter().map(|of| (of.treated.as_slice(), of.candidates.as_slice())).collect();
                let balance = balance_of(&columns, matching)?;
                cells.extend(numbers.iter().zip(&balance).map(|(of, balance)| of.cells(balance, &weights)));
            }
        }
    }
    let rows = labels.iter().zip(cells).map(|(label, cells)| Row::new(label.clone(), cells));
    let columns = vec![
        Column::figure("Participants", NUMBER),
        Column::figure("Others, before matching", NUMBER),
        Column::figure("Matched participants", NUMBER),
        Column::figure("Matched others", NUMBER),
        Column::figure("Standardised difference before", NUMBER),
        Column::figure("Standardised difference after", NUMBER),
        Column::figure("Variance ratio after", NUMBER),
        Column::figure("Distance of distributions after", NUMBER),
    ];
    let note = note(inputs.study, comparison);
    Ok(Table::new(code("balance"), "How alike they were before", note, columns, rows.collect())?)
}

fn note(study: &Study, comparison: &Comparison) -> String {
    let exact = if comparison.matching.exact.is_empty() { "" } else { ", and exact in the first variables" };
    let unrecorded = if study.measures.iter().any(|measure| measure.recorded_from.is_some()) {
        " Use before the day from which a measure is recorded is not in it."
    } else {
        ""
    };
    format!(
        "Of the participants offered for comparison and of everybody else offered, before matching; of the matched, after. A row that \
         names a value is the share of people with it; a number that is not recorded counts as 0. Use is for each person in that \
         stretch, money in pounds.{unrecorded} A standardised difference is the difference of the means over the standard deviation of \
         all participants, before and after alike: below 0.1 is usually taken as close, above 0.25 as far apart. The distance of \
         distributions is the greatest difference of the shares of people up to any value (Kolmogorov and Smirnov). Matching was within \
         one calendar month{exact}."
    )
}

/// The planned rows, in their order.
pub(crate) fn rows(inputs: &Inputs<'_>, comparison: &Comparison) -> Vec<Of> {
    let people = &dataset(inputs.agreement, &inputs.study.usage).people;
    let mut rows = Vec::new();
    let close = comparison.matching.covariates.iter().map(|covariate| &covariate.variable);
    for name in comparison.matching.exact.iter().chain(close) {
        let variable = people.iter().position(|variable| variable.name == *name);
        let variable = variable.expect("check_study found the comparison's variables");
        match &people[variable].kind {
            VariableKind::Code(codes) => {
                rows.extend((0..).zip(codes).map(|(code, _)| Of::Share { variable, code }));
            }
            _ => rows.push(Of::Number { variable }),
        }
    }
    let before: Vec<_> = inputs.study.stretches().into_iter().filter(|(_, to)| *to <= 0).collect();
    for (measure, of) in inputs.study.measures.iter().enumerate() {
        rows.extend(before.iter().map(|months| Of::Used { measure, months: *months, is_money: of.is_money() }));
    }
    rows
}

pub(crate) fn numbers(inputs: &Inputs<'_>, of: Of, matched: &Matched, counted: &[Counted], tally: &Tally) -> Numbers {
    let value = |person: u32, variable| inputs.usage.values(variable)[counted[person as usize].usage_row as usize];
    let number = |person: u32| match of {
        Of::Share { variable, code } => f64::from(u8::from(value(person, variable) == Some(Value::Code(code)))),
        Of::Number { variable } => match value(person, variable) {
            Some(Value::Integer(number)) => f64::from(number),
            _ => 0.0,
        },
        Of::Used { measure, months, is_money } => {
            let amount = tally.amount(person as usize, measure, months) as f64;
            if is_money { amount / 100.0 } else { amount }
        }
    };
    let all = |people: &[u32]| people.iter().map(|person| number(*person)).collect();
    Numbers { of, treated: all(&matched.treated), candidates: all(&matched.candidates) }
}

impl Numbers {
    fn cells(&self, balance: &BalanceRow, weights: &Weights) -> Vec<Cell> {
        let (treated, candidates) = (self.treated.as_slice(), self.candidates.as_slice());
        let (all_treated, all_candidates) = ((treated, None), (candidates, None));
        let matched_treated = (treated, Some(weights.treated.as_slice()));
        let matched_candidates = (candidates, Some(weights.candidates.as_slice()));
        let resting = |groups: &[Group<'_>]| self.resting(balance.is_binary, groups);
        let mean = |of: Group<'_>, mean: Option<f64>| resting(&[of]).figure(mean, DECIMALS);
        let (before, after) = (&balance.before, &balance.after);
        let sd = before.treated_sd.filter(|sd| *sd > 0.0);
        let difference = |groups: &[Group<'_>], of: &Balance| {
            let means = [of.treated_mean, of.control_mean].into_iter().flatten();
            let greatest = means.fold(0.0, |greatest: f64, mean| greatest.max(mean.abs()));
            resting(groups).difference(of.standardised_difference, sd.map_or(0.0, |sd| greatest / sd), DECIMALS)
        };
        vec![
            mean(all_treated, before.treated_mean),
            mean(all_candidates, before.control_mean),
            mean(matched_treated, after.treated_mean),
            mean(matched_candidates, after.control_mean),
            difference(&[all_treated, all_candidates], before),
            difference(&[matched_treated, matched_candidates], after),
            resting(&[matched_treated, matched_candidates]).figure(self.variance_ratio(after), DECIMALS),
            // A difference of shares of people: one of n moves it by an n-th.
            resting(&[matched_treated, matched_candidates]).difference(after.distribution_distance, 1.0, DECIMALS),
        ]
    }

    /// Shares have none. Everything else has one, also where all numbers happen to be 0 or 1: else its absence would say so.
    pub(crate) fn variance_ratio(&self, of: &Balance) -> Option<f64> {
        let variance = |sd: Option<f64>| sd.map(|sd| sd * sd);
        let (treated, control) = (variance(of.treated_sd)?, variance(of.control_sd)?);
        (!matches!(self.of, Of::Share { .. }) && control > 0.0).then_some(treated / control)
    }

    /// People with something other than zero, and where all numbers are 0 or 1 those with nothing: the groups that figures would show.
    fn resting(&self, is_binary: bool, groups: &[Group<'_>]) -> Resting {
        let weighed = |(values, weights): Group<'_>| -> Vec<(f64, f64)> {
            let of = |row: usize| weights.map_or(1.0, |weights| weights[row]);
            let all = values.iter().enumerate().map(|(row, value)| (*value, of(row)));
            all.filter(|(_, weight)| *weight > 0.0).collect()
        };
        let groups: Vec<_> = groups.iter().map(|group| weighed(*group)).collect();
        let people: usize = groups.iter().map(Vec::len).sum();
        let start = Resting::with_degrees(people.saturating_sub(groups.len()) as u64);
        groups.iter().fold(start, |resting, group| {
            let with = resting
                .and_amounts(group.iter().map(|(value, weight)| (self.amount(*value), *weight)), self.is_money());
            let without = group.iter().map(|(value, weight)| (u64::from(*value == 0.0), *weight));
            if is_binary { with.and_amounts(without, false) } else { with }
        })
    }

    fn is_money(&self) -> bool {
        matches!(self.of, Of::Used { is_money: true, .. })
    }

    /// Pence, or 1 for anybody with anything.
    fn amount(&self, value: f64) -> u64 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole pence, as they were added up"
        )]
        if self.is_money() { (value * 100.0).round() as u64 } else { u64::from(value != 0.0) }
    }
}

/// Values, and the weights of those that count; none where everybody counts alike.
type Group<'a> = (&'a [f64], Option<&'a [f64]>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_rests_on_those_without_too_and_a_number_on_those_with_something() {
        let numbers = |of, treated: &[f64]| Numbers { of, treated: treated.to_vec(), candidates: Vec::new() };
        let share = numbers(Of::Share { variable: 0, code: 0 }, &[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(share.resting(true, &[(&share.treated, None)]).parts(), (2, 5, None));
        // Of weight: three with, one without.
        let weights = [1.0, 1.0, 1.0, 0.0, 1.0, 0.0];
        assert_eq!(share.resting(true, &[(&share.treated, Some(&weights))]).parts(), (1, 3, None));
        let number = numbers(Of::Number { variable: 0 }, &[9.0, 3.0, 1.0, 4.0, 0.0, 0.0]);
        assert_eq!(number.resting(false, &[(&number.treated, None)]).parts(), (4, 5, None));
        let cost = numbers(Of::Used { measure: 0, months: (-6, 0), is_money: true }, &[1.25, 0.0, 3.5]);
        assert_eq!(cost.resting(false, &[(&cost.treated, None)]).parts(), (2, 2, Some([475, 350, 125])));
        let all = [(share.treated.as_slice(), None), (&share.treated[..3], None)];
        assert_eq!(share.resting(true, &all).parts(), (2, 7, None), "an empty group is no group");
    }

    #[test]
    fn everything_but_a_share_has_a_variance_ratio() {
        let balance = |treated_sd, control_sd| Balance {
            treated_mean: None,
            treated_sd,
            control_mean: None,
            control_sd,
            difference: None,
            standardised_difference: None,
            variance_ratio: None,
            distribution_distance: None,
        };
        let ratio =
            |of, balance: &Balance| Numbers { of, treated: Vec::new(), candidates: Vec::new() }.variance_ratio(balance);
        let (share, number) = (Of::Share { variable: 0, code: 0 }, Of::Number { variable: 0 });
        assert_eq!(ratio(share, &balance(Some(0.5), Some(0.25))), None);
        assert_eq!(ratio(number, &balance(Some(0.5), Some(0.25))), Some(4.0));
        for none in [balance(None, Some(0.25)), balance(Some(0.5), None), balance(Some(0.5), Some(0.0))] {
            assert_eq!(ratio(number, &none), None);
        }
    }
}
