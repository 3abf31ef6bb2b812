//! The parties of the agreement, all played on this machine, each with a folder of its own.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use counterfoil::audit::{NoteKey, parse_note_key};
use counterfoil_cli::steps::{self, AgreementPropose, AgreementSign, IdentityNew};
use counterfoil_cli::{Context, Passphrase};
use counterfoil_daemon::{LogKey, sign_agreement};
use counterfoil_model::{Agreement, PartyId, Role};
use zeroize::Zeroizing;

use crate::TrialError;
use crate::certificates::{Authority, Holder};

/// A party that is not the unit.
pub(crate) struct PartyFolder {
    pub(crate) id: PartyId,
    pub(crate) folder: PathBuf,
    pub(crate) passphrase: Passphrase,
    pub(crate) certificate: Holder,
}

impl PartyFolder {
    pub(crate) fn identity(&self) -> PathBuf {
        self.folder.join("identity.sealed")
    }

    pub(crate) fn sealed_key(&self) -> PathBuf {
        self.folder.join("pseudonymisation-key.sealed")
    }
}

/// All parties.
pub(crate) struct Parties {
    pub(crate) unit: PartyId,
    pub(crate) unit_folder: PathBuf,
    pub(crate) unit_certificate: Holder,
    pub(crate) unit_operator: Holder,
    pub(crate) authority: Authority,
    others: Vec<PartyFolder>,
}

/// Whether passphrases are left beside what they open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passphrases {
    /// So that the steps can be tried again by hand; everything here is made up.
    Kept,
    /// The data may be real.
    Forgotten,
}

impl Parties {
    /// Makes folders, identities and certificates for all parties, and has every one of them sign the agreement.
    pub(crate) fn assemble(
        out: &Path,
        agreement_folder: &Path,
        agreement: &Agreement,
        passphrases: Passphrases,
        context: &mut Context<'_>,
    ) -> Result<Self, TrialError> {
        let authority = Authority::create(&out.join("certificate-authority"))?;
        let is_unit = |id: &PartyId| agreement.has_role(id, Role::LinkageUnit);
        let unit = agreement.parties.iter().map(|party| &party.id).find(|id| is_unit(id));
        let unit = unit.ok_or_else(|| TrialError("the agreement has no linkage unit".to_owned()))?.clone();
        let unit_folder = out.join("unit");
        let operator_folder = out.join("unit-operator");
        fs::create_dir_all(&unit_folder)?;
        fs::create_dir_all(&operator_folder)?;
        let unit_certificate = authority.unit(&unit_folder)?;
        let unit_operator = authority.party(&operator_folder, &unit)?;
        let unit_key = LogKey::create(&unit_folder.join("log-key.pem"), &unit)?;

        let mut keys: Vec<NoteKey> = vec![unit_key.public().clone()];
        let mut others = Vec::new();
        for party in agreement.parties.iter().filter(|party| !is_unit(&party.id)) {
            let folder = out.join(party.id.as_str());
            fs::create_dir_all(&folder)?;
            let passphrase = new_passphrase(&folder, passphrases, context)?;
            let certificate = authority.party(&folder, &party.id)?;
            let member = PartyFolder { id: party.id.clone(), folder, passphrase, certificate };
            let args = IdentityNew { party: party.id.clone(), out: member.identity() };
            let identity = steps::identity_new(context, &args, &member.passphrase)?;
            keys.push(parse_note_key(&identity.vkey)?);
            others.push(member);
        }

        let propose = AgreementPropose { agreement: agreement_folder.to_owned(), party_keys: keys };
        steps::agreement_propose(&propose)?;
        for member in &others {
            let args = AgreementSign { agreement: agreement_folder.to_owned(), identity: member.identity() };
            steps::agreement_sign(&args, &member.passphrase)?;
        }
        sign_agreement(agreement_folder, &unit_key)?;
        Ok(Self { unit, unit_folder, unit_certificate, unit_operator, authority, others })
    }

    /// A party by its name.
    pub(crate) fn party(&self, id: &PartyId) -> Result<&PartyFolder, TrialError> {
        let found = self.others.iter().find(|party| party.id == *id);
        found.ok_or_else(|| TrialError(format!("{id} is not a party that can do this")))
    }

    /// The first party with a role.
    pub(crate) fn with_role(&self, agreement: &Agreement, role: Role) -> Result<&PartyFolder, TrialError> {
        let found = self.others.iter().find(|party| agreement.has_role(&party.id, role));
        found.ok_or_else(|| TrialError(format!("the agreement has no party with the role {role:?}")))
    }
}

fn new_passphrase(
    folder: &Path,
    passphrases: Passphrases,
    context: &mut Context<'_>,
) -> Result<Passphrase, TrialError> {
    let mut bytes = Zeroizing::new([0; 16]);
    (context.fill)(&mut *bytes);
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for byte in &*bytes {
        write!(text, "{byte:02x}").expect("a string takes any text");
    }
    if passphrases == Passphrases::Kept {
        fs::write(folder.join("passphrase.txt"), text.as_bytes())?;
    }
    Ok(Passphrase::parse(text)?)
}
