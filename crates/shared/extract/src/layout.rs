//! Which columns each table has, as agreement and linkage schema say, and how a row is kept while it is sorted.
//!
//! A row in the making is a fixed number of bytes, so written that comparing bytes compares rows: whole numbers are
//! big-endian with the sign bit flipped, and a byte before each value says whether it is there (0 or 1).

use std::fmt;
use std::sync::Arc;

use counterfoil_model::{Code, Dataset, LinkageSchema, Token, Value, Variable, VariableKind};
use jiff::civil::Date;
use parquet::basic::{LogicalType, Repetition, Type as PhysicalType};
use parquet::schema::types::{Type, TypePtr};

/// First day that an event or a score may have. Data systems write 1753-01-01 and the like for "unknown".
pub const EVENT_DAY_FIRST: Date = Date::constant(1900, 1, 1);
/// Last day that an event or a score may have; so adding months to a day never overflows.
pub const EVENT_DAY_LAST: Date = Date::constant(2199, 12, 31);

/// A table of an extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// One row a person.
    People,
    /// One row an event.
    Events,
    /// One row a score.
    Measures,
    /// One row a token of a number that a person had before; there only if there is any.
    FormerTokens,
}

impl Table {
    /// All, in the order of a manifest.
    pub const ALL: [Self; 4] = [Self::People, Self::Events, Self::Measures, Self::FormerTokens];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Events => "events",
            Self::Measures => "measures",
            Self::FormerTokens => "former_tokens",
        }
    }

    /// The file's name.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::People => "people.parquet",
            Self::Events => "events.parquet",
            Self::Measures => "measures.parquet",
            Self::FormerTokens => "former_tokens.parquet",
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a value must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    PersonRef,
    /// A token, a blocking token or a CLK: output of a keyed function, of this many bytes; may be missing.
    Keyed(usize),
    Agreed(Variable, Presence),
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Where its bytes begin in a row in the making.
    pub(crate) offset: usize,
}

/// The columns of one table.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) table: Table,
    pub(crate) columns: Vec<Column>,
    /// Bytes of a row in the making: the columns, then the line of the custodian's file, 8 bytes big-endian.
    pub(crate) row_bytes: usize,
}

/// Bytes of a line number at the end of a row in the making.
pub(crate) const LINE_BYTES: usize = 8;

impl Kind {
    /// Bytes in a row in the making.
    fn cell_bytes(&self) -> usize {
        match self {
            Self::PersonRef => 8,
            Self::Keyed(bytes) => 1 + bytes,
            Self::Agreed(..) => 1 + 4,
        }
    }

    /// Most bytes of one value in Parquet's plain encoding.
    pub(crate) fn plain_bytes_max(&self) -> usize {
        match self {
            Self::PersonRef => 8,
            Self::Keyed(bytes) => *bytes,
            Self::Agreed(Variable { kind: VariableKind::Code(codes), .. }, _) => {
                4 + codes.iter().map(|code| code.as_str().len()).max().unwrap_or(0)
            }
            Self::Agreed(..) => 4,
        }
    }
}

impl Column {
    /// The column's Parquet type.
    pub(crate) fn parquet_type(&self) -> Type {
        let (physical, logical, length, presence) = match &self.kind {
            Kind::PersonRef => (PhysicalType::INT64, Some(unsigned_64()), -1, Presence::Required),
            Kind::Keyed(bytes) => {
                let length = i32::try_from(*bytes).expect("a CLK has at most 512 bytes");
                (PhysicalType::FIXED_LEN_BYTE_ARRAY, None, length, Presence::Optional)
            }
            Kind::Agreed(variable, presence) => match variable.kind {
                VariableKind::Code(_) => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String), -1, *presence),
                VariableKind::Integer { .. } => (PhysicalType::INT32, None, -1, *presence),
                VariableKind::Date { .. } => (PhysicalType::INT32, Some(LogicalType::Date), -1, *presence),
            },
        };
        let repetition = match presence {
            Presence::Required => Repetition::REQUIRED,
            Presence::Optional => Repetition::OPTIONAL,
        };
        Type::primitive_type_builder(&self.name, physical)
            .with_logical_type(logical)
            .with_length(length)
            .with_repetition(repetition)
            .build()
            .expect("the physical and the logical type go together")
    }
}

fn unsigned_64() -> LogicalType {
    LogicalType::integer(64, false)
}

impl Layout {
    /// The people table.
    pub(crate) fn people(dataset: &Dataset, schema: &LinkageSchema) -> Self {
        let mut columns = vec![("person_ref".to_owned(), Kind::PersonRef)];
        columns.extend(schema.match_keys().iter().map(|key| (format!("token_{}", key.name), Kind::Keyed(16))));
        columns.extend(schema.blocking_rules().iter().map(|rule| (format!("block_{}", rule.name), Kind::Keyed(8))));
        columns.extend(schema.clk().map(|clk| ("clk".to_owned(), Kind::Keyed(clk.bits as usize / 8))));
        columns.extend(dataset.people.iter().map(optional));
        Self::new(Table::People, columns)
    }

    /// The events table, if the dataset has one.
    pub(crate) fn events(dataset: &Dataset) -> Option<Self> {
        let mut columns =
            vec![("person_ref".to_owned(), Kind::PersonRef), required(dataset.event_variable()), required(day())];
        columns.extend(dataset.events.iter().map(optional));
        (!dataset.event_codes.is_empty()).then(|| Self::new(Table::Events, columns))
    }

