//! An agreement that every party has signed.
//!
//! What they sign is one short text: the digest of the terms and the key of every party, so that nobody's key can be
//! exchanged later. Its signatures are those of a signed note (C2SP).

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_audit::{
    NoteAlgorithm, NoteKey, NoteText, RecordWriter, SignedNote, parse_note_key, parse_note_text, parse_record,
    verify_note_by_all,
};

use super::{Agreement, AgreementError};
use crate::code::PartyId;
use crate::digest::{AgreementDigest, Digest};

const TYPE: &str = "counterfoil-agreement-statement-1";

/// An agreement in which every party's signature over the terms and over all parties' keys has been verified.
#[derive(Debug, Clone)]
pub struct SignedAgreement {
    agreement: Agreement,
    keys: BTreeMap<PartyId, NoteKey>,
    digest: AgreementDigest,
}

/// The text that the parties sign.
///
/// # Errors
/// [`AgreementError::Signatures`] when the keys are not exactly one a party, each under the party's own name.
pub fn agreement_statement(agreement: &Agreement, keys: &[NoteKey]) -> Result<NoteText, AgreementError> {
    let refuse = |problem: String| Err(AgreementError::Signatures(problem));
    let mut fields = vec![
        ("agreement", agreement.id.to_string()),
        ("version", agreement.version.to_string()),
        ("terms_digest", agreement.terms_digest.to_string()),
    ];
    for party in &agreement.parties {
        let mut of_party = keys.iter().filter(|key| key.name().as_str() == party.id.as_str());
        match (of_party.next(), of_party.next()) {
            (Some(key), None) if key.algorithm() != NoteAlgorithm::Ed25519 => {
                return refuse(format!("the key of party {} is a witness's, not one that signs", party.id));
            }
            (Some(key), None) => fields.push(("party_key", key.to_string())),
            (None, _) => return refuse(format!("there is no key of party {}", party.id)),
            (Some(_), Some(_)) => return refuse(format!("party {} has more than one key", party.id)),
        }
    }
    if keys.len() != agreement.parties.len() {
        return refuse("there is a key of somebody who is no party".to_owned());
    }
    let distinct: BTreeSet<_> = keys.iter().map(NoteKey::public_bytes).collect();
    if distinct.len() != keys.len() {
        return refuse("two parties have the same key; each party makes its own".to_owned());
    }
    let writer = fields.iter().try_fold(RecordWriter::new(TYPE), |writer, (key, value)| writer.field(key, value));
    let text = writer.expect("names, numbers, digests and keys are record values").finish();
    Ok(parse_note_text(&text).expect("a record is a note text"))
}

/// The parties' keys in a statement, signed by everybody or not yet, that is the statement of these terms.
///
/// # Errors
/// [`AgreementError::Signatures`] when it is the statement of other terms.
pub fn agreement_statement_keys(agreement: &Agreement, note: &SignedNote) -> Result<Vec<NoteKey>, AgreementError> {
    let refuse = |problem: String| AgreementError::Signatures(problem);
    let text = note.text().as_str();
    let record = parse_record(text, TYPE).map_err(|error| refuse(error.to_string()))?;
    let keys = record
        .many("party_key")
        .into_iter()
        .map(|text| parse_note_key(text).map_err(|error| refuse(error.to_string())))
        .collect::<Result<Vec<_>, _>>()?;
    if agreement_statement(agreement, &keys)?.as_str() != text {
        return Err(refuse(format!(
            "they are of other terms: these have version {} and SHA-256 {}",
            agreement.version, agreement.terms_digest
        )));
    }
    Ok(keys)
}

impl SignedAgreement {
    /// Verifies that a note is the statement of these terms and that every party has signed it.
    ///
    /// # Errors
    /// [`AgreementError::Signatures`].
    pub fn verify(agreement: Agreement, note: &SignedNote) -> Result<Self, AgreementError> {
        let keys = agreement_statement_keys(&agreement, note)?;
        verify_note_by_all(note, &keys).map_err(|error| AgreementError::Signatures(error.to_string()))?;
        let digest = AgreementDigest(Digest::of(note.text().as_str().as_bytes()));
        let by_party = agreement.parties.iter().map(|party| {
            let key =
                keys.iter().find(|key| key.name().as_str() == party.id.as_str()).expect("the statement has every key");
            (party.id.clone(), key.clone())
        });
        Ok(Self { keys: by_party.collect(), agreement, digest })
    }

    /// The terms.
    pub fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// A party's key.
    pub fn key(&self, party: &PartyId) -> Option<&NoteKey> {
        self.keys.get(party)
    }

    /// Digest of the statement that the parties signed.
    pub fn digest(&self) -> AgreementDigest {
        self.digest
    }
}
