//! Whether a study asks only for what an agreement shares.
//!
//! In: a study, valid by itself. Out: nothing, or the first thing that is not shared, by name.

use std::collections::BTreeSet;

use super::{Agreement, AgreementError, Dataset, check_score};
use crate::code::{Code, DatasetId};
use crate::study::{
    Breakdown, Comparison, Eligible, MatchingTerms, Measure, Study, Subgroup, TotalUnit, planned_tables,
};
use crate::variable::{Variable, VariableKind};

impl Agreement {
    /// Checks that a study is one agreed and that it asks only for what is shared.
    ///
    /// # Errors
    /// [`AgreementError::Study`].
    pub fn check_study(&self, study: &Study) -> Result<(), AgreementError> {
        let pinned = match self.studies.iter().find(|pinned| pinned.id == study.id) {
            None => Err("is not in the agreement's [[study]] list".to_owned()),
            Some(pinned) if pinned.digest != study.digest => {
                Err(format!("its digest is {}, but the agreement pins {}", study.digest, pinned.digest))
            }
            Some(_) => Ok(()),
        };
        let checked = pinned.and_then(|()| Asked::of(self, study)?.check());
        checked.map_err(|problem| AgreementError::Study { study: study.id.clone(), problem })
    }

    /// Labels of a breakdown's rows: every value that the agreement lists, in its order, and `Not recorded`. None if the variable is
    /// not there, is a date, or has more than [`Breakdown::VALUES_MAX`] whole numbers.
    pub fn breakdown_rows(&self, breakdown: &Breakdown) -> Option<Vec<String>> {
        let variable = find(&self.dataset(&breakdown.dataset)?.people, &breakdown.variable)?;
        let mut labels: Vec<String> = match &variable.kind {
            VariableKind::Code(codes) => codes.iter().map(ToString::to_string).collect(),
            VariableKind::Integer { min, max } if u64::from(min.abs_diff(*max)) < Breakdown::VALUES_MAX => {
                (*min..=*max).map(number_label).collect()
            }
            VariableKind::Integer { .. } | VariableKind::Date { .. } => return None,
        };
        labels.push(NOT_RECORDED.to_owned());
        Some(labels)
    }

    /// Labels of a subgroup's groups: every code that the agreement lists, or the bands between the cut points, and `Not recorded`. None
    /// if the variable is not there, or is a number or date without cut points, or a code with some.
    pub fn subgroup_rows(&self, subgroup: &Subgroup) -> Option<Vec<String>> {
        let variable = find(&self.dataset(&subgroup.dataset)?.people, &subgroup.variable)?;
        let cuts = &subgroup.cut_points;
        let mut labels: Vec<String> = match &variable.kind {
            VariableKind::Code(codes) if cuts.is_empty() => codes.iter().map(ToString::to_string).collect(),
            VariableKind::Integer { .. } => bands(cuts, ["under", "and more"])?,
            VariableKind::Date { .. } => bands(cuts, ["before", "and later"])?,
            VariableKind::Code(_) => return None,
        };
        labels.push(NOT_RECORDED.to_owned());
        Some(labels)
    }
}

const NOT_RECORDED: &str = "Not recorded";
/// As headings of a release have at most.
const ROW_LABEL_BYTES_MAX: usize = 200;

/// `under 3`, `3 to 5`, `6 and more`.
fn bands(cuts: &[i32], [below, beyond]: [&str; 2]) -> Option<Vec<String>> {
    let (first, last) = (cuts.first()?, cuts.last()?);
    let between = cuts.windows(2).map(|cut| match cut[1] - 1 {
        same if same == cut[0] => number_label(same),
        last => format!("{} to {}", number_label(cut[0]), number_label(last)),
    });
    let ends = (format!("{below} {}", number_label(*first)), format!("{} {beyond}", number_label(*last)));
    Some(std::iter::once(ends.0).chain(between).chain([ends.1]).collect())
}

/// A study and the two datasets that it reads.
struct Asked<'a> {
    agreement: &'a Agreement,
    study: &'a Study,
    cohort: &'a Dataset,
    usage: &'a Dataset,
}

type Checked = Result<(), String>;

