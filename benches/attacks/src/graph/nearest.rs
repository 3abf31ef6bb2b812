//! Nearest neighbours among many points, by looking at all of them.

use rayon::prelude::*;

use crate::linear::{Matrix, dot};

/// The nearest point, and how far it and the next one are (squared).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Nearest {
    pub(super) at: u32,
    pub(super) distance: f32,
    pub(super) next: f32,
}

/// Rows that one thread looks up at a time.
const BATCH: usize = 16;

/// For each row of `from` its nearest row of `to`.
pub(super) fn nearest(from: &Matrix, to: &Matrix) -> Vec<Nearest> {
    let half: Vec<f32> = (0..to.rows).map(|row| dot(to.row(row), to.row(row)) / 2.0).collect();
    let rows: Vec<usize> = (0..from.rows).collect();
    let batches = rows.par_chunks(BATCH).flat_map_iter(|batch| {
        let mut best = [(f32::MAX, f32::MAX, 0u32); BATCH];
        for (at, (point, half)) in (0u32..).zip(to.values.chunks_exact(to.columns).zip(&half)) {
            for (best, row) in best.iter_mut().zip(batch) {
                let value = half - dot(from.row(*row), point);
                if value < best.1 {
                    if value < best.0 {
                        *best = (value, best.0, at);
                    } else {
                        best.1 = value;
                    }
                }
            }
        }
        let found: Vec<Nearest> = batch
            .iter()
            .zip(best)
            .map(|(row, (value, next, at))| {
                let own = dot(from.row(*row), from.row(*row));
                Nearest { at, distance: own + 2.0 * value, next: own + 2.0 * next }
            })
            .collect();
        found
    });
    batches.collect()
}
