//! The JSON of a body: what it looks like as text. What it may say is decided in the room above.

use std::fmt;

use counterfoil_model::{AgreementDigest, AgreementId, Code, RunId, StudyDigest, StudyId};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BodyError, CellCounts, ReleaseBody, ReleaseHead, Rules};
use crate::column::{Column, ColumnKind, FigureKind, FigureUnit};
use crate::decimal::Decimal;
use crate::suppress::ReleasedCell;
use crate::table::{Shape, TableError};

const FORMAT: &str = "counterfoil-release-2";
const SUPPRESSED: &str = "*";
const NOT_ESTIMATED: &str = "n/a";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyText {
    format: String,
    agreement: AgreementText,
    study: StudyText,
    run: String,
    rules: String,
    tables: Vec<TableText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgreementText {
    id: String,
    version: u32,
    digest: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StudyText {
    id: String,
    title: String,
    digest: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableText {
    id: String,
    title: String,
    note: String,
    columns: Vec<ColumnText>,
    rows: Vec<RowText>,
    disclosure: DisclosureText,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnText {
    label: String,
    kind: KindText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part_of: Option<usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum KindText {
    Count,
    Money,
    Figure { decimals: u8, unit: String },
}

impl KindText {
    fn of(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Count => Self::Count,
            ColumnKind::Money => Self::Money,
            ColumnKind::Figure(FigureKind { decimals, unit }) => {
                Self::Figure { decimals, unit: unit.name().to_owned() }
            }
        }
    }

    fn read(self) -> Option<ColumnKind> {
        Some(match self {
            Self::Count => ColumnKind::Count,
            Self::Money => ColumnKind::Money,
            Self::Figure { decimals, unit } => {
                let unit = FigureUnit::ALL.into_iter().find(|of| of.name() == unit)?;
                ColumnKind::Figure(FigureKind { decimals, unit })
            }
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText {
    label: String,
    cells: Vec<CellText>,
}

#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DisclosureText {
    cells: u64,
    zero: u64,
    rounded: u64,
    figures: u64,
    not_estimated: u64,
    suppressed: u64,
}

impl DisclosureText {
    fn of(CellCounts { zero, rounded, figures, not_estimated, suppressed }: CellCounts) -> Self {
        let cells = zero + rounded + figures + not_estimated + suppressed;
        Self { cells, zero, rounded, figures, not_estimated, suppressed }
    }
}

/// What a cell is as JSON; what it means its column says.
enum CellText {
    Number(u64),
    Text(String),
}

impl CellText {
    fn of(cell: ReleasedCell) -> Self {
        match cell {
            ReleasedCell::Count(number) | ReleasedCell::Money(number) => Self::Number(number),
            ReleasedCell::Figure(figure) => Self::Text(figure.to_string()),
            ReleasedCell::NotEstimated => Self::Text(NOT_ESTIMATED.to_owned()),
            ReleasedCell::Suppressed => Self::Text(SUPPRESSED.to_owned()),
        }
    }

    fn read(&self, kind: ColumnKind) -> Option<ReleasedCell> {
        match (self, kind) {
            (Self::Number(count), ColumnKind::Count) => Some(ReleasedCell::Count(*count)),
            (Self::Number(pounds), ColumnKind::Money) => Some(ReleasedCell::Money(*pounds)),
            (Self::Text(text), _) if text == SUPPRESSED => Some(ReleasedCell::Suppressed),
            (Self::Text(text), ColumnKind::Figure(_)) if text == NOT_ESTIMATED => Some(ReleasedCell::NotEstimated),
            (Self::Text(text), ColumnKind::Figure(kind)) => {
                Decimal::parse(text, kind.decimals).map(ReleasedCell::Figure)
            }
            _ => None,
        }
    }
}

impl Serialize for CellText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for CellText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cell;
        impl Visitor<'_> for Cell {
            type Value = CellText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or text")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<CellText, E> {
                Ok(CellText::Number(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<CellText, E> {
                Ok(CellText::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Cell)
    }
}

pub(super) fn encode(body: &ReleaseBody) -> Vec<u8> {
    let head = &body.head;
    let text = BodyText {
        format: FORMAT.to_owned(),
        agreement: AgreementText {
            id: head.agreement.to_string(),
            version: head.agreement_version,
            digest: head.agreement_digest.to_string(),
        },
        study: StudyText {
            id: head.study.to_string(),
            title: head.study_title.clone(),
            digest: head.study_digest.to_string(),
        },
        run: head.run.to_string(),
        rules: body.rules.to_string(),
        tables: body.tables.iter().map(table_text).collect(),
    };
    let mut bytes = serde_json::to_vec(&text).expect("text, whole numbers and lists are always JSON");
    bytes.push(b'\n');
    bytes
}

fn table_text(table: &super::ReleasedTable) -> TableText {
    let Shape { id, title, note, columns, row_labels } = &table.shape;
    let column = |Column { label, part_of, kind }: &Column| ColumnText {
        label: label.clone(),
        kind: KindText::of(*kind),
        part_of: *part_of,
    };
    let row = |(label, cells): (&String, &Vec<ReleasedCell>)| RowText {
        label: label.clone(),
        cells: cells.iter().copied().map(CellText::of).collect(),
    };
    TableText {
        id: id.to_string(),
        title: title.clone(),
        note: note.clone(),
        columns: columns.iter().map(column).collect(),
        rows: row_labels.iter().zip(&table.cells).map(row).collect(),
        disclosure: DisclosureText::of(table.disclosure()),
    }
}

pub(super) fn decode(bytes: &[u8]) -> Result<ReleaseBody, BodyError> {
    // The reader's own message may repeat a value; the place does not.
    let text: BodyText = serde_json::from_slice(bytes)
        .map_err(|error| BodyError::Json { line: error.line(), column: error.column() })?;
    let field = |field: &'static str| BodyError::Head { field };
    if text.format != FORMAT {
        return Err(field("format"));
    }
    let head = ReleaseHead {
        agreement: AgreementId::parse(&text.agreement.id).map_err(|_| field("agreement id"))?,
        agreement_version: text.agreement.version,
        agreement_digest: AgreementDigest::parse(&text.agreement.digest).map_err(|_| field("agreement digest"))?,
        study: StudyId::parse(&text.study.id).map_err(|_| field("study id"))?,
        study_digest: StudyDigest::parse(&text.study.digest).map_err(|_| field("study digest"))?,
        study_title: text.study.title,
        run: RunId::parse(&text.run).map_err(|_| field("run"))?,
    };
    let rules = Rules::parse(&text.rules).ok_or(BodyError::Rules)?;
    let mut stated = Vec::new();
    let mut tables = Vec::new();
    for table in text.tables {
        let (shape, cells, disclosure) = read_table(table)?;
        tables.push((shape, cells));
        stated.push(disclosure);
    }
    let body = ReleaseBody::new(head, rules, tables)?;
    for (table, stated) in body.tables.iter().zip(stated) {
        if stated != DisclosureText::of(table.disclosure()) {
            return Err(BodyError::Disclosure { table: table.id().clone() });
        }
    }
    Ok(body)
}

fn read_table(text: TableText) -> Result<(Shape, Vec<Vec<ReleasedCell>>, DisclosureText), BodyError> {
    let TableText { id, title, note, columns, rows, disclosure } = text;
    let id = Code::parse(&id).map_err(|_| BodyError::Head { field: "table id" })?;
    let columns = columns.into_iter().map(|ColumnText { label, part_of, kind }| {
        let kind = kind.read().ok_or(BodyError::Head { field: "unit of a column" })?;
        Ok(Column { label, part_of, kind })
    });
    let columns = columns.collect::<Result<Vec<_>, BodyError>>()?;
    let mut row_labels = Vec::with_capacity(rows.len());
    let mut cells = Vec::with_capacity(rows.len());
    for (row, RowText { label, cells: texts }) in (1..).zip(rows) {
        if texts.len() != columns.len() {
            return Err(TableError::Cells { table: id, row }.into());
        }
        let of_column = |(at, (text, column)): (usize, (&CellText, &Column))| {
            text.read(column.kind).ok_or_else(|| BodyError::Cell { table: id.clone(), row, column: at + 1 })
        };
        cells.push(texts.iter().zip(&columns).enumerate().map(of_column).collect::<Result<Vec<_>, _>>()?);
        row_labels.push(label);
    }
    Ok((Shape { id, title, note, columns, row_labels }, cells, disclosure))
}
