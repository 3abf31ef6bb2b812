//! The whole linkage on people whose truth is known.

use std::collections::BTreeSet;
use std::sync::Mutex;

use counterfoil_model::{EncodedPeople, LinkageSchema, Permille};
use proptest::prelude::*;

use crate::testing::{Fields, Random, TwoFiles, clk_of, people, people_with_clks, person, schema, schema_with};
use crate::{FitEnd, Link, LinkRule, Linkage, LinkageError, Progress, Side, compare, link};

fn run(schema: &LinkageSchema, left: &[Fields], right: &[Fields]) -> Linkage {
    link(schema, &people(schema, left), &people(schema, right), &|_| ()).expect("the shapes agree")
}

fn pairs(linkage: &Linkage) -> Vec<(u32, u32)> {
    linkage.links.iter().map(|link| (link.left, link.right)).collect()
}

const ANN: [&str; 6] = ["4000000001", "SMITH", "ANN", "19500403", "DN31 1AA", "2"];
const BOB: [&str; 6] = ["4000000002", "JONES", "BOB", "19610605", "DN32 2BB", "1"];

#[test]
fn two_people_are_found_by_what_is_believed_of_people_alone() {
    let schema = schema();
    let left = [person(ANN), person(BOB)];
    let right = [
        person(["", "JONES", "BOB", "19610605", "DN32 2BB", "1"]),
        person(["4000000001", "BROWN", "ANN", "19500403", "", "2"]),
    ];
    let (left, right) = (people(&schema, &left), people(&schema, &right));
    let compared = compare(&schema, &left, &right, LinkRule::of(schema.decision()), &|_| ()).expect("the shapes agree");
    assert_eq!(compared.model().end, FitEnd::Believed);
    let linkage = compared.decide(LinkRule::of(schema.decision())).expect("the same rule");
    assert_eq!(pairs(&linkage), [(0, 1), (1, 0)]);
    assert!(linkage.links.iter().all(|link| link.probability_ppm > 990_000), "{:?}", linkage.links);
    // Ann agrees in number, birth with given name, and birth with sex and initial; not in family name or postcode.
    assert_eq!(linkage.links[0].agreeing, 0b0_0100_0011);
}

#[test]
fn one_shared_trait_is_no_evidence_that_counts() {
    let schema = schema();
    let stranger = person(["", "JONES", "CAT", "19900101", "DN32 2BB", "2"]);
    assert_eq!(run(&schema, &[person(BOB)], &[stranger]).links, []);
    assert_eq!(run(&schema, &[person(ANN)], &[person(BOB)]).links, []);
}

#[test]
fn numbers_that_differ_forbid_a_link_however_much_agrees() {
    let twin = |number: &str| person([number, "SMITH", "ANN", "19500403", "DN31 1AA", "2"]);
    assert_eq!(run(&schema(), &[twin("4000000001")], &[twin("4000000002")]).links, []);
    // A number that one row lacks says nothing, and a schema that does not ask for the rule has no such rule.
    assert_eq!(run(&schema(), &[twin("4000000001")], &[twin("")]).links.len(), 1);
    let lenient = schema_with("never_link_when_differs = [\"number\"]", "");
    assert_eq!(run(&lenient, &[twin("4000000001")], &[twin("4000000002")]).links.len(), 1);
}

#[test]
fn two_who_are_as_likely_are_contested_and_neither_is_linked() {
    let seen_twice =
        [person(["", ANN[1], ANN[2], ANN[3], ANN[4], ANN[5]]), person(["", ANN[1], ANN[2], ANN[3], ANN[4], ANN[5]])];
    let linkage = run(&schema(), &[person(ANN)], &seen_twice);
    assert_eq!(linkage.links, []);
    assert_eq!((linkage.contested_left, linkage.contested_right), (vec![0], vec![0, 1]));
}

#[test]
fn whoever_has_the_better_partner_leaves_the_other_free() {
    // Both left rows share much with right row 0; only left row 1 shares its number, and left row 0 has right row 1.
    let left = [
        person(["", "SMITH", "ANN", "19500403", "DN31 1AA", "2"]),
        person(["4000000009", "SMITH", "ANN", "19500403", "DN31 1AA", "2"]),
    ];
    let right = [
        person(["4000000009", "SMITH", "ANN", "19500403", "DN31 1AA", "2"]),
        person(["", "SMITH", "ANN", "19500403", "DN99 9ZZ", "2"]),
    ];
    assert_eq!(pairs(&run(&schema(), &left, &right)), [(0, 1), (1, 0)]);
}

