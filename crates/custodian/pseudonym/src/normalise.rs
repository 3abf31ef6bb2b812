//! Raw identifiers to normalised ones, one file a rule.
//!
//! In: the text of one field. Out: the one spelling that both custodians reach, or the reason why there is none.
//! A change in what a rule does is a new function with a new version, never an edit: builds that normalise differently
//! make different tokens, and the key fingerprint refuses them before any linkage.
//!
//! Each rule has a vector file, `vectors/<rule>.csv`, whose expected values were written by hand.

mod address_words;
mod date_of_birth;
mod family_name;
mod given_name;
mod gp_practice;
mod identifier;
mod nhs_number;
mod placeholder;
mod postcode;
mod sex;
mod text;

pub use address_words::address_words_v1;
pub use date_of_birth::date_of_birth_v1;
pub(crate) use date_of_birth::parse_iso_date;
pub use family_name::family_name_v1;
pub use given_name::given_name_v1;
pub use gp_practice::gp_practice_v1;
pub use identifier::identifier_v1;
pub use nhs_number::nhs_number_v1;
pub use postcode::postcode_v1;
pub use sex::sex_v1;

use counterfoil_model::{ColumnFormat, Rule};
use jiff::civil::Date;

use crate::plain::Plain;
use crate::reason::Reason;

/// Applies a rule. `format` is what the column declares; only dates read it.
///
/// # Errors
/// [`Reason::Missing`] when there is nothing, or why what is there cannot be used.
pub fn normalise(rule: Rule, raw: &str, format: ColumnFormat, today: Date) -> Result<Plain, Reason> {
    match rule {
        Rule::NhsNumberV1 => nhs_number_v1(raw),
        Rule::FamilyNameV1 => family_name_v1(raw),
        Rule::GivenNameV1 => given_name_v1(raw),
        Rule::DateOfBirthV1 => date_of_birth_v1(raw, format, today),
        Rule::SexV1 => sex_v1(raw),
        Rule::PostcodeV1 => postcode_v1(raw),
        Rule::GpPracticeV1 => gp_practice_v1(raw),
        Rule::IdentifierV1 => identifier_v1(raw),
        Rule::AddressWordsV1 => address_words_v1(raw),
    }
}

#[cfg(test)]
mod tests;
