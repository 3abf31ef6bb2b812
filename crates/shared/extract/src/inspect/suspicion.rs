//! Does a column look like an identifier? Rules of thumb, each with its chance of a false alarm.

use counterfoil_model::{CODES_MAX, Code};
use jiff::civil::Date;

use super::{ColumnKind, Distinct, FindingReason};

/// Words in a column's name that say it is an identifier.
const IDENTIFIER_WORDS: [&str; 15] = [
    "name",
    "surname",
    "forename",
    "birth",
    "born",
    "dob",
    "nhs",
    "chi",
    "postcode",
    "address",
    "street",
    "phone",
    "telephone",
    "email",
    "mail",
];
/// Phrases that do.
const IDENTIFIER_PHRASES: [&str; 3] = ["local_id", "patient_id", "record_id"];
/// Days in 60 years.
const DAYS_60_YEARS: i64 = 21_915;
/// A random `person_ref` is below this in 1 of 2^24 cases; record numbers and NHS numbers always are.
const SMALL_REF: u64 = 1 << 40;

/// What has been seen of one column.
pub(super) struct Suspicion {
    kind: ColumnKind,
    has_identifier_name: bool,
    values: u64,
    long_texts: u64,
    not_codes: u64,
    nhs_texts: u64,
    ten_digit_numbers: u64,
    nhs_numbers: u64,
    not_keyed: u64,
    written_days: u64,
}

impl Suspicion {
    pub(super) fn new(kind: ColumnKind, name: &str) -> Self {
        // `token_nhs_number` is a token, whatever match key it is named after.
        let is_keyed = matches!(
            kind,
            ColumnKind::PersonRef
                | ColumnKind::Token
                | ColumnKind::FormerToken
                | ColumnKind::BlockingToken
                | ColumnKind::Clk(_)
        );
        let name = name.to_lowercase();
        let mut words = name.split(|character: char| !character.is_ascii_alphabetic());
        // A year of birth is what people are compared by; days that are written as whole numbers are found by their values.
        let is_year_of_birth = kind == ColumnKind::Integer && ["birth_year", "year_of_birth"].contains(&name.as_str());
        let is_named = words.any(|word| IDENTIFIER_WORDS.contains(&word))
            || IDENTIFIER_PHRASES.iter().any(|phrase| name.contains(phrase));
        Self {
            kind,
            has_identifier_name: !is_keyed && is_named && !is_year_of_birth,
            values: 0,
            long_texts: 0,
            not_codes: 0,
            nhs_texts: 0,
            ten_digit_numbers: 0,
            nhs_numbers: 0,
            not_keyed: 0,
            written_days: 0,
        }
    }

    /// Looks at a value, as Parquet keeps it (numbers are little-endian).
    pub(super) fn add(&mut self, value: &[u8]) {
        self.values += 1;
        match self.kind {
            ColumnKind::Token | ColumnKind::FormerToken | ColumnKind::BlockingToken => {
                self.not_keyed += u64::from(is_readable(value) || is_mostly_zero(value));
            }
            ColumnKind::Clk(_) => self.not_keyed += u64::from(is_readable(value)),
            ColumnKind::Date => {}
            ColumnKind::PersonRef | ColumnKind::Integer => self.add_number(value),
            ColumnKind::Code | ColumnKind::Other => {
                self.add_number(value);
                self.add_text(value);
            }
        }
    }

    fn add_text(&mut self, value: &[u8]) {
        let text = std::str::from_utf8(value).unwrap_or("\u{fffd}");
        self.long_texts += u64::from(value.len() > 64);
        self.not_codes += u64::from(Code::parse(text).is_err());
        self.nhs_texts += u64::from(is_nhs_number(text));
    }

    fn add_number(&mut self, value: &[u8]) {
        let number = match (value.try_into(), value.try_into()) {
            (Ok(bytes), _) => u64::from_le_bytes(bytes),
            (_, Ok(bytes)) => u64::try_from(i32::from_le_bytes(bytes)).unwrap_or(0),
            _ => return,
        };
        self.not_keyed += u64::from(self.kind == ColumnKind::PersonRef && number < SMALL_REF);
        self.written_days += u64::from(self.kind == ColumnKind::Integer && written_day(number).is_some());
        if (1_000_000_000..10_000_000_000).contains(&number) {
            self.ten_digit_numbers += 1;
            self.nhs_numbers += u64::from(is_nhs_number(&number.to_string()));
        }
    }

    /// What there is to say about the column.
    pub(super) fn reasons(&self, distinct: Distinct, range: Option<(i32, i32)>) -> Vec<FindingReason> {
        let is_text = self.kind == ColumnKind::Code;
        let many_codes = match distinct {
            Distinct::Exactly(count) => count > CODES_MAX as u64,
            Distinct::MoreThan(_) => true,
        };
        let days = range.map_or(0, |range| self.days_between(range));
        // One number of ten digits in eleven fits by chance; a column of NHS numbers fits throughout.
        let nhs_numbers = self.nhs_numbers > 0 && self.nhs_numbers * 2 > self.ten_digit_numbers;
        let checks = [
            (self.kind == ColumnKind::Other, FindingReason::Type),
            (self.has_identifier_name, FindingReason::IdentifierName),
            (is_text && self.long_texts > 0, FindingReason::LongText),
            (is_text && self.not_codes > 0, FindingReason::NotCode),
            (is_text && many_codes, FindingReason::ManyCodes),
            (self.nhs_texts > 0 || nhs_numbers, FindingReason::NhsNumber),
            // Eight random bytes are all readable in 4 of 10,000 cases; one in a hundred is no chance.
            (self.not_keyed * 100 > self.values, FindingReason::NotKeyed),
            (days > DAYS_60_YEARS, FindingReason::BirthDates),
        ];
        checks.into_iter().filter(|(found, _)| *found).map(|(_, reason)| reason).collect()
    }
}

