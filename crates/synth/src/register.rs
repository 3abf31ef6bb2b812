//! Registration with a practice of the place: from when, and until when.
//!
//! In: a person, the history, a participation if any. Out: the days between which the place sees that person. Absent on purpose: why a
//! registration ended; a death and a move look alike in this extract.

use crate::calendar::{Day, day_of};
use crate::participants::Participant;
use crate::population::Person;
use crate::random::Random;
use crate::settings::PlaceSettings;

/// People, per 10,000, who came into the place during the history.
const ARRIVED_PER_10K: u32 = 1_200;
/// The same of participants, who may only come before they start.
const PARTICIPANT_ARRIVED_PER_10K: u32 = 300;
/// Leave the place in a year, per 10,000.
const LEAVE_PER_10K: u32 = 250;
const DAYS_PER_YEAR: u32 = 365;

/// First day, and last day unless still registered on the day of the extract.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registration {
    pub(crate) from: Day,
    pub(crate) to: Option<Day>,
}

/// Draws one registration that overlaps the history.
pub(crate) fn draw_registration(
    person: &Person,
    participant: Option<&Participant>,
    settings: &PlaceSettings,
    random: &mut Random,
) -> Registration {
    let (first, last) = (day_of(settings.history_from), day_of(settings.history_to));
    let arrived = random.hit(if participant.is_some() { PARTICIPANT_ARRIVED_PER_10K } else { ARRIVED_PER_10K });
    let from = if person.born >= first {
        person.born + random.below(43)
    } else if arrived {
        random.between(first, participant.map_or(last, |participant| participant.start - 1))
    } else {
        random.between(person.born.max(first.saturating_sub(30 * DAYS_PER_YEAR)), first)
    };
    let from = from.min(last);
    // Nobody leaves before starting on the programme, or completes it after leaving the place.
    let staying =
        participant.map_or(from, |participant| participant.exit.unwrap_or(participant.start)).max(first).max(from);
    Registration { from, to: draw_end(person, staying, last, random) }
}

fn draw_end(person: &Person, staying: Day, last: Day, random: &mut Random) -> Option<Day> {
    let mut year_from = staying + 1;
    while year_from < last {
        if random.hit(LEAVE_PER_10K + death_per_10k(person.age_at(year_from))) {
            let day = year_from + random.below(DAYS_PER_YEAR);
            return (day < last).then_some(day);
        }
        year_from += DAYS_PER_YEAR;
    }
    None
}

/// Deaths in a year, rounded, after the national life tables.
fn death_per_10k(age: u32) -> u32 {
    match age {
        ..50 => 10,
        50..65 => 55,
        65..75 => 160,
        75..85 => 480,
        _ => 1_450,
    }
}
