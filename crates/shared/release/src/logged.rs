//! From reviewed tables to a release, and from there to a release that is in the log.
//!
//! In: [`Reviewed`] and the head; later the evidence from the log. Out: [`LoggedRelease`], the one thing that may be sent to a partner.
//! Absent on purpose: a way to send a [`Release`]. Its bytes can be stored beside its log entry, in one write, and no more.

use counterfoil_audit::NoteKey;
use counterfoil_model::ReleaseDigest;

use crate::body::{BodyError, ReleaseBody, ReleaseHead, digest_of, parse_release};
use crate::evidence::{Evidence, EvidenceError, VerifiedRelease, verify_logged_release};
use crate::review::Reviewed;

/// A release that is not in the log yet.
pub struct Release {
    bytes: Vec<u8>,
    digest: ReleaseDigest,
}

impl Reviewed {
    /// Writes the body. It is read back as its receivers will read it before it counts as a release.
    ///
    /// # Errors
    /// [`BodyError`] if the head is not valid or the body too large.
    pub fn release(self, head: ReleaseHead) -> Result<Release, BodyError> {
        let bytes = ReleaseBody::new(head, self.rules, self.tables)?.to_bytes();
        parse_release(&bytes)?;
        Ok(Release { digest: digest_of(&bytes), bytes })
    }
}

impl Release {
    /// SHA-256 of the body: what the log entry names.
    pub fn digest(&self) -> ReleaseDigest {
        self.digest
    }

    /// The body, to be written in the same durable write as its log entry, and to nobody.
    pub fn body_to_store_with_its_log_entry(&self) -> &[u8] {
        &self.bytes
    }

    /// Joins the release with its evidence, after verifying the whole chain as any reader will.
    ///
    /// # Errors
    /// [`EvidenceError`] for the first thing that is wrong.
    pub fn logged(
        self,
        evidence: Vec<Evidence>,
        checkpoint: Vec<u8>,
        log_key: &NoteKey,
    ) -> Result<LoggedRelease, EvidenceError> {
        LoggedRelease::from_stored_body(self.bytes, evidence, checkpoint, log_key)
    }
}

/// A release whose log entry, and every entry that permits it, has been verified against a signed checkpoint.
#[derive(Debug, Clone)]
pub struct LoggedRelease {
    bytes: Vec<u8>,
    evidence: Vec<Evidence>,
    checkpoint: Vec<u8>,
    verified: VerifiedRelease,
}

impl LoggedRelease {
    /// Takes a body that was stored with its log entry: the same release again, proven against a newer checkpoint perhaps.
    ///
    /// # Errors
    /// [`EvidenceError`] for the first thing that is wrong.
    pub fn from_stored_body(
        body: Vec<u8>,
        evidence: Vec<Evidence>,
        checkpoint: Vec<u8>,
        log_key: &NoteKey,
    ) -> Result<Self, EvidenceError> {
        let verified = verify_logged_release(&body, &evidence, &checkpoint, log_key)?;
        Ok(Self { bytes: body, evidence, checkpoint, verified })
    }

    /// The body: canonical JSON.
    pub fn body_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The log entries that permit it, in log order, its own last.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// The signed checkpoint that the evidence is proven against.
    pub fn checkpoint_bytes(&self) -> &[u8] {
        &self.checkpoint
    }

    /// What was verified.
    pub fn verified(&self) -> &VerifiedRelease {
        &self.verified
    }
}
