//! Verifying a release from files alone: no network, and no trust in the linkage unit.
//!
//! In: the agreement folder, a release's folder, a copy of the log if there is one, an older checkpoint if there is one.
//! Out: a numbered list of checks in plain words.
//! Absent on purpose: any question to the unit. The one key that is believed is in the agreement that all parties signed.

use std::fmt;
use std::path::PathBuf;

use counterfoil_audit::{NOTE_BYTES_MAX, NoteKey, verify_checkpoint};
use counterfoil_model::{PartyId, Study};
use counterfoil_release::{EvidenceError, VerifiedRelease, parse_release, tables_csv, verify_logged_release};
use serde::Serialize;

use crate::bundle::{Bundle, REPORT_FILE, TABLES_FILE, read_bundle};
use crate::check::{Check, Checks};
use crate::error::StepError;
use crate::files;
use crate::folder::{AgreementFolder, SignedFolder};
use crate::log_folder::{LogFolder, ReadLog};
use crate::report::report_html;
use crate::show;

/// What `audit verify` needs.
#[derive(Debug, Clone)]
pub struct AuditVerify {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// The release's folder, as `fetch` wrote it.
    pub release: PathBuf,
    /// A copy of the log, as `audit fetch` wrote it.
    pub log: Option<PathBuf>,
    /// A checkpoint that was kept from before.
    pub previous: Option<PathBuf>,
}

/// What was checked, and of which release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// The release's folder.
    pub release: PathBuf,
    /// Whether every check holds.
    pub verified: bool,
    /// Whether nothing after the last check could be checked.
    pub stopped: bool,
    /// SHA-256 of `release.json`, if the release was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_digest: Option<String>,
    /// The checks.
    pub checks: Checks,
}

/// Verifies a release from files alone.
///
/// # Errors
/// [`StepError`] only when a folder that was named is not there; everything else is a failed check.
pub fn audit_verify(args: &AuditVerify) -> Result<AuditReport, StepError> {
    let folders = [Some(&args.agreement), Some(&args.release), args.log.as_ref(), args.previous.as_ref()];
    for path in folders.into_iter().flatten() {
        std::fs::metadata(path).map_err(|source| StepError::Read { path: path.clone(), source })?;
    }
    let mut checks = Checks::default();
    let reached = run(args, &mut checks);
    Ok(AuditReport {
        release: args.release.clone(),
        verified: reached.is_some() && checks.first_failed().is_none(),
        stopped: reached.is_none(),
        release_digest: reached,
        checks,
    })
}

/// Runs the checks; `None` when the rest could not be checked.
fn run(args: &AuditVerify, checks: &mut Checks) -> Option<String> {
    let signed = AgreementFolder::at(&args.agreement).open_signed();
    let name = "the agreement is signed by all its parties, and pins this linkage schema";
    let folder = checks.keep(name, signed)?;
    check_studies(&folder, checks);
    let (unit, log_key) = folder.unit();
    let bundle = checks.keep("the release's files are there and can be read", read_bundle(&args.release))?;
    check_checkpoint(&bundle, unit, log_key, checks)?;
    if let Some(dir) = &args.log {
        check_log(&LogFolder::at(dir), &bundle, log_key, args, checks);
    } else if args.previous.is_some() {
        let problem = "an older checkpoint is compared by way of the whole log: give --log too".to_owned();
        checks.push("the log has only grown since the checkpoint kept", Err(problem));
    }
    let verified = check_chain(&bundle, log_key, checks)?;
    let study = folder.read_pinned_study(&verified.body().head().study).map_err(|error| error.to_string());
    check_terms(&folder, &verified, study.as_ref(), checks);
    check_forms(&folder, &bundle, &verified, study.as_ref(), checks);
    Some(verified.digest().to_string())
}

fn check_studies(folder: &SignedFolder, checks: &mut Checks) {
    for pinned in &folder.agreement().studies {
        let name = format!("study {} is the one that the agreement pins", pinned.id);
        checks.keep(name, folder.read_pinned_study(&pinned.id));
    }
}

fn check_checkpoint(bundle: &Bundle, unit: &PartyId, log_key: &NoteKey, checks: &mut Checks) -> Option<()> {
    let checkpoint = verify_checkpoint(&bundle.checkpoint, log_key);
    let name = match &checkpoint {
        Ok(checkpoint) => {
            let entries = show::count(checkpoint.size().0, "entry", "entries");
            format!("the release's checkpoint, of {entries}, is signed by {unit}")
        }
        Err(_) => format!("the release's checkpoint is signed by {unit}"),
    };
    checks.keep(name, checkpoint).map(|_| ())
}

