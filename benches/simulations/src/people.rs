//! One made-up person: who it is, what it needs, what it uses month by month, and whether it enters the programme.
//!
//! In: a [`Law`] and random choices. Out: [`Person`]s. Absent on purpose: files, names, and anything that a unit would have to encode.
//!
//! Use is Poisson by the month, with a mean that goes with age, deprivation, conditions, a need that nobody sees (gamma, so that counts
//! over people are negative binomial), the practice, a trend of the place, and for everybody a turn for the better or worse after the
//! last start.

use crate::random::Random;

/// Months of the usage extract, which begins on 1 January 2020.
pub const MONTHS: usize = 54;
/// First and last month in which somebody starts: two years after its beginning, two years before its end.
pub const STARTS: std::ops::RangeInclusive<usize> = 24..=29;
/// From here on people are better or worse than they were.
const TURN: usize = 30;
/// Months in which people use half of what they else would, where there is a shock: all after the last start.
const SHOCK: std::ops::Range<usize> = 30..36;

/// What is used, in the order of the agreement's event codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GP appointment.
    Gp,
    /// A&E attendance.
    Ae,
    /// Emergency admission.
    Emergency,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gp, Self::Ae, Self::Emergency];

    /// Mean number in a month of somebody with a need of 1.
    fn monthly(self) -> f64 {
        match self {
            Self::Gp => 0.40,
            Self::Ae => 0.045,
            Self::Emergency => 0.022,
        }
    }
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Month of the extract, from 0.
    pub month: usize,
    /// Day of the month, from 0 to 27.
    pub day: u32,
    /// Its kind.
    pub kind: Kind,
    /// What it cost.
    pub pence: u32,
}

impl Event {
    /// Days in hospital: few admissions make up most of them.
    pub fn days(&self) -> u32 {
        let of_admission = ADMISSIONS.iter().find(|(pence, _)| self.kind == Kind::Emergency && *pence == self.pence);
        of_admission.map_or(0, |(_, days)| *days)
    }
}

/// How people come to enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Within two months after an emergency admission.
    Spike,
    /// The more, the greater the need that nobody sees.
    Need,
    /// After a year with at least three emergency contacts.
    Frequent,
}

/// Who uses less for some months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shock {
    /// Nobody.
    Nobody,
    /// Everybody.
    Everybody,
    /// Participants alone, and not because of the programme.
    Participants,
}

/// What a place is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Law {
    /// Practices.
    pub practices: u32,
    /// How people come to enter.
    pub entry: Entry,
    /// Whether people are ill for months on end, with many times the use, rather than by chance in one month.
    pub is_lasting: bool,
    /// Emergency use that the programme prevents, per thousand: in the most deprived tenth, and elsewhere.
    pub prevented_permille: [u32; 2],
    /// Months after the start before it prevents any.
    pub works_after_months: usize,
    /// Who uses half for some months.
    pub shock: Shock,
    /// People who change practice some time, per thousand: of participants and of others.
    pub moved_permille: [u32; 2],
}

impl Law {
    /// No effect, nobody moves, 30 practices.
    pub fn without_effect(entry: Entry) -> Self {
        Self {
            practices: 30,
            entry,
            is_lasting: false,
            prevented_permille: [0; 2],
            works_after_months: 0,
            shock: Shock::Nobody,
            moved_permille: [0; 2],
        }
    }
}

/// What a practice is like.
#[derive(Debug, Clone, Copy)]
pub struct Practice {
    /// Factor of all use.
    level: f64,
    /// Factor of all use after the turn.
    change: f64,
    /// Factor of referrals.
    referral: f64,
}

impl Practice {
    /// Draws one.
    pub fn draw(random: &mut Random) -> Self {
        Self { level: random.between(0.8, 1.2), change: random.between(0.92, 1.08), referral: random.between(0.3, 1.7) }
    }
}

/// Somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Number of the practice.
    pub practice: u32,
    /// 0 or 1.
    pub sex: u32,
    /// Year of birth.
    pub birth_year: u32,
    /// Deprivation of the area: 1 is most deprived.
    pub decile: u32,
    /// Long-term conditions.
    pub conditions: u32,
    /// Month at whose first day the person started, if it did.
    pub start: Option<usize>,
    /// Whether it completed.
    pub completed: bool,
    /// How it fares of itself after the turn: 0 better, 1 the same, 2 worse.
    pub turn: usize,
    /// How often the programme saw it: the more, the worse it fares.
    pub contacts: u32,
    /// Month at whose first day it came to its practice, if it moved.
    pub moved: Option<usize>,
    /// What it used.
    pub events: Vec<Event>,
    /// Emergency admissions and pence that the programme prevented.
    pub prevented: [u64; 2],
}

/// Draws somebody of the place, who would never enter.
pub fn draw_other(law: &Law, practices: &[Practice], random: &mut Random) -> Person {
    let mut hidden = Hidden::draw(law, practices, random);
    hidden.is_shocked = law.shock == Shock::Everybody;
    hidden.use_emergencies(random);
    hidden.use_gp(random);
    hidden.person.moved = moves(law.moved_permille[1], random);
    hidden.person
}

/// Draws people of the place until one of them enters.
pub fn draw_participant(law: &Law, practices: &[Practice], random: &mut Random) -> Person {
    loop {
        let mut hidden = Hidden::draw(law, practices, random);
        // Whom the programme takes, as the study's terms say it too.
        if hidden.person.conditions == 0 {
            continue;
        }
        // By need it is known before any use: the others need no history.
        if law.entry == Entry::Need && !random.happens(hidden.need / 6.0 * hidden.invited()) {
            continue;
        }
        hidden.use_emergencies(random);
        let Some(start) = hidden.start(law.entry, random) else { continue };
        hidden.use_gp(random);
        hidden.take_part(start, law, random);
        hidden.person.moved = moves(law.moved_permille[0], random);
        return hidden.person;
    }
}

fn moves(permille: u32, random: &mut Random) -> Option<usize> {
    random.chance(permille).then(|| 6 + random.below(42) as usize)
}

/// A person with what nobody sees.
struct Hidden {
    person: Person,
    practice: Practice,
    need: f64,
    /// Need of one kind, by kind.
    needs: [f64; 3],
    /// Months of illness, where there is such a thing.
    ill: Option<[bool; MONTHS]>,
    is_shocked: bool,
}

/// Emergency use in a month of illness, and in any other month: the same mean over all months as without illness.
const ILL: [f64; 2] = [0.5, 8.0];
const FALLS_ILL: f64 = 0.025;
const RECOVERS: f64 = 0.333;

impl Hidden {
    fn draw(law: &Law, practices: &[Practice], random: &mut Random) -> Self {
        const DECILES: [u32; 10] = [260, 140, 110, 90, 80, 80, 70, 60, 60, 50];
        let practice = random.below(law.practices);
        let birth_year = 1_948 + random.below(57);
        let age = f64::from(2_022 - birth_year);
        let decile = u32::try_from(random.weighed(&DECILES)).expect("one of ten") + 1;
        let deprived = f64::from(10 - decile);
        let with_condition = 0.03 + 0.30 * (age - 18.0) / 56.0 + 0.02 * deprived;
        let more = (0..4).filter(|_| random.happens(with_condition)).count();
        let conditions = u32::try_from(more).expect("at most four") + u32::from(random.chance(850));
        let seen = (0.5 + 0.25 * f64::from(conditions)) * (1.0 + 0.04 * deprived) * (0.7 + 0.6 * (age - 18.0) / 56.0);
        let need = seen * random.gamma(2);
        let person = Person {
            practice,
            sex: random.below(2),
            birth_year,
            decile,
            conditions,
            start: None,
            completed: false,
            turn: 1,
            contacts: 0,
            moved: None,
            events: Vec::new(),
            prevented: [0; 2],
        };
        let needs = [4, 3, 3].map(|shape| need * random.gamma(shape));
        let ill = law.is_lasting.then(|| {
            let mut now = random.happens(FALLS_ILL / (FALLS_ILL + RECOVERS));
            [false; MONTHS].map(|_| {
                let month = now;
                now = if now { !random.happens(RECOVERS) } else { random.happens(FALLS_ILL) };
                month
            })
        });
        let person = Person { turn: random.below(3) as usize, ..person };
        Self {
            person,
            practice: practices[practice as usize],
            need,
            needs,
            ill,
            is_shocked: law.shock != Shock::Nobody,
        }
    }

