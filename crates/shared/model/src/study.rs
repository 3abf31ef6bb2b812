//! The study: who is counted, from which day, over which months, what is counted, and whom it is compared with. Pinned
//! by the agreement, and in the log before any extract that it reads.

mod check;
mod check_comparison;
mod comparison;
mod measure;
mod plan;

pub use comparison::{
    Alternative, Comparison, Controls, Covariate, Eligible, LeftOut, MatchingMethod, MatchingTerms, Replacement,
    Subgroup, SubgroupKind, Trajectory,
};
pub use measure::{
    Again, Attainment, Benefit, Better, Breakdown, Censoring, CensoringReason, Completers, Measure, MeasureRole, Only,
    Price, Score, Threshold, Total, TotalUnit, Uptake, Value,
};
use plan::planned_tables_ids;
pub use plan::{PlannedTable, in_months, planned_tables};

use serde::Deserialize;

use crate::code::{Code, DatasetId, StudyId};
use crate::digest::{Digest, StudyDigest};
use crate::limits::TERMS_BYTES_MAX;

const FORMAT: &str = "counterfoil-study-2";

/// Why a study file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StudyError {
    /// Not TOML, an unknown or a missing key, or a value of the wrong type.
    #[error("study: {0}")]
    Toml(String),
    /// A statement in the file that cannot stand.
    #[error("study: {place}: {problem}")]
    Invalid {
        /// Where.
        place: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// A study, valid by construction as far as it goes by itself; that its datasets, variables and codes exist is checked
/// against the agreement ([`crate::Agreement::check_study`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Study {
    /// Its name.
    pub id: StudyId,
    /// What a reader sees.
    pub title: String,
    /// Dataset of the people who took part.
    pub cohort: DatasetId,
    /// Dataset in which their events are found.
    pub usage: DatasetId,
    /// The cohort variable that is each person's day 0.
    pub index_date: Code,
    /// Months before the index date.
    pub look_back_months: u32,
    /// The last of these months, the dip: what led to the referral shows in them. They are shown apart, are not part of "before",
    /// and are what people are matched on where the comparison has a trajectory. People often start when they use most; that
    /// much would fall again without any programme.
    pub dip_months: u32,
    /// Months from the index date on. Whoever's follow-up is not over by the end of the usage extract, less the lag, is
    /// left out.
    pub follow_up_months: u32,
    /// Days by which records reach the usage dataset late.
    pub lag_days: u32,
    /// Date variable of the usage dataset's people from which on somebody is under observation.
    pub observed_from: Option<Code>,
    /// Who completed.
    pub completers: Option<Completers>,
    /// What ends observation early.
    pub censoring: Vec<Censoring>,
    /// What is counted.
    pub measures: Vec<Measure>,
    /// What is scored.
    pub scores: Vec<Score>,
    /// What is attained.
    pub attainments: Vec<Attainment>,
    /// What is taken up over the years.
    pub uptakes: Vec<Uptake>,
    /// What is used again.
    pub again: Vec<Again>,
    /// What people are broken down by.
    pub breakdowns: Vec<Breakdown>,
    /// What is paid.
    pub prices: Vec<Price>,
    /// What it cost and what it is worth.
    pub value: Option<Value>,
    /// Whom participants are compared with. Without it there are counts, and no effect.
    pub comparison: Option<Comparison>,
    /// Digest of the file.
    pub digest: StudyDigest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    id: StudyId,
    title: String,
    cohort: DatasetId,
    usage: DatasetId,
    index_date: Code,
    look_back_months: u32,
    dip_months: u32,
    follow_up_months: u32,
    lag_days: u32,
    observed_from: Option<Code>,
    completers: Option<Completers>,
    #[serde(default)]
    censoring: Vec<Censoring>,
    #[serde(default)]
    measure: Vec<Measure>,
    #[serde(default)]
    score: Vec<Score>,
    #[serde(default)]
    attainment: Vec<Attainment>,
    #[serde(default)]
    uptake: Vec<Uptake>,
    #[serde(default)]
    again: Vec<Again>,
    #[serde(default)]
    breakdown: Vec<Breakdown>,
    #[serde(default)]
    price: Vec<Price>,
    value: Option<Value>,
    comparison: Option<Comparison>,
}

impl Study {
    /// Parses a study file.
    ///
    /// # Errors
    /// [`StudyError`] that names the place and what to change.
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        if text.len() > TERMS_BYTES_MAX {
            return refuse("file", "longer than 1 MiB");
        }
        let file: File = toml::from_str(text).map_err(|error| StudyError::Toml(error.to_string()))?;
        if file.format != FORMAT {
            return refuse("format", "write format = \"counterfoil-study-2\"");
        }
        let study = Self {
            id: file.id,
            title: file.title,
            cohort: file.cohort,
            usage: file.usage,
            index_date: file.index_date,
            look_back_months: file.look_back_months,
            dip_months: file.dip_months,
            follow_up_months: file.follow_up_months,
            lag_days: file.lag_days,
            observed_from: file.observed_from,
            completers: file.completers,
            censoring: file.censoring,
            measures: file.measure,
            scores: file.score,
            attainments: file.attainment,
            uptakes: file.uptake,
            again: file.again,
            breakdowns: file.breakdown,
            prices: file.price,
            value: file.value,
            comparison: file.comparison,
            digest: StudyDigest(Digest::of(text.as_bytes())),
        };
        study.check()?;
        Ok(study)
    }
}

fn refuse<T>(place: &str, problem: &str) -> Result<T, StudyError> {
    Err(StudyError::Invalid { place: place.to_owned(), problem: problem.to_owned() })
}

#[cfg(test)]
mod tests;
