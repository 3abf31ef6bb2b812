//! How each participation went: how it ended, how often they met, and how they felt.
//!
//! In: settings, everyone, who starts when. Out: participants with their measures. Absent on purpose: what they are written down as.

use crate::calendar::{Calendar, Day, day_of};
use crate::everyone::Everyone;
use crate::random::Random;
use crate::register::Registration;
use crate::settings::PlaceSettings;
use crate::truths::Completion;

/// The Well-being Star's total: eight areas of one to five.
const SCORE_MAX: u32 = 40;

/// Of a hundred participants: how many complete, and how many leave early, when need does not count.
const COMPLETED_PERCENT: u32 = 62;
const LEFT_EARLY_PERCENT: u32 = 23;
/// When it does: up to which need, per mille, how many complete.
const COMPLETED_BY_NEED: [(u32, u32); 3] = [(800, 82), (1_800, 70), (3_000, 52)];
/// The same of those in greater need.
const COMPLETED_GREATEST_NEED: u32 = 30;

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
    /// With the link worker, at most 60.
    pub(crate) contacts: u32,
}

/// The participations of the residents in `starts`, then of everyone from outside.
pub(crate) fn draw_participants(
    settings: &PlaceSettings,
    calendar: &Calendar,
    everyone: &Everyone,
    starts: &[(usize, Day)],
    random: &mut Random,
) -> Vec<Participant> {
    let (from, to) = (day_of(settings.starts_from), day_of(settings.starts_to));
    let mut all = starts.to_vec();
    all.extend((everyone.residents()..everyone.people.len()).map(|person| (person, random.between(from, to))));
    let draw = |(person, start)| participation(person, start, settings, calendar, everyone, random);
    all.into_iter().map(draw).collect()
}

/// The dates and total scores at which well-being was measured: at the start, and about 12 and 24 months later for fewer and fewer.
/// Nobody is measured after `last`.
pub(crate) fn draw_measures(
    participant: &Participant,
    settings: &PlaceSettings,
    calendar: &Calendar,
    last: Day,
    random: &mut Random,
) -> Vec<(Day, u32)> {
    let present_per_10k = match participant.outcome {
        Outcome::Completed => [9_800, 8_800, 6_200],
        Outcome::Continuing => [9_700, 8_200, 6_800],
        Outcome::LeftEarly => [9_500, 1_200, 300],
    };
    let improved = [0, settings.effect.improved_12_months_per_mille, settings.effect.improved_24_months_per_mille];
    let baseline = random.between(12, 32);
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

fn participation(
    person: usize,
    start: Day,
    settings: &PlaceSettings,
    calendar: &Calendar,
    everyone: &Everyone,
    random: &mut Random,
) -> Participant {
    let need = everyone.health[person].need_per_mille;
    let (completed, left_early) = match settings.completion {
        Completion::Alike => (COMPLETED_PERCENT, LEFT_EARLY_PERCENT),
        Completion::HealthierMoreOften => {
            let by_need = COMPLETED_BY_NEED.iter().find(|(up_to, _)| need < *up_to);
            let completed = by_need.map_or(COMPLETED_GREATEST_NEED, |(_, percent)| *percent);
            (completed, (100 - completed) * 3 / 5)
        }
    };
    let point = random.below(100);
    let (mut outcome, mut exit) = if point < completed {
        (Outcome::Completed, Some(calendar.plus_months(start, random.between(12, 23)) + random.below(28)))
    } else if point < completed + left_early {
        (Outcome::LeftEarly, Some(calendar.plus_months(start, random.between(1, 10)) + random.below(28)))
    } else {
        (Outcome::Continuing, None)
    };
    // Nobody completes or continues who is no longer there.
    let last = everyone.registrations.get(person).and_then(Registration::last_day);
    if let Some(last) = last
        && exit.is_none_or(|exit| last <= exit)
    {
        (outcome, exit) = (Outcome::LeftEarly, Some(last));
    }
    Participant { person, start, exit, outcome, contacts: contacts(outcome, random) }
}

/// Most meet less than thirty times, one in ten far oftener.
fn contacts(outcome: Outcome, random: &mut Random) -> u32 {
    let often = if random.hit(1_000) { random.below(33) } else { 0 };
    match outcome {
        Outcome::Completed => 6 + random.below(12) + random.below(11) + often,
        Outcome::Continuing => 4 + random.below(12) + random.below(10) + often,
        Outcome::LeftEarly => random.below(4) + random.below(5),
    }
}
