//! A seeded synthetic place: people, a social-prescribing programme and NHS use, with the truth kept aside.
//!
//! In: settings and a seed. Out: the CSV files that two custodians would hold about the same people, each with its own local ids and its
//! own mistakes, and a file of the true pairs that only a measurement may read. Absent on purpose: any real person, any network, any
//! clock; the same settings give the same bytes everywhere.
//!
//! | file | columns |
//! |---|---|
//! | `programme/people.csv` | `local_id,nhs_number,family_name,given_name,date_of_birth,sex,postcode,gp_practice,start_date,exit_date,outcome,contacts,age_band,area_decile` |
//! | `programme/measures.csv` | `local_id,measure,date,score` |
//! | `nhs/people.csv` | `local_id,nhs_number,family_name,given_name,date_of_birth,sex,postcode,gp_practice,imd_decile,birth_year,recorded_sex,practice,conditions,died_on,moved_out_on,practice_since,registration_start,registration_end` |
//! | `nhs/events.csv` | `local_id,event,date,cost_pence,bed_days,admission_method,attended` |
//! | `truth.csv` | `programme_local_id,nhs_local_id` |
//!
//! Dates are ISO 8601, except the programme's dates of birth, which are dd/mm/yyyy.
//!
//! | column | values |
//! |---|---|
//! | `sex` | `M`, `F` or blank in the programme's file; `1`, `2` or `9` in the NHS file |
//! | `outcome` | `completed`, `left_early`, `continuing`; whoever dies or moves away first has left early |
//! | `contacts` | 0 to 60 meetings with the link worker |
//! | `age_band` | `under_45`, `45_to_64`, `65_and_over`, at the start |
//! | `area_decile` | 1 to 10, of the true home: 1 is the most deprived tenth |
//! | `birth_year` | 1901 to the last year of the history, as in `date_of_birth`, mistakes included; blank where that is none |
//! | `recorded_sex` | `female`, `male`, or blank for `9` |
//! | `practice` | one of [`PRACTICES`]: that of the true home, where `gp_practice` is an identifier and can be wrong |
//! | `conditions` | 0 to 11 long-term conditions |
//! | `died_on`, `moved_out_on` | at most one of them, and then it is `registration_end`; nothing happens later |
//! | `practice_since` | first day with this practice; `registration_start` unless it was changed during the history |
//! | `event` | `gp_appointment`, `ae_attendance`, `emergency_admission`, `elective_admission`, `outpatient_attendance` |
//! | `bed_days`, `admission_method` | of admissions; the method is one of [`ADMISSION_METHODS`] |
//! | `attended` | `yes` or `no` for GP and outpatient appointments; `no` costs nothing |
//!
//! The eligible are those born in the years that make them 18 to 75 on every day of the starts (1948 to 2004 in the default place), with at
//! least one condition and registered on the day. Participants are drawn from them, so a comparison frame can be defined by the same rule.
//! What an analysis should recover is said at [`Effect`], [`Entry`], [`Completion`] and [`GpHistory`].
//!
//! Beside this place there is any other programme, whose files and truth [`ProgrammeSettings`] describe and [`write_programme_place`]
//! writes; [`PlaceFile`] reads either from a file.
//!
//! ```
//! use counterfoil_synth::{PlaceSettings, write_place};
//!
//! let folder = tempfile::tempdir()?;
//! let settings = PlaceSettings { people: 800, participants: 40, ..PlaceSettings::small(7) };
//! let summary = write_place(&settings, folder.path(), &mut |_stage, _done, _total| {})?;
//! assert_eq!(summary.people, 800);
//! assert!(folder.path().join("nhs/events.csv").exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod place_file;
mod settings;
mod truths;

mod calendar;
mod names;
mod nhs_number;
mod random;

mod geography;
mod health;
mod population;
mod register;

mod everyone;

mod entry;
mod participants;

mod day_weights;
mod tariff;
mod usage;

mod clerk;
mod mistakes;
mod rates;

mod files;
mod nhs_files;
mod pairs;
mod place;
mod programme;
mod programme_files;

pub use error::SynthError;
pub use geography::PRACTICES;
pub use nhs_number::PEOPLE_MAX;
pub use pairs::{PairsSummary, people_pairs};
pub use place::{PlaceSummary, Stage, write_place};
pub use place_file::{Days, Mistakes, PlaceFile};
pub use programme::{
    Births, CohortVariable, Death, Episode, EpisodeShares, Later, OneSex, PostcodeForm, Postcodes, ProgrammeSettings,
    ProgrammeSummary, Rate, ScoreAfter, ScoreTruth, UptakeTruth, write_programme_place,
};
pub use rates::ErrorRates;
pub use settings::PlaceSettings;
pub use tariff::ADMISSION_METHODS;
pub use truths::{Completion, Effect, Entry, GpHistory};
