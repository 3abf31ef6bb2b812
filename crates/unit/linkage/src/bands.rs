//! CLK similarities in bands, and what a band says about the fields that differ.
//!
//! In: a schema's CLK. Out: the band of a similarity; and, for an agreement vector and a band, how alike those fields are
//! that are not the same.
//!
//! A CLK's distance is a sum over its features. Features that agree add nothing, nor do those that both rows lack; a feature
//! that one row lacks adds its own weight, so what is left belongs to the features that differ: a misspelt name leaves
//! little, another name all of it. Let `w` be the share of the drawn bits of features that differ, `m` of those that one row
//! lacks, `b` of those that both lack, and `l` the likeness that is asked for. Of the bits drawn for one whole row, `m +
//! 2w(1 - l)` differ. An estimate of Dice from a diffused distance divides that by the weight of two whole rows, 2; the Dice
//! of two plain filters by what they hold, `2 - m - 2b`. Turned round, both give `w(1 - l)`: *what differs*. Bands are bands of
//! `1 - w(1 - l)`, so that they say the same of rows that lack a feature as of others.
//!
//! A row's features are told from its tokens. One that both rows hold, but in no token that both hold, may agree or not: it
//! is taken to add what a missing one adds, half of what it could.
//!
//! A salt that differs makes every bit differ, whatever the features do: such pairs have a table of their own.

use counterfoil_model::{ClkEncoding, ClkSettings};

use crate::evidence::{ClkShare, Evidence};
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
    /// Whether a similarity is the filters' own Dice coefficient.
    plain: bool,
    /// By feature: the tokens that tell whether a row has it, and bits drawn.
    features: Vec<(u64, u32)>,
    drawn: u32,
}

impl Bands {
    pub(crate) fn of(settings: &ClkSettings, scale: &ClkScale, evidence: &Evidence) -> Self {
        let chance = match settings.encoding {
            // Unrelated filters share as many bits as chance gives two sets of this density.
            ClkEncoding::Plain => floor(settings.expected_weight() / f64::from(settings.bits) * 1_000.0),
            ClkEncoding::Diffused(_) => scale.chance(3).0.into(),
        };
        let tokens = |share: &ClkShare| evidence.fields[share.field].tokens;
        Self {
            floor: u16::try_from(chance).expect("a share in permille").next_multiple_of(WIDTH),
            plain: settings.encoding == ClkEncoding::Plain,
            features: evidence
                .clk
                .iter()
                .map(tokens)
                .zip(settings.features.iter().map(|feature| feature.bits))
                .collect(),
            drawn: settings.features.iter().map(|feature| feature.bits).sum(),
        }
    }

    /// The band of two rows' similarity, given the tokens that each holds; 0 is below what chance reaches.
    pub(crate) fn band(&self, permille: u16, left_held: u64, right_held: u64) -> u8 {
        if permille < self.floor {
            return 0;
        }
        let (mut one_lacks, mut both_lack) = (0, 0);
        for (tokens, bits) in &self.features {
            if left_held & right_held & tokens == 0 {
                let held = (left_held | right_held) & tokens != 0;
                *(if held { &mut one_lacks } else { &mut both_lack }) += bits;
            }
        }
        let alike = self.without_missing(permille, one_lacks, both_lack).max(self.floor);
        u8::try_from((alike - self.floor) / WIDTH + 1).expect("there are at most 51 bands")
    }

    /// `1 - w(1 - l)` in permille, rounded down, when features with so many of the drawn bits are missing.
    fn without_missing(&self, permille: u16, one_lacks: u32, both_lack: u32) -> u16 {
        let differs = u64::from(1_000_u16.saturating_sub(permille));
        let [drawn, one_lacks, both_lack] = [self.drawn, one_lacks, both_lack].map(u64::from);
        let of_two = 2 * drawn - if self.plain { one_lacks + 2 * both_lack } else { 0 };
        let left = (differs * of_two).saturating_sub(1_000 * one_lacks).div_ceil(2 * drawn);
        u16::try_from(1_000_u64.saturating_sub(left)).expect("at most 1,000")
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
    /// Which table of likeness applies: one for each feature that differs alone, one for two, one for more, and one for a
    /// salt that differs.
    pub(crate) table: usize,
    /// Their share of the bits.
    share: f64,
}

impl Differing {
    /// Tables of likeness.
    pub(crate) fn tables(evidence: &Evidence) -> usize {
        evidence.clk.len() + 3
    }

    /// The table of a salt that differs.
    pub(crate) fn salt_table(evidence: &Evidence) -> usize {
        evidence.clk.len() + 2
    }

