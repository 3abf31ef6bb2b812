//! The agreement's way into force: proposed with every party's public key, signed by each in turn, checked by anyone.
//!
//! In: the agreement folder; public keys, or an identity. Out: `agreement.note`, and a check in plain words.
//! Absent on purpose: editing terms. Whoever changes a term makes a new agreement, which all parties sign anew.

use std::fmt;
use std::path::PathBuf;

use counterfoil_audit::{NoteError, NoteKey, SignedNote, parse_note_key, parse_record, verify_note};
use counterfoil_model::{Agreement, PartyId, Role, VariableKind, agreement_statement};
use serde::Serialize;

use crate::check::{Check, Checks};
use crate::context::Context;
use crate::error::StepError;
use crate::files::{self, Readers};
use crate::folder::AgreementFolder;
use crate::identity::Identity;
use crate::passphrase::Passphrase;
use crate::show;

/// What `agreement propose` needs.
#[derive(Debug, Clone)]
pub struct AgreementPropose {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// One public key a party, as `identity show` or the unit's `new-key` prints it.
    pub party_keys: Vec<NoteKey>,
}

/// What `agreement sign` needs.
#[derive(Debug, Clone)]
pub struct AgreementSign {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// The party's sealed identity.
    pub identity: PathBuf,
}

/// Who has signed and who has not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signatures {
    /// The agreement.
    pub agreement: String,
    /// The statement's file.
    pub file: PathBuf,
    /// Parties whose signature verifies.
    pub signed: Vec<String>,
    /// Parties who have yet to sign.
    pub missing: Vec<String>,
}

/// An agreement in plain words, and whether it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgreementReport {
    /// The agreement.
    pub agreement: String,
    /// Its version.
    pub version: u32,
    /// What it says, a statement a line.
    pub terms: Vec<String>,
    /// What was checked.
    pub checks: Checks,
}

/// Writes the statement that the parties are to sign.
///
/// # Errors
/// [`StepError`]; an `agreement.note` that is there already is left as it is.
pub fn agreement_propose(args: &AgreementPropose) -> Result<Signatures, StepError> {
    let folder = AgreementFolder::at(&args.agreement);
    let agreement = folder.read_terms()?;
    expect_pins(&folder, &agreement)?;
    let of_terms = |source| StepError::Agreement { path: folder.terms_path(), source };
    let note = SignedNote::attach(agreement_statement(&agreement, &args.party_keys).map_err(of_terms)?);
    files::write_new(&folder.note_path(), &note.to_bytes(), Readers::Everyone)?;
    signatures(&folder, &agreement, &note, &args.party_keys)
}

/// Puts a party's signature under the statement, after checking that it is the statement of this folder's terms, schema
/// and studies, and that the party's key in it is the identity's.
///
/// # Errors
/// [`StepError`].
pub fn agreement_sign(args: &AgreementSign, passphrase: &Passphrase) -> Result<Signatures, StepError> {
    let folder = AgreementFolder::at(&args.agreement);
    let agreement = folder.read_terms()?;
    expect_pins(&folder, &agreement)?;
    let note = folder.read_note()?.ok_or_else(|| StepError::NotSigned { path: folder.note_path() })?;
    let keys = statement_keys(&folder, &agreement, &note)?;
    let identity = Identity::open(&args.identity, passphrase)?;
    let party = agreement.party(identity.party());
    let party = party.ok_or_else(|| StepError::UnknownParty { party: identity.party().clone() })?;
    if !keys.contains(identity.key()) {
        return Err(StepError::OtherIdentityKey { party: party.id.clone() });
    }
    let note = identity.sign(note)?;
    files::write_in_place_of(&folder.note_path(), &note.to_bytes(), Readers::Everyone)?;
    signatures(&folder, &agreement, &note, &keys)
}

/// Says what an agreement folder says, and checks that its parts fit and that every party has signed.
///
/// # Errors
/// [`StepError`] only when the terms cannot be read; everything else is a failed check.
pub fn agreement_check(context: &Context<'_>, dir: &std::path::Path) -> Result<AgreementReport, StepError> {
    let folder = AgreementFolder::at(dir);
    let agreement = folder.read_terms()?;
    let mut checks = Checks::default();
    check_pins(&folder, &agreement, &mut checks);
    check_signatures(&folder, &agreement, &mut checks);
    let today = context.today;
    let term = format!("in force today, {today} (from {} to {})", agreement.starts_on, agreement.ends_on);
    checks.push(term, if agreement.in_force_on(today) { Ok(()) } else { Err("today is outside its term".to_owned()) });
    let (id, version, terms) = (agreement.id.to_string(), agreement.version, in_words(&agreement));
    Ok(AgreementReport { agreement: id, version, terms, checks })
}

