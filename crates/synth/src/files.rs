//! The files on disk: tables written row by row.
//!
//! In: fields as bytes, events. Out: CSV with `\n` line ends, and the number of rows. Absent on purpose: what the fields mean.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use csv::Writer;

use crate::calendar::Calendar;
use crate::error::SynthError;
use crate::tariff::{ADMISSION_METHODS, Detail};
use crate::usage::Event;

/// Events by person.
const NHS_EVENTS: &str = "nhs/events.csv";
const BUFFER_BYTES: usize = 1 << 18;

/// A CSV file with a header, counting its rows.
pub(crate) struct Table {
    file: Cow<'static, str>,
    writer: Writer<File>,
    rows: u64,
}

impl Table {
    pub(crate) fn create(
        out_dir: &Path,
        file: impl Into<Cow<'static, str>>,
        header: &[&str],
    ) -> Result<Self, SynthError> {
        let file = file.into();
        let open = File::create(out_dir.join(file.as_ref()))
            .map_err(|source| SynthError::Write { file: file.clone(), source })?;
        let writer = csv::WriterBuilder::new().buffer_capacity(BUFFER_BYTES).from_writer(open);
        let mut table = Self { file, writer, rows: 0 };
        let fields: Vec<&[u8]> = header.iter().map(|name| name.as_bytes()).collect();
        table.row(&fields)?;
        table.rows = 0;
        Ok(table)
    }

    pub(crate) fn row(&mut self, fields: &[&[u8]]) -> Result<(), SynthError> {
        self.rows += 1;
        let written = self.writer.write_record(fields);
        written.map_err(|source| SynthError::Write { file: self.file.clone(), source: source.into() })
    }

    /// Flushes; returns the rows without the header.
    pub(crate) fn close(mut self) -> Result<u64, SynthError> {
        self.writer.flush().map_err(|source| SynthError::Write { file: self.file.clone(), source })?;
        Ok(self.rows)
    }
}

/// The millions of events. Nothing in them ever needs quoting, so the rows are put together by hand.
pub(crate) struct EventsFile {
    writer: BufWriter<File>,
    rows: u64,
    line: Vec<u8>,
}

impl EventsFile {
    pub(crate) fn create(out_dir: &Path) -> Result<Self, SynthError> {
        let open = File::create(out_dir.join(NHS_EVENTS)).map_err(cannot_write_events)?;
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, open);
        writer
            .write_all(b"local_id,event,date,cost_pence,bed_days,admission_method,attended\n")
            .map_err(cannot_write_events)?;
        Ok(Self { writer, rows: 0, line: Vec::new() })
    }

    /// One person's events, added up by kind.
    pub(crate) fn rows(
        &mut self,
        local_id: &str,
        events: &[Event],
        calendar: &Calendar,
        by_kind: &mut BTreeMap<&'static str, u64>,
    ) -> Result<(), SynthError> {
        for event in events {
            self.line.clear();
            for field in [local_id.as_bytes(), event.kind.code().as_bytes(), calendar.text(event.day)] {
                self.line.extend_from_slice(field);
                self.line.push(b',');
            }
            push_number(&mut self.line, event.cost_pence);
            self.line.push(b',');
            match event.detail {
                Detail::Stay { days, method } => {
                    push_number(&mut self.line, days.into());
                    self.line.push(b',');
                    self.line.extend_from_slice(ADMISSION_METHODS[usize::from(method)].as_bytes());
                    self.line.extend_from_slice(b",\n");
                }
                Detail::Attended => self.line.extend_from_slice(b",,yes\n"),
                Detail::NotAttended => self.line.extend_from_slice(b",,no\n"),
                Detail::None => self.line.extend_from_slice(b",,\n"),
            }
            self.writer.write_all(&self.line).map_err(cannot_write_events)?;
            *by_kind.entry(event.kind.code()).or_insert(0) += 1;
        }
        self.rows += events.len() as u64;
        Ok(())
    }

    /// Flushes; returns the rows without the header.
    pub(crate) fn close(mut self) -> Result<u64, SynthError> {
        self.writer.flush().map_err(cannot_write_events)?;
        Ok(self.rows)
    }
}

fn cannot_write_events(source: io::Error) -> SynthError {
    SynthError::Write { file: NHS_EVENTS.into(), source }
}

fn push_number(line: &mut Vec<u8>, number: u32) {
    let mut divisor = 1;
    while number / divisor >= 10 {
        divisor *= 10;
    }
    while divisor > 0 {
        line.push(b'0' + u8::try_from(number / divisor % 10).expect("a remainder of ten fits in a byte"));
        divisor /= 10;
    }
}
