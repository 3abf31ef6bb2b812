//! The simulations: which place, which plan, what is looked at.
//!
//! In: a seed and sizes. Out: what a payer sees, under labels, beside what is true. Absent on purpose: how many seeds, and what they
//! come to together.

use crate::beside;
use crate::design::{self, Design};
use crate::error::SimulationError;
use crate::findings::{ADDITIVE, Findings, PERCENT, interval, value};
use crate::people::{Entry, Law, Person};
use crate::place::{Place, Sizes};
use crate::random::Random;
use crate::study::{AE, Beside, COST, DAYS, EMERGENCY, GP, Plan};
use crate::summary::Observed;
use crate::trend;
use crate::unit::{Mishaps, Shown, release};

/// One simulation.
#[derive(Clone, Copy)]
pub struct Simulation {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Runs one seed.
    pub run: fn(u64, Sizes) -> Result<Findings, SimulationError>,
}

/// All of them.
pub const ALL: [Simulation; 13] = [
    Simulation {
        name: "spike",
        about: "No effect. People enter within two months after an emergency admission, which says nothing of their next months.",
        run: |seed, sizes| null(&Law::without_effect(Entry::Spike), seed, sizes),
    },
    Simulation {
        name: "lasting-spike",
        about: "No effect. The same, but people fall ill for three months on average, with sixteen times the emergency use of other \
                months, and many enter while they are ill.",
        run: |seed, sizes| null(&Law { is_lasting: true, ..Law::without_effect(Entry::Spike) }, seed, sizes),
    },
    Simulation {
        name: "need",
        about: "No effect. People enter in proportion to a lasting need that nobody sees but through their use.",
        run: |seed, sizes| null(&Law::without_effect(Entry::Need), seed, sizes),
    },
    Simulation {
        name: "frequent",
        about: "No effect. People enter after a year with at least three emergency admissions or A&E attendances.",
        run: |seed, sizes| null(&Law::without_effect(Entry::Frequent), seed, sizes),
    },
    Simulation {
        name: "effect",
        about: "15 % of emergency admissions and A&E attendances are prevented. People enter after an emergency admission. Who gets better \
                anyway completes more often.",
        run: known_effect,
    },
    Simulation {
        name: "linkage",
        about: "20 % are prevented, but 5 % in the most deprived tenth. 10 % of links are missed, and 20 % in that tenth; missed \
                participants stand among the others.",
        run: unequal_linkage,
    },
    Simulation {
        name: "groups",
        about: "Entry by need. By home: 15 % are prevented, and none in the most deprived tenth. By contacts: 15 % of everybody's; who fares worse \
                is seen more often, which changes nothing.",
        run: beside::groups,
    },
    Simulation {
        name: "wash-in",
        about: "20 % are prevented from the fourth month on, nothing before. Entry by need.",
        run: beside::wash_in,
    },
    Simulation {
        name: "shock",
        about: "No effect, entry by need; for six months everybody, or participants alone, use half of what they else would.",
        run: beside::shock,
    },
    Simulation {
        name: "trend",
        about: "No effect: tests of whether both arms ran alike before the dip, under each way to enter, and with 12 and 60 practices; \
                unrounded.",
        run: trend::tests,
    },
    Simulation {
        name: "movers",
        about: "No effect. 30 % of participants and 10 % of others change practice, and lose the appointments before.",
        run: movers,
    },
    Simulation {
        name: "clusters",
        about: "No effect, entry by need, with 12, 30 and 60 practices: several intervals of one design without bias, unrounded.",
        run: clusters,
    },
    Simulation {
        name: "designs",
        about: "No effect, under each way to enter: emergency admissions against expectation by several designs, unrounded.",
        run: designs,
    },
];

