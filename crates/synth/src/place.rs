//! Writes a place: the programme's files, the NHS files, and the truth.
//!
//! In: settings, a folder, someone to tell how far it is. Out: five CSV files and a summary. Rows stand in the order of the local ids, and
//! local ids are dealt at random by each custodian, so neither says anything about the other. Absent on purpose: reading anything back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::calendar::{Calendar, day_of};
use crate::clerk::World;
use crate::entry::draw_entries;
use crate::error::SynthError;
use crate::everyone::Everyone;
use crate::files::Table;
use crate::names::Names;
use crate::nhs_files::{nhs_id, write_nhs};
use crate::participants::{Participant, draw_participants};
use crate::programme_files::{programme_id, write_programme};
use crate::random::{Random, Stream};
use crate::register::End;
use crate::settings::PlaceSettings;
use crate::usage::{Admissions, Usage};

const TRUTH: &str = "truth.csv";
/// Rows between two reports of progress.
const REPORT_EVERY: u64 = 2_048;

/// What is being made; reported with how many of how many people are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// The people themselves.
    People,
    /// The programme's files.
    Programme,
    /// The NHS files.
    Nhs,
    /// The true pairs.
    Truth,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceSummary {
    /// Rows of `nhs/people.csv`.
    pub people: u64,
    /// Rows of `programme/people.csv`.
    pub participants: u64,
    /// Participants who live outside the place.
    pub participants_outside: u64,
    /// Participants whose home is in deprivation decile 1.
    pub participants_in_decile_1: u64,
    /// Participants by outcome: `completed`, `left_early`, `continuing`.
    pub participants_by_outcome: BTreeMap<&'static str, u64>,
    /// Residents of an eligible age with at least one condition, registered at some time or other.
    pub eligible: u64,
    /// Residents who died while registered.
    pub deaths: u64,
    /// Residents who moved out of the place.
    pub moves_out: u64,
    /// Residents who changed practice within the place during the history.
    pub practice_changes: u64,
    /// GP appointments that a change of practice took from `nhs/events.csv`.
    pub gp_appointments_lost: u64,
    /// Rows of `programme/measures.csv`.
    pub measures: u64,
    /// Rows of `nhs/events.csv`.
    pub events: u64,
    /// Rows of `nhs/events.csv` by event code.
    pub events_by_kind: BTreeMap<&'static str, u64>,
    /// Rows of `truth.csv`.
    pub true_pairs: u64,
    /// Distinct family names as their bearers write them.
    pub family_names: u64,
    /// Mistakes in `programme/people.csv`, by name of the rate, and its `rows_without_identifiers`.
    pub programme_errors: BTreeMap<&'static str, u64>,
    /// Mistakes in `nhs/people.csv`, by name of the rate.
    pub nhs_errors: BTreeMap<&'static str, u64>,
}

/// Writes the place that `settings` describe into `out_dir`, replacing its files; `progress` hears the stage, how many people are done and
/// of how many.
///
/// The same settings give the same bytes. Time and memory grow with the people: the default place takes seconds and some tens of megabytes
/// beside its files.
///
/// # Errors
///
/// [`SynthError`] if the settings cannot be met or a file cannot be written.
pub fn write_place(
    settings: &PlaceSettings,
    out_dir: &Path,
    progress: &mut dyn FnMut(Stage, u64, u64),
) -> Result<PlaceSummary, SynthError> {
    settings.verify()?;
    for folder in ["programme", "nhs"] {
        fs::create_dir_all(out_dir.join(folder)).map_err(|source| SynthError::Write { file: folder.into(), source })?;
    }
    progress(Stage::People, 0, u64::from(settings.people));
    let (names, calendar) = (Names::new(), Calendar::up_to(settings.history_to));
    let place = Place::build(settings, &names, &calendar)?;
    progress(Stage::People, u64::from(settings.people), u64::from(settings.people));

    let census = day_of(settings.starts_from);
    let world = World { names: &names, calendar: &calendar, postcodes: &place.everyone.postcodes, census };
    let mut summary = place.summary(settings, &names);
    write_programme(settings, out_dir, &place, &world, progress, &mut summary)?;
    let nhs_order = write_nhs(settings, out_dir, &place, &world, progress, &mut summary)?;
    write_truth(out_dir, &place, &nhs_order, progress, &mut summary)?;
    Ok(summary)
}

