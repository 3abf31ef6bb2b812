//! Words that people type where a name, an address or a number is unknown.

/// Values that name nobody, written without spaces.
const WHOLE: &[&str] = &[
    "ANON",
    "ANONYMOUS",
    "BABY",
    "BLANK",
    "BOY",
    "DELETED",
    "DONOTADMIT",
    "DONOTUSE",
    "DUMMY",
    "DUPLICATE",
    "ERROR",
    "FEMALE",
    "FNU",
    "GIRL",
    "INFANT",
    "INVALID",
    "LNU",
    "MALE",
    "MISSING",
    "NA",
    "NFA",
    "NFN",
    "NIL",
    "NK",
    "NOADDRESS",
    "NOFIRSTNAME",
    "NOFIXEDABODE",
    "NOFIXEDADDRESS",
    "NOFORENAME",
    "NOLASTNAME",
    "NONAME",
    "NONE",
    "NOSURNAME",
    "NOTAPPLICABLE",
    "NOTAVAILABLE",
    "NOTDISCLOSED",
    "NOTGIVEN",
    "NOTKNOWN",
    "NOTPROVIDED",
    "NOTRECORDED",
    "NOTSPECIFIED",
    "NOTSTATED",
    "NULL",
    "PATIENT",
    "REFUSED",
    "SURNAME",
    "TBA",
    "TBC",
    "TEST",
    "TESTING",
    "TESTPATIENT",
    "TRIPLET",
    "TWIN",
    "UNAVAILABLE",
    "UNK",
    "UNKNOWN",
    "UNNAMED",
    "UNSPECIFIED",
    "WITHHELD",
    "XX",
    "ZZ",
];

/// First words after which the rest names nobody: `BABY OF ..`, `TWIN 2`, `TEST PATIENT`, `UNKNOWN MALE`.
const FIRST_WORD: &[&str] =
    &["ANONYMOUS", "BABY", "DUMMY", "INFANT", "TEST", "TESTING", "TRIPLET", "TWIN", "UNK", "UNKNOWN", "UNNAMED"];

/// Whether upper-case words (one space between them) stand for "not known", or are one letter three or more times.
pub(super) fn is_placeholder(words: &str) -> bool {
    let first = words.split(' ').next().unwrap_or_default();
    let repeated = letters(words).count() >= 3 && letters(words).all(|byte| Some(byte) == letters(words).next());
    repeated || FIRST_WORD.contains(&first) || is_placeholder_word(words)
}

/// Whether upper-case letters are one of the words that stand for "not known".
pub(super) fn is_placeholder_word(words: &str) -> bool {
    WHOLE.iter().any(|known| known.bytes().eq(letters(words)))
}

fn letters(words: &str) -> impl Iterator<Item = u8> {
    words.bytes().filter(|byte| *byte != b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_names_that_resemble_placeholders_pass() {
        for name in ["NUNN", "TESTA", "BABYLON", "AA", "NG", "OO", "KNOWN", "MISSINGHAM", "BOYD", "TESTER", "ANNA"] {
            assert!(!is_placeholder(name), "{name}");
        }
    }

    #[test]
    fn placeholders_are_known_however_they_are_spaced() {
        for name in ["NOT KNOWN", "NOTKNOWN", "N A", "XXX", "X X X", "ZZ", "BABY OF ANNA", "TWIN B", "NO FIXED ABODE"] {
            assert!(is_placeholder(name), "{name}");
        }
    }
}
