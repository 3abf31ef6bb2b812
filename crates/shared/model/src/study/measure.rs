//! What a study counts, in the words of its file.
//!
//! In: tables of a study file. Out: typed terms. One general model serves every programme: events counted or added up over time under
//! observation, scores and their thresholds, codes attained, uptake by year, use again, people by a variable, and what is paid.
//! Absent on purpose: any programme's name.

use serde::Deserialize;

use crate::code::{Code, DatasetId};

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
    /// Of money: the tariff at which the extract must be priced. Prices are restated, so what is at two of them is never compared.
    pub tariff: Option<Code>,
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
    /// Which way is better: the instrument's way, where the agreement names one.
    #[serde(default)]
    pub better: Better,
    /// Improved means: better than the score nearest the index date by at least this many points, of the metric scale where the
    /// instrument is transformed.
    pub improvement_min: u32,
    /// A score that is an attainment by itself, such as a viral load that cannot be detected; of the metric scale where the instrument
    /// is transformed.
    pub threshold: Option<Threshold>,
}

impl Score {
    /// What improved means: `at least 3 points above the score at the start`.
    pub fn improvement_in_words(&self) -> String {
        let points = if self.improvement_min == 1 { "point" } else { "points" };
        let side = match self.better {
            Better::Higher => "above",
            Better::Lower => "below",
        };
        format!("at least {} {points} {side} the score at the start", self.improvement_min)
    }
}

/// Which way a score is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// More points.
    #[default]
    Higher,
    /// Fewer points.
    Lower,
}

/// A score that is reached or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Threshold {
    /// Reached by this score and every greater one.
    AtLeast(i32),
    /// Reached by this score and every smaller one.
    AtMost(i32),
}

/// A code of the cohort's own that means that something was attained.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attainment {
    /// Its name.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// A code variable of the cohort dataset's people.
    pub variable: Code,
    /// The codes that mean that it was attained; every other code means that it was not.
    pub codes: Vec<Code>,
}

/// Who had an event lately, at the end of each of some years.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uptake {
    /// Its name, which is its table's.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// The event codes that count, from the usage dataset.
    pub events: Vec<Code>,
    /// The first year.
    pub from_year: i16,
    /// The last year.
    pub to_year: i16,
    /// How lately: within so many months to the end of the year.
    pub within_months: u32,
}

/// Who had an event and then another one soon.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// Its name.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// The event codes that count, from the usage dataset.
    pub events: Vec<Code>,
    /// How soon: within so many months after the first.
    pub within_months: u32,
}

/// What is paid for each person who attained something. It is reckoned from released counts, by whoever reads them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// An attainment, or a score with its last time, by name. Of a score it counts those who reached the threshold if it has one, else
    /// those who improved.
    pub outcome: Code,
    /// Who pays.
    pub payer: String,
    /// For each person, in pence.
    pub pence_each: u64,
}

/// What the programme cost, and what each outcome is worth to the public, as the parties agreed to put it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// What the programme cost for everybody in the extract, in pence.
    pub cost_pence: u64,
    /// Where the figures come from.
    pub source: String,
    /// What outcomes are worth.
    #[serde(default)]
    pub benefit: Vec<Benefit>,
}

/// What one outcome is worth for each person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// An attainment, or a score with its last time, by name.
    pub outcome: Code,
    /// For each person, in pence.
    pub pence_each: u64,
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
