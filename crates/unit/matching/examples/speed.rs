//! Prints how long each method takes: `cargo run --release -p counterfoil-matching --example speed`.

#![allow(clippy::print_stdout, reason = "an example tells what it measured")]

use std::num::NonZeroU32;
use std::time::Instant;

use counterfoil_matching::{
    Controls, Covariates, MatchingError, Method, Replacement, Rule, Seed, balance, match_controls,
};

const TREATED: usize = 2_400;
const CANDIDATES: usize = 180_000;
const COLUMNS: usize = 14;

fn main() -> Result<(), MatchingError> {
    for strata in [1, 40, 500, 2_000] {
        let clock = Instant::now();
        let treated = group(1, TREATED, strata, 0.4)?;
        let candidates = group(2, CANDIDATES, strata, 0.0)?;
        println!(
            "{TREATED} treated, {CANDIDATES} candidates, {COLUMNS} columns, {strata} strata: made in {:.0?}",
            clock.elapsed()
        );
        for (name, method) in methods() {
            for replacement in [Replacement::Without, Replacement::With] {
                let controls = match method {
                    Method::EntropyBalance if replacement == Replacement::With => continue,
                    Method::EntropyBalance => Controls::All,
                    _ => Controls::PerTreated(three()),
                };
                let rule = Rule { method: method.clone(), controls, replacement };
                let clock = Instant::now();
                let matching = match_controls(&treated, &candidates, &rule, &Seed::new([9; 32]))?;
                let matched = clock.elapsed();
                let clock = Instant::now();
                let rows = balance(&treated, &candidates, &matching)?;
                let worst =
                    rows.iter().filter_map(|row| row.after.standardised_difference).fold(0.0, |w, d| d.abs().max(w));
                println!(
                    "  {name:12} {replacement:?}: {} sets in {matched:.0?}, balance in {:.0?}, worst standardised difference {worst:.3}, {:.0} effective controls",
                    matching.sets().len(),
                    clock.elapsed(),
                    matching.weights().effective_controls().unwrap_or(0.0)
                );
                if let Some(model) = matching.balancing() {
                    println!("               {} steps", model.steps);
                }
            }
        }
    }
    Ok(())
}

fn three() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(2)
}

fn methods() -> [(&'static str, Method); 5] {
    [
        ("stratified", Method::Stratified),
        (
            "coarsened",
            Method::Coarsened {
                cut_points: (0..COLUMNS).map(|c| if c < 4 { vec![-1.0, 1.0] } else { vec![] }).collect(),
            },
        ),
        ("propensity", Method::Propensity { caliper_sd: Some(0.2) }),
        ("mahalanobis", Method::Mahalanobis { caliper: None }),
        ("entropy", Method::EntropyBalance),
    ]
}

/// Columns of sums of four uniform numbers, every third a count.
fn group(first_key: u64, rows: usize, strata: u64, shift: f64) -> Result<Covariates, MatchingError> {
    let mut state = first_key;
    // Steele, Lea & Flood: SplitMix64.
    let mut next = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let keys = (0..rows).map(|_| (u128::from(next()) << 64) | u128::from(next())).collect();
    let codes = (0..rows).map(|_| u32::try_from(next() % strata).unwrap_or(0)).collect();
    let mut number = |column: usize| {
        let sum: f64 = (0..4).map(|_| (next() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5).sum();
        let value = sum * 3.0_f64.sqrt() + shift;
        if column % 3 == 2 { (value * 2.0).max(0.0).floor() } else { value }
    };
    let numeric = (0..COLUMNS).map(|column| (0..rows).map(|_| number(column)).collect()).collect();
    Covariates::new(keys, codes, numeric)
}
