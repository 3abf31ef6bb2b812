//! What makes a study stand by itself, before anybody's data is there.
//!
//! In: a study as its file says it. Out: nothing, or the place that cannot stand and what would be right.
//! Absent on purpose: the agreement, which says what is shared, and the comparison, which has a file of its own.

use std::collections::BTreeSet;

use super::{CensoringReason, Completers, Study, StudyError, TotalUnit, planned_tables_ids, refuse};
use crate::code::Code;
use crate::limits::STUDY_MONTHS_MAX;

const ITEMS_MAX: usize = 64;
/// Labels become parts of row and column headings, which have 200 bytes at most.
const LABEL_BYTES_MAX: usize = 150;
const LAG_DAYS_MAX: u32 = 366;
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2099;
/// Ten thousand million pounds.
const PENCE_MAX: u64 = 1_000_000_000_000;

impl Study {
    pub(super) fn check(&self) -> Result<(), StudyError> {
        self.check_windows()?;
        self.check_names()?;
        self.check_measures()?;
        self.check_scores()?;
        self.check_attained()?;
        self.check_worth()?;
        let reasons: BTreeSet<_> = self.censoring.iter().map(|censoring| censoring.reason).collect();
        if reasons.len() != self.censoring.len() {
            return refuse("censoring", "has each reason once");
        }
        let unsaid = |of: &Completers| of.codes.is_empty() || !is_plain_text(&of.definition);
        if self.completers.as_ref().is_some_and(unsaid) {
            return refuse("completers", "has codes, and a definition in words of 1 to 150 bytes");
        }
        self.comparison.as_ref().map_or(Ok(()), |comparison| self.check_comparison(comparison))
    }

