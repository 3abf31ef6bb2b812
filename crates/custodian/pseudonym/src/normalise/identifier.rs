//! Any other exact identifier: a local number, a code, a foreign postcode.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::plain::Plain;
use crate::reason::Reason;

use super::placeholder::is_placeholder_word;
use super::text::checked;

/// Fewest times that one character alone must stand for the value to be a filler, as in 00000 or XXXXX.
const REPEATED_MIN: usize = 5;

/// Upper-case letters A to Z and digits; spaces and punctuation go.
///
/// # Errors
/// [`Reason`] why the text is no identifier.
pub fn identifier_v1(raw: &str) -> Result<Plain, Reason> {
    let text = checked(raw)?;
    let mut identifier = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.nfkc() {
        match c {
            _ if c.is_ascii_alphanumeric() => identifier.push(c.to_ascii_uppercase()),
            _ if c.is_ascii_punctuation() || c.is_whitespace() || matches!(c, '\u{2010}'..='\u{2015}') => {}
            _ => return Err(Reason::IdentifierCharacter),
        }
    }
    let bytes = identifier.as_bytes();
    let Some(first) = bytes.first() else { return Err(Reason::IdentifierCharacter) };
    if bytes.len() >= REPEATED_MIN && bytes.iter().all(|byte| byte == first) {
        return Err(Reason::IdentifierRepeated);
    }
    if is_placeholder_word(&identifier) { Err(Reason::Placeholder) } else { Ok(identifier.into()) }
}
