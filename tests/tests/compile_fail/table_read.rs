//! Exact counts can be put into a table and not be taken out again.

use counterfoil_release::{Cell, Suppressed, Table};

fn of_cell(cell: Cell) -> bool {
    let Cell(_exact) = cell;
    true
}

fn of_table(table: &Table) -> usize {
    table.cells.len()
}

fn of_suppressed(suppressed: &Suppressed) -> usize {
    suppressed.exact.len()
}

fn main() {}
