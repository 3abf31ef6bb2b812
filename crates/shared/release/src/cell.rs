//! Exact cells: a number, and who is behind it.
//!
//! In: counts, sums of money over people, statistics. Out: a [`Cell`] for a row of a table.
//! Absent on purpose: `Debug`, `Display`, `Serialize` and readers outside this crate, as for tables.

use crate::decimal::SCALED_MAX;
use crate::dominance::is_dominated;
use crate::table::COUNT_MAX;

/// One exact number and who is behind it.
#[derive(Clone, Copy)]
pub struct Cell(pub(crate) Exact);

#[derive(Clone, Copy)]
pub(crate) enum Exact {
    Count(Counted),
    Money(Money),
    Figure(Option<i64>, Behind),
}

/// A count and the number of people who contribute to it.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) count: u64,
    pub(crate) people: u64,
}

/// A sum of money over people, none of it below zero. Somebody with several spells or bills is one person with one amount.
#[derive(Clone, Copy)]
pub struct Money {
    /// The sum, in pence.
    pub pence: u64,
    /// People with more than nothing in it.
    pub people: u64,
    /// The largest amount of one person, in pence.
    pub largest: u64,
    /// The next largest amount of one person, in pence.
    pub second: u64,
}

impl Money {
    /// Adds up one amount a person, in pence, in any order. A sum too great for a table stays too great for one.
    pub fn of_people(amounts: impl IntoIterator<Item = u64>) -> Self {
        let nothing = Self { pence: 0, people: 0, largest: 0, second: 0 };
        amounts.into_iter().filter(|amount| *amount > 0).fold(nothing, |sum, amount| Self {
            pence: sum.pence.saturating_add(amount),
            people: sum.people + 1,
            largest: sum.largest.max(amount),
            second: sum.second.max(amount.min(sum.largest)),
        })
    }

    /// The part of it that dominance is about.
    pub fn contributors(self) -> Contributors {
        Contributors { pence: self.pence, largest: self.largest, second: self.second }
    }

    fn is_possible(self) -> bool {
        let Self { pence, people, largest, second } = self;
        let contributors_fit = self.contributors().is_possible();
        match people {
            0 => contributors_fit && pence == 0,
            1 => contributors_fit && pence > 0 && largest == pence && second == 0,
            _ => {
                // The others have at least a penny each and at most what the second has.
                let (others, top) = (u128::from(people - 2), u128::from(largest) + u128::from(second));
                let rest = u128::from(pence).saturating_sub(top);
                contributors_fit && second > 0 && (others..=others * u128::from(second)).contains(&rest)
            }
        }
    }
}

/// How a sum of money is spread, as far as dominance needs it.
#[derive(Clone, Copy)]
pub struct Contributors {
    /// The sum, in pence.
    pub pence: u64,
    /// The largest amount of one person, in pence.
    pub largest: u64,
    /// The next largest amount of one person, in pence.
    pub second: u64,
}

impl Contributors {
    /// Of two sums behind one figure, the one by which the figure is judged.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let top = |of: Self| u128::from(of.largest) + u128::from(of.second);
        // Greater share of the two largest, without a division.
        let other_is_worse =
            self.pence == 0 || top(other) * u128::from(self.pence) > top(self) * u128::from(other.pence);
        if is_dominated(self) || !(is_dominated(other) || other_is_worse) { self } else { other }
    }

    fn is_possible(self) -> bool {
        let top = u128::from(self.largest) + u128::from(self.second);
        let some = (self.pence == 0) == (self.largest == 0);
        self.pence <= COUNT_MAX && self.second <= self.largest && top <= u128::from(self.pence) && some
    }
}

/// What a figure rests on. The ends of its interval rest on the same.
#[derive(Clone, Copy)]
pub struct Behind {
    /// People of the smallest group that is not empty, among all groups that any term of the figure rests on, such as the people
    /// with any event in one arm and one period. 0 if all groups are empty.
    pub people_min: u64,
    /// Observations, or clusters, beyond the number of parameters.
    pub residual_degrees: u64,
    /// The worst of the sums of money behind it ([`Contributors::worse`]), if any is.
    pub dominance: Option<Contributors>,
    /// Of a difference: the greatest of the terms that it is a difference of, without its sign and in the figure's own last place.
    /// A small difference of great rates would show more of their counts than of itself. 0 for a ratio and for a mean.
    pub terms_max: u64,
}

impl Cell {
    /// A count of people.
    pub fn people(people: u64) -> Self {
        Self::events(people, people)
    }

