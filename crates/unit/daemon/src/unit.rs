//! What the unit does for callers: every call is checked against the agreement first, then handed to its room.

mod link;
mod link_file;
mod release;
mod submit;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use counterfoil_audit::{ConsistencyProof, LeafIndex, Nonce};
use counterfoil_model::{AgreementId, PartyId, ReleaseDigest, Role, RunId, StudyId, SubmissionId};
use counterfoil_release::{LogRecord, LoggedRelease};
use counterfoil_wire::{
    Caller, JobWatch, LinkQuestion, LoggedEntry, NotReady, Refusal, StoredBytes, SubmissionStart, Unit,
};
use tokio::sync::Semaphore;

use crate::agreements::AgreementRoom;
use crate::environment::Environment;
use crate::files::DataDir;
use crate::jobs::{Jobs, ended};
use crate::ledger::{Ledger, LedgerError};
use submit::{StagedUpload, Submissions};

/// The linkage unit behind the wire.
pub(crate) struct LinkageUnit {
    shared: Arc<Shared>,
    links: Jobs<LoggedEntry>,
    releases: Jobs<ReleaseDigest>,
}

/// What every room of the unit needs.
pub(crate) struct Shared {
    rooms: BTreeMap<AgreementId, AgreementRoom>,
    ledger: Mutex<Ledger>,
    data: DataDir,
    environment: Environment,
    submissions: Submissions,
}

/// Whether a call needs the agreement to be in force today.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Term {
    InForce,
    /// The log and what was released stay open to those who check them.
    Any,
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The agreement, if the caller is a party of it with one of these roles. One answer for every other case, so that
    /// a stranger learns nothing of what exists.
    fn permitted(
        &self,
        caller: &Caller,
        agreement: &AgreementId,
        roles: &[Role],
        term: Term,
    ) -> Result<&AgreementRoom, Refusal> {
        let room = self.rooms.get(agreement).ok_or(Refusal::NotPermitted)?;
        if !roles.iter().any(|role| room.agreement().has_role(caller.party(), *role)) {
            tracing::info!(party = %caller.party(), %agreement, "refused: no such right");
            return Err(Refusal::NotPermitted);
        }
        if term == Term::InForce && !room.agreement().in_force_on(self.environment.today()) {
            tracing::info!(party = %caller.party(), %agreement, "refused: not in force");
            return Err(Refusal::NotInForce);
        }
        Ok(room)
    }

    /// Appends a record to the log.
    fn append(
        &self,
        ledger: &mut Ledger,
        record: impl Into<LogRecord>,
        attachment: Option<&[u8]>,
    ) -> Result<LeafIndex, Refusal> {
        let record = record.into();
        let mut nonce = Nonce([0; 16]);
        (self.environment.fill)(&mut nonce.0);
        let index = ledger.append(&record, self.environment.seconds(), nonce, attachment).map_err(internal)?;
        tracing::info!(index = index.0, kind = %record.kind(), "logged");
        Ok(index)
    }
}

/// Records a failure of the unit's own and tells the caller nothing of it.
fn internal(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "failed");
    Refusal::Internal
}

const ANY_ROLE: [Role; 4] = [Role::Custodian, Role::LinkageUnit, Role::Partner, Role::Auditor];

impl LinkageUnit {
    pub(crate) fn new(
        rooms: BTreeMap<AgreementId, AgreementRoom>,
        ledger: Ledger,
        data: DataDir,
        environment: Environment,
    ) -> Self {
        let compute = Arc::new(Semaphore::new(1));
        let submissions = Submissions::default();
        let shared = Shared { rooms, ledger: Mutex::new(ledger), data, environment, submissions };
        Self { shared: Arc::new(shared), links: Jobs::new(compute.clone()), releases: Jobs::new(compute) }
    }

    /// Runs work that reads or writes files off the async threads.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Arc<Shared>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || work(shared)).await.map_err(internal)?
    }
}

impl Unit for LinkageUnit {
    type Upload = StagedUpload;

