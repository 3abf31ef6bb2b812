//! What people use of the NHS: appointments, attendances, admissions, with cost at tariff.
//!
//! In: a person, a registration, a participation if any. Out: events of the history, in order. Each kind is a Poisson process whose rate
//! is the product of age, sex, deprivation and a heavy-tailed need of one's own; hospital use grows by the day at the rate that gives
//! everyone the settings' rise over two years, and a participant's rates step once, on the day of the start.
//! Absent on purpose: causes and places of care, and any change of price: cost follows use.

use crate::calendar::{Calendar, Day, day_of};
use crate::day_weights::{DayWeights, Week, daily_growth};
use crate::names::Sex;
use crate::participants::{Outcome, Participant};
use crate::population::Person;
use crate::random::{Random, Weighted};
use crate::register::Registration;
use crate::settings::{Effect, PlaceSettings};

const DAYS_PER_YEAR: f64 = 365.25;

/// Kinds of event, in the order in which a day's events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    GpAppointment,
    AeAttendance,
    EmergencyAdmission,
    ElectiveAdmission,
    OutpatientAttendance,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::GpAppointment,
        Self::AeAttendance,
        Self::EmergencyAdmission,
        Self::ElectiveAdmission,
        Self::OutpatientAttendance,
    ];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::GpAppointment => "gp_appointment",
            Self::AeAttendance => "ae_attendance",
            Self::EmergencyAdmission => "emergency_admission",
            Self::ElectiveAdmission => "elective_admission",
            Self::OutpatientAttendance => "outpatient_attendance",
        }
    }
}

/// One use of the NHS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub(crate) day: Day,
    pub(crate) kind: Kind,
    pub(crate) cost_pence: u32,
    /// `None` for what is not an admission.
    pub(crate) bed_days: Option<u32>,
}

/// Rate a year, per mille, and its factors, per mille, by age (under 5, 18, 40, 65, 80, older) and for the first and the last decile.
struct Rate {
    yearly: u32,
    by_age: [u32; 6],
    by_decile: [u32; 2],
}

/// Rates that give about two and a half GP and one and a quarter hospital contacts a year over all ages.
const RATES: [Rate; 5] = [
    Rate { yearly: 2_850, by_age: [1_250, 550, 780, 1_020, 1_480, 1_850], by_decile: [1_120, 900] },
    Rate { yearly: 300, by_age: [1_600, 900, 1_050, 800, 1_000, 1_900], by_decile: [1_450, 700] },
    Rate { yearly: 78, by_age: [1_300, 400, 550, 850, 1_800, 3_800], by_decile: [1_450, 700] },
    Rate { yearly: 98, by_age: [400, 300, 600, 1_200, 2_000, 1_500], by_decile: [1_060, 960] },
    Rate { yearly: 850, by_age: [700, 500, 720, 1_100, 1_850, 1_700], by_decile: [1_080, 950] },
];

/// Need of one's own, per mille of the average: 32 equal slices of an exponential distribution, each at its mean.
const NEED: [u32; 32] = [
    16, 48, 81, 116, 152, 189, 227, 267, 309, 352, 398, 445, 495, 548, 604, 663, 725, 792, 863, 940, 1_024, 1_115,
    1_215, 1_326, 1_452, 1_595, 1_762, 1_964, 2_216, 2_556, 3_079, 4_466,
];

/// Participants are drawn from those in greater need: the larger of two draws, times this.
const PARTICIPANT_NEED: f64 = 2.0;

/// Length of an emergency stay in days: 32 equal slices.
const EMERGENCY_DAYS: [u32; 32] =
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10, 11, 13, 16, 20, 31];
/// Length of an elective stay in days: mostly day cases.
const ELECTIVE_DAYS: [u32; 32] =
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 5, 8];

/// Draws events.
pub(crate) struct Usage {
    random: Random,
    first: Day,
    last: Day,
    effect: Effect,
    appointments: DayWeights,
    planned: DayWeights,
    urgent: DayWeights,
    ae_costs: Weighted,
}

