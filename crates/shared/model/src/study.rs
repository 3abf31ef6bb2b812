//! The study: who is counted, from which day, over which months, and what is counted. Pinned by the agreement, and in
//! the log before any extract that it reads.

use serde::Deserialize;

use crate::code::{Code, DatasetId, StudyId};
use crate::digest::{Digest, StudyDigest};
use crate::limits::{STUDY_MONTHS_MAX, TERMS_BYTES_MAX};

const FORMAT: &str = "counterfoil-study-1";
const ITEMS_MAX: usize = 64;
/// Labels become parts of row and column headings, which have 200 bytes at most.
const LABEL_BYTES_MAX: usize = 150;
const TABLES_OF_EVERY_STUDY: [&str; 2] = ["flow", "use"];

/// Why a study file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StudyError {
    /// Not TOML, an unknown or a missing key, or a value of the wrong type.
    #[error("study: {0}")]
    Toml(String),
    /// A statement in the file that cannot stand.
    #[error("study: {place}: {problem}")]
    Invalid {
        /// Where.
        place: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// Events that are counted before and after the index date.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its name in tables.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// The event codes that count, from the usage dataset.
    pub events: Vec<Code>,
}

/// A score of the programme, at the start and again after some months.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Its name in tables.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// The measure code, from the cohort dataset.
    pub measure: Code,
    /// Months after the index date at which it is looked for.
    pub at_months: Vec<u32>,
    /// A score this many days before or after that day still counts; the nearest is taken, the earlier on a tie.
    pub window_days: u32,
    /// Improved means: at least this many points above the score nearest the index date.
    pub improvement_min: u32,
}

/// Linked people by the values of one variable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    /// Its name in tables.
    pub id: Code,
    /// What a reader sees.
    pub label: String,
    /// The dataset that has the variable.
    pub dataset: DatasetId,
    /// A code or a whole-number variable of that dataset's people.
    pub variable: Code,
}

impl Breakdown {
    /// Most values of a whole-number variable that people may be broken down by.
    pub const VALUES_MAX: u64 = 100;
}

/// A study, valid by construction as far as it goes by itself; that its datasets, variables and codes exist is checked
/// against the agreement ([`crate::Agreement::check_study`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Study {
    /// Its name.
    pub id: StudyId,
    /// What a reader sees.
    pub title: String,
    /// Dataset of the people who took part.
    pub cohort: DatasetId,
    /// Dataset in which their events are found.
    pub usage: DatasetId,
    /// The cohort variable that is each person's day 0.
    pub index_date: Code,
    /// Months before the index date.
    pub look_back_months: u32,
    /// Months from the index date on. Whoever's follow-up is not over by the end of the usage extract is left out.
    pub follow_up_months: u32,
    /// What is counted.
    pub measures: Vec<Measure>,
    /// What is scored.
    pub scores: Vec<Score>,
    /// What people are broken down by.
    pub breakdowns: Vec<Breakdown>,
    /// Digest of the file.
    pub digest: StudyDigest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    id: StudyId,
    title: String,
    cohort: DatasetId,
    usage: DatasetId,
    index_date: Code,
    look_back_months: u32,
    follow_up_months: u32,
    #[serde(default)]
    measure: Vec<Measure>,
    #[serde(default)]
    score: Vec<Score>,
    #[serde(default)]
    breakdown: Vec<Breakdown>,
}

impl Study {
    /// Parses a study file.
    ///
    /// # Errors
    /// [`StudyError`] that names the place and what to change.
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        if text.len() > TERMS_BYTES_MAX {
            return refuse("file", "longer than 1 MiB");
        }
        let file: File = toml::from_str(text).map_err(|error| StudyError::Toml(error.to_string()))?;
        if file.format != FORMAT {
            return refuse("format", "write format = \"counterfoil-study-1\"");
        }
        check(&file)?;
        Ok(Self {
            id: file.id,
            title: file.title,
            cohort: file.cohort,
            usage: file.usage,
            index_date: file.index_date,
            look_back_months: file.look_back_months,
            follow_up_months: file.follow_up_months,
            measures: file.measure,
            scores: file.score,
            breakdowns: file.breakdown,
            digest: StudyDigest(Digest::of(text.as_bytes())),
        })
    }
}

