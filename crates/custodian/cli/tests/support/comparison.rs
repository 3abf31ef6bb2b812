//! A release of a study with a comparison, made by hand: every kind of table and of outcome that there is.

use counterfoil_model::{Agreement, planned_tables};
use counterfoil_release::{Behind, FigureKind, FigureUnit, Money};

use super::*;

mod checks;

pub(super) const STUDY: &str = r#"
format = "counterfoil-study-2"
id = "use"
title = "Health-service use and wellbeing, two years before and after the start"
cohort = "programme"
usage = "nhs-usage"
index_date = "start_date"
look_back_months = 24
dip_months = 3
follow_up_months = 24
lag_days = 0
completers = { variable = "outcome", codes = ["completed"], definition = "the plan agreed with the link worker was carried out" }
censoring = [{ reason = "died", variable = "died_on" }, { reason = "moved_out", variable = "moved_out_on" }]
measure = [
    { id = "emergency", label = "Emergency admissions", events = ["emergency"] },
    { id = "ae", label = "A&E attendances", events = ["ae"] },
    { id = "outpatient", label = "Outpatient appointments attended", events = ["outpatient"] },
    { id = "gp", label = "GP appointments attended", events = ["gp"] },
    { id = "crisis", label = "Crisis team contacts", events = ["crisis"] },
    { id = "maternity", label = "Maternity admissions", events = ["maternity"] },
    { id = "cataract", label = "Cataract operations", events = ["cataract"], role = "negative-control" },
    { id = "cost", label = "Hospital care at tariff", events = ["emergency", "ae", "outpatient"], total = { variable = "cost_pence", unit = "pence", tariff = "nhsps-2024-25" } },
]
score = [{ id = "wellbeing", label = "Well-being Star", measure = "wellbeing", at_months = [12, 24], window_days = 92, improvement_min = 1 }]
breakdown = [{ id = "deprivation", label = "Deprivation (decile of the area: 1 is the most deprived tenth of England)", dataset = "nhs-usage", variable = "imd_decile" }, { id = "referral", label = "Who referred them", dataset = "programme", variable = "referral" }]

[comparison]
method = "propensity"
controls = 3
replacement = "without"
caliper_permille = 200
exact = ["recorded_sex", "imd_decile"]
covariate = [{ variable = "birth_year" }, { variable = "conditions" }]
cluster = "practice"
draws = 2000
placebo_months = 12
winsorise_permille = 990
trajectory = { measures = ["emergency", "ae", "gp", "cost"], stretch_months = 3 }
eligible = [{ variable = "birth_year", min = 1948, max = 2004 }]
wash_in_months = 3
left_out = [{ label = "the lockdown months", from = 2020-03-01, to = 2021-03-31 }]

[[comparison.alternative]]
label = "a random similar cohort"
method = "stratified"
controls = 3
replacement = "without"
exact = ["recorded_sex", "imd_decile"]

[[comparison.alternative]]
label = "everybody alike, weighed"
method = "entropy-balance"
controls = "all"
replacement = "without"
exact = ["recorded_sex"]
covariate = [{ variable = "birth_year" }]

[[comparison.subgroup]]
id = "effect_by_referral"
label = "who referred them"
dataset = "programme"
variable = "referral"

[[comparison.subgroup]]
id = "effect_by_sessions"
label = "sessions with the link worker"
dataset = "programme"
variable = "sessions"
cut_points = [3, 8]
kind = "dose"
"#;

/// The tiny agreement, with what such a study reads.
pub(super) fn terms(text: &str) -> String {
    let people = r#"{ name = "imd_decile", kind = "integer", min = 1, max = 10 }"#;
    let more = r#",
    { name = "birth_year", kind = "integer", min = 1900, max = 2035 },
    { name = "recorded_sex", kind = "code", codes = ["female", "male"] },
    { name = "conditions", kind = "integer", min = 0, max = 11 },
    { name = "practice", kind = "code", codes = ["p1", "p2", "p3", "p4", "p5"] },
    { name = "died_on", kind = "date", from = 1900-01-01, to = 2035-12-31 },
    { name = "moved_out_on", kind = "date", from = 1900-01-01, to = 2035-12-31 }"#;
    let date = r#"{ name = "start_date", kind = "date", from = 2023-01-01, to = 2025-12-31 }"#;
    let outcome = r#", { name = "outcome", kind = "code", codes = ["completed", "left_early"] }, { name = "referral", kind = "code", codes = ["gp", "hospital", "self"] }, { name = "sessions", kind = "integer", min = 0, max = 60 }"#;
    let events = r#"events = { codes = ["ae", "gp", "emergency"] }"#;
    let priced = r#"events = { codes = ["ae", "gp", "emergency", "outpatient", "crisis", "maternity", "cataract"], variables = [{ name = "cost_pence", kind = "integer", min = 0, max = 100000000 }] }"#;
    text.replace("rounding_base = 5\n", "rounding_base = 5\nmoney_rounding_pounds = 10000\n")
        .replace(people, &format!("{people}{more}"))
        .replace(date, &format!("{date}{outcome}"))
        .replace(events, priced)
}

