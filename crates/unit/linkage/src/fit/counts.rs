//! The pairs expected in every class and state under some parameters, and the parameters that they make most probable.
//!
//! In: agreement vectors with the joint probability of each class. Out: expected counts, their likelihood, new parameters.

use std::collections::BTreeMap;

use counterfoil_model::COMPARED_FIELDS_MAX;

use super::{Learn, SeenBand};
use crate::bands::CATEGORIES;
use crate::evidence::Evidence;
use crate::parameters::{CLASSES, LIKENESS_WEIGHT, Parameters, belief_weight, likeness_of};
use crate::vectors::{AgreementVector, UNKNOWN};
use crate::weight::log2;

/// Pairs expected.
pub(super) struct Counts {
    pub(super) states: [Vec<Vec<f64>>; CLASSES],
    pub(super) likeness: [Vec<[f64; CATEGORIES]>; 2],
    pub(super) classes: [f64; CLASSES],
    pub(super) matches_meeting: f64,
    pub(super) apart: BTreeMap<u64, f64>,
    /// Binary logarithm of the probability of all that is seen.
    pub(super) likelihood: f64,
}

impl Counts {
    pub(super) fn zero(like: &Parameters) -> Self {
        let states = |class: usize| like.states[class].iter().map(|states| vec![0.0; states.len()]).collect();
        Self {
            states: std::array::from_fn(states),
            likeness: std::array::from_fn(|side| vec![[0.0; CATEGORIES]; like.likeness[side].len()]),
            classes: [0.0; CLASSES],
            matches_meeting: 0.0,
            apart: BTreeMap::new(),
            likelihood: 0.0,
        }
    }

    /// What is expected of one band of a set, added to the vectors' sums.
    pub(super) fn expect_band(
        &mut self,
        parameters: &Parameters,
        band: &SeenBand,
        joint: &[[f64; CLASSES]],
        sums: &mut [[f64; CLASSES]],
    ) {
        let with_likeness = |classes: &[f64; CLASSES], likeness: Option<(u32, u8)>| {
            let Some((table, category)) = likeness else { return *classes };
            let of = |class| parameters.likeness[likeness_of(class)][table as usize][category as usize];
            std::array::from_fn(|class| classes[class] * of(class))
        };
        let pairs = || joint.iter().zip(&band.likeness);
        let total: f64 = pairs().map(|(classes, likeness)| with_likeness(classes, *likeness).iter().sum::<f64>()).sum();
        if total <= 0.0 {
            return;
        }
        let scale = band.pairs / total;
        self.likelihood += band.pairs * log2(total);
        for ((classes, likeness), sum) in pairs().zip(sums) {
            let shares: [f64; CLASSES] = with_likeness(classes, *likeness);
            for class in 0..CLASSES {
                let expected = shares[class] * scale;
                sum[class] += expected;
                if let Some((table, category)) = likeness {
                    self.likeness[likeness_of(class)][*table as usize][*category as usize] += expected;
                }
            }
        }
    }

    /// What the steps raise: the likelihood of what is seen, and of the pairs that stand for what is believed.
    pub(super) fn objective(&self, evidence: &Evidence, parameters: &Parameters, believed: &Parameters) -> f64 {
        let believed_in = |values: &[f64], believed: &[f64], weight: f64| -> f64 {
            values.iter().zip(believed).map(|(value, believed)| weight * believed * log2(*value)).sum()
        };
        let mut objective = self.likelihood;
        for class in 0..CLASSES {
            for (field, compared) in evidence.fields.iter().enumerate() {
                let (values, believed) = (&parameters.states[class][field], &believed.states[class][field]);
                objective += believed_in(values, believed, belief_weight(class, compared.rule));
            }
        }
        for side in 0..2 {
            for (values, believed) in parameters.likeness[side].iter().zip(&believed.likeness[side]) {
                objective += believed_in(values, believed, LIKENESS_WEIGHT);
            }
        }
        objective
    }

    pub(super) fn add(&mut self, vectors: &[AgreementVector], expected: &[[f64; CLASSES]]) {
        for (vector, classes) in vectors.iter().zip(expected) {
            for (class, pairs) in classes.iter().enumerate() {
                self.classes[class] += pairs;
                for (states, state) in self.states[class].iter_mut().zip(&vector[..COMPARED_FIELDS_MAX]) {
                    if *state != UNKNOWN {
                        states[*state as usize] += pairs;
                    }
                }
            }
        }
    }

    /// The maximisation step, with what is believed counted in as if it had been seen, so that no probability is ever
    /// stuck at nought.
    pub(super) fn maximise(
        &self,
        evidence: &Evidence,
        before: &Parameters,
        believed: &Parameters,
        learn: Learn,
    ) -> Parameters {
        let mut next = before.clone();
        let all: f64 = self.classes.iter().sum();
        if all > 0.0 {
            // A share may fall as far as it likes and rise again; one that is nought is of a class that there is not.
            next.shares = std::array::from_fn(|class| match before.shares[class] {
                0.0 => 0.0,
                _ => (self.classes[class] / all).max(f64::MIN_POSITIVE),
            });
        }
        if learn == Learn::SharesAlone {
            return next;
        }
        let blend = |seen: &[f64], believed: &[f64], weight: f64, next: &mut [f64]| {
            let all = seen.iter().sum::<f64>() + weight;
            for ((next, seen), believed) in next.iter_mut().zip(seen).zip(believed) {
                *next = (seen + believed * weight) / all;
            }
        };
        for class in 0..CLASSES {
            for (field, compared) in evidence.fields.iter().enumerate() {
                let weight = belief_weight(class, compared.rule);
                let (seen, believed) = (&self.states[class][field], &believed.states[class][field]);
                blend(seen, believed, weight, &mut next.states[class][field]);
            }
        }
        for side in 0..2 {
            for table in 0..self.likeness[side].len() {
                let (seen, believed) = (&self.likeness[side][table], &believed.likeness[side][table]);
                blend(seen, believed, LIKENESS_WEIGHT, &mut next.likeness[side][table]);
            }
        }
        next
    }
}
