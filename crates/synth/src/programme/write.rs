//! Writes a programme's files and the other custodian's, and the truth.
//!
//! In: settings, a folder, someone to tell how far it is. Out: CSV files and a summary. Rows stand in the order of the local ids, which each
//! custodian deals at random. Absent on purpose: reading anything back.
//!
//! | file | columns |
//! |---|---|
//! | `<cohort>/people.csv` | `local_id`, the number if there is one, `family_name,given_name,date_of_birth,sex,postcode,start_date` and the settings' variables |
//! | `<cohort>/measures.csv` | `local_id,measure,date,score` |
//! | `<usage>/people.csv` | `local_id`, the number, `family_name,given_name,date_of_birth,sex,postcode,area,deprivation_decile,birth_year,recorded_sex,registration_start,died_on,moved_out_on` |
//! | `<usage>/events.csv` | `local_id,event,date,cost_pence` |
//! | `truth.csv` | `cohort_local_id,usage_local_id` |
//!
//! `area` is one of `area-01` to `area-30`, in the order of deprivation. Dates of birth of the cohort are dd/mm/yyyy, all others ISO 8601.

use std::fs;
use std::path::Path;

use super::drawn::draw_events;
use super::register::{End, Register};
use super::scored::draw_scores;
use super::settings::{PostcodeForm, ProgrammeSettings};
use super::shares::dealt;
use crate::calendar::{Calendar, Day, day_of};
use crate::clerk::{Clerk, Record, World};
use crate::error::SynthError;
use crate::files::Table;
use crate::names::{Names, Sex};
use crate::nhs_files::birth_year;
use crate::place::{Stage, report};
use crate::random::{Random, Stream};
use crate::rates::ErrorRates;

/// What was written: rows of each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProgrammeSummary {
    /// Of the other custodian's people.
    pub people: u64,
    /// Of the programme's people.
    pub participants: u64,
    /// Of scores.
    pub measures: u64,
    /// Of events.
    pub events: u64,
    /// Of true pairs.
    pub true_pairs: u64,
}

/// Writes the files that `settings` describe into `out_dir`, replacing its files; `progress` hears the stage, how many people are done and
/// of how many. The same settings give the same bytes.
///
/// # Errors
/// [`SynthError`] if the settings cannot be met or a file cannot be written.
pub fn write_programme_place(
    settings: &ProgrammeSettings,
    out_dir: &Path,
    progress: &mut dyn FnMut(Stage, u64, u64),
) -> Result<ProgrammeSummary, SynthError> {
    settings.verify()?;
    for folder in [&settings.cohort, &settings.usage] {
        fs::create_dir_all(out_dir.join(folder))
            .map_err(|source| SynthError::Write { file: folder.clone().into(), source })?;
    }
    progress(Stage::People, 0, u64::from(settings.people));
    let (names, calendar) = (Names::new(), Calendar::up_to(settings.history.to));
    let register = Register::build(settings, &names, &calendar);
    progress(Stage::People, u64::from(settings.people), u64::from(settings.people));
    let census = day_of(settings.starts.from);
    let world = World { names: &names, calendar: &calendar, postcodes: &register.postcodes, census };
    let mut writing = Writing { settings, out_dir, register: &register, world: &world, progress };
    let (participants, measures) = writing.cohort()?;
    let (order, people, events) = writing.usage()?;
    Ok(ProgrammeSummary { people, participants, measures, events, true_pairs: writing.truth(&order)? })
}

struct Writing<'a> {
    settings: &'a ProgrammeSettings,
    out_dir: &'a Path,
    register: &'a Register,
    world: &'a World<'a>,
    progress: &'a mut dyn FnMut(Stage, u64, u64),
}

