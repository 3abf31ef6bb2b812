//! Free words of an address: a street, a suburb, a house name.

use crate::plain::Plain;
use crate::reason::Reason;

use super::placeholder::is_placeholder;
use super::text::{Digits, checked, upper_words};

/// Upper-case words and numbers, one space between them. Abbreviations are left as they are.
///
/// # Errors
/// [`Reason`] why there is no address.
pub fn address_words_v1(raw: &str) -> Result<Plain, Reason> {
    let words = upper_words(checked(raw)?, Digits::Keep);
    let has_letter = words.chars().any(char::is_alphabetic);
    if words.is_empty() {
        Err(Reason::AddressWithoutWords)
    } else if has_letter && is_placeholder(&words) {
        Err(Reason::Placeholder)
    } else {
        Ok(words.into())
    }
}
