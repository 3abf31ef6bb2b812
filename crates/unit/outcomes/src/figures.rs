//! Statistics as cells: rounded to their last place, with what they rest on.
//!
//! In: floats from the estimators, and the people behind them. Out: cells for the release gate, which shows them no more precisely than
//! the people allow.
//! Absent on purpose: deciding whether a figure may be shown.

use counterfoil_release::{Behind, Cell, Contributors, FigureKind, FigureUnit, Money};

/// More than rounding takes from a sum of as many weights as there are people.
const ROUNDING_MAX: f64 = 1e-6;

/// Least and greatest of what a figure rests on, gathered group by group.
#[derive(Clone, Copy)]
pub(crate) struct Resting {
    people_min: u64,
    dominance: Option<Contributors>,
    residual_degrees: u64,
}

impl Resting {
    /// On nobody yet, with so many people or clusters beyond the parameters.
    pub(crate) fn with_degrees(residual_degrees: u64) -> Self {
        Self { people_min: 0, dominance: None, residual_degrees }
    }

    /// And on a group of people; an empty one is shown as such.
    #[must_use]
    pub(crate) fn and_people(mut self, people: u64) -> Self {
        if people > 0 && (self.people_min == 0 || people < self.people_min) {
            self.people_min = people;
        }
        self
    }

    /// And on what the people of a group have of something, each with a weight above 0. Somebody who counts twice as much as others
    /// shows twice as much, so the group is only as large as it would be if all who have any had the greatest weight.
    #[must_use]
    pub(crate) fn and_amounts(self, amounts: impl Iterator<Item = (u64, f64)> + Clone, is_money: bool) -> Self {
        let having = amounts.filter(|(amount, _)| *amount > 0);
        let greatest = having.clone().fold(0.0, |greatest: f64, (_, weight)| greatest.max(weight));
        if greatest <= 0.0 {
            return self;
        }
        let together: f64 = having.clone().map(|(_, weight)| weight / greatest).sum();
        let mut resting = self.and_people(whole(together + ROUNDING_MAX));
        if is_money {
            let shares = having.map(|(pence, weight)| whole((pence as f64 * (weight / greatest)).round()));
            let contributors = Money::of_people(shares).contributors();
            resting.dominance = Some(resting.dominance.map_or(contributors, |worst| worst.worse(contributors)));
        }
        resting
    }

    /// The weaker of both in everything.
    pub(crate) fn worse(self, other: Self) -> Self {
        let dominance = match (self.dominance, other.dominance) {
            (Some(one), Some(other)) => Some(one.worse(other)),
            (one, other) => one.or(other),
        };
        Self {
            dominance,
            residual_degrees: self.residual_degrees.min(other.residual_degrees),
            ..self.and_people(other.people_min)
        }
    }

    /// What a p-value is a difference of, for its grain: one person more in a group of n moves a statistic by about 1 / sqrt(n) standard
    /// errors and p by at most 0.4 (the height of the normal curve) times that, and a grain keeps three counts possible.
    pub(crate) fn p_value_terms(self) -> f64 {
        0.4 / 3.0 * (self.people_min as f64).sqrt()
    }

    /// People, degrees of freedom, and the sum and the two largest of its money.
    #[cfg(test)]
    pub(crate) fn parts(self) -> (u64, u64, Option<[u64; 3]>) {
        (self.people_min, self.residual_degrees, self.dominance.map(|of| [of.pence, of.largest, of.second]))
    }

    fn behind(self, terms_max: f64, decimals: u8) -> Behind {
        Behind {
            people_min: self.people_min,
            residual_degrees: self.residual_degrees,
            dominance: self.dominance,
            terms_max: scaled(terms_max.abs(), decimals).map_or(0, i64::unsigned_abs),
        }
    }

    /// A statistic that is no difference of greater terms: a rate, a mean, a ratio.
    pub(crate) fn figure(self, value: Option<f64>, decimals: u8) -> Cell {
        self.difference(value, 0.0, decimals)
    }

    /// A statistic that is a difference of terms, the greatest of which is given.
    pub(crate) fn difference(self, value: Option<f64>, terms_max: f64, decimals: u8) -> Cell {
        Cell::figure(value.and_then(|value| scaled(value, decimals)), self.behind(terms_max, decimals))
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "people, and amounts that came from u64")]
fn whole(number: f64) -> u64 {
    number as u64
}

/// A number in units of its last place, half away from zero; none where it is no number or far too great to be meant.
pub(crate) fn scaled(value: f64, decimals: u8) -> Option<i64> {
    const SCALED_MAX: f64 = 1e12;
    let scaled = (value * 10_f64.powi(i32::from(decimals))).round();
    #[allow(clippy::cast_possible_truncation, reason = "a whole number below 10^12 is one of 64 bits")]
    (scaled.abs() < SCALED_MAX).then_some(scaled as i64)
}

/// Decimals of a relative change in percent.
pub(crate) const PERCENT_DECIMALS: u8 = 1;

/// A relative change.
pub(crate) const PERCENT: FigureKind = FigureKind { decimals: PERCENT_DECIMALS, unit: FigureUnit::Percent };

/// How strong something unrecorded would have to be, as a ratio.
pub(crate) const E_VALUE: FigureKind = FigureKind { decimals: 2, unit: FigureUnit::None };

/// How often chance would do as much.
pub(crate) const P: FigureKind = FigureKind { decimals: 2, unit: FigureUnit::None };

/// How rates of a table are written: of money in whole pounds, of events in thousandths.
pub(crate) fn rate_kind(is_money: bool) -> FigureKind {
    if is_money {
        FigureKind { decimals: 0, unit: FigureUnit::PoundsPerPersonYear }
    } else {
        FigureKind { decimals: 3, unit: FigureUnit::PerPersonYear }
    }
}
