//! Duplicates on people whose truth is known.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::Permille;
use proptest::prelude::*;

use super::*;
use crate::testing::{Fields, TwoFiles, people, person, schema};

fn rule(probability_min: u16) -> LinkRule {
    LinkRule { probability_min: Permille(probability_min), ..LinkRule::of(schema().decision()) }
}

fn found(rows: &[Fields]) -> Duplicates {
    duplicates(&schema(), &people(&schema(), rows), rule(500), &|_| ()).expect("the shape is the schema's")
}

/// A file in which `twice` people stand a second time, with mistakes of its own; and by row, who it is.
fn file(seed: u64, once: usize, twice: usize) -> (Vec<Fields>, Vec<usize>) {
    let files = TwoFiles::new(seed, once, twice, twice);
    ([files.left, files.right].concat(), (0..once).chain(0..twice).collect())
}

fn pairs(groups: &[Vec<u32>]) -> BTreeSet<(u32, u32)> {
    let of = |group: &Vec<u32>| -> Vec<(u32, u32)> {
        let all = group.iter().flat_map(|one| group.iter().map(move |other| (*one, *other)));
        all.filter(|(one, other)| one < other).collect()
    };
    groups.iter().flat_map(of).collect()
}

#[test]
fn people_who_stand_twice_are_found_and_the_model_knows_how_well() {
    for (seed, once, twice) in [(1, 4_000, 400), (2, 3_000, 1_500), (3, 6_000, 60)] {
        let (rows, who) = file(seed, once, twice);
        let duplicates = found(&rows);
        let pairs = pairs(&duplicates.groups);
        let right = pairs.iter().filter(|(one, other)| who[*one as usize] == who[*other as usize]).count();
        let (false_pairs, missed) = (pairs.len() - right, twice - right);
        assert!(false_pairs * 100 <= pairs.len(), "seed {seed}: {false_pairs} false of {}", pairs.len());
        assert!(missed * 25 <= twice, "seed {seed}: {missed} missed of {twice}");
        let near = |expected_milli: u64, counted: usize| {
            let (expected, counted) = (expected_milli as f64 / 1_000.0, counted as f64);
            (expected - counted).abs() <= 4.0 + 4.0 * counted.max(expected).sqrt()
        };
        let expected = duplicates.expected;
        assert!(near(expected.false_merges_milli, false_pairs), "seed {seed}: {expected:?} {false_pairs}");
        assert!(near(expected.missed_pairs_milli + expected.missed_apart_milli, missed), "{expected:?} {missed}");
        let merges: usize = duplicates.groups.iter().map(|group| group.len() - 1).sum();
        assert_eq!(expected.merges, merges as u64);
    }
}

#[test]
fn a_file_without_repeats_has_hardly_any_groups() {
    let (rows, _) = file(4, 5_000, 0);
    let duplicates = found(&rows);
    assert!(duplicates.groups.len() <= 3, "{:?}", duplicates.groups);
}

#[test]
fn nobody_is_a_duplicate_of_themselves() {
    let ann = || person(["4000000001", "SMITH", "ANN", "19500403", "DN31 1AA", "2"]);
    let bob = person(["4000000002", "JONES", "BOB", "19610605", "DN32 2BB", "1"]);
    for rows in [vec![], vec![ann()], vec![ann(), bob.clone()], vec![person([""; 6]), person([""; 6])]] {
        let duplicates = found(&rows);
        assert_eq!((duplicates.groups.len(), duplicates.contested.len()), (0, 0));
        assert_eq!(duplicates.expected.merges, 0);
    }
    let duplicates = found(&[ann(), bob, ann(), ann()]);
    assert_eq!(duplicates.groups, [[0, 2, 3]]);
    assert_eq!((duplicates.candidate_pairs, duplicates.expected.merges), (3, 2));
}