/// The sample schema, many to one.
fn many_to_one() -> LinkageSchema {
    schema_with("one-to-one", "many-to-one")
}

#[test]
fn who_was_referred_twice_is_linked_twice_where_the_schema_says_so() {
    let again = || person(["", "SMITH", "ANN", "19500403", "DN31 1AA", "2"]);
    let (left, right) = ([person(ANN), again(), person(BOB), again()], [person(BOB), person(ANN)]);
    let one = run(&schema(), &left, &right);
    // The row with the number is the better partner, and the others are left with nobody.
    assert_eq!(pairs(&one), [(0, 1), (2, 0)]);
    let many = run(&many_to_one(), &left, &right);
    assert_eq!(pairs(&many), [(0, 1), (1, 1), (2, 0), (3, 1)]);
    assert!(many.links.iter().all(|link| link.probability_ppm > 990_000), "{:?}", many.links);
    assert!(many.expected.false_links_milli < 40, "{:?}", many.expected);
    // The other way round nothing is repeated: a left row has one right row, and of two as good ones none.
    let turned = run(&many_to_one(), &right, &left);
    assert_eq!(
        (pairs(&turned), turned.contested_left, turned.contested_right.len()),
        (vec![(0, 2), (1, 0)], vec![], 0)
    );
    let tied = run(&many_to_one(), &right, &[again(), again()]);
    assert_eq!((pairs(&tied), tied.contested_left, tied.contested_right.len()), (vec![], vec![1], 0));
}

#[test]
fn numbers_that_differ_forbid_many_to_one_too() {
    let twin = |number: &str| person([number, "SMITH", "ANN", "19500403", "DN31 1AA", "2"]);
    let left = [twin("4000000001"), twin("4000000002"), twin("4000000001")];
    assert_eq!(pairs(&run(&many_to_one(), &left, &[twin("4000000001")])), [(0, 0), (2, 0)]);
}

#[test]
fn a_cohort_in_which_many_stand_twice_is_linked_and_the_model_knows_how_well() {
    for (seed, again) in [(31, 300), (32, 1_500)] {
        let (files, seen_again) = (TwoFiles::new(seed, 2_000, 4_000, 1_500), TwoFiles::new(seed, 4_500, again, again));
        // The same 4,500 people, some of whom were recorded a second time with other mistakes.
        let left = [files.left, seen_again.right].concat();
        let who = |row: u32| if row < 2_000 { row } else { row - 2_000 };
        let linkage = run(&many_to_one(), &left, &files.right);
        let right = linkage.links.iter().filter(|link| who(link.left) == link.right && link.right < 1_500).count();
        let (false_links, missed) = (linkage.links.len() - right, 1_500 + again - right);
        assert!(false_links * 200 <= linkage.links.len(), "seed {seed}: {false_links}");
        assert!(missed * 50 <= 1_500 + again, "seed {seed}: {missed}");
        let expected = linkage.expected.false_links_milli;
        assert!(expected.abs_diff(false_links as u64 * 1_000) < 12_000, "seed {seed}: {expected} {false_links}");
        assert!(linkage.links.is_sorted_by(|one, next| one.left < next.left));
    }
}

#[test]
fn nobody_and_nothing_known_link_to_nobody() {
    let schema = schema();
    let blank = || person([""; 6]);
    for (left, right) in
        [(vec![], vec![]), (vec![blank()], vec![]), (vec![], vec![person(ANN)]), (vec![blank(); 2], vec![blank(); 3])]
    {
        let linkage = run(&schema, &left, &right);
        assert_eq!((linkage.links.len(), linkage.contested_left.len()), (0, 0));
        assert_eq!(linkage.expected.false_links_milli, 0);
    }
}

