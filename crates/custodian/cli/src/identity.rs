//! A party's own keys in sealed files: the signing key of its identity, and the pseudonymisation key of an agreement's epoch.
//!
//! In: randomness and a passphrase, or a sealed file and its passphrase. Out: sealed text; an [`Identity`] that signs; an opened
//! pseudonymisation key, with the agreement and the epoch that it is for.
//! Absent on purpose: any way to show a secret.

use std::path::Path;

use counterfoil_audit::{NoteKey, NoteText, SignedNote, parse_note_key};
use counterfoil_model::{AgreementId, PartyId};
use counterfoil_pseudonym::PseudonymisationKey;
use jiff::civil::Date;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

use crate::error::StepError;
use crate::files;
use crate::passphrase::Passphrase;
use crate::sealed::{SEALED_BYTES_MAX, Sealed, SealedError, SealedKind, seal};

/// A party's signing key, opened.
pub struct Identity {
    party: PartyId,
    key: NoteKey,
    pair: Ed25519KeyPair,
}

impl Identity {
    /// Makes a new key for a party and seals it: the identity and the text of its file.
    ///
    /// # Errors
    /// [`SealedError`].
    pub fn generate(
        party: &PartyId,
        today: Date,
        passphrase: &Passphrase,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(Self, String), SealedError> {
        let mut seed = Zeroizing::new([0; 32]);
        fill(&mut *seed);
        let identity = Self::from_seed(party, &seed);
        let facts = [("party", party.to_string()), ("vkey", identity.key.to_string())];
        let text = seal(SealedKind::Identity, &facts, today, &seed, passphrase, fill)?;
        Ok((identity, text))
    }

    /// Opens a party's sealed file.
    ///
    /// # Errors
    /// [`StepError::Sealed`], for a file whose public part does not belong to its secret too.
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Self, StepError> {
        let sealed = read_sealed(path, SealedKind::Identity)?;
        let of_file = |source| StepError::Sealed { path: path.to_owned(), source };
        let head = IdentityHead::of(&sealed).map_err(of_file)?;
        let seed = sealed.open(passphrase).map_err(of_file)?;
        let identity = Self::from_seed(&head.party, &seed);
        if identity.key != head.key {
            return Err(of_file(SealedError::HeadValue { key: "vkey" }));
        }
        Ok(identity)
    }

    /// The party.
    pub fn party(&self) -> &PartyId {
        &self.party
    }

    /// Its public key, under the party's name.
    pub fn key(&self) -> &NoteKey {
        &self.key
    }

    /// Puts this party's signature under a note.
    ///
    /// # Errors
    /// [`StepError::Note`] when the note is signed by this party already, or is full.
    pub fn sign(&self, note: SignedNote) -> Result<SignedNote, StepError> {
        let signature = self.pair.sign(note.message());
        note.with_signature(&self.key, signature.as_ref()).map_err(StepError::Note)
    }

    /// Makes a note of a text, signed by this party.
    ///
    /// # Errors
    /// As [`Identity::sign`].
    pub fn sign_text(&self, text: NoteText) -> Result<SignedNote, StepError> {
        self.sign(SignedNote::attach(text))
    }

    fn from_seed(party: &PartyId, seed: &[u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are an Ed25519 seed");
        let public = pair.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes");
        let key =
            NoteKey::from_ed25519(party.as_str(), public).expect("a party id is a key name; a fresh key is not weak");
        Self { party: party.clone(), key, pair }
    }
}

/// What an identity file says without its passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityHead {
    /// The party.
    pub party: PartyId,
    /// Its public key.
    pub key: NoteKey,
    /// The day on which it was made.
    pub created: Date,
}

impl IdentityHead {
    /// Reads the head of an identity file.
    ///
    /// # Errors
    /// [`StepError::Sealed`], or one of reading.
    pub fn read(path: &Path) -> Result<Self, StepError> {
        let sealed = read_sealed(path, SealedKind::Identity)?;
        Self::of(&sealed).map_err(|source| StepError::Sealed { path: path.to_owned(), source })
    }

    fn of(sealed: &Sealed) -> Result<Self, SealedError> {
        let party = PartyId::parse(sealed.fact("party")?).map_err(|_| SealedError::HeadValue { key: "party" })?;
        let key = parse_note_key(sealed.fact("vkey")?).map_err(|_| SealedError::HeadValue { key: "vkey" })?;
        Ok(Self { party, key, created: sealed.created() })
    }
}

/// What a sealed pseudonymisation key says without its passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHead {
    /// The agreement.
    pub agreement: AgreementId,
    /// The epoch.
    pub epoch: u32,
    /// The day on which it was made.
    pub created: Date,
}

impl KeyHead {
    /// Reads the head of a sealed key.
    ///
    /// # Errors
    /// [`StepError::Sealed`], or one of reading.
    pub fn read(path: &Path) -> Result<Self, StepError> {
        let sealed = read_sealed(path, SealedKind::PseudonymisationKey)?;
        Self::of(&sealed).map_err(|source| StepError::Sealed { path: path.to_owned(), source })
    }

    fn of(sealed: &Sealed) -> Result<Self, SealedError> {
        let wrong = |key| SealedError::HeadValue { key };
        let agreement = AgreementId::parse(sealed.fact("agreement")?).map_err(|_| wrong("agreement"))?;
        let epoch = sealed.fact("epoch")?.parse().map_err(|_| wrong("epoch"))?;
        Ok(Self { agreement, epoch, created: sealed.created() })
    }
}

/// Makes a pseudonymisation key and seals it: the text of its file.
///
/// # Errors
/// [`SealedError`].
pub(crate) fn generate_key(
    agreement: &AgreementId,
    epoch: u32,
    today: Date,
    passphrase: &Passphrase,
    fill: &mut dyn FnMut(&mut [u8]),
) -> Result<String, SealedError> {
    let key = PseudonymisationKey::generate(fill);
    let facts = [("agreement", agreement.to_string()), ("epoch", epoch.to_string())];
    seal(SealedKind::PseudonymisationKey, &facts, today, key.bytes_for_sealing(), passphrase, fill)
}

/// Opens a sealed key that must be of this agreement and epoch.
///
/// # Errors
/// [`StepError::KeyOfOther`], [`StepError::Sealed`], or one of reading.
pub(crate) fn open_key(
    path: &Path,
    agreement: &AgreementId,
    epoch: u32,
    passphrase: &Passphrase,
) -> Result<PseudonymisationKey, StepError> {
    let sealed = read_sealed(path, SealedKind::PseudonymisationKey)?;
    let of_file = |source| StepError::Sealed { path: path.to_owned(), source };
    let head = KeyHead::of(&sealed).map_err(of_file)?;
    if head.agreement != *agreement || head.epoch != epoch {
        let (found, found_epoch) = (head.agreement, head.epoch);
        return Err(StepError::KeyOfOther { found, found_epoch, needed: agreement.clone(), needed_epoch: epoch });
    }
    Ok(PseudonymisationKey::from_unsealed_bytes(sealed.open(passphrase).map_err(of_file)?))
}

fn read_sealed(path: &Path, kind: SealedKind) -> Result<Sealed, StepError> {
    let of_file = |source| StepError::Sealed { path: path.to_owned(), source };
    let sealed = Sealed::parse(&files::read_limited(path, SEALED_BYTES_MAX)?).map_err(of_file)?;
    sealed.expect_kind(kind).map_err(of_file)?;
    Ok(sealed)
}
