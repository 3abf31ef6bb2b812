//! The whole journey, from the custodians' CSV files to a release that an auditor has verified, over mutual TLS.
//!
//! The released counts are compared with counts made here from the CSV files and the truth by code that shares nothing
//! with the product: other date arithmetic, other joins, other rounding.

mod commands;

mod expected;
mod linkage;
mod superseded;

use std::path::Path;

use counterfoil_release::{ReleaseBody, ReleasedCell, parse_release};
use counterfoil_tests::world::{AUDITOR, NHS, PARTNER, PROGRAMME, UNIT};
use counterfoil_tests::{UnitFiles, UnitProcess, World, steps};

/// The mean change is the true one, as closely as three counts of its people leave it, and inside its interval.
fn check_changes(world: &World, body: &ReleaseBody) {
    let rows =
        |table: &str| body.table(table).expect(table).rows().map(|(_, cells)| cells.to_vec()).collect::<Vec<_>>();
    let (changes, scores) = (rows("change"), rows("wellbeing"));
    assert_eq!((changes.len(), scores.len()), (2, 2));
    for ((cells, of_score), (people, mean, greatest)) in
        changes.iter().zip(scores).zip(expected::mean_changes(&world.place()))
    {
        assert_eq!(cells[..2], of_score[..2]);
        let [change, from, to] = [2, 3, 4].map(|at| match cells[at] {
            ReleasedCell::Figure(figure) => figure.scaled() as f64 / 10.0,
            other => panic!("no figure: {other:?}"),
        });
        // The grain is at most 2.5 times what leaves three counts, and half of it is rounding.
        let grain = (2.5 * 3.0 * (greatest + 0.1) / people as f64).max(0.1);
        assert!((change - mean).abs() <= grain / 2.0 + 0.05, "{change} {mean} {grain}");
        assert!(from <= change && change <= to, "{from} {change} {to}");
    }
}

#[test]
fn released_counts_are_the_true_ones_protected() {
    let world = World::shared(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let files = UnitFiles::new(world);
    let unit = UnitProcess::start(&files);
    let connect = |party| world.connect(unit.address, party);

    let first = steps::submit(world, &connect(NHS), &world.extract("nhs-usage")).expect("admitted");
    let second = steps::submit(world, &connect(PROGRAMME), &world.extract("programme")).expect("admitted");
    // Two agreements and two studies of each stand before any extract.
    assert_eq!((first.log_index, second.log_index), (6, 7));
    assert_eq!(steps::link(world, &connect(UNIT)).expect("linked").log_index, 8);
    let requested = steps::request(world, &connect(PARTNER), "use").expect("released");
    let fetched = steps::fetch(world, &connect(PARTNER), "use").expect("fetched");
    assert_eq!(fetched.release_digest, requested.release_digest);
    assert_eq!(fetched.log_index, 9);

    let log = world.scratch().join("log");
    assert_eq!(steps::audit_fetch(world, &connect(AUDITOR), &log).expect("fetched").entries, 10);
    unit.terminate();
    assert!(unit.wait().success());
    let report = steps::audit_verify(world, &fetched.folder, Some(log)).expect("there");
    assert!(report.verified, "{report}");

    let body = std::fs::read(fetched.folder.join("release.json")).expect("there");
    let body = parse_release(&body).expect("a release");
    let expected = expected::tables(&world.place());
    // And the changes of the scores, and the two tables of how well people were linked.
    assert_eq!(body.tables().len(), expected.len() + 3);
    check_changes(world, &body);
    let mut suppressed = 0;
    for (table, rows) in &expected {
        let released = body.table(table).expect(table);
        let cells: Vec<(String, Vec<ReleasedCell>)> =
            released.rows().map(|(label, cells)| (label.to_owned(), cells.to_vec())).collect();
        let mut protected: Vec<_> =
            rows.iter().map(|(label, cells)| (label.clone(), expected::protect(cells))).collect();
        if *table == "flow" {
            expected::protect_sum(&mut protected);
        }
        assert_eq!(cells, protected, "{table}");
        suppressed +=
            cells.iter().flat_map(|(_, cells)| cells).filter(|cell| **cell == ReleasedCell::Suppressed).count();
        for (label, cells) in &cells {
            let small = cells.iter().any(|cell| matches!(cell, ReleasedCell::Count(1..=7)));
            assert!(!small, "{table}, {label}");
        }
    }
    assert!(suppressed > 0, "a place without a small count shows nothing about suppression");
}
