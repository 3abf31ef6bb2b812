//! Entropy balancing: weights of R's survey package (the script stands beside its output in `vectors/`), of hand arithmetic, what
//! holds for any groups, and groups that no weights balance.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test may fail loudly; equal bits are asked for")]

mod people;

use std::num::NonZeroU32;

use counterfoil_matching::{
    Controls, Covariates, Dropped, Matching, MatchingError, Method, Replacement, Rule, Seed, Unmatched, balance,
    match_controls,
};
use people::{TREATED, groups};
use proptest::prelude::*;

const SURVEY: &str = include_str!("../vectors/survey.txt");
const RULE: Rule = Rule { method: Method::EntropyBalance, controls: Controls::All, replacement: Replacement::Without };

fn weighed(treated: &Covariates, candidates: &Covariates) -> Result<Matching, MatchingError> {
    match_controls(treated, candidates, &RULE, &Seed::new([3; 32]))
}

fn group(first_key: u128, strata: &[u32], columns: &[&[f64]]) -> Covariates {
    let keys = (0..strata.len()).map(|row| first_key + row as u128).collect();
    Covariates::new(keys, strata.to_vec(), columns.iter().map(|column| column.to_vec()).collect()).unwrap()
}

/// Columns of the treated and of the candidates, all in one stratum.
fn run(treated: &[&[f64]], candidates: &[&[f64]]) -> Result<Matching, MatchingError> {
    weighed(&group(1, &vec![0; treated[0].len()], treated), &group(1 << 100, &vec![0; candidates[0].len()], candidates))
}

fn refused(treated: &[&[f64]], candidates: &[&[f64]]) -> MatchingError {
    run(treated, candidates).unwrap_err()
}

#[track_caller]
fn assert_near(ours: &[f64], expected: &[f64], bound: f64) {
    assert_eq!(ours.len(), expected.len());
    for (row, (ours, expected)) in ours.iter().zip(expected).enumerate() {
        assert!((ours - expected).abs() <= bound, "{row}: {ours} and {expected}");
    }
}

#[track_caller]
fn assert_survey(matching: &Matching, run: &str) {
    let mut theirs = vec![0.0; 320];
    let lines: Vec<&str> = SURVEY.lines().filter_map(|line| line.strip_prefix(&format!("weight {run} "))).collect();
    for line in &lines {
        let (row, weight) = line.trim().split_once(' ').unwrap();
        theirs[row.parse::<usize>().unwrap() - TREATED] = weight.parse().unwrap();
    }
    assert!(lines.len() > 200);
    assert_near(&matching.weights().candidates, &theirs, 1e-12);
}

#[test]
fn weights_are_those_of_the_survey_package() {
    let (treated, candidates) = groups(false);
    assert_survey(&weighed(&treated, &candidates).unwrap(), "one_stratum");
    let (treated, candidates) = groups(true);
    assert_survey(&weighed(&treated, &candidates).unwrap(), "strata");
    let elsewhere = people::group(0..TREATED, |stratum| if stratum == 1 { 9 } else { stratum });
    let matching = weighed(&elsewhere, &candidates).unwrap();
    assert_survey(&matching, "two_strata");
    assert_eq!(matching.unmatched().len(), 26);
    assert!(matching.unmatched().iter().all(|(_, reason)| *reason == Unmatched::NoCandidateInStratum));
}

#[test]
fn means_agree_after_and_not_before() {
    let (treated, candidates) = groups(true);
    let rows = balance(&treated, &candidates, &weighed(&treated, &candidates).unwrap()).unwrap();
    for row in rows {
        assert!(row.before.standardised_difference.unwrap().abs() > 0.01);
        assert!(row.after.standardised_difference.unwrap().abs() < 1e-10, "{row:?}");
    }
}

/// Stratum 4: two treated without the mark; one candidate with it and three without. Stratum 6: one treated with the mark and one
/// without; one candidate without. Of four treated one has the mark, so it must weigh 1.
fn two_strata() -> (Covariates, Covariates) {
    (
        group(1, &[4, 6, 4, 6], &[&[0.0, 1.0, 0.0, 0.0]]),
        group(90, &[4, 4, 6, 4, 4, 8], &[&[0.0, 1.0, 0.0, 0.0, 0.0, 1.0]]),
    )
}

