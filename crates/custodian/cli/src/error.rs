//! Why a step did not do what was asked, in words that say which file and what to do.
//!
//! In: what went wrong underneath. Out: one enum, each case of which knows the exit code it ends the process with.
//! Absent on purpose: values. Files, lines, columns, parties and digests are named; what stands in a cell never is.

use std::io;
use std::path::PathBuf;

use counterfoil_audit::NoteError;
use counterfoil_clkhash::{FileError as ClksFileError, SchemaError as ClkhashSchemaError, SecretError};
use counterfoil_extract::ExtractError;
use counterfoil_model::{AgreementError, AgreementId, Code, DatasetId, PartyId, SchemaError, StudyError, StudyId};
use counterfoil_pseudonym::intake::FileError;
use counterfoil_wire::ClientError;
use jiff::civil::Date;

use crate::exit::Exit;
use crate::passphrase::PassphraseError;
use crate::sealed::SealedError;

/// Why a step did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing is overwritten.
    #[error("{path} is there already and was left as it is: choose another name, or move it away first")]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// Above the limit of its kind.
    #[error("{path} is larger than {bytes_max} bytes: is it the right file?")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// Not UTF-8.
    #[error("{path} is not UTF-8 text")]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The terms, their signatures, or something measured against them.
    #[error("{path}: {source}")]
    Agreement {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: AgreementError,
    },
    /// The linkage schema.
    #[error("{path}: {source}")]
    Schema {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: SchemaError,
    },
    /// A study.
    #[error("{path}: {source}")]
    Study {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: StudyError,
    },
    /// A note in a file.
    #[error("{path}: {source}")]
    NoteFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: NoteError,
    },
    /// A note that is being signed.
    #[error("cannot sign: {0}")]
    Note(NoteError),
    /// No statement yet.
    #[error(
        "{path} is not there: the agreement has not been proposed (`counterfoil agreement propose`) or not been signed"
    )]
    NotSigned {
        /// Where the statement would be.
        path: PathBuf,
    },
    /// The statement in the folder is of other terms or keys than the folder's.
    #[error("{path} is not the statement of the terms in this folder: {problem}")]
    OtherStatement {
        /// The statement.
        path: PathBuf,
        /// How it differs.
        problem: String,
    },
    /// Outside the agreement's term.
    #[error("agreement {agreement} is not in force: it runs from {starts_on} to {ends_on}, and today is {today}")]
    NotInForce {
        /// The agreement.
        agreement: AgreementId,
        /// Its first day.
        starts_on: Date,
        /// Its last day.
        ends_on: Date,
        /// Today.
        today: Date,
    },
    /// No such dataset.
    #[error("the agreement has no dataset {dataset}; it has {known}")]
    UnknownDataset {
        /// The dataset asked for.
        dataset: DatasetId,
        /// Those it has.
        known: String,
    },
    /// No such study.
    #[error("the agreement has no study {study}; it has {known}")]
    UnknownStudy {
        /// The study asked for.
        study: StudyId,
        /// Those it has.
        known: String,
    },
    /// Money at another tariff than a study compares.
    #[error(
        "study {study} counts money of this dataset at tariff {tariff}: price the events by it and say --tariff {tariff}"
    )]
    Tariff {
        /// The study.
        study: StudyId,
        /// Its tariff.
        tariff: Code,
    },
    /// A party that is none.
    #[error("{party} is no party of the agreement")]
    UnknownParty {
        /// The identity's party.
        party: PartyId,
    },
    /// Somebody else's dataset.
    #[error("the identity is {party}'s, but dataset {dataset} is submitted by {custodian}")]
    NotCustodian {
        /// The identity's party.
        party: PartyId,
        /// The dataset.
        dataset: DatasetId,
        /// Its custodian.
        custodian: PartyId,
    },
    /// A key that the parties did not sign.
    #[error(
        "the identity's key is not the one that the agreement pins for {party}: use the identity whose `counterfoil identity show` is in the agreement"
    )]
    OtherIdentityKey {
        /// The party.
        party: PartyId,
    },
    /// A pseudonymisation key of another agreement or epoch.
    #[error(
        "the key is of agreement {found}, epoch {found_epoch}, but agreement {needed}, epoch {needed_epoch} is needed"
    )]
    KeyOfOther {
        /// Agreement of the key.
        found: AgreementId,
        /// Epoch of the key.
        found_epoch: u32,
        /// Agreement needed.
        needed: AgreementId,
        /// Epoch needed.
        needed_epoch: u32,
    },
    /// The schema does not say where the dataset's file keeps its fields.
    #[error(
        "schema.toml has neither [columns.{dataset}] nor [columns.default]: say which column of your file holds which field"
    )]
    NoColumns {
        /// The dataset.
        dataset: DatasetId,
    },
    /// clkhash's CLKs have no diffusion, and the agreement refuses such.
    #[error(
        "agreement {agreement} refuses CLKs without diffusion, and those of clkhash have none: use `counterfoil pseudonymise`, \
         or have all parties sign an agreement with unhardened_clk = \"allowed\", which its log then shows"
    )]
    UnhardenedClk {
        /// The agreement.
        agreement: AgreementId,
    },
    /// A file of `clkhash`.
    #[error("{path}: {source}")]
    Clkhash {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ClkhashError,
    },
    /// A table that is agreed and not given, or given and not agreed.
    #[error("{0}")]
    Tables(TablesError),
    /// A sealed file.
    #[error("{path}: {source}")]
    Sealed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: SealedError,
    },
    /// A passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// A custodian's own file.
    #[error(transparent)]
    Intake(#[from] FileError),
    /// An extract.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The list of problems cannot be written.
    #[error("cannot write {path}: {source}")]
    Problems {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: csv::Error,
    },
    /// Not `https://host:port`.
    #[error("the unit's address is https://host:port, such as https://unit.example.org:8443")]
    UnitAddress,
    /// The unit refused, or could not be reached.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Something in a folder is not what its proofs say.
    #[error("verification failed: {0}")]
    Verification(String),
    /// The report cannot be drawn.
    #[error("the report's chart cannot be drawn: {0}")]
    Chart(String),
}

