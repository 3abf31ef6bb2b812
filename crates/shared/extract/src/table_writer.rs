//! Sorted rows to one Parquet file.
//!
//! In: rows in the making, in order. Out: the file on disk, its length and its SHA-256, counted while it is written.
//! Absent on purpose: the name of the machine or of the writer's build, key-value metadata, and statistics of keyed
//! columns: equal rows give equal bytes, and a footer says nothing about a token.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterfoil_model::{Digest, Variable, VariableKind};
use parquet::basic::Compression;
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::ColumnPath;

use crate::error::ExtractError;
use crate::layout::{Column, Kind, Layout, Presence, Table, number_of};
use crate::manifest::TableFacts;

/// Rows of a row group, but for the last of a file. 131,072 people of 330 bytes are 43 MB in memory while written or read.
pub const ROW_GROUP_ROWS: usize = 1 << 17;

/// What every Parquet file of ours says it was written by.
pub(crate) const CREATED_BY: &str = "counterfoil";

/// A table that is being written.
pub(crate) struct TableWriter {
    layout: Layout,
    path: PathBuf,
    parquet: SerializedFileWriter<HashedFile>,
    pending: Vec<u8>,
    rows: u64,
}

impl TableWriter {
    /// Begins the table's file in `folder`.
    pub(crate) fn create(folder: &Path, layout: Layout) -> Result<Self, ExtractError> {
        let path = folder.join(layout.table.file_name());
        let file = HashedFile::create(&path).map_err(ExtractError::io("create", &path))?;
        let parquet = SerializedFileWriter::new(file, layout.parquet_schema(), Arc::new(properties(&layout)))
            .map_err(|error| parquet_error(layout.table, &error))?;
        Ok(Self { layout, path, parquet, pending: Vec::new(), rows: 0 })
    }

    /// The table.
    pub(crate) fn table(&self) -> Table {
        self.layout.table
    }

    /// Adds a row in the making, which comes after all before it.
    pub(crate) fn push(&mut self, row: &[u8]) -> Result<(), ExtractError> {
        self.pending.extend_from_slice(row);
        self.rows += 1;
        if self.pending.len() == self.layout.row_bytes * ROW_GROUP_ROWS { self.write_row_group() } else { Ok(()) }
    }

    /// Writes what is left and the footer, and puts it all on disk.
    pub(crate) fn finish(mut self) -> Result<TableFacts, ExtractError> {
        if !self.pending.is_empty() {
            self.write_row_group()?;
        }
        let file = self.parquet.into_inner().map_err(|error| parquet_error(self.layout.table, &error))?;
        let (bytes, sha256) = file.finish().map_err(ExtractError::io("write", &self.path))?;
        Ok(TableFacts { table: self.layout.table, rows: self.rows, bytes, sha256 })
    }

    fn write_row_group(&mut self) -> Result<(), ExtractError> {
        let (parquet, layout, pending) = (&mut self.parquet, &self.layout, &self.pending);
        let mut write = || -> Result<(), ParquetError> {
            let mut row_group = parquet.next_row_group()?;
            for column in &layout.columns {
                let writer = row_group.next_column()?.expect("the file has the columns of its layout");
                write_column(writer, column, pending, layout.row_bytes)?;
            }
            row_group.close().map(|_| ())
        };
        write().map_err(|error| parquet_error(self.layout.table, &error))?;
        self.pending.clear();
        Ok(())
    }
}

fn parquet_error(table: Table, error: &ParquetError) -> ExtractError {
    ExtractError::Parquet { file: table.file_name().to_owned(), cause: error.to_string() }
}

