//! Writes a place: the programme's files, the NHS files, and the truth.
//!
//! In: settings, a folder, someone to tell how far it is. Out: five CSV files and a summary. Rows stand in the order of the local ids, and
//! local ids are dealt at random by each custodian, so neither says anything about the other. Absent on purpose: reading anything back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::calendar::{Calendar, day_of};
use crate::clerk::{Clerk, Record, World};
use crate::error::SynthError;
use crate::files::{EventsFile, Table};
use crate::geography::{ELSEWHERE, PLACE, Postcode, build_postcodes};
use crate::names::{Names, Sex};
use crate::nhs_number::draw_numbers;
use crate::participants::{Participant, draw_measures, draw_participants, make_eligible};
use crate::population::{Builder, Person};
use crate::random::{Random, Stream};
use crate::register::draw_registration;
use crate::settings::PlaceSettings;
use crate::usage::Usage;

const PROGRAMME_PEOPLE: &str = "programme/people.csv";
const PROGRAMME_MEASURES: &str = "programme/measures.csv";
const NHS_PEOPLE: &str = "nhs/people.csv";
const TRUTH: &str = "truth.csv";

const WELLBEING_STAR: &str = "wellbeing_star";
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
        fs::create_dir_all(out_dir.join(folder)).map_err(|source| SynthError::Write { file: folder, source })?;
    }
    progress(Stage::People, 0, u64::from(settings.people));
    let (names, calendar) = (Names::new(), Calendar::up_to(settings.history_to));
    let place = Place::build(settings, &names, &calendar)?;
    progress(Stage::People, u64::from(settings.people), u64::from(settings.people));

    let world =
        World { names: &names, calendar: &calendar, postcodes: &place.postcodes, census: day_of(settings.starts_from) };
    let mut summary = place.summary(&names);
    write_programme(settings, out_dir, &place, &world, progress, &mut summary)?;
    let nhs_order = write_nhs(settings, out_dir, &place, &world, progress, &mut summary)?;
    write_truth(out_dir, &place, &nhs_order, progress, &mut summary)?;
    Ok(summary)
}

/// Everyone, and who takes part, in the order of the programme's local ids.
struct Place {
    postcodes: Vec<Postcode>,
    people: Vec<Person>,
    residents: usize,
    participants: Vec<Participant>,
}

impl Place {
    fn build(settings: &PlaceSettings, names: &Names, calendar: &Calendar) -> Result<Self, SynthError> {
        let stream = |stream| Random::new(settings.seed, stream);
        let mut random = stream(Stream::Geography);
        let mut postcodes = build_postcodes(settings.people, PLACE, &mut random);
        let inside = u32::try_from(postcodes.len()).expect("there are fewer postcodes than people");
        let outsiders = settings.participants_outside();
        postcodes.extend(build_postcodes(outsiders, ELSEWHERE, &mut random));
        let all = u32::try_from(postcodes.len()).expect("there are fewer postcodes than people");

        let numbers = draw_numbers(settings.people + outsiders, &mut stream(Stream::Numbers));
        let (numbers_inside, numbers_outside) = numbers.split_at(settings.people as usize);
        let mut random = stream(Stream::People);
        let mut builder = Builder { names, calendar, census: day_of(settings.starts_from), random: &mut random };
        let mut people = builder.build(numbers_inside, 0..inside);
        let residents = people.len();
        people.extend(builder.build(numbers_outside, inside..all));
        make_eligible(settings, &mut people[residents..], &mut random);

        let mut random = stream(Stream::Participants);
        let mut participants = draw_participants(settings, calendar, &people, residents, &postcodes, &mut random)?;
        random.shuffle(&mut participants);
        Ok(Self { postcodes, people, residents, participants })
    }

    fn imd_decile(&self, person: &Person) -> u8 {
        self.postcodes[person.home as usize].imd_decile
    }

    fn summary(&self, names: &Names) -> PlaceSummary {
        let families: BTreeSet<String> =
            self.people[..self.residents].iter().map(|person| names.family_text(person.family)).collect();
        let residents = self.participants.iter().filter(|participant| participant.person < self.residents);
        let in_decile_1 =
            residents.clone().filter(|participant| self.imd_decile(&self.people[participant.person]) == 1);
        PlaceSummary {
            participants_outside: (self.participants.len() - residents.clone().count()) as u64,
            participants_in_decile_1: in_decile_1.count() as u64,
            family_names: families.len() as u64,
            ..PlaceSummary::default()
        }
    }
}

