//! A CSV file (RFC 4180, commas, UTF-8 with or without byte order mark) as batches of the columns asked for.
//!
//! In: bytes and the headers that are wanted. Out: batches, each row with the line on which it starts.
//! A row with a wrong number of fields is kept as malformed and named; the rest goes on. A quotation mark that is not closed
//! refuses the file: the rows behind it would be lost.

use std::io::{self, Read};
use std::sync::Arc;

use csv::ByteRecord;

use super::batch::Batch;
use super::metered::{Metered, ROW_BYTES_MAX};
use super::quotes::swallowed_rows;
use crate::reason::Reason;

/// Why a file cannot be read. Names the file, the line and the column, never a value.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The bytes could not be had.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The file.
        file: Arc<str>,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing in it.
    #[error("{file}: is empty; its first line must be the column headers")]
    Empty {
        /// The file.
        file: Arc<str>,
    },
    /// Not UTF-8.
    #[error("{file}: is UTF-16 text; save it as CSV UTF-8")]
    Utf16 {
        /// The file.
        file: Arc<str>,
    },
    /// Another separator.
    #[error("{file}: its first line is parted by {separator}, not by commas; save it as comma-separated CSV")]
    Separator {
        /// The file.
        file: Arc<str>,
        /// In words.
        separator: &'static str,
    },
    /// No wanted header is there, so the first line is likely data and is not repeated.
    #[error("{file}: has none of the columns {}; is its first line the column headers?", wanted.join(", "))]
    NoHeaders {
        /// The file.
        file: Arc<str>,
        /// The headers looked for.
        wanted: Vec<String>,
    },
    /// A wanted header is not there.
    #[error("{file}: has no column `{column}` (for {name}); its columns are {}", present.join(", "))]
    MissingColumn {
        /// The file.
        file: Arc<str>,
        /// The header looked for.
        column: String,
        /// The field or variable that it is for.
        name: Arc<str>,
        /// The headers there are.
        present: Vec<String>,
    },
    /// A wanted header is there twice.
    #[error("{file}: has more than one column `{column}`; rename or remove one")]
    RepeatedColumn {
        /// The file.
        file: Arc<str>,
        /// The header.
        column: String,
    },
    /// A quotation mark without its other half, which makes one field of many rows.
    #[error(
        "{file}: the quotation mark at line {line} seems not to be closed: whole rows stand inside it and would be lost; close it or take it out (inside a quoted text, write it twice), or leave its column out of the file"
    )]
    QuoteOpen {
        /// The file.
        file: Arc<str>,
        /// The line of the quotation mark.
        line: u64,
    },
    /// A row without end.
    #[error(
        "{file}: the row at line {line} is longer than {ROW_BYTES_MAX} bytes; a quotation mark there is probably not closed"
    )]
    RowTooLong {
        /// The file.
        file: Arc<str>,
        /// The line on which the row starts.
        line: u64,
    },
    /// More people than an extract may have.
    #[error("{file}: has more than {rows_max} rows")]
    TooManyRows {
        /// The file.
        file: Arc<str>,
        /// The limit.
        rows_max: u64,
    },
}

/// A column that is asked for: its header in the file, and the name of the field or variable that it is for.
pub(super) struct Wanted<'a> {
    header: &'a str,
    name: Arc<str>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(header: &'a str, name: impl Into<Arc<str>>) -> Self {
        Self { header, name: name.into() }
    }
}

pub(super) struct Table<R> {
    file: Arc<str>,
    reader: csv::Reader<Metered<R>>,
    record: ByteRecord,
    header_count: usize,
    positions: Vec<usize>,
    names: Vec<Arc<str>>,
    rows: u64,
    rows_max: u64,
    next_line: u64,
}

