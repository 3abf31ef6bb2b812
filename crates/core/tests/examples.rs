//! The schemas and agreements under `examples/` are valid and fit each other.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use counterfoil::model::{Agreement, LinkageSchema, Study};

fn example(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(file)
}

fn schema(file: &str) -> LinkageSchema {
    LinkageSchema::parse(&fs::read_to_string(example(file)).unwrap()).unwrap()
}

#[test]
fn every_schema_names_each_of_its_fields_in_every_dataset() {
    for file in ["thrive-nel/schema.toml", "febrl4/schema.toml", "febrl4/schema-without-soc-sec-id.toml"] {
        let schema = schema(file);
        for dataset in schema.columns().datasets() {
            let columns = schema.columns().of(dataset).unwrap();
            assert!(columns.fields.iter().all(Option::is_some), "{file}: {dataset}");
        }
    }
}

#[test]
fn no_key_of_the_uk_schema_is_an_nhs_number_alone_or_goes_without_a_person_in_a_household() {
    let schema = schema("thrive-nel/schema.toml");
    let field = |name: &str| schema.fields().iter().position(|field| field.name.as_str() == name).unwrap();
    for key in schema.match_keys() {
        let has = |name: &str| key.parts.iter().any(|part| part.field == field(name));
        let tells_apart = has("given_name") && has("date_of_birth");
        let corroborated = has("nhs_number") && (has("given_name") || has("date_of_birth"));
        assert!(tells_apart || corroborated, "{}", key.name);
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
