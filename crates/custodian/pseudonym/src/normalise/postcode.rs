//! United Kingdom postcode (BS 7666; letter rules as the Royal Mail publishes them).

use zeroize::Zeroizing;

use crate::plain::Plain;
use crate::reason::Reason;

use super::text::checked;

/// Longest postcode without its space.
const LETTERS_MAX: usize = 7;

/// Outward part, one space, inward part: `DN31 1AA`.
///
/// Spaces, hyphens and full stops may stand anywhere. Where the letter rules leave only one choice, O and 0, and I and 1,
/// are exchanged: `S01 1AA` is `SO1 1AA`, `DN31 IAA` is `DN31 1AA`. The rules never leave two: at most one reading of
/// any text is valid. Anything that starts with ZZ is a pseudo-postcode (no fixed abode, abroad, not known) and counts
/// as missing, as HES has it.
///
/// # Errors
/// [`Reason`] why the text is no postcode of an address.
pub fn postcode_v1(raw: &str) -> Result<Plain, Reason> {
    let text = checked(raw)?;
    let mut written = Zeroizing::new([0u8; LETTERS_MAX]);
    let mut count = 0;
    for c in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.')) {
        let slot = written.get_mut(count).ok_or(Reason::PostcodeForm)?;
        *slot =
            u8::try_from(c).ok().filter(u8::is_ascii_alphanumeric).ok_or(Reason::PostcodeForm)?.to_ascii_uppercase();
        count += 1;
    }
    let written = &written[..count];
    if written.starts_with(b"ZZ") {
        return Err(Reason::PostcodePseudo);
    }
    if is_valid(written) {
        return Ok(with_space(written));
    }
    corrected(written).ok_or(Reason::PostcodeForm)
}

/// The valid reading with look-alike letters and digits exchanged.
fn corrected(written: &[u8]) -> Option<Plain> {
    let doubtful: Vec<usize> = (0..written.len()).filter(|place| twin(written[*place]).is_some()).collect();
    (1..1u32 << doubtful.len()).find_map(|choice| {
        let mut reading = Zeroizing::new(written.to_vec());
        for (_, place) in doubtful.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1) {
            reading[*place] = twin(reading[*place])?;
        }
        is_valid(&reading).then(|| with_space(&reading))
    })
}

fn twin(byte: u8) -> Option<u8> {
    match byte {
        b'O' => Some(b'0'),
        b'0' => Some(b'O'),
        b'I' => Some(b'1'),
        b'1' => Some(b'I'),
        _ => None,
    }
}

fn with_space(letters: &[u8]) -> Plain {
    let (outward, inward) = letters.split_at(letters.len() - 3);
    Plain::new(outward.iter().chain(b" ").chain(inward).map(|byte| char::from(*byte)).collect())
}

fn is_valid(letters: &[u8]) -> bool {
    if letters == b"GIR0AA" {
        return true;
    }
    let Some((outward, inward)) = letters.split_last_chunk::<3>() else { return false };
    is_inward(*inward) && is_outward(outward)
}

/// A digit and two letters, never C I K M O V.
fn is_inward([digit, first, second]: [u8; 3]) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"CIKMOV".contains(&byte);
    digit.is_ascii_digit() && letter(first) && letter(second)
}

/// A9, A99, AA9, AA99, A9A, AA9A. A district of two digits does not start with 0.
fn is_outward(outward: &[u8]) -> bool {
    let digit = u8::is_ascii_digit;
    let first = |byte: &u8| byte.is_ascii_uppercase() && !b"QVX".contains(byte);
    let second = |byte: &u8| byte.is_ascii_uppercase() && !b"IJZ".contains(byte);
    let two_digits = |tens: &u8, ones: &u8| digit(tens) && digit(ones) && *tens != b'0';
    match outward {
        [a, n] => first(a) && digit(n),
        [a, b, c] => {
            first(a) && (two_digits(b, c) || (second(b) && digit(c)) || (digit(b) && b"ABCDEFGHJKPSTUW".contains(c)))
        }
        [a, b, c, d] => first(a) && second(b) && (two_digits(c, d) || (digit(c) && b"ABEHMNPRVWXY".contains(d))),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn at_most_one_reading_of_any_text_is_valid() {
        let alphabet = b"01OIABP59";
        let mut texts: Vec<Vec<u8>> = vec![Vec::new()];
        let mut readings: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for _ in 0..4 {
            texts =
                texts.iter().flat_map(|text| alphabet.iter().map(move |byte| [&text[..], &[*byte]].concat())).collect();
            for outward in texts.iter().filter(|text| is_outward(text)) {
                let folded =
                    outward.iter().map(|byte| if b"OI".contains(byte) { twin(*byte).unwrap_or(*byte) } else { *byte });
                readings.entry(folded.collect()).or_default().push(outward.clone());
            }
        }
        assert!(readings.len() > 100);
        assert!(readings.values().all(|valid| valid.len() == 1));
    }
}
