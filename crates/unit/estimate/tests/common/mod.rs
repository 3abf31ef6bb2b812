//! The made-up panel of `vectors/`, and what other implementations say about it.

use counterfoil_estimate::{Amounts, Arm, GroupBy, Inference, Level, Panel, Reference};
use serde_json::Value;

pub(crate) const STUDENT: Inference =
    Inference { group_by: GroupBy::ParticipantOfSet, level: Level::PERCENT_95, reference: Reference::StudentT };

#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) arm: Arm,
    pub(crate) set: u32,
    pub(crate) practice: u32,
    pub(crate) weight: f64,
    pub(crate) days: [u32; 2],
    pub(crate) events: [u64; 2],
    pub(crate) pence: [u64; 2],
}

pub(crate) fn people() -> Vec<Person> {
    let lines = include_str!("../../vectors/panel.csv").lines().skip(1);
    lines.map(|line| person(&line.split(',').collect::<Vec<_>>())).collect()
}

fn person(fields: &[&str]) -> Person {
    let arm = if fields[0] == "participant" { Arm::Participant } else { Arm::Comparison };
    let number = |field: usize| fields[field].parse::<u64>().unwrap();
    let small = |field: usize| fields[field].parse::<u32>().unwrap();
    Person {
        arm,
        set: small(1),
        practice: small(2),
        weight: fields[3].parse().unwrap(),
        days: [small(4), small(5)],
        events: [number(6), number(7)],
        pence: [number(8), number(9)],
    }
}

pub(crate) fn panel(people: &[Person]) -> Panel {
    Panel::new(
        people.iter().map(|person| person.arm).collect(),
        people.iter().map(|person| person.set).collect(),
        people.iter().map(|person| person.practice).collect(),
        people.iter().map(|person| person.weight).collect(),
        people.iter().map(|person| person.days[0]).collect(),
        people.iter().map(|person| person.days[1]).collect(),
    )
    .unwrap()
}

pub(crate) fn amounts(people: &[Person], of: impl Fn(&Person) -> [u64; 2]) -> Amounts {
    Amounts::new(people.iter().map(|one| of(one)[0]).collect(), people.iter().map(|one| of(one)[1]).collect()).unwrap()
}

pub(crate) fn expected() -> Value {
    serde_json::from_str(include_str!("../../vectors/expected.json")).unwrap()
}

#[track_caller]
pub(crate) fn close(ours: f64, theirs: &Value, tolerance: f64) {
    let theirs = theirs.as_f64().unwrap();
    assert!((ours - theirs).abs() <= tolerance * theirs.abs().max(1e-300), "{ours} against {theirs}");
}
