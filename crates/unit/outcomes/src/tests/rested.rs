//! What figures rest on, and how coarse that makes them.

use crate::figures::Resting;

fn people(people: u64, degrees: u64) -> Resting {
    Resting::with_degrees(degrees).and_people(people)
}

#[test]
fn the_weaker_of_two_in_everything() {
    let both = |one: Resting, other: Resting| [one.worse(other).parts(), other.worse(one).parts()];
    assert_eq!(both(people(12, 5), people(9, 7)), [(9, 5, None); 2]);
    // An empty group is shown as such, and shows nobody.
    assert_eq!(both(people(0, 5), people(9, 7)), [(9, 5, None); 2]);
    assert_eq!(both(people(0, 5), people(0, 7)), [(0, 5, None); 2]);
    let money = |pence: [u64; 3]| Resting::with_degrees(9).and_amounts(pence.into_iter().map(|of| (of, 1.0)), true);
    let (even, uneven) = (money([10, 10, 10]), money([98, 1, 1]));
    assert_eq!(both(even, uneven), [(3, 9, Some([100, 98, 1])); 2]);
    assert_eq!(both(even, people(9, 4)), [(3, 4, Some([30, 10, 10])); 2]);
}

/// A p-value of 400 people moves by at most 0.4 / 20 = 0.02 with one more. Its grain is of 3 / 400 of the terms: of 0.02.
#[test]
fn a_p_value_is_as_coarse_as_one_person_moves_it() {
    for (number, moved) in [(400, 0.02), (100, 0.04), (16, 0.1)] {
        let terms = people(number, 100).p_value_terms();
        assert!((3.0 / number as f64 * terms - moved).abs() < 1e-12, "{number}: {terms}");
    }
    assert!(people(0, 100).p_value_terms().abs() < 1e-12);
}
