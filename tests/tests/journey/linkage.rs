//! Linkage that is worse for some than for others, as a release shows it.

use std::collections::BTreeSet;
use std::path::Path;

use counterfoil_release::{ReleaseBody, ReleasedCell, parse_release};
use counterfoil_synth::PlaceSettings;
use counterfoil_tests::world::{NHS, PARTNER, PROGRAMME, UNIT, WorldPlan};
use counterfoil_tests::{UnitFiles, UnitProcess, World, steps};

/// Of every second participant who left early, the programme's file lacks the NHS number and the family name.
fn lose(place: &Path) {
    let file = place.join("programme/people.csv");
    let mut people = csv::Reader::from_path(&file).expect("a file");
    let headers = people.headers().expect("headers").clone();
    let column = |name: &str| headers.iter().position(|header| header == name).expect("a column");
    let (outcome, lost) = (column("outcome"), ["nhs_number", "family_name"].map(column));
    let mut rows: Vec<Vec<String>> =
        people.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    for row in rows.iter_mut().filter(|row| row[outcome] == "left_early").step_by(2) {
        for column in lost {
            row[column].clear();
        }
    }
    let mut writer = csv::Writer::from_path(&file).expect("a file");
    writer.write_record(&headers).expect("written");
    for row in &rows {
        writer.write_record(row).expect("written");
    }
    writer.flush().expect("written");
}

fn release(world: &World) -> ReleaseBody {
    let files = UnitFiles::new(world);
    let unit = UnitProcess::start(&files);
    let connect = |party| world.connect(unit.address, party);
    for (party, dataset) in [(NHS, "nhs-usage"), (PROGRAMME, "programme")] {
        steps::submit(world, &connect(party), &world.extract(dataset)).expect("admitted");
    }
    steps::link(world, &connect(UNIT)).expect("linked");
    steps::request(world, &connect(PARTNER), "who").expect("released");
    let fetched = steps::fetch(world, &connect(PARTNER), "who").expect("fetched");
    unit.terminate();
    assert!(unit.wait().success());
    parse_release(&std::fs::read(fetched.folder.join("release.json")).expect("there")).expect("a release")
}

fn left_early_with_record(place: &Path) -> usize {
    let rows = |file: &str| {
        let mut reader = csv::Reader::from_path(place.join(file)).expect("a file");
        let headers = reader.headers().expect("headers").clone();
        let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
        (move |name: &str| headers.iter().position(|header| header == name).expect("a column"), rows)
    };
    let ((truth, pairs), (column, people)) = (rows("truth.csv"), rows("programme/people.csv"));
    let pairs: BTreeSet<String> = pairs.iter().map(|row| row[truth("programme_local_id")].to_owned()).collect();
    let left = people.iter().filter(|row| &row[column("outcome")] == "left_early");
    left.filter(|row| pairs.contains(&row[column("local_id")])).count()
}

fn count(cell: ReleasedCell) -> u64 {
    match cell {
        ReleasedCell::Count(count) => count,
        other => panic!("no count: {other:?}"),
    }
}

/// In hundredths.
fn figure(cell: ReleasedCell) -> i64 {
    match cell {
        ReleasedCell::Figure(figure) => figure.scaled(),
        other => panic!("no figure: {other:?}"),
    }
}

#[test]
fn who_was_missed_more_often_is_seen_in_the_release() {
    let settings = PlaceSettings {
        people: 9_000,
        participants: 900,
        participants_outside_per_10k: 800,
        ..PlaceSettings::small(4)
    };
    let plan = WorldPlan { settings, alter: lose, money: false };
    let world = World::make(Path::new(env!("CARGO_TARGET_TMPDIR")), &plan);
    let body = release(&world);
    let rows: Vec<_> = body.table("linkage").expect("the table").rows().collect();
    let labels: Vec<_> = rows.iter().map(|(label, _)| *label).collect();
    let values =
        ["completed", "left_early", "continuing", "Not recorded"].map(|value| format!("How it ended: {value}"));
    assert_eq!(labels[0], "Everybody");
    assert_eq!(labels[1..], values);

    // The same counts as in the other tables.
    let of = |table: &str| body.table(table).expect(table).rows().map(|(_, cells)| cells.to_vec()).collect::<Vec<_>>();
    let flow = of("flow");
    assert_eq!(rows[0].1[..2], [flow[0][0], flow[1][0]]);
    for ((label, cells), of_outcome) in rows[1..].iter().zip(of("outcome")) {
        assert_eq!(cells[..2], of_outcome[..], "{label}");
    }

    // The schema lets five links in a thousand be expected to be wrong.
    let (everybody, completed, left) = (rows[0].1, rows[1].1, rows[2].1);
    assert!((0..=50).contains(&figure(everybody[2])), "{rows:?}");
    assert_eq!(everybody[4], ReleasedCell::NotEstimated);
    // Whoever left early was linked less often, and the model knows that they are there.
    let linked_of_thousand = |cells: &[ReleasedCell]| 1_000 * count(cells[1]) / count(cells[0]);
    assert!(linked_of_thousand(left) + 100 < linked_of_thousand(completed), "{rows:?}");
    assert!(figure(left[3]) > 2 * figure(completed[3]), "{rows:?}");
    assert!(figure(left[4]) < -25 && figure(completed[4]) > 0, "{rows:?}");
    // And how many of them, near enough: those who have a record, less those linked.
    let missed =
        100.0 * (left_early_with_record(&world.place()) as f64 - count(left[1]) as f64) / count(left[0]) as f64;
    assert!((figure(left[3]) as f64 / 100.0 - missed).abs() < 10.0, "{missed} {rows:?}");

    let bands = of("sureness");
    let all: u64 = bands.iter().map(|cells| if let ReleasedCell::Count(count) = cells[0] { count } else { 0 }).sum();
    assert!(all.abs_diff(count(flow[1][0])) <= 4 * 7, "{bands:?}");
}