fn expect_pins(folder: &AgreementFolder, agreement: &Agreement) -> Result<(), StepError> {
    let of_schema = |source| StepError::Agreement { path: folder.schema_path(), source };
    agreement.check_schema(&folder.read_schema()?).map_err(of_schema)?;
    for pinned in &agreement.studies {
        let of_study = |source| StepError::Agreement { path: folder.study_path(&pinned.id), source };
        agreement.check_study(&folder.read_study(&pinned.id)?).map_err(of_study)?;
    }
    Ok(())
}

fn check_pins(folder: &AgreementFolder, agreement: &Agreement, checks: &mut Checks) {
    match folder.read_schema() {
        Err(error) => checks.push("linkage schema", Err(error.to_string())),
        Ok(schema) => {
            let fits = agreement.check_schema(&schema).map_err(|error| error.to_string());
            checks.push(format!("linkage schema {} has digest {}", schema.id(), schema.digest()), fits);
        }
    }
    for pinned in &agreement.studies {
        match folder.read_study(&pinned.id) {
            Err(error) => checks.push(format!("study {}", pinned.id), Err(error.to_string())),
            Ok(study) => {
                let fits = agreement.check_study(&study).map_err(|error| error.to_string());
                checks.push(format!("study {} has digest {}", study.id, study.digest), fits);
            }
        }
    }
}

fn check_signatures(folder: &AgreementFolder, agreement: &Agreement, checks: &mut Checks) {
    let said = "agreement.note states these terms and a key of every party";
    let note = match folder.read_note() {
        Err(error) => return checks.push(said, Err(error.to_string())),
        Ok(None) => {
            let problem = "not there yet: run `counterfoil agreement propose`".to_owned();
            return checks.push(said, Err(problem));
        }
        Ok(Some(note)) => note,
    };
    let keys = match statement_keys(folder, agreement, &note) {
        Err(error) => return checks.push(said, Err(error.to_string())),
        Ok(keys) => keys,
    };
    checks.push(said, Ok(()));
    for party in &agreement.parties {
        let name = format!("signed by {}", party.id);
        let key: Vec<_> = keys.iter().filter(|key| key.name().as_str() == party.id.as_str()).cloned().collect();
        let signed = verify_note(&note, &key).map(|_| ()).map_err(|error| match error {
            NoteError::NoneVerified => "not yet".to_owned(),
            other => other.to_string(),
        });
        checks.push(name, signed);
    }
}

/// The parties' keys in a statement that must be of these terms.
fn statement_keys(
    folder: &AgreementFolder,
    agreement: &Agreement,
    note: &SignedNote,
) -> Result<Vec<NoteKey>, StepError> {
    let other = |problem: String| StepError::OtherStatement { path: folder.note_path(), problem };
    let text = note.text().as_str();
    let first = text.lines().next().unwrap_or_default();
    let record = parse_record(text, first).map_err(|error| other(error.to_string()))?;
    let keys = record.many("party_key").into_iter().map(parse_note_key).collect::<Result<Vec<_>, _>>();
    let keys = keys.map_err(|error| other(error.to_string()))?;
    let expected = agreement_statement(agreement, &keys).map_err(|error| other(error.to_string()))?;
    if expected.as_str() != text {
        return Err(other("it was made for other terms; move it away and propose again".to_owned()));
    }
    Ok(keys)
}

fn signatures(
    folder: &AgreementFolder,
    agreement: &Agreement,
    note: &SignedNote,
    keys: &[NoteKey],
) -> Result<Signatures, StepError> {
    let of_note = |source| StepError::NoteFile { path: folder.note_path(), source };
    let signed: Vec<String> = if note.signatures().is_empty() {
        Vec::new()
    } else {
        let verified = verify_note(note, keys).map_err(of_note)?;
        verified.key_names().into_iter().map(str::to_owned).collect()
    };
    let parties = agreement.parties.iter().map(|party| party.id.to_string());
    let missing = parties.filter(|party| !signed.contains(party)).collect();
    Ok(Signatures { agreement: agreement.id.to_string(), file: folder.note_path(), signed, missing })
}

