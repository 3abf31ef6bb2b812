//! The command line, as it is typed. What it means is in `run`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use counterfoil_audit::{NoteKey, parse_note_key};
use counterfoil_cli::Exit;
use counterfoil_cli::steps::Connect;
use counterfoil_model::{Code, DatasetId, PartyId, StudyId, SubmissionId};
use jiff::civil::Date;

use super::examples;

/// Links personal data between organisations without sharing it, and proves what came out.
///
/// Identifiers stay with the organisation that holds them: `pseudonymise` turns them into keyed tokens on its own machine. The
/// linkage unit links tokens and counts; disclosure-controlled counts leave, and a log proves every step.
#[derive(Parser)]
#[command(name = "counterfoil", version, max_term_width = 110, after_help = examples::TOP, after_long_help = top_help())]
pub(crate) struct CommandLine {
    /// Print JSON on standard output (and errors as JSON on standard error), for machines
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Show no progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

fn top_help() -> String {
    format!("{}\n{}", examples::TOP, Exit::help())
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make, show or verify the pseudonymisation key that the custodians of an agreement share
    #[command(after_help = examples::KEY)]
    #[command(subcommand)]
    Key(KeyCommand),
    /// Make or show the key that a party signs with
    #[command(after_help = examples::IDENTITY)]
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Propose, sign or check an agreement
    #[command(after_help = examples::AGREEMENT)]
    #[command(subcommand)]
    Agreement(AgreementCommand),
    /// A study: what it counts, whom it compares, what it would release
    #[command(subcommand, after_help = examples::STUDY)]
    Study(StudyCommand),
    /// Turn your CSV files into an extract without identifiers (custodians)
    #[command(after_help = examples::PSEUDONYMISE)]
    Pseudonymise(PseudonymiseArgs),
    /// Make CLKs as clkhash makes them, for a partner who has clkhash, where the agreement allows plain CLKs (custodians)
    #[command(after_help = examples::CLKHASH)]
    Clkhash(ClkhashArgs),
    /// Show what is in an extract, so that you can see for yourself whether an identifier is
    #[command(after_help = examples::INSPECT)]
    Inspect(InspectArgs),
    /// Send an extract to the linkage unit and keep a verified receipt (custodians)
    #[command(after_help = examples::SUBMIT)]
    Submit(SubmitArgs),
    /// Link the newest extracts of two datasets (the linkage unit's operator)
    #[command(after_help = examples::LINK)]
    Link(LinkArgs),
    /// Ask for the counts of a study (partners)
    #[command(after_help = examples::REQUEST)]
    Request(RequestArgs),
    /// Fetch a study's newest release, verify it, and write it with a report (partners, commissioners, auditors)
    #[command(after_help = examples::FETCH)]
    Fetch(FetchArgs),
    /// Copy the log, or verify a release offline
    #[command(after_help = examples::AUDIT)]
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print completions for your shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make the key of the agreement's epoch, sealed with a passphrase
    #[command(after_help = examples::KEY_NEW)]
    New {
        /// The agreement folder
        #[arg(long, value_name = "DIR")]
        agreement: PathBuf,
        /// The sealed file to make
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Show which agreement and epoch a sealed key is for; never the key
    #[command(after_help = examples::KEY_SHOW)]
    Show {
        /// The sealed key
        file: PathBuf,
    },
    /// Open a sealed key and print its fingerprint, to be compared by telephone
    #[command(after_help = examples::KEY_VERIFY)]
    Verify {
        /// The sealed key
        file: PathBuf,
        /// The agreement folder
        #[arg(long, value_name = "DIR")]
        agreement: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
}

#[derive(Subcommand)]
pub(crate) enum IdentityCommand {
    /// Make a party's signing key, sealed with a passphrase
    #[command(after_help = examples::IDENTITY_NEW)]
    New {
        /// The party, as the agreement names it
        #[arg(long, value_name = "ID")]
        party: PartyId,
        /// The sealed file to make
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Show a sealed identity's party and public key
    #[command(after_help = examples::IDENTITY_SHOW)]
    Show {
        /// The sealed identity
        file: PathBuf,
    },
}

#[derive(Subcommand)]
pub(crate) enum AgreementCommand {
    /// Write the statement that all parties are to sign: the terms' digest and every party's public key
    #[command(after_help = examples::AGREEMENT_PROPOSE)]
    Propose {
        /// The agreement folder
        dir: PathBuf,
        /// A party's public key, as `identity show` prints it; once for each party, the linkage unit too
        #[arg(long = "party-key", value_name = "VKEY", required = true, value_parser = note_key)]
        party_keys: Vec<NoteKey>,
    },
    /// Sign the statement as one of the parties
    #[command(after_help = examples::AGREEMENT_SIGN)]
    Sign {
        /// The agreement folder
        dir: PathBuf,
        /// Your sealed identity
        #[arg(long, value_name = "FILE")]
        identity: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Say in plain English what the agreement allows, and check its parts and signatures
    #[command(after_help = examples::AGREEMENT_CHECK)]
    Check {
        /// The agreement folder
        dir: PathBuf,
    },
}

#[derive(Subcommand)]
pub(crate) enum StudyCommand {
    /// Say in plain English what a study does, list every table that it would release, and check it against the agreement
    #[command(after_help = examples::STUDY_CHECK)]
    Check {
        /// The agreement folder
        dir: PathBuf,
        /// The study's id, as in studies/ID.toml
        #[arg(value_name = "ID")]
        study: StudyId,
    },
}

#[derive(Args)]
pub(crate) struct PseudonymiseArgs {
    /// The agreement folder
    #[arg(long, value_name = "DIR")]
    pub(crate) agreement: PathBuf,
    /// The dataset that these files are of
    #[arg(long, value_name = "ID")]
    pub(crate) dataset: DatasetId,
    /// The sealed pseudonymisation key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Your sealed identity, which signs the extract
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: PathBuf,
    /// CSV file of people: record number, identifiers, agreed variables (columns as schema.toml names them)
    #[arg(long, value_name = "FILE")]
    pub(crate) people: PathBuf,
    /// CSV file of events: `local_id,event,date` and agreed variables
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// CSV file of scores: `local_id,measure,date,score`
    #[arg(long, value_name = "FILE")]
    pub(crate) measures: Option<PathBuf>,
    /// First day of which all events are there
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) complete_from: Date,
    /// Last day of which all events are there
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) complete_to: Date,
    /// Price list that costs were taken from, such as nhsps-2024-25
    #[arg(long, value_name = "CODE")]
    pub(crate) tariff: Option<Code>,
    /// Folder of the extract to make; what could not be used is listed in `<DIR>-problems.csv` beside it
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    /// File with the identity's passphrase, if it is another than the key's (or set `COUNTERFOIL_IDENTITY_PASSPHRASE`)
    #[arg(long, value_name = "FILE")]
    pub(crate) identity_passphrase_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ClkhashArgs {
    /// The agreement folder
    #[arg(long, value_name = "DIR")]
    pub(crate) agreement: PathBuf,
    /// Linkage schema of clkhash: JSON, version 1, 2 or 3
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: PathBuf,
    /// File with the secret that you share with the other party; one newline at its end is not part of it
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: PathBuf,
    /// CSV file whose columns are the schema's features, in its order
    #[arg(long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// The file of CLKs to make
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Args)]
pub(crate) struct InspectArgs {
    /// The extract's folder
    pub(crate) extract: PathBuf,
    /// The agreement folder, to verify the custodian's signature and the agreed columns too
    #[arg(long, value_name = "DIR")]
    pub(crate) agreement: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct SubmitArgs {
    /// The extract's folder
    pub(crate) extract: PathBuf,
    /// The agreement folder
    #[arg(long, value_name = "DIR")]
    pub(crate) agreement: PathBuf,
    /// Name of the submission; by default made from the manifest, so that sending twice is harmless
    #[arg(long, value_name = "ID")]
    pub(crate) submission: Option<SubmissionId>,
    /// Where the receipt goes; by default `<extract>-receipt`
    #[arg(long, value_name = "DIR")]
    pub(crate) receipt_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) unit: UnitArgs,
}

#[derive(Args)]
pub(crate) struct LinkArgs {
    /// The agreement folder
    #[arg(long, value_name = "DIR")]
    pub(crate) agreement: PathBuf,
    /// Dataset of the people who took part
    #[arg(long, value_name = "ID")]
    pub(crate) cohort: DatasetId,
    /// Dataset of what they used
    #[arg(long, value_name = "ID")]
    pub(crate) usage: DatasetId,
    #[command(flatten)]
    pub(crate) unit: UnitArgs,
}

#[derive(Args)]
pub(crate) struct RequestArgs {
    /// The agreement folder
    #[arg(long, value_name = "DIR")]
    pub(crate) agreement: PathBuf,
    /// The study
    #[arg(long, value_name = "ID")]
    pub(crate) study: StudyId,
    #[command(flatten)]
    pub(crate) unit: UnitArgs,
}

#[derive(Args)]
pub(crate) struct FetchArgs {
    /// The agreement folder
    #[arg(long, value_name = "DIR")]
    pub(crate) agreement: PathBuf,
    /// The study
    #[arg(long, value_name = "ID")]
    pub(crate) study: StudyId,
    /// Folder to write the release to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) unit: UnitArgs,
}

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Copy the log, or bring a copy up to date with proof that the log has only grown
    #[command(after_help = examples::AUDIT_FETCH)]
    Fetch {
        /// The agreement folder
        #[arg(long, value_name = "DIR")]
        agreement: PathBuf,
        /// Folder of the copy
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        unit: UnitArgs,
    },
    /// Verify a release from files alone: no network, and no trust in the linkage unit
    #[command(after_help = examples::AUDIT_VERIFY)]
    Verify {
        /// The agreement folder
        #[arg(long, value_name = "DIR")]
        agreement: PathBuf,
        /// The release's folder, as `fetch` wrote it
        #[arg(long, value_name = "DIR")]
        release: PathBuf,
        /// A copy of the log, as `audit fetch` wrote it
        #[arg(long, value_name = "DIR")]
        log: Option<PathBuf>,
        /// A checkpoint that you kept from before (needs --log)
        #[arg(long, value_name = "FILE", requires = "log")]
        previous: Option<PathBuf>,
    },
}

/// Where the passphrase comes from.
#[derive(Args)]
pub(crate) struct PassphraseArgs {
    /// File with the passphrase (or set `COUNTERFOIL_PASSPHRASE`; otherwise it is asked for)
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// Where the unit is and who we are.
#[derive(Args)]
pub(crate) struct UnitArgs {
    /// The linkage unit's address
    #[arg(long, value_name = "https://HOST:PORT", env = "COUNTERFOIL_UNIT")]
    unit: String,
    /// Certificate of the authority that signed the unit's certificate (PEM)
    #[arg(long, value_name = "FILE", env = "COUNTERFOIL_CA")]
    ca: PathBuf,
    /// Your party's certificate (PEM)
    #[arg(long, value_name = "FILE", env = "COUNTERFOIL_CERT")]
    cert: PathBuf,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", env = "COUNTERFOIL_CERT_KEY")]
    cert_key: PathBuf,
    /// Name in the unit's certificate, if it is not the address's host
    #[arg(long, value_name = "NAME", env = "COUNTERFOIL_SERVER_NAME")]
    server_name: Option<String>,
}

impl UnitArgs {
    pub(crate) fn connect(self) -> Connect {
        let Self { unit, ca, cert, cert_key, server_name } = self;
        Connect { unit, ca, certificate: cert, certificate_key: cert_key, server_name }
    }
}

fn day(text: &str) -> Result<Date, String> {
    let day = (text.len() == 10).then(|| text.parse().ok()).flatten();
    day.ok_or_else(|| "write a day as in 2026-11-21".to_owned())
}

fn note_key(text: &str) -> Result<NoteKey, String> {
    parse_note_key(text).map_err(|error| error.to_string())
}
