//! What has been worked out before: the bits of a value, and the indices of a token.
//!
//! In: a key of at most so many bytes. Out: what was kept under exactly this key, or a place to keep it.
//! Absent on purpose: growth. Each cache has a fixed number of places and is wiped when dropped. A hit is a comparison of whole
//! keys, never of hashes.

use zeroize::Zeroize as _;

/// Bytes of values that are remembered, at most.
pub(crate) const VALUE_BYTES_MAX: usize = 31;
/// Bytes of tokens that are remembered, at most.
pub(crate) const TOKEN_BYTES_MAX: usize = 12;
/// Bytes that the caches of all features of one worker take, at most; they live in the processor's second and third level.
const VALUES_BYTES_MAX: usize = 16 << 20;
const TOKENS_BYTES_MAX: usize = 8 << 20;
/// Places that a token may be kept in: bigrams are few and all of them come back, so two must not drive each other out.
const WAYS: usize = 4;
/// Looking up values that never repeat (a number of a person) costs more than it gives: below one hit in so many it pauses.
const WINDOW: u32 = 4_096;
const HITS_IN_WINDOW_MIN: u32 = WINDOW / 16;
const PAUSE: u32 = 32 * WINDOW;

/// Bits of whole values of one feature.
pub(crate) struct ValueCache {
    keys: Vec<[u64; 4]>,
    /// How often a place was right lately; one that was is not given away at once.
    kept: Vec<u8>,
    bits: Vec<u64>,
    words: usize,
    asked: u32,
    hits: u32,
    pause: u32,
}

/// What a cache of values says.
pub(crate) enum FoundValue<'a> {
    Bits(&'a [u64]),
    /// Not there; write the bits here (they are zero) to keep them.
    Place(&'a mut [u64]),
    /// Not there, and not to be kept.
    No,
}

impl ValueCache {
    pub(crate) fn new(words: usize, features: usize) -> Self {
        let places = places(VALUES_BYTES_MAX, features, 33 + 8 * words, 16_384);
        let (keys, kept) = (vec![[0; 4]; places], vec![0; places]);
        Self { keys, kept, bits: vec![0; places * words], words, asked: 0, hits: 0, pause: 0 }
    }

    pub(crate) fn find(&mut self, value: &str) -> FoundValue<'_> {
        if self.pause > 0 || value.len() > VALUE_BYTES_MAX {
            self.pause = self.pause.saturating_sub(1);
            return FoundValue::No;
        }
        self.count();
        let key = value_key(value.as_bytes());
        let place = self.place(&key);
        let bits = &mut self.bits[place * self.words..][..self.words];
        if same(&self.keys[place], &key) {
            self.hits += 1;
            self.kept[place] = 3;
            return FoundValue::Bits(bits);
        }
        if self.kept[place] > 0 {
            self.kept[place] -= 1;
            return FoundValue::No;
        }
        self.keys[place] = key;
        bits.fill(0);
        FoundValue::Place(bits)
    }

    /// Takes back the place of a value that has just been given one and turned out to be wrong.
    pub(crate) fn forget(&mut self, value: &str) {
        let place = self.place(&value_key(value.as_bytes()));
        self.keys[place] = [0; 4];
    }

    fn place(&self, key: &[u64; 4]) -> usize {
        spread(key[0] ^ key[2].rotate_left(21), key[1] ^ key[3].rotate_left(43), self.keys.len())
    }

    fn count(&mut self) {
        self.asked += 1;
        if self.asked == WINDOW {
            if self.hits < HITS_IN_WINDOW_MIN {
                self.pause = PAUSE;
            }
            (self.asked, self.hits) = (0, 0);
        }
    }
}

impl Drop for ValueCache {
    fn drop(&mut self) {
        self.keys.zeroize();
        self.bits.zeroize();
    }
}

/// The value and its length, which is never 0 at the last byte: an empty place has the key of no value.
fn value_key(value: &[u8]) -> [u64; 4] {
    let mut key = [0; 4];
    let mut chunks = value.chunks_exact(8);
    let mut words = key.iter_mut();
    for (word, chunk) in words.by_ref().zip(chunks.by_ref()) {
        *word = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
    }
    if let Some(word) = words.next() {
        *word = short_word(chunks.remainder());
    }
    key[3] |= u64::try_from(value.len() + 1).expect("a length") << 56;
    key
}

/// Word by word: a comparison of 16 bytes at once would wait for words that have just been written.
#[inline]
fn same(one: &[u64; 4], other: &[u64; 4]) -> bool {
    (one[0] ^ other[0]) | (one[1] ^ other[1]) | (one[2] ^ other[2]) | (one[3] ^ other[3]) == 0
}

/// At most seven bytes as a number. Whole words are read, twice where they overlap: a loop over bytes costs more than the lookup.
fn short_word(bytes: &[u8]) -> u64 {
    let four = |at: usize| bytes[at..at + 4].try_into().map(u32::from_le_bytes).map_or(0, u64::from);
    match bytes.len() {
        0 => 0,
        length @ 1..4 => {
            let (first, middle, last) = (bytes[0], bytes[length / 2], bytes[length - 1]);
            u64::from(first) | u64::from(middle) << (8 * (length / 2)) | u64::from(last) << (8 * (length - 1))
        }
        length => four(0) | four(length - 4) << (8 * (length - 4)),
    }
}

