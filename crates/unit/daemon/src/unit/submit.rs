//! Taking in extracts.
//!
//! In: a signed manifest, then chunks, then the custodian's finish. Out: an admitted extract and its receipt, or nothing.
//! A submission is staged in its own folder and can go on where it stopped; it is moved into place, made durable and
//! logged only after everything in it has been checked.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_audit::{parse_signed_note, verify_note};
use counterfoil_extract::{Extract, ExtractError, MANIFEST_FILE, Manifest, Table, manifest_digest, parse_manifest};
use counterfoil_model::{AgreementId, Digest, ManifestDigest, PartyId, SubmissionId};
use counterfoil_release::ExtractAdmitted;
use counterfoil_wire::{Chunk, Finish, LoggedEntry, Refusal, StoredBytes, SubmissionStart, Upload};

use super::{Shared, ended_by_panic, internal};
use crate::agreements::AgreementRoom;
use crate::environment::day_of;
use crate::files::{sync_dir, write_durable};
use crate::ledger::State;

/// Greatest extract that is staged, in bytes: 100 million people at 640 bytes each.
const SUBMISSION_BYTES_MAX: u64 = 64 << 30;

/// Uploads of one custodian at once, each with up to four open files.
const UPLOADS_PER_PARTY_MAX: usize = 4;
/// Submissions of one custodian that have been begun and not finished. To begin another, finish one.
const STAGED_PER_PARTY_MAX: usize = 8;

/// Submissions under way: one upload a submission at a time.
#[derive(Default)]
pub(super) struct Submissions(Mutex<BTreeSet<PathBuf>>);

/// A place among the submissions under way, given back when dropped.
struct Place {
    shared: Arc<Shared>,
    folder: PathBuf,
}

impl Place {
    fn take(shared: &Arc<Shared>, folder: PathBuf) -> Result<Arc<Self>, Refusal> {
        let of_party = folder.parent().map(Path::to_owned);
        let mut under_way = shared.submissions.0.lock().unwrap_or_else(PoisonError::into_inner);
        let uploads = under_way.iter().filter(|other| other.parent() == of_party.as_deref()).count();
        if uploads >= UPLOADS_PER_PARTY_MAX || !under_way.insert(folder.clone()) {
            return Err(Refusal::Busy);
        }
        drop(under_way);
        Ok(Arc::new(Self { shared: shared.clone(), folder }))
    }

    /// Whether a custodian may begin one more submission: what is begun takes room until it is finished.
    fn may_stage(&self) -> io::Result<bool> {
        let Some(of_party) = self.folder.parent().filter(|_| !self.folder.exists()) else {
            return Ok(true);
        };
        Ok(!of_party.exists() || fs::read_dir(of_party)?.count() < STAGED_PER_PARTY_MAX)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.submissions.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.folder);
    }
}

/// Where a submission is staged: each custodian's apart, so that nobody can take another's submission id. All three
/// names are codes, so they are safe as folder names.
fn staging_folder(shared: &Shared, agreement: &AgreementId, party: &PartyId, submission: &SubmissionId) -> PathBuf {
    shared.data.staging().join(agreement.as_str()).join(party.as_str()).join(submission.as_str())
}

/// How much of a custodian's submission is stored.
pub(super) fn describe(
    shared: &Shared,
    party: &PartyId,
    agreement: &AgreementId,
    submission: &SubmissionId,
) -> Result<Vec<StoredBytes>, Refusal> {
    let room = shared.rooms.get(agreement).ok_or(Refusal::NotPermitted)?;
    let admitted = {
        let ledger = shared.ledger();
        let datasets = room.agreement().datasets.iter().filter(|dataset| dataset.custodian == *party);
        let mut admitted =
            datasets.filter_map(|dataset| ledger.state().submission(room.signed.digest(), &dataset.id, submission));
        admitted.next().map(|extract| extract.manifest)
    };
    let folder = match admitted {
        Some(manifest) => extract_folder(shared, manifest),
        None => staging_folder(shared, agreement, party, submission),
    };
    let Some(manifest) = read_manifest(&folder)? else {
        return Ok(Vec::new());
    };
    let stored = manifest.tables.iter().map(|facts| {
        let length = fs::metadata(folder.join(facts.table.file_name())).map_or(0, |file| file.len());
        StoredBytes { table: facts.table, bytes: length }
    });
    Ok(stored.collect())
}

