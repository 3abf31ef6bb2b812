//! People whose NHS numbers were superseded: the programme still has the former ones, the NHS team says which they were.

use std::collections::BTreeSet;
use std::path::Path;

use counterfoil_release::{ReleasedCell, parse_release};
use counterfoil_tests::world::{NHS, PARTNER, PROGRAMME, UNIT, WorldPlan};
use counterfoil_tests::{UnitFiles, UnitProcess, World, steps};

use crate::expected;

/// The row of linked people.
const LINKED: &str = "Linked";
/// The column of former numbers in the changed file.
const FORMER: &str = "former_nhs_numbers";

/// An NHS number of a range that the place does not use, with the Data Dictionary's check digit.
fn new_numbers() -> impl Iterator<Item = String> {
    (600_000_000_u32..).filter_map(|prefix| {
        let digits = prefix.to_string();
        let sum: u32 = digits.bytes().zip((2..=10).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        match (11 - sum % 11) % 11 {
            10 => None,
            check => Some(format!("{digits}{check}")),
        }
    })
}

/// At the NHS team, every third participant has a new number, another family name and another postcode: nothing that the
/// programme's file has of them meets the NHS team's but the former number.
fn supersede(place: &Path) {
    let read = |name: &str| csv::Reader::from_path(place.join(name)).expect("a file");
    let participants: BTreeSet<String> =
        read("truth.csv").records().map(|row| row.expect("a row")[1].to_owned()).step_by(3).collect();
    let mut people = read("nhs/people.csv");
    let mut headers = people.headers().expect("headers").clone();
    let column = |name: &str| headers.iter().position(|header| header == name).expect("a column");
    let [id, number, family, postcode] = ["local_id", "nhs_number", "family_name", "postcode"].map(column);
    let mut numbers = new_numbers();
    let mut rows = Vec::new();
    for row in people.records() {
        let mut cells: Vec<String> = row.expect("a row").iter().map(str::to_owned).collect();
        let mut former = String::new();
        if participants.contains(&cells[id]) {
            former = std::mem::replace(&mut cells[number], numbers.next().expect("enough"));
            cells[family] = cells[family].chars().rev().collect();
            "ZE1 0AA".clone_into(&mut cells[postcode]);
        }
        cells.push(former);
        rows.push(cells);
    }
    headers.push_field(FORMER);
    let mut writer = csv::Writer::from_path(place.join("nhs/people.csv")).expect("a file");
    writer.write_record(&headers).expect("written");
    for row in &rows {
        writer.write_record(row).expect("written");
    }
    writer.flush().expect("written");
}

/// Linked people as released, when the NHS team sends this extract.
fn linked(world: &World, usage: &Path) -> Vec<ReleasedCell> {
    let files = UnitFiles::new(world);
    let unit = UnitProcess::start(&files);
    let connect = |party| world.connect(unit.address, party);
    steps::submit(world, &connect(NHS), usage).expect("admitted");
    steps::submit(world, &connect(PROGRAMME), &world.extract("programme")).expect("admitted");
    steps::link(world, &connect(UNIT)).expect("linked");
    steps::request(world, &connect(PARTNER), "use").expect("released");
    let fetched = steps::fetch(world, &connect(PARTNER), "use").expect("fetched");
    unit.terminate();
    assert!(unit.wait().success());
    let body = std::fs::read(fetched.folder.join("release.json")).expect("there");
    let body = parse_release(&body).expect("a release");
    let table = body.table("flow").expect("the flow of people");
    let mut rows = table.rows().filter(|(label, _)| *label == LINKED);
    rows.next().expect("the row").1.to_vec()
}

#[test]
fn people_under_superseded_numbers_are_linked_once_the_column_is_named() {
    let plan = WorldPlan { alter: supersede, ..WorldPlan::without_mistakes(3) };
    let world = World::make(Path::new(env!("CARGO_TARGET_TMPDIR")), &plan);
    let without = linked(&world, &world.extract("nhs-usage"));

    // `[columns]` is each custodian's own: the agreement pins the same schema as before.
    let schema = world.agreement().join("schema.toml");
    let text = std::fs::read_to_string(&schema).expect("the schema");
    let (others, own) = text.split_once("[columns.nhs-usage]").expect("the NHS team's columns");
    let with_former = format!("nhs_number = {{ header = \"nhs_number\", former = \"{FORMER}\" }}");
    let own = own.replacen("nhs_number = \"nhs_number\"", &with_former, 1);
    std::fs::write(&schema, format!("{others}[columns.nhs-usage]{own}")).expect("written");
    let mut args = steps::pseudonymise_args(&world, "nhs-usage");
    args.out = world.scratch().join("with-former");
    let summary = steps::pseudonymise(&args, 300).expect("an extract");
    assert!(summary.former_rows > 20, "{summary}");
    assert!(summary.to_string().contains("with former NHS numbers"), "{summary}");
    assert!(args.out.join("former_tokens.parquet").exists());

    let tables = expected::tables(&world.place());
    let (_, rows) = tables.iter().find(|(table, _)| *table == "flow").expect("the flow of people");
    let (_, everybody) = rows.iter().find(|(label, _)| label == LINKED).expect("the row");
    let everybody = expected::protect(everybody);
    assert_eq!(linked(&world, &args.out), everybody);
    assert_ne!(without, everybody);
}