#[test]
fn a_value_that_too_many_share_proposes_none_and_is_counted() {
    let schema = schema_with("group_pairs_max = 1000", "group_pairs_max = 5");
    // Six pairs share family name and postcode, and two of them more than that.
    let family = |given: &str, birth: &str| person(["", "SMITH", given, birth, "DN31 1AA", "2"]);
    let left = [family("ANN", "19500403"), family("BEA", "19710101")];
    let right = [family("ANN", "19500403"), family("BEA", "19710101"), family("CAT", "19820202")];
    let (left, right) = (people(&schema, &left), people(&schema, &right));
    let compared = compare(&schema, &left, &right, LinkRule::of(schema.decision()), &|_| ()).expect("the shapes agree");
    let left_out: Vec<_> =
        compared.groups_left_out().iter().map(|groups| (groups.token, groups.groups, groups.pairs)).collect();
    assert_eq!(left_out, [(8, 1, 6)]);
    assert_eq!(compared.candidate_pairs(), 2);
    let linkage = compared.decide(LinkRule::of(schema.decision())).expect("the same rule");
    // It says nothing of the pairs that other tokens proposed either.
    assert!(linkage.links.iter().all(|link| !link.shares(8)), "{:?}", linkage.links);
    assert_eq!(pairs(&linkage), [(0, 0), (1, 1)]);
}

/// Right links, links, and what the model expected.
fn measured(files: &TwoFiles) -> (usize, Linkage) {
    let linkage = run(&schema(), &files.left, &files.right);
    let right =
        linkage.links.iter().filter(|link| link.left == link.right && (link.left as usize) < files.both).count();
    (right, linkage)
}

#[test]
fn files_with_mistakes_are_linked_and_the_model_knows_how_well() {
    for (seed, left, right, both) in [(1, 3_000, 3_000, 1_500), (2, 400, 6_000, 390), (3, 2_000, 2_000, 2_000)] {
        let files = TwoFiles::new(seed, left, right, both);
        let (right_links, linkage) = measured(&files);
        let false_links = linkage.links.len() - right_links;
        let missed = both - right_links;
        assert!(
            false_links * 200 <= linkage.links.len(),
            "seed {seed}: {false_links} false of {}",
            linkage.links.len()
        );
        assert!(missed * 50 <= both, "seed {seed}: {missed} missed of {both}");
        // Counts of this size scatter by their root; the model may be out by that and as much again.
        let near = |expected: u64, counted: usize| {
            let (expected, counted) = (expected as f64 / 1_000.0, counted as f64);
            (expected - counted).abs() <= 4.0 + 4.0 * counted.max(expected).sqrt()
        };
        assert!(
            near(linkage.expected.false_links_milli, false_links),
            "seed {seed}: {:?}, {false_links}",
            linkage.expected
        );
        let expected_missed = linkage.expected.missed_links_milli + linkage.expected.missed_apart_milli;
        assert!(near(expected_missed, missed), "seed {seed}: {:?}, {missed}", linkage.expected);
    }
}

#[test]
fn fewer_false_links_can_be_asked_for() {
    let files = TwoFiles::new(5, 3_000, 3_000, 1_500);
    let schema = schema();
    let (left, right) = (people(&schema, &files.left), people(&schema, &files.right));
    let rule =
        |false_links_max| LinkRule { false_links_max: Permille(false_links_max), ..LinkRule::of(schema.decision()) };
    let compared = compare(&schema, &left, &right, rule(1_000), &|_| ()).expect("the shapes agree");
    let decide = |most| compared.decide(rule(most)).expect("stricter than compared with");
    let (lax, strict) = (decide(1_000), decide(0));
    assert!(strict.links.len() < lax.links.len() && strict.probability_min_ppm > lax.probability_min_ppm);
    assert_eq!(lax.probability_min_ppm, 500_000);
    for most in [1, 2, 5, 10] {
        let linkage = decide(most);
        assert!(linkage.links.len() >= strict.links.len() && linkage.links.len() <= lax.links.len());
        let expected = linkage.expected.false_links_milli;
        assert!(expected <= u64::from(most) * linkage.links.len() as u64, "{most}: {expected}");
    }
}

