//! The fit against one computed outside, and what it does with files that say little.

use super::*;
use counterfoil_model::LinkageSchema;

/// Share of matches; probabilities by field and state of matches, then of others; agreeing tokens, pairs and weight.
type Fitted = (f64, [[f64; 3]; 2], [[f64; 3]; 2], &'static [(u64, u64, f64)]);

#[allow(clippy::unreadable_literal, reason = "as the script prints them")]
const OUTSIDE: Fitted = include!("../../vectors/fit.in");

fn schema() -> LinkageSchema {
    let text = r#"
        format = "counterfoil-linkage-schema-2"
        id = "fit"
        field = [{ name = "given", rule = "given_name_v1" }, { name = "birth", rule = "date_of_birth_v1" }]
        match_key = [
            { name = "a", parts = ["birth", "given.initial"] },
            { name = "b", parts = ["birth.year", "given"] },
            { name = "c", parts = ["birth", "given"] },
        ]
        decision = { link_probability_min_permille = 500, false_links_max_permille = 5, relationship = "one-to-one", runner_up_margin_bits = 0, group_pairs_max = 9 }
    "#;
    LinkageSchema::parse(text).expect("valid")
}

fn near(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance * expected.abs()
}

#[test]
fn the_fit_is_plain_expectation_maximisation_s_as_computed_outside() {
    let (share, matches, others, seen) = OUTSIDE;
    let patterns: Vec<_> = seen
        .iter()
        .filter(|(agreeing, ..)| *agreeing > 0)
        .map(|(agreeing, pairs, _)| (Pattern { comparable: 0b111, agreeing: *agreeing, band: None }, *pairs))
        .collect();
    let apart = seen.iter().filter(|(agreeing, ..)| *agreeing == 0).map(|(_, pairs, _)| (0b111, *pairs)).collect();
    let evidence = Evidence::of(&schema());
    let observed = Observed::new(&evidence, None, &patterns, &apart, 2_000);
    let fit = observed.fit_within(1e-9);
    assert_eq!(fit.end, FitEnd::Converged);
    assert!(near(fit.parameters.shares[MATCH], share, 1e-4), "{:?}", fit.parameters.shares);
    // It stops when the matches stand still; what is learnt of others has then a few places fewer.
    for (class, expected, tolerance) in [(MATCH, matches, 1e-4), (UNRELATED, others, 1e-2)] {
        let found = fit.parameters.states[class].iter().flatten();
        for (found, expected) in found.zip(expected.as_flattened()) {
            assert!(near(*found, *expected, tolerance), "{class}: {:?}", fit.parameters.states[class]);
        }
    }
    let likelihoods = observed.likelihoods(&fit.parameters, patterns.len());
    for ((pattern, _), likelihood) in patterns.iter().zip(likelihoods) {
        let expected = seen.iter().find(|(agreeing, ..)| *agreeing == pattern.agreeing).expect("as seen").2;
        let found = log2(likelihood.matches) - log2(likelihood.others);
        assert!((found - expected).abs() < 1e-2, "{pattern:?}: {found} {expected}");
    }
    // The ordinary tolerance ends near enough that no weight moves by a tenth of a bit.
    let ordinary = observed.likelihoods(&observed.fit().parameters, patterns.len());
    for (likelihood, expected) in ordinary.iter().zip(seen.iter().filter(|(agreeing, ..)| *agreeing > 0)) {
        let found = log2(likelihood.matches) - log2(likelihood.others);
        assert!((found - expected.2).abs() < 0.1, "{expected:?}: {found}");
    }
}

#[test]
fn every_set_of_probabilities_sums_to_one() {
    let evidence = Evidence::of(&crate::testing::schema());
    let believed = Parameters::believed(&evidence, 1e6, 1e3);
    for states in believed.states.iter().flatten() {
        assert!((states.iter().sum::<f64>() - 1.0).abs() < 1e-12 && states.iter().all(|p| *p >= 0.0), "{states:?}");
    }
    for table in believed.likeness.iter().flatten() {
        assert!((table.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn files_that_show_no_matches_are_weighed_by_belief() {
    let evidence = Evidence::of(&schema());
    let patterns = [(Pattern { comparable: 0b111, agreeing: 0b010, band: None }, 40)];
    let observed = Observed::new(&evidence, None, &patterns, &[(0b111, 999_960)].into(), 1_000);
    let fit = observed.fit();
    assert_eq!(fit.end, FitEnd::Believed);
    let believed = Parameters::believed(&evidence, 1e6, 1e3);
    let pairs = fit.parameters.states.iter().flatten().flatten().zip(believed.states.iter().flatten().flatten());
    pairs.for_each(|(found, expected)| assert!(near(*found, *expected, 1e-9), "{found} {expected}"));
    assert!(fit.matches_meeting < 1.0, "{}", fit.matches_meeting);
}

#[test]
fn the_commonest_sets_stand_for_all() {
    let apart = [(1, 9_990), (2, 9), (4, 1), (8, 0)].into();
    let (kept, scale) = commonest(&apart);
    assert_eq!(kept, [(1, 9_990)].into());
    assert!((scale - 10_000.0 / 9_990.0).abs() < 1e-12);
    assert_eq!(commonest(&BTreeMap::new()), (BTreeMap::new(), 1.0));
}

#[test]
fn belief_finds_no_more_matches_than_there_are_rows() {
    // Two rows by a thousand, and by what is believed of people every pair that agrees in all is a match.
    let evidence = Evidence::of(&schema());
    let patterns = [(Pattern { comparable: 0b111, agreeing: 0b111, band: None }, 1_500)];
    let fit = Observed::new(&evidence, None, &patterns, &[(0b111, 500)].into(), 2).fit();
    assert_eq!(fit.end, FitEnd::Believed);
    assert!(fit.matches() <= 2.0 + 1e-9, "{}", fit.matches());
    assert!(fit.parameters.shares[MATCH] <= 2.0 / 2_000.0 + 1e-12, "{:?}", fit.parameters.shares);
    assert!((fit.parameters.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(fit.expected[MATCH].iter().all(|states| states.iter().sum::<f64>() <= 2.0 + 1e-9));
}

#[test]
fn a_schema_that_cannot_tell_relatives_has_none() {
    let (_, _, _, seen) = OUTSIDE;
    let patterns: Vec<_> = seen
        .iter()
        .filter(|(agreeing, ..)| *agreeing > 0)
        .map(|(agreeing, pairs, _)| (Pattern { comparable: 0b111, agreeing: *agreeing, band: None }, *pairs))
        .collect();
    let evidence = Evidence::of(&schema());
    let apart = seen.iter().filter(|(agreeing, ..)| *agreeing == 0).map(|(_, pairs, _)| (0b111, *pairs)).collect();
    let fit = Observed::new(&evidence, None, &patterns, &apart, 2_000).fit_within(1e-9);
    assert!(fit.iterations > 4, "some steps were carried on");
    assert_eq!(fit.parameters.shares[RELATED].to_bits(), 0);
}