#[test]
fn a_group_in_which_numbers_differ_is_left_apart() {
    let twin = |number: &str| person([number, "SMITH", "ANN", "19500403", "DN31 1AA", "2"]);
    // Rows 0 and 3 are two people; the two without a number could be either.
    let contested = found(&[twin("4000000001"), twin(""), twin(""), twin("4000000002")]);
    assert_eq!((contested.groups.len(), contested.contested), (0, vec![vec![0, 1, 2, 3]]));
    assert_eq!((contested.expected.merges, contested.expected.false_merges_milli), (0, 0));
    let one = found(&[twin("4000000001"), twin(""), twin(""), twin("4000000001")]);
    assert_eq!((one.groups, one.contested.len()), (vec![vec![0, 1, 2, 3]], 0));
}

#[test]
fn fewer_false_merges_can_be_asked_for() {
    let (rows, _) = file(5, 3_000, 1_500);
    let schema = schema();
    let people = people(&schema, &rows);
    let with = |false_links_max| {
        let rule = LinkRule { false_links_max: Permille(false_links_max), ..rule(200) };
        duplicates(&schema, &people, rule, &|_| ()).expect("the shape is the schema's")
    };
    let (lax, strict) = (with(1_000), with(1));
    assert_eq!(lax.probability_min_ppm, 200_000);
    assert!(strict.probability_min_ppm > 200_000 && strict.expected.merges < lax.expected.merges);
    assert!(strict.expected.false_merges_milli <= strict.expected.merges, "{:?}", strict.expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn groups_share_no_row_and_the_order_of_rows_changes_none(seed in any::<u64>(), once in 0_usize..120, twice in 0_usize..60) {
        let (rows, _) = file(seed, once.max(twice), twice);
        let before = found(&rows);
        let together: Vec<u32> = before.groups.iter().chain(&before.contested).flatten().copied().collect();
        prop_assert_eq!(together.iter().collect::<BTreeSet<_>>().len(), together.len());
        prop_assert!(before.groups.iter().all(|group| group.len() > 1 && group.is_sorted()));
        prop_assert!(before.groups.is_sorted_by(|one, next| one[0] < next[0]));
        // Backwards, and every other row first.
        let last = rows.len();
        for order in [(0..last).rev().collect::<Vec<_>>(), (0..last).step_by(2).chain((1..last).step_by(2)).collect()] {
            let turned: Vec<Fields> = order.iter().map(|row| rows[*row].clone()).collect();
            let after = found(&turned);
            let original = |groups: &[Vec<u32>]| -> BTreeSet<Vec<usize>> {
                let back = |group: &Vec<u32>| -> BTreeSet<usize> { group.iter().map(|row| order[*row as usize]).collect() };
                groups.iter().map(|group| back(group).into_iter().collect()).collect()
            };
            let as_they_are = |groups: &[Vec<u32>]| -> BTreeSet<Vec<usize>> {
                groups.iter().map(|group| group.iter().map(|row| *row as usize).collect()).collect()
            };
            prop_assert_eq!(original(&after.groups), as_they_are(&before.groups));
            prop_assert_eq!(original(&after.contested), as_they_are(&before.contested));
            prop_assert_eq!(after.expected.merges, before.expected.merges);
        }
    }

    #[test]
    fn connected_rows_are_those_that_a_walk_reaches(links in proptest::collection::vec((0_u32..30, 0_u32..30), 0..40)) {
        let links: Vec<_> = links.into_iter().filter(|(one, other)| one != other).collect();
        let weighed: Vec<Link> = links.iter().map(|(left, right)| Link { left: *left, right: *right, agreeing: 0, weight_millibits: 0, probability_ppm: 0 }).collect();
        let mut connected = Connected::none(30);
        for (one, other) in &links { connected.connect(*one, *other); }
        let mut reached: BTreeMap<u32, BTreeSet<u32>> = (0..30).map(|row| (row, [row].into())).collect();
        for _ in 0..30 {
            for (one, other) in &links {
                let both: BTreeSet<u32> = reached[one].union(&reached[other]).copied().collect();
                for row in &both { reached.get_mut(row).expect("all rows").extend(&both); }
            }
        }
        let expected: BTreeSet<Vec<u32>> = reached.into_values().filter(|rows| rows.len() > 1).map(|rows| rows.into_iter().collect()).collect();
        prop_assert_eq!(connected.groups(&weighed).into_iter().collect::<BTreeSet<_>>(), expected);
    }
}
