//! How much more it says to share a rare value than a common one.
//!
//! In: how many rows of each side hold the value that two rows share, and, from the fit, how many strangers share values of
//! that token. Out: what the odds of the pair against two unrelated people are multiplied by.
//! Two people called Smith are no wonder, and two called Featherstonehaugh are (Newcombe, Kennedy, Axford and James 1959).
//! The fit knows how often strangers share a value of a field on average; a value that a share `f` of the people bears is
//! shared by one person's two records `f` times and by two strangers `f * f` times, so that beside the average `u` of all
//! values it says `u / f` times as much (Winkler 2000; Splink calls it term-frequency adjustment).
//!
//! **What `f` is.** The rows themselves show it, but for the two in question, which say nothing about others: `n` other rows
//! hold the value where a person's value is held by `mean` others on average. Match keys are made so that hardly two people
//! share a token, and `n` is a small number with much chance in it. So `f` is taken to scatter over people as a gamma
//! distribution of shape [`SHAPE`] and `n` as a Poisson count about it, and the mean of what `f` can then be, beside its
//! mean over all people, gives `u / f = (SHAPE + mean) / (SHAPE + n)` (Robbins 1956). Where `n` is large that is the ratio of
//! counts; where nobody else holds the value, and a file of that size could hardly show anybody, it is little more than one.
//!
//! **One token a pair.** Those that agree share fields, and each would count the same name again. Of them the one that
//! strangers share most often is taken, since its counts say most. Pairs of one pattern that share a row share that value
//! too, so two that were tied are tied still.
//!
//! **Unrelated people alone.** Members of a household agree for a reason, however rare their name.

use counterfoil_model::Relationship;

use crate::agreements::Agreements;
use crate::examine::Files;
use crate::fit::{Fit, FitEnd, Likelihood, Pattern};
use crate::parameters::MATCH;

/// Shape of the distribution of values over people. Of the family names of the United States census of 1990 it is .24, of
/// the given names .50, by their second and third moments.
const SHAPE: f64 = 1.0 / 3.0;

/// No value says more or less than the average by more than this.
const FACTOR_MAX: f64 = 64.0;

/// How common the values of every token are.
#[derive(Debug)]
pub(crate) struct Rarity {
    /// By token: other rows that hold a person's value, on average.
    means: Vec<f64>,
    counted: Counted,
}

/// Whose rows tell how common a value is. A side on which one person may stand several times cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    Both,
    Right,
}

impl Rarity {
    /// Of two files that a model was fitted to. Nothing where belief stands, since the files are too small to tell, and
    /// nothing of one file, whose groups of equal values are the very repeats that are looked for.
    pub(crate) fn of(
        files: Files<'_>,
        agreements: &Agreements,
        fit: &Fit,
        patterns: &[(Pattern, u64)],
        likelihoods: &[Likelihood],
    ) -> Option<Self> {
        let Files::Two { sides, .. } = files else { return None };
        if fit.end == FitEnd::Believed {
            return None;
        }
        let counted = match sides.relationship {
            Relationship::OneToOne => Counted::Both,
            Relationship::ManyToOne => Counted::Right,
        };
        let (left, right) = agreements.held();
        let means = (0..agreements.tokens()).map(|token| {
            let strangers = strangers_sharing(token, fit.parameters.shares[MATCH], patterns, likelihoods);
            // So many strangers of the right hold a left row's value on average, and of the left a right row's.
            let per_row = |held: &[u64]| {
                let rows = held.iter().filter(|held| *held >> token & 1 == 1).count();
                strangers / rows.max(1) as f64
            };
            match counted {
                Counted::Both => per_row(left) + per_row(right),
                Counted::Right => per_row(left),
            }
        });
        Some(Self { means: means.collect(), counted })
    }

    /// Of the tokens that agree, which is at least one, the one that strangers share most often.
    fn commonest(&self, agreeing: u64) -> usize {
        let agreeing = (0..self.means.len()).filter(|token| agreeing >> token & 1 == 1);
        agreeing.reduce(|one, next| if self.means[next] > self.means[one] { next } else { one }).unwrap_or(0)
    }

