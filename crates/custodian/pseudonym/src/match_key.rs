//! Match keys and blocking keys: forms of normalised fields, joined in the declared order.
//!
//! In: the normalised fields of one row. Out: bytes for an HMAC, inside this crate only.
//! Absent on purpose: Debug, Display, Clone, serialisation. A match key is plaintext and never leaves.

use counterfoil_model::{Field, Part, PartForm, Rule};
use ring::hmac;
use zeroize::Zeroizing;

use crate::plain::Plain;
use crate::soundex::soundex;

/// A part with the rule that its field has.
#[derive(Clone, Copy)]
pub(crate) struct PlannedPart {
    field: usize,
    rule: Rule,
    form: PartForm,
}

impl PlannedPart {
    pub(crate) fn new(part: &Part, fields: &[Field]) -> Self {
        Self { field: part.field, rule: fields[part.field].rule, form: part.form }
    }

    /// Whether it is a form of this field.
    pub(crate) fn is_of(&self, field: usize) -> bool {
        self.field == field
    }

    /// Appends the part's UTF-8 text and says whether the row has it.
    pub(crate) fn append_to(&self, out: &mut Vec<u8>, fields: &[Option<Plain>]) -> Option<()> {
        self.append_value(out, fields.get(self.field)?.as_ref()?)
    }

    fn append_value(&self, out: &mut Vec<u8>, value: &Plain) -> Option<()> {
        append_form(out, self.rule, self.form, value.as_str())
    }
}

/// The plaintext of one match key of one row; one buffer is used again for row after row, and wiped when dropped.
#[derive(Default)]
pub(crate) struct MatchKey(Zeroizing<Vec<u8>>);

impl MatchKey {
    /// Joins the parts, each after its length in 4 bytes big-endian, so that no two lists of parts read alike; nothing
    /// when a part is missing.
    pub(crate) fn of(&mut self, parts: &[PlannedPart], fields: &[Option<Plain>]) -> Option<&Self> {
        self.with(parts, fields, None)
    }

