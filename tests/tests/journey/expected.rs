//! The study's tables, counted from the CSV files and the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use counterfoil_release::ReleasedCell;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

/// A count, the people behind it, and the cell of the same row of which it is a part.
#[derive(Clone, Copy)]
pub(crate) struct Exact {
    count: u64,
    people: u64,
    part_of: Option<usize>,
}

type Rows = Vec<(String, Vec<Exact>)>;

/// The HES rule, by distances: 1 to 7 and what would show them goes, the rest to the nearest 5.
pub(crate) fn protect(row: &[Exact]) -> Vec<ReleasedCell> {
    let small = |number: u64| (1..=7).contains(&number);
    let mut released: Vec<ReleasedCell> = Vec::new();
    for cell in row {
        let hidden = small(cell.count) || small(cell.people);
        let by_complement = cell.part_of.is_some_and(|whole| {
            let (whole, shown) = (row[whole], released[whole]);
            shown == ReleasedCell::Suppressed || small(whole.count - cell.count) || small(whole.people - cell.people)
        });
        let nearest = (0..).step_by(5).find(|multiple: &u64| cell.count.abs_diff(*multiple) <= 2);
        released.push(if hidden || by_complement {
            ReleasedCell::Suppressed
        } else {
            ReleasedCell::Count(nearest.expect("every count has a multiple of 5 within 2"))
        });
    }
    released
}

/// Everybody is linked or not linked: where one of the two is hidden, their sum is as well (docs/disclosure-control.md).
pub(crate) fn protect_sum(flow: &mut [(String, Vec<ReleasedCell>)]) {
    let hidden = |row: &(String, Vec<ReleasedCell>)| row.1 == [ReleasedCell::Suppressed];
    if flow[1..3].iter().any(hidden) {
        flow[0].1 = vec![ReleasedCell::Suppressed];
    }
}

/// The tables in their order.
pub(crate) fn tables(place: &Path) -> Vec<(&'static str, Rows)> {
    let start_of = start_of(place);
    let true_pairs: Vec<(String, String)> =
        read(place, "truth.csv").map(|row| (row["programme_local_id"].clone(), row["nhs_local_id"].clone())).collect();
    let (first, last) = (date(2021, 1, 1), date(2025, 12, 31));
    let covered = |start: Date| start - 24.months() >= first && start + 24.months() <= last + 1.day();
    // Those analysed: the record of the other custodian, and the day on which they started.
    let analysed: BTreeMap<&str, Date> = true_pairs
        .iter()
        .map(|(programme, nhs)| (nhs.as_str(), start_of[programme]))
        .filter(|(_, start)| covered(*start))
        .collect();
    vec![
        ("flow", flow(start_of.len(), true_pairs.len(), analysed.len())),
        ("use", usage(place, &analysed)),
        ("wellbeing", wellbeing(place, &start_of)),
        ("decile", decile(place, &true_pairs)),
    ]
}

fn flow(all: usize, linked: usize, analysed: usize) -> Rows {
    let row = |label: &str, people: usize| (label.to_owned(), vec![of_people(people, None)]);
    vec![
        row("People in the programme's extract", all),
        row("Linked", linked),
        row("Not linked", all - linked),
        row("Linked, a further row of somebody counted", 0),
        row("Linked, without an index date", 0),
        row("Linked, look-back or follow-up not covered", linked - analysed),
        row("Linked, not under observation on the index date", 0),
        row("Analysed", analysed),
    ]
}

fn usage(place: &Path, analysed: &BTreeMap<&str, Date>) -> Rows {
    let measures: [(&str, &[&str]); 2] =
        [("A&E attendances", &["ae_attendance"]), ("Admissions", &["emergency_admission", "elective_admission"])];
    let events: Vec<_> = read(place, "nhs/events.csv").collect();
    let row = |(label, codes): (&str, &[&str])| {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for event in events.iter().filter(|event| codes.contains(&event["event"].as_str())) {
            let Some((person, start)) = analysed.get_key_value(event["local_id"].as_str()) else { continue };
            let day: Date = event["date"].parse().expect("a date");
            if *start - 24.months() <= day && day < *start {
                before.push(*person);
            } else if *start <= day && day < *start + 24.months() {
                after.push(*person);
            }
        }
        let people = |of: &[&str]| of.iter().collect::<BTreeSet<_>>().len();
        let of_events = |of: &[&str]| Exact { count: of.len() as u64, people: people(of) as u64, part_of: None };
        let cells = vec![
            of_people(analysed.len(), None),
            of_people(people(&before), Some(0)),
            of_people(people(&after), Some(0)),
            of_events(&before),
            of_events(&after),
        ];
        (label.to_owned(), cells)
    };
    measures.map(row).into()
}

