//! What sums would show is suppressed: cases by hand, then every small table, read as somebody who knows the rules reads it.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::{Code, Disclosure};
use proptest::prelude::*;

use super::*;
use crate::cell::Cell;
use crate::column::Column;
use crate::stated::Sum;
use crate::suppress::ReleasedCell::Count;
use crate::table::{Row, Table};
use crate::{Reviewed, review};

mod across;

const HES: Disclosure =
    Disclosure { suppress_below: 8, rounding_base: 5, releases_max: 1, money_rounding_pounds: None };
const GONE: ReleasedCell = ReleasedCell::Suppressed;

fn code(text: &str) -> Code {
    Code::parse(text).expect("a code")
}

fn people(id: &str, counts: &[u64]) -> Table {
    let rows = counts.iter().enumerate().map(|(at, count)| Row::new(format!("Row {at}"), vec![Cell::people(*count)]));
    let columns = vec![Column::count("People")];
    Table::new(code(id), "Title", "Note", columns, rows.collect()).expect("a table")
}

fn sum(total_row: usize, parts: impl IntoIterator<Item = usize>, cover: SumCover) -> Sum {
    Sum::of_rows(CellOf::first(code("flow"), total_row), parts, cover)
}

/// All, linked, not linked; those without an index date, not covered, analysed.
fn flow(not_linked: u64, linked: [u64; 3]) -> Table {
    let total = linked.iter().sum::<u64>();
    people("flow", &[total + not_linked, total, not_linked, linked[0], linked[1], linked[2]])
        .with_sum(sum(0, [1, 2], SumCover::Total))
        .and_then(|flow| flow.with_sum(sum(1, [3, 4, 5], SumCover::Parts)))
        .expect("sums of its rows")
}

fn breakdown(id: &str, counts: &[u64]) -> Table {
    people(id, counts).with_sum(sum(1, 0..counts.len(), SumCover::Parts)).expect("a sum of its rows")
}

fn reviewed(tables: Vec<Table>, disclosure: &Disclosure) -> Result<Reviewed, ReviewError> {
    review(tables.into_iter().map(|table| table.suppress_primary(disclosure)).collect(), 0, 1)
}

/// First columns, a table each.
fn released(tables: Vec<Table>) -> Vec<Vec<ReleasedCell>> {
    let reviewed = reviewed(tables, &HES).expect("passes");
    reviewed.tables.into_iter().map(|(_, rows)| rows.into_iter().map(|row| row[0]).collect()).collect()
}

fn one_breakdown(counts: &[u64]) -> Vec<ReleasedCell> {
    let linked = counts.iter().sum();
    released(vec![flow(0, [0, 0, linked]), breakdown("sex", counts)]).remove(1)
}

/// 30 stands for 28 to 32, and four counts of at most 7 make at most 28. Whoever knows that all rows of such a table always go does
/// not know that they are four small ones.
#[test]
fn rows_that_can_only_all_be_the_greatest_small_count_go_whatever_they_are() {
    for counts in [[7, 7, 7, 7], [29, 0, 0, 0], [10, 10, 10, 0], [28, 1, 1, 1]] {
        assert_eq!(one_breakdown(&counts), [GONE; 4], "{counts:?}");
    }
    assert_eq!(one_breakdown(&[20, 0, 0, 0]), [Count(20), Count(0), Count(0), Count(0)]);
}

/// Linked `*` is at most 7, so seven suppressed rows are 1 each.
#[test]
fn parts_of_a_suppressed_total_go_with_it() {
    let tables = |deciles: &[u64; 11]| released(vec![flow(90, [0, 0, 7]), breakdown("decile", deciles)]);
    for deciles in [[1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0], [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]] {
        assert_eq!(tables(&deciles)[1], [GONE; 11]);
        assert_eq!(tables(&deciles)[0], [GONE, GONE, Count(90), GONE, GONE, GONE]);
    }
}

/// 15 with two suppressed parts leaves 6 or 7 for each.
#[test]
fn everybody_goes_with_a_suppressed_part() {
    assert_eq!(released(vec![flow(7, [0, 0, 7])])[0], [GONE; 6]);
    let shown = [2_395, 5, 0, 0, 2_390].map(Count);
    assert_eq!(released(vec![flow(5, [0, 0, 2_390])])[0], [GONE, Count(2_390), GONE, shown[2], shown[3], shown[4]]);
    assert_eq!(released(vec![flow(8, [0, 0, 2_392])])[0][..3], [Count(2_400), Count(2_390), Count(10)]);
}

