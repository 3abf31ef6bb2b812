//! The agreement folder: terms, the parties' signatures, the linkage schema, the studies.
//!
//! In: a folder. Out: its parts, each parsed; or [`SignedFolder`], in which everything fits together.
//! Absent on purpose: any fallback. A part that is not the pinned one is refused by name.

use std::path::{Path, PathBuf};

use counterfoil_audit::{NOTE_BYTES_MAX, NoteError, NoteKey, SignedNote, parse_note_text, parse_signed_note};
use counterfoil_model::{Agreement, LinkageSchema, PartyId, Role, SignedAgreement, Study, StudyId, TERMS_BYTES_MAX};
use jiff::civil::Date;

use crate::error::StepError;
use crate::files;

/// Name of the terms in an agreement folder.
pub const TERMS_FILE: &str = "agreement.toml";
/// Name of the signed statement in an agreement folder.
pub const NOTE_FILE: &str = "agreement.note";
/// Name of the linkage schema in an agreement folder.
pub const SCHEMA_FILE: &str = "schema.toml";
/// Name of the folder of study files in an agreement folder.
pub const STUDIES_FOLDER: &str = "studies";

/// An agreement folder whose parts are where they belong; nothing is read yet.
#[derive(Debug, Clone)]
pub struct AgreementFolder {
    dir: PathBuf,
}

/// An agreement that all parties have signed, and the linkage schema that it pins.
pub struct SignedFolder {
    /// Where it was read.
    pub folder: AgreementFolder,
    /// The agreement.
    pub signed: SignedAgreement,
    /// The linkage schema that it pins.
    pub schema: LinkageSchema,
}

impl AgreementFolder {
    /// The folder at a path.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Path of the terms.
    pub fn terms_path(&self) -> PathBuf {
        self.dir.join(TERMS_FILE)
    }

    /// Path of the signed statement.
    pub fn note_path(&self) -> PathBuf {
        self.dir.join(NOTE_FILE)
    }

    /// Path of the linkage schema.
    pub fn schema_path(&self) -> PathBuf {
        self.dir.join(SCHEMA_FILE)
    }

    /// Path of a study.
    pub fn study_path(&self, study: &StudyId) -> PathBuf {
        self.dir.join(STUDIES_FOLDER).join(format!("{study}.toml"))
    }

    /// Reads the terms.
    ///
    /// # Errors
    /// [`StepError::Agreement`], or one of reading.
    pub fn read_terms(&self) -> Result<Agreement, StepError> {
        let path = self.terms_path();
        let text = files::read_text_exact(&path, TERMS_BYTES_MAX as u64)?;
        Agreement::parse(&text).map_err(|source| StepError::Agreement { path, source })
    }

    /// Reads the linkage schema, whether or not it is the pinned one.
    ///
    /// # Errors
    /// [`StepError::Schema`], or one of reading.
    pub fn read_schema(&self) -> Result<LinkageSchema, StepError> {
        let path = self.schema_path();
        let text = files::read_text_exact(&path, TERMS_BYTES_MAX as u64)?;
        LinkageSchema::parse(&text).map_err(|source| StepError::Schema { path, source })
    }

    /// Reads a study, whether or not it is the pinned one.
    ///
    /// # Errors
    /// [`StepError::Study`], or one of reading.
    pub fn read_study(&self, study: &StudyId) -> Result<Study, StepError> {
        let path = self.study_path(study);
        let text = files::read_text_exact(&path, TERMS_BYTES_MAX as u64)?;
        Study::parse(&text).map_err(|source| StepError::Study { path, source })
    }

    /// Reads the statement; it may have no signature yet. `None` when there is no such file.
    ///
    /// # Errors
    /// [`StepError::NoteFile`], or one of reading.
    pub fn read_note(&self) -> Result<Option<SignedNote>, StepError> {
        let path = self.note_path();
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let bytes = files::read_limited(&path, NOTE_BYTES_MAX as u64)?;
        parse_statement(&bytes).map(Some).map_err(|source| StepError::NoteFile { path, source })
    }

    /// Reads the agreement with all signatures, and the linkage schema that it pins.
    ///
    /// # Errors
    /// [`StepError::NotSigned`], [`StepError::Agreement`] when a signature is missing or wrong or the schema is another,
    /// or one of reading.
    pub fn open_signed(&self) -> Result<SignedFolder, StepError> {
        let terms = self.read_terms()?;
        let note = self.read_note()?.ok_or_else(|| StepError::NotSigned { path: self.note_path() })?;
        let of_note = |source| StepError::Agreement { path: self.note_path(), source };
        let signed = SignedAgreement::verify(terms, &note).map_err(of_note)?;
        let schema = self.read_schema()?;
        let of_schema = |source| StepError::Agreement { path: self.schema_path(), source };
        signed.agreement().check_schema(&schema).map_err(of_schema)?;
        Ok(SignedFolder { folder: self.clone(), signed, schema })
    }
}

impl SignedFolder {
    /// The terms.
    pub fn agreement(&self) -> &Agreement {
        self.signed.agreement()
    }

    /// Reads a study that must be the pinned one and ask only for what is shared.
    ///
    /// # Errors
    /// [`StepError::Study`], [`StepError::Agreement`], or one of reading.
    pub fn read_pinned_study(&self, study: &StudyId) -> Result<Study, StepError> {
        let of_study = |source| StepError::Agreement { path: self.folder.study_path(study), source };
        let study = self.folder.read_study(study)?;
        self.agreement().check_study(&study).map_err(of_study)?;
        Ok(study)
    }

    /// Refuses a day outside the agreement's term.
    ///
    /// # Errors
    /// [`StepError::NotInForce`].
    pub fn expect_in_force(&self, today: Date) -> Result<(), StepError> {
        let agreement = self.agreement();
        if agreement.in_force_on(today) {
            return Ok(());
        }
        Err(StepError::NotInForce {
            agreement: agreement.id.clone(),
            starts_on: agreement.starts_on,
            ends_on: agreement.ends_on,
            today,
        })
    }

    /// The linkage unit and its key, which is also the key and the name of the log.
    ///
    /// # Panics
    /// Never: an agreement has exactly one linkage unit, and a signed one every party's key.
    pub fn unit(&self) -> (&PartyId, &NoteKey) {
        let mut parties = self.agreement().parties.iter();
        let unit =
            parties.find(|party| party.roles.contains(&Role::LinkageUnit)).expect("an agreement has a linkage unit");
        (&unit.id, self.signed.key(&unit.id).expect("a signed agreement has every party's key"))
    }
}

/// A statement as `agreement propose` writes it has no signature line, which a note proper must have.
fn parse_statement(bytes: &[u8]) -> Result<SignedNote, NoteError> {
    match parse_signed_note(bytes) {
        Err(NoteError::NoSignatures) => {
            let text = std::str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
            let text = text.strip_suffix("\n\n").ok_or(NoteError::NoSignatures)?;
            Ok(SignedNote::attach(parse_note_text(&format!("{text}\n"))?))
        }
        read => read,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_statement_without_signatures_is_read_as_it_was_written() {
        let text = parse_note_text("counterfoil-agreement-statement-1\nagreement a\n").unwrap();
        let note = SignedNote::attach(text);
        assert_eq!(parse_statement(&note.to_bytes()).unwrap(), note);
        for bad in ["", "\n", "a", "a\n", "a\n\nb\n", "a\tb\n\n"] {
            assert!(parse_statement(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