    /// The factor of two rows that agree in these tokens.
    pub(crate) fn factor(&self, agreements: &Agreements, agreeing: u64, left: u32, right: u32) -> f64 {
        let token = self.commonest(agreeing);
        let (of_left, of_right) = agreements.rows_sharing(token, left, right);
        let others = match self.counted {
            Counted::Both => of_left + of_right - 2,
            Counted::Right => of_right - 1,
        };
        factor(self.means[token], others)
    }

    /// The factor where nobody else holds the value.
    pub(crate) fn highest(&self, agreeing: u64) -> f64 {
        factor(self.means[self.commonest(agreeing)], 0)
    }
}

/// Pairs of unrelated people that are expected to share a token.
fn strangers_sharing(token: usize, matches: f64, patterns: &[(Pattern, u64)], likelihoods: &[Likelihood]) -> f64 {
    let sharing = patterns.iter().zip(likelihoods).filter(|((pattern, _), _)| pattern.agreeing >> token & 1 == 1);
    let strangers = sharing.map(|((_, pairs), likelihood)| {
        let all = likelihood.matches * matches + likelihood.others * (1.0 - matches);
        *pairs as f64 * likelihood.unrelated * (1.0 - matches) / all.max(f64::MIN_POSITIVE)
    });
    strangers.sum()
}

