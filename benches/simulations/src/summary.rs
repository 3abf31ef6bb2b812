//! What many seeds say together.
//!
//! In: what was observed with each seed, under labels. Out: one [`Line`] a label, and a table. Absent on purpose: any judgement.

use std::fmt::Write as _;

/// What one seed gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observed {
    /// An estimate, its interval, and what is true.
    Interval {
        /// The estimate.
        estimate: f64,
        /// Lower end.
        from: f64,
        /// Upper end.
        to: f64,
        /// What is true.
        truth: f64,
    },
    /// A number.
    Value(f64),
    /// The p of a test of what is true.
    P(f64),
    /// There was none.
    NotEstimated,
    /// The gate suppressed it.
    Suppressed,
}

/// What all seeds gave under one label.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is.
    pub label: String,
    observed: Vec<Observed>,
}

/// A share of seeds, with its Monte Carlo standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// From 0 to 1.
    pub share: f64,
    /// Of the share.
    pub standard_error: f64,
}

impl Line {
    /// No seed yet.
    pub fn new(label: String) -> Self {
        Self { label, observed: Vec::new() }
    }

    /// Adds a seed.
    pub fn add(&mut self, observed: Observed) {
        self.observed.push(observed);
    }

    /// Estimates, or values.
    pub fn estimates(&self) -> Vec<f64> {
        let of = |observed: &Observed| match observed {
            Observed::Interval { estimate, .. } => Some(*estimate),
            Observed::Value(value) | Observed::P(value) => Some(*value),
            _ => None,
        };
        self.observed.iter().filter_map(of).collect()
    }

    /// Their mean.
    pub fn mean(&self) -> Option<f64> {
        mean(&self.estimates())
    }

    /// Their standard deviation over seeds.
    pub fn deviation(&self) -> Option<f64> {
        let estimates = self.estimates();
        let centre = mean(&estimates).filter(|_| estimates.len() > 1)?;
        let squares: f64 = estimates.iter().map(|estimate| (estimate - centre) * (estimate - centre)).sum();
        Some((squares / (estimates.len() - 1) as f64).sqrt())
    }

    /// Mean of estimate less truth.
    pub fn bias(&self) -> Option<f64> {
        mean(&self.intervals(|[estimate, _, _, truth]| estimate - truth))
    }

    /// Mean of the truth.
    pub fn truth(&self) -> Option<f64> {
        mean(&self.intervals(|[.., truth]| truth))
    }

    /// Mean half width of the interval over 1.96: what the intervals take the deviation to be.
    pub fn claimed_deviation(&self) -> Option<f64> {
        mean(&self.intervals(|[_, from, to, _]| (to - from) / 2.0 / 1.96))
    }

    /// Share of intervals that hold the truth.
    pub fn coverage(&self) -> Option<Share> {
        share(&self.intervals(|[_, from, to, truth]| f64::from(u8::from((from..=to).contains(&truth)))))
    }

    /// Share of intervals without zero.
    pub fn excludes_zero(&self) -> Option<Share> {
        share(&self.intervals(|[_, from, to, _]| f64::from(u8::from(from > 0.0 || to < 0.0))))
    }

    /// Share of values at or below a bound.
    pub fn at_most(&self, bound: f64) -> Option<Share> {
        share(&self.estimates().iter().map(|value| f64::from(u8::from(*value <= bound))).collect::<Vec<_>>())
    }

    /// Share of tests with a p below 0.05.
    pub fn rejects(&self) -> Option<Share> {
        let of = |observed: &Observed| match observed {
            Observed::P(p) => Some(f64::from(u8::from(*p < 0.05))),
            _ => None,
        };
        share(&self.observed.iter().filter_map(of).collect::<Vec<_>>())
    }

    /// Seeds without an estimate, and those of them that the gate suppressed.
    pub fn without(&self) -> (usize, usize) {
        let count = |wanted: Observed| self.observed.iter().filter(|observed| **observed == wanted).count();
        (count(Observed::NotEstimated), count(Observed::Suppressed))
    }

    /// Seeds.
    pub fn seeds(&self) -> usize {
        self.observed.len()
    }

    fn intervals(&self, of: impl Fn([f64; 4]) -> f64) -> Vec<f64> {
        let one = |observed: &Observed| match *observed {
            Observed::Interval { estimate, from, to, truth } => Some(of([estimate, from, to, truth])),
            _ => None,
        };
        self.observed.iter().filter_map(one).collect()
    }
}

