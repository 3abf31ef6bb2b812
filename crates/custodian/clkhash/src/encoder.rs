//! One record to one CLK.
//!
//! In: the fields of a row, in the schema's order, as they stand in the file. Out: the CLK's bytes, bit 0 the highest of the first
//! byte; or every field that is wrong.
//! Absent on purpose: normalisation. Two parties who write a name differently get different bits, as with clkhash.

mod tokens;

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::cache::{FoundValue, Place, TokenCache, ValueCache};
use crate::hash::TokenHasher;
use crate::reason::{Reason, RowProblem};
use crate::schema::{ClkhashSchema, Comparison, Strategy, TextEncoding, Used};
use crate::secret::{Secret, SecretError, derive};
use tokens::Scratch;

/// Indices that are kept of a token, where its number of bits depends on the number of tokens: a value has four of them or more,
/// and two `BLAKE2b` digests give 64.
const STRIDE_MAX: usize = 64;

/// Words of a filter of which whole copies are kept by token.
const TOKEN_WORDS_MAX: usize = 64;

/// A schema with its keys.
pub struct Encoder<'a> {
    schema: &'a ClkhashSchema,
    fields: Vec<Field<'a>>,
    words: usize,
}

struct Field<'a> {
    name: Arc<str>,
    used: Option<(&'a Used, TokenHasher)>,
}

/// Encodes rows one after the other, and remembers values and tokens that it has met, in bounded memory (some 24 MB at most). One a thread.
pub struct Worker<'a> {
    encoder: &'a Encoder<'a>,
    caches: Vec<Option<Caches>>,
    bits: Zeroizing<Vec<u64>>,
    scratch: Scratch,
}

struct Caches {
    values: ValueCache,
    tokens: TokenCaches,
}

/// Indices by token, and bits by token and number of bits.
struct TokenCaches {
    indices: TokenCache<u16>,
    /// A whole filter for each, since laying sixteen words onto sixteen is done several at a time, and setting twenty bits one by
    /// one. None where the filter is so long that it is the other way round.
    bits: Option<TokenCache<u64>>,
    /// Those of a value that have been found and not yet been laid onto the filter: all are, block by block, when all have been found.
    found: Vec<Place>,
}

impl<'a> Encoder<'a> {
    /// Makes the keys; the secret is wiped.
    ///
    /// # Errors
    /// [`SecretError::TooLongForLegacy`].
    #[allow(clippy::needless_pass_by_value, reason = "the secret is wiped here")]
    pub fn new(schema: &'a ClkhashSchema, secret: Secret) -> Result<Self, SecretError> {
        let keys = derive(&secret, &schema.kdf, schema.features.len());
        let field = |(feature, keys): (&'a crate::schema::Feature, _)| {
            let used = match &feature.used {
                Some(used) => {
                    let (Strategy::PerToken(most) | Strategy::PerFeature(most)) = used.strategy;
                    Some((used, TokenHasher::new(used.hash, keys, schema.bits, most)?))
                }
                None => None,
            };
            Ok(Field { name: feature.identifier.as_str().into(), used })
        };
        let fields = schema.features.iter().zip(keys).map(field).collect::<Result<_, _>>()?;
        Ok(Self { schema, fields, words: schema.bits.div_ceil(64) })
    }

    /// The schema.
    pub fn schema(&self) -> &'a ClkhashSchema {
        self.schema
    }

    /// Encodes one record. For many, use a [`Worker`].
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn encode(&self, fields: &[&str]) -> Result<Vec<u8>, Vec<RowProblem>> {
        let mut clk = Vec::with_capacity(self.schema.clk_bytes());
        self.worker().encode(fields, &mut clk).map(|()| clk)
    }

    /// A worker with empty caches.
    pub fn worker(&self) -> Worker<'_> {
        let used = self.fields.iter().filter(|field| field.used.is_some()).count();
        let caches = self.fields.iter().map(|field| {
            let (spec, _) = field.used.as_ref()?;
            let stride = match spec.strategy {
                Strategy::PerToken(bits) => bits,
                Strategy::PerFeature(bits) => bits.div_ceil(4).next_multiple_of(32).min(STRIDE_MAX),
            };
            let bits = (self.words <= TOKEN_WORDS_MAX).then(|| TokenCache::new(self.words, used, 2_048));
            let tokens = TokenCaches { indices: TokenCache::new(stride, used, 1_024), bits, found: Vec::new() };
            Some(Caches { values: ValueCache::new(self.words, used), tokens })
        });
        let bits = Zeroizing::new(vec![0; self.words]);
        Worker { encoder: self, caches: caches.collect(), bits, scratch: Scratch::default() }
    }

    pub(crate) fn field_name(&self, index: usize) -> Option<Arc<str>> {
        self.fields.get(index).map(|field| Arc::clone(&field.name))
    }
}