impl<'a> Asked<'a> {
    fn of(agreement: &'a Agreement, study: &'a Study) -> Result<Self, String> {
        let dataset =
            |what: &str, id: &DatasetId| agreement.dataset(id).ok_or_else(|| format!("{what} names no dataset: {id}"));
        let (cohort, usage) = (dataset("cohort", &study.cohort)?, dataset("usage", &study.usage)?);
        Ok(Self { agreement, study, cohort, usage })
    }

    fn check(&self) -> Checked {
        let Self { study, cohort, usage, .. } = self;
        is_date("index_date", cohort, &study.index_date)?;
        if let Some(variable) = &study.observed_from {
            is_date("observed_from", usage, variable)?;
        }
        for censoring in &study.censoring {
            is_date("censoring", usage, &censoring.variable)?;
        }
        if let Some(completers) = &study.completers {
            has_codes("completers", cohort, &cohort.people, &completers.variable, &completers.codes)?;
        }
        study.measures.iter().try_for_each(|measure| self.check_measure(measure))?;
        study.scores.iter().try_for_each(|score| check_score::check(cohort, score))?;
        for of in &study.attainments {
            has_codes(&format!("attainment {}", of.id), cohort, &cohort.people, &of.variable, &of.codes)?;
        }
        for of in &study.uptakes {
            has_events(usage, &of.events)?;
        }
        for of in &study.again {
            has_events(usage, &of.events)?;
        }
        study.breakdowns.iter().try_for_each(|breakdown| self.check_breakdown(breakdown))?;
        study.comparison.as_ref().map_or(Ok(()), |comparison| self.check_comparison(comparison))?;
        self.check_rows()
    }

    /// Headings are put together from labels and codes, each of which may be as long as it is.
    fn check_rows(&self) -> Checked {
        let tables = planned_tables(self.agreement, self.study);
        for table in &tables {
            if table.rows.iter().any(|label| label.len() > ROW_LABEL_BYTES_MAX) {
                return Err(format!(
                    "table {}: a row's heading would be longer than {ROW_LABEL_BYTES_MAX} bytes; shorten the labels it is made of",
                    table.id
                ));
            }
            if table.rows.iter().collect::<BTreeSet<_>>().len() != table.rows.len() {
                return Err(format!(
                    "table {}: two rows would have one heading; give them labels of their own",
                    table.id
                ));
            }
        }
        Ok(())
    }

    fn check_measure(&self, measure: &Measure) -> Checked {
        let (usage, id) = (self.usage, &measure.id);
        has_events(usage, &measure.events)?;
        for only in &measure.only {
            has_codes(&format!("measure {id}, only"), usage, &usage.events, &only.variable, &only.codes)?;
        }
        if let Some(variable) = &measure.recorded_from {
            is_date(&format!("measure {id}, recorded_from"), usage, variable)?;
        }
        let Some(total) = &measure.total else { return Ok(()) };
        let kind = find(&usage.events, &total.variable).map(|variable| &variable.kind);
        if !matches!(kind, Some(VariableKind::Integer { min: 0.., .. })) {
            return Err(format!(
                "measure {id}: total names no whole-number variable of the events of {} that is never below zero: {}",
                usage.id, total.variable
            ));
        }
        if total.unit == TotalUnit::Pence && self.agreement.disclosure.money_rounding_pounds.is_none() {
            return Err(format!(
                "measure {id} is money, and the agreement's [disclosure] has no money_rounding_pounds"
            ));
        }
        Ok(())
    }

    fn check_breakdown(&self, breakdown: &Breakdown) -> Checked {
        let of_study = [&self.study.cohort, &self.study.usage].contains(&&breakdown.dataset);
        let dataset = self.agreement.dataset(&breakdown.dataset).filter(|_| of_study);
        let variable = dataset.and_then(|dataset| find(&dataset.people, &breakdown.variable));
        if !variable.is_some_and(|variable| !matches!(variable.kind, VariableKind::Date { .. })) {
            return Err(format!(
                "breakdown {} names no code or whole-number variable of the people in its two datasets",
                breakdown.id
            ));
        }
        if self.agreement.breakdown_rows(breakdown).is_none() {
            return Err(format!(
                "breakdown {} is by more than {} whole numbers; agree on a variable with bands instead",
                breakdown.id,
                Breakdown::VALUES_MAX
            ));
        }
        Ok(())
    }

