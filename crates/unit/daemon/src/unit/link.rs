//! Linkage runs: two extracts in, a file of links and a log entry out.

use std::path::PathBuf;

use counterfoil_audit::LeafIndex;
use counterfoil_extract::Extract;
use counterfoil_linkage::{LinkRule, Progress};
use counterfoil_model::{AgreementId, DatasetId, Digest, ManifestDigest, RunId};
use counterfoil_release::LinkCompleted;
use counterfoil_wire::{JobStep, LinkQuestion, LoggedEntry, NotReady, Refusal};

use super::link_file::StoredLinks;
use super::run_summary::RunSummary;
use super::submit::extract_folder;
use super::{Shared, internal};
use crate::agreements::AgreementRoom;
use crate::files::write_durable;
use crate::jobs::Report;
use crate::ledger::State;

/// What a run reads.
#[derive(Clone)]
pub(super) struct Plan {
    agreement: AgreementId,
    run: RunId,
    cohort: (DatasetId, ManifestDigest),
    usage: (DatasetId, ManifestDigest),
}

/// The run over the newest extracts of two datasets, and what there is to do unless it is in the log.
pub(super) fn plan(shared: &Shared, question: &LinkQuestion) -> Result<(RunId, Option<Plan>), Refusal> {
    let room = shared.rooms.get(&question.agreement).ok_or(Refusal::NotPermitted)?;
    let ledger = shared.ledger();
    let (run, cohort, usage) = newest_run(room, ledger.state(), &question.cohort, &question.usage)?;
    if ledger.state().run_over(room.signed.digest(), &run, [cohort, usage]).is_some() {
        return Ok((run, None));
    }
    let plan = Plan {
        agreement: question.agreement.clone(),
        run: run.clone(),
        cohort: (question.cohort.clone(), cohort),
        usage: (question.usage.clone(), usage),
    };
    Ok((run, Some(plan)))
}

/// The run over the newest extracts of two datasets: its name is made from all that goes in, so asking twice finds one.
pub(super) fn newest_run(
    room: &AgreementRoom,
    state: &State,
    cohort: &DatasetId,
    usage: &DatasetId,
) -> Result<(RunId, ManifestDigest, ManifestDigest), Refusal> {
    if cohort == usage {
        return Err(Refusal::Malformed("a dataset is not linked with itself"));
    }
    let agreement = room.signed.digest();
    let newest = |dataset: &DatasetId| {
        room.agreement().dataset(dataset).ok_or(Refusal::Malformed("no such dataset in the agreement"))?;
        let extract = state.newest_extract(agreement, dataset).ok_or(Refusal::NotReady(NotReady::Extract))?;
        Ok(extract.manifest)
    };
    let (cohort, usage) = (newest(cohort)?, newest(usage)?);
    let parts = [agreement.0, room.schema.digest().0, cohort.0, usage.0];
    let digest = Digest::of(&parts.map(|digest| *digest.as_bytes()).concat()).to_string();
    let run = RunId::parse(&format!("run-{}", &digest[..32])).expect("hexadecimal digits are a name");
    Ok((run, cohort, usage))
}

/// What was submitted while a run waited replaces what it was to link: linking the old would put it behind the new.
fn newest_is(room: &AgreementRoom, state: &State, plan: &Plan) -> Result<(), Refusal> {
    let (newest, ..) = newest_run(room, state, &plan.cohort.0, &plan.usage.0)?;
    if newest == plan.run { Ok(()) } else { Err(Refusal::NotReady(NotReady::Link)) }
}

/// Folder of a run.
fn run_folder(shared: &Shared, run: &RunId) -> PathBuf {
    shared.data.runs().join(run.as_str())
}

/// The file of links of a run.
pub(super) fn links_path(shared: &Shared, run: &RunId) -> PathBuf {
    run_folder(shared, run).join("links")
}

/// Links, stores, logs.
pub(super) fn run(shared: &Shared, plan: &Plan, report: Report<'_>) -> Result<LoggedEntry, Refusal> {
    let room = shared.rooms.get(&plan.agreement).ok_or(Refusal::NotPermitted)?;
    report(JobStep::Reading, 0, 2);
    let open = |manifest| Extract::open(&extract_folder(shared, manifest), &room.signed, &room.schema);
    let (cohort, usage) = (open(plan.cohort.1).map_err(internal)?, open(plan.usage.1).map_err(internal)?);
    if cohort.manifest().key_fingerprint != usage.manifest().key_fingerprint {
        return Err(Refusal::KeyMismatch);
    }
    let cohort = cohort.read_people().map_err(internal)?;
    report(JobStep::Reading, 1, 2);
    let usage = usage.read_people().map_err(internal)?;
    let rule = LinkRule::of(room.schema.decision());
    let compared = counterfoil_linkage::compare(&room.schema, &cohort, &usage, rule, &|progress| match progress {
        Progress::Joining { done, of } => report(JobStep::MatchKeys, done as u64, of as u64),
        Progress::Comparing { done, of } => report(JobStep::Comparing, done, of),
        Progress::Fitting => {}
    })
    .map_err(internal)?;
    let linkage = compared.decide(rule).map_err(internal)?;
    report(JobStep::Storing, 0, 1);
    let variables = room.agreement().dataset(&plan.cohort.0).map_or(&[][..], |dataset| dataset.people.as_slice());
    let summary = RunSummary::new(&room.schema, variables, &cohort, &compared, &linkage);
    let links = StoredLinks::new(&linkage, compared.missed_by_row(&linkage)).encode();
    let index = store(shared, room, plan, &links, &summary)?;
    shared.ledger().logged_entry(index).map_err(internal)
}

fn store(
    shared: &Shared,
    room: &AgreementRoom,
    plan: &Plan,
    links: &[u8],
    summary: &RunSummary,
) -> Result<LeafIndex, Refusal> {
    std::fs::create_dir_all(run_folder(shared, &plan.run)).map_err(internal)?;
    write_durable(&links_path(shared, &plan.run), links).map_err(internal)?;
    let summary = serde_json::to_vec_pretty(summary).map_err(internal)?;
    write_durable(&run_folder(shared, &plan.run).join("summary.json"), &summary).map_err(internal)?;
    crate::files::sync_dir(&shared.data.runs()).map_err(internal)?;

    let mut ledger = shared.ledger();
    let agreement = room.signed.digest();
    let manifests = [plan.cohort.1, plan.usage.1];
    if let Some(completed) = ledger.state().run_over(agreement, &plan.run, manifests) {
        return Ok(completed.index);
    }
    shared.check_in_force(&ledger, room)?;
    newest_is(room, ledger.state(), plan)?;
    let record = LinkCompleted {
        agreement: plan.agreement.clone(),
        agreement_digest: agreement,
        run: plan.run.clone(),
        schema_digest: room.schema.digest(),
        cohort_dataset: plan.cohort.0.clone(),
        cohort_manifest: plan.cohort.1,
        usage_dataset: plan.usage.0.clone(),
        usage_manifest: plan.usage.1,
        links_digest: Digest::of(links),
    };
    shared.append(&mut ledger, record, None)
}
