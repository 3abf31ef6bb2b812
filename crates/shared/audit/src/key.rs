//! The public keys that notes are checked with, and the names they go by (c2sp.org/signed-note, c2sp.org/tlog-cosignature).
//!
//! In: `name+id+key` texts (a "vkey") or 32 raw bytes. Out: a key that can tell a good signature from a bad one.
//! Absent on purpose: signing keys, and every algorithm but Ed25519.

use std::fmt;

use ring::signature::{ED25519, UnparsedPublicKey};
use thiserror::Error;

use crate::hash::sha256;
use crate::text;

/// Longest key name, in bytes.
pub const ORIGIN_BYTES_MAX: usize = 255;

/// The name of a log or of another signer: not empty, no white space, no control character, no `+`. For a log, a URL without scheme.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a key name.
///
/// # Errors
/// [`KeyError::Name`] if it is empty, longer than [`ORIGIN_BYTES_MAX`], or has white space, a control character or `+`.
pub fn parse_origin(name: &str) -> Result<Origin, KeyError> {
    let refused = |character: char| character.is_whitespace() || character.is_control() || character == '+';
    if name.is_empty() || name.len() > ORIGIN_BYTES_MAX || name.contains(refused) {
        return Err(KeyError::Name);
    }
    Ok(Origin(name.to_owned()))
}

/// What a key signs and how, by the type byte of c2sp.org/signed-note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteAlgorithm {
    /// Type 0x01: Ed25519 over the note's text.
    Ed25519,
    /// Type 0x04: Ed25519 over a time and the text of a checkpoint: a witness says when it saw it.
    Ed25519Cosignature,
}

impl NoteAlgorithm {
    fn type_byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Ed25519Cosignature => 0x04,
        }
    }
}

/// Why a key or a name cannot be read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The name breaks the rules of [`parse_origin`].
    #[error("the key name must have 1 to {ORIGIN_BYTES_MAX} bytes, without white space, control characters or '+'")]
    Name,
    /// Not three parts joined by `+`.
    #[error("a verifier key is written name+id+key: a part is missing")]
    Parts,
    /// The id is not eight lower-case hexadecimal digits.
    #[error("the key id (second part) must be 8 lower-case hexadecimal digits")]
    Id,
    /// The key part is not base64 of one type byte and 32 bytes.
    #[error("the key (third part) must be base64 of one type byte and 32 bytes of an Ed25519 key")]
    Encoding,
    /// A type this library does not verify.
    #[error("the key's type byte is not 0x01 (Ed25519) or 0x04 (Ed25519 cosignature)")]
    Algorithm,
    /// The id does not belong to this name and key.
    #[error("the key id does not belong to this name and key: a part was changed or mistyped")]
    IdMismatch,
    /// A point of small order: anyone can make signatures that verify under it.
    #[error("the public key is a point of small order, under which anyone can sign")]
    WeakKey,
}

/// A signer's public key and name; displayed as the vkey text that [`parse_note_key`] reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteKey {
    name: Origin,
    id: [u8; 4],
    algorithm: NoteAlgorithm,
    public: [u8; 32],
}

impl NoteKey {
    /// A key that signs notes (type 0x01), from its name and its 32 bytes (RFC 8032).
    ///
    /// # Errors
    /// [`KeyError::Name`] or [`KeyError::WeakKey`].
    pub fn from_ed25519(name: &str, public: [u8; 32]) -> Result<Self, KeyError> {
        Self::new(parse_origin(name)?, NoteAlgorithm::Ed25519, public)
    }

    /// A witness's key that cosigns checkpoints (type 0x04).
    ///
    /// # Errors
    /// [`KeyError::Name`] or [`KeyError::WeakKey`].
    pub fn from_ed25519_cosigner(name: &str, public: [u8; 32]) -> Result<Self, KeyError> {
        Self::new(parse_origin(name)?, NoteAlgorithm::Ed25519Cosignature, public)
    }

    /// The signer's name.
    pub fn name(&self) -> &Origin {
        &self.name
    }

    /// First four bytes of SHA-256(name ‖ LF ‖ type ‖ key): a hint, never an identity.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// What the key signs.
    pub fn algorithm(&self) -> NoteAlgorithm {
        self.algorithm
    }

    /// The 32 bytes of the Ed25519 key.
    pub fn public_bytes(&self) -> &[u8; 32] {
        &self.public
    }

    fn new(name: Origin, algorithm: NoteAlgorithm, public: [u8; 32]) -> Result<Self, KeyError> {
        refuse_small_order(public)?;
        let digest = sha256(&[name.as_str().as_bytes(), b"\n", &[algorithm.type_byte()], &public]);
        let id = [digest[0], digest[1], digest[2], digest[3]];
        Ok(Self { name, id, algorithm, public })
    }

    /// Whether the 64 bytes are this key's signature of the message (RFC 8032). The one bool of a check, and private to the crate.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![self.algorithm.type_byte()];
        typed.extend(self.public);
        write!(f, "{}+", self.name)?;
        text::write_hex(f, &self.id)?;
        write!(f, "+{}", text::to_base64(&typed))
    }
}

