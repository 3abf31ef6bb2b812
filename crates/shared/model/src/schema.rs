//! The linkage schema: which identifiers, which match keys, which blocking, which CLK, which decision.
//!
//! In: a TOML file. Out: a [`LinkageSchema`] in which every name resolves and every number is inside its limit.
//! Both custodians and the unit hold the same one, pinned by its [`SchemaDigest`]; only `[columns]`, which says where a
//! custodian's own file keeps each field, is outside the digest.

mod agreement_states;
mod columns;
mod part;
mod read;

pub use agreement_states::{AgreementState, agreement_states};
pub use columns::{ColumnFormat, ColumnSpec, Columns, DatasetColumns};
pub use part::{Part, PartForm, Rule};

use std::collections::BTreeSet;

use crate::code::{Code, SchemaId};
use crate::digest::{CanonicalBytes, SchemaDigest};
use crate::limits::FORMER_NUMBERS_MAX;

/// Thousandths: a similarity from 0 (nothing in common) to 1,000 (the same).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permille(pub u16);

/// Why a linkage schema is refused. Names the place in the file and what to do, never a person's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Not TOML, an unknown or a missing key, or a value of the wrong type.
    #[error("linkage schema: {0}")]
    Toml(String),
    /// A statement in the file that cannot stand.
    #[error("linkage schema: {place}: {problem}")]
    Invalid {
        /// Where, as in `match_key nhs_dob`.
        place: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// One identifier that custodians hold, and the versioned rule that normalises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The field's name in this schema.
    pub name: Code,
    /// How a raw value becomes a normalised one.
    pub rule: Rule,
}

/// Normalised parts, joined in this order, from which one token per row is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchKeyRule {
    /// The key's name; it also separates its tokens from those of every other key.
    pub name: Code,
    /// The parts, all of which a row must have.
    pub parts: Vec<Part>,
}

/// Rows that share these parts are compared, as those that share a match key are; the token is half as long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockingRule {
    /// The rule's name; it also separates its tokens.
    pub name: Code,
    /// The parts, all of which a row must have.
    pub parts: Vec<Part>,
}

/// How bits become a CLK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClkEncoding {
    /// Each output bit is the XOR of this many input bits, chosen by the key (Armknecht, Heng and Schnell, PoPETs
    /// 2023): the default, with 10.
    Diffused(u32),
    /// The filter itself. Published attacks re-identify most people behind such filters, so an agreement must allow it
    /// in words.
    Plain,
}

/// One feature of the CLK: the q-grams of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClkFeature {
    /// What is cut into q-grams.
    pub part: Part,
    /// Length of a q-gram in characters, padded at both ends when above 1.
    pub qgram: u32,
    /// Bits set for the whole feature, shared among its q-grams, so that long names do not outweigh short ones.
    pub bits: u32,
}

/// The CLK of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClkSettings {
    /// Length in bits, a multiple of 64.
    pub bits: u32,
    /// What is done to the filter before it leaves the custodian.
    pub encoding: ClkEncoding,
    /// A stable part mixed into every q-gram: people who differ in it share no bits. A row without it has no CLK.
    pub salt: Option<Part>,
    /// The features, in order.
    pub features: Vec<ClkFeature>,
}

impl ClkSettings {
    /// The parts of its features, and its salt.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.features.iter().map(|feature| &feature.part).chain(&self.salt)
    }

    /// Expected number of bits set before diffusion, for a row that has every feature: `L * (1 - (1 - 1/L)^B)` for `B`
    /// draws among `L` positions.
    pub fn expected_weight(&self) -> f64 {
        let length = f64::from(self.bits);
        let draws: u32 = self.features.iter().map(|feature| feature.bits).sum();
        // Products alone: the precision of a power is each platform's own, and a similarity must be the same everywhere.
        length * (1.0 - (0..draws).fold(1.0, |missed, _| missed * (1.0 - 1.0 / length)))
    }
}

/// How many rows of one extract may be one row of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relationship {
    /// Each person stands at most once in either extract.
    OneToOne,
    /// A person may stand several times in the left extract, which is the cohort's: who was referred twice. Each left row
    /// has at most one right row, and a right row any number of left rows.
    ManyToOne,
}

impl Relationship {
    /// As it stands in a schema.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneToOne => "one-to-one",
            Self::ManyToOne => "many-to-one",
        }
    }
}

/// How candidate pairs become links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How many rows may be one person. There is no default: a wrong one loses people, or counts them twice.
    pub relationship: Relationship,
    /// Least probability of a link, as the fitted model has it.
    pub link_probability_min: Permille,
    /// Links expected to be false, of all links: the least probability rises until they are at most so many.
    pub false_links_max: Permille,
    /// A pair is a link only if its match weight beats every other candidate of its rows by this many bits: of both, or,
    /// many to one, of its left row.
    pub runner_up_margin_bits: u32,
    /// Pairs that one token may propose. A token that more pairs share proposes none; it is reported, never silently cut.
    pub group_pairs_max: u64,
    /// Positions of match keys whose tokens, when they differ, say that two rows are two people whatever else agrees.
    pub never_link_when_differs: Vec<usize>,
}