    /// Nothing when no feature differs.
    pub(crate) fn of(evidence: &Evidence, vector: &AgreementVector) -> Option<Self> {
        if let Some(salt) = &evidence.salt {
            let state = vector[salt.field];
            if state != UNKNOWN && !salt.agrees[state as usize] {
                return Some(Self { table: Self::salt_table(evidence), share: 1.0 });
            }
        }
        let (mut share, mut count, mut last) = (0.0, 0, 0);
        for (position, feature) in evidence.clk.iter().enumerate() {
            match vector[feature.field] {
                UNKNOWN => {}
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
        Some(Self { table, share })
    }

    /// The category of likeness that a band means for these features.
    pub(crate) fn category(self, bands: &Bands, band: u8) -> usize {
        if band == 0 {
            return 0;
        }
        let differing = 1.0 - bands.middle(band);
        let likeness = 1.0 - differing / self.share;
        1 + LIKENESS.iter().filter(|bound| likeness >= **bound).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema_with;
    use counterfoil_model::{COMPARED_FIELDS_MAX, PartForm};

    /// Given name a half, family name three tenths, postcode a fifth of the bits.
    fn evidence() -> Evidence {
        let clk = "[clk]\nbits = 1024\nencoding = \"diffused-1\"\ndiffusion = 10\nfeature = [\
             { part = \"given_name\", qgram = 2, bits = 50 }, { part = \"family_name\", qgram = 2, bits = 30 }, \
             { part = \"postcode\", qgram = 2, bits = 20 }]\n[decision]\nlink";
        Evidence::of(&schema_with("[decision]\nlink", clk))
    }

    fn bands(evidence: &Evidence, floor: u16, plain: bool) -> Bands {
        let features = evidence.clk.iter().map(|share| evidence.fields[share.field].tokens).zip([50, 30, 20]);
        Bands { floor, plain, features: features.collect(), drawn: 100 }
    }

    /// A row that holds every token.
    const ALL: u64 = u64::MAX;

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
        let evidence = evidence();
        let bands = bands(&evidence, 600, false);
        let differing = |vector| Differing::of(&evidence, &vector);
        assert_eq!(differing(vector(SAME, SAME, SAME)), None);
        // Only the given name differs, which fills half the bits: at .91 overall it is .82 alike itself, at .77 .54, at
        // .61 .22. Bands are 20 permille wide, so their middles are .91, .77 and .61.
        let given = differing(vector(SAME, DIFFERS, SAME)).expect("the given name differs");
        assert_eq!(given.table, 0);
        for (permille, category) in [(905, 7), (765, 5), (605, 3), (599, 0)] {
            assert_eq!(given.category(&bands, bands.band(permille, ALL, ALL)), category, "{permille}");
        }
        // Two differ, eight tenths of the bits: at .61 they are .5125 alike.
        let both = differing(vector(DIFFERS, DIFFERS, SAME)).expect("two differ");
        assert_eq!((both.table, both.category(&bands, bands.band(605, ALL, ALL))), (3, 5));
        assert_eq!(differing(vector(DIFFERS, DIFFERS, DIFFERS)).expect("three differ").table, 4);
    }

    #[test]
    fn a_feature_that_one_row_lacks_adds_half_its_share_and_one_that_both_lack_nothing() {
        let evidence = evidence();
        let (diffused, plain) = (bands(&evidence, 400, false), bands(&evidence, 400, true));
        let postcode = evidence.fields[4].tokens;
        // The family name differs, three tenths of the bits, and is .57 alike: .13 of a whole row's bits differ on each
        // side, so the band is that of .87.
        let family = Differing::of(&evidence, &vector(DIFFERS, SAME, UNKNOWN)).expect("the family name differs");
        let alike = diffused.band(870, ALL, ALL);
        assert_eq!(family.category(&diffused, alike), 5);
        // One row lacks the postcode, a fifth: .2 + 2 * .13 = .46 of a row's bits differ. The diffused estimate is 1 - .46
        // / 2 = .77, plain Dice 1 - .46 / 1.8 = .744.
        assert_eq!(diffused.band(770, ALL, ALL & !postcode), alike);
        assert_eq!(plain.band(744, ALL & !postcode, ALL), alike);
        // Both lack it: .26 of a row's bits differ: .87 by estimate, 1 - .26 / 1.6 = .837 of plain filters.
        assert_eq!(diffused.band(870, ALL & !postcode, ALL & !postcode), alike);
        assert_eq!(plain.band(837, ALL & !postcode, ALL & !postcode), alike);
        // Nothing but the missing feature differs: the rest is the same, and what chance reaches stays what it is.
        assert_eq!(diffused.band(900, ALL, ALL & !postcode), diffused.band(1_000, ALL, ALL));
        assert_eq!(diffused.band(399, ALL, ALL & !postcode), 0);
    }

    #[test]
    fn a_salt_that_differs_says_nothing_of_the_features() {
        let clk = "[clk]\nbits = 1024\nencoding = \"diffused-1\"\ndiffusion = 10\nsalt = \"date_of_birth.year\"\nfeature = [\
             { part = \"given_name\", qgram = 2, bits = 50 }]\n[decision]\nlink";
        let evidence = Evidence::of(&schema_with("[decision]\nlink", clk));
        let dates = &evidence.fields[3].states;
        let year =
            dates.iter().position(|state| state.iter().all(|form| *form == PartForm::Year)).expect("the year alone");
        let table = |date: usize, given: u8| {
            let mut vector = [UNKNOWN; COMPARED_FIELDS_MAX];
            (vector[2], vector[3]) = (given, u8::try_from(date).expect("few"));
            Differing::of(&evidence, &vector).map(|differing| differing.table)
        };
        let differs = u8::try_from(evidence.fields[2].states.len() - 1).expect("few");
        // Another day of one year is the same salt.
        assert_eq!(
            [table(0, SAME), table(0, differs), table(year, SAME), table(year, differs)],
            [None, Some(0), None, Some(0)]
        );
        let salt = Some(Differing::salt_table(&evidence));
        assert_eq!([table(dates.len() - 1, SAME), table(dates.len() - 1, differs)], [salt, salt]);
    }

    #[test]
    fn bands_begin_where_chance_ends() {
        let bands = bands(&evidence(), 760, false);
        assert_eq!([0, 759, 760, 779, 780, 1_000].map(|permille| bands.band(permille, ALL, ALL)), [0, 0, 1, 1, 2, 13]);
        assert!((bands.middle(1) - 0.77).abs() < 1e-12);
        assert!((bands.middle(13) - 1.0).abs() < 1e-12);
    }
}
