//! What the tokens and the CLK of a schema can say about a pair's fields.
//!
//! In: a linkage schema. Out: [`Evidence`]: the fields that it compares with the states in which each can agree, which
//! states make which tokens agree, and how much of a CLK each field fills.
//! A token is several fields at once, so it says more together than alone: one that agrees says that each of its parts
//! does; one that differs, beside others that agree, says which part it must be. Reading that backwards is
//! [`crate::vectors`].

use counterfoil_model::{AgreementState, LinkageSchema, Part, PartForm, Rule, agreement_states};

/// A compared field.
#[derive(Debug)]
pub(crate) struct ComparedField {
    /// Position in the schema.
    pub(crate) field: usize,
    pub(crate) rule: Rule,
    /// The forms that agree in each state; in the first all do, in the last none.
    pub(crate) states: Vec<Vec<PartForm>>,
    /// By state: the tokens that this field does not keep from agreeing. Tokens without a part of it are among them.
    pub(crate) lets_agree: Vec<u64>,
    /// The tokens with a part of this field.
    pub(crate) tokens: u64,
}

/// A feature of the CLK.
#[derive(Debug)]
pub(crate) struct ClkShare {
    /// Position among the compared fields.
    pub(crate) field: usize,
    /// By state of that field: whether the feature's part agrees.
    pub(crate) agrees: Vec<bool>,
    /// Its share of the bits drawn.
    pub(crate) share: f64,
}

/// The part that a CLK is salted with.
#[derive(Debug)]
pub(crate) struct ClkSalt {
    /// Position among the compared fields.
    pub(crate) field: usize,
    /// By state of that field: whether the part agrees.
    pub(crate) agrees: Vec<bool>,
}

/// What a schema's tokens can say.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) fields: Vec<ComparedField>,
    pub(crate) clk: Vec<ClkShare>,
    pub(crate) salt: Option<ClkSalt>,
    /// Tokens that forbid a link when they differ.
    pub(crate) forbidding: u64,
}

impl Evidence {
    pub(crate) fn of(schema: &LinkageSchema) -> Self {
        let tokens: Vec<&[Part]> = schema.tokens().map(|(_, parts)| parts).collect();
        let fields: Vec<_> = agreement_states(schema)
            .into_iter()
            .map(|(field, states)| {
                let lets = |state: &AgreementState| {
                    let agrees =
                        |parts: &[Part]| parts.iter().all(|part| part.field != field || state.contains(&part.form));
                    tokens.iter().enumerate().fold(0, |lets, (token, parts)| lets | u64::from(agrees(parts)) << token)
                };
                let has_part = |parts: &[Part]| parts.iter().any(|part| part.field == field);
                ComparedField {
                    field,
                    rule: schema.fields()[field].rule,
                    lets_agree: states.iter().map(lets).collect(),
                    states: states.into_iter().map(|state| state.into_iter().collect()).collect(),
                    tokens: tokens
                        .iter()
                        .enumerate()
                        .fold(0, |has, (token, parts)| has | u64::from(has_part(parts)) << token),
                }
            })
            .collect();
        let features = schema.clk().map_or(&[][..], |clk| &clk.features);
        let drawn: u32 = features.iter().map(|feature| feature.bits).sum();
        let agrees = |part: &Part| -> (usize, Vec<bool>) {
            let position = fields.iter().position(|field: &ComparedField| field.field == part.field);
            let position = position.expect("every field of a CLK stands in a match key or a blocking rule");
            (position, fields[position].states.iter().map(|state| state.contains(&part.form)).collect())
        };
        let clk = features.iter().map(|feature| {
            let (field, agrees) = agrees(&feature.part);
            ClkShare { field, agrees, share: f64::from(feature.bits) / f64::from(drawn) }
        });
        let clk = clk.collect();
        let salt = schema.clk().and_then(|clk| clk.salt.as_ref()).map(|part| {
            let (field, agrees) = agrees(part);
            ClkSalt { field, agrees }
        });
        let forbidding = schema.decision().never_link_when_differs.iter().fold(0, |keys, key| keys | 1_u64 << key);
        Self { fields, clk, salt, forbidding }
    }

    /// The fields of which a pair with these comparable tokens can be known, by position.
    pub(crate) fn comparable_fields(&self, comparable: u64) -> impl Iterator<Item = usize> {
        self.fields
            .iter()
            .enumerate()
            .filter(move |(_, field)| field.tokens & comparable != 0)
            .map(|(position, _)| position)
    }

    /// Whether a token that both rows hold, and that differs, forbids a link.
    pub(crate) fn forbids(&self, agreeing: u64, comparable: u64) -> bool {
        self.forbidding & comparable & !agreeing != 0
    }
}
