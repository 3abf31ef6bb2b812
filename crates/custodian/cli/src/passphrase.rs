//! A passphrase that is long enough, wiped when it is no longer needed.
//!
//! In: what a person typed, or what a file or the environment held. Out: a [`Passphrase`].
//! Absent on purpose: asking for it, showing it, copying it.

use zeroize::Zeroizing;

/// Shortest passphrase, in characters. With argon2id at 64 MiB a guess costs an attacker about 0.1 s of a core and the
/// memory; twelve characters chosen at random from a-z are 2^56 guesses.
pub const PASSPHRASE_CHARACTERS_MIN: usize = 12;
/// Longest, in bytes: what is longer is a file given by mistake.
pub const PASSPHRASE_BYTES_MAX: usize = 1_024;

/// Why a text is no passphrase. The text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// Too easily guessed.
    #[error(
        "the passphrase is shorter than {PASSPHRASE_CHARACTERS_MIN} characters, which can be guessed; four or five words \
         chosen at random are easy to remember and long enough"
    )]
    TooShort,
    /// A file given by mistake.
    #[error("the passphrase is longer than {PASSPHRASE_BYTES_MAX} bytes; is this the right file?")]
    TooLong,
    /// Not UTF-8.
    #[error("the passphrase is not UTF-8 text")]
    NotText,
    /// The two texts typed differ.
    #[error("the two passphrases typed are not the same; nothing was written")]
    Differ,
}

/// A passphrase. It has no debug form and no copy, and is wiped when dropped.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase. One line end, as editors put it, is left out.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn parse(text: Zeroizing<String>) -> Result<Self, PassphraseError> {
        let length = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).map_or(text.len(), str::len);
        if length > PASSPHRASE_BYTES_MAX {
            return Err(PassphraseError::TooLong);
        }
        let mut text = text;
        text.truncate(length);
        if text.chars().count() < PASSPHRASE_CHARACTERS_MIN {
            return Err(PassphraseError::TooShort);
        }
        Ok(Self(text))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Passphrase, PassphraseError> {
        Passphrase::parse(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn one_line_end_is_left_out_and_nothing_else() {
        for (text, kept) in [
            ("twelve chars", "twelve chars"),
            ("twelve chars\n", "twelve chars"),
            ("twelve chars\r\n", "twelve chars"),
            ("twelve chars\n\n", "twelve chars\n"),
            (" twelve chars ", " twelve chars "),
            ("zwölf Zeichen", "zwölf Zeichen"),
        ] {
            assert_eq!(
                parse(text).ok().map(|passphrase| passphrase.as_bytes().to_vec()),
                Some(kept.as_bytes().to_vec())
            );
        }
    }

    #[test]
    fn short_and_vast_ones_are_refused() {
        for text in ["", "\n", "eleven char", "eleven char\n", "öööööööö"] {
            assert_eq!(parse(text).err(), Some(PassphraseError::TooShort), "{text:?}");
        }
        assert_eq!(parse(&"a".repeat(1_025)).err(), Some(PassphraseError::TooLong));
        assert!(parse(&"a".repeat(1_024)).is_ok());
    }
}
