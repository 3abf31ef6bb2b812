//! Rows to an extract: collected, sorted, checked against each other, written.
//!
//! In: rows in any order, each with its line in the custodian's file. Out: an [`UnsignedExtract`], and what was left out,
//! by table and line. Nothing stands under the name asked for until the manifest is signed: until then it is a hidden
//! folder beside it, removed on the way out of every error.
//! Absent on purpose: the custodian's local ids. Two rows are one person's when their `person_ref` is the same; that two
//! people of 60 million share one by chance has a probability of 1 in 10,000 (n * n / 2^65).

use std::fs;
use std::path::{Path, PathBuf};

use counterfoil_audit::{NoteText, SignedNote};
use counterfoil_model::{
    Dataset, Encoding, EventRow, FormerToken, LinkageSchema, MeasureRow, PersonRow, SignedAgreement, Token, Value,
    ValueError, Variable,
};
use tempfile::TempDir;

use crate::MANIFEST_FILE;
use crate::assemble::{Report, write_tables};
use crate::error::ExtractError;
use crate::extract::Extract;
use crate::layout::{Layout, Table, day, put_keyed, put_value};
use crate::manifest::{Manifest, ManifestFacts, encoding_of};
use crate::spool::Spool;

/// Why a row is not in the extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum LeftOutReason {
    /// Another row of the same person.
    #[error("the local id stands on an earlier line too")]
    Repeated,
    /// An event or score of somebody else.
    #[error("the local id is not among the people of the extract")]
    NotInPeople,
    /// A day that no event has.
    #[error("the date is before 1900 or after 2199")]
    Date,
}

/// A row that is not in the extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeftOut {
    /// The table.
    pub table: Table,
    /// Line of the custodian's file, as it was pushed with.
    pub line: u64,
    /// Why.
    pub reason: LeftOutReason,
}

/// How many rows of a table went in, and how many did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableSummary {
    /// Rows written.
    pub rows: u64,
    /// Rows left out.
    pub left_out: u64,
}

/// How many rows went in, and how many did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteSummary {
    /// Of people.
    pub people: TableSummary,
    /// Of events.
    pub events: TableSummary,
    /// Of scores.
    pub measures: TableSummary,
    /// Of former tokens. Those of a person's row that was left out go with it, and are not counted.
    pub former_tokens: TableSummary,
}

/// Takes rows and makes an extract of them.
pub struct ExtractWriter {
    target: PathBuf,
    staging: TempDir,
    dataset: Dataset,
    schema: LinkageSchema,
    tables: Vec<(Layout, Spool)>,
    left_out: Vec<LeftOut>,
    row: Vec<u8>,
}

/// An extract that lacks its signature, and that nobody else sees yet.
pub struct UnsignedExtract {
    target: PathBuf,
    staging: TempDir,
    schema: LinkageSchema,
    manifest: Manifest,
    text: NoteText,
    summary: WriteSummary,
}

