//! The whole linkage on cases small enough to work by hand, and its invariants on random ones.

use std::collections::BTreeSet;
use std::sync::Mutex;

use counterfoil_model::{EncodedPeople, LinkageSchema, Permille};
use proptest::prelude::*;

use crate::testing::{Row, SchemaOf, clk_of, people, row};
use crate::*;

fn run(schema: SchemaOf, left: &[Row], right: &[Row]) -> Linkage {
    let schema = schema.build();
    link(&schema, &people(&schema, left), &people(&schema, right), &|_| ()).expect("the shapes agree")
}

fn by_key(left: u32, right: u32, key: usize) -> Link {
    Link { left, right, how: LinkedBy::MatchKey(key) }
}

fn ambiguous(left: u32, right: u32, key: usize) -> Link {
    Link { left, right, how: LinkedBy::AmbiguousMatchKey(key) }
}

fn by_clk(left: u32, right: u32, permille: u16) -> Link {
    Link { left, right, how: LinkedBy::Clk(Permille(permille)) }
}

/// A row with tokens alone.
fn keys(first: Option<u64>, second: Option<u64>) -> Row {
    row([first, second], [None, None], None)
}

#[test]
fn a_token_held_once_on_each_side_links() {
    let linkage = run(SchemaOf::default(), &[keys(Some(1), None), keys(Some(2), None)], &[keys(Some(2), None)]);
    assert_eq!(linkage.links, [by_key(1, 0, 0)]);
    assert_eq!(linkage.passes[0], PassCount { candidate_pairs: 1, links: 1, ..PassCount::default() });
}

#[test]
fn the_earlier_key_decides_and_the_later_sees_only_what_is_left() {
    // By key 1 alone, left 0 would be right 1; by key 0 it is right 0, and left 1 then has key 1 to itself.
    let left = [keys(Some(1), Some(7)), keys(None, Some(7))];
    let right = [keys(Some(1), None), keys(None, Some(7))];
    let linkage = run(SchemaOf::default(), &left, &right);
    assert_eq!(linkage.links, [by_key(0, 0, 0), by_key(1, 1, 1)]);
}

#[test]
fn tokens_of_different_keys_never_meet() {
    let linkage = run(SchemaOf::default(), &[keys(Some(1), None)], &[keys(None, Some(1))]);
    assert_eq!(linkage.links, []);
    assert_eq!(linkage.candidate_pairs, 0);
}

#[test]
fn an_ambiguous_token_without_clks_is_left_to_later_passes() {
    let left = [keys(Some(1), Some(5)), keys(Some(1), Some(6))];
    let right = [keys(Some(1), Some(6))];
    let linkage = run(SchemaOf::default(), &left, &right);
    assert_eq!(linkage.links, [by_key(1, 0, 1)]);
    let first = PassCount { candidate_pairs: 2, ambiguous_left: 2, ambiguous_right: 1, ..PassCount::default() };
    assert_eq!(linkage.passes[0], first);
}

#[test]
fn an_ambiguous_token_is_resolved_by_clks_that_are_clear() {
    let with = |clk| row([Some(1), None], [None, None], Some(clk));
    // Twins under one token: 0-0 is 1000, 0-1 is 700; 1-1 is 950, 1-0 is 650.
    let linkage = run(SchemaOf::default(), &[with(0), with(35)], &[with(0), with(30)]);
    assert_eq!(linkage.links, [ambiguous(0, 0, 0), ambiguous(1, 1, 0)]);
    assert_eq!(linkage.passes[0], PassCount { candidate_pairs: 4, links_by_clk: 2, ..PassCount::default() });
    assert_eq!(linkage.comparisons, 4);
}

#[test]
fn clks_that_are_not_clear_leave_an_ambiguous_token_to_later_passes() {
    let with = |second, clk| row([Some(1), second], [None, None], Some(clk));
    // 0-0 is 1000 and 0-1 is 990: within the margin of 20.
    let linkage = run(SchemaOf::default(), &[with(Some(9), 0)], &[with(Some(9), 0), with(None, 1)]);
    assert_eq!(linkage.links, [by_key(0, 0, 1)]);
    let first = PassCount { candidate_pairs: 2, ambiguous_left: 1, ambiguous_right: 2, ..PassCount::default() };
    assert_eq!(linkage.passes[0], first);
}

#[test]
fn a_group_in_which_one_row_has_no_clk_is_not_decided() {
    let with = |clk| row([Some(1), None], [None, None], clk);
    let linkage = run(SchemaOf::default(), &[with(Some(0))], &[with(Some(0)), with(None)]);
    assert_eq!((linkage.links, linkage.comparisons), (vec![], 0));
}

