//! The review stops what a broken primary rule would let out: the released cells are falsified here by hand.

use super::*;
use crate::suppress::ReleasedCell::{Count, Suppressed as Gone};
use crate::table::{Column, Row, Table};

const HES: Disclosure = Disclosure { suppress_below: 8, rounding_base: 5, releases_max: 1 };

fn code(text: &str) -> Code {
    Code::parse(text).expect("a code")
}

/// 412 people, 383 of them improved, with 90 admissions of 30 people.
fn suppressed(id: &str, disclosure: &Disclosure) -> Suppressed {
    let columns = [("People", None), ("Improved", Some(0)), ("Admissions", None)]
        .map(|(label, part_of)| Column { label: label.to_owned(), part_of });
    let row = Row::new("Row", vec![Cell::people(412), Cell::people(383), Cell::events(90, 30)]);
    let table = Table::new(code(id), "Title", "Note", columns.into(), vec![row]);
    table.expect("a table").suppress_primary(disclosure)
}

#[test]
fn a_good_release_passes_once_within_its_budget() {
    let tables = || vec![suppressed("a", &HES), suppressed("b", &HES)];
    assert!(review(tables(), 3, 4).is_ok());
    assert_eq!(review(tables(), 4, 4).err(), Some(ReviewError::BudgetSpent { releases_max: 4 }));
    assert_eq!(review(tables(), 0, 0).err(), Some(ReviewError::BudgetSpent { releases_max: 0 }));
}

#[test]
fn tables_that_do_not_belong_together_are_refused() {
    assert_eq!(review(vec![], 0, 1).err(), Some(ReviewError::NoTable));
    let twice = vec![suppressed("a", &HES), suppressed("a", &HES)];
    assert_eq!(review(twice, 0, 1).err(), Some(ReviewError::RepeatedTable { table: code("a") }));
    for other in [Disclosure { suppress_below: 10, ..HES }, Disclosure { rounding_base: 10, ..HES }] {
        let mixed = vec![suppressed("a", &HES), suppressed("b", &other)];
        assert_eq!(review(mixed, 0, 1).err(), Some(ReviewError::MixedRules { table: code("b") }));
    }
}

#[test]
fn terms_weaker_than_the_least_are_refused_whoever_signed_them() {
    for (suppress_below, rounding_base) in [(7, 5), (8, 4), (0, 5), (8, 0), (1, 1), (u64::MAX, 5), (8, u64::MAX)] {
        let weak = Disclosure { suppress_below, rounding_base, releases_max: 1 };
        let error = review(vec![suppressed("a", &weak)], 0, 1).err();
        assert_eq!(error, Some(ReviewError::Rules(RulesTooWeak)), "{suppress_below} {rounding_base}");
    }
}

#[test]
fn falsified_cells_are_refused() {
    for (column, exact, released, problem) in [
        (0, None, Count(412), CellProblem::NotRounded),
        (0, None, Count(415), CellProblem::NotNearest),
        (0, None, Count(405), CellProblem::NotNearest),
        (0, None, Count(0), CellProblem::NotZero),
        (2, Some(Cell::events(90, 7)), Count(90), CellProblem::TooFew),
        (2, Some(Cell::events(7, 7)), Count(5), CellProblem::TooFew),
        (2, Some(Cell::people(1)), Count(0), CellProblem::TooFew),
        (2, Some(Cell::people(0)), Count(5), CellProblem::NotZero),
        (1, Some(Cell::people(408)), Count(410), CellProblem::Complement),
        (1, Some(Cell::people(405)), Count(405), CellProblem::Complement),
        (1, Some(Cell::people(411)), Count(410), CellProblem::Complement),
    ] {
        let mut table = suppressed("a", &HES);
        if let Some(exact) = exact {
            table.exact[0][column] = exact;
        }
        table.released[0][column] = released;
        let expected = ReviewError::Cell { table: code("a"), row: 1, column: column + 1, problem };
        assert_eq!(review(vec![table], 0, 1).err(), Some(expected), "{released:?}");
    }
}

#[test]
fn a_part_of_something_suppressed_is_refused() {
    let mut table = suppressed("a", &HES);
    table.released[0][0] = Gone;
    let expected = ReviewError::Cell { table: code("a"), row: 1, column: 2, problem: CellProblem::Complement };
    assert_eq!(review(vec![table], 0, 1).err(), Some(expected));
}

#[test]
fn cells_lost_or_gained_are_refused() {
    let changes: [fn(&mut Suppressed); 4] = [
        |table| table.released[0].truncate(2),
        |table| table.released.clear(),
        |table| table.released.push(vec![Gone; 3]),
        |table| table.exact[0].truncate(2),
    ];
    for change in changes {
        let mut table = suppressed("a", &HES);
        change(&mut table);
        assert_eq!(review(vec![table], 0, 1).err(), Some(ReviewError::Shape { table: code("a") }));
    }
}
