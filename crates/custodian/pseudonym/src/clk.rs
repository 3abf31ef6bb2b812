//! The keyed CLK: which bits of the filter a row sets.
//!
//! In: the normalised fields of up to 64 rows. Out: the words of each row's CLK, after linear diffusion unless the schema
//! says plain.
//!
//! A feature's text is cut into q-grams of its characters, padded with `_` at both ends when a q-gram is longer than
//! one. A q-gram that comes again counts again: it carries its occurrence number, so `ANANA` and `ANA` differ. A
//! feature's bits are shared among its q-grams (the first `bits mod q-grams` of them get one more), so a long name
//! weighs no more than a short one. A q-gram's positions are drawn one by one and independently, from
//! `HMAC-SHA256(feature subkey, salt, q-gram, occurrence, block)` read as sixteen 16-bit numbers modulo the length:
//! independent draws, because the two-hash scheme of the first CLKs leaves patterns that give names away
//! (Kroll and Steinmetzer 2015).

use counterfoil_model::{Clk, ClkEncoding, ClkSettings, Field};
use zeroize::Zeroizing;

use crate::diffusion::{Diffusion, ROWS_PER_BLOCK, transpose};
use crate::draws::{DRAWS_PER_TAG, Draws, FeatureKey};
use crate::key::{Subkeys, Use};
use crate::match_key::PlannedPart;
use crate::plain::Plain;

/// Fills the places before the first and after the last character; no normalised text holds it.
const PADDING: u8 = b'_';

/// How to make a CLK: prepared once a schema and key.
pub(crate) struct ClkPlan {
    words: usize,
    position_mask: u16,
    salt: Option<PlannedPart>,
    features: Vec<Feature>,
    diffusion: Option<Diffusion>,
}

struct Feature {
    part: PlannedPart,
    qgram: usize,
    bits: usize,
    key: FeatureKey,
}

/// Buffers that one thread uses for row after row; plaintext passes through them, so they are wiped when dropped.
#[derive(Default)]
pub(crate) struct ClkScratch {
    text: Zeroizing<Vec<u8>>,
    starts: Vec<usize>,
    message: Zeroizing<Vec<u8>>,
    /// One word a position of the filter, one bit a row.
    positions: Zeroizing<Vec<u64>>,
    draws: Draws,
}

impl ClkScratch {
    /// Buffers that remember draws.
    pub(crate) fn for_many_rows() -> Self {
        Self { draws: Draws::remembering(), ..Self::default() }
    }
}

impl ClkPlan {
    pub(crate) fn new(settings: &ClkSettings, fields: &[Field], subkeys: &Subkeys<'_>) -> Self {
        let feature = |(place, feature): (usize, &counterfoil_model::ClkFeature)| {
            let field = &fields[feature.part.field].name;
            let name = format!("{place}.{field}.{}", feature.part.form.name());
            Feature {
                part: PlannedPart::new(&feature.part, fields),
                qgram: feature.qgram as usize,
                bits: feature.bits as usize,
                key: FeatureKey::new(place, subkeys.derive(Use::ClkFeature, &name)),
            }
        };
        let diffusion = match settings.encoding {
            ClkEncoding::Plain => None,
            ClkEncoding::Diffused(inputs) => {
                Some(Diffusion::new(&subkeys.derive(Use::ClkDiffusion, ""), settings.bits, inputs))
            }
        };
        Self {
            words: settings.bits as usize / 64,
            position_mask: u16::try_from(settings.bits - 1).expect("a CLK has at most 4,096 bits, a power of two"),
            salt: settings.salt.as_ref().map(|part| PlannedPart::new(part, fields)),
            features: settings.features.iter().enumerate().map(feature).collect(),
            diffusion,
        }
    }

