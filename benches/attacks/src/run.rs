//! Which attacks are run on what.
//!
//! In: [`Options`]. Out: a [`Report`]. Absent on purpose: files to write and clocks to read.

mod clks;
mod curve;
mod tokens;

use std::path::PathBuf;

use crate::encode::ClkVariant;
use crate::error::AttackError;
use crate::graph::Effort;
use crate::people::Drawn;
use crate::report::Report;

/// A part of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Attacks on tokens.
    Tokens,
    /// Attacks on CLKs.
    Clks,
    /// F1 under each encoding.
    Curve,
}

/// What to attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The linkage schema's text.
    pub schema: String,
    /// Encoded people, ascending; what the list's limit does not allow at a small share is fewer.
    pub sizes: Vec<u32>,
    /// Encoded people, per cent of the list.
    pub shares: Vec<u32>,
    /// Most people on the list.
    pub listed_max: u32,
    /// Diffusion inputs of the curve.
    pub diffusions: Vec<u32>,
    /// Records on each side of the linkage whose F1 stands in the curve.
    pub linkage_records: u32,
    /// Everything random follows from it.
    pub seed: u64,
    /// One part alone.
    pub only: Option<Part>,
    /// How hard the graph attack tries.
    pub effort: Effort,
    /// Names of the CLK encodings attacked; nothing: all.
    pub targets: Option<Vec<String>>,
    /// Whether to tell the graph attack half of the truth as well, which says what is there to be found.
    pub told: bool,
    /// Whether the NHS number is left out of the linkage whose F1 stands in the curve.
    pub without_number: bool,
    /// A folder of `a.csv`, `b.csv` and `truth.csv` to attack as well.
    pub people: Option<PathBuf>,
}

impl Options {
    /// The full run.
    pub fn full(schema: String) -> Self {
        Self {
            schema,
            sizes: vec![1_000, 5_000, 10_000],
            shares: vec![5, 10, 20, 40, 60, 80, 100],
            listed_max: 50_000,
            diffusions: vec![1, 2, 3, 5, 8, 10],
            linkage_records: 10_000,
            seed: 1,
            only: None,
            effort: Effort::default(),
            targets: None,
            told: true,
            without_number: false,
            people: None,
        }
    }

    fn runs(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }

    /// A run of a few minutes.
    pub fn quick(schema: String) -> Self {
        Self {
            sizes: vec![5_000],
            shares: vec![20, 100],
            listed_max: 25_000,
            diffusions: vec![1, 3, 10],
            linkage_records: 2_000,
            ..Self::full(schema)
        }
    }
}

/// The filters of the published attacks: plain, 1,024 bits.
pub const PUBLISHED: ClkVariant = ClkVariant { diffusion: 0, bits: Some(1_024), salted: false };

/// One drawing.
struct Stage {
    share: u32,
    encoded: usize,
    drawn: Drawn,
}

/// Runs everything; `tell` hears of each finished attack.
///
/// # Errors
/// When the schema or the people cannot be used.
pub fn run(options: &Options, tell: &mut dyn FnMut(&str)) -> Result<Report, AttackError> {
    let mut report = Report::default();
    let largest = options.sizes.iter().copied().max().unwrap_or(0);
    let attacks = options.runs(Part::Tokens) || options.runs(Part::Clks);
    for size in options.sizes.iter().filter(|_| attacks) {
        for share in &options.shares {
            let encoded = (*size).min(options.listed_max * share / 100);
            let drawn = Drawn::synthetic(encoded, encoded * 100 / share, options.seed)?;
            let stage = Stage { share: *share, encoded: encoded as usize, drawn };
            attack(options, &stage, *size == largest, &mut report, tell)?;
        }
    }
    if let Some(folder) = &options.people {
        let drawn = Drawn::read(folder, options.seed)?;
        let (encoded, listed) = drawn.sizes();
        let share = u32::try_from(encoded * 100 / listed.max(1)).unwrap_or(100);
        let stage = Stage { share, encoded, drawn };
        report.begin_own_files();
        attack(options, &stage, true, &mut report, tell)?;
    }
    if options.runs(Part::Curve) {
        curve::measure(options, &mut report, tell)?;
    }
    Ok(report)
}

fn attack(
    options: &Options,
    stage: &Stage,
    largest: bool,
    report: &mut Report,
    tell: &mut dyn FnMut(&str),
) -> Result<(), AttackError> {
    if options.runs(Part::Tokens) {
        tokens::attack(options, stage, report, tell)?;
    }
    if options.runs(Part::Clks) {
        clks::attack(options, stage, largest, report, tell)?;
    }
    Ok(())
}
