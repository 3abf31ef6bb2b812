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
        STUDY.replace("at_months = [12]", "at_months = [1, 2]").replace("improvement_min = 3", "improvement_min = 1");
    let people = [scored(&[("2023-02-15", 10)])];
    assert_eq!(star(&study, &people), [[1, 0, 0], [1, 0, 0]]);
    let people = [scored(&[("2023-02-10", 10), ("2023-02-20", 11)])];
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

/// The star, of which fewer points are better.
fn lower() -> String {
    STUDY.replace("improvement_min = 3", "improvement_min = 3\nbetter = \"lower\"")
}

#[test]
fn where_fewer_points_are_better_improved_is_fewer() {
    let one = |scores: &[(&'static str, i32)]| star(&lower(), &[scored(scores)]).remove(0);
    assert_eq!(one(&[("2023-01-31", 20), ("2024-01-31", 17)]), [1, 1, 1]);
    assert_eq!(one(&[("2023-01-31", 20), ("2024-01-31", 18)]), [1, 1, 0]);
    assert_eq!(one(&[("2023-01-31", 20), ("2024-01-31", 30)]), [1, 1, 0]);
    // Of two on one day the lower start and the higher later one.
    assert_eq!(one(&[("2023-01-31", 20), ("2023-01-31", 19), ("2024-01-31", 17)]), [1, 1, 0]);
    assert_eq!(one(&[("2023-01-31", 20), ("2024-01-31", 17), ("2024-01-31", 18)]), [1, 1, 0]);
    assert_eq!(one(&[("2023-01-31", 20), ("2024-01-31", 17), ("2024-01-31", 16)]), [1, 1, 1]);
    let note = World::of(&lower(), &[], ("2020-01-01", "2026-12-31")).released();
    assert!(note.table("star").unwrap().note().contains("at least 3 points below"));
}

#[test]
fn a_threshold_is_of_those_with_a_later_score() {
    let with = |threshold: &str| {
        STUDY.replace("improvement_min = 3", &format!("improvement_min = 30\nthreshold = {threshold}"))
    };
    let people = |later: i32| {
        [
            scored(&[("2023-01-31", 0), ("2024-01-31", later)]),
            // No later score, and no score at the start.
            scored(&[("2023-01-31", later)]),
            scored(&[("2024-01-31", later)]),
        ]
    };
    for (threshold, later, reached) in [
        ("{ at_least = 2 }", 2, 1),
        ("{ at_least = 2 }", 1, 0),
        ("{ at_least = 2 }", -2, 0),
        ("{ at_most = 2 }", 2, 1),
        ("{ at_most = 2 }", 3, 0),
        ("{ at_most = -5 }", -5, 1),
        ("{ at_most = -5 }", -4, 0),
        ("{ at_least = -5 }", -5, 1),
        ("{ at_least = -5 }", -6, 0),
    ] {
        assert_eq!(star(&with(threshold), &people(later)), [[2, 1, 0, reached]], "{threshold} {later}");
    }
    // It is a threshold and no improvement: who was there before is counted.
    let was = [scored(&[("2023-01-31", 9), ("2024-01-31", 9)])];
    assert_eq!(star(&with("{ at_least = 9 }"), &was), [[1, 1, 0, 1]]);
    let labels = |threshold: &str| {
        let body = World::of(&with(threshold), &[], ("2020-01-01", "2026-12-31")).released();
        body.table("star").unwrap().columns()[3].label.clone()
    };
    assert_eq!(labels("{ at_most = -5 }"), "Of those, at most -5");
    assert_eq!(labels("{ at_least = 50 }"), "Of those, at least 50");
}

/// A row of the table of changes: its counts and its figures as shown.
fn change(study: &str, people: &[Person]) -> Vec<(String, Vec<String>)> {
    let body = World::of(study, people, ("2020-01-01", "2026-12-31")).released();
    let text = |cell: &ReleasedCell| match cell {
        ReleasedCell::Count(count) => count.to_string(),
        ReleasedCell::Figure(figure) => figure.to_string(),
        ReleasedCell::NotEstimated => "none".to_owned(),
        other => format!("{other:?}"),
    };
    let rows = body.table("change").unwrap().rows();
    rows.map(|(label, cells)| (label.to_owned(), cells.iter().map(text).collect())).collect()
}

/// Ten people gain 4 points and ten 2: the mean is 3, the standard deviation sqrt(20/19), its error that over sqrt(20), and t of
/// 19 degrees 2.0930: 2.52 to 3.48. 20 people allow steps of 0.5 up to 3 and of 1 at 3.5.
#[test]
fn the_mean_change_has_an_interval() {
    let gains = |signs: i32| {
        let of = |gain: i32| scored(&[("2023-01-31", 0), ("2024-01-31", signs * gain)]);
        [of(4), of(2), scored(&[("2023-01-31", 90)]), scored(&[("2024-01-31", 90)])]
    };
    let row =
        |cells: [&str; 5]| vec![("Well-being star, after 12 months".to_owned(), cells.map(str::to_owned).to_vec())];
    assert_eq!(change(STUDY, &gains(1)), row(["30", "20", "3.0", "2.5", "4.0"]));
    assert_eq!(change(STUDY, &gains(-1)), row(["30", "20", "-3.0", "-4.0", "-2.5"]));
    // Which way is better does not change what a change is.
    assert_eq!(change(&lower(), &gains(1)), row(["30", "20", "3.0", "2.5", "4.0"]));
}

#[test]
fn a_mean_change_tells_no_more_than_the_scores_allow() {
    // The same from 40 points on: a score of 43 on average, known to 3 people in 20, is known to 10.
    let of = |gain: i32| scored(&[("2023-01-31", 40), ("2024-01-31", 40 + gain)]);
    let cells = change(STUDY, &[of(4), of(2)]).remove(0).1;
    assert_eq!(cells, ["20", "20", "0.0", "0.0", "0.0"]);
}

#[test]
fn a_mean_change_that_is_none() {
    let cells = |people: &[Person]| change(STUDY, people).remove(0).1;
    assert_eq!(cells(&[]), ["0", "0", "none", "none", "none"]);
    assert_eq!(cells(&[scored(&[("2023-01-31", 1)])]), ["10", "0", "none", "none", "none"]);
    // Everybody alike has no standard deviation.
    assert_eq!(cells(&[scored(&[("2023-01-31", 1), ("2024-01-31", 2)])]), ["10", "10", "none", "none", "none"]);
    // Ten people have nine degrees of freedom, which are too few.
    let mut world = World::of(STUDY, &[scored(&[("2023-01-31", 1), ("2024-01-31", 2)])], ("2020-01-01", "2026-12-31"));
    world.measures[1].score = 3;
    let body = world.released();
    let (_, cells) = body.table("change").unwrap().rows().next().unwrap();
    assert_eq!(
        cells[1..],
        [ReleasedCell::Count(10), ReleasedCell::Suppressed, ReleasedCell::Suppressed, ReleasedCell::Suppressed]
    );
}

/// 17 of 20 have a later score: that 3 have none must not be told by the table of changes either.
#[test]
fn what_hides_a_count_hides_it_in_the_changes() {
    let people = [scored(&[("2023-01-31", 1), ("2024-01-31", 2)]), scored(&[("2023-01-31", 1), ("2024-01-31", 4)])];
    let mut world = World::of(STUDY, &people, ("2020-01-01", "2026-12-31"));
    world.measures.drain(world.measures.len() - 1..);
    world.measures.retain(|row| !(row.person.0 < 2 && row.score == 2));
    let body = world.released();
    for table in ["star", "change"] {
        let (_, cells) = body.table(table).unwrap().rows().next().unwrap();
        assert_eq!(cells[..2], [ReleasedCell::Count(20), ReleasedCell::Suppressed], "{table}");
    }
}

#[test]
fn each_score_and_time_has_its_change() {
    let other = "[[score]]\nid = \"second\"\nlabel = \"Other\"\nmeasure = \"other\"\nat_months = [6, 12]\nwindow_days = 30\nimprovement_min = 1\n";
    let labels: Vec<_> = change(&format!("{STUDY}{other}"), &[]).into_iter().map(|(label, _)| label).collect();
    assert_eq!(labels, ["Well-being star, after 12 months", "Other, after 6 months", "Other, after 12 months"]);
}

/// The study with its score of the short Warwick-Edinburgh scale instead of the star.
fn swemwbs(improvement_min: u32, threshold: &str) -> String {
    STUDY
        .replace("measure = \"star\"", "measure = \"swemwbs\"")
        .replace("improvement_min = 3", &format!("improvement_min = {improvement_min}\n{threshold}"))
}

fn felt(sums: (i32, i32)) -> Person {
    let scores = vec![(SWEMWBS, "2023-01-31", sums.0), (SWEMWBS, "2024-01-31", sums.1)];
    Person { start: Some("2023-01-31"), scores, ..Person::default() }
}

/// By the published table: 7 is 7.00, 8 is 9.51, 15 is 15.84, 16 is 16.36, 17 is 16.88, 20 is 18.59, 21 is 19.25, 22 is 19.98, 33 is 30.70,
/// 34 is 32.55, 35 is 35.00.
#[test]
fn improvement_on_the_short_scale_is_of_metric_points() {
    let improved = |sums: (i32, i32), points: u32| star(&swemwbs(points, ""), &[felt(sums)]).remove(0)[2];
    for (sums, points, expected) in [
        // One more of the sum is 2.51 points at the lower end, 0.52 in the middle, 2.45 at the upper end.
        ((7, 8), 2, 1),
        ((7, 8), 3, 0),
        ((15, 16), 1, 0),
        ((15, 17), 1, 1),
        ((34, 35), 2, 1),
        ((33, 35), 4, 1),
        ((33, 35), 5, 0),
        // 28 points either way, by sums and by the metric scale.
        ((7, 35), 28, 1),
        ((8, 35), 26, 0),
        ((8, 35), 25, 1),
        // Three of the sum, not three points: 18.59 to 20.73 is 2.14.
        ((20, 23), 3, 0),
        ((20, 23), 2, 1),
        ((23, 20), 1, 0),
    ] {
        assert_eq!(improved(sums, points), expected, "{sums:?} by {points}");
    }
}

#[test]
fn thresholds_on_the_short_scale_are_of_metric_points() {
    let reached = |threshold: &str, later: i32| star(&swemwbs(1, threshold), &[felt((7, later))]).remove(0)[3];
    for (threshold, later, expected) in [
        // 22 is 19.98 and 23 is 20.73.
        ("threshold = { at_least = 20 }", 22, 0),
        ("threshold = { at_least = 20 }", 23, 1),
        ("threshold = { at_least = 35 }", 34, 0),
        ("threshold = { at_least = 35 }", 35, 1),
        // 8 is 9.51, 9 is 11.25.
        ("threshold = { at_most = 10 }", 8, 1),
        ("threshold = { at_most = 10 }", 9, 0),
        ("threshold = { at_most = 9 }", 8, 0),
    ] {
        assert_eq!(reached(threshold, later), expected, "{threshold} {later}");
    }
}

/// 500 people go from 7 to 8, which is 2.51 points, and 500 from 8 to 9, which is 1.74: the mean is 2.125, while that of the sums is 1. The
/// standard deviation is 0.385, its error 0.385 / sqrt(999) = 0.0122; t of 999 degrees 1.9623: 2.101 to 2.149. At the end the mean is 10.38
/// points, known to 3 in 1,000, so steps of 0.1 are fine enough.
#[test]
fn sums_of_the_short_scale_are_never_averaged() {
    let people: Vec<Person> = (7..9).flat_map(|sum| vec![felt((sum, sum + 1)); 50]).collect();
    let cells = change(&swemwbs(1, ""), &people).remove(0).1;
    assert_eq!(cells, ["1000", "1000", "2.1", "2.1", "2.1"]);
    // Of the star, everybody gains one point: a mean without a deviation.
    let as_given = swemwbs(1, "").replace("measure = \"swemwbs\"", "measure = \"star\"");
    let of_star = |person: &Person| Person {
        scores: person.scores.iter().map(|(_, day, score)| (STAR, *day, *score)).collect(),
        ..person.clone()
    };
    let cells = change(&as_given, &people.iter().map(of_star).collect::<Vec<_>>()).remove(0).1;
    assert_eq!(cells, ["1000", "1000", "none", "none", "none"]);
}

#[test]
fn notes_name_the_instrument_its_range_and_its_table() {
    let note = |study: &str, table: &str| {
        let body = World::of(study, &[], ("2020-01-01", "2026-12-31")).released();
        body.table(table).unwrap().note().to_owned()
    };
    let short = swemwbs(1, "");
    let said = "Improved: at least 1 point above the score at the start. Short Warwick-Edinburgh Mental Wellbeing Scale (SWEMWBS), 7 to 35, \
                more points are better: the sum of 7 items of 1 to 5. Each sum is turned into points of the metric scale, from 7.00 to 35.00, \
                by the Rasch table of Stewart-Brown et al. 2009, before anything is reckoned.";
    assert!(note(&short, "star").ends_with(said), "{}", note(&short, "star"));
    let said = " Sums of SWEMWBS are in points of its metric scale, by the Rasch table of Stewart-Brown et al. 2009.";
    assert!(note(&short, "change").ends_with(said));
    assert!(note(STUDY, "star").ends_with("Points of no named instrument, -100 to 100."));
    for table in ["star", "change"] {
        assert!(!note(STUDY, table).contains("metric"), "{table}");
    }
    let anxiety = lower().replace("measure = \"star\"", "measure = \"anxiety\"");
    assert!(note(&anxiety, "star").contains("ONS4, anxiety, 0 to 10, fewer points are better"));
    assert!(note(&anxiety, "star").contains("at least 3 points below"));
}

#[test]
fn fewer_points_of_anxiety_are_better() {
    let anxiety = lower().replace("measure = \"star\"", "measure = \"anxiety\"");
    let of = |later| {
        let scores = vec![(ANXIETY, "2023-01-31", 7), (ANXIETY, "2024-01-31", later)];
        star(&anxiety, &[Person { start: Some("2023-01-31"), scores, ..Person::default() }]).remove(0)
    };
    assert_eq!([of(4), of(5), of(10)], [[1, 1, 1], [1, 1, 0], [1, 1, 0]]);
}

/// No extract has them: whoever reads one refuses them. But nothing is made of them either.
#[test]
fn a_sum_off_the_short_scale_is_no_score() {
    for sum in [6, 36] {
        let mut world = World::of(&swemwbs(1, ""), &[felt((7, 8))], ("2020-01-01", "2026-12-31"));
        world.measures[3].score = sum;
        let error = world.tables().err().unwrap().to_string();
        assert!(error.contains(&format!("a raw score of {sum}: SWEMWBS has 7 to 35")), "{error}");
    }
}
