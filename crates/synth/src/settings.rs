//! What place to make: its size, its dates, its mistakes and the programme's true effect.
//!
//! In: numbers from the caller. Out: `PlaceSettings`, and its check, which every entry point runs first. Absent on purpose: where the
//! files go.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::error::SynthError;
use crate::nhs_number::PEOPLE_MAX;
use crate::rates::{ErrorRates, PER};
use crate::truths::{Completion, Effect, Entry, GpHistory};

/// A place needs a few households for each of its ten deprivation deciles.
const PEOPLE_MIN: u32 = 200;
/// One participant to this many people at most, so that those eligible suffice.
const PEOPLE_PER_PARTICIPANT_MIN: u32 = 10;
/// The same where everyone eligible must have been admitted of late.
const PEOPLE_PER_ADMITTED_MIN: u32 = 60;
/// Nearly a third of the people in a year: no place is so restless.
const PRACTICE_CHANGES_MAX: u32 = 3_000;
/// The ages at which the programme takes people.
const AGE_MIN: i16 = 18;
const AGE_MAX: i16 = 75;
/// Look-back and follow-up each participant must have.
pub(crate) const WINDOW_MONTHS: i32 = 24;

/// Settings of a synthetic place. `Default` is the place of the example `thrive-nel`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSettings {
    /// Everything random follows from it.
    pub seed: u64,
    /// People in the NHS file; at most [`PEOPLE_MAX`] together with the participants from outside.
    pub people: u32,
    /// Participants in the programme's file.
    pub participants: u32,
    /// Participants, per 10,000, who live outside the place and so are absent from the NHS file.
    pub participants_outside_per_10k: u32,
    /// Participants living in the place, per 10,000, whose home is in deprivation decile 1.
    pub decile_1_per_10k: u32,
    /// Programme rows in which no identifier is usable: one row blank, the next full of placeholders, and so on.
    pub rows_without_identifiers: u32,
    /// First day of NHS use.
    pub history_from: Date,
    /// Last day of NHS use, and the day on which both extracts are taken.
    pub history_to: Date,
    /// First day on which someone starts on the programme.
    pub starts_from: Date,
    /// Last day on which someone starts.
    pub starts_to: Date,
    /// Mistakes in the programme's file.
    pub programme_errors: ErrorRates,
    /// Mistakes in the NHS file.
    pub nhs_errors: ErrorRates,
    /// What truly happens to use and well-being; says what an analysis should recover.
    pub effect: Effect,
    /// Who comes to the programme: whether before and after can be compared without a comparison cohort's help.
    pub entry: Entry,
    /// Who completes it: how far completers differ from everyone who started.
    pub completion: Completion,
    /// Changes of practice within the place, per 10,000 people and year. They show in `practice_since`.
    pub practice_change_per_10k_year: u32,
    /// What a change of practice does to the record of GP appointments.
    pub gp_history: GpHistory,
}

impl Default for PlaceSettings {
    fn default() -> Self {
        let programme_errors = ErrorRates::programme();
        Self {
            seed: 1,
            people: 180_000,
            participants: 2_400,
            participants_outside_per_10k: 150,
            decile_1_per_10k: 5_500,
            rows_without_identifiers: 2,
            history_from: date(2021, 1, 1),
            history_to: date(2025, 12, 31),
            starts_from: date(2023, 1, 1),
            starts_to: date(2023, 12, 31),
            nhs_errors: programme_errors.scaled_percent(35),
            programme_errors,
            effect: Effect::default(),
            entry: Entry::Steady,
            completion: Completion::Alike,
            practice_change_per_10k_year: 300,
            gp_history: GpHistory::Kept,
        }
    }
}

impl PlaceSettings {
    /// A place of 6,000 people and 300 participants, for tests.
    pub fn small(seed: u64) -> Self {
        Self { seed, people: 6_000, participants: 300, ..Self::default() }
    }

