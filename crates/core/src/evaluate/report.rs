//! What an evaluation found, in a form for machines.
//!
//! Counts are of rows, pairs or links, as the names say. Every entry is a count, a name from the schema or a fraction;
//! the record identifiers of the links are kept apart, and are not in the JSON.

use std::io::{self, Write};

use serde::Serialize;

/// What came of trying a schema on two files. As JSON it has these keys, in this order; a later version may add keys.
///
/// | key | what |
/// |---|---|
/// | `format` | `counterfoil-evaluation-2` |
/// | `schema`, `schema_digest` | the linkage schema |
/// | `left`, `right` | each file: [`FileReport`] |
/// | `tokens[]` | each match key, then each blocking rule: [`TokenReport`] |
/// | `clk` | `bits` and `diffusion` (0 for a plain filter) of the CLK, `null` for a schema without |
/// | `model` | what was learnt from the two files: [`ModelReport`] |
/// | `candidate_pairs` | pairs of rows that share a token |
/// | `former_unclear` | tokens of former NHS numbers that were not used: one file has them of two people |
/// | `links` | links in all |
/// | `link_probability_min` | least probability of a link: the schema's, or what it rose to for the sake of `false_links_max` |
/// | `contested_left`, `contested_right` | rows with a pair good enough for a link but not clearly better than another |
/// | `expected` | what the model expects of these links: [`ExpectedReport`] |
/// | `quality` | `null` without truth: [`Quality`] |
/// | `steps[]` | `step`, `seconds`, `records`, `records_per_second` |
/// | `peak_memory_bytes` | most memory that the process has held, where the system tells; else `null` |
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the table above is the documentation of the keys")]
pub struct Evaluation {
    pub format: &'static str,
    pub schema: String,
    pub schema_digest: String,
    pub left: FileReport,
    pub right: FileReport,
    pub tokens: Vec<TokenReport>,
    pub clk: Option<ClkReport>,
    pub model: ModelReport,
    pub candidate_pairs: u64,
    pub former_unclear: u64,
    pub links: u64,
    pub link_probability_min: f64,
    pub contested_left: u64,
    pub contested_right: u64,
    pub expected: ExpectedReport,
    pub quality: Option<Quality>,
    pub steps: Vec<StepReport>,
    pub peak_memory_bytes: Option<u64>,
    /// The links by record identifier, in the order of the left file. Not in the JSON.
    #[serde(skip)]
    pub linked: Vec<LinkedRecords>,
}

/// One file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Its name, as given.
    pub file: String,
    /// Its dataset in the schema's `[columns]`.
    pub dataset: String,
    /// Rows, without the header.
    pub rows: u64,
    /// Rows that were pseudonymised.
    pub kept: u64,
    /// Rows left out because an earlier row has the same record identifier.
    pub repeated: u64,
    /// Rows left out, by reason: `reason`, `rows`.
    pub rejected: Vec<RejectedRows>,
    /// Fields that fail their rule and count as missing: `field`, `reason`, `rows`. Empty fields are not among them.
    pub problems: Vec<FieldProblems>,
    /// Fields of the schema for which the file has no column.
    pub fields_without_column: Vec<String>,
    /// Tokens made: `match_key`, `rows`.
    pub tokens: Vec<TokenRows>,
    /// Rows with a former NHS number that could be used.
    pub former_rows: u64,
    /// CLKs made.
    pub clks: u64,
}

/// Rows left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "documented where it is used")]
pub struct RejectedRows {
    pub reason: &'static str,
    pub rows: u64,
}

/// Fields that failed for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "documented where it is used")]
pub struct FieldProblems {
    pub field: String,
    pub reason: &'static str,
    pub rows: u64,
}

/// Rows that have the parts of a match key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "documented where it is used")]
pub struct TokenRows {
    pub match_key: String,
    pub rows: u64,
}

/// One match key or blocking rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenReport {
    /// The match key or blocking rule.
    pub token: String,
    /// Links whose rows share it.
    pub links: u64,
    /// Of these, those that are not in the truth; `null` without truth.
    pub false_links: Option<u64>,
    /// Links whose rows share no other token.
    pub links_by_it_alone: u64,
    /// Values that more pairs share than the schema allows, which proposed none.
    pub groups_left_out: u64,
    /// Pairs that share those values.
    pub pairs_left_out: u64,
}

/// The CLK of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "documented where it is used")]
pub struct ClkReport {
    pub bits: u32,
    pub diffusion: u32,
}