    /// A count of events, and of the people who had at least one of them.
    pub fn events(count: u64, people: u64) -> Self {
        Self(Exact::Count(Counted { count, people }))
    }

    /// A sum of money over people.
    pub fn money(money: Money) -> Self {
        Self(Exact::Money(money))
    }

    /// A statistic in units of its last place, of which the column says how many there are. None where it does not exist, as a ratio
    /// to nothing.
    pub fn figure(value: Option<i64>, behind: Behind) -> Self {
        Self(Exact::Figure(value, behind))
    }

    /// The count, if it is one of people.
    pub(crate) fn as_people(self) -> Option<u64> {
        self.as_count().filter(|of| of.count == of.people).map(|of| of.count)
    }

    pub(crate) fn as_count(self) -> Option<Counted> {
        if let Exact::Count(counted) = self.0 { Some(counted) } else { None }
    }

    /// Whether there can be such a cell, as a part of a whole where it is one.
    pub(crate) fn is_possible(self, whole: Option<Self>) -> bool {
        match self.0 {
            Exact::Count(of) => {
                let whole = whole.and_then(Self::as_count);
                let fits = whole.is_none_or(|whole| of.count <= whole.count && of.people <= whole.people);
                fits && of.count <= COUNT_MAX && of.people <= of.count && (of.count == 0) == (of.people == 0)
            }
            Exact::Money(money) => money.is_possible(),
            Exact::Figure(value, behind) => {
                let fits = |number: u64| number <= SCALED_MAX;
                fits(value.map_or(0, i64::unsigned_abs))
                    && fits(behind.terms_max)
                    && behind.people_min <= COUNT_MAX
                    && behind.dominance.is_none_or(Contributors::is_possible)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(money: Money) -> [u64; 4] {
        [money.pence, money.people, money.largest, money.second]
    }

    #[test]
    fn people_are_added_up_in_any_order_and_nothing_is_nobody() {
        assert_eq!(parts(Money::of_people([])), [0, 0, 0, 0]);
        assert_eq!(parts(Money::of_people([0, 0])), [0, 0, 0, 0]);
        assert_eq!(parts(Money::of_people([0, 5])), [5, 1, 5, 0]);
        assert_eq!(parts(Money::of_people([5, 5, 3])), [13, 3, 5, 5]);
        for order in [[1, 2, 9], [9, 2, 1], [2, 9, 1], [2, 1, 9]] {
            assert_eq!(parts(Money::of_people(order)), [12, 3, 9, 2]);
        }
        assert_eq!(parts(Money::of_people([u64::MAX, 1])), [u64::MAX, 2, u64::MAX, 1]);
    }

    #[test]
    fn money_that_cannot_be_is_told() {
        let possible =
            |pence, people, largest, second| Cell::money(Money { pence, people, largest, second }).is_possible(None);
        for (pence, people, largest, second) in [
            (1, 0, 0, 0),
            (0, 1, 0, 0),
            (5, 1, 4, 0),
            (5, 1, 5, 5),
            (5, 2, 5, 0),
            (5, 2, 2, 3),
            (6, 2, 3, 2),
            (6, 3, 4, 2),
            (9, 3, 4, 2),
            (12, 3, 9, 9),
            (u64::MAX, 9, u64::MAX, u64::MAX),
            (COUNT_MAX + 1, 1, COUNT_MAX + 1, 0),
        ] {
            assert!(!possible(pence, people, largest, second), "{pence} {people} {largest} {second}");
        }
        for (pence, people, largest, second) in
            [(0, 0, 0, 0), (5, 1, 5, 0), (5, 2, 3, 2), (8, 3, 4, 2), (7, 3, 4, 2), (COUNT_MAX, 1, COUNT_MAX, 0)]
        {
            assert!(possible(pence, people, largest, second), "{pence} {people} {largest} {second}");
        }
        // Nobody has no largest amount.
        assert!(!Cell::money(Money { pence: 0, people: 0, largest: 1, second: 0 }).is_possible(None));
    }

    #[test]
    fn a_figure_is_judged_by_the_worse_sum() {
        let of = |pence, largest, second| Contributors { pence, largest, second };
        let worse = |one: Contributors, other: Contributors| [one.worse(other).pence, other.worse(one).pence];
        assert_eq!(worse(of(1_000, 200, 100), of(2_000, 300, 200)), [1_000; 2]);
        // One person has half of the first; the two largest have more of the second.
        assert_eq!(worse(of(1_000, 500, 10), of(2_000, 900, 800)), [1_000; 2]);
        assert_eq!(worse(of(0, 0, 0), of(2_000, 300, 200)), [2_000; 2]);
    }
}