const PERCENT: FigureKind = FigureKind { decimals: 1, unit: FigureUnit::Percent };
const RATE: FigureKind = FigureKind { decimals: 3, unit: FigureUnit::PerPersonYear };
const POUNDS: FigureKind = FigureKind { decimals: 0, unit: FigureUnit::PoundsPerPersonYear };
const POINTS: FigureKind = FigureKind { decimals: 1, unit: FigureUnit::Points };
const NUMBER: FigureKind = FigureKind { decimals: 2, unit: FigureUnit::None };

fn people(count: u64) -> Cell {
    Cell::people(count)
}

/// A figure that so many people stand behind.
fn figure(value: i64, people_min: u64) -> Cell {
    Cell::figure(Some(value), Behind { people_min, residual_degrees: 1_000, dominance: None, terms_max: 0 })
}

fn none() -> Cell {
    Cell::figure(None, Behind { people_min: 0, residual_degrees: 0, dominance: None, terms_max: 0 })
}

fn figures(values: impl IntoIterator<Item = i64>, people_min: u64) -> Vec<Cell> {
    values.into_iter().map(|value| figure(value, people_min)).collect()
}

struct Maker<'a> {
    agreement: &'a Agreement,
    study: &'a Study,
}

impl Maker<'_> {
    /// A table with the planned rows.
    fn table(&self, id: &str, title: &str, note: &str, columns: Vec<Column>, cells: Vec<Vec<Cell>>) -> Table {
        let planned = planned_tables(self.agreement, self.study);
        let planned = planned.iter().find(|table| table.id.as_str() == id).unwrap();
        assert_eq!(planned.rows.len(), cells.len(), "{id}");
        let rows = planned.rows.iter().zip(cells).map(|(label, cells)| Row::new(label.clone(), cells)).collect();
        Table::new(Code::parse(id).unwrap(), title, note, columns, rows).unwrap()
    }

    fn counts(&self, id: &str, title: &str, note: &str, counts: &[u64]) -> Table {
        let cells = counts.iter().map(|count| vec![people(*count)]).collect();
        self.table(id, title, note, vec![Column::count("People")], cells)
    }
}

/// Against expectation with its interval, in tenths of a percent: everybody who started, then those who completed.
const AGAINST: [([i64; 3], [i64; 3]); 8] = [
    ([-174, -262, -81], [-236, -330, -127]),
    ([-93, -168, -12], [-131, -214, -41]),
    ([62, 14, 115], [48, -9, 107]),
    ([-108, -149, -66], [-139, -186, -92]),
    ([0, 0, 0], [0, 0, 0]),
    ([0, 0, 0], [0, 0, 0]),
    ([11, -84, 113], [7, -101, 122]),
    ([-299, -361, -229], [-364, -431, -287]),
];
/// Crisis contacts are of too few people; nobody had a maternity admission.
const TOO_FEW: usize = 4;
const NOBODY: usize = 5;
const MEASURES: usize = 7;

/// All tables of the study, in their order.
pub(super) fn tables(agreement: &Agreement, study: &Study) -> Vec<Table> {
    let maker = Maker { agreement, study };
    let [linkage, sureness, referral] = maker.linked();
    let mut tables = maker.who_and_what();
    tables.splice(1..1, [linkage, sureness]);
    tables.extend(maker.compared());
    for completed in [false, true] {
        tables.push(maker.effect(completed, false));
        tables.push(maker.effect(completed, true));
    }
    tables.extend(maker.course());
    tables.push(maker.sensitivity());
    let [change, wellbeing, deprivation] = maker.wellbeing_and_reach();
    tables.push(change);
    tables.extend(maker.by_groups());
    tables.extend([wellbeing, deprivation, referral]);
    tables
}

