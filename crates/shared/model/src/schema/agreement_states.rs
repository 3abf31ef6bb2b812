//! In how many ways a field of two rows can agree.
//!
//! In: a schema. Out: for every field that it compares, the sets of forms that can agree together, best first. Whole
//! values that agree agree in every form; two dates that agree in year and month and in month and day agree in all. The
//! last set of each field is empty: nothing agrees that the schema looks at.

use std::collections::BTreeSet;

use super::{LinkageSchema, PartForm, Rule};

/// The forms in which one field of two rows agrees.
pub type AgreementState = BTreeSet<PartForm>;

/// Every field that stands in a match key, a blocking rule or the CLK, by its position in the schema, with the states
/// that can be told apart by the forms that stand there.
pub fn agreement_states(schema: &LinkageSchema) -> Vec<(usize, Vec<AgreementState>)> {
    let parts = schema.tokens().flat_map(|(_, parts)| parts);
    let features = schema.clk().into_iter().flat_map(super::ClkSettings::parts);
    let parts: Vec<_> = parts.chain(features).collect();
    let fields = schema.fields().iter().enumerate().filter_map(|(position, field)| {
        let used: BTreeSet<_> = parts.iter().filter(|part| part.field == position).map(|part| part.form).collect();
        (!used.is_empty()).then(|| (position, states(field.rule, &used)))
    });
    fields.collect()
}

/// Sets of forms that can agree, seen through the forms in use: more forms first, then by the forms' order.
fn states(rule: Rule, used: &BTreeSet<PartForm>) -> Vec<AgreementState> {
    let forms = rule.forms();
    let subsets = (0u32..1 << forms.len()).map(|chosen| {
        forms.iter().enumerate().filter(|(place, _)| chosen >> place & 1 == 1).map(|(_, form)| *form).collect()
    });
    let possible = subsets.filter(|subset: &AgreementState| closed(subset, forms) == *subset);
    let seen: BTreeSet<AgreementState> = possible.map(|subset| subset.intersection(used).copied().collect()).collect();
    let mut states: Vec<_> = seen.into_iter().collect();
    states.sort_by_key(|state| std::cmp::Reverse(state.len()));
    states
}

/// All that agrees when these forms do, of the forms that the field's rule has.
fn closed(agreeing: &AgreementState, forms: &[PartForm]) -> AgreementState {
    use PartForm as F;
    let mut closed = agreeing.clone();
    // Each pair of forms says all there is of a date.
    let whole_date = [[F::Year, F::MonthDay], [F::DayMonthUnordered, F::YearMonth]];
    if whole_date.iter().any(|pair| pair.iter().all(|form| closed.contains(form))) {
        closed.insert(F::Whole);
    }
    let implied = |form: PartForm| -> &[PartForm] {
        match form {
            F::Whole => &[
                F::Initial,
                F::FirstThree,
                F::FirstWord,
                F::Soundex,
                F::Year,
                F::YearMonth,
                F::DayMonthUnordered,
                F::MonthDay,
                F::Outward,
                F::Sector,
            ],
            F::FirstThree | F::FirstWord | F::Soundex => &[F::Initial],
            F::YearMonth | F::DayMonthUnordered => &[F::Year],
            F::Sector => &[F::Outward],
            F::Initial | F::Year | F::MonthDay | F::Outward => &[],
        }
    };
    let all: Vec<_> = closed.iter().copied().collect();
    closed.extend(all.into_iter().flat_map(implied).filter(|form| forms.contains(form)));
    closed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rule: Rule, used: &[PartForm]) -> Vec<Vec<PartForm>> {
        let states = states(rule, &used.iter().copied().collect());
        states.into_iter().map(|state| state.into_iter().collect()).collect()
    }

    #[test]
    fn whole_comes_first_and_nothing_last() {
        use PartForm as F;
        assert_eq!(of(Rule::NhsNumberV1, &[F::Whole]), [vec![F::Whole], vec![]]);
        assert_eq!(
            of(Rule::PostcodeV1, &[F::Whole, F::Sector, F::Outward]),
            [vec![F::Whole, F::Outward, F::Sector], vec![F::Outward, F::Sector], vec![F::Outward], vec![]]
        );
    }

    #[test]
    fn a_date_agrees_in_six_ways_and_no_more() {
        use PartForm as F;
        // Whole; unordered with the year; year and month with the year; the year; month and day; nothing.
        let states = of(Rule::DateOfBirthV1, &[F::Whole, F::Year, F::YearMonth, F::DayMonthUnordered, F::MonthDay]);
        assert_eq!(states.len(), 6, "{states:?}");
        assert_eq!(states[0].len(), 5);
        for state in
            [vec![F::Year, F::YearMonth], vec![F::Year, F::DayMonthUnordered], vec![F::Year], vec![F::MonthDay]]
        {
            assert!(states.contains(&state), "{state:?}");
        }
    }

    #[test]
    fn a_form_that_no_key_uses_tells_nothing_apart() {
        use PartForm as F;
        let states = of(Rule::FamilyNameV1, &[F::Whole, F::Soundex]);
        assert_eq!(states, [vec![F::Whole, F::Soundex], vec![F::Soundex], vec![]]);
        // Sounds alike, begins alike, both, neither: without the whole value in use, equal values look like both.
        let states = of(Rule::FamilyNameV1, &[F::Soundex, F::FirstThree]);
        assert_eq!(states.len(), 4);
    }
}