/// A linkage schema, valid by construction: every part names a declared field with a form that its rule has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkageSchema {
    id: SchemaId,
    fields: Vec<Field>,
    match_keys: Vec<MatchKeyRule>,
    blocking_rules: Vec<BlockingRule>,
    clk: Option<ClkSettings>,
    decision: Decision,
    columns: Columns,
    digest: SchemaDigest,
}

impl LinkageSchema {
    /// Parses a schema file.
    ///
    /// # Errors
    /// [`SchemaError`] that names the place and what to change.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let mut schema = read::parse(text)?;
        schema.digest = canonical_digest(&schema);
        Ok(schema)
    }

    /// The schema's name.
    pub fn id(&self) -> &SchemaId {
        &self.id
    }

    /// The identifiers, in declared order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The match keys, in the order in which they are tried.
    pub fn match_keys(&self) -> &[MatchKeyRule] {
        &self.match_keys
    }

    /// The blocking rules.
    pub fn blocking_rules(&self) -> &[BlockingRule] {
        &self.blocking_rules
    }

    /// What tokens are made of: the match keys in their order, then the blocking rules in theirs. A position in this list
    /// is a token's number wherever tokens are counted.
    pub fn tokens(&self) -> impl Iterator<Item = (&Code, &[Part])> {
        let keys = self.match_keys.iter().map(|key| (&key.name, key.parts.as_slice()));
        keys.chain(self.blocking_rules.iter().map(|rule| (&rule.name, rule.parts.as_slice())))
    }

    /// Positions of the match keys that have an NHS number among their parts: those that a former number has a token of.
    pub fn keys_with_numbers(&self) -> Vec<usize> {
        let has_number = |key: &MatchKeyRule| self.numbers_in(key) > 0;
        (0..self.match_keys.len()).filter(|key| has_number(&self.match_keys[*key])).collect()
    }

    /// Most former tokens of one match key that one row may have.
    pub fn former_tokens_max(&self, match_key: usize) -> usize {
        self.numbers_in(&self.match_keys[match_key]) * FORMER_NUMBERS_MAX
    }

    fn numbers_in(&self, key: &MatchKeyRule) -> usize {
        let numbers = key.parts.iter().filter(|part| self.fields[part.field].rule == Rule::NhsNumberV1);
        numbers.map(|part| part.field).collect::<BTreeSet<_>>().len()
    }

    /// The CLK, if the schema has one.
    pub fn clk(&self) -> Option<&ClkSettings> {
        self.clk.as_ref()
    }

    /// How candidate pairs become links.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Where each dataset's file keeps each field.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The digest that an agreement pins.
    pub fn digest(&self) -> SchemaDigest {
        self.digest
    }
}

fn canonical_digest(schema: &LinkageSchema) -> SchemaDigest {
    fn part(bytes: &mut CanonicalBytes, part: &Part) {
        bytes.number(part.field as u64).text(part.form.name());
    }
    let mut bytes = CanonicalBytes::default();
    bytes.text(read::FORMAT).text(schema.id.as_str());
    bytes.list(&schema.fields, |bytes, field| {
        bytes.text(field.name.as_str()).text(field.rule.name());
    });
    bytes.list(&schema.match_keys, |bytes, key| {
        bytes.text(key.name.as_str()).list(&key.parts, part);
    });
    bytes.list(&schema.blocking_rules, |bytes, rule| {
        bytes.text(rule.name.as_str()).list(&rule.parts, part);
    });
    bytes.list(schema.clk.as_slice(), |bytes, clk| {
        let diffusion = match clk.encoding {
            ClkEncoding::Plain => 0,
            ClkEncoding::Diffused(inputs) => inputs,
        };
        bytes.number(clk.bits.into()).number(diffusion.into());
        bytes.list(clk.salt.as_slice(), part);
        bytes.list(&clk.features, |bytes, feature| {
            part(bytes, &feature.part);
            bytes.number(feature.qgram.into()).number(feature.bits.into());
        });
    });
    let decision = &schema.decision;
    bytes
        .text(decision.relationship.name())
        .number(decision.link_probability_min.0.into())
        .number(decision.false_links_max.0.into())
        .number(decision.runner_up_margin_bits.into())
        .number(decision.group_pairs_max)
        .list(&decision.never_link_when_differs, |bytes, key| {
            bytes.number(*key as u64);
        });
    SchemaDigest(bytes.digest())
}

#[cfg(test)]
mod tests;
