//! What an extract says about itself, as the text that its custodian signs.
//!
//! In: facts, or a text. Out: the one text for these facts, or the facts of a text that is spelled exactly so.
//! Absent on purpose: machine names, times of day, and the order or the content of any row.

use counterfoil_audit::{NoteText, Record, RecordWriter, parse_note_text, parse_record};
use counterfoil_model::{
    AgreementDigest, AgreementId, ClkEncoding, Code, DatasetId, Digest, KeyFingerprint, LinkageSchema, ManifestDigest,
    PartyId, SchemaDigest,
};
use jiff::civil::Date;

use crate::error::ManifestError;
use crate::layout::Table;

const TYPE: &str = "counterfoil-extract-1";
const BUILD_BYTES_MAX: usize = 64;

/// What an extract says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The agreement that it was made under.
    pub agreement: AgreementId,
    /// Digest of what the agreement's parties signed.
    pub agreement_digest: AgreementDigest,
    /// Digest of the linkage schema.
    pub schema_digest: SchemaDigest,
    /// The dataset.
    pub dataset: DatasetId,
    /// Who made it and signs.
    pub custodian: PartyId,
    /// Epoch of the pseudonymisation key.
    pub key_epoch: u32,
    /// Proof of the pseudonymisation key, for comparing with the other custodians'.
    pub key_fingerprint: KeyFingerprint,
    /// How CLKs were encoded; `None` without CLKs.
    pub encoding: Option<ClkEncoding>,
    /// When it was made.
    pub created_on: Date,
    /// First day of which all events are there.
    pub complete_from: Date,
    /// Last day of which all events are there.
    pub complete_to: Date,
    /// Price list that costs were taken from, such as `nhsps-2024-25`.
    pub tariff: Option<Code>,
    /// What made it, such as `counterfoil 0.1.0`.
    pub build: String,
    /// The tables, people first.
    pub tables: Vec<TableFacts>,
}

/// One table of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableFacts {
    /// Which.
    pub table: Table,
    /// Its rows.
    pub rows: u64,
    /// Length of its file.
    pub bytes: u64,
    /// SHA-256 of its file.
    pub sha256: Digest,
}

/// What the custodian adds to what dataset, linkage schema and rows say by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestFacts {
    /// The agreement.
    pub agreement: AgreementId,
    /// Digest of what the agreement's parties signed.
    pub agreement_digest: AgreementDigest,
    /// Epoch of the pseudonymisation key.
    pub key_epoch: u32,
    /// Proof of the pseudonymisation key.
    pub key_fingerprint: KeyFingerprint,
    /// Today, as the caller knows it.
    pub created_on: Date,
    /// First day of which all events are there.
    pub complete_from: Date,
    /// Last day of which all events are there.
    pub complete_to: Date,
    /// Price list that costs were taken from.
    pub tariff: Option<Code>,
    /// What makes the extract: `counterfoil` and a version.
    pub build: String,
}

impl Manifest {
    /// The text to be signed.
    ///
    /// # Errors
    /// [`ManifestError`] when a fact cannot stand, such as days in the wrong order.
    pub fn to_text(&self) -> Result<NoteText, ManifestError> {
        self.check()?;
        let mut writer = RecordWriter::new(TYPE)
            .field("agreement", &self.agreement)?
            .field("agreement_digest", self.agreement_digest)?
            .field("schema_digest", self.schema_digest)?
            .field("dataset", &self.dataset)?
            .field("custodian", &self.custodian)?
            .field("key_epoch", self.key_epoch)?
            .field("key_fingerprint", self.key_fingerprint)?
            .field("encoding", encoding_text(self.encoding))?
            .field("created_on", self.created_on)?
            .field("complete_from", self.complete_from)?
            .field("complete_to", self.complete_to)?;
        if let Some(tariff) = &self.tariff {
            writer = writer.field("tariff", tariff)?;
        }
        writer = writer.field("build", &self.build)?;
        for TableFacts { table, rows, bytes, sha256 } in &self.tables {
            writer = writer.field("table", format!("{table} rows={rows} bytes={bytes} sha256={sha256}"))?;
        }
        Ok(parse_note_text(&writer.finish())?)
    }

    /// The facts of one table, if it is there.
    pub fn table(&self, table: Table) -> Option<&TableFacts> {
        self.tables.iter().find(|facts| facts.table == table)
    }

    fn check(&self) -> Result<(), ManifestError> {
        if self.complete_from > self.complete_to {
            return Err(wrong("complete_to", "a day not before complete_from"));
        }
        if self.created_on.year() < 0 || self.complete_from.year() < 0 {
            return Err(wrong("complete_from", "a day of the years 0000 to 9999"));
        }
        let version = self.build.strip_prefix("counterfoil ").unwrap_or_default();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-+".contains(&byte);
        if version.is_empty() || self.build.len() > BUILD_BYTES_MAX || !version.bytes().all(plain) {
            return Err(wrong("build", "`counterfoil` and a version, such as counterfoil 0.1.0"));
        }
        let in_order = self.tables.windows(2).all(|pair| pair[0].table < pair[1].table);
        if !in_order || self.tables.first().is_none_or(|facts| facts.table != Table::People) {
            let order = "people, then events, measures, former_tokens, each at most once, and people always";
            return Err(wrong("table", order));
        }
        if self.table(Table::FormerTokens).is_some_and(|facts| facts.rows == 0) {
            return Err(wrong("table", "former_tokens with a row at least, or not at all"));
        }
        Ok(())
    }
}

