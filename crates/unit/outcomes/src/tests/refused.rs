//! What is not tabulated, and what the refusal says.

use super::*;

const COMPLETE: (&str, &str) = ("2022-01-01", "2023-12-31");

fn world() -> World {
    World::of(STUDY, &[linked("2023-01-01")], COMPLETE)
}

fn refusal(world: &World) -> OutcomesError<Infallible> {
    world.tables().err().unwrap()
}

#[test]
fn links_of_another_run_or_of_one_row_to_two() {
    for outside in [(10, 0), (0, 10), (u32::MAX, u32::MAX)] {
        let mut world = world();
        world.links = vec![outside];
        assert!(matches!(refusal(&world), OutcomesError::LinkOutside), "{outside:?}");
    }
    for twice in [[(0, 0), (0, 1)], [(0, 1), (0, 0)], [(0, 0), (0, 0)]] {
        let mut world = world();
        world.links = twice.to_vec();
        assert!(matches!(refusal(&world), OutcomesError::RowLinkedTwice), "{twice:?}");
    }
}

#[test]
fn people_with_one_reference() {
    let one = [linked("2023-01-01")];
    let mut usage_twice = world();
    usage_twice.usage = World::of(STUDY, &[], COMPLETE).usage;
    let mut cohort_twice = world();
    cohort_twice.cohort = World::of(STUDY, &[], COMPLETE).cohort;
    for _ in 0..2 {
        let single = &mut World::of(STUDY, &[], COMPLETE);
        single.add(0, &one[0]);
        let row = |people: &EncodedPeople, variables| PersonRow {
            person: people.refs()[0],
            encoding: Encoding { tokens: [None].into(), blocking: [].into(), clk: None, former: [].into() },
            values: (0..variables).map(|variable| people.values(variable)[0]).collect(),
        };
        usage_twice.usage.push(&row(&single.usage, 2));
        cohort_twice.cohort.push(&row(&single.cohort, 3));
    }
    usage_twice.links = vec![(0, 0), (1, 1)];
    cohort_twice.links = vec![];
    let error = refusal(&usage_twice).to_string();
    assert!(error.contains("nhs-usage") && error.contains("same reference"), "{error}");
    let error = refusal(&cohort_twice).to_string();
    assert!(error.contains("programme") && error.contains("same reference"), "{error}");
}

#[test]
fn a_usage_period_that_ends_before_it_begins() {
    let mut world = world();
    world.complete = ("2023-12-31".parse().unwrap(), "2023-12-30".parse().unwrap());
    assert!(matches!(refusal(&world), OutcomesError::UsagePeriod));
}

#[test]
fn a_study_that_is_not_the_one_agreed() {
    let mut world = world();
    world.study = Study::parse(&STUDY.replace("window_days = 30", "window_days = 31")).unwrap();
    assert!(matches!(refusal(&world), OutcomesError::Agreement(AgreementError::Study { .. })));
}

#[test]
fn a_breakdown_by_too_many_values() {
    let study = STUDY.replace("variable = \"sex\"", "variable = \"wide\"");
    let error = refusal(&World::of(&study, &[], COMPLETE));
    assert!(matches!(&error, OutcomesError::Agreement(AgreementError::Study { .. })), "{error}");
    let study = STUDY.replace("variable = \"band\"", "variable = \"hundred\"");
    assert_eq!(World::of(&study, &[], COMPLETE).released().table("band").unwrap().rows().len(), 101);
}

#[test]
fn rows_that_cannot_be_read() {
    #[derive(Debug, thiserror::Error)]
    #[error("the file ends early")]
    struct Broken;
    let world = world();
    let (good, bad) = (Ok(()), || Err(Broken));
    let error = tabulate(&world.inputs(), |_| bad(), |_| Ok(())).err().unwrap();
    assert_eq!(error.to_string(), "reading events: the file ends early");
    let error = tabulate(&world.inputs(), |_| good, |_| bad()).err().unwrap();
    assert_eq!(error.to_string(), "reading scores: the file ends early");
}

#[test]
fn no_error_has_a_number_of_people_in_it() {
    let mut world = world();
    world.links = vec![(7, 7), (7, 3)];
    assert!(!refusal(&world).to_string().contains(|c: char| c.is_ascii_digit()));
    world.links = vec![(7_777, 0)];
    assert!(!refusal(&world).to_string().contains(|c: char| c.is_ascii_digit()));
}