/// Indices of tokens of one feature.
pub(crate) struct TokenCache {
    keys: Vec<[u128; WAYS]>,
    indices: Vec<u16>,
    stride: usize,
    /// Which of the places of a set is given away next.
    next: usize,
}

impl TokenCache {
    /// `stride` is the number of indices kept for each token.
    pub(crate) fn new(stride: usize, features: usize) -> Self {
        let sets = places(TOKENS_BYTES_MAX, features, WAYS * (16 + 2 * stride), 2_048);
        Self { keys: vec![[0; WAYS]; sets], indices: vec![0; sets * WAYS * stride], stride, next: 0 }
    }

    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// The indices under a key; `fill` writes them where they are not there.
    #[inline]
    pub(crate) fn find(&mut self, key: u128, fill: impl FnOnce(&mut [u16])) -> &[u16] {
        #[allow(clippy::cast_possible_truncation, reason = "the two halves")]
        let set = spread(key as u64, (key >> 64) as u64, self.keys.len());
        // Which way it is cannot be foretold, so it is computed and not branched on.
        let ways = self.keys[set].iter().rev().fold(0_u32, |ways, kept| ways << 1 | u32::from(*kept == key));
        let way = if ways == 0 { self.next } else { ways.trailing_zeros() as usize };
        let indices = &mut self.indices[(set * WAYS + way) * self.stride..][..self.stride];
        if ways == 0 {
            self.next = (self.next + 1) % WAYS;
            fill(indices);
            self.keys[set][way] = key;
        }
        indices
    }
}

impl Drop for TokenCache {
    fn drop(&mut self) {
        self.keys.zeroize();
        self.indices.zeroize();
    }
}

/// A gram, its length and its position, if both are small enough. An empty place has the key 0, which no gram has.
#[inline]
pub(crate) fn token_key(gram: &[u8], position: usize) -> Option<u128> {
    let position = u16::try_from(position).ok()?;
    if gram.is_empty() || gram.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let bytes = match gram.split_at_checked(7) {
        None => u128::from(short_word(gram)),
        Some((first, rest)) => u128::from(short_word(first)) | u128::from(short_word(rest)) << 56,
    };
    Some(bytes | (gram.len() as u128) << 96 | u128::from(position) << 104)
}

/// A power of two of places within the bytes.
fn places(bytes_max: usize, features: usize, bytes_each: usize, most: usize) -> usize {
    let fit = bytes_max / features.max(1) / bytes_each;
    let power = if fit == 0 { 1 } else { 1 << fit.ilog2() };
    power.clamp(16, most)
}

/// A place for a key. Not secret and not strong: who chooses values to collide makes it slower and nothing else.
fn spread(low: u64, high: u64, places: usize) -> usize {
    let mixed = (low.wrapping_mul(0x9e37_79b9_7f4a_7c15)).rotate_left(29) ^ high.wrapping_mul(0xd1b5_4a32_d192_ed03);
    let mixed = mixed.wrapping_mul(0xa076_1d64_78bd_642f);
    #[allow(clippy::cast_possible_truncation, reason = "the upper half, which fits")]
    let upper = (mixed >> 32) as usize;
    upper & (places - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_where_tokens_or_values_do() {
        let tokens =
            [("a", 0), ("a", 1), ("aa", 0), ("a\0", 0), ("\0a", 0), ("\0", 0), ("\0\0", 0), ("abcdefghijkl", 0)];
        let keys: std::collections::BTreeSet<_> =
            tokens.iter().map(|(gram, position)| token_key(gram.as_bytes(), *position)).collect();
        assert_eq!(keys.len(), tokens.len());
        assert!(!keys.contains(&None) && !keys.contains(&Some(0)));
        for (gram, position) in [("", 0), ("abcdefghijklm", 0), ("a", 65_536)] {
            assert_eq!(token_key(gram.as_bytes(), position), None);
        }
        let values = ["", "\0", "a", "a\0", "\0a", "abcdefghijklmnopqrstuvwxyzabcde"];
        let keys: std::collections::BTreeSet<_> = values.iter().map(|value| value_key(value.as_bytes())).collect();
        assert_eq!(keys.len(), values.len());
        assert!(!keys.contains(&[0; 4]));
    }

    #[test]
    fn what_is_found_is_what_was_kept() {
        let mut cache = ValueCache::new(1, 1_000_000);
        let mut hits = 0;
        for round in 0..50 {
            for number in 0..20_u64 {
                match cache.find(&format!("value {number}")) {
                    FoundValue::Bits(bits) => {
                        assert_eq!(bits, [number + 1], "round {round}");
                        hits += 1;
                    }
                    FoundValue::Place(bits) => {
                        assert_eq!(bits, [0]);
                        bits[0] = number + 1;
                    }
                    FoundValue::No => {}
                }
            }
        }
        assert!(hits > 200, "16 places hold most of 20 values");
        cache.forget("value 7");
        assert!(!matches!(cache.find("value 7"), FoundValue::Bits(_)));
    }

    #[test]
    fn values_that_never_repeat_are_soon_not_looked_for() {
        let mut cache = ValueCache::new(1, 1);
        for number in 0..WINDOW {
            cache.find(&number.to_string());
        }
        assert!(matches!(cache.find("0"), FoundValue::No) && cache.pause > 0);
    }
}
