//! What changed for participants beyond what changed for the people they are compared with.
//!
//! In: estimates of matched people. Out: the `effect` tables: everybody who started (the effect on the treated by intention to treat),
//! and beside them those who completed; use and money apart.
//! Absent on purpose: the sum of two percentages, which is not the effect, and an effect without its interval.

use std::collections::BTreeMap;

use counterfoil_estimate::{Arm, CLUSTERS_ADVISED, CountModel, Period};
use counterfoil_model::VariableKind;
use counterfoil_release::{Cell, Column, Row, Table, TableError};

use crate::compared::{Rows, View};
use crate::estimates::{Estimates, estimates, of_nobody};
use crate::figures::{PERCENT, rate_kind};
use crate::frame_tables::{beside_participants, of_all_matched};
use crate::matched::MatchedRow;
use crate::people::People;
use crate::used::{Labels, Periods, negative_controls};
use crate::{OutcomesError, Parts, code, dataset};

/// Which participants a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Estimand {
    /// Everybody who started: `ITT_ATT`.
    Started,
    /// Those who completed: `completers_ATT`.
    Completed,
}

/// `planned` are the estimates of every measure for everybody who started.
pub(crate) fn tables<E: std::error::Error + 'static>(
    parts: &Parts<'_>,
    people: &People,
    planned: &BTreeMap<usize, Estimates<'_>>,
) -> Result<Vec<Table>, OutcomesError<E>> {
    let study = parts.inputs.study;
    let mut tables = of_estimand(parts, &parts.matched.rows, planned, Estimand::Started)?;
    if study.completers.is_some() {
        let rows = of_some(&parts.matched.rows, &people.completed);
        let view = View::of(Periods::of(study));
        let estimates = estimates(parts, &rows, 0..study.measures.len(), view, CountModel::Poisson)?;
        tables.extend(of_estimand(parts, &rows, &estimates, Estimand::Completed)?);
    }
    Ok(tables)
}

/// Some of the participants with their own comparison, which shares their weight. `chosen` is by position among the participants.
pub(crate) fn of_some(all: &Rows, chosen: &[bool]) -> Rows {
    let is_chosen = |row: &MatchedRow| row.arm == Arm::Participant && chosen[row.person as usize];
    // By set: participants, and the chosen among them.
    let mut participants: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
    for row in all.matched.iter().filter(|row| row.arm == Arm::Participant) {
        let set = participants.entry(row.set).or_default();
        set[0] += 1.0;
        set[1] += f64::from(u8::from(is_chosen(row)));
    }
    let kept = all.matched.iter().filter_map(|row| match row.arm {
        Arm::Participant => is_chosen(row).then_some(*row),
        Arm::Comparison => {
            let [started, chosen] = participants[&row.set];
            (chosen > 0.0).then(|| MatchedRow { weight: row.weight * chosen / started, ..*row })
        }
    });
    Rows::of(kept.collect(), all.group_by)
}

/// The table of use, and that of money, as far as the study has measures for them.
fn of_estimand(
    parts: &Parts<'_>,
    rows: &Rows,
    estimates: &BTreeMap<usize, Estimates<'_>>,
    estimand: Estimand,
) -> Result<Vec<Table>, TableError> {
    let measures = &parts.inputs.study.measures;
    let mut tables = Vec::new();
    for is_money in [false, true] {
        let of_kind = measures.iter().enumerate().filter(|(_, measure)| measure.is_money() == is_money);
        let of_kind = of_kind.map(|(at, measure)| Row::new(measure.label.clone(), cells(rows, estimates.get(&at))));
        let of_kind: Vec<Row> = of_kind.collect();
        if !of_kind.is_empty() {
            tables.push(table(parts, estimand, is_money, of_kind)?);
        }
    }
    Ok(tables)
}

fn cells(rows: &Rows, estimates: Option<&Estimates<'_>>) -> Vec<Cell> {
    let mut cells = Arm::BOTH.map(|arm| Cell::people(rows.count(arm))).to_vec();
    let Some(of) = estimates else {
        cells.extend(of_nobody::<12>());
        return cells;
    };
    cells.extend(Arm::BOTH.into_iter().flat_map(|arm| Period::BOTH.map(|period| of.rate(arm, period))));
    cells.extend(Arm::BOTH.map(|arm| of.change(arm)));
    cells.extend(of.beyond_comparison());
    cells.extend(of.against_expectation());
    cells
}

