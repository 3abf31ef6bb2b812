//! The review stops what a broken primary rule would let out: the released cells are falsified here by hand.

use counterfoil_model::Disclosure;

use super::*;
use crate::cell::{Behind, Cell, Contributors, Exact, Money};
use crate::column::{Column, FigureKind, FigureUnit};
use crate::decimal::Decimal;
use crate::suppress::ReleasedCell::{Count, Suppressed as Gone};
use crate::table::{Row, Table};

const HES: Disclosure =
    Disclosure { suppress_below: 8, rounding_base: 5, releases_max: 1, money_rounding_pounds: None };

const MONEY: Disclosure = Disclosure { money_rounding_pounds: Some(1_000), ..HES };

fn code(text: &str) -> Code {
    Code::parse(text).expect("a code")
}

/// 412 people, 383 of them improved, with 90 admissions of 30 people.
fn suppressed(id: &str, disclosure: &Disclosure) -> Suppressed {
    let columns = [("People", None), ("Improved", Some(0)), ("Admissions", None)]
        .map(|(label, part_of)| Column { part_of, ..Column::count(label) });
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
    for other in [Disclosure { suppress_below: 10, ..HES }, Disclosure { rounding_base: 10, ..HES }, MONEY] {
        let mixed = vec![suppressed("a", &HES), suppressed("b", &other)];
        assert_eq!(review(mixed, 0, 1).err(), Some(ReviewError::MixedRules { table: code("b") }));
    }
}

