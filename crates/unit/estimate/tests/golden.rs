//! Every estimator beside an independent one: statsmodels, scipy, wildboottest and plain numpy, stored with the script
//! that ran them.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]
#![allow(dead_code, reason = "the other tests share the module")]

mod common;

use common::{Person, STUDENT, amounts, close, expected, panel, people};
use counterfoil_estimate::{
    Arm, BootstrapPlan, CountModel, Drawn, GroupBy, Inference, Level, Modelled, Observations, PatternSource, Period,
    Quantity, Quarters, Rates, Reference, Regression, Weighting, WildDraws, bootstrap, event_study_difference,
    event_study_ratio, mean_change, model_difference, model_rate_ratio_after, model_ratio_of_ratios, negative_binomial,
    poisson, share, test_difference_wild, wild_test, winsorise,
};
use serde_json::Value;

/// 0, 1, .. 31, as in the script.
const SEED: [u8; 32] = *b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";

type Of = fn(&Person) -> [u64; 2];

const MEASURES: [(&str, Of); 2] = [("events", |one| one.events), ("pence", |one| one.pence)];

#[test]
fn rates_and_differences() {
    let people = people();
    for (name, of) in MEASURES {
        let theirs = &expected()["rates"][name];
        let rates = Rates::of(&panel(&people), &amounts(&people, of)).unwrap();
        close(rates.difference_in_differences().unwrap().value(), &theirs["difference"], 1e-10);
        close(rates.ratio_of_ratios().unwrap().value(), &theirs["ratio_of_ratios"], 1e-10);
        close(rates.ratio_of_ratios().unwrap().below_expectation().value(), &theirs["below_expectation"], 1e-10);
        close(rates.percentage_points().unwrap().value(), &theirs["percentage_points"], 1e-10);
        close(rates.rate_ratio_after().unwrap().value(), &theirs["rate_ratio_after"], 1e-10);
        close(rates.change(Arm::Participant).unwrap().value(), &theirs["participant_change"], 1e-10);
        close(rates.rate(Arm::Comparison, Period::After).unwrap().value(), &theirs["comparison_rate_after"], 1e-10);
    }
}

fn ratio_as_expected<T: Quantity>(ours: &Modelled<T>, theirs: &Value, limits: &str, p: &str) {
    close(ours.estimate.value().ln(), &theirs["beta"], 1e-8);
    close(ours.standard_error, &theirs["se"], 1e-8);
    close(ours.interval.lower.value().ln(), &theirs[limits][0], 1e-7);
    close(ours.interval.upper.value().ln(), &theirs[limits][1], 1e-7);
    close(ours.p_value, &theirs[p], 1e-7);
}

#[test]
fn poisson_rate_ratios() {
    let people = people();
    let normal = Inference { reference: Reference::Normal, ..STUDENT };
    for (name, of) in MEASURES {
        let (panel, amounts, theirs) = (panel(&people), amounts(&people, of), &expected()["poisson"][name]);
        for (inference, limits, p) in [(STUDENT, "t", "p_t"), (normal, "normal", "p_normal")] {
            let after = model_rate_ratio_after(&panel, &amounts, CountModel::Poisson, inference).unwrap();
            ratio_as_expected(&after, &theirs["rate_ratio_after"], limits, p);
            let ratios = model_ratio_of_ratios(&panel, &amounts, CountModel::Poisson, inference).unwrap();
            ratio_as_expected(&ratios, &theirs["ratio_of_ratios"], limits, p);
            assert_eq!(ratios.few_clusters.map(|few| few.clusters as u64), expected()["clusters"].as_u64());
            // Saturated, so that the model and the sums give one answer.
            let sums = Rates::of(&panel, &amounts).unwrap().ratio_of_ratios().unwrap().value();
            assert!((ratios.estimate.value() - sums).abs() < 1e-10);
        }
    }
}

