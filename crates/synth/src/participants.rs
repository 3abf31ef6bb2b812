//! Who is in the programme, when, how it ended, and how they felt.
//!
//! In: settings, people, their postcodes. Out: participants with their measures. Adults of 18 to 75, mostly older; a fixed share of them
//! from the most deprived tenth; a few from outside the place. Absent on purpose: what they are written down as.

use crate::calendar::{Calendar, Day, day_of};
use crate::error::SynthError;
use crate::geography::Postcode;
use crate::population::Person;
use crate::random::Random;
use crate::rates::PER;
use crate::settings::PlaceSettings;

const AGE_MIN: u32 = 18;
const AGE_MAX: u32 = 75;

/// The Well-being Star's total: eight areas of one to five.
const SCORE_MAX: u32 = 40;

/// How a participation stands on the day of the extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Completed,
    LeftEarly,
    Continuing,
}

impl Outcome {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::LeftEarly => "left_early",
            Self::Continuing => "continuing",
        }
    }
}

/// One participation.
#[derive(Debug, Clone)]
pub(crate) struct Participant {
    /// Place in the list of people.
    pub(crate) person: usize,
    pub(crate) start: Day,
    pub(crate) exit: Option<Day>,
    pub(crate) outcome: Outcome,
}

/// Draws the participants: first those of the place, people `0..residents`, then everyone from `residents` on.
pub(crate) fn draw_participants(
    settings: &PlaceSettings,
    calendar: &Calendar,
    people: &[Person],
    residents: usize,
    postcodes: &[Postcode],
    random: &mut Random,
) -> Result<Vec<Participant>, SynthError> {
    let inside = settings.participants - settings.participants_outside();
    let decile_1 = u64::from(inside) * u64::from(settings.decile_1_per_10k);
    let decile_1 = u32::try_from(decile_1.div_ceil(u64::from(PER))).unwrap_or(inside);
    let window = (day_of(settings.starts_from), day_of(settings.starts_to));

    let mut order: Vec<usize> = (0..residents).filter(|&at| eligible(&people[at], window)).collect();
    let eligible_count = u32::try_from(order.len()).unwrap_or(u32::MAX);
    random.shuffle(&mut order);
    let mut left = [decile_1, inside - decile_1];
    let mut chosen = Vec::new();
    // First by need, which grows with age; then, should that not suffice, whoever is left.
    for need in [Need::ByAge, Need::Any] {
        order.retain(|&at| {
            let in_decile_1 = postcodes[people[at].home as usize].imd_decile == 1;
            let group = usize::from(!in_decile_1);
            let wanted =
                left[group] > 0 && (matches!(need, Need::Any) || random.hit(need_per_10k(people[at].age_at(window.0))));
            if wanted {
                left[group] -= 1;
                chosen.push(at);
            }
            !wanted
        });
    }
    if left != [0, 0] {
        return Err(SynthError::ParticipantsTooMany {
            participants: settings.participants,
            participants_max: eligible_count,
        });
    }
    chosen.extend(residents..people.len());
    Ok(chosen.into_iter().map(|person| participation(person, calendar, window, random)).collect())
}

/// Gives people from outside an age at which the programme takes them.
pub(crate) fn make_eligible(settings: &PlaceSettings, outsiders: &mut [Person], random: &mut Random) {
    let window = (day_of(settings.starts_from), day_of(settings.starts_to));
    for person in outsiders {
        if !eligible(person, window) {
            person.born = window.0 - random.between(35 * 366, 70 * 365);
        }
    }
}

/// The dates and total scores at which well-being was measured: at the start, and about 12 and 24 months later for fewer and fewer.
pub(crate) fn draw_measures(
    participant: &Participant,
    settings: &PlaceSettings,
    calendar: &Calendar,
    random: &mut Random,
) -> Vec<(Day, u32)> {
    let present_per_10k = match participant.outcome {
        Outcome::Completed => [9_800, 8_800, 6_200],
        Outcome::Continuing => [9_700, 8_200, 6_800],
        Outcome::LeftEarly => [9_500, 1_200, 300],
    };
    let improved = [0, settings.effect.improved_12_months_per_mille, settings.effect.improved_24_months_per_mille];
    let baseline = random.between(12, 32);
    let last = day_of(settings.history_to);
    let mut measures = Vec::new();
    for (visit, months) in [0, 12, 24].into_iter().enumerate() {
        let on_time = calendar.plus_months(participant.start, months);
        let day = if months == 0 { on_time + random.below(8) } else { on_time + random.below(57) - 28 };
        let score = match visit {
            0 => baseline,
            _ if random.below(1_000) < improved[visit] => {
                (baseline + 1 + random.below(4) + random.below(5)).min(SCORE_MAX)
            }
            _ => baseline - random.below(4),
        };
        let present = random.hit(present_per_10k[visit]);
        if present && day <= last {
            measures.push((day, score));
        }
    }
    measures
}

enum Need {
    ByAge,
    Any,
}

fn eligible(person: &Person, (from, to): (Day, Day)) -> bool {
    person.age_at(from) >= AGE_MIN && person.age_at(to) <= AGE_MAX
}

/// Long-term conditions grow commoner with age.
fn need_per_10k(age: u32) -> u32 {
    match age {
        ..30 => 300,
        30..45 => 900,
        45..60 => 2_000,
        _ => 2_800,
    }
}

fn participation(person: usize, calendar: &Calendar, (from, to): (Day, Day), random: &mut Random) -> Participant {
    let start = random.between(from, to);
    let (outcome, exit) = match random.below(100) {
        0..62 => (Outcome::Completed, Some(calendar.plus_months(start, random.between(12, 23)) + random.below(28))),
        62..85 => (Outcome::LeftEarly, Some(calendar.plus_months(start, random.between(1, 10)) + random.below(28))),
        _ => (Outcome::Continuing, None),
    };
    Participant { person, start, exit, outcome }
}
