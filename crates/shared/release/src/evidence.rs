//! The evidence of a release: the entries of the log that permit it, each opened and proven, and the chain that they make.
//!
//! In: a body, entries with openings and proofs, a signed checkpoint and the log's key. Out: [`VerifiedRelease`]; with the signed
//! agreement and the study, [`PermittedRelease`].
//! Absent on purpose: anything that asks the unit. An auditor needs these bytes, the log's key and the agreement, and no network.

use counterfoil_audit::{
    CheckpointError, Entry, EntryError, EntryKind, InclusionProof, LeafIndex, NoteKey, Opening, ProofError, RootHash,
    VerifiedCheckpoint, leaf_hash, verify_checkpoint, verify_inclusion, verify_opening,
};
use counterfoil_model::{AgreementError, Code, DatasetId, Digest, ReleaseDigest};

use crate::body::{BodyError, ReleaseBody, digest_of, parse_release};
use crate::record::{
    AgreementAdmitted, ExtractAdmitted, LinkCompleted, LogRecord, LogRecordError, ReleaseIssued, StudyRegistered,
};

use crate::seed::comparison_seed;

mod terms;

pub use terms::PermittedRelease;

/// The entries that permit a release, in log order, its own last.
const CHAIN: [EntryKind; 6] = [
    EntryKind::AgreementAdmitted,
    EntryKind::StudyRegistered,
    EntryKind::ExtractAdmitted,
    EntryKind::ExtractAdmitted,
    EntryKind::LinkCompleted,
    EntryKind::ReleaseIssued,
];

/// One entry of the log, with what it committed to and the proof that it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its place in the log.
    pub index: LeafIndex,
    /// The entry.
    pub entry: Entry,
    /// What it committed to.
    pub opening: Opening,
    /// The proof that it is there, at the checkpoint given beside it.
    pub proof: InclusionProof,
}

/// Why a release is not what its evidence should show. It names the first thing that fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Not signed by the log.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Not one entry of each kind, and two of extracts.
    #[error("the evidence has {found} entries of {kind} where a release needs {needed}")]
    Entries {
        /// The kind.
        kind: EntryKind,
        /// Entries needed.
        needed: usize,
        /// Entries there.
        found: usize,
    },
    /// An entry is not in the log.
    #[error("entry {index} ({kind}) is not proven to be in the log: {problem}")]
    Proof {
        /// Its place.
        index: LeafIndex,
        /// Its kind.
        kind: EntryKind,
        /// What is wrong.
        problem: ProofError,
    },
    /// The record is not what the log committed to.
    #[error("entry {index} ({kind}): {problem}")]
    Opening {
        /// Its place.
        index: LeafIndex,
        /// Its kind.
        kind: EntryKind,
        /// What is wrong.
        problem: EntryError,
    },
    /// The record is not one of its kind.
    #[error("entry {index} ({kind}): its record cannot be read: {problem}")]
    Record {
        /// Its place.
        index: LeafIndex,
        /// Its kind.
        kind: EntryKind,
        /// What is wrong.
        problem: LogRecordError,
    },
    /// The evidence is not in the order of the log.
    #[error("entry {index} ({kind}) is listed after an entry that the log has at the same place or later")]
    NotInLogOrder {
        /// Its place.
        index: LeafIndex,
        /// Its kind.
        kind: EntryKind,
    },
    /// The study was chosen when data was there already.
    #[error("the study was registered after an extract that it reads was admitted, so it was not fixed beforehand")]
    StudyAfterExtract,
    /// One thing happened before what permits it.
    #[error("{later} is in the log before {earlier}, which has to come first")]
    Order {
        /// What has to come first.
        earlier: EntryKind,
        /// What has to come after it.
        later: EntryKind,
    },
    /// An entry under another agreement or another version of it.
    #[error(
        "entry {index} ({kind}) is under another agreement, or another version of it, than the entry that admits the agreement"
    )]
    OtherAgreement {
        /// Its place.
        index: LeafIndex,
        /// Its kind.
        kind: EntryKind,
    },
    /// Two entries that should name the same thing do not.
    #[error("{kind} names another {what} than {than}")]
    Mismatch {
        /// The kind of entry that names another.
        kind: EntryKind,
        /// What it names.
        what: &'static str,
        /// The kind of entry that it should agree with.
        than: EntryKind,
    },
    /// The run linked an extract that is not among the evidence.
    #[error("the run linked an extract of dataset {dataset} that no entry of the evidence admits")]
    ExtractNotAdmitted {
        /// The dataset.
        dataset: DatasetId,
    },
    /// The body is not the one logged.
    #[error("the release's body is not the one in the log: it was changed, or the evidence is of another release")]
    BodyDigest,
    /// The body cannot be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The body says it is of something else than its log entry.
    #[error("the release's head names another {what} than its log entry")]
    Head {
        /// What it names.
        what: &'static str,
    },
    /// The release does not keep to the signed terms.
    #[error("the agreement: {0}")]
    Terms(&'static str),
    /// Tables that the study does not ask for, or not all that it does.
    #[error(
        "the release's tables are not those that the study plans, in their order: `counterfoil study check` lists them"
    )]
    Tables,
    /// Rows that the study and the agreement do not list, or not all that they do.
    #[error("table {table}: its rows are not those that the study and the agreement list")]
    Rows {
        /// The table.
        table: Code,
    },
    /// The study or the schema is not what the parties agreed to.
    #[error(transparent)]
    Agreement(#[from] AgreementError),
}

