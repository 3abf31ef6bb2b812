//! Pairs that meet by former numbers, against every pair of rows looked at one by one; and what is left alone.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::{FormerToken, LinkageSchema};
use proptest::prelude::*;

use super::*;
use crate::agreements::{Agreements, Meeting};
use crate::join::row_number;
use crate::testing::{Fields, Random, TwoFiles, people, person, schema, schema_with, two};
use crate::{LinkRule, compare};

/// An extract of these people, each with the former numbers that stand in the same place.
fn people_with_former(schema: &LinkageSchema, rows: &[Fields], numbers: &[Vec<String>]) -> EncodedPeople {
    let mut made = people(schema, rows);
    for (row, (fields, numbers)) in rows.iter().zip(numbers).enumerate() {
        let mut formers = Vec::new();
        for number in numbers {
            let mut then = fields.clone();
            then[0].clone_from(number);
            let then = people(schema, &[then]);
            let of_key = |key: usize| {
                let match_key = u16::try_from(key).expect("few keys");
                then.tokens(key)[0].map(|token| FormerToken { match_key, token })
            };
            formers.extend(schema.keys_with_numbers().into_iter().filter_map(of_key));
        }
        formers.sort_unstable();
        for former in formers {
            made.push_former(row, former);
        }
    }
    made
}

/// What each row holds of each token: its own, and the former ones.
fn held(people: &EncodedPeople) -> Vec<Vec<BTreeSet<Vec<u8>>>> {
    let keys = people.match_keys();
    let of_row = |row: usize, token: usize| -> BTreeSet<Vec<u8>> {
        let Some(rule) = token.checked_sub(keys) else {
            let former = people
                .former()
                .iter()
                .filter(|(of, former)| (*of as usize, usize::from(former.match_key)) == (row, token));
            let former = former.map(|(_, former)| former.token);
            return people.tokens(token)[row]
                .into_iter()
                .chain(former)
                .map(|token| token.as_bytes().to_vec())
                .collect();
        };
        people.blocking(rule)[row].iter().map(|token| token.as_bytes().to_vec()).collect()
    };
    let tokens = keys + people.blocking_rules();
    (0..people.len()).map(|row| (0..tokens).map(|token| of_row(row, token)).collect()).collect()
}

/// Every pair of rows: which tokens agree because any of the one's is any of the other's, and which both hold. A value that
/// spans too many pairs counts as not held.
fn by_looking(left: &EncodedPeople, right: &EncodedPeople, pairs_max: usize) -> BTreeMap<(u32, u32), (u64, u64)> {
    let (left, right) = (held(left), held(right));
    let with = |rows: &[Vec<BTreeSet<Vec<u8>>>], token: usize, held: &BTreeSet<Vec<u8>>| {
        rows.iter().filter(|row| !row[token].is_disjoint(held)).count()
    };
    let counts = |rows: &[Vec<BTreeSet<Vec<u8>>>]| -> Vec<Vec<bool>> {
        let fits = |token: usize, held: &BTreeSet<Vec<u8>>| {
            !held.is_empty() && with(&left, token, held) * with(&right, token, held) <= pairs_max
        };
        rows.iter().map(|row| row.iter().enumerate().map(|(token, held)| fits(token, held)).collect()).collect()
    };
    let (left_counts, right_counts) = (counts(&left), counts(&right));
    let mut met = BTreeMap::new();
    for (l, r) in (0..left.len()).flat_map(|l| (0..right.len()).map(move |r| (l, r))) {
        let (mut agreeing, mut comparable) = (0, 0);
        for token in 0..left[l].len() {
            if left_counts[l][token] && right_counts[r][token] {
                comparable |= 1 << token;
                agreeing |= u64::from(!left[l][token].is_disjoint(&right[r][token])) << token;
            }
        }
        if agreeing != 0 {
            met.insert((row_number(l), row_number(r)), (agreeing, comparable));
        }
    }
    met
}

/// Gives some rows a newer number, and all or some of those before it as former ones. The numbers of one person are one
/// person's on both sides.
fn renumbered(rows: &[Fields], random: &mut Random) -> (Vec<Fields>, Vec<Vec<String>>) {
    let mut renumber = |row: &Fields| {
        let mut row = row.clone();
        let mut former = Vec::new();
        if !row[0].is_empty() {
            for newer in ["5", "6"] {
                if random.below(3) == 0 {
                    let before = std::mem::take(&mut row[0]);
                    row[0] = format!("{newer}{}", &before[1..]);
                    if random.below(4) > 0 {
                        former.push(before);
                    }
                }
            }
        }
        (row, former)
    };
    rows.iter().map(&mut renumber).unzip()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_pair_meets_once_and_agrees_when_any_number_is_any_of_the_others(seed in any::<u64>(), left in 0_usize..50, right in 0_usize..50, pairs_max in 1_usize..6) {
        let files = TwoFiles::new(seed, left, right, left.min(right) * 2 / 3);
        let schema = schema_with(
            "{ name = \"birth_given\", parts = [\"date_of_birth\",",
            "{ name = \"birth_given\", parts = [\"nhs_number\", \"date_of_birth\",",
        );
        let mut random = Random(seed ^ 7);
        // Rows that are there twice, so that groups have several rows on both sides.
        let mut side = |rows: &[Fields]| {
            let (mut rows, mut former) = renumbered(rows, &mut random);
            rows.extend_from_within(..rows.len() / 3);
            former.extend_from_within(..former.len() / 3);
            people_with_former(&schema, &rows, &former)
        };
        let (left, right) = (side(&files.left), side(&files.right));
        let agreements = Agreements::new(two(&left, &right), pairs_max as u64, &|_| ());
        prop_assert_eq!(agreements.former_unclear, 0);
        let add = |met: &mut Vec<Meeting>, meeting: Meeting| met.push(meeting);
        let met = agreements.fold(&Vec::new, &add, &|| ()).concat();
        let found: BTreeMap<_, _> = met.iter().map(|met| ((met.left, met.right), (met.agreeing, met.comparable))).collect();
        prop_assert_eq!(found.len(), met.len());
        prop_assert_eq!(found, by_looking(&left, &right, pairs_max));
    }
}

