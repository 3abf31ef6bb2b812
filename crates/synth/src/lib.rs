//! A seeded synthetic place: people, a social-prescribing programme and NHS use, with the truth kept aside.
//!
//! In: settings and a seed. Out: the CSV files that two custodians would hold about the same people, each with its own local ids and its
//! own mistakes, and a file of the true pairs that only a measurement may read. Absent on purpose: any real person, any network, any
//! clock; the same settings give the same bytes everywhere.
//!
//! | file | columns |
//! |---|---|
//! | `programme/people.csv` | `local_id,nhs_number,family_name,given_name,date_of_birth,sex,postcode,gp_practice,start_date,exit_date,outcome` |
//! | `programme/measures.csv` | `local_id,measure,date,score` |
//! | `nhs/people.csv` | `local_id,nhs_number,family_name,given_name,date_of_birth,sex,postcode,gp_practice,imd_decile,registration_start,registration_end` |
//! | `nhs/events.csv` | `local_id,event,date,cost_pence,bed_days` |
//! | `truth.csv` | `programme_local_id,nhs_local_id` |
//!
//! Dates are ISO 8601, except the programme's dates of birth, which are dd/mm/yyyy. Sex is `M`, `F` or blank in the programme's file and
//! `1`, `2` or `9` in the NHS file. `bed_days` is blank for what is not an admission.
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
mod settings;

mod calendar;
mod names;
mod nhs_number;
mod random;

mod geography;
mod population;

mod clerk;
mod mistakes;
mod rates;

mod participants;
mod register;

mod day_weights;
mod usage;

mod files;
mod pairs;
mod place;

pub use error::SynthError;
pub use nhs_number::PEOPLE_MAX;
pub use pairs::{PairsSummary, people_pairs};
pub use place::{PlaceSummary, Stage, write_place};
pub use rates::ErrorRates;
pub use settings::{Effect, PlaceSettings};