/// How much more a value says that so many others hold than the average one, of which `mean` are held by others.
fn factor(mean: f64, others: u32) -> f64 {
    ((SHAPE + mean) / (SHAPE + f64::from(others))).clamp(1.0 / FACTOR_MAX, FACTOR_MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::examine::examine;
    use crate::testing::{Fields, TwoFiles, people, person, schema, schema_with, two};
    use crate::{LinkRule, compare};

    /// Names and year, in the sample schema.
    const NAMES_YEAR: usize = 4;

    #[test]
    fn a_value_says_as_much_more_as_fewer_hold_it() {
        // (1/3 + 2/3) / (1/3 + n): 3, 3/4, 3/7.
        for (others, expected) in [(0, 3.0), (1, 0.75), (2, 3.0 / 7.0)] {
            assert!((factor(2.0 / 3.0, others) - expected).abs() < 1e-12, "{others}");
        }
        // Where counts are large it is their ratio: half as common as the average, twice as much.
        assert!((factor(10_000.0, 5_000) - 2.0).abs() < 1e-3);
        // Nobody else is hardly news where hardly anybody could be.
        assert!((factor(0.001, 0) - 1.003).abs() < 1e-9);
        assert!((factor(0.0, 1_000_000) * 64.0 - 1.0).abs() < 1e-12 && (factor(1e9, 0) / 64.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn rows_are_counted_where_nobody_stands_twice_and_without_the_two_themselves() {
        let schema = schema();
        let row = || person(["", "SMITH", "ANN", "19500403", "", "2"]);
        let (left, right) = (people(&schema, &[row(), row(), row()]), people(&schema, &[row(), row()]));
        let agreements = Agreements::new(two(&left, &right), u64::MAX, &|_| ());
        let of = |counted, means: [f64; 9]| Rarity { means: means.to_vec(), counted };
        let names = 1 << NAMES_YEAR;
        // Two other left rows and one right one: 1/3 / (1/3 + 3); the right one alone: 1/3 / (1/3 + 1).
        assert!((of(Counted::Both, [0.0; 9]).factor(&agreements, names, 0, 1) - 0.1).abs() < 1e-12);
        assert!((of(Counted::Right, [0.0; 9]).factor(&agreements, names, 0, 1) - 0.25).abs() < 1e-12);
        // Of several tokens the commonest counts, here birth_given with a mean of 3: (1/3 + 3) / (1/3 + 3).
        let mut means = [0.0; 9];
        means[1] = 3.0;
        assert!((of(Counted::Both, means).factor(&agreements, names | 0b110, 2, 0) - 1.0).abs() < 1e-12);
        assert!((of(Counted::Both, means).highest(names | 0b110) - 10.0).abs() < 1e-12);
    }

    /// Strangers, and two pairs that agree in names and year of birth alone, one of a rare name and one of a common one,
    /// which three more rows of each side bear.
    fn rare_and_common() -> (Vec<Fields>, Vec<Fields>) {
        let TwoFiles { mut left, mut right, .. } = TwoFiles::new(12, 2_000, 2_000, 1_500);
        let born = |names: [&str; 2], day: &str, postcode: &str| person(["", names[0], names[1], day, postcode, ""]);
        for (day, side) in [("0201", &mut left), ("0702", &mut right)] {
            side.insert(0, born(["QUIXWOOD", "ZOE"], &format!("1950{day}"), &format!("ZE1 {day}AA")));
            side.insert(1, born(["SMITHSON", "ANN"], &format!("1961{day}"), &format!("ZE2 {day}AA")));
            for other in 3..6 {
                side.push(born(["SMITHSON", "ANN"], &format!("1961{day}{other}"), &format!("ZE{other} {day}AA")));
            }
        }
        (left, right)
    }

    #[test]
    fn a_rare_name_weighs_more_than_a_common_one() {
        let schema = schema_with("group_pairs_max = 1000", "group_pairs_max = 100000");
        let (left, right) = rare_and_common();
        let (left, right) = (people(&schema, &left), people(&schema, &right));
        let least = LinkRule { runner_up_margin_bits: 20, ..LinkRule::of(schema.decision()) };
        let compared = compare(&schema, &left, &right, least, &|_| ()).expect("the shapes agree");
        assert_ne!(compared.model().end, FitEnd::Believed);
        let weight = |row: u32| {
            let found = compared.candidates().find(|pair| (pair.left, pair.right) == (row, row));
            f64::from(found.expect("far above the least weight").weight_millibits) / 1_000.0
        };
        // Nobody else, against six others: (1/3 + 6) / (1/3) = 19. A little less, since the two may be relatives.
        let gained = weight(0) - weight(1);
        assert!((19.0_f64.log2() - 1.0..=19.0_f64.log2() + 0.002).contains(&gained), "{gained}");
    }

    #[test]
    fn one_file_and_files_too_small_know_no_rarity() {
        let schema = schema();
        let files = TwoFiles::new(14, 400, 400, 300);
        let one = people(&schema, &[&files.left[..], &files.right[..]].concat());
        let few = [2, 1, 1, 3, 3].map(|row: usize| files.left[row].clone());
        let few = people(&schema, &few);
        let examined = [Files::One(&one), two(&few, &few)].map(|files| examine(&schema, None, files, -30_000, &|_| ()));
        assert_eq!(examined[1].fit.end, FitEnd::Believed);
        for examined in examined {
            let (left_held, right_held) = examined.agreements.held();
            let mut weights = BTreeMap::new();
            for weighed in &examined.pairs {
                let comparable = left_held[weighed.pair.left as usize] & right_held[weighed.pair.right as usize];
                let weight = weights.entry((comparable, weighed.agreeing)).or_insert(weighed.pair.millibits);
                assert_eq!(*weight, weighed.pair.millibits);
            }
            assert!(weights.len() < examined.pairs.len());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn of_one_pattern_a_common_value_never_weighs_more_than_a_rare_one(seed in any::<u64>(), rows in 200_usize..500) {
            let schema = schema();
            let files = TwoFiles::new(seed, rows, rows, rows / 2);
            let (left, right) = (people(&schema, &files.left), people(&schema, &files.right));
            let examined = examine(&schema, None, two(&left, &right), -30_000, &|_| ());
            let (left_held, right_held) = examined.agreements.held();
            let mut by_pattern: BTreeMap<_, Vec<_>> = BTreeMap::new();
            let mut counts = Vec::new();
            for weighed in &examined.pairs {
                let (l, r) = (weighed.pair.left, weighed.pair.right);
                let comparable = left_held[l as usize] & right_held[r as usize];
                let others = |token| {
                    let (of_left, of_right) = examined.agreements.rows_sharing(token, l, r);
                    of_left + of_right - 2
                };
                let tokens = (0..9).filter(|token| weighed.agreeing >> token & 1 == 1);
                counts.push(tokens.clone().map(others).sum::<u32>());
                by_pattern.entry((comparable, weighed.agreeing)).or_default().push((tokens.map(others).collect::<Vec<_>>(), weighed.pair.millibits));
            }
            prop_assert!(counts.iter().any(|others| *others > 0), "a case worth running");
            // Whichever token is taken: what is at least as common by all of them does not weigh more.
            for pairs in by_pattern.values() {
                for (one, weight) in pairs {
                    for (other, of_other) in pairs {
                        let as_common = one.iter().zip(other).all(|(one, other)| one >= other);
                        prop_assert!(!as_common || weight <= of_other, "{one:?} {weight}, {other:?} {of_other}");
                    }
                }
            }
        }
    }
}
