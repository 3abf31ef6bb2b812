//! What is made up, read from a file: `place.toml` of an example.
//!
//! In: text, a seed. Out: settings of a place ([`PlaceSettings`]) or of any programme ([`ProgrammeSettings`]). Absent on purpose: defaults
//! of what is true, so that the file says all of it; and anything that the settings do not have.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

use crate::error::SynthError;
use crate::programme::ProgrammeSettings;
use crate::rates::ErrorRates;
use crate::settings::PlaceSettings;
use crate::truths::{Completion, Effect, Entry, GpHistory};

const FORMAT: &str = "counterfoil-place-1";

/// Which of the two makes the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceFile {
    /// `[place]`: a place with practices, conditions and five kinds of NHS use, and a social-prescribing programme.
    Place(Box<PlaceSettings>),
    /// `[programme]`: any programme, with the events, scores and codes that the file names.
    Programme(Box<ProgrammeSettings>),
}

impl PlaceFile {
    /// Parses a place file; the seed is not in it.
    ///
    /// # Errors
    /// [`SynthError`] that names what is wrong; that the settings can be met is checked too.
    pub fn parse(text: &str, seed: u64) -> Result<Self, SynthError> {
        let file: File = toml::from_str(text).map_err(|error| SynthError::PlaceFile(error.to_string()))?;
        if file.format != FORMAT {
            return Err(SynthError::PlaceFile(format!("write format = \"{FORMAT}\"")));
        }
        match (file.place, file.programme) {
            (Some(entry), None) => {
                let settings = entry.settings(seed);
                settings.verify()?;
                Ok(Self::Place(Box::new(settings)))
            }
            (None, Some(programme)) => {
                let settings = ProgrammeSettings { seed, ..*programme };
                settings.verify()?;
                Ok(Self::Programme(Box::new(settings)))
            }
            _ => Err(SynthError::PlaceFile("write [place] or [programme], one of them".to_owned())),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    place: Option<PlaceEntry>,
    programme: Option<Box<ProgrammeSettings>>,
}

/// Days from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// The first.
    #[serde(deserialize_with = "day")]
    pub from: Date,
    /// The last.
    #[serde(deserialize_with = "day")]
    pub to: Date,
}

/// Mistakes in each custodian's people, per cent of those of a programme whose link workers type them in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mistakes {
    /// In the programme's file.
    pub cohort: u32,
    /// In the other custodian's.
    pub usage: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceEntry {
    people: u32,
    participants: u32,
    participants_outside_per_10k: u32,
    decile_1_per_10k: u32,
    rows_without_identifiers: u32,
    history: Days,
    starts: Days,
    mistakes_percent: Mistakes,
    practice_change_per_10k_year: u32,
    gp_history_lost_per_10k: u32,
    entry: Entry,
    completion: Completion,
    effect: Effect,
}

impl PlaceEntry {
    fn settings(self, seed: u64) -> PlaceSettings {
        let errors = |percent| ErrorRates::programme().scaled_percent(percent);
        PlaceSettings {
            seed,
            people: self.people,
            participants: self.participants,
            participants_outside_per_10k: self.participants_outside_per_10k,
            decile_1_per_10k: self.decile_1_per_10k,
            rows_without_identifiers: self.rows_without_identifiers,
            history_from: self.history.from,
            history_to: self.history.to,
            starts_from: self.starts.from,
            starts_to: self.starts.to,
            programme_errors: errors(self.mistakes_percent.cohort),
            nhs_errors: errors(self.mistakes_percent.usage),
            effect: self.effect,
            entry: self.entry,
            completion: self.completion,
            practice_change_per_10k_year: self.practice_change_per_10k_year,
            gp_history: match self.gp_history_lost_per_10k {
                0 => GpHistory::Kept,
                per_10k => GpHistory::LostFor { per_10k },
            },
        }
    }
}

/// A TOML date without time or offset.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let written = Datetime::deserialize(deserializer)?;
    let date = written.date.filter(|_| written.time.is_none() && written.offset.is_none());
    let date = date.and_then(|of| {
        let (month, day) = (i8::try_from(of.month).ok()?, i8::try_from(of.day).ok()?);
        Date::new(i16::try_from(of.year).ok()?, month, day).ok()
    });
    date.ok_or_else(|| serde::de::Error::custom("is a day, such as 2026-01-31, without quotes or time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = include_str!("../../../examples/thrive-nel/place.toml");
    const PROGRAMME: &str = include_str!("../../../examples/kirklees-kbop/place.toml");

    #[test]
    fn the_default_place_is_that_of_the_example() {
        let parsed = PlaceFile::parse(PLACE, 1).expect("the example is valid");
        assert_eq!(parsed, PlaceFile::Place(Box::default()));
        let seeded = PlaceFile::parse(PLACE, 7).expect("the example is valid");
        assert_eq!(seeded, PlaceFile::Place(Box::new(PlaceSettings { seed: 7, ..PlaceSettings::default() })));
    }

    #[test]
    fn what_is_not_a_place_file_is_refused_by_name() {
        let changed = |text: &str, from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            PlaceFile::parse(&text.replacen(from, to, 1), 1).expect_err(to).to_string()
        };
        for (text, from, to, named) in [
            (PLACE, "counterfoil-place-1", "counterfoil-place-9", "counterfoil-place-1"),
            (PLACE, "[place]", "[programme]", "missing field"),
            (PLACE, "people = 180000", "people = 180000\nlinkworkers = 3", "linkworkers"),
            (PLACE, "people = 180000", "", "people"),
            (PLACE, "people = 180000", "people = 199", "at least"),
            (PLACE, "entry = \"steady\"", "entry = \"by-chance\"", "by-chance"),
            (PLACE, "from = 2021-01-01", "from = \"2021-01-01\"", "line"),
            (PLACE, "from = 2021-01-01", "from = 2021-01-01T10:00:00", "is a day"),
            (PROGRAMME, "[programme]", "[place]", "unknown field"),
            (PROGRAMME, "participants = 6379", "participants = 0", "participants"),
            (PROGRAMME, "participants = 6379", "participants = 63790", "participants"),
            (PROGRAMME, "births = { from = 1945", "births = { from = 1845", "births"),
            (PROGRAMME, "kept = 730", "kept = 731", "shares"),
        ] {
            let error = changed(text, from, to);
            assert!(error.contains(named), "{to}: {error}");
        }
        assert!(PlaceFile::parse("format = \"counterfoil-place-1\"", 1).is_err(), "neither of the two");
    }
}
