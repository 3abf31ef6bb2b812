//! The nearest by Mahalanobis distance, within the strata.
//!
//! In: the frame, the rule. Out: the controls of each treated place. As `MatchIt` (from 4.4 on): the covariance is that within the
//! groups, over all strata. The treated come in drawn order, round after round; the nearest is the candidate that is left with
//! the least squared distance, of equal ones the lowest rank. Strata, and the lists of the nearest, are found in parallel:
//! none depends on another.

#![allow(clippy::float_cmp, reason = "a constant column is one whose values are equal")]

use nalgebra::{Cholesky, DMatrix};
use rayon::prelude::*;

use crate::frame::{Frame, Side};
use crate::matching::{Found, Unmatched};
use crate::moments::{Rows, add_products, centre, independent, symmetric};
use crate::nearest::Field;
use crate::{MatchingError, Replacement};

/// Beyond what each treated needs, its list holds so many to fall back on when others were first.
const SPARE: usize = 16;

/// Finds up to `per_treated` controls for each treated place.
pub(crate) fn find_controls(
    frame: &Frame,
    caliper: Option<f64>,
    per_treated: u32,
    replacement: Replacement,
) -> Result<Vec<Found>, MatchingError> {
    let whitening = Whitening::new(frame)?;
    let treated = whitening.whiten(&frame.treated);
    let candidates = whitening.whiten(&frame.candidates);
    let limit = caliper.map_or(f64::INFINITY, |caliper| caliper * caliper);
    let strata = frame.by_stratum();
    let in_strata: Vec<Vec<Found>> = strata
        .par_iter()
        .filter(|stratum| !stratum.candidates.is_empty())
        .map(|stratum| {
            let targets: Vec<&[f64]> = stratum.treated.iter().map(|&place| treated.row(place)).collect();
            let members = stratum.candidates.iter().map(|&place| candidates.row(place));
            let field = Field::new(candidates.width, members, limit);
            let chosen = match replacement {
                Replacement::With => with(&field, &targets, per_treated as usize),
                Replacement::Without => without(&field, &targets, per_treated as usize),
            };
            let places = |members: Vec<usize>| members.into_iter().map(|member| stratum.candidates[member]).collect();
            chosen.into_iter().map(|controls| controls.map(places)).collect()
        })
        .collect();
    let mut found: Vec<Found> = vec![Err(Unmatched::NoCandidateInStratum); frame.treated.strata.len()];
    for (stratum, in_stratum) in strata.iter().filter(|stratum| !stratum.candidates.is_empty()).zip(in_strata) {
        for (&place, controls) in stratum.treated.iter().zip(in_stratum) {
            found[place as usize] = controls;
        }
    }
    Ok(found)
}

type Chosen = Result<Vec<usize>, Unmatched>;

fn with(field: &Field, targets: &[&[f64]], per_treated: usize) -> Vec<Chosen> {
    let lists = field.nearest(targets, per_treated).into_iter();
    lists.map(|list| if list.is_empty() { Err(Unmatched::NoneWithinCaliper) } else { Ok(list) }).collect()
}

/// Each list holds the nearest of all. Who is left of it is nearer than who is not on it; when nobody is left, it is made anew
/// from those who are.
fn without(field: &Field, targets: &[&[f64]], per_treated: usize) -> Vec<Chosen> {
    let count = per_treated + SPARE;
    let mut lists = field.nearest(targets, count);
    let mut chosen: Vec<Chosen> = lists
        .iter()
        .map(|list| Err(if list.is_empty() { Unmatched::NoneWithinCaliper } else { Unmatched::NoneLeft }))
        .collect();
    let mut was_cut_short: Vec<bool> = lists.iter().map(|list| list.len() == count).collect();
    let mut is_taken = vec![false; field.len()];
    for _ in 0..per_treated {
        let turns = targets.iter().zip(&mut lists).zip(&mut was_cut_short).zip(&mut chosen);
        for (((target, list), was_cut_short), controls) in turns {
            list.retain(|&member| !is_taken[member]);
            if list.is_empty() && *was_cut_short {
                *list = field.nearest_left(target, count, &is_taken);
                *was_cut_short = list.len() == count;
            }
            let Some(&member) = list.first() else { continue };
            is_taken[member] = true;
            match controls {
                Ok(controls) => controls.push(member),
                none => *none = Ok(vec![member]),
            }
        }
    }
    chosen
}

