//! What the rules share: the checks every field meets first, and the folding of text to upper-case words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

use crate::reason::Reason;

/// Longest field in bytes; no identifier is longer, and a row's work stays bounded.
const FIELD_BYTES_MAX: usize = 512;

/// What becomes of digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    Keep,
    Drop,
}

/// Trims a field and refuses what no rule can read.
pub(super) fn checked(raw: &str) -> Result<&str, Reason> {
    let text = raw.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c));
    if text.is_empty() {
        Err(Reason::Missing)
    } else if text.len() > FIELD_BYTES_MAX {
        Err(Reason::TooLong)
    } else if text.contains(char::REPLACEMENT_CHARACTER) {
        Err(Reason::DamagedText)
    } else {
        Ok(text)
    }
}

/// Upper-case words with one space between them.
///
/// - Compatibility decomposition (NFKD), so that full-width and ligature forms agree with plain ones.
/// - Marks are taken off Latin letters (`É` is `E`). On other scripts they belong to the letter and stay; the result
///   is composed again (NFC), so that both ways to write `Й` agree.
/// - Latin letters that do not decompose are spelled out: `Ł` L, `Ø` O, `Đ` D, `ß` SS, `Æ` AE, `Þ` TH.
/// - Apostrophes of every kind vanish: `O'BRIEN` and `OBRIEN` agree.
/// - Hyphens, other punctuation and spaces part words.
pub(super) fn upper_words(text: &str, digits: Digits) -> Zeroizing<String> {
    let mut words =
        Words { out: Zeroizing::new(String::with_capacity(text.len() * 2 + 8)), latin_base: false, gap: false };
    if text.is_ascii() {
        text.chars().for_each(|c| words.push(c, digits));
        return words.out;
    }
    text.chars().filter(|c| !is_apostrophe(*c)).nfkd().for_each(|c| words.push(c, digits));
    if words.out.is_ascii() {
        return words.out;
    }
    let mut composed = Zeroizing::new(String::with_capacity(words.out.len() * 2));
    composed.extend(words.out.nfc());
    composed
}

struct Words {
    out: Zeroizing<String>,
    latin_base: bool,
    gap: bool,
}

impl Words {
    fn push(&mut self, c: char, digits: Digits) {
        if is_combining_mark(c) {
            if !self.latin_base && !self.gap && !self.out.is_empty() {
                self.out.push(c);
            }
        } else if is_apostrophe(c) || is_invisible(c) {
            // Vanishes: the word goes on.
        } else if c.is_alphabetic() {
            self.part();
            // Of the letter as it is written out: some lower-case letters stand far from their capitals.
            self.latin_base = c.to_uppercase().all(is_latin);
            match spelled_out(c) {
                Some(letters) => self.out.push_str(letters),
                None => self.out.extend(c.to_uppercase()),
            }
        } else if c.is_numeric() {
            if digits == Digits::Keep {
                self.part();
                self.latin_base = true;
                self.out.push(c);
            }
        } else {
            self.gap = true;
            self.latin_base = true;
        }
    }

    fn part(&mut self) {
        if self.gap && !self.out.is_empty() {
            self.out.push(' ');
        }
        self.gap = false;
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '\u{b4}' | '\u{2b9}'..='\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{2018}'..='\u{201b}'
            | '\u{2032}' | '\u{2035}' | '\u{1fbd}' | '\u{1fbf}' | '\u{1fef}' | '\u{1ffd}' | '\u{1ffe}' | '\u{a78b}'
            | '\u{a78c}' | '\u{ff07}' | '\u{ff40}' | '\u{5f3}' | '\u{7f4}' | '\u{7f5}'
    )
}

/// Joiners, direction marks, soft hyphen, byte order mark: they have no shape and differ between keyboards.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(
            c,
            '\u{c0}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}'
                | '\u{ab30}'..='\u{ab6f}'
        )
}

fn spelled_out(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "SS",
        'æ' | 'Æ' => "AE",
        'œ' | 'Œ' => "OE",
        'ø' | 'Ø' => "O",
        'ł' | 'Ł' => "L",
        'đ' | 'Đ' | 'ð' | 'Ð' => "D",
        'þ' | 'Þ' => "TH",
        'ħ' | 'Ħ' => "H",
        'ŧ' | 'Ŧ' => "T",
        'ŋ' | 'Ŋ' => "NG",
        'ı' => "I",
        'ĸ' => "K",
        _ => return None,
    })
}
