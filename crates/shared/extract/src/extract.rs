//! A folder that came from a custodian, checked, and its rows.
//!
//! In: a folder, the signed agreement, the linkage schema. Out: an [`Extract`] of which signature, terms, lengths,
//! digests and columns have been checked; then rows of which every value has been.
//! Absent on purpose: today's date, and other extracts. Whether the agreement is in force, and whether two custodians'
//! key fingerprints agree, is for the caller.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use counterfoil_audit::{NOTE_BYTES_MAX, NoteError, SignedNote, parse_signed_note, verify_note};
use counterfoil_model::{
    BlockingToken, Clk, Dataset, Digest, EncodedPeople, Encoding, EventRow, FormerToken, LinkageSchema, ManifestDigest,
    MeasureRow, PersonRef, PersonRow, SignedAgreement, Token, Value, ValueError,
};

use crate::MANIFEST_FILE;
use crate::error::{CellProblem, ExtractError};
use crate::layout::{Layout, Table};
use crate::manifest::{Manifest, TableFacts, encoding_of, encoding_text, manifest_digest, parse_manifest};
use crate::table_reader::{Cells, RowGroup, TableReader};

/// An extract of which signature, terms, files and columns have been checked.
#[derive(Debug, Clone)]
pub struct Extract {
    folder: PathBuf,
    note: SignedNote,
    manifest: Manifest,
    digest: ManifestDigest,
    dataset: Dataset,
    schema: LinkageSchema,
    layouts: Vec<Layout>,
}

/// One file of an extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractFile {
    /// Which table.
    pub table: Table,
    /// Its name in the folder.
    pub name: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Its rows.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Digest,
}

impl Extract {
    /// Opens a folder: the custodian's signature, the manifest against the agreement and the linkage schema, each file's
    /// length and SHA-256, its columns, its number of rows. Values are checked as they are read.
    ///
    /// The files are read again later, by name: whoever opens an extract keeps its folder to himself.
    ///
    /// # Errors
    /// [`ExtractError`] that names the file and what differs.
    pub fn open(folder: &Path, agreement: &SignedAgreement, schema: &LinkageSchema) -> Result<Self, ExtractError> {
        let note = parse_signed_note(&read_note(&folder.join(MANIFEST_FILE))?)?;
        let manifest = parse_manifest(note.text().as_str())?;
        let terms = agreement.agreement();
        terms.check_schema(schema)?;
        let dataset = terms.dataset(&manifest.dataset);
        let dataset = dataset.ok_or_else(|| ExtractError::UnknownDataset { dataset: manifest.dataset.clone() })?;
        check_terms(&manifest, agreement, dataset, schema)?;
        let key = agreement.key(&dataset.custodian).ok_or(NoteError::NoKeys)?;
        verify_note(&note, std::slice::from_ref(key))?;

        let mut layouts = Layout::all(dataset, schema);
        layouts.retain(|layout| manifest.table(layout.table).is_some());
        let people = manifest.table(Table::People).map_or(0, |facts| facts.rows);
        if people > dataset.people_max {
            return Err(ExtractError::TooManyPeople { rows: people, people_max: dataset.people_max });
        }
        for (facts, layout) in manifest.tables.iter().zip(&layouts) {
            check_file(folder, facts)?;
            TableReader::open(folder, layout, facts)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            digest: manifest_digest(note.text()),
            note,
            manifest,
            dataset: dataset.clone(),
            schema: schema.clone(),
            layouts,
        })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The digest by which the extract is known.
    pub fn digest(&self) -> ManifestDigest {
        self.digest
    }

    /// The manifest as it was signed.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// The agreement's terms for this dataset.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its tables' files, people first.
    pub fn files(&self) -> Vec<ExtractFile> {
        let file = |facts: &TableFacts| ExtractFile {
            table: facts.table,
            name: facts.table.file_name(),
            path: self.folder.join(facts.table.file_name()),
            rows: facts.rows,
            bytes: facts.bytes,
            sha256: facts.sha256,
        };
        self.manifest.tables.iter().map(file).collect()
    }

    /// Reads the people, in the order of their references, with their former tokens.
    ///
    /// # Errors
    /// [`ExtractError::Cell`] for a value that the agreement does not permit, or a person out of order or there twice; for a
    /// former token of nobody, of a match key that the person has no current token of, out of order, or too many.
    pub fn read_people(&self) -> Result<EncodedPeople, ExtractError> {
        let mut people = EncodedPeople::new(&self.schema, self.dataset.people.len());
        let mut last = None;
        self.read(Table::People, &mut |group, row| {
            let person = decode_person(&self.schema, group, row);
            if last.is_some_and(|last| last >= person.person) {
                return Err(out_of_order());
            }
            last = Some(person.person);
            people.push(&person);
            Ok(ControlFlow::Continue(()))
        })?;
        self.read_former(&mut people)?;
        Ok(people)
    }

