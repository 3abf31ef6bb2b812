//! One Parquet file to columns of checked values.
//!
//! In: a file of which length and SHA-256 are the signed manifest's. Out: row groups in which every value is one that
//! the agreement permits, or an error that names column and row.
//! Only the custodian who signed can have put anything malformed here, and even then it must end as an error: row
//! groups and column chunks are held to limits before anything is decoded, and a panic inside the Parquet library is
//! caught. (A process with a panic hook still sees it; a page that lies about its length is refused by the library.)

use std::collections::BTreeMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use counterfoil_model::{Value, ValueError, Variable, VariableKind};
use parquet::column::reader::{ColumnReader, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::Type;

use crate::error::{CellProblem, ColumnProblem, ExtractError, RowGroupProblem};
use crate::layout::{Kind, Layout, Presence};
use crate::manifest::TableFacts;
use crate::table_writer::ROW_GROUP_ROWS;

/// A table's file, its columns and limits checked.
pub(crate) struct TableReader<'a> {
    layout: &'a Layout,
    parquet: SerializedFileReader<File>,
    first_rows: Vec<u64>,
}

/// The checked values of one column, in one row group.
pub(crate) enum Cells {
    Refs(Vec<u64>),
    /// Room for `length` bytes a row, there or not.
    Keyed {
        length: usize,
        bytes: Vec<u8>,
        present: Vec<bool>,
    },
    Agreed(Vec<Option<Value>>),
}

/// One row group.
pub(crate) struct RowGroup {
    /// Number of its first row in the file.
    pub(crate) first_row: u64,
    pub(crate) rows: usize,
    /// In the layout's order.
    pub(crate) columns: Vec<Cells>,
}

impl<'a> TableReader<'a> {
    /// Opens the table's file in `folder` and checks its columns, metadata, row groups and number of rows.
    pub(crate) fn open(folder: &Path, layout: &'a Layout, declared: &TableFacts) -> Result<Self, ExtractError> {
        let name = layout.table.file_name();
        let path = folder.join(name);
        let file = File::open(&path).map_err(ExtractError::io("open", &path))?;
        let parquet = guarded(name, || SerializedFileReader::new(file))?;
        let metadata = parquet.metadata();
        if metadata.file_metadata().key_value_metadata().is_some_and(|texts| !texts.is_empty()) {
            return Err(ExtractError::Metadata { file: name });
        }
        check_columns(layout, metadata.file_metadata().schema())?;
        let mut first_rows = Vec::with_capacity(metadata.num_row_groups());
        let mut rows = 0;
        for (place, row_group) in metadata.row_groups().iter().enumerate() {
            first_rows.push(rows);
            rows += check_row_group(layout, row_group).map_err(|problem| ExtractError::RowGroup {
                file: name,
                row_group: place,
                problem,
            })?;
        }
        if rows != declared.rows {
            return Err(ExtractError::Rows { file: name, found: rows, declared: declared.rows });
        }
        Ok(Self { layout, parquet, first_rows })
    }

    /// How many row groups there are.
    pub(crate) fn row_groups(&self) -> usize {
        self.first_rows.len()
    }

    /// Reads one row group, and checks every value of it.
    pub(crate) fn read(&self, row_group: usize) -> Result<RowGroup, ExtractError> {
        let file = self.layout.table.file_name();
        let rows = usize::try_from(self.parquet.metadata().row_group(row_group).num_rows()).unwrap_or(0);
        let mut columns = Vec::with_capacity(self.layout.columns.len());
        for (place, column) in self.layout.columns.iter().enumerate() {
            let raw = guarded(file, || {
                let reader = self.parquet.get_row_group(row_group)?.get_column_reader(place)?;
                Raw::read(&column.kind, reader, rows)
            })?;
            columns.push(raw.check(&column.kind).map_err(|(row, problem)| ExtractError::Cell {
                file,
                row: self.first_rows[row_group] + row as u64,
                column: column.name.clone(),
                problem,
            })?);
        }
        Ok(RowGroup { first_row: self.first_rows[row_group], rows, columns })
    }
}

/// Runs the Parquet library, which is not ours, on bytes, which are not ours either.
pub(crate) fn guarded<T>(file: &str, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ExtractError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ExtractError::Parquet { file: file.to_owned(), cause: error.to_string() }),
        Err(_panic) => Err(ExtractError::Malformed { file: file.to_owned() }),
    }
}

fn check_columns(layout: &Layout, schema: &Type) -> Result<(), ExtractError> {
    let refuse = |column: &str, problem| {
        // A name in the file is anybody's text.
        let column = column.escape_debug().take(64).collect();
        Err(ExtractError::Column { file: layout.table.file_name(), column, problem })
    };
    let found = schema.get_fields();
    let agreed = |name: &str| layout.columns.iter().any(|column| column.name == name);
    if let Some(extra) = found.iter().find(|field| !agreed(field.name())) {
        return refuse(extra.name(), ColumnProblem::Extra);
    }
    let there = |name: &str| found.iter().any(|field| field.name() == name);
    if let Some(missing) = layout.columns.iter().find(|column| !there(&column.name)) {
        return refuse(&missing.name, ColumnProblem::Missing);
    }
    for (place, field) in found.iter().enumerate() {
        match layout.columns.get(place) {
            Some(column) if column.parquet_type() == **field => {}
            _ => return refuse(field.name(), ColumnProblem::Type),
        }
    }
    Ok(())
}