fn null(law: &Law, seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let place = Place::draw(law, sizes, seed);
    let mut findings = Findings::new();
    let short = Plan { dip_months: 3, ..Plan::YEAR };
    let naive = Plan { dip_months: 0, is_matched_on_use: false, ..Plan::YEAR };
    let year = Plan { beside: Beside::Alternatives, ..Plan::YEAR };
    for (name, plan) in [("dip 12", year), ("dip 3", short), ("no dip, not matched on use", naive)] {
        let released = release(&place, plan, &Mishaps::default())?;
        let label = |what: &str| format!("{name}: {what}");
        for (table, measure) in [("effect", EMERGENCY), ("effect", AE), ("effect", GP), ("effect_cost", COST)] {
            let percent = interval(&released, (table, measure), PERCENT, 0.0)?;
            findings.push((label(&format!("{measure}, against expectation, %")), percent));
        }
        for (table, measure) in [("effect", EMERGENCY), ("effect_cost", COST)] {
            let additive = interval(&released, (table, measure), ADDITIVE, 0.0)?;
            findings.push((label(&format!("{measure}, a person-year beyond the comparison")), additive));
        }
        for measure in [EMERGENCY, COST] {
            for what in
                [&format!("placebo, {} months earlier", plan.placebo_months()), "interval by drawing groups again"]
            {
                let row = format!("{measure}: {what}");
                let other = interval(&released, ("sensitivity", &row), PERCENT, 0.0)?;
                findings.push((label(&format!("{measure}, {what}, %")), other));
            }
        }
        for (arm, column) in [("participants alone", "Participants' change"), ("comparison", "Comparison's change")] {
            findings.push((
                label(&format!("{EMERGENCY}, {arm}, change in %")),
                value(&released, "effect", EMERGENCY, column)?,
            ));
        }
        if plan.beside == Beside::Alternatives {
            findings.extend(beside::other_choices(&released)?);
        }
        for measure in [EMERGENCY, DAYS] {
            let p = match value(&released, "trend", measure, "P")? {
                Observed::Value(p) => Observed::P(p),
                none => none,
            };
            findings.push((label(&format!("{measure}, ran alike before, p as released")), p));
        }
        findings.push((label("participants matched"), value(&released, "frame", "Participants matched", "People")?));
    }
    Ok(findings)
}

fn known_effect(seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let law = Law { prevented_permille: [150, 150], ..Law::without_effect(Entry::Spike) };
    let place = Place::draw(&law, sizes, seed);
    let released = release(&place, Plan::YEAR, &Mishaps::default())?;
    let mut findings = Findings::new();
    for (whom, suffix, of) in [("started", "", true), ("completed", "_completers", false)] {
        let people: Vec<&Person> = place.participants.iter().filter(|person| of || person.completed).collect();
        let person_years = 2.0 * people.len() as f64;
        for (table, measure, at, unit) in [("effect", EMERGENCY, 0, 1.0), ("effect_cost", COST, 1, 100.0)] {
            let table = format!("{table}{suffix}");
            let label = |what: &str| format!("{whom}: {measure}, {what}");
            findings.push((label("against expectation, %"), interval(&released, (&table, measure), PERCENT, -15.0)?));
            let prevented: u64 = people.iter().map(|person| person.prevented[at]).sum();
            let truth = -(prevented as f64) / unit / person_years;
            findings.push((label("a person-year"), interval(&released, (&table, measure), ADDITIVE, truth)?));
        }
    }
    findings.push((
        "started: GP appointments, against expectation, %".to_owned(),
        interval(&released, ("effect", GP), PERCENT, 0.0)?,
    ));
    for design in [Design::BEFORE_THE_DIP, Design::APART] {
        let found = design::estimate(&place, &design, -15.0)?.into_iter().filter(|(label, _)| label.ends_with(": BCa"));
        findings.extend(found.map(|(label, observed)| (format!("unrounded, started: {EMERGENCY}, {label}"), observed)));
    }
    Ok(findings)
}

