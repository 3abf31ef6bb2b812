//! Given name or names.

use zeroize::Zeroizing;

use crate::plain::Plain;
use crate::reason::Reason;

use super::family_name::TITLES;
use super::placeholder::is_placeholder;
use super::text::{Digits, checked, upper_words};

/// Titles that are also names: they go only when another word is left.
const TITLES_THAT_ARE_NAMES: &[&str] = &["SIR", "LADY", "LORD", "DAME", "MASTER"];

/// Upper-case words, one space between them, without titles in front. Apostrophes vanish and hyphens part words, so
/// `ANNE-MARIE` and `ANNE MARIE` agree; match keys and CLKs read the words joined, so `ANNEMARIE` agrees with both.
/// Nicknames are left as they are: that `PEGGY` is `MARGARET` is for the linkage to find.
///
/// # Errors
/// [`Reason`] why there is no given name.
pub fn given_name_v1(raw: &str) -> Result<Plain, Reason> {
    let words = upper_words(checked(raw)?, Digits::Drop);
    let mut name: &str = words.as_str();
    if name.is_empty() {
        return Err(Reason::NameWithoutLetters);
    }
    loop {
        let (first, rest) = name.split_once(' ').unwrap_or((name, ""));
        let title = TITLES.contains(&first) || (TITLES_THAT_ARE_NAMES.contains(&first) && !rest.is_empty());
        if !title {
            break;
        }
        name = rest;
    }
    if name.is_empty() || is_placeholder(name) {
        return Err(Reason::Placeholder);
    }
    Ok(Zeroizing::new(name.to_owned()).into())
}
