//! Agreement vectors: every way in which the fields of a pair can agree that makes its tokens agree as they were seen.
//!
//! In: which tokens two rows could share, and which they do. Out: the agreement vectors that explain it, one state a
//! field. Often there is one; where few tokens agree there are many, because a field that agrees alone makes no token of
//! several fields agree. The model weighs them all ([`crate::fit`]).

use std::collections::BTreeMap;

use counterfoil_model::COMPARED_FIELDS_MAX;

use crate::evidence::Evidence;

/// State by compared field; [`UNKNOWN`] where the field is missing in one of the rows.
pub(crate) type AgreementVector = [u8; COMPARED_FIELDS_MAX];

/// A field of which nothing is known.
pub(crate) const UNKNOWN: u8 = u8::MAX;

/// The vectors behind each of these sets of agreeing tokens, for one set of comparable tokens. A set that nothing
/// explains (one form agrees where the schema's rules say that another must too: an accent that Soundex drops, say) gets
/// the vectors with the fewest tokens amiss.
pub(crate) fn explain(evidence: &Evidence, comparable: u64, agreeing: &[u64]) -> BTreeMap<u64, Vec<AgreementVector>> {
    let mut found: BTreeMap<u64, Vec<AgreementVector>> = agreeing.iter().map(|mask| (*mask, Vec::new())).collect();
    let fields: Vec<_> = evidence.comparable_fields(comparable).collect();
    visit(evidence, &fields, comparable, &mut [UNKNOWN; COMPARED_FIELDS_MAX], &mut |mask, vector| {
        if let Some(vectors) = found.get_mut(&mask) {
            vectors.push(*vector);
        }
    });
    let unexplained: Vec<u64> = found.iter().filter(|(_, vectors)| vectors.is_empty()).map(|(mask, _)| *mask).collect();
    if !unexplained.is_empty() {
        let mut nearest: Vec<(u32, Vec<AgreementVector>)> = vec![(u32::MAX, Vec::new()); unexplained.len()];
        visit(evidence, &fields, comparable, &mut [UNKNOWN; COMPARED_FIELDS_MAX], &mut |mask, vector| {
            for (wanted, (least, vectors)) in unexplained.iter().zip(&mut nearest) {
                let amiss = (mask ^ wanted).count_ones();
                if amiss < *least {
                    (*least, *vectors) = (amiss, Vec::new());
                }
                if amiss == *least {
                    vectors.push(*vector);
                }
            }
        });
        found.extend(unexplained.into_iter().zip(nearest).map(|(mask, (_, vectors))| (mask, vectors)));
    }
    found
}

/// Every vector over these fields, with the tokens that agree under it.
fn visit(
    evidence: &Evidence,
    fields: &[usize],
    agreeing: u64,
    vector: &mut AgreementVector,
    see: &mut impl FnMut(u64, &AgreementVector),
) {
    let Some((field, rest)) = fields.split_first() else { return see(agreeing, vector) };
    for (state, lets_agree) in (0..).zip(&evidence.fields[*field].lets_agree) {
        vector[*field] = state;
        visit(evidence, rest, agreeing & lets_agree, vector, see);
    }
    vector[*field] = UNKNOWN;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema;

    #[test]
    fn a_vector_explains_the_tokens_that_it_makes_agree() {
        let evidence = Evidence::of(&schema());
        // Number, given name, date and sex agree; family name and postcode differ.
        let (comparable, agreeing) = (0b1_1111_1111, 0b0_0100_0011);
        let explained = explain(&evidence, comparable, &[agreeing]);
        let vectors = &explained[&agreeing];
        let last = |field: usize| u8::try_from(evidence.fields[field].states.len() - 1).expect("few");
        // The sample's fields stand in order. Number and date agree as a whole; sex agrees; the family name agrees in
        // nothing, since birth_family does not agree; the postcode in nothing, since birth_postcode does not.
        assert!(!vectors.is_empty());
        for vector in vectors {
            assert_eq!((vector[0], vector[1], vector[3], vector[4], vector[5]), (0, last(1), 0, last(4), 0));
            // The given name begins alike, and whether it is the same nobody can say.
            assert!(vector[2] <= 1, "{vector:?}");
        }
        assert_eq!(vectors.len(), 2);
    }

    #[test]
    fn a_field_that_a_row_lacks_is_unknown() {
        let evidence = Evidence::of(&schema());
        // Only birth_given and birth_sex_given can be compared.
        let explained = explain(&evidence, 0b0_0100_0010, &[0b0_0100_0010]);
        for vector in &explained[&0b0_0100_0010] {
            assert_eq!((vector[0], vector[1], vector[4]), (UNKNOWN, UNKNOWN, UNKNOWN));
        }
    }

    #[test]
    fn every_vector_stands_behind_exactly_one_set_of_tokens() {
        let evidence = Evidence::of(&schema());
        let comparable = 0b1_1111_1111;
        let mut masks = Vec::new();
        let all: Vec<usize> = (0..6).collect();
        visit(&evidence, &all, comparable, &mut [UNKNOWN; COMPARED_FIELDS_MAX], &mut |mask, _| masks.push(mask));
        let vectors: usize = evidence.fields.iter().map(|field| field.states.len()).product();
        assert_eq!(masks.len(), vectors);
        masks.sort_unstable();
        masks.dedup();
        let explained = explain(&evidence, comparable, &masks);
        assert_eq!(explained.values().map(Vec::len).sum::<usize>(), vectors);
    }

    #[test]
    fn what_nothing_explains_gets_the_nearest() {
        let evidence = Evidence::of(&schema());
        // birth_sex_given has no part that birth_given lacks but the sex, which postcode_year_sex shows to agree: so with
        // them both, and birth_postcode, birth_sex_given must agree too.
        let impossible = 0b0_1000_1010;
        let explained = explain(&evidence, 0b1_1111_1111, &[impossible]);
        let nearest = &explained[&impossible];
        assert!(!nearest.is_empty());
        for vector in nearest {
            let made = evidence
                .fields
                .iter()
                .zip(vector)
                .fold(0b1_1111_1111, |mask, (field, state)| mask & field.lets_agree[*state as usize]);
            assert_eq!((made ^ impossible).count_ones(), 1, "{made:b}");
        }
    }
}
