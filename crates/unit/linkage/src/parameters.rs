//! The parameters of the linkage model, and what is believed of them before any pair has been seen.
//!
//! In: the compared fields. Out: for each class of pairs the probability of every state of every field.
//!
//! Three classes of pairs, not two. *Matches* are one person. *Unrelated* pairs are two people who agree where chance lets
//! them. *Related* pairs are two people of one household or family, who agree in address and family name for a reason:
//! without a class of their own they look half like matches and spoil both. There is such a class when the schema has a
//! field that says where somebody lives.
//!
//! The beliefs are round numbers about people in England (how often two random people share a sex, a birthday, a common
//! surname; how often one person's records differ). They start the fit, they stand where the data say nothing (no pair of
//! the files ever shows it), and they count for as much as some pairs of their own ([`belief_weight`]).

use counterfoil_model::{PartForm, Rule};

use crate::bands::{CATEGORIES, Differing};
use crate::evidence::{ComparedField, Evidence};

/// Classes of pairs.
pub(crate) const CLASSES: usize = 3;
pub(crate) const MATCH: usize = 0;
pub(crate) const UNRELATED: usize = 1;
pub(crate) const RELATED: usize = 2;

/// Matches that the beliefs about matches are worth.
pub(crate) const MATCH_WEIGHT: f64 = 10.0;
/// Pairs that the beliefs about unrelated people are worth: little beside millions of pairs, all where there are few.
const UNRELATED_WEIGHT: f64 = 10_000.0;
/// Pairs that it is worth that relatives have names and birthdays of their own: more than any file has. Were it learnt,
/// the class could turn into a second kind of match.
const RELATED_WEIGHT: f64 = 1e9;
/// Longest step of the extrapolation: a longer one could leave the slope that it is on.
const STEP_MAX: f64 = 32.0;
/// Least probability after an extrapolation, so that no product is ever nought.
const PROBABILITY_MIN: f64 = 1e-30;
/// Pairs that the beliefs about likeness are worth, a table.
pub(crate) const LIKENESS_WEIGHT: f64 = 5.0;

/// Likeness of CLKs whose salts differ: what chance reaches and, once in a thousand, a little above. The same for everybody.
const SALT_DIFFERS: [f64; CATEGORIES] = [0.999, 2e-4, 2e-4, 2e-4, 1e-4, 1e-4, 1e-4, 1e-4];

/// Probabilities of the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameters {
    /// Share of each class among all pairs.
    pub(crate) shares: [f64; CLASSES],
    /// By class and compared field: probability of each state.
    pub(crate) states: [Vec<Vec<f64>>; CLASSES],
    /// Likeness of features that differ, by table and category: of matches, then of all others.
    pub(crate) likeness: [Vec<[f64; CATEGORIES]>; 2],
}

/// Where the likeness of a class stands.
pub(crate) fn likeness_of(class: usize) -> usize {
    usize::from(class != MATCH)
}

impl Parameters {
    /// Where two steps, `before` to `first` to these, lead when they are carried on: SQUAREM's third step length, in the
    /// square roots of the probabilities, where a step counts for as much at one in a million as at one half.
    pub(crate) fn extrapolated(&self, before: &Self, first: &Self) -> Self {
        let roots =
            |parameters: &Self| -> Vec<f64> { parameters.groups().flatten().map(|value| value.sqrt()).collect() };
        let (zero, one, two) = (roots(before), roots(first), roots(self));
        let (mut moved, mut bent) = (0.0, 0.0);
        for ((zero, one), two) in zero.iter().zip(&one).zip(&two) {
            moved += (one - zero) * (one - zero);
            bent += (two - 2.0 * one + zero) * (two - 2.0 * one + zero);
        }
        let length = if bent > 0.0 { (moved / bent).sqrt().clamp(1.0, STEP_MAX) } else { 1.0 };
        let mut values = zero.iter().zip(&one).zip(&two).map(|((zero, one), two)| {
            // What three steps have left at nought is none: the class of relatives of a schema that cannot tell them.
            if (*zero, *one, *two) == (0.0, 0.0, 0.0) {
                return 0.0;
            }
            let root = zero + 2.0 * length * (one - zero) + length * length * (two - 2.0 * one + zero);
            (root * root).max(PROBABILITY_MIN)
        });
        let mut next = self.clone();
        for group in next.groups_mut() {
            for (value, new) in group.iter_mut().zip(&mut values) {
                *value = new;
            }
            let sum: f64 = group.iter().sum();
            divide(group, sum);
        }
        next
    }