impl ExtractWriter {
    /// Begins an extract that will stand at `folder`, which is not there yet or is empty.
    ///
    /// # Errors
    /// [`ExtractError::OutputInUse`], or [`ExtractError::Io`].
    pub fn create(folder: &Path, dataset: &Dataset, schema: &LinkageSchema) -> Result<Self, ExtractError> {
        let target = std::path::absolute(folder).map_err(ExtractError::io("find", folder))?;
        refuse_in_use(&target)?;
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(ExtractError::OutputInUse { path: target });
        };
        fs::create_dir_all(parent).map_err(ExtractError::io("create", parent))?;
        let staging = private_folder(parent, &format!(".{}.partial-", name.to_string_lossy()))?;
        let tables = Layout::all(dataset, schema)
            .into_iter()
            .map(|layout| {
                let spool = Spool::create(staging.path(), layout.row_bytes);
                spool.map(|spool| (layout, spool)).map_err(ExtractError::io("create a file in", staging.path()))
            })
            .collect::<Result<_, _>>()?;
        let (dataset, schema) = (dataset.clone(), schema.clone());
        Ok(Self { target, staging, dataset, schema, tables, left_out: Vec::new(), row: Vec::new() })
    }

    /// Takes a person's row; `line` is that of the custodian's file, from 1.
    ///
    /// # Errors
    /// [`ExtractError::RowShape`] or [`ExtractError::RowValue`] for a row made for other terms; [`ExtractError::Io`].
    pub fn push_person(&mut self, person: &PersonRow, line: u64) -> Result<(), ExtractError> {
        let Self { schema, dataset, row, .. } = self;
        let encoding = &person.encoding;
        let clk_words = schema.clk().map_or(0, |clk| clk.bits as usize / 64);
        if encoding.tokens.len() != schema.match_keys().len()
            || encoding.blocking.len() != schema.blocking_rules().len()
            || encoding.clk.as_ref().is_some_and(|clk| clk.words().len() != clk_words)
        {
            return Err(ExtractError::RowShape { table: Table::People, line });
        }
        row.clear();
        row.extend(person.person.0.to_be_bytes());
        for token in &encoding.tokens {
            put_keyed(row, token.as_ref().map(|token| token.as_bytes().as_slice()), 16);
        }
        for token in &encoding.blocking {
            put_keyed(row, token.as_ref().map(|token| token.as_bytes().as_slice()), 8);
        }
        if clk_words > 0 {
            let bytes: Option<Vec<u8>> =
                encoding.clk.as_ref().map(|clk| clk.words().iter().flat_map(|word| word.to_le_bytes()).collect());
            put_keyed(row, bytes.as_deref(), clk_words * 8);
        }
        put_values(row, Table::People, line, &dataset.people, &person.values)?;
        self.spool_row(Table::People, line)?;
        self.push_former(person, line)
    }

    fn push_former(&mut self, person: &PersonRow, line: u64) -> Result<(), ExtractError> {
        let Encoding { tokens, former, .. } = &person.encoding;
        if former.is_empty() {
            return Ok(());
        }
        let misshapen = || ExtractError::RowShape { table: Table::FormerTokens, line };
        let keys = self.schema.keys_with_numbers();
        let of_key = |key: &FormerToken| former.iter().filter(|other| other.match_key == key.match_key).count();
        let fits = |former: &FormerToken| {
            let key = usize::from(former.match_key);
            keys.contains(&key) && tokens[key].is_some() && of_key(former) <= self.schema.former_tokens_max(key)
        };
        if !former.windows(2).all(|pair| pair[0] < pair[1]) || !former.iter().all(fits) {
            return Err(misshapen());
        }
        for FormerToken { match_key, token } in former {
            let place = keys.iter().position(|key| *key == usize::from(*match_key)).ok_or_else(misshapen)?;
            self.row.clear();
            self.row.extend(person.person.0.to_be_bytes());
            put_value(&mut self.row, Some(Value::Code(u16::try_from(place).map_err(|_| misshapen())?)));
            put_keyed(&mut self.row, Some(token.as_bytes()), Token::BYTES);
            self.spool_row(Table::FormerTokens, line)?;
        }
        Ok(())
    }

    /// Takes an event's row. One whose date no event has is left out and reported by [`Self::finish`].
    ///
    /// # Errors
    /// As [`Self::push_person`]; [`ExtractError::NoTable`] when the dataset has no events.
    pub fn push_event(&mut self, event: &EventRow, line: u64) -> Result<(), ExtractError> {
        let Self { dataset, row, .. } = self;
        if day().check(Value::Date(event.date)).is_err() {
            self.leave_out(Table::Events, line, LeftOutReason::Date);
            return Ok(());
        }
        row.clear();
        row.extend(event.person.0.to_be_bytes());
        put_value(row, Some(Value::Date(event.date)));
        if usize::from(event.event) >= dataset.event_codes.len() {
            return Err(refuse(Table::Events, line, "event", ValueError::UnknownCode));
        }
        put_value(row, Some(Value::Code(event.event)));
        put_values(row, Table::Events, line, &dataset.events, &event.values)?;
        self.spool_row(Table::Events, line)
    }

    /// Takes a score's row. One whose date no score has is left out and reported by [`Self::finish`].
    ///
    /// # Errors
    /// As [`Self::push_person`]; [`ExtractError::NoTable`] when the dataset has no measures.
    pub fn push_measure(&mut self, measure: &MeasureRow, line: u64) -> Result<(), ExtractError> {
        let Self { dataset, row, .. } = self;
        if day().check(Value::Date(measure.date)).is_err() {
            self.leave_out(Table::Measures, line, LeftOutReason::Date);
            return Ok(());
        }
        let Some(term) = dataset.measures.get(usize::from(measure.measure)) else {
            return Err(refuse(Table::Measures, line, "measure", ValueError::UnknownCode));
        };
        if !(term.min..=term.max).contains(&measure.score) {
            return Err(refuse(Table::Measures, line, "score", ValueError::OutOfBounds));
        }
        row.clear();
        row.extend(measure.person.0.to_be_bytes());
        put_value(row, Some(Value::Date(measure.date)));
        put_value(row, Some(Value::Code(measure.measure)));
        put_value(row, Some(Value::Integer(measure.score)));
        self.spool_row(Table::Measures, line)
    }

    /// Sorts and writes the tables. Rows that cannot stand are reported to `left_out`, by table and line (above a
    /// million of them, in batches that are sorted each), and the rest goes on.
    ///
    /// # Errors
    /// [`ExtractError::TooManyPeople`], [`ExtractError::Manifest`] when the facts cannot stand, [`ExtractError::Io`].
    pub fn finish(
        mut self,
        facts: ManifestFacts,
        left_out: &mut dyn FnMut(LeftOut),
    ) -> Result<UnsignedExtract, ExtractError> {
        let mut count = [0; Table::ALL.len()];
        let mut report = Report::new(std::mem::take(&mut self.left_out), left_out, &mut count);
        let tables = write_tables(self.staging.path(), std::mem::take(&mut self.tables), &mut report)?;
        report.flush();
        let people = tables.first().map_or(0, |facts| facts.rows);
        if people > self.dataset.people_max {
            return Err(ExtractError::TooManyPeople { rows: people, people_max: self.dataset.people_max });
        }
        let summary = |table: Table| TableSummary {
            rows: tables.iter().find(|facts| facts.table == table).map_or(0, |facts| facts.rows),
            left_out: count[table as usize],
        };
        let summary = WriteSummary {
            people: summary(Table::People),
            events: summary(Table::Events),
            measures: summary(Table::Measures),
            former_tokens: summary(Table::FormerTokens),
        };
        let manifest = Manifest {
            agreement: facts.agreement,
            agreement_digest: facts.agreement_digest,
            schema_digest: self.schema.digest(),
            dataset: self.dataset.id,
            custodian: self.dataset.custodian,
            key_epoch: facts.key_epoch,
            key_fingerprint: facts.key_fingerprint,
            encoding: encoding_of(&self.schema),
            created_on: facts.created_on,
            complete_from: facts.complete_from,
            complete_to: facts.complete_to,
            tariff: facts.tariff,
            build: facts.build,
            tables,
        };
        let text = manifest.to_text()?;
        let Self { target, staging, schema, .. } = self;
        Ok(UnsignedExtract { target, staging, schema, manifest, text, summary })
    }

    fn leave_out(&mut self, table: Table, line: u64, reason: LeftOutReason) {
        self.left_out.push(LeftOut { table, line, reason });
    }

    fn spool_row(&mut self, table: Table, line: u64) -> Result<(), ExtractError> {
        let Some((layout, spool)) = self.tables.iter_mut().find(|(layout, _)| layout.table == table) else {
            return Err(ExtractError::NoTable { table, line });
        };
        self.row.extend(line.to_be_bytes());
        if self.row.len() != layout.row_bytes {
            return Err(ExtractError::RowShape { table, line });
        }
        spool.push(&self.row).map_err(ExtractError::io("write to the disk of", self.staging.path()))
    }
}

