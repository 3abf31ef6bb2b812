//! What the unit does for callers: every call is checked against the agreement first, then handed to its room.

mod link;
mod link_file;
mod release;
mod run_summary;
mod submit;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use counterfoil_audit::{ConsistencyProof, LeafIndex, Nonce};
use counterfoil_model::{AgreementId, ReleaseDigest, Role, RunId, StudyId, SubmissionId};
use counterfoil_release::{LogRecord, LoggedRelease};
use counterfoil_wire::{
    Caller, JobWatch, LinkQuestion, LoggedEntry, NotReady, Refusal, StoredBytes, SubmissionStart, Unit,
};
use tokio::sync::Semaphore;

use crate::agreements::AgreementRoom;
use crate::environment::{Environment, day_of};
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
    /// Held while an admission is checked: one extract's people in memory at a time, beside a job's.
    checking: Mutex<()>,
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
        if term == Term::InForce {
            self.check_in_force(&self.ledger(), room)?;
        }
        Ok(room)
    }

    /// Whether the agreement is in force at the time that an entry made now would carry. Asked when a call comes, and
    /// again right before anything is logged: a call may come on the last day and end on the day after.
    fn check_in_force(&self, ledger: &Ledger, room: &AgreementRoom) -> Result<(), Refusal> {
        let time = ledger.next_time(self.environment.seconds());
        if room.agreement().in_force_on(day_of(time)) {
            return Ok(());
        }
        tracing::info!(agreement = %room.agreement().id, "refused: not in force");
        Err(Refusal::NotInForce)
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

/// The error of a task quotes the panic's message, which may quote what it choked on: it is not written down.
fn ended_by_panic(_: tokio::task::JoinError) -> Refusal {
    internal("a task ended by a panic; its place is in the line above")
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
        let shared =
            Shared { rooms, ledger: Mutex::new(ledger), data, environment, submissions, checking: Mutex::default() };
        Self { shared: Arc::new(shared), links: Jobs::new(compute.clone()), releases: Jobs::new(compute) }
    }

    /// Runs work that reads or writes files off the async threads.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Arc<Shared>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || work(shared)).await.map_err(ended_by_panic)?
    }

    /// Reads the log for any party of the agreement, in force or not.
    async fn reading_the_log<T: Send + 'static>(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        read: impl FnOnce(&Ledger) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let caller = caller.clone();
        self.blocking(move |shared| {
            shared.permitted(&caller, &agreement, &ANY_ROLE, Term::Any)?;
            read(&shared.ledger())
        })
        .await
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
        let caller = caller.clone();
        self.blocking(move |shared| {
            shared.permitted(&caller, &agreement, &[Role::Custodian], Term::InForce)?;
            submit::describe(&shared, caller.party(), &agreement, &submission)
        })
        .await
    }

    async fn begin_submission(&self, caller: &Caller, start: SubmissionStart) -> Result<StagedUpload, Refusal> {
        let caller = caller.clone();
        self.blocking(move |shared| {
            shared.permitted(&caller, &start.agreement, &[Role::Custodian], Term::InForce)?;
            StagedUpload::begin(&shared, caller.party(), &start)
        })
        .await
    }

    async fn start_link(&self, caller: &Caller, question: LinkQuestion) -> Result<RunId, Refusal> {
        let caller = caller.clone();
        let planned = self.blocking(move |shared| {
            shared.permitted(&caller, &question.agreement, &[Role::LinkageUnit], Term::InForce)?;
            link::plan(&shared, &question)
        });
        let (run, plan) = planned.await?;
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
        let (caller, asked) = (caller.clone(), run.clone());
        let logged = self.blocking(move |shared| {
            let room = shared.permitted(&caller, &agreement, &[Role::LinkageUnit], Term::InForce)?;
            let ledger = shared.ledger();
            let completed = ledger.state().run(room.signed.digest(), &asked);
            completed.map(|completed| ledger.logged_entry(completed.index).map_err(internal)).transpose()
        });
        match logged.await? {
            Some(entry) => Ok(ended(entry)),
            None => self.links.find(run.as_str()).ok_or(Refusal::NotReady(NotReady::Link)),
        }
    }

    async fn request_release(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        study: StudyId,
    ) -> Result<JobWatch<ReleaseDigest>, Refusal> {
        let party = caller.party().clone();
        let caller = caller.clone();
        let planned = self.blocking(move |shared| {
            shared.permitted(&caller, &agreement, &[Role::Partner], Term::InForce)?;
            release::plan(&shared, &agreement, &study)
        });
        let (name, answer) = planned.await?;
        match answer {
            release::Answer::Released(digest) => Ok(ended(digest)),
            release::Answer::ToDo(plan) => {
                let shared = self.shared.clone();
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
        let caller = caller.clone();
        self.blocking(move |shared| {
            let in_force = shared.permitted(&caller, &agreement, &[Role::Partner], Term::InForce).map(drop);
            // An auditor's work goes on after the term; a partner's right to fetch ends with it.
            in_force.or_else(|refusal| {
                shared.permitted(&caller, &agreement, &[Role::Auditor], Term::Any).map(drop).map_err(|_| refusal)
            })?;
            release::fetch(&shared, &agreement, &study)
        })
        .await
    }

    async fn checkpoint(&self, caller: &Caller, agreement: AgreementId) -> Result<Vec<u8>, Refusal> {
        self.reading_the_log(caller, agreement, |ledger| Ok(ledger.checkpoint().to_vec())).await
    }

    async fn read_entries(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        from: u64,
        size: u64,
    ) -> Result<Vec<Vec<u8>>, Refusal> {
        self.reading_the_log(caller, agreement, move |ledger| Ok(ledger.leaves(from, size))).await
    }

    async fn consistency_proof(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        old_size: u64,
        new_size: u64,
    ) -> Result<ConsistencyProof, Refusal> {
        let prove = move |ledger: &Ledger| {
            ledger.consistency_proof(old_size, new_size).map_err(|error| match error {
                LedgerError::Tree(_) | LedgerError::Missing(_) => {
                    Refusal::Malformed("the sizes are not those of this log")
                }
                other => internal(other),
            })
        };
        self.reading_the_log(caller, agreement, prove).await
    }
}
