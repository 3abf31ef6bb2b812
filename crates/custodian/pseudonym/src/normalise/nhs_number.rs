//! NHS number (NHS Data Dictionary, NHS NUMBER): 10 digits, the last a modulus 11 check digit.

use zeroize::Zeroizing;

use crate::plain::Plain;
use crate::reason::Reason;

use super::text::checked;

/// Ten digits. Spaces and hyphens may part them. Numbers of one repeated digit pass the check and are refused by name;
/// numbers of the test range 999 000 0000 to 999 999 9999 are read like any other.
///
/// # Errors
/// [`Reason`] why the text is no NHS number.
pub fn nhs_number_v1(raw: &str) -> Result<Plain, Reason> {
    let text = checked(raw)?;
    let mut digits = Zeroizing::new([0u8; 10]);
    let mut count = 0;
    for c in text.chars() {
        match c {
            '0'..='9' => {
                if let Some(slot) = digits.get_mut(count) {
                    *slot = c as u8;
                }
                count += 1;
            }
            '-' | '\u{2010}'..='\u{2015}' => {}
            _ if c.is_whitespace() => {}
            _ if is_scientific(text) => return Err(Reason::SpreadsheetNumber),
            _ => return Err(Reason::NhsNumberCharacter),
        }
    }
    if count != digits.len() {
        return Err(Reason::NhsNumberLength);
    }
    if digits.iter().all(|digit| *digit == digits[0]) {
        return Err(Reason::NhsNumberRepeatedDigit);
    }
    if check_digit(&digits) != Some(digits[9]) {
        return Err(Reason::NhsNumberCheckDigit);
    }
    Ok(Plain::new(digits.iter().map(|digit| char::from(*digit)).collect()))
}

/// `11 - (sum of digit i times 11 - i, for i = 1..9) mod 11`, where 11 stands for 0 and 10 is never issued.
fn check_digit(digits: &[u8; 10]) -> Option<u8> {
    let sum: u32 = (2..=10).rev().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    match 11 - sum % 11 {
        10 => None,
        11 => Some(b'0'),
        check => u8::try_from(check).ok().map(|check| b'0' + check),
    }
}

/// `9.43E+09`: what a spreadsheet makes of a long number.
fn is_scientific(text: &str) -> bool {
    let mut parts = text.split(['e', 'E']);
    let number = |part: Option<&str>| {
        part.is_some_and(|part| {
            part.bytes().any(|b| b.is_ascii_digit()) && part.bytes().all(|b| b.is_ascii_digit() || b".,+".contains(&b))
        })
    };
    number(parts.next()) && number(parts.next()) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_range_has_909_091_numbers() {
        // Counted in Python from the Data Dictionary's formula: 999 000 0000 to 999 999 9999.
        let has_check_digit = |prefix: u32| {
            let mut digits = [b'0'; 10];
            digits[..9].copy_from_slice(format!("{prefix:09}").as_bytes());
            check_digit(&digits).is_some()
        };
        assert_eq!((999_000_000..=999_999_999).filter(|prefix| has_check_digit(*prefix)).count(), 909_091);
    }
}