fn read_manifest(folder: &Path) -> Result<Option<Manifest>, Refusal> {
    let bytes = match fs::read(folder.join(MANIFEST_FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(internal(error)),
    };
    let note = parse_signed_note(&bytes).map_err(internal)?;
    parse_manifest(note.text().as_str()).map(Some).map_err(internal)
}

/// Folder of an admitted extract.
pub(super) fn extract_folder(shared: &Shared, manifest: ManifestDigest) -> PathBuf {
    shared.data.extracts().join(manifest.to_string())
}

/// A submission whose manifest is sound; its tables are on their way.
pub(crate) struct StagedUpload {
    /// Held by every write as well, so that a write that outlives its call is over before the submission goes on.
    place: Arc<Place>,
    agreement: AgreementId,
    submission: SubmissionId,
    party: PartyId,
    manifest: Manifest,
    digest: ManifestDigest,
    files: Vec<StagedFile>,
    /// The submission had been admitted before: it is acknowledged, not stored again.
    admitted: bool,
}

struct StagedFile {
    table: Table,
    file: Option<File>,
    stored: u64,
    bytes: u64,
}

impl StagedUpload {
    /// Checks the manifest against the agreement and opens the staging folder.
    pub(super) fn begin(shared: &Arc<Shared>, party: &PartyId, start: &SubmissionStart) -> Result<Self, Refusal> {
        let room = shared.rooms.get(&start.agreement).ok_or(Refusal::NotPermitted)?;
        let manifest = check_manifest(room, party, start)?;
        let today = day_of(shared.ledger().next_time(shared.environment.seconds()));
        // Days that have not come yet cannot be complete, and follow-up is counted up to the last complete day. One day
        // is allowed for time zones and clocks.
        if manifest.complete_to > manifest.created_on || today.tomorrow().is_ok_and(|last| manifest.created_on > last) {
            let reason = "its manifest was made, or its events are complete, on a day that has not come yet";
            return Err(Refusal::ExtractRefused(reason.to_owned()));
        }
        let digest = manifest_digest(start.manifest.text());
        let admitted = {
            let ledger = shared.ledger();
            check_fingerprint(shared, room, ledger.state(), &manifest)?;
            match ledger.state().submission(room.signed.digest(), &manifest.dataset, &start.submission) {
                Some(extract) if extract.manifest != digest => return Err(Refusal::SubmissionConflict),
                extract => extract.is_some(),
            }
        };
        let folder = staging_folder(shared, &start.agreement, party, &start.submission);
        let place = Place::take(shared, folder)?;
        let files = if admitted {
            admitted_files(&manifest)
        } else {
            if !place.may_stage().map_err(internal)? {
                return Err(Refusal::Busy);
            }
            stage(&place.folder, &manifest, start)?
        };
        Ok(Self {
            place,
            agreement: start.agreement.clone(),
            submission: start.submission.clone(),
            party: party.clone(),
            manifest,
            digest,
            files,
            admitted,
        })
    }

    fn check_finish(&self, finish: Finish) -> Result<(), Refusal> {
        if self.files.iter().any(|file| file.stored != file.bytes) {
            return Err(Refusal::Incomplete("a table is shorter than its manifest says"));
        }
        let digests: Vec<u8> = self.manifest.tables.iter().flat_map(|facts| *facts.sha256.as_bytes()).collect();
        let expected = Finish {
            rows: self.manifest.tables.iter().map(|facts| facts.rows).sum(),
            bytes: self.manifest.tables.iter().map(|facts| facts.bytes).sum(),
            sha256: *Digest::of(&digests).as_bytes(),
        };
        if finish != expected {
            return Err(Refusal::Incomplete("its finish does not agree with its manifest"));
        }
        Ok(())
    }

    /// Checks everything, moves the extract into place, logs it.
    fn admit(mut self, finish: Finish) -> Result<LoggedEntry, Refusal> {
        self.check_finish(finish)?;
        let place = self.place.clone();
        let (shared, folder) = (&place.shared, &place.folder);
        let room = shared.rooms.get(&self.agreement).ok_or(Refusal::NotPermitted)?;
        if !self.admitted {
            for file in self.files.iter_mut().filter_map(|file| file.file.take()) {
                file.sync_all().map_err(internal)?;
            }
            self.check_staged(room)?;
        }
        let (dataset, digest) = (&self.manifest.dataset, room.signed.digest());
        let mut ledger = shared.ledger();
        check_fingerprint(shared, room, ledger.state(), &self.manifest)?;
        if let Some(known) = ledger.state().submission(digest, dataset, &self.submission) {
            return ledger.logged_entry(known.index).map_err(internal);
        }
        shared.check_in_force(&ledger, room)?;
        if ledger.is_stopped() {
            return Err(internal("the log is stopped, so nothing is moved"));
        }
        // The same extract under another submission id is in place already, and the log relies on it.
        if ledger.state().extract(digest, dataset, self.digest).is_none() {
            move_into_place(folder, &extract_folder(shared, self.digest)).map_err(internal)?;
        }
        let record = ExtractAdmitted {
            agreement: self.agreement.clone(),
            agreement_digest: digest,
            dataset: dataset.clone(),
            custodian: self.party.clone(),
            submission: self.submission.clone(),
            manifest_digest: self.digest,
        };
        let index = shared.append(&mut ledger, record, None)?;
        let entry = ledger.logged_entry(index).map_err(internal);
        drop(ledger);
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(internal)?;
        }
        entry
    }

    /// Everything that can be wrong with an extract. One is looked at a time: its people are in memory meanwhile.
    fn check_staged(&self, room: &AgreementRoom) -> Result<(), Refusal> {
        let _one = self.place.shared.checking.lock().unwrap_or_else(PoisonError::into_inner);
        match check_extract(&self.place.folder, room) {
            Ok(()) => Ok(()),
            // The unit's own disk or limits: what was sent stays, and the custodian goes on from there.
            Err(error @ ExtractError::Io { .. }) => Err(internal(error)),
            Err(error) => {
                // What was sent cannot become right by sending more: clear it, so that a new attempt starts afresh.
                fs::remove_dir_all(&self.place.folder).map_err(internal)?;
                tracing::info!(party = %self.party, "an extract was refused");
                Err(Refusal::ExtractRefused(error.to_string()))
            }
        }
    }
}

