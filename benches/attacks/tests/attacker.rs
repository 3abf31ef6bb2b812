//! The attacker is good, and our encoding withstands it, at a size that a test can afford.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use counterfoil_attacks::encode::{ClkVariant, schema_with};
use counterfoil_attacks::graph::{self, Effort};
use counterfoil_attacks::people::{Drawn, Records};
use counterfoil_attacks::score::Score;
use counterfoil_attacks::sides::Sides;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/thrive-nel/schema.toml");

fn attack(variant: ClkVariant, drawn: &Drawn, encoded: usize) -> Score {
    let schema = schema_with(&std::fs::read_to_string(SCHEMA).unwrap(), Some(variant)).unwrap();
    let sides = Sides::new(&schema, &drawn.scene(Records::Same, encoded)).unwrap();
    let (bits, list) = sides.bits();
    let effort = Effort { axes: 80, sample: 2_000, list_sample: 6_000, straight: 2, starts: 0 };
    let claims = graph::attack(&bits, &list, sides.truth.len(), effort, 5);
    Score::of(&claims, &sides.truth)
}

#[test]
fn plain_filters_fall_and_diffused_ones_do_not() {
    let drawn = Drawn::synthetic(2_000, 10_000, 1).unwrap();
    let plain = ClkVariant { diffusion: 0, bits: Some(1_024), salted: false };
    let fallen = attack(plain, &drawn, 2_000);
    assert!(fallen.rate() >= 0.9, "{fallen:?}");
    let held = attack(ClkVariant { diffusion: 10, ..plain }, &drawn, 2_000);
    assert!(held.rate() <= 0.005, "{held:?}");
}