impl Maker<'_> {
    fn who_and_what(&self) -> Vec<Table> {
        let flow = "People of programme and whether they were linked to nhs-usage. The index date is start_date. Analysed: linked, with an \
                    index date, under observation on it, and with all of the 24 months before it and the 24 months from it on inside the \
                    days for which nhs-usage is complete. Completed: the plan agreed with the link worker was carried out.";
        let of_use = |before: u64, after: u64, events_before: u64, events_after: u64| {
            vec![
                people(1_833),
                people(before),
                people(after),
                Cell::events(events_before, before),
                Cell::events(events_after, after),
            ]
        };
        let use_columns = vec![
            Column::count("People analysed"),
            Column::count("People with any in the 21 months before the dip").part_of(0),
            Column::count("People with any in the 24 months after").part_of(0),
            Column::count("Events in the 21 months before the dip"),
            Column::count("Events in the 24 months after"),
        ];
        let note =
            "Events of nhs-usage of the people analysed (see flow), everybody who started, while under observation.";
        let sum = |people: u64| Money::of_people((0..people).map(|person| 300_000 + person % 7 * 1_000));
        let cost = vec![vec![people(1_833), Cell::money(sum(1_402)), Cell::money(sum(1_210))]];
        let cost_columns = vec![
            Column::count("People analysed"),
            Column::money("At tariff in the 21 months before the dip"),
            Column::money("At tariff in the 24 months after"),
        ];
        let used = vec![
            of_use(611, 502, 843, 677),
            of_use(811, 702, 1_243, 977),
            of_use(1_211, 1_302, 3_243, 3_977),
            of_use(1_701, 1_688, 18_766, 18_111),
            of_use(52, 6, 63, 7),
            of_use(0, 0, 0, 0),
            of_use(61, 72, 63, 77),
        ];
        vec![
            self.counts("flow", "Who is counted", flow, &[2_401, 2_152, 249, 0, 118, 201, 0, 1_833, 1_190, 643]),
            self.table("use", "Use of services before and after", note, use_columns, used),
            self.table("cost", "Cost at tariff before and after", note, cost_columns, cost),
        ]
    }

    fn compared(&self) -> Vec<Table> {
        let frame = "People of nhs-usage. Each of the others has the index date of a participant, drawn by a seed that nobody could choose. \
                     Eligible are people who meet the study's terms, with a value of practice and of everything in which they should be \
                     close. Compared are people of one calendar month who agree in recorded_sex, imd_decile.";
        let counts = [166_402, 2_152, 121_350, 9_480, 33_420, 5_106, 28_314, 1_833, 61, 44, 26, 1_702];
        let seen = |participants: u64, comparison: u64| {
            [participants, comparison].into_iter().flat_map(|of| [people(of), Cell::events(2 * of, of)]).collect()
        };
        let time_columns = ["Participants", "Person-years of participants", "Comparison", "Person-years of comparison"];
        let time = vec![seen(1_702, 5_106), seen(1_621, 4_872), seen(58, 158), seen(23, 76)];
        let time_note = "Matched people by how their observation in the 24 months after the index date ended; the same rule for both.";
        vec![
            self.counts("frame", "Who is compared", frame, &counts),
            self.table("time", "Time under observation", time_note, time_columns.map(Column::count).into(), time),
            self.balance(),
        ]
    }

    fn balance(&self) -> Table {
        let planned = planned_tables(self.agreement, self.study);
        let rows = planned.iter().find(|table| table.id.as_str() == "balance").unwrap().rows.len();
        let cells = (0..i64::try_from(rows).unwrap()).map(|row| match row {
            3 => vec![none(); 8],
            9 => figures([12, 11, 12, 12, 3, 1, 100, 2], 4),
            row => {
                let before = 62 - row * 37 % 55;
                let means = [140 - row, 90 - row, 139 - row, 138 - row];
                figures(means.into_iter().chain([before, before % 13 - 6, 96 + row % 9, row % 4]), 1_500)
            }
        });
        let names = [
            "Participants",
            "Others, before matching",
            "Matched participants",
            "Matched others",
            "Standardised difference before",
            "Standardised difference after",
            "Variance ratio after",
            "Distance of distributions after",
        ];
        let note = "Of the participants offered for comparison and of everybody else offered, before matching; of the matched, after. A \
                    standardised difference is the difference of the means over the standard deviation of all participants.";
        let columns = names.map(|name| Column::figure(name, NUMBER)).into();
        self.table("balance", "How alike they were before", note, columns, cells.collect())
    }

    fn effect(&self, completed: bool, is_money: bool) -> Table {
        let (id, title) = match (completed, is_money) {
            (false, false) => ("effect", "Effect on use"),
            (false, true) => ("effect_cost", "Effect on cost at tariff"),
            (true, false) => ("effect_completers", "Effect on use, of those who completed"),
            (true, true) => ("effect_cost_completers", "Effect on cost at tariff, of those who completed"),
        };
        let rate = if is_money { POUNDS } else { RATE };
        let columns = [Column::count("Participants"), Column::count("Comparison")].into_iter();
        let rates = ["Participants before", "Participants after", "Comparison before", "Comparison after"];
        let beyond =
            ["", ", from", ", to"].map(|end| Column::figure(format!("Change beyond the comparison{end}"), rate));
        let against = ["", ", from", ", to"].map(|end| Column::figure(format!("Against expectation{end}"), PERCENT));
        let changes = ["Participants' change", "Comparison's change"].map(|name| Column::figure(name, PERCENT));
        let columns = columns.chain(rates.map(|name| Column::figure(name, rate))).chain(changes).chain(beyond);
        let measures = if is_money { MEASURES..MEASURES + 1 } else { 0..MEASURES };
        let cells = measures.map(|measure| effect_cells(measure, completed, is_money)).collect();
        self.table(id, title, &effect_note(completed), columns.chain(against).collect(), cells)
    }

    fn wellbeing_and_reach(&self) -> [Table; 3] {
        let scores = [[2_102, 1_604, 1_488], [2_102, 1_217, 1_153]].map(|row| row.map(people).to_vec());
        let changed = ["", ", from", ", to"].map(|end| Column::figure(format!("Mean change{end}"), POINTS));
        let changed = scored_columns().into_iter().take(2).chain(changed).collect();
        let changes = [([2_102, 1_604], [63, 59, 67]), ([2_102, 1_217], [71, 66, 76])].map(|(of_people, tenths)| {
            of_people.into_iter().map(people).chain(figures(tenths, of_people[1])).collect()
        });
        let deciles: Vec<Vec<Cell>> =
            (0..11).map(|decile| vec![people(if decile == 8 { 6 } else { 1_100 / (decile + 1) })]).collect();
        let [reach, star] = self.study_labels();
        let note = "Linked people by imd_decile of nhs-usage; every value that the agreement lists has a row.";
        let score_note = "Scores wellbeing of everybody in programme who has an index date, linked or not. Improved: at least 1 point.";
        [
            self.table("change", "Mean change of scores", score_note, changed, changes.into()),
            self.table("wellbeing", &star, score_note, scored_columns(), scores.into()),
            self.table("deprivation", &reach, note, vec![Column::count("Linked people")], deciles),
        ]
    }

    fn study_labels(&self) -> [String; 2] {
        [self.study.breakdowns[0].label.clone(), self.study.scores[0].label.clone()]
    }
}

