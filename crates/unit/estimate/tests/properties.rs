//! What must hold whatever the numbers are: units, sides, order of rows, threads.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]
#![allow(dead_code, reason = "the other tests share the module")]

mod common;

use common::{Person, STUDENT, amounts, panel, people};
use counterfoil_estimate::{
    Amounts, Arm, BootstrapPlan, Bootstrapped, CountModel, EstimateError, GroupBy, Inference, Level, Observations,
    Panel, Quantity, Rates, Undefined, Weighting, WildDraws, bootstrap, model_difference, model_ratio_of_ratios,
    poisson, test_difference_wild,
};
use proptest::prelude::*;

const PLAN: BootstrapPlan =
    BootstrapPlan { group_by: GroupBy::ParticipantOfSet, level: Level::PERCENT_95, draws: 2_000, seed: [5; 32] };

const OWN: Inference = Inference { group_by: GroupBy::OwnCluster, ..STUDENT };

fn events(people: &[Person]) -> Amounts {
    amounts(people, |one| one.events)
}

fn drawn(people: &[Person]) -> Bootstrapped {
    bootstrap(&panel(people), &[&events(people)], &PLAN).unwrap().remove(0)
}

#[track_caller]
fn near(left: f64, right: f64, tolerance: f64) {
    assert!((left - right).abs() <= tolerance * left.abs().max(right.abs()), "{left} and {right}");
}

/// One to four people of each arm in each of some clusters, with something before and after in both arms.
fn made_up() -> impl Strategy<Value = Vec<Person>> {
    let person = (0_u32..6, 1_u32..=2, 100_u32..=365, 30_u32..=365, 1_u64..30, 1_u64..30, 1_u32..=4);
    proptest::collection::vec(person, 12..40).prop_map(|rows| {
        let each = rows.into_iter().enumerate();
        each.map(|(at, (practice, _, before, after, first, second, quarters))| Person {
            arm: if at % 2 == 0 { Arm::Participant } else { Arm::Comparison },
            set: 0,
            practice: if at < 4 { u32::try_from(at / 2).unwrap() } else { practice },
            weight: f64::from(quarters) / 4.0,
            days: [before, after],
            events: [first, second],
            pence: [0, 0],
        })
        .collect()
    })
}

proptest! {
    #[test]
    fn units_scale_differences_and_leave_ratios(people in made_up(), factor in 2_u64..1_000) {
        let panel = panel(&people);
        let scaled = amounts(&people, |one| one.events.map(|events| events * factor));
        let (one, many) = (Rates::of(&panel, &events(&people)).unwrap(), Rates::of(&panel, &scaled).unwrap());
        let difference = |rates: &Rates| rates.difference_in_differences().unwrap().value();
        prop_assert!((difference(&one) * factor as f64 - difference(&many)).abs() < 1e-8 * factor as f64);
        near(one.ratio_of_ratios().unwrap().value(), many.ratio_of_ratios().unwrap().value(), 1e-12);
        let model = |amounts| model_ratio_of_ratios(&panel, amounts, CountModel::Poisson, OWN).unwrap();
        near(model(&events(&people)).interval.upper.value(), model(&scaled).interval.upper.value(), 1e-8);
    }

    #[test]
    fn swapping_the_arms_inverts_the_ratio(people in made_up()) {
        let swap = |arm| if arm == Arm::Participant { Arm::Comparison } else { Arm::Participant };
        let turned: Vec<Person> = people.iter().map(|one| Person { arm: swap(one.arm), ..*one }).collect();
        let ratio = |people: &[Person]| Rates::of(&panel(people), &events(people)).unwrap().ratio_of_ratios().unwrap().value();
        near(ratio(&people) * ratio(&turned), 1.0, 1e-12);
        let model = |people: &[Person]| model_ratio_of_ratios(&panel(people), &events(people), CountModel::Poisson, OWN).unwrap();
        near(model(&people).interval.lower.value() * model(&turned).interval.upper.value(), 1.0, 1e-8);
        let difference = |people: &[Person]| model_difference(&panel(people), &events(people), Weighting::PersonTime, OWN).unwrap();
        near(difference(&people).interval.lower.value(), -difference(&turned).interval.upper.value(), 1e-6);
    }

    #[test]
    fn the_order_of_rows_is_irrelevant(people in made_up(), turn in 1_usize..12) {
        let mut other: Vec<Person> = people.clone();
        other.rotate_left(turn);
        other.reverse();
        let all = |people: &[Person]| {
            let (panel, events) = (panel(people), events(people));
            let rates = Rates::of(&panel, &events).unwrap();
            let model = model_ratio_of_ratios(&panel, &events, CountModel::Poisson, OWN).unwrap();
            [rates.ratio_of_ratios().unwrap().value(), model.interval.lower.value(), model.p_value]
        };
        for (left, right) in all(&people).into_iter().zip(all(&other)) {
            near(left, right, 1e-9);
        }
    }
}

#[test]
fn the_order_of_rows_does_not_change_the_draws() {
    let mut turned = people();
    turned.reverse();
    let (one, other) = (drawn(&people()), drawn(&turned));
    let limits = |all: &Bootstrapped| {
        let (percentile, bca) = (all.ratio_of_ratios.percentile.unwrap(), all.difference.bca.unwrap());
        [percentile.lower.value(), percentile.upper.value(), bca.lower.value(), bca.upper.value()]
    };
    limits(&one).into_iter().zip(limits(&other)).for_each(|(left, right)| near(left, right, 1e-10));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let all = people();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let draws = WildDraws { seed: [5; 32], draws: 999 };
            let by = GroupBy::ParticipantOfSet;
            let wild = test_difference_wild(&panel(&all), &events(&all), Weighting::PersonTime, by, &draws).unwrap();
            (drawn(&all), wild)
        })
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn seeds_matter_and_are_all_that_does() {
    let all = people();
    let other = BootstrapPlan { seed: [6; 32], ..PLAN };
    let again = bootstrap(&panel(&all), &[&events(&all)], &other).unwrap().remove(0);
    assert_eq!(drawn(&all), drawn(&all));
    assert_ne!(drawn(&all).ratio_of_ratios.percentile, again.ratio_of_ratios.percentile);
    assert_eq!(drawn(&all).ratio_of_ratios.estimate, again.ratio_of_ratios.estimate);
}

