//! Small cases whose answer can be seen, and those that have none.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test may fail loudly; small numbers are exact")]

use std::num::NonZeroU32;

use counterfoil_matching::{
    Controls, Covariates, Dropped, Matching, MatchingError, Method, Replacement, Rule, Seed, Unmatched, balance,
    match_controls,
};

fn group(first_key: u128, strata: &[u32], columns: &[&[f64]]) -> Covariates {
    let keys = (0..strata.len()).map(|row| first_key + row as u128).collect();
    Covariates::new(keys, strata.to_vec(), columns.iter().map(|column| column.to_vec()).collect()).unwrap()
}

fn run(groups: &(Covariates, Covariates), method: Method, per_treated: u32) -> Result<Matching, MatchingError> {
    let controls = NonZeroU32::new(per_treated).map_or(Controls::All, Controls::PerTreated);
    match_controls(
        &groups.0,
        &groups.1,
        &Rule { method, controls, replacement: Replacement::Without },
        &Seed::new([3; 32]),
    )
}

const SCORE: Method = Method::Propensity { caliper_sd: None };
const DISTANCE: Method = Method::Mahalanobis { caliper: None };

#[test]
fn columns_that_say_nothing_new_are_left_out_and_told() {
    let treated: [f64; 6] = [1.0, 2.0, 4.0, 3.0, 7.0, 6.0];
    let candidates: [f64; 8] = [0.0, 1.5, 2.5, 5.0, 2.0, 0.5, 6.5, 3.5];
    let double = |values: &[f64]| values.iter().map(|value| 3.0 - 2.0 * value).collect::<Vec<_>>();
    let (same, twice) = ([0.1; 8], (double(&treated), double(&candidates)));
    let groups =
        (group(1, &[0; 6], &[&same[..6], &treated, &twice.0]), group(50, &[0; 8], &[&same, &candidates, &twice.1]));
    let matching = run(&groups, SCORE, 1).unwrap();
    let model = matching.score().unwrap();
    assert_eq!((model.coefficients[0], model.coefficients[2]), (Err(Dropped::Constant), Err(Dropped::Collinear)));
    let alone = (group(1, &[0; 6], &[&treated]), group(50, &[0; 8], &[&candidates]));
    let alone = run(&alone, SCORE, 1).unwrap();
    assert_eq!(alone.sets(), matching.sets());
    assert_eq!(alone.score().unwrap().coefficients[0], model.coefficients[1]);
    assert_eq!(run(&groups, DISTANCE, 1).unwrap_err(), MatchingError::Singular { column: 0 });
    let collinear = (group(1, &[0; 6], &[&treated, &twice.0]), group(50, &[0; 8], &[&candidates, &twice.1]));
    assert_eq!(run(&collinear, DISTANCE, 1).unwrap_err(), MatchingError::Singular { column: 1 });
}

#[test]
fn nothing_that_varies_is_an_error() {
    let groups = (group(1, &[0, 0], &[&[0.1, 0.1]]), group(9, &[0, 0, 0], &[&[0.1, 0.1, 0.1]]));
    assert_eq!(run(&groups, SCORE, 1).unwrap_err(), MatchingError::NothingVaries);
    let none = (group(1, &[0, 0], &[]), group(9, &[0], &[]));
    assert_eq!(run(&none, SCORE, 1).unwrap_err(), MatchingError::NothingVaries);
    assert_eq!(run(&none, DISTANCE, 1).unwrap_err(), MatchingError::NothingVaries);
}

#[test]
fn separation_names_the_column_that_was_given() {
    let groups = (
        group(1, &[0; 4], &[&[5.0; 4], &[1.0, 2.0, 0.0, 3.0], &[1.0, 1.0, 1.0, 1.0]]),
        group(9, &[0; 5], &[&[5.0; 5], &[2.0, 1.0, 0.5, 2.5, 0.0], &[0.0, 1.0, 0.0, 1.0, 0.0]]),
    );
    let error = run(&groups, SCORE, 1).unwrap_err();
    assert_eq!(error, MatchingError::Separation { column: 2 });
    assert_eq!(error.to_string(), "the propensity separates the groups: coarsen or drop covariate 2");
}

#[test]
fn a_column_that_differs_between_the_groups_only_has_no_distance() {
    let groups = (group(1, &[0; 3], &[&[1.0; 3]]), group(9, &[0; 3], &[&[0.0; 3]]));
    assert_eq!(run(&groups, DISTANCE, 1).unwrap_err(), MatchingError::Singular { column: 0 });
}

