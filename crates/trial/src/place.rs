//! Where the custodians' files come from: a synthetic place made from a seed, or a folder of one's own.

use std::fs;
use std::path::{Path, PathBuf};

use counterfoil_cli::{ProgressSink, ProgressUnit};
use counterfoil_model::DatasetId;
use counterfoil_synth::{PlaceFile, Stage, write_place, write_programme_place};
use jiff::civil::Date;

use crate::{Trial, TrialError, examples};

/// The files that the journey starts from.
pub(crate) struct Place {
    root: PathBuf,
    /// First day from which events are complete.
    pub(crate) complete_from: Date,
    /// Last day to which events are complete.
    pub(crate) complete_to: Date,
    /// The seed, if everything here is made up.
    pub(crate) seed: Option<u64>,
}

impl Place {
    /// Makes the synthetic place, or takes one's own folder.
    pub(crate) fn open(trial: &Trial, progress: &dyn ProgressSink) -> Result<Self, TrialError> {
        if let Some(root) = &trial.from {
            let day = |day: Option<Date>, flag| day.ok_or_else(|| TrialError(format!("{flag} is missing")));
            return Ok(Self {
                root: root.clone(),
                complete_from: day(trial.complete_from, "--complete-from")?,
                complete_to: day(trial.complete_to, "--complete-to")?,
                seed: None,
            });
        }
        let example = examples::find(&trial.example)?;
        let root = trial.out.join("place");
        let mut stage_shown = None;
        let mut show = |stage: Stage, done, total| {
            if stage_shown != Some(stage) {
                stage_shown = Some(stage);
                progress.begin("making a synthetic place", Some(total), ProgressUnit::Items);
            }
            progress.at(done);
        };
        let (complete_from, complete_to) = match PlaceFile::parse(example.place, trial.seed)? {
            PlaceFile::Place(mut settings) => {
                settings.people = trial.people.unwrap_or(settings.people);
                settings.participants = trial.participants.unwrap_or(settings.participants);
                write_place(&settings, &root, &mut show)?;
                fs::rename(root.join("nhs"), root.join("nhs-usage"))?;
                (settings.history_from, settings.history_to)
            }
            PlaceFile::Programme(mut settings) => {
                settings.people = trial.people.unwrap_or(settings.people);
                settings.participants = trial.participants.unwrap_or(settings.participants);
                write_programme_place(&settings, &root, &mut show)?;
                (settings.history.from, settings.history.to)
            }
        };
        example.write_agreement(&root.join("agreement"))?;
        Ok(Self { root, complete_from, complete_to, seed: Some(trial.seed) })
    }

    /// The terms, the schema and the studies, not signed yet.
    pub(crate) fn agreement(&self) -> PathBuf {
        self.root.join("agreement")
    }

    /// A file of a dataset.
    pub(crate) fn file(&self, dataset: &DatasetId, name: &str) -> PathBuf {
        self.root.join(dataset.as_str()).join(name)
    }

    /// Who is who, where it is known.
    pub(crate) fn truth(&self) -> Option<PathBuf> {
        Some(self.root.join("truth.csv")).filter(|path| path.is_file())
    }
}

/// Name of the file that marks a folder as made by a trial.
const MARKER: &str = ".counterfoil-trial";

/// Makes the folder of results. One that an earlier trial made is replaced, any other is left alone.
pub(crate) fn prepare_out(out: &Path) -> Result<PathBuf, TrialError> {
    if out.join(MARKER).is_file() {
        fs::remove_dir_all(out)?;
    } else if out.exists() && fs::read_dir(out)?.next().is_some() {
        let out = out.display();
        return Err(TrialError(format!("{out} is there already and no trial made it; give another folder with --out")));
    }
    fs::create_dir_all(out)?;
    fs::write(out.join(MARKER), "Made by counterfoil-trial; the next trial replaces this folder.\n")?;
    Ok(out.canonicalize()?)
}

/// Copies the agreement folder's files to the folder that the parties sign.
pub(crate) fn copy_agreement(from: &Path, to: &Path) -> Result<(), TrialError> {
    let copy = |from: &Path, to: &Path| {
        let name = || from.display().to_string();
        fs::copy(from, to).map(drop).map_err(|error| TrialError(format!("{}: {error}", name())))
    };
    fs::create_dir_all(to.join("studies"))?;
    copy(&from.join("agreement.toml"), &to.join("agreement.toml"))?;
    copy(&from.join("schema.toml"), &to.join("schema.toml"))?;
    let Ok(studies) = fs::read_dir(from.join("studies")) else {
        return Ok(());
    };
    for study in studies {
        let study = study?;
        copy(&study.path(), &to.join("studies").join(study.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_folder_that_a_trial_made_is_replaced() {
        let folder = std::env::temp_dir().join(format!("counterfoil-trial-test-{}", std::process::id()));
        prepare_out(&folder).expect("made");
        fs::write(folder.join("leftover"), "of an earlier trial").expect("written");
        prepare_out(&folder).expect("replaced");
        assert!(!folder.join("leftover").exists());

        fs::remove_file(folder.join(MARKER)).expect("removed");
        fs::write(folder.join("somebodys-own-file"), "precious").expect("written");
        let refused = prepare_out(&folder).expect_err("no trial made it");
        assert!(refused.0.contains("--out"), "{}", refused.0);
        assert!(folder.join("somebodys-own-file").exists());
        fs::remove_dir_all(&folder).expect("removed");
    }
}
