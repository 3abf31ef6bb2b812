//! Each step of the journey as one call, under the tests' own outside world.

use std::path::{Path, PathBuf};

use counterfoil_audit::{NoteKey, parse_note_key};
use counterfoil_cli::steps::{
    self, AgreementPropose, AgreementSign, AuditFetch, AuditReport, AuditVerify, Connect, Fetch, Fetched, IdentityNew,
    KeyFacts, KeyNew, KeyVerify, Link, LinkReceipt, LogFetched, Pseudonymise, PseudonymiseSummary, Request, Requested,
    Submit, SubmitReceipt,
};
use counterfoil_cli::{AgreementFolder, StepError};
use counterfoil_extract::Extract;
use counterfoil_model::{DatasetId, StudyId, SubmissionId};
use counterfoil_wire::{ClientError, LoggedEntry};
use jiff::civil::Date;

use crate::context::OutsideWorld;
use crate::world::{AGREEMENT, NHS, PROGRAMME, World, agreement_id, party_id, passphrase};

type Done<T> = Result<T, StepError>;

/// `identity new`.
///
/// # Errors
/// [`StepError`], as for every step here.
pub fn identity_new(world: &World, party: &str, seed: u64) -> Done<()> {
    let args = IdentityNew { party: party_id(party), out: world.identity(party) };
    OutsideWorld::new(seed).with(|context| steps::identity_new(context, &args, &passphrase())).map(drop)
}

/// `identity show`: a party's public key.
///
/// # Panics
/// When the party has no identity.
pub fn public_key(world: &World, party: &str) -> NoteKey {
    let facts = steps::identity_show(&world.identity(party)).expect("an identity");
    parse_note_key(&facts.vkey).expect("a public key")
}

/// `agreement propose`.
///
/// # Errors
/// [`StepError`].
pub fn agreement_propose(agreement: &Path, party_keys: Vec<NoteKey>) -> Done<()> {
    steps::agreement_propose(&AgreementPropose { agreement: agreement.to_owned(), party_keys }).map(drop)
}

/// `agreement sign`.
///
/// # Errors
/// [`StepError`].
pub fn agreement_sign(agreement: &Path, identity: &Path) -> Done<()> {
    let args = AgreementSign { agreement: agreement.to_owned(), identity: identity.to_owned() };
    steps::agreement_sign(&args, &passphrase()).map(drop)
}

/// `key new` for the agreement.
///
/// # Errors
/// [`StepError`].
pub fn key_new(world: &World, outside: &mut OutsideWorld, out: &Path) -> Done<KeyFacts> {
    let args = KeyNew { agreement: world.agreement(), out: out.to_owned() };
    outside.with(|context| steps::key_new(context, &args, &passphrase()))
}

/// `key verify`: the fingerprint.
///
/// # Errors
/// [`StepError`].
pub fn key_fingerprint(world: &World) -> Done<String> {
    let args = KeyVerify { key: world.key(), agreement: world.agreement() };
    steps::key_verify(&args, &passphrase()).map(|facts| facts.fingerprint)
}

/// What `pseudonymise` needs for a dataset of the place.
///
/// # Panics
/// When there is no such dataset.
pub fn pseudonymise_args(world: &World, dataset: &str) -> Pseudonymise {
    let folder = world.place();
    let (party, people, events, measures) = match dataset {
        "nhs-usage" => (NHS, "nhs/people.csv", Some("nhs/events.csv"), None),
        "programme" => (PROGRAMME, "programme/people.csv", None, Some("programme/measures.csv")),
        _ => panic!("no such dataset"),
    };
    Pseudonymise {
        agreement: world.agreement(),
        dataset: DatasetId::parse(dataset).expect("a dataset's name"),
        key: world.key(),
        identity: world.identity(party),
        people: folder.join(people),
        events: events.map(|name| folder.join(name)),
        measures: measures.map(|name| folder.join(name)),
        complete_from: Date::constant(2021, 1, 1),
        complete_to: Date::constant(2025, 12, 31),
        tariff: world.tariff(dataset),
        out: world.extract(dataset),
    }
}