    fn check_windows(&self) -> Result<(), StudyError> {
        let months = 1..=STUDY_MONTHS_MAX;
        if !months.contains(&self.look_back_months) || !months.contains(&self.follow_up_months) {
            return refuse("look_back_months, follow_up_months", "are 1 to 240");
        }
        if self.dip_months >= self.look_back_months {
            return refuse("dip_months", "is less than look_back_months; 0 is none");
        }
        if self.lag_days > LAG_DAYS_MAX {
            return refuse("lag_days", "is 0 to 366");
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), StudyError> {
        let ids = self.measures.iter().map(|measure| &measure.id);
        let ids = ids.chain(self.scores.iter().map(|score| &score.id));
        let ids = ids.chain(self.attainments.iter().map(|of| &of.id)).chain(self.again.iter().map(|of| &of.id));
        let ids = ids.chain(self.uptakes.iter().map(|uptake| &uptake.id));
        let subgroups = || self.comparison.iter().flat_map(|comparison| &comparison.subgroups);
        let ids = ids.chain(subgroups().map(|subgroup| &subgroup.id));
        let ids: Vec<_> = ids.chain(self.breakdowns.iter().map(|breakdown| &breakdown.id)).collect();
        let distinct: BTreeSet<_> = ids.iter().collect();
        if ids.is_empty() || ids.len() > ITEMS_MAX || distinct.len() != ids.len() {
            return refuse(
                "measure, score, attainment, uptake, again, subgroup, breakdown",
                "are 1 to 64 together, each id once",
            );
        }
        // A score, an uptake, a subgroup or a breakdown is a table of its own name.
        let tables = self.scores.iter().map(|score| &score.id).chain(subgroups().map(|subgroup| &subgroup.id));
        let tables = tables.chain(self.uptakes.iter().map(|uptake| &uptake.id));
        let mut tables = tables.chain(self.breakdowns.iter().map(|breakdown| &breakdown.id));
        if let Some(taken) = tables.find(|id| planned_tables_ids().contains(&id.as_str())) {
            return refuse(
                "score, uptake, subgroup, breakdown",
                &format!("`{taken}` is a table of studies; choose another id"),
            );
        }
        let labels = self.measures.iter().map(|measure| &measure.label);
        let labels = labels.chain(self.scores.iter().map(|score| &score.label));
        let labels =
            labels.chain(self.attainments.iter().map(|of| &of.label)).chain(self.again.iter().map(|of| &of.label));
        let labels = labels.chain(self.uptakes.iter().map(|uptake| &uptake.label));
        let labels = labels.chain(self.prices.iter().map(|price| &price.payer));
        let labels = labels.chain(self.value.iter().map(|value| &value.source));
        let labels = labels.chain(subgroups().map(|subgroup| &subgroup.label));
        let mut labels = labels.chain(self.breakdowns.iter().map(|breakdown| &breakdown.label)).chain([&self.title]);
        if labels.any(|label| !is_plain_text(label)) {
            return refuse(
                "title, label",
                "have 1 to 150 bytes, begin with none of = + - @ (which a spreadsheet would run), and have no control character",
            );
        }
        Ok(())
    }

    fn check_measures(&self) -> Result<(), StudyError> {
        let rows: BTreeSet<_> = self.measures.iter().map(|measure| &measure.label).collect();
        if rows.len() != self.measures.len() {
            return refuse("measure", "each label once: they are the rows of one table");
        }
        let totals = || self.measures.iter().filter_map(|measure| measure.total.as_ref());
        if totals().any(|total| (total.unit == TotalUnit::Pence) != total.tariff.is_some()) {
            return refuse(
                "measure",
                "a total of pence names its tariff, as the custodian does, and no other total has one",
            );
        }
        if totals().filter_map(|total| total.tariff.as_ref()).collect::<BTreeSet<_>>().len() > 1 {
            return refuse("measure", "a study has one tariff");
        }
        for measure in &self.measures {
            if measure.events.is_empty() || measure.only.iter().any(|only| only.codes.is_empty()) {
                return refuse("measure", "events, and codes of `only`, name at least one code");
            }
        }
        Ok(())
    }

    fn check_scores(&self) -> Result<(), StudyError> {
        let months = 1..=STUDY_MONTHS_MAX;
        let labels: BTreeSet<_> = self.scores.iter().map(|score| &score.label).collect();
        if labels.len() != self.scores.len() {
            return refuse("score", "each label once: they are rows of one table");
        }
        for score in &self.scores {
            if score.at_months.is_empty() || !score.at_months.iter().all(|month| months.contains(month)) {
                return refuse("score", "at_months holds months from 1 to 240");
            }
            if !score.at_months.is_sorted_by(|earlier, later| earlier < later) {
                return refuse("score", "at_months ascends, each month once");
            }
            if score.improvement_min == 0 {
                return refuse("score", "improvement_min is at least 1: an unchanged score has not improved");
            }
        }
        Ok(())
    }

    fn check_attained(&self) -> Result<(), StudyError> {
        let distinct = |labels: Vec<&String>| labels.iter().collect::<BTreeSet<_>>().len() == labels.len();
        if self.attainments.iter().any(|of| of.codes.is_empty())
            || !distinct(self.attainments.iter().map(|of| &of.label).collect())
        {
            return refuse("attainment", "has codes, and each label once: they are the rows of one table");
        }
        let months = 1..=STUDY_MONTHS_MAX;
        for again in &self.again {
            if again.events.is_empty()
                || !(1..self.before_months().min(self.follow_up_months)).contains(&again.within_months)
            {
                return refuse("again", "has events, and within_months less than the time before and the time after");
            }
        }
        if !distinct(self.again.iter().map(|of| &of.label).collect()) {
            return refuse("again", "each label once: they are the rows of one table");
        }
        for uptake in &self.uptakes {
            let years = YEARS.contains(&uptake.from_year) && YEARS.contains(&uptake.to_year);
            if uptake.events.is_empty() || !years || uptake.from_year > uptake.to_year {
                return refuse("uptake", "has events, and years from 1990 to 2099, the first not after the last");
            }
            if !months.contains(&uptake.within_months) {
                return refuse("uptake", "within_months is 1 to 240");
            }
        }
        Ok(())
    }

    /// Outcomes for which people are counted: what can be paid for.
    fn check_worth(&self) -> Result<(), StudyError> {
        let counted = |id: &Code| {
            self.attainments.iter().any(|of| of.id == *id) || self.scores.iter().any(|score| score.id == *id)
        };
        let benefits = self.value.iter().flat_map(|value| &value.benefit);
        let worth = benefits.map(|of| (&of.outcome, of.pence_each));
        for (outcome, pence) in self.prices.iter().map(|of| (&of.outcome, of.pence_each)).chain(worth) {
            if !counted(outcome) || !(1..=PENCE_MAX).contains(&pence) {
                return refuse("price, value", "outcome names an attainment or a score, and pence_each is at least 1");
            }
        }
        if self.value.as_ref().is_some_and(|value| !(1..=PENCE_MAX).contains(&value.cost_pence)) {
            return refuse("value", "cost_pence is at least 1");
        }
        Ok(())
    }

    /// The tariff of all its money, if it counts any.
    pub fn tariff(&self) -> Option<&Code> {
        self.measures.iter().find_map(|measure| measure.total.as_ref()?.tariff.as_ref())
    }

    /// Months before the index date that count as before.
    fn before_months(&self) -> u32 {
        self.look_back_months - self.dip_months
    }

    /// Why observation can end early, in the order of the study, and never more than there are reasons.
    pub fn censoring_reasons(&self) -> impl Iterator<Item = CensoringReason> + '_ {
        self.censoring.iter().map(|censoring| censoring.reason)
    }
}

/// Whether a text can stand in a table of a release. Whoever makes the table checks again; here it is said before people's data is
/// there.
pub(super) fn is_plain_text(text: &str) -> bool {
    let turns_text_around = |c: char| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (1..=LABEL_BYTES_MAX).contains(&text.len())
        && !text.starts_with(['=', '+', '-', '@'])
        && !text.contains(|c: char| c.is_control() || turns_text_around(c))
}