/// Which left rows share the number with which right rows; and how many former tokens were not clear.
fn sharing(left: &[(&str, &[&str])], right: &[(&str, &[&str])]) -> (Vec<(usize, usize)>, u64) {
    let side = |rows: &[(&str, &[&str])]| {
        let fields: Vec<_> = rows.iter().map(|(number, _)| person([*number, "", "", "", "", ""])).collect();
        let former: Vec<Vec<String>> =
            rows.iter().map(|(_, former)| former.iter().map(ToString::to_string).collect()).collect();
        people_with_former(&schema(), &fields, &former)
    };
    let (left, right) = (side(left), side(right));
    let resolved = resolved(&left, &right, 0);
    let pairs = (0..left.len()).flat_map(|l| (0..right.len()).map(move |r| (l, r)));
    let same = |(l, r): &(usize, usize)| resolved.left[*l].is_some() && resolved.left[*l] == resolved.right[*r];
    (pairs.filter(same).collect(), resolved.unclear)
}

#[test]
fn a_former_number_on_either_side_finds_the_current_one_on_the_other() {
    assert_eq!(sharing(&[("1", &[])], &[("2", &["1"])]), (vec![(0, 0)], 0));
    assert_eq!(sharing(&[("2", &["1"])], &[("1", &[])]), (vec![(0, 0)], 0));
    assert_eq!(sharing(&[("1", &[])], &[("2", &[])]), (vec![], 0));
    // Both know the same former number, and neither the other's current one.
    assert_eq!(sharing(&[("2", &["1"])], &[("3", &["1"])]), (vec![(0, 0)], 0));
    // Two records that were merged: the one side still has both.
    assert_eq!(sharing(&[("1", &[]), ("2", &[])], &[("3", &["1", "2"])]), (vec![(0, 0), (1, 0)], 0));
    assert_eq!(sharing(&[("1", &[]), ("3", &[])], &[("3", &["1"])]), (vec![(0, 0), (1, 0)], 0));
    // A number that was superseded twice, each time known to one side only.
    assert_eq!(sharing(&[("2", &["1"])], &[("3", &["2"])]), (vec![(0, 0)], 0));
    // The same person twice is not unclear.
    assert_eq!(sharing(&[("1", &[])], &[("2", &["1"]), ("2", &["1"])]), (vec![(0, 0), (0, 1)], 0));
}

#[test]
fn what_is_not_clear_is_left_alone_and_counted() {
    // Two people of one side declare one number.
    assert_eq!(sharing(&[("1", &[])], &[("2", &["1"]), ("3", &["1"])]), (vec![], 1));
    // A former number is another row's current one: that row it meets, as ever.
    assert_eq!(sharing(&[("1", &[])], &[("2", &["1"]), ("1", &[])]), (vec![(0, 1)], 1));
    assert_eq!(sharing(&[("1", &[]), ("2", &[])], &[("2", &["1"]), ("3", &["2"])]), (vec![(0, 0), (1, 0)], 1));
    // The other side's word on the same number is taken.
    assert_eq!(sharing(&[("1", &[]), ("4", &["5"])], &[("2", &["1", "5"]), ("3", &["1"])]), (vec![(1, 0)], 1));
    // What one row says for certain stands beside what it does not.
    assert_eq!(sharing(&[("7", &[]), ("1", &[])], &[("2", &["1", "7"]), ("3", &["1"])]), (vec![(0, 0)], 1));
}

#[test]
fn the_order_of_rows_changes_nothing_but_their_numbers() {
    let left = [("1", &[][..]), ("4", &["3"]), ("9", &["8"])];
    let right = [("2", &["1"][..]), ("5", &["4"]), ("8", &[])];
    let (pairs, _) = sharing(&left, &right);
    assert_eq!(pairs, [(0, 0), (1, 1), (2, 2)]);
    let reversed = |rows: &[(&'static str, &'static [&'static str])]| rows.iter().rev().copied().collect::<Vec<_>>();
    assert_eq!(sharing(&reversed(&left), &reversed(&right)).0, [(0, 0), (1, 1), (2, 2)]);
}

#[test]
fn a_person_under_a_superseded_number_is_linked_though_numbers_that_differ_forbid() {
    let files = TwoFiles::new(5, 400, 400, 300);
    let find = |row: &Fields| !row[0].is_empty() && row[1..].iter().all(|field| !field.is_empty());
    let place =
        (0..files.both).find(|n| files.left[*n] == files.right[*n] && find(&files.left[*n])).expect("most rows");
    let mut right = files.right.clone();
    right[place][0] = "4999999999".to_owned();
    let mut former = vec![Vec::new(); right.len()];
    let left = people_with_former(&schema(), &files.left, &vec![Vec::new(); files.left.len()]);
    let linked = |former: &[Vec<String>]| {
        let right = people_with_former(&schema(), &right, former);
        let rule = LinkRule::of(schema().decision());
        let compared = compare(&schema(), &left, &right, rule, &|_| ()).expect("the schema's shape");
        assert_eq!(compared.former_unclear(), 0);
        let links = compared.decide(rule).expect("kept").links;
        links.iter().any(|link| (link.left as usize, link.right as usize) == (place, place))
    };
    assert!(!linked(&former));
    former[place].push(files.left[place][0].clone());
    assert!(linked(&former));
}
