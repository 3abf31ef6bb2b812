//! The people file: one row a person, identifiers and agreed variables.

use std::io::Read;

use counterfoil_model::{Clk, ColumnFormat, ColumnSpec, DatasetColumns, PEOPLE_MAX, PersonRow, Value, Variable};
use jiff::civil::Date;
use rayon::prelude::*;

use super::batch::{Batch, Fields};
use super::report::{Finding, Outcome};
use super::table::{Table, Wanted};
use super::{IntakeError, PeopleSummary, Sink, Summary, pump};
use crate::encoder::{Encoder, FieldColumn, FieldProblem, Normalised, RawIdentifier};
use crate::key::LocalIdKey;
use crate::match_key::MatchKey;
use crate::reason::Reason;
use crate::scratch::ScratchPool;

/// Longest local record number in bytes.
const LOCAL_ID_BYTES_MAX: usize = 256;

/// What a people file is read with.
pub struct PeopleIntake<'a> {
    /// The file's name for messages.
    pub file: &'a str,
    /// Where the file keeps each field of the schema.
    pub columns: &'a DatasetColumns,
    /// The agreed variables; each is a column of the same name.
    pub variables: &'a [Variable],
    /// The encoder, made from the same schema as the columns.
    pub encoder: &'a Encoder,
    /// The extract's own key for local record numbers.
    pub local_ids: &'a LocalIdKey,
    /// Dates of birth after it are refused.
    pub today: Date,
}

/// Reads a people file.
///
/// A field that fails its rule counts as missing and is reported; a former number that fails is left out and reported under
/// `<field>.former`. A row that is malformed, has no local record number or
/// has a token of no match key and of no blocking rule, so that nothing could propose it, is reported and left out. An agreed
/// variable that does not fit is missing and reported.
///
/// # Errors
/// [`IntakeError`] when the file lacks an agreed column or cannot be read, or when the sink gives up.
pub fn read_people<S: Sink<PersonRow>>(
    input: impl Read + Send,
    intake: &PeopleIntake<'_>,
    sink: &mut S,
) -> Result<PeopleSummary, IntakeError<S::Error>> {
    let plan = Plan::new(intake);
    let mut table = Table::open(input, intake.file, &plan.wanted(), PEOPLE_MAX)?;
    let fields = intake.encoder.fields().iter().zip(&intake.columns.fields);
    let mut summary = PeopleSummary {
        tokens: intake.encoder.match_keys().map(|name| (name.clone(), 0)).collect(),
        fields_without_column: fields.filter(|(_, spec)| spec.is_none()).map(|(field, _)| field.name.clone()).collect(),
        ..PeopleSummary::default()
    };
    let (tokens, former, clks) = (&mut summary.tokens, &mut summary.former_rows, &mut summary.clks);
    let count = |row: &PersonRow| {
        for ((_, count), token) in tokens.iter_mut().zip(&row.encoding.tokens) {
            *count += u64::from(token.is_some());
        }
        *former += u64::from(!row.encoding.former.is_empty());
        *clks += u64::from(row.encoding.clk.is_some());
    };
    let mut file = Summary::default();
    pump(&mut table, |batch| plan.work(batch), &mut file, sink, count)?;
    summary.file = file;
    Ok(summary)
}

/// A row's local record number.
///
/// # Errors
/// When there is none, or one that is too long to be one.
pub(super) fn local_id(raw: &str) -> Result<&str, Reason> {
    let text = raw.trim();
    if text.is_empty() {
        Err(Reason::RowLocalIdBlank)
    } else if text.len() > LOCAL_ID_BYTES_MAX {
        Err(Reason::RowLocalIdTooLong)
    } else {
        Ok(text)
    }
}

/// The agreed variables of a row that start at a column; what does not fit is missing and found.
pub(super) fn values(
    variables: &[Variable],
    fields: &Fields<'_>,
    first_column: usize,
    findings: &mut Vec<Finding>,
) -> Box<[Option<Value>]> {
    let value = |(place, variable): (usize, &Variable)| {
        let column = first_column + place;
        variable.parse_value(fields.get(column)).unwrap_or_else(|error| {
            findings.push(Finding { column, reason: error.into() });
            None
        })
    };
    variables.iter().enumerate().map(value).collect()
}

/// Columns asked for: the local record number, then the fields that the file has, each with its column of former numbers
/// behind it, then the variables.
struct Plan<'a> {
    intake: &'a PeopleIntake<'a>,
    fields: Vec<Option<FieldColumns<'a>>>,
    first_variable: usize,
    scratches: ScratchPool,
}

