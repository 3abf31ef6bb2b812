//! What stands for a person on the unit's side: tokens, blocking tokens, CLKs, and a reference within one extract.
//!
//! A [`Token`] and a [`BlockingToken`] are made from a [`ring::hmac::Tag`] and from nothing else, so that no plain
//! hash or bare identifier can pass for one. The other door, `from_wire`, is for decoding what a custodian has sent:
//! clippy refuses it everywhere but in the crates that decode.

use std::fmt;

use crate::limits::{CLK_BITS_MAX, CLK_BITS_MIN};

macro_rules! keyed_token {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Length in bytes.
            pub const BYTES: usize = $bytes;

            /// The first bytes of an HMAC-SHA256 tag (truncation as in RFC 2104 section 5).
            pub fn from_tag(tag: &ring::hmac::Tag) -> Self {
                let bytes = tag.as_ref().get(..$bytes).expect("an HMAC-SHA256 tag has 32 bytes");
                Self(bytes.try_into().expect("the slice has this length"))
            }

            /// For decoding an extract only.
            pub const fn from_wire(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

keyed_token! {
    /// HMAC-SHA256 of a match key under a subkey of the pseudonymisation key, cut to 128 bits.
    /// Two custodians make the same token from the same match key; nobody without the key makes it at all.
    Token, 16
}

keyed_token! {
    /// HMAC-SHA256 of a blocking rule's parts, cut to 64 bits: equal for many people, so it says "compare these".
    BlockingToken, 8
}

/// Why some words are not a CLK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClkError {
    /// The length is not one that a linkage schema may declare.
    #[error("a CLK has {CLK_BITS_MIN} to {CLK_BITS_MAX} bits, a multiple of 64")]
    Bits,
}

/// A cryptographic long-term key: one filter of keyed bits for a whole record (Schnell, Bachteler and Reiher 2011),
/// here after linear diffusion unless the agreement says otherwise. Bit `i` is bit `i mod 64`, counted from the
/// least significant, of word `i / 64`.
#[derive(Clone, PartialEq, Eq)]
pub struct Clk(Box<[u64]>);

impl Clk {
    /// The one way to make a CLK from identifiers: for `pseudonym`, which holds the key that the bits were chosen by.
    ///
    /// # Errors
    /// [`ClkError::Bits`] when the number of words is not a permitted length.
    pub fn from_keyed_bits_of_the_pseudonym_crate(words: Box<[u64]>) -> Result<Self, ClkError> {
        Self::checked(words)
    }

    /// For decoding an extract only.
    ///
    /// # Errors
    /// [`ClkError::Bits`] when the number of words is not a permitted length.
    pub fn from_wire(words: Box<[u64]>) -> Result<Self, ClkError> {
        Self::checked(words)
    }

    fn checked(words: Box<[u64]>) -> Result<Self, ClkError> {
        let bits = u32::try_from(words.len()).map_err(|_| ClkError::Bits)?.checked_mul(64);
        match bits {
            Some(CLK_BITS_MIN..=CLK_BITS_MAX) => Ok(Self(words)),
            _ => Err(ClkError::Bits),
        }
    }

    /// The words, in order.
    pub fn words(&self) -> &[u64] {
        &self.0
    }
}

impl fmt::Debug for Clk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clk(.. {} bits)", self.0.len() * 64)
    }
}

/// What joins the tables of one extract: a 64-bit keyed hash of the custodian's local record number under a key that
/// is made for the extract and thrown away with it. It means nothing outside the extract, and sorting by it is the
/// shuffle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonRef(pub u64);

/// Proof that two custodians hold the same key and encode alike: an HMAC over the agreement, the schema digest and the
/// encodings of a fixed set of made-up people. Only this value travels, never the encodings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyFingerprint([u8; 32]);

impl KeyFingerprint {
    /// From an HMAC-SHA256 tag.
    pub fn from_tag(tag: &ring::hmac::Tag) -> Self {
        Self(tag.as_ref().try_into().expect("an HMAC-SHA256 tag has 32 bytes"))
    }

    /// Parses the 64 hexadecimal digits that a manifest shows.
    ///
    /// # Errors
    /// [`crate::DigestError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, crate::DigestError> {
        crate::Digest::parse(text).map(|digest| Self(*digest.as_bytes()))
    }
}

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::Digest::from_bytes(self.0).fmt(f)
    }
}

impl fmt::Debug for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the doors themselves are under test")]
mod tests {
    use super::*;

    /// RFC 4231 test case 2: HMAC-SHA256 under "Jefe".
    fn rfc_4231_tag() -> ring::hmac::Tag {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"Jefe");
        ring::hmac::sign(&key, b"what do ya want for nothing?")
    }

    #[test]
    fn tokens_are_the_first_bytes_of_the_tag() {
        let tag = rfc_4231_tag();
        assert_eq!(
            Token::from_tag(&tag).as_bytes(),
            &[0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7]
        );
        assert_eq!(BlockingToken::from_tag(&tag).as_bytes(), &[0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
    }

    #[test]
    fn debug_output_shows_no_byte_of_an_encoding() {
        let tag = rfc_4231_tag();
        let clk = Clk::from_keyed_bits_of_the_pseudonym_crate(vec![0x5bdc_c146; 16].into());
        let shown = format!("{:?} {:?} {:?}", Token::from_tag(&tag), BlockingToken::from_tag(&tag), clk);
        assert_eq!(shown, "Token(..) BlockingToken(..) Ok(Clk(.. 1024 bits))");
    }

    #[test]
    fn a_clk_of_another_length_is_refused() {
        for words in [0, 1, 3, 65, 1_000] {
            assert_eq!(Clk::from_keyed_bits_of_the_pseudonym_crate(vec![0; words].into()).err(), Some(ClkError::Bits));
        }
    }
}