    /// The CLKs of up to [`ROWS_PER_BLOCK`] rows; nothing for a row whose salt or all of whose features are missing.
    pub(crate) fn encode<'a>(
        &self,
        rows: impl ExactSizeIterator<Item = &'a [Option<Plain>]>,
        scratch: &mut ClkScratch,
    ) -> Vec<Option<Clk>> {
        assert!(rows.len() <= ROWS_PER_BLOCK, "rows are taken by the block");
        scratch.positions.clear();
        scratch.positions.resize(self.words * 64, 0);
        let fill = |(place, fields)| self.fill(1u64 << place, fields, scratch).map(|()| vec![0; self.words]);
        let mut clks: Vec<Option<Vec<u64>>> = rows.enumerate().map(fill).collect();
        for word in 0..self.words {
            let mut block = match &self.diffusion {
                Some(diffusion) => diffusion.word(word, &scratch.positions),
                None => scratch.positions.as_chunks().0[word],
            };
            transpose(&mut block);
            for (clk, bits) in clks.iter_mut().zip(block) {
                if let Some(clk) = clk {
                    clk[word] = bits;
                }
            }
        }
        clks.into_iter().map(|words| words.map(made)).collect()
    }

    /// A number that rows of one salt share; nothing for a row that lacks it, and so has no CLK.
    pub(crate) fn salt_group(&self, fields: &[Option<Plain>], buffer: &mut Vec<u8>) -> Option<u32> {
        buffer.clear();
        if let Some(salt) = &self.salt {
            salt.append_to(buffer, fields)?;
        }
        // Two salts in one group cost time and change nothing.
        Some(buffer.iter().fold(0, |sum: u32, byte| sum.rotate_left(5).wrapping_mul(0x9e37_79b1) ^ u32::from(*byte)))
    }

    /// Sets the bits of one row, before diffusion.
    fn fill(&self, row: u64, fields: &[Option<Plain>], scratch: &mut ClkScratch) -> Option<()> {
        scratch.message.clear();
        scratch.message.extend_from_slice(&[0; 2]);
        if let Some(salt) = &self.salt {
            salt.append_to(&mut scratch.message, fields)?;
            write_length(&mut scratch.message, 0);
        }
        let prefix = scratch.message.len();
        let mut present = 0;
        for feature in &self.features {
            scratch.message.truncate(prefix);
            present += usize::from(self.add(row, feature, fields, scratch).is_some());
        }
        (present > 0).then_some(())
    }

    fn add(&self, row: u64, feature: &Feature, fields: &[Option<Plain>], scratch: &mut ClkScratch) -> Option<()> {
        cut(feature, fields, &mut scratch.text, &mut scratch.starts)?;
        let (text, starts, prefix) = (&scratch.text, &scratch.starts, scratch.message.len());
        let count = starts.len().checked_sub(feature.qgram).filter(|count| *count > 0)?;
        let gram = |place: usize| &text[starts[place]..starts[place + feature.qgram]];
        for place in 0..count {
            let mut bits = feature.bits / count + usize::from(place < feature.bits % count);
            // The first byte alone parts most, without a call to compare.
            let is_same =
                |earlier: &usize| text[starts[*earlier]] == text[starts[place]] && gram(*earlier) == gram(place);
            let occurrence = (0..place).filter(is_same).count();
            scratch.message.truncate(prefix);
            scratch.message.extend_from_slice(&[0; 2]);
            scratch.message.extend_from_slice(gram(place));
            write_length(&mut scratch.message, prefix);
            scratch.message.extend_from_slice(&short(occurrence));
            let head = scratch.message.len();
            for block in 0.. {
                if bits == 0 {
                    break;
                }
                scratch.message.truncate(head);
                scratch.message.extend_from_slice(&short(block));
                let drawn = bits.min(DRAWS_PER_TAG);
                for number in &scratch.draws.numbers(&feature.key, &scratch.message)[..drawn] {
                    scratch.positions[usize::from(number & self.position_mask)] |= row;
                }
                bits -= drawn;
            }
        }
        Some(())
    }
}

fn made(words: Vec<u64>) -> Clk {
    #[allow(clippy::disallowed_methods, reason = "the one place where a CLK is made from identifiers and the key")]
    let clk = Clk::from_keyed_bits_of_the_pseudonym_crate(words.into());
    clk.expect("a schema declares a permitted length")
}

/// Writes the padded text and where each of its characters starts, and its end.
fn cut(feature: &Feature, fields: &[Option<Plain>], text: &mut Vec<u8>, starts: &mut Vec<usize>) -> Option<()> {
    text.clear();
    starts.clear();
    text.resize(feature.qgram - 1, PADDING);
    feature.part.append_to(text, fields)?;
    if text.len() == feature.qgram - 1 {
        return None;
    }
    text.resize(text.len() + feature.qgram - 1, PADDING);
    let is_start = |byte: u8| byte & 0b1100_0000 != 0b1000_0000;
    starts.extend(text.iter().enumerate().filter(|(_, byte)| is_start(**byte)).map(|(place, _)| place));
    starts.push(text.len());
    Some(())
}

/// Puts the number of bytes after the two at `place` into those two.
fn write_length(message: &mut [u8], place: usize) {
    let length = short(message.len() - place - 2);
    message[place..place + 2].copy_from_slice(&length);
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).expect("a field is at most a few kilobytes").to_be_bytes()
}
