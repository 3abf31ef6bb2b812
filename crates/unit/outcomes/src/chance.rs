//! How often chance alone would make as much of a difference, by two ways of reckoning it.
//!
//! In: estimates of matched people. Out: the `chance` table, a row a measure: p of the change beyond the comparison by t, which is the
//! interval's, and by a wild bootstrap of whole groups, which leans less on there being many of them.
//! Absent on purpose: stars, and a line at 0.05.

use std::collections::BTreeMap;

use counterfoil_estimate::{Arm, Period, Weighting, WildDraws, test_difference_wild};
use counterfoil_release::{Cell, Column, Row, Table};

use crate::compared::{View, panels};
use crate::estimates::{Estimates, known, of_nobody};
use crate::figures::P;
use crate::frame_tables::of_all_matched;
use crate::used::Periods;
use crate::{OutcomesError, Parts, code, derived, labels};

const CHANCE: &str = "chance";

/// `planned` are the estimates of every measure for everybody who started.
pub(crate) fn table<E: std::error::Error + 'static>(
    parts: &Parts<'_>,
    planned: &BTreeMap<usize, Estimates<'_>>,
) -> Result<Table, OutcomesError<E>> {
    let (study, rows) = (parts.inputs.study, &parts.matched.rows);
    let all = 0..study.measures.len();
    let draws = WildDraws { seed: derived(parts.seed, "wild bootstrap"), draws: parts.comparison.draws };
    let mut cells: BTreeMap<usize, [Cell; 2]> = BTreeMap::new();
    if !rows.is_empty() {
        for together in panels(study, rows, parts.tally, all.clone(), View::of(Periods::of(study)))? {
            for (measure, amounts) in &together.measures {
                let panel = &together.panel;
                let wild = test_difference_wild(panel, amounts, Weighting::PersonTime, rows.group_by, &draws);
                let by_t = planned.get(measure).and_then(|of| of.difference).map(|of| of.p_value);
                let ps = [by_t, known(wild)?.map(|test| test.p_value)];
                let behind = rows.resting(amounts, study.measures[*measure].is_money(), &Arm::BOTH, &Period::BOTH);
                cells.insert(*measure, ps.map(|p| behind.difference(p, behind.p_value_terms(), P.decimals)));
            }
        }
    }
    let rows = labels(parts.plan, CHANCE).iter().zip(all.clone()).map(|(label, measure)| {
        let people = Arm::BOTH.map(|arm| Cell::people(rows.count(arm)));
        let ps = cells.get(&measure).copied().unwrap_or_else(of_nobody);
        Row::new(label.clone(), people.into_iter().chain(ps).collect())
    });
    let columns = vec![
        Column::count("Participants"),
        Column::count("Comparison"),
        Column::figure("P, by t", P),
        Column::figure("P, by wild bootstrap", P),
    ];
    let note = format!(
        "Everybody who started (ITT_ATT), matched: how often a change beyond the comparison as great as this one would come about with no \
         effect. By t with one degree less than there are groups of {cluster}, as the interval is; and by a wild bootstrap of whole groups \
         ({draws} draws, or every one there is of 12 groups at most; Cameron, Gelbach and Miller 2008). Where the two differ, there are too \
         few groups to tell. As coarse as people are few: 0.00 is a little more than nothing.",
        cluster = parts.comparison.cluster,
        draws = parts.comparison.draws,
    );
    let table = Table::new(code(CHANCE), "How likely by chance", note, columns, rows.collect())?;
    Ok(of_all_matched(table, all)?)
}
