//! Somebody who has a release, knows its rules, and knows something of the people in it: what money and figures tell them.
//!
//! In: random people with random amounts. Out: releases, read as their receivers read them.
//! Absent on purpose: the arithmetic of the rules. What must not be known is worked out from the list of people.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use counterfoil_model::{AgreementDigest, AgreementId, Code, Digest, Disclosure, RunId, StudyDigest, StudyId};
use counterfoil_release::{
    Behind, Cell, Column, FigureKind, FigureUnit, Money, ReleaseBody, ReleaseHead, ReleasedCell, Row, Table,
    parse_release, review,
};
use proptest::prelude::*;

const TERMS: Disclosure =
    Disclosure { suppress_below: 8, rounding_base: 5, releases_max: 1, money_rounding_pounds: Some(100) };

fn release(columns: Vec<Column>, cells: Vec<Cell>, terms: &Disclosure) -> Vec<u8> {
    let head = ReleaseHead {
        agreement: AgreementId::parse("nel").unwrap(),
        agreement_version: 1,
        agreement_digest: AgreementDigest(Digest::of(b"a")),
        study: StudyId::parse("use").unwrap(),
        study_digest: StudyDigest(Digest::of(b"b")),
        study_title: "Use".to_owned(),
        run: RunId::parse("run-1").unwrap(),
    };
    let table = Table::new(Code::parse("t").unwrap(), "Title", "Note", columns, vec![Row::new("Row", cells)]).unwrap();
    let reviewed = review(vec![table.suppress_primary(terms)], 0, 1).unwrap();
    reviewed.release(head).unwrap().body_to_store_with_its_log_entry().to_vec()
}

fn read(bytes: &[u8]) -> Vec<ReleasedCell> {
    let body: ReleaseBody = parse_release(bytes).unwrap();
    let mut rows = body.tables()[0].rows();
    rows.next().unwrap().1.to_vec()
}

/// One person's spells, in pence, as one amount a person.
fn released_money(people: &[Vec<u64>], terms: &Disclosure) -> (Vec<u8>, Option<u64>) {
    let sum = Money::of_people(people.iter().map(|spells| spells.iter().sum()));
    let bytes = release(vec![Column::money("Cost")], vec![Cell::money(sum)], terms);
    let shown = match read(&bytes)[0] {
        ReleasedCell::Money(pounds) => Some(pounds),
        ReleasedCell::Suppressed => None,
        other => panic!("{other:?}"),
    };
    (bytes, shown)
}

/// Mostly little, sometimes much: a few people make up most of what is spent.
fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![3 => Just(0u64), 6 => 1u64..50_000, 2 => 50_000u64..2_000_000, 1 => 2_000_000u64..40_000_000]
}

fn people() -> impl Strategy<Value = Vec<Vec<u64>>> {
    prop::collection::vec(prop::collection::vec(amount(), 0..4), 0..40)
}

fn amounts_of(people: &[Vec<u64>]) -> Vec<u64> {
    let mut amounts: Vec<u64> = people.iter().map(|spells| spells.iter().sum()).filter(|amount| *amount > 0).collect();
    amounts.sort_unstable_by(|one, other| other.cmp(one));
    amounts
}