fn table(parts: &Parts<'_>, estimand: Estimand, is_money: bool, rows: Vec<Row>) -> Result<Table, TableError> {
    let (id, title) = match (estimand, is_money) {
        (Estimand::Started, false) => ("effect", "Effect on use"),
        (Estimand::Started, true) => ("effect_cost", "Effect on cost at tariff"),
        (Estimand::Completed, false) => ("effect_completers", "Effect on use, of those who completed"),
        (Estimand::Completed, true) => ("effect_cost_completers", "Effect on cost at tariff, of those who completed"),
    };
    let rate = rate_kind(is_money);
    let columns = vec![
        Column::count("Participants"),
        Column::count("Comparison"),
        Column::figure("Participants before", rate),
        Column::figure("Participants after", rate),
        Column::figure("Comparison before", rate),
        Column::figure("Comparison after", rate),
        Column::figure("Participants' change", PERCENT),
        Column::figure("Comparison's change", PERCENT),
        Column::figure("Change beyond the comparison", rate),
        Column::figure("Change beyond the comparison, from", rate),
        Column::figure("Change beyond the comparison, to", rate),
        Column::figure("Against expectation", PERCENT),
        Column::figure("Against expectation, from", PERCENT),
        Column::figure("Against expectation, to", PERCENT),
    ];
    let all = 0..rows.len();
    let table = Table::new(code(id), title, note(parts, estimand), columns, rows)?;
    match estimand {
        Estimand::Started => of_all_matched(table, all),
        Estimand::Completed => beside_participants(table, all),
    }
}

fn note(parts: &Parts<'_>, estimand: Estimand) -> String {
    let study = parts.inputs.study;
    let labels = Labels::of(study);
    let whom = match (estimand, &study.completers) {
        (Estimand::Completed, Some(completers)) => format!("Completers (completers_ATT; {})", completers.definition),
        _ => "Everybody who started (ITT_ATT)".to_owned(),
    };
    let warning = match estimand {
        Estimand::Started => "",
        Estimand::Completed => {
            " Who completes is often who was doing better anyway, so this can be more than the programme did: read it beside the \
             table of everybody who started."
        }
    };
    format!(
        "{whom}, matched, each with comparable people who did not start. Rates are for each person-year under observation. Before: the \
         {before}. After: the {after} from the index date on. Change beyond the comparison: participants' change less the comparison's. \
         Against expectation: participants' rate after, against what it would have been had theirs changed by the comparison's factor \
         (ratio of ratios, less 1). 95 % intervals take people of one {cluster} as alike (Poisson \
         regression for the ratio, least squares for the difference, cluster-robust, by t).{few}{controls}{warning}",
        before = labels.before_in_full,
        after = labels.after,
        cluster = parts.comparison.cluster,
        few = few_clusters(parts),
        controls = negative_controls(study),
    )
}

/// The agreement says how many groups there can be, so that the warning depends on nobody's data.
fn few_clusters(parts: &Parts<'_>) -> String {
    let people = &dataset(parts.inputs.agreement, &parts.inputs.study.usage).people;
    let cluster = people.iter().find(|variable| variable.name == parts.comparison.cluster);
    match cluster.map(|variable| &variable.kind) {
        Some(VariableKind::Code(codes)) if codes.len() < CLUSTERS_ADVISED => format!(
            " There are {} such groups at most: with fewer than {CLUSTERS_ADVISED}, intervals are often too narrow.",
            codes.len()
        ),
        _ => format!(" With fewer than {CLUSTERS_ADVISED} such groups, intervals are often too narrow."),
    }
}

#[cfg(test)]
mod tests {
    use counterfoil_estimate::GroupBy;

    use super::*;

    fn row(arm: Arm, person: u32, set: u32, weight: f64) -> MatchedRow {
        MatchedRow { person, arm, set, cluster: 0, weight }
    }

    #[test]
    fn the_comparison_of_a_set_weighs_what_its_chosen_participants_weigh() {
        use Arm::{Comparison, Participant};
        let matched = [
            // One of three completed; two compared with them.
            row(Participant, 0, 0, 1.0),
            row(Participant, 1, 0, 1.0),
            row(Participant, 2, 0, 1.0),
            row(Comparison, 9, 0, 1.5),
            row(Comparison, 8, 0, 1.5),
            // Nobody completed.
            row(Participant, 3, 1, 1.0),
            row(Comparison, 7, 1, 1.0),
            // The only one completed; one of the compared is in the first set too.
            row(Participant, 4, 2, 1.0),
            row(Comparison, 9, 2, 0.5),
            row(Comparison, 6, 2, 0.5),
        ];
        let matched = Rows::of(matched.to_vec(), GroupBy::ParticipantOfSet);
        let kept = of_some(&matched, &[false, true, false, false, true]);
        let expected = [
            row(Participant, 1, 0, 1.0),
            row(Comparison, 9, 0, 0.5),
            row(Comparison, 8, 0, 0.5),
            row(Participant, 4, 2, 1.0),
            row(Comparison, 9, 2, 0.5),
            row(Comparison, 6, 2, 0.5),
        ];
        assert_eq!(kept.matched, expected);
        assert!(of_some(&matched, &[false; 5]).is_empty());
        assert_eq!(of_some(&matched, &[true; 5]).matched, matched.matched);
        assert!(of_some(&Rows::of(Vec::new(), GroupBy::OwnCluster), &[]).is_empty());
    }
}
