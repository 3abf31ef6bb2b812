//! Quality without truth: what the fitted model expects of its own links.
//!
//! In: links with their probabilities, and the probabilities of what was not linked. Out: [`ExpectedQuality`].
//! A probability of .98 says that of a hundred such links two are false; summed over all links that is how many false
//! links to expect (Fellegi and Sunter 1969; Belin and Rubin 1995 on how far a model can be trusted with it). It is only as
//! right as the model: `docs/linkage-quality.md` sets it beside known truth.

use std::collections::BTreeMap;

use crate::linkage::Link;
use crate::weight::floor;

/// Upper ends, in millionths, of the bands that links are counted in.
const BAND_ENDS_PPM: [u32; 6] = [800_000, 900_000, 950_000, 990_000, 999_000, 1_000_001];

/// What the model expects. Counts of links are in thousandths, so that they can be summed exactly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpectedQuality {
    /// Links in thousandths that are expected to be of two people.
    pub false_links_milli: u64,
    /// Matches in thousandths among the compared pairs that were not linked.
    pub missed_links_milli: u64,
    /// Matches in thousandths among the pairs that share no token, which nobody compared: the least certain of the three.
    pub missed_apart_milli: u64,
    /// Links by probability, rising.
    pub bands: Vec<ProbabilityBand>,
}

/// Links of about one probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbabilityBand {
    /// Probability in millionths that the band ends below.
    pub below_ppm: u32,
    /// Links.
    pub links: u64,
    /// Of these, in thousandths, expected to be false.
    pub false_links_milli: u64,
}

/// What the model expects of the links of one group of left rows, by sex or by deprivation, say: people who move or whose
/// names others misspell are missed more often, and a study should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupQuality<G> {
    /// The group; nothing for rows of which it is not known.
    pub group: Option<G>,
    /// Left rows.
    pub rows: u64,
    /// Those linked.
    pub links: u64,
    /// Links in thousandths that are expected to be of two people.
    pub false_links_milli: u64,
    /// Matches in thousandths that were not linked, those that share no token among them.
    pub missed_links_milli: u64,
}

/// By group, ascending, rows without one first. `missed` has, by left row, the matches expected of it that were not linked.
pub(crate) fn by_group<G: Ord + Copy>(links: &[Link], missed: &[f64], groups: &[Option<G>]) -> Vec<GroupQuality<G>> {
    #[derive(Default)]
    struct Sums {
        rows: u64,
        links: u64,
        false_ppm: u64,
        missed: f64,
    }
    let mut sums: BTreeMap<Option<G>, Sums> = BTreeMap::new();
    for (group, missed) in groups.iter().zip(missed) {
        let sums = sums.entry(*group).or_default();
        sums.rows += 1;
        sums.missed += missed;
    }
    for link in links {
        let sums = sums.entry(groups[link.left as usize]).or_default();
        sums.links += 1;
        sums.false_ppm += u64::from(1_000_000_u32.saturating_sub(link.probability_ppm));
    }
    let quality = sums.into_iter().map(|(group, sums)| GroupQuality {
        group,
        rows: sums.rows,
        links: sums.links,
        false_links_milli: sums.false_ppm / 1_000,
        missed_links_milli: floor(sums.missed * 1_000.0),
    });
    quality.collect()
}

impl ExpectedQuality {
    pub(crate) fn new(links: &[Link], missed: f64, apart: f64) -> Self {
        let mut bands: Vec<_> = BAND_ENDS_PPM
            .iter()
            .map(|below_ppm| ProbabilityBand { below_ppm: *below_ppm, links: 0, false_links_milli: 0 })
            .collect();
        let mut false_ppm = vec![0_u64; bands.len()];
        for link in links {
            let band = BAND_ENDS_PPM.partition_point(|end| *end <= link.probability_ppm);
            bands[band].links += 1;
            false_ppm[band] += u64::from(1_000_000_u32.saturating_sub(link.probability_ppm));
        }
        for (band, ppm) in bands.iter_mut().zip(&false_ppm) {
            band.false_links_milli = ppm / 1_000;
        }
        let milli = |count: f64| floor(count * 1_000.0);
        Self {
            false_links_milli: false_ppm.iter().sum::<u64>() / 1_000,
            missed_links_milli: milli(missed),
            missed_apart_milli: milli(apart),
            bands,
        }
    }
}