    fn check_comparison(&self, comparison: &Comparison) -> Checked {
        comparison.matchings().try_for_each(|terms| self.check_matching(terms))?;
        if !matches!(self.person_kind(&comparison.cluster)?, VariableKind::Code(_)) {
            return Err(format!("comparison: cluster {} is not a code variable", comparison.cluster));
        }
        self.check_eligible(&comparison.eligible)?;
        comparison.subgroups.iter().try_for_each(|subgroup| self.check_subgroup(subgroup))
    }

    fn check_matching(&self, terms: &MatchingTerms) -> Checked {
        terms.exact.iter().try_for_each(|variable| self.person_kind(variable).map(drop))?;
        for covariate in &terms.covariates {
            if matches!(self.person_kind(&covariate.variable)?, VariableKind::Code(_)) {
                return Err(format!("comparison: covariate {} is a code: name it in exact", covariate.variable));
            }
        }
        self.check_eligible(&terms.others)
    }

    fn check_eligible(&self, rules: &[Eligible]) -> Checked {
        for eligible in rules {
            match self.person_kind(&eligible.variable)? {
                VariableKind::Code(_) => {
                    has_codes("comparison", self.usage, &self.usage.people, &eligible.variable, &eligible.codes)?;
                }
                _ if eligible.codes.is_empty() => {}
                _ => return Err(format!("comparison: {} is a whole number: give min or max", eligible.variable)),
            }
        }
        Ok(())
    }

    fn check_subgroup(&self, subgroup: &Subgroup) -> Checked {
        let of_study = [&self.study.cohort, &self.study.usage].contains(&&subgroup.dataset);
        if !of_study || self.agreement.subgroup_rows(subgroup).is_none() {
            return Err(format!(
                "subgroup {} names no variable of the people in the study's two datasets: a code without cut_points, or a whole \
                 number or a date with them",
                subgroup.id
            ));
        }
        Ok(())
    }

    /// The kind of a code or whole-number variable of the usage dataset's people.
    fn person_kind(&self, variable: &Code) -> Result<&VariableKind, String> {
        match find(&self.usage.people, variable) {
            Some(Variable { kind: VariableKind::Date { .. }, .. }) | None => Err(format!(
                "comparison names no code or whole-number variable of the people of {}: {variable}",
                self.usage.id
            )),
            Some(variable) => Ok(&variable.kind),
        }
    }
}

fn find<'a>(variables: &'a [Variable], name: &Code) -> Option<&'a Variable> {
    variables.iter().find(|variable| variable.name == *name)
}

fn has_events(usage: &Dataset, events: &[Code]) -> Checked {
    match events.iter().find(|code| !usage.event_codes.contains(code)) {
        Some(unknown) => Err(format!("event {unknown} is not shared by {}", usage.id)),
        None => Ok(()),
    }
}

fn is_date(place: &str, dataset: &Dataset, name: &Code) -> Checked {
    match find(&dataset.people, name) {
        Some(Variable { kind: VariableKind::Date { .. }, .. }) => Ok(()),
        _ => Err(format!("{place} {name} is not a date variable of {}", dataset.id)),
    }
}

fn has_codes(place: &str, dataset: &Dataset, variables: &[Variable], name: &Code, codes: &[Code]) -> Checked {
    let Some(Variable { kind: VariableKind::Code(known), .. }) = find(variables, name) else {
        return Err(format!("{place}: {name} is not a code variable of {}", dataset.id));
    };
    match codes.iter().find(|code| !known.contains(code)) {
        Some(unknown) => Err(format!("{place}: {unknown} is no code of {name}")),
        None if codes.is_empty() => Err(format!("{place}: give codes of {name}")),
        None => Ok(()),
    }
}

/// A label does not begin with a sign that a spreadsheet would run.
fn number_label(number: i32) -> String {
    if number < 0 { format!("minus {}", number.unsigned_abs()) } else { number.to_string() }
}
