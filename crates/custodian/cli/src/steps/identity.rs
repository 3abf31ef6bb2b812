//! A party's identity: the key that it signs agreements and extracts with.
//!
//! In: the party's name, a file name, a passphrase. Out: a sealed file, and the public key for the agreement.
//! Absent on purpose: the certificate for the connection, which the party's own authority issues.

use std::fmt;
use std::path::{Path, PathBuf};

use counterfoil_model::PartyId;
use serde::Serialize;

use crate::context::Context;
use crate::error::StepError;
use crate::files::{self, Readers};
use crate::identity::{Identity, IdentityHead};
use crate::passphrase::Passphrase;

/// What `identity new` needs.
#[derive(Debug, Clone)]
pub struct IdentityNew {
    /// The party.
    pub party: PartyId,
    /// The file to make.
    pub out: PathBuf,
}

/// What an identity file says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdentityFacts {
    /// The file.
    pub file: PathBuf,
    /// The party.
    pub party: String,
    /// The public key, as an agreement's statement has it.
    pub vkey: String,
    /// The day on which it was made.
    pub created: String,
}

/// Makes a signing key and seals it.
///
/// # Errors
/// [`StepError`].
pub fn identity_new(
    context: &mut Context<'_>,
    args: &IdentityNew,
    passphrase: &Passphrase,
) -> Result<IdentityFacts, StepError> {
    let made = Identity::generate(&args.party, context.today, passphrase, context.fill);
    let (identity, text) = made.map_err(|source| StepError::Sealed { path: args.out.clone(), source })?;
    files::write_new(&args.out, text.as_bytes(), Readers::Owner)?;
    Ok(IdentityFacts {
        file: args.out.clone(),
        party: args.party.to_string(),
        vkey: identity.key().to_string(),
        created: context.today.to_string(),
    })
}

/// Reads what an identity file says, without its passphrase.
///
/// # Errors
/// [`StepError`].
pub fn identity_show(path: &Path) -> Result<IdentityFacts, StepError> {
    let head = IdentityHead::read(path)?;
    Ok(IdentityFacts {
        file: path.to_owned(),
        party: head.party.to_string(),
        vkey: head.key.to_string(),
        created: head.created.to_string(),
    })
}

impl fmt::Display for IdentityFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Identity of {} in {}", self.party, self.file.display())?;
        writeln!(f, "  public key  {}", self.vkey)?;
        writeln!(f, "  created     {}", self.created)?;
        writeln!(f, "Give the public key to whoever proposes the agreement; the file and its passphrase stay with you.")
    }
}
