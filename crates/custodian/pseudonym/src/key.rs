//! The pseudonymisation key and the subkeys that come from it.
//!
//! In: 32 random bytes from the caller's source, or from a sealed file that has been opened. Out: HMAC keys, one a use
//! and a name, bound to one agreement, one epoch and one linkage schema, so that tokens made under two agreements
//! cannot be joined.
//! Absent on purpose: Debug, Display, Clone, serialisation, passphrases and files.

use counterfoil_model::{AgreementId, PersonRef, SchemaDigest};
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

/// Salt of the extraction step (RFC 5869 section 3.1): not secret, it separates this use of the key from any other.
const EXTRACT_SALT: &[u8] = b"counterfoil/1/pseudonymisation-key";

/// The 256-bit key that custodians of one agreement share and nobody else has.
pub struct PseudonymisationKey(Zeroizing<[u8; 32]>);

impl PseudonymisationKey {
    /// Makes a key. `fill` must fill the whole slice from a cryptographic source; a failing source must stop the
    /// program before it returns.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// Takes the bytes of a sealed file that has been opened and authenticated.
    pub fn from_unsealed_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The bytes, for sealing into a file and for nothing else.
    pub fn bytes_for_sealing(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What every subkey is bound to.
#[derive(Clone, Copy)]
pub(crate) struct Binding<'a> {
    pub(crate) agreement: &'a AgreementId,
    pub(crate) key_epoch: u32,
    pub(crate) schema: SchemaDigest,
}

impl Binding<'_> {
    /// Bytes with one reading only: lengths are 4 bytes big-endian.
    pub(crate) fn write_to(&self, bytes: &mut Vec<u8>) {
        write_text(bytes, self.agreement.as_str());
        bytes.extend_from_slice(&self.key_epoch.to_be_bytes());
        bytes.extend_from_slice(self.schema.0.as_bytes());
    }
}

/// What a subkey is for.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Token,
    Blocking,
    ClkFeature,
    ClkDiffusion,
    Fingerprint,
}

impl Use {
    fn label(self) -> &'static str {
        match self {
            Self::Token => "counterfoil/1/token",
            Self::Blocking => "counterfoil/1/blocking",
            Self::ClkFeature => "counterfoil/1/clk-feature",
            Self::ClkDiffusion => "counterfoil/1/clk-diffusion",
            Self::Fingerprint => "counterfoil/1/fingerprint",
        }
    }
}

/// The key after HKDF extraction, from which every subkey of an encoder is expanded; dropped with the derivation.
pub(crate) struct Subkeys<'a> {
    extracted: hkdf::Prk,
    binding: Binding<'a>,
}

impl<'a> Subkeys<'a> {
    pub(crate) fn new(key: &PseudonymisationKey, binding: Binding<'a>) -> Self {
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, EXTRACT_SALT).extract(key.bytes_for_sealing());
        Self { extracted, binding }
    }

    /// HKDF-Expand (RFC 5869 section 2.3) to 32 bytes with info = use, binding, name.
    pub(crate) fn derive(&self, purpose: Use, name: &str) -> hmac::Key {
        let mut info = Vec::new();
        write_text(&mut info, purpose.label());
        self.binding.write_to(&mut info);
        write_text(&mut info, name);
        let info = [info.as_slice()];
        let expanded = self.extracted.expand(&info, hmac::HMAC_SHA256);
        expanded.expect("32 bytes are less than 255 blocks of SHA-256").into()
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    let length = u32::try_from(text.len()).expect("names and labels are short");
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

/// A key that is made for one extract and thrown away with it: it turns local record numbers into references that mean
/// nothing outside the extract, in an order that says nothing.
pub struct LocalIdKey(hmac::Key);

impl LocalIdKey {
    /// Makes a key. `fill` must fill the whole slice from a cryptographic source.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(bytes.as_mut_slice());
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()))
    }

    /// The reference of a local record number: the first 8 bytes of its HMAC-SHA256, big-endian.
    pub fn person_ref(&self, local_id: &str) -> PersonRef {
        let tag = hmac::sign(&self.0, local_id.as_bytes());
        let first = tag.as_ref().first_chunk::<8>().expect("an HMAC-SHA256 tag has 32 bytes");
        PersonRef(u64::from_be_bytes(*first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_ref_is_the_head_of_the_tag() {
        // RFC 4231 test case 1 has a 20-byte key; a shorter HMAC key is zero-padded to the block, so 0x0b x 20 followed
        // by zeros is the same key.
        let mut source = |bytes: &mut [u8]| {
            bytes.fill(0);
            bytes[..20].fill(0x0b);
        };
        let key = LocalIdKey::generate(&mut source);
        assert_eq!(key.person_ref("Hi There"), PersonRef(0xb034_4c61_d8db_3853));
        assert_ne!(key.person_ref("Hi There "), key.person_ref("Hi There"));
    }

    #[test]
    fn a_generated_key_is_what_the_source_gave() {
        let key = PseudonymisationKey::generate(&mut |bytes| bytes.fill(7));
        assert_eq!(key.bytes_for_sealing(), &[7; 32]);
        let again = PseudonymisationKey::from_unsealed_bytes(Zeroizing::new([7; 32]));
        assert_eq!(again.bytes_for_sealing(), key.bytes_for_sealing());
    }
}
