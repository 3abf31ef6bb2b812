//! Matched people over two periods: the panels that estimators read, and who is behind each rate.
//!
//! In: matched rows, tallies, two periods. Out: panels with amounts, and what statistics of them rest on.
//! Absent on purpose: the estimators themselves.

use std::collections::BTreeMap;

use counterfoil_estimate::{Amounts, Arm, EstimateError, GroupBy, Panel, Period, winsorise};
use counterfoil_model::{Code, Study};

use crate::figures::Resting;
use crate::matched::MatchedRow;
use crate::tally::Tally;
use crate::used::Periods;

/// Matched rows of one estimand, and its people.
pub(crate) struct Rows {
    pub(crate) matched: Vec<MatchedRow>,
    /// By arm: each person once, however many sets they are in, in the order of the rows.
    people: [Vec<Weighed>; 2],
    /// Who varies together.
    pub(crate) group_by: GroupBy,
}

/// A person of the rows.
struct Weighed {
    /// One of the person's rows: all have the same amounts.
    row: usize,
    /// Of all of the person's rows together.
    weight: f64,
}

impl Rows {
    pub(crate) fn of(rows: Vec<MatchedRow>, group_by: GroupBy) -> Self {
        let people = Arm::BOTH.map(|arm| {
            let mut place_of: BTreeMap<u32, usize> = BTreeMap::new();
            let mut people: Vec<Weighed> = Vec::new();
            for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.arm == arm) {
                let place = *place_of.entry(row.person).or_insert(people.len());
                match people.get_mut(place) {
                    Some(person) => person.weight += row.weight,
                    None => people.push(Weighed { row: at, weight: row.weight }),
                }
            }
            people
        });
        Self { matched: rows, people, group_by }
    }

    pub(crate) fn of_nobody() -> Self {
        Self::of(Vec::new(), GroupBy::OwnCluster)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.matched.is_empty()
    }

    /// Number of people of an arm.
    pub(crate) fn count(&self, arm: Arm) -> u64 {
        self.people[arm as usize].len() as u64
    }

    /// People of an arm, by their positions among those counted.
    pub(crate) fn people(&self, arm: Arm) -> impl Iterator<Item = u32> {
        self.people[arm as usize].iter().map(|person| self.matched[person.row].person)
    }

    /// What statistics of these arms and periods rest on. Each rate is a parameter.
    pub(crate) fn resting(&self, amounts: &Amounts, is_money: bool, arms: &[Arm], periods: &[Period]) -> Resting {
        let people: u64 = arms.iter().map(|arm| self.count(*arm)).sum();
        let mut resting = Resting::with_degrees(people.saturating_sub((arms.len() * periods.len()) as u64));
        for arm in arms {
            for period in periods {
                let amounts = amounts.of(*period);
                let of_arm = self.people[*arm as usize].iter().map(|person| (amounts[person.row], person.weight));
                resting = resting.and_amounts(of_arm, is_money);
            }
        }
        resting
    }

    fn panel(&self, tally: &Tally, measure: usize, view: View) -> Result<Panel, EstimateError> {
        let rows = &self.matched;
        let days = |period| {
            let days = view.days(tally, measure, period);
            rows.iter().map(|row| days(row.person as usize)).collect()
        };
        Panel::new(
            rows.iter().map(|row| row.arm).collect(),
            rows.iter().map(|row| row.set).collect(),
            rows.iter().map(|row| row.cluster).collect(),
            rows.iter().map(|row| row.weight).collect(),
            days(Period::Before),
            days(Period::After),
        )
    }

    fn amounts(&self, tally: &Tally, measure: usize, view: View) -> Result<Amounts, EstimateError> {
        let rows = &self.matched;
        let of = |period| {
            let amounts = view.amounts(tally, measure, period);
            rows.iter().map(|row| amounts(row.person as usize)).collect()
        };
        let amounts = Amounts::new(of(Period::Before), of(Period::After))?;
        match view.winsorise_permille {
            None => Ok(amounts),
            Some(permille) => {
                let per_10k = u16::try_from(permille * 10).expect("the study was checked to be below 1,000");
                Ok(winsorise(&amounts, per_10k)?.amounts)
            }
        }
    }
}

/// How matched people are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) periods: Periods,
    /// Which of the study's times is left out; of the planned periods only.
    pub(crate) left_out: Option<usize>,
    pub(crate) part: Part,
    pub(crate) winsorise_permille: Option<u32>,
}

/// What is looked at of what somebody used. The ratio of ratios of the whole is the product of those of the two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// Whether there was any, for each person-year.
    Any,
    /// How much there was, for each person with any.
    OfThoseWithAny,
}

impl View {
    pub(crate) fn of(periods: Periods) -> Self {
        Self { periods, left_out: None, part: Part::Whole, winsorise_permille: None }
    }