#[test]
fn each_reason_is_told_apart() {
    // Stratum 0: three treated near two candidates. Stratum 1: one far away. Stratum 2: no candidate.
    let treated = group(1, &[0, 0, 0, 1, 2], &[&[1.0, 1.1, 1.2, 9.0, 1.0]]);
    let candidates = group(90, &[0, 0, 1, 3], &[&[1.0, 1.3, 1.0, 4.0]]);
    let groups = (treated, candidates);
    let reasons = |method| -> Vec<(u32, Unmatched)> { run(&groups, method, 1).unwrap().unmatched().to_vec() };
    for method in [Method::Propensity { caliper_sd: Some(0.5) }, Method::Mahalanobis { caliper: Some(0.5) }] {
        let told = reasons(method);
        assert_eq!(told.len(), 3);
        assert_eq!(told[0].1, Unmatched::NoneLeft);
        assert_eq!(told[1..], [(3, Unmatched::NoneWithinCaliper), (4, Unmatched::NoCandidateInStratum)]);
    }
    let told = reasons(Method::Stratified);
    assert_eq!((told[0].1, told[1]), (Unmatched::NoneLeft, (4, Unmatched::NoCandidateInStratum)));
}

#[test]
fn a_whole_stratum_is_a_set_and_its_controls_share_the_treated() {
    let groups = (group(1, &[7, 5, 7, 6], &[]), group(90, &[5, 7, 5, 7, 5, 8, 7, 7], &[]));
    let matching = run(&groups, Method::Stratified, 0).unwrap();
    let sets: Vec<_> = matching.sets().iter().map(|set| (set.treated.clone(), set.controls.clone())).collect();
    assert_eq!(sets, [(vec![0, 2], vec![1, 3, 6, 7]), (vec![1], vec![0, 2, 4])]);
    assert_eq!(matching.unmatched(), [(3, Unmatched::NoCandidateInStratum)]);
    let weights = matching.weights();
    assert_eq!(weights.treated, [1.0, 1.0, 1.0, 0.0]);
    let third = 1.0 / 3.0;
    assert_eq!(weights.candidates, [third, 0.5, third, 0.5, third, 0.0, 0.5, 0.5]);
    // (4 x 1/2 + 3 x 1/3)^2 over 4 x 1/4 + 3 x 1/9.
    assert!((weights.effective_controls().unwrap() - 9.0 / (4.0 / 3.0)).abs() < 1e-12);
}

#[test]
fn what_cannot_be_reckoned_is_none_and_never_no_number() {
    // The treated are all alike; the only stratum they share with candidates has one candidate.
    let groups =
        (group(1, &[0, 1], &[&[2.5, 2.5], &[1.0, 1.0]]), group(90, &[0, 2, 2], &[&[1.0, 4.0, 7.0], &[0.0, 1.0, 1.0]]));
    let rows = balance(&groups.0, &groups.1, &run(&groups, Method::Stratified, 1).unwrap()).unwrap();
    let [number, binary] = rows[..] else { panic!("two columns") };
    assert_eq!((number.before.treated_sd, number.before.control_sd), (Some(0.0), Some(3.0)));
    assert_eq!((number.before.difference, number.before.standardised_difference), (Some(-1.5), None));
    assert_eq!(number.before.variance_ratio, Some(0.0));
    assert!((number.before.distribution_distance.unwrap() - 2.0 / 3.0).abs() < 1e-15);
    assert_eq!((number.after.treated_sd, number.after.control_sd), (None, None), "one of each");
    assert_eq!((number.after.difference, number.after.variance_ratio), (Some(1.5), None));
    assert_eq!((binary.is_binary, binary.before.variance_ratio), (true, None));
    assert_eq!((binary.after.difference, binary.after.standardised_difference), (Some(1.0), None));
    // Nobody is matched at all.
    let apart = (group(1, &[0], &[&[2.5]]), group(90, &[1], &[&[1.0]]));
    let matching = run(&apart, Method::Stratified, 1).unwrap();
    let row = balance(&apart.0, &apart.1, &matching).unwrap()[0];
    let nothing =
        [row.after.treated_mean, row.after.control_mean, row.after.difference, row.after.distribution_distance];
    assert_eq!(nothing, [None; 4]);
    assert_eq!(matching.weights().effective_controls(), None);
}

#[test]
fn a_balance_of_others_is_refused() {
    let groups = (group(1, &[0, 0], &[&[1.0, 2.0]]), group(90, &[0, 0], &[&[1.0, 3.0]]));
    let matching = run(&groups, Method::Stratified, 1).unwrap();
    let more = group(1, &[0; 3], &[&[1.0, 2.0, 3.0]]);
    assert!(matches!(
        balance(&more, &groups.1, &matching),
        Err(MatchingError::RowsDiffer { given: 3, matched: 2, .. })
    ));
    let fewer = group(1, &[0; 2], &[]);
    assert_eq!(balance(&fewer, &groups.1, &matching), Err(MatchingError::ColumnsDiffer { treated: 0, candidates: 1 }));
}

#[test]
fn another_seed_is_another_draw() {
    let groups = (group(1, &[0; 5], &[]), group(90, &[0; 200], &[]));
    let rule = Rule {
        method: Method::Stratified,
        controls: Controls::PerTreated(NonZeroU32::MIN),
        replacement: Replacement::Without,
    };
    let sets = |byte| match_controls(&groups.0, &groups.1, &rule, &Seed::new([byte; 32])).unwrap().sets().to_vec();
    assert_eq!(sets(1), sets(1));
    assert_ne!(sets(1), sets(2));
}