impl Worker<'_> {
    /// Encodes one record and appends its CLK to `out`.
    ///
    /// # Errors
    /// Every field that is wrong; `out` is as it was.
    pub fn encode(&mut self, fields: &[&str], out: &mut Vec<u8>) -> Result<(), Vec<RowProblem>> {
        let expected = self.encoder.fields.len();
        if fields.len() != expected {
            return Err(vec![RowProblem::of_row(Reason::Fields { found: fields.len(), expected })]);
        }
        self.bits.fill(0);
        let mut problems = Vec::new();
        for (caches, value) in self.caches.iter_mut().zip(fields) {
            if let Some(caches) = caches {
                caches.values.look(value);
            }
        }
        for ((field, caches), value) in self.encoder.fields.iter().zip(&mut self.caches).zip(fields) {
            let (Some((used, hasher)), Some(caches)) = (&field.used, caches) else { continue };
            if let Err(reason) = encode_value(used, hasher, caches, value, &mut self.scratch, &mut self.bits) {
                problems.push(RowProblem { feature: Some(Arc::clone(&field.name)), reason });
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        self.write(out);
        Ok(())
    }

    /// Folds, and writes the bits as bytes.
    fn write(&mut self, out: &mut Vec<u8>) {
        let schema = self.encoder.schema;
        let mut length = schema.bits;
        for _ in 0..schema.folds {
            length /= 2;
            fold(&mut self.bits, length);
        }
        let end = out.len() + length.div_ceil(8);
        for word in &self.bits[..length.div_ceil(64)] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        out.truncate(end);
    }
}

/// The second half of `2 * half` bits is XOR-ed onto the first, and wiped.
fn fold(bits: &mut [u64], half: usize) {
    if half.is_multiple_of(64) {
        let (first, second) = bits.split_at_mut(half / 64);
        for (first, second) in first.iter_mut().zip(second) {
            *first ^= std::mem::take(second);
        }
        return;
    }
    for index in 0..half {
        let from = index + half;
        let moved = bits[from / 64] >> (63 - from % 64) & 1;
        bits[from / 64] ^= moved << (63 - from % 64);
        bits[index / 64] ^= moved << (63 - index % 64);
    }
}

/// Sets the bits of one value, which has been looked for.
fn encode_value(
    used: &Used,
    hasher: &TokenHasher,
    caches: &mut Caches,
    value: &str,
    scratch: &mut Scratch,
    bits: &mut [u64],
) -> Result<(), Reason> {
    match caches.values.found() {
        FoundValue::Bits(kept) => or(bits, kept),
        FoundValue::No => set_value(used, hasher, &mut caches.tokens, value, scratch, bits)?,
        FoundValue::Place(place) => {
            if let Err(reason) = set_value(used, hasher, &mut caches.tokens, value, scratch, place) {
                caches.values.forget();
                return Err(reason);
            }
            or(bits, place);
        }
    }
    Ok(())
}

#[inline]
fn or(bits: &mut [u64], more: &[u64]) {
    for (bits, more) in bits.iter_mut().zip(more) {
        *bits |= more;
    }
}

fn set_value(
    used: &Used,
    hasher: &TokenHasher,
    cache: &mut TokenCaches,
    value: &str,
    scratch: &mut Scratch,
    bits: &mut [u64],
) -> Result<(), Reason> {
    const SPACES: &str = "                ";
    let around = if let Comparison::Ngram { n, .. } = &used.comparison { n - 1 } else { 0 };
    let pad = |text: &mut String| match SPACES.get(..around) {
        Some(spaces) => text.push_str(spaces),
        None => text.extend(std::iter::repeat_n(' ', around)),
    };
    let text: &mut String = &mut scratch.padded;
    text.clear();
    pad(text);
    // Asked of the value and not of the padded text, which has just been written in pieces: to read it at once would wait for all of
    // them. What a format writes is the value itself or digits.
    scratch.ascii = match &used.missing {
        Some(missing) if missing.sentinel == value => {
            text.push_str(&missing.value);
            missing.value.is_ascii()
        }
        _ => {
            let ascii = value.is_ascii();
            if used.encoding == TextEncoding::Ascii && !ascii {
                return Err(Reason::NotAscii);
            }
            used.format.write(value, text)?;
            ascii
        }
    };
    // An empty value has no tokens.
    if text.len() == around {
        return Ok(());
    }
    pad(text);
    match &used.comparison {
        Comparison::Ngram { n, positional } => tokens::ngrams(used, hasher, cache, scratch, (*n, *positional), bits),
        Comparison::Exact => tokens::exact(used, hasher, scratch, bits),
        Comparison::Numeric(neighbourhood) => tokens::numeric(used, hasher, cache, scratch, neighbourhood, bits)?,
    }
    Ok(())
}

impl Strategy {
    /// Bits of the token of this number among so many: what cannot be shared out evenly goes to the first ones.
    fn bits_of(self, token: usize, tokens: usize) -> usize {
        match self {
            Self::PerToken(bits) => bits,
            Self::PerFeature(bits) => bits / tokens + usize::from(token < bits % tokens),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
