//! The JSON of a body: what it looks like as text. What it may say is decided in the room above.

use std::fmt;

use counterfoil_model::{AgreementDigest, AgreementId, Code, RunId, StudyDigest, StudyId};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BodyError, CellCounts, ReleaseBody, ReleaseHead, Rules};
use crate::suppress::ReleasedCell;
use crate::table::{Column, Shape};

const FORMAT: &str = "counterfoil-release-1";
const SUPPRESSED: &str = "*";

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part_of: Option<usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText {
    label: String,
    cells: Vec<ReleasedCell>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DisclosureText {
    cells: u64,
    zero: u64,
    rounded: u64,
    suppressed: u64,
}

impl DisclosureText {
    fn of(CellCounts { zero, rounded, suppressed }: CellCounts) -> Self {
        Self { cells: zero + rounded + suppressed, zero, rounded, suppressed }
    }
}

impl Serialize for ReleasedCell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Suppressed => serializer.serialize_str(SUPPRESSED),
        }
    }
}

impl<'de> Deserialize<'de> for ReleasedCell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cell;
        impl Visitor<'_> for Cell {
            type Value = ReleasedCell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number or \"*\"")
            }

            fn visit_u64<E: Error>(self, count: u64) -> Result<ReleasedCell, E> {
                Ok(ReleasedCell::Count(count))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ReleasedCell, E> {
                if text == SUPPRESSED { Ok(ReleasedCell::Suppressed) } else { Err(E::custom("not a cell")) }
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
    let column = |column: &Column| ColumnText { label: column.label.clone(), part_of: column.part_of };
    let row = |(label, cells): (&String, &Vec<ReleasedCell>)| RowText { label: label.clone(), cells: cells.clone() };
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
    let rules = parse_rules(&text.rules).ok_or(BodyError::Rules)?;
    let mut stated = Vec::new();
    let mut tables = Vec::new();
    for TableText { id, title, note, columns, rows, disclosure } in text.tables {
        let id = Code::parse(&id).map_err(|_| field("table id"))?;
        let columns = columns.into_iter().map(|ColumnText { label, part_of }| Column { label, part_of }).collect();
        let (row_labels, cells) = rows.into_iter().map(|row| (row.label, row.cells)).unzip();
        tables.push((Shape { id, title, note, columns, row_labels }, cells));
        stated.push(disclosure);
    }
    let body = ReleaseBody::new(head, rules, tables)?;
    for (table, stated) in body.tables.iter().zip(stated) {
        let true_one = DisclosureText::of(table.disclosure());
        let counts = |text: &DisclosureText| [text.cells, text.zero, text.rounded, text.suppressed];
        if counts(&stated) != counts(&true_one) {
            return Err(BodyError::Disclosure { table: table.id().clone() });
        }
    }
    Ok(body)
}

fn parse_rules(text: &str) -> Option<Rules> {
    let (below, base) = text.strip_prefix("hes-2018 suppress_below=")?.split_once(" rounding_base=")?;
    let rules = Rules::new(below.parse().ok()?, base.parse().ok()?).ok()?;
    // One spelling: no sign, no leading zero.
    (rules.to_string() == text).then_some(rules)
}
