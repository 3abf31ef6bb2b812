//! What is in an extract, for somebody who wants to see for herself that no identifier is in it.
//!
//! In: the folder; the agreement folder, if she has it. Out: every column in words, and a verdict; with an agreement, also
//! whether the extract is one that it allows.
//! Absent on purpose: the linkage schema's word for what a column is. The bytes are looked at.

use std::fmt;
use std::path::PathBuf;

use counterfoil_extract::{
    AsInManifest, Distinct, Extract, ExtractError, InspectedColumn, InspectedTable, Inspection, Signature,
    inspect as look,
};
use serde::Serialize;

use crate::error::StepError;
use crate::folder::AgreementFolder;
use crate::show::{self, Align, thousands};

/// What is said where nothing was found: no more than the rules can see.
const CLEAN: &str = "\
VERDICT: nothing here looks like an identifier.
No column looks like one, by the rules in `counterfoil inspect --help`; read the columns above yourself. Tokens and CLKs are
made with a key that the linkage unit does not have; without it nobody can make or test them. They are still personal data:
they stand for one person each. Open the files in DuckDB or pandas to see for yourself.
";

/// What `inspect` needs.
#[derive(Debug, Clone)]
pub struct Inspect {
    /// The extract's folder.
    pub extract: PathBuf,
    /// The agreement folder, to verify the custodian's signature and the agreed columns with.
    pub agreement: Option<PathBuf>,
}

/// What is in an extract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectReport {
    /// The extract's folder.
    pub extract: PathBuf,
    /// Whether nothing in it looks like an identifier or should not be there.
    pub clean: bool,
    /// Who signed it, in words.
    pub signature: String,
    /// What the manifest says: key and value.
    pub manifest: Vec<(String, String)>,
    /// The tables.
    pub tables: Vec<TableReport>,
    /// What looks like an identifier or should not be there.
    pub findings: Vec<String>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Its file.
    pub file: String,
    /// Its rows.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// Whether it is the manifest's, in words.
    pub as_in_manifest: &'static str,
    /// Its columns.
    pub columns: Vec<ColumnReport>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// What it is, in words.
    pub what: String,
    /// Its Parquet type.
    pub parquet_type: String,
    /// Rows that have a value.
    pub filled: u64,
    /// How many different values.
    pub distinct: String,
    /// What values it has, where they are codes, whole numbers or dates.
    pub values: String,
}

/// Looks at an extract.
///
/// # Errors
/// [`StepError`].
pub fn inspect(args: &Inspect) -> Result<InspectReport, StepError> {
    let first = look(&args.extract, None)?;
    let (inspection, refused) = match &args.agreement {
        None => (first, None),
        Some(dir) => {
            let folder = AgreementFolder::at(dir).open_signed()?;
            let custodian = first.manifest.as_ref().and_then(|manifest| {
                let dataset = folder.agreement().dataset(&manifest.dataset)?;
                folder.signed.key(&dataset.custodian)
            });
            let inspection = match custodian {
                Some(key) => look(&args.extract, Some(key))?,
                None => first,
            };
            (inspection, Extract::open(&args.extract, &folder.signed, &folder.schema).err())
        }
    };
    Ok(InspectReport::new(args, &inspection, refused.as_ref()))
}

