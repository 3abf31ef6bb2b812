//! Tokens of a formatted value, and the bits that each sets.

use zeroize::Zeroizing;

use super::{TokenCaches, or};
use crate::cache::{Place, TokenCache, token_key};
use crate::hash::TokenHasher;
use crate::number::Neighbourhood;
use crate::reason::Reason;
use crate::schema::{TextEncoding, Used};

/// Buffers that are used again for every value.
#[derive(Default)]
pub(super) struct Scratch {
    /// The value, formatted, with the spaces that grams need around it.
    pub(super) padded: Zeroizing<String>,
    /// Whether all of it is ASCII.
    pub(super) ascii: bool,
    /// The numbers of a neighbourhood.
    numbers: Zeroizing<String>,
    /// Where its characters begin, and its end.
    starts: Vec<usize>,
    of_token: OfToken,
}

/// Buffers for one token.
#[derive(Default)]
struct OfToken {
    text: Zeroizing<String>,
    bytes: Zeroizing<Vec<u8>>,
    indices: Zeroizing<Vec<u16>>,
}

/// Grams of `n` characters, of a value with `n - 1` spaces before and after it.
#[inline]
pub(super) fn ngrams(
    used: &Used,
    hasher: &TokenHasher,
    caches: &mut TokenCaches,
    scratch: &mut Scratch,
    (n, positional): (usize, bool),
    bits: &mut [u64],
) {
    let Scratch { padded, ascii, starts, of_token, .. } = scratch;
    debug_assert_eq!(*ascii, padded.is_ascii());
    if !*ascii {
        starts.clear();
        starts.extend(padded.char_indices().map(|(start, _)| start));
        starts.push(padded.len());
    }
    let characters = if *ascii { padded.len() } else { starts.len() - 1 };
    let tokens = characters + 1 - n;
    for token in 0..tokens {
        let gram = if *ascii { &padded[token..token + n] } else { &padded[starts[token]..starts[token + n]] };
        let count = used.strategy.bits_of(token, tokens);
        let position = if positional { token + 1 } else { 0 };
        Token { used, hasher, gram, position, count }.set(caches, of_token, bits);
    }
    lay_found(caches, bits);
}

/// The whole value. It is not looked up: the cache of values has just been.
pub(super) fn exact(used: &Used, hasher: &TokenHasher, scratch: &mut Scratch, bits: &mut [u64]) {
    let count = used.strategy.bits_of(0, 1);
    let token = Token { used, hasher, gram: &scratch.padded, position: 0, count };
    token.set_each(None, &mut scratch.of_token, bits);
}

/// The neighbourhood of a number.
pub(super) fn numeric(
    used: &Used,
    hasher: &TokenHasher,
    caches: &mut TokenCaches,
    scratch: &mut Scratch,
    neighbourhood: &Neighbourhood,
    bits: &mut [u64],
) -> Result<(), Reason> {
    let Scratch { padded, numbers, of_token, .. } = scratch;
    numbers.clear();
    neighbourhood.write(padded, numbers)?;
    let tokens = neighbourhood.tokens();
    for (token, text) in numbers.split_terminator(' ').enumerate() {
        let count = used.strategy.bits_of(token, tokens);
        Token { used, hasher, gram: text, position: 0, count }.set(caches, of_token, bits);
    }
    lay_found(caches, bits);
    Ok(())
}

/// One token, and how it is hashed.
struct Token<'a> {
    used: &'a Used,
    hasher: &'a TokenHasher,
    gram: &'a str,
    /// Above 0 it is part of the token.
    position: usize,
    /// Bits that it sets.
    count: usize,
}

impl Token<'_> {
    /// Sets its bits, or leaves that to [`lay`] where they are kept.
    #[inline]
    fn set(&self, caches: &mut TokenCaches, of_token: &mut OfToken, bits: &mut [u64]) {
        if let Some(kept) = &mut caches.bits
            && let Some(key) = token_key(self.gram.as_bytes(), self.position, self.count)
        {
            let place = kept.place_of(key).unwrap_or_else(|| {
                // What has been found may be what goes.
                lay(kept, &mut caches.found, bits);
                kept.keep(key, |place| {
                    place.fill(0);
                    self.set_each(Some(&mut caches.indices), of_token, place);
                })
            });
            caches.found.push(place);
        } else {
            self.set_each(Some(&mut caches.indices), of_token, bits);
        }
    }

    /// Sets its bits one by one.
    fn set_each(&self, kept: Option<&mut TokenCache<u16>>, of_token: &mut OfToken, bits: &mut [u64]) {
        let OfToken { text, bytes, indices } = of_token;
        let chosen = if let Some(kept) = kept
            && self.count <= kept.stride()
            && let Some(key) = token_key(self.gram.as_bytes(), self.position, 0)
        {
            let place = kept.place_of(key);
            let place = place.unwrap_or_else(|| kept.keep(key, |out| self.hash(text, bytes, out)));
            &kept.at(place)[..self.count]
        } else {
            indices.clear();
            indices.resize(self.count, 0);
            self.hash(text, bytes, indices);
            indices
        };
        for index in chosen {
            bits[usize::from(index >> 6)] |= 1 << (63 - (index & 63));
        }
    }

    fn hash(&self, text: &mut String, bytes: &mut Vec<u8>, out: &mut [u16]) {
        text.clear();
        if self.position > 0 {
            std::fmt::Write::write_fmt(text, format_args!("{} ", self.position)).expect("a String takes all");
        }
        text.push_str(self.gram);
        write_encoded(text, self.used.encoding, bytes);
        self.hasher.fill(bytes, out);
    }
}

fn lay_found(caches: &mut TokenCaches, bits: &mut [u64]) {
    if let Some(kept) = &caches.bits {
        lay(kept, &mut caches.found, bits);
    }
}

/// Lays all that has been found onto the filter. Block by block, so that a block is summed up in registers and all of what is kept
/// is waited for at once.
fn lay(kept: &TokenCache<u64>, found: &mut Vec<Place>, bits: &mut [u64]) {
    const BLOCK: usize = 8;
    let (blocks, rest) = bits.as_chunks_mut::<BLOCK>();
    for (nth, block) in blocks.iter_mut().enumerate() {
        let mut sum = [0; BLOCK];
        for place in found.iter() {
            or(&mut sum, &kept.at(*place)[nth * BLOCK..][..BLOCK]);
        }
        or(block, &sum);
    }
    let behind = blocks.len() * BLOCK;
    for place in found.drain(..) {
        or(rest, &kept.at(place)[behind..]);
    }
}

/// A token's bytes. Python puts a byte-order mark before those of 16 and 32 bits, before each token.
fn write_encoded(text: &str, encoding: TextEncoding, bytes: &mut Vec<u8>) {
    bytes.clear();
    match encoding {
        TextEncoding::Ascii | TextEncoding::Utf8 => bytes.extend_from_slice(text.as_bytes()),
        TextEncoding::Utf16 => {
            bytes.extend_from_slice(&[0xff, 0xfe]);
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        TextEncoding::Utf32 => {
            bytes.extend_from_slice(&[0xff, 0xfe, 0, 0]);
            bytes.extend(text.chars().flat_map(|character| u32::from(character).to_le_bytes()));
        }
    }
}
