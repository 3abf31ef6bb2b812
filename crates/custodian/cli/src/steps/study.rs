//! A study in plain words: whom it counts, over which days, whom it compares them with, and every table that it would release.
//!
//! In: the agreement folder and a study's name. Out: statements and checks; nobody's data.
//! Absent on purpose: judging whether the study is a good one. That is for the parties, before they sign.

mod comparison;
mod score;

use std::fmt;
use std::path::{Path, PathBuf};

use counterfoil_model::{Agreement, Measure, MeasureRole, Study, StudyId, TotalUnit, in_months, planned_tables};
use serde::Serialize;

use crate::check::Checks;
use crate::error::StepError;
use crate::folder::AgreementFolder;

/// What `study check` needs.
#[derive(Debug, Clone)]
pub struct StudyCheck {
    /// The agreement folder.
    pub agreement: PathBuf,
    /// The study.
    pub study: StudyId,
}

/// A study in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StudyReport {
    /// The study.
    pub study: String,
    /// Its digest.
    pub digest: String,
    /// What it does, a statement a line.
    pub says: Vec<String>,
    /// What it would release.
    pub tables: Vec<TableOutline>,
    /// What was checked.
    pub checks: Checks,
}

/// A table that a study would release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableOutline {
    /// Its name.
    pub table: String,
    /// The labels of its rows.
    pub rows: Vec<String>,
}

/// Says what a study does, and checks it against the agreement.
///
/// # Errors
/// [`StepError`] when the terms or the study cannot be read; that the study asks for what is not shared is a failed check.
pub fn study_check(args: &StudyCheck) -> Result<StudyReport, StepError> {
    let folder = AgreementFolder::at(Path::new(&args.agreement));
    let agreement = folder.read_terms()?;
    let study = folder.read_study(&args.study)?;
    let mut checks = Checks::default();
    let fits = agreement.check_study(&study);
    let tables = if fits.is_ok() { planned_tables(&agreement, &study) } else { Vec::new() };
    let name = format!("agreement {} pins this study and shares all that it asks for", agreement.id);
    checks.push(name, fits.map_err(|error| error.to_string()));
    Ok(StudyReport {
        study: study.id.to_string(),
        digest: study.digest.to_string(),
        says: in_words(&agreement, &study),
        tables: tables.into_iter().map(|of| TableOutline { table: of.id.to_string(), rows: of.rows }).collect(),
        checks,
    })
}

fn in_words(agreement: &Agreement, study: &Study) -> Vec<String> {
    let name = |id| agreement.dataset(id).map_or_else(|| format!("{id} (no such dataset)"), |of| of.id.to_string());
    let mut words = vec![
        study.title.clone(),
        format!("Counts people of {} by what {} records of them.", name(&study.cohort), name(&study.usage)),
        format!(
            "Day 0 is each person's {}. Everybody who started is counted, whether they completed or not.",
            study.index_date
        ),
        format!(
            "Before: the {} that end with the day before day 0{}. After: the {} from day 0 on.",
            in_months(study.look_back_months),
            match study.dip_months {
                0 => String::new(),
                months => format!(", without the last {}, which are shown apart", in_months(months)),
            },
            in_months(study.follow_up_months),
        ),
        format!(
            "Analysed are people whose whole look-back and follow-up lie inside the days for which the records are complete, less {} \
             days by which records come late.",
            study.lag_days
        ),
    ];
    if let Some(completers) = &study.completers {
        let codes: Vec<_> = completers.codes.iter().map(ToString::to_string).collect();
        let (variable, codes, definition) = (&completers.variable, codes.join(" or "), &completers.definition);
        words.push(format!("Completers, always beside everybody who started: {variable} is {codes} ({definition})."));
    }
    for censoring in &study.censoring {
        words.push(format!(
            "Somebody's time ends early with {} ({}), participants' and others' alike.",
            censoring.variable,
            censoring.reason.label().to_lowercase()
        ));
    }
    words.extend(study.measures.iter().map(measure_in_words));
    words.extend(study.scores.iter().map(|score| score::in_words(agreement, study, score)));
    match &study.comparison {
        None => {
            words.push("There is no comparison: what comes out are counts, and no effect of the programme.".to_owned());
        }
        Some(comparison) => words.extend(comparison::in_words(comparison)),
    }
    words
}

fn measure_in_words(measure: &Measure) -> String {
    let what = match &measure.total {
        None => "the number of".to_owned(),
        Some(total) => match total.unit {
            TotalUnit::Days => format!("the {} (days) of", total.variable),
            TotalUnit::Pence => format!("the {} (pence at one tariff) of", total.variable),
        },
    };
    let events: Vec<_> = measure.events.iter().map(ToString::to_string).collect();
    let only: Vec<_> = measure
        .only
        .iter()
        .map(|only| {
            let codes: Vec<_> = only.codes.iter().map(ToString::to_string).collect();
            format!(" with {} {}", only.variable, codes.join(" or "))
        })
        .collect();
    let from = measure.recorded_from.as_ref().map_or_else(String::new, |from| format!(", recorded from {from} on"));
    let role = match measure.role {
        MeasureRole::Outcome => "",
        MeasureRole::NegativeControl => " A negative control: the programme cannot change it.",
    };
    format!("Measure {}: {what} {}{}{from}.{role}", measure.label, events.join(" and "), only.concat())
}

impl fmt::Display for StudyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Study {}, digest {}", self.study, self.digest)?;
        for line in &self.says {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "\nIt would release these tables, whatever comes out:")?;
        for table in &self.tables {
            writeln!(f, "  {} ({})", table.table, crate::show::count(table.rows.len() as u64, "row", "rows"))?;
            for row in &table.rows {
                writeln!(f, "    {row}")?;
            }
        }
        writeln!(f)?;
        write!(f, "{}", self.checks)
    }
}
