//! Family name.

use zeroize::Zeroizing;

use crate::plain::Plain;
use crate::reason::Reason;

use super::placeholder::is_placeholder;
use super::text::{Digits, checked, upper_words};

/// Titles that are typed into name fields; none is a family name that is met in the United Kingdom.
pub(super) const TITLES: &[&str] = &["MR", "MRS", "MISS", "MS", "MX", "DR", "REV", "REVD", "PROF"];

/// Suffixes that part a parent from a child of the same name.
const SUFFIXES: &[&str] = &["JR", "JNR", "SR", "SNR", "II", "III", "IV", "ESQ"];

/// Prefixes that are written together with the next word as often as apart: `O BRIEN`, `MC DONALD`, `VAN DER BERG`.
const PREFIXES: &[&str] = &[
    "O", "D", "MC", "MAC", "VAN", "VON", "DER", "DEN", "DE", "DA", "DI", "DEL", "DU", "LA", "LE", "EL", "AL", "ST",
    "BIN", "IBN", "BINT", "ABU",
];

/// Upper-case words, one space between them. Apostrophes vanish, hyphens part words, and a prefix is joined to what
/// follows, so `O'BRIEN`, `O BRIEN` and `OBRIEN` agree, and so do `SMITH-JONES` and `SMITH JONES`. Titles at either
/// end and suffixes at the end go, as long as another word is left. Match keys and CLKs read the words joined
/// (`SMITHJONES`); only the form `first_word` sees where they part.
///
/// # Errors
/// [`Reason`] why there is no family name.
pub fn family_name_v1(raw: &str) -> Result<Plain, Reason> {
    let mut name = upper_words(checked(raw)?, Digits::Drop);
    // What is joined may itself be a title or a prefix (`D R SMITH`): again, until nothing changes. Every change leaves
    // fewer words, so this ends.
    loop {
        let folded = fold_words(&name)?;
        if *folded == *name {
            break;
        }
        name = folded;
    }
    if is_placeholder(&name) { Err(Reason::Placeholder) } else { Ok(name.into()) }
}

/// Takes titles and suffixes off and joins prefixes, once.
fn fold_words(name: &str) -> Result<Zeroizing<String>, Reason> {
    let mut words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    while words.len() > 1 && TITLES.contains(&words[0]) {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|last| SUFFIXES.contains(last) || TITLES.contains(last)) {
        words.pop();
    }
    match words[..] {
        [] => return Err(Reason::NameWithoutLetters),
        [only] if TITLES.contains(&only) => return Err(Reason::Placeholder),
        _ => {}
    }
    let mut folded = Zeroizing::new(String::with_capacity(name.len()));
    let mut joins = true;
    for word in words {
        if !joins {
            folded.push(' ');
        }
        folded.push_str(word);
        joins = PREFIXES.contains(&word);
    }
    Ok(folded)
}
