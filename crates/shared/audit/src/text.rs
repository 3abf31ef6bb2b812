//! Small strict readers shared by the text formats: one spelling for each value, so that a text re-encodes to the same bytes.
//!
//! In: a piece of a line. Out: the value, or nothing; the caller knows the line and names it in its error.
//! Absent on purpose: leniency (no leading zeros, no signs, no unpadded or non-canonical base64, no white space).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Reads a decimal without sign or leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical =
        text == "0" || (!text.starts_with('0') && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    canonical.then(|| text.parse().ok()).flatten()
}

/// Reads standard base64 (RFC 4648 section 4): padded, with zero trailing bits.
pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Reads standard base64 of exactly `N` bytes.
pub(crate) fn base64_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Bounds the decoding by the length wanted, whatever was sent.
    if text.len() != N.div_ceil(3) * 4 {
        return None;
    }
    base64_bytes(text)?.try_into().ok()
}

/// Writes standard base64.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Writes lower-case hexadecimal.
pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Splits a text into its lines if every line, the last too, ends in LF.
pub(crate) fn closed_lines(text: &str) -> Option<std::str::Split<'_, char>> {
    text.strip_suffix('\n').map(|lines| lines.split('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for refused in
            ["", "00", "01", "+1", "-1", " 1", "1 ", "1\n", "0x1", "1_000", "1.0", "١", "18446744073709551616"]
        {
            assert_eq!(decimal(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(base64_array::<1>("AA=="), Some([0]));
        for refused in ["AA", "AA=", "AB==", "AA==\n", " AA==", "AAA=", "A_==", "", "===="] {
            assert_eq!(base64_array::<1>(refused), None, "{refused:?}");
        }
    }
}