#[test]
fn groups_of_rows_add_up_and_show_who_is_missed() {
    let files = TwoFiles::new(9, 2_000, 2_000, 1_500);
    let schema = schema();
    // Every third left row has nothing but a birthday and a given name, and is hard to link.
    let sparse = |row: usize| row.is_multiple_of(3);
    let mut left = files.left.clone();
    for fields in left.iter_mut().step_by(3) {
        for field in [0, 1, 4, 5] {
            fields[field].clear();
        }
    }
    let (left, right) = (people(&schema, &left), people(&schema, &files.right));
    let rule = LinkRule::of(schema.decision());
    let compared = compare(&schema, &left, &right, rule, &|_| ()).expect("the shapes agree");
    let linkage = compared.decide(rule).expect("the same rule");
    let groups: Vec<Option<bool>> = (0..2_000).map(|row| (row != 0).then(|| sparse(row))).collect();
    let quality = compared.expected_by_group(&linkage, &groups);
    assert_eq!(quality.iter().map(|group| group.group).collect::<Vec<_>>(), [None, Some(false), Some(true)]);
    assert_eq!(quality.iter().map(|group| group.rows).collect::<Vec<_>>(), [1, 1_333, 666]);
    assert_eq!(quality.iter().map(|group| group.links).sum::<u64>(), linkage.links.len() as u64);
    let expected_false: u64 = quality.iter().map(|group| group.false_links_milli).sum();
    assert!(linkage.expected.false_links_milli.abs_diff(expected_false) <= 3);
    let missed: u64 = quality.iter().map(|group| group.missed_links_milli).sum();
    let expected_missed = linkage.expected.missed_links_milli + linkage.expected.missed_apart_milli;
    assert!(expected_missed.abs_diff(missed) <= 4, "{quality:?} {:?}", linkage.expected);
    // Who has nothing but a birthday and a given name is missed when the name is misspelt; others have more to go by.
    let doubt =
        |group: usize| (quality[group].false_links_milli + quality[group].missed_links_milli) / quality[group].rows;
    assert!(doubt(2) > 2 * doubt(1), "{quality:?}");

    // Row by row it is the same, in millionths, and nobody is missed more than once.
    let rows = compared.missed_by_row(&linkage);
    assert_eq!(rows.len(), 2_000);
    assert!(rows.iter().all(|missed| *missed <= 1_000_000));
    for (group, of) in quality.iter().enumerate() {
        let of_group = rows.iter().zip(&groups).filter(|(_, group)| **group == of.group);
        let missed: u64 = of_group.map(|(missed, _)| u64::from(*missed)).sum();
        assert!(of.missed_links_milli.abs_diff(missed / 1_000) <= 3, "{group}: {missed} {quality:?}");
    }
}

#[test]
fn one_comparison_serves_every_stricter_rule_and_refuses_a_laxer_one() {
    let files = TwoFiles::new(6, 500, 500, 300);
    let schema = schema();
    let (left, right) = (people(&schema, &files.left), people(&schema, &files.right));
    let own = LinkRule::of(schema.decision());
    let compared = compare(&schema, &left, &right, own, &|_| ()).expect("the shapes agree");
    assert_eq!(compared.decide(own).expect("kept"), link(&schema, &left, &right, &|_| ()).expect("the shapes agree"));
    assert!(compared.decide(LinkRule { probability_min: Permille(990), ..own }).is_ok());
    // Everything of a probability of one in a thousand is kept, and 30 bits below even chances is far beyond.
    let refused = compared.decide(LinkRule { runner_up_margin_bits: 30, ..own }).err();
    assert!(matches!(refused, Some(LinkageError::NotKept { .. })), "{refused:?}");
    assert!(
        compared
            .candidates()
            .collect::<Vec<_>>()
            .is_sorted_by(|one, next| one.weight_millibits >= next.weight_millibits)
    );
}

#[test]
fn an_extract_of_another_schema_is_refused() {
    let schema = schema();
    let other = LinkageSchema::parse(
        "format = \"counterfoil-linkage-schema-2\"\nid = \"other\"\n\
         field = [{ name = \"id\", rule = \"identifier_v1\" }]\n\
         match_key = [{ name = \"id\", parts = [\"id\"] }]\n\
         decision = { link_probability_min_permille = 900, false_links_max_permille = 5, relationship = \"one-to-one\", runner_up_margin_bits = 2, group_pairs_max = 10 }",
    )
    .expect("a schema of one match key");
    let (here, there) = (people(&schema, &[]), EncodedPeople::new(&other, 0));
    let refused = link(&schema, &here, &there, &|_| ()).err();
    assert_eq!(refused, Some(LinkageError::Columns { side: Side::Right, what: "tokens", found: 1, declared: 8 }));
    let refused = link(&other, &here, &there, &|_| ()).err();
    assert_eq!(refused, Some(LinkageError::Columns { side: Side::Left, what: "tokens", found: 8, declared: 1 }));
}