impl Suspicion {
    /// Days from the first to the last of a column of days, or of whole numbers that are all days written as `19500403`:
    /// one number of eight digits in 700 is one by chance (128,000 days of 90 million), a column throughout is not.
    fn days_between(&self, (first, last): (i32, i32)) -> i64 {
        let written = |number: i32| u64::try_from(number).ok().and_then(written_day);
        match self.kind {
            ColumnKind::Date => i64::from(last) - i64::from(first),
            ColumnKind::Integer if self.values > 0 && self.written_days == self.values => {
                written(first).zip(written(last)).map_or(0, |(first, last)| i64::from((last - first).get_days()))
            }
            _ => 0,
        }
    }
}

/// The day of 1850 to 2199 that a number is when it is read as `yyyymmdd`.
fn written_day(number: u64) -> Option<Date> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let year = i16::try_from(year).ok().filter(|year| (1_850..2_200).contains(year))?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn is_readable(value: &[u8]) -> bool {
    let end = value.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    value[..end].iter().all(|byte| (b' '..=b'~').contains(byte))
}

fn is_mostly_zero(value: &[u8]) -> bool {
    let zeros: usize = value.iter().map(|&byte| usize::from(byte == 0)).sum();
    zeros * 2 >= value.len()
}

/// Ten digits, spaces and hyphens aside, of which the last is the check digit of the rest (NHS Data Dictionary: weights
/// 10 to 2, 11 less the remainder by 11, where 11 is written 0 and 10 does not occur). Shorter than the rule that
/// normalises NHS numbers: it must not miss one, and may take a test number for one.
fn is_nhs_number(text: &str) -> bool {
    let digits: Option<Vec<u32>> =
        text.chars().filter(|character| !" -".contains(*character)).map(|character| character.to_digit(10)).collect();
    let Some([first_nine @ .., check]) = digits.as_deref() else { return false };
    if first_nine.len() != 9 {
        return false;
    }
    let sum: u32 = first_nine.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    (11 - sum % 11) % 11 == *check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nhs_numbers_are_known_by_their_check_digit() {
        // 943 476 5919 is the NHS Data Dictionary's own example; 401 023 2137 is that of its check-digit page.
        for number in ["9434765919", "943 476 5919", "943-476-5919", "4010232137"] {
            assert!(is_nhs_number(number), "{number}");
        }
        for other in ["9434765918", "4010232138", "943476591", "94347659190", "943476591x", "", "2024-01-31"] {
            assert!(!is_nhs_number(other), "{other}");
        }
    }

    #[test]
    fn whole_numbers_that_are_all_days_of_many_years_are_taken_for_dates_of_birth() {
        let is_found = |kind, numbers: &[i32]| {
            let mut suspicion = Suspicion::new(kind, "a");
            for number in numbers {
                suspicion.add(&number.to_le_bytes());
            }
            let range = numbers.iter().min().copied().zip(numbers.iter().max().copied());
            suspicion.reasons(Distinct::Exactly(numbers.len() as u64), range).contains(&FindingReason::BirthDates)
        };
        assert!(is_found(ColumnKind::Integer, &[19_500_403, 20_120_229, 18_991_231]));
        // 1950-04-03 and 21,916 days later, by Python; and one day less.
        assert!(is_found(ColumnKind::Integer, &[19_500_403, 20_100_404]));
        assert!(!is_found(ColumnKind::Integer, &[19_500_403, 20_100_403]));
        for others in [
            &[19_500_403, 20_120_229, 20_110_229][..],
            &[19_500_403, 20_120_229, 0],
            &[19_501_303, 20_120_229],
            &[19_500_400, 20_120_229],
            &[-19_500_403, 20_120_229],
            &[18_491_231, 19_500_403],
            &[19_500_403, 22_000_101],
            &[20_230_101, 20_251_231],
            &[],
        ] {
            assert!(!is_found(ColumnKind::Integer, others), "{others:?}");
        }
        assert!(!is_found(ColumnKind::Date, &[19_723, 20_000]));
        assert!(is_found(ColumnKind::Date, &[-10_000, 12_000]));
    }

    #[test]
    fn text_in_a_keyed_column_is_seen() {
        for plain in [b"SMITH\0\0\0".as_slice(), b"SW1A 1AA", &[0; 8], &7_u64.to_be_bytes()] {
            assert!(is_readable(plain) || is_mostly_zero(plain), "{plain:?}");
        }
        // The first bytes of RFC 4231's second test case.
        let keyed = [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e];
        assert!(!is_readable(&keyed) && !is_mostly_zero(&keyed));
    }

    #[test]
    fn a_column_is_an_identifier_by_name_only_when_it_is_not_keyed() {
        let named = |kind, name| Suspicion::new(kind, name).has_identifier_name;
        assert!(named(ColumnKind::Code, "family_name"));
        assert!(named(ColumnKind::Date, "date_of_birth"));
        assert!(named(ColumnKind::Integer, "DOB"));
        assert!(named(ColumnKind::Integer, "nhs-number"));
        assert!(named(ColumnKind::Other, "LOCAL_ID"));
        assert!(!named(ColumnKind::Code, "local_authority"));
        assert!(!named(ColumnKind::Token, "token_nhs_number"));
        assert!(!named(ColumnKind::Integer, "imd_decile"));
        assert!(!named(ColumnKind::Integer, "birth_year"));
        assert!(named(ColumnKind::Date, "birth_year"));
        assert!(named(ColumnKind::Integer, "birth_year_month"));
    }
}
