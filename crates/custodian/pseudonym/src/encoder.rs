//! The encoder: one row's identifiers to what stands for the person.
//!
//! In: the key, the agreement, the epoch and the linkage schema once; then raw identifiers row by row. Out:
//! [`Encoding`]. The key itself is not kept, only the subkeys.
//! Absent on purpose: Debug, Clone, serialisation, and any reader of [`Normalised`].

use counterfoil_model::{
    AgreementId, BlockingToken, Clk, Code, ColumnFormat, Encoding, Field, FormerToken, KeyFingerprint, LinkageSchema,
    Rule, Token,
};
use jiff::civil::Date;
use rayon::prelude::*;
use ring::hmac;
use zeroize::Zeroizing;

use crate::clk::{ClkPlan, ClkScratch};
use crate::diffusion::ROWS_PER_BLOCK;
use crate::fingerprint;
use crate::former::former_numbers;
use crate::key::{Binding, PseudonymisationKey, Subkeys, Use};
use crate::match_key::{MatchKey, PlannedPart};
use crate::normalise::normalise;
use crate::plain::Plain;
use crate::reason::{Reason, Severity};
use crate::scratch::{Loan, ScratchPool};

/// One field of a row as the file has it. Empty text stands for nothing.
#[derive(Clone, Copy)]
pub struct RawIdentifier<'a> {
    pub(crate) text: &'a str,
    pub(crate) format: ColumnFormat,
    pub(crate) former: &'a str,
}

impl<'a> RawIdentifier<'a> {
    /// A field's text and the form that its column declares.
    pub fn new(text: &'a str, format: ColumnFormat) -> Self {
        Self { text, format, former: "" }
    }

    /// The same with the text of the column of former numbers: none, one or several, separated by `;`. Only fields under
    /// the rule for NHS numbers have one.
    #[must_use]
    pub fn with_former(self, former: &'a str) -> Self {
        Self { former, ..self }
    }
}

/// Which of a field's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldColumn {
    /// The field's own.
    Current,
    /// The one of former numbers.
    Former,
}

/// A field that counts as missing, or a former number that is left out, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldProblem {
    /// Position of the field in the schema.
    pub field: usize,
    /// In which of its columns.
    pub column: FieldColumn,
    /// Why.
    pub reason: Reason,
}

/// The normalised identifiers of one row: plaintext, wiped when dropped, readable inside this crate alone.
pub struct Normalised {
    fields: Vec<Option<Plain>>,
    /// Former numbers by field.
    former: Vec<(usize, Plain)>,
}

/// A prepared plan with its subkeys; shared by all threads.
pub struct Encoder {
    fields: Vec<Field>,
    match_keys: Vec<KeyPlan>,
    blocking_rules: Vec<KeyPlan>,
    clk: Option<ClkPlan>,
    fingerprint: KeyFingerprint,
}

struct KeyPlan {
    name: Code,
    parts: Vec<PlannedPart>,
    key: hmac::Key,
}

impl Encoder {
    /// Derives every subkey that the schema needs and prepares its match keys, blocking rules and CLK.
    pub fn new(key: &PseudonymisationKey, agreement: &AgreementId, key_epoch: u32, schema: &LinkageSchema) -> Self {
        Self::bound_to(key, Binding { agreement, key_epoch, schema: schema.digest() }, schema)
    }

    pub(crate) fn bound_to(key: &PseudonymisationKey, binding: Binding<'_>, schema: &LinkageSchema) -> Self {
        let subkeys = Subkeys::new(key, binding);
        let fields = schema.fields();
        let plan = |purpose: Use, name: &Code, parts: &[counterfoil_model::Part]| KeyPlan {
            name: name.clone(),
            parts: parts.iter().map(|part| PlannedPart::new(part, fields)).collect(),
            key: subkeys.derive(purpose, name.as_str()),
        };
        let match_keys = schema.match_keys().iter().map(|rule| plan(Use::Token, &rule.name, &rule.parts));
        let blocking = schema.blocking_rules().iter().map(|rule| plan(Use::Blocking, &rule.name, &rule.parts));
        let mut encoder = Self {
            fields: fields.to_vec(),
            match_keys: match_keys.collect(),
            blocking_rules: blocking.collect(),
            clk: schema.clk().map(|settings| ClkPlan::new(settings, fields, &subkeys)),
            fingerprint: fingerprint::none(),
        };
        encoder.fingerprint = fingerprint::of(&encoder, &subkeys.derive(Use::Fingerprint, ""), binding);
        encoder
    }

    /// Proof that another custodian's encoder makes the same tokens from the same people.
    pub fn fingerprint(&self) -> KeyFingerprint {
        self.fingerprint
    }

    /// The schema's fields, in the order in which [`Encoder::normalise`] takes them.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The names of the match keys, in the order of [`Encoding::tokens`].
    pub fn match_keys(&self) -> impl Iterator<Item = &Code> {
        self.match_keys.iter().map(|plan| &plan.name)
    }

