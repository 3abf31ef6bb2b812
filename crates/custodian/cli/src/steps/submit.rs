//! Sending an extract to the linkage unit, and keeping the receipt.
//!
//! In: an extract's folder, the agreement folder, a connection. Out: three receipt files, verified before they are written.
//! Absent on purpose: believing the unit. The receipt is the log's own proof that this very extract was admitted.

use std::fmt;
use std::path::{Path, PathBuf};

use counterfoil_extract::{Extract, ExtractError};
use counterfoil_model::{ManifestDigest, SubmissionId};
use counterfoil_release::LogRecord;
use counterfoil_wire::LoggedEntry;
use serde::Serialize;

use super::connect::Connect;
use crate::context::{Context, ProgressUnit};
use crate::error::StepError;
use crate::evidence::{entry_files, verify_entry};
use crate::files::{self, Readers};
use crate::folder::{AgreementFolder, SignedFolder};

/// Hexadecimal digits of the manifest digest in a submission's name.
const DIGITS: usize = 16;

/// What `submit` needs.
#[derive(Debug, Clone)]
pub struct Submit {
    /// The extract's folder.
    pub extract: PathBuf,
    /// The agreement folder.
    pub agreement: PathBuf,
    /// Name of the submission; by default made from the manifest's digest, so that sending twice is harmless.
    pub submission: Option<SubmissionId>,
    /// Where the receipt goes; by default beside the extract.
    pub receipt_dir: Option<PathBuf>,
}

/// A submission that was admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubmitReceipt {
    /// The submission.
    pub submission: String,
    /// Digest of the extract's manifest.
    pub manifest_digest: String,
    /// Place of its entry in the log.
    pub log_index: u64,
    /// The receipt's files.
    pub files: Vec<PathBuf>,
}

/// The name of an extract's submission, unless another is asked for.
///
/// # Panics
/// Never: a digest is hexadecimal.
pub fn submission_of(digest: ManifestDigest) -> SubmissionId {
    let digits: String = digest.to_string().chars().take(DIGITS).collect();
    SubmissionId::parse(&format!("sub-{digits}")).expect("hexadecimal digits are a code")
}

/// Sends an extract and verifies the receipt.
///
/// # Errors
/// [`StepError`]. Sending again, the whole or what is left, is harmless.
pub async fn submit(context: &Context<'_>, args: &Submit, connect: &Connect) -> Result<SubmitReceipt, StepError> {
    let folder = AgreementFolder::at(&args.agreement).open_signed()?;
    folder.expect_in_force(context.today)?;
    let extract = open_extract(&args.extract, &folder)?;
    let submission = args.submission.clone().unwrap_or_else(|| submission_of(extract.digest()));
    let mut client = connect.connect().await?;
    let progress = context.progress;
    let total: u64 = extract.files().iter().map(|file| file.bytes).sum();
    progress.begin("sending", Some(total), ProgressUnit::Bytes);
    let mut sent = |bytes: u64, _total: u64| progress.at(bytes);
    let entry = client.submit(&folder.agreement().id, &submission, &extract, &mut sent).await?;
    progress.end();
    verify_receipt(&entry, &extract, &submission, &folder)?;
    let files = write_receipt(args, &submission, &entry)?;
    Ok(SubmitReceipt {
        submission: submission.to_string(),
        manifest_digest: extract.digest().to_string(),
        log_index: entry.evidence.index.0,
        files,
    })
}

fn open_extract(path: &Path, folder: &SignedFolder) -> Result<Extract, ExtractError> {
    Extract::open(path, &folder.signed, &folder.schema)
}

fn verify_receipt(
    entry: &LoggedEntry,
    extract: &Extract,
    submission: &SubmissionId,
    folder: &SignedFolder,
) -> Result<(), StepError> {
    let (_, log_key) = folder.unit();
    let record = verify_entry(&entry.evidence, &entry.checkpoint, log_key)?;
    let LogRecord::ExtractAdmitted(admitted) = record else {
        return Err(StepError::Verification("the receipt is of another kind of log entry".to_owned()));
    };
    let manifest = extract.manifest();
    let same = admitted.agreement == manifest.agreement
        && admitted.agreement_digest == manifest.agreement_digest
        && admitted.dataset == manifest.dataset
        && admitted.custodian == manifest.custodian
        && admitted.submission == *submission
        && admitted.manifest_digest == extract.digest();
    if same { Ok(()) } else { Err(StepError::Verification("the receipt is of another extract".to_owned())) }
}

fn write_receipt(args: &Submit, submission: &SubmissionId, entry: &LoggedEntry) -> Result<Vec<PathBuf>, StepError> {
    let dir = args.receipt_dir.clone().unwrap_or_else(|| {
        let mut name = args.extract.file_name().unwrap_or_default().to_owned();
        name.push("-receipt");
        args.extract.with_file_name(name)
    });
    files::folder(&dir)?;
    let mut written = Vec::new();
    for (ending, bytes) in entry_files(&entry.evidence, &entry.checkpoint)? {
        let path = dir.join(format!("{submission}.{ending}"));
        // A receipt of the same submission proves the same; a newer one is proven against a newer checkpoint.
        files::write_in_place_of(&path, &bytes, Readers::Everyone)?;
        written.push(path);
    }
    Ok(written)
}

impl fmt::Display for SubmitReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Admitted and logged: submission {}, entry {} of the log", self.submission, self.log_index)?;
        writeln!(f, "  manifest  {}", self.manifest_digest)?;
        for file in &self.files {
            writeln!(f, "  receipt   {}", file.display())?;
        }
        writeln!(
            f,
            "The receipt was verified: the log's signed root covers the entry, and the entry is of this very extract."
        )
    }
}
