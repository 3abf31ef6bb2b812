//! Where a custodian's own file keeps each field. Not part of the schema digest: two files may name columns differently
//! and still make the same tokens.

use std::collections::BTreeMap;

/// How a column writes its values; declared, never guessed, because 03/04/1950 reads two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnFormat {
    /// No date: the field's rule reads the text as it is.
    Text,
    /// `1950-04-03` (ISO 8601 extended).
    DateIso,
    /// `03/04/1950`, day first, as written in the United Kingdom; `-` and `.` may stand for `/`.
    DateDayMonthYear,
    /// `19500403` (ISO 8601 basic).
    DateCompact,
}

/// One column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its header.
    pub header: String,
    /// How it writes values.
    pub format: ColumnFormat,
    /// Header of the column with the numbers that the person had before, separated by `;`; for NHS numbers only.
    pub former: Option<String>,
}

/// The columns of one dataset's people file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetColumns {
    /// Header of the custodian's own record number; it joins that custodian's files and never leaves.
    pub local_id: String,
    /// One entry a field of the schema, in the schema's order; `None` where this file does not have the field.
    pub fields: Vec<Option<ColumnSpec>>,
}

/// All datasets' columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns(pub(super) BTreeMap<String, DatasetColumns>);

impl Columns {
    /// The columns of a dataset, or else those under `default`.
    pub fn of(&self, dataset: &str) -> Option<&DatasetColumns> {
        self.0.get(dataset).or_else(|| self.0.get("default"))
    }

    /// The names under `[columns]`.
    pub fn datasets(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
