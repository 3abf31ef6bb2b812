//! The programme's files: who took part, and how they felt.
//!
//! In: a place. Out: `programme/people.csv` and `programme/measures.csv`, with the mistakes of link workers. Absent on purpose: anything
//! the programme does not know: health, use, death.

use std::collections::BTreeMap;
use std::path::Path;

use crate::calendar::day_of;
use crate::clerk::{Clerk, Record, World};
use crate::error::SynthError;
use crate::files::Table;
use crate::names::Sex;
use crate::participants::draw_measures;
use crate::place::{Place, PlaceSummary, Stage, report};
use crate::random::{Random, Stream};
use crate::register::Registration;
use crate::settings::PlaceSettings;

const PROGRAMME_PEOPLE: &str = "programme/people.csv";
const PROGRAMME_MEASURES: &str = "programme/measures.csv";
const WELLBEING_STAR: &str = "wellbeing_star";

/// Writes the programme's files.
pub(crate) fn write_programme(
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
            "contacts",
            "age_band",
            "area_decile",
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
            None => clerk.write_down(&place.everyone.people[participant.person]),
        };
        let sex = match record.sex {
            Some(Sex::Female) => "F",
            Some(Sex::Male) => "M",
            None => "",
        };
        let person = &place.everyone.people[participant.person];
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
            participant.contacts.to_string().as_bytes(),
            age_band(person.age_at(participant.start)).as_bytes(),
            place.everyone.imd_decile(participant.person).to_string().as_bytes(),
        ])?;
        let registration = place.everyone.registrations.get(participant.person);
        let last = registration.and_then(Registration::last_day).unwrap_or(day_of(settings.history_to));
        for (day, score) in draw_measures(participant, settings, world.calendar, last, &mut random) {
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

/// As a referral form has it.
fn age_band(years: u32) -> &'static str {
    match years {
        0..45 => "under_45",
        45..65 => "45_to_64",
        _ => "65_and_over",
    }
}

/// The local id of a row.
pub(crate) fn programme_id(nth: u32) -> String {
    format!("P{:06}", nth + 1)
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
