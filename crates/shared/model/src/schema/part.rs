//! Rules that normalise a field, and the forms in which a normalised field can be used.

use crate::code::Code;
use crate::schema::Field;

/// A versioned normalisation rule. A change in behaviour is a new version, never an edit: two custodians with
/// different builds must not make different tokens under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// NHS number: 10 digits, modulus 11 (NHS Data Dictionary, NHS NUMBER).
    NhsNumberV1,
    /// Family name.
    FamilyNameV1,
    /// Given name or names.
    GivenNameV1,
    /// Date of birth, in the form that the column declares.
    DateOfBirthV1,
    /// Sex or gender code.
    SexV1,
    /// United Kingdom postcode.
    PostcodeV1,
    /// GP practice code (ODS).
    GpPracticeV1,
    /// Any other exact identifier: letters and digits.
    IdentifierV1,
    /// Free words of an address.
    AddressWordsV1,
}

/// A form of a normalised field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartForm {
    /// The whole normalised value.
    Whole,
    /// The first character.
    Initial,
    /// The first three characters.
    FirstThree,
    /// The first word.
    FirstWord,
    /// American Soundex of the whole value.
    Soundex,
    /// Year of a date.
    Year,
    /// Year and month of a date.
    YearMonth,
    /// Year of a date, then day and month in ascending order: equal for a date and for the same date with day and
    /// month exchanged.
    DayMonthUnordered,
    /// Month and day of a date, without the year.
    MonthDay,
    /// Outward part of a postcode, `DN31`.
    Outward,
    /// Outward part and the first inward digit, `DN31 1`.
    Sector,
}

const RULES: [(Rule, &str); 9] = [
    (Rule::NhsNumberV1, "nhs_number_v1"),
    (Rule::FamilyNameV1, "family_name_v1"),
    (Rule::GivenNameV1, "given_name_v1"),
    (Rule::DateOfBirthV1, "date_of_birth_v1"),
    (Rule::SexV1, "sex_v1"),
    (Rule::PostcodeV1, "postcode_v1"),
    (Rule::GpPracticeV1, "gp_practice_v1"),
    (Rule::IdentifierV1, "identifier_v1"),
    (Rule::AddressWordsV1, "address_words_v1"),
];

const FORMS: [(PartForm, &str); 11] = [
    (PartForm::Whole, "whole"),
    (PartForm::Initial, "initial"),
    (PartForm::FirstThree, "first_three"),
    (PartForm::FirstWord, "first_word"),
    (PartForm::Soundex, "soundex"),
    (PartForm::Year, "year"),
    (PartForm::YearMonth, "year_month"),
    (PartForm::DayMonthUnordered, "day_month_unordered"),
    (PartForm::MonthDay, "month_day"),
    (PartForm::Outward, "outward"),
    (PartForm::Sector, "sector"),
];

impl Rule {
    /// The name in a schema file.
    pub fn name(self) -> &'static str {
        RULES.iter().find(|(rule, _)| *rule == self).map_or("", |(_, name)| name)
    }

    pub(super) fn find(name: &str) -> Option<Self> {
        RULES.iter().find(|(_, known)| *known == name).map(|(rule, _)| *rule)
    }

    pub(super) fn names() -> String {
        RULES.map(|(_, name)| name).join(", ")
    }

    /// The forms that a field under this rule can take.
    pub fn forms(self) -> &'static [PartForm] {
        use PartForm as F;
        match self {
            Self::NhsNumberV1 | Self::SexV1 | Self::GpPracticeV1 | Self::IdentifierV1 => &[F::Whole],
            Self::FamilyNameV1 | Self::GivenNameV1 | Self::AddressWordsV1 => {
                &[F::Whole, F::Initial, F::FirstThree, F::FirstWord, F::Soundex]
            }
            Self::DateOfBirthV1 => &[F::Whole, F::Year, F::YearMonth, F::DayMonthUnordered, F::MonthDay],
            Self::PostcodeV1 => &[F::Whole, F::Outward, F::Sector],
        }
    }
}

impl PartForm {
    /// The name in a schema file, as in `postcode.outward`.
    pub fn name(self) -> &'static str {
        FORMS.iter().find(|(form, _)| *form == self).map_or("", |(_, name)| name)
    }
}

/// A field in one of its forms, as in `date_of_birth.year`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Position of the field in [`crate::LinkageSchema::fields`].
    pub field: usize,
    /// The form.
    pub form: PartForm,
}

impl Part {
    /// Resolves `field` or `field.form`; the error says what would be right.
    pub(super) fn resolve(text: &str, fields: &[Field]) -> Result<Self, String> {
        let (field_name, form_name) = text.split_once('.').unwrap_or((text, "whole"));
        let field = Code::parse(field_name)
            .ok()
            .and_then(|name| fields.iter().position(|field| field.name == name))
            .ok_or_else(|| format!("part `{text}` names no declared [[field]]"))?;
        let forms = fields[field].rule.forms();
        let form = forms.iter().find(|form| form.name() == form_name).ok_or_else(|| {
            let known: Vec<_> = forms.iter().map(|form| form.name()).collect();
            format!("part `{text}`: rule {} has the forms {}", fields[field].rule.name(), known.join(", "))
        })?;
        Ok(Self { field, form: *form })
    }
}