/// The model that was fitted to the two files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelReport {
    /// `converged`; `still moving` when the iterations ran out; `believed` when the files were too few for a model of
    /// their own and what is believed of people in general stood in.
    pub end: &'static str,
    /// Iterations of expectation maximisation.
    pub iterations: u32,
    /// Pairs expected to be one person, those that share no token among them.
    pub matches_expected: f64,
    /// Each compared field: `field`, `states[]`.
    pub fields: Vec<FieldReport>,
}

/// One field of the model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "documented where it is used")]
pub struct FieldReport {
    pub field: String,
    pub states: Vec<StateReport>,
}

/// One way in which a field of two rows can agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StateReport {
    /// The forms that agree; none at the end of a field's list.
    pub agrees: Vec<&'static str>,
    /// How often matches show it.
    pub m_probability: f64,
    /// How often other pairs show it.
    pub u_probability: f64,
    /// Matches of these files expected to show it. Where there are few, `m_probability` is a belief and not a finding.
    pub matches_expected: f64,
}

/// What the model expects of its own links: without truth, the best there is to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExpectedReport {
    /// Links of two people.
    pub false_links: f64,
    /// Matches among the compared pairs that were not linked.
    pub missed_links: f64,
    /// Matches among the pairs that share no token: the least certain of the three.
    pub missed_apart: f64,
    /// Right links among all links; `null` when there is none.
    pub precision: Option<f64>,
    /// Right links among all matches.
    pub recall: Option<f64>,
    /// Links by probability: `below`, `links`, `false_links`.
    pub bands: Vec<BandReport>,
}

/// Links of about one probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "documented where it is used")]
pub struct BandReport {
    pub below: f64,
    pub links: u64,
    pub false_links: f64,
    /// Those that are not in the truth; `null` without truth.
    pub false_links_counted: Option<u64>,
}

/// Seconds of one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "documented where it is used")]
pub struct StepReport {
    pub step: &'static str,
    pub seconds: f64,
    pub records: u64,
    pub records_per_second: Option<f64>,
}

/// The links against the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// Pairs of the truth that count: both records are in the files, each pair once.
    pub true_pairs: u64,
    /// Of these, pairs with a row that was left out when its file was read; they count as missed.
    pub true_pairs_left_out: u64,
    /// Pairs that the truth repeats.
    pub repeated_pairs: u64,
    /// Pairs whose left record is not in the left file; they do not count.
    pub unknown_left: u64,
    /// Pairs whose right record is not in the right file (and whose left one is); they do not count.
    pub unknown_right: u64,
    /// True pairs that share a token: nothing else can be found.
    pub true_pairs_proposed: u64,
    /// `true_pairs_proposed / true_pairs`.
    pub blocking_recall: Option<f64>,
    /// At the schema's own rule.
    pub own_rule: Score,
    /// The threshold with the highest F1. **It was chosen by looking at the truth**, so its figures are an upper bound
    /// and not what to expect.
    pub best_on_the_truth: Option<ThresholdScore>,
    /// Every threshold tried, all else as in the schema.
    pub thresholds: Vec<ThresholdScore>,
}

/// Counts and fractions against the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Links that are true pairs.
    pub true_links: u64,
    /// Links that are not.
    pub false_links: u64,
    /// True pairs that are not linked.
    pub missed_links: u64,
    /// True links among all links; `null` when there is none.
    pub precision: Option<f64>,
    /// True links among all true pairs; `null` when there is none.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall; `null` when neither is above 0.
    pub f1: Option<f64>,
}

/// A score at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdScore {
    /// Least probability of a link.
    pub link_probability_min_permille: u16,
    /// What it gives.
    #[serde(flatten)]
    pub score: Score,
}

/// Two records that the linkage takes for one person.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedRecords {
    /// Record identifier in the left file.
    pub left: String,
    /// Record identifier in the right file.
    pub right: String,
    /// Probability that they are.
    pub probability: f64,
    /// The tokens that they share, separated by spaces.
    pub shares: String,
}

impl Score {
    pub(super) fn new(true_links: u64, links: u64, true_pairs: u64) -> Self {
        Self {
            true_links,
            false_links: links - true_links,
            missed_links: true_pairs - true_links,
            precision: fraction(true_links, links),
            recall: fraction(true_links, true_pairs),
            // 2PR / (P + R) with P = t / l and R = t / p.
            f1: fraction(2 * true_links, links + true_pairs).filter(|_| true_links > 0),
        }
    }
}

/// Rounded to six places, so that JSON is the same on every machine.
pub(super) fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 1e6).round() / 1e6)
}

impl Evaluation {
    /// The links as CSV: `left,right,probability,shares`.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_links(&self, out: impl Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["left", "right", "probability", "shares"])?;
        for LinkedRecords { left, right, probability, shares } in &self.linked {
            csv.write_record([left, right, &format!("{probability:.6}"), shares])?;
        }
        csv.flush()
    }
}