/// Where a field is.
struct FieldColumns<'a> {
    spec: &'a ColumnSpec,
    current: usize,
    former: Option<usize>,
}

/// A row before its CLK.
struct Person {
    row: PersonRow,
    normalised: Normalised,
}

/// Fewest rows that one thread takes at a time.
const ROWS_PER_TASK_MIN: usize = 64;

impl<'a> Plan<'a> {
    fn new(intake: &'a PeopleIntake<'a>) -> Self {
        let mut column = 1;
        let mut place = |spec: &'a Option<ColumnSpec>| {
            spec.as_ref().map(|spec| {
                let current = column;
                let former = spec.former.as_ref().map(|_| current + 1);
                column = former.unwrap_or(current) + 1;
                FieldColumns { spec, current, former }
            })
        };
        let fields = intake.columns.fields.iter().take(intake.encoder.fields().len()).map(&mut place).collect();
        Self { intake, fields, first_variable: column, scratches: ScratchPool::default() }
    }

    fn wanted(&self) -> Vec<Wanted<'a>> {
        let mut wanted = vec![Wanted::new(&self.intake.columns.local_id, "local_id")];
        for (field, columns) in self.intake.encoder.fields().iter().zip(&self.fields) {
            let Some(FieldColumns { spec, .. }) = columns else { continue };
            wanted.push(Wanted::new(&spec.header, field.name.as_str()));
            wanted.extend(spec.former.iter().map(|header| Wanted::new(header, format!("{}.former", field.name))));
        }
        let variables = self.intake.variables.iter().map(|variable| variable.name.as_str());
        wanted.extend(variables.map(|name| Wanted::new(name, name)));
        wanted
    }

    /// Tokens row by row in the order of the file, CLKs in an order of their own.
    fn work(&self, batch: &Batch) -> Vec<Outcome<PersonRow>> {
        let rows = (0..batch.len()).into_par_iter().with_min_len(ROWS_PER_TASK_MIN);
        let people: Vec<_> =
            rows.map_init(MatchKey::default, |match_key, row| self.row(batch, row, match_key)).collect();
        let normalised: Vec<_> =
            people.iter().map(|outcome| outcome.row.as_ref().ok().map(|person| &person.normalised)).collect();
        let clks = self.intake.encoder.clks(&normalised, &self.scratches);
        let finish = |(outcome, clk): (Outcome<Person>, Option<Clk>)| Outcome {
            line: outcome.line,
            row: outcome.row.map(|Person { mut row, .. }| {
                row.encoding.clk = clk;
                row
            }),
            findings: outcome.findings,
        };
        people.into_par_iter().zip(clks).with_min_len(ROWS_PER_TASK_MIN).map(finish).collect()
    }

    fn row(&self, batch: &Batch, row: usize, match_key: &mut MatchKey) -> Outcome<Person> {
        let mut findings = Vec::new();
        let person = batch.fields(row).and_then(|fields| self.person(&fields, match_key, &mut findings));
        Outcome { line: batch.line(row), row: person, findings }
    }

    fn person(
        &self,
        fields: &Fields<'_>,
        match_key: &mut MatchKey,
        findings: &mut Vec<Finding>,
    ) -> Result<Person, Reason> {
        let intake = self.intake;
        let local_id = local_id(fields.get(0))?;
        let raw = |columns: &Option<FieldColumns<'_>>| match columns {
            Some(FieldColumns { spec, current, former }) => RawIdentifier::new(fields.get(*current), spec.format)
                .with_former(former.map_or("", |column| fields.get(column))),
            None => RawIdentifier::new("", ColumnFormat::Text),
        };
        let row: Vec<_> = self.fields.iter().map(raw).collect();
        let mut problems = Vec::new();
        let normalised = intake.encoder.normalise(&row, intake.today, &mut problems);
        findings.extend(problems.into_iter().map(|FieldProblem { field, column, reason }| {
            let columns = self.fields[field].as_ref();
            let found = columns.and_then(|columns| match column {
                FieldColumn::Current => Some(columns.current),
                FieldColumn::Former => columns.former,
            });
            Finding { column: found.expect("a field without a column is empty and has no problem"), reason }
        }));
        let values = values(intake.variables, fields, self.first_variable, findings);
        let encoding = intake.encoder.tokens(&normalised, match_key);
        if encoding.tokens.iter().all(Option::is_none) && encoding.blocking.iter().all(Option::is_none) {
            return Err(Reason::RowNoMatchKey);
        }
        Ok(Person { row: PersonRow { person: intake.local_ids.person_ref(local_id), encoding, values }, normalised })
    }
}
