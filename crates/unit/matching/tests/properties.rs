//! What holds for any groups and any rule.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test may fail loudly; equal bits are asked for")]

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use counterfoil_matching::{
    Controls, Covariates, Matching, MatchingError, Method, Replacement, Rule, Seed, Unmatched, balance, match_controls,
};
use proptest::prelude::*;

/// A person before being put into columns: stratum and three numbers, of which many are equal.
#[derive(Debug, Clone)]
struct Person {
    key: u128,
    stratum: u32,
    numbers: [f64; 3],
}

fn people(keys_from: u128, rows: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Person>> {
    let person = (0_u32..4, -4_i8..5, -40_i8..41, 0_u8..2);
    prop::collection::vec(person, rows).prop_map(move |people| {
        let people = people.into_iter().zip(0_u128..);
        people
            .map(|((stratum, few, many, binary), number)| Person {
                key: keys_from + number * 0x9E37_79B9_7F4A_7C15,
                stratum,
                numbers: [f64::from(few), f64::from(many) / 7.0 + 1e6, f64::from(binary)],
            })
            .collect()
    })
}

fn covariates(people: &[Person]) -> Covariates {
    let columns = (0..3).map(|column| people.iter().map(|person| person.numbers[column]).collect()).collect();
    let keys = people.iter().map(|person| person.key).collect();
    Covariates::new(keys, people.iter().map(|person| person.stratum).collect(), columns).unwrap()
}

fn rules() -> impl Strategy<Value = Rule> {
    let method = prop_oneof![
        Just(Method::Stratified),
        Just(Method::Coarsened { cut_points: vec![vec![-1.0, 2.0], vec![1e6], vec![]] }),
        prop::option::of(0.0..1.0).prop_map(|caliper_sd| Method::Propensity { caliper_sd }),
        prop::option::of(0.0..2.0).prop_map(|caliper| Method::Mahalanobis { caliper }),
        Just(Method::EntropyBalance),
    ];
    let replacement = prop_oneof![Just(Replacement::Without), Just(Replacement::With)];
    (method, 0_u32..4, replacement).prop_map(|(method, number, replacement)| {
        let is_by_strata = matches!(method, Method::Stratified | Method::Coarsened { .. });
        match NonZeroU32::new(number) {
            _ if method == Method::EntropyBalance => {
                Rule { method, controls: Controls::All, replacement: Replacement::Without }
            }
            None if is_by_strata => Rule { method, controls: Controls::All, replacement: Replacement::Without },
            None => Rule { method, controls: Controls::PerTreated(NonZeroU32::MIN), replacement },
            Some(number) => Rule { method, controls: Controls::PerTreated(number), replacement },
        }
    })
}

/// Sets and reasons with keys instead of rows.
type ByKey = (Vec<(Vec<u128>, Vec<u128>, Vec<f64>)>, Vec<(u128, Unmatched)>);

fn by_key(matching: &Matching, treated: &[Person], candidates: &[Person]) -> ByKey {
    let keys = |rows: &[u32], people: &[Person]| rows.iter().map(|&row| people[row as usize].key).collect();
    let sets = matching.sets().iter();
    let sets =
        sets.map(|set| (keys(&set.treated, treated), keys(&set.controls, candidates), set.control_weights.clone()));
    let unmatched = matching.unmatched().iter().map(|&(row, reason)| (treated[row as usize].key, reason));
    (sets.collect(), unmatched.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_order_of_rows_changes_nothing(
        (treated, turned) in people(1, 1..25).prop_flat_map(|people| (Just(people.clone()), Just(people).prop_shuffle())),
        (candidates, shuffled) in people(1 << 100, 2..80).prop_flat_map(|people| (Just(people.clone()), Just(people).prop_shuffle())),
        rule in rules(),
        seed in any::<[u8; 32]>(),
    ) {
        let run = |treated: &[Person], candidates: &[Person]| {
            let groups = (covariates(treated), covariates(candidates));
            let matching = match_controls(&groups.0, &groups.1, &rule, &Seed::new(seed))?;
            let sums = balance(&groups.0, &groups.1, &matching)?;
            let score = matching.score().map(|score| (score.intercept, score.coefficients.clone(), score.caliper));
            let score = (score, matching.balancing().cloned());
            let effective = matching.weights().effective_controls();
            Ok::<_, MatchingError>((by_key(&matching, treated, candidates), sums, score, effective))
        };
        prop_assert_eq!(run(&treated, &candidates), run(&turned, &shuffled));
    }

    #[test]
    fn sets_keep_the_rule(
        treated in people(1, 1..25),
        candidates in people(1 << 100, 2..80),
        rule in rules(),
        seed in any::<[u8; 32]>(),
    ) {
        let Ok(matching) = match_controls(&covariates(&treated), &covariates(&candidates), &rule, &Seed::new(seed)) else {
            return Ok(());
        };
        let mut seen = vec![0_u32; treated.len()];
        let mut taken = vec![0_u32; candidates.len()];
        for set in matching.sets() {
            let different: BTreeSet<_> = set.controls.iter().collect();
            prop_assert!(!set.controls.is_empty() && different.len() == set.controls.len());
            prop_assert!(set.control_weights.len() == set.controls.len());
            prop_assert!((set.control_weights.iter().sum::<f64>() - set.treated.len() as f64).abs() < 1e-9);
            if let Controls::PerTreated(number) = rule.controls {
                prop_assert!(set.treated.len() == 1 && set.controls.len() <= number.get() as usize);
            }
            for &row in &set.treated {
                seen[row as usize] += 1;
                for &control in &set.controls {
                    prop_assert_eq!(treated[row as usize].stratum, candidates[control as usize].stratum);
                }
            }
            for &control in &set.controls {
                taken[control as usize] += 1;
            }
            if let Some(score) = matching.score() {
                let at = score.treated_logits[set.treated[0] as usize];
                let furthest = set.controls.iter().map(|&row| (score.candidate_logits[row as usize] - at).abs());
                prop_assert!(furthest.fold(0.0, f64::max) <= score.caliper.unwrap_or(f64::INFINITY));
            }
        }
        for &(row, reason) in matching.unmatched() {
            seen[row as usize] += 1;
            let has_equal = candidates.iter().any(|other| other.stratum == treated[row as usize].stratum);
            if !matches!(rule.method, Method::Coarsened { .. }) {
                prop_assert_eq!(reason == Unmatched::NoCandidateInStratum, !has_equal);
            }
            prop_assert!(rule.replacement == Replacement::Without || reason != Unmatched::NoneLeft);
        }
        prop_assert!(seen.iter().all(|&times| times == 1), "each treated is in one set or in none");
        if rule.replacement == Replacement::Without {
            prop_assert!(taken.iter().all(|&times| times <= 1));
        }
        let weights = matching.weights();
        let [treated_sum, control_sum] = [&weights.treated, &weights.candidates].map(|of| of.iter().sum::<f64>());
        prop_assert_eq!(treated_sum, (treated.len() - matching.unmatched().len()) as f64);
        prop_assert!((treated_sum - control_sum).abs() < 1e-9);
        for (weight, times) in weights.candidates.iter().zip(&taken) {
            prop_assert_eq!(*weight > 0.0, *times > 0);
        }
    }
}