#[test]
fn strata_balance_together_and_have_their_own_sums() {
    let (treated, candidates) = two_strata();
    let matching = weighed(&treated, &candidates).unwrap();
    let third = 1.0 / 3.0;
    let weights = matching.weights();
    assert_near(&weights.candidates, &[third, 1.0, 2.0, third, third, 0.0], 1e-12);
    assert_eq!(weights.treated, [1.0; 4]);
    let sets: Vec<_> = matching.sets().iter().map(|set| (set.treated.clone(), set.controls.clone())).collect();
    assert_eq!(sets, [(vec![0, 2], vec![0, 1, 3, 4]), (vec![1, 3], vec![2])]);
    assert_near(&matching.sets()[0].control_weights, &[third, 1.0, third, third], 1e-12);
    assert_eq!(matching.sets()[1].control_weights, [2.0]);
    // The mark weighs thrice as much as no mark.
    assert!((matching.balancing().unwrap().coefficients[0].unwrap() - 3.0_f64.ln()).abs() < 1e-12);
    assert!(matching.balancing().unwrap().steps > 1 && matching.score().is_none());
    // 4^2 over 1 + 3 / 9 + 4.
    assert!((weights.effective_controls().unwrap() - 3.0).abs() < 1e-12);
    assert_eq!(weights.effective_treated(), Some(4.0));
}

#[test]
fn treated_without_candidates_do_not_count() {
    // As above, but for three treated with the mark who find nobody.
    let treated = group(1, &[4, 3, 6, 4, 6, 9, 3], &[&[0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0]]);
    let matching = weighed(&treated, &two_strata().1).unwrap();
    let third = 1.0 / 3.0;
    assert_near(&matching.weights().candidates, &[third, 1.0, 2.0, third, third, 0.0], 1e-12);
    let nobody = Unmatched::NoCandidateInStratum;
    assert_eq!(matching.unmatched(), [(1, nobody), (5, nobody), (6, nobody)]);
    assert_eq!(matching.weights().effective_treated(), Some(4.0));
}

#[test]
fn nobody_in_common_is_no_error() {
    let (treated, candidates) = (group(1, &[0, 1], &[&[1.0, 2.0]]), group(9, &[2, 3], &[&[1.0, 3.0]]));
    let matching = weighed(&treated, &candidates).unwrap();
    assert_eq!((matching.sets().len(), matching.unmatched().len()), (0, 2));
    assert!(matching.balancing().is_none());
    let weights = matching.weights();
    assert_eq!((weights.effective_treated(), weights.effective_controls()), (None, None));
}