fn check_row_group(layout: &Layout, row_group: &RowGroupMetaData) -> Result<u64, RowGroupProblem> {
    let rows = u64::try_from(row_group.num_rows()).map_err(|_| RowGroupProblem::Rows)?;
    if !(1..=ROW_GROUP_ROWS as u64).contains(&rows) || row_group.num_columns() != layout.columns.len() {
        return Err(RowGroupProblem::Rows);
    }
    for (column, chunk) in layout.columns.iter().zip(row_group.columns()) {
        // A dictionary and its indices, levels and page headers, and as much again.
        let bytes_max = 2 * rows * (column.kind.plain_bytes_max() as u64 + 8) + (1 << 20);
        let sizes = [chunk.uncompressed_size(), chunk.compressed_size()];
        if sizes.into_iter().any(|size| u64::try_from(size).map_or(true, |size| size > bytes_max)) {
            return Err(RowGroupProblem::Bytes);
        }
        if u64::try_from(chunk.num_values()) != Ok(rows) {
            return Err(RowGroupProblem::Rows);
        }
    }
    Ok(rows)
}

/// What the Parquet library makes of a column chunk: levels (1 there, 0 missing) and the values that are there.
enum Raw {
    Refs(Vec<i64>),
    Keyed(Vec<i16>, Vec<parquet::data_type::FixedLenByteArray>),
    Texts(Vec<i16>, Vec<ByteArray>),
    Numbers(Vec<i16>, Vec<i32>),
}

impl Raw {
    fn read(kind: &Kind, reader: ColumnReader, rows: usize) -> Result<Self, ParquetError> {
        match kind {
            Kind::PersonRef => Ok(Self::Refs(read_chunk::<Int64Type>(reader, rows, Presence::Required)?.1)),
            Kind::Keyed(_) => {
                let (levels, values) = read_chunk::<FixedLenByteArrayType>(reader, rows, Presence::Optional)?;
                Ok(Self::Keyed(levels, values))
            }
            Kind::Agreed(Variable { kind: VariableKind::Code(_), .. }, presence) => {
                let (levels, values) = read_chunk::<ByteArrayType>(reader, rows, *presence)?;
                Ok(Self::Texts(levels, values))
            }
            Kind::Agreed(_, presence) => {
                let (levels, values) = read_chunk::<Int32Type>(reader, rows, *presence)?;
                Ok(Self::Numbers(levels, values))
            }
        }
    }

    fn check(self, kind: &Kind) -> Result<Cells, (usize, CellProblem)> {
        match (self, kind) {
            (Self::Refs(refs), Kind::PersonRef) => Ok(Cells::Refs(refs.into_iter().map(i64::cast_unsigned).collect())),
            (Self::Keyed(levels, values), Kind::Keyed(length)) => {
                let (mut bytes, length) = (vec![0; levels.len() * length], *length);
                let mut values = values.iter();
                let present: Vec<bool> = levels.iter().map(|&level| level == 1).collect();
                for (row, room) in bytes.chunks_exact_mut(length).enumerate().filter(|(row, _)| present[*row]) {
                    let value = values.next().map(|value| value.data()).filter(|value| value.len() == length);
                    room.copy_from_slice(value.ok_or((row, CellProblem::Missing))?);
                }
                Ok(Cells::Keyed { length, bytes, present })
            }
            (Self::Texts(levels, values), Kind::Agreed(variable, _)) => {
                let VariableKind::Code(codes) = &variable.kind else { return Err((0, CellProblem::Missing)) };
                let positions: BTreeMap<&[u8], u16> =
                    codes.iter().map(|code| code.as_str().as_bytes()).zip(0..=u16::MAX).collect();
                let value = |text: ByteArray| {
                    positions.get(text.data()).map(|place| Value::Code(*place)).ok_or(ValueError::UnknownCode)
                };
                agreed(&levels, values, value)
            }
            (Self::Numbers(levels, values), Kind::Agreed(variable, _)) => {
                let is_date = matches!(variable.kind, VariableKind::Date { .. });
                let value = |number| variable.check(if is_date { Value::Date(number) } else { Value::Integer(number) });
                agreed(&levels, values, value)
            }
            _ => Err((0, CellProblem::Missing)),
        }
    }
}

fn agreed<T>(
    levels: &[i16],
    values: Vec<T>,
    value: impl Fn(T) -> Result<Value, ValueError>,
) -> Result<Cells, (usize, CellProblem)> {
    let mut values = values.into_iter();
    let mut cells = Vec::with_capacity(levels.len());
    for (row, level) in levels.iter().enumerate() {
        if *level == 0 {
            cells.push(None);
            continue;
        }
        let there = values.next().ok_or((row, CellProblem::Missing))?;
        cells.push(Some(value(there).map_err(|problem| (row, CellProblem::Value(problem)))?));
    }
    Ok(Cells::Agreed(cells))
}

/// A whole column chunk: exactly as many levels as the row group has rows.
fn read_chunk<T: DataType>(
    reader: ColumnReader,
    rows: usize,
    presence: Presence,
) -> Result<(Vec<i16>, Vec<T::T>), ParquetError> {
    let mut reader = get_typed_column_reader::<T>(reader);
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let (records, values_read, _) = reader.read_records(rows, Some(&mut levels), None, &mut values)?;
    if presence == Presence::Required {
        levels = vec![1; records];
    }
    let there = levels.iter().filter(|&&level| level == 1).count();
    if records != rows || levels.len() != rows || there != values.len() || values_read != values.len() {
        return Err(ParquetError::General("a column chunk has another number of values than its row group".to_owned()));
    }
    Ok((levels, values))
}
