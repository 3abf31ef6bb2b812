//! What participants score, at the start and later.
//!
//! In: settings, the register. Out: by participant, dated scores. Absent on purpose: chance in how many improve.

use super::register::Register;
use super::settings::{Later, ProgrammeSettings, ScoreTruth};
use super::shares::split;
use crate::calendar::{Calendar, Day, day_of};
use crate::random::{Random, Stream};

/// Days within which the first score comes, and by which a later one is early or late at most.
const FIRST_WITHIN: u32 = 8;
const LATE_MAX: u32 = 20;

/// A score: the place of its measure among the settings', its day and its points.
pub(crate) type Scored = (usize, Day, i32);

/// Everybody's scores, by their places among the participants.
pub(crate) fn draw_scores(settings: &ProgrammeSettings, register: &Register, calendar: &Calendar) -> Vec<Vec<Scored>> {
    let mut random = Random::new(settings.seed, Stream::Scores);
    let mut scores = vec![Vec::new(); register.starts.len()];
    for (measure, score) in settings.score.iter().enumerate() {
        let mut starts = Vec::with_capacity(register.starts.len());
        for (place, start) in register.starts.iter().enumerate() {
            let points = within(score.start, &mut random);
            starts.push(points);
            scores[place].push((measure, start.day + random.below(FIRST_WITHIN), points));
        }
        draw_later(settings, register, calendar, (measure, score), &starts, &mut scores, &mut random);
    }
    scores
}

fn draw_later(
    settings: &ProgrammeSettings,
    register: &Register,
    calendar: &Calendar,
    (measure, score): (usize, &ScoreTruth),
    starts: &[i32],
    scores: &mut [Vec<Scored>],
    random: &mut Random,
) {
    let last = day_of(settings.history.to);
    for after in &score.after {
        let due = |place: usize| calendar.plus_months(register.starts[place].day, after.months);
        let there = |place: &usize| register.lives[register.starts[*place].person].holds(due(*place));
        let (measured, _) = split((0..starts.len()).filter(there).collect(), after.measured_per_mille, random);
        let (improved, others) = split(measured, after.improved_per_mille, random);
        for (people, later) in [(improved, after.improved), (others, after.otherwise)] {
            for place in people {
                let points = match later {
                    Later::Score(span) => within(span, random),
                    Later::Change(span) => starts[place].saturating_add(within(span, random)),
                };
                let end = register.lives[register.starts[place].person].last(last);
                let day = due(place) - LATE_MAX + random.below(2 * LATE_MAX + 1);
                scores[place].push((measure, day.min(end), points));
            }
        }
    }
}

fn within([least, greatest]: [i32; 2], random: &mut Random) -> i32 {
    let step = random.below(greatest.abs_diff(least).saturating_add(1));
    least.saturating_add_unsigned(step)
}
