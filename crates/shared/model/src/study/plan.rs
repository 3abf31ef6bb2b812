//! Which tables a study makes, with which rows: known before any data is there, so a table's shape says nothing about anybody.
//!
//! In: a study and the agreement that it was checked against. Out: [`PlannedTable`]s in the order in which they leave. The unit fills
//! these tables, a reader of a release checks that it has these and no others, and `study check` lists them.
//! Absent on purpose: columns, which are the same for every study.

use super::{Comparison, Measure, Study, Subgroup};
use crate::agreement::Agreement;
use crate::code::Code;
use crate::variable::VariableKind;

/// Stretches of the course, where no trajectory says otherwise.
const STRETCH_MONTHS: u32 = 6;

/// A table that a study makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTable {
    /// Its name.
    pub id: Code,
    /// The labels of its rows, in order.
    pub rows: Vec<String>,
}

/// Names of tables that a study may have beside those of its scores and breakdowns.
pub(super) fn planned_tables_ids() -> [&'static str; 21] {
    [
        "flow",
        "linkage",
        "sureness",
        "use",
        "cost",
        "frame",
        "time",
        "balance",
        "rates",
        "ratio",
        "effect",
        "effect_cost",
        "effect_completers",
        "effect_cost_completers",
        "chance",
        "course",
        "trend",
        "sensitivity",
        "change",
        "attained",
        "again",
    ]
}

/// The tables of a study.
pub fn planned_tables(agreement: &Agreement, study: &Study) -> Vec<PlannedTable> {
    let labels = |money: bool| -> Vec<String> { study.measures_of(money).map(|of| of.label.clone()).collect() };
    let mut tables =
        vec![("flow", study.flow_rows()), ("linkage", study.linkage_rows(agreement)), ("sureness", sureness_rows())];
    tables.extend([("use", labels(false)), ("cost", labels(true))]);
    if study.comparison.is_some() {
        tables.push(("frame", frame_rows()));
        tables.push(("time", study.time_rows()));
        tables.push(("balance", study.balance_rows(agreement)));
        let of_arms = |label: String| ["participants", "comparison"].map(|arm| format!("{label}: {arm}"));
        tables.push(("rates", labels(false).into_iter().flat_map(of_arms).collect()));
        tables.push(("ratio", labels(false)));
        tables.push(("effect", labels(false)));
        tables.push(("effect_cost", labels(true)));
        if study.completers.is_some() {
            tables.push(("effect_completers", labels(false)));
            tables.push(("effect_cost_completers", labels(true)));
        }
        tables.push(("chance", study.measures.iter().map(|of| of.label.clone()).collect()));
        tables.push(("course", study.course_rows()));
        tables.push(("trend", labels(false)));
        tables.push(("sensitivity", study.sensitivity_rows()));
    }
    tables.push(("change", study.scores.iter().flat_map(change_rows).collect()));
    tables.push(("attained", study.attainments.iter().map(|of| of.label.clone()).collect()));
    tables.push(("again", study.again.iter().map(again_row).collect()));
    let fixed = tables.into_iter().map(|(id, rows)| (Code::parse(id).expect("a table's fixed name is a code"), rows));
    let subgroups = study.comparison.iter().flat_map(|comparison| &comparison.subgroups);
    let subgroups = subgroups.map(|subgroup| (subgroup.id.clone(), subgroup_rows(agreement, study, subgroup)));
    let scores = study.scores.iter().map(|score| (score.id.clone(), score.rows()));
    let breakdowns =
        study.breakdowns.iter().map(|of| (of.id.clone(), agreement.breakdown_rows(of).unwrap_or_default()));
    let uptakes = study.uptakes.iter().map(|uptake| (uptake.id.clone(), uptake.rows()));
    let all = fixed
        .chain(subgroups)
        .chain(scores)
        .chain(uptakes)
        .chain(breakdowns)
        .map(|(id, rows)| PlannedTable { id, rows });
    all.filter(|table| !table.rows.is_empty()).collect()
}

impl super::Score {
    /// A row a time.
    fn rows(&self) -> Vec<String> {
        self.at_months.iter().map(|months| format!("After {}", in_months(*months))).collect()
    }
}

