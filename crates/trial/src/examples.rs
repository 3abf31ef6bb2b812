//! The programmes of `examples/`, as they were when this was compiled.
//!
//! In: an example's name. Out: its agreement, schema, studies and what is made up for it. Absent on purpose: reading the repository when it
//! runs, so that the binary can be tried anywhere.

use std::fs;
use std::path::Path;

use crate::TrialError;

/// One example.
pub(crate) struct Example {
    pub(crate) name: &'static str,
    /// What is made up: `place.toml`.
    pub(crate) place: &'static str,
    agreement: &'static str,
    schema: &'static str,
    /// Names of files, and their texts.
    studies: &'static [(&'static str, &'static str)],
}

macro_rules! example {
    ($name:literal, $study:literal) => {
        Example {
            name: $name,
            place: include_str!(concat!("../../../examples/", $name, "/place.toml")),
            agreement: include_str!(concat!("../../../examples/", $name, "/agreement.toml")),
            schema: include_str!(concat!("../../../examples/", $name, "/schema.toml")),
            studies: &[(
                concat!($study, ".toml"),
                include_str!(concat!("../../../examples/", $name, "/studies/", $study, ".toml")),
            )],
        }
    };
}

/// In the order of `examples/README.md`.
const EXAMPLES: [Example; 9] = [
    example!("thrive-nel", "use-and-wellbeing"),
    example!("ways-to-wellness", "use-and-wellbeing"),
    example!("kirklees-kbop", "homes-and-work"),
    example!("gmbop", "qualifications"),
    example!("allchild", "risk-and-grades"),
    example!("hiv-intensive-support", "engagement-and-viral-load"),
    example!("people-first-group", "crisis-contacts"),
    example!("community-health-workers", "immunisation-and-mortality"),
    example!("taibu-screening", "screening"),
];

/// The example of that name.
pub(crate) fn find(name: &str) -> Result<&'static Example, TrialError> {
    EXAMPLES.iter().find(|example| example.name == name).ok_or_else(|| {
        let names: Vec<&str> = EXAMPLES.iter().map(|example| example.name).collect();
        TrialError(format!("there is no example of that name; the examples are {}", names.join(", ")))
    })
}

impl Example {
    /// Writes the agreement folder as the parties find it before they sign.
    pub(crate) fn write_agreement(&self, folder: &Path) -> Result<(), TrialError> {
        fs::create_dir_all(folder.join("studies"))?;
        fs::write(folder.join("agreement.toml"), self.agreement)?;
        fs::write(folder.join("schema.toml"), self.schema)?;
        for (file, text) in self.studies {
            fs::write(folder.join("studies").join(file), text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use counterfoil_synth::PlaceFile;

    use super::*;

    #[test]
    fn every_programme_of_the_folder_is_here_with_all_its_studies() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        let names = |folder: &Path| -> BTreeSet<String> {
            let entries = fs::read_dir(folder).expect("the folder is there");
            entries.map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned()).collect()
        };
        let has_place = |name: &String| root.join(name).join("place.toml").is_file();
        let folders: BTreeSet<String> = names(&root).into_iter().filter(has_place).collect();
        assert_eq!(folders, EXAMPLES.iter().map(|example| example.name.to_owned()).collect());
        for example in &EXAMPLES {
            let studies = example.studies.iter().map(|(file, _)| (*file).to_owned()).collect();
            assert_eq!(names(&root.join(example.name).join("studies")), studies, "{}", example.name);
            PlaceFile::parse(example.place, 1).unwrap_or_else(|error| panic!("{}: {error}", example.name));
        }
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        assert!(find("kirklees-kbop").is_ok());
        let Err(TrialError(reason)) = find("kirklees") else { panic!("there is none") };
        assert!(EXAMPLES.iter().all(|example| reason.contains(example.name)), "{reason}");
    }
}