impl Writing<'_> {
    fn rates(&self, percent: u32) -> ErrorRates {
        let rates = ErrorRates::programme().scaled_percent(percent);
        match self.settings.postcodes.form {
            PostcodeForm::UnitedKingdom => rates,
            // ZZ99 3VZ is British.
            PostcodeForm::Canada => ErrorRates { postcode_no_fixed_abode: 0, ..rates },
        }
    }

    /// The header of people: what both custodians have, and what one of them has besides.
    fn header<'h>(&'h self, besides: &[&'h str]) -> Vec<&'h str> {
        let mut header = vec!["local_id"];
        header.extend(self.settings.number.as_deref());
        header.extend(["family_name", "given_name", "date_of_birth", "sex", "postcode"]);
        header.extend(besides);
        header
    }

    fn row(
        &self,
        table: &mut Table,
        local_id: &str,
        record: &Record,
        written: [&str; 2],
        besides: &[&[u8]],
    ) -> Result<(), SynthError> {
        let mut row = vec![local_id.as_bytes()];
        if self.settings.number.is_some() {
            row.push(record.nhs_number.as_bytes());
        }
        let [birth, sex] = written;
        let fields = [&record.family_name, &record.given_name, birth, sex, &record.postcode];
        row.extend(fields.map(str::as_bytes));
        row.extend(besides);
        table.row(&row)
    }

    /// The programme's files; rows of people and of scores.
    fn cohort(&mut self) -> Result<(u64, u64), SynthError> {
        let Self { settings, register, world, .. } = *self;
        let file = |name: &str| format!("{}/{name}", settings.cohort);
        let names: Vec<&str> = settings.variable.iter().map(|variable| variable.name.as_str()).collect();
        let header = self.header(&[&["start_date"][..], &names].concat());
        let mut people = Table::create(self.out_dir, file("people.csv"), &header)?;
        let mut measures =
            Table::create(self.out_dir, file("measures.csv"), &["local_id", "measure", "date", "score"])?;
        let mut random = Random::new(settings.seed, Stream::Shares);
        let shares = settings.variable.iter().map(|variable| {
            let (codes, shares): (Vec<&str>, Vec<u32>) =
                variable.shares.iter().map(|(code, share)| (code.as_str(), *share)).unzip();
            let dealt = dealt(register.starts.len(), &shares, &mut random);
            dealt.into_iter().map(|place| place.map_or("", |place| codes[place])).collect::<Vec<_>>()
        });
        let variables: Vec<Vec<&str>> = shares.collect();
        let scores = draw_scores(settings, register, world.calendar);
        let rates = self.rates(settings.mistakes_percent.cohort);
        let mut clerk = Clerk::new(world, &rates, Random::new(settings.seed, Stream::ProgrammeClerk));
        let total = register.starts.len() as u64;
        for (nth, start) in register.starts.iter().enumerate() {
            let local_id = cohort_id(nth);
            let record = clerk.write_down(&register.people[start.person]);
            let sex = match record.sex {
                Some(Sex::Female) => "F",
                Some(Sex::Male) => "M",
                None => "",
            };
            let mut besides = vec![world.calendar.text(start.day)];
            besides.extend(variables.iter().map(|variable| variable[nth].as_bytes()));
            self.row(&mut people, &local_id, &record, [&record.birth_uk(), sex], &besides)?;
            for (measure, day, score) in &scores[nth] {
                let measure = settings.score[*measure].measure.as_bytes();
                let score = score.to_string();
                measures.row(&[local_id.as_bytes(), measure, world.calendar.text(*day), score.as_bytes()])?;
            }
            report(self.progress, Stage::Programme, nth as u64 + 1, total);
        }
        Ok((people.close()?, measures.close()?))
    }

    /// The other custodian's files: people in the order of their local ids, rows of people and of events.
    fn usage(&mut self) -> Result<(Vec<usize>, u64, u64), SynthError> {
        let Self { settings, register, world, .. } = *self;
        let file = |name: &str| format!("{}/{name}", settings.usage);
        let besides = [
            "area",
            "deprivation_decile",
            "birth_year",
            "recorded_sex",
            "registration_start",
            "died_on",
            "moved_out_on",
        ];
        let mut people = Table::create(self.out_dir, file("people.csv"), &self.header(&besides))?;
        let header = ["local_id", "event", "date", "cost_pence"];
        let mut events_file = Table::create(self.out_dir, file("events.csv"), &header)?;
        let events = draw_events(settings, register, world.calendar);
        let rates = self.rates(settings.mistakes_percent.usage);
        let mut clerk = Clerk::new(world, &rates, Random::new(settings.seed, Stream::NhsClerk));
        let last_year = u32::from(settings.history.to.year().unsigned_abs());
        let mut order: Vec<usize> = (0..register.residents).collect();
        Random::new(settings.seed, Stream::Register).shuffle(&mut order);
        for (nth, &at) in order.iter().enumerate() {
            let (local_id, person, life) = (usage_id(nth), &register.people[at], &register.lives[at]);
            let record = clerk.write_down(person);
            let home = &register.postcodes[person.home as usize];
            let (sex, recorded_sex) = match record.sex {
                Some(Sex::Male) => ("1", "male"),
                Some(Sex::Female) => ("2", "female"),
                None => ("9", ""),
            };
            let day = |day: Option<Day>| day.map_or(&[][..], |day| world.calendar.text(day));
            let ended =
                |died: bool| day(life.end.filter(|(_, why)| matches!(why, End::Died(_)) == died).map(|(day, _)| day));
            let besides = [
                format!("area-{:02}", home.practice + 1).as_bytes(),
                home.imd_decile.to_string().as_bytes(),
                birth_year(&record, last_year).as_bytes(),
                recorded_sex.as_bytes(),
                day(Some(life.from)),
                ended(true),
                ended(false),
            ]
            .map(<[u8]>::to_vec);
            let besides: Vec<&[u8]> = besides.iter().map(Vec::as_slice).collect();
            self.row(&mut people, &local_id, &record, [&record.birth_iso(), sex], &besides)?;
            for event in &events.of[at] {
                let cost = event.cost_pence.map_or_else(String::new, |pence| pence.to_string());
                let code = events.codes[event.code].as_bytes();
                events_file.row(&[local_id.as_bytes(), code, world.calendar.text(event.day), cost.as_bytes()])?;
            }
            report(self.progress, Stage::Nhs, nth as u64 + 1, register.residents as u64);
        }
        Ok((order, people.close()?, events_file.close()?))
    }

    fn truth(&mut self, usage_order: &[usize]) -> Result<u64, SynthError> {
        let mut places = vec![None; self.register.people.len()];
        for (place, person) in usage_order.iter().enumerate() {
            places[*person] = Some(place);
        }
        let mut truth = Table::create(self.out_dir, "truth.csv", &["cohort_local_id", "usage_local_id"])?;
        for (nth, start) in self.register.starts.iter().enumerate() {
            if let Some(place) = places[start.person] {
                truth.row(&[cohort_id(nth).as_bytes(), usage_id(place).as_bytes()])?;
            }
        }
        let participants = self.register.starts.len() as u64;
        (self.progress)(Stage::Truth, participants, participants);
        truth.close()
    }
}

fn cohort_id(nth: usize) -> String {
    format!("P{:06}", nth + 1)
}

fn usage_id(nth: usize) -> String {
    format!("U{:07}", nth + 1)
}