impl Upload for StagedUpload {
    async fn chunk(&mut self, chunk: Chunk) -> Result<(), Refusal> {
        let staged = self.files.iter_mut().find(|file| file.table == chunk.table);
        let staged = staged.ok_or(Refusal::Malformed("a chunk of a table that the manifest does not have"))?;
        if chunk.offset != staged.stored {
            return Err(Refusal::Malformed(
                "a chunk does not follow what is stored; ask what is stored and go on there",
            ));
        }
        let length = chunk.data.len() as u64;
        if length > staged.bytes - staged.stored {
            return Err(Refusal::Malformed("a table is longer than its manifest says"));
        }
        let mut file = staged.file.take().ok_or(Refusal::Internal)?;
        let place = self.place.clone();
        let written = tokio::task::spawn_blocking(move || {
            let written = file.write_all(&chunk.data).map(|()| file);
            drop(place);
            written
        });
        staged.file = Some(written.await.map_err(ended_by_panic)?.map_err(internal)?);
        staged.stored += length;
        Ok(())
    }

    async fn finish(self, finish: Finish) -> Result<LoggedEntry, Refusal> {
        tokio::task::spawn_blocking(move || self.admit(finish)).await.map_err(ended_by_panic)?
    }
}

fn check_manifest(room: &AgreementRoom, party: &PartyId, start: &SubmissionStart) -> Result<Manifest, Refusal> {
    let refuse = |reason: &str| Refusal::ExtractRefused(reason.to_owned());
    let manifest = parse_manifest(start.manifest.text().as_str()).map_err(|error| refuse(&error.to_string()))?;
    let dataset = room.agreement().dataset(&manifest.dataset).filter(|dataset| dataset.custodian == *party);
    let dataset = dataset.ok_or(Refusal::NotPermitted)?;
    let key = room.signed.key(party).ok_or(Refusal::NotPermitted)?;
    verify_note(&start.manifest, std::slice::from_ref(key)).map_err(|error| refuse(&error.to_string()))?;
    if manifest.agreement_digest != room.signed.digest() {
        return Err(refuse(
            "its manifest names other terms than the agreement in force; pseudonymise again under these",
        ));
    }
    let people = manifest.table(Table::People).map_or(0, |facts| facts.rows);
    let rows = manifest.tables.iter().try_fold(0_u64, |sum, facts| sum.checked_add(facts.rows));
    let bytes = manifest.tables.iter().try_fold(0_u64, |sum, facts| sum.checked_add(facts.bytes));
    if people > dataset.people_max || rows.is_none() || bytes.is_none_or(|bytes| bytes > SUBMISSION_BYTES_MAX) {
        return Err(refuse("it has more people or bytes than the agreement or the unit takes"));
    }
    Ok(manifest)
}

