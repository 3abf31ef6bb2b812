//! Former NHS numbers: what the column beside the current one holds.
//!
//! In: the text of the column, the normalised current number. Out: the former numbers, normalised, each once, without the
//! current one; and why others are left out.
//! The Personal Demographics Service keeps one current number of a person and the ones that it has superseded; another
//! custodian may still hold one of those.

use std::collections::BTreeSet;

use counterfoil_model::FORMER_NUMBERS_MAX;

use crate::normalise::nhs_number_v1;
use crate::plain::Plain;
use crate::reason::{Reason, Severity};

/// What stands between two former numbers.
const SEPARATOR: char = ';';

/// The former numbers of one field of one row, and why others of them are left out, each reason once.
pub(crate) fn former_numbers(text: &str, current: Option<&Plain>) -> (Vec<Plain>, BTreeSet<Reason>) {
    let (mut numbers, mut reasons) = (Vec::<Plain>::new(), BTreeSet::new());
    if text.trim().is_empty() {
        return (numbers, reasons);
    }
    let Some(current) = current else {
        reasons.insert(Reason::FormerWithoutCurrent);
        return (numbers, reasons);
    };
    for written in text.split(SEPARATOR) {
        match nhs_number_v1(written) {
            Err(reason) if reason.severity() == Severity::Absent => {}
            Err(reason) => {
                reasons.insert(reason);
            }
            Ok(number) if numbers.iter().chain([current]).any(|known| known.as_str() == number.as_str()) => {}
            Ok(_) if numbers.len() == FORMER_NUMBERS_MAX => {
                reasons.insert(Reason::FormerTooMany);
                break;
            }
            Ok(number) => numbers.push(number),
        }
    }
    (numbers, reasons)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Made-up numbers of the test range; their check digits are from the Data Dictionary's formula, in Python.
    const NUMBERS: [&str; 10] = [
        "9990000018",
        "9990000026",
        "9990000034",
        "9990000042",
        "9990000050",
        "9990000069",
        "9990000077",
        "9990000085",
        "9990000093",
        "9990000107",
    ];

    fn read(text: &str, current: Option<&str>) -> (Vec<String>, Vec<Reason>) {
        let current = current.map(|number| Plain::new(number.to_owned()));
        let (numbers, reasons) = former_numbers(text, current.as_ref());
        (numbers.iter().map(|number| number.as_str().to_owned()).collect(), reasons.into_iter().collect())
    }

    #[test]
    fn none_one_or_several_are_read_each_once_and_without_the_current() {
        for (text, expected) in [
            ("", &[][..]),
            (" ; ;", &[]),
            ("999 000 0018", &["9990000018"]),
            ("9990000026;9990000018", &["9990000026", "9990000018"]),
            ("999-000-0018 ; 9990000018; 9434765919 ;9990000026;", &["9990000018", "9990000026"]),
        ] {
            let (numbers, reasons) = read(text, Some("9434765919"));
            assert_eq!((numbers, reasons), (expected.iter().map(ToString::to_string).collect(), vec![]), "{text}");
        }
    }

    #[test]
    fn what_fails_is_left_out_and_the_rest_stays() {
        let (numbers, reasons) = read("9990000019;9990000018;123;n/a;9990000027;0000000000", Some("9434765919"));
        assert_eq!(numbers, ["9990000018"]);
        let expected = [
            Reason::NhsNumberCharacter,
            Reason::NhsNumberLength,
            Reason::NhsNumberRepeatedDigit,
            Reason::NhsNumberCheckDigit,
        ];
        assert_eq!(reasons, expected);
    }

    #[test]
    fn the_ninth_is_too_many_and_the_eight_before_it_stay() {
        let (numbers, reasons) = read(&NUMBERS[..8].join(";"), Some("9434765919"));
        assert_eq!((numbers.len(), reasons.as_slice()), (8, &[][..]));
        let mut text = NUMBERS.join(";");
        let (numbers, reasons) = read(&text, Some("9434765919"));
        assert_eq!(numbers, NUMBERS[..8]);
        assert_eq!(reasons, [Reason::FormerTooMany]);
        // The current one and repeated ones do not count.
        text = NUMBERS[..8].join(";");
        write!(text, ";9434765919;{}", NUMBERS[0]).expect("a String takes all");
        assert_eq!(read(&text, Some("9434765919")).1, []);
    }

    #[test]
    fn without_a_current_number_they_are_left_out_and_said() {
        assert_eq!(read("9990000018;9990000026", None), (vec![], vec![Reason::FormerWithoutCurrent]));
        assert_eq!(read("  ", None), (vec![], vec![]));
    }
}
