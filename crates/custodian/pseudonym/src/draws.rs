//! The draws of a CLK, remembered: the same q-gram under the same salt comes in row after row, and to look a tag up costs
//! a tenth of the HMAC.
//!
//! In: a feature's key and the bytes that the HMAC is taken of. Out: its tag, read as sixteen numbers.
//! What is remembered stands for q-grams of identifiers, so it is wiped when dropped, and it never leaves the crate.
//! Absent on purpose: Debug, Clone, and any answer that was not computed for exactly the same question.

use ring::hmac;
use zeroize::Zeroize;

/// Numbers of 16 bits in one tag.
pub(crate) const DRAWS_PER_TAG: usize = 16;

/// Longest message that is remembered. A year, a q-gram of four ASCII letters and the lengths around them are 14 bytes.
const MESSAGE_BYTES_MAX: usize = 30;

/// Tags remembered a thread: 64 bytes each, 1 MiB together, which a core's own cache holds. Rows of one salt come together,
/// and under one salt there are a few thousand different q-grams.
const LINES: usize = 1 << 14;

/// The numbers of one tag.
pub(crate) type Numbers = [u16; DRAWS_PER_TAG];

/// A feature's subkey and its place among the features.
pub(crate) struct FeatureKey {
    place: u8,
    key: hmac::Key,
}

impl FeatureKey {
    pub(crate) fn new(place: usize, key: hmac::Key) -> Self {
        Self { place: u8::try_from(place).expect("a CLK has at most 32 features"), key }
    }

    fn numbers(&self, message: &[u8]) -> Numbers {
        let tag = hmac::sign(&self.key, message);
        let mut pairs = tag.as_ref().chunks_exact(2);
        std::array::from_fn(|_| {
            let pair = pairs.next().expect("an HMAC-SHA256 tag has 32 bytes");
            u16::from_be_bytes([pair[0], pair[1]])
        })
    }
}

/// Tags by what they were taken of; one that falls on the line of another takes its place. Remembers nothing by default.
#[derive(Default)]
pub(crate) struct Draws(Vec<Line>);

/// One cache line of the processor.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    question: Question,
    numbers: Numbers,
}

/// The message, zeros, its length, the feature's place: all zeros is nobody's question.
type Question = [u64; 4];

impl Draws {
    /// For one thread and many rows.
    pub(crate) fn remembering() -> Self {
        Self(vec![Line { question: [0; 4], numbers: [0; DRAWS_PER_TAG] }; LINES])
    }

    /// The numbers of `HMAC-SHA256(key, message)`, big-endian.
    pub(crate) fn numbers(&mut self, feature: &FeatureKey, message: &[u8]) -> Numbers {
        if self.0.is_empty() || message.len() > MESSAGE_BYTES_MAX {
            return feature.numbers(message);
        }
        let question = question(feature, message);
        let line = &mut self.0[line_of(&question)];
        if line.question != question {
            *line = Line { question, numbers: feature.numbers(message) };
        }
        line.numbers
    }
}

impl Drop for Draws {
    fn drop(&mut self) {
        for line in &mut self.0 {
            line.question.zeroize();
            line.numbers.zeroize();
        }
    }
}

fn question(feature: &FeatureKey, message: &[u8]) -> Question {
    let mut bytes = [0; 32];
    bytes[..message.len()].copy_from_slice(message);
    bytes[30] = u8::try_from(message.len()).expect("a message that is remembered is short");
    bytes[31] = feature.place + 1;
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// Any mixing does: a poor one costs time and changes no answer.
fn line_of(question: &Question) -> usize {
    const ODD: [u64; 4] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03, 0x8cb9_2ba7_2f3d_8dd7, 0xaef1_7502_108e_f2d9];
    let mixed = question.iter().zip(ODD).fold(0u64, |mixed, (word, odd)| {
        let product = (word ^ mixed >> 29).wrapping_mul(odd);
        mixed.rotate_left(23) ^ product
    });
    usize::try_from(mixed >> 40).expect("24 bits") % LINES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(place: usize, key: &[u8]) -> FeatureKey {
        FeatureKey::new(place, hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    #[test]
    fn numbers_are_those_of_the_tag() {
        // RFC 4231 test case 2.
        let feature = feature(0, b"Jefe");
        for mut draws in [Draws::default(), Draws::remembering()] {
            for _ in 0..2 {
                let numbers = draws.numbers(&feature, b"what do ya want for nothing?");
                assert_eq!(numbers[..4], [0x5bdc, 0xc146, 0xbf60, 0x754e]);
                assert_eq!(numbers[15], 0x3843);
            }
        }
    }

    #[test]
    fn what_is_remembered_changes_no_answer() {
        let features = [feature(0, b"one"), feature(1, b"two"), feature(2, b"three"), feature(31, b"four")];
        let mut draws = Draws::remembering();
        // Twice as many questions as lines, so that some fall on the line of another; then all of them again.
        let asked = |number: usize| {
            let length = number % 34;
            let mut message = vec![0; length];
            for (byte, digit) in message.iter_mut().zip((number / 34).to_le_bytes()) {
                *byte = digit;
            }
            (&features[number % 4], message)
        };
        for number in (0..2 * LINES).chain(0..2 * LINES) {
            let (feature, message) = asked(number);
            if number % 7 == 0 {
                assert_eq!(draws.numbers(feature, &message), feature.numbers(&message), "question {number}");
            } else {
                draws.numbers(feature, &message);
            }
        }
    }

    #[test]
    fn questions_differ_when_feature_or_message_differ() {
        let (one, other) = (feature(0, b"key"), feature(1, b"key"));
        assert_ne!(question(&one, b"ab"), question(&other, b"ab"));
        assert_ne!(question(&one, b"ab"), question(&one, b"ab\0"));
        assert_ne!(question(&one, b""), [0; 4]);
    }

    #[test]
    fn questions_spread_over_the_lines() {
        let feature = feature(0, b"key");
        let mut counts = vec![0u32; LINES];
        let mut questions = 0u32;
        for year in 1950..1974 {
            for first in b'A'..=b'Z' {
                for second in b'A'..=b'Z' {
                    let message = format!("\0\x04{year}\0\x02{}{}\0\0\0\0", char::from(first), char::from(second));
                    counts[line_of(&question(&feature, message.as_bytes()))] += 1;
                    questions += 1;
                }
            }
        }
        // As many questions as lines, thrown by chance, leave 1/e = 36.8 % of the lines empty, give or take 0.4 %.
        let empty = counts.iter().filter(|count| **count == 0).count() as f64 / LINES as f64;
        assert!((0.34..0.40).contains(&empty), "{empty} of {questions}");
    }
}