/// Rows as the script makes them: everyone before, then everyone after; a made-up age as a covariate.
fn person_periods(people: &[Person], covariate: bool, weighted: bool) -> (Observations, Vec<f64>) {
    let of_set = |set| people.iter().find(|one| one.set == set && one.arm == Arm::Participant).unwrap().practice;
    let (mut columns, mut outcomes, mut weights, mut clusters, mut years) =
        (vec![Vec::new(); if covariate { 5 } else { 4 }], Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for after in [0, 1] {
        for one in people.iter().filter(|one| one.days[after] > 0) {
            let (participant, late) = (f64::from(u8::from(one.arm == Arm::Participant)), after as f64);
            let age = (outcomes.len() * 37 % 50) as f64 / 10.0;
            let values = [1.0, participant, late, participant * late, age];
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
            outcomes.push(one.events[after] as f64);
            weights.push(if weighted { one.weight } else { 1.0 });
            clusters.push(of_set(one.set));
            years.push(f64::from(one.days[after]) / 365.25);
        }
    }
    (Observations::new(&columns, outcomes, weights, &clusters).unwrap(), years)
}

fn coefficients_as_expected(ours: &Regression, theirs: &Value, tolerance: f64) {
    for column in 0..5 {
        close(ours.coefficients()[column], &theirs["beta"][column], tolerance);
        close(ours.standard_error(column).unwrap(), &theirs["se"][column], 1e-7);
    }
}

#[test]
fn poisson_with_a_covariate() {
    let (observations, years) = person_periods(&people(), true, true);
    coefficients_as_expected(&poisson(&observations, &years).unwrap(), &expected()["poisson_covariate"], 1e-8);
}

#[test]
fn negative_binomial_with_a_covariate() {
    let (observations, years) = person_periods(&people(), true, false);
    let (ours, theirs) = (negative_binomial(&observations, &years).unwrap(), &expected()["negative_binomial"]);
    coefficients_as_expected(&ours, theirs, 1e-8);
    close(ours.dispersion().unwrap(), &theirs["dispersion"], 1e-8);
}

#[test]
fn negative_binomial_of_a_panel_is_that_of_its_rows() {
    let people = people();
    let (observations, years) = person_periods(&people, false, true);
    let rows = negative_binomial(&observations, &years).unwrap();
    let events = amounts(&people, |one| one.events);
    let ours = model_ratio_of_ratios(&panel(&people), &events, CountModel::NegativeBinomial, STUDENT).unwrap();
    assert!((ours.estimate.value().ln() - rows.coefficients()[3]).abs() < 1e-9);
    assert!((ours.standard_error - rows.standard_error(3).unwrap()).abs() < 1e-9);
}

#[test]
fn linear_difference() {
    let people = people();
    for (name, of) in MEASURES {
        for (suffix, weighting) in [("person_time", Weighting::PersonTime), ("people", Weighting::People)] {
            let theirs = &expected()["linear"][format!("{name}_{suffix}")];
            let ours = model_difference(&panel(&people), &amounts(&people, of), weighting, STUDENT).unwrap();
            close(ours.estimate.value(), &theirs["beta"], 1e-9);
            close(ours.standard_error, &theirs["se"], 1e-9);
            close(ours.interval.lower.value(), &theirs["t"][0], 1e-8);
            close(ours.interval.upper.value(), &theirs["t"][1], 1e-8);
            close(ours.p_value, &theirs["p_t"], 1e-8);
        }
    }
}

#[test]
fn wild_cluster_bootstrap() {
    let theirs = &expected()["wild"];
    let draws = WildDraws { seed: SEED, draws: 999 };
    let events = |people: &[Person]| amounts(people, |one| one.events);
    let all = people();
    let drawn =
        test_difference_wild(&panel(&all), &events(&all), Weighting::PersonTime, GroupBy::ParticipantOfSet, &draws)
            .unwrap();
    close(drawn.statistic, &theirs["drawn"]["t"], 1e-9);
    close(drawn.p_value, &theirs["drawn"]["p"], 1e-12);
    assert_eq!((drawn.patterns, drawn.source), (999, PatternSource::Drawn));

    let nine: Vec<u64> = serde_json::from_value(theirs["few_clusters"].clone()).unwrap();
    let sets: Vec<u32> = all
        .iter()
        .filter(|one| one.arm == Arm::Participant && nine.contains(&u64::from(one.practice)))
        .map(|one| one.set)
        .collect();
    let few: Vec<Person> = people().into_iter().filter(|one| sets.contains(&one.set)).collect();
    let every =
        test_difference_wild(&panel(&few), &events(&few), Weighting::PersonTime, GroupBy::ParticipantOfSet, &draws)
            .unwrap();
    close(every.statistic, &theirs["enumerated"]["t"], 1e-9);
    close(every.p_value, &theirs["enumerated"]["p"], 1e-12);
    assert_eq!((every.patterns, every.source), (512, PatternSource::Enumerated));
}

#[test]
fn wild_cluster_bootstrap_beside_wildboottest() {
    let theirs = &expected()["wild"]["enumerated_unweighted"];
    let nine: Vec<u64> = serde_json::from_value(expected()["wild"]["few_clusters"].clone()).unwrap();
    let in_nine = |one: &&Person| one.arm == Arm::Participant && nine.contains(&u64::from(one.practice));
    let sets: Vec<u32> = people().iter().filter(in_nine).map(|one| one.set).collect();
    let few: Vec<Person> = people().into_iter().filter(|one| sets.contains(&one.set)).collect();
    let (counts, years) = person_periods(&few, false, false);
    // Their outcome is the rate of each person.
    let columns: Vec<Vec<f64>> =
        (0..4).map(|column| (0..counts.rows()).map(|row| design(&few, row)[column]).collect()).collect();
    let rates: Vec<f64> = events_of(&few).iter().zip(&years).map(|(events, years)| events / years).collect();
    let ones = vec![1.0; rates.len()];
    let observations = Observations::new(&columns, rates, ones, &clusters_of(&few)).unwrap();
    let ours = wild_test(&observations, 3, &WildDraws { seed: SEED, draws: 999 }).unwrap();
    close(ours.statistic, &theirs["wildboottest_t"], 1e-9);
    close(ours.p_value, &theirs["wildboottest_p"], 1e-12);
}

fn seen(people: &[Person]) -> Vec<(usize, &Person)> {
    let each = |after| people.iter().filter(move |one| one.days[after] > 0).map(move |one| (after, one));
    each(0).chain(each(1)).collect()
}

fn design(people: &[Person], row: usize) -> [f64; 4] {
    let (after, one) = seen(people)[row];
    let (participant, late) = (f64::from(u8::from(one.arm == Arm::Participant)), after as f64);
    [1.0, participant, late, participant * late]
}

fn events_of(people: &[Person]) -> Vec<f64> {
    seen(people).iter().map(|(after, one)| one.events[*after] as f64).collect()
}

fn clusters_of(people: &[Person]) -> Vec<u32> {
    let of_set = |set| people.iter().find(|one| one.set == set && one.arm == Arm::Participant).unwrap().practice;
    seen(people).iter().map(|(_, one)| of_set(one.set)).collect()
}

fn drawn_as_expected<T: Quantity>(ours: &Drawn<T>, theirs: &Value) {
    close(ours.estimate.unwrap().value(), &theirs["estimate"], 1e-10);
    for (interval, name) in [(ours.percentile.unwrap(), "percentile"), (ours.bca.unwrap(), "bca")] {
        close(interval.lower.value(), &theirs[name][0], 1e-8);
        close(interval.upper.value(), &theirs[name][1], 1e-8);
    }
    // Beside 4,000 draws of another generator. The 2.5 % quantile of n normal draws has a standard error of 2.7
    // standard deviations over root n: 0.073 for both together; three of them.
    let deviation = theirs["numpy_sd"].as_f64().unwrap();
    let percentile = ours.percentile.unwrap();
    for (limit, theirs) in
        [(percentile.lower, &theirs["numpy_percentile"][0]), (percentile.upper, &theirs["numpy_percentile"][1])]
    {
        assert!((limit.value() - theirs.as_f64().unwrap()).abs() < 0.22 * deviation);
    }
    assert_eq!(ours.undefined_draws, 0);
}

#[test]
fn cluster_bootstrap() {
    let people = people();
    let measures = MEASURES.map(|(_, of)| amounts(&people, of));
    let plan =
        BootstrapPlan { group_by: GroupBy::ParticipantOfSet, level: Level::PERCENT_95, draws: 2_000, seed: SEED };
    let all = bootstrap(&panel(&people), &measures.iter().collect::<Vec<_>>(), &plan).unwrap();
    for ((name, _), ours) in MEASURES.iter().zip(&all) {
        let theirs = &expected()["bootstrap"][*name];
        drawn_as_expected(&ours.difference, &theirs["difference"]);
        drawn_as_expected(&ours.ratio_of_ratios, &theirs["ratio_of_ratios"]);
        drawn_as_expected(&ours.below_expectation, &theirs["below_expectation"]);
        drawn_as_expected(&ours.percentage_points, &theirs["percentage_points"]);
        drawn_as_expected(&ours.rate_ratio_after, &theirs["rate_ratio_after"]);
        drawn_as_expected(ours.change(Arm::Participant), &theirs["participant_change"]);
        drawn_as_expected(ours.rate(Arm::Comparison, Period::After), &theirs["comparison_rate_after"]);
    }
}

#[test]
fn event_study() {
    let people = people();
    let lines = include_str!("../vectors/quarters.csv").lines().skip(1);
    let table: Vec<Vec<u64>> =
        lines.map(|line| line.split(',').map(|field| field.parse().unwrap()).collect()).collect();
    let amounts = (8..16).map(|column| table.iter().map(|row| row[column]).collect()).collect();
    let days = (0..8).map(|column| table.iter().map(|row| u32::try_from(row[column]).unwrap()).collect()).collect();
    let quarters = Quarters::new((-4..4).collect(), amounts, days).unwrap();

    let theirs = &expected()["event_study"];
    let ratio = event_study_ratio(&panel(&people), &quarters, -2, &[-4, -3], STUDENT).unwrap();
    for (point, theirs) in ratio.points.iter().zip(theirs["ratio"]["points"].as_array().unwrap()) {
        close(point.estimate.value().ln(), &theirs["beta"], 1e-8);
        close(point.interval.unwrap().lower.value().ln(), &theirs["t"][0], 1e-7);
        close(point.interval.unwrap().upper.value().ln(), &theirs["t"][1], 1e-7);
    }
    let difference = event_study_difference(&panel(&people), &quarters, -2, &[-4, -3], STUDENT).unwrap();
    for (point, theirs) in difference.points.iter().zip(theirs["difference"]["points"].as_array().unwrap()) {
        close(point.estimate.value(), &theirs["beta"], 1e-8);
        close(point.interval.unwrap().upper.value(), &theirs["t"][1], 1e-7);
    }
    assert_eq!(ratio.points.iter().map(|point| point.quarter).collect::<Vec<_>>(), [-4, -3, -1, 0, 1, 2, 3]);
    for (test, theirs) in [(ratio.pre_trend, &theirs["ratio"]), (difference.pre_trend, &theirs["difference"])] {
        let test = test.unwrap();
        close(test.statistic, &theirs["wald"], 1e-7);
        close(test.p_value_chi_squared, &theirs["p_chi_squared"], 1e-7);
        close(test.p_value_f, &theirs["p_f"], 1e-7);
        close(test.p_value_t_squared, &theirs["p_t_squared"], 1e-7);
    }
}

#[test]
fn scores_and_caps() {
    let all = expected();
    let column = |name: &str| serde_json::from_value::<Vec<f64>>(all["mean_change"][name].clone()).unwrap();
    let ours = mean_change(&column("before"), &column("after"), Level::PERCENT_95).unwrap();
    close(ours.mean, &all["mean_change"]["mean"], 1e-12);
    close(ours.standard_deviation, &all["mean_change"]["sd"], 1e-12);
    close(ours.interval.lower, &all["mean_change"]["interval"][0], 1e-10);
    close(ours.interval.upper, &all["mean_change"]["interval"][1], 1e-10);
    for row in all["wilson"].as_array().unwrap() {
        let ours = share(row[0].as_u64().unwrap(), row[1].as_u64().unwrap(), Level::PERCENT_95).unwrap();
        assert!((ours.interval.lower - row[2].as_f64().unwrap()).abs() < 1e-12);
        assert!((ours.interval.upper - row[3].as_f64().unwrap()).abs() < 1e-12);
    }
    let pence = amounts(&people(), |one| one.pence);
    for quantile in [9_000_u16, 9_500, 9_900] {
        let cap = winsorise(&pence, quantile).unwrap().cap;
        assert_eq!(Some(cap), all["winsorise"][quantile.to_string()].as_u64());
    }
}
