//! What the log says is so: a fold over its records, the same on every replay.

use std::collections::BTreeMap;

use counterfoil_audit::LeafIndex;
use counterfoil_model::{
    AgreementDigest, AgreementId, DatasetId, Digest, ManifestDigest, ReleaseDigest, RunId, StudyId, SubmissionId,
};
use counterfoil_release::LogRecord;

/// An agreement in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AdmittedAgreement {
    pub(crate) index: LeafIndex,
    pub(crate) version: u32,
    pub(crate) digest: AgreementDigest,
}

/// An extract in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AdmittedExtract {
    pub(crate) index: LeafIndex,
    pub(crate) submission: SubmissionId,
    pub(crate) manifest: ManifestDigest,
}

/// A linkage run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CompletedRun {
    pub(crate) index: LeafIndex,
    pub(crate) links: Digest,
    /// The extracts that were linked: cohort, usage.
    pub(crate) manifests: [ManifestDigest; 2],
}

/// A release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssuedRelease {
    pub(crate) index: LeafIndex,
    pub(crate) run: RunId,
    pub(crate) digest: ReleaseDigest,
}

/// Everything under one signed agreement. A new version starts empty: what was submitted under other terms stays there.
#[derive(Debug, Default)]
struct Room {
    studies: BTreeMap<StudyId, LeafIndex>,
    extracts: BTreeMap<DatasetId, Vec<AdmittedExtract>>,
    runs: BTreeMap<RunId, CompletedRun>,
    releases: BTreeMap<StudyId, Vec<IssuedRelease>>,
}

/// The fold.
#[derive(Debug, Default)]
pub(crate) struct State {
    agreements: BTreeMap<AgreementId, AdmittedAgreement>,
    rooms: BTreeMap<AgreementDigest, Room>,
}

impl State {
    /// Takes in the record at an index.
    pub(super) fn apply(&mut self, index: LeafIndex, record: &LogRecord) {
        let (agreement, digest) = record.agreement();
        let agreement = agreement.clone();
        let room = self.rooms.entry(digest).or_default();
        match record.clone() {
            LogRecord::AgreementAdmitted(record) => {
                let admitted = AdmittedAgreement { index, version: record.version, digest };
                self.agreements.insert(agreement, admitted);
            }
            LogRecord::StudyRegistered(record) => {
                room.studies.insert(record.study, index);
            }
            LogRecord::ExtractAdmitted(record) => {
                let extract =
                    AdmittedExtract { index, submission: record.submission, manifest: record.manifest_digest };
                room.extracts.entry(record.dataset).or_default().push(extract);
            }
            LogRecord::LinkCompleted(record) => {
                let manifests = [record.cohort_manifest, record.usage_manifest];
                room.runs.insert(record.run, CompletedRun { index, links: record.links_digest, manifests });
            }
            LogRecord::ReleaseIssued(record) => {
                let release = IssuedRelease { index, run: record.run, digest: record.release_digest };
                room.releases.entry(record.study).or_default().push(release);
            }
        }
    }

    /// An agreement in force.
    pub(crate) fn agreement(&self, id: &AgreementId) -> Option<&AdmittedAgreement> {
        self.agreements.get(id)
    }

    /// Where a study was registered.
    pub(crate) fn study(&self, agreement: AgreementDigest, study: &StudyId) -> Option<LeafIndex> {
        self.rooms.get(&agreement)?.studies.get(study).copied()
    }

    /// An extract of a dataset, by its manifest.
    pub(crate) fn extract(
        &self,
        agreement: AgreementDigest,
        dataset: &DatasetId,
        manifest: ManifestDigest,
    ) -> Option<&AdmittedExtract> {
        let mut extracts = self.rooms.get(&agreement)?.extracts.get(dataset)?.iter();
        extracts.find(|extract| extract.manifest == manifest)
    }

    /// The newest extract of a dataset.
    pub(crate) fn newest_extract(&self, agreement: AgreementDigest, dataset: &DatasetId) -> Option<&AdmittedExtract> {
        self.rooms.get(&agreement)?.extracts.get(dataset)?.last()
    }

    /// The newest extract of every dataset.
    pub(crate) fn newest_extracts(
        &self,
        agreement: AgreementDigest,
    ) -> impl Iterator<Item = (&DatasetId, &AdmittedExtract)> {
        let extracts = self.rooms.get(&agreement).into_iter().flat_map(|room| &room.extracts);
        extracts.filter_map(|(dataset, extracts)| Some((dataset, extracts.last()?)))
    }

    /// The extract of a dataset that a submission became.
    pub(crate) fn submission(
        &self,
        agreement: AgreementDigest,
        dataset: &DatasetId,
        id: &SubmissionId,
    ) -> Option<&AdmittedExtract> {
        let mut extracts = self.rooms.get(&agreement)?.extracts.get(dataset)?.iter();
        extracts.find(|extract| extract.submission == *id)
    }

    /// A completed run over these extracts.
    pub(crate) fn run_over(
        &self,
        agreement: AgreementDigest,
        run: &RunId,
        manifests: [ManifestDigest; 2],
    ) -> Option<&CompletedRun> {
        self.run(agreement, run).filter(|run| run.manifests == manifests)
    }

    /// A completed run.
    pub(crate) fn run(&self, agreement: AgreementDigest, run: &RunId) -> Option<&CompletedRun> {
        self.rooms.get(&agreement)?.runs.get(run)
    }

    /// Releases of a study, oldest first.
    pub(crate) fn releases(&self, agreement: AgreementDigest, study: &StudyId) -> &[IssuedRelease] {
        let room = self.rooms.get(&agreement);
        room.and_then(|room| room.releases.get(study)).map_or(&[], Vec::as_slice)
    }

    /// Number of releases under an agreement.
    pub(crate) fn releases_issued(&self, agreement: AgreementDigest) -> u64 {
        let room = self.rooms.get(&agreement);
        room.map_or(0, |room| room.releases.values().map(|releases| releases.len() as u64).sum())
    }
}
