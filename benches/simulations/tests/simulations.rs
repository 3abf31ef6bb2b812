//! A few seeds of a small place: what the simulations are for can be seen in them, and the machinery holds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use counterfoil_simulations::design::{Design, estimate};
use counterfoil_simulations::people::{Entry, Kind, Law};
use counterfoil_simulations::place::{Place, Sizes};
use counterfoil_simulations::run;
use counterfoil_simulations::simulation::{ALL, Simulation};
use counterfoil_simulations::study::{Beside, Plan};
use counterfoil_simulations::summary::{Line, lines};
use counterfoil_simulations::unit::{Mishaps, Shown, release};

const SIZES: Sizes = Sizes { participants: 300, others: 3_000 };

fn simulation(name: &str) -> &'static Simulation {
    ALL.iter().find(|simulation| simulation.name == name).unwrap()
}

fn line<'a>(lines: &'a [Line], label: &str) -> &'a Line {
    lines.iter().find(|line| line.label == label).unwrap_or_else(|| panic!("no line {label}"))
}

/// With the spike in the look-back a payer who looks at participants alone sees a fall of a third that nobody caused.
#[test]
fn participants_alone_fall_after_a_spike_and_against_their_comparison_they_do_not() {
    let found = run(simulation("spike"), 4, SIZES).unwrap();
    let naive = line(&found, "no dip, not matched on use: Emergency admissions, participants alone, change in %");
    assert!(naive.mean().unwrap() < -20.0 && naive.seeds() == 4, "{naive:?}");
    let matched = line(&found, "dip 12: Emergency admissions, against expectation, %");
    // Four seeds with a standard deviation of about 20 each: a mean further than 30 from nothing is no chance.
    assert!(matched.mean().unwrap().abs() < 30.0, "{matched:?}");
    assert_eq!(matched.without(), (0, 0));
}

#[test]
fn lost_appointments_move_the_estimate_unless_the_study_says_from_when_they_are_recorded() {
    let found = run(simulation("movers"), 3, SIZES).unwrap();
    let moved = |name: &str| line(&found, &format!("{name}: less the estimate from whole data")).mean().unwrap();
    assert!(moved("with `recorded_from`").abs() < 8.0 && moved("without it") > 8.0, "{found:?}");
}

/// Unrounded: where need is what people enter by, matching on the months that are compared makes an effect out of nothing, and
/// matching on other months does not.
#[test]
fn matching_on_what_is_compared_makes_an_effect() {
    let law = Law::without_effect(Entry::Need);
    let of = |design: &Design| {
        let seeds = (1..=8).map(|seed| estimate(&Place::draw(&law, SIZES, seed), design, 0.0).unwrap());
        line(&lines(seeds), &format!("{}: BCa", design.name)).mean().unwrap()
    };
    let (biased, apart) = (of(&Design::BEFORE_THE_DIP), of(&Design::APART));
    assert!(biased > 5.0 && apart.abs() < 12.0 && apart < biased, "{biased} {apart}");
}

#[test]
fn a_seed_gives_one_place() {
    let law = Law { is_lasting: true, moved_permille: [300, 100], ..Law::without_effect(Entry::Frequent) };
    let [one, again, other] = [1, 1, 2].map(|seed| Place::draw(&law, SIZES, seed));
    assert_eq!(one.participants, again.participants);
    assert_eq!(one.others, again.others);
    assert_ne!(one.participants, other.participants);
    assert_eq!((one.participants.len(), one.others.len()), (300, 3_000));
}

#[test]
fn people_enter_for_the_reason_of_the_law() {
    for (entry, months, needed) in [(Entry::Spike, 2, 1), (Entry::Frequent, 12, 3)] {
        for person in Place::draw(&Law::without_effect(entry), SIZES, 3).participants {
            let start = person.start.unwrap();
            let counts = |kind: Kind| kind == Kind::Emergency || (kind == Kind::Ae && entry == Entry::Frequent);
            let reasons = person.events.iter().filter(|event| (start - months..start).contains(&event.month));
            assert!(reasons.filter(|event| counts(event.kind)).count() >= needed);
        }
    }
}