fn unequal_linkage(seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let law = Law { prevented_permille: [50, 200], ..Law::without_effect(Entry::Spike) };
    let place = Place::draw(&law, sizes, seed);
    let mut random = Random::new(seed, 4);
    let most_deprived = |person: &&Person| person.decile == 1;
    let mut missed_by = |most: u32, rest: u32| -> Vec<bool> {
        place.participants.iter().map(|person| random.chance(if person.decile == 1 { most } else { rest })).collect()
    };
    let everybody = place.participants.len() as f64;
    let of_most_deprived = place.participants.iter().filter(most_deprived).count() as f64;
    let true_share = 100.0 * of_most_deprived / everybody;
    // What everybody's admissions would have been, and what was prevented of them.
    let after = |person: &Person| {
        let start = person.start.unwrap_or(0);
        let happened = person
            .events
            .iter()
            .filter(|event| event.kind == crate::people::Kind::Emergency && (start..start + 24).contains(&event.month));
        happened.count() as u64
    };
    let (happened, prevented) = place
        .participants
        .iter()
        .fold((0, 0), |(happened, prevented), person| (happened + after(person), prevented + person.prevented[0]));
    let truth = -100.0 * prevented as f64 / (happened + prevented) as f64;
    let mut findings = Findings::new();
    let mut whole = None;
    for (name, missed) in [
        ("no link missed", Vec::new()),
        ("10 % everywhere", missed_by(100, 100)),
        ("20 % and 10 %", missed_by(200, 100)),
    ] {
        let released = release(&place, Plan::YEAR, &Mishaps { missed: &missed, ..Mishaps::default() })?;
        let percent = interval(&released, ("effect", EMERGENCY), PERCENT, truth)?;
        findings.push((format!("{name}: {EMERGENCY}, against expectation, %"), percent));
        findings.push((format!("{name}: the report warns, % of seeds"), beside::unequal_links(&released)?));
        if let Observed::Interval { estimate, .. } = percent {
            let without = *whole.get_or_insert(estimate);
            findings.push((format!("{name}: less the estimate with every link"), Observed::Value(estimate - without)));
        }
        if let (Shown::Number(linked), Shown::Number(all)) =
            (released.shown("deprivation", "1", "Linked people")?, released.shown("flow", "Linked", "People")?)
        {
            findings
                .push((format!("{name}: most deprived tenth, % of the linked"), Observed::Value(100.0 * linked / all)));
            let gap = 100.0 * linked / all - true_share;
            findings.push((format!("{name}: the same less their share of all participants"), Observed::Value(gap)));
        }
    }
    Ok(findings)
}

fn movers(seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let law = Law { moved_permille: [300, 100], ..Law::without_effect(Entry::Need) };
    let place = Place::draw(&law, sizes, seed);
    let gp = |has_recorded_from: bool, loses_history: bool| {
        let plan = Plan { has_recorded_from, ..Plan::YEAR };
        let released = release(&place, plan, &Mishaps { loses_history, ..Mishaps::default() })?;
        interval(&released, ("effect", GP), PERCENT, 0.0)
    };
    let whole = gp(false, false)?;
    let (with, without) = (gp(true, true)?, gp(false, true)?);
    let mut findings = vec![
        ("nothing lost: GP appointments, %".to_owned(), whole),
        ("lost, `recorded_from` in the study: GP appointments, %".to_owned(), with),
        ("lost, study without `recorded_from`: GP appointments, %".to_owned(), without),
    ];
    for (name, of) in [("with `recorded_from`", with), ("without it", without)] {
        if let (Observed::Interval { estimate: whole, .. }, Observed::Interval { estimate, .. }) = (whole, of) {
            findings.push((format!("{name}: less the estimate from whole data"), Observed::Value(estimate - whole)));
        }
    }
    Ok(findings)
}

fn clusters(seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let mut findings = Findings::new();
    for practices in [12, 30, 60] {
        let law = Law { practices, ..Law::without_effect(Entry::Need) };
        let place = Place::draw(&law, sizes, seed);
        let found = design::estimate(&place, &Design::APART, 0.0)?;
        findings
            .extend(found.into_iter().map(|(label, observed)| (format!("{practices} practices, {label}"), observed)));
    }
    Ok(findings)
}

fn designs(seed: u64, sizes: Sizes) -> Result<Findings, SimulationError> {
    let mut findings = Findings::new();
    for (name, law) in [
        ("spike", Law::without_effect(Entry::Spike)),
        ("lasting spike", Law { is_lasting: true, ..Law::without_effect(Entry::Spike) }),
        ("need", Law::without_effect(Entry::Need)),
        ("frequent", Law::without_effect(Entry::Frequent)),
    ] {
        let place = Place::draw(&law, sizes, seed);
        for design in &Design::ALL {
            let wanted = |label: &str| {
                let ends = [": BCa", ": Poisson with t", ": a person-year, BCa", "matched"];
                ends.iter().any(|end| label.ends_with(end))
            };
            let found = design::estimate(&place, design, 0.0)?.into_iter().filter(|(label, _)| wanted(label));
            findings.extend(found.map(|(label, observed)| (format!("{name}, {label}"), observed)));
        }
    }
    Ok(findings)
}
