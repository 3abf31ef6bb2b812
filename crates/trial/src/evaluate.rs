//! `evaluate`: tries a linkage schema on two files in this process, and the measuring of the trial's own linkage.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use counterfoil::evaluate::{self, Evaluation, Input, Progress, Source, Surroundings, Truth};
use counterfoil::linkage;
use counterfoil_cli::{ProgressSink, ProgressUnit};
use counterfoil_model::LinkageSchema;
use jiff::civil::Date;
use ring::rand::SecureRandom as _;

use crate::bars::Bars;
use crate::{TrialError, output};

/// Tries a linkage schema on one's own data before any agreement is signed.
#[derive(Args)]
#[command(after_help = "Examples:
  cargo run --release -- evaluate --schema examples/thrive-nel/schema.toml --left a.csv --right b.csv --truth truth.csv
  cargo run --release -- evaluate --schema schema.toml --left a.csv --right b.csv --json > evaluation.json
  cargo run --release -- evaluate --schema schema.toml --left a.csv --links repeated.csv

The columns of each file stand in the schema under [columns.left] and [columns.right], or [columns.default]; with
--left-dataset and --right-dataset under any other name. The truth has a header line and then a record identifier of
each file on every line. Without --right the file is compared with itself, and the links are groups of its records that are one
person; the truth then has two identifiers of the one file for every two records of one person. Both files are read in plaintext here: run it where both may be.")]
pub(crate) struct Evaluate {
    /// The linkage schema.
    #[arg(long)]
    schema: PathBuf,
    /// One file of people, CSV.
    #[arg(long)]
    left: PathBuf,
    /// The other file of people, CSV; without it, who stands several times in the one.
    #[arg(long)]
    right: Option<PathBuf>,
    /// True pairs: two columns of record identifiers.
    #[arg(long)]
    truth: Option<PathBuf>,
    /// Name of the left file's columns in the schema.
    #[arg(long, default_value = "left")]
    left_dataset: String,
    /// Name of the right file's columns in the schema.
    #[arg(long, default_value = "right")]
    right_dataset: String,
    /// Writes the links here: two columns of record identifiers.
    #[arg(long)]
    links: Option<PathBuf>,
    /// Prints JSON; its keys are documented at `counterfoil::evaluate::Evaluation`.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Evaluate) -> Result<(), TrialError> {
    let text = fs::read_to_string(&args.schema).map_err(|error| at(&args.schema, &error))?;
    let schema = LinkageSchema::parse(&text).map_err(|error| at(&args.schema, &error))?;
    let bars = Bars::new();
    let mut fill = |bytes: &mut [u8]| {
        ring::rand::SystemRandom::new().fill(bytes).expect("the operating system gives random bytes");
    };
    let Some(right) = &args.right else { return run_duplicates(args, &schema, &mut fill, &bars) };
    let files = [args.left.clone(), right.clone()];
    let datasets = [args.left_dataset.as_str(), args.right_dataset.as_str()];
    let evaluation =
        measure(&schema, &files, datasets, args.truth.as_deref(), crate::journey::today(), &mut fill, &bars)?;
    if let Some(path) = &args.links {
        let file = File::create(path).map_err(|error| at(path, &error))?;
        evaluation.write_links(BufWriter::new(file)).map_err(|error| at(path, &error))?;
    }
    if args.json {
        output::show(serde_json::to_string_pretty(&evaluation)?);
    } else {
        output::show(evaluation.to_text());
    }
    Ok(())
}

/// The one file with itself.
fn run_duplicates(
    args: &Evaluate,
    schema: &LinkageSchema,
    fill: &mut dyn FnMut(&mut [u8]),
    bars: &Bars,
) -> Result<(), TrialError> {
    let name = args.left.display().to_string();
    let input = Input { file: &name, dataset: &args.left_dataset, source: Source::File(&args.left) };
    let truth_name = args.truth.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let truth = args.truth.as_deref().map(|path| Truth { file: &truth_name, source: Source::File(path) });
    let began = Instant::now();
    let mut surroundings = Surroundings {
        today: crate::journey::today(),
        fill,
        clock: &|| began.elapsed(),
        progress: &|progress| show(progress, bars),
    };
    let evaluation = evaluate::evaluate_duplicates(schema, &input, truth.as_ref(), &mut surroundings)?;
    bars.end();
    if let Some(path) = &args.links {
        let file = File::create(path).map_err(|error| at(path, &error))?;
        evaluation.write_groups(BufWriter::new(file)).map_err(|error| at(path, &error))?;
    }
    if args.json {
        output::show(serde_json::to_string_pretty(&evaluation)?);
    } else {
        output::show(evaluation.to_text());
    }
    Ok(())
}

fn at(path: &Path, error: &dyn std::fmt::Display) -> TrialError {
    TrialError(format!("{}: {error}", path.display()))
}

/// Links two files in this process and measures it against the truth, if there is one.
pub(crate) fn measure(
    schema: &LinkageSchema,
    files: &[PathBuf; 2],
    datasets: [&str; 2],
    truth: Option<&Path>,
    today: Date,
    fill: &mut dyn FnMut(&mut [u8]),
    bars: &Bars,
) -> Result<Evaluation, TrialError> {
    let names = files.each_ref().map(|file| file.display().to_string());
    let input = |side: usize| Input { file: &names[side], dataset: datasets[side], source: Source::File(&files[side]) };
    let truth_name = truth.map(|path| path.display().to_string()).unwrap_or_default();
    let truth = truth.map(|path| Truth { file: &truth_name, source: Source::File(path) });
    let began = Instant::now();
    let mut surroundings =
        Surroundings { today, fill, clock: &|| began.elapsed(), progress: &|progress| show(progress, bars) };
    let evaluation = evaluate::evaluate(schema, &input(0), &input(1), truth.as_ref(), &mut surroundings)?;
    bars.end();
    Ok(evaluation)
}

fn show(progress: Progress, bars: &Bars) {
    match progress {
        Progress::Reading { rows: 0, .. } => bars.begin("pseudonymising", None, ProgressUnit::Items),
        Progress::Linking(linkage::Progress::Joining { done: 1, of }) => {
            bars.begin("joining tokens", Some(of as u64), ProgressUnit::Items);
        }
        Progress::Linking(linkage::Progress::Joining { done, .. }) => bars.at(done as u64),
        // The pairs are compared twice, with the fit between, and the steps of both are counted together.
        Progress::Linking(linkage::Progress::Fitting) => bars.begin("fitting the model", None, ProgressUnit::Items),
        Progress::Measuring { done: 0, of } => bars.begin("trying thresholds", Some(of), ProgressUnit::Items),
        Progress::Measuring { done, .. } => bars.at(done),
        Progress::Reading { .. } | Progress::Linking(linkage::Progress::Comparing { .. }) => {}
    }
}

/// The figures in a few lines.
pub(crate) fn brief(evaluation: &Evaluation) -> String {
    let Some(quality) = &evaluation.quality else {
        return format!("  links {}", evaluation.links);
    };
    let own = &quality.own_rule;
    format!(
        "  true pairs {}, links {}, right {}, false {}, missed {}\n  precision {:.4}, recall {:.4}, F1 {:.4} at the schema's own rule",
        quality.true_pairs,
        evaluation.links,
        own.true_links,
        own.false_links,
        own.missed_links,
        own.precision.unwrap_or_default(),
        own.recall.unwrap_or_default(),
        own.f1.unwrap_or_default(),
    )
}
