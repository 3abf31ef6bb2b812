//! Asking for a release, and fetching it: for delivery partners, commissioners and auditors.
//!
//! In: the agreement folder, a study, a connection. Out: a folder that is written only after the whole chain has been verified.
//! Absent on purpose: believing the unit, or showing a count before it is proven.

use std::fmt;
use std::path::PathBuf;

use counterfoil_model::{StudyDigest, StudyId};
use counterfoil_release::{tables_text, verify_logged_release};
use serde::Serialize;

use super::connect::Connect;
use super::link::Watch;
use crate::bundle::{REPORT_FILE, TABLES_FILE, write_bundle};
use crate::context::Context;
use crate::error::StepError;
use crate::folder::{AgreementFolder, SignedFolder};

/// What `request` needs.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// The study.
    pub study: StudyId,
}

/// What `fetch` needs.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// The study.
    pub study: StudyId,
    /// The release's folder to make.
    pub out: PathBuf,
}

/// A release that the unit has made and logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requested {
    /// The study.
    pub study: String,
    /// SHA-256 of the release's body.
    pub release_digest: String,
}

/// A release that was fetched and verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// The study.
    pub study: String,
    /// SHA-256 of the release's body.
    pub release_digest: String,
    /// The release's folder.
    pub folder: PathBuf,
    /// Place of its entry in the log.
    pub log_index: u64,
    /// The tables, as text.
    #[serde(skip)]
    pub tables: String,
}

/// Asks for a study's tables and watches the request to its end.
///
/// # Errors
/// [`StepError`].
pub async fn request(context: &Context<'_>, args: &Request, connect: &Connect) -> Result<Requested, StepError> {
    let folder = AgreementFolder::at(&args.agreement).open_signed()?;
    folder.expect_in_force(context.today)?;
    expect_study(&folder, &args.study)?;
    let mut client = connect.connect().await?;
    let mut watch = Watch::new(context.progress);
    let agreement = &folder.agreement().id;
    let digest = client.request_release(agreement, &args.study, &mut |progress| watch.show(progress)).await?;
    watch.end();
    Ok(Requested { study: args.study.to_string(), release_digest: digest.to_string() })
}

/// Fetches the newest release of a study, verifies it from the log's signed root up and against the signed terms, and writes it.
///
/// # Errors
/// [`StepError`]; nothing is written then.
pub async fn fetch(args: &Fetch, connect: &Connect) -> Result<Fetched, StepError> {
    let folder = AgreementFolder::at(&args.agreement).open_signed()?;
    expect_study(&folder, &args.study)?;
    let study = folder.read_pinned_study(&args.study)?;
    if args.out.symlink_metadata().is_ok() {
        return Err(StepError::Exists { path: args.out.clone() });
    }
    let mut client = connect.connect().await?;
    let bundle = client.fetch_release(&folder.agreement().id, &args.study).await?;
    let (_, log_key) = folder.unit();
    let refused = |error: counterfoil_release::EvidenceError| StepError::Verification(error.to_string());
    let release =
        verify_logged_release(&bundle.body, &bundle.evidence, &bundle.checkpoint, log_key).map_err(refused)?;
    let permitted = release.verify_terms(&folder.signed, &study).map_err(refused)?;
    let release = permitted.release();
    write_bundle(&args.out, release, &bundle.body, &bundle.evidence, &bundle.checkpoint, folder.agreement(), &study)?;
    Ok(Fetched {
        study: args.study.to_string(),
        release_digest: release.digest().to_string(),
        folder: args.out.clone(),
        log_index: release.steps().last().map_or(0, |step| step.index.0),
        tables: tables_text(release.body()),
    })
}

/// Names the studies there are when the one asked for is not among them.
fn expect_study(folder: &SignedFolder, study: &StudyId) -> Result<StudyDigest, StepError> {
    let studies = &folder.agreement().studies;
    studies.iter().find(|pinned| pinned.id == *study).map(|pinned| pinned.digest).ok_or_else(|| {
        let known: Vec<&str> = studies.iter().map(|pinned| pinned.id.as_str()).collect();
        StepError::UnknownStudy { study: study.clone(), known: known.join(", ") }
    })
}

impl fmt::Display for Requested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Released and logged: study {}, SHA-256 {}", self.study, self.release_digest)?;
        writeln!(f, "Next: `counterfoil fetch`, which verifies it before it is written.")
    }
}

impl fmt::Display for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.tables)?;
        writeln!(f, "Verified: permitted by the agreement, logged first (entry {}), unaltered.", self.log_index)?;
        writeln!(f, "  to read         {}", self.folder.join(REPORT_FILE).display())?;
        writeln!(f, "  for a spreadsheet  {}", self.folder.join(TABLES_FILE).display())?;
        writeln!(f, "  SHA-256         {}", self.release_digest)?;
        writeln!(f, "Anyone with the agreement folder can verify it again, offline: `counterfoil audit verify`.")
    }
}
