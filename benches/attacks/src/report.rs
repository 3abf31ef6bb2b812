//! What came of it, as markdown.
//!
//! In: outcomes one by one. Out: tables of re-identification rates, encoding by overlap, and the curve.
//! Absent on purpose: any row.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use counterfoil::model::LinkageSchema;

use crate::people::Records;
use crate::score::Score;
use crate::structure::Groups;

/// The bar: share of the encoded rows that may be re-identified behind a hardened encoding.
pub const BAR: f64 = 0.005;

/// One attack on one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Which attack.
    pub attack: String,
    /// On what.
    pub target: String,
    /// Whether both sides hold the same records.
    pub records: Records,
    /// Encoded people, per cent of the list.
    pub share: u32,
    /// People on the list.
    pub listed: usize,
    /// How it went.
    pub score: Score,
}

/// One point of the curve.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePoint {
    /// The encoding.
    pub target: String,
    /// F1 at the schema's own rule.
    pub f1: Option<f64>,
}

/// What is there to be found: half of the rows' truth was told, and the others were named from that.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldPoint {
    /// The encoding.
    pub target: String,
    /// Encoded people, per cent of the list.
    pub share: u32,
    /// Correlation of the two sides' distances.
    pub correlation: f64,
    /// Rows not told, as the right rotation names them.
    pub straight: Score,
    /// The same after the attack's own rounds.
    pub refined: Score,
}

impl ToldPoint {
    /// One line of a table.
    pub fn line(&self) -> String {
        let Self { target, share, correlation, straight, refined } = self;
        format!(
            "| {target} | {} of {share} % | {correlation:.5} | {:.2} | {:.2} |",
            straight.encoded * 2,
            100.0 * straight.rate(),
            100.0 * refined.rate()
        )
    }
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    outcomes: Vec<Outcome>,
    own_files_from: Option<usize>,
    curve: Vec<CurvePoint>,
    told: Vec<ToldPoint>,
    groups: Vec<String>,
}

impl Outcome {
    /// One line for a terminal.
    pub fn line(&self) -> String {
        let Score { encoded, claimed, correct } = self.score;
        let (attack, target, records) = (&self.attack, &self.target, records_name(self.records));
        let rate = 100.0 * self.score.rate();
        format!(
            "{attack} | {target} | {records} | {encoded} of {} | {rate:.2} % ({correct} of {claimed} claims)",
            self.listed
        )
    }
}

