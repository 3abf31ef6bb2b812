//! Tables that cannot be, or cannot be read, are refused.

use super::*;
use crate::cell::{Behind, Contributors, Money};
use crate::column::{FigureKind, FigureUnit};
use crate::stated::SumCover;

fn id() -> Code {
    Code::parse("t").expect("a code")
}

fn column(label: &str, part_of: Option<usize>) -> Column {
    Column { part_of, ..Column::count(label) }
}

fn refusal(columns: Vec<Column>, rows: Vec<Row>) -> Option<TableError> {
    Table::new(id(), "Title", "Note", columns, rows).err()
}

#[test]
fn counts_that_cannot_be_are_refused() {
    let one = || vec![column("Admissions", None)];
    for (count, people) in [(1, 2), (0, 1), (1, 0), (COUNT_MAX + 1, 1), (u64::MAX, u64::MAX)] {
        let error = refusal(one(), vec![Row::new("r", vec![Cell::events(count, people)])]);
        assert_eq!(error, Some(TableError::Impossible { table: id(), row: 1, column: 1 }), "{count} {people}");
    }
    assert_eq!(refusal(one(), vec![Row::new("r", vec![Cell::events(COUNT_MAX, 1)])]), None);
    let parts = || vec![column("All", None), column("Some", Some(0))];
    let error = refusal(parts(), vec![Row::new("r", vec![Cell::people(10), Cell::people(11)])]);
    assert_eq!(error, Some(TableError::Impossible { table: id(), row: 1, column: 2 }));
    let error = refusal(parts(), vec![Row::new("r", vec![Cell::people(10)])]);
    assert_eq!(error, Some(TableError::Cells { table: id(), row: 1 }));
}

#[test]
fn sums_of_what_is_not_there_are_refused() {
    let table = || {
        let rows = vec![Row::new("r", vec![Cell::people(10)]), Row::new("s", vec![Cell::events(30, 10)])];
        Table::new(id(), "Title", "Note", vec![column("a", None)], rows).expect("a table")
    };
    let sum = |parts: &[usize]| Sum::of_rows(CellOf::first(id(), 0), parts.to_vec(), SumCover::Parts);
    for parts in [&[][..], &[2], &[0, 0], &[0, 1]] {
        assert_eq!(table().with_sum(sum(parts)).err(), Some(TableError::Sum { table: id() }), "{parts:?}");
    }
    assert!(table().with_sum(sum(&[0])).is_ok());
}

#[test]
fn shapes_that_cannot_be_read_are_refused() {
    let row = || vec![Row::new("r", vec![Cell::people(10)])];
    for text in ["", "=1+1", "@x", "-1", "a\nb", "a\u{202e}b", &"x".repeat(201)] {
        let error = refusal(vec![column(text, None)], row());
        assert_eq!(error, Some(TableError::Text { table: id(), place: "column label 1".to_owned() }), "{text:?}");
        let error = refusal(vec![column("a", None)], vec![Row::new(text, vec![Cell::people(10)])]);
        assert_eq!(error, Some(TableError::Text { table: id(), place: "row label 1".to_owned() }), "{text:?}");
    }
    for whole in [0, 1, usize::MAX] {
        let error = refusal(vec![column("a", Some(whole))], row());
        assert_eq!(error, Some(TableError::PartOf { table: id(), column: 1 }));
    }
    assert_eq!(refusal(vec![], vec![Row::new("r", vec![])]), Some(TableError::Size { table: id() }));
    assert_eq!(refusal(vec![column("a", None)], vec![]), Some(TableError::Size { table: id() }));
    let twice = || Row::new("r", vec![Cell::people(10)]);
    let error = refusal(vec![column("a", None)], vec![twice(), twice()]);
    assert_eq!(error, Some(TableError::RepeatedLabel { table: id(), place: "row label 2".to_owned() }));
}

const RATIO: FigureKind = FigureKind { decimals: 2, unit: FigureUnit::None };

fn behind() -> Behind {
    Behind { people_min: 100, residual_degrees: 100, dominance: None, terms_max: 0 }
}

#[test]
fn cells_of_another_kind_than_their_column_are_refused() {
    let kinds = || [Column::count("a"), Column::money("a"), Column::figure("a", RATIO)];
    let cells = [Cell::people(10), Cell::money(Money::of_people([500, 300, 200])), Cell::figure(Some(120), behind())];
    for (at, column) in kinds().into_iter().enumerate() {
        for (of, cell) in cells.iter().enumerate() {
            let error = refusal(vec![column.clone()], vec![Row::new("r", vec![*cell])]);
            let expected = (at != of).then(|| TableError::Kind { table: id(), row: 1, column: 1 });
            assert_eq!(error, expected, "{at} {of}");
        }
    }
}

#[test]
fn amounts_and_figures_that_cannot_be_are_refused() {
    let impossible = Some(TableError::Impossible { table: id(), row: 1, column: 1 });
    let money = Money { pence: 5, people: 1, largest: 4, second: 0 };
    assert_eq!(refusal(vec![Column::money("a")], vec![Row::new("r", vec![Cell::money(money)])]), impossible);
    let dominance = Some(Contributors { pence: 9, largest: 4, second: 6 });
    for (value, behind) in [
        (Some(i64::MIN), behind()),
        (Some(1_000_000_000_000_001), behind()),
        (Some(1), Behind { terms_max: u64::MAX, ..behind() }),
        (Some(1), Behind { people_min: u64::MAX, ..behind() }),
        (None, Behind { dominance, ..behind() }),
    ] {
        let row = Row::new("r", vec![Cell::figure(value, behind)]);
        assert_eq!(refusal(vec![Column::figure("a", RATIO)], vec![row]), impossible);
    }
}

#[test]
fn only_counts_are_part_of_counts() {
    let money = || Cell::money(Money::of_people([0]));
    let figure = || Cell::figure(None, behind());
    for (columns, cells) in [
        ([Column::money("a"), Column::count("b").part_of(0)], [money(), Cell::people(0)]),
        ([Column::count("a"), Column::money("b").part_of(0)], [Cell::people(0), money()]),
        ([Column::figure("a", RATIO), Column::count("b").part_of(0)], [figure(), Cell::people(0)]),
        ([Column::count("a"), Column::figure("b", RATIO).part_of(0)], [Cell::people(0), figure()]),
        ([Column::money("a"), Column::money("b").part_of(0)], [money(), money()]),
    ] {
        let error = refusal(columns.into(), vec![Row::new("r", cells.into())]);
        assert_eq!(error, Some(TableError::PartOf { table: id(), column: 2 }));
    }
    let five = FigureKind { decimals: 5, ..RATIO };
    let error = refusal(vec![Column::figure("a", five)], vec![Row::new("r", vec![figure()])]);
    assert_eq!(error, Some(TableError::Decimals { table: id(), column: 1 }));
}

/// Sums are of columns that count people.
#[test]
fn money_and_figures_are_in_no_sum() {
    let sum = || Sum::of_rows(CellOf::first(id(), 0), [1], SumCover::Parts);
    for (column, cell) in [
        (Column::money("a"), Cell::money(Money::of_people([1]))),
        (Column::figure("a", RATIO), Cell::figure(Some(1), behind())),
    ] {
        let rows = vec![Row::new("r", vec![cell]), Row::new("s", vec![cell])];
        let table = Table::new(id(), "Title", "Note", vec![column], rows).expect("a table");
        assert_eq!(table.with_sum(sum()).err(), Some(TableError::Sum { table: id() }));
    }
}
