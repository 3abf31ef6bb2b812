//! Whom participants are compared with, said before any data is there.
//!
//! In: the `[comparison]` table of a study. Out: [`Comparison`]. Absent on purpose: numbers of people, and any choice that could be
//! made after seeing them: the draw's seed comes from the log.

use jiff::civil::Date;
use serde::Deserialize;
use toml::value::Datetime;

use crate::code::{Code, DatasetId};
use crate::variable::date_of;

/// How comparable people are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchingMethod {
    /// A random draw of people who agree exactly in some variables: the "demographically similar cohort".
    Stratified,
    /// The same, with the covariates cut into bands: coarsened exact matching (Iacus, King and Porro 2012).
    Coarsened,
    /// Nearest by the propensity to take part, among those who agree exactly in some variables.
    Propensity,
    /// Nearest by Mahalanobis distance, among those who agree exactly in some variables.
    Mahalanobis,
    /// Everybody who agrees exactly in some variables, weighed so that the means of the covariates are those of participants: entropy
    /// balancing (Hainmueller 2012).
    EntropyBalance,
}

/// How many comparable people a participant gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controls {
    /// As many.
    PerParticipant(u32),
    /// All who agree; for a stratified or a coarsened matching, and always where people are weighed.
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

/// Who may be in the comparison at all.
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

/// How participants get the people they are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchingTerms {
    /// How.
    pub method: MatchingMethod,
    /// How many for each participant.
    pub controls: Controls,
    /// Whether one more than once.
    pub replacement: Replacement,
    /// Greatest distance: thousandths of the standard deviation of the propensity's logit, or of a Mahalanobis distance.
    /// There for a matching by distance only.
    pub caliper_permille: Option<u32>,
    /// Code or whole-number variables of the usage dataset's people in which matched people agree exactly.
    pub exact: Vec<Code>,
    /// In which they should be close.
    pub covariates: Vec<Covariate>,
    /// What they used before, in which they should be close.
    pub trajectory: Option<Trajectory>,
    /// What is asked of the others and not of participants, as practices that did not offer the programme: an area comparison.
    pub others: Vec<Eligible>,
}

/// Another choice of the people compared with, beside the planned one. It is a check of the result and never the result.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "AlternativeFile")]
pub struct Alternative {
    /// What a reader sees.
    pub label: String,
    /// How.
    pub matching: MatchingTerms,
}

/// Days that are left out of the periods compared, of participants and comparison alike, as the months of a lockdown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "LeftOutFile")]
pub struct LeftOut {
    /// What a reader sees.
    pub label: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// What people are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubgroupKind {
    /// What was so at the index date.
    #[default]
    AtStart,
    /// What came of it later, as how often somebody was seen: a dose. Who takes more of a programme is often who was doing better, or
    /// worse, anyway.
    Dose,
}

/// The effect by groups of participants, each with their own comparison.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subgroup {
    /// Its name, which is its table's.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// The dataset that has the variable: the study's cohort or its usage.
    pub dataset: DatasetId,
    /// A variable of that dataset's people. Of a date the year counts.
    pub variable: Code,
    /// Of whole numbers and years: least values of the second and later groups, ascending.
    #[serde(default)]
    pub cut_points: Vec<i32>,
    /// Whether the groups were so at the index date.
    #[serde(default)]
    pub kind: SubgroupKind,
}

/// The comparison.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "ComparisonFile")]
pub struct Comparison {
    /// How, as planned.
    pub matching: MatchingTerms,
    /// Who may be in it, participants and others alike.
    pub eligible: Vec<Eligible>,
    /// Code variable of the usage dataset's people within whose groups people are alike: the practice. Intervals allow for that.
    pub cluster: Code,
    /// Bootstrap draws.
    pub draws: u32,
    /// Months by which a placebo index date lies before the true one; the effect at it should be none.
    pub placebo_months: Option<u32>,
    /// Thousandths of people whose amounts stay as they are when each measure of money is winsorised, shown beside the raw.
    pub winsorise_permille: Option<u32>,
    /// Months from the index date on that are left out beside the planned result: a programme needs time to work.
    pub wash_in_months: Option<u32>,
    /// Days left out, each beside the planned result.
    pub left_out: Vec<LeftOut>,
    /// Other comparisons, beside the planned one.
    pub alternatives: Vec<Alternative>,
    /// The effect by groups.
    pub subgroups: Vec<Subgroup>,
}

impl Comparison {
    /// The planned matching, then the alternatives.
    pub fn matchings(&self) -> impl Iterator<Item = &MatchingTerms> {
        std::iter::once(&self.matching).chain(self.alternatives.iter().map(|of| &of.matching))
    }
}

/// As it is written: the terms of the matching stand beside the rest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComparisonFile {
    method: MatchingMethod,
    controls: Controls,
    replacement: Replacement,
    caliper_permille: Option<u32>,
    exact: Vec<Code>,
    #[serde(default)]
    covariate: Vec<Covariate>,
    trajectory: Option<Trajectory>,
    #[serde(default)]
    others: Vec<Eligible>,
    #[serde(default)]
    eligible: Vec<Eligible>,
    cluster: Code,
    draws: u32,
    placebo_months: Option<u32>,
    winsorise_permille: Option<u32>,
    wash_in_months: Option<u32>,
    #[serde(default)]
    left_out: Vec<LeftOut>,
    #[serde(default)]
    alternative: Vec<Alternative>,
    #[serde(default)]
    subgroup: Vec<Subgroup>,
}

impl From<ComparisonFile> for Comparison {
    fn from(file: ComparisonFile) -> Self {
        let matching = MatchingTerms {
            method: file.method,
            controls: file.controls,
            replacement: file.replacement,
            caliper_permille: file.caliper_permille,
            exact: file.exact,
            covariates: file.covariate,
            trajectory: file.trajectory,
            others: file.others,
        };
        Self {
            matching,
            eligible: file.eligible,
            cluster: file.cluster,
            draws: file.draws,
            placebo_months: file.placebo_months,
            winsorise_permille: file.winsorise_permille,
            wash_in_months: file.wash_in_months,
            left_out: file.left_out,
            alternatives: file.alternative,
            subgroups: file.subgroup,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlternativeFile {
    label: String,
    method: MatchingMethod,
    controls: Controls,
    replacement: Replacement,
    caliper_permille: Option<u32>,
    exact: Vec<Code>,
    #[serde(default)]
    covariate: Vec<Covariate>,
    trajectory: Option<Trajectory>,
    #[serde(default)]
    others: Vec<Eligible>,
}

impl From<AlternativeFile> for Alternative {
    fn from(file: AlternativeFile) -> Self {
        let matching = MatchingTerms {
            method: file.method,
            controls: file.controls,
            replacement: file.replacement,
            caliper_permille: file.caliper_permille,
            exact: file.exact,
            covariates: file.covariate,
            trajectory: file.trajectory,
            others: file.others,
        };
        Self { label: file.label, matching }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOutFile {
    label: String,
    from: Datetime,
    to: Datetime,
}

impl TryFrom<LeftOutFile> for LeftOut {
    type Error = &'static str;

    fn try_from(file: LeftOutFile) -> Result<Self, Self::Error> {
        let day = |of| date_of(of).ok_or("left_out: from and to are dates, as 2020-03-01");
        Ok(Self { label: file.label, from: day(&file.from)?, to: day(&file.to)? })
    }
}
