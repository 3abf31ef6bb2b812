//! Tokens of a formatted value, and the bits that each sets.

use zeroize::Zeroizing;

use crate::cache::{TokenCache, token_key};
use crate::hash::TokenHasher;
use crate::number::Neighbourhood;
use crate::reason::Reason;
use crate::schema::{TextEncoding, Used};

/// Buffers that are used again for every value.
#[derive(Default)]
pub(super) struct Scratch {
    /// The value, formatted, with the spaces that grams need around it.
    pub(super) padded: Zeroizing<String>,
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
    cache: &mut TokenCache,
    scratch: &mut Scratch,
    (n, positional): (usize, bool),
    bits: &mut [u64],
) {
    let Scratch { padded, starts, of_token, .. } = scratch;
    let ascii = padded.is_ascii();
    if !ascii {
        starts.clear();
        starts.extend(padded.char_indices().map(|(start, _)| start));
        starts.push(padded.len());
    }
    let characters = if ascii { padded.len() } else { starts.len() - 1 };
    let tokens = characters + 1 - n;
    for token in 0..tokens {
        let gram = if ascii { &padded[token..token + n] } else { &padded[starts[token]..starts[token + n]] };
        let count = used.strategy.bits_of(token, tokens);
        let position = if positional { token + 1 } else { 0 };
        set(used, hasher, Some(&mut *cache), of_token, gram, position, count, bits);
    }
}

/// The whole value. It is not looked up: the cache of values has just been.
pub(super) fn exact(used: &Used, hasher: &TokenHasher, scratch: &mut Scratch, bits: &mut [u64]) {
    let count = used.strategy.bits_of(0, 1);
    set(used, hasher, None, &mut scratch.of_token, &scratch.padded, 0, count, bits);
}

/// The neighbourhood of a number.
pub(super) fn numeric(
    used: &Used,
    hasher: &TokenHasher,
    cache: &mut TokenCache,
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
        set(used, hasher, Some(&mut *cache), of_token, text, 0, count, bits);
    }
    Ok(())
}

/// Sets the bits of one token. A position above 0 is part of the token.
#[inline]
#[allow(clippy::too_many_arguments, reason = "one call inside the innermost loop; a struct would only rename them")]
fn set(
    used: &Used,
    hasher: &TokenHasher,
    cache: Option<&mut TokenCache>,
    of_token: &mut OfToken,
    gram: &str,
    position: usize,
    count: usize,
    bits: &mut [u64],
) {
    let OfToken { text, bytes, indices } = of_token;
    let mut fill = |out: &mut [u16]| {
        text.clear();
        if position > 0 {
            std::fmt::Write::write_fmt(&mut **text, format_args!("{position} ")).expect("a String takes all");
        }
        text.push_str(gram);
        write_encoded(text, used.encoding, bytes);
        hasher.fill(bytes, out);
    };
    let cached = cache.filter(|cache| count <= cache.stride()).zip(token_key(gram.as_bytes(), position));
    let chosen = if let Some((cache, key)) = cached {
        &cache.find(key, fill)[..count]
    } else {
        indices.clear();
        indices.resize(count, 0);
        fill(indices);
        indices
    };
    for index in chosen {
        bits[usize::from(index >> 6)] |= 1 << (63 - (index & 63));
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
