//! What the log's entries say, once they are opened: one typed record a kind of entry.
//!
//! In: names and digests. Out: the record's one text, which the entry commits to; or, from a text, the typed record.
//! Absent on purpose: counts of any sort, people, times (the entry has its time) and free text.
//!
//! Every text is a record of `counterfoil-audit`: a first line with the type, such as `counterfoil-release-issued-1`, then one line a
//! field, in the order of the fields below.

use std::fmt::Display;

use counterfoil_audit::{EntryKind, Record, RecordError, RecordWriter, parse_record};
use counterfoil_model::{
    AgreementDigest, AgreementId, DatasetId, Digest, ManifestDigest, PartyId, ReleaseDigest, RunId, SchemaDigest,
    StudyDigest, StudyId, SubmissionId,
};

/// Why an opened record is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogRecordError {
    /// Not the lines of such a record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A name or digest that is not one.
    #[error("{key} is not a valid name, number or digest")]
    Value {
        /// The field.
        key: &'static str,
    },
    /// The fields are there, with others beside them or in another order.
    #[error("the record has other fields than its kind has, or in another order")]
    NotCanonical,
}

/// A field's text and back.
trait Field: Sized + Display {
    fn read(text: &str) -> Option<Self>;
}

macro_rules! fields {
    ($($name:ident)*) => {$(
        impl Field for $name {
            fn read(text: &str) -> Option<Self> {
                Self::parse(text).ok()
            }
        }
    )*};
}

fields! {
    AgreementId DatasetId PartyId RunId StudyId SubmissionId
    AgreementDigest Digest ManifestDigest ReleaseDigest SchemaDigest StudyDigest
}

impl Field for u32 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

fn field<T: Field>(record: &Record, key: &'static str) -> Result<T, LogRecordError> {
    T::read(record.one(key)?).ok_or(LogRecordError::Value { key })
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident, $text:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)*
            }
        )*

        /// What one entry of the log says.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum LogRecord {
            $($(#[$doc])* $name($name),)*
        }

        impl LogRecord {
            /// The kind of entry that this record belongs in.
            pub fn kind(&self) -> EntryKind {
                match self {
                    $(Self::$name(_) => EntryKind::$name,)*
                }
            }

            /// The agreement, and the digest of what its parties signed: every record has both.
            pub fn agreement(&self) -> (&AgreementId, AgreementDigest) {
                match self {
                    $(Self::$name(record) => (&record.agreement, record.agreement_digest),)*
                }
            }

            /// The text that the entry commits to.
            pub fn to_text(&self) -> String {
                self.write().expect("names and digests are printable and short")
            }

            /// Reads the text of an entry of this kind; only what [`Self::to_text`] writes is accepted.
            ///
            /// # Errors
            /// [`LogRecordError`] that names the line or the field, never a value.
            pub fn parse(kind: EntryKind, text: &str) -> Result<Self, LogRecordError> {
                let record = match kind {
                    $(EntryKind::$name => {
                        let record = parse_record(text, $text)?;
                        record.keys_known(&[$(stringify!($field)),*])?;
                        Self::$name($name { $($field: field(&record, stringify!($field))?,)* })
                    })*
                    _ => return Err(LogRecordError::NotCanonical),
                };
                if record.to_text() == text { Ok(record) } else { Err(LogRecordError::NotCanonical) }
            }

            fn write(&self) -> Result<String, RecordError> {
                Ok(match self {
                    $(Self::$name(record) => {
                        RecordWriter::new($text)$(.field(stringify!($field), &record.$field)?)*.finish()
                    })*
                })
            }
        }

        $(impl From<$name> for LogRecord {
            fn from(record: $name) -> Self {
                Self::$name(record)
            }
        })*
    };
}