impl UnsignedExtract {
    /// The text that the custodian signs.
    pub fn manifest_text(&self) -> &NoteText {
        &self.text
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What went in and what did not.
    pub fn summary(&self) -> WriteSummary {
        self.summary
    }

    /// Puts the signed manifest beside the tables, checks the whole as whoever receives it will, and gives the folder
    /// its name.
    ///
    /// # Errors
    /// [`ExtractError::OtherText`] for another text, all errors of [`Extract::open`], and [`ExtractError::Io`].
    pub fn sign(self, note: &SignedNote, agreement: &SignedAgreement) -> Result<Extract, ExtractError> {
        if note.text() != &self.text {
            return Err(ExtractError::OtherText);
        }
        let staging = self.staging.path();
        let path = staging.join(MANIFEST_FILE);
        fs::write(&path, note.to_bytes()).map_err(ExtractError::io("write", &path))?;
        sync(&path)?;
        let extract = Extract::open(staging, agreement, &self.schema)?;
        sync(staging)?;
        refuse_in_use(&self.target)?;
        if self.target.exists() {
            // Not every system renames onto a folder, not even onto an empty one.
            fs::remove_dir(&self.target).map_err(ExtractError::io("replace", &self.target))?;
        }
        fs::rename(staging, &self.target).map_err(ExtractError::io("create", &self.target))?;
        // It has its name now: nothing is left to remove.
        let _moved = self.staging.keep();
        if let Some(parent) = self.target.parent() {
            sync(parent)?;
        }
        Ok(extract.moved_to(self.target))
    }
}

/// A new folder that only its owner may enter, where the system knows owners.
fn private_folder(parent: &Path, prefix: &str) -> Result<TempDir, ExtractError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    builder.tempdir_in(parent).map_err(ExtractError::io("create a folder in", parent))
}

fn refuse_in_use(target: &Path) -> Result<(), ExtractError> {
    if !target.exists() {
        return Ok(());
    }
    let is_empty_folder =
        target.is_dir() && fs::read_dir(target).map_err(ExtractError::io("read", target))?.next().is_none();
    if is_empty_folder { Ok(()) } else { Err(ExtractError::OutputInUse { path: target.to_owned() }) }
}

/// Puts a file or a folder's entries on disk for good.
fn sync(path: &Path) -> Result<(), ExtractError> {
    if cfg!(windows) && path.is_dir() {
        return Ok(());
    }
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(ExtractError::io("write", path))
}

fn refuse(table: Table, line: u64, column: &str, problem: ValueError) -> ExtractError {
    ExtractError::RowValue { table, line, column: column.to_owned(), problem }
}

fn put_values(
    row: &mut Vec<u8>,
    table: Table,
    line: u64,
    variables: &[Variable],
    values: &[Option<Value>],
) -> Result<(), ExtractError> {
    if variables.len() != values.len() {
        return Err(ExtractError::RowShape { table, line });
    }
    for (variable, value) in variables.iter().zip(values) {
        let value = value.map(|value| variable.check(value)).transpose();
        put_value(row, value.map_err(|problem| refuse(table, line, variable.name.as_str(), problem))?);
    }
    Ok(())
}