fn write_programme(
    settings: &PlaceSettings,
    out_dir: &Path,
    place: &Place,
    world: &World<'_>,
    progress: &mut dyn FnMut(Stage, u64, u64),
    summary: &mut PlaceSummary,
) -> Result<(), SynthError> {
    let mut people = Table::create(
        out_dir,
        PROGRAMME_PEOPLE,
        &[
            "local_id",
            "nhs_number",
            "family_name",
            "given_name",
            "date_of_birth",
            "sex",
            "postcode",
            "gp_practice",
            "start_date",
            "exit_date",
            "outcome",
        ],
    )?;
    let mut measures = Table::create(out_dir, PROGRAMME_MEASURES, &["local_id", "measure", "date", "score"])?;
    let mut clerk = Clerk::new(world, &settings.programme_errors, Random::new(settings.seed, Stream::ProgrammeClerk));
    let mut random = Random::new(settings.seed, Stream::Measures);
    let unusable = unusable_rows(settings, &mut random);
    let total = place.participants.len() as u64;
    for (nth, participant) in (0_u32..).zip(&place.participants) {
        let local_id = programme_id(nth);
        let record = match unusable.get(&nth) {
            Some(&kind) => Record::without_identifiers(kind),
            None => clerk.write_down(&place.people[participant.person]),
        };
        let sex = match record.sex {
            Some(Sex::Female) => "F",
            Some(Sex::Male) => "M",
            None => "",
        };
        people.row(&[
            local_id.as_bytes(),
            record.nhs_number.as_bytes(),
            record.family_name.as_bytes(),
            record.given_name.as_bytes(),
            record.birth_uk().as_bytes(),
            sex.as_bytes(),
            record.postcode.as_bytes(),
            record.gp_practice.as_bytes(),
            world.calendar.text(participant.start),
            participant.exit.map_or(&[], |day| world.calendar.text(day)),
            participant.outcome.code().as_bytes(),
        ])?;
        for (day, score) in draw_measures(participant, settings, world.calendar, &mut random) {
            let score = score.to_string();
            measures.row(&[
                local_id.as_bytes(),
                WELLBEING_STAR.as_bytes(),
                world.calendar.text(day),
                score.as_bytes(),
            ])?;
        }
        report(progress, Stage::Programme, u64::from(nth) + 1, total);
    }
    summary.programme_errors = clerk.into_counts();
    summary.programme_errors.insert("rows_without_identifiers", unusable.len() as u64);
    summary.participants = people.close()?;
    summary.measures = measures.close()?;
    Ok(())
}

/// Writes the NHS files; returns the people in the order of their local ids.
fn write_nhs(
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
            "registration_start",
            "registration_end",
        ],
    )?;
    let mut events_file = EventsFile::create(out_dir)?;
    let mut clerk = Clerk::new(world, &settings.nhs_errors, Random::new(settings.seed, Stream::NhsClerk));
    let mut random = Random::new(settings.seed, Stream::Register);
    let mut usage = Usage::new(settings, world.calendar, Random::new(settings.seed, Stream::Usage));
    let participants: BTreeMap<usize, &Participant> = place.participants.iter().map(|one| (one.person, one)).collect();

    let mut order: Vec<usize> = (0..place.residents).collect();
    random.shuffle(&mut order);
    let total = order.len() as u64;
    let mut events = Vec::new();
    for (nth, &at) in (0_u32..).zip(&order) {
        let (person, participant) = (&place.people[at], participants.get(&at).copied());
        let local_id = nhs_id(nth);
        let record = clerk.write_down(person);
        let registration = draw_registration(person, participant, settings, &mut random);
        let decile = place.imd_decile(person);
        let sex = match record.sex {
            Some(Sex::Male) => "1",
            Some(Sex::Female) => "2",
            None => "9",
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
            decile.to_string().as_bytes(),
            world.calendar.text(registration.from),
            registration.to.map_or(&[], |day| world.calendar.text(day)),
        ])?;
        usage.draw(person, decile, registration, participant, &mut events);
        events_file.rows(&local_id, &events, world.calendar, &mut summary.events_by_kind)?;
        report(progress, Stage::Nhs, u64::from(nth) + 1, total);
    }
    summary.nhs_errors = clerk.into_counts();
    summary.people = people.close()?;
    summary.events = events_file.close()?;
    Ok(order)
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

/// Which programme rows carry no usable identifier, and the how-manieth of them each is.
fn unusable_rows(settings: &PlaceSettings, random: &mut Random) -> BTreeMap<u32, u32> {
    let mut rows = BTreeMap::new();
    while rows.len() < settings.rows_without_identifiers as usize {
        let kind = u32::try_from(rows.len()).expect("there are fewer such rows than participants");
        rows.entry(random.below(settings.participants)).or_insert(kind);
    }
    rows
}

fn report(progress: &mut dyn FnMut(Stage, u64, u64), stage: Stage, done: u64, total: u64) {
    if done.is_multiple_of(REPORT_EVERY) || done == total {
        progress(stage, done, total);
    }
}

fn programme_id(nth: u32) -> String {
    format!("P{:06}", nth + 1)
}

fn nhs_id(nth: u32) -> String {
    format!("N{:07}", nth + 1)
}
