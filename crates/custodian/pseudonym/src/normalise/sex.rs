//! Sex or gender code (NHS Data Dictionary, PERSON STATED GENDER CODE and PERSON GENDER CODE).

use crate::plain::Plain;
use crate::reason::Reason;

use super::text::{Digits, checked, upper_words};

/// `1` (male) or `2` (female). Codes and words for "not known", "not specified" and "indeterminate" count as missing:
/// they would separate nobody.
///
/// # Errors
/// [`Reason::Missing`] for those, [`Reason::SexUnknownCode`] for anything else.
pub fn sex_v1(raw: &str) -> Result<Plain, Reason> {
    let words = upper_words(checked(raw)?, Digits::Keep);
    match words.as_str() {
        "1" | "01" | "M" | "MALE" => Ok(Plain::new("1".to_owned())),
        "2" | "02" | "F" | "FEMALE" => Ok(Plain::new("2".to_owned())),
        "0" | "9" | "X" | "U" | "I" | "N" | "NK" | "UNKNOWN" | "NOT KNOWN" | "NOT SPECIFIED" | "NOT STATED"
        | "INDETERMINATE" => Err(Reason::Missing),
        _ => Err(Reason::SexUnknownCode),
    }
}
