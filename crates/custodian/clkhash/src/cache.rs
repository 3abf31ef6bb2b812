//! What has been worked out before: the bits of a value, and of a token its indices and its bits.
//!
//! In: a key of at most so many bytes. Out: what was kept under exactly this key, or a place to keep it.
//! Absent on purpose: growth. Each cache has a fixed number of places and is wiped when dropped. A hit is a comparison of whole
//! keys, never of hashes.

use zeroize::{DefaultIsZeroes, Zeroize as _};

/// Bytes of values that are remembered, at most.
pub(crate) const VALUE_BYTES_MAX: usize = 31;
/// Bytes of tokens that are remembered, at most.
pub(crate) const TOKEN_BYTES_MAX: usize = 12;
/// Bytes that the caches of values of all features of one worker take, at most; they live in the processor's second and third level.
/// More would hold more values, and be waited for longer by threads that share the third level.
const VALUES_BYTES_MAX: usize = 8 << 20;
const VALUES_MAX: usize = 8_192;
/// The same for those of tokens, of each kind.
const TOKENS_BYTES_MAX: usize = 8 << 20;
/// Places that a token may be kept in: bigrams are few and all of them come back, so two must not drive each other out.
const WAYS: usize = 4;
/// Looking up values that never repeat (a number of a person) costs more than it gives: below one hit in so many it pauses.
const WINDOW: u32 = 4_096;
const HITS_IN_WINDOW_MIN: u32 = WINDOW / 16;
const PAUSE: u32 = 32 * WINDOW;

/// Bits of whole values of one feature.
pub(crate) struct ValueCache {
    /// Places one after the other, each of a key, a count and the bits, since what is looked at together should lie together. The
    /// count is how often the place was right lately; one that was is not given away at once.
    places: Vec<u64>,
    words: usize,
    looked: Looked,
    asked: u32,
    hits: u32,
    pause: u32,
}

/// What was seen of a value.
#[derive(Default)]
struct Looked {
    key: [u64; KEY_WORDS],
    /// Where its place begins; none for a value that is not to be remembered.
    place: Option<usize>,
    is_there: bool,
}

const KEY_WORDS: usize = 4;
/// Words of a place before the bits.
const HEAD_WORDS: usize = KEY_WORDS + 1;

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
        let stride = HEAD_WORDS + words;
        let places = places(VALUES_BYTES_MAX, features, 8 * stride, VALUES_MAX);
        Self { places: vec![0; places * stride], words, looked: Looked::default(), asked: 0, hits: 0, pause: 0 }
    }

    /// Looks for a value, of which [`Self::found`] is then asked. Between the two others can be looked for in other caches, so that the
    /// processor waits for memory once for all of them.
    pub(crate) fn look(&mut self, value: &str) {
        self.looked.place = None;
        if self.pause > 0 || value.len() > VALUE_BYTES_MAX {
            self.pause = self.pause.saturating_sub(1);
            return;
        }
        self.count();
        let key = value_key(value.as_bytes());
        let stride = HEAD_WORDS + self.words;
        let place =
            spread(key[0] ^ key[2].rotate_left(21), key[1] ^ key[3].rotate_left(43), self.places.len() / stride);
        let is_there = same(&self.places[place * stride..][..KEY_WORDS], &key);
        self.looked = Looked { key, place: Some(place * stride), is_there };
    }

    /// What is kept of the value that was looked for last.
    pub(crate) fn found(&mut self) -> FoundValue<'_> {
        let Some(place) = self.looked.place else { return FoundValue::No };
        let (head, bits) = self.places[place..][..HEAD_WORDS + self.words].split_at_mut(HEAD_WORDS);
        let (key, lately) = head.split_at_mut(KEY_WORDS);
        if self.looked.is_there {
            lately[0] = 3;
            self.hits += 1;
            return FoundValue::Bits(bits);
        }
        if lately[0] > 0 {
            lately[0] -= 1;
            return FoundValue::No;
        }
        key.copy_from_slice(&self.looked.key);
        bits.fill(0);
        FoundValue::Place(bits)
    }

    /// Takes back the place of the value that was looked for last: it was given one and turned out to be wrong.
    pub(crate) fn forget(&mut self) {
        if let Some(place) = self.looked.place {
            self.places[place..][..HEAD_WORDS + self.words].zeroize();
        }
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

/// Places that were never used are not touched: for a short file that would be most of the memory.
impl Drop for ValueCache {
    fn drop(&mut self) {
        for place in self.places.chunks_exact_mut(HEAD_WORDS + self.words) {
            if place[KEY_WORDS - 1] != 0 {
                place.zeroize();
            }
        }
    }
}

/// The value and its length, which is never 0 at the last byte: an empty place has the key of no value.
fn value_key(value: &[u8]) -> [u64; KEY_WORDS] {
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
fn same(one: &[u64], other: &[u64; KEY_WORDS]) -> bool {
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

/// What is kept of tokens of one feature: numbers, as many for each.
pub(crate) struct TokenCache<T: DefaultIsZeroes> {
    keys: Vec<[u128; WAYS]>,
    kept: Vec<T>,
    stride: usize,
    /// Which of the places of a set is given away next.
    next: usize,
}

impl<T: DefaultIsZeroes> TokenCache<T> {
    /// `stride` is how many numbers are kept for each token.
    pub(crate) fn new(stride: usize, features: usize, sets_max: usize) -> Self {
        let sets = places(TOKENS_BYTES_MAX, features, WAYS * (16 + size_of::<T>() * stride), sets_max);
        Self { keys: vec![[0; WAYS]; sets], kept: vec![T::default(); sets * WAYS * stride], stride, next: 0 }
    }

    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Where a key is, if it is kept.
    #[inline]
    pub(crate) fn place_of(&self, key: u128) -> Option<Place> {
        let set = self.set_of(key);
        // Which way it is cannot be foretold, so it is computed and not branched on.
        let ways = self.keys[set].iter().rev().fold(0_u32, |ways, kept| ways << 1 | u32::from(*kept == key));
        (ways != 0).then(|| Place((set * WAYS + ways.trailing_zeros() as usize) * self.stride))
    }

    /// What is kept there.
    #[inline]
    pub(crate) fn at(&self, place: Place) -> &[T] {
        &self.kept[place.0..][..self.stride]
    }

    /// Keeps what `fill` writes under a key that is not kept yet; something else may go for it.
    pub(crate) fn keep(&mut self, key: u128, fill: impl FnOnce(&mut [T])) -> Place {
        let (set, way) = (self.set_of(key), self.next);
        self.next = (self.next + 1) % WAYS;
        let place = (set * WAYS + way) * self.stride;
        fill(&mut self.kept[place..][..self.stride]);
        self.keys[set][way] = key;
        Place(place)
    }

    fn set_of(&self, key: u128) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "the two halves")]
        let set = spread(key as u64, (key >> 64) as u64, self.keys.len());
        set
    }
}

