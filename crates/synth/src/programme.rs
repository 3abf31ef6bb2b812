//! Any programme at all: who took part, what they attained and scored, and what another custodian saw of them and of everybody else.
//!
//! In: [`ProgrammeSettings`]. Out: CSV files of two custodians and the truth. Nothing here knows a programme by name.
//! Absent on purpose: practices, conditions and need, which the place of [`crate::PlaceSettings`] has.

mod check;
mod register;
mod settings;
mod shares;

mod drawn;
mod episodes;
mod uptakes;

mod scored;
mod write;

pub use settings::{
    Births, CohortVariable, Death, Episode, EpisodeShares, Later, OneSex, PostcodeForm, Postcodes, ProgrammeSettings,
    Rate, ScoreAfter, ScoreTruth, UptakeTruth,
};
pub use write::{ProgrammeSummary, write_programme_place};