#[test]
fn an_ambiguous_group_above_the_bound_is_counted_and_not_compared() {
    let with = |clk| row([Some(1), None], [None, None], Some(clk));
    let schema = SchemaOf { block_pairs_max: 1, ..SchemaOf::default() };
    let linkage = run(schema, &[with(0)], &[with(0), with(90)]);
    assert_eq!((linkage.links.len(), linkage.comparisons, linkage.passes[0].groups_left_out), (0, 0, 1));
}

#[test]
fn rows_without_a_token_in_common_are_linked_by_clk_within_a_block() {
    let with = |block, clk| row([None, None], [block, None], clk);
    let left = [with(Some(1), Some(0)), with(Some(2), Some(0)), with(None, Some(0)), with(Some(1), None)];
    let right = [with(Some(1), Some(15)), with(Some(3), Some(0))];
    let linkage = run(SchemaOf::default(), &left, &right);
    assert_eq!(linkage.links, [by_clk(0, 0, 850)]);
    assert_eq!((linkage.candidate_pairs, linkage.comparisons, linkage.links_by_clk), (1, 1, 1));
}

#[test]
fn rows_that_a_key_linked_take_no_part_in_blocks() {
    let left = [row([Some(1), None], [Some(1), None], Some(0)), row([None, None], [Some(1), None], Some(10))];
    let right = [row([Some(1), None], [Some(1), None], Some(10))];
    let linkage = run(SchemaOf::default(), &left, &right);
    assert_eq!((linkage.links, linkage.comparisons), (vec![by_key(0, 0, 0)], 0));
}

#[test]
fn two_equal_candidates_are_contested_and_neither_is_linked() {
    let with = |clk| row([None, None], [Some(1), None], Some(clk));
    let linkage = run(SchemaOf { margin: 0, ..SchemaOf::default() }, &[with(10)], &[with(5), with(15)]);
    assert_eq!(linkage.links, []);
    assert_eq!((linkage.contested_left, linkage.contested_right), (vec![0], vec![0, 1]));
}

#[test]
fn an_oversize_block_is_left_out_and_reported() {
    let with = |clk| row([None, None], [None, Some(1)], Some(clk));
    let schema = SchemaOf { block_pairs_max: 3, ..SchemaOf::default() };
    let linkage = run(schema, &[with(0), with(90)], &[with(0), with(90)]);
    assert_eq!(linkage.blocks_left_out, [BlocksLeftOut { rule: 1, blocks: 1, pairs: 4 }]);
    assert_eq!((linkage.links.len(), linkage.comparisons), (0, 0));
}

#[test]
fn a_schema_without_clk_links_by_tokens_alone() {
    let schema = SchemaOf { blocking_rules: 0, ..SchemaOf::default() };
    let with = |token| row([Some(token), None], [], None);
    let linkage = run(schema, &[with(1), with(2)], &[with(2), with(3)]);
    assert_eq!((linkage.links, linkage.comparisons), (vec![by_key(1, 0, 0)], 0));
}

#[test]
fn nobody_and_nothing_known_link_to_nobody() {
    let blank = || keys(None, None);
    for (left, right) in
        [(vec![], vec![]), (vec![blank()], vec![]), (vec![], vec![blank()]), (vec![blank(); 2], vec![blank(); 3])]
    {
        let linkage = run(SchemaOf::default(), &left, &right);
        assert_eq!((linkage.links.len(), linkage.candidate_pairs, linkage.comparisons), (0, 0, 0));
        assert_eq!((linkage.contested_left.len(), linkage.passes.len()), (0, 2));
    }
}

#[test]
fn clks_of_another_length_are_refused() {
    let (schema, other) = (SchemaOf::default().build(), SchemaOf { clk_bits: 512, ..SchemaOf::default() }.build());
    let shorter = people(&schema, &[row([None, None], [None, None], None), row([None, None], [None, None], Some(0))]);
    let nobody = people(&other, &[]);
    let refused = |side| Some(LinkageError::ClkBits { side, found: 256, declared: 512 });
    assert_eq!(link(&other, &nobody, &shorter, &|_| ()).err(), refused(Side::Right));
    assert_eq!(link(&other, &shorter, &nobody, &|_| ()).err(), refused(Side::Left));
}