impl Usage {
    pub(crate) fn new(settings: &PlaceSettings, calendar: &Calendar, random: Random) -> Self {
        let (first, last) = (day_of(settings.history_from), day_of(settings.history_to));
        let growth = daily_growth(f64::from(settings.effect.hospital_others_per_mille) / 1_000.0);
        let weights = |week, growth| DayWeights::new(calendar, first, last, week, growth);
        Self {
            random,
            first,
            last,
            effect: settings.effect.clone(),
            appointments: weights(Week::Working, 1.0),
            planned: weights(Week::Working, growth),
            urgent: weights(Week::Whole, growth),
            ae_costs: Weighted::new([30, 30, 24, 12, 4]),
        }
    }

    /// Fills `events` with one person's, in order.
    pub(crate) fn draw(
        &mut self,
        person: &Person,
        imd_decile: u8,
        registration: Registration,
        participant: Option<&Participant>,
        events: &mut Vec<Event>,
    ) {
        events.clear();
        let need = self.need(participant);
        let from = registration.from.max(self.first);
        // The day after the last one: the first on which nothing happens.
        let to = registration.to.map_or(self.last, |day| day.min(self.last)) + 1;
        let age = person.age_at(self.first + (self.last - self.first) / 2);
        for (kind, rate) in Kind::ALL.into_iter().zip(&RATES) {
            let yearly = rate.yearly_for(age, imd_decile) * need * sex_factor(kind, person.sex);
            match participant {
                None => self.stretch(kind, from, to, yearly, events),
                Some(participant) => {
                    let start = participant.start.clamp(from, to);
                    let step = step_at_start(kind, participant.outcome, &self.effect);
                    self.stretch(kind, from, start, yearly, events);
                    self.stretch(kind, start, to, yearly * step, events);
                }
            }
        }
        events.sort_unstable();
    }

    fn need(&mut self, participant: Option<&Participant>) -> f64 {
        let mut draw = || f64::from(self.random.pick(&NEED)) / 1_000.0;
        match participant {
            None => draw(),
            Some(_) => draw().max(draw()) * PARTICIPANT_NEED,
        }
    }

    fn stretch(&mut self, kind: Kind, from: Day, to: Day, yearly: f64, events: &mut Vec<Event>) {
        if from >= to {
            return;
        }
        let days = match kind {
            Kind::GpAppointment => &self.appointments,
            Kind::ElectiveAdmission | Kind::OutpatientAttendance => &self.planned,
            Kind::AeAttendance | Kind::EmergencyAdmission => &self.urgent,
        };
        let (low, high) = (days.before(from), days.before(to));
        for _ in 0..self.random.poisson(yearly * (high - low) / DAYS_PER_YEAR) {
            let day = days.day_at(low + self.random.unit() * (high - low)).clamp(from, to - 1);
            let (cost_pence, bed_days) = tariff(kind, &self.ae_costs, &mut self.random);
            events.push(Event { day, kind, cost_pence, bed_days });
        }
    }
}

impl Rate {
    fn yearly_for(&self, age: u32, imd_decile: u8) -> f64 {
        let band = [5, 18, 40, 65, 80].iter().filter(|up_to| age >= **up_to).count();
        let [first, last] = self.by_decile.map(f64::from);
        let decile = first + (last - first) * (f64::from(imd_decile) - 1.0) / 9.0;
        f64::from(self.yearly) * f64::from(self.by_age[band]) * decile / 1e9
    }
}

fn sex_factor(kind: Kind, sex: Sex) -> f64 {
    match (kind, sex) {
        (Kind::GpAppointment | Kind::OutpatientAttendance, Sex::Female) => 1.14,
        (Kind::GpAppointment | Kind::OutpatientAttendance, Sex::Male) => 0.86,
        _ => 1.0,
    }
}

/// What a participant's rate is multiplied by from the start on. Hospital use would have grown like everyone's, so its factor is a ratio.
fn step_at_start(kind: Kind, outcome: Outcome, effect: &Effect) -> f64 {
    let hospital = |per_mille: u32| f64::from(per_mille) / f64::from(effect.hospital_others_per_mille);
    match (kind, outcome) {
        (_, Outcome::LeftEarly) => 1.0,
        (Kind::GpAppointment, _) => f64::from(effect.gp_participants_per_mille) / 1_000.0,
        (_, Outcome::Completed) => hospital(effect.hospital_completed_per_mille),
        (_, Outcome::Continuing) => hospital(effect.hospital_continuing_per_mille),
    }
}

