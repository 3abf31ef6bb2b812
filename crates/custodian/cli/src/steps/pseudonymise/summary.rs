//! What a pseudonymisation did, for a busy person and for a machine.
//!
//! In: what the readers and the writer counted. Out: numbers, reasons in words, where the files are.
//! Absent on purpose: values, and anything that is not a count at the custodian's own desk.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use counterfoil_extract::{Extract, Table, TableSummary, WriteSummary};
use counterfoil_pseudonym::intake::Summary;
use serde::Serialize;

use super::{LeftOutCounts, Pseudonymise, Read};
use crate::show::{self, Align, thousands};

/// What a pseudonymisation did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PseudonymiseSummary {
    /// The agreement.
    pub agreement: String,
    /// The dataset.
    pub dataset: String,
    /// The extract's folder.
    pub extract: PathBuf,
    /// The list of what could not be used.
    pub problems: PathBuf,
    /// Lines of that list.
    pub problem_count: u64,
    /// Digest by which the extract is known.
    pub manifest_digest: String,
    /// Fingerprint of the pseudonymisation key.
    pub key_fingerprint: String,
    /// The people file.
    pub people: FileSummary,
    /// Tokens made, by match key.
    pub match_keys: Vec<MatchKeyCount>,
    /// Rows of the people file with a former NHS number that could be used.
    pub former_rows: u64,
    /// People with a CLK.
    pub clks: u64,
    /// Fields of the linkage schema for which the people file has no column.
    pub fields_without_column: Vec<String>,
    /// The events file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<FileSummary>,
    /// The measures file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measures: Option<FileSummary>,
    /// Time from opening the first file to the finished extract.
    pub seconds: f64,
    /// Rows of all files in one second.
    pub rows_per_second: u64,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    /// Rows read, without the header.
    pub rows_read: u64,
    /// Rows that could be used.
    pub rows_encoded: u64,
    /// Rows in the extract: those that could be used, less those left out.
    pub rows_in_extract: u64,
    /// Rows that could not be used, by reason.
    pub rejected: Vec<ReasonCount>,
    /// Rows that were left out of the extract, by reason: repeated people, events of nobody.
    pub left_out: Vec<LeftOutCount>,
    /// Fields that count as missing because they failed their rule.
    pub fields_missing: Vec<FieldCount>,
}

/// Rows by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// The reason's stable name.
    pub reason: &'static str,
    /// The reason in words.
    pub text: String,
    /// Rows.
    pub rows: u64,
}

/// Rows left out by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOutCount {
    /// The reason in words.
    pub reason: String,
    /// Rows.
    pub rows: u64,
}

/// Failed fields by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldCount {
    /// The field.
    pub field: String,
    /// The reason's stable name.
    pub reason: &'static str,
    /// The reason in words.
    pub text: String,
    /// Rows.
    pub rows: u64,
}

/// Tokens of one match key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchKeyCount {
    /// The match key.
    pub match_key: String,
    /// People who have a token of it.
    pub people: u64,
}

impl PseudonymiseSummary {
    #[allow(clippy::too_many_arguments, reason = "one caller, which has them all by name")]
    pub(super) fn new(
        extract: &Extract,
        args: &Pseudonymise,
        problems: PathBuf,
        problem_count: u64,
        read: &Read,
        written: WriteSummary,
        left_out: &LeftOutCounts,
        elapsed: Duration,
    ) -> Self {
        let manifest = extract.manifest();
        let people = FileSummary::new(&read.people.file, written.people, Table::People, left_out);
        let of = |summary: &Option<Summary>, written: TableSummary, table: Table| {
            summary.as_ref().map(|summary| FileSummary::new(summary, written, table, left_out))
        };
        let events = of(&read.events, written.events, Table::Events);
        let measures = of(&read.measures, written.measures, Table::Measures);
        let rows: u64 =
            [Some(&people), events.as_ref(), measures.as_ref()].iter().flatten().map(|file| file.rows_read).sum();
        Self {
            agreement: manifest.agreement.to_string(),
            dataset: manifest.dataset.to_string(),
            extract: args.out.clone(),
            problems,
            problem_count,
            manifest_digest: extract.digest().to_string(),
            key_fingerprint: manifest.key_fingerprint.to_string(),
            people,
            match_keys: read
                .people
                .tokens
                .iter()
                .map(|(match_key, people)| MatchKeyCount { match_key: match_key.to_string(), people: *people })
                .collect(),
            former_rows: read.people.former_rows,
            clks: read.people.clks,
            fields_without_column: read.people.fields_without_column.iter().map(ToString::to_string).collect(),
            events,
            measures,
            seconds: elapsed.as_secs_f64(),
            rows_per_second: per_second(rows, elapsed),
        }
    }
}