#[test]
fn an_extract_of_another_schema_is_refused() {
    let schema = SchemaOf::default().build();
    let other = LinkageSchema::parse(
        "format = \"counterfoil-linkage-schema-1\"\nid = \"other\"\n\
         field = [{ name = \"id\", rule = \"identifier_v1\" }]\n\
         match_key = [{ name = \"id\", parts = [\"id\"] }]\n\
         decision = { clk_similarity_min_permille = 900, runner_up_margin_permille = 20, block_pairs_max = 10 }",
    )
    .expect("a schema of one match key");
    let (here, there) = (people(&schema, &[]), EncodedPeople::new(&other, 0));
    let refused = link(&schema, &here, &there, &|_| ()).err();
    assert_eq!(refused, Some(LinkageError::Columns { side: Side::Right, what: "tokens", found: 1, declared: 2 }));
    let refused = link(&other, &here, &there, &|_| ()).err();
    assert_eq!(refused, Some(LinkageError::Columns { side: Side::Left, what: "tokens", found: 2, declared: 1 }));
}

fn as_candidate(Link { left, right, how }: Link) -> CandidatePair {
    CandidatePair { left, right, how }
}

#[test]
fn one_comparison_serves_every_stricter_rule_and_refuses_a_laxer_one() {
    let with = |clk| row([None, None], [Some(1), None], Some(clk));
    let schema = SchemaOf::default().build();
    let (left, right) = (people(&schema, &[with(0), with(80)]), people(&schema, &[with(12), with(100)]));
    let rule = |min, margin| ClkRule { similarity_min: Permille(min), runner_up_margin: Permille(margin) };
    // 0-0 is 880, 1-1 is 800, 1-0 is 320, 0-1 is 0.
    let compared = compare(&schema, &left, &right, rule(310, 1), &|_| ()).expect("the shapes agree");
    let candidates: Vec<_> = compared.candidates().collect();
    assert_eq!(candidates, [by_clk(0, 0, 880), by_clk(1, 1, 800), by_clk(1, 0, 320)].map(as_candidate));
    for (min, links) in [(310, 2), (800, 2), (801, 1), (880, 1), (881, 0), (1_000, 0)] {
        assert_eq!(compared.decide(rule(min, 1)).expect("kept").links.len(), links, "{min}");
    }
    let own = compared.decide(ClkRule::of(schema.decision())).expect("kept");
    assert_eq!(own, link(&schema, &left, &right, &|_| ()).expect("the shapes agree"));
    let needed = Permille(309);
    assert_eq!(compared.decide(rule(309, 1)).err(), Some(LinkageError::NotKept { needed, kept: Permille(310) }));
    assert!(compared.decide(rule(320, 20)).is_err());
}

#[test]
fn progress_names_every_pass_and_ends_with_every_block() {
    let with = |block, clk| row([None, None], [Some(block), None], Some(clk));
    let schema = SchemaOf::default().build();
    let sides = people(&schema, &[with(1, 0), with(2, 50)]);
    let seen = Mutex::new(Vec::new());
    let note = |progress| seen.lock().expect("no thread panics").push(progress);
    link(&schema, &sides, &sides, &note).expect("the shapes agree");
    let seen = seen.into_inner().expect("no thread panics");
    assert_eq!(seen[..2], [Progress::Pass { index: 0, of: 2 }, Progress::Pass { index: 1, of: 2 }]);
    assert!(seen.contains(&Progress::Comparing { done_blocks: 2, of: 2 }), "{seen:?}");
}

/// Few token values, so that ambiguity, blocks and ties are frequent.
fn any_row() -> impl Strategy<Value = Row> {
    let few = |values: u64| proptest::option::weighted(0.7, 0..values);
    (few(6), few(6), few(3), few(3), proptest::option::weighted(0.8, 0_usize..40))
        .prop_map(|(first, second, block, other, clk)| row([first, second], [block, other], clk))
}

fn any_side() -> impl Strategy<Value = Vec<(Row, u64)>> {
    proptest::collection::vec((any_row(), any::<u64>()), 0..14)
}

fn any_schema() -> impl Strategy<Value = SchemaOf> {
    (0_u16..=1_000, 0_u16..60, 1_u64..40).prop_map(|(similarity_min, margin, block_pairs_max)| SchemaOf {
        similarity_min,
        margin,
        block_pairs_max,
        ..SchemaOf::default()
    })
}

/// The rows in another order, and where each stood before.
fn shuffled(side: &[(Row, u64)]) -> (Vec<Row>, Vec<u32>) {
    let mut order: Vec<u32> = (0..).take(side.len()).collect();
    order.sort_by_key(|row| side[*row as usize].1);
    (order.iter().map(|row| side[*row as usize].0.clone()).collect(), order)
}

fn rows(side: &[(Row, u64)]) -> Vec<Row> {
    side.iter().map(|(row, _)| row.clone()).collect()
}

