//! Every example's agreement pins the schema and the studies beside it, so that nobody starts from a broken one.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use counterfoil_model::{Agreement, LinkageSchema, Study};

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
    assert!(examples.len() >= 2, "thrive-nel and febrl4 at least");
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