    #[allow(clippy::disallowed_methods, reason = "this is where an extract is decoded")]
    fn read_former(&self, people: &mut EncodedPeople) -> Result<(), ExtractError> {
        let keys = self.schema.keys_with_numbers();
        let (mut row, mut of_key) = (0, 0);
        let mut last: Option<(PersonRef, FormerToken)> = None;
        self.read(Table::FormerTokens, &mut |group, place| {
            let person = group.columns[0].person(place);
            let Some(Value::Code(code)) = group.columns[1].value(place) else {
                unreachable!("the second column is a code, and required")
            };
            // The layout's codes are these keys, and the reader has refused every other.
            let key = keys[usize::from(code)];
            let token = group.columns[2].keyed(place).and_then(|bytes| bytes.try_into().ok());
            let token = Token::from_wire(token.ok_or(("token", CellProblem::Missing))?);
            let match_key = u16::try_from(key).expect("a schema has few match keys");
            let former = FormerToken { match_key, token };
            if last.is_some_and(|last| last >= (person, former)) {
                return Err(out_of_order());
            }
            let same_key = last.is_some_and(|(before, last)| (before, last.match_key) == (person, match_key));
            of_key = if same_key { of_key + 1 } else { 1 };
            if of_key > self.schema.former_tokens_max(key) {
                return Err(("token", CellProblem::TooMany));
            }
            last = Some((person, former));
            while people.refs().get(row).is_some_and(|known| *known < person) {
                row += 1;
            }
            if people.refs().get(row) != Some(&person) {
                return Err(("person_ref", CellProblem::NotInPeople));
            }
            if people.tokens(key)[row].is_none() {
                return Err(("match_key", CellProblem::NoCurrentToken));
            }
            people.push_former(row, former);
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Gives each event to `sink`, in the order of person, date, code and values, until it breaks. None when the dataset
    /// has no events. The writer leaves out events of people who are not in the people table; of what others wrote that
    /// is not checked here: such an event joins nobody.
    ///
    /// # Errors
    /// [`ExtractError::Cell`] for a value that the agreement does not permit, or an event out of order.
    pub fn read_events(&self, sink: &mut dyn FnMut(EventRow) -> ControlFlow<()>) -> Result<(), ExtractError> {
        let mut last: Option<EventRow> = None;
        self.read(Table::Events, &mut |group, row| {
            let (person, event, date) = head(group, row);
            let values = group.columns[3..].iter().map(|cells| cells.value(row)).collect();
            let event = EventRow { person, event, date, values };
            let key = |event: &EventRow| (event.person, event.date, event.event);
            if last.as_ref().is_some_and(|last| (key(last), &last.values) > (key(&event), &event.values)) {
                return Err(out_of_order());
            }
            last = Some(event.clone());
            Ok(sink(event))
        })
    }

    /// Gives each score to `sink`, in the order of person, date, measure and score, until it breaks. None when the
    /// dataset has no measures.
    ///
    /// # Errors
    /// [`ExtractError::Cell`] for a value that the agreement does not permit, or a score out of order.
    pub fn read_measures(&self, sink: &mut dyn FnMut(MeasureRow) -> ControlFlow<()>) -> Result<(), ExtractError> {
        let mut last = None;
        self.read(Table::Measures, &mut |group, row| {
            let (person, measure, date) = head(group, row);
            let score = number(group.columns[3].value(row));
            let term = self.dataset.measures.get(usize::from(measure));
            if !term.is_some_and(|term| (term.min..=term.max).contains(&score)) {
                return Err(("score", CellProblem::Value(ValueError::OutOfBounds)));
            }
            let key = (person, date, measure, score);
            if last.is_some_and(|last| last > key) {
                return Err(out_of_order());
            }
            last = Some(key);
            Ok(sink(MeasureRow { person, measure, date, score }))
        })
    }

    /// The same extract after its folder got another name.
    pub(crate) fn moved_to(mut self, folder: PathBuf) -> Self {
        self.folder = folder;
        self
    }

    fn read(&self, table: Table, each: &mut dyn FnMut(&RowGroup, usize) -> Taken) -> Result<(), ExtractError> {
        let layout = self.layouts.iter().find(|layout| layout.table == table);
        let (Some(layout), Some(facts)) = (layout, self.manifest.table(table)) else { return Ok(()) };
        let reader = TableReader::open(&self.folder, layout, facts)?;
        for group in 0..reader.row_groups() {
            let group = reader.read(group)?;
            for row in 0..group.rows {
                let flow = each(&group, row).map_err(|(column, problem)| ExtractError::Cell {
                    file: table.file_name(),
                    row: group.first_row + row as u64,
                    column: column.to_owned(),
                    problem,
                })?;
                if flow.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Whether to go on after a row, or a column and what is wrong with its value.
type Taken = Result<ControlFlow<()>, (&'static str, CellProblem)>;

fn out_of_order() -> (&'static str, CellProblem) {
    ("person_ref", CellProblem::Order)
}

/// The file of a note, no longer than a note may be.
pub(crate) fn read_note(path: &Path) -> Result<Vec<u8>, ExtractError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(ExtractError::io("open", path))?;
    file.take(NOTE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(ExtractError::io("read", path))?;
    Ok(bytes)
}

/// Length and SHA-256 of a file.
pub(crate) fn file_digest(path: &Path) -> Result<(u64, Digest), ExtractError> {
    let mut file = File::open(path).map_err(ExtractError::io("open", path))?;
    let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
    let (mut buffer, mut bytes) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut buffer).map_err(ExtractError::io("read", path))?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        bytes += read as u64;
    }
    let digest = digest.finish();
    Ok((bytes, Digest::from_bytes(digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"))))
}

fn check_file(folder: &Path, facts: &TableFacts) -> Result<(), ExtractError> {
    let file = facts.table.file_name();
    let path = folder.join(file);
    // The length first: it costs nothing, and a file that is too long is not hashed to its end.
    let found = std::fs::metadata(&path).map_err(ExtractError::io("open", &path))?.len();
    if found != facts.bytes {
        return Err(ExtractError::FileBytes { file, found, declared: facts.bytes });
    }
    if file_digest(&path)? != (facts.bytes, facts.sha256) {
        return Err(ExtractError::FileDigest { file });
    }
    Ok(())
}

fn check_terms(
    manifest: &Manifest,
    agreement: &SignedAgreement,
    dataset: &Dataset,
    schema: &LinkageSchema,
) -> Result<(), ExtractError> {
    let terms = agreement.agreement();
    let names = |tables: Vec<Table>| tables.into_iter().map(Table::name).collect::<Vec<_>>().join(", ");
    let found_tables = names(manifest.tables.iter().map(|facts| facts.table).collect());
    // Former tokens are there when there is any.
    let is_agreed = |table: &Table| *table != Table::FormerTokens || manifest.table(*table).is_some();
    let agreed_tables = Layout::all(dataset, schema).iter().map(|layout| layout.table).filter(is_agreed).collect();
    let agreed_tables = names(agreed_tables);
    let pairs = [
        ("agreement", manifest.agreement.to_string(), terms.id.to_string()),
        ("agreement_digest", manifest.agreement_digest.to_string(), agreement.digest().to_string()),
        ("schema_digest", manifest.schema_digest.to_string(), schema.digest().to_string()),
        ("custodian", manifest.custodian.to_string(), dataset.custodian.to_string()),
        ("key_epoch", manifest.key_epoch.to_string(), terms.key_epoch.to_string()),
        ("encoding", encoding_text(manifest.encoding), encoding_text(encoding_of(schema))),
        ("table", found_tables, agreed_tables),
    ];
    match pairs.into_iter().find(|(_, found, agreed)| found != agreed) {
        Some((field, found, agreed)) => Err(ExtractError::Terms { field, found, agreed }),
        None => Ok(()),
    }
}

impl Cells {
    fn person(&self, row: usize) -> PersonRef {
        match self {
            Self::Refs(refs) => PersonRef(refs[row]),
            _ => unreachable!("the first column of a table is person_ref"),
        }
    }

    fn keyed(&self, row: usize) -> Option<&[u8]> {
        match self {
            Self::Keyed { length, bytes, present } => present[row].then(|| &bytes[row * length..][..*length]),
            _ => None,
        }
    }

    fn value(&self, row: usize) -> Option<Value> {
        match self {
            Self::Agreed(values) => values[row],
            _ => None,
        }
    }
}

/// Person, code and date of an event or a score. The reader has refused rows that lack one.
fn head(group: &RowGroup, row: usize) -> (PersonRef, u16, i32) {
    let Some(Value::Code(code)) = group.columns[1].value(row) else {
        unreachable!("the second column is a code, and required")
    };
    (group.columns[0].person(row), code, number(group.columns[2].value(row)))
}

fn number(value: Option<Value>) -> i32 {
    match value {
        Some(Value::Integer(number) | Value::Date(number)) => number,
        _ => unreachable!("the column holds numbers, and is required"),
    }
}

#[allow(clippy::disallowed_methods, reason = "this is where an extract is decoded")]
fn decode_person(schema: &LinkageSchema, group: &RowGroup, row: usize) -> PersonRow {
    let (person, rest) = group.columns.split_first().expect("a table has columns");
    let (tokens, rest) = rest.split_at(schema.match_keys().len());
    let (blocking, rest) = rest.split_at(schema.blocking_rules().len());
    let (clk, values) = rest.split_at(usize::from(schema.clk().is_some()));
    let token = |cells: &Cells| Some(Token::from_wire(cells.keyed(row)?.try_into().ok()?));
    let block = |cells: &Cells| Some(BlockingToken::from_wire(cells.keyed(row)?.try_into().ok()?));
    let clk = clk.first().and_then(|cells| cells.keyed(row)).map(|bytes| {
        let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("a chunk has 8 bytes"));
        Clk::from_wire(bytes.chunks_exact(8).map(word).collect()).expect("the schema's CLK has a permitted length")
    });
    PersonRow {
        person: person.person(row),
        encoding: Encoding {
            tokens: tokens.iter().map(token).collect(),
            blocking: blocking.iter().map(block).collect(),
            clk,
            // They are in a table of their own.
            former: Box::default(),
        },
        values: values.iter().map(|cells| cells.value(row)).collect(),
    }
}
