//! Who comes to the programme, and on which day.
//!
//! In: settings, everyone. Out: residents with the day of the start, and the admissions that had to be drawn to know it. A fixed share of
//! them is from the most deprived tenth. Absent on purpose: what becomes of them.

use std::collections::BTreeMap;

use crate::calendar::{Day, day_of};
use crate::error::SynthError;
use crate::everyone::Everyone;
use crate::health::NEED_MAX;
use crate::random::Random;
use crate::rates::PER;
use crate::settings::PlaceSettings;
use crate::truths::Entry;
use crate::usage::{Admissions, Usage};

/// How often everyone eligible is asked before need no longer counts. Small places with large programmes come to that.
const ROUNDS: u32 = 8;
/// Conditions beyond this many make nobody likelier to come.
const CONDITIONS_COUNTED: u32 = 4;
/// First and last day after the admission on which one can start.
const AFTER_ADMISSION_DAYS: (u32, u32) = (7, 60);

/// Those of the place who start.
pub(crate) struct Entries {
    /// Person and day of the start.
    pub(crate) starts: Vec<(usize, Day)>,
    /// By person, of everyone who was asked.
    pub(crate) admissions: BTreeMap<usize, Admissions>,
}

/// Draws who starts; `usage` draws the admissions that lead to the programme.
pub(crate) fn draw_entries(
    settings: &PlaceSettings,
    everyone: &Everyone,
    usage: &mut Usage,
    random: &mut Random,
) -> Result<Entries, SynthError> {
    let inside = settings.participants - settings.participants_outside();
    let decile_1 = u64::from(inside) * u64::from(settings.decile_1_per_10k);
    let decile_1 = u32::try_from(decile_1.div_ceil(u64::from(PER))).unwrap_or(inside);
    let mut order: Vec<usize> = everyone.eligible().collect();
    random.shuffle(&mut order);
    let mut programme = Programme {
        everyone,
        window: (day_of(settings.starts_from), day_of(settings.starts_to)),
        left: [decile_1, inside - decile_1],
        entries: Entries { starts: Vec::new(), admissions: BTreeMap::new() },
    };
    match settings.entry {
        Entry::Steady => programme.steadily(order, random),
        Entry::AfterAdmission => programme.after_admission(&order, usage, random),
    }
    if programme.left != [0, 0] {
        let participants_max = inside - programme.left.iter().sum::<u32>();
        return Err(SynthError::ParticipantsTooMany { participants: settings.participants, participants_max });
    }
    Ok(programme.entries)
}

struct Programme<'a> {
    everyone: &'a Everyone,
    window: (Day, Day),
    /// Starts still to come: of people in decile 1, and of all others.
    left: [u32; 2],
    entries: Entries,
}

impl Programme<'_> {
    fn steadily(&mut self, mut order: Vec<usize>, random: &mut Random) {
        for round in 0..=ROUNDS {
            order.retain(|&at| {
                let asked = self.left[self.group(at)] > 0 && (round == ROUNDS || self.is_in_need(at, random));
                !(asked && self.start(at, random.between(self.window.0, self.window.1)))
            });
        }
    }

    /// Everyone is asked once: whoever were asked again until an admission came would not have been admitted by chance.
    fn after_admission(&mut self, order: &[usize], usage: &mut Usage, random: &mut Random) {
        for &at in order {
            if self.left[self.group(at)] == 0 {
                continue;
            }
            let admissions = usage.draw_admissions(&self.everyone.patient(at), self.window.1 + 1);
            for event in &admissions.events {
                let start = event.day + random.between(AFTER_ADMISSION_DAYS.0, AFTER_ADMISSION_DAYS.1);
                if self.start(at, start) {
                    break;
                }
            }
            self.entries.admissions.insert(at, admissions);
        }
    }

    /// Starts, if that day is one of the window and of the registration.
    fn start(&mut self, at: usize, day: Day) -> bool {
        let possible = (self.window.0..=self.window.1).contains(&day) && self.everyone.registrations[at].surrounds(day);
        if possible {
            self.left[self.group(at)] -= 1;
            self.entries.starts.push((at, day));
        }
        possible
    }

    fn group(&self, at: usize) -> usize {
        usize::from(self.everyone.imd_decile(at) != 1)
    }

    fn is_in_need(&self, at: usize, random: &mut Random) -> bool {
        let health = self.everyone.health[at];
        let conditions = u32::from(health.conditions).min(CONDITIONS_COUNTED);
        random.below(NEED_MAX * CONDITIONS_COUNTED) < health.need_per_mille * conditions
    }
}