/// A release proven to be in the log after everything that permits it.
#[derive(Debug, Clone)]
pub struct VerifiedRelease {
    body: ReleaseBody,
    digest: ReleaseDigest,
    checkpoint: VerifiedCheckpoint,
    chain: Chain,
}

/// One step of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Place in the log.
    pub index: LeafIndex,
    /// When, in POSIX seconds, by the unit's clock.
    pub time_seconds: u64,
    /// What happened.
    pub record: LogRecord,
}

#[derive(Debug, Clone)]
struct Chain {
    steps: Vec<Step>,
    agreement: AgreementAdmitted,
    study: StudyRegistered,
    extracts: [ExtractAdmitted; 2],
    run: LinkCompleted,
    /// Root of the log when the run was its last entry.
    linked_root: RootHash,
    release: ReleaseIssued,
}

impl VerifiedRelease {
    /// The release.
    pub fn body(&self) -> &ReleaseBody {
        &self.body
    }

    /// SHA-256 of its bytes.
    pub fn digest(&self) -> ReleaseDigest {
        self.digest
    }

    /// What it was proven against.
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// What happened, in log order.
    pub fn steps(&self) -> &[Step] {
        &self.chain.steps
    }

    /// The record of its own entry.
    pub fn issued(&self) -> &ReleaseIssued {
        &self.chain.release
    }

    /// The record of its linkage run.
    pub fn run(&self) -> &LinkCompleted {
        &self.chain.run
    }

    /// The seed by which the people of its comparison were drawn, if its study has one.
    pub fn comparison_seed(&self) -> Digest {
        let Chain { agreement, study, linked_root, .. } = &self.chain;
        comparison_seed(&agreement.agreement, study.study_digest, *linked_root)
    }

    /// When it was logged, in POSIX seconds, by the unit's clock.
    pub fn released_at_seconds(&self) -> u64 {
        self.chain.steps.last().map_or(0, |step| step.time_seconds)
    }
}

/// Verifies a release from bytes alone: the checkpoint's signature; every entry's proof and opening; that the entries are one chain, in
/// the right order, under one agreement; that the body is the one logged and says so itself.
///
/// # Errors
/// [`EvidenceError`] for the first thing that is wrong.
pub fn verify_logged_release(
    body: &[u8],
    evidence: &[Evidence],
    checkpoint: &[u8],
    log_key: &NoteKey,
) -> Result<VerifiedRelease, EvidenceError> {
    let checkpoint = verify_checkpoint(checkpoint, log_key)?;
    check_kinds(evidence)?;
    let verified = evidence.iter().map(|entry| verify_entry(entry, &checkpoint)).collect::<Result<Vec<_>, _>>()?;
    let (steps, roots): (Vec<_>, Vec<_>) = verified.into_iter().unzip();
    check_order(&steps)?;
    let chain = Chain::of(steps, &roots);
    chain.check()?;
    let digest = digest_of(body);
    if digest != chain.release.release_digest {
        return Err(EvidenceError::BodyDigest);
    }
    let body = parse_release(body)?;
    check_head(&body, &chain)?;
    Ok(VerifiedRelease { body, digest, checkpoint, chain })
}

fn check_kinds(evidence: &[Evidence]) -> Result<(), EvidenceError> {
    for kind in EntryKind::ALL {
        let needed = CHAIN.iter().filter(|link| **link == kind).count();
        let found = evidence.iter().filter(|entry| entry.entry.kind == kind).count();
        if found != needed {
            return Err(EvidenceError::Entries { kind, needed, found });
        }
    }
    Ok(())
}

