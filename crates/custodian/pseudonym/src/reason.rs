//! Why a value counts as missing, or a row is left out. A closed list: a reason has no room for the value.

use std::fmt;

use counterfoil_model::ValueError;

/// What a reason means for the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing was there. Not a problem, and not reported.
    Absent,
    /// The field counts as missing; the rest of the row goes on.
    FieldMissing,
    /// The whole row is left out.
    RowRejected,
}

macro_rules! reasons {
    ($($variant:ident, $name:literal, $severity:ident, $text:literal;)*) => {
        /// Why a value counts as missing, or a row is left out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $(#[doc = $text] $variant,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A short machine name, stable across versions.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means for the row.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }
        }

        impl fmt::Display for Reason {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)* })
            }
        }
    };
}

reasons! {
    Missing, "missing", Absent, "is empty";
    TooLong, "too-long", FieldMissing, "is longer than 512 bytes";
    DamagedText, "damaged-text", FieldMissing, "holds a replacement character: it was damaged before it came here; export it again as UTF-8";
    Placeholder, "placeholder", FieldMissing, "is a placeholder and names nobody";
    SpreadsheetNumber, "spreadsheet-number", FieldMissing, "is a number that a spreadsheet has rounded; export the column as text";

    NhsNumberCharacter, "nhs-number-character", FieldMissing, "holds something other than digits, spaces and hyphens";
    NhsNumberLength, "nhs-number-length", FieldMissing, "does not have 10 digits";
    NhsNumberRepeatedDigit, "nhs-number-repeated-digit", FieldMissing, "is one digit ten times";
    NhsNumberCheckDigit, "nhs-number-check-digit", FieldMissing, "fails the modulus 11 check";

    FormerTooMany, "former-too-many", FieldMissing, "holds more than 8 former numbers: those after the eighth are left out";
    FormerWithoutCurrent, "former-without-current", FieldMissing, "holds former numbers, but the row has no current one: they are left out";

    NameWithoutLetters, "name-without-letters", FieldMissing, "has no letters";

    DateForm, "date-form", FieldMissing, "is not in the form that the column declares";
    DateNotInCalendar, "date-not-in-calendar", FieldMissing, "is not a day of the calendar";
    DateDefault, "date-default", FieldMissing, "is a default that systems write for an unknown date";
    DateTooEarly, "date-too-early", FieldMissing, "is before 1895-01-01";
    DateInFuture, "date-in-future", FieldMissing, "is in the future";

    SexUnknownCode, "sex-unknown-code", FieldMissing, "is not a code for sex that the rule knows";

    PostcodeForm, "postcode-form", FieldMissing, "is not a United Kingdom postcode";
    PostcodePseudo, "postcode-pseudo", FieldMissing, "is a pseudo-postcode: it stands for no address";

    GpPracticeForm, "gp-practice-form", FieldMissing, "is not one letter and five digits";
    GpPracticePseudo, "gp-practice-pseudo", FieldMissing, "is a code for no practice or an unknown one";

    IdentifierCharacter, "identifier-character", FieldMissing, "holds something other than letters, digits and separators";
    IdentifierRepeated, "identifier-repeated", FieldMissing, "is one character five or more times";

    AddressWithoutWords, "address-without-words", FieldMissing, "has no letters or digits";

    VariableUnknownCode, "variable-unknown-code", FieldMissing, "is not one of the codes that the agreement lists";
    VariableNotInteger, "variable-not-integer", FieldMissing, "is not a whole number";
    VariableOutOfBounds, "variable-out-of-bounds", FieldMissing, "is outside the bounds that the agreement sets";
    VariableNotDate, "variable-not-date", FieldMissing, "is not a date of the form 2026-11-21";

    RowFieldCount, "row-field-count", RowRejected, "does not have as many fields as the header line";
    RowNotUtf8, "row-not-utf8", RowRejected, "is not UTF-8 text; export the file as UTF-8";
    RowWindows1252, "row-windows-1252", RowRejected, "is not UTF-8 text; it looks like Windows-1252: export the file as UTF-8";
    RowLocalIdBlank, "row-local-id-blank", RowRejected, "has no local record number";
    RowLocalIdTooLong, "row-local-id-too-long", RowRejected, "has a local record number longer than 256 bytes";
    RowNoMatchKey, "row-no-match-key", RowRejected, "has no usable match key and no usable blocking rule: too many identifiers are missing";
    RowEventUnknown, "row-event-unknown", RowRejected, "has an event code that the agreement does not list";
    RowMeasureUnknown, "row-measure-unknown", RowRejected, "has a measure that the agreement does not list";
    RowDate, "row-date", RowRejected, "has no date of the form 2026-11-21";
    RowDateRange, "row-date-range", RowRejected, "has a date before 1900 or after 2199";
    RowScore, "row-score", RowRejected, "has no whole number inside the bounds of its measure";
}

impl From<ValueError> for Reason {
    fn from(error: ValueError) -> Self {
        match error {
            ValueError::UnknownCode => Self::VariableUnknownCode,
            ValueError::NotInteger => Self::VariableNotInteger,
            ValueError::OutOfBounds => Self::VariableOutOfBounds,
            ValueError::NotDate => Self::VariableNotDate,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use counterfoil_model::FORMER_NUMBERS_MAX;

    use super::*;

    #[test]
    fn names_are_distinct_and_machine_readable() {
        let names: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        assert!(
            names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit()))
        );
    }

    #[test]
    fn the_limit_in_words_is_the_limit() {
        assert!(Reason::FormerTooMany.to_string().contains(&format!("more than {FORMER_NUMBERS_MAX} former")));
    }

    #[test]
    fn row_reasons_reject_the_row_and_only_they_do() {
        for reason in Reason::ALL {
            let rejects = reason.severity() == Severity::RowRejected;
            assert_eq!(rejects, reason.name().starts_with("row-"), "{}", reason.name());
        }
    }
}