#[test]
fn terms_weaker_than_the_least_are_refused_whoever_signed_them() {
    for (suppress_below, rounding_base) in [(7, 5), (8, 4), (0, 5), (8, 0), (1, 1), (u64::MAX, 5), (8, u64::MAX)] {
        let weak = Disclosure { suppress_below, rounding_base, ..HES };
        let error = review(vec![suppressed("a", &weak)], 0, 1).err();
        assert_eq!(error, Some(ReviewError::Rules(RulesTooWeak)), "{suppress_below} {rounding_base}");
    }
    for pounds in [0, 1, 99, u64::MAX] {
        let weak = Disclosure { money_rounding_pounds: Some(pounds), ..HES };
        let error = review(vec![suppressed("a", &weak)], 0, 1).err();
        assert_eq!(error, Some(ReviewError::Rules(RulesTooWeak)), "{pounds}");
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

/// £20,400 of 12 people, of whom one has £4,000; and a ratio of 0.834 that rests on 300 people.
fn of_money(disclosure: &Disclosure) -> Suppressed {
    let columns = vec![Column::money("Cost"), Column::figure("Ratio", RATIO)];
    let row = Row::new("Row", vec![Cell::money(COST), Cell::figure(Some(834), BEHIND)]);
    Table::new(code("a"), "Title", "Note", columns, vec![row]).expect("a table").suppress_primary(disclosure)
}

const RATIO: FigureKind = FigureKind { decimals: 3, unit: FigureUnit::None };
const COST: Money = Money { pence: 2_040_000, people: 12, largest: 400_000, second: 200_000 };
const BEHIND: Behind = Behind { people_min: 300, residual_degrees: 50, dominance: None, terms_max: 0 };

fn figure(scaled: i64) -> ReleasedCell {
    ReleasedCell::Figure(Decimal { scaled, decimals: 3 })
}

#[test]
fn money_and_figures_pass_as_the_rule_leaves_them() {
    let table = of_money(&MONEY);
    assert_eq!(table.released, [[ReleasedCell::Money(20_000), figure(830)]]);
    assert!(review(vec![table], 0, 1).is_ok());
}

#[test]
fn money_without_terms_for_it_is_refused() {
    let table = of_money(&HES);
    assert_eq!(table.released[0][0], Gone);
    assert_eq!(review(vec![table], 0, 1).err(), Some(ReviewError::NoMoneyTerms { table: code("a") }));
}

#[test]
fn falsified_money_is_refused() {
    let cost = |change: fn(&mut Money)| {
        let mut cost = COST;
        change(&mut cost);
        Some(Cell::money(cost))
    };
    for (exact, pounds, problem) in [
        (None, 20_400, CellProblem::NotRounded),
        (None, 21_000, CellProblem::NotNearest),
        (None, 19_000, CellProblem::NotNearest),
        (None, 0, CellProblem::NotZero),
        (None, u64::MAX / 1_000 * 1_000, CellProblem::NotNearest),
        (Some(Cell::money(Money::of_people([]))), 1_000, CellProblem::NotZero),
        (cost(|of| of.pence = 49_999), 0, CellProblem::Dominance),
        (cost(|of| of.people = 7), 20_000, CellProblem::TooFew),
        (cost(|of| of.people = 1), 20_000, CellProblem::TooFew),
        (cost(|of| of.largest = 1_020_000), 20_000, CellProblem::Dominance),
        (cost(|of| (of.largest, of.second) = (918_000, 918_000)), 20_000, CellProblem::Dominance),
    ] {
        let mut table = of_money(&MONEY);
        table.exact[0][0] = exact.unwrap_or(table.exact[0][0]);
        table.released[0][0] = ReleasedCell::Money(pounds);
        let expected = ReviewError::Cell { table: code("a"), row: 1, column: 1, problem };
        assert_eq!(review(vec![table], 0, 1).err(), Some(expected), "{pounds}");
    }
}

#[test]
fn falsified_figures_are_refused() {
    let dominance = Some(Contributors { pence: 1_000, largest: 500, second: 10 });
    let none = ReleasedCell::NotEstimated;
    for (value, behind, released, problem) in [
        (Some(834), BEHIND, figure(834), CellProblem::TooPrecise),
        (Some(834), BEHIND, figure(835), CellProblem::TooPrecise),
        (Some(834), BEHIND, figure(840), CellProblem::NotNearest),
        (Some(834), BEHIND, figure(-830), CellProblem::NotNearest),
        (Some(834), BEHIND, figure(0), CellProblem::NotNearest),
        (Some(834), BEHIND, ReleasedCell::Figure(Decimal { scaled: 83, decimals: 2 }), CellProblem::NotZero),
        (None, BEHIND, figure(830), CellProblem::NotZero),
        (Some(834), BEHIND, none, CellProblem::NotZero),
        (Some(1_234), Behind { people_min: 1_000_000, ..BEHIND }, figure(1_234), CellProblem::TooPrecise),
        (Some(30), Behind { terms_max: 1_000, ..BEHIND }, figure(31), CellProblem::TooPrecise),
        (Some(834), Behind { people_min: 7, ..BEHIND }, figure(1_000), CellProblem::TooFew),
        (Some(834), Behind { people_min: 0, ..BEHIND }, figure(1_000), CellProblem::TooFew),
        (None, Behind { people_min: 1, ..BEHIND }, none, CellProblem::TooFew),
        (Some(834), Behind { residual_degrees: 9, ..BEHIND }, figure(830), CellProblem::Degrees),
        (Some(834), Behind { dominance, ..BEHIND }, figure(830), CellProblem::Dominance),
    ] {
        let mut table = of_money(&MONEY);
        table.exact[0][1] = Cell::figure(value, behind);
        table.released[0][1] = released;
        let expected = ReviewError::Cell { table: code("a"), row: 1, column: 2, problem };
        assert_eq!(review(vec![table], 0, 1).err(), Some(expected), "{released:?}");
    }
}

#[test]
fn cells_of_another_kind_are_refused_before_anything_is_added_up() {
    let kind = |column| ReviewError::Cell { table: code("a"), row: 1, column, problem: CellProblem::Kind };
    let others = [Count(20_000), figure(830), ReleasedCell::NotEstimated];
    for released in others {
        let mut table = of_money(&MONEY);
        table.released[0][0] = released;
        assert_eq!(review(vec![table], 0, 1).err(), Some(kind(1)), "{released:?}");
        let mut table = suppressed("a", &HES);
        table.released[0][0] = if released == Count(20_000) { ReleasedCell::Money(410) } else { released };
        assert_eq!(review(vec![table], 0, 1).err(), Some(kind(1)), "{released:?}");
    }
    for released in [Count(830), ReleasedCell::Money(1_000)] {
        let mut table = of_money(&MONEY);
        table.released[0][1] = released;
        assert_eq!(review(vec![table], 0, 1).err(), Some(kind(2)), "{released:?}");
    }
    let mut table = of_money(&MONEY);
    table.exact[0][0] = Cell(Exact::Figure(None, BEHIND));
    assert_eq!(review(vec![table], 0, 1).err(), Some(kind(1)));
}
