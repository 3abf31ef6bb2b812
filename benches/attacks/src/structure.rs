//! Attack by the structure of equal tokens.
//!
//! In: the tokens of both sides, each under its own key. Out: [`Claims`]. Only equality within a side is used: which
//! rows share a token of which match key or blocking rule, and which tokens a row has at all.
//!
//! Two ways in. Colour refinement (Weisfeiler and Leman 1968) of the graph of rows and tokens: a row is named when its
//! surroundings are like no other's on both sides; it needs sides of one size. And growth from rows already named
//! (Yartseva and Grossglauser 2013): a row that shares tokens with named rows is looked for among the list's rows that
//! share those tokens. Absent on purpose: CLKs.

mod groups;
mod growth;
mod refinement;
mod search;

pub use groups::Groups;

use crate::score::Claims;

/// How the attack went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StructureClaims {
    /// After colour refinement alone.
    pub refined: Claims,
    /// After the search for contained patterns.
    pub searched: Claims,
    /// After growth from both.
    pub grown: Claims,
}

/// Attacks; `known` are rows that the attacker knows beforehand.
pub fn attack(encoded: &Groups, list: &Groups, known: &[(u32, u32)]) -> StructureClaims {
    let mut refined = refinement::claims(encoded, list);
    for (row, named) in known {
        refined.0[*row as usize] = Some(*named);
    }
    let searched = search::claims(encoded, list, &refined, known);
    let grown = growth::grow(encoded, list, &searched);
    StructureClaims { refined, searched, grown }
}
