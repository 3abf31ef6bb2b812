//! One file: pseudonymised in memory by the same code as the command, with its record identifiers beside it.
//!
//! The file is read twice. The first reading knows rows by reference only, as an extract does; the second gives each
//! reference its record identifier, which the report of links needs and which an extract never has.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};

use counterfoil_linkage::Side;
use counterfoil_model::{DatasetColumns, EncodedPeople, LinkageSchema, PersonRef, PersonRow};
use counterfoil_pseudonym::intake::{self, IntakeError, PeopleIntake, PeopleSummary, Problem, Sink, read_people};
use counterfoil_pseudonym::{Encoder, LocalIdKey};
use jiff::civil::Date;

use super::report::{FieldProblems, FileReport, RejectedRows, TokenRows};
use super::{EvaluateError, Input, Progress, Source};

/// A file ready to be linked.
pub(super) struct Records {
    pub(super) people: EncodedPeople,
    /// Record identifier by row.
    pub(super) local_ids: Vec<String>,
    /// Every record identifier of the file, by reference; without a row where the row was left out.
    places: HashMap<PersonRef, Option<u32>>,
    key: LocalIdKey,
    pub(super) report: FileReport,
}

/// Where a record of the truth is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Row(u32),
    LeftOut,
    Unknown,
}

/// What both files are read with.
pub(super) struct Reading<'a> {
    pub(super) schema: &'a LinkageSchema,
    pub(super) encoder: &'a Encoder,
    pub(super) today: Date,
    pub(super) progress: &'a (dyn Fn(Progress) + Sync),
}

impl Records {
    pub(super) fn read(
        input: &Input<'_>,
        side: Side,
        key: LocalIdKey,
        reading: &Reading<'_>,
    ) -> Result<Self, EvaluateError> {
        let columns = columns_of(reading.schema, input.dataset)?;
        let intake = PeopleIntake {
            file: input.file,
            columns,
            variables: &[],
            encoder: reading.encoder,
            local_ids: &key,
            today: reading.today,
        };
        let mut gathered = Gathered {
            people: EncodedPeople::new(reading.schema, 0),
            places: HashMap::new(),
            repeated: 0,
            side,
            progress: reading.progress,
        };
        let summary = match read_people(input.open()?, &intake, &mut gathered) {
            Ok(summary) => summary,
            Err(IntakeError::File(error)) => return Err(error.into()),
            Err(IntakeError::Sink(never)) => match never {},
        };
        let Gathered { people, places, repeated, .. } = gathered;
        let mut records = Self {
            local_ids: vec![String::new(); people.len()],
            people,
            places,
            key,
            report: report(input, &summary, repeated),
        };
        records.name(input, columns)?;
        Ok(records)
    }

    /// Where the record with this identifier is.
    pub(super) fn place(&self, local_id: &str) -> Place {
        match self.places.get(&self.key.person_ref(local_id.trim())) {
            Some(Some(row)) => Place::Row(*row),
            Some(None) => Place::LeftOut,
            None => Place::Unknown,
        }
    }

    /// The second reading.
    fn name(&mut self, input: &Input<'_>, columns: &DatasetColumns) -> Result<(), EvaluateError> {
        let failed = |source: csv::Error| EvaluateError::Read { file: input.file.to_owned(), source: source.into() };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input.open()?);
        let headers = reader.byte_headers().map_err(failed)?;
        let same = |header: &[u8]| header.trim_ascii() == columns.local_id.trim().as_bytes();
        let exact = headers.iter().position(|header| header == columns.local_id.as_bytes());
        let Some(column) = exact.or_else(|| headers.iter().position(same)) else { return Ok(()) };
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(failed)? {
            let Some(local_id) = record.get(column).and_then(|id| std::str::from_utf8(id).ok()) else { continue };
            let local_id = local_id.trim();
            match self.places.entry(self.key.person_ref(local_id)).or_default() {
                Some(row) if self.local_ids[*row as usize].is_empty() => {
                    local_id.clone_into(&mut self.local_ids[*row as usize]);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Input<'a> {
    pub(super) fn open(&self) -> Result<Box<dyn Read + Send + 'a>, EvaluateError> {
        open(self.file, &self.source)
    }
}

pub(super) fn open<'a>(file: &str, source: &Source<'a>) -> Result<Box<dyn Read + Send + 'a>, EvaluateError> {
    let opened: io::Result<Box<dyn Read + Send + 'a>> = match *source {
        Source::File(path) => File::open(path).map(|file| -> Box<dyn Read + Send> { Box::new(file) }),
        Source::Bytes(bytes) => Ok(Box::new(bytes)),
    };
    opened.map_err(|source| EvaluateError::Read { file: file.to_owned(), source })
}

fn columns_of<'a>(schema: &'a LinkageSchema, dataset: &str) -> Result<&'a DatasetColumns, EvaluateError> {
    schema.columns().of(dataset).ok_or_else(|| {
        let known: Vec<_> = schema.columns().datasets().collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        EvaluateError::NoColumns { dataset: dataset.to_owned(), known }
    })
}

fn report(input: &Input<'_>, summary: &PeopleSummary, repeated: u64) -> FileReport {
    let file = &summary.file;
    let rejected = file.rejected.iter().map(|(reason, rows)| RejectedRows { reason: reason.name(), rows: *rows });
    let problems = file.field_problems.iter().map(|((field, reason), rows)| FieldProblems {
        field: field.to_string(),
        reason: reason.name(),
        rows: *rows,
    });
    let tokens = summary.tokens.iter().map(|(name, rows)| TokenRows { match_key: name.to_string(), rows: *rows });
    FileReport {
        file: input.file.to_owned(),
        dataset: input.dataset.to_owned(),
        rows: file.rows,
        kept: file.kept - repeated,
        repeated,
        rejected: rejected.collect(),
        problems: problems.collect(),
        fields_without_column: summary.fields_without_column.iter().map(ToString::to_string).collect(),
        tokens: tokens.collect(),
        former_rows: summary.former_rows,
        clks: summary.clks,
    }
}

/// Takes rows in the order of the file; of rows with one record identifier the first stays, as in an extract.
struct Gathered<'a> {
    people: EncodedPeople,
    places: HashMap<PersonRef, Option<u32>>,
    repeated: u64,
    side: Side,
    progress: &'a (dyn Fn(Progress) + Sync),
}

impl Sink<PersonRow> for Gathered<'_> {
    type Error = Infallible;

    fn row(&mut self, row: PersonRow, _line: u64) -> Result<(), Infallible> {
        let number = u32::try_from(self.people.len()).expect("a file has at most PEOPLE_MAX rows");
        let place = self.places.entry(row.person).or_default();
        if place.is_some() {
            self.repeated += 1;
        } else {
            *place = Some(number);
            self.people.push(&row);
        }
        Ok(())
    }

    fn problem(&mut self, _problem: Problem) -> Result<(), Infallible> {
        Ok(())
    }

    fn progress(&mut self, intake::Progress { rows, bytes }: intake::Progress) {
        (self.progress)(Progress::Reading { side: self.side, rows, bytes });
    }
}