#[test]
fn zeros_go_first_and_then_the_smallest() {
    // 48 to 52 less 38 to 42 leaves 6 or 7 for one row; beside a second one anything from 1.
    assert_eq!(one_breakdown(&[42, 7, 0, 0]), [Count(40), GONE, GONE, Count(0)]);
    // 13 to 17 less 8 to 12 twice leaves 1.
    assert_eq!(one_breakdown(&[8, 8, 1, 0]), [GONE, Count(10), GONE, GONE]);
    // Nothing to do.
    assert_eq!(one_breakdown(&[40, 5, 0, 0]), [Count(40), GONE, Count(0), Count(0)]);
}

#[test]
fn people_analysed_are_as_suppressed_in_every_table() {
    let of_use = |analysed| {
        let columns = vec![Column::count("People"), Column::count("With any").part_of(0)];
        let rows = vec![Row::new("A&E", vec![Cell::people(analysed), Cell::people(analysed)])];
        Table::new(code("use"), "Title", "Note", columns, rows).expect("a table").with_sum(sum(5, [0], SumCover::Parts))
    };
    let rows = |linked: [u64; 3]| {
        let tables = vec![flow(90, linked), of_use(linked[2]).expect("a sum")];
        let mut tables = reviewed(tables, &HES).expect("passes").tables;
        (tables.remove(0).1.concat()[3..].to_vec(), tables.remove(0).1.concat())
    };
    // 15 linked, 6 or 7 in each of two rows: the zero goes, and wherever else it stands.
    assert_eq!(rows([7, 7, 0]), (vec![GONE; 3], vec![GONE; 2]));
    // People analysed stand in every row of another table; another part goes.
    assert_eq!(rows([7, 0, 42]), (vec![GONE, GONE, Count(40)], vec![Count(40); 2]));
}

#[test]
fn sums_that_are_not_true_are_refused() {
    let refused = |tables| match reviewed(tables, &HES).err() {
        Some(ReviewError::Sum { problem, .. }) => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(vec![breakdown("sex", &[10, 10])]), SumProblem::NoTotal);
    assert_eq!(refused(vec![people("flow", &[10]), breakdown("sex", &[10, 10])]), SumProblem::NoTotal);
    assert_eq!(refused(vec![flow(0, [0, 0, 21]), breakdown("sex", &[10, 10])]), SumProblem::DoesNotAddUp);
}

/// The review's own check: what `sums` should have taken is put back.
#[test]
fn sums_that_show_too_much_are_refused() {
    let count = |count: u64| if (1..8).contains(&count) { GONE } else { Count((count + 2) / 5 * 5) };
    for (linked, counts) in [
        (28, &[7, 7, 7, 7, 0][..]),
        (17, &[8, 8, 1]),
        (49, &[42, 7, 0]),
        (7, &[1, 1, 1, 1, 1, 1, 1, 0]),
        (11, &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]),
    ] {
        let tables = vec![flow(0, [0, 0, linked]), breakdown("sex", counts)];
        let mut tables: Vec<_> = tables.into_iter().map(|table| table.suppress_primary(&HES)).collect();
        let stated = Stated::of(&tables).expect("sums");
        Sums::new(&mut tables, &stated).suppress().expect("enough to suppress");
        assert!(check_sums(&tables, &stated, &BTreeSet::new()).is_ok(), "{counts:?}");
        for (row, of) in tables[1].released.iter_mut().zip(counts) {
            row[0] = count(*of);
        }
        let showing = check_sums(&tables, &stated, &BTreeSet::new()).err();
        assert!(matches!(showing, Some(Showing::Sum(group)) if group.stated_by == 1), "{counts:?}");
    }
}

/// Every list of so many counts with at most that sum.
fn lists(length: usize, sum_max: u64) -> Vec<Vec<u64>> {
    if length == 0 {
        return vec![vec![]];
    }
    let firsts = (0..=sum_max).flat_map(|first| {
        let rests = lists(length - 1, sum_max - first);
        rests.into_iter().map(move |rest| [vec![first], rest].concat())
    });
    firsts.collect()
}