fn start_of(place: &Path) -> BTreeMap<String, Date> {
    let row = |row: BTreeMap<String, String>| (row["local_id"].clone(), row["start_date"].parse().expect("a date"));
    read(place, "programme/people.csv").map(row).collect()
}

/// How many have a score at the start, and the scores of those who have a later one too.
fn scores(place: &Path, start_of: &BTreeMap<String, Date>, months: i32) -> (usize, Vec<(i32, i32)>) {
    let mut scores: BTreeMap<String, Vec<(Date, i32)>> = BTreeMap::new();
    for row in read(place, "programme/measures.csv") {
        let score = (row["date"].parse().expect("a date"), row["score"].parse().expect("a number"));
        scores.entry(row["local_id"].clone()).or_default().push(score);
    }
    let days_apart = |a: Date, b: Date| (a - b).get_days().unsigned_abs();
    let nearest = |scores: &[(Date, i32)], target: Date| {
        let near = scores.iter().filter(|(day, _)| days_apart(*day, target) <= 60);
        near.min_by_key(|(day, _)| (days_apart(*day, target), *day)).copied()
    };
    let (mut with_start, mut both) = (0, Vec::new());
    for (person, start) in start_of {
        let of_person = scores.get(person).map_or(&[][..], Vec::as_slice);
        let Some((first_day, first)) = nearest(of_person, *start) else { continue };
        with_start += 1;
        let later = nearest(of_person, *start + months.months()).filter(|(day, _)| *day > first_day);
        both.extend(later.map(|(_, later)| (first, later)));
    }
    (with_start, both)
}

const MONTHS: [i32; 2] = [12, 24];

fn wellbeing(place: &Path, start_of: &BTreeMap<String, Date>) -> Rows {
    let row = |months: i32| {
        let (with_start, both) = scores(place, start_of, months);
        let improved = both.iter().filter(|(first, later)| later > first).count();
        let cells = vec![of_people(with_start, None), of_people(both.len(), Some(0)), of_people(improved, Some(1))];
        (format!("After {months} months"), cells)
    };
    MONTHS.map(row).into()
}

/// By time, of those with both scores: how many they are, the mean change, and the greater of their two means.
pub(crate) fn mean_changes(place: &Path) -> [(usize, f64, f64); 2] {
    let start_of = start_of(place);
    MONTHS.map(|months| {
        let (_, both) = scores(place, &start_of, months);
        let mean = |of: &dyn Fn(&(i32, i32)) -> i32| {
            both.iter().map(|pair| f64::from(of(pair))).sum::<f64>() / both.len() as f64
        };
        let (first, later) = (mean(&|pair| pair.0), mean(&|pair| pair.1));
        (both.len(), later - first, first.max(later))
    })
}

fn decile(place: &Path, true_pairs: &[(String, String)]) -> Rows {
    let linked: BTreeSet<&str> = true_pairs.iter().map(|(_, nhs)| nhs.as_str()).collect();
    let mut people = BTreeMap::new();
    for row in read(place, "nhs/people.csv").filter(|row| linked.contains(row["local_id"].as_str())) {
        *people.entry(row["imd_decile"].clone()).or_insert(0) += 1;
    }
    let labels = (1..=10).map(|decile: u32| decile.to_string());
    let rows = labels.map(|label| {
        let people = people.get(&label).copied().unwrap_or(0);
        (label, vec![of_people(people, None)])
    });
    rows.chain([("Not recorded".to_owned(), vec![of_people(0, None)])]).collect()
}

fn of_people(people: usize, part_of: Option<usize>) -> Exact {
    Exact { count: people as u64, people: people as u64, part_of }
}

fn read(place: &Path, file: &str) -> impl Iterator<Item = BTreeMap<String, String>> {
    let reader = csv::Reader::from_path(place.join(file)).expect("a CSV file");
    reader.into_deserialize().map(|row| row.expect("a row"))
}
