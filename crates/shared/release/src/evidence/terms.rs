//! Whether a release that is in the log was permitted by the terms that the parties signed.

use std::ops::RangeInclusive;

use counterfoil_model::{Agreement, Role, SignedAgreement, Study, planned_tables};
use jiff::civil::Date;

use super::{EvidenceError, Step, VerifiedRelease};
use crate::body::ReleasedTable;

/// A release that is in the log and that the signed agreement permits.
#[derive(Debug, Clone)]
pub struct PermittedRelease(VerifiedRelease);

impl PermittedRelease {
    /// The release.
    pub fn release(&self) -> &VerifiedRelease {
        &self.0
    }
}

impl VerifiedRelease {
    /// Verifies the release against what the parties signed and the study's own file: the agreement and its schema are those logged;
    /// the study is the one agreed and logged; each extract came from its dataset's custodian; the release obeys the agreed
    /// disclosure terms and was asked for by a partner; from the first extract on everything happened within the agreement's term
    /// (days in UTC); and the tables are those of the study, with the rows of its measures and of the agreed lists.
    ///
    /// Not whether the agreement's releases were spent: one release does not say how many there were. Entries of releases can be
    /// counted in the whole log, not under which agreement.
    ///
    /// # Errors
    /// [`EvidenceError::Tables`] or [`EvidenceError::Rows`] for tables other than the study's,
    /// [`EvidenceError::Terms`] for the first thing that is wrong, [`EvidenceError::Agreement`] if the study is not one agreed.
    pub fn verify_terms(self, signed: &SignedAgreement, study: &Study) -> Result<PermittedRelease, EvidenceError> {
        let agreement = signed.agreement();
        self.check_agreement(signed)?;
        agreement.check_study(study)?;
        let chain = &self.chain;
        let custodians_submitted = chain.extracts.iter().all(|extract| {
            agreement.dataset(&extract.dataset).is_some_and(|dataset| dataset.custodian == extract.custodian)
        });
        let rules = self.body.rules();
        let terms = agreement.disclosure;
        let checks = [
            (
                (&chain.study.study, chain.study.study_digest) == (&study.id, study.digest),
                "the study is not the one that was registered",
            ),
            (self.body.head().study_title == study.title, "the release's study title is not the study's"),
            (
                chain.run.cohort_dataset == study.cohort && chain.run.usage_dataset == study.usage,
                "the run linked other datasets than the study names",
            ),
            (custodians_submitted, "an extract was not submitted by its dataset's custodian"),
            (rules.are_of(&terms), "the release was protected under other disclosure terms than those agreed"),
            (
                agreement.has_role(&chain.release.requested_by, Role::Partner),
                "who asked for the release is not a partner",
            ),
            (
                within_term(&chain.steps[EXTRACTS_TO_RELEASE], agreement),
                "an extract, the run or the release is outside its term",
            ),
        ];
        if let Some((_, problem)) = checks.into_iter().find(|(holds, _)| !holds) {
            return Err(EvidenceError::Terms(problem));
        }
        self.check_tables(agreement, study)?;
        Ok(PermittedRelease(self))
    }

    /// The tables that the study asks for, all of them, in order and no others, each with the rows that were planned.
    fn check_tables(&self, agreement: &Agreement, study: &Study) -> Result<(), EvidenceError> {
        let planned = planned_tables(agreement, study);
        if !self.body.tables().iter().map(ReleasedTable::id).eq(planned.iter().map(|table| &table.id)) {
            return Err(EvidenceError::Tables);
        }
        for (table, planned) in self.body.tables().iter().zip(&planned) {
            if !table.rows().map(|(label, _)| label).eq(planned.rows.iter().map(String::as_str)) {
                return Err(EvidenceError::Rows { table: table.id().clone() });
            }
        }
        Ok(())
    }

    fn check_agreement(&self, signed: &SignedAgreement) -> Result<(), EvidenceError> {
        let agreement = signed.agreement();
        let logged = &self.chain.agreement;
        let checks = [
            (
                logged.agreement == agreement.id && logged.version == agreement.version,
                "another agreement or version was logged",
            ),
            (logged.agreement_digest == signed.digest(), "its signed statement is not the one that was logged"),
            (logged.schema_digest == agreement.schema_digest, "another linkage schema was logged"),
        ];
        match checks.into_iter().find(|(holds, _)| !holds) {
            Some((_, problem)) => Err(EvidenceError::Terms(problem)),
            None => Ok(()),
        }
    }
}

/// Steps that process people's data; an agreement and a study may be logged before the term starts.
const EXTRACTS_TO_RELEASE: RangeInclusive<usize> = 2..=5;

fn within_term(steps: &[Step], agreement: &Agreement) -> bool {
    steps.iter().all(|step| day_of(step.time_seconds).is_some_and(|day| agreement.in_force_on(day)))
}

/// The day in UTC of some POSIX seconds; none beyond the year 9999.
fn day_of(time_seconds: u64) -> Option<Date> {
    let timestamp = jiff::Timestamp::from_second(i64::try_from(time_seconds).ok()?).ok()?;
    Some(timestamp.to_zoned(jiff::tz::TimeZone::UTC).date())
}
