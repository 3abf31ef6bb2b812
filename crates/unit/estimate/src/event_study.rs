//! The event study: participants against comparison by quarter, relative to a base quarter, and a joint test of the
//! quarters before.
//!
//! In: a panel, amounts and days of each person by quarter from the index date, the base quarter, the quarters to test.
//! Out: one estimate with interval a quarter, and a Wald test. Columns are constant, participant, quarters, participant
//! x quarters; the last of them are the answer. Absent on purpose: staggered starts, since each person's quarters count
//! from the own index date.

use crate::grouping::Groups;
use crate::panel::{check_amounts, check_length, years};
use crate::quantity::Sealed as _;
use crate::rates::AmountAndTime;
use crate::sum::Sum;
use crate::{
    Arm, DifferencePerPersonYear, EstimateError, FewClusters, Inference, Interval, Observations, Panel, RatioOfRatios,
    Regression, Undefined, Wald, linear, poisson,
};

/// What was counted in each quarter from the index date, one column a quarter, one entry a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarters {
    labels: Vec<i32>,
    amounts: Vec<Vec<u64>>,
    days: Vec<Vec<u32>>,
}

impl Quarters {
    /// Checks the columns. Label -1 is the quarter that ends the day before the index date, 0 the one that begins on
    /// it.
    ///
    /// # Errors
    ///
    /// Labels not sorted, columns of different lengths, amounts above the limit or without days.
    pub fn new(labels: Vec<i32>, amounts: Vec<Vec<u64>>, days: Vec<Vec<u32>>) -> Result<Self, EstimateError> {
        if !labels.is_sorted_by(|left, right| left < right) {
            return Err(EstimateError::QuartersUnsorted);
        }
        check_length("amounts", amounts.len(), labels.len())?;
        check_length("days", days.len(), labels.len())?;
        let rows = amounts.first().ok_or(EstimateError::Empty)?.len();
        for ((&quarter, amounts), days) in labels.iter().zip(&amounts).zip(&days) {
            check_length("amounts", amounts.len(), rows)?;
            check_length("days", days.len(), rows)?;
            check_amounts(amounts)?;
            if let Some(row) = amounts.iter().zip(days).position(|(&amount, &days)| amount > 0 && days == 0) {
                return Err(EstimateError::QuarterWithoutDays { row, quarter });
            }
        }
        Ok(Self { labels, amounts, days })
    }

    fn position(&self, quarter: i32) -> Result<usize, EstimateError> {
        self.labels.binary_search(&quarter).map_err(|_| EstimateError::NoSuchQuarter { quarter })
    }
}

/// One quarter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventPoint<T> {
    /// Quarter from the index date.
    pub quarter: i32,
    /// Participants against comparison, relative to the base quarter.
    pub estimate: T,
    /// Its interval; of this quarter alone, not of all together. None where nobody had anything in this quarter nor in the base, so that
    /// clusters do not differ.
    pub interval: Result<Interval<T>, Undefined>,
}

/// All quarters but the base.
#[derive(Debug, Clone, PartialEq)]
pub struct EventStudy<T> {
    /// Quarters in the order of time.
    pub points: Vec<EventPoint<T>>,
    /// The quarter that the others are relative to.
    pub base: i32,
    /// Test that the quarters asked for are all as the base: without it, a difference in differences has no ground to
    /// stand on.
    pub pre_trend: Result<Wald, Undefined>,
    /// Clusters.
    pub clusters: usize,
    /// A warning, where there is reason for one.
    pub few_clusters: Option<FewClusters>,
}

/// Ratio of ratios by quarter, by Poisson regression: (r1 quarter / r1 base) / (r0 quarter / r0 base).
///
/// # Errors
///
/// Quarters not of this panel, a base or tested quarter that is not there, an arm with nothing in a quarter, fewer than
/// two clusters.
pub fn event_study_ratio(
    panel: &Panel,
    quarters: &Quarters,
    base: i32,
    tested: &[i32],
    inference: Inference,
) -> Result<EventStudy<RatioOfRatios>, EstimateError> {
    let rows = Rows::of(panel, quarters, base, inference, |cell| cell.amount > 0.0)?;
    let weights = vec![1.0; rows.amounts.len()];
    let observations = rows.observations(rows.amounts.clone(), weights)?;
    let regression = poisson(&observations, &rows.exposures)?;
    let asked = Asked { quarters, base, tested, inference, empty: &rows.empty };
    summarise(&regression, &asked, |log| RatioOfRatios::of(libm::exp(log)))
}

