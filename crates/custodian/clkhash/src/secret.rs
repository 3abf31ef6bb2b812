//! The secret that two parties share, and the keys that clkhash makes from it.
//!
//! In: the secret's bytes, the schema's key derivation. Out: two keys a feature.
//! Absent on purpose: Debug, Display, Clone and serialisation. What is held here is wiped when dropped; the copy inside `ring`'s
//! HKDF state cannot be reached from here and lives no longer than [`derive`].

use ring::hkdf;
use zeroize::Zeroizing;

use crate::schema::{Kdf, KdfHash, KeyDerivation};

/// The secret, as clkhash takes it: any text, UTF-8.
pub struct Secret(Zeroizing<Vec<u8>>);

/// Why a secret cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing in it.
    #[error("the secret is empty: anyone could make these CLKs; take at least 32 random characters")]
    Empty,
    /// clkhash takes text.
    #[error("the secret is not UTF-8 text, which is what clkhash takes")]
    NotText,
    /// `BLAKE2b` has no longer keys, and `legacy` hands it the secret itself.
    #[error(
        "kdf type legacy hands the secret itself to blakeHash, which takes at most 64 bytes, and this one is longer: use HKDF"
    )]
    TooLongForLegacy,
}

impl Secret {
    /// Takes the bytes as they are, to the last one: a newline at the end is part of the secret.
    ///
    /// # Errors
    /// [`SecretError::Empty`] or [`SecretError::NotText`].
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self, SecretError> {
        if bytes.is_empty() {
            return Err(SecretError::Empty);
        }
        match std::str::from_utf8(&bytes) {
            Ok(_) => Ok(Self(bytes)),
            Err(_) => Err(SecretError::NotText),
        }
    }

    /// Takes the contents of a file: one newline at the end (`\n` or `\r\n`), which editors put there, is not part of the secret;
    /// anything else is, spaces too.
    ///
    /// # Errors
    /// As [`Secret::new`].
    pub fn of_file(mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, SecretError> {
        let end = bytes.strip_suffix(b"\n").map_or(bytes.len(), |rest| rest.strip_suffix(b"\r").unwrap_or(rest).len());
        bytes.truncate(end);
        Self::new(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The two keys of one feature.
pub(crate) struct FeatureKeys {
    /// For `BLAKE2b`, or for HMAC-SHA1.
    pub(crate) first: Zeroizing<Vec<u8>>,
    /// For HMAC-MD5.
    pub(crate) second: Zeroizing<Vec<u8>>,
}

/// Makes the keys of all features, ignored ones included, in the schema's order. HKDF is that of RFC 5869.
pub(crate) fn derive(secret: &Secret, kdf: &KeyDerivation, features: usize) -> Vec<FeatureKeys> {
    let copy = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
    let Kdf::Hkdf { hash, salt, info, key_size } = &kdf.0 else {
        let of_secret = || FeatureKeys { first: copy(secret.bytes()), second: copy(secret.bytes()) };
        return (0..features).map(|_| of_secret()).collect();
    };
    let algorithm = match hash {
        KdfHash::Sha256 => hkdf::HKDF_SHA256,
        KdfHash::Sha512 => hkdf::HKDF_SHA512,
    };
    // No salt is HashLen zeros by the RFC, and HMAC pads an empty key with zeros: the same.
    let extracted = hkdf::Salt::new(algorithm, salt).extract(secret.bytes());
    let mut keys = Zeroizing::new(vec![0; 2 * features * key_size]);
    let info = [info.as_slice()];
    let expanded =
        extracted.expand(&info, Length(keys.len())).expect("the schema keeps within 255 times the hash's length");
    expanded.fill(&mut keys).expect("as long as was asked for");
    let pairs = keys.chunks_exact(2 * key_size);
    pairs.map(|pair| FeatureKeys { first: copy(&pair[..*key_size]), second: copy(&pair[*key_size..]) }).collect()
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn of_file(bytes: &[u8]) -> Result<Vec<u8>, SecretError> {
        Secret::of_file(Zeroizing::new(bytes.to_vec())).map(|secret| secret.bytes().to_vec())
    }

    #[test]
    fn one_newline_at_the_end_of_a_file_is_not_the_secrets() {
        for (file, secret) in [
            ("a", "a"),
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
            (" a \n", " a "),
            ("a\r", "a\r"),
            ("a\nb", "a\nb"),
        ] {
            assert_eq!(of_file(file.as_bytes()).unwrap(), secret.as_bytes(), "{file:?}");
        }
    }

    #[test]
    fn nothing_and_no_text_are_refused() {
        for file in ["", "\n", "\r\n"] {
            assert_eq!(of_file(file.as_bytes()), Err(SecretError::Empty));
        }
        assert_eq!(of_file(b"\xff\n"), Err(SecretError::NotText));
        assert!(matches!(Secret::new(Zeroizing::new(Vec::new())), Err(SecretError::Empty)));
    }
}