fn scored_columns() -> Vec<Column> {
    vec![
        Column::count("People with a score at the start"),
        Column::count("Of those, with a later score at that time").part_of(0),
        Column::count("Of those, improved").part_of(1),
    ]
}

fn against(measure: usize, of: [i64; 3]) -> Vec<Cell> {
    match measure {
        TOO_FEW => figures([-50, -400, 500], 5),
        NOBODY => vec![none(); 3],
        _ => figures(of, 900),
    }
}

fn effect_cells(measure: usize, completed: bool, is_money: bool) -> Vec<Cell> {
    let (started, finished) = AGAINST[measure];
    let of = if completed { finished } else { started };
    let [all, others] = if completed { [1_108, 3_324] } else { [1_702, 5_106] };
    let mut cells = vec![people(all), people(others)];
    match measure {
        NOBODY => cells.resize_with(11, none),
        _ if is_money => cells.extend(figures([1_230, 1_002, 842, 978, -185, 162, -428, -530, -318], 900)),
        TOO_FEW => cells.extend(figures([41, 30, 38, 40, -268, 53, -13, -30, 4], 5)),
        _ => cells.extend(figures([524, 459, 498, 528, -124, 60, of[0] / 2, of[1] / 2, of[2] / 2], 900)),
    }
    cells.extend(against(measure, of));
    cells
}

fn effect_note(completed: bool) -> String {
    let whom = if completed {
        "Completers (completers_ATT; the plan agreed with the link worker was carried out)"
    } else {
        "Everybody who started (ITT_ATT)"
    };
    format!(
        "{whom}, matched, each with comparable people who did not start. Rates are for each person-year under observation. Before: the 24 \
         months that end with the day before the index date, without the last 3 months (the dip). After: the 24 months from the index date \
         on. Against expectation: participants' rate after, against what it would have been had theirs changed by the comparison's factor \
         (ratio of ratios, less 1). Intervals hold 95 % of 2000 draws of whole groups of practice (bias-corrected and accelerated). \
         There are 5 such groups at most: with fewer than 40, intervals are often too narrow. Negative controls, which the programme cannot change: Cataract operations. An effect on them says that the comparison is not \
         like for like."
    )
}
