//! The schemas and agreements under `examples/` are valid and fit each other.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use counterfoil::model::{Agreement, LinkageSchema, Study};

fn example(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(file)
}

/// Every schema of every example: `<folder>/schema*.toml`.
fn schemas() -> Vec<String> {
    let names = |folder: PathBuf| {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        entries.collect::<Vec<_>>()
    };
    let folders = names(example("")).into_iter().filter(|folder| example(folder).is_dir());
    let files = folders.flat_map(|folder| {
        let schemas = names(example(&folder)).into_iter().filter(|file| file.starts_with("schema"));
        schemas.map(move |file| format!("{folder}/{file}"))
    });
    let files: Vec<String> = files.collect();
    assert!(files.len() >= 11, "nine programmes, and two schemas of febrl4");
    files
}

fn schema(file: &str) -> LinkageSchema {
    LinkageSchema::parse(&fs::read_to_string(example(file)).unwrap()).unwrap()
}

#[test]
fn every_schema_names_each_of_its_fields_in_every_dataset() {
    for file in schemas() {
        let schema = schema(&file);
        for dataset in schema.columns().datasets() {
            let columns = schema.columns().of(dataset).unwrap();
            assert!(columns.fields.iter().all(Option::is_some), "{file}: {dataset}");
        }
    }
}

/// A token of one field, or of the names alone, is shared by so many people that its frequency gives it away.
#[test]
fn every_key_but_a_number_joins_fields_that_hardly_two_people_share() {
    for file in schemas() {
        let schema = schema(&file);
        assert!(schema.blocking_rules().is_empty(), "{file}");
        let name = |field: usize| schema.fields()[field].name.as_str();
        for key in schema.match_keys() {
            let fields: Vec<_> = key.parts.iter().map(|part| name(part.field)).collect();
            let is_number = fields.len() == 1 && ["nhs_number", "soc_sec_id", "health_card"].contains(&fields[0]);
            let is_name = |field: &&&str| ["family_name", "given_name", "surname", "sex"].contains(*field);
            let names_only = fields.iter().filter(is_name).count() == fields.len();
            assert!(is_number || (fields.len() >= 2 && !names_only), "{file}: {}", key.name);
        }
    }
}

#[test]
fn nhs_numbers_that_differ_are_two_people() {
    for file in schemas() {
        let schema = schema(&file);
        let forbidding =
            schema.decision().never_link_when_differs.iter().map(|key| schema.match_keys()[*key].name.as_str());
        let has_number = schema.fields().iter().any(|field| field.name.as_str() == "nhs_number");
        let expected: &[&str] = if has_number { &["number"] } else { &[] };
        assert_eq!(forbidding.collect::<Vec<_>>(), expected, "{file}");
    }
}

#[test]
fn the_febrl_agreement_fits_its_schema_and_study() {
    let agreement = Agreement::parse(&fs::read_to_string(example("febrl4/agreement.toml")).unwrap()).unwrap();
    agreement.check_schema(&schema("febrl4/schema.toml")).unwrap();
    let study = fs::read_to_string(example("febrl4/studies/linked-by-state.toml")).unwrap();
    agreement.check_study(&Study::parse(&study).unwrap()).unwrap();
    agreement.check_schema(&schema("febrl4/schema-without-soc-sec-id.toml")).unwrap_err();
}