    /// The same with another value in the place of one field's.
    pub(crate) fn with(
        &mut self,
        parts: &[PlannedPart],
        fields: &[Option<Plain>],
        instead: Option<(usize, &Plain)>,
    ) -> Option<&Self> {
        self.0.clear();
        for part in parts {
            let start = self.0.len();
            self.0.extend_from_slice(&[0; 4]);
            match instead.filter(|(field, _)| part.is_of(*field)) {
                Some((_, value)) => part.append_value(&mut self.0, value)?,
                None => part.append_to(&mut self.0, fields)?,
            }
            let length = u32::try_from(self.0.len() - start - 4).expect("a field is at most a few kilobytes");
            self.0[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
        Some(self)
    }

    pub(crate) fn sign(&self, key: &hmac::Key) -> hmac::Tag {
        hmac::sign(key, &self.0)
    }
}

fn append_form(out: &mut Vec<u8>, rule: Rule, form: PartForm, value: &str) -> Option<()> {
    let is_name = matches!(rule, Rule::FamilyNameV1 | Rule::GivenNameV1);
    match form {
        // Names are joined: SMITH JONES and SMITHJONES agree.
        PartForm::Whole if is_name => value.split(' ').for_each(|word| out.extend_from_slice(word.as_bytes())),
        PartForm::Whole => out.extend_from_slice(value.as_bytes()),
        PartForm::Initial => append_first(out, value, 1),
        PartForm::FirstThree => append_first(out, value, 3),
        // The first word of a name; of a postcode, which is its outward part, one space, its inward part, the outward.
        PartForm::FirstWord | PartForm::Outward => out.extend_from_slice(value.split(' ').next()?.as_bytes()),
        PartForm::Soundex => out.extend_from_slice(&soundex(value)?),
        // A date is eight digits, year first.
        PartForm::Year => out.extend_from_slice(value.get(..4)?.as_bytes()),
        PartForm::YearMonth => out.extend_from_slice(value.get(..6)?.as_bytes()),
        PartForm::MonthDay => out.extend_from_slice(value.get(4..)?.as_bytes()),
        PartForm::DayMonthUnordered => {
            let (month, day) = (value.get(4..6)?, value.get(6..)?);
            for digits in [value.get(..4)?, month.min(day), month.max(day)] {
                out.extend_from_slice(digits.as_bytes());
            }
        }
        PartForm::Sector => out.extend_from_slice(value.get(..value.find(' ')? + 2)?.as_bytes()),
    }
    Some(())
}

/// The first characters that are not spaces, or as many as there are.
fn append_first(out: &mut Vec<u8>, value: &str, count: usize) {
    let mut bytes = [0; 4];
    for c in value.chars().filter(|c| *c != ' ').take(count) {
        out.extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(rule: Rule, form: PartForm, value: &str) -> Option<String> {
        let mut out = Vec::new();
        append_form(&mut out, rule, form, value)?;
        String::from_utf8(out).ok()
    }

    #[test]
    fn each_form_is_what_its_name_says() {
        use PartForm as F;
        use Rule as R;
        for (rule, part_form, value, expected) in [
            (R::FamilyNameV1, F::Whole, "SMITH JONES", "SMITHJONES"),
            (R::FamilyNameV1, F::Initial, "ÉTÉ", "É"),
            (R::FamilyNameV1, F::FirstThree, "NG", "NG"),
            (R::FamilyNameV1, F::FirstThree, "LE ROUX", "LER"),
            (R::FamilyNameV1, F::FirstWord, "SMITH JONES", "SMITH"),
            (R::FamilyNameV1, F::Soundex, "ASHCRAFT", "A261"),
            (R::AddressWordsV1, F::Whole, "8 HIGH STREET", "8 HIGH STREET"),
            (R::DateOfBirthV1, F::Whole, "19500403", "19500403"),
            (R::DateOfBirthV1, F::Year, "19500403", "1950"),
            (R::DateOfBirthV1, F::YearMonth, "19500403", "195004"),
            (R::DateOfBirthV1, F::MonthDay, "19500403", "0403"),
            (R::DateOfBirthV1, F::DayMonthUnordered, "19500403", "19500304"),
            (R::DateOfBirthV1, F::DayMonthUnordered, "19500304", "19500304"),
            (R::PostcodeV1, F::Whole, "DN31 1AA", "DN31 1AA"),
            (R::PostcodeV1, F::Outward, "DN31 1AA", "DN31"),
            (R::PostcodeV1, F::Sector, "DN31 1AA", "DN31 1"),
        ] {
            assert_eq!(form(rule, part_form, value).as_deref(), Some(expected), "{}", part_form.name());
        }
    }

    #[test]
    fn a_name_in_another_script_has_no_soundex() {
        assert_eq!(form(Rule::FamilyNameV1, PartForm::Soundex, "ИВАНОВ"), None);
        assert_eq!(form(Rule::FamilyNameV1, PartForm::FirstThree, "ИВАНОВ").as_deref(), Some("ИВА"));
    }

    #[test]
    fn parts_cannot_run_into_each_other() {
        let part = |field| PlannedPart { field, rule: Rule::IdentifierV1, form: PartForm::Whole };
        let key = |first: &str, second: &str| {
            let fields = [Some(Plain::new(first.to_owned())), Some(Plain::new(second.to_owned()))];
            let mut key = MatchKey::default();
            key.of(&[part(0), part(1)], &fields).map(|key| key.0.to_vec())
        };
        assert_eq!(key("AB", "C"), Some(b"\0\0\0\x02AB\0\0\0\x01C".to_vec()));
        assert_ne!(key("AB", "C"), key("A", "BC"));
    }

    #[test]
    fn a_missing_part_means_no_match_key() {
        let part = |field| PlannedPart { field, rule: Rule::IdentifierV1, form: PartForm::Whole };
        let fields = [Some(Plain::new("AB".to_owned())), None];
        let mut key = MatchKey::default();
        assert!(key.of(&[part(0)], &fields).is_some());
        assert!(key.of(&[part(0), part(1)], &fields).is_none());
        assert!(key.of(&[part(2)], &fields).is_none());
    }
}
