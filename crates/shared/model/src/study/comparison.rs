//! Whom participants are compared with, said before any data is there.
//!
//! In: the `[comparison]` table of a study. Out: [`Comparison`]. Absent on purpose: numbers of people, and any choice that could be
//! made after seeing them: the draw's seed comes from the log.

use serde::Deserialize;

use crate::code::Code;

/// How comparable people are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// A random draw of people who agree exactly in some variables: the "demographically similar cohort".
    Stratified,
    /// The same, with the covariates cut into bands: coarsened exact matching (Iacus, King and Porro 2012).
    Coarsened,
    /// Nearest by the propensity to take part, among those who agree exactly in some variables.
    Propensity,
    /// Nearest by Mahalanobis distance, among those who agree exactly in some variables.
    Mahalanobis,
}

/// How many comparable people a participant gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controls {
    /// As many.
    PerParticipant(u32),
    /// All who agree; for a stratified or a coarsened matching.
    All,
}

impl<'de> Deserialize<'de> for Controls {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Text {
            Number(u32),
            Word(String),
        }
        match Text::deserialize(deserializer)? {
            Text::Number(number) => Ok(Self::PerParticipant(number)),
            Text::Word(word) if word == "all" => Ok(Self::All),
            Text::Word(_) => Err(serde::de::Error::custom("controls is a number, or \"all\"")),
        }
    }
}

/// Whether somebody can be compared with more than one participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// With one at most.
    Without,
    /// With any number.
    With,
}

/// A whole-number variable of the usage dataset's people in which matched people should be close.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covariate {
    /// The variable.
    pub variable: Code,
    /// Where a coarsened matching cuts it: least values of the second and later bands, ascending.
    #[serde(default)]
    pub cut_points: Vec<i32>,
}

/// What somebody used in the dip, the months right before the index date, in stretches of some months, as covariates. What people are
/// matched on is never what their change is measured from: somebody who was matched for a high use by chance goes back to what is
/// usual for them, and would seem to improve (Daw and Hatfield, Health Serv Res 2018).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trajectory {
    /// Measures, by their names.
    pub measures: Vec<Code>,
    /// Months of a stretch; they divide the dip.
    pub stretch_months: u32,
}

/// Who may be in the comparison at all, participants and others alike.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligible {
    /// A code or whole-number variable of the usage dataset's people.
    pub variable: Code,
    /// The codes that may; for a code variable.
    #[serde(default)]
    pub codes: Vec<Code>,
    /// Least value; for a whole-number variable.
    pub min: Option<i32>,
    /// Greatest value; for a whole-number variable.
    pub max: Option<i32>,
}

/// The comparison.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// How.
    pub method: Matching,
    /// How many for each participant.
    pub controls: Controls,
    /// Whether one more than once.
    pub replacement: Replacement,
    /// Greatest distance: thousandths of the standard deviation of the propensity's logit, or of a Mahalanobis distance.
    /// None has to be said by leaving it out of a stratified or coarsened matching only.
    pub caliper_permille: Option<u32>,
    /// Code or whole-number variables of the usage dataset's people in which matched people agree exactly.
    pub exact: Vec<Code>,
    /// In which they should be close.
    #[serde(default)]
    pub covariate: Vec<Covariate>,
    /// What they used before, in which they should be close.
    pub trajectory: Option<Trajectory>,
    /// Who may be in it.
    #[serde(default)]
    pub eligible: Vec<Eligible>,
    /// Code variable of the usage dataset's people within whose groups people are alike: the practice. Intervals allow for that.
    pub cluster: Code,
    /// Bootstrap draws.
    pub draws: u32,
    /// Months by which a placebo index date lies before the true one; the effect at it should be none.
    pub placebo_months: Option<u32>,
    /// Thousandths of people whose amounts stay as they are when each measure of money is winsorised, shown beside the raw.
    pub winsorise_permille: Option<u32>,
}