    /// How far `next` is from these in what concerns matches: their share, relative to itself, and their probabilities.
    pub(crate) fn matches_moved(&self, next: &Self) -> f64 {
        let share = (next.shares[MATCH] / self.shares[MATCH] - 1.0).abs();
        let states = self.states[MATCH].iter().flatten().zip(next.states[MATCH].iter().flatten());
        states.map(|(before, after)| (after - before).abs()).fold(share, f64::max)
    }

    /// Every set of probabilities that sum to one.
    fn groups(&self) -> impl Iterator<Item = &[f64]> {
        let states = self.states.iter().flatten().map(Vec::as_slice);
        let likeness = self.likeness.iter().flatten().map(<[f64; CATEGORIES]>::as_slice);
        [self.shares.as_slice()].into_iter().chain(states).chain(likeness)
    }

    fn groups_mut(&mut self) -> impl Iterator<Item = &mut [f64]> {
        let states = self.states.iter_mut().flatten().map(Vec::as_mut_slice);
        let likeness = self.likeness.iter_mut().flatten().map(<[f64; CATEGORIES]>::as_mut_slice);
        [self.shares.as_mut_slice()].into_iter().chain(states).chain(likeness)
    }

    /// What is believed before any pair has been seen, of `pairs` pairs among which `matches` could be.
    pub(crate) fn believed(evidence: &Evidence, pairs: f64, matches: f64) -> Self {
        let has_place = evidence.fields.iter().any(|field| is_place(field.rule));
        // Of one pair or two, at most a quarter is left to relatives, so that no share is below nought.
        let related = if has_place { (matches / pairs).min(0.25) } else { 0.0 };
        let shares = [0.5 * matches / pairs, 1.0 - 0.5 * matches / pairs - related, related];
        let of = |belief: fn(&ComparedField) -> Vec<f64>| evidence.fields.iter().map(belief).collect();
        let likeness = |differing: [f64; CATEGORIES]| {
            let mut tables = vec![differing; Differing::tables(evidence)];
            tables[Differing::salt_table(evidence)] = SALT_DIFFERS;
            tables
        };
        Self {
            shares,
            states: [of(of_match), of(of_chance), of(of_relatives)],
            likeness: [
                likeness([0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05]),
                likeness([0.5, 0.25, 0.1, 0.06, 0.04, 0.03, 0.01, 0.01]),
            ],
        }
    }

    /// At most this share of matches, the other classes in proportion.
    pub(crate) fn with_matches_at_most(mut self, share_max: f64) -> Self {
        let others = self.shares[UNRELATED] + self.shares[RELATED];
        if self.shares[MATCH] > share_max && others > 0.0 {
            self.shares[MATCH] = share_max;
            for class in [UNRELATED, RELATED] {
                self.shares[class] *= (1.0 - share_max) / others;
            }
        }
        self
    }
}

/// Pairs that the beliefs about a field are worth in a class.
pub(crate) fn belief_weight(class: usize, rule: Rule) -> f64 {
    match class {
        MATCH => MATCH_WEIGHT,
        UNRELATED => UNRELATED_WEIGHT,
        // How often relatives share a home, a practice and a family name is each place's own.
        _ if is_place(rule) || matches!(rule, Rule::FamilyNameV1 | Rule::GpPracticeV1) => MATCH_WEIGHT,
        _ => RELATED_WEIGHT,
    }
}

fn is_place(rule: Rule) -> bool {
    matches!(rule, Rule::PostcodeV1 | Rule::AddressWordsV1)
}