    /// Participants who live outside the place, rounded to the nearest.
    pub(crate) fn participants_outside(&self) -> u32 {
        let exact = u64::from(self.participants) * u64::from(self.participants_outside_per_10k) + u64::from(PER / 2);
        u32::try_from(exact / u64::from(PER)).unwrap_or(self.participants).min(self.participants)
    }

    /// Years of birth, first and last, that make someone 18 to 75 on every day of the starts.
    pub(crate) fn eligible_births(&self) -> (i16, i16) {
        (self.starts_to.year() - AGE_MAX, self.starts_from.year() - AGE_MIN - 1)
    }

    /// Refuses what cannot be made.
    pub(crate) fn verify(&self) -> Result<(), SynthError> {
        self.verify_sizes()?;
        self.verify_rates()?;
        self.verify_dates()
    }

    fn verify_sizes(&self) -> Result<(), SynthError> {
        let everyone = u64::from(self.people) + u64::from(self.participants_outside());
        if everyone > u64::from(PEOPLE_MAX) {
            return Err(SynthError::PeopleTooMany { people: everyone, people_max: PEOPLE_MAX });
        }
        if self.people < PEOPLE_MIN {
            return Err(SynthError::PeopleTooFew { people: self.people, people_min: PEOPLE_MIN });
        }
        let participants_max = match self.entry {
            Entry::Steady => self.people / PEOPLE_PER_PARTICIPANT_MIN,
            Entry::AfterAdmission => self.people / PEOPLE_PER_ADMITTED_MIN,
        };
        if self.participants > participants_max {
            return Err(SynthError::ParticipantsTooMany { participants: self.participants, participants_max });
        }
        Ok(())
    }

    fn verify_rates(&self) -> Result<(), SynthError> {
        let effect = &self.effect;
        let lost_per_10k = match self.gp_history {
            GpHistory::Kept => 0,
            GpHistory::LostFor { per_10k } => per_10k,
        };
        let shares = [
            ("participants_outside_per_10k", self.participants_outside_per_10k, 0, PER),
            ("decile_1_per_10k", self.decile_1_per_10k, 0, PER),
            ("practice_change_per_10k_year", self.practice_change_per_10k_year, 0, PRACTICE_CHANGES_MAX),
            ("gp_history", lost_per_10k, 0, PER),
            ("rows_without_identifiers", self.rows_without_identifiers, 0, self.participants),
            // Every other hospital factor is a ratio to this one, so it cannot be nought.
            ("hospital_others_per_mille", effect.hospital_others_per_mille, 500, 2_000),
            ("hospital_completed_per_mille", effect.hospital_completed_per_mille, 0, 2_000),
            ("hospital_continuing_per_mille", effect.hospital_continuing_per_mille, 0, 2_000),
            ("gp_participants_per_mille", effect.gp_participants_per_mille, 0, 2_000),
            ("improved_12_months_per_mille", effect.improved_12_months_per_mille, 0, 1_000),
            ("improved_24_months_per_mille", effect.improved_24_months_per_mille, 0, 1_000),
        ];
        let rates = [&self.programme_errors, &self.nhs_errors].into_iter().flat_map(ErrorRates::named);
        let rates = rates.map(|(name, value)| (name, value, 0, PER));
        for (setting, value, value_min, value_max) in shares.into_iter().chain(rates) {
            if !(value_min..=value_max).contains(&value) {
                return Err(SynthError::RateOutOfRange { setting, value, value_min, value_max });
            }
        }
        Ok(())
    }

