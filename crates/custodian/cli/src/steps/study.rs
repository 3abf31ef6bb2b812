//! A study in plain words: whom it counts, over which days, whom it compares them with, and every table that it would release.
//!
//! In: the agreement folder and a study's name. Out: statements and checks; nobody's data.
//! Absent on purpose: judging whether the study is a good one. That is for the parties, before they sign.

mod comparison;
mod score;

use std::fmt;
use std::path::{Path, PathBuf};

use counterfoil_model::{Agreement, Code, Measure, MeasureRole, Study, StudyId, TotalUnit, in_months, planned_tables};
use serde::Serialize;

use crate::check::Checks;
use crate::error::StepError;
use crate::folder::AgreementFolder;
use crate::show::pence_in_pounds;

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
    words.extend(other_outcomes_in_words(study));
    match &study.comparison {
        None => {
            words.push("There is no comparison: what comes out are counts, and no effect of the programme.".to_owned());
        }
        Some(comparison) => words.extend(comparison::in_words(comparison)),
    }
    words
}

/// What is neither counted over time nor scored.
fn other_outcomes_in_words(study: &Study) -> Vec<String> {
    let list = |codes: &[Code]| codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let mut words: Vec<String> = Vec::new();
    words.extend(
        study.attainments.iter().map(|of| format!("Attained, {}: {} is {}.", of.label, of.variable, list(&of.codes))),
    );
    words.extend(study.uptakes.iter().map(|of| {
        let within = in_months(of.within_months);
        let (events, from, to) = (list(&of.events), of.from_year, of.to_year);
        format!("Uptake, {}: {events} within {within} before the end of each year, {from} to {to}.", of.label)
    }));
    words.extend(study.again.iter().map(|of| {
        format!("Use again, {}: {} and another within {}.", of.label, list(&of.events), in_months(of.within_months))
    }));
    words.extend(
        study.breakdowns.iter().map(|of| format!("People by {} ({} of {}).", of.label, of.variable, of.dataset)),
    );
    let label = |id: &Code| {
        let attained = study.attainments.iter().find(|of| of.id == *id).map(|of| &of.label);
        let label = attained.or_else(|| study.scores.iter().find(|of| of.id == *id).map(|of| &of.label));
        label.map_or_else(|| id.to_string(), ToString::to_string)
    };
    let each = |outcome: &Code, pence: u64| format!("{} a person: {}", pence_in_pounds(pence.into()), label(outcome));
    words.extend(study.prices.iter().map(|of| format!("{} pays {}.", of.payer, each(&of.outcome, of.pence_each))));
    if let Some(value) = &study.value {
        words.push(format!("The programme cost {} ({}).", pence_in_pounds(value.cost_pence.into()), value.source));
        words.extend(value.benefit.iter().map(|of| format!("Worth {}.", each(&of.outcome, of.pence_each))));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_comparison_and_checks_are_said() {
        let sample = include_str!("../../../../../docs/samples/study.toml");
        let study = Study::parse(sample).expect("the sample is a study");
        let comparison = study.comparison.as_ref().expect("it has one");
        let said = [other_outcomes_in_words(&study), comparison::in_words(comparison)].concat();
        for line in [
            "Attained, Kept the home: home is kept.",
            "Uptake, Breast screening: mammogram within 36 months before the end of each year, 2021 to 2025.",
            "Use again, Emergency admissions: admission and another within 3 months.",
            "People by Deprivation (decile of the area) (area_decile of programme).",
            "The council pays £2,500 a person: Kept the home.",
            "The programme cost £1,000,000 (the contract, clause 4).",
            "Worth £9,000 a person: Kept the home.",
            "  compared are only people whose practice is b89001, b89002",
            "  only people whose conditions is 1 to 11",
            "  never further apart than 0.200 (caliper)",
            "Check: the effect at a placebo date 18 months earlier, which should be none.",
            "Check: the effect without the first 3 months after the start.",
            "Check: money with amounts above those of 99.0 % of people cut down to them.",
            "Check: the effect without the COVID-19 year (2020-03-01 to 2021-03-31).",
            "Check, compared with everybody alike, in bands: each participant gets all comparable people, among those who agree in bands, \
             of the same calendar month, with the same recorded_sex; nobody is compared twice.",
            "The effect by contacts with the link worker (contacts of programme, a dose, which came about after the start).",
        ] {
            assert!(said.iter().any(|of| of == line), "{line} is not in {said:#?}");
        }
    }
}