fn in_words(agreement: &Agreement) -> Vec<String> {
    let mut words = vec![
        agreement.title.clone(),
        format!("In force from {} to {}, both days included.", agreement.starts_on, agreement.ends_on),
    ];
    for party in &agreement.parties {
        let roles: Vec<&str> = party.roles.iter().map(|role| role_in_words(*role)).collect();
        words.push(format!("{} ({}) {}.", party.name, party.id, roles.join(" and ")));
    }
    for dataset in &agreement.datasets {
        let people = show::count(dataset.people_max, "person", "people");
        words.push(format!("{} may submit {}, of at most {people}:", dataset.custodian, dataset.id));
        let variables = |table: &str, variables: &[counterfoil_model::Variable]| {
            let named: Vec<String> = variables.iter().map(variable_in_words).collect();
            format!("  {table}: {}", if named.is_empty() { "no variables".to_owned() } else { named.join(", ") })
        };
        words.push(variables("for each person, besides tokens", &dataset.people));
        if !dataset.event_codes.is_empty() {
            let codes: Vec<&str> = dataset.event_codes.iter().map(counterfoil_model::Code::as_str).collect();
            words.push(format!("  dated events: {}", codes.join(", ")));
            words.push(variables("for each event", &dataset.events));
        }
        for measure in &dataset.measures {
            words.push(format!("  dated score {}: {}", measure.code, measure.in_words()));
        }
    }
    for study in &agreement.studies {
        words.push(format!("Study {} may be asked.", study.id));
    }
    let disclosure = &agreement.disclosure;
    words.push(format!(
        "Of each count, 1 to {} is suppressed and every other is given to the nearest {}. At most {} in all.",
        disclosure.suppress_below - 1,
        disclosure.rounding_base,
        show::count(disclosure.releases_max, "release", "releases")
    ));
    words
}

fn role_in_words(role: Role) -> &'static str {
    match role {
        Role::Custodian => "holds identifiers and the key, and submits extracts",
        Role::LinkageUnit => "runs the linkage unit, without identifiers and without the key",
        Role::Partner => "asks for and receives released counts",
        Role::Auditor => "reads the log and the releases",
    }
}

fn variable_in_words(variable: &counterfoil_model::Variable) -> String {
    let kind = match &variable.kind {
        VariableKind::Code(codes) => format!("one of {}", show::count(codes.len() as u64, "code", "codes")),
        VariableKind::Integer { min, max } => format!("{min} to {max}"),
        VariableKind::Date { from, to } => format!("a day from {from} to {to}"),
    };
    format!("{} ({kind})", variable.name)
}

impl AgreementReport {
    /// The first check that failed, if one did.
    pub fn first_failed(&self) -> Option<&Check> {
        self.checks.first_failed()
    }
}

impl Signatures {
    /// Whether a party has signed.
    pub fn has_signed(&self, party: &PartyId) -> bool {
        self.signed.iter().any(|signed| signed == party.as_str())
    }
}

impl fmt::Display for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |parties: &[String]| if parties.is_empty() { "nobody".to_owned() } else { parties.join(", ") };
        writeln!(f, "Agreement {} in {}", self.agreement, self.file.display())?;
        writeln!(f, "  signed by        {}", list(&self.signed))?;
        writeln!(f, "  yet to sign      {}", list(&self.missing))?;
        if self.missing.is_empty() {
            writeln!(f, "Every party has signed: send the folder to all of them.")
        } else {
            writeln!(
                f,
                "Send the folder to the next party, which runs `counterfoil agreement check`, reads the terms, and signs."
            )
        }
    }
}

impl fmt::Display for AgreementReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Agreement {}, version {}", self.agreement, self.version)?;
        for line in &self.terms {
            writeln!(f, "  {line}")?;
        }
        writeln!(f)?;
        write!(f, "{}", self.checks)?;
        match self.first_failed() {
            None => writeln!(f, "The agreement stands."),
            Some(failed) => writeln!(f, "The agreement does not stand yet. First to mend: {}.", failed.name),
        }
    }
}