    fn verify_dates(&self) -> Result<(), SynthError> {
        let modelled = date(2000, 1, 1)..=date(2099, 12, 31);
        let dates = [
            ("history_from", self.history_from),
            ("starts_from", self.starts_from),
            ("starts_to", self.starts_to),
            ("history_to", self.history_to),
        ];
        let mut before = date(2000, 1, 1);
        for (setting, day) in dates {
            if !modelled.contains(&day) || day < before {
                return Err(SynthError::DateOutOfRange { setting });
            }
            before = day;
        }
        let needed_from = self.starts_from.saturating_sub(WINDOW_MONTHS.months());
        let needed_to = self.starts_to.saturating_add(WINDOW_MONTHS.months()).saturating_sub(1.day());
        if self.history_from > needed_from || self.history_to < needed_to {
            return Err(SynthError::HistoryTooShort { needed_from, needed_to });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_and_small_are_possible() {
        assert!(PlaceSettings::default().verify().is_ok());
        assert!(PlaceSettings::small(9).verify().is_ok());
        assert_eq!(PlaceSettings::default().participants_outside(), 36, "1.5 % of 2,400");
        assert_eq!(
            PlaceSettings::default().eligible_births(),
            (1948, 2004),
            "75 at most, and 18 at least, all through 2023"
        );
    }

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let base = PlaceSettings::small(1);
        let refused = |settings: PlaceSettings| settings.verify().expect_err("must be refused");
        assert!(matches!(
            refused(PlaceSettings { people: PEOPLE_MAX, ..base.clone() }),
            SynthError::PeopleTooMany { .. }
        ));
        assert!(matches!(
            refused(PlaceSettings { people: 199, participants: 3, ..base.clone() }),
            SynthError::PeopleTooFew { .. }
        ));
        assert!(matches!(
            refused(PlaceSettings { participants: 601, ..base.clone() }),
            SynthError::ParticipantsTooMany { .. }
        ));
        assert!(matches!(
            refused(PlaceSettings { decile_1_per_10k: 10_001, ..base.clone() }),
            SynthError::RateOutOfRange { setting: "decile_1_per_10k", .. }
        ));
        assert!(matches!(
            refused(PlaceSettings { practice_change_per_10k_year: 3_001, ..base.clone() }),
            SynthError::RateOutOfRange { setting: "practice_change_per_10k_year", .. }
        ));
        assert!(matches!(
            refused(PlaceSettings { gp_history: GpHistory::LostFor { per_10k: 10_001 }, ..base.clone() }),
            SynthError::RateOutOfRange { setting: "gp_history", .. }
        ));
        assert!(matches!(
            refused(PlaceSettings { entry: Entry::AfterAdmission, participants: 101, ..base.clone() }),
            SynthError::ParticipantsTooMany { participants: 101, participants_max: 100 }
        ));
        let errors = ErrorRates { nickname: 10_001, ..ErrorRates::none() };
        assert!(matches!(
            refused(PlaceSettings { nhs_errors: errors, ..base.clone() }),
            SynthError::RateOutOfRange { setting: "nickname", .. }
        ));
        let effect = Effect { hospital_others_per_mille: 0, ..Effect::default() };
        assert!(matches!(refused(PlaceSettings { effect, ..base.clone() }), SynthError::RateOutOfRange { .. }));
        assert!(matches!(
            refused(PlaceSettings { history_from: date(1999, 1, 1), ..base.clone() }),
            SynthError::DateOutOfRange { setting: "history_from" }
        ));
        assert!(matches!(
            refused(PlaceSettings { starts_to: date(2022, 12, 31), ..base.clone() }),
            SynthError::DateOutOfRange { setting: "starts_to" }
        ));
    }

    #[test]
    fn a_history_one_day_short_is_refused() {
        let base = PlaceSettings::small(1);
        let late = PlaceSettings { history_from: date(2021, 1, 2), ..base.clone() };
        assert!(matches!(late.verify(), Err(SynthError::HistoryTooShort { .. })));
        let enough = PlaceSettings { history_to: date(2025, 12, 30), ..base.clone() };
        assert!(enough.verify().is_ok(), "24 months from 2023-12-31 end with 2025-12-30");
        let short = PlaceSettings { history_to: date(2025, 12, 29), ..base };
        assert!(matches!(short.verify(), Err(SynthError::HistoryTooShort { .. })));
    }
}
