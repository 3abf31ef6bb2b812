//! Released figures as what a simulation looks at.
//!
//! In: a release, names of cells, what is true. Out: [`Observed`]. Absent on purpose: which figures matter.

use crate::error::SimulationError;
use crate::summary::Observed;
use crate::unit::{Released, Shown};

/// What one seed gave, under labels.
pub type Findings = Vec<(String, Observed)>;

/// Columns of the ratio of ratios less 1 and its interval.
pub const PERCENT: [&str; 3] = ["Against expectation", "Against expectation, from", "Against expectation, to"];
/// Columns of the difference in differences.
pub const ADDITIVE: [&str; 3] =
    ["Change beyond the comparison", "Change beyond the comparison, from", "Change beyond the comparison, to"];

/// An estimate and its interval, beside the truth.
///
/// # Errors
/// [`SimulationError::NoCell`].
pub fn interval(
    released: &Released,
    (table, row): (&str, &str),
    columns: [&str; 3],
    truth: f64,
) -> Result<Observed, SimulationError> {
    let [estimate, from, to] = columns.map(|column| released.shown(table, row, column));
    Ok(match [estimate?, from?, to?] {
        [Shown::Number(estimate), Shown::Number(from), Shown::Number(to)] => {
            Observed::Interval { estimate, from, to, truth }
        }
        shown if shown.contains(&Shown::Suppressed) => Observed::Suppressed,
        _ => Observed::NotEstimated,
    })
}

/// A number.
///
/// # Errors
/// [`SimulationError::NoCell`].
pub fn value(released: &Released, table: &str, row: &str, column: &str) -> Result<Observed, SimulationError> {
    Ok(match released.shown(table, row, column)? {
        Shown::Number(number) => Observed::Value(number),
        Shown::NotEstimated => Observed::NotEstimated,
        Shown::Suppressed => Observed::Suppressed,
    })
}
