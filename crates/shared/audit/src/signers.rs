//! Who has signed a note, by the keys one has (c2sp.org/signed-note), and a witness's dated signature (c2sp.org/tlog-cosignature).
//!
//! In: a note, whose signatures are claims, and public keys. Out: [`VerifiedNote`], which alone gives the text as something that was
//! said by someone.
//! Absent on purpose: which keys to trust; the caller has them from the agreement or from its configuration.

use crate::key::{NoteAlgorithm, NoteKey};
use crate::note::{NoteError, NoteText, SignedNote};

const TIME_BYTES: usize = 8;
const ED25519_BYTES: usize = 64;

/// A note that at least one of the keys given has signed, and none of them wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedNote {
    text: NoteText,
    signers: Vec<VerifiedSigner>,
}

/// A key whose signature of the note verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSigner {
    key: NoteKey,
    time_seconds: Option<u64>,
}

impl VerifiedSigner {
    /// The key that signed.
    pub fn key(&self) -> &NoteKey {
        &self.key
    }

    /// For a witness's cosignature: when it says it signed, in POSIX seconds.
    pub fn time_seconds(&self) -> Option<u64> {
        self.time_seconds
    }
}

impl VerifiedNote {
    /// The text that was signed.
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    /// The signers, in the order of their signatures, each key once.
    pub fn signers(&self) -> &[VerifiedSigner] {
        &self.signers
    }

    /// The signers' names.
    pub fn key_names(&self) -> Vec<&str> {
        self.signers.iter().map(|signer| signer.key.name().as_str()).collect()
    }
}

/// Checks the signatures of the keys given; those of other keys are ignored, as the standard asks.
///
/// # Errors
/// [`NoteError::BadSignature`] if any signature by a known key is wrong, however many others are right;
/// [`NoteError::NoneVerified`] if none is there; [`NoteError::AmbiguousKeys`] if two keys cannot be told apart.
pub fn verify_note(note: &SignedNote, keys: &[NoteKey]) -> Result<VerifiedNote, NoteError> {
    refuse_ambiguous(keys)?;
    let mut signers: Vec<VerifiedSigner> = Vec::new();
    for signature in note.signatures() {
        let Some(key) = keys.iter().find(|key| signature.claims(key)) else { continue };
        let time_seconds = check_signature(key, note.text(), signature.bytes())?;
        if !signers.iter().any(|signer| signer.key == *key) {
            signers.push(VerifiedSigner { key: key.clone(), time_seconds });
        }
    }
    if signers.is_empty() {
        return Err(NoteError::NoneVerified);
    }
    Ok(VerifiedNote { text: note.text().clone(), signers })
}

/// Checks that every one of the keys given has signed the note: for what all parties must sign, such as an agreement.
///
/// # Errors
/// Those of [`verify_note`], [`NoteError::KeyMissing`] for a key that has not signed, and [`NoteError::NoKeys`] if none is given.
pub fn verify_note_by_all(note: &SignedNote, keys: &[NoteKey]) -> Result<VerifiedNote, NoteError> {
    if keys.is_empty() {
        return Err(NoteError::NoKeys);
    }
    let verified = verify_note(note, keys)?;
    match keys.iter().find(|key| verified.signers.iter().all(|signer| signer.key != **key)) {
        Some(key) => Err(NoteError::KeyMissing { name: key.name().clone() }),
        None => Ok(verified),
    }
}

/// The bytes that a witness signs: a header, the time in POSIX seconds, and the whole text of the checkpoint (c2sp.org/tlog-cosignature).
pub fn cosignature_message(time_seconds: u64, checkpoint_text: &NoteText) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_seconds}\n{checkpoint_text}").into_bytes()
}