#[test]
fn a_weight_of_two_is_the_row_twice() {
    let columns = [vec![1.0; 6], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]];
    let (counts, clusters) = (vec![3.0, 1.0, 4.0, 1.0, 5.0, 9.0], [1, 1, 2, 2, 3, 3]);
    let weighted = Observations::new(&columns, counts.clone(), vec![2.0; 6], &clusters).unwrap();
    let twice = |values: &[f64]| values.iter().chain(values).copied().collect::<Vec<f64>>();
    let columns = columns.map(|column| twice(&column));
    let doubled = Observations::new(&columns, twice(&counts), vec![1.0; 12], &[clusters, clusters].concat()).unwrap();
    let (one, other) = (poisson(&weighted, &[1.0; 6]).unwrap(), poisson(&doubled, &[1.0; 12]).unwrap());
    near(one.coefficients()[1], other.coefficients()[1], 1e-10);
    // The correction knows 6 rows there and 12 here: (6 - 1) / (6 - 2) against (12 - 1) / (12 - 2).
    let variance = |fit: &counterfoil_estimate::Regression| fit.covariance(1, 1).unwrap();
    near(variance(&one) / (5.0 / 4.0), variance(&other) / (11.0 / 10.0), 1e-10);
}

/// Two people of each arm in each of `clusters` practices; comparison people have something before in the first
/// practices only.
fn sparse(clusters: u32, with_events: u32) -> (Panel, Amounts) {
    let rows = 4 * clusters;
    let arms = (0..rows).map(|row| Arm::BOTH[row as usize % 2]).collect();
    let column: Vec<u32> = (0..rows).map(|row| row / 4).collect();
    let days = vec![365; rows as usize];
    let before = (0..rows).map(|row| u64::from(row % 2 == 0 || row / 4 < with_events)).collect();
    let after = (0..rows).map(|row| u64::from(row % 3)).collect();
    let panel = Panel::new(arms, column.clone(), column, vec![1.0; rows as usize], days.clone(), days).unwrap();
    (panel, Amounts::new(before, after).unwrap())
}

#[test]
fn too_many_draws_without_a_value_leave_no_interval() {
    // A draw misses the only practice with events (1 - 1/20)^20 = 36 % of the time.
    let (panel, amounts) = sparse(20, 1);
    let found = bootstrap(&panel, &[&amounts], &PLAN).unwrap().remove(0);
    assert!(found.ratio_of_ratios.estimate.is_ok());
    let undefined = found.ratio_of_ratios.undefined_draws;
    assert!((620..820).contains(&undefined), "{undefined}");
    let reason = Undefined::UndefinedDraws { undefined, draws: 2_000 };
    assert_eq!(found.ratio_of_ratios.percentile, Err(reason));
    assert_eq!(found.ratio_of_ratios.bca, Err(reason));
    assert!(found.difference.percentile.is_ok() && found.difference.undefined_draws == 0);
    // It misses all of four practices 1.2 % of the time: counted, and an interval all the same.
    let (panel, amounts) = sparse(20, 4);
    let found = bootstrap(&panel, &[&amounts], &PLAN).unwrap().remove(0);
    assert!((5..60).contains(&found.ratio_of_ratios.undefined_draws), "{}", found.ratio_of_ratios.undefined_draws);
    assert!(found.ratio_of_ratios.percentile.is_ok());
}

#[test]
fn nothing_at_all_before_has_a_reason_everywhere() {
    let (panel, amounts) = sparse(20, 0);
    let reason = Undefined::ZeroRate { arm: Arm::Comparison, period: counterfoil_estimate::Period::Before };
    let found = bootstrap(&panel, &[&amounts], &PLAN).unwrap().remove(0);
    assert_eq!(found.ratio_of_ratios.estimate, Err(reason));
    assert_eq!(found.ratio_of_ratios.percentile, Err(reason));
    for model in [CountModel::Poisson, CountModel::NegativeBinomial] {
        assert_eq!(model_ratio_of_ratios(&panel, &amounts, model, STUDENT), Err(EstimateError::Undefined(reason)));
    }
}

#[test]
fn clusters_and_draws_have_limits() {
    let (panel, amounts) = sparse(1, 1);
    let one = EstimateError::TooFewClusters { clusters: 1 };
    assert_eq!(bootstrap(&panel, &[&amounts], &PLAN), Err(one));
    assert_eq!(model_difference(&panel, &amounts, Weighting::PersonTime, STUDENT), Err(one));
    let few = BootstrapPlan { draws: 1_999, ..PLAN };
    let refusal = EstimateError::Draws { draws: 1_999, draws_min: 2_000, draws_max: 20_000 };
    assert_eq!(bootstrap(&panel, &[&amounts], &few), Err(refusal));
    let (panel, amounts) = sparse(40, 40);
    let found = bootstrap(&panel, &[&amounts, &amounts], &PLAN).unwrap();
    assert!(found.iter().all(|measure| measure.few_clusters.is_none() && measure.clusters == 40));
    let (panel, amounts) = sparse(39, 39);
    assert!(bootstrap(&panel, &[&amounts], &PLAN).unwrap()[0].few_clusters.is_some());
}
