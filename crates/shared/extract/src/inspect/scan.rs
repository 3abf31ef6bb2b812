//! Any Parquet file to what its columns hold, without believing what it says.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::path::Path;

use counterfoil_model::{CODES_MAX, Code};
use jiff::ToSpan;
use jiff::civil::Date;
use parquet::basic::{LogicalType, Repetition, Type as PhysicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{AsBytes, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::suspicion::Suspicion;
use super::{ColumnKind, Distinct, FindingReason, InspectedColumn};
use crate::error::ExtractError;
use crate::table_reader::guarded;

/// Different values counted exactly: 100,000 of 16 bytes are a few megabytes a column.
const DISTINCT_MAX: usize = 100_000;
/// Values decoded at a time.
const BATCH_ROWS: usize = 8_192;

/// What a file holds.
pub(super) struct Scanned {
    pub(super) rows: u64,
    pub(super) has_metadata: bool,
    pub(super) columns: Vec<(InspectedColumn, Vec<FindingReason>)>,
}

pub(super) fn scan(path: &Path, name: &str) -> Result<Scanned, ExtractError> {
    let file = File::open(path).map_err(ExtractError::io("open", path))?;
    guarded(name, || {
        let parquet = SerializedFileReader::new(file)?;
        let metadata = parquet.metadata();
        let mut columns = Vec::new();
        for (place, descriptor) in metadata.file_metadata().schema_descr().columns().iter().enumerate() {
            let mut tally = Tally::new(descriptor);
            for row_group in 0..metadata.num_row_groups() {
                tally.add_chunk(parquet.get_row_group(row_group)?.get_column_reader(place)?)?;
            }
            columns.push(tally.finish(descriptor));
        }
        let metadata = metadata.file_metadata();
        Ok(Scanned {
            rows: u64::try_from(metadata.num_rows()).unwrap_or(0),
            has_metadata: metadata.key_value_metadata().is_some_and(|texts| !texts.is_empty()),
            columns,
        })
    })
}

/// What a column is, by its name and type.
fn kind_of(column: &ColumnDescriptor) -> ColumnKind {
    let name = column.name();
    let flat = column.path().parts().len() == 1
        && column.max_rep_level() == 0
        && column.self_type().get_basic_info().repetition() != Repetition::REPEATED;
    match (column.physical_type(), column.logical_type_ref()) {
        _ if !flat => ColumnKind::Other,
        (PhysicalType::INT64, _) if name == "person_ref" => ColumnKind::PersonRef,
        (PhysicalType::FIXED_LEN_BYTE_ARRAY, None) => match column.type_length() {
            16 if name.starts_with("token_") => ColumnKind::Token,
            16 if name == "token" => ColumnKind::FormerToken,
            8 if name.starts_with("block_") => ColumnKind::BlockingToken,
            bytes @ 32..=512 if name == "clk" => ColumnKind::Clk(bytes.unsigned_abs() * 8),
            _ => ColumnKind::Other,
        },
        (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)) => ColumnKind::Code,
        (PhysicalType::INT32, None) => ColumnKind::Integer,
        (PhysicalType::INT32, Some(LogicalType::Date)) => ColumnKind::Date,
        _ => ColumnKind::Other,
    }
}

/// What is known about a column so far.
struct Tally {
    kind: ColumnKind,
    suspicion: Suspicion,
    non_null: u64,
    /// `None` once there are too many.
    distinct: Option<HashSet<Box<[u8]>>>,
    /// Codes and how often; `None` once one of them is no code, or there are too many.
    codes: Option<BTreeMap<String, u64>>,
    range: Option<(i32, i32)>,
}

impl Tally {
    fn new(column: &ColumnDescriptor) -> Self {
        let kind = kind_of(column);
        Self {
            kind,
            suspicion: Suspicion::new(kind, column.name()),
            non_null: 0,
            distinct: Some(HashSet::new()),
            codes: (kind == ColumnKind::Code).then(BTreeMap::new),
            range: None,
        }
    }

    fn add_chunk(&mut self, reader: ColumnReader) -> Result<(), ParquetError> {
        match reader {
            ColumnReader::BoolColumnReader(reader) => self.add_values(reader),
            ColumnReader::Int32ColumnReader(reader) => self.add_values(reader),
            ColumnReader::Int64ColumnReader(reader) => self.add_values(reader),
            ColumnReader::Int96ColumnReader(reader) => self.add_values(reader),
            ColumnReader::FloatColumnReader(reader) => self.add_values(reader),
            ColumnReader::DoubleColumnReader(reader) => self.add_values(reader),
            ColumnReader::ByteArrayColumnReader(reader) => self.add_values(reader),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => self.add_values(reader),
        }
    }

    fn add_values<T: DataType>(&mut self, mut reader: ColumnReaderImpl<T>) -> Result<(), ParquetError> {
        loop {
            let (mut definition, mut repetition, mut values) = (Vec::new(), Vec::new(), Vec::new());
            let (records, ..) =
                reader.read_records(BATCH_ROWS, Some(&mut definition), Some(&mut repetition), &mut values)?;
            if records == 0 {
                return Ok(());
            }
            for value in &values {
                self.add(value.as_bytes());
            }
        }
    }

    fn add(&mut self, value: &[u8]) {
        self.non_null += 1;
        self.suspicion.add(value);
        if let Some(distinct) = &mut self.distinct
            && !distinct.contains(value)
        {
            distinct.insert(value.into());
            if distinct.len() > DISTINCT_MAX {
                self.distinct = None;
            }
        }
        if let Some(codes) = &mut self.codes {
            match std::str::from_utf8(value).ok().filter(|text| Code::parse(text).is_ok()) {
                Some(text) if codes.contains_key(text) || codes.len() < CODES_MAX => {
                    *codes.entry(text.to_owned()).or_default() += 1;
                }
                _ => self.codes = None,
            }
        }
        if let (ColumnKind::Integer | ColumnKind::Date, Ok(bytes)) = (self.kind, value.try_into()) {
            let number = i32::from_le_bytes(bytes);
            let (least, greatest) = self.range.unwrap_or((number, number));
            self.range = Some((least.min(number), greatest.max(number)));
        }
    }

    fn finish(self, column: &ColumnDescriptor) -> (InspectedColumn, Vec<FindingReason>) {
        let distinct = match &self.distinct {
            Some(values) => Distinct::Exactly(values.len() as u64),
            None => Distinct::MoreThan(DISTINCT_MAX as u64),
        };
        let shown = |number: i32| match self.kind {
            ColumnKind::Date => day(number),
            _ => number.to_string(),
        };
        let reasons = self.suspicion.reasons(distinct, self.range);
        let inspected = InspectedColumn {
            name: column.path().string(),
            parquet_type: type_text(column),
            kind: self.kind,
            non_null: self.non_null,
            distinct,
            codes: self.codes.unwrap_or_default().into_iter().collect(),
            smallest: self.range.map(|(least, _)| shown(least)),
            largest: self.range.map(|(_, greatest)| shown(greatest)),
        };
        (inspected, reasons)
    }
}

fn type_text(column: &ColumnDescriptor) -> String {
    let physical = match column.physical_type() {
        PhysicalType::FIXED_LEN_BYTE_ARRAY => format!("FIXED_LEN_BYTE_ARRAY({})", column.type_length()),
        other => other.to_string(),
    };
    match column.logical_type_ref() {
        Some(LogicalType::String) => format!("{physical} (string)"),
        Some(LogicalType::Date) => format!("{physical} (date)"),
        Some(LogicalType::Integer(integer)) => {
            format!("{physical} ({} {} bits)", if integer.is_signed { "signed" } else { "unsigned" }, integer.bit_width)
        }
        Some(_) => format!("{physical} (another logical type)"),
        None => physical,
    }
}

fn day(days: i32) -> String {
    match Date::constant(1970, 1, 1).checked_add(days.days()) {
        Ok(date) => date.to_string(),
        Err(_) => format!("day {days} after 1970-01-01"),
    }
}
