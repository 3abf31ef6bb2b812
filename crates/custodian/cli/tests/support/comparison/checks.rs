//! What stands beside the effect: its course, other choices, groups, and how well people were linked.

use super::*;

/// Each measure, then money: the planned effect moved by so much, in tenths of a percent.
fn moved(measure: usize, by: i64) -> [i64; 3] {
    AGAINST[measure].0.map(|of| of + by)
}

fn with_e_values(measure: usize, of: [i64; 3], [estimate, limit]: [i64; 2]) -> Vec<Cell> {
    let mut cells = vec![people(1_702), people(5_106)];
    cells.extend(against(measure, of));
    cells.extend(match measure {
        TOO_FEW => figures([300, 100], 5),
        NOBODY => vec![none(); 2],
        _ => figures([estimate, limit], 900),
    });
    cells
}

/// By hand, of money: a ratio of 0.701 is 1.4265 the other way round, 1.4265 + sqrt(1.4265 x 0.4265) = 2.21; of 0.771 it is 1.92.
const E_VALUES: [i64; 2] = [221, 192];

impl Maker<'_> {
    /// Rates and how far apart they are; the base has no distance from itself.
    pub(super) fn course(&self) -> [Table; 2] {
        let stretches = self.study.stretches();
        let base = stretches.iter().position(|(_, to)| *to == -i64::from(self.study.dip_months)).unwrap();
        let levels = [520, 810, 2_150, 6_020, 90, 0, 40];
        let mut cells = Vec::new();
        for (measure, level) in levels.into_iter().enumerate() {
            let rates = |at: usize| {
                let (from, to) = stretches[at];
                let wave = level * ((i64::try_from(at * 7 + measure * 3).unwrap()) % 5 - 2) / 60;
                let before = level + wave;
                let participants = match (from, to) {
                    (_, 0) => before * 17 / 10,
                    (0.., _) => before * 83 / 100,
                    _ => before,
                };
                [participants, before + wave / 2]
            };
            let apart = |at: usize| rates(at)[0] - rates(at)[1] - rates(base)[0] + rates(base)[1];
            for (at, (from, _)) in stretches.iter().enumerate() {
                let few = measure == TOO_FEW && (*from >= 0 || at % 3 == 1);
                let resting = if few { 5 } else { 400 };
                // One stretch in which practices differ much.
                let half = level * if measure == 1 && at == 2 { 9 } else { 1 } / 14;
                let [participants, comparison] = rates(at);
                let mut row = vec![figure(participants, resting), figure(comparison, 900)];
                row.extend(match at {
                    _ if at == base => vec![none(); 3],
                    at => figures([0, -half, half].map(|end| apart(at) + end), resting),
                });
                cells.push(if measure == NOBODY { vec![none(); 5] } else { row });
            }
        }
        let note = "Matched participants, everybody who started (ITT_ATT), and the people they are compared with; for each person-year under \
                    observation. Apart: how much further participants are from the comparison than in months 6 to 4 before, which is what \
                    the other stretches are set beside, with 95 % intervals as in the effect. The last 3 months before (the dip) are what \
                    people are matched on, and no part of the effect.";
        let columns = ["Participants", "Comparison", "Apart", "Apart, from", "Apart, to"];
        let columns = columns.map(|name| Column::figure(name, RATE)).into();
        [self.table("course", "The course of use", note, columns, cells), self.trend()]
    }

    fn trend(&self) -> Table {
        let tested = [40, 1, 62, 22, 30, 0, 81].into_iter().enumerate().map(|(measure, p)| {
            let p = match measure {
                TOO_FEW => figure(p, 5),
                NOBODY => none(),
                _ => figure(p, 900),
            };
            vec![people(1_702), people(5_106), p]
        });
        let note = "Whether participants and comparison (ITT_ATT, matched) ran alike in the stretches before the dip. A small p says that \
                    they did not, and that the effect has no ground to stand on; a great p says little where people are few.";
        let columns = vec![Column::count("Participants"), Column::count("Comparison"), Column::figure("P", NUMBER)];
        self.table("trend", "Whether both ran alike before", note, columns, tested.collect())
    }

    /// In the order of the plan: as planned, placebo, drawn, cut, wash-in, left out, two alternatives, model, two parts.
    pub(super) fn sensitivity(&self) -> Table {
        let every = |by: i64| (0..=MEASURES).map(move |measure| with_e_values(measure, moved(measure, by), E_VALUES));
        let money = |of| with_e_values(MEASURES, of, E_VALUES);
        let placebo = (0..=MEASURES).map(|measure| {
            let off = i64::try_from(measure).unwrap();
            with_e_values(measure, [off * 5 - 12, off * 5 - 70, off * 5 + 49], [110, 100])
        });
        let weighed = (0..=MEASURES).map(|measure| match measure {
            MEASURES => with_e_values(measure, [-98, -221, 31], [146, 100]),
            measure => with_e_values(measure, moved(measure, 12), E_VALUES),
        });
        let cells = every(0).chain(placebo).chain(every(0)).chain([money([-281, -339, -214])]);
        let cells = cells.chain(every(-13)).chain(every(23)).chain(every(-33)).chain(weighed);
        let cells = cells.chain(every(4).take(MEASURES)).chain([money([-120, -170, -60]), money([-204, -290, -110])]);
        let note = "Everybody who started (ITT_ATT), matched. Against expectation as in the effect: the ratio of ratios, less 1. The study \
                    named these before any data was there.";
        let mut columns = vec![Column::count("Participants"), Column::count("Comparison")];
        columns.extend(["", ", from", ", to"].map(|end| Column::figure(format!("Against expectation{end}"), PERCENT)));
        columns.extend(["E-value", "E-value of the end nearer to none"].map(|name| Column::figure(name, NUMBER)));
        self.table("sensitivity", "The effect under other choices", note, columns, cells.collect())
    }

    /// Four groups of each subgroup: below, above, unclear, too few.
    pub(super) fn by_groups(&self) -> Vec<Table> {
        let subgroups = &self.study.comparison.as_ref().unwrap().subgroups;
        let of_measure = |measure: usize| {
            let group = move |(participants, comparison, of): (u64, u64, Vec<Cell>)| {
                let cells = [participants, comparison].map(people).into_iter();
                cells.chain(if measure == NOBODY { vec![none(); 3] } else { of }).collect()
            };
            [
                (1_001, 3_003, figures(moved(measure, -40), 900)),
                (602, 1_806, figures([121, 32, 244], 500)),
                (92, 276, figures([-150, -420, 161], 90)),
                (7, 21, figures([-150, -420, 161], 5)),
            ]
            .map(group)
        };
        let table = |subgroup: &counterfoil_model::Subgroup| {
            let mut columns = vec![Column::count("Participants"), Column::count("Comparison")];
            columns
                .extend(["", ", from", ", to"].map(|end| Column::figure(format!("Against expectation{end}"), PERCENT)));
            let title = format!("Effect by {}", subgroup.label);
            let note = "Everybody who started (ITT_ATT), matched; each group with the people whom its participants were matched with.";
            self.table(subgroup.id.as_str(), &title, note, columns, (0..=MEASURES).flat_map(of_measure).collect())
        };
        subgroups.iter().map(table).collect()
    }

    /// Of those who referred themselves 79 % were linked, of a GP's 93 %.
    pub(super) fn linked(&self) -> [Table; 3] {
        let groups = [(1_500, 1_400), (600, 520), (280, 220), (21, 12)];
        let counts = groups.map(|(all, linked)| vec![people(all), people(linked)]);
        let breakdown = &self.study.breakdowns[1];
        let columns = || vec![Column::count("People in the extract"), Column::count("Of those, linked").part_of(0)];
        let note = "Everybody in the extract, and those of them who were linked.";
        let referral = self.table(breakdown.id.as_str(), &breakdown.label, note, columns(), counts.to_vec());
        let expected = [[12, 210, 20], [20, 480, -15], [45, 1_240, -32]].map(|of| figures(of, 900));
        let expected = expected.into_iter().chain([figures([0, 0, 0], 5)]);
        let rows = counts.into_iter().zip(expected).map(|(counts, expected)| [counts, expected].concat()).collect();
        [release::linkage(self.agreement, self.study, rows), release::sureness(), referral]
    }
}