impl super::Uptake {
    /// A row a year.
    fn rows(&self) -> Vec<String> {
        (self.from_year..=self.to_year).map(|year| year.to_string()).collect()
    }
}

impl Study {
    /// Measures of money, or the others, in their order.
    pub fn measures_of(&self, money: bool) -> impl Iterator<Item = &Measure> {
        self.measures.iter().filter(move |measure| measure.is_money() == money)
    }

    /// Months of a stretch of the course: those of the trajectories, which agree.
    pub fn stretch_months(&self) -> u32 {
        let mut trajectories =
            self.comparison.iter().flat_map(Comparison::matchings).filter_map(|of| of.trajectory.as_ref());
        trajectories.next().map_or(STRETCH_MONTHS, |trajectory| trajectory.stretch_months)
    }

    /// Stretches of the course, as months from the index date: those before the dip, those of the dip, those after. The first
    /// before, the first of the dip and the last after may be shorter.
    pub fn stretches(&self) -> Vec<(i64, i64)> {
        let months = i64::from(self.stretch_months());
        let (first, dip, last) =
            (-i64::from(self.look_back_months), -i64::from(self.dip_months), i64::from(self.follow_up_months));
        let back = |from: i64, to: i64| {
            let mut ends = vec![to];
            while ends[ends.len() - 1] > from {
                ends.push((ends[ends.len() - 1] - months).max(from));
            }
            ends.into_iter().rev()
        };
        let mut ends: Vec<i64> = back(first, dip).chain(back(dip, 0).skip(1)).collect();
        while ends[ends.len() - 1] < last {
            ends.push((ends[ends.len() - 1] + months).min(last));
        }
        ends.windows(2).map(|stretch| (stretch[0], stretch[1])).collect()
    }

    /// Stretches of the dip: what people are matched on, where the study has a trajectory.
    pub fn dip_stretches(&self) -> Vec<(i64, i64)> {
        let dip = -i64::from(self.dip_months);
        self.stretches().into_iter().filter(|(from, to)| *from >= dip && *to <= 0).collect()
    }

    fn flow_rows(&self) -> Vec<String> {
        let mut rows = vec![
            "People in the programme's extract",
            "Linked",
            "Not linked",
            "Linked, a further row of somebody counted",
            "Linked, without an index date",
            "Linked, look-back or follow-up not covered",
            "Linked, not under observation on the index date",
            "Analysed",
        ];
        if self.completers.is_some() {
            rows.extend(["Analysed, completed", "Analysed, not completed"]);
        }
        rows.into_iter().map(str::to_owned).collect()
    }

    /// Everybody, then each value of each breakdown of the programme's own people.
    fn linkage_rows(&self, agreement: &Agreement) -> Vec<String> {
        let of_cohort = self.breakdowns.iter().filter(|breakdown| breakdown.dataset == self.cohort);
        let rows = of_cohort.flat_map(|breakdown| {
            let values = agreement.breakdown_rows(breakdown).unwrap_or_default();
            values.into_iter().map(|value| format!("{}: {value}", breakdown.label))
        });
        std::iter::once("Everybody".to_owned()).chain(rows).collect()
    }

    fn time_rows(&self) -> Vec<String> {
        let reasons = self.censoring_reasons().map(|reason| reason.label().to_owned());
        ["All matched", "Observed to the end of the follow-up"].map(str::to_owned).into_iter().chain(reasons).collect()
    }

    fn balance_rows(&self, agreement: &Agreement) -> Vec<String> {
        let Some(comparison) = &self.comparison else { return Vec::new() };
        let people = agreement.dataset(&self.usage).map_or(&[][..], |dataset| dataset.people.as_slice());
        let kind = |name: &Code| people.iter().find(|variable| variable.name == *name).map(|variable| &variable.kind);
        let exact = comparison.matching.exact.iter().flat_map(|name| match kind(name) {
            Some(VariableKind::Code(codes)) => codes.iter().map(|code| format!("{name}: {code}")).collect(),
            _ => vec![name.to_string()],
        });
        let close = comparison.matching.covariates.iter().map(|covariate| covariate.variable.to_string());
        let before = || self.stretches().into_iter().filter(|(_, to)| *to <= 0);
        let used = self.measures.iter().flat_map(|measure| {
            before().map(|(from, to)| format!("{}, {}", measure.label, self.months_around(from, to)))
        });
        exact.chain(close).chain(used).collect()
    }

