//! What an evaluation found, for people.

use std::fmt::{self, Display, Formatter, Write as _};

use super::report::{Evaluation, ExpectedReport, FileReport, ModelReport, Quality, Score};

impl Evaluation {
    /// The report as plain text, lines of at most about a hundred characters.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text).expect("a String takes all that is written to it");
        text
    }

    fn write_text(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "Linkage schema {}, digest {}", self.schema, self.schema_digest)?;
        for (side, file) in [("Left ", &self.left), ("Right", &self.right)] {
            write_file(out, side, file)?;
        }
        writeln!(out, "\n{}", head_of_tokens())?;
        for token in &self.tokens {
            let (links, alone, wrong) = (Count(token.links), Count(token.links_by_it_alone), OrNone(token.false_links));
            write!(out, "{:<34}{links:>12}{alone:>12}{wrong:>8}", token.token)?;
            if token.groups_left_out > 0 {
                let (values, pairs) = (Count(token.groups_left_out), Count(token.pairs_left_out));
                write!(out, "   {values} values of {pairs} pairs left out")?;
            }
            writeln!(out)?;
        }
        write_model(out, &self.model)?;
        let (candidates, links) = (Count(self.candidate_pairs), Count(self.links));
        writeln!(
            out,
            "\nCandidate pairs {candidates}, links {links}, of probability {:.4} or more",
            self.link_probability_min
        )?;
        let (left, right) = (Count(self.contested_left), Count(self.contested_right));
        writeln!(out, "Rows that two or more could be, left unlinked: {left} left, {right} right")?;
        if self.former_unclear > 0 {
            let tokens = Count(self.former_unclear);
            writeln!(out, "Tokens of former NHS numbers that one file has of two people, left unused: {tokens}")?;
        }
        write_expected(out, &self.expected)?;
        match &self.quality {
            Some(quality) => write_quality(out, quality)?,
            None => writeln!(out, "No truth was given, so nothing is said about how many links are right.")?,
        }
        writeln!(out)?;
        for step in &self.steps {
            write!(out, "{:<20}{:>9.2} s", step.step, step.seconds)?;
            match step.records_per_second {
                Some(rate) => writeln!(out, "{rate:>14.0} records/s")?,
                None => writeln!(out)?,
            }
        }
        if let Some(bytes) = self.peak_memory_bytes {
            writeln!(out, "{:<20}{:>9} MiB", "peak memory", bytes >> 20)?;
        }
        Ok(())
    }
}

fn head_of_tokens() -> String {
    format!("{:<34}{:>12}{:>12}{:>8}", "match key or blocking rule", "links share", "it alone", "false")
}

fn write_model(out: &mut String, model: &ModelReport) -> fmt::Result {
    let (matches, iterations) = (model.matches_expected, model.iterations);
    writeln!(out, "\nModel: {}, {iterations} iterations, {matches:.0} matches expected", model.end)?;
    writeln!(out, "{:<16}{:<48}{:>10}{:>14}{:>10}", "field", "agrees in", "m", "u", "matches")?;
    for field in &model.fields {
        for state in &field.states {
            let agrees = if state.agrees.is_empty() { "nothing".to_owned() } else { state.agrees.join(" ") };
            let (m, u, matches) = (state.m_probability, state.u_probability, state.matches_expected);
            writeln!(out, "{:<16}{agrees:<48}{m:>10.5}{u:>14.3e}{matches:>10.0}", field.field)?;
        }
    }
    Ok(())
}

fn write_expected(out: &mut String, expected: &ExpectedReport) -> fmt::Result {
    let [precision, recall] = [expected.precision, expected.recall].map(Fraction);
    let (wrong, missed, apart) = (expected.false_links, expected.missed_links, expected.missed_apart);
    writeln!(
        out,
        "The model expects: precision {precision} recall {recall}; {wrong:.1} false, {missed:.1} missed, and {apart:.1} more that share no token"
    )?;
    for band in expected.bands.iter().filter(|band| band.links > 0) {
        let (links, wrong) = (Count(band.links), band.false_links);
        write!(out, "  probability below {:.3}: {links:>9} links, {wrong:.1} expected false", band.below)?;
        match band.false_links_counted {
            Some(counted) => writeln!(out, ", {} are", Count(counted))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

fn write_file(out: &mut String, side: &str, file: &FileReport) -> fmt::Result {
    let (rows, kept) = (Count(file.rows), Count(file.kept));
    writeln!(out, "{side} {} ({}): {rows} rows, {kept} pseudonymised", file.file, file.dataset)?;
    if file.repeated > 0 {
        writeln!(out, "      {} rows left out: record identifier of an earlier row", Count(file.repeated))?;
    }
    for rejected in &file.rejected {
        writeln!(out, "      {} rows left out: {}", Count(rejected.rows), rejected.reason)?;
    }
    for problem in &file.problems {
        writeln!(out, "      {} without {}: {}", Count(problem.rows), problem.field, problem.reason)?;
    }
    if file.former_rows > 0 {
        writeln!(out, "      {} rows with former NHS numbers", Count(file.former_rows))?;
    }
    if !file.fields_without_column.is_empty() {
        writeln!(out, "      no column for: {}", file.fields_without_column.join(", "))?;
    }
    Ok(())
}

fn write_quality(out: &mut String, quality: &Quality) -> fmt::Result {
    writeln!(out, "\nTrue pairs {}", Count(quality.true_pairs))?;
    for (count, what) in [
        (quality.true_pairs_left_out, "have a row that was left out; they count as missed"),
        (quality.repeated_pairs, "more were repeated"),
        (quality.unknown_left, "more name no record of the left file; they do not count"),
        (quality.unknown_right, "more name no record of the right file; they do not count"),
    ] {
        if count > 0 {
            writeln!(out, "      {} {what}", Count(count))?;
        }
    }
    let proposed = Count(quality.true_pairs_proposed);
    writeln!(out, "      {proposed} share a token ({})", Fraction(quality.blocking_recall))?;
    writeln!(out, "At the schema's own rule:      {}", Line(&quality.own_rule))?;
    if let Some(best) = &quality.best_on_the_truth {
        let threshold = best.link_probability_min_permille;
        writeln!(out, "At {threshold:>4}, chosen on the truth:  {}", Line(&best.score))?;
    }
    if !quality.thresholds.is_empty() {
        writeln!(out, "Over all thresholds (thousandths):")?;
    }
    for tried in &quality.thresholds {
        writeln!(out, "  {:>5}  {}", tried.link_probability_min_permille, Line(&tried.score))?;
    }
    Ok(())
}

/// With a comma at each thousand.
struct Count(u64);

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut grouped = String::with_capacity(digits.len() * 4 / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

struct OrNone(Option<u64>);

impl Display for OrNone {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(count) => Count(count).fmt(f),
            None => f.pad("-"),
        }
    }
}

struct Fraction(Option<f64>);

impl Display for Fraction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(fraction) => write!(f, "{fraction:.4}"),
            None => f.write_str("-"),
        }
    }
}

struct Line<'a>(&'a Score);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let score = self.0;
        let [precision, recall, f1] = [score.precision, score.recall, score.f1].map(Fraction);
        let [right, wrong, missed] = [score.true_links, score.false_links, score.missed_links].map(Count);
        write!(f, "precision {precision} recall {recall} F1 {f1}; {right} true, {wrong} false, {missed} missed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_the_tokens_stand_apart() {
        let head = head_of_tokens();
        let columns: Vec<&str> = head.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
        assert_eq!(columns, ["match key or blocking rule", "links share", "it alone", "false"]);
    }
}
