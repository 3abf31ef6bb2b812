//! The data-sharing agreement: who may do what, with which data, until when, and what may come out.
//!
//! In: a TOML file of terms, and the note that all its parties have signed. Out: an [`Agreement`] whose parts fit each
//! other; a [`SignedAgreement`] only when every party has signed. A right that is not in the agreement does not exist.

mod check_score;
mod check_study;
mod read;
mod signed;

pub use signed::{SignedAgreement, agreement_statement, agreement_statement_keys};

use jiff::civil::Date;

use crate::code::{AgreementId, Code, DatasetId, PartyId, StudyId};
use crate::digest::{Digest, SchemaDigest, StudyDigest};
use crate::instrument::Instrument;
use crate::schema::{ClkEncoding, LinkageSchema};
use crate::variable::{Variable, VariableKind};

/// Why an agreement, its signatures, or something measured against it is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// Not TOML, an unknown or a missing key, or a value of the wrong type.
    #[error("agreement: {0}")]
    Toml(String),
    /// A statement in the file that cannot stand.
    #[error("agreement: {place}: {problem}")]
    Invalid {
        /// Where, as in `dataset nhs-usage`.
        place: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The signatures do not make these terms an agreement.
    #[error("agreement signatures: {0}")]
    Signatures(String),
    /// The linkage schema is not the one agreed.
    #[error("linkage schema: {0}")]
    Schema(String),
    /// The study is not one agreed, or asks for what the agreement does not share.
    #[error("study {study}: {problem}")]
    Study {
        /// The study.
        study: StudyId,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// What a party may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Holds identifiers and the key; submits extracts.
    Custodian,
    /// Runs the daemon; starts linkage runs.
    LinkageUnit,
    /// Asks for and fetches releases.
    Partner,
    /// Reads the log and fetches releases.
    Auditor,
}

/// What linked data may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Finding out what a service achieved.
    ServiceEvaluation,
    /// Paying for outcomes achieved.
    OutcomePayment,
    /// Deciding what to commission.
    Commissioning,
}

/// Whether filters without diffusion may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnhardenedClk {
    /// They are refused.
    Refused,
    /// They may, in the parties' own written words.
    Allowed,
}

/// One party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its name; also the name of its signing key and the last part of its certificate's URI.
    pub id: PartyId,
    /// What a reader sees.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
}

/// A score that a dataset's measures table may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureTerm {
    /// Its code.
    pub code: Code,
    /// What it is a score of; none where no known instrument is named.
    pub instrument: Option<Instrument>,
    /// Least score: the instrument's, where one is named.
    pub min: i32,
    /// Greatest score: the instrument's, where one is named.
    pub max: i32,
}

impl MeasureTerm {
    /// What it is a score of, in a sentence or two.
    pub fn in_words(&self) -> String {
        self.instrument.map_or_else(
            || format!("Points of no named instrument, {} to {}.", self.min, self.max),
            Instrument::in_words,
        )
    }
}

/// What one custodian may submit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Its name.
    pub id: DatasetId,
    /// Who submits it.
    pub custodian: PartyId,
    /// Greatest number of people in an extract.
    pub people_max: u64,
    /// Variables of the people table.
    pub people: Vec<Variable>,
    /// Event codes of the events table; empty when there is none.
    pub event_codes: Vec<Code>,
    /// Variables of the events table, beside its code and date.
    pub events: Vec<Variable>,
    /// Scores of the measures table; empty when there is none.
    pub measures: Vec<MeasureTerm>,
}

impl Dataset {
    /// The event table's code column as a variable.
    pub fn event_variable(&self) -> Variable {
        let name = Code::parse("event").expect("a code");
        Variable { name, kind: VariableKind::Code(self.event_codes.clone()) }
    }
}

/// The disclosure-control terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disclosure {
    /// Counts from 1 to one below this are suppressed; at least 8 (HES rule).
    pub suppress_below: u64,
    /// Everything else goes to the nearest multiple of this.
    pub rounding_base: u64,
    /// Releases that may be issued under the agreement.
    pub releases_max: u64,
    /// Money goes to the nearest multiple of this; none where no money may leave. The rules of dominance are not agreed:
    /// they are the same for every release.
    pub money_rounding_pounds: Option<u64>,
}

/// A study that the parties agreed to, by the digest of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedStudy {
    /// Its name.
    pub id: StudyId,
    /// Digest of its file.
    pub digest: StudyDigest,
}

/// The terms, valid by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its name.
    pub id: AgreementId,
    /// Its version, from 1.
    pub version: u32,
    /// What a reader sees.
    pub title: String,
    /// What the data may be used for.
    pub purposes: Vec<Purpose>,
    /// First day in force.
    pub starts_on: Date,
    /// Last day in force.
    pub ends_on: Date,
    /// Epoch of the pseudonymisation key.
    pub key_epoch: u32,
    /// The linkage schema agreed.
    pub schema_digest: SchemaDigest,
    /// Whether filters without diffusion may be sent.
    pub unhardened_clk: UnhardenedClk,
    /// The parties.
    pub parties: Vec<Party>,
    /// What custodians may submit.
    pub datasets: Vec<Dataset>,
    /// What may be asked.
    pub studies: Vec<PinnedStudy>,
    /// How what comes out is protected.
    pub disclosure: Disclosure,
    /// Digest of the file's bytes.
    pub terms_digest: Digest,
}

impl Agreement {
    /// Parses a file of terms.
    ///
    /// # Errors
    /// [`AgreementError`] that names the place and what to change.
    pub fn parse(text: &str) -> Result<Self, AgreementError> {
        read::parse(text)
    }

    /// A party by its name.
    pub fn party(&self, id: &PartyId) -> Option<&Party> {
        self.parties.iter().find(|party| party.id == *id)
    }

    /// Whether a party has a role.
    pub fn has_role(&self, id: &PartyId, role: Role) -> bool {
        self.party(id).is_some_and(|party| party.roles.contains(&role))
    }

    /// A dataset by its name.
    pub fn dataset(&self, id: &DatasetId) -> Option<&Dataset> {
        self.datasets.iter().find(|dataset| dataset.id == *id)
    }

    /// Whether a day is inside the agreement's term, both ends included.
    pub fn in_force_on(&self, day: Date) -> bool {
        (self.starts_on..=self.ends_on).contains(&day)
    }

    /// Checks that a linkage schema is the one agreed and that its CLK is permitted.
    ///
    /// # Errors
    /// [`AgreementError::Schema`].
    pub fn check_schema(&self, schema: &LinkageSchema) -> Result<(), AgreementError> {
        if schema.digest() != self.schema_digest {
            return Err(AgreementError::Schema(format!(
                "its digest is {}, but the agreement pins {}; use the schema that the parties signed",
                schema.digest(),
                self.schema_digest
            )));
        }
        let plain = schema.clk().is_some_and(|clk| clk.encoding == ClkEncoding::Plain);
        if plain && self.unhardened_clk == UnhardenedClk::Refused {
            return Err(AgreementError::Schema(
                "its CLK has no diffusion, which the agreement refuses; \
                 set encoding = \"diffused-1\", or have all parties sign unhardened_clk = \"allowed\""
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
