//! The pseudonymisation key: made by one custodian, given to the others, compared by telephone.
//!
//! In: the agreement folder, a file name, a passphrase. Out: a sealed file, what it says, its fingerprint.
//! Absent on purpose: sending it. The sealed file goes one way, the passphrase another.

use std::fmt;
use std::path::PathBuf;

use counterfoil_pseudonym::Encoder;
use serde::Serialize;

use crate::context::Context;
use crate::error::StepError;
use crate::files::{self, Readers};
use crate::folder::AgreementFolder;
use crate::identity::{KeyHead, generate_key, open_key};
use crate::passphrase::Passphrase;
use crate::show;

/// What `key new` needs.
#[derive(Debug, Clone)]
pub struct KeyNew {
    /// The agreement folder; it need not be signed yet.
    pub agreement: PathBuf,
    /// The file to make.
    pub out: PathBuf,
}

/// What `key verify` needs.
#[derive(Debug, Clone)]
pub struct KeyVerify {
    /// The sealed key.
    pub key: PathBuf,
    /// The agreement folder; it need not be signed yet.
    pub agreement: PathBuf,
}

/// What a sealed key says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyFacts {
    /// The file.
    pub file: PathBuf,
    /// The agreement that it is for.
    pub agreement: String,
    /// The epoch that it is for.
    pub epoch: u32,
    /// The day on which it was made.
    pub created: String,
    /// What was done or what may be believed, in words.
    pub note: &'static str,
}

/// The fingerprint of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyFingerprintFacts {
    /// The agreement.
    pub agreement: String,
    /// The epoch.
    pub epoch: u32,
    /// Digest of the linkage schema.
    pub schema_digest: String,
    /// The fingerprint: 64 hexadecimal digits.
    pub fingerprint: String,
}

/// Makes a key for the agreement's epoch and seals it.
///
/// # Errors
/// [`StepError`].
pub fn key_new(context: &mut Context<'_>, args: &KeyNew, passphrase: &Passphrase) -> Result<KeyFacts, StepError> {
    let agreement = AgreementFolder::at(&args.agreement).read_terms()?;
    let text = generate_key(&agreement.id, agreement.key_epoch, context.today, passphrase, context.fill);
    let text = text.map_err(|source| StepError::Sealed { path: args.out.clone(), source })?;
    files::write_new(&args.out, text.as_bytes(), Readers::Owner)?;
    Ok(KeyFacts {
        file: args.out.clone(),
        agreement: agreement.id.to_string(),
        epoch: agreement.key_epoch,
        created: context.today.to_string(),
        note: "made and sealed; give the other custodians this file by one way and its passphrase by another, then compare \
               `counterfoil key verify` by telephone; the linkage unit must never have it",
    })
}

/// Reads what a sealed key says, without its passphrase.
///
/// # Errors
/// [`StepError`].
pub fn key_show(path: &std::path::Path) -> Result<KeyFacts, StepError> {
    let head = KeyHead::read(path)?;
    Ok(KeyFacts {
        file: path.to_owned(),
        agreement: head.agreement.to_string(),
        epoch: head.epoch,
        created: head.created.to_string(),
        note: "as the file says; it is verified when the file is opened with its passphrase",
    })
}

/// Opens a key and makes its fingerprint for the agreement's linkage schema.
///
/// # Errors
/// [`StepError`].
pub fn key_verify(args: &KeyVerify, passphrase: &Passphrase) -> Result<KeyFingerprintFacts, StepError> {
    let folder = AgreementFolder::at(&args.agreement);
    let agreement = folder.read_terms()?;
    let schema = folder.read_schema()?;
    let of_schema = |source| StepError::Agreement { path: folder.schema_path(), source };
    agreement.check_schema(&schema).map_err(of_schema)?;
    let key = open_key(&args.key, &agreement.id, agreement.key_epoch, passphrase)?;
    let encoder = Encoder::new(&key, &agreement.id, agreement.key_epoch, &schema);
    Ok(KeyFingerprintFacts {
        agreement: agreement.id.to_string(),
        epoch: agreement.key_epoch,
        schema_digest: schema.digest().to_string(),
        fingerprint: encoder.fingerprint().to_string(),
    })
}

impl fmt::Display for KeyFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Pseudonymisation key in {}", self.file.display())?;
        writeln!(f, "  agreement  {}", self.agreement)?;
        writeln!(f, "  epoch      {}", self.epoch)?;
        writeln!(f, "  created    {}", self.created)?;
        writeln!(f, "  ({})", self.note)
    }
}

impl fmt::Display for KeyFingerprintFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "The passphrase is right. Key fingerprint for agreement {}, epoch {}:",
            self.agreement, self.epoch
        )?;
        let spoken = show::spoken(&self.fingerprint);
        for line in spoken.as_bytes().chunks(20) {
            writeln!(f, "  {}", String::from_utf8_lossy(line).trim_end())?;
        }
        writeln!(
            f,
            "Read it out to the other custodian over the telephone. If theirs differs in any place, the key, the linkage"
        )?;
        writeln!(
            f,
            "schema or the version of counterfoil differs, and nothing would link. It tells nothing about the key."
        )
    }
}