/// A reader who knows every rule here asks which tables give just this release. For every table there is. Where nothing of a table is
/// shown there are at least two counts for a small one, a small and a great one (1 or 23 of 23, 23 and 1); else three.
#[test]
fn who_repeats_the_rules_for_every_table_cannot_work_out_a_small_count() {
    for (rows, sum_max) in [(2, 102), (3, 57), (4, 32), (5, 17)] {
        let mut same: BTreeMap<String, Vec<Vec<u64>>> = BTreeMap::new();
        for counts in lists(rows, sum_max) {
            let total: u64 = counts.iter().sum();
            let release = released(vec![people("flow", &[0, total]), breakdown("sex", &counts)]);
            same.entry(format!("{release:?}")).or_default().push(counts);
        }
        for (release, counts) in same {
            for row in 0..rows {
                let behind: BTreeSet<u64> = counts.iter().map(|counts| counts[row]).collect();
                let small = behind.iter().any(|count| (1..8).contains(count));
                let nothing_shown = release.ends_with(&format!("{:?}]", vec![GONE; rows]));
                let needed = if nothing_shown { 2 } else { 3 };
                assert!(!small || behind.len() >= needed, "{release}: row {row} is one of {behind:?}");
            }
        }
    }
}

/// Every list of counts behind these cells; a suppressed one is 1 to 7.
fn behind(cells: &[ReleasedCell]) -> Vec<Vec<u64>> {
    cells.iter().fold(vec![vec![]], |lists, cell| {
        let counts: Vec<u64> = match cell {
            Count(0) => vec![0],
            Count(shown) => (shown.saturating_sub(2).max(8)..=shown + 2).collect(),
            _ => (1..8).collect(),
        };
        let longer = |list: &Vec<u64>| {
            let list = list.clone();
            counts.clone().into_iter().map(move |count| [list.clone(), vec![count]].concat())
        };
        lists.iter().flat_map(longer).collect()
    })
}

fn few() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0u64), 1u64..8, 8u64..14, Just(42u64)]
}

/// The same people in another division: some of each row move on.
fn moved(counts: [u64; 3], by: [u64; 2]) -> [u64; 3] {
    let (first, second) = (by[0] % (counts[0] + 1), by[1] % (counts[1] + 1));
    [counts[0] - first, counts[1] - second, counts[2] + first + second]
}

proptest! {
    /// All counts that are in accord with everything released, tried one by one. A table of which nothing is shown tells nothing.
    #[test]
    fn no_small_count_is_one_of_two(sex in [few(), few(), few()], by in [0u64..60, 0u64..60], again in [0u64..60, 0u64..60], not_linked in few()) {
        let (band, linked) = (moved(sex, by), moved(sex, again));
        let release = || vec![flow(not_linked, linked), breakdown("sex", &sex), breakdown("band", &band)];
        let tables = released(release());
        let exact = [linked, sex, band];
        let divisions = [&tables[0][3..], &tables[1], &tables[2]];
        let total = tables[0][1];
        let all: BTreeSet<u64> = behind(&[tables[0][0]]).concat().into_iter().collect();
        let mut totals: BTreeSet<u64> = behind(&[total]).concat().into_iter().collect();
        if !tables[0][..3].contains(&GONE) {
            let not_linked = behind(&[tables[0][2]]).concat();
            totals.retain(|total| not_linked.iter().any(|other| all.contains(&(total + other))));
        }
        let made: Vec<_> = divisions.map(behind).into();
        for (made, cells) in made.iter().zip(&divisions) {
            let sums: BTreeSet<u64> = made.iter().map(|counts| counts.iter().sum()).collect();
            if cells.iter().any(|cell| *cell != GONE) && !sums.is_disjoint(&totals) {
                totals.retain(|total| sums.contains(total));
            }
        }
        for ((made, cells), exact) in made.iter().zip(&divisions).zip(exact) {
            let nothing_shown = cells.iter().all(|cell| *cell == GONE);
            let possible: Vec<_> = made.iter().filter(|counts| totals.contains(&counts.iter().sum())).collect();
            for row in (0..3).filter(|row| cells[*row] == GONE) {
                let counts: BTreeSet<u64> = possible.iter().map(|counts| counts[row]).collect();
                let told = (1..8).contains(&exact[row]) && !nothing_shown && !counts.is_empty();
                prop_assert!(!told || counts.len() >= 3, "{tables:?} {exact:?}");
            }
        }
    }

    #[test]
    fn every_release_passes(sex in prop::collection::vec(few(), 2..12), not_linked in few(), below in 8u64..30, base in 5u64..40) {
        let disclosure = Disclosure { suppress_below: below, rounding_base: base, ..HES };
        let linked = sex.iter().sum();
        let mut turned = sex.clone();
        turned.reverse();
        let tables = vec![flow(not_linked, [0, 0, linked]), breakdown("sex", &sex), breakdown("turned", &turned)];
        prop_assert_eq!(reviewed(tables, &disclosure).err(), None);
    }
}