    fn course_rows(&self) -> Vec<String> {
        let stretches = self.stretches();
        let of_measure = |measure: &Measure| {
            let label = measure.label.clone();
            stretches.clone().into_iter().map(move |(from, to)| format!("{label}, {}", self.months_around(from, to)))
        };
        self.measures_of(false).flat_map(of_measure).collect()
    }

    fn months_around(&self, from: i64, to: i64) -> String {
        match (from, to) {
            (from, to) if from >= 0 => format!("months {} to {to} after", from + 1),
            (from, to) if from >= -i64::from(self.dip_months) => {
                format!("months {} to {} before (dip)", -from, -to + 1)
            }
            (from, to) => format!("months {} to {} before", -from, -to + 1),
        }
    }

    fn sensitivity_rows(&self) -> Vec<String> {
        let Some(comparison) = &self.comparison else { return Vec::new() };
        let each = |with: &str, of: &mut dyn Iterator<Item = &Measure>| -> Vec<String> {
            of.map(|measure| format!("{}: {with}", measure.label)).collect()
        };
        let mut rows = each("as planned", &mut self.measures.iter());
        if let Some(months) = comparison.placebo_months {
            rows.extend(each(&format!("placebo, {} earlier", in_months(months)), &mut self.measures.iter()));
        }
        rows.extend(each("interval by drawing groups again", &mut self.measures.iter()));
        if let Some(permille) = comparison.winsorise_permille {
            let with = format!("greatest amounts cut at {}.{} %", permille / 10, permille % 10);
            rows.extend(each(&with, &mut self.measures_of(true)));
        }
        if let Some(months) = comparison.wash_in_months {
            let with = format!("without the first {} after the start", in_months(months));
            rows.extend(each(&with, &mut self.measures.iter()));
        }
        let left_out = comparison.left_out.iter().map(|of| format!("without {}", of.label));
        let alternatives = comparison.alternatives.iter().map(|of| format!("compared with {}", of.label));
        for with in left_out.chain(alternatives) {
            rows.extend(each(&with, &mut self.measures.iter()));
        }
        rows.extend(each("negative binomial", &mut self.measures_of(false)));
        rows.extend(each("part 1, people with any", &mut self.measures_of(true)));
        rows.extend(each("part 2, amount of those with any", &mut self.measures_of(true)));
        rows
    }
}

/// A row a measure and group.
fn subgroup_rows(agreement: &Agreement, study: &Study, subgroup: &Subgroup) -> Vec<String> {
    let groups = agreement.subgroup_rows(subgroup).unwrap_or_default();
    let of_measure = |of: &Measure| groups.iter().map(|group| format!("{}: {group}", of.label)).collect::<Vec<_>>();
    study.measures.iter().flat_map(of_measure).collect()
}

/// A row a score and time.
fn change_rows(score: &super::Score) -> Vec<String> {
    score.at_months.iter().map(|months| format!("{}, after {}", score.label, in_months(*months))).collect()
}

fn again_row(again: &super::Again) -> String {
    format!("{}, again within {}", again.label, in_months(again.within_months))
}

fn sureness_rows() -> Vec<String> {
    ["99.9 % or surer", "99 to 99.9 %", "95 to 99 %", "Less than 95 %"].map(str::to_owned).into()
}

fn frame_rows() -> Vec<String> {
    let rows = [
        "People in the usage extract",
        "Participants among them",
        "Others, not eligible",
        "Others, not observed for the whole look-back",
        "Others, offered for comparison",
        "Offered and matched",
        "Offered and not matched",
        "Participants analysed",
        "Participants, not eligible",
        "Participants, not observed for the whole look-back",
        "Participants, nobody comparable",
        "Participants matched",
    ];
    rows.map(str::to_owned).into()
}

/// `1 month`, `24 months`.
pub fn in_months(count: u32) -> String {
    if count == 1 { "1 month".to_owned() } else { format!("{count} months") }
}