/// `pseudonymise`.
///
/// # Errors
/// [`StepError`].
pub fn pseudonymise(args: &Pseudonymise, seed: u64) -> Done<PseudonymiseSummary> {
    let run =
        |context: &mut counterfoil_cli::Context<'_>| steps::pseudonymise(context, args, &passphrase(), &passphrase());
    OutsideWorld::new(seed).with(run)
}

/// `submit` of the extract in a folder.
///
/// # Errors
/// [`StepError`].
pub fn submit(world: &World, connect: &Connect, extract: &Path) -> Done<SubmitReceipt> {
    let args = Submit {
        extract: extract.to_owned(),
        agreement: world.agreement(),
        submission: None,
        receipt_dir: Some(world.scratch()),
    };
    OutsideWorld::new(0).with(|context| block_on(steps::submit(context, &args, connect)))
}

/// Opens an extract, lets something happen to its folder, and sends it: the upload itself, without the command's own
/// checks after the opening.
///
/// # Errors
/// What the client says.
///
/// # Panics
/// When the extract is not sound before, or the unit cannot be reached.
pub fn upload(
    world: &World,
    connect: &Connect,
    (extract, submission): (&Path, &str),
    between: impl FnOnce(&Path),
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<LoggedEntry, ClientError> {
    let folder = AgreementFolder::at(&world.agreement()).open_signed().expect("a signed agreement");
    let opened = Extract::open(extract, &folder.signed, &folder.schema).expect("a sound extract");
    between(extract);
    let submission = SubmissionId::parse(submission).expect("a submission's name");
    block_on(async {
        let mut client = connect.connect().await.expect("the unit is there");
        client.submit(&agreement_id(AGREEMENT), &submission, &opened, &mut |sent, _| progress(sent)).await
    })
}

/// `link` of the two datasets.
///
/// # Errors
/// [`StepError`].
pub fn link(world: &World, connect: &Connect) -> Done<LinkReceipt> {
    let dataset = |name| DatasetId::parse(name).expect("a dataset's name");
    let args = Link { agreement: world.agreement(), cohort: dataset("programme"), usage: dataset("nhs-usage") };
    OutsideWorld::new(0).with(|context| block_on(steps::link(context, &args, connect)))
}

/// `request` of a study.
///
/// # Errors
/// [`StepError`].
pub fn request(world: &World, connect: &Connect, study: &str) -> Done<Requested> {
    let args = Request { agreement: world.agreement(), study: study_id(study) };
    OutsideWorld::new(0).with(|context| block_on(steps::request(context, &args, connect)))
}

/// `fetch` of a study into a new folder.
///
/// # Errors
/// [`StepError`].
pub fn fetch(world: &World, connect: &Connect, study: &str) -> Done<Fetched> {
    let out = world.scratch().join("release");
    let args = Fetch { agreement: world.agreement(), study: study_id(study), out };
    block_on(steps::fetch(&args, connect))
}

/// `audit fetch` into a folder.
///
/// # Errors
/// [`StepError`].
pub fn audit_fetch(world: &World, connect: &Connect, out: &Path) -> Done<LogFetched> {
    let args = AuditFetch { agreement: world.agreement(), out: out.to_owned() };
    OutsideWorld::new(0).with(|context| block_on(steps::audit_fetch(context, &args, connect)))
}

/// `audit verify`.
///
/// # Errors
/// [`StepError`].
pub fn audit_verify(world: &World, release: &Path, log: Option<PathBuf>) -> Done<AuditReport> {
    let args = AuditVerify { agreement: world.agreement(), release: release.to_owned(), log, previous: None };
    steps::audit_verify(&args)
}

/// A study's name.
///
/// # Panics
/// When it is none.
pub fn study_id(text: &str) -> StudyId {
    StudyId::parse(text).expect("a study's name")
}

/// Runs a future to its end on this thread.
///
/// # Panics
/// When the system gives no threads.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("the system gives what a runtime needs").block_on(future)
}
