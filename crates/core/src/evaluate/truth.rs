//! The truth: pairs of record identifiers, resolved to rows, and what the links are worth against it.

use std::collections::HashMap;

use counterfoil_linkage::{Compared, GroupsLeftOut, Link, LinkRule, LinkageError};
use counterfoil_model::{EncodedPeople, FormerToken, LinkageSchema, Permille, Token};

use super::people::{Place, Records, open};
use super::report::{Quality, Score, ThresholdScore, fraction};
use super::{EvaluateError, Progress, Truth};

/// Least probabilities tried, in permille.
const THRESHOLDS: [u16; 21] =
    [1, 2, 5, 10, 20, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 980, 990, 995, 998, 999];

/// The pairs of a truth file.
pub(super) struct TruePairs {
    /// By left row, then right row, each once.
    rows: Vec<(u32, u32)>,
    left_out: u64,
    repeated: u64,
    unknown_left: u64,
    unknown_right: u64,
}

impl TruePairs {
    pub(super) fn read(truth: &Truth<'_>, left: &Records, right: &Records) -> Result<Self, EvaluateError> {
        let file = truth.file.to_owned();
        let failed = |source: csv::Error| EvaluateError::Read { file: file.clone(), source: source.into() };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(open(truth.file, &truth.source)?);
        let mut pairs = Self { rows: Vec::new(), left_out: 0, repeated: 0, unknown_left: 0, unknown_right: 0 };
        let mut record = csv::StringRecord::new();
        let mut count = 0;
        while reader.read_record(&mut record).map_err(failed)? {
            let (Some(left_id), Some(right_id), 2) = (record.get(0), record.get(1), record.len()) else {
                let line = record.position().map_or(0, csv::Position::line);
                return Err(EvaluateError::TruthColumns { file, line, columns: record.len() });
            };
            count += 1;
            match (left.place(left_id), right.place(right_id)) {
                (Place::Unknown, _) => pairs.unknown_left += 1,
                (_, Place::Unknown) => pairs.unknown_right += 1,
                (Place::Row(left), Place::Row(right)) => pairs.rows.push((left, right)),
                (Place::LeftOut, _) | (_, Place::LeftOut) => pairs.left_out += 1,
            }
        }
        if pairs.rows.is_empty() && pairs.left_out == 0 {
            return Err(EvaluateError::TruthUnknown { file, pairs: count });
        }
        let before = pairs.rows.len();
        pairs.rows.sort_unstable();
        pairs.rows.dedup();
        pairs.repeated = (before - pairs.rows.len()) as u64;
        Ok(pairs)
    }

    pub(super) fn has(&self, link: &Link) -> bool {
        self.rows.binary_search(&(link.left, link.right)).is_ok()
    }

    fn count(&self) -> u64 {
        self.rows.len() as u64 + self.left_out
    }

    /// Of one file: each two rows of a group against each two of the truth, whichever way round it names them.
    pub(super) fn score_groups(&self, groups: &[Vec<u32>]) -> Score {
        let mut pairs: Vec<_> = self.rows.iter().map(|(one, other)| (*one.min(other), *one.max(other))).collect();
        pairs.retain(|(one, other)| one != other);
        pairs.sort_unstable();
        pairs.dedup();
        let of_group = |group: &Vec<u32>| -> Vec<(u32, u32)> {
            let later = |place: usize| group[place + 1..].iter().map(move |other| (group[place], *other));
            (0..group.len()).flat_map(later).collect()
        };
        let found: Vec<_> = groups.iter().flat_map(of_group).collect();
        let right = found.iter().filter(|pair| pairs.binary_search(pair).is_ok()).count() as u64;
        Score::new(right, found.len() as u64, pairs.len() as u64 + self.left_out)
    }

    fn score(&self, links: &[Link]) -> Score {
        let true_links = links.iter().filter(|link| self.has(link)).count() as u64;
        Score::new(true_links, links.len() as u64, self.count())
    }
}

/// The rule that all else in the schema gives at a least probability, however many links are expected to be false.
fn rule_at(schema: &LinkageSchema, probability_min: u16) -> LinkRule {
    LinkRule {
        probability_min: Permille(probability_min),
        false_links_max: Permille(1_000),
        ..LinkRule::of(schema.decision())
    }
}

/// Lowest rule that the thresholds need.
pub(super) fn lowest_rule(schema: &LinkageSchema) -> LinkRule {
    rule_at(schema, THRESHOLDS[0])
}