    fn days(self, tally: &Tally, measure: usize, period: Period) -> Box<dyn Fn(usize) -> u32 + '_> {
        match (self.part, self.left_out) {
            (Part::OfThoseWithAny, _) => {
                let amounts = self.amounts(tally, measure, period);
                Box::new(move |person| u32::from(amounts(person) > 0))
            }
            (_, Some(left_out)) => Box::new(tally.days_without(left_out, measure, period)),
            (_, None) => Box::new(tally.days_of(measure, self.periods.both()[period as usize])),
        }
    }

    fn amounts(self, tally: &Tally, measure: usize, period: Period) -> Box<dyn Fn(usize) -> u64 + '_> {
        let amounts: Box<dyn Fn(usize) -> u64> = match self.left_out {
            Some(left_out) => Box::new(tally.amounts_without(left_out, measure, period)),
            None => Box::new(tally.amounts_of(measure, self.periods.both()[period as usize])),
        };
        if self.part == Part::Any { Box::new(move |person| u64::from(amounts(person) > 0)) } else { amounts }
    }

    /// Whether panels differ with the measure.
    fn panel_is_of_the_measure(self) -> bool {
        self.part == Part::OfThoseWithAny
    }
}

/// Measures that are recorded on the same days, so that one panel, and one set of draws, is theirs.
pub(crate) struct Together {
    pub(crate) panel: Panel,
    /// Positions of measures in the study, with their amounts.
    pub(crate) measures: Vec<(usize, Amounts)>,
}

/// Panels of some measures. Somebody must be matched.
pub(crate) fn panels(
    study: &Study,
    rows: &Rows,
    tally: &Tally,
    measures: impl Iterator<Item = usize>,
    view: View,
) -> Result<Vec<Together>, EstimateError> {
    let mut recorded_alike: BTreeMap<(Option<&Code>, Option<usize>), Vec<usize>> = BTreeMap::new();
    for measure in measures {
        let apart = view.panel_is_of_the_measure().then_some(measure);
        recorded_alike.entry((study.measures[measure].recorded_from.as_ref(), apart)).or_default().push(measure);
    }
    let together = recorded_alike.into_values().map(|alike| {
        let panel = rows.panel(tally, alike[0], view)?;
        let amounts = alike.iter().map(|measure| Ok((*measure, rows.amounts(tally, *measure, view)?)));
        Ok(Together { panel, measures: amounts.collect::<Result<_, EstimateError>>()? })
    });
    together.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    fn row(arm: Arm, person: u32, set: u32, weight: f64) -> MatchedRow {
        MatchedRow { person, arm, set, cluster: 0, weight }
    }

    /// Two participants, each with two others, one of whom is in both sets.
    fn rows() -> Rows {
        use Arm::{Comparison, Participant};
        Rows::of(
            vec![
                row(Participant, 0, 0, 1.0),
                row(Comparison, 7, 0, 0.5),
                row(Comparison, 5, 0, 0.5),
                row(Participant, 1, 1, 1.0),
                row(Comparison, 5, 1, 0.5),
                row(Comparison, 6, 1, 0.5),
            ],
            GroupBy::ParticipantOfSet,
        )
    }

    #[test]
    fn people_are_counted_once_with_what_they_weigh_together() {
        let rows = rows();
        assert_eq!(Arm::BOTH.map(|arm| rows.count(arm)), [2, 3]);
        assert_eq!(rows.people(Arm::Comparison).collect::<Vec<_>>(), [7, 5, 6]);
        let amounts = Amounts::new(vec![1, 1, 1, 1, 1, 1], vec![0, 3, 4, 0, 4, 0]).unwrap();
        let behind = |arms: &[Arm], periods: &[Period]| rows.resting(&amounts, false, arms, periods).parts();
        // Of the three others one weighs twice what the two others do: as two. After, that one and half another: as one.
        assert_eq!(behind(&[Arm::Participant], &[Period::Before]), (2, 1, None));
        assert_eq!(behind(&[Arm::Comparison], &[Period::Before]), (2, 2, None));
        assert_eq!(behind(&[Arm::Comparison], &[Period::After]), (1, 2, None));
        assert_eq!(behind(&Arm::BOTH, &Period::BOTH), (1, 1, None));
    }

    #[test]
    fn money_is_dominated_by_what_it_weighs() {
        let rows = rows();
        let amounts = Amounts::new(vec![0; 6], vec![0, 300, 400, 0, 400, 100]).unwrap();
        let behind = rows.resting(&amounts, true, &[Arm::Comparison], &[Period::After]).parts();
        // Weights of 0.5, 1 and 0.5: 150, 400 and 50.
        assert_eq!(behind, (2, 2, Some([600, 400, 150])));
    }

    #[test]
    fn of_nobody_nothing_is_known() {
        let rows = Rows::of_nobody();
        let amounts = Amounts::new(Vec::new(), Vec::new()).unwrap();
        assert!(rows.is_empty());
        assert_eq!(rows.resting(&amounts, true, &Arm::BOTH, &Period::BOTH).parts(), (0, 0, None));
    }
}