/// Reads a verifier key, `name+id+key`: the id in 8 hexadecimal digits, the key in base64 of its type byte and its 32 bytes.
///
/// # Errors
/// [`KeyError`] for the part that is wrong.
pub fn parse_note_key(vkey: &str) -> Result<NoteKey, KeyError> {
    // Base64 may have a '+' of its own, in the last part only.
    let mut parts = vkey.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Parts);
    };
    let name = parse_origin(name)?;
    let id_digits = id.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit));
    let id = u32::from_str_radix(id, 16).ok().filter(|_| id_digits && id.len() == 8).ok_or(KeyError::Id)?;
    let [type_byte, public @ ..] = text::base64_array::<33>(key).ok_or(KeyError::Encoding)?;
    let algorithm = match type_byte {
        0x01 => NoteAlgorithm::Ed25519,
        0x04 => NoteAlgorithm::Ed25519Cosignature,
        _ => return Err(KeyError::Algorithm),
    };
    let key = NoteKey::new(name, algorithm, public)?;
    if key.id == id.to_be_bytes() { Ok(key) } else { Err(KeyError::IdMismatch) }
}

/// Refuses the eight points of small order in all their encodings (the sign bit aside): RFC 8032 verification takes a signature made
/// without any private key under them, so a party could later deny what "it" signed.
fn refuse_small_order(mut public: [u8; 32]) -> Result<(), KeyError> {
    public[31] &= 0x7f;
    let low_byte_of_p = |first: u8| {
        let mut y = [0xff; 32];
        (y[0], y[31]) = (first, 0x7f);
        y
    };
    let small = |first: u8| {
        let mut y = [0; 32];
        y[0] = first;
        y
    };
    // y = 0, 1, -1, and 0 and 1 again with p added; then the two y of order 8.
    let weak =
        [small(0), small(1), low_byte_of_p(0xec), low_byte_of_p(0xed), low_byte_of_p(0xee), ORDER_8[0], ORDER_8[1]];
    if weak.contains(&public) { Err(KeyError::WeakKey) } else { Ok(()) }
}

/// The y coordinates of the four points of order 8, little endian.
const ORDER_8: [[u8; 32]; 2] = [
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    const VKEY: &str = "linkage-log.example/test+6533cb3a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

    #[test]
    fn names_have_no_space_plus_or_control() {
        for name in ["a", "example.com/log42", "quasimodo.example/salvatore", "östra", &"a".repeat(255)] {
            assert_eq!(parse_origin(name).unwrap().as_str(), name);
        }
        for name in [
            "",
            "a b",
            "a+b",
            "+",
            " ",
            "a\n",
            "a\tb",
            "a\u{a0}b",
            "a\u{2003}b",
            "a\u{3000}",
            "a\u{85}",
            "\u{7f}",
            "\u{0}",
            &"a".repeat(256),
        ] {
            assert_eq!(parse_origin(name), Err(KeyError::Name), "{name:?}");
        }
    }

    #[test]
    fn every_changed_character_of_a_vkey_is_refused() {
        assert_eq!(parse_note_key(VKEY).unwrap().to_string(), VKEY);
        for place in 0..VKEY.len() {
            for replacement in ["", "A", "b", "0", "+", "=", "/", " ", "\n", "é"] {
                let changed = format!("{}{replacement}{}", &VKEY[..place], &VKEY[place + 1..]);
                assert!(changed == VKEY || parse_note_key(&changed).is_err(), "{changed}");
            }
        }
    }

    #[test]
    fn each_wrong_part_is_named() {
        let cases = [
            ("", KeyError::Parts),
            ("name", KeyError::Parts),
            ("name+6533cb3a", KeyError::Parts),
            ("+6533cb3a+AQOh", KeyError::Name),
            ("a b+6533cb3a+AQOh", KeyError::Name),
            ("linkage-log.example/test+6533CB3A+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::Id),
            ("linkage-log.example/test+6533cb3+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::Id),
            ("linkage-log.example/test++6533cb3a", KeyError::Id),
            ("linkage-log.example/test+6533cb3a+AQOh", KeyError::Encoding),
            ("linkage-log.example/test+6533cb3a+BgOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::Algorithm),
            ("linkage-log.example/test+6533cb3a+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::IdMismatch),
            ("linkage-log.example/Test+6533cb3a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::IdMismatch),
        ];
        for (vkey, error) in cases {
            assert_eq!(parse_note_key(vkey), Err(error), "{vkey}");
        }
    }

    #[test]
    fn a_cosigner_key_has_another_id_than_a_note_key() {
        let note = parse_note_key(VKEY).unwrap();
        let cosigner = NoteKey::from_ed25519_cosigner(note.name().as_str(), *note.public_bytes()).unwrap();
        assert_ne!(note.id(), cosigner.id());
        assert_eq!(NoteKey::from_ed25519(note.name().as_str(), *note.public_bytes()).unwrap(), note);
        assert_eq!(parse_note_key(&cosigner.to_string()).unwrap(), cosigner);
    }

    #[test]
    fn keys_that_anyone_can_sign_under_are_refused() {
        // Under y = 1 (the neutral point) R = [S]B verifies any message for any S: with S = 0, R = the neutral point.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut forged = [0; 64];
        forged[0] = 1;
        assert!(UnparsedPublicKey::new(&ED25519, neutral).verify(b"anything", &forged).is_ok());
        let mut minus_one = [0xff; 32];
        (minus_one[0], minus_one[31]) = (0xec, 0x7f);
        for weak in [[0; 32], neutral, minus_one, ORDER_8[0], ORDER_8[1]] {
            assert_eq!(NoteKey::from_ed25519("a", weak), Err(KeyError::WeakKey));
            let mut other_sign = weak;
            other_sign[31] ^= 0x80;
            assert_eq!(NoteKey::from_ed25519_cosigner("a", other_sign), Err(KeyError::WeakKey));
        }
    }
}