/// Sets the links against the truth, at the schema's own rule and at every other threshold.
pub(super) fn measure(
    schema: &LinkageSchema,
    (left, right): (&EncodedPeople, &EncodedPeople),
    compared: &Compared,
    links: &[Link],
    pairs: &TruePairs,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Quality, LinkageError> {
    let of = THRESHOLDS.len() as u64;
    let mut scores = Vec::with_capacity(THRESHOLDS.len());
    for (done, threshold) in (0..).zip(THRESHOLDS) {
        progress(Progress::Measuring { done, of });
        let linkage = compared.decide(rule_at(schema, threshold))?;
        scores.push(ThresholdScore { link_probability_min_permille: threshold, score: pairs.score(&linkage.links) });
    }
    let proposed = proposed(schema, left, right, pairs, compared.groups_left_out());
    // The stricter one of two that are as good.
    let best = scores.iter().max_by(|one, other| one.score.f1.unwrap_or(0.0).total_cmp(&other.score.f1.unwrap_or(0.0)));
    Ok(Quality {
        true_pairs: pairs.count(),
        true_pairs_left_out: pairs.left_out,
        repeated_pairs: pairs.repeated,
        unknown_left: pairs.unknown_left,
        unknown_right: pairs.unknown_right,
        true_pairs_proposed: proposed,
        blocking_recall: fraction(proposed, pairs.count()),
        own_rule: pairs.score(links),
        best_on_the_truth: best.cloned(),
        thresholds: scores,
    })
}

/// True pairs that share a token of which a value that both hold was not left out.
fn proposed(
    schema: &LinkageSchema,
    left: &EncodedPeople,
    right: &EncodedPeople,
    pairs: &TruePairs,
    left_out: &[GroupsLeftOut],
) -> u64 {
    let tokens = left.match_keys() + left.blocking_rules();
    let too_large: Vec<_> = (0..tokens)
        .map(|token| {
            let is_whole = left_out.iter().all(|groups| groups.token != token);
            if is_whole { HashMap::new() } else { group_sizes(token, left, right) }
        })
        .collect();
    let pairs_max = schema.decision().group_pairs_max;
    let shares = |(l, r): &&(u32, u32)| {
        (0..tokens).any(|token| {
            let held = value(left, token, *l as usize).filter(|held| value(right, token, *r as usize) == Some(*held));
            held.is_some_and(|held| {
                let (lefts, rights) = too_large[token].get(held).copied().unwrap_or((0, 0));
                u64::saturating_mul(lefts, rights) <= pairs_max
            })
        })
    };
    let by_former = |(l, r): &&(u32, u32)| {
        let former = [former_of(left, *l), former_of(right, *r)];
        (0..left.match_keys()).any(|key| {
            let held = |people: &EncodedPeople, row: u32, former: &[(u32, FormerToken)]| -> Vec<Token> {
                let former = former.iter().filter(|(_, former)| usize::from(former.match_key) == key);
                former.map(|(_, former)| former.token).chain(people.tokens(key)[row as usize]).collect()
            };
            let [one, other] = [held(left, *l, former[0]), held(right, *r, former[1])];
            (one.len() > 1 || other.len() > 1) && one.iter().any(|token| other.contains(token))
        })
    };
    pairs.rows.iter().filter(|pair| shares(pair) || by_former(pair)).count() as u64
}

/// A row's token: match keys first, then blocking rules.
fn value(people: &EncodedPeople, token: usize, row: usize) -> Option<&[u8]> {
    match token.checked_sub(people.match_keys()) {
        None => people.tokens(token)[row].as_ref().map(|token| token.as_bytes().as_slice()),
        Some(rule) => people.blocking(rule)[row].as_ref().map(|token| token.as_bytes().as_slice()),
    }
}

/// A row's former tokens.
fn former_of(people: &EncodedPeople, row: u32) -> &[(u32, FormerToken)] {
    let former = people.former();
    let start = former.partition_point(|(of, _)| *of < row);
    &former[start..start + former[start..].partition_point(|(of, _)| *of == row)]
}

/// Rows on each side that hold each value of a token.
fn group_sizes<'a>(token: usize, left: &'a EncodedPeople, right: &'a EncodedPeople) -> HashMap<&'a [u8], (u64, u64)> {
    let mut sizes: HashMap<&[u8], (u64, u64)> = HashMap::new();
    for held in (0..left.len()).filter_map(|row| value(left, token, row)) {
        sizes.entry(held).or_default().0 += 1;
    }
    for held in (0..right.len()).filter_map(|row| value(right, token, row)) {
        sizes.entry(held).or_default().1 += 1;
    }
    sizes
}
