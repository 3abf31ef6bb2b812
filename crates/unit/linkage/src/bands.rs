//! CLK similarities in bands, and what a band says about the fields that differ.
//!
//! In: a schema's CLK. Out: the band of a similarity; and, for an agreement vector and a band, how alike those fields are
//! that are not the same.
//!
//! A CLK's distance is a sum over its features. Features that agree add nothing, a feature that one row lacks adds its
//! own weight, so what is left belongs to the features that differ: a misspelt name leaves little, another name all of
//! it. With `d` the share of the drawn bits that differ on both sides together (1 - Dice), `m` the share of features that
//! one row lacks and `w` that of features that differ, their own likeness is `1 - (d - m/2) / w`.

use counterfoil_model::{ClkEncoding, ClkSettings};

use crate::evidence::Evidence;
use crate::similarity::ClkScale;
use crate::vectors::{AgreementVector, UNKNOWN};
use crate::weight::floor;

/// Width of a band in permille: about what diffusion blurs at the similarities that true pairs have.
const WIDTH: u16 = 20;

/// Bounds between the bands of likeness.
const LIKENESS: [f64; 6] = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8];

/// Categories of likeness: one for similarities that chance alone reaches, from which nothing can be reckoned, and one
/// more than there are bounds.
pub(crate) const CATEGORIES: usize = LIKENESS.len() + 2;

/// The bands of a schema's CLK.
#[derive(Debug)]
pub(crate) struct Bands {
    /// Similarity in permille that unrelated people reach.
    floor: u16,
}

impl Bands {
    pub(crate) fn of(settings: &ClkSettings, scale: &ClkScale) -> Self {
        let chance = match settings.encoding {
            // Unrelated filters share as many bits as chance gives two sets of this density.
            ClkEncoding::Plain => floor(settings.expected_weight() / f64::from(settings.bits) * 1_000.0),
            ClkEncoding::Diffused(_) => scale.chance(3).0.into(),
        };
        Self { floor: u16::try_from(chance).expect("a share in permille").next_multiple_of(WIDTH) }
    }

    /// The band of a similarity; 0 is below what chance reaches.
    pub(crate) fn band(&self, permille: u16) -> u8 {
        let above = permille.checked_sub(self.floor).map_or(0, |above| above / WIDTH + 1);
        u8::try_from(above).expect("there are at most 51 bands")
    }

    /// The middle of a band above the first, as a share.
    fn middle(&self, band: u8) -> f64 {
        let permille = u32::from(self.floor) + (u32::from(band) * 2 - 1) * u32::from(WIDTH) / 2;
        f64::from(permille.min(1_000)) / 1_000.0
    }
}

/// Which features of a pair's CLKs differ, and by how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Differing {
    /// Which table of likeness applies: one for each feature that differs alone, one for two, one for more.
    pub(crate) table: usize,
    /// Their share of the bits.
    share: f64,
    /// Share of the features that one of the rows lacks.
    missing: f64,
}

impl Differing {
    /// Tables of likeness.
    pub(crate) fn tables(evidence: &Evidence) -> usize {
        evidence.clk.len() + 2
    }

    /// Nothing when no feature differs.
    pub(crate) fn of(evidence: &Evidence, vector: &AgreementVector) -> Option<Self> {
        let (mut share, mut missing, mut count, mut last) = (0.0, 0.0, 0, 0);
        for (position, feature) in evidence.clk.iter().enumerate() {
            match vector[feature.field] {
                UNKNOWN => missing += feature.share,
                state if feature.agrees[state as usize] => {}
                _ => {
                    share += feature.share;
                    count += 1;
                    last = position;
                }
            }
        }
        let features = evidence.clk.len();
        let table = match count {
            0 => return None,
            1 => last,
            2 => features,
            _ => features + 1,
        };
        Some(Self { table, share, missing })
    }

    /// The category of likeness that a band means for these features.
    pub(crate) fn category(self, bands: &Bands, band: u8) -> usize {
        if band == 0 {
            return 0;
        }
        let differing = 1.0 - bands.middle(band);
        let likeness = 1.0 - (differing - self.missing / 2.0) / self.share;
        1 + LIKENESS.iter().filter(|bound| likeness >= **bound).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema_with;
    use counterfoil_model::COMPARED_FIELDS_MAX;

    /// Given name a half, family name three tenths, postcode a fifth of the bits.
    fn evidence() -> Evidence {
        let clk = "[clk]\nbits = 1024\nencoding = \"diffused-1\"\ndiffusion = 10\nfeature = [\
             { part = \"given_name\", qgram = 2, bits = 50 }, { part = \"family_name\", qgram = 2, bits = 30 }, \
             { part = \"postcode\", qgram = 2, bits = 20 }]\n[decision]\nlink";
        Evidence::of(&schema_with("[decision]\nlink", clk))
    }

    const SAME: u8 = 0;
    const DIFFERS: u8 = 9;

    /// Fields of the sample in order: number, family name, given name, date, postcode, sex.
    fn vector(family: u8, given: u8, postcode: u8) -> AgreementVector {
        let evidence = evidence();
        let state = |field: usize, state: u8| match state {
            DIFFERS => u8::try_from(evidence.fields[field].states.len() - 1).expect("few"),
            other => other,
        };
        let mut vector = [UNKNOWN; COMPARED_FIELDS_MAX];
        (vector[1], vector[2], vector[4]) = (state(1, family), state(2, given), state(4, postcode));
        vector
    }

    #[test]
    fn what_is_left_of_the_distance_belongs_to_what_differs() {
        let (evidence, bands) = (evidence(), Bands { floor: 600 });
        let differing = |vector| Differing::of(&evidence, &vector);
        assert_eq!(differing(vector(SAME, SAME, SAME)), None);
        // Only the given name differs, which fills half the bits: at .91 overall it is .82 alike itself, at .77 .54, at
        // .61 .22. Bands are 20 permille wide, so their middles are .91, .77 and .61.
        let given = differing(vector(SAME, DIFFERS, SAME)).expect("the given name differs");
        assert_eq!(given.table, 0);
        for (permille, category) in [(905, 7), (765, 5), (605, 3), (599, 0)] {
            assert_eq!(given.category(&bands, bands.band(permille)), category, "{permille}");
        }
        // Two differ, eight tenths of the bits: at .61 they are .5125 alike.
        let both = differing(vector(DIFFERS, DIFFERS, SAME)).expect("two differ");
        assert_eq!((both.table, both.category(&bands, bands.band(605))), (3, 5));
        assert_eq!(differing(vector(DIFFERS, DIFFERS, DIFFERS)).expect("three differ").table, 4);
    }

    #[test]
    fn a_feature_that_one_row_lacks_adds_half_its_share() {
        let (evidence, bands) = (evidence(), Bands { floor: 600 });
        // The postcode is missing in one row: .1 of the distance is its own. Of .09 left nothing is the family name's.
        let family = Differing::of(&evidence, &vector(DIFFERS, SAME, UNKNOWN)).expect("the family name differs");
        assert_eq!(family.category(&bands, bands.band(905)), CATEGORIES - 1);
        // At .77, .13 of .3 is left: .567 alike.
        assert_eq!(family.category(&bands, bands.band(765)), 5);
    }

    #[test]
    fn bands_begin_where_chance_ends() {
        let bands = Bands { floor: 760 };
        assert_eq!([0, 759, 760, 779, 780, 1_000].map(|permille| bands.band(permille)), [0, 0, 1, 1, 2, 13]);
        assert!((bands.middle(1) - 0.77).abs() < 1e-12);
        assert!((bands.middle(13) - 1.0).abs() < 1e-12);
    }
}