    async fn describe_submission(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        submission: SubmissionId,
    ) -> Result<Vec<StoredBytes>, Refusal> {
        self.shared.permitted(caller, &agreement, &[Role::Custodian], Term::InForce)?;
        let party = caller.party().clone();
        self.blocking(move |shared| submit::describe(&shared, &party, &agreement, &submission)).await
    }

    async fn begin_submission(&self, caller: &Caller, start: SubmissionStart) -> Result<StagedUpload, Refusal> {
        self.shared.permitted(caller, &start.agreement, &[Role::Custodian], Term::InForce)?;
        let party = caller.party().clone();
        self.blocking(move |shared| StagedUpload::begin(&shared, &party, &start)).await
    }

    async fn start_link(&self, caller: &Caller, question: LinkQuestion) -> Result<RunId, Refusal> {
        self.shared.permitted(caller, &question.agreement, &[Role::LinkageUnit], Term::InForce)?;
        let (run, plan) = link::plan(&self.shared, &question)?;
        if let Some(plan) = plan {
            let shared = self.shared.clone();
            self.links.start(run.to_string(), move |report| link::run(&shared, &plan, report));
        }
        Ok(run)
    }

    async fn watch_link(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        run: RunId,
    ) -> Result<JobWatch<LoggedEntry>, Refusal> {
        let room = self.shared.permitted(caller, &agreement, &[Role::LinkageUnit], Term::InForce)?;
        let ledger = self.shared.ledger();
        if let Some(completed) = ledger.state().run(room.signed.digest(), &run) {
            return Ok(ended(ledger.logged_entry(completed.index).map_err(internal)?));
        }
        self.links.find(run.as_str()).ok_or(Refusal::NotReady(NotReady::Link))
    }

    async fn request_release(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        study: StudyId,
    ) -> Result<JobWatch<ReleaseDigest>, Refusal> {
        self.shared.permitted(caller, &agreement, &[Role::Partner], Term::InForce)?;
        let (name, answer) = release::plan(&self.shared, &agreement, &study)?;
        match answer {
            release::Answer::Released(digest) => Ok(ended(digest)),
            release::Answer::ToDo(plan) => {
                let (shared, party): (_, PartyId) = (self.shared.clone(), caller.party().clone());
                Ok(self.releases.start(name, move |report| release::run(&shared, &plan, &party, report)))
            }
        }
    }

    async fn fetch_release(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        study: StudyId,
    ) -> Result<LoggedRelease, Refusal> {
        let in_force = self.shared.permitted(caller, &agreement, &[Role::Partner], Term::InForce).map(drop);
        // An auditor's work goes on after the term; a partner's right to fetch ends with it.
        in_force.or_else(|refusal| {
            self.shared.permitted(caller, &agreement, &[Role::Auditor], Term::Any).map(drop).map_err(|_| refusal)
        })?;
        self.blocking(move |shared| release::fetch(&shared, &agreement, &study)).await
    }

    async fn checkpoint(&self, caller: &Caller, agreement: AgreementId) -> Result<Vec<u8>, Refusal> {
        self.shared.permitted(caller, &agreement, &ANY_ROLE, Term::Any)?;
        Ok(self.shared.ledger().checkpoint().to_vec())
    }

    async fn read_entries(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        from: u64,
        size: u64,
    ) -> Result<Vec<Vec<u8>>, Refusal> {
        self.shared.permitted(caller, &agreement, &ANY_ROLE, Term::Any)?;
        Ok(self.shared.ledger().leaves(from, size))
    }

    async fn consistency_proof(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        old_size: u64,
        new_size: u64,
    ) -> Result<ConsistencyProof, Refusal> {
        self.shared.permitted(caller, &agreement, &ANY_ROLE, Term::Any)?;
        self.shared.ledger().consistency_proof(old_size, new_size).map_err(|error| match error {
            LedgerError::Tree(_) => Refusal::Malformed("the sizes are not those of this log"),
            other => internal(other),
        })
    }
}
