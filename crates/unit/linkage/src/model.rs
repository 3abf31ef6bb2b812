//! The fitted model as a report can show it.
//!
//! In: the fit. Out: [`FittedModel`]: for every field and way to agree, how often matches and other pairs show it, and how
//! much of that was learnt from these files.

use counterfoil_model::PartForm;

use crate::evidence::Evidence;
use crate::fit::{Fit, FitEnd};
use crate::parameters::{MATCH, RELATED, UNRELATED};

/// What was learnt from two extracts.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedModel {
    /// How the fit ended.
    pub end: FitEnd,
    /// Iterations of expectation maximisation.
    pub iterations: u32,
    /// Matches expected in all.
    pub matches: f64,
    /// By compared field, in the schema's order.
    pub fields: Vec<FieldModel>,
}

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldModel {
    /// Position in the schema.
    pub field: usize,
    /// From all forms that agree to none.
    pub states: Vec<StateModel>,
}

/// One way in which a field can agree.
#[derive(Debug, Clone, PartialEq)]
pub struct StateModel {
    /// The forms that agree.
    pub forms: Vec<PartForm>,
    /// Probability of it in a match.
    pub m_probability: f64,
    /// Probability of it in any other pair.
    pub u_probability: f64,
    /// Matches of these files that are expected to show it: where there are few, `m_probability` is a belief.
    pub matches_expected: f64,
}

impl FittedModel {
    pub(crate) fn new(evidence: &Evidence, fit: &Fit) -> Self {
        let shares = fit.parameters.shares;
        let others = shares[UNRELATED] + shares[RELATED];
        let states = &fit.parameters.states;
        let fields = evidence.fields.iter().enumerate().map(|(position, field)| FieldModel {
            field: field.field,
            states: field
                .states
                .iter()
                .enumerate()
                .map(|(state, forms)| StateModel {
                    forms: forms.clone(),
                    m_probability: states[MATCH][position][state],
                    u_probability: [UNRELATED, RELATED]
                        .iter()
                        .map(|class| shares[*class] / others * states[*class][position][state])
                        .sum(),
                    matches_expected: fit.expected[MATCH][position][state],
                })
                .collect(),
        });
        Self { end: fit.end, iterations: fit.iterations, matches: fit.matches(), fields: fields.collect() }
    }
}
