//! Everybody's events, gathered.
//!
//! In: settings, the register. Out: by person, days and codes of events in order. Absent on purpose: events outside somebody's time in the
//! place, and events of participants from elsewhere.

use super::episodes::draw_episodes;
use super::register::{End, Register};
use super::settings::ProgrammeSettings;
use super::uptakes::draw_uptakes;
use crate::calendar::{Calendar, Day, day_of};
use crate::random::{Random, Stream};

const DAYS_PER_YEAR: f64 = 365.25;

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub(crate) day: Day,
    /// Place in the list of codes.
    pub(crate) code: usize,
    pub(crate) cost_pence: Option<u32>,
}

/// What is drawn from, and what came out so far.
pub(crate) struct Drawing<'a> {
    pub(crate) settings: &'a ProgrammeSettings,
    pub(crate) register: &'a Register,
    pub(crate) calendar: &'a Calendar,
    /// By person, the place among the participants.
    pub(crate) participants: Vec<Option<usize>>,
    pub(crate) random: Random,
    codes: Vec<String>,
    events: Vec<Vec<Event>>,
}

/// Codes, and by resident their events in order of days.
pub(crate) struct Events {
    pub(crate) codes: Vec<String>,
    pub(crate) of: Vec<Vec<Event>>,
}

/// Draws everybody's events.
pub(crate) fn draw_events(settings: &ProgrammeSettings, register: &Register, calendar: &Calendar) -> Events {
    let mut drawing = Drawing {
        settings,
        register,
        calendar,
        participants: register.participants(),
        random: Random::new(settings.seed, Stream::ProgrammeEvents),
        codes: Vec::new(),
        events: vec![Vec::new(); register.residents],
    };
    for rate in &settings.rate {
        let code = drawing.new_code(&rate.code);
        let [before, after] = rate.participants;
        for person in 0..register.residents {
            let (first, last) = drawing.history();
            match drawing.start_of(person) {
                Some(start) => {
                    drawing.at_rate(person, code, before, first..start, rate.cost_pence);
                    drawing.at_rate(person, code, after, start..last + 1, rate.cost_pence);
                }
                None => drawing.at_rate(person, code, rate.others, first..last + 1, rate.cost_pence),
            }
        }
    }
    draw_episodes(&mut drawing);
    draw_uptakes(&mut drawing);
    drawing.deaths();
    drawing.events.iter_mut().for_each(|events| events.sort_unstable());
    Events { codes: drawing.codes, of: drawing.events }
}

impl Drawing<'_> {
    pub(crate) fn new_code(&mut self, code: &str) -> usize {
        self.codes.push(code.to_owned());
        self.codes.len() - 1
    }

    pub(crate) fn history(&self) -> (Day, Day) {
        (day_of(self.settings.history.from), day_of(self.settings.history.to))
    }

    pub(crate) fn start_of(&self, person: usize) -> Option<Day> {
        self.participants[person].map(|place| self.register.starts[place].day)
    }

    /// Residents who take part, in the order of their rows.
    pub(crate) fn residents_taking_part(&self) -> Vec<usize> {
        (0..self.register.residents).filter(|person| self.participants[*person].is_some()).collect()
    }

    /// Adds an event, if that day is one of somebody's time in the place and of the history.
    pub(crate) fn push(&mut self, person: usize, code: usize, day: Day, cost_pence: Option<[u32; 2]>) {
        let (first, last) = self.history();
        let cost_pence = cost_pence.map(|[least, greatest]| self.random.between(least, greatest));
        if (first..=last).contains(&day) && self.register.lives[person].holds(day) {
            self.events[person].push(Event { day, code, cost_pence });
        }
    }

    /// Events at so many per mille and year over some days.
    pub(crate) fn at_rate(
        &mut self,
        person: usize,
        code: usize,
        per_mille: u32,
        days: std::ops::Range<Day>,
        cost_pence: Option<[u32; 2]>,
    ) {
        let length = days.end.saturating_sub(days.start);
        let mean = f64::from(per_mille) * f64::from(length) / (1_000.0 * DAYS_PER_YEAR);
        for _ in 0..self.random.poisson(mean) {
            let day = days.start + self.random.below(length);
            self.push(person, code, day, cost_pence);
        }
    }

    fn deaths(&mut self) {
        let settings = self.settings;
        for (cause, death) in settings.death.iter().enumerate() {
            let Some(code) = &death.code else { continue };
            let code = self.new_code(code);
            for person in 0..self.register.residents {
                if let Some((day, End::Died(of))) = self.register.lives[person].end
                    && of == cause
                {
                    self.push(person, code, day, None);
                }
            }
        }
    }
}