fn with_clk(bits: u32) -> LinkageSchema {
    let clk = format!(
        "[clk]\nbits = {bits}\nencoding = \"plain-1\"\nfeature = [{{ part = \"given_name\", qgram = 2, bits = 60 }}, \
         {{ part = \"family_name\", qgram = 2, bits = 60 }}]\n[decision]\nlink"
    );
    schema_with("[decision]\nlink", &clk)
}

#[test]
fn clks_of_another_length_are_refused() {
    let (schema, other) = (with_clk(256), with_clk(512));
    let rows = [person(ANN)];
    let shorter = people_with_clks(&schema, &rows, &mut |_| Some(clk_of(vec![1; 4])));
    let nobody = people(&other, &[]);
    let refused = |side| Some(LinkageError::ClkBits { side, found: 256, declared: 512 });
    assert_eq!(link(&other, &nobody, &shorter, &|_| ()).err(), refused(Side::Right));
    assert_eq!(link(&other, &shorter, &nobody, &|_| ()).err(), refused(Side::Left));
}

/// A filter of 256 bits with 100 set, from `start` on. Two that start `k` apart share `100 - k`: their Dice is `1 - k / 100`.
fn filter(start: usize) -> counterfoil_model::Clk {
    let mut words = vec![0_u64; 4];
    (start..start + 100).for_each(|bit| words[bit / 64] |= 1 << (bit % 64));
    clk_of(words)
}

#[test]
fn a_clk_tells_a_misspelt_name_from_another() {
    let schema = with_clk(256);
    // The given name differs outright by token; the CLKs say whether it is nearly the same.
    let left = [person(["", "SMITH", "QNN", "19500403", "DN31 1AA", "2"])];
    let right = [person(["", "SMITH", "ANN", "19500403", "DN31 1AA", "2"])];
    let weight = |shift: usize| {
        let side = |rows: &[Fields], start: usize| people_with_clks(&schema, rows, &mut |_| Some(filter(start)));
        let least = LinkRule { probability_min: Permille(1), ..LinkRule::of(schema.decision()) };
        let compared =
            compare(&schema, &side(&left, 0), &side(&right, shift), least, &|_| ()).expect("the shapes agree");
        compared.candidates().next().expect("they share their home").weight_millibits
    };
    // The given name has half the bits drawn. At a similarity of .90 (band .90 to .92) it is .82 alike itself, at .75 (.74
    // to .76) .50, at .50 (.50 to .52) .02. By what is believed of likeness before any pair is seen, .05 to .01, .1 to .03
    // and .2 to .25 speak for one person: log2 of 5, of 10/3 and of 4/5.
    let gained = |near: usize, far: usize| f64::from(weight(near) - weight(far)) / 1_000.0;
    assert!((gained(10, 25) - (5.0_f64.log2() - (10.0_f64 / 3.0).log2())).abs() < 0.01, "{}", gained(10, 25));
    assert!((gained(25, 50) - ((10.0_f64 / 3.0).log2() - 0.8_f64.log2())).abs() < 0.01, "{}", gained(25, 50));
}

#[test]
fn progress_names_every_column_and_ends_with_every_task() {
    let files = TwoFiles::new(7, 900, 900, 500);
    let schema = schema();
    let seen = Mutex::new(Vec::new());
    let note = |progress| seen.lock().expect("no thread panics").push(progress);
    link(&schema, &people(&schema, &files.left), &people(&schema, &files.right), &note).expect("the shapes agree");
    let seen = seen.into_inner().expect("no thread panics");
    assert_eq!(seen[0], Progress::Joining { done: 1, of: 9 });
    assert_eq!(seen[8], Progress::Joining { done: 9, of: 9 });
    assert!(seen.contains(&Progress::Fitting));
    // 900 rows are four tasks, met twice.
    assert!(seen.contains(&Progress::Comparing { done: 8, of: 8 }), "{seen:?}");
}

