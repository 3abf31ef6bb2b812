//! Events of which a fixed share of participants has one, and a fixed share of those another one soon.
//!
//! In: a drawing. Out: its events, and everybody else's at a steady rate. Absent on purpose: third events, so that who had any, and who had
//! another, are exactly as many as the settings say, among those who are still there at the end.

use super::drawn::Drawing;
use super::settings::{Episode, EpisodeShares};
use super::shares::split;

const SHORTEST_MONTH: u32 = 28;
const LONGEST_MONTH: u32 = 31;
/// Twelve times fewer days than any month but February has, so that the start of a period lies inside it.
const WINDOW_DAYS: u32 = 12 * 28;
/// Where a month is too short for the day of the start, its last counts.
const MARGIN_DAYS: u32 = 4;

pub(super) fn draw_episodes(drawing: &mut Drawing<'_>) {
    let settings = drawing.settings;
    for episode in &settings.episode {
        let code = drawing.new_code(&episode.code);
        let people = drawing.residents_taking_part();
        draw_period(drawing, episode, code, people.clone(), Period::Before);
        let still_there = people.into_iter().filter(|person| {
            let start = drawing.start_of(*person).expect("these take part");
            drawing.register.lives[*person].holds(drawing.calendar.plus_months(start, episode.months))
        });
        let still_there = still_there.collect();
        draw_period(drawing, episode, code, still_there, Period::After);
        let (first, last) = drawing.history();
        for person in 0..drawing.register.residents {
            if drawing.start_of(person).is_none() {
                drawing.at_rate(person, code, episode.others, first..last + 1, episode.cost_pence);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Period {
    Before,
    After,
}

fn draw_period(drawing: &mut Drawing<'_>, episode: &Episode, code: usize, people: Vec<usize>, period: Period) {
    let EpisodeShares { people: having, again } = match period {
        Period::Before => episode.before,
        Period::After => episode.after,
    };
    let (with, _) = split(people, having, &mut drawing.random);
    let (with_another, with_one) = split(with, again, &mut drawing.random);
    for (people, another) in [(with_another, true), (with_one, false)] {
        for person in people {
            let start = drawing.start_of(person).expect("these take part");
            // Early enough for the months after it to lie in the period.
            let (from, to) = match period {
                Period::Before => {
                    (start - WINDOW_DAYS * episode.months / 12, start - LONGEST_MONTH * episode.again_months)
                }
                Period::After => (start, drawing.calendar.plus_months(start, episode.months - episode.again_months)),
            };
            let first = drawing.random.between(from + 1, to - MARGIN_DAYS);
            drawing.push(person, code, first, episode.cost_pence);
            if another {
                let later = drawing.random.between(1, SHORTEST_MONTH * episode.again_months - 1);
                drawing.push(person, code, first + later, episode.cost_pence);
            }
        }
    }
}