    fn mean(&self, kind: Kind, month: usize) -> f64 {
        let trend = 1.0 + 0.002 * month as f64;
        let turned = if month >= TURN { self.practice.change * [0.6, 1.0, 1.4][self.person.turn] } else { 1.0 };
        let illness = match self.ill {
            Some(ill) if kind != Kind::Gp => ILL[usize::from(ill[month])],
            _ => 1.0,
        };
        let shock = if self.is_shocked && SHOCK.contains(&month) { 0.5 } else { 1.0 };
        kind.monthly() * self.needs[kind as usize] * self.practice.level * trend * turned * illness * shock
    }

    fn uses(&mut self, kind: Kind, random: &mut Random) {
        for month in 0..MONTHS {
            for _ in 0..random.poisson(self.mean(kind, month)) {
                let pence = pence(kind, random);
                self.person.events.push(Event { month, day: random.below(28), kind, pence });
            }
        }
    }

    fn use_emergencies(&mut self, random: &mut Random) {
        self.uses(Kind::Emergency, random);
        self.uses(Kind::Ae, random);
    }

    fn use_gp(&mut self, random: &mut Random) {
        self.uses(Kind::Gp, random);
    }

    /// How likely a referral is made of a reason for one: by practice and deprivation, from 0 to 1.
    fn invited(&self) -> f64 {
        self.practice.referral / 1.7 * (1.1 - f64::from(self.person.decile) * 0.06)
    }

    /// Each is asked about once, in a month of its own: so that those who start late are not those who did not earlier.
    fn start(&self, entry: Entry, random: &mut Random) -> Option<usize> {
        let month = STARTS.start() + random.below(6) as usize;
        let contacts = |months: std::ops::Range<usize>, counts: &dyn Fn(Kind) -> bool| {
            self.person.events.iter().filter(|event| months.contains(&event.month) && counts(event.kind)).count()
        };
        let has_reason = match entry {
            // Their need was asked about before.
            Entry::Need => return Some(month),
            Entry::Spike => contacts(month - 2..month, &|kind| kind == Kind::Emergency) > 0,
            Entry::Frequent => contacts(month - 12..month, &|kind| kind != Kind::Gp) >= 3,
        };
        (has_reason && random.happens(self.invited())).then_some(month)
    }

    fn take_part(&mut self, start: usize, law: &Law, random: &mut Random) {
        let person = &mut self.person;
        person.start = Some(start);
        person.completed = random.chance([800, 550, 300][person.turn]);
        let permille = law.prevented_permille[usize::from(person.decile > 1)];
        let mut prevented = [0; 2];
        person.events.retain(|event| {
            let works = event.kind != Kind::Gp && event.month >= start + law.works_after_months;
            let is_prevented = works && random.chance(permille);
            if is_prevented && event.month < start + 24 {
                prevented[0] += u64::from(event.kind == Kind::Emergency);
                prevented[1] += u64::from(event.pence);
            }
            !is_prevented
        });
        person.prevented = prevented;
    }
}

/// Pence of an admission, and days.
const ADMISSIONS: [(u32, u32); 8] =
    [(60_000, 0), (90_000, 1), (120_000, 1), (160_000, 2), (220_000, 4), (320_000, 8), (480_000, 15), (900_000, 40)];

fn pence(kind: Kind, random: &mut Random) -> u32 {
    match kind {
        Kind::Gp => 0,
        Kind::Ae => 8_000 + random.below(30_000),
        Kind::Emergency => ADMISSIONS[random.below(8) as usize].0,
    }
}