/// The rows in another order, and where each stood before.
fn shuffled(rows: &[Fields], seed: u64) -> (Vec<Fields>, Vec<u32>) {
    let mut random = Random(seed);
    let mut order: Vec<(u64, u32)> = (0..).take(rows.len()).map(|row| (random.below(u64::MAX), row)).collect();
    order.sort_unstable();
    (
        order.iter().map(|(_, row)| rows[*row as usize].clone()).collect(),
        order.into_iter().map(|(_, row)| row).collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_rows_changes_nothing(seed in any::<u64>(), left in 0_usize..120, right in 0_usize..120, both in 0_usize..120) {
        let files = TwoFiles::new(seed, left, right, both.min(left).min(right));
        let schema = schema();
        let before = run(&schema, &files.left, &files.right);
        let (left, left_order) = shuffled(&files.left, seed);
        let (right, right_order) = shuffled(&files.right, !seed);
        let mut after = run(&schema, &left, &right);
        for link in &mut after.links {
            (link.left, link.right) = (left_order[link.left as usize], right_order[link.right as usize]);
        }
        after.links.sort_unstable();
        let original = |rows: &[u32], order: &[u32]| -> BTreeSet<u32> { rows.iter().map(|row| order[*row as usize]).collect() };
        prop_assert_eq!(original(&after.contested_left, &left_order), before.contested_left.iter().copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(original(&after.contested_right, &right_order), before.contested_right.iter().copied().collect::<BTreeSet<_>>());
        // Sums over rows may differ in the last place of a millionth.
        prop_assert_eq!(pairs(&after), pairs(&before));
        for (one, other) in after.links.iter().zip(&before.links) {
            prop_assert_eq!((one.agreeing, one.weight_millibits), (other.agreeing, other.weight_millibits));
            prop_assert!(one.probability_ppm.abs_diff(other.probability_ppm) <= 1);
        }
    }

    #[test]
    fn exchanging_the_sides_exchanges_the_links(seed in any::<u64>(), left in 0_usize..120, right in 0_usize..120) {
        let files = TwoFiles::new(seed, left, right, left.min(right) / 2);
        let schema = schema();
        let there: BTreeSet<_> = pairs(&run(&schema, &files.left, &files.right)).into_iter().collect();
        let back: BTreeSet<_> = pairs(&run(&schema, &files.right, &files.left)).into_iter().map(|(right, left)| (left, right)).collect();
        prop_assert_eq!(there, back);
    }

    #[test]
    fn links_are_one_to_one_and_sorted(seed in any::<u64>(), left in 0_usize..150, right in 0_usize..150) {
        let files = TwoFiles::new(seed, left, right, left.min(right));
        let linkage = run(&schema(), &files.left, &files.right);
        prop_assert!(linkage.links.is_sorted_by(|one, next| one.left < next.left));
        prop_assert_eq!(linkage.links.iter().map(|link| link.right).collect::<BTreeSet<_>>().len(), linkage.links.len());
        for row in &linkage.contested_left {
            prop_assert!(linkage.links.iter().all(|link| link.left != *row));
        }
        let by_band: u64 = linkage.expected.bands.iter().map(|band| band.links).sum();
        prop_assert_eq!(by_band, linkage.links.len() as u64);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let files = TwoFiles::new(8, 3_000, 3_000, 2_000);
    let schema = schema();
    let (left, right) = (people(&schema, &files.left), people(&schema, &files.right));
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
        pool.install(|| {
            let rule = LinkRule::of(schema.decision());
            let compared = compare(&schema, &left, &right, rule, &|_| ()).expect("the shapes agree");
            let linkage = compared.decide(rule).expect("the same rule");
            (compared.missed_by_row(&linkage), linkage)
        })
    };
    let one = with(1);
    let weights: BTreeSet<i32> = one.1.links.iter().map(|Link { weight_millibits, .. }| *weight_millibits).collect();
    assert!(weights.len() > 20, "a case worth running: {}", weights.len());
    assert_eq!(one, with(2));
    assert_eq!(one, with(7));
}
