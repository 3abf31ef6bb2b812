//! How time and memory of linking grow with people: `growth SCHEMA CHART.svg [--sizes 100000,1000000] [--repeats 3] [--folder FOLDER]`.
//!
//! For every size N it makes up two files of N people, half of them in both, and runs the `link_extracts` beside it: people to
//! signed extracts, extracts to links, each in a process of its own. Medians of so many runs; of the largest size there is one.
//! Out: a table in Markdown with the fitted exponents, and a chart. Absent on purpose: the quality of the links (`evaluate`).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example reports to whoever runs it")]

mod chart;
mod people;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SIZES: [u32; 5] = [100_000, 300_000, 1_000_000, 2_000_000, 4_000_000];
const REPEATS: usize = 3;
const SEED: u64 = 1;
/// What `link_extracts link` prints of each step, in this order.
const STEPS: [&str; 5] = ["read and checked", "joined", "counted", "fitted and selected", "decided"];

/// What one size took.
struct Measured {
    people: u32,
    made: Usage,
    linked: Usage,
    /// CPU seconds, in the order of [`STEPS`].
    steps: [f64; 5],
}

/// The last line of `link_extracts`.
#[derive(Clone, Copy, Deserialize)]
struct Usage {
    cpu_seconds: f64,
    peak_mib: u64,
    #[serde(default)]
    candidate_pairs: u64,
}

struct Arguments {
    schema: PathBuf,
    chart: PathBuf,
    sizes: Vec<u32>,
    repeats: usize,
    folder: Option<PathBuf>,
}

fn main() -> Outcome<()> {
    let arguments = arguments()?;
    let temporary = tempfile::tempdir()?;
    let folder = arguments.folder.as_deref().unwrap_or(temporary.path());
    let program = std::env::current_exe()?.with_file_name("link_extracts");
    if !program.exists() {
        return Err("link_extracts is not built: cargo build --release -p counterfoil-benches --examples".into());
    }
    let mut measured = Vec::new();
    for (nth, people) in arguments.sizes.iter().enumerate() {
        let is_last = nth > 0 && nth + 1 == arguments.sizes.len();
        measured.push(measure(&program, &arguments, folder, *people, if is_last { 1 } else { arguments.repeats })?);
    }
    println!("{}", table(&measured));
    fs::write(&arguments.chart, chart::draw(&measured)?)?;
    Ok(())
}

fn arguments() -> Outcome<Arguments> {
    let (mut files, mut sizes, mut repeats, mut folder) = (Vec::new(), SIZES.to_vec(), REPEATS, None);
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--sizes" => sizes = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--repeats" => repeats = value()?.parse()?,
            "--folder" => folder = Some(PathBuf::from(value()?)),
            _ => files.push(PathBuf::from(argument)),
        }
    }
    let Ok([schema, chart]) = <[PathBuf; 2]>::try_from(files) else {
        return Err("SCHEMA CHART.svg [--sizes N,N,...] [--repeats N] [--folder FOLDER]".into());
    };
    if sizes.len() < 2 || repeats == 0 {
        return Err("growth is seen from two sizes on, each measured once at least".into());
    }
    Ok(Arguments { schema, chart, sizes, repeats, folder })
}

fn measure(program: &Path, arguments: &Arguments, folder: &Path, people: u32, repeats: usize) -> Outcome<Measured> {
    let (csv, extracts) = (folder.join(format!("people-{people}")), folder.join(format!("extracts-{people}")));
    eprintln!("{people} people a side: making them up");
    people::write(people, SEED, &csv)?;
    let (mut made, mut linked, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 1..=repeats {
        eprintln!("{people} people a side, {turn} of {repeats}");
        let _ = fs::remove_dir_all(&extracts);
        let files = [&arguments.schema, &csv.join("a.csv"), &csv.join("b.csv"), &extracts];
        made.push(usage(&run(Command::new(program).arg("make").args(files))?)?);
        let printed = run(Command::new(program).arg("link").args([&arguments.schema, &extracts]))?;
        linked.push(usage(&printed)?);
        steps.push(seconds_of_steps(&printed)?);
    }
    fs::remove_dir_all(&extracts)?;
    fs::remove_dir_all(&csv)?;
    let step = |nth: usize| median(steps.iter().map(|steps| steps[nth]));
    let steps = std::array::from_fn(step);
    Ok(Measured { people, made: middle(&made), linked: middle(&linked), steps })
}

fn run(command: &mut Command) -> Outcome<String> {
    let done = command.output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    Ok(String::from_utf8(done.stdout)?)
}

fn usage(printed: &str) -> Outcome<Usage> {
    Ok(serde_json::from_str(printed.lines().last().unwrap_or_default())?)
}

/// Lines such as `joined 0.12 s`.
fn seconds_of_steps(printed: &str) -> Outcome<[f64; 5]> {
    let mut seconds = [0.0; 5];
    for (seconds, step) in seconds.iter_mut().zip(STEPS) {
        let of_step = |line: &str| line.strip_prefix(step)?.strip_suffix(" s")?.trim().parse().ok();
        *seconds = printed.lines().find_map(of_step).ok_or_else(|| format!("link_extracts does not say \"{step}\""))?;
    }
    Ok(seconds)
}

/// Each figure the median of its own. Candidate pairs are the same in every run.
fn middle(of: &[Usage]) -> Usage {
    let mut peaks: Vec<u64> = of.iter().map(|usage| usage.peak_mib).collect();
    peaks.sort_unstable();
    Usage { cpu_seconds: median(of.iter().map(|usage| usage.cpu_seconds)), peak_mib: peaks[peaks.len() / 2], ..of[0] }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The slope of the logarithm of `value` on the logarithm of people, by least squares: 1 is linear.
fn exponent(measured: &[Measured], value: impl Fn(&Measured) -> f64) -> f64 {
    let points: Vec<_> = measured.iter().map(|one| (f64::from(one.people).ln(), value(one).ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
    let together: f64 = points.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    together / points.iter().map(|(x, _)| (x - x_mean).powi(2)).sum::<f64>()
}

fn table(measured: &[Measured]) -> String {
    let mut lines = vec![
        format!(
            "| people a side | candidate pairs | extracts to links | {} | peak | making the extracts | peak |",
            STEPS.join(" | ")
        ),
        format!("|{}", "---|".repeat(STEPS.len() + 6)),
    ];
    for Measured { people, made, linked, steps } in measured {
        let steps: Vec<String> = steps.iter().map(|seconds| format!("{seconds:.2}")).collect();
        lines.push(format!(
            "| {people} | {} | {:.2} s | {} | {} MiB | {:.2} s | {} MiB |",
            linked.candidate_pairs,
            linked.cpu_seconds,
            steps.join(" | "),
            linked.peak_mib,
            made.cpu_seconds,
            made.peak_mib
        ));
    }
    let exponents: Vec<String> =
        (0..STEPS.len()).map(|nth| format!("{:.2}", exponent(measured, |one| one.steps[nth]))).collect();
    lines.push(format!(
        "| exponent | {:.2} | {:.2} | {} | {:.2} | {:.2} | {:.2} |",
        exponent(measured, |one| one.linked.candidate_pairs as f64),
        exponent(measured, |one| one.linked.cpu_seconds),
        exponents.join(" | "),
        exponent(measured, |one| one.linked.peak_mib as f64),
        exponent(measured, |one| one.made.cpu_seconds),
        exponent(measured, |one| one.made.peak_mib as f64),
    ));
    lines.join("\n")
}