    /// Normalises a row, one entry a field of the schema; a field that fails its rule counts as missing and is added
    /// to `problems`. Fields beyond the given ones are missing. A former number that fails is added to `problems` too.
    pub fn normalise(&self, row: &[RawIdentifier<'_>], today: Date, problems: &mut Vec<FieldProblem>) -> Normalised {
        let mut fields = Vec::with_capacity(self.fields.len());
        let mut former = Vec::new();
        for (place, field) in self.fields.iter().enumerate() {
            let outcome =
                row.get(place).map_or(Err(Reason::Missing), |raw| normalise(field.rule, raw.text, raw.format, today));
            if let Err(reason) = outcome
                && reason.severity() != Severity::Absent
            {
                problems.push(FieldProblem { field: place, column: FieldColumn::Current, reason });
            }
            let current = outcome.ok();
            if let (Rule::NhsNumberV1, Some(raw)) = (field.rule, row.get(place)) {
                let (numbers, reasons) = former_numbers(raw.former, current.as_ref());
                let problem = |reason| FieldProblem { field: place, column: FieldColumn::Former, reason };
                problems.extend(reasons.into_iter().map(problem));
                former.extend(numbers.into_iter().map(|number| (place, number)));
            }
            fields.push(current);
        }
        Normalised { fields, former }
    }

    /// Encodes a normalised row. A file goes faster through [`crate::intake::read_people`].
    pub fn encode(&self, row: &Normalised) -> Encoding {
        let clk = self.clk.as_ref().and_then(|plan| {
            let mut clks = plan.encode([row.fields.as_slice()].into_iter(), &mut ClkScratch::default());
            clks.pop().expect("one row, one answer")
        });
        Encoding { clk, ..self.tokens(row, &mut MatchKey::default()) }
    }

    /// The encoding of a row without its CLK.
    pub(crate) fn tokens(&self, row: &Normalised, match_key: &mut MatchKey) -> Encoding {
        let mut tag = |plan: &KeyPlan| Some(match_key.of(&plan.parts, &row.fields)?.sign(&plan.key));
        let tokens = self.match_keys.iter().map(|plan| tag(plan).as_ref().map(Token::from_tag)).collect();
        let blocking = self.blocking_rules.iter().map(|plan| tag(plan).as_ref().map(BlockingToken::from_tag)).collect();
        let former = self.former(row, match_key);
        Encoding { tokens, blocking, clk: None, former }
    }

    /// For every match key with a field that has former numbers: the tokens with each of them in its place.
    fn former(&self, row: &Normalised, match_key: &mut MatchKey) -> Box<[FormerToken]> {
        let mut former = Vec::new();
        for (field, number) in &row.former {
            for (position, plan) in (0..).zip(&self.match_keys) {
                if !plan.parts.iter().any(|part| part.is_of(*field)) {
                    continue;
                }
                let made = match_key.with(&plan.parts, &row.fields, Some((*field, number)));
                former.extend(
                    made.map(|made| Token::from_tag(&made.sign(&plan.key)))
                        .map(|token| FormerToken { match_key: position, token }),
                );
            }
        }
        former.sort_unstable();
        former.dedup();
        former.into()
    }

    /// The CLKs of many rows, on all threads. Rows of one salt are taken together, because they draw alike.
    pub(crate) fn clks(&self, rows: &[Option<&Normalised>], scratches: &ScratchPool) -> Vec<Option<Clk>> {
        let mut clks = vec![None; rows.len()];
        let Some(plan) = &self.clk else { return clks };
        let fields = |row: &u64| rows[place(*row)].map_or(&[][..], |row| row.fields.as_slice());
        let order = Zeroizing::new({
            let mut buffer = Zeroizing::new(Vec::new());
            let group = |(place, row): (usize, Option<&Normalised>)| {
                let group = plan.salt_group(&row?.fields, &mut buffer)?;
                Some(u64::from(group) << 32 | place as u64)
            };
            let mut order: Vec<u64> = rows.iter().copied().enumerate().filter_map(group).collect();
            order.sort_unstable();
            order
        });
        let encode = |scratch: &mut Loan<'_>, rows: &[u64]| plan.encode(rows.iter().map(fields), scratch);
        let blocks = order.par_chunks(ROWS_PER_BLOCK).map_init(|| scratches.lend(), encode);
        let made: Vec<Vec<Option<Clk>>> = blocks.collect();
        for (row, clk) in order.iter().zip(made.into_iter().flatten()) {
            clks[place(*row)] = clk;
        }
        clks
    }
}

/// The row's place, which stands below its salt's group.
fn place(group_and_place: u64) -> usize {
    usize::try_from(group_and_place & u64::from(u32::MAX)).expect("a batch has some thousand rows")
}

#[cfg(test)]
mod tests;
