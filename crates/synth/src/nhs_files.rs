//! The NHS files: everybody registered in the place, and what they used.
//!
//! In: a place. Out: `nhs/people.csv` and `nhs/events.csv`. Identifiers, and the year of birth and sex beside them, are as written down;
//! deprivation, practice, conditions and dates are as they are. Absent on purpose: who takes part in a programme.

use std::collections::BTreeMap;
use std::path::Path;

use crate::calendar::Day;
use crate::clerk::{Clerk, Record, World};
use crate::error::SynthError;
use crate::files::{EventsFile, Table};
use crate::geography::PRACTICES;
use crate::names::Sex;
use crate::participants::Participant;
use crate::place::{Place, PlaceSummary, Stage, report};
use crate::random::{Random, Stream};
use crate::register::End;
use crate::settings::PlaceSettings;
use crate::usage::Usage;

const NHS_PEOPLE: &str = "nhs/people.csv";
/// Years of birth before it are placeholders or mistakes, and left blank.
const BIRTH_YEAR_MIN: u32 = 1_901;

/// Writes the NHS files; returns the people in the order of their local ids.
pub(crate) fn write_nhs(
    settings: &PlaceSettings,
    out_dir: &Path,
    place: &Place,
    world: &World<'_>,
    progress: &mut dyn FnMut(Stage, u64, u64),
    summary: &mut PlaceSummary,
) -> Result<Vec<usize>, SynthError> {
    let mut people = Table::create(
        out_dir,
        NHS_PEOPLE,
        &[
            "local_id",
            "nhs_number",
            "family_name",
            "given_name",
            "date_of_birth",
            "sex",
            "postcode",
            "gp_practice",
            "imd_decile",
            "birth_year",
            "recorded_sex",
            "practice",
            "conditions",
            "died_on",
            "moved_out_on",
            "practice_since",
            "registration_start",
            "registration_end",
        ],
    )?;
    let mut events_file = EventsFile::create(out_dir)?;
    let mut clerk = Clerk::new(world, &settings.nhs_errors, Random::new(settings.seed, Stream::NhsClerk));
    let mut usage = Usage::new(settings, world.calendar, Random::new(settings.seed, Stream::Usage));
    let participants: BTreeMap<usize, &Participant> = place.participants.iter().map(|one| (one.person, one)).collect();

    let last_year = u32::from(settings.history_to.year().unsigned_abs());
    let mut order: Vec<usize> = (0..place.everyone.residents()).collect();
    Random::new(settings.seed, Stream::Register).shuffle(&mut order);
    let total = order.len() as u64;
    let mut events = Vec::new();
    for (nth, &at) in (0_u32..).zip(&order) {
        let patient = place.everyone.patient(at);
        let local_id = nhs_id(nth);
        let record = clerk.write_down(patient.person);
        let registration = &patient.registration;
        let day = |day: Option<Day>| day.map_or(&[][..], |day| world.calendar.text(day));
        let (sex, recorded_sex) = match record.sex {
            Some(Sex::Male) => ("1", "male"),
            Some(Sex::Female) => ("2", "female"),
            None => ("9", ""),
        };
        people.row(&[
            local_id.as_bytes(),
            record.nhs_number.as_bytes(),
            record.family_name.as_bytes(),
            record.given_name.as_bytes(),
            record.birth_iso().as_bytes(),
            sex.as_bytes(),
            record.postcode.as_bytes(),
            record.gp_practice.as_bytes(),
            patient.imd_decile.to_string().as_bytes(),
            birth_year(&record, last_year).as_bytes(),
            recorded_sex.as_bytes(),
            PRACTICES[patient.practice as usize].as_bytes(),
            patient.health.conditions.to_string().as_bytes(),
            day(registration.ended_by(End::Died)),
            day(registration.ended_by(End::MovedOut)),
            day(Some(registration.practice_since)),
            day(Some(registration.from)),
            day(registration.last_day()),
        ])?;
        summary.gp_appointments_lost +=
            usage.draw(&patient, participants.get(&at).copied(), place.admissions.get(&at), &mut events);
        events_file.rows(&local_id, &events, world.calendar, &mut summary.events_by_kind)?;
        report(progress, Stage::Nhs, u64::from(nth) + 1, total);
    }
    summary.nhs_errors = clerk.into_counts();
    summary.people = people.close()?;
    summary.events = events_file.close()?;
    Ok(order)
}

/// The local id of a row.
pub(crate) fn nhs_id(nth: u32) -> String {
    format!("N{:07}", nth + 1)
}

/// The year of the date of birth as written, if anyone registered can have been born in it.
pub(crate) fn birth_year(record: &Record, last_year: u32) -> String {
    let year = record.birth.map(|(year, _, _)| year).filter(|year| (BIRTH_YEAR_MIN..=last_year).contains(year));
    year.map_or_else(String::new, |year| year.to_string())
}
