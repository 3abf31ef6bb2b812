//! GP practice code (Organisation Data Service: one letter and five digits).

use crate::plain::Plain;
use crate::reason::Reason;

use super::text::checked;

/// One upper-case letter and five digits. V81997 (no registered practice), V81998 (not applicable), V81999 (not known)
/// and fillers of five nines count as missing: thousands of people share them.
///
/// # Errors
/// [`Reason`] why the text is no practice.
pub fn gp_practice_v1(raw: &str) -> Result<Plain, Reason> {
    let code: String = checked(raw)?.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let code = Plain::new(code);
    let bytes = code.as_str().as_bytes();
    let [letter, digits @ ..] = bytes else { return Err(Reason::Missing) };
    if !letter.is_ascii_uppercase() || digits.len() != 5 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Reason::GpPracticeForm);
    }
    if matches!(code.as_str(), "V81997" | "V81998" | "V81999") || digits == b"99999" {
        return Err(Reason::GpPracticePseudo);
    }
    Ok(code)
}