/// Checks one signature, and returns the time it carries if it is a cosignature.
pub(crate) fn check_signature(key: &NoteKey, text: &NoteText, signature: &[u8]) -> Result<Option<u64>, NoteError> {
    let bad = || NoteError::BadSignature { name: key.name().clone() };
    let (time_seconds, message, signature) = match key.algorithm() {
        NoteAlgorithm::Ed25519 => (None, text.as_str().as_bytes().to_vec(), signature),
        NoteAlgorithm::Ed25519Cosignature => {
            let (time, signature) = signature.split_first_chunk::<TIME_BYTES>().ok_or_else(bad)?;
            let time_seconds = u64::from_be_bytes(*time);
            (Some(time_seconds), cosignature_message(time_seconds, text), signature)
        }
    };
    if signature.len() != ED25519_BYTES || !key.has_signed(&message, signature) {
        return Err(bad());
    }
    Ok(time_seconds)
}

fn refuse_ambiguous(keys: &[NoteKey]) -> Result<(), NoteError> {
    for (place, key) in keys.iter().enumerate() {
        if keys[..place].iter().any(|other| other != key && other.name() == key.name() && other.id() == key.id()) {
            return Err(NoteError::AmbiguousKeys { name: key.name().clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::key::parse_origin;
    use crate::note::parse_signed_note;
    use crate::note::testing::{LINE, TEXT, peter};

    fn parse(note: &str) -> Result<SignedNote, NoteError> {
        parse_signed_note(note.as_bytes())
    }

    #[test]
    fn unknown_keys_are_ignored_and_known_ones_never_excused() {
        let unknown = "\u{2014} someone.example AAAAAAAA\n";
        let same_name = "\u{2014} PeterNeumann AAAAAAAA\n";
        let same_id = LINE.replace("PeterNeumann", "PeteNeumann");
        let forged = LINE.replace("x08go/ZJ", "x08go/ZK");
        let check =
            |lines: &str, keys: &[NoteKey]| verify_note(&parse(&format!("{TEXT}\n{lines}")).unwrap(), keys).map(|_| ());
        assert_eq!(check(&format!("{unknown}{same_name}{same_id}{LINE}"), &[peter()]), Ok(()));
        assert_eq!(check(&format!("{unknown}{same_name}{same_id}"), &[peter()]), Err(NoteError::NoneVerified));
        assert_eq!(check(LINE, &[]), Err(NoteError::NoneVerified));
        let bad = Err(NoteError::BadSignature { name: parse_origin("PeterNeumann").unwrap() });
        for lines in [format!("{forged}{LINE}"), format!("{LINE}{forged}"), forged] {
            assert_eq!(check(&lines, &[peter()]), bad);
        }
    }

    #[test]
    fn all_must_have_signed() {
        let note = parse(&format!("{TEXT}\n{LINE}")).unwrap();
        let other = NoteKey::from_ed25519("other.example", *peter().public_bytes()).unwrap();
        let missing = Err(NoteError::KeyMissing { name: other.name().clone() });
        assert_eq!(verify_note_by_all(&note, &[peter(), other.clone()]), missing);
        assert_eq!(verify_note_by_all(&note, &[other]), Err(NoteError::NoneVerified));
        assert_eq!(verify_note_by_all(&note, &[]), Err(NoteError::NoKeys));
    }

    #[test]
    fn two_keys_that_cannot_be_told_apart_are_refused() {
        // An id has 32 bits, so among some 80,000 keys of one name two are expected to share it.
        let mut seen = std::collections::BTreeMap::new();
        let (first, second) = (0_u32..)
            .find_map(|number| {
                let mut public = [9; 32];
                public[..4].copy_from_slice(&number.to_be_bytes());
                let key = NoteKey::from_ed25519("PeterNeumann", public).unwrap();
                seen.insert(key.id(), key.clone()).map(|earlier| (earlier, key))
            })
            .unwrap();
        let note = parse(&format!("{TEXT}\n{LINE}")).unwrap();
        let refused = Err(NoteError::AmbiguousKeys { name: first.name().clone() });
        assert_eq!(verify_note(&note, &[peter(), first.clone(), second]), refused);
        // The same key twice is no contradiction.
        assert_eq!(
            verify_note(&note, &[peter(), first.clone(), first, peter()]).unwrap().key_names(),
            ["PeterNeumann"]
        );
    }
}