/// Compression and encoding by what a column is.
fn properties(layout: &Layout) -> WriterProperties {
    let order = SortingColumn { column_idx: 0, descending: false, nulls_first: false };
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_sorting_columns(Some(vec![order]))
        .set_offset_index_disabled(true)
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for column in &layout.columns {
        let path = ColumnPath::from(column.name.as_str());
        let (dictionary, compression, statistics) = match &column.kind {
            Kind::Agreed(..) => continue,
            // Every person once, but the same person at each of many events.
            Kind::PersonRef => (layout.table != Table::People, Compression::SNAPPY, EnabledStatistics::None),
            // Blocking tokens are shared by many; tokens and CLKs are by few, and a keyed hash does not compress.
            Kind::Keyed(8) => (true, Compression::SNAPPY, EnabledStatistics::None),
            Kind::Keyed(_) => (false, Compression::UNCOMPRESSED, EnabledStatistics::None),
        };
        properties = properties
            .set_column_dictionary_enabled(path.clone(), dictionary)
            .set_column_compression(path.clone(), compression)
            .set_column_statistics_enabled(path, statistics);
    }
    properties.build()
}

fn write_column(
    writer: SerializedColumnWriter<'_>,
    column: &Column,
    rows: &[u8],
    row_bytes: usize,
) -> Result<(), ParquetError> {
    let cells = rows.chunks_exact(row_bytes).map(|row| &row[column.offset..]);
    match &column.kind {
        Kind::PersonRef => {
            let refs: Vec<i64> = cells.map(|cell| person_ref(cell).cast_signed()).collect();
            write_batch::<Int64Type>(writer, &refs, None)
        }
        Kind::Keyed(bytes) => {
            let levels: Vec<i16> = cells.clone().map(|cell| i16::from(cell[0])).collect();
            // One allocation for the column, of which each value is a slice.
            let mut whole = Vec::with_capacity(levels.len() * bytes);
            for cell in cells.filter(|cell| cell[0] == 1) {
                whole.extend_from_slice(&cell[1..=*bytes]);
            }
            let count = whole.len() / bytes;
            let whole = ByteArray::from(whole);
            let values: Vec<FixedLenByteArray> =
                (0..count).map(|place| FixedLenByteArray::from(whole.slice(place * bytes, *bytes))).collect();
            write_batch::<FixedLenByteArrayType>(writer, &values, Some(&levels))
        }
        Kind::Agreed(variable, presence) => {
            let levels: Option<Vec<i16>> =
                (*presence == Presence::Optional).then(|| cells.clone().map(|cell| i16::from(cell[0])).collect());
            let numbers: Vec<i32> = cells.filter_map(number_of).collect();
            match &variable.kind {
                VariableKind::Code(_) => {
                    write_batch::<ByteArrayType>(writer, &code_texts(variable, &numbers), levels.as_deref())
                }
                _ => write_batch::<Int32Type>(writer, &numbers, levels.as_deref()),
            }
        }
    }
}

/// The `person_ref` at the start of a row in the making.
pub(crate) fn person_ref(row: &[u8]) -> u64 {
    u64::from_be_bytes(row[..8].try_into().expect("a row begins with 8 bytes of person_ref"))
}

fn code_texts(variable: &Variable, positions: &[i32]) -> Vec<ByteArray> {
    let codes: Vec<ByteArray> = match &variable.kind {
        VariableKind::Code(codes) => codes.iter().map(|code| ByteArray::from(code.as_str())).collect(),
        _ => Vec::new(),
    };
    let code = |position: &i32| usize::try_from(*position).ok().and_then(|place| codes.get(place)).cloned();
    positions.iter().map(|position| code(position).expect("the writer has checked every value")).collect()
}

fn write_batch<T: DataType>(
    mut writer: SerializedColumnWriter<'_>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    writer.typed::<T>().write_batch(values, levels, None)?;
    writer.close()
}

/// A file that is hashed while it is written.
struct HashedFile {
    file: BufWriter<File>,
    digest: ring::digest::Context,
    bytes: u64,
}

impl HashedFile {
    fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 20, File::create_new(path)?);
        Ok(Self { file, digest: ring::digest::Context::new(&ring::digest::SHA256), bytes: 0 })
    }

    fn finish(self) -> io::Result<(u64, Digest)> {
        self.file.into_inner()?.sync_all()?;
        let digest = self.digest.finish();
        Ok((self.bytes, Digest::from_bytes(digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"))))
    }
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
