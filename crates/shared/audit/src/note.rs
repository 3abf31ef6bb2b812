//! Texts signed by one or more parties (c2sp.org/signed-note): made, signature by signature, and read.
//!
//! In: a text and signatures made elsewhere, or the bytes of a note. Out: the note in its one spelling.
//! Absent on purpose: signing. A signature that does not verify is never attached, so a wrong one is never written.

use std::fmt;

use thiserror::Error;

use crate::key::{NoteKey, Origin, parse_origin};
use crate::signers::check_signature;
use crate::text;

/// Largest note, text and signatures together: 1 MiB.
pub const NOTE_BYTES_MAX: usize = 1 << 20;

/// Most signature lines in a note, known or not (the standard asks for at least 16).
pub const NOTE_SIGNATURES_MAX: usize = 100;

const SIGNATURE_PREFIX: &str = "\u{2014} ";
const KEY_ID_BYTES: usize = 4;

/// The text of a note: UTF-8, no control characters below U+0020 but LF, ends in LF.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteText(String);

impl NoteText {
    /// The text, with its final LF.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NoteText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One signature line: whose, under which key id, and the bytes. A claim until it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: Origin,
    key_id: [u8; KEY_ID_BYTES],
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// The name claimed.
    pub fn name(&self) -> &Origin {
        &self.name
    }

    /// The key id claimed.
    pub fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// The signature's bytes, without the key id.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the line says it is by this key.
    pub(crate) fn claims(&self, key: &NoteKey) -> bool {
        self.name == *key.name() && self.key_id == key.id()
    }
}

/// A text and the signatures found or put under it, none of which counts until [`crate::verify_note`] says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: NoteText,
    signatures: Vec<NoteSignature>,
}

/// Why a note cannot be read, signed or believed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NoteError {
    /// Larger than [`NOTE_BYTES_MAX`].
    #[error("the note is larger than {NOTE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not UTF-8.
    #[error("the note is not UTF-8")]
    NotUtf8,
    /// A control character other than LF.
    #[error("line {line} of the note has a control character (a tab or a carriage return, perhaps)")]
    ControlCharacter {
        /// Line, from 1.
        line: usize,
    },
    /// The last line is not ended.
    #[error("the note does not end in a line feed")]
    NoFinalLineFeed,
    /// No blank line, so no signatures.
    #[error("the note has no blank line before its signatures")]
    NoSignatures,
    /// Not `— name base64`.
    #[error("line {line} of the note is not a signature line (em dash, space, name, space, base64)")]
    SignatureLine {
        /// Line, from 1.
        line: usize,
    },
    /// More lines than [`NOTE_SIGNATURES_MAX`].
    #[error("the note has more than {NOTE_SIGNATURES_MAX} signature lines")]
    TooManySignatures,
    /// The key has signed this note before.
    #[error("{name} has signed this note already")]
    SignedAlready {
        /// The signer.
        name: Origin,
    },
    /// The signature is not the key's signature of this text.
    #[error("the signature of {name} does not verify: the text or the signature was changed, or another key signed")]
    BadSignature {
        /// The signer.
        name: Origin,
    },
    /// No signature by any of the keys given.
    #[error("none of the keys given has signed the note")]
    NoneVerified,
    /// One of the keys that all had to sign has not.
    #[error("{name} has not signed the note")]
    KeyMissing {
        /// The signer.
        name: Origin,
    },
    /// No keys were given to verify with.
    #[error("no keys were given that must have signed the note")]
    NoKeys,
    /// Two different keys share name and id, so a signature cannot be told to be one's.
    #[error("two different keys of {name} have the same id: remove one")]
    AmbiguousKeys {
        /// The signer.
        name: Origin,
    },
}

impl SignedNote {
    /// Makes a note of a text, with no signature yet: to be signed with [`Self::with_signature`] before it is written.
    pub fn attach(text: NoteText) -> Self {
        Self { text, signatures: Vec::new() }
    }

    /// Puts a signature under the note, after checking it: 64 bytes over [`Self::message`], or, for a cosigner's key, the time in 8
    /// bytes (big endian) and 64 bytes over [`crate::cosignature_message`].
    ///
    /// # Errors
    /// [`NoteError::BadSignature`], [`NoteError::SignedAlready`], or a limit on size and number.
    pub fn with_signature(mut self, key: &NoteKey, signature: &[u8]) -> Result<Self, NoteError> {
        if self.signatures.iter().any(|line| line.claims(key)) {
            return Err(NoteError::SignedAlready { name: key.name().clone() });
        }
        if self.signatures.len() >= NOTE_SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        check_signature(key, &self.text, signature)?;
        self.signatures.push(NoteSignature { name: key.name().clone(), key_id: key.id(), bytes: signature.to_vec() });
        if self.to_string().len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLarge);
        }
        Ok(self)
    }

    /// The text, not verified.
    pub fn text(&self) -> &NoteText {
        &self.text
    }

    /// The signature lines, not verified.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The bytes that a signer of type 0x01 signs: the text with its final LF, without the blank line.
    pub fn message(&self) -> &[u8] {
        self.text.as_str().as_bytes()
    }

    /// The note as bytes, the same ones that [`parse_signed_note`] read.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for NoteSignature { name, key_id, bytes } in &self.signatures {
            writeln!(f, "{SIGNATURE_PREFIX}{name} {}", text::to_base64(&[key_id, bytes.as_slice()].concat()))?;
        }
        Ok(())
    }
}