/// Difference in differences by quarter, per person-year: (r1 quarter - r1 base) - (r0 quarter - r0 base), by least
/// squares weighted by person-time.
///
/// # Errors
///
/// As [`event_study_ratio`], but an arm needs time alone in each quarter.
pub fn event_study_difference(
    panel: &Panel,
    quarters: &Quarters,
    base: i32,
    tested: &[i32],
    inference: Inference,
) -> Result<EventStudy<DifferencePerPersonYear>, EstimateError> {
    let rows = Rows::of(panel, quarters, base, inference, |cell| cell.years > 0.0)?;
    let means = rows.amounts.iter().zip(&rows.exposures).map(|(amount, years)| amount / years).collect();
    let regression = linear(&rows.observations(means, rows.exposures.clone())?)?;
    let asked = Asked { quarters, base, tested, inference, empty: &rows.empty };
    summarise(&regression, &asked, DifferencePerPersonYear::of)
}

/// What is asked of a fitted model.
struct Asked<'a> {
    quarters: &'a Quarters,
    base: i32,
    tested: &'a [i32],
    inference: Inference,
    /// By quarter: whether nobody had anything.
    empty: &'a [bool],
}

impl Asked<'_> {
    /// What rounding leaves of no variation must not pass for some.
    fn varies(&self, quarter: i32) -> Result<(), EstimateError> {
        let empty = |quarter| Ok::<_, EstimateError>(self.empty[self.quarters.position(quarter)?]);
        if empty(quarter)? && empty(self.base)? { Err(Undefined::NoVariation.into()) } else { Ok(()) }
    }
}

fn summarise<T>(
    regression: &Regression,
    asked: &Asked<'_>,
    of: impl Fn(f64) -> T + Copy,
) -> Result<EventStudy<T>, EstimateError> {
    let Asked { quarters, base, tested, inference, .. } = *asked;
    let others: Vec<i32> = quarters.labels.iter().copied().filter(|&quarter| quarter != base).collect();
    let column = |position: usize| 2 + others.len() + position;
    let points = others.iter().enumerate().map(|(position, &quarter)| {
        let interval = asked
            .varies(quarter)
            .and_then(|()| regression.interval(column(position), inference.level, inference.reference));
        let interval = or_undefined(interval)?.map(|interval| interval.map(of));
        Ok(EventPoint { quarter, estimate: of(regression.coefficients()[column(position)]), interval })
    });
    let points = points.collect::<Result<_, EstimateError>>()?;
    let find = |&quarter: &i32| others.binary_search(&quarter).map_err(|_| EstimateError::NoSuchQuarter { quarter });
    let columns = tested.iter().map(|quarter| find(quarter).map(column)).collect::<Result<Vec<_>, _>>()?;
    let varies = tested.iter().try_for_each(|&quarter| asked.varies(quarter));
    let pre_trend = or_undefined(varies.and_then(|()| regression.wald(&columns)))?;
    Ok(EventStudy { points, base, pre_trend, clusters: regression.clusters(), few_clusters: regression.few_clusters() })
}

/// What does not exist is an answer; a fault is none.
fn or_undefined<T>(result: Result<T, EstimateError>) -> Result<Result<T, Undefined>, EstimateError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(EstimateError::Undefined(reason)) => Ok(Err(reason)),
        Err(fault) => Err(fault),
    }
}

/// One row for each cluster, arm and quarter with time.
struct Rows {
    columns: Vec<Vec<f64>>,
    amounts: Vec<f64>,
    exposures: Vec<f64>,
    clusters: Vec<u32>,
    counted: u64,
    empty: Vec<bool>,
}

