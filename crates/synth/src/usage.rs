//! What people use of the NHS: appointments, attendances, admissions, with cost at tariff.
//!
//! In: a patient, a participation if any. Out: events of the history, in order. Each kind is a Poisson process whose rate is the product of
//! age, sex, deprivation and a heavy-tailed need of one's own, and for GP appointments of the practice; hospital use grows by the day at
//! the rate that gives everyone the settings' rise over two years, and a participant's rates step once, on the day of the start.
//! Absent on purpose: causes and places of care, and any change of price: cost follows use.

use crate::calendar::{Calendar, Day, day_of};
use crate::day_weights::{DayWeights, Week, daily_growth};
use crate::everyone::Patient;
use crate::geography::PRACTICES;
use crate::names::Sex;
use crate::participants::{Outcome, Participant};
use crate::random::Random;
use crate::settings::PlaceSettings;
use crate::tariff::{Detail, Tariff};
use crate::truths::Effect;

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
    pub(crate) detail: Detail,
}

/// One person's emergency admissions, drawn before it was known who is in the programme.
#[derive(Debug, Clone)]
pub(crate) struct Admissions {
    /// All before this day, and none after.
    pub(crate) until: Day,
    pub(crate) events: Vec<Event>,
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

/// GP use by practice: the first of an even spread around 1,000 per mille, and its step.
const PRACTICE_FIRST: u32 = 900;
const PRACTICE_SPREAD: u32 = 200;
/// The spread is dealt to the list of practices in steps of seven, so that it has nothing to do with deprivation.
const PRACTICE_STEP: u32 = 7;

/// Draws events.
pub(crate) struct Usage {
    random: Random,
    first: Day,
    last: Day,
    effect: Effect,
    appointments: DayWeights,
    planned: DayWeights,
    urgent: DayWeights,
    tariff: Tariff,
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
            tariff: Tariff::new(),
        }
    }

    /// Fills `events` with one person's, in order; returns how many GP appointments a change of practice took from the record.
    pub(crate) fn draw(
        &mut self,
        patient: &Patient<'_>,
        participant: Option<&Participant>,
        admissions: Option<&Admissions>,
        events: &mut Vec<Event>,
    ) -> u64 {
        events.clear();
        let (from, to) = self.days_of(patient);
        for kind in Kind::ALL {
            let yearly = self.yearly(kind, patient);
            let start = participant.map_or(to, |participant| participant.start.clamp(from, to));
            let step = participant.map_or(1.0, |participant| step_at_start(kind, participant.outcome, &self.effect));
            let mut begin = from;
            if let (Kind::EmergencyAdmission, Some(drawn)) = (kind, admissions) {
                begin = drawn.until.clamp(from, start);
                events.extend(drawn.events.iter().filter(|event| event.day < begin));
            }
            self.stretch(kind, begin, start, yearly, events);
            self.stretch(kind, start, to, yearly * step, events);
        }
        events.sort_unstable();
        let gp_from = patient.registration.gp_history_from;
        if gp_from <= from {
            return 0;
        }
        let before = events.len();
        events.retain(|event| event.kind != Kind::GpAppointment || event.day >= gp_from);
        (before - events.len()) as u64
    }

    /// One person's emergency admissions before `until`, in order, as they are without a programme.
    pub(crate) fn draw_admissions(&mut self, patient: &Patient<'_>, until: Day) -> Admissions {
        let (from, to) = self.days_of(patient);
        let mut events = Vec::new();
        let yearly = self.yearly(Kind::EmergencyAdmission, patient);
        self.stretch(Kind::EmergencyAdmission, from, to.min(until), yearly, &mut events);
        events.sort_unstable();
        Admissions { until, events }
    }

    /// The first day of use, and the first after the last.
    fn days_of(&self, patient: &Patient<'_>) -> (Day, Day) {
        let registration = &patient.registration;
        (registration.from.max(self.first), registration.last_day().map_or(self.last, |day| day.min(self.last)) + 1)
    }

    fn yearly(&self, kind: Kind, patient: &Patient<'_>) -> f64 {
        let age = patient.person.age_at(self.first + (self.last - self.first) / 2);
        let need = f64::from(patient.health.need_per_mille) / 1_000.0;
        let practice = match kind {
            Kind::GpAppointment => f64::from(practice_per_mille(patient.practice)) / 1_000.0,
            _ => 1.0,
        };
        RATES[kind as usize].yearly_for(age, patient.imd_decile)
            * need
            * sex_factor(kind, patient.person.sex)
            * practice
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
            let (cost_pence, detail) = self.tariff.draw(kind, &mut self.random);
            events.push(Event { day, kind, cost_pence, detail });
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

fn practice_per_mille(practice: u32) -> u32 {
    let count = u32::try_from(PRACTICES.len()).expect("a short list");
    PRACTICE_FIRST + practice * PRACTICE_STEP % count * PRACTICE_SPREAD / (count - 1)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::health::Health;
    use crate::names::{Heritage, Names};
    use crate::population::Person;
    use crate::random::Stream;
    use crate::register::{End, Registration};

    const REGISTERED: Registration = Registration { from: 0, end: None, practice_since: 0, gp_history_from: 0 };

    /// Draws the use of many like women of 63, of twice the average need, and hands each one's to `look`.
    fn drawn(
        registration: Registration,
        participant: Option<&Participant>,
        admissions: Option<&Admissions>,
        look: &mut dyn FnMut(&[Event], u64),
    ) {
        let settings = PlaceSettings::default();
        let calendar = Calendar::up_to(settings.history_to);
        let family = Names::new().draw_family(Heritage::Welsh, &mut Random::new(2, Stream::People));
        let born = day_of(date(1960, 5, 6));
        let person =
            Person { nhs_number: 1, given: "Nia", family, heritage: Heritage::Welsh, sex: Sex::Female, born, home: 0 };
        let health = Health { need_per_mille: 2_000, conditions: 2 };
        let patient = Patient { person: &person, health, registration, imd_decile: 3, practice: 4 };
        let mut usage = Usage::new(&settings, &calendar, Random::new(2, Stream::Usage));
        let mut events = Vec::new();
        for _ in 0..20_000 {
            let lost = usage.draw(&patient, participant, admissions, &mut events);
            look(&events, lost);
        }
    }

    fn started(day: Day, outcome: Outcome) -> Participant {
        Participant { person: 0, start: day, exit: None, outcome, contacts: 0 }
    }

    /// Hospital cost in pence and GP appointments in the 24 months before and after the middle of 2023.
    fn windows(outcome: Option<Outcome>) -> [[f64; 2]; 2] {
        let start = day_of(date(2023, 7, 1));
        let participant = outcome.map(|outcome| started(start, outcome));
        let mut sums = [[0.0; 2]; 2];
        drawn(REGISTERED, participant.as_ref(), None, &mut |events, _| {
            for event in events.iter().filter(|event| event.day + 730 >= start && event.day < start + 730) {
                let after = usize::from(event.day >= start);
                let gp = event.kind == Kind::GpAppointment;
                sums[usize::from(gp)][after] += if gp { 1.0 } else { f64::from(event.cost_pence) };
            }
        });
        sums
    }

    fn assert_ratio([before, after]: [f64; 2], expected: f64) {
        // About 110,000 hospital events with a coefficient of variation near two: the standard error of the ratio is near 1 %.
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
        let (from, to) = (day_of(date(2022, 3, 1)), day_of(date(2022, 3, 31)));
        let registration =
            Registration { from, end: Some((to, End::Died)), practice_since: from, gp_history_from: from };
        let mut seen = 0;
        drawn(registration, None, None, &mut |events, lost| {
            assert!(events.iter().all(|event| (from..=to).contains(&event.day)));
            assert!(events.iter().all(|event| match event.detail {
                Detail::Stay { .. } => matches!(event.kind, Kind::EmergencyAdmission | Kind::ElectiveAdmission),
                Detail::None => event.kind == Kind::AeAttendance,
                _ => matches!(event.kind, Kind::GpAppointment | Kind::OutpatientAttendance),
            }));
            assert!(events.is_sorted() && lost == 0);
            seen += events.len();
        });
        assert!(seen > 500);
    }

    #[test]
    fn a_lost_history_is_of_gp_appointments_alone() {
        let since = day_of(date(2024, 1, 1));
        let registration = Registration { practice_since: since, gp_history_from: since, ..REGISTERED };
        let (mut others, mut taken) = (0, 0);
        drawn(registration, None, None, &mut |events, lost| {
            let early = events.iter().filter(|event| event.day < since);
            assert!(early.clone().all(|event| event.kind != Kind::GpAppointment));
            others += early.count();
            taken += lost;
        });
        // Three years of 2.85 x 1.02 x 1.076 x 1.14 x 2 and the practice's 1.093: 23.4 for each. 4 x 7 of 29 steps make 28 x 200 / 29.
        assert_eq!(practice_per_mille(4), 900 + 193);
        assert!((f64::from(u32::try_from(taken).unwrap_or(0)) / 20_000.0 - 23.4).abs() < 0.2, "{taken}");
        assert!(others > 20_000);
    }

    #[test]
    fn known_admissions_come_once_and_only_before_the_start() {
        let start = day_of(date(2023, 7, 1));
        let admission = |day| Event { day, kind: Kind::EmergencyAdmission, cost_pence: 7, detail: Detail::None };
        let admissions = Admissions {
            until: start + 100,
            events: [start - 30, start - 1, start, start + 50].into_iter().map(admission).collect(),
        };
        let known = |events: &[Event]| -> Vec<Day> {
            events.iter().filter(|event| event.cost_pence == 7).map(|event| event.day).collect()
        };
        let emergencies = |events: &[Event], days: std::ops::Range<Day>| {
            let of = |event: &&Event| event.kind == Kind::EmergencyAdmission && days.contains(&event.day);
            events.iter().filter(of).count()
        };
        drawn(REGISTERED, None, Some(&admissions), &mut |events, _| {
            assert_eq!(known(events).len(), 4);
            assert_eq!(emergencies(events, 0..start + 100), 4, "nothing is drawn beside what is known");
        });
        let participant = started(start, Outcome::Completed);
        let mut after = 0;
        drawn(REGISTERED, Some(&participant), Some(&admissions), &mut |events, _| {
            assert_eq!(known(events), [start - 30, start - 1]);
            assert_eq!(emergencies(events, 0..start), 2);
            after += emergencies(events, start..start + 365);
        });
        // .078 x .85 x 1.283 x 2 x .701 a year, somewhat more for the growth since the middle of the history.
        assert!((0.115..0.135).contains(&(after as f64 / 20_000.0)), "{after}");
    }

    #[test]
    fn practices_differ_evenly_and_not_by_deprivation() {
        let all: Vec<u32> = (0..30).map(practice_per_mille).collect();
        assert_eq!((all.iter().min(), all.iter().max()), (Some(&900), Some(&1_100)));
        // The first ten serve the first decile; the mean of all is 1,000 less what is rounded down.
        let mean = |some: &[u32]| some.iter().sum::<u32>() / u32::try_from(some.len()).unwrap_or(1);
        assert!(mean(&all).abs_diff(1_000) <= 1 && mean(&all[..10]).abs_diff(1_000) <= 10, "{all:?}");
    }
}
