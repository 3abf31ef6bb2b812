//! Parquet files that the writer would never make.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

/// A column: its type and its values, `None` for null.
pub(crate) struct Crafted {
    field: Type,
    cells: Cells,
}

enum Cells {
    Longs(Vec<Option<i64>>),
    Numbers(Vec<Option<i32>>),
    Texts(Vec<Option<ByteArray>>),
    Fixed(Vec<Option<FixedLenByteArray>>),
}

fn field(name: &str, physical: PhysicalType, logical: Option<LogicalType>, length: i32, required: bool) -> Type {
    let repetition = if required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
    Type::primitive_type_builder(name, physical)
        .with_logical_type(logical)
        .with_length(length)
        .with_repetition(repetition)
        .build()
        .unwrap()
}

pub(crate) fn refs(refs: &[u64]) -> Crafted {
    let field = field("person_ref", PhysicalType::INT64, Some(LogicalType::integer(64, false)), -1, true);
    Crafted { field, cells: Cells::Longs(refs.iter().map(|number| Some(number.cast_signed())).collect()) }
}

pub(crate) fn longs(name: &str, values: &[i64]) -> Crafted {
    let field = field(name, PhysicalType::INT64, None, -1, false);
    Crafted { field, cells: Cells::Longs(values.iter().copied().map(Some).collect()) }
}

pub(crate) fn numbers(name: &str, values: &[Option<i32>]) -> Crafted {
    Crafted { field: field(name, PhysicalType::INT32, None, -1, false), cells: Cells::Numbers(values.to_vec()) }
}

pub(crate) fn numbers_required(name: &str, values: &[i32]) -> Crafted {
    let cells = Cells::Numbers(values.iter().copied().map(Some).collect());
    Crafted { field: field(name, PhysicalType::INT32, None, -1, true), cells }
}

pub(crate) fn dates(name: &str, values: &[i32], required: bool) -> Crafted {
    let field = field(name, PhysicalType::INT32, Some(LogicalType::Date), -1, required);
    Crafted { field, cells: Cells::Numbers(values.iter().copied().map(Some).collect()) }
}

pub(crate) fn texts(name: &str, values: &[Option<&str>], required: bool) -> Crafted {
    let field = field(name, PhysicalType::BYTE_ARRAY, Some(LogicalType::String), -1, required);
    Crafted { field, cells: Cells::Texts(values.iter().map(|text| text.map(ByteArray::from)).collect()) }
}

pub(crate) fn fixed(name: &str, length: i32, values: &[Vec<u8>]) -> Crafted {
    let field = field(name, PhysicalType::FIXED_LEN_BYTE_ARRAY, None, length, false);
    Crafted { field, cells: Cells::Fixed(values.iter().map(|bytes| Some(bytes.clone().into())).collect()) }
}

/// One row without a value.
pub(crate) fn missing(name: &str, length: i32) -> Crafted {
    let field = field(name, PhysicalType::FIXED_LEN_BYTE_ARRAY, None, length, false);
    Crafted { field, cells: Cells::Fixed(vec![None]) }
}

pub(crate) fn craft(path: &Path, columns: &[Crafted], metadata: Option<&str>) {
    let fields = columns.iter().map(|column| Arc::new(column.field.clone())).collect();
    let schema = Type::group_type_builder("crafted").with_fields(fields).build().unwrap();
    let texts = metadata.map(|text| vec![KeyValue::new("note".to_owned(), text.to_owned())]);
    let properties = WriterProperties::builder().set_key_value_metadata(texts).build();
    let mut writer =
        SerializedFileWriter::new(File::create(path).unwrap(), Arc::new(schema), Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for column in columns {
        let mut writer = group.next_column().unwrap().unwrap();
        macro_rules! write {
            ($kind:ty, $cells:expr) => {{
                let levels: Vec<i16> = $cells.iter().map(|cell| i16::from(cell.is_some())).collect();
                let values: Vec<_> = $cells.iter().flatten().cloned().collect();
                let levels = column.field.is_optional().then_some(levels);
                writer.typed::<$kind>().write_batch(&values, levels.as_deref(), None).unwrap();
            }};
        }
        match &column.cells {
            Cells::Longs(cells) => write!(Int64Type, cells),
            Cells::Numbers(cells) => write!(Int32Type, cells),
            Cells::Texts(cells) => write!(ByteArrayType, cells),
            Cells::Fixed(cells) => write!(FixedLenByteArrayType, cells),
        }
        writer.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}
