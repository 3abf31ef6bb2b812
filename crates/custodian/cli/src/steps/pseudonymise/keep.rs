//! What a reader makes, on its way: rows into the extract, problems into a list beside it.
//!
//! In: rows and problems. Out: the list as CSV, `file,line,field,reason`, with the owner's mode 0600.
//! Absent on purpose: values. The list says where to look in the custodian's own file.

use std::path::{Path, PathBuf};

use counterfoil_extract::{ExtractError, LeftOut};
use counterfoil_pseudonym::intake::{Problem, Progress, Sink};
use tempfile::NamedTempFile;

use crate::context::ProgressSink;
use crate::error::StepError;

/// Why a reader was stopped.
pub(super) enum KeepError {
    /// The extract could not take a row.
    Extract(ExtractError),
    /// The list could not be written.
    Problems(StepError),
}

/// Rows to `push`, problems to the list.
pub(super) struct Keep<'a, F> {
    pub(super) problems: &'a mut ProblemsFile,
    pub(super) progress: &'a dyn ProgressSink,
    pub(super) push: F,
}

impl<Row, F: FnMut(Row, u64) -> Result<(), ExtractError>> Sink<Row> for Keep<'_, F> {
    type Error = KeepError;

    fn row(&mut self, row: Row, line: u64) -> Result<(), KeepError> {
        (self.push)(row, line).map_err(KeepError::Extract)
    }

    fn problem(&mut self, problem: Problem) -> Result<(), KeepError> {
        let Problem { file, line, field, reason } = problem;
        let field = field.as_deref().unwrap_or("");
        self.problems.write(&file, line, field, &reason.to_string()).map_err(KeepError::Problems)
    }

    fn progress(&mut self, progress: Progress) {
        self.progress.at(progress.bytes);
    }
}

/// The list of what could not be used, `<extract>-problems.csv`.
pub(super) struct ProblemsFile {
    path: PathBuf,
    writer: csv::Writer<NamedTempFile>,
    count: u64,
}

impl ProblemsFile {
    /// Begins the list of an extract, under a temporary name.
    pub(super) fn create(extract: &Path) -> Result<Self, StepError> {
        let mut name = extract.file_name().unwrap_or_default().to_owned();
        name.push("-problems.csv");
        let path = extract.with_file_name(name);
        if path.symlink_metadata().is_ok() {
            return Err(StepError::Exists { path });
        }
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        crate::files::folder(folder)?;
        let file = NamedTempFile::new_in(folder);
        let file = file.map_err(|source| StepError::Write { path: path.clone(), source })?;
        let mut list = Self { path, writer: csv::Writer::from_writer(file), count: 0 };
        list.record(&["file", "line", "field", "reason"])?;
        Ok(list)
    }

    /// Adds a row that the extract left out.
    pub(super) fn left_out(&mut self, file: &str, row: &LeftOut) -> Result<(), StepError> {
        self.write(file, row.line, "", &row.reason.to_string())
    }

    /// Gives the list its name: where it is, and how many lines it has.
    pub(super) fn keep(self) -> Result<(PathBuf, u64), StepError> {
        let Self { path, writer, count } = self;
        let failed = |source| StepError::Write { path: path.clone(), source };
        let file = writer.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist_noclobber(&path).map_err(|error| failed(error.error))?;
        Ok((path, count))
    }

    fn write(&mut self, file: &str, line: u64, field: &str, reason: &str) -> Result<(), StepError> {
        self.count += 1;
        self.record(&[file, &line.to_string(), field, reason])
    }

    fn record(&mut self, fields: &[&str]) -> Result<(), StepError> {
        let written = self.writer.write_record(fields);
        written.map_err(|source| StepError::Problems { path: self.path.clone(), source })
    }
}
