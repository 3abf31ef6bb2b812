//! Agreement folders: read, verified, and entered in the log when they are new.
//!
//! In: folders of the operator. Out: one [`AgreementRoom`] for each agreement in the log's newest version. Studies are
//! registered together with their agreement, so they always stand in the log before any extract under it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterfoil_audit::{Nonce, parse_signed_note};
use counterfoil_model::{
    Agreement, AgreementId, LinkageSchema, PartyId, Role, SignedAgreement, Study, StudyId, TERMS_BYTES_MAX,
};
use counterfoil_release::{AgreementAdmitted, LogRecord, StudyRegistered};

use crate::environment::Environment;
use crate::error::{DaemonError, at};
use crate::ledger::Ledger;

/// An agreement with everything that it pins.
pub(crate) struct AgreementRoom {
    pub(crate) signed: SignedAgreement,
    pub(crate) schema: LinkageSchema,
    pub(crate) studies: BTreeMap<StudyId, Study>,
}

impl AgreementRoom {
    /// The terms.
    pub(crate) fn agreement(&self) -> &Agreement {
        self.signed.agreement()
    }

    /// Reads and verifies a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, DaemonError> {
        let agreement = read_terms(folder)?;
        let note = read_text(&folder.join("agreement.note"))?;
        let note = parse_signed_note(note.as_bytes()).map_err(refused(folder))?;
        let signed = SignedAgreement::verify(agreement, &note).map_err(refused(folder))?;
        let schema = LinkageSchema::parse(&read_text(&folder.join("schema.toml"))?).map_err(refused(folder))?;
        signed.agreement().check_schema(&schema).map_err(refused(folder))?;
        let mut studies = BTreeMap::new();
        for pinned in &signed.agreement().studies {
            let path = folder.join("studies").join(format!("{}.toml", pinned.id));
            let study = Study::parse(&read_text(&path)?).map_err(refused(folder))?;
            signed.agreement().check_study(&study).map_err(refused(folder))?;
            studies.insert(pinned.id.clone(), study);
        }
        Ok(Self { signed, schema, studies })
    }
}

/// Reads the terms of an agreement folder, signed or not.
pub(crate) fn read_terms(folder: &Path) -> Result<Agreement, DaemonError> {
    Agreement::parse(&read_text(&folder.join("agreement.toml"))?).map_err(refused(folder))
}

/// Reads the folders and enters what is new in the log.
pub(crate) fn admit(
    folders: &[PathBuf],
    unit: &PartyId,
    ledger: &mut Ledger,
    environment: &Environment,
) -> Result<BTreeMap<AgreementId, AgreementRoom>, DaemonError> {
    let mut rooms = BTreeMap::new();
    for folder in folders {
        let room = AgreementRoom::read(folder)?;
        let refuse = |problem: String| DaemonError::Agreement { folder: folder.clone(), problem };
        let agreement = room.agreement();
        if !agreement.has_role(unit, Role::LinkageUnit) {
            return Err(refuse(format!("its linkage unit is not {unit}, the name in this daemon's configuration")));
        }
        if room.signed.key(unit) != Some(ledger.key().public()) {
            return Err(refuse("it pins another key for this unit than the log key that is configured".to_owned()));
        }
        let digest = room.signed.digest();
        let known = ledger.state().agreement(&agreement.id).cloned();
        if known.as_ref().is_none_or(|known| known.digest != digest) {
            if known.is_some_and(|known| known.version >= agreement.version) {
                return Err(refuse("the log has this or a later version with other terms; raise `version`".to_owned()));
            }
            append(
                ledger,
                environment,
                AgreementAdmitted {
                    agreement: agreement.id.clone(),
                    version: agreement.version,
                    agreement_digest: digest,
                    schema_digest: agreement.schema_digest,
                },
            )?;
        }
        for pinned in &agreement.studies {
            if ledger.state().study(digest, &pinned.id).is_none() {
                append(
                    ledger,
                    environment,
                    StudyRegistered {
                        agreement: agreement.id.clone(),
                        agreement_digest: digest,
                        study: pinned.id.clone(),
                        study_digest: pinned.digest,
                    },
                )?;
            }
        }
        tracing::info!(agreement = %agreement.id, version = agreement.version, "agreement in force");
        if rooms.insert(agreement.id.clone(), room).is_some() {
            return Err(refuse("another configured folder holds the same agreement".to_owned()));
        }
    }
    Ok(rooms)
}

fn append(ledger: &mut Ledger, environment: &Environment, record: impl Into<LogRecord>) -> Result<(), DaemonError> {
    let mut nonce = Nonce([0; 16]);
    (environment.fill)(&mut nonce.0);
    ledger.append(&record.into(), environment.seconds(), nonce, None)?;
    Ok(())
}

fn read_text(path: &Path) -> Result<String, DaemonError> {
    let bytes = std::fs::read(path).map_err(at(path))?;
    if bytes.len() > TERMS_BYTES_MAX {
        return Err(at(path)(std::io::Error::new(std::io::ErrorKind::InvalidData, "longer than 1 MiB")));
    }
    String::from_utf8(bytes)
        .map_err(|_| at(path)(std::io::Error::new(std::io::ErrorKind::InvalidData, "not UTF-8 text")))
}

fn refused<E: std::fmt::Display>(folder: &Path) -> impl Fn(E) -> DaemonError + '_ {
    move |error| DaemonError::Agreement { folder: folder.to_owned(), problem: error.to_string() }
}
