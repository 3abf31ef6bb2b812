//! How a text comes to be written wrongly, or rightly but otherwise.
//!
//! In: a text and random choices. Out: another text. Absent on purpose: how often; that is `rates`.

use crate::random::Random;

/// Keys next to each letter, `a` to `z`, on a British keyboard.
const NEXT_KEYS: [&str; 26] = [
    "qsz", "vhn", "xvf", "sefc", "wrd", "drgv", "fthb", "gyjn", "uok", "hukm", "jil", "kop", "njk", "bmj", "ipl", "ol",
    "wa", "etf", "awdx", "ryg", "yij", "cbg", "qes", "zcd", "tuh", "asx",
];

/// Letters with marks, and how they are written without.
const MARKS: &[(&str, &str)] = &[
    ("áàâäãåāąăÅÁÀ", "a"),
    ("çćčÇĆČ", "c"),
    ("ďđ", "d"),
    ("éèêëēęěÉÈ", "e"),
    ("ğģ", "g"),
    ("íìîïīıİ", "i"),
    ("ķ", "k"),
    ("łļľŁ", "l"),
    ("ńñňņ", "n"),
    ("óòôöõőøōÓÖØ", "o"),
    ("řŗ", "r"),
    ("śšşșŚŠŞȘ", "s"),
    ("ß", "ss"),
    ("ťțţ", "t"),
    ("úùûüūůű", "u"),
    ("ýÿ", "y"),
    ("źżžŹŻŽ", "z"),
];

/// One typing error: a neighbouring key, a letter left out, doubled, or transposed with the next.
pub(crate) fn typing_error(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 2 {
        return text.to_owned();
    }
    let place = random.index(letters.len());
    match random.below(4) {
        0 => letters[place] = next_key(letters[place], random),
        1 => {
            letters.remove(place);
        }
        2 => letters.insert(place, letters[place]),
        _ => {
            let place = place.min(letters.len() - 2);
            letters.swap(place, place + 1);
        }
    }
    letters.into_iter().collect()
}

/// One wrong digit among several, or two neighbours transposed.
pub(crate) fn digit_error(digits: &str, random: &mut Random) -> String {
    let mut digits: Vec<char> = digits.chars().collect();
    if digits.len() < 2 {
        return digits.into_iter().collect();
    }
    let place = random.index(digits.len() - 1);
    if digits[place] != digits[place + 1] && random.hit(5_000) {
        digits.swap(place, place + 1);
    } else {
        let digit = digits[place].to_digit(10).unwrap_or(0);
        digits[place] = char::from_digit((digit + 1 + random.below(9)) % 10, 10).unwrap_or('0');
    }
    digits.into_iter().collect()
}

/// Apostrophe, hyphen, space or mark written otherwise; `None` where the name has none.
pub(crate) fn special_character(name: &str, random: &mut Random) -> Option<String> {
    let otherwise = if name.contains('\'') {
        name.replace('\'', random.pick(&["", "", "\u{2019}", " ", "`"]))
    } else if name.contains('-') {
        name.replace('-', random.pick(&[" ", " ", "", " - "]))
    } else if name.contains(' ') {
        name.replace(' ', random.pick(&["", "-"]))
    } else if name.is_ascii() {
        let rest = name
            .strip_prefix("Mc")
            .or_else(|| name.strip_prefix("Mac"))
            .filter(|rest| rest.starts_with(char::is_uppercase))?;
        format!("{}{rest}", random.pick(&["Mc", "Mac", "Mc ", "M'"]))
    } else {
        without_marks(name)
    };
    (otherwise != name).then_some(otherwise)
}

/// Upper case, lower case, or stray spaces.
pub(crate) fn restyle(name: &str, random: &mut Random) -> String {
    match random.below(5) {
        0..=2 => name.to_uppercase(),
        3 => name.to_lowercase(),
        _ => format!("{name}{}", random.pick(&[" ", "  "])),
    }
}

/// The name in plain letters.
pub(crate) fn without_marks(name: &str) -> String {
    name.chars().map(plain).collect()
}

fn plain(letter: char) -> String {
    match MARKS.iter().find(|(marked, _)| marked.contains(letter)) {
        Some((_, plain)) if letter.is_uppercase() => plain.to_uppercase(),
        Some((_, plain)) => (*plain).to_owned(),
        None => letter.to_string(),
    }
}

fn next_key(letter: char, random: &mut Random) -> char {
    let lower = letter.to_ascii_lowercase();
    let keys = if lower.is_ascii_lowercase() { NEXT_KEYS[lower as usize - 'a' as usize] } else { "e" };
    char::from(random.pick(keys.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn random() -> Random {
        Random::new(1, Stream::ProgrammeClerk)
    }

    #[test]
    fn a_typing_error_is_one_edit() {
        let mut random = random();
        for _ in 0..500 {
            let wrong = typing_error("Wójcik", &mut random);
            let length = wrong.chars().count();
            assert!((5..=7).contains(&length), "{wrong}");
        }
        assert_eq!(typing_error("X", &mut random), "X");
        assert_eq!(typing_error("", &mut random), "");
    }

    #[test]
    fn a_digit_error_always_changes_the_number_and_keeps_its_length() {
        let mut random = random();
        for digits in ["9990000018", "11", "0000"] {
            for _ in 0..200 {
                let wrong = digit_error(digits, &mut random);
                assert!(wrong != digits && wrong.len() == digits.len(), "{wrong}");
                assert!(wrong.bytes().all(|digit| digit.is_ascii_digit()));
            }
        }
        assert_eq!(digit_error("7", &mut random), "7");
    }

    #[test]
    fn special_characters_change_only_names_that_have_one() {
        let mut random = random();
        assert_eq!(special_character("Smith", &mut random), None);
        assert_eq!(special_character("Machin", &mut random), None, "no capital after Mac");
        assert_eq!(special_character("Łukasz", &mut random).as_deref(), Some("Lukasz"));
        assert_eq!(special_character("Weiß", &mut random).as_deref(), Some("Weiss"));
        for _ in 0..50 {
            let written = special_character("O'Brien", &mut random).unwrap_or_default();
            assert!(written.ends_with("Brien") && !written.contains('\''), "{written}");
        }
    }
}