/// What makes the squared Mahalanobis distance of two rows the plain one.
struct Whitening {
    /// Taken off first, so that a column far from 0 loses no digits.
    origin: Vec<f64>,
    scale: Vec<f64>,
    /// Lower triangular factor of the correlations within the groups.
    factor: DMatrix<f64>,
}

impl Whitening {
    fn new(frame: &Frame) -> Result<Self, MatchingError> {
        let (treated, candidates) = (&frame.treated.columns, &frame.candidates.columns);
        let width = treated.len();
        let rows = frame.treated.strata.len() + frame.candidates.strata.len();
        // Two means were estimated.
        let freedom = rows.saturating_sub(2).max(1) as f64;
        let mut scale = Vec::with_capacity(width);
        let mut products = vec![0.0; width * width];
        let mut means = [Vec::with_capacity(width), Vec::with_capacity(width)];
        for (column, (treated, candidates)) in treated.iter().zip(candidates).enumerate() {
            let (mean, squares) = centre(treated.iter().copied());
            let (other_mean, other_squares) = centre(candidates.iter().copied());
            let sd = ((squares + other_squares) / freedom).sqrt();
            let is_constant = [treated, candidates].iter().all(|values| values.iter().all(|&value| value == values[0]));
            if is_constant || sd == 0.0 {
                return Err(MatchingError::Singular { column });
            }
            scale.push(sd);
            means[0].push(mean);
            means[1].push(other_mean);
        }
        for (side, means) in [&frame.treated, &frame.candidates].into_iter().zip(&means) {
            let columns: Vec<&[f64]> = side.columns.iter().map(Vec::as_slice).collect();
            for row in Rows::from_columns(&columns, |column, value| (value - means[column]) / scale[column]).iter() {
                add_products(&mut products, row, 1.0);
            }
        }
        let correlations = symmetric(width, &products) / freedom;
        if let Some(column) = independent(&correlations).iter().position(|is_independent| !is_independent) {
            return Err(MatchingError::Singular { column });
        }
        let factor = Cholesky::new(correlations).ok_or(MatchingError::Singular { column: width - 1 })?.l();
        let [origin, _] = means;
        Ok(Self { origin, scale, factor })
    }

    fn whiten(&self, side: &Side) -> Rows {
        let columns: Vec<&[f64]> = side.columns.iter().map(Vec::as_slice).collect();
        let mut rows = Rows::from_columns(&columns, |column, value| (value - self.origin[column]) / self.scale[column]);
        for row in rows.numbers.chunks_exact_mut(self.scale.len()) {
            for line in 0..row.len() {
                let known = (0..line).fold(row[line], |rest, other| rest - self.factor[(line, other)] * row[other]);
                row[line] = known / self.factor[(line, line)];
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Many targets in few places, so that lists run out and are made anew.
        #[test]
        fn turns_are_those_of_looking_at_everybody_each_time(
            members in prop::collection::vec(-30_i8..30, 1..250),
            targets in prop::collection::vec(-3_i8..3, 1..90),
            per_treated in 1_usize..4,
            limit in prop::option::of(0_u8..200),
        ) {
            let limit = limit.map_or(f64::INFINITY, f64::from);
            let rows = |values: &[i8]| -> Vec<[f64; 1]> { values.iter().map(|&value| [f64::from(value)]).collect() };
            let (members, goals) = (rows(&members), rows(&targets));
            let goals: Vec<&[f64]> = goals.iter().map(|goal| &goal[..]).collect();
            let chosen = without(&Field::new(1, members.iter().map(|row| &row[..]), limit), &goals, per_treated);
            let mut is_free = vec![true; members.len()];
            let mut expected: Vec<Vec<usize>> = vec![Vec::new(); goals.len()];
            for _ in 0..per_treated {
                for (goal, controls) in goals.iter().zip(&mut expected) {
                    let distance = |member: usize| (members[member][0] - goal[0]) * (members[member][0] - goal[0]);
                    let free = (0..members.len()).filter(|&member| is_free[member] && distance(member) <= limit);
                    let nearest = free.min_by(|&one, &other| distance(one).total_cmp(&distance(other)));
                    if let Some(member) = nearest {
                        is_free[member] = false;
                        controls.push(member);
                    }
                }
            }
            for (chosen, expected) in chosen.into_iter().zip(expected) {
                prop_assert_eq!(chosen.unwrap_or_default(), expected);
            }
        }
    }
}