impl Rows {
    fn of(
        panel: &Panel,
        quarters: &Quarters,
        base: i32,
        inference: Inference,
        suffices: impl Fn(AmountAndTime) -> bool,
    ) -> Result<Self, EstimateError> {
        let base_position = quarters.position(base)?;
        check_length("amounts", quarters.amounts[0].len(), panel.rows())?;
        let groups = Groups::of_panel(panel, inference.group_by)?;
        let others = quarters.labels.len() - 1;
        let mut rows = Self {
            columns: vec![Vec::new(); 2 + 2 * others],
            amounts: Vec::new(),
            exposures: Vec::new(),
            clusters: Vec::new(),
            counted: 0,
            empty: Vec::new(),
        };
        for (position, &quarter) in quarters.labels.iter().enumerate() {
            let (cells, counted) = add_up(panel, quarters, position, &groups);
            rows.counted += counted;
            rows.empty.push(Arm::BOTH.iter().all(|&arm| total(&cells, arm).amount <= 0.0));
            for arm in Arm::BOTH {
                if !suffices(total(&cells, arm)) {
                    return Err(Undefined::EmptyQuarter { arm, quarter }.into());
                }
            }
            let other = match position.cmp(&base_position) {
                std::cmp::Ordering::Less => Some(position),
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some(position - 1),
            };
            for (group, cell) in (0_u32..).zip(&cells) {
                for arm in Arm::BOTH {
                    rows.push(group, arm, other, others, cell[arm as usize]);
                }
            }
        }
        Ok(rows)
    }

    fn push(&mut self, group: u32, arm: Arm, other: Option<usize>, others: usize, cell: AmountAndTime) {
        if cell.years <= 0.0 {
            return;
        }
        let participant = arm == Arm::Participant;
        for (column, values) in self.columns.iter_mut().enumerate() {
            let on = match column {
                0 => true,
                1 => participant,
                _ if column < 2 + others => other == Some(column - 2),
                _ => participant && other == Some(column - 2 - others),
            };
            values.push(f64::from(u8::from(on)));
        }
        self.amounts.push(cell.amount);
        self.exposures.push(cell.years);
        self.clusters.push(group);
    }

    fn observations(&self, outcomes: Vec<f64>, weights: Vec<f64>) -> Result<Observations, EstimateError> {
        let groups = Groups::of(&self.clusters)?;
        Observations::aggregated(&self.columns, outcomes, weights, groups, self.counted)
    }
}

/// Sums of one quarter by cluster and arm, and how many people had time in it.
fn add_up(panel: &Panel, quarters: &Quarters, position: usize, groups: &Groups) -> (Vec<[AmountAndTime; 2]>, u64) {
    let mut sums = vec![[(Sum::default(), Sum::default()); 2]; groups.count()];
    let mut counted = 0;
    let columns =
        panel.arms().iter().zip(panel.weights()).zip(&quarters.days[position]).zip(&quarters.amounts[position]);
    for ((((&arm, &weight), &days), &amount), &group) in columns.zip(groups.of_row()) {
        if days > 0 {
            let (amounts, exposures) = &mut sums[group][arm as usize];
            amounts.add(weight * amount as f64);
            exposures.add(weight * years(days));
            counted += 1;
        }
    }
    let value = |(amount, years): (Sum, Sum)| AmountAndTime { amount: amount.value(), years: years.value() };
    (sums.into_iter().map(|cluster| cluster.map(value)).collect(), counted)
}