    /// The measures table, if the dataset has one.
    pub(crate) fn measures(dataset: &Dataset) -> Option<Self> {
        let codes = dataset.measures.iter().map(|term| term.code.clone()).collect();
        let measure = Variable { name: code("measure"), kind: VariableKind::Code(codes) };
        let min = dataset.measures.iter().map(|term| term.min).min()?;
        let max = dataset.measures.iter().map(|term| term.max).max()?;
        // Each measure has narrower bounds of its own, which writer and reader check beside these.
        let score = Variable { name: code("score"), kind: VariableKind::Integer { min, max } };
        let columns =
            vec![("person_ref".to_owned(), Kind::PersonRef), required(measure), required(day()), required(score)];
        Some(Self::new(Table::Measures, columns))
    }

    /// The table of former tokens, if the schema has a match key that a former number has a token of. An extract has it
    /// only when it has a row.
    pub(crate) fn former_tokens(schema: &LinkageSchema) -> Option<Self> {
        let keys = schema.keys_with_numbers();
        let codes = keys.iter().map(|key| schema.match_keys()[*key].name.clone()).collect();
        let match_key = Variable { name: code("match_key"), kind: VariableKind::Code(codes) };
        let columns = vec![
            ("person_ref".to_owned(), Kind::PersonRef),
            required(match_key),
            ("token".to_owned(), Kind::Keyed(Token::BYTES)),
        ];
        (!keys.is_empty()).then(|| Self::new(Table::FormerTokens, columns))
    }

    /// The tables that a dataset has, in the order of a manifest.
    pub(crate) fn all(dataset: &Dataset, schema: &LinkageSchema) -> Vec<Self> {
        let people = Some(Self::people(dataset, schema));
        let others = [Self::events(dataset), Self::measures(dataset), Self::former_tokens(schema)];
        people.into_iter().chain(others.into_iter().flatten()).collect()
    }

    fn new(table: Table, columns: Vec<(String, Kind)>) -> Self {
        let mut columns: Vec<_> = columns.into_iter().map(|(name, kind)| Column { name, kind, offset: 0 }).collect();
        // A file has the code before the date, but rows are sorted by date first.
        let mut order: Vec<usize> = (0..columns.len()).collect();
        if matches!(table, Table::Events | Table::Measures) {
            order.swap(1, 2);
        }
        let mut row_bytes = 0;
        for place in order {
            columns[place].offset = row_bytes;
            row_bytes += columns[place].kind.cell_bytes();
        }
        Self { table, columns, row_bytes: row_bytes + LINE_BYTES }
    }

    /// The Parquet schema.
    pub(crate) fn parquet_schema(&self) -> TypePtr {
        let fields = self.columns.iter().map(|column| Arc::new(column.parquet_type())).collect();
        let group = Type::group_type_builder(self.table.name()).with_fields(fields).build();
        Arc::new(group.expect("a group of columns is a schema"))
    }
}

fn optional(variable: &Variable) -> (String, Kind) {
    (variable.name.to_string(), Kind::Agreed(variable.clone(), Presence::Optional))
}

fn required(variable: Variable) -> (String, Kind) {
    (variable.name.to_string(), Kind::Agreed(variable, Presence::Required))
}

fn code(text: &str) -> Code {
    Code::parse(text).expect("a code")
}

/// The day of an event or a score.
pub(crate) fn day() -> Variable {
    Variable { name: code("date"), kind: VariableKind::Date { from: EVENT_DAY_FIRST, to: EVENT_DAY_LAST } }
}

/// Appends a value to a row in the making.
pub(crate) fn put_value(row: &mut Vec<u8>, value: Option<Value>) {
    row.push(u8::from(value.is_some()));
    let number = match value {
        None => i32::MIN,
        Some(Value::Code(position)) => i32::from(position),
        Some(Value::Integer(number) | Value::Date(number)) => number,
    };
    row.extend((number.cast_unsigned() ^ SIGN).to_be_bytes());
}

/// Appends bytes of a keyed function, or as many zeros, to a row in the making.
pub(crate) fn put_keyed(row: &mut Vec<u8>, bytes: Option<&[u8]>, length: usize) {
    row.push(u8::from(bytes.is_some()));
    match bytes {
        Some(bytes) => row.extend_from_slice(bytes),
        None => row.resize(row.len() + length, 0),
    }
}

/// The number that [`put_value`] wrote at the start of `cell`, if there is one.
pub(crate) fn number_of(cell: &[u8]) -> Option<i32> {
    let bytes = cell[1..5].try_into().expect("a value has 4 bytes");
    (cell[0] == 1).then(|| (u32::from_be_bytes(bytes) ^ SIGN).cast_signed())
}

const SIGN: u32 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(value: Option<Value>) -> Vec<u8> {
        let mut row = Vec::new();
        put_value(&mut row, value);
        row
    }

    #[test]
    fn comparing_bytes_compares_values() {
        let ascending = [None, Some(i32::MIN), Some(-1), Some(0), Some(1), Some(255), Some(256), Some(i32::MAX)];
        for pair in ascending.windows(2) {
            let [less, more] = [pair[0], pair[1]].map(|number| bytes_of(number.map(Value::Integer)));
            assert!(less < more, "{pair:?}");
            assert_eq!(number_of(&less), pair[0]);
            assert_eq!(number_of(&more), pair[1]);
        }
    }

    #[test]
    fn a_missing_token_takes_the_room_of_one() {
        let mut row = Vec::new();
        put_keyed(&mut row, None, 8);
        put_keyed(&mut row, Some(&[7; 8]), 8);
        assert_eq!(row, [[0; 9].as_slice(), &[1], &[7; 8]].concat());
    }
}
