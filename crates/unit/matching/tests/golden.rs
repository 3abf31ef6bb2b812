//! The same people through R's glm and `MatchIt`, and the same draws through a second implementation in Python. The scripts stand
//! beside their output in `vectors/`.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod people;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use counterfoil_matching::{
    Balance, Controls, Covariates, Matching, MatchingError, Method, Replacement, Rule, Seed, balance,
    balance_of_levels, match_controls,
};
use people::{PEOPLE, TREATED, groups};
use serde_json::Value;

const MATCHIT: &str = include_str!("../vectors/matchit.txt");
const DRAW: &str = include_str!("../vectors/draw.json");

/// 100, 101 ... 131.
fn seed() -> Seed {
    let mut next = 99;
    Seed::new([(); 32].map(|()| {
        next += 1;
        next
    }))
}

fn matched(method: Method, per_treated: u32, replacement: Replacement, has_strata: bool) -> Matching {
    let (treated, candidates) = groups(has_strata);
    let rule = Rule { method, controls: Controls::PerTreated(NonZeroU32::new(per_treated).unwrap()), replacement };
    match_controls(&treated, &candidates, &rule, &seed()).unwrap()
}

/// Lines of the R script's output that begin so, in words, without the beginning.
fn said(beginning: &str) -> Vec<Vec<&'static str>> {
    let beginning = format!("{beginning} ");
    let rests = MATCHIT.lines().filter_map(|line| line.strip_prefix(&beginning));
    let found: Vec<Vec<&str>> = rests.map(|rest| rest.split_whitespace().collect()).collect();
    assert!(!found.is_empty(), "{beginning}");
    found
}

fn number(word: &str) -> Option<f64> {
    (word != "NA").then(|| word.parse().unwrap())
}

#[track_caller]
fn assert_near(ours: Option<f64>, theirs: &str, what: &str) {
    match (ours, number(theirs)) {
        (Some(ours), Some(theirs)) => {
            assert!((ours - theirs).abs() <= 1e-10 * theirs.abs().max(1.0), "{what}: {ours} and {theirs}");
        }
        (ours, theirs) => assert_eq!(ours, theirs, "{what}"),
    }
}

/// Controls of each treated, by row of people.csv.
fn sets(matching: &Matching) -> BTreeMap<u32, Vec<u32>> {
    let mut sets: BTreeMap<u32, Vec<u32>> = matching.unmatched().iter().map(|&(row, _)| (row, Vec::new())).collect();
    for set in matching.sets() {
        let mut controls: Vec<u32> = set.controls.iter().map(|row| row + 80).collect();
        controls.sort_unstable();
        sets.insert(set.treated[0], controls);
    }
    sets
}

#[track_caller]
fn assert_sets(matching: &Matching, run: &str) {
    let mut expected = BTreeMap::new();
    for line in said(&format!("set {run}")) {
        let mut rows: Vec<u32> = line.iter().map(|word| word.parse().unwrap()).collect();
        rows[1..].sort_unstable();
        expected.insert(rows[0], rows[1..].to_vec());
    }
    assert_eq!(expected.len(), TREATED);
    assert_eq!(sets(matching), expected, "{run}");
}

#[track_caller]
fn assert_balance(matching: &Matching, run: &str) {
    let (treated, candidates) = groups(true);
    let rows = balance(&treated, &candidates, matching).unwrap();
    for (row, name) in rows.iter().zip(["age", "visits", "cost", "ill"]) {
        for (ours, part) in [(row.before, "sum.all"), (row.after, "sum.matched")] {
            let Balance { treated_mean, treated_sd, control_mean, control_sd, .. } = ours;
            let statistics = [
                treated_mean,
                control_mean,
                ours.standardised_difference,
                ours.variance_ratio,
                ours.distribution_distance,
                treated_sd,
                control_sd,
            ];
            let line = &said(&format!("balance {run} {part} {name}"))[0];
            assert_eq!(line.len(), statistics.len());
            for (position, (ours, theirs)) in statistics.into_iter().zip(line).enumerate() {
                assert_near(ours, theirs, &format!("{run} {part} {name} {position}"));
            }
        }
        assert_eq!(row.is_binary, name == "ill");
    }
}

/// 0.05 pooled standard deviations, as in the script.
const NARROW: Method = Method::Propensity { caliper_sd: Some(0.05) };
const SCORE: Method = Method::Propensity { caliper_sd: None };

#[test]
fn the_score_is_that_of_glm() {
    let matching = matched(NARROW, 1, Replacement::Without, true);
    let model = matching.score().unwrap();
    assert_near(Some(model.intercept), said("coefficient (Intercept)")[0][0], "intercept");
    for (ours, name) in model.coefficients.iter().zip(["age", "visits", "cost", "ill"]) {
        assert_near(ours.ok(), said(&format!("coefficient {name}"))[0][0], name);
    }
    assert_near(Some(model.log_likelihood), said("log_likelihood")[0][0], "log likelihood");
    assert_near(model.caliper, said("caliper")[0][0], "caliper");
    let logits = [&model.treated_logits[..], &model.candidate_logits[..]].concat();
    for line in said("logit") {
        assert_near(Some(logits[line[0].parse::<usize>().unwrap()]), line[1], "logit");
    }
}

#[test]
fn the_nearest_by_score_are_those_of_matchit() {
    assert_sets(&matched(SCORE, 1, Replacement::Without, false), "propensity_1");
    assert_sets(&matched(SCORE, 1, Replacement::Without, true), "propensity_1_strata");
    assert_sets(&matched(NARROW, 3, Replacement::Without, true), "propensity_3_caliper_strata");
    assert_sets(&matched(NARROW, 2, Replacement::With, true), "propensity_2_caliper_strata_replaced");
}