/// Reads the text of a note to be signed.
///
/// # Errors
/// [`NoteError`] if it is too large, does not end in LF or has another control character.
pub fn parse_note_text(text: &str) -> Result<NoteText, NoteError> {
    if text.len() > NOTE_BYTES_MAX {
        return Err(NoteError::TooLarge);
    }
    if !text.ends_with('\n') {
        return Err(NoteError::NoFinalLineFeed);
    }
    match text.split('\n').position(|line| line.bytes().any(|byte| byte < 0x20)) {
        Some(before) => Err(NoteError::ControlCharacter { line: before + 1 }),
        None => Ok(NoteText(text.to_owned())),
    }
}

/// Reads a note: the text, a blank line (the last of the note), and one signature line or more.
///
/// # Errors
/// [`NoteError`] naming the rule or the line.
pub fn parse_signed_note(note: &[u8]) -> Result<SignedNote, NoteError> {
    let note = parse_note_draft(note)?;
    if note.signatures.is_empty() { Err(NoteError::NoSignatures) } else { Ok(note) }
}

/// Reads a note on its way round the signers: as [`parse_signed_note`] does, but there may be no signature line yet.
///
/// # Errors
/// [`NoteError`] naming the rule or the line.
pub fn parse_note_draft(note: &[u8]) -> Result<SignedNote, NoteError> {
    if note.len() > NOTE_BYTES_MAX {
        return Err(NoteError::TooLarge);
    }
    // The whole note obeys the rules of a text.
    let NoteText(note) = parse_note_text(std::str::from_utf8(note).map_err(|_| NoteError::NotUtf8)?)?;
    let blank = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
    let (text, lines) = (&note[..=blank], &note[blank + 2..]);
    let line_of_first = text.matches('\n').count() + 2;
    let mut signatures = Vec::new();
    for (place, line) in text::closed_lines(lines).into_iter().flatten().enumerate() {
        if place == NOTE_SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        signatures.push(parse_signature(line).ok_or(NoteError::SignatureLine { line: line_of_first + place })?);
    }
    Ok(SignedNote { text: NoteText(text.to_owned()), signatures })
}

fn parse_signature(line: &str) -> Option<NoteSignature> {
    let (name, base64) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
    let decoded = text::base64_bytes(base64)?;
    let (key_id, bytes) = decoded.split_first_chunk::<KEY_ID_BYTES>()?;
    if bytes.is_empty() {
        return None;
    }
    Some(NoteSignature { name: parse_origin(name).ok()?, key_id: *key_id, bytes: bytes.to_vec() })
}

/// A note made elsewhere: text, key and signature of the example that the Go implementation of signed notes documents.
#[cfg(test)]
pub(crate) mod testing {
    use crate::key::{NoteKey, parse_note_key};

