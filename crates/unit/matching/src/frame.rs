//! The two groups as every method sees them: in the order of their keys, ranked by the draw, parted into strata.
//!
//! In: checked covariates, a rule, the seed. Out: places (positions in the order of the keys), ranks, and for each stratum with
//! treated in it its members by rank. Absent on purpose: row numbers, which come back only in the results.

use crate::covariates::{Covariates, check_pair};
use crate::draw::{Draw, Stream};
use crate::{MatchingError, Seed};

/// One group in the order of its keys.
pub(crate) struct Side {
    /// Stratum of each place.
    pub(crate) strata: Vec<u32>,
    /// Columns of numbers, by place.
    pub(crate) columns: Vec<Vec<f64>>,
    /// Places in drawn order: at each rank its place.
    pub(crate) drawn: Vec<u32>,
}

/// Both groups.
pub(crate) struct Frame {
    pub(crate) treated: Side,
    pub(crate) candidates: Side,
}

/// Members of one stratum: places by rising rank.
#[derive(Default)]
pub(crate) struct Stratum {
    pub(crate) treated: Vec<u32>,
    pub(crate) candidates: Vec<u32>,
}

impl Frame {
    pub(crate) fn new(treated: &Covariates, candidates: &Covariates, seed: &Seed) -> Result<Self, MatchingError> {
        check_pair(treated, candidates)?;
        Ok(Self {
            treated: Side::new(treated, Draw::of_stream(seed, Stream::Treated)),
            candidates: Side::new(candidates, Draw::of_stream(seed, Stream::Candidates)),
        })
    }

    /// The strata that have treated in them, in the order of their codes.
    pub(crate) fn by_stratum(&self) -> Vec<Stratum> {
        let mut codes = self.treated.strata.clone();
        codes.sort_unstable();
        codes.dedup();
        let mut strata: Vec<Stratum> = Vec::new();
        strata.resize_with(codes.len(), Stratum::default);
        for &place in &self.treated.drawn {
            if let Ok(stratum) = codes.binary_search(&self.treated.strata[place as usize]) {
                strata[stratum].treated.push(place);
            }
        }
        for &place in &self.candidates.drawn {
            if let Ok(stratum) = codes.binary_search(&self.candidates.strata[place as usize]) {
                strata[stratum].candidates.push(place);
            }
        }
        strata
    }
}

impl Side {
    fn new(covariates: &Covariates, mut draw: Draw) -> Self {
        let rows = u32::try_from(covariates.rows()).expect("covariates have at most 2^32 - 1 rows");
        Self { strata: covariates.strata_by_key(), columns: covariates.numeric_by_key(), drawn: draw.order(rows) }
    }
}