/// How often two unrelated people agree in a form.
fn chance(rule: Rule, form: PartForm) -> f64 {
    use PartForm as F;
    match (rule, form) {
        // Numbers that are one person's own: two people agree by mistake alone.
        (Rule::NhsNumberV1, _) => 1e-9,
        (Rule::IdentifierV1, _) | (Rule::PostcodeV1, F::Whole) => 1e-4,
        (Rule::SexV1, _) => 0.5,
        (Rule::GpPracticeV1 | Rule::PostcodeV1, _) => 0.02,
        (Rule::DateOfBirthV1, F::Whole | F::DayMonthUnordered) => 3e-5,
        (Rule::DateOfBirthV1, F::YearMonth) => 1e-3,
        (Rule::DateOfBirthV1, F::MonthDay) => 2.7e-3,
        (Rule::DateOfBirthV1, _) => 0.012,
        (_, F::Initial) => 0.07,
        (Rule::GivenNameV1, F::Whole | F::FirstWord) => 6e-3,
        (Rule::GivenNameV1, _) => 0.012,
        (_, F::Whole) => 1e-3,
        _ => 5e-3,
    }
}

/// A state is as rare as its rarest form; what is left is that nothing agrees.
fn of_chance(field: &ComparedField) -> Vec<f64> {
    let rarest = |forms: &Vec<PartForm>| forms.iter().map(|form| chance(field.rule, *form)).fold(1.0, f64::min);
    let mut states: Vec<f64> = field.states.iter().map(rarest).collect();
    fill_last(&mut states);
    states
}

fn of_match(field: &ComparedField) -> Vec<f64> {
    let whole = match field.rule {
        Rule::SexV1 => 0.99,
        Rule::NhsNumberV1 => 0.98,
        Rule::DateOfBirthV1 => 0.96,
        Rule::PostcodeV1 | Rule::AddressWordsV1 | Rule::GpPracticeV1 => 0.85,
        Rule::FamilyNameV1 | Rule::GivenNameV1 | Rule::IdentifierV1 => 0.92,
    };
    // People move house altogether; names are more often misspelt than exchanged for others, and dates nearly always.
    let nothing = match field.rule {
        Rule::DateOfBirthV1 => 0.05,
        rule if is_place(rule) => 0.8,
        _ => 0.3,
    };
    best_then_even(field.states.len(), whole, nothing)
}

/// Relatives share a home, a practice and a family name for a reason, and all else by chance, but for twins (about one pair
/// of siblings in fifty, and about one pair of a household in four are siblings) and for children who are named after a
/// parent.
fn of_relatives(field: &ComparedField) -> Vec<f64> {
    match field.rule {
        Rule::PostcodeV1 | Rule::AddressWordsV1 | Rule::GpPracticeV1 => best_then_even(field.states.len(), 0.95, 0.8),
        Rule::FamilyNameV1 => best_then_even(field.states.len(), 0.6, 0.9),
        Rule::GivenNameV1 => with_best(of_chance(field), 0.025),
        Rule::DateOfBirthV1 => with_best(of_chance(field), 0.005),
        Rule::NhsNumberV1 | Rule::SexV1 | Rule::IdentifierV1 => of_chance(field),
    }
}

/// The first state more probable, at the cost of the others in proportion.
fn with_best(mut states: Vec<f64>, best: f64) -> Vec<f64> {
    let others: f64 = states[1..].iter().sum();
    divide(&mut states[1..], others / (1.0 - best));
    states[0] = best;
    states
}

/// The first state, and of what is left a share to the last and the rest evenly between.
fn best_then_even(states: usize, best: f64, nothing: f64) -> Vec<f64> {
    let between = states - 2;
    let nothing = if between == 0 { 1.0 } else { nothing };
    let mut all = vec![(1.0 - best) * (1.0 - nothing) / between.max(1) as f64; states];
    all[0] = best;
    all[states - 1] = (1.0 - best) * nothing;
    all
}

fn fill_last(states: &mut [f64]) {
    let last = states.len() - 1;
    states[last] = 0.0;
    states[last] = (1.0 - states.iter().sum::<f64>()).max(0.01);
    let sum: f64 = states.iter().sum();
    divide(states, sum);
}

fn divide(values: &mut [f64], by: f64) {
    for value in values {
        *value /= by;
    }
}