fn check_log(log: &LogFolder, bundle: &Bundle, log_key: &NoteKey, args: &AuditVerify, checks: &mut Checks) {
    let Some(checkpoint) =
        checks.keep("the log's own checkpoint is signed by the unit", log.verify_checkpoint(log_key))
    else {
        return;
    };
    let entries = show::count(checkpoint.size().0, "entry", "entries");
    let Some(read) = checks.keep(format!("all {entries} of the log can be read"), log.read(checkpoint.size())) else {
        return;
    };
    let whole = if read.tree.root() == checkpoint.root() {
        Ok(())
    } else {
        Err("an entry was changed, added or removed, or is of another log".to_owned())
    };
    checks.push("every entry, hashed anew, leads to the signed root", whole);
    let ReadLog { entry_problem, time_problem, .. } = &read;
    checks.push("every entry is one that this version knows", entry_problem.clone().map_or(Ok(()), Err));
    checks.push("no entry is dated before the one before it", time_problem.clone().map_or(Ok(()), Err));
    check_prefix("the release's checkpoint is of this log", &bundle.checkpoint, &read, log_key, checks);
    if let Some(path) = &args.previous {
        let name = "the log has only grown since the checkpoint kept";
        if let Some(bytes) =
            checks.keep("the checkpoint kept can be read", files::read_limited(path, NOTE_BYTES_MAX as u64))
        {
            check_prefix(name, &bytes, &read, log_key, checks);
        }
    }
}

/// With all entries at hand an older root is computed, not proven.
fn check_prefix(name: &str, older: &[u8], log: &ReadLog, log_key: &NoteKey, checks: &mut Checks) {
    let result = verify_checkpoint(older, log_key).map_err(|error| error.to_string()).and_then(|older| {
        match log.tree.root_at(older.size()) {
            Ok(root) if root == older.root() => Ok(()),
            Ok(_) => Err("the log was rewritten: its entries lead to another root at that size".to_owned()),
            Err(_) => Err("the log is shorter than the checkpoint says; fetch it again".to_owned()),
        }
    });
    checks.push(name, result);
}

fn check_chain(bundle: &Bundle, log_key: &NoteKey, checks: &mut Checks) -> Option<VerifiedRelease> {
    let chain = "the release was logged, after the agreement, the study, both extracts and the linkage run that permit it, \
                 each proven and opened";
    let body = "release.json is the release that was logged, unaltered";
    match verify_logged_release(&bundle.body, &bundle.evidence, &bundle.checkpoint, log_key) {
        Ok(verified) => {
            checks.push(chain, Ok(()));
            checks.push(format!("{body}: SHA-256 {}", verified.digest()), Ok(()));
            Some(verified)
        }
        Err(error @ (EvidenceError::BodyDigest | EvidenceError::Body(_) | EvidenceError::Head { .. })) => {
            checks.push(chain, Ok(()));
            checks.push(body, Err(error.to_string()));
            None
        }
        Err(error) => {
            checks.push(chain, Err(error.to_string()));
            None
        }
    }
}

/// The pinned study of the release, or why it cannot be read.
type PinnedStudy<'a> = Result<&'a Study, &'a String>;

fn check_terms(folder: &SignedFolder, verified: &VerifiedRelease, study: PinnedStudy<'_>, checks: &mut Checks) {
    let permitted = study.map_err(String::clone).and_then(|study| {
        verified.clone().verify_terms(&folder.signed, study).map(|_| ()).map_err(|error| error.to_string())
    });
    let name =
        "the signed terms permit it: its study, its custodians, who asked, the days, and how counts are protected";
    checks.push(name, permitted);
}

/// What people read must be what was logged: both forms are made again and compared byte by byte.
fn check_forms(
    folder: &SignedFolder,
    bundle: &Bundle,
    verified: &VerifiedRelease,
    study: PinnedStudy<'_>,
    checks: &mut Checks,
) {
    let same = |same: bool| if same { Ok(()) } else { Err("it was changed, or made by another version".to_owned()) };
    // Parsed again from the very bytes, so that nothing but release.json decides what is compared.
    let tables = parse_release(&bundle.body).map(|body| tables_csv(&body)).map_err(|error| error.to_string());
    let tables = tables.and_then(|tables| same(tables.as_bytes() == bundle.tables));
    checks.push(format!("{TABLES_FILE} says exactly what release.json says"), tables);
    let report = study
        .map_err(String::clone)
        .and_then(|study| report_html(verified, folder.agreement(), study).map_err(|error| error.to_string()));
    let report = report.and_then(|report| same(report.as_bytes() == bundle.report));
    checks.push(format!("{REPORT_FILE} says exactly what release.json says"), report);
}

impl AuditReport {
    /// The first check that failed, if one did.
    pub fn first_failed(&self) -> Option<&Check> {
        self.checks.first_failed()
    }
}

impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Verifying {} offline", self.release.display())?;
        write!(f, "{}", self.checks)?;
        match self.first_failed() {
            None => writeln!(f, "VERIFIED: the release was permitted, logged first, and is unaltered."),
            Some(failed) => {
                let number = self.checks.all().iter().position(|check| check == failed).map_or(0, |at| at + 1);
                writeln!(f, "NOT VERIFIED. The first item that fails is {number}: {}.", failed.name)?;
                if self.stopped {
                    writeln!(f, "What comes after the last item could not be checked.")?;
                }
                Ok(())
            }
        }
    }
}