fn per_second(rows: u64, elapsed: Duration) -> u64 {
    let rows = (u128::from(rows) * 1_000).checked_div(elapsed.as_millis()).unwrap_or(0);
    u64::try_from(rows).unwrap_or(u64::MAX)
}

impl FileSummary {
    fn new(summary: &Summary, written: TableSummary, table: Table, left_out: &LeftOutCounts) -> Self {
        let rejected = summary.rejected.iter();
        let fields = summary.field_problems.iter();
        Self {
            rows_read: summary.rows,
            rows_encoded: summary.kept,
            rows_in_extract: written.rows,
            rejected: rejected
                .map(|(reason, rows)| ReasonCount { reason: reason.name(), text: reason.to_string(), rows: *rows })
                .collect(),
            left_out: left_out
                .iter()
                .filter(|((of, _), _)| *of == table)
                .map(|((_, reason), rows)| LeftOutCount { reason: reason.to_string(), rows: *rows })
                .collect(),
            fields_missing: fields
                .map(|((field, reason), rows)| FieldCount {
                    field: field.to_string(),
                    reason: reason.name(),
                    text: reason.to_string(),
                    rows: *rows,
                })
                .collect(),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, name: &str, one: &str) -> fmt::Result {
        writeln!(
            f,
            "\n{name}: {} read, {} in the extract",
            show::count(self.rows_read, "row", "rows"),
            thousands(self.rows_in_extract)
        )?;
        for count in &self.rejected {
            writeln!(f, "  {:>10}  left out: the row {}", thousands(count.rows), count.text)?;
        }
        for count in &self.left_out {
            writeln!(f, "  {:>10}  left out: {}", thousands(count.rows), count.reason)?;
        }
        if self.rejected.is_empty() && self.left_out.is_empty() {
            writeln!(f, "  no {one} was left out")?;
        }
        if !self.fields_missing.is_empty() {
            writeln!(f, "  counted as missing:")?;
            let cells = |count: &FieldCount| vec![thousands(count.rows), count.field.clone(), count.text.clone()];
            let rows: Vec<_> = self.fields_missing.iter().map(cells).collect();
            let head = [("rows", Align::Right), ("field", Align::Left), ("because it", Align::Left)];
            for line in show::table(&head, &rows).lines() {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for PseudonymiseSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Extract of {} under agreement {}: {}", self.dataset, self.agreement, self.extract.display())?;
        self.people.write(f, "People", "person")?;
        for field in &self.fields_without_column {
            writeln!(f, "  {field} is missing in every row: schema.toml names no column for it")?;
        }
        let share = |people: u64| {
            let permille = (people * 1_000).checked_div(self.people.rows_encoded).unwrap_or(0);
            format!("{}.{}%", permille / 10, permille % 10)
        };
        let cells = |count: &MatchKeyCount| vec![count.match_key.clone(), thousands(count.people), share(count.people)];
        let mut rows: Vec<_> = self.match_keys.iter().map(cells).collect();
        rows.push(vec!["(CLK)".to_owned(), thousands(self.clks), share(self.clks)]);
        writeln!(f, "  people who can be linked by:")?;
        let head = [("match key", Align::Left), ("people", Align::Right), ("share", Align::Right)];
        for line in show::table(&head, &rows).lines() {
            writeln!(f, "  {line}")?;
        }
        if self.former_rows > 0 {
            let rows = show::count(self.former_rows, "row", "rows");
            writeln!(f, "  {rows} with former NHS numbers: another file may hold one of those and still be linked")?;
        }
        if let Some(events) = &self.events {
            events.write(f, "Events", "event")?;
        }
        if let Some(measures) = &self.measures {
            measures.write(f, "Measures", "score")?;
        }
        writeln!(f, "\n{:.1} s, {} rows/s", self.seconds, thousands(self.rows_per_second))?;
        writeln!(f, "manifest         {}", self.manifest_digest)?;
        writeln!(f, "key fingerprint  {}", self.key_fingerprint)?;
        let lines = show::count(self.problem_count, "line", "lines");
        writeln!(
            f,
            "What to look at in your own files, {lines}: {} (keep it; it never leaves)",
            self.problems.display()
        )?;
        writeln!(
            f,
            "Next: `counterfoil inspect`, to see for yourself that no identifier is in the extract; then `counterfoil submit`."
        )
    }
}