impl Report {
    /// Adds an outcome.
    pub fn add(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    /// What follows is about files that the caller gave.
    pub fn begin_own_files(&mut self) {
        self.own_files_from = Some(self.outcomes.len());
    }

    /// Adds a point of the curve.
    pub fn add_curve(&mut self, point: CurvePoint) {
        self.curve.push(point);
    }

    /// Adds what is there to be found.
    pub fn add_told(&mut self, point: ToldPoint) {
        self.told.push(point);
    }

    /// Notes how many rows share each token.
    pub fn note_groups(&mut self, schema: &LinkageSchema, share: u32, groups: &Groups) {
        let keys = schema.match_keys().iter().map(|key| format!("match key {}", key.name));
        let rules = schema.blocking_rules().iter().map(|rule| format!("blocking {}", rule.name));
        for ((name, shared), largest) in keys.chain(rules).zip(groups.shared()).zip(groups.largest()) {
            if share == 100 && shared > 0.0 {
                self.groups.push(format!("| {} | {name} | {:.2} % | {largest} |", groups.len(), 100.0 * shared));
            }
        }
    }

    /// Every outcome.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The greatest rate of any attack on a target whose name begins so.
    pub fn worst(&self, target: &str) -> Option<&Outcome> {
        let of_it = self.outcomes.iter().filter(|outcome| outcome.target.starts_with(target));
        of_it.max_by(|a, b| a.score.rate().total_cmp(&b.score.rate()))
    }

    /// The tables.
    pub fn markdown(&self) -> String {
        let split = self.own_files_from.unwrap_or(self.outcomes.len());
        let (ours, given) = self.outcomes.split_at(split);
        let mut out = String::from("# Attacks without a key\n\n");
        out += "Share of the encoded rows that are re-identified, per cent; in brackets the precision of the claims. ";
        out += "Every encoded person is on the attacker's list; the overlap is the encoded people's share of it.\n";
        out += &tables(ours);
        if !given.is_empty() {
            out += "\n## The files given\n";
            out += &tables(given);
        }
        out += &self.curve_table();
        if !self.told.is_empty() {
            out += "\n## What is there to be found: the truth of half the rows told, the others named\n\n";
            out += "| encoding | encoded, overlap | correlation of distances | named, % | after refinement, % |\n";
            out += "|---|---|---|---|---|\n";
            self.told.iter().for_each(|point| out += &(point.line() + "\n"));
        }
        if !self.groups.is_empty() {
            out += "\n## Tokens that several rows share (synthetic people, the encoded side)\n\n";
            out += "| rows | token | rows that share it | largest group |\n|---|---|---|---|\n";
            out += &self.groups.join("\n");
            out.push('\n');
        }
        out += &self.summary();
        out
    }

    fn curve_table(&self) -> String {
        if self.curve.is_empty() {
            return String::new();
        }
        let mut out = String::from("\n## What hardening costs\n\n");
        out += "| encoding | F1 at the schema's own rule | re-identified at worst, % |\n|---|---|---|\n";
        for point in &self.curve {
            let of_it = self.outcomes.iter().filter(|outcome| outcome.target == point.target);
            let worst = of_it.map(|outcome| outcome.score.rate()).reduce(f64::max);
            let f1 = point.f1.map_or("-".to_owned(), |f1| format!("{f1:.4}"));
            let worst = worst.map_or("not attacked".to_owned(), |rate| format!("{:.2}", 100.0 * rate));
            let _ = writeln!(out, "| {} | {f1} | {worst} |", point.target);
        }
        out
    }

    fn summary(&self) -> String {
        let mut out = String::from("\n## Summary\n\n");
        let targets: BTreeSet<&str> = self.outcomes.iter().map(|outcome| outcome.target.as_str()).collect();
        for target in targets {
            let Some(worst) = self
                .outcomes
                .iter()
                .filter(|o| o.target == target)
                .max_by(|a, b| a.score.rate().total_cmp(&b.score.rate()))
            else {
                continue;
            };
            let verdict = if worst.score.rate() > BAR { "above the bar" } else { "within the bar" };
            let _ = writeln!(out, "- {verdict}: at worst {}", worst.line());
        }
        out
    }
}

/// One table an attack and kind of records: target and size by overlap.
fn tables(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    let shares: BTreeSet<u32> = outcomes.iter().map(|outcome| outcome.share).collect();
    let kinds: BTreeSet<(&str, Records)> = outcomes.iter().map(|o| (o.attack.as_str(), o.records)).collect();
    for (attack, records) in kinds {
        let of_it: Vec<&Outcome> = outcomes.iter().filter(|o| o.attack == attack && o.records == records).collect();
        let mut lines: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
        for outcome in of_it {
            lines.entry(outcome.target.as_str()).or_default().push(outcome);
        }
        let _ = writeln!(out, "\n## {attack}; {}\n", records_name(records));
        let heads: Vec<String> = shares.iter().map(|share| format!("{share} %")).collect();
        let _ = writeln!(out, "| target | encoded | {} |\n|---|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
        for (target, outcomes) in lines {
            // A list's limit makes the smaller shares' extracts smaller: they stand where they are largest.
            let sizes: BTreeSet<usize> = outcomes.iter().map(|outcome| outcome.score.encoded / 100 * 100).collect();
            for size in sizes {
                let cell = |share: &u32| {
                    let found = outcomes.iter().find(|o| o.share == *share && o.score.encoded / 100 * 100 == size);
                    let shown = |o: &&Outcome| format!("{:.2} ({:.2})", 100.0 * o.score.rate(), o.score.precision());
                    found.map_or("-".to_owned(), shown)
                };
                let cells: Vec<String> = shares.iter().map(cell).collect();
                let _ = writeln!(out, "| {target} | {size} | {} |", cells.join(" | "));
            }
        }
    }
    out
}

fn records_name(records: Records) -> &'static str {
    match records {
        Records::Same => "the same records",
        Records::Own => "records with their own mistakes",
    }
}
