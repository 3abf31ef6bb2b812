//! Every example's agreement pins the schema and the studies beside it, and what is made up for it can be pseudonymised under them, so
//! that nobody starts from a broken one.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use counterfoil_model::{Agreement, Dataset, LinkageSchema, Study};
use counterfoil_synth::{PlaceFile, PlaceSettings, ProgrammeSettings, write_place, write_programme_place};

fn examples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let folders = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    folders.filter(|path| path.join("agreement.toml").is_file()).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_agreement_pins_what_stands_beside_it() {
    let examples = examples();
    assert!(examples.len() >= 10, "nine programmes and febrl4");
    for folder in examples {
        let agreement = Agreement::parse(&read(&folder.join("agreement.toml"))).unwrap();
        let schema = LinkageSchema::parse(&read(&folder.join("schema.toml"))).unwrap();
        agreement.check_schema(&schema).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for pinned in &agreement.studies {
            let study = folder.join("studies").join(format!("{}.toml", pinned.id));
            let study = Study::parse(&read(&study)).unwrap();
            agreement.check_study(&study).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        }
        for dataset in &agreement.datasets {
            assert!(schema.columns().of(dataset.id.as_str()).is_some(), "{} has columns", dataset.id);
        }
    }
}

#[test]
fn every_schema_of_the_examples_is_valid() {
    for folder in examples() {
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("schema")) {
            LinkageSchema::parse(&read(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
    }
}

/// The programmes, with what is made up for them.
fn programmes() -> Vec<(PathBuf, PlaceFile)> {
    let places = examples().into_iter().map(|folder| (folder.join("place.toml"), folder));
    let places = places.filter(|(place, _)| place.is_file()).map(|(place, folder)| {
        let parsed = PlaceFile::parse(&read(&place), 1);
        (folder, parsed.unwrap_or_else(|error| panic!("{}: {error}", place.display())))
    });
    places.collect()
}

/// Rows of a file by the names of its columns.
fn rows(file: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let owned = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = owned(reader.headers().unwrap());
    (header, reader.into_records().map(|row| owned(&row.unwrap())).collect())
}

fn column<'a>(header: &[String], rows: &'a [Vec<String>], name: &str) -> impl Iterator<Item = &'a str> {
    let at = header.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"));
    rows.iter().map(move |row| row[at].as_str())
}

/// The files of a small place have every agreed column, and no value that the agreement does not let out.
#[test]
fn what_is_made_up_fits_the_agreement_and_the_schema() {
    let programmes = programmes();
    assert_eq!(programmes.len(), 9);
    for (folder, place) in programmes {
        let made = tempfile::tempdir().unwrap();
        match place {
            PlaceFile::Place(settings) => {
                let settings = PlaceSettings { people: 3_000, participants: 150, ..*settings };
                write_place(&settings, made.path(), &mut |_, _, _| {}).unwrap();
                fs::rename(made.path().join("nhs"), made.path().join("nhs-usage")).unwrap();
            }
            PlaceFile::Programme(settings) => {
                let small =
                    ProgrammeSettings { people: 3_000, participants: 150, participants_outside: 3, ..*settings };
                write_programme_place(&small, made.path(), &mut |_, _, _| {}).unwrap();
            }
        }
        let agreement = Agreement::parse(&read(&folder.join("agreement.toml"))).unwrap();
        let schema = LinkageSchema::parse(&read(&folder.join("schema.toml"))).unwrap();
        for dataset in &agreement.datasets {
            fits(&made.path().join(dataset.id.as_str()), dataset, &schema);
        }
    }
}

fn fits(folder: &Path, dataset: &Dataset, schema: &LinkageSchema) {
    let at = |file: &str| format!("{}, {file}", dataset.id);
    let (header, people) = rows(&folder.join("people.csv"));
    let columns = schema.columns().of(dataset.id.as_str()).unwrap();
    for spec in columns.fields.iter().flatten() {
        assert!(header.contains(&spec.header), "{}: no column {}", at("people.csv"), spec.header);
    }
    for variable in &dataset.people {
        for value in column(&header, &people, variable.name.as_str()) {
            variable
                .parse_value(value)
                .unwrap_or_else(|error| panic!("{}: {} {error}", at("people.csv"), variable.name));
        }
    }
    if !dataset.event_codes.is_empty() {
        let (header, events) = rows(&folder.join("events.csv"));
        let known: BTreeSet<&str> = dataset.event_codes.iter().map(counterfoil_model::Code::as_str).collect();
        let used: BTreeSet<&str> = column(&header, &events, "event").collect();
        assert_eq!(used, known, "{}: each agreed event occurs, and no other", at("events.csv"));
        for variable in &dataset.events {
            for value in column(&header, &events, variable.name.as_str()) {
                variable.parse_value(value).unwrap_or_else(|error| panic!("{}: {error}", at("events.csv")));
            }
        }
    }
    if !dataset.measures.is_empty() {
        let (header, measures) = rows(&folder.join("measures.csv"));
        let scores = column(&header, &measures, "measure").zip(column(&header, &measures, "score"));
        for (measure, score) in scores {
            let term = dataset.measures.iter().find(|term| term.code.as_str() == measure);
            let term = term.unwrap_or_else(|| panic!("{}: {measure} is not agreed", at("measures.csv")));
            let score: i32 = score.parse().unwrap();
            assert!((term.min..=term.max).contains(&score), "{}: {measure} {score}", at("measures.csv"));
        }
    }
}

/// A reader finds the same things in every folder, and the first line says that nobody is real.
#[test]
fn every_programme_has_a_readme_that_says_what_is_made_up_and_how_to_run_it() {
    for (folder, _) in programmes() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let readme = read(&folder.join("README.md"));
        let first = readme.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
        assert!(first.starts_with("Synthetic data only"), "{name}");
        for heading in ["## Published", "## Not published", "## What the run recovers", "## Run it", "## Mind"] {
            assert!(readme.lines().any(|line| line == heading), "{name}: {heading}");
        }
        let command =
            if name == "thrive-nel" { "cargo run --release\n".to_owned() } else { format!("--example {name}\n") };
        assert!(readme.contains(&command), "{name}: the command");
    }
}