/// Two custodians whose fingerprints differ would link nobody, and nobody would see why.
fn check_fingerprint(shared: &Shared, room: &AgreementRoom, state: &State, manifest: &Manifest) -> Result<(), Refusal> {
    for (dataset, extract) in state.newest_extracts(room.signed.digest()) {
        let other = read_manifest(&extract_folder(shared, extract.manifest))?;
        let other = other.ok_or_else(|| internal("an admitted extract is missing from the data folder"))?;
        if *dataset != manifest.dataset && other.key_fingerprint != manifest.key_fingerprint {
            return Err(Refusal::KeyMismatch);
        }
    }
    Ok(())
}

/// Everything that can be wrong with an extract, value by value.
fn check_extract(folder: &Path, room: &AgreementRoom) -> Result<(), ExtractError> {
    use std::ops::ControlFlow::Continue;
    let extract = Extract::open(folder, &room.signed, &room.schema)?;
    extract.read_people()?;
    extract.read_events(&mut |_| Continue(()))?;
    extract.read_measures(&mut |_| Continue(()))?;
    Ok(())
}

fn admitted_files(manifest: &Manifest) -> Vec<StagedFile> {
    let whole = |facts: &counterfoil_extract::TableFacts| StagedFile {
        table: facts.table,
        file: None,
        stored: facts.bytes,
        bytes: facts.bytes,
    };
    manifest.tables.iter().map(whole).collect()
}

/// Opens the staging folder, or finds what an earlier attempt left of the same extract.
fn stage(folder: &Path, manifest: &Manifest, start: &SubmissionStart) -> Result<Vec<StagedFile>, Refusal> {
    let note = start.manifest.to_bytes();
    let note_path = folder.join(MANIFEST_FILE);
    match File::open(&note_path) {
        Ok(file) => {
            let mut earlier = Vec::new();
            file.take(note.len() as u64 + 1).read_to_end(&mut earlier).map_err(internal)?;
            if earlier != note {
                return Err(Refusal::SubmissionConflict);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A crash while a refused extract was cleared away may have left tables without their manifest.
            if folder.exists() {
                fs::remove_dir_all(folder).map_err(internal)?;
            }
            fs::create_dir_all(folder).map_err(internal)?;
            write_durable(&note_path, &note).map_err(internal)?;
        }
        Err(error) => return Err(internal(error)),
    }
    let mut files = Vec::with_capacity(manifest.tables.len());
    for facts in &manifest.tables {
        let path = folder.join(facts.table.file_name());
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(internal)?;
        let mut stored = file.metadata().map_err(internal)?.len();
        if stored > facts.bytes {
            file.set_len(0).map_err(internal)?;
            stored = 0;
        }
        files.push(StagedFile { table: facts.table, file: Some(file), stored, bytes: facts.bytes });
    }
    Ok(files)
}

/// Moves a staged extract into place. What a crash left there without a log entry was never admitted: it is put aside
/// first and goes last, so that at no moment there is less than before.
fn move_into_place(staged: &Path, place: &Path) -> io::Result<()> {
    sync_dir(staged)?;
    let aside = place.with_extension("replaced");
    if aside.exists() {
        fs::remove_dir_all(&aside)?;
    }
    if place.exists() {
        fs::rename(place, &aside)?;
    }
    fs::rename(staged, place)?;
    place.parent().map_or(Ok(()), sync_dir)?;
    if aside.exists() {
        fs::remove_dir_all(&aside)?;
    }
    Ok(())
}