/// A thousand people with many admissions each: the share prevented is the law's.
#[test]
fn so_much_is_prevented_as_the_law_says() {
    let law = Law { prevented_permille: [50, 200], ..Law::without_effect(Entry::Spike) };
    let sizes = Sizes { participants: 3_000, others: 0 };
    let participants = Place::draw(&law, sizes, 1).participants;
    for (most_deprived, share) in [(true, 0.05), (false, 0.20)] {
        let people = || participants.iter().filter(|person| (person.decile == 1) == most_deprived);
        let prevented: u64 = people().map(|person| person.prevented[0]).sum();
        let happened = people().map(|person| {
            let after = person.start.unwrap()..person.start.unwrap() + 24;
            person.events.iter().filter(|event| event.kind == Kind::Emergency && after.contains(&event.month)).count()
        });
        let prevented_share = prevented as f64 / (prevented + happened.sum::<usize>() as u64) as f64;
        assert!((prevented_share - share).abs() < 0.03, "{prevented_share} {share}");
    }
}

/// The unit is told that all links are right, so what shows is who has none.
#[test]
fn links_missed_unequally_show_and_make_the_report_warn() {
    let sizes = Sizes { participants: 600, others: 2_000 };
    let found = run(simulation("linkage"), 2, sizes).unwrap();
    let mean = |label: &str| line(&found, label).mean().unwrap();
    let gap = |name: &str| mean(&format!("{name}: the same less their share of all participants"));
    assert!(gap("20 % and 10 %") < gap("no link missed"), "{found:?}");
    let warned = |name: &str| mean(&format!("{name}: the report warns, % of seeds"));
    assert!(warned("no link missed") == 0.0 && warned("20 % and 10 %") > 60.0, "{found:?}");
}

/// More than half is prevented in one group and nothing in the other.
#[test]
fn each_group_has_its_own_effect() {
    let law = Law { prevented_permille: [0, 600], ..Law::without_effect(Entry::Need) };
    let plan = Plan { beside: Beside::Subgroups, ..Plan::YEAR };
    let mut apart = 0.0;
    for seed in 1..=2 {
        let released = release(&Place::draw(&law, SIZES, seed), plan, &Mishaps::default()).unwrap();
        let [prevented, not] = ["elsewhere", "most_deprived_tenth"].map(|home| {
            let row = format!("Emergency admissions: {home}");
            match released.shown("effect_by_home", &row, "Against expectation").unwrap() {
                Shown::Number(number) => number,
                other => panic!("{other:?}"),
            }
        });
        apart += (prevented - not) / 2.0;
    }
    assert!(apart < -30.0, "{apart}");
}

/// Everybody has the same effect; who fares worse is seen more often.
#[test]
fn doses_mislead() {
    let found = run(simulation("groups"), 2, SIZES).unwrap();
    let of = |dose: &str| line(&found, &format!("effect_by_contacts, {dose}: Emergency admissions, %")).mean().unwrap();
    assert!(of("under 3") + 20.0 < of("8 and more"), "{found:?}");
}

#[test]
fn an_effect_that_needs_time_is_greater_without_the_first_months() {
    let found = run(simulation("wash-in"), 3, SIZES).unwrap();
    let without = line(&found, "without the first 3 months after the start, less as planned").mean().unwrap();
    assert!((-8.0..-0.5).contains(&without), "{found:?}");
}

#[test]
fn a_time_that_is_left_out_takes_what_happened_in_it() {
    let found = run(simulation("shock"), 3, SIZES).unwrap();
    let moved = |whom: &str| line(&found, &format!("{whom}: without the shock, less as planned")).mean().unwrap();
    assert!(moved("everybody").abs() < 5.0 && moved("participants alone") > 5.0, "{found:?}");
}

/// Where the reason to enter lies in the months before, both did not run alike there, and the test says so.
#[test]
fn the_test_of_the_months_before_sees_a_reason_to_enter() {
    let found = run(simulation("frequent"), 2, SIZES).unwrap();
    let p = |plan: &str| {
        line(&found, &format!("{plan}: Emergency admissions, ran alike before, p as released")).mean().unwrap()
    };
    assert!(p("no dip, not matched on use") < 0.05 && p("dip 12") > 0.05, "{found:?}");
}

#[test]
fn where_both_ran_alike_p_is_spread_out() {
    let found = run(simulation("trend"), 2, SIZES).unwrap();
    assert_eq!(found.len(), 22);
    assert!(found.iter().all(|line| line.without() == (0, 0)), "{found:?}");
    let all: Vec<f64> = found.iter().flat_map(Line::estimates).collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    assert!((0.25..0.75).contains(&mean) && all.iter().all(|p| (0.0..=1.0).contains(p)), "{all:?}");
}