/// Parses the text of a manifest. The signatures are the caller's to verify.
///
/// # Errors
/// [`ManifestError`] that names the key; [`ManifestError::Spelling`] for a text that says the same in another way.
pub fn parse_manifest(text: &str) -> Result<Manifest, ManifestError> {
    const KEYS: [&str; 14] = [
        "agreement",
        "agreement_digest",
        "schema_digest",
        "dataset",
        "custodian",
        "key_epoch",
        "key_fingerprint",
        "encoding",
        "created_on",
        "complete_from",
        "complete_to",
        "tariff",
        "build",
        "table",
    ];
    let record = parse_record(text, TYPE)?;
    record.keys_known(&KEYS)?;
    let manifest = Manifest {
        agreement: value(&record, "agreement", "a short name", |text| AgreementId::parse(text).ok())?,
        agreement_digest: value(&record, "agreement_digest", DIGEST, |text| AgreementDigest::parse(text).ok())?,
        schema_digest: value(&record, "schema_digest", DIGEST, |text| SchemaDigest::parse(text).ok())?,
        dataset: value(&record, "dataset", "a short name", |text| DatasetId::parse(text).ok())?,
        custodian: value(&record, "custodian", "a short name", |text| PartyId::parse(text).ok())?,
        key_epoch: value(&record, "key_epoch", "a whole number", |text| text.parse().ok())?,
        key_fingerprint: value(&record, "key_fingerprint", DIGEST, |text| KeyFingerprint::parse(text).ok())?,
        encoding: parse_encoding(record.one("encoding")?)?,
        created_on: value(&record, "created_on", DAY, parse_day)?,
        complete_from: value(&record, "complete_from", DAY, parse_day)?,
        complete_to: value(&record, "complete_to", DAY, parse_day)?,
        tariff: match record.one_or_none("tariff")? {
            Some(text) => Some(Code::parse(text).map_err(|_| wrong("tariff", "a short name"))?),
            None => None,
        },
        build: record.one("build")?.to_owned(),
        tables: record
            .many("table")
            .into_iter()
            .map(|text| parse_table(text).ok_or_else(|| wrong("table", "`people rows=1 bytes=2 sha256=<digits>`")))
            .collect::<Result<_, _>>()?,
    };
    if manifest.to_text()?.as_str() != text {
        return Err(ManifestError::Spelling);
    }
    Ok(manifest)
}

/// The digest by which an extract is known: SHA-256 of the manifest's text, without signatures.
pub fn manifest_digest(text: &NoteText) -> ManifestDigest {
    ManifestDigest(Digest::of(text.as_str().as_bytes()))
}

/// How a schema's CLKs are encoded.
pub(crate) fn encoding_of(schema: &LinkageSchema) -> Option<ClkEncoding> {
    schema.clk().map(|clk| clk.encoding)
}

/// An encoding as a manifest writes it.
pub(crate) fn encoding_text(encoding: Option<ClkEncoding>) -> String {
    match encoding {
        Some(ClkEncoding::Diffused(inputs)) => format!("diffused-1 t={inputs}"),
        Some(ClkEncoding::Plain) => "plain-1".to_owned(),
        None => "none".to_owned(),
    }
}

const DIGEST: &str = "64 lower-case hexadecimal digits";
const DAY: &str = "a day such as 2026-11-21";

fn wrong(field: &'static str, expected: &'static str) -> ManifestError {
    ManifestError::Field { field, expected }
}

fn value<T>(
    record: &Record,
    field: &'static str,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, ManifestError> {
    parse(record.one(field)?).ok_or_else(|| wrong(field, expected))
}

fn parse_encoding(text: &str) -> Result<Option<ClkEncoding>, ManifestError> {
    let inputs = text.strip_prefix("diffused-1 t=").map(str::parse);
    match (text, inputs) {
        ("none", _) => Ok(None),
        ("plain-1", _) => Ok(Some(ClkEncoding::Plain)),
        (_, Some(Ok(inputs))) => Ok(Some(ClkEncoding::Diffused(inputs))),
        _ => Err(wrong("encoding", "`diffused-1 t=10`, `plain-1` or `none`")),
    }
}

fn parse_day(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

fn parse_table(text: &str) -> Option<TableFacts> {
    let mut words = text.split(' ');
    let name = words.next()?;
    let facts = TableFacts {
        table: Table::ALL.into_iter().find(|table| table.name() == name)?,
        rows: words.next()?.strip_prefix("rows=")?.parse().ok()?,
        bytes: words.next()?.strip_prefix("bytes=")?.parse().ok()?,
        sha256: Digest::parse(words.next()?.strip_prefix("sha256=")?).ok()?,
    };
    words.next().is_none().then_some(facts)
}

#[cfg(test)]
mod tests;