/// Everyone, and who takes part, in the order of the programme's local ids.
pub(crate) struct Place {
    pub(crate) everyone: Everyone,
    pub(crate) participants: Vec<Participant>,
    /// By person, where they had to be drawn to know who takes part.
    pub(crate) admissions: BTreeMap<usize, Admissions>,
}

impl Place {
    fn build(settings: &PlaceSettings, names: &Names, calendar: &Calendar) -> Result<Self, SynthError> {
        let everyone = Everyone::build(settings, names, calendar);
        let mut usage = Usage::new(settings, calendar, Random::new(settings.seed, Stream::Admissions));
        let mut random = Random::new(settings.seed, Stream::Participants);
        let entries = draw_entries(settings, &everyone, &mut usage, &mut random)?;
        let mut participants = draw_participants(settings, calendar, &everyone, &entries.starts, &mut random);
        random.shuffle(&mut participants);
        Ok(Self { everyone, participants, admissions: entries.admissions })
    }

    fn summary(&self, settings: &PlaceSettings, names: &Names) -> PlaceSummary {
        let everyone = &self.everyone;
        let residents = everyone.residents();
        let families: BTreeSet<String> =
            everyone.people[..residents].iter().map(|person| names.family_text(person.family)).collect();
        let inside =
            self.participants.iter().map(|participant| participant.person).filter(|person| *person < residents);
        let mut by_outcome = BTreeMap::new();
        for participant in &self.participants {
            *by_outcome.entry(participant.outcome.code()).or_insert(0) += 1;
        }
        let ended = |by| everyone.registrations.iter().filter(|one| one.ended_by(by).is_some()).count() as u64;
        let first = day_of(settings.history_from);
        let changed = everyone.registrations.iter().filter(|one| one.practice_since > one.from.max(first));
        PlaceSummary {
            participants_outside: (self.participants.len() - inside.clone().count()) as u64,
            participants_in_decile_1: inside.filter(|person| everyone.imd_decile(*person) == 1).count() as u64,
            participants_by_outcome: by_outcome,
            eligible: everyone.eligible().count() as u64,
            deaths: ended(End::Died),
            moves_out: ended(End::MovedOut),
            practice_changes: changed.count() as u64,
            family_names: families.len() as u64,
            ..PlaceSummary::default()
        }
    }
}

fn write_truth(
    out_dir: &Path,
    place: &Place,
    nhs_order: &[usize],
    progress: &mut dyn FnMut(Stage, u64, u64),
    summary: &mut PlaceSummary,
) -> Result<(), SynthError> {
    let nhs_ids: BTreeMap<usize, u32> = nhs_order.iter().copied().zip(0..).collect();
    let mut truth = Table::create(out_dir, TRUTH, &["programme_local_id", "nhs_local_id"])?;
    for (nth, participant) in (0_u32..).zip(&place.participants) {
        if let Some(&nhs) = nhs_ids.get(&participant.person) {
            truth.row(&[programme_id(nth).as_bytes(), nhs_id(nhs).as_bytes()])?;
        }
    }
    summary.true_pairs = truth.close()?;
    progress(Stage::Truth, summary.participants, summary.participants);
    Ok(())
}

/// Reports every few rows, and at the end.
pub(crate) fn report(progress: &mut dyn FnMut(Stage, u64, u64), stage: Stage, done: u64, total: u64) {
    if done.is_multiple_of(REPORT_EVERY) || done == total {
        progress(stage, done, total);
    }
}
