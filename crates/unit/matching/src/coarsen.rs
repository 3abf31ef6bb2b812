//! Coarsening: bins of numbers join the strata, so that they agree exactly (Iacus, King & Porro 2012).
//!
//! In: the frame and the cut points of each column. Out: the same frame with finer strata. Absent on purpose: a choice of cut
//! points from the data, which would let the comparison follow the answer.

use crate::frame::Frame;

/// Joins the bins of every column to the strata of both groups.
pub(crate) fn coarsen(frame: &mut Frame, cut_points: &[Vec<f64>]) {
    let Frame { treated, candidates } = frame;
    for (column, points) in cut_points.iter().enumerate().filter(|(_, points)| !points.is_empty()) {
        let joined = |strata: &[u32], values: &[f64]| -> Vec<(u32, u32)> {
            strata.iter().zip(values).map(|(&stratum, &value)| (stratum, bin(points, value))).collect()
        };
        let of_treated = joined(&treated.strata, &treated.columns[column]);
        let of_candidates = joined(&candidates.strata, &candidates.columns[column]);
        // Strata without treated are never looked at: one code for all of them. Treated number fewer than 2^32 - 1.
        let mut codes = of_treated.clone();
        codes.sort_unstable();
        codes.dedup();
        let code = |pair: &(u32, u32)| match codes.binary_search(pair) {
            Ok(code) => u32::try_from(code).expect("no more codes than treated rows"),
            Err(_) => u32::MAX,
        };
        treated.strata = of_treated.iter().map(code).collect();
        candidates.strata = of_candidates.iter().map(code).collect();
    }
}

/// Cut points at or below the value: a value at a cut point belongs to the bin above.
fn bin(points: &[f64], value: f64) -> u32 {
    let below = points.partition_point(|&point| point <= value);
    u32::try_from(below).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_point_opens_the_bin_above_it() {
        // R: findInterval(c(-1, 0, 1, 2.5, 3, 9), c(-Inf, 0, 2.5, 3, Inf)) - 1
        let bins = [-1.0, 0.0, 1.0, 2.5, 3.0, 9.0].map(|value| bin(&[0.0, 2.5, 3.0], value));
        assert_eq!(bins, [0, 1, 1, 2, 3, 3]);
    }
}