/// Checks a study by itself.
fn check(file: &File) -> Result<(), StudyError> {
    let months = 1..=STUDY_MONTHS_MAX;
    if !months.contains(&file.look_back_months) || !months.contains(&file.follow_up_months) {
        return refuse("look_back_months, follow_up_months", "are 1 to 240");
    }
    let ids = file.measure.iter().map(|measure| &measure.id);
    let ids = ids.chain(file.score.iter().map(|score| &score.id));
    let ids: Vec<_> = ids.chain(file.breakdown.iter().map(|breakdown| &breakdown.id)).collect();
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    if ids.is_empty() || ids.len() > ITEMS_MAX || distinct.len() != ids.len() {
        return refuse("measure, score, breakdown", "are 1 to 64 together, each id once");
    }
    if ids.iter().any(|id| TABLES_OF_EVERY_STUDY.contains(&id.as_str())) {
        return refuse("score, breakdown", "`flow` and `use` are tables of every study; choose another id");
    }
    let labels = file.measure.iter().map(|measure| &measure.label);
    let labels = labels.chain(file.score.iter().map(|score| &score.label));
    let mut labels = labels.chain(file.breakdown.iter().map(|breakdown| &breakdown.label)).chain([&file.title]);
    if labels.any(|label| !is_plain_text(label)) {
        return refuse(
            "title, label",
            "have 1 to 150 bytes, begin with none of = + - @ (which a spreadsheet would run), and have no control character",
        );
    }
    let rows: std::collections::BTreeSet<_> = file.measure.iter().map(|measure| &measure.label).collect();
    if rows.len() != file.measure.len() {
        return refuse("measure", "each label once: they are the rows of one table");
    }
    if file.measure.iter().any(|measure| measure.events.is_empty()) {
        return refuse("measure", "events names at least one event code");
    }
    for score in &file.score {
        if score.at_months.is_empty() || !score.at_months.iter().all(|month| months.contains(month)) {
            return refuse("score", "at_months holds months from 1 to 240");
        }
        if !score.at_months.is_sorted_by(|earlier, later| earlier < later) {
            return refuse("score", "at_months ascends, each month once");
        }
    }
    Ok(())
}

/// Whether a text can stand in a table of a release. Whoever makes the table checks again; here it is said before people's data is
/// there.
fn is_plain_text(text: &str) -> bool {
    let turns_text_around = |c: char| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (1..=LABEL_BYTES_MAX).contains(&text.len())
        && !text.starts_with(['=', '+', '-', '@'])
        && !text.contains(|c: char| c.is_control() || turns_text_around(c))
}

fn refuse<T>(place: &str, problem: &str) -> Result<T, StudyError> {
    Err(StudyError::Invalid { place: place.to_owned(), problem: problem.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUDY: &str = r#"
format = "counterfoil-study-1"
id = "use"
title = "Use of hospital"
cohort = "programme"
usage = "nhs-usage"
index_date = "start_date"
look_back_months = 24
follow_up_months = 24
measure = [{ id = "ae", label = "A&E", events = ["ae_attendance"] }]
"#;

    #[test]
    fn a_study_is_read_and_its_digest_is_of_its_bytes() {
        let study = Study::parse(STUDY).expect("valid");
        assert_eq!(study.measures.len(), 1);
        assert_eq!(study.digest, StudyDigest(Digest::of(STUDY.as_bytes())));
    }

    #[test]
    fn what_cannot_stand_is_refused() {
        for (from, to, said) in [
            ("study-1\"", "study-2\"", "format"),
            ("look_back_months = 24", "look_back_months = 0", "1 to 240"),
            ("follow_up_months = 24", "follow_up_months = 241", "1 to 240"),
            ("[\"ae_attendance\"]", "[]", "at least one event"),
            ("measure = [", "nothing = [", "unknown field"),
            ("[{ id = \"ae\", label = \"A&E\", events = [\"ae_attendance\"] }]", "[]", "1 to 64"),
            ("id = \"use\"", "id = \"Use\"", "lower-case"),
            ("id = \"ae\"", "id = \"flow\"", "tables of every study"),
            ("label = \"A&E\"", "label = \"\"", "1 to 150 bytes"),
            ("label = \"A&E\"", "label = \"=A&E\"", "begin with none of"),
            ("label = \"A&E\"", "label = \"+A&E\"", "begin with none of"),
            ("label = \"A&E\"", "label = \"-A&E\"", "begin with none of"),
            ("title = \"Use of hospital\"", "title = \"@hospital\"", "begin with none of"),
            ("label = \"A&E\"", "label = \"A\\nE\"", "no control character"),
            ("label = \"A&E\"", "label = \"A\\u202eE\"", "no control character"),
            ("label = \"A&E\"", "label = \"A\\u2067E\"", "no control character"),
            ("}]", "}, { id = \"again\", label = \"A&E\", events = [\"ae_arrival\"] }]", "each label once"),
        ] {
            let changed = STUDY.replacen(from, to, 1);
            assert_ne!(changed, STUDY, "{from}");
            let error = Study::parse(&changed).expect_err(to).to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