    pub(crate) const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    pub(crate) const LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    pub(crate) fn peter() -> NoteKey {
        parse_note_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").expect("a valid key")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::testing::{LINE, TEXT, peter};
    use super::*;
    use crate::{verify_note, verify_note_by_all};

    fn parse(note: &str) -> Result<SignedNote, NoteError> {
        parse_signed_note(note.as_bytes())
    }

    #[test]
    fn a_note_made_elsewhere_verifies() {
        let note = format!("{TEXT}\n{LINE}");
        let parsed = parse(&note).unwrap();
        assert_eq!(parsed.to_bytes(), note.as_bytes());
        assert_eq!(parsed.message(), TEXT.as_bytes());
        let verified = verify_note(&parsed, &[peter()]).unwrap();
        assert_eq!((verified.text(), verified.key_names()), (TEXT, vec!["PeterNeumann"]));
        assert_eq!(verified.signers()[0].time_seconds(), None);
        assert_eq!(verify_note_by_all(&parsed, &[peter()]), Ok(verified));
    }

    #[test]
    fn only_a_right_signature_is_attached() {
        let signature = parse(&format!("{TEXT}\n{LINE}")).unwrap().signatures[0].bytes.clone();
        let note = SignedNote::attach(parse_note_text(TEXT).unwrap());
        let signed = note.clone().with_signature(&peter(), &signature).unwrap();
        assert_eq!(signed.to_string(), format!("{TEXT}\n{LINE}"));
        assert_eq!(
            signed.with_signature(&peter(), &signature),
            Err(NoteError::SignedAlready { name: parse_origin("PeterNeumann").unwrap() })
        );
        let bad = Err(NoteError::BadSignature { name: parse_origin("PeterNeumann").unwrap() });
        for length in [0, 1, 63, 65] {
            let mut other = signature.clone();
            other.resize(length, 0);
            assert_eq!(note.clone().with_signature(&peter(), &other), bad);
        }
        for bit in 0..512 {
            let mut other = signature.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(note.clone().with_signature(&peter(), &other), bad);
        }
        let other_text = SignedNote::attach(parse_note_text("other\n").unwrap());
        assert_eq!(other_text.with_signature(&peter(), &signature), bad);
        // The same key as a witness's key signs something else.
        let cosigner = NoteKey::from_ed25519_cosigner("PeterNeumann", *peter().public_bytes()).unwrap();
        assert_eq!(note.with_signature(&cosigner, &signature), bad);
    }

    #[test]
    fn what_is_not_a_note_is_refused() {
        let good = format!("{TEXT}\n{LINE}");
        let cases = [
            (String::new(), NoteError::NoFinalLineFeed),
            ("\n".into(), NoteError::NoSignatures),
            (TEXT.into(), NoteError::NoSignatures),
            (format!("{TEXT}\n"), NoteError::NoSignatures),
            (format!("{TEXT}{LINE}"), NoteError::NoSignatures),
            (format!("{good}\n"), NoteError::NoSignatures),
            (good.trim_end().into(), NoteError::NoFinalLineFeed),
            (good.replace('\n', "\r\n"), NoteError::ControlCharacter { line: 1 }),
            (good.replace("then", "\tthen"), NoteError::ControlCharacter { line: 2 }),
            (good.replace("\u{2014}", "-"), NoteError::SignatureLine { line: 4 }),
            (good.replace("\u{2014} ", "\u{2014}"), NoteError::SignatureLine { line: 4 }),
            (good.replace("\u{2014} ", "\u{2014}  "), NoteError::SignatureLine { line: 4 }),
            (good.replace("Neumann x", "Neumann  x"), NoteError::SignatureLine { line: 4 }),
            (good.replace("Neumann x", "Neu+mann x"), NoteError::SignatureLine { line: 4 }),
            (good.replace("Neumann x", "Neu\u{a0}mann x"), NoteError::SignatureLine { line: 4 }),
            (good.replace("nAM=", "nAN="), NoteError::SignatureLine { line: 4 }),
            (good.replace("nAM=", "nAM"), NoteError::SignatureLine { line: 4 }),
            (good.replace("nAM=", "nAM= "), NoteError::SignatureLine { line: 4 }),
            (format!("{good}trailing\n"), NoteError::SignatureLine { line: 5 }),
            (format!("{TEXT}\n\u{2014} a AAAAAA==\n"), NoteError::SignatureLine { line: 4 }),
            (format!("{TEXT}\n\u{2014} a AAA=\n"), NoteError::SignatureLine { line: 4 }),
            (format!("{TEXT}\n\u{2014} a \n"), NoteError::SignatureLine { line: 4 }),
            (format!("{TEXT}\n{}", LINE.repeat(101)), NoteError::TooManySignatures),
            (format!("{}\n\n{LINE}", "a".repeat(NOTE_BYTES_MAX)), NoteError::TooLarge),
        ];
        for (note, error) in cases {
            assert_eq!(parse(&note).map(|_| ()), Err(error), "{}", &note[..note.len().min(200)]);
        }
        assert_eq!(parse_signed_note(b"a\xff\n\n"), Err(NoteError::NotUtf8));
        assert!(parse(&format!("{TEXT}\n{}", LINE.repeat(100))).is_ok());
    }

    #[test]
    fn a_draft_may_lack_signatures() {
        for text in [TEXT, "\n", "a\n\nb\n", "a\n\n"] {
            let draft = SignedNote::attach(parse_note_text(text).unwrap());
            assert_eq!(draft.to_string(), format!("{text}\n"));
            assert_eq!(parse_note_draft(&draft.to_bytes()).unwrap(), draft);
            assert_eq!(parse_signed_note(&draft.to_bytes()), Err(NoteError::NoSignatures));
        }
        let signed = format!("{TEXT}\n{LINE}");
        assert_eq!(parse_note_draft(signed.as_bytes()), parse(&signed));
        assert_eq!(parse_note_draft(TEXT.as_bytes()), Err(NoteError::NoSignatures));
        assert_eq!(parse_note_draft(b"text\n\nno line\n"), Err(NoteError::SignatureLine { line: 3 }));
    }

    #[test]
    fn a_text_may_have_blank_lines() {
        for text in ["a\n\nb\n", "\n", "a\n\n", "a\n\n\u{2014} b AAAAAAAA\n"] {
            let parsed = parse(&format!("{text}\n{LINE}")).unwrap();
            assert_eq!(parsed.text().as_str(), text);
            assert_eq!(parsed.to_string(), format!("{text}\n{LINE}"));
        }
    }
}