impl InspectReport {
    fn new(args: &Inspect, inspection: &Inspection, refused: Option<&ExtractError>) -> Self {
        let signature = match &inspection.signature {
            Signature::Absent => "there is no signed manifest".to_owned(),
            Signature::Claimed(names) => {
                let names = names.join(", ");
                match args.agreement {
                    None => format!("says it is signed by {names} (give --agreement to verify it)"),
                    Some(_) => format!("says it is signed by {names}; the agreement has no key to verify it with"),
                }
            }
            Signature::Verified(name) => format!("signed by {name}: verified with the key in the agreement"),
            Signature::Refused(problem) => format!("NOT signed by the dataset's custodian: {problem}"),
        };
        let manifest = inspection.manifest.as_ref().and_then(|manifest| manifest.to_text().ok());
        let manifest = manifest.map_or_else(Vec::new, |text| {
            let lines = text.as_str().lines().skip(1).filter_map(|line| line.split_once(' '));
            lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
        });
        let mut findings: Vec<String> = inspection
            .findings
            .iter()
            .map(|finding| match &finding.column {
                Some(column) => format!("{}, column {column}: {}", finding.file, finding.reason),
                None => format!("{}: {}", finding.file, finding.reason),
            })
            .collect();
        findings.extend(refused.map(|error| format!("not an extract that the agreement allows: {error}")));
        Self {
            extract: args.extract.clone(),
            clean: findings.is_empty(),
            signature,
            manifest,
            tables: inspection.tables.iter().map(TableReport::new).collect(),
            findings,
        }
    }
}

impl TableReport {
    fn new(table: &InspectedTable) -> Self {
        Self {
            file: table.table.file_name().to_owned(),
            rows: table.rows,
            bytes: table.bytes,
            as_in_manifest: match table.as_in_manifest {
                AsInManifest::Same => "the file that was signed",
                AsInManifest::Different => "NOT the file that was signed",
                AsInManifest::Unlisted => "not in the manifest",
            },
            columns: table.columns.iter().map(ColumnReport::new).collect(),
        }
    }
}

impl ColumnReport {
    /// Codes shown of one column; a list of a thousand helps nobody.
    const CODES_SHOWN_MAX: usize = 8;

    fn new(column: &InspectedColumn) -> Self {
        let mut codes: Vec<&str> =
            column.codes.iter().map(|(code, _)| code.as_str()).take(Self::CODES_SHOWN_MAX).collect();
        if column.codes.len() > codes.len() {
            codes.push("...");
        }
        let range = column.smallest.as_ref().zip(column.largest.as_ref());
        Self {
            name: column.name.clone(),
            what: column.kind.to_string(),
            parquet_type: column.parquet_type.clone(),
            filled: column.non_null,
            distinct: match column.distinct {
                Distinct::Exactly(values) => thousands(values),
                Distinct::MoreThan(values) => format!("> {}", thousands(values)),
            },
            values: match range {
                Some((smallest, largest)) => format!("{smallest} to {largest}"),
                None => codes.join(", "),
            },
        }
    }
}

impl fmt::Display for InspectReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Extract {}", self.extract.display())?;
        writeln!(f, "  {}", self.signature)?;
        let width = self.manifest.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
        for (key, value) in self.manifest.iter().filter(|(key, _)| key != "table") {
            writeln!(f, "  {key:<width$}  {value}")?;
        }
        for table in &self.tables {
            let (rows, bytes) = (show::count(table.rows, "row", "rows"), show::count(table.bytes, "byte", "bytes"));
            writeln!(f, "\n{}: {rows}, {bytes}; {}", table.file, table.as_in_manifest)?;
            let head = [
                ("column", Align::Left),
                ("what it is", Align::Left),
                ("filled", Align::Right),
                ("different", Align::Right),
                ("values", Align::Left),
            ];
            let cells = |column: &ColumnReport| {
                let ColumnReport { name, what, filled, distinct, values, .. } = column;
                vec![name.clone(), what.clone(), thousands(*filled), distinct.clone(), values.clone()]
            };
            let rows: Vec<_> = table.columns.iter().map(cells).collect();
            f.write_str(&show::table(&head, &rows))?;
        }
        writeln!(f)?;
        if self.clean {
            f.write_str(CLEAN)
        } else {
            writeln!(
                f,
                "VERDICT: do not send this. {} to look at first:",
                show::count(self.findings.len() as u64, "thing", "things")
            )?;
            self.findings.iter().try_for_each(|finding| writeln!(f, "  - {finding}"))
        }
    }
}