proptest! {
    #[test]
    fn the_order_of_rows_changes_nothing(schema in any_schema(), left in any_side(), right in any_side()) {
        let before = run(schema, &rows(&left), &rows(&right));
        let (left, left_order) = shuffled(&left);
        let (right, right_order) = shuffled(&right);
        let mut after = run(schema, &left, &right);
        for link in &mut after.links {
            (link.left, link.right) = (left_order[link.left as usize], right_order[link.right as usize]);
        }
        after.links.sort_unstable();
        after.contested_left = after.contested_left.iter().map(|row| left_order[*row as usize]).collect();
        after.contested_right = after.contested_right.iter().map(|row| right_order[*row as usize]).collect();
        after.contested_left.sort_unstable();
        after.contested_right.sort_unstable();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn exchanging_the_sides_exchanges_the_links(schema in any_schema(), left in any_side(), right in any_side()) {
        let pairs = |linkage: &Linkage| linkage.links.iter().map(|link| (link.left, link.right)).collect::<BTreeSet<_>>();
        let there = pairs(&run(schema, &rows(&left), &rows(&right)));
        let back = pairs(&run(schema, &rows(&right), &rows(&left)));
        prop_assert_eq!(there, back.into_iter().map(|(left, right)| (right, left)).collect::<BTreeSet<_>>());
    }

    #[test]
    fn links_are_one_to_one_sorted_and_counted(schema in any_schema(), left in any_side(), right in any_side()) {
        let linkage = run(schema, &rows(&left), &rows(&right));
        let links = &linkage.links;
        prop_assert!(links.is_sorted_by(|one, next| one.left < next.left));
        prop_assert_eq!(links.iter().map(|link| link.right).collect::<BTreeSet<_>>().len(), links.len());
        let counted: u64 = linkage.passes.iter().map(|pass| pass.links + pass.links_by_clk).sum();
        prop_assert_eq!(counted + linkage.links_by_clk, links.len() as u64);
        for row in &linkage.contested_left {
            prop_assert!(links.iter().all(|link| link.left != *row));
        }
    }

    #[test]
    fn blocks_compare_every_pair_that_shares_a_block_exactly_once(left in any_side(), right in any_side()) {
        // No tokens, and no block too large: what must be compared can be listed by looking at every pair.
        let bare = |side: &[(Row, u64)]| -> Vec<Row> {
            rows(side).into_iter().map(|row| Row { tokens: vec![None; 2], ..row }).collect()
        };
        let (left, right) = (bare(&left), bare(&right));
        let meets = |left: &Row, right: &Row| {
            left.clk.is_some() && right.clk.is_some()
                && left.blocking.iter().zip(&right.blocking).any(|(left, right)| left.is_some() && left == right)
        };
        let expected: usize = left.iter().map(|left| right.iter().filter(|right| meets(left, right)).count()).sum();
        prop_assert_eq!(run(SchemaOf { block_pairs_max: 1_000, ..SchemaOf::default() }, &left, &right).comparisons, expected as u64);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let schema = SchemaOf { block_pairs_max: 1_000_000, margin: 5, ..SchemaOf::default() }.build();
    // The same 800 people on both sides: half hold a token of their own, some share one, every twentieth filter is its
    // neighbour's, and the right side's filters are worn. Blocks of 40,000 pairs are shared among tasks.
    let mix = |number: u64| {
        (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xBF58_476D_1CE4_E5B9)
    };
    let side = |wear: u64| -> EncodedPeople {
        let person = |nth: u64| {
            let filter = if nth % 20 == 2 { nth + 1 } else { nth };
            let words = (0..4).map(|word| mix(filter * 4 + word) ^ (wear << (nth % 50))).collect();
            let tokens = [(nth % 4 < 2).then_some(nth), nth.is_multiple_of(3).then_some(nth / 9)];
            let blocks = [Some(nth / 4 % 4), (nth % 5 < 4).then_some(nth % 9)];
            Row { clk: Some(clk_of(words)), ..row(tokens, blocks, None) }
        };
        people(&schema, &(0..800).map(person).collect::<Vec<_>>())
    };
    let (left, right) = (side(0), side(0b1011));
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
        pool.install(|| link(&schema, &left, &right, &|_| ()).expect("the shapes agree"))
    };
    let one = with(1);
    let ways = (one.passes[0].links, one.passes[1].links_by_clk, one.links_by_clk, one.contested_left.len());
    assert!(ways.0 > 0 && ways.1 > 0 && ways.2 > 0 && ways.3 > 0, "a case worth running: {ways:?}");
    assert_eq!(one, with(2));
    assert_eq!(one, with(7));
}
