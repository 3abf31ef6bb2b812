//! Releases: linked extracts in, a logged release out.
//!
//! The same question over the same links gives the same release: it is made once, and found again ever after.

use std::ops::ControlFlow;

use counterfoil_extract::{Extract, ExtractError};
use counterfoil_model::{AgreementId, ManifestDigest, PartyId, ReleaseDigest, RunId, Study, StudyId};
use counterfoil_outcomes::{Inputs, LinkQuality, tabulate};
use counterfoil_release::{
    LogRecord, LoggedRelease, ReleaseHead, ReleaseIssued, ReviewError, Table, comparison_seed, review,
};
use counterfoil_wire::{JobStep, NotReady, Refusal};

use super::link::{links_path, newest_run};
use super::submit::extract_folder;
use super::{Shared, internal, link_file};
use crate::agreements::AgreementRoom;
use crate::jobs::Report;
use crate::ledger::{IssuedRelease, Ledger};

/// What a release reads.
#[derive(Clone)]
pub(super) struct Plan {
    agreement: AgreementId,
    study: StudyId,
    run: RunId,
    cohort: ManifestDigest,
    usage: ManifestDigest,
}

/// What a question comes to.
pub(super) enum Answer {
    /// It was released before.
    Released(ReleaseDigest),
    /// It has to be made.
    ToDo(Plan),
}

/// Looks a question up, and names the job that would answer it.
pub(super) fn plan(shared: &Shared, agreement: &AgreementId, study: &StudyId) -> Result<(String, Answer), Refusal> {
    let (room, study) = pinned_study(shared, agreement, study)?;
    let ledger = shared.ledger();
    let (run, cohort, usage) = newest_run(room, ledger.state(), &study.cohort, &study.usage)?;
    let name = format!("{agreement} {} {run}", study.id);
    if let Some(issued) = issued(&ledger, room, &study.id, &run) {
        return Ok((name, Answer::Released(issued.digest)));
    }
    let digest = room.signed.digest();
    if ledger.state().run_over(digest, &run, [cohort, usage]).is_none() {
        return Err(Refusal::NotReady(NotReady::Link));
    }
    // Looked at again before the release is logged; here it spares the work.
    if ledger.state().releases_issued(digest) >= room.agreement().disclosure.releases_max {
        return Err(Refusal::BudgetSpent);
    }
    let plan = Plan { agreement: agreement.clone(), study: study.id.clone(), run, cohort, usage };
    Ok((name, Answer::ToDo(plan)))
}

fn pinned_study<'a>(
    shared: &'a Shared,
    agreement: &AgreementId,
    study: &StudyId,
) -> Result<(&'a AgreementRoom, &'a Study), Refusal> {
    let room = shared.rooms.get(agreement).ok_or(Refusal::NotPermitted)?;
    let study = room.studies.get(study).ok_or(Refusal::Malformed("no such study in the agreement"))?;
    Ok((room, study))
}

fn issued(ledger: &Ledger, room: &AgreementRoom, study: &StudyId, run: &RunId) -> Option<IssuedRelease> {
    let releases = ledger.state().releases(room.signed.digest(), study);
    releases.iter().find(|release| release.run == *run).cloned()
}

/// Counts, protects, reviews, logs.
pub(super) fn run(shared: &Shared, plan: &Plan, party: &PartyId, report: Report<'_>) -> Result<ReleaseDigest, Refusal> {
    let (room, study) = pinned_study(shared, &plan.agreement, &plan.study)?;
    let tables = tables(shared, room, study, plan, report)?;
    report(JobStep::Protecting, 0, 1);
    let disclosure = &room.agreement().disclosure;
    let suppressed = tables.into_iter().map(|table| table.suppress_primary(disclosure)).collect();

    // From the budget to the log entry nobody else comes between: a budget is spent once.
    let mut ledger = shared.ledger();
    if let Some(issued) = issued(&ledger, room, &study.id, &plan.run) {
        return Ok(issued.digest);
    }
    shared.check_in_force(&ledger, room)?;
    let (newest, ..) = newest_run(room, ledger.state(), &study.cohort, &study.usage)?;
    if newest != plan.run {
        // A newer extract was admitted meanwhile, perhaps without somebody who has opted out.
        return Err(Refusal::NotReady(NotReady::Link));
    }
    let digest = room.signed.digest();
    let so_far = ledger.state().releases_issued(digest);
    let reviewed = review(suppressed, so_far, disclosure.releases_max).map_err(|error| match error {
        ReviewError::BudgetSpent { .. } => Refusal::BudgetSpent,
        other => {
            tracing::warn!(study = %study.id, error = %other, "the review let nothing out");
            Refusal::NotReleasable
        }
    })?;
    report(JobStep::Storing, 0, 1);
    let release = reviewed
        .release(ReleaseHead {
            agreement: plan.agreement.clone(),
            agreement_version: room.agreement().version,
            agreement_digest: digest,
            study: study.id.clone(),
            study_digest: study.digest,
            study_title: study.title.clone(),
            run: plan.run.clone(),
        })
        .map_err(internal)?;
    let record = ReleaseIssued {
        agreement: plan.agreement.clone(),
        agreement_digest: digest,
        study: study.id.clone(),
        study_digest: study.digest,
        run: plan.run.clone(),
        release_digest: release.digest(),
        requested_by: party.clone(),
    };
    shared.append(&mut ledger, record, Some(release.body_to_store_with_its_log_entry()))?;
    Ok(release.digest())
}