records! {
    /// An agreement signed by all its parties came into force.
    AgreementAdmitted, "counterfoil-agreement-admitted-1" {
        /// The agreement.
        agreement: AgreementId,
        /// Its version, from 1.
        version: u32,
        /// Digest of what its parties signed.
        agreement_digest: AgreementDigest,
        /// The linkage schema agreed.
        schema_digest: SchemaDigest,
    }
    /// A study was registered.
    StudyRegistered, "counterfoil-study-registered-1" {
        /// The agreement.
        agreement: AgreementId,
        /// Digest of what its parties signed.
        agreement_digest: AgreementDigest,
        /// The study.
        study: StudyId,
        /// Digest of its file.
        study_digest: StudyDigest,
    }
    /// An extract was checked and stored.
    ExtractAdmitted, "counterfoil-extract-admitted-1" {
        /// The agreement.
        agreement: AgreementId,
        /// Digest of what its parties signed.
        agreement_digest: AgreementDigest,
        /// The dataset it is an extract of.
        dataset: DatasetId,
        /// Who submitted it.
        custodian: PartyId,
        /// The submission.
        submission: SubmissionId,
        /// Digest of its signed manifest.
        manifest_digest: ManifestDigest,
    }
    /// Two extracts were linked.
    LinkCompleted, "counterfoil-link-completed-1" {
        /// The agreement.
        agreement: AgreementId,
        /// Digest of what its parties signed.
        agreement_digest: AgreementDigest,
        /// The run.
        run: RunId,
        /// The linkage schema used.
        schema_digest: SchemaDigest,
        /// The dataset of the people who took part.
        cohort_dataset: DatasetId,
        /// The extract of it that was linked.
        cohort_manifest: ManifestDigest,
        /// The dataset of what they used.
        usage_dataset: DatasetId,
        /// The extract of it that was linked.
        usage_manifest: ManifestDigest,
        /// SHA-256 of the file of links, which stays in the unit.
        links_digest: Digest,
    }
    /// A release was issued.
    ReleaseIssued, "counterfoil-release-issued-1" {
        /// The agreement.
        agreement: AgreementId,
        /// Digest of what its parties signed.
        agreement_digest: AgreementDigest,
        /// The study that it answers.
        study: StudyId,
        /// Digest of the study's file.
        study_digest: StudyDigest,
        /// The run that it counts.
        run: RunId,
        /// SHA-256 of its body.
        release_digest: ReleaseDigest,
        /// The partner who asked first.
        requested_by: PartyId,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study() -> LogRecord {
        LogRecord::StudyRegistered(StudyRegistered {
            agreement: AgreementId::parse("nel").expect("a code"),
            agreement_digest: AgreementDigest(Digest::of(b"a")),
            study: StudyId::parse("use").expect("a code"),
            study_digest: StudyDigest(Digest::of(b"abc")),
        })
    }

    /// Written out by hand; the digests are `printf a | sha256sum` and FIPS 180-4's example.
    const STUDY: &str = "counterfoil-study-registered-1
agreement nel
agreement_digest ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
study use
study_digest ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
";

    #[test]
    fn a_record_has_one_text() {
        assert_eq!(study().to_text(), STUDY);
        assert_eq!(LogRecord::parse(EntryKind::StudyRegistered, STUDY), Ok(study()));
    }

    #[test]
    fn every_other_text_is_refused() {
        let lines: Vec<_> = STUDY.lines().collect();
        let joined = |lines: &[&str]| format!("{}\n", lines.join("\n"));
        let mut bad =
            vec![String::new(), STUDY.trim_end().to_owned(), format!("{STUDY}rows 7\n"), format!("{STUDY}\n")];
        bad.extend((0..lines.len()).map(|out| joined(&[&lines[..out], &lines[out + 1..]].concat())));
        bad.extend((1..lines.len()).map(|twice| joined(&[&lines[..=twice], &lines[twice..]].concat())));
        bad.push(joined(&[lines[0], lines[2], lines[1], lines[3], lines[4]]));
        bad.extend([
            STUDY.replace("registered-1", "registered-2"),
            STUDY.replace("nel", "Nel"),
            STUDY.replace("ba78", "BA78"),
            STUDY.replace("study use", "study  use"),
            STUDY.replace('\n', "\r\n"),
        ]);
        for text in bad {
            assert!(LogRecord::parse(EntryKind::StudyRegistered, &text).is_err(), "{text}");
        }
        assert!(LogRecord::parse(EntryKind::LinkCompleted, STUDY).is_err());
    }

    #[test]
    fn numbers_have_one_spelling() {
        let admitted = AgreementAdmitted {
            agreement: AgreementId::parse("nel").expect("a code"),
            version: 2,
            agreement_digest: AgreementDigest(Digest::of(b"a")),
            schema_digest: SchemaDigest(Digest::of(b"s")),
        };
        let text = LogRecord::from(admitted).to_text();
        for spelling in ["02", "+2", "2.0", "4294967298", "-2"] {
            let changed = text.replace("version 2", &format!("version {spelling}"));
            assert!(LogRecord::parse(EntryKind::AgreementAdmitted, &changed).is_err(), "{spelling}");
        }
    }
}