/// Puts the findings of all seeds together, in the order of the first that has each.
pub fn lines(seeds: impl IntoIterator<Item = Vec<(String, Observed)>>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (label, observed) in seeds.into_iter().flatten() {
        let at = lines.iter().position(|line| line.label == label).unwrap_or_else(|| {
            lines.push(Line::new(label));
            lines.len() - 1
        });
        lines[at].add(observed);
    }
    lines
}

/// A markdown table of intervals, and one of numbers, as far as there are any.
pub fn markdown(lines: &[Line]) -> String {
    let mut out = String::new();
    let of = |share: Option<Share>| {
        share.map_or("-".to_owned(), |of| format!("{:.1} ± {:.1}", 100.0 * of.share, 100.0 * of.standard_error))
    };
    let number = |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:.3}"));
    let (tests, others): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.rejects().is_some());
    let (numbers, intervals): (Vec<_>, Vec<_>) = others.into_iter().partition(|line| line.truth().is_none());
    if !intervals.is_empty() {
        out += "| | truth | mean estimate | bias | SD over seeds | SD that the intervals claim | interval holds the truth, % | interval without 0, % | not estimated, suppressed |\n|---|---|---|---|---|---|---|---|---|\n";
    }
    for line in intervals {
        let (none, suppressed) = line.without();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {none}, {suppressed} |",
            line.label,
            number(line.truth()),
            number(line.mean()),
            number(line.bias()),
            number(line.deviation()),
            number(line.claimed_deviation()),
            of(line.coverage()),
            of(line.excludes_zero()),
        );
    }
    if !numbers.is_empty() {
        out += "\n| | mean | SD over seeds | at or below -10, % of seeds | not estimated, suppressed |\n|---|---|---|---|---|\n";
    }
    for line in numbers {
        let (none, suppressed) = line.without();
        let (mean, deviation, low) = (number(line.mean()), number(line.deviation()), of(line.at_most(-10.0)));
        let _ = writeln!(out, "| {} | {mean} | {deviation} | {low} | {none}, {suppressed} |", line.label);
    }
    if !tests.is_empty() {
        out += "\n| | p below 0.05, % of seeds | mean p | not estimated, suppressed |\n|---|---|---|---|\n";
    }
    for line in tests {
        let (none, suppressed) = line.without();
        let (rejects, mean) = (of(line.rejects()), number(line.mean()));
        let _ = writeln!(out, "| {} | {rejects} | {mean} | {none}, {suppressed} |", line.label);
    }
    out
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn share(hits: &[f64]) -> Option<Share> {
    let share = mean(hits)?;
    Some(Share { share, standard_error: (share * (1.0 - share) / hits.len() as f64).sqrt() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    /// By hand: of three intervals one misses the truth, one has no zero.
    #[test]
    fn shares_bias_and_deviation() {
        let interval = |estimate, from, to| Observed::Interval { estimate, from, to, truth: 1.0 };
        let seeds = [interval(1.0, 0.0, 2.0), interval(3.0, 2.0, 4.0), interval(-1.0, -3.0, 1.0)].map(Some);
        let seeds = seeds
            .into_iter()
            .chain([None, None])
            .map(|observed| vec![("a".to_owned(), observed.unwrap_or(Observed::Suppressed))]);
        let lines = lines(seeds);
        let [line] = &lines[..] else { panic!("one label, one line") };
        assert_eq!((line.seeds(), line.without()), (5, (0, 2)));
        assert_eq!((line.mean(), line.bias(), line.deviation()), (Some(1.0), Some(0.0), Some(2.0)));
        assert!((line.coverage().unwrap().share - 2.0 / 3.0).abs() < 1e-12);
        assert!((line.excludes_zero().unwrap().share - 1.0 / 3.0).abs() < 1e-12);
        assert!((line.coverage().unwrap().standard_error - (2.0_f64 / 27.0).sqrt()).abs() < 1e-12);
        assert_eq!(Line::new(String::new()).coverage(), None);
        assert_eq!((line.rejects(), Line::new(String::new()).rejects()), (None, None));
    }

    /// By hand: one of three is below 0.05.
    #[test]
    fn tests_reject_below_a_twentieth() {
        let seeds = [0.04, 0.05, 0.9].map(|p| vec![("a".to_owned(), Observed::P(p))]);
        let lines = lines(seeds);
        assert!((lines[0].rejects().unwrap().share - 1.0 / 3.0).abs() < 1e-12);
        assert!(markdown(&lines).contains("| a | 33.3 ± 27.2 | 0.330 | 0, 0 |"), "{}", markdown(&lines));
    }
}