/// Cost in pence and bed days of one event, in the order of magnitude of the national tariff and of published unit costs.
fn tariff(kind: Kind, ae_costs: &Weighted, random: &mut Random) -> (u32, Option<u32>) {
    match kind {
        Kind::GpAppointment => (random.pick(&[4_200, 4_200, 4_200, 2_600, 1_900]), None),
        Kind::AeAttendance => ([9_400, 14_700, 20_300, 28_900, 45_800][ae_costs.draw(random)], None),
        Kind::OutpatientAttendance => (random.pick(&[21_600, 10_900, 10_900, 10_900, 7_400, 14_300]), None),
        Kind::EmergencyAdmission => {
            let days = random.pick(&EMERGENCY_DAYS);
            (62_000 + 36_500 * days + 100 * random.below(600), Some(days))
        }
        Kind::ElectiveAdmission => {
            let days = random.pick(&ELECTIVE_DAYS);
            (78_000 + 100 * random.below(900) + 92_000 * days, Some(days))
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::names::{Heritage, Names};
    use crate::random::Stream;

    /// Hospital cost in pence and GP appointments in the 24 months before and after the middle of 2023, of 30,000 like persons.
    fn windows(outcome: Option<Outcome>) -> [[f64; 2]; 2] {
        let settings = PlaceSettings::default();
        let (names, calendar) = (Names::new(), Calendar::up_to(settings.history_to));
        let start = day_of(date(2023, 7, 1));
        let mut random = Random::new(2, Stream::People);
        let family = names.draw_family(Heritage::Welsh, &mut random);
        let born = day_of(date(1960, 5, 6));
        let person =
            Person { nhs_number: 1, given: "Nia", family, heritage: Heritage::Welsh, sex: Sex::Female, born, home: 0 };
        let participant = outcome.map(|outcome| Participant { person: 0, start, exit: None, outcome });
        let mut usage = Usage::new(&settings, &calendar, Random::new(2, Stream::Usage));
        let (mut events, mut sums) = (Vec::new(), [[0.0; 2]; 2]);
        for _ in 0..30_000 {
            usage.draw(&person, 3, Registration { from: 0, to: None }, participant.as_ref(), &mut events);
            for event in events.iter().filter(|event| event.day + 730 >= start && event.day < start + 730) {
                let after = usize::from(event.day >= start);
                let gp = event.kind == Kind::GpAppointment;
                sums[usize::from(gp)][after] += if gp { 1.0 } else { f64::from(event.cost_pence) };
            }
        }
        sums
    }

    fn assert_ratio([before, after]: [f64; 2], expected: f64) {
        // About 90,000 hospital events with a coefficient of variation near two: the standard error of the ratio is near 1 %.
        assert!((after / before / expected - 1.0).abs() < 0.04, "{} is not about {expected}", after / before);
    }

    #[test]
    fn two_years_change_as_the_settings_say() {
        let [hospital, gp] = windows(None);
        assert_ratio(hospital, 1.162);
        assert_ratio(gp, 1.0);
        let [hospital, gp] = windows(Some(Outcome::Completed));
        assert_ratio(hospital, 0.815);
        assert_ratio(gp, 0.89);
        let [hospital, gp] = windows(Some(Outcome::LeftEarly));
        assert_ratio(hospital, 1.162);
        assert_ratio(gp, 1.0);
    }

    #[test]
    fn nothing_happens_outside_the_registration() {
        let settings = PlaceSettings::default();
        let (names, calendar) = (Names::new(), Calendar::up_to(settings.history_to));
        let mut random = Random::new(2, Stream::People);
        let family = names.draw_family(Heritage::Other, &mut random);
        let person = Person {
            nhs_number: 1,
            given: "Wei",
            family,
            heritage: Heritage::Other,
            sex: Sex::Male,
            born: day_of(date(1940, 1, 1)),
            home: 0,
        };
        let (from, to) = (day_of(date(2022, 3, 1)), day_of(date(2022, 3, 31)));
        let mut usage = Usage::new(&settings, &calendar, Random::new(2, Stream::Usage));
        let (mut events, mut seen) = (Vec::new(), 0);
        for _ in 0..2_000 {
            usage.draw(&person, 1, Registration { from, to: Some(to) }, None, &mut events);
            assert!(events.iter().all(|event| (from..=to).contains(&event.day)));
            assert!(events.iter().all(|event| {
                event.bed_days.is_some() == matches!(event.kind, Kind::EmergencyAdmission | Kind::ElectiveAdmission)
            }));
            seen += events.len();
        }
        assert!(seen > 500);
    }
}
