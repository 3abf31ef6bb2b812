//! The unit's signing key: checkpoints and the unit's signature under an agreement.
//!
//! In: a PKCS#8 file that only the daemon may read. Out: signatures under the unit's party name.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use counterfoil_audit::{NoteKey, NoteText, SignedNote};
use counterfoil_model::PartyId;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use crate::files;

/// Why the key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogKeyError {
    /// The file cannot be read or written.
    #[error("log key {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// Not an Ed25519 key in PKCS#8 PEM.
    #[error("log key {0}: is not an Ed25519 key as `counterfoild new-key` writes it")]
    NotAKey(PathBuf),
    /// Others than its owner may read the file.
    #[error("log key {0}: others than its owner may read it; run `chmod 600` on it")]
    Permissions(PathBuf),
}

/// The unit's signing key.
pub struct LogKey {
    pair: Ed25519KeyPair,
    public: NoteKey,
}

impl LogKey {
    /// Makes a new key and writes it to a file that must not exist yet, readable by its owner alone.
    ///
    /// # Errors
    /// [`LogKeyError::File`] when the file exists or cannot be written.
    pub fn create(path: &Path, unit: &PartyId) -> Result<Self, LogKeyError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("the system gives random bytes");
        let der = Zeroizing::new(document.as_ref().to_vec());
        let pem = pem(&der);
        files::write_new_private(path, pem.as_bytes()).map_err(|error| LogKeyError::File(path.to_owned(), error))?;
        Self::from_pkcs8(&der, unit).ok_or_else(|| LogKeyError::NotAKey(path.to_owned()))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`LogKeyError`].
    pub fn read(path: &Path, unit: &PartyId) -> Result<Self, LogKeyError> {
        let file = |error| LogKeyError::File(path.to_owned(), error);
        if !files::is_private(path).map_err(file)? {
            return Err(LogKeyError::Permissions(path.to_owned()));
        }
        let pem = Zeroizing::new(std::fs::read(path).map_err(file)?);
        let not_a_key = || LogKeyError::NotAKey(path.to_owned());
        let der = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(|_| not_a_key())?;
        Self::from_pkcs8(der.secret_pkcs8_der(), unit).ok_or_else(not_a_key)
    }

    fn from_pkcs8(der: &[u8], unit: &PartyId) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(der).ok()?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        let public = NoteKey::from_ed25519(unit.as_str(), public).ok()?;
        Some(Self { pair, public })
    }

    /// The public half.
    pub fn public(&self) -> &NoteKey {
        &self.public
    }

    /// Signs a note.
    pub(crate) fn sign(&self, note: SignedNote) -> SignedNote {
        let signature = self.pair.sign(note.message());
        note.with_signature(&self.public, signature.as_ref()).expect("a key's own signature verifies")
    }

    /// Signs a text.
    pub(crate) fn sign_text(&self, text: NoteText) -> SignedNote {
        self.sign(SignedNote::attach(text))
    }
}

/// PEM (RFC 7468) of a PKCS#8 key.
fn pem(der: &[u8]) -> Zeroizing<String> {
    use base64::Engine as _;
    let body = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(body.len() + 64));
    text.push_str("-----BEGIN PRIVATE KEY-----\n");
    for line in body.as_bytes().chunks(64) {
        let line = std::str::from_utf8(line).expect("base64 is ASCII");
        writeln!(text, "{line}").expect("a string takes any text");
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_once_and_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("unit.pem");
        let unit = PartyId::parse("unit").expect("a name");
        let made = LogKey::create(&path, &unit).expect("made");
        assert_eq!(LogKey::read(&path, &unit).expect("read").public(), made.public());
        assert!(matches!(LogKey::create(&path, &unit), Err(LogKeyError::File(..))), "never overwritten");

        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("changed");
            assert!(matches!(LogKey::read(&path, &unit), Err(LogKeyError::Permissions(_))));
        }
    }

    #[test]
    fn something_else_is_no_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("unit.pem");
        files::write_new_private(&path, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
            .expect("written");
        let unit = PartyId::parse("unit").expect("a name");
        assert!(matches!(LogKey::read(&path, &unit), Err(LogKeyError::NotAKey(_))));
    }
}