fn tables(
    shared: &Shared,
    room: &AgreementRoom,
    study: &Study,
    plan: &Plan,
    report: Report<'_>,
) -> Result<Vec<Table>, Refusal> {
    report(JobStep::Reading, 0, 3);
    let manifests = [plan.cohort, plan.usage];
    let (links_digest, linked_root) = {
        let ledger = shared.ledger();
        let run = ledger.state().run_over(room.signed.digest(), &plan.run, manifests);
        let run = run.ok_or(Refusal::NotReady(NotReady::Link))?;
        (run.links, ledger.root_as_last(run.index).map_err(internal)?)
    };
    let links = link_file::read(&links_path(shared, &plan.run), links_digest).map_err(internal)?;
    let open = |manifest| Extract::open(&extract_folder(shared, manifest), &room.signed, &room.schema);
    let (cohort, usage) = (open(plan.cohort).map_err(internal)?, open(plan.usage).map_err(internal)?);
    if let Some(tariff) = study.tariff().filter(|tariff| usage.manifest().tariff.as_ref() != Some(*tariff)) {
        // Prices are restated every year: what is worth more is not more use.
        tracing::warn!(study = %study.id, %tariff, "the usage extract is not priced at the study's tariff");
        return Err(Refusal::OtherTariff { study: tariff.clone(), extract: usage.manifest().tariff.clone() });
    }
    report(JobStep::Reading, 1, 3);
    let (cohort_people, usage_people) =
        (cohort.read_people().map_err(internal)?, usage.read_people().map_err(internal)?);
    report(JobStep::Tabulating, 0, 1);
    let inputs = Inputs {
        study,
        agreement: room.agreement(),
        cohort: &cohort_people,
        usage: &usage_people,
        links: &links.pairs,
        quality: LinkQuality::Expected { probabilities_ppm: &links.probabilities_ppm, missed_ppm: &links.missed_ppm },
        usage_complete_from: usage.manifest().complete_from,
        usage_complete_to: usage.manifest().complete_to,
        seed: Some(*comparison_seed(&plan.agreement, study.digest, linked_root).as_bytes()),
    };
    tabulate::<ExtractError>(
        &inputs,
        |sink| {
            usage.read_events(&mut |event| {
                sink(event);
                ControlFlow::Continue(())
            })
        },
        |sink| {
            cohort.read_measures(&mut |measure| {
                sink(measure);
                ControlFlow::Continue(())
            })
        },
    )
    .map_err(internal)
}

/// The newest release of a study, with the entries that permit it.
pub(super) fn fetch(shared: &Shared, agreement: &AgreementId, study: &StudyId) -> Result<LoggedRelease, Refusal> {
    let (room, study) = pinned_study(shared, agreement, study)?;
    let ledger = shared.ledger();
    let state = ledger.state();
    let digest = room.signed.digest();
    let release = state.releases(digest, &study.id).last().ok_or(Refusal::NotReady(NotReady::Release))?;
    let missing = || internal("an entry that a release stands on is not in the log");
    let run = state.run(digest, &release.run).ok_or_else(missing)?.index;
    let run_record = ledger.record(run).map_err(internal)?;
    let LogRecord::LinkCompleted(linked) = run_record else {
        return Err(missing());
    };
    let extract = |dataset, manifest| state.extract(digest, dataset, manifest).map(|extract| extract.index);
    let mut indices = vec![
        state.agreement(agreement).filter(|admitted| admitted.digest == digest).ok_or_else(missing)?.index,
        state.study(digest, &study.id).ok_or_else(missing)?,
        extract(&linked.cohort_dataset, linked.cohort_manifest).ok_or_else(missing)?,
        extract(&linked.usage_dataset, linked.usage_manifest).ok_or_else(missing)?,
        run,
        release.index,
    ];
    indices.sort_unstable();
    let evidence = indices.into_iter().map(|index| ledger.evidence(index)).collect::<Result<_, _>>();
    let body = ledger.attachment(&release.digest.0).map_err(internal)?;
    let checkpoint = ledger.checkpoint().to_vec();
    let key = ledger.key().public();
    LoggedRelease::from_stored_body(body, evidence.map_err(internal)?, checkpoint, key).map_err(internal)
}
