//! What is true of a programme, in the words of `place.toml`.
//!
//! In: a file's `[programme]` table. Out: [`ProgrammeSettings`]. Shares are per mille and are met exactly, to the nearest whole person, so
//! that a published percentage is the truth; rates are per mille or per 100,000 and year, and chance decides. Absent on purpose: whether
//! the settings can be met; that is `check`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::place_file::{Days, Mistakes};

/// A programme and the truth of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeSettings {
    /// Everything random follows from it.
    #[serde(skip)]
    pub seed: u64,
    /// Folder of the programme's own files: the cohort dataset of the agreement.
    pub cohort: String,
    /// Folder of the other custodian's files: the usage dataset.
    pub usage: String,
    /// People in the other custodian's file.
    pub people: u32,
    /// People in the programme's file.
    pub participants: u32,
    /// Of these, how many live elsewhere and are not in the other custodian's file.
    pub participants_outside: u32,
    /// Years of birth of everybody.
    pub births: Births,
    /// If everybody is of one sex.
    pub sex: Option<OneSex>,
    /// Header of a number that identifies a person, in both files; without it there is none.
    pub number: Option<String>,
    /// Where everybody lives.
    pub postcodes: Postcodes,
    /// The days of the other custodian's file.
    pub history: Days,
    /// The days on which participants start.
    pub starts: Days,
    /// Mistakes in either file.
    pub mistakes_percent: Mistakes,
    /// Moves out of the place, of 100,000 people in a year; nobody moves before starting.
    pub moves_per_100k_year: u32,
    /// What the programme's own file says of participants.
    #[serde(default)]
    pub variable: Vec<CohortVariable>,
    /// What participants score.
    #[serde(default)]
    pub score: Vec<ScoreTruth>,
    /// Events that come by chance at a steady rate.
    #[serde(default)]
    pub rate: Vec<Rate>,
    /// Events of which a fixed share has one, and a fixed share of those another.
    #[serde(default)]
    pub episode: Vec<Episode>,
    /// Events that a growing share of people keep up.
    #[serde(default)]
    pub uptake: Vec<UptakeTruth>,
    /// Causes of death.
    #[serde(default)]
    pub death: Vec<Death>,
}

/// Years of birth, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Births {
    /// The first.
    pub from: i16,
    /// The last.
    pub to: i16,
}

/// A register of one sex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OneSex {
    /// Women.
    Female,
    /// Men.
    Male,
}

/// Postcode districts that are made up of letters and numbers `first..first + count`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Postcodes {
    /// One or two capital letters.
    pub letters: String,
    /// The first number.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// How they are written.
    pub form: PostcodeForm,
}

/// How postcodes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PostcodeForm {
    /// `HD1 4AB`.
    UnitedKingdom,
    /// `M1B 2K3`; the letters are the first, and the numbers of districts do not count.
    Canada,
}

/// A code variable of the programme's people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CohortVariable {
    /// Its column.
    pub name: String,
    /// How many of a thousand have each code; the rest is blank.
    pub shares: BTreeMap<String, u32>,
}

/// A score of participants.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreTruth {
    /// Its code.
    pub measure: String,
    /// Least and greatest score at the start; all between are equally likely.
    pub start: [i32; 2],
    /// Later scores.
    pub after: Vec<ScoreAfter>,
}

/// Scores some months after the start.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreAfter {
    /// How many.
    pub months: u32,
    /// Of a thousand who are still there, how many are measured.
    pub measured_per_mille: u32,
    /// Of a thousand measured, how many improved.
    pub improved_per_mille: u32,
    /// What those who improved score.
    pub improved: Later,
    /// What the others score.
    pub otherwise: Later,
}

/// A later score, the least and the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Later {
    /// The score itself.
    Score([i32; 2]),
    /// What it differs by from that at the start.
    Change([i32; 2]),
}

/// Events at a steady rate, per mille and year.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Their code.
    pub code: String,
    /// Least and greatest cost in pence; without it they have none.
    pub cost_pence: Option<[u32; 2]>,
    /// Of participants before they start, and from then on.
    pub participants: [u32; 2],
    /// Of everybody else.
    pub others: u32,
}

/// A first event and another one soon.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Episode {
    /// Their code.
    pub code: String,
    /// Least and greatest cost in pence; without it they have none.
    pub cost_pence: Option<[u32; 2]>,
    /// Months before and months after the start that are looked at.
    pub months: u32,
    /// Another one is so many months later at most.
    pub again_months: u32,
    /// Participants in the months before.
    pub before: EpisodeShares,
    /// Participants in the months after, of those still there at the end.
    pub after: EpisodeShares,
    /// Of everybody else, at a steady rate per mille and year.
    pub others: u32,
}

/// Shares of participants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpisodeShares {
    /// Of a thousand, how many have a first event.
    pub people: u32,
    /// Of a thousand of these, how many have another.
    pub again: u32,
}

/// Something to be done again and again, such as screening.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UptakeTruth {
    /// Code of the events.
    pub code: String,
    /// Whoever keeps it up has had it within so many months.
    pub within_months: u32,
    /// The first year.
    pub from_year: i16,
    /// Of a thousand participants, how many have kept it up at the end of each year; never fewer than the year before.
    pub participants: Vec<u32>,
    /// The same of everybody else; none if it is left out.
    #[serde(default)]
    pub others: Vec<u32>,
}

/// A cause of death. Participants do not die before they start.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Death {
    /// Code of the event on that day; without it there is no event.
    pub code: Option<String>,
    /// Of 100,000 participants in a year.
    pub participants_per_100k_year: u32,
    /// Of 100,000 others in a year.
    pub others_per_100k_year: u32,
}
