//! Tries a linkage schema on one file: which of its rows are one person.
//!
//! In: a schema, a people file and, where it is known, which records are one person. Out: a [`DuplicatesEvaluation`].

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use counterfoil_linkage::{Duplicates, LinkRule, Side, duplicates};
use counterfoil_model::{AgreementId, LinkageSchema};
use counterfoil_pseudonym::{Encoder, LocalIdKey, PseudonymisationKey};
use serde::Serialize;

use super::people::{Reading, Records};
use super::report::{FileReport, Score};
use super::truth::TruePairs;
use super::{EvaluateError, Input, Progress, Surroundings, Truth};

/// What was found in one file. Pairs are pairs of rows of the file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DuplicatesEvaluation {
    /// `counterfoil-duplicates-1`.
    pub format: &'static str,
    /// The schema's name.
    pub schema: String,
    /// Its digest.
    pub schema_digest: String,
    /// The file.
    pub file: FileReport,
    /// Pairs of rows that share a token.
    pub candidate_pairs: u64,
    /// Groups of rows that are one person.
    pub groups: u64,
    /// Rows of groups, but for one each.
    pub repeats: u64,
    /// Groups left apart, because two of their rows are two people for certain.
    pub contested: u64,
    /// The least probability that was asked for in the end.
    pub link_probability_min: f64,
    /// Of the repeats, those that the model expects to be other people.
    pub false_repeats_expected: f64,
    /// Pairs that the model expects to be one person and that are in no group together.
    pub missed_pairs_expected: f64,
    /// The groups against the truth; `null` without it. Its pairs are all pairs of rows of one person.
    pub quality: Option<Score>,
    /// Record identifiers by group.
    #[serde(skip)]
    pub grouped: Vec<Vec<String>>,
}

/// Tries a schema on one file with itself. The truth has two record identifiers of the file on each line, one line for
/// every two rows that are one person.
///
/// # Errors
/// [`EvaluateError`] when a file cannot be read or lacks a column, the schema has no columns for it, or the truth does
/// not fit the file.
pub fn evaluate_duplicates(
    schema: &LinkageSchema,
    file: &Input<'_>,
    truth: Option<&Truth<'_>>,
    surroundings: &mut Surroundings<'_>,
) -> Result<DuplicatesEvaluation, EvaluateError> {
    let Surroundings { today, fill, progress, .. } = surroundings;
    let progress = *progress;
    let agreement = AgreementId::parse("evaluation").expect("a code");
    let key = PseudonymisationKey::generate(*fill);
    let encoder = Encoder::new(&key, &agreement, 1, schema);
    drop(key);
    let reading = Reading { schema, encoder: &encoder, today: *today, progress };
    let records = Records::read(file, Side::Left, LocalIdKey::generate(*fill), &reading)?;
    let truth = truth.map(|truth| TruePairs::read(truth, &records, &records)).transpose()?;
    let rule = LinkRule::of(schema.decision());
    let found = duplicates(schema, &records.people, rule, &|step| progress(Progress::Linking(step)))?;
    let quality = truth.map(|truth| truth.score_groups(&found.groups));
    Ok(describe(schema, records, &found, quality))
}

fn describe(
    schema: &LinkageSchema,
    records: Records,
    found: &Duplicates,
    quality: Option<Score>,
) -> DuplicatesEvaluation {
    let count = |milli: u64| milli as f64 / 1_000.0;
    let expected = found.expected;
    let ids = |group: &Vec<u32>| group.iter().map(|row| records.local_ids[*row as usize].clone()).collect();
    DuplicatesEvaluation {
        format: "counterfoil-duplicates-1",
        schema: schema.id().to_string(),
        schema_digest: schema.digest().to_string(),
        candidate_pairs: found.candidate_pairs,
        groups: found.groups.len() as u64,
        repeats: expected.merges,
        contested: found.contested.len() as u64,
        link_probability_min: f64::from(found.probability_min_ppm) / 1e6,
        false_repeats_expected: count(expected.false_merges_milli),
        missed_pairs_expected: count(expected.missed_pairs_milli + expected.missed_apart_milli),
        quality,
        grouped: found.groups.iter().map(ids).collect(),
        file: records.report,
    }
}

impl DuplicatesEvaluation {
    /// The report as plain text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text).expect("a String takes all that is written to it");
        text
    }

    fn write_text(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "Linkage schema {}, digest {}", self.schema, self.schema_digest)?;
        writeln!(out, "File {}: {} rows, {} kept", self.file.file, self.file.rows, self.file.kept)?;
        writeln!(out, "\nCandidate pairs {}", self.candidate_pairs)?;
        writeln!(
            out,
            "People who stand there several times: {}, with {} rows too many, of probability {:.4} or more",
            self.groups, self.repeats, self.link_probability_min
        )?;
        writeln!(out, "Groups left apart, because two of their rows are two people: {}", self.contested)?;
        writeln!(
            out,
            "Expected by the model: {:.1} of those rows another person's, {:.1} pairs of rows missed",
            self.false_repeats_expected, self.missed_pairs_expected
        )?;
        let Some(quality) = &self.quality else { return Ok(()) };
        let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.4}"));
        writeln!(
            out,
            "Against the truth, in pairs of rows: right {}, false {}, missed {}; precision {}, recall {}, F1 {}",
            quality.true_links,
            quality.false_links,
            quality.missed_links,
            share(quality.precision),
            share(quality.recall),
            share(quality.f1)
        )
    }

    /// The groups as CSV: `group,record`, a line a row.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_groups(&self, out: impl Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["group", "record"])?;
        for (number, group) in self.grouped.iter().enumerate() {
            for record in group {
                csv.write_record([&(number + 1).to_string(), record])?;
            }
        }
        csv.flush()
    }
}
