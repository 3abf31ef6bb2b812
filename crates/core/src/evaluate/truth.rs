//! The truth: pairs of record identifiers, resolved to rows, and what the links are worth against it.

use std::collections::HashMap;

use counterfoil_linkage::{BlocksLeftOut, ClkRule, ClkScale, Compared, Link, LinkageError, LinkedBy};
use counterfoil_model::{BlockingToken, ClkEncoding, EncodedPeople, LinkageSchema, Permille};

use super::people::{Place, Records, open};
use super::report::{Quality, Score, ThresholdScore, fraction};
use super::{EvaluateError, Progress, Truth};

/// Thresholds are tried in steps of this many permille.
const THRESHOLD_STEP: u16 = 10;

/// Lowest threshold tried for a plain filter.
const PLAIN_FROM: u16 = 500;

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

    fn score(&self, links: &[Link]) -> Score {
        let true_links = links.iter().filter(|link| self.has(link)).count() as u64;
        Score::new(true_links, links.len() as u64, self.count())
    }
}

/// Lowest rule that the thresholds need. Nothing is to be learnt below what chance alone reaches: for a diffused CLK
/// that is where unrelated people's output bits differ by three standard deviations less than half.
pub(super) fn lowest_rule(schema: &LinkageSchema) -> ClkRule {
    let own = ClkRule::of(schema.decision());
    let from = schema.clk().map_or(own.similarity_min.0, |settings| match settings.encoding {
        ClkEncoding::Plain => PLAIN_FROM,
        ClkEncoding::Diffused(_) => {
            let bits = settings.bits as usize;
            let three_deviations = (0..bits).find(|n| 4 * n * n >= 9 * bits).unwrap_or(0);
            let differing = bits / 2 - three_deviations.min(bits / 2);
            let words = |set: usize| -> Vec<u64> {
                (0..bits / 64)
                    .map(|word| (0..64).filter(|bit| word * 64 + bit < set).fold(0, |all, bit| all | 1 << bit))
                    .collect()
            };
            let chance = ClkScale::new(settings).similarity(&words(differing), &words(0)).0;
            chance.next_multiple_of(THRESHOLD_STEP)
        }
    });
    ClkRule { similarity_min: Permille(from.min(own.similarity_min.0)), ..own }
}

/// Sets the links against the truth, at the schema's own rule and at every other threshold.
pub(super) fn measure(
    schema: &LinkageSchema,
    (left, right): (&EncodedPeople, &EncodedPeople),
    compared: &Compared,
    links: &[Link],
    pairs: &TruePairs,
    left_out: &[BlocksLeftOut],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Quality, LinkageError> {
    let own = ClkRule::of(schema.decision());
    let lowest = lowest_rule(schema).similarity_min.0;
    let thresholds = schema.clk().map_or_else(Vec::new, |_| {
        let first = lowest.next_multiple_of(THRESHOLD_STEP);
        let mut all: Vec<u16> = (first..=1_000).step_by(THRESHOLD_STEP.into()).collect();
        all.push(own.similarity_min.0);
        all.sort_unstable();
        all.dedup();
        all
    });
    let of = thresholds.len() as u64;
    let mut scores = Vec::with_capacity(thresholds.len());
    for (done, threshold) in (0..).zip(thresholds) {
        progress(Progress::Measuring { done, of });
        let linkage = compared.decide(ClkRule { similarity_min: Permille(threshold), ..own })?;
        scores.push(ThresholdScore { similarity_min_permille: threshold, score: pairs.score(&linkage.links) });
    }
    let proposed = proposed(schema, left, right, links, pairs, left_out);
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

/// True pairs that share a token, or a blocking token of a block that was compared.
fn proposed(
    schema: &LinkageSchema,
    left: &EncodedPeople,
    right: &EncodedPeople,
    links: &[Link],
    pairs: &TruePairs,
    left_out: &[BlocksLeftOut],
) -> u64 {
    let too_large: Vec<_> = (0..schema.blocking_rules().len())
        .map(|rule| {
            let is_whole = left_out.iter().all(|blocks| blocks.rule != rule);
            if is_whole { HashMap::new() } else { block_sizes(rule, left, right, links) }
        })
        .collect();
    let pairs_max = schema.decision().block_pairs_max;
    let shares = |(l, r): &&(u32, u32)| {
        let (l, r) = (*l as usize, *r as usize);
        let token = |key: usize| left.tokens(key)[l].is_some() && left.tokens(key)[l] == right.tokens(key)[r];
        let block = |rule: usize| {
            let token = left.blocking(rule)[l].filter(|token| right.blocking(rule)[r] == Some(*token));
            token.is_some_and(|token| {
                let (lefts, rights) = too_large[rule].get(&token).copied().unwrap_or((0, 0));
                u64::saturating_mul(lefts, rights) <= pairs_max
            })
        };
        let both_have_clks = left.clk(l).is_some() && right.clk(r).is_some();
        (0..left.match_keys()).any(token) || (both_have_clks && (0..left.blocking_rules()).any(block))
    };
    pairs.rows.iter().filter(shares).count() as u64
}

/// Rows on each side of each block of a rule: rows with a CLK that no match key linked.
fn block_sizes(
    rule: usize,
    left: &EncodedPeople,
    right: &EncodedPeople,
    links: &[Link],
) -> HashMap<BlockingToken, (u64, u64)> {
    let (mut free_left, mut free_right) = (vec![true; left.len()], vec![true; right.len()]);
    for link in links.iter().filter(|link| !matches!(link.how, LinkedBy::Clk(_))) {
        free_left[link.left as usize] = false;
        free_right[link.right as usize] = false;
    }
    let mut sizes: HashMap<BlockingToken, (u64, u64)> = HashMap::new();
    let tokens = |people: &EncodedPeople, free: &[bool]| -> Vec<BlockingToken> {
        let taking_part = (0..people.len()).filter(|row| free[*row] && people.clk(*row).is_some());
        taking_part.filter_map(|row| people.blocking(rule)[row]).collect()
    };
    for token in tokens(left, &free_left) {
        sizes.entry(token).or_default().0 += 1;
    }
    for token in tokens(right, &free_right) {
        sizes.entry(token).or_default().1 += 1;
    }
    sizes
}