#[test]
fn the_nearest_by_mahalanobis_distance_are_those_of_matchit() {
    let method = |caliper| Method::Mahalanobis { caliper };
    assert_sets(&matched(method(None), 1, Replacement::Without, false), "mahalanobis_1");
    assert_sets(&matched(method(None), 2, Replacement::Without, true), "mahalanobis_2_strata");
    assert_sets(&matched(method(Some(0.8)), 2, Replacement::Without, true), "mahalanobis_2_caliper_strata");
    assert_sets(&matched(method(None), 3, Replacement::With, true), "mahalanobis_3_strata_replaced");
}

/// `MatchIt` scales the weights of the controls so that they sum to their number; ours sum to that of the treated.
#[track_caller]
fn assert_weights(matching: &Matching, run: &str) {
    let weights = matching.weights();
    let ours = [&weights.treated[..], &weights.candidates[..]].concat();
    let mut theirs = vec![0.0; ours.len()];
    for line in said(&format!("weight {run}")) {
        theirs[line[0].parse::<usize>().unwrap()] = number(line[1]).unwrap();
    }
    let treated: f64 = theirs[..TREATED].iter().sum();
    let controls: f64 = theirs[TREATED..].iter().sum();
    for (row, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let scaled = if row < TREATED { *theirs } else { theirs * treated / controls };
        assert!((ours - scaled).abs() < 1e-12, "{run} {row}: {ours} and {scaled}");
    }
}

#[test]
fn coarsened_and_exact_weights_are_those_of_matchit() {
    let (treated, candidates) = groups(true);
    let all = |method| {
        let rule = Rule { method, controls: Controls::All, replacement: Replacement::Without };
        match_controls(&treated, &candidates, &rule, &seed()).unwrap()
    };
    // Of zeros and ones any point between them, or 1 itself, tells the two apart.
    let cut_points = vec![vec![35.0, 50.0, 65.0], vec![1.5, 3.0, 6.0], vec![400.0, 900.0], vec![1.0]];
    let coarsened = all(Method::Coarsened { cut_points });
    assert_weights(&coarsened, "coarsened");
    assert_balance(&coarsened, "coarsened");
    assert_weights(&all(Method::Coarsened { cut_points: vec![vec![], vec![], vec![], vec![0.5]] }), "exact");
}

#[test]
fn the_balance_is_that_of_matchit() {
    assert_balance(&matched(SCORE, 1, Replacement::Without, false), "propensity_1");
    assert_balance(&matched(NARROW, 3, Replacement::Without, true), "propensity_3_caliper_strata");
    assert_balance(&matched(NARROW, 2, Replacement::With, true), "propensity_2_caliper_strata_replaced");
}

#[test]
fn a_level_is_a_column_of_zeros_and_ones() {
    let matching = matched(NARROW, 2, Replacement::Without, true);
    let codes: Vec<u32> = PEOPLE.lines().skip(1).map(|line| 5 + u32::from(line.ends_with(",1"))).collect();
    let levels = balance_of_levels(&codes[..TREATED], &codes[TREATED..], &matching).unwrap();
    let (treated, candidates) = groups(true);
    let ill = balance(&treated, &candidates, &matching).unwrap()[3];
    assert_eq!(levels.iter().map(|(level, _)| *level).collect::<Vec<_>>(), [5, 6]);
    assert_eq!(levels[1].1, ill);
    let wrong = balance_of_levels(&codes[1..TREATED], &codes[TREATED..], &matching);
    assert!(matches!(wrong, Err(MatchingError::RowsDiffer { given: 79, matched: 80, .. })));
}

/// Keys and strata as they stand in draw.json.
fn drawn_group(rows: &Value) -> (Vec<u128>, Vec<u32>) {
    let row = |row: &Value| {
        let stratum = u32::try_from(row[1].as_u64().unwrap()).unwrap();
        (u128::from_str_radix(row[0].as_str().unwrap(), 16).unwrap(), stratum)
    };
    rows.as_array().unwrap().iter().map(row).unzip()
}

#[test]
fn the_draw_can_be_replayed_in_another_language() {
    let vectors: Value = serde_json::from_str(DRAW).unwrap();
    let (treated_keys, strata) = drawn_group(&vectors["treated"]);
    let treated = Covariates::new(treated_keys.clone(), strata, vec![]).unwrap();
    let (candidate_keys, strata) = drawn_group(&vectors["candidates"]);
    let candidates = Covariates::new(candidate_keys.clone(), strata, vec![]).unwrap();
    let runs = [(Replacement::Without, "three_without_replacement"), (Replacement::With, "three_with_replacement")];
    for (replacement, name) in runs {
        let rule = Rule {
            method: Method::Stratified,
            controls: Controls::PerTreated(NonZeroU32::new(3).unwrap()),
            replacement,
        };
        let matching = match_controls(&treated, &candidates, &rule, &seed()).unwrap();
        let key = |key: u128| format!("{key:032x}");
        let mut ours: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for set in matching.sets() {
            let controls = set.controls.iter().map(|&row| key(candidate_keys[row as usize])).collect();
            ours.insert(key(treated_keys[set.treated[0] as usize]), controls);
        }
        for &(row, _) in matching.unmatched() {
            ours.insert(key(treated_keys[row as usize]), vec![]);
        }
        let theirs: BTreeMap<String, Vec<String>> = serde_json::from_value(vectors[name].clone()).unwrap();
        assert_eq!(ours, theirs, "{name}");
    }
}