#[test]
fn columns_that_say_nothing_new_are_left_out_and_told() {
    let (one, of_one) = ([1.0, 2.0, 4.0, 3.0, 7.0, 6.0], [0.0, 1.5, 2.5, 5.0, 2.0, 0.5, 6.5, 9.5]);
    let (other, of_other) = ([1.0, 0.0, 0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    let sum = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| 7.0 - 2.0 * a + b).collect::<Vec<_>>();
    let alone = run(&[&one, &other], &[&of_one, &of_other]).unwrap();
    let all = run(
        &[&[0.1; 6], &one, &one, &other, &sum(&one, &other)],
        &[&[0.1; 8], &of_one, &of_one, &of_other, &sum(&of_one, &of_other)],
    );
    let all = all.unwrap();
    assert_eq!(all.sets(), alone.sets());
    let (model, alone) = (all.balancing().unwrap(), alone.balancing().unwrap());
    assert_eq!(model.coefficients[0], Err(Dropped::Constant));
    assert_eq!([model.coefficients[1], model.coefficients[3]], alone.coefficients[..]);
    assert_eq!([model.coefficients[2], model.coefficients[4]], [Err(Dropped::Collinear); 2]);
    assert_eq!(model.steps, alone.steps);
}

#[test]
fn what_the_strata_settle_is_left_out() {
    // The first column is the same for a whole stratum.
    let (treated, candidates) = two_strata();
    let treated_with = group(1, &[4, 6, 4, 6], &[&[0.1, 0.7, 0.1, 0.7], &[0.0, 1.0, 0.0, 0.0]]);
    let candidates_with =
        group(90, &[4, 4, 6, 4, 4, 8], &[&[0.1, 0.1, 0.7, 0.1, 0.1, 5.0], &[0.0, 1.0, 0.0, 0.0, 0.0, 1.0]]);
    let matching = weighed(&treated_with, &candidates_with).unwrap();
    assert_eq!(matching.sets(), weighed(&treated, &candidates).unwrap().sets());
    assert_eq!(matching.balancing().unwrap().coefficients[0], Err(Dropped::Collinear));
    // Nothing but what the strata settle: equal weights, without a step.
    let alone = |column: &[f64], of: &[f64]| weighed(&group(1, &[4, 6], &[column]), &group(90, &[6, 4, 6], &[of]));
    let matching = alone(&[0.1, 0.7], &[0.7, 0.1, 0.7]).unwrap();
    assert_eq!(matching.weights().candidates, [0.5, 1.0, 0.5]);
    assert_eq!(matching.balancing().unwrap().steps, 0);
    // One control of a stratum that is not like its treated.
    assert_eq!(alone(&[0.1, 0.7], &[0.7, 0.2, 0.7]).unwrap_err(), MatchingError::NoWeights { column: 0 });
}

#[test]
fn a_mean_beyond_or_at_the_edge_has_no_weights() {
    let none = MatchingError::NoWeights { column: 0 };
    assert_eq!(refused(&[&[5.0, 6.0]], &[&[1.0, 2.0, 5.4]]), none, "above all");
    assert_eq!(refused(&[&[0.0, 0.5]], &[&[1.0, 2.0, 5.4]]), none, "below all");
    assert_eq!(refused(&[&[0.0, 0.0]], &[&[0.0, 0.0, 0.0, 1.0]]), none, "only those without the mark");
    assert_eq!(refused(&[&[1.0, 1.0]], &[&[0.0, 0.0, 0.0, 1.0]]), none, "only those with it");
    assert_eq!(refused(&[&[0.0, 1.0]], &[&[0.0, 0.0, 0.0]]), none, "nobody has the mark");
    assert_eq!(refused(&[&[1.0, 1.0]], &[&[0.0, 0.0, 0.0]]), none, "it tells the groups apart");
    assert_eq!(refused(&[&[1.0]], &[&[2.0]]), none, "one of each");
    assert!(run(&[&[1e-4, 0.0]], &[&[0.0, 0.0, 0.0, 1.0]]).is_ok(), "just inside");
}

#[test]
fn inside_each_column_can_be_outside_of_all() {
    // Alone either column has weights; together only the two on the line from (0, 2) to (2, 0) come near (1.2, 1.2).
    let (treated, candidates) = ([[1.2; 3]; 2], [[0.0, 2.0, 0.0, 0.5], [2.0, 0.0, 0.0, 0.5]]);
    for column in 0..2 {
        assert!(run(&[&treated[column]], &[&candidates[column]]).is_ok());
    }
    let error = refused(&[&treated[0], &treated[1]], &[&candidates[0], &candidates[1]]);
    assert!(matches!(error, MatchingError::NoWeights { .. }), "{error}");
}

#[test]
fn the_column_is_named_by_its_position() {
    let fine: ([f64; 4], [f64; 5]) = ([1.0, 2.0, 0.0, 3.0], [2.0, 1.0, 0.5, 2.5, 0.0]);
    let error = refused(&[&[5.0; 4], &fine.0, &[1.0; 4]], &[&[5.0; 5], &fine.1, &[0.0, 1.0, 0.0, 1.0, 0.0]]);
    assert_eq!(error, MatchingError::NoWeights { column: 2 });
    assert_eq!(
        error.to_string(),
        "no weights of the candidates give them the means of the treated: coarsen or drop covariate 2, or compare only those \
         treated whose like are among the candidates"
    );
    // The same column twice among the candidates, and not among the treated.
    let error = refused(&[&[5.0; 4], &fine.0, &[1.0, 2.0, 0.0, 3.1]], &[&[5.0; 5], &fine.1, &fine.1]);
    assert_eq!(error, MatchingError::NoWeights { column: 2 });
}

#[test]
fn nothing_that_varies_is_an_error() {
    assert_eq!(refused(&[&[0.1, 0.1]], &[&[0.1, 0.1, 0.1]]), MatchingError::NothingVaries);
    let none = weighed(&group(1, &[0, 0], &[]), &group(9, &[0], &[]));
    assert_eq!(none.unwrap_err(), MatchingError::NothingVaries);
    // It varies only among those who are not compared.
    let some = weighed(&group(1, &[0, 7], &[&[0.1, 3.0]]), &group(9, &[0, 0, 8], &[&[0.1, 0.1, 5.0]]));
    assert_eq!(some.unwrap_err(), MatchingError::NothingVaries);
}

#[test]
fn rules_that_choose_are_refused() {
    let (treated, candidates) = two_strata();
    let said = |controls, replacement| {
        let rule = Rule { method: Method::EntropyBalance, controls, replacement };
        match_controls(&treated, &candidates, &rule, &Seed::new([3; 32])).unwrap_err()
    };
    let one = Controls::PerTreated(NonZeroU32::MIN);
    assert_eq!(said(one, Replacement::Without), MatchingError::WeighsAll);
    assert_eq!(said(one, Replacement::With), MatchingError::WeighsAll);
    assert_eq!(said(Controls::All, Replacement::With), MatchingError::AllWithReplacement);
}

#[test]
fn an_outlier_keeps_a_weight_above_none() {
    let matching = run(&[&[1.0, 2.0]], &[&[0.0, 1.0, 4.0, 1e7]]).unwrap();
    let weights = matching.weights().candidates;
    // The others as if it were not there.
    let alone = run(&[&[1.0, 2.0]], &[&[0.0, 1.0, 4.0]]).unwrap().weights().candidates;
    assert_near(&weights[..3], &alone, 1e-6);
    assert!(weights[3] > 0.0 && weights[3] < 1e-12);
}

#[test]
fn a_large_number_where_there_is_no_choice_hides_nothing() {
    // Stratum 8 has one candidate, just like its treated, and far from all others.
    let (treated, candidates) = two_strata();
    let treated_with = group(1, &[4, 6, 4, 6, 8], &[&[0.0, 1.0, 0.0, 0.0, 1e6]]);
    let candidates_with = group(90, &[4, 4, 6, 4, 4, 8], &[&[0.0, 1.0, 0.0, 0.0, 0.0, 1e6]]);
    let weights = weighed(&treated_with, &candidates_with).unwrap().weights().candidates;
    let alone = weighed(&treated, &candidates).unwrap().weights().candidates;
    assert_near(&weights[..5], &alone[..5], 1e-9);
    assert_eq!(weights[5], 1.0);
}

#[test]
fn rounding_is_no_variation() {
    // 0.1 + 0.2 is not 0.3: neither a column to balance, nor one that cannot be.
    let mark: ([f64; 4], [f64; 5]) = ([0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0]);
    let matching =
        run(&[&[0.3, 0.1 + 0.2, 0.3, 0.3], &mark.0], &[&[0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2, 0.3], &mark.1]).unwrap();
    assert_eq!(matching.balancing().unwrap().coefficients[0], Err(Dropped::Collinear));
    assert_near(&matching.weights().candidates, &[1.0, 0.5, 1.0, 1.0, 0.5], 1e-12);
}

#[test]
fn the_mean_of_many_large_numbers_is_exact() {
    // Numbers with few digits after the point are exact; a plain sum of them rounds 50,000 times.
    let column: Vec<f64> = (0..50_000).map(|row| 1e9 + if row % 5 == 0 { 0.25 } else { 0.75 }).collect();
    let matching = run(&[&column], &[&[1e9, 1e9 + 1.0]]).unwrap();
    let weights = matching.weights().candidates;
    assert!((weights[1] / 50_000.0 - 0.65).abs() < 1e-12, "{weights:?}");
}

#[test]
fn a_large_unit_or_origin_changes_nothing() {
    let numbers = |scale: f64, origin: f64| {
        let column = |values: &[f64]| values.iter().map(|value| origin + scale * value).collect::<Vec<_>>();
        let (treated, candidates) = (column(&[1.0, 2.0, 4.0, 3.0]), column(&[0.0, 1.5, 2.5, 5.0, 2.0, 0.5]));
        run(&[&treated], &[&candidates]).unwrap().weights().candidates
    };
    let plain = numbers(1.0, 0.0);
    for (scale, origin) in [(1e-30, 0.0), (1e40, 0.0), (-1.0, 0.0), (1.0, 1e6), (1e3, -4e8)] {
        assert_near(&numbers(scale, origin), &plain, 1e-9);
    }
    assert_eq!(numbers(1024.0, 0.0), plain, "a power of two moves no bit");
}

/// A person before being put into columns.
#[derive(Debug, Clone)]
struct Person {
    key: u128,
    stratum: u32,
    numbers: [f64; 3],
    /// So many treated are just like this candidate.
    copies: u32,
}

fn candidates() -> impl Strategy<Value = Vec<Person>> {
    let person = (0_u32..4, -4_i8..5, -40_i8..41, 0_u8..2, 1_u32..5);
    prop::collection::vec(person, 2..60).prop_map(|people| {
        let people = people.into_iter().zip(1_u128..);
        people
            .map(|((stratum, few, many, binary, copies), number)| Person {
                key: number * 0x9E37_79B9_7F4A_7C15,
                stratum,
                numbers: [f64::from(few), f64::from(many) / 7.0 + 1e4, f64::from(binary)],
                copies,
            })
            .collect()
    })
}

fn covariates(people: &[Person]) -> Covariates {
    let columns = (0..3).map(|column| people.iter().map(|person| person.numbers[column]).collect()).collect();
    let keys = people.iter().map(|person| person.key).collect();
    Covariates::new(keys, people.iter().map(|person| person.stratum).collect(), columns).unwrap()
}

/// Treated just like the candidates: weights above 0 exist, for the copies are such.
fn copies(candidates: &[Person]) -> Vec<Person> {
    let treated = candidates.iter().flat_map(|person| (0..person.copies).map(move |_| person.clone()));
    treated.zip(1_u128..).map(|(person, number)| Person { key: (1 << 100) + number, ..person }).collect()
}

fn sum<'a>(of: impl Iterator<Item = &'a Person>, column: usize) -> f64 {
    of.map(|person| person.numbers[column]).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn weights_above_none_that_balance_are_found_and_least_unequal(candidates in candidates()) {
        let treated = copies(&candidates);
        let matching = match weighed(&covariates(&treated), &covariates(&candidates)) {
            Err(MatchingError::NothingVaries) => return Ok(()),
            other => other.unwrap(),
        };
        let weights = matching.weights().candidates;
        prop_assert!(matching.unmatched().is_empty() && weights.iter().all(|weight| *weight > 0.0));
        for set in matching.sets() {
            prop_assert!((set.control_weights.iter().sum::<f64>() - set.treated.len() as f64).abs() < 1e-9);
        }
        for column in 0..3 {
            let weighted: f64 = candidates.iter().zip(&weights).map(|(person, w)| w * person.numbers[column]).sum();
            let wanted = sum(treated.iter(), column);
            prop_assert!((weighted - wanted).abs() < 1e-9 * wanted.abs().max(1.0), "{} and {}", weighted, wanted);
        }
        // The conditions of Karush, Kuhn and Tucker: log weights are linear in the columns, but for a constant of the stratum.
        let slopes = matching.balancing().unwrap().coefficients.iter().map(|slope| slope.unwrap_or(0.0)).collect::<Vec<_>>();
        let rest = |row: u32| {
            let person = &candidates[row as usize];
            let along: f64 = slopes.iter().zip(person.numbers).map(|(slope, number)| slope * (number - 1e4)).sum();
            weights[row as usize].ln() - along
        };
        for set in matching.sets() {
            let first = rest(set.controls[0]);
            let scale = 1.0 + slopes.iter().fold(0.0, |most: f64, slope| slope.abs().max(most)) * 1e4;
            prop_assert!(set.controls.iter().all(|row| (rest(*row) - first).abs() < 1e-9 * scale));
        }
    }

    #[test]
    fn order_codes_and_seed_change_no_bit(
        (candidates, turned) in candidates().prop_flat_map(|people| (Just(people.clone()), Just(people).prop_shuffle())),
        seed in any::<[u8; 32]>(),
    ) {
        let treated = copies(&candidates);
        let by_key = |candidates: &[Person], treated: &[Person], seed| {
            let matching = match_controls(&covariates(treated), &covariates(candidates), &RULE, &Seed::new(seed))?;
            let weights = matching.weights().candidates;
            let mut weights: Vec<(u128, f64)> = candidates.iter().map(|person| person.key).zip(weights).collect();
            weights.sort_unstable_by_key(|(key, _)| *key);
            Ok::<_, MatchingError>((weights, matching.balancing().cloned()))
        };
        let plain = by_key(&candidates, &treated, [3; 32]);
        let recoded = |people: &[Person]| {
            people.iter().rev().map(|person| Person { stratum: 9 - person.stratum, ..person.clone() }).collect::<Vec<_>>()
        };
        prop_assert_eq!(&by_key(&turned, &treated, seed), &plain);
        prop_assert_eq!(&by_key(&recoded(&candidates), &recoded(&treated), seed), &plain);
    }

    #[test]
    fn beyond_all_candidates_there_are_no_weights(candidates in candidates(), column in 0_usize..3, above in 0.0_f64..3.0) {
        let mut treated = copies(&candidates);
        let most = candidates.iter().map(|person| person.numbers[column]).fold(f64::MIN, f64::max);
        let least = candidates.iter().map(|person| person.numbers[column]).fold(f64::MAX, f64::min);
        prop_assume!(least < most);
        for person in &mut treated {
            person.numbers[column] = most + above;
        }
        let error = weighed(&covariates(&treated), &covariates(&candidates)).unwrap_err();
        prop_assert!(matches!(error, MatchingError::NoWeights { .. }), "{}", error);
    }
}