/// What is wrong with a file of `clkhash`.
#[derive(Debug)]
pub enum ClkhashError {
    /// The linkage schema.
    Schema(ClkhashSchemaError),
    /// The secret.
    Secret(SecretError),
    /// The rows.
    File(ClksFileError),
}

impl std::error::Error for ClkhashError {}

impl std::fmt::Display for ClkhashError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Schema(error) => error.fmt(f),
            Self::Secret(error) => error.fmt(f),
            Self::File(error) => {
                error.fmt(f)?;
                // All of them: whoever mends the file wants to do it once.
                if let ClksFileError::Rows { rows, .. } = error {
                    for row in rows {
                        write!(f, "\n  line {}, {}", row.line, row.problem)?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// Which of the three files must be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TablesError {
    /// Agreed, and not given.
    #[error("dataset {dataset} has {table}: give them with --{table} FILE")]
    Missing {
        /// The dataset.
        dataset: DatasetId,
        /// `events` or `measures`.
        table: &'static str,
    },
    /// Given, and not agreed.
    #[error("dataset {dataset} has no {table} under the agreement: leave --{table} out; the file would not be read")]
    NotAgreed {
        /// The dataset.
        dataset: DatasetId,
        /// `events` or `measures`.
        table: &'static str,
    },
    /// Days the wrong way round.
    #[error("--complete-from {from} is after --complete-to {to}")]
    Period {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// A period that reaches into the future.
    #[error("--complete-to {to} is after today, {today}: data of days to come cannot be complete")]
    InFuture {
        /// Last day.
        to: Date,
        /// Today.
        today: Date,
    },
}

impl StepError {
    /// The code that a process ends with on this error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Sealed { .. } | Self::Passphrase(_) | Self::KeyOfOther { .. } => Exit::Sealed,
            Self::Verification(_) => Exit::VerificationFailed,
            Self::UnitAddress => Exit::Usage,
            Self::Client(ClientError::Refused(..)) => Exit::Refused,
            Self::Client(ClientError::Connection(_) | ClientError::Protocol(_)) => Exit::Unreachable,
            Self::Chart(_) => Exit::Internal,
            _ => Exit::Input,
        }
    }
}