fn total(cells: &[[AmountAndTime; 2]], arm: Arm) -> AmountAndTime {
    let sum =
        |part: fn(AmountAndTime) -> f64| cells.iter().map(|cell| part(cell[arm as usize])).collect::<Sum>().value();
    AmountAndTime { amount: sum(|cell| cell.amount), years: sum(|cell| cell.years) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;
    use crate::{GroupBy, Level, Quantity as _, Reference};

    const STUDENT: Inference =
        Inference { group_by: GroupBy::ParticipantOfSet, level: Level::PERCENT_95, reference: Reference::StudentT };

    /// Two pairs in each of three clusters.
    fn panel() -> Panel {
        let (arms, sets) = ((0..12).map(|row| Arm::BOTH[row % 2]).collect(), (0..12).map(|row| row / 2).collect());
        let clusters = (0..12).map(|row| row / 4).collect();
        Panel::new(arms, sets, clusters, vec![1.0; 12], vec![91; 12], vec![91; 12]).unwrap()
    }

    fn quarters(labels: [i32; 3], last: Vec<u64>) -> Result<Quarters, EstimateError> {
        let counts = |step: u64| (0..12).map(|row| 1 + row * step % 5).collect();
        Quarters::new(labels.to_vec(), vec![counts(3), counts(7), last], vec![vec![91; 12]; 3])
    }

    #[test]
    fn faulty_quarters_are_refused() {
        assert_eq!(quarters([-1, -1, 0], vec![1; 12]), Err(EstimateError::QuartersUnsorted));
        assert_eq!(quarters([0, -1, 1], vec![1; 12]), Err(EstimateError::QuartersUnsorted));
        assert!(quarters([-2, -1, 0], vec![1; 11]).is_err());
        let unseen = Quarters::new(vec![3], vec![vec![1, 1]], vec![vec![91, 0]]);
        assert_eq!(unseen, Err(EstimateError::QuarterWithoutDays { row: 1, quarter: 3 }));
        assert_eq!(Quarters::new(vec![], vec![], vec![]), Err(EstimateError::Empty));
    }

    #[test]
    fn quarters_that_are_not_there_are_named() {
        let sound = quarters([-2, -1, 0], vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]).unwrap();
        let study = |base, tested: &[i32]| event_study_ratio(&panel(), &sound, base, tested, STUDENT);
        assert_eq!(study(5, &[-2]), Err(EstimateError::NoSuchQuarter { quarter: 5 }));
        assert_eq!(study(-1, &[7]), Err(EstimateError::NoSuchQuarter { quarter: 7 }));
        assert_eq!(study(-1, &[-1]), Err(EstimateError::NoSuchQuarter { quarter: -1 }));
        assert!(study(-1, &[-2]).is_ok_and(|study| study.pre_trend.is_ok()));
    }

    #[test]
    fn an_untestable_trend_leaves_the_points() {
        let sound = quarters([-2, -1, 0], vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]).unwrap();
        let none = event_study_difference(&panel(), &sound, -1, &[], STUDENT).unwrap();
        assert_eq!(none.points.len(), 2);
        assert_eq!(none.pre_trend, Err(Undefined::TooManyConditions { conditions: 0, clusters: 3 }));
    }

    /// As of deaths, which nobody matched had before.
    #[test]
    fn quarters_without_anything_leave_the_others_their_intervals() {
        let (none, some) = (vec![0; 12], vec![1, 2, 0, 1, 3, 0, 1, 0, 2, 1, 0, 4]);
        let quarters =
            Quarters::new(vec![-3, -2, -1, 0], vec![none.clone(), none.clone(), none, some], vec![vec![91; 12]; 4]);
        let study = event_study_difference(&panel(), &quarters.unwrap(), -1, &[-3, -2], STUDENT).unwrap();
        assert_eq!(study.pre_trend, Err(Undefined::NoVariation));
        let known: Vec<(i32, bool)> =
            study.points.iter().map(|point| (point.quarter, point.interval.is_ok())).collect();
        assert_eq!(known, [(-3, false), (-2, false), (0, true)]);
        // Participants had 7 and the comparison 8 in six times 91 days each.
        let difference = study.points[2].estimate.value();
        assert!((difference - (7.0 - 8.0) / (6.0 * 91.0 / 365.25)).abs() < 1e-9, "{difference}");
    }

    #[test]
    fn an_arm_with_nothing_in_a_quarter_has_no_ratio() {
        let one_sided = (0..12).map(|row| row % 2).collect();
        let sound = quarters([-2, -1, 0], one_sided).unwrap();
        let empty = Undefined::EmptyQuarter { arm: Arm::Participant, quarter: 0 };
        assert_eq!(event_study_ratio(&panel(), &sound, -1, &[-2], STUDENT), Err(EstimateError::Undefined(empty)));
        assert!(event_study_difference(&panel(), &sound, -1, &[-2], STUDENT).is_ok());
    }
}
