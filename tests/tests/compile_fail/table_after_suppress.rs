//! What has gone through the gate is gone: the exact table cannot be used again.

use counterfoil_model::Disclosure;
use counterfoil_release::{Suppressed, Table, review};

fn twice(table: Table, disclosure: &Disclosure) -> (Suppressed, Suppressed) {
    (table.suppress_primary(disclosure), table.suppress_primary(disclosure))
}

fn kept(suppressed: Suppressed) -> Suppressed {
    let _ = review(vec![suppressed], 0, 1);
    suppressed
}

fn main() {}