/// Where something is kept, until something else is.
#[derive(Clone, Copy)]
pub(crate) struct Place(usize);

impl<T: DefaultIsZeroes> Drop for TokenCache<T> {
    fn drop(&mut self) {
        for (key, kept) in self.keys.as_flattened_mut().iter_mut().zip(self.kept.chunks_exact_mut(self.stride)) {
            if *key != 0 {
                key.zeroize();
                kept.zeroize();
            }
        }
    }
}

/// A gram, its length, its position and how many bits it sets, if all are small enough. An empty place has the key 0, which no gram
/// has.
#[inline]
pub(crate) fn token_key(gram: &[u8], position: usize, count: usize) -> Option<u128> {
    let (position, count) = (u16::try_from(position).ok()?, u16::try_from(count).ok()?);
    if gram.is_empty() || gram.len() > TOKEN_BYTES_MAX || position >= 1 << 12 {
        return None;
    }
    let bytes = match gram.split_at_checked(7) {
        None => u128::from(short_word(gram)),
        Some((first, rest)) => u128::from(short_word(first)) | u128::from(short_word(rest)) << 56,
    };
    // 96, 4, 12 and 16 bits.
    Some(bytes | (gram.len() as u128) << 96 | u128::from(position) << 100 | u128::from(count) << 112)
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
        let tokens = [
            ("a", 0, 1),
            ("a", 1, 1),
            ("a", 1, 2),
            ("a", 4_095, 1),
            ("a", 0, 65_535),
            ("aa", 0, 1),
            ("a\0", 0, 1),
            ("\0a", 0, 1),
            ("\0", 0, 1),
            ("\0\0", 0, 1),
            ("abcdefghijkl", 0, 1),
            ("\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}", 4_095, 65_535),
        ];
        let keys: std::collections::BTreeSet<_> =
            tokens.iter().map(|(gram, position, count)| token_key(gram.as_bytes(), *position, *count)).collect();
        assert_eq!(keys.len(), tokens.len());
        assert!(!keys.contains(&None) && !keys.contains(&Some(0)));
        for (gram, position, count) in [("", 0, 1), ("abcdefghijklm", 0, 1), ("a", 4_096, 1), ("a", 0, 65_536)] {
            assert_eq!(token_key(gram.as_bytes(), position, count), None);
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
                cache.look(&format!("value {number}"));
                match cache.found() {
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
        cache.look("value 7");
        cache.forget();
        cache.look("value 7");
        assert!(!matches!(cache.found(), FoundValue::Bits(_)));
    }

    #[test]
    fn values_that_never_repeat_are_soon_not_looked_for() {
        let mut cache = ValueCache::new(1, 1);
        for number in 0..WINDOW {
            cache.look(&number.to_string());
            cache.found();
        }
        cache.look("0");
        assert!(matches!(cache.found(), FoundValue::No) && cache.pause > 0);
    }

    #[test]
    fn a_token_is_kept_until_others_take_all_ways() {
        let mut cache = TokenCache::<u16>::new(2, 1, 16);
        for number in 1..=10_000_u16 {
            let key = token_key(&number.to_le_bytes(), 0, 1).expect("short");
            assert!(cache.place_of(key).is_none());
            cache.keep(key, |kept| kept.copy_from_slice(&[number, !number]));
            let place = cache.place_of(key).expect("just kept");
            assert_eq!(cache.at(place), [number, !number]);
        }
        let kept = (1..=10_000_u16).filter(|number| {
            let place = cache.place_of(token_key(&number.to_le_bytes(), 0, 1).expect("short"));
            place.is_some_and(|place| cache.at(place) == [*number, !*number])
        });
        let kept = kept.count();
        assert!(kept > 16 && kept <= 16 * WAYS, "{kept}");
    }
}