impl<R: Read> Table<R> {
    pub(super) fn open(input: R, file: &str, wanted: &[Wanted<'_>], rows_max: u64) -> Result<Self, FileError> {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(Metered::new(input));
        let mut table = Self {
            file: Arc::from(file),
            reader,
            record: ByteRecord::new(),
            header_count: 0,
            positions: Vec::new(),
            names: wanted.iter().map(|wanted| wanted.name.clone()).collect(),
            rows: 0,
            rows_max,
            next_line: 1,
        };
        if table.read_record()?.is_none() {
            return Err(FileError::Empty { file: table.file() });
        }
        let headers: Vec<String> =
            table.record.iter().map(|header| String::from_utf8_lossy(header).into_owned()).collect();
        if table.record.as_slice().starts_with(b"\xff\xfe") || table.record.as_slice().starts_with(b"\xfe\xff") {
            return Err(FileError::Utf16 { file: table.file() });
        }
        table.header_count = headers.len();
        // Before the headers are named: rows must not be taken for one. What is open further down waits, because in a
        // file with another separator it may not be open.
        table.refuse_open_quote(1, table.next_line)?;
        table.positions = find_columns(&table.file, &headers, wanted)?;
        Ok(table)
    }

    pub(super) fn next_batch(&mut self) -> Result<Batch, FileError> {
        let mut batch = Batch::new(self.positions.len());
        while !batch.is_full() {
            let Some(line) = self.next_record()? else { break };
            if self.rows == self.rows_max {
                return Err(FileError::TooManyRows { file: self.file.clone(), rows_max: self.rows_max });
            }
            self.rows += 1;
            if self.record.len() == self.header_count {
                let record = &self.record;
                batch.push(line, self.positions.iter().map(|position| &record[*position]));
            } else {
                batch.push_malformed(line, Reason::RowFieldCount);
            }
        }
        Ok(batch)
    }

    fn next_record(&mut self) -> Result<Option<u64>, FileError> {
        let line = self.read_record()?;
        self.refuse_open_quote(line.unwrap_or(self.next_line), u64::MAX)?;
        Ok(line)
    }

    /// Refuses a file with an open quotation mark above `below`, or one in the record that starts at `line`.
    fn refuse_open_quote(&self, line: u64, below: u64) -> Result<(), FileError> {
        let open = self.reader.get_ref().open_quote().filter(|open| *open < below);
        match open.or_else(|| swallowed_rows(&self.record, self.header_count).map(|above| line + above)) {
            Some(line) => Err(FileError::QuoteOpen { file: self.file.clone(), line }),
            None => Ok(()),
        }
    }

    /// Reads a record and says on which line it starts. The reader counts the line ends that it has passed, and every
    /// record ends in one, so the start is that count less the line ends inside the record.
    fn read_record(&mut self) -> Result<Option<u64>, FileError> {
        self.reader.get_mut().row_starts();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let after = self.reader.position().line();
                let inside = self.record.as_slice().split(|byte| *byte == b'\n').count() as u64 - 1;
                let line = after.saturating_sub(1 + inside).max(self.next_line);
                self.next_line = after;
                Ok(Some(line))
            }
            Err(_) if self.reader.get_ref().row_is_too_long() => {
                Err(FileError::RowTooLong { file: self.file.clone(), line: self.next_line })
            }
            Err(error) => Err(FileError::Read { file: self.file.clone(), source: error.into() }),
        }
    }
}

impl<R: Read> Table<R> {
    pub(super) fn file(&self) -> Arc<str> {
        self.file.clone()
    }

    pub(super) fn column_name(&self, column: usize) -> Arc<str> {
        self.names[column].clone()
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.reader.get_ref().bytes_read()
    }
}

impl<R> Drop for Table<R> {
    /// Overwrites the last record in place.
    fn drop(&mut self) {
        let zeros = vec![0; self.record.as_slice().len()];
        self.record.clear();
        self.record.push_field(&zeros);
    }
}

fn find_columns(file: &Arc<str>, headers: &[String], wanted: &[Wanted<'_>]) -> Result<Vec<usize>, FileError> {
    let mut positions = Vec::with_capacity(wanted.len());
    let mut missing = None;
    for wanted in wanted {
        match find_column(headers, wanted.header) {
            Found::Once(position) => positions.push(position),
            Found::Twice => {
                return Err(FileError::RepeatedColumn { file: file.clone(), column: wanted.header.to_owned() });
            }
            Found::Never => missing = missing.or(Some(wanted)),
        }
    }
    let Some(missing) = missing else { return Ok(positions) };
    let one_header = headers.len() == 1;
    let parted_by = |separator: char| one_header && headers[0].contains(separator);
    if parted_by(';') || parted_by('\t') {
        let separator = if parted_by(';') { "semicolons" } else { "tabs" };
        return Err(FileError::Separator { file: file.clone(), separator });
    }
    if positions.is_empty() {
        let wanted = wanted.iter().map(|wanted| wanted.header.to_owned()).collect();
        return Err(FileError::NoHeaders { file: file.clone(), wanted });
    }
    Err(FileError::MissingColumn {
        file: file.clone(),
        column: missing.header.to_owned(),
        name: missing.name.clone(),
        present: headers.iter().map(|header| header.trim().lines().next().unwrap_or_default().to_owned()).collect(),
    })
}

enum Found {
    Never,
    Once(usize),
    Twice,
}

/// A header as it is written, or else with the spaces around it taken off.
fn find_column(headers: &[String], wanted: &str) -> Found {
    let among = |same: &dyn Fn(&str) -> bool| {
        let mut places = (0..headers.len()).filter(|place| same(&headers[*place]));
        match (places.next(), places.next()) {
            (None, _) => Found::Never,
            (Some(place), None) => Found::Once(place),
            (Some(_), Some(_)) => Found::Twice,
        }
    };
    match among(&|header| header == wanted) {
        Found::Never => among(&|header| header.trim() == wanted.trim()),
        found => found,
    }
}
