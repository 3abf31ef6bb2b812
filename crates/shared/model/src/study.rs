//! The study: who is counted, from which day, over which months, what is counted, and whom it is compared with. Pinned
//! by the agreement, and in the log before any extract that it reads.

mod check;
mod comparison;
mod plan;

pub use comparison::{Comparison, Controls, Covariate, Eligible, Matching, Replacement, Trajectory};
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

/// Who completed the programme, beside everybody who started.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completers {
    /// A code variable of the cohort dataset.
    pub variable: Code,
    /// Its codes that mean completion.
    pub codes: Vec<Code>,
    /// What completion means, in words that stand beside every number of completers.
    pub definition: String,
}

/// Why somebody's time under observation can end before the window does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CensoringReason {
    /// Death: also an outcome.
    Died,
    /// Left the place, and with it its records.
    MovedOut,
    /// Changed practice, where the practice's records did not move along.
    PracticeChanged,
    /// Left the register for another reason.
    Deregistered,
    /// Took back the consent.
    Withdrew,
    /// Opted out of the use of confidential data.
    OptedOut,
}

impl CensoringReason {
    /// What a reader sees.
    pub fn label(self) -> &'static str {
        match self {
            Self::Died => "Died",
            Self::MovedOut => "Moved out",
            Self::PracticeChanged => "Changed practice",
            Self::Deregistered => "Left the register",
            Self::Withdrew => "Withdrew",
            Self::OptedOut => "Opted out",
        }
    }
}

/// A date that ends somebody's time under observation: the same variable for participants and comparison.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Censoring {
    /// Why.
    pub reason: CensoringReason,
    /// A date variable of the usage dataset's people; the day itself still counts.
    pub variable: Code,
}

/// Events with one of some codes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// A code variable of the events.
    pub variable: Code,
    /// The codes that count.
    pub codes: Vec<Code>,
}

/// What an added-up variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TotalUnit {
    /// Days, as of beds.
    Days,
    /// Money at one tariff: a value put on use, not cash saved.
    Pence,
}

/// A variable of the events that is added up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Total {
    /// A whole-number variable of the events, never below zero.
    pub variable: Code,
    /// What it is.
    pub unit: TotalUnit,
}

/// What a measure is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeasureRole {
    /// What the programme may change.
    #[default]
    Outcome,
    /// What it cannot change: an effect on it shows that the comparison is not like for like.
    NegativeControl,
}

/// Events of the usage dataset, counted or added up over time under observation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its name in tables.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// The event codes that count.
    pub events: Vec<Code>,
    /// Of these events, only some; all of the conditions hold.
    #[serde(default)]
    pub only: Vec<Only>,
    /// What is added up. Without it events are counted.
    pub total: Option<Total>,
    /// A date variable of the usage dataset's people before which these events are not recorded, as where a change of
    /// practice loses the appointments before it. Time before it is not observed for this measure.
    pub recorded_from: Option<Code>,
    /// What it is for.
    #[serde(default)]
    pub role: MeasureRole,
}

impl Measure {
    /// Whether it is money.
    pub fn is_money(&self) -> bool {
        self.total.as_ref().is_some_and(|total| total.unit == TotalUnit::Pence)
    }
}

/// A score of the programme, at the start and again after some months.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Its name in tables.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// The measure code, from the cohort dataset.
    pub measure: Code,
    /// Months after the index date at which it is looked for.
    pub at_months: Vec<u32>,
    /// A score this many days before or after that day still counts; the nearest is taken, the earlier on a tie.
    pub window_days: u32,
    /// Improved means: at least this many points above the score nearest the index date.
    pub improvement_min: u32,
}

/// Linked people by the values of one variable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    /// Its name in tables.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// The dataset that has the variable.
    pub dataset: DatasetId,
    /// A code or a whole-number variable of that dataset's people.
    pub variable: Code,
}

impl Breakdown {
    /// Most values of a whole-number variable that people may be broken down by.
    pub const VALUES_MAX: u64 = 100;
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
    /// The last of these months, in which what led to the referral shows: they are looked at apart, and are neither matched
    /// on nor part of "before". People often start when they use most; that much would fall again without any programme.
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
    /// What people are broken down by.
    pub breakdowns: Vec<Breakdown>,
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
    breakdown: Vec<Breakdown>,
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
            breakdowns: file.breakdown,
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
