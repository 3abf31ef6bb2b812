//! Scores at the start and later. The index date is 31 January 2023 unless said; 12 months on is 31 January 2024; the window is 30 days.

use super::*;

/// Started, followed at each time, improved at each time.
fn star(study: &str, people: &[Person]) -> Vec<Vec<u64>> {
    let forward = World::of(study, people, ("2020-01-01", "2026-12-31"));
    let mut backward = World::of(study, people, ("2020-01-01", "2026-12-31"));
    backward.measures.reverse();
    let counted = counts(&forward.released(), "star");
    assert_eq!(counted, counts(&backward.released(), "star"), "the order of scores changes nothing");
    counted.into_iter().map(|(_, counts)| counts).collect()
}

fn scored(scores: &[(&'static str, i32)]) -> Person {
    let scores = scores.iter().map(|(date, score)| (STAR, *date, *score)).collect();
    Person { start: Some("2023-01-31"), scores, ..Person::default() }
}

fn one(scores: &[(&'static str, i32)]) -> Vec<u64> {
    star(STUDY, &[scored(scores)]).remove(0)
}

#[test]
fn improved_is_at_least_the_points_of_the_study() {
    assert_eq!(one(&[("2023-01-31", 20), ("2024-01-31", 23)]), [1, 1, 1]);
    assert_eq!(one(&[("2023-01-31", 20), ("2024-01-31", 22)]), [1, 1, 0]);
    assert_eq!(one(&[("2023-01-31", 20), ("2024-01-31", 10)]), [1, 1, 0]);
}

#[test]
fn a_score_counts_to_the_last_day_of_its_window() {
    // 30 days before 2023-01-31 is 2023-01-01, 30 after is 2023-03-02; 30 days round 2024-01-31 are 2024-01-01 to 2024-03-01.
    assert_eq!(one(&[("2023-01-01", 20), ("2024-03-01", 23)]), [1, 1, 1]);
    assert_eq!(one(&[("2023-03-02", 20), ("2024-01-01", 23)]), [1, 1, 1]);
    assert_eq!(one(&[("2022-12-31", 20), ("2024-01-31", 23)]), [0, 0, 0]);
    assert_eq!(one(&[("2023-03-03", 20), ("2024-01-31", 23)]), [0, 0, 0]);
    assert_eq!(one(&[("2023-01-31", 20), ("2024-03-02", 23)]), [1, 0, 0]);
    assert_eq!(one(&[("2023-01-31", 20), ("2023-12-31", 23)]), [1, 0, 0]);
}

#[test]
fn the_nearest_counts_and_the_earlier_on_a_tie() {
    // Start: 5 days either side; the earlier 10 counts, against which 13 is improved and against 30 it is not.
    assert_eq!(one(&[("2023-02-05", 30), ("2023-01-26", 10), ("2024-01-31", 13)]), [1, 1, 1]);
    // Later: 5 days either side; the earlier 13 counts.
    assert_eq!(one(&[("2023-01-31", 10), ("2024-02-05", 12), ("2024-01-26", 13)]), [1, 1, 1]);
    assert_eq!(one(&[("2023-01-31", 10), ("2024-02-05", 13), ("2024-01-26", 12)]), [1, 1, 0]);
    // 4 days after is nearer than 5 before.
    assert_eq!(one(&[("2023-02-04", 30), ("2023-01-26", 10), ("2024-01-31", 13)]), [1, 1, 0]);
    assert_eq!(one(&[("2023-01-31", 10), ("2024-02-04", 12), ("2024-01-26", 13)]), [1, 1, 0]);
}

#[test]
fn of_two_scores_on_one_day_the_one_that_shows_less_counts() {
    assert_eq!(one(&[("2023-01-31", 10), ("2023-01-31", 12), ("2024-01-31", 14)]), [1, 1, 0]);
    assert_eq!(one(&[("2023-01-31", 10), ("2024-01-31", 14), ("2024-01-31", 12)]), [1, 1, 0]);
    assert_eq!(one(&[("2023-01-31", 10), ("2024-01-31", 14), ("2024-01-31", 13)]), [1, 1, 1]);
}

#[test]
fn the_target_day_is_a_calendar_month_on() {
    let study = STUDY.replace("at_months = [12]", "at_months = [1]").replace("window_days = 30", "window_days = 0");
    let star = |later| star(&study, &[scored(&[("2023-01-31", 10), (later, 20)])]).remove(0);
    assert_eq!(star("2023-02-28"), [1, 1, 1]);
    assert_eq!(star("2023-03-01"), [1, 0, 0]);
    assert_eq!(star("2023-03-03"), [1, 0, 0]);
}

#[test]
fn no_score_is_its_own_follow_up() {
    // 15 February is within 30 days of 31 January and of 28 February.
    let study =
        STUDY.replace("at_months = [12]", "at_months = [1, 2]").replace("improvement_min = 3", "improvement_min = 0");
    let people = [scored(&[("2023-02-15", 10)])];
    assert_eq!(star(&study, &people), [[1, 0, 0], [1, 0, 0]]);
    let people = [scored(&[("2023-02-10", 10), ("2023-02-20", 10)])];
    assert_eq!(star(&study, &people), [[1, 1, 1], [1, 0, 0]]);
}

#[test]
fn everybody_with_an_index_date_is_scored_and_only_by_this_score() {
    let good = || scored(&[("2023-01-31", 10), ("2024-01-31", 20)]);
    let other = [(OTHER, "2023-01-31", 10), (OTHER, "2024-01-31", 20)];
    let people = [
        good(),
        Person { linked: true, ..good() },
        Person { start: None, ..good() },
        Person { scores: other.to_vec(), ..good() },
        scored(&[("2024-01-31", 20)]),
        scored(&[("2023-01-31", 10)]),
        scored(&[]),
    ];
    assert_eq!(star(STUDY, &people), [[3, 2, 2]]);
}

#[test]
fn each_time_has_its_row() {
    let study =
        STUDY.replace("at_months = [12]", "at_months = [1, 12, 24]").replace("window_days = 30", "window_days = 14");
    let people = [
        scored(&[("2023-01-31", 10), ("2023-02-28", 14), ("2024-01-31", 11), ("2025-01-31", 13)]),
        scored(&[("2023-01-31", 10), ("2025-01-31", 9)]),
    ];
    let world = World::of(&study, &people, ("2020-01-01", "2026-12-31"));
    let expected =
        vec![row("After 1 month", &[2, 1, 1]), row("After 12 months", &[2, 1, 0]), row("After 24 months", &[2, 2, 1])];
    assert_eq!(counts(&world.released(), "star"), expected);
}