/// The step, and the root of the log when it was the last.
fn verify_entry(evidence: &Evidence, checkpoint: &VerifiedCheckpoint) -> Result<(Step, RootHash), EvidenceError> {
    let Evidence { index, entry, opening, proof } = evidence;
    let (index, kind) = (*index, entry.kind);
    let included = verify_inclusion(leaf_hash(&entry.to_leaf()), index, checkpoint.size(), checkpoint.root(), proof)
        .map_err(|problem| EvidenceError::Proof { index, kind, problem })?;
    let opened = verify_opening(entry, opening).map_err(|problem| EvidenceError::Opening { index, kind, problem })?;
    // Bytes that are not text are not a record either, and the parser says so.
    let text = String::from_utf8_lossy(opened.record());
    let record = LogRecord::parse(kind, &text).map_err(|problem| EvidenceError::Record { index, kind, problem })?;
    Ok((Step { index, time_seconds: opened.time_seconds(), record }, included.root_as_last()))
}

/// Each kind before the next one; the two extracts are in either order.
fn check_order(steps: &[Step]) -> Result<(), EvidenceError> {
    let place = |kind: EntryKind| CHAIN.iter().position(|link| *link == kind);
    for pair in steps.windows(2) {
        let [before, after] = pair else { continue };
        let (kind_before, kind) = (before.record.kind(), after.record.kind());
        if after.index <= before.index {
            return Err(EvidenceError::NotInLogOrder { index: after.index, kind });
        }
        if (kind_before, kind) == (EntryKind::ExtractAdmitted, EntryKind::StudyRegistered) {
            return Err(EvidenceError::StudyAfterExtract);
        }
        if place(kind) < place(kind_before) {
            return Err(EvidenceError::Order { earlier: kind, later: kind_before });
        }
    }
    Ok(())
}

impl Chain {
    /// Takes steps whose kinds were counted and whose order was checked.
    fn of(steps: Vec<Step>, roots: &[RootHash]) -> Self {
        let records: Vec<&LogRecord> = steps.iter().map(|step| &step.record).collect();
        let [
            LogRecord::AgreementAdmitted(agreement),
            LogRecord::StudyRegistered(study),
            LogRecord::ExtractAdmitted(first),
            LogRecord::ExtractAdmitted(second),
            LogRecord::LinkCompleted(run),
            LogRecord::ReleaseIssued(release),
        ] = records.as_slice()
        else {
            unreachable!("the kinds were counted and their order was checked");
        };
        Self {
            agreement: agreement.clone(),
            study: study.clone(),
            extracts: [first.clone(), second.clone()],
            run: run.clone(),
            linked_root: roots[CHAIN.len() - 2],
            release: release.clone(),
            steps,
        }
    }

    fn check(&self) -> Result<(), EvidenceError> {
        let Self { steps, agreement, study, extracts: [first, second], run, release, .. } = self;
        for Step { index, record, .. } in steps {
            if record.agreement() != (&agreement.agreement, agreement.agreement_digest) {
                return Err(EvidenceError::OtherAgreement { index: *index, kind: record.kind() });
            }
        }
        let mismatch = |kind, what, than| Err(EvidenceError::Mismatch { kind, what, than });
        if run.schema_digest != agreement.schema_digest {
            return mismatch(EntryKind::LinkCompleted, "linkage schema", EntryKind::AgreementAdmitted);
        }
        let is_cohort =
            |of: &ExtractAdmitted| (&of.dataset, of.manifest_digest) == (&run.cohort_dataset, run.cohort_manifest);
        let is_usage =
            |of: &ExtractAdmitted| (&of.dataset, of.manifest_digest) == (&run.usage_dataset, run.usage_manifest);
        if !(is_cohort(first) && is_usage(second) || is_usage(first) && is_cohort(second)) {
            let cohort_is_there = is_cohort(first) || is_cohort(second);
            let dataset = if cohort_is_there { &run.usage_dataset } else { &run.cohort_dataset };
            return Err(EvidenceError::ExtractNotAdmitted { dataset: dataset.clone() });
        }
        if (&release.study, release.study_digest) != (&study.study, study.study_digest) {
            return mismatch(EntryKind::ReleaseIssued, "study", EntryKind::StudyRegistered);
        }
        if release.run != run.run {
            return mismatch(EntryKind::ReleaseIssued, "run", EntryKind::LinkCompleted);
        }
        Ok(())
    }
}

fn check_head(body: &ReleaseBody, chain: &Chain) -> Result<(), EvidenceError> {
    let head = body.head();
    let Chain { agreement, release, .. } = chain;
    let same = [
        ("agreement", head.agreement == agreement.agreement && head.agreement_digest == agreement.agreement_digest),
        ("agreement version", head.agreement_version == agreement.version),
        ("study", head.study == release.study && head.study_digest == release.study_digest),
        ("run", head.run == release.run),
    ];
    match same.into_iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(EvidenceError::Head { what }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