/// Pence: the second-largest contributor takes what it has from the most that the released sum can stand for. What is left is the
/// most that the largest can have.
fn most_the_second_can_tell(pounds: u64, rounding_pounds: u64, second: u64) -> u64 {
    100 * pounds + 50 * rounding_pounds - second
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_contributor_knows_another_to_within_a_tenth(people in people(), rounding_pounds in prop_oneof![Just(100u64), Just(1_000), 100u64..5_000]) {
        let terms = Disclosure { money_rounding_pounds: Some(rounding_pounds), ..TERMS };
        let (_, shown) = released_money(&people, &terms);
        let amounts = amounts_of(&people);
        let Some(shown) = shown else { return Ok(()) };
        if amounts.is_empty() {
            prop_assert_eq!(shown, 0);
            return Ok(());
        }
        prop_assert!(shown > 0 && amounts.len() >= 8, "{amounts:?}");
        let told = most_the_second_can_tell(shown, rounding_pounds, amounts[1]);
        prop_assert!(10 * told >= 11 * amounts[0], "{amounts:?}: at most {told}");
        // Nor one who knows the largest, of the second; nor any two together, of a third.
        prop_assert!(10 * most_the_second_can_tell(shown, rounding_pounds, amounts[0]) >= 11 * amounts[1]);
        prop_assert!(2 * amounts[0] < amounts.iter().sum::<u64>(), "{amounts:?}");
        prop_assert!(10 * (amounts[0] + amounts[1]) < 9 * amounts.iter().sum::<u64>(), "{amounts:?}");
    }

    /// And nothing is taken that need not be: a rule that suppresses everything protects too.
    #[test]
    fn money_spread_over_enough_people_leaves(amounts in prop::collection::vec(30_000u64..60_000, 8..60)) {
        let people: Vec<_> = amounts.iter().map(|amount| vec![*amount]).collect();
        let (_, shown) = released_money(&people, &TERMS);
        let total: u64 = amounts.iter().sum();
        prop_assert!(shown.is_some_and(|pounds| (100 * pounds).abs_diff(total) <= 5_000), "{shown:?} {total}");
    }

    #[test]
    fn nothing_of_fewer_than_eight_leaves(
        people in prop::collection::vec(prop::collection::vec(1u64..1_000_000, 1..9), 1..8),
        nobody in 0usize..50,
        value in -10_000i64..10_000,
        empty in any::<bool>(),
    ) {
        let of_nothing = vec![vec![0]; nobody];
        let (_, shown) = released_money(&[people.clone(), of_nothing].concat(), &TERMS);
        prop_assert_eq!(shown, None);
        let behind = Behind { people_min: people.len() as u64, residual_degrees: 1_000, dominance: None, terms_max: 0 };
        let kind = FigureKind { decimals: 2, unit: FigureUnit::None };
        let cell = Cell::figure((!empty).then_some(value), behind);
        let bytes = release(vec![Column::figure("Ratio", kind)], vec![cell], &TERMS);
        prop_assert_eq!(read(&bytes), [ReleasedCell::Suppressed]);
    }

    #[test]
    fn the_same_people_in_any_order_give_the_same_bytes(people in people().prop_shuffle(), seed in any::<u64>()) {
        let mut other = people.clone();
        let turns = usize::try_from(seed % 41).unwrap().min(other.len());
        other.rotate_left(turns);
        for spells in &mut other {
            spells.reverse();
        }
        prop_assert_eq!(released_money(&people, &TERMS), released_money(&other, &TERMS));
    }

    /// Somebody knows everything that a ratio rests on but its smallest group, and tries every count for it. One person more adds
    /// `times` to the last place: exactly, because at a change of grain a figure that was rounded before leaves fewer.
    #[test]
    fn a_ratio_leaves_three_counts_for_its_smallest_group(people in 8u64..4_000, times in 1u64..5_000, decimals in 0u8..=4) {
        let kind = FigureKind { decimals, unit: FigureUnit::None };
        let ratio = |people: u64| {
            let behind = Behind { people_min: people, residual_degrees: 1_000, dominance: None, terms_max: 0 };
            Cell::figure(Some(i64::try_from(people * times).unwrap()), behind)
        };
        let counts: Vec<u64> = (people.saturating_sub(12).max(8)..people + 12).collect();
        let columns = counts.iter().map(|count| Column::figure(format!("Of {count}"), kind)).collect();
        let shown = read(&release(columns, counts.iter().map(|count| ratio(*count)).collect(), &TERMS));
        let released = shown[counts.iter().position(|count| *count == people).unwrap()];
        let possible: Vec<_> = counts.iter().zip(&shown).filter(|(_, cell)| **cell == released).collect();
        // Below 8 nothing is shown, so a reader knows that much too.
        prop_assert!(possible.len() >= 3 || people < 10, "{people} people: {possible:?}");
    }
}

/// Without the rules of dominance the threshold and rounding let these leave, and tell the largest to within a tenth.
#[test]
fn a_threshold_alone_tells_what_the_largest_has() {
    let planted: [(u64, u64, &[u64]); 4] = [
        (4_000_000, 10_000, &[2_000; 9]),
        (1_000_000, 900_000, &[5_000; 10]),
        (300_000, 290_000, &[1_000; 20]),
        (9_000_000, 100, &[100; 8]),
    ];
    for (largest, second, rest) in planted {
        let people: Vec<_> = [&[largest, second], rest].concat().iter().map(|amount| vec![*amount]).collect();
        let total: u64 = people.iter().flatten().sum();
        let naive_pounds = (total + 5_000) / 10_000 * 100;
        let told = most_the_second_can_tell(naive_pounds, 0, second);
        assert!(10 * told < 11 * largest, "{largest}: at most {told}");
        assert_eq!(released_money(&people, &TERMS).1, None, "{largest}");
    }
}
