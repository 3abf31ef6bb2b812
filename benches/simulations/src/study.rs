//! The agreement and the study under which a place is looked at: those of `examples/thrive-nel`, without what no simulation reads.
//!
//! In: what a simulation varies. Out: texts. Absent on purpose: any choice that the example does not make.

use counterfoil_model::Digest;

/// A schema, because encoded people have one; nobody is encoded.
pub const SCHEMA: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "simulation"
[[field]]
name = "nhs_number"
rule = "nhs_number_v1"
[[match_key]]
name = "nhs"
parts = ["nhs_number"]
[decision]
link_probability_min_permille = 500
false_links_max_permille = 5
relationship = "one-to-one"
runner_up_margin_bits = 2
group_pairs_max = 1000000
[columns.default]
local_id = "id"
nhs_number = "NHS"
"#;

/// Variables of the programme's people, in the agreement's order: start, outcome, home, contacts.
pub const COHORT_VARIABLES: usize = 4;
/// Variables of everybody, in the agreement's order: decile, year of birth, sex, conditions, practice, at the practice since.
pub const USAGE_VARIABLES: usize = 6;
/// The extract's first and last day.
pub const COMPLETE: [&str; 2] = ["2020-01-01", "2024-06-30"];

/// What a study has beside its planned result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nothing but what every study has.
    Nothing,
    /// Other people compared with.
    Alternatives,
    /// The effect by where people live, and by how often they were seen.
    Subgroups,
    /// The first three months left out.
    WashIn,
    /// The months of a shock left out.
    LeftOut,
}

impl Beside {
    /// Of the study's comparison.
    fn text(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Alternatives => format!("{ALTERNATIVES}{TRAJECTORY}\n"),
            Self::Subgroups => SUBGROUPS.to_owned(),
            Self::WashIn => "wash_in_months = 3\n".to_owned(),
            Self::LeftOut => "left_out = [{ label = \"the shock\", from = 2022-07-01, to = 2022-12-31 }]\n".to_owned(),
        }
    }
}

/// What a simulation varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Months before the start that are not part of "before".
    pub dip_months: u32,
    /// Whether people are matched on what they used in the dip.
    pub is_matched_on_use: bool,
    /// Whether appointments count from when somebody came to the practice.
    pub has_recorded_from: bool,
    /// Practices that the agreement lists.
    pub practices: u32,
    /// What stands beside the planned result.
    pub beside: Beside,
}

impl Plan {
    /// Matched on the year before the start, compared with the year before that.
    pub const YEAR: Self = Self {
        dip_months: 12,
        is_matched_on_use: true,
        has_recorded_from: false,
        practices: 30,
        beside: Beside::Nothing,
    };

    /// Months by which a placebo index date lies before the start: in the middle of what is compared.
    pub fn placebo_months(&self) -> u32 {
        u32::midpoint(24, self.dip_months)
    }

    /// The study file.
    pub fn study(&self) -> String {
        let trajectory = if self.is_matched_on_use { TRAJECTORY } else { "" };
        let recorded_from = if self.has_recorded_from { "recorded_from = \"practice_since\"" } else { "" };
        format!(
            r#"
format = "counterfoil-study-2"
id = "use"
title = "Use of care, two years before and after the start"
cohort = "programme"
usage = "nhs-usage"
index_date = "start_date"
look_back_months = 24
dip_months = {dip}
follow_up_months = 24
lag_days = 0
completers = {{ variable = "outcome", codes = ["completed"], definition = "the plan was carried out" }}

[[measure]]
id = "emergency_admissions"
label = "{EMERGENCY}"
events = ["emergency_admission"]

[[measure]]
id = "ae_attendances"
label = "{AE}"
events = ["ae_attendance"]

[[measure]]
id = "gp_appointments"
label = "{GP}"
events = ["gp_appointment"]
{recorded_from}

[[measure]]
id = "hospital_cost"
label = "{COST}"
events = ["ae_attendance", "emergency_admission"]
total = {{ variable = "cost_pence", unit = "pence", tariff = "nhsps-2024-25" }}

[[measure]]
id = "bed_days"
label = "{DAYS}"
events = ["emergency_admission"]
total = {{ variable = "bed_days", unit = "days" }}

[[breakdown]]
id = "home"
label = "Home"
dataset = "programme"
variable = "home"

[[breakdown]]
id = "deprivation"
label = "Deprivation"
dataset = "nhs-usage"
variable = "imd_decile"

[comparison]
method = "propensity"
controls = 3
replacement = "without"
caliper_permille = 200
exact = ["recorded_sex", "imd_decile"]
covariate = [{{ variable = "birth_year" }}, {{ variable = "conditions" }}]
cluster = "practice"
draws = 2000
placebo_months = {placebo}
eligible = [{{ variable = "birth_year", min = 1948, max = 2004 }}, {{ variable = "conditions", min = 1 }}]
{trajectory}
{beside}"#,
            dip = self.dip_months,
            placebo = self.placebo_months(),
            beside = self.beside.text(),
        )
    }

    /// The agreement that pins the study.
    pub fn agreement(&self, study: &str) -> String {
        let practices: Vec<_> = (0..self.practices).map(|number| format!("\"p{number:02}\"")).collect();
        format!(
            r#"
format = "counterfoil-agreement-1"
id = "simulation"
version = 1
title = "A made-up place"
purposes = ["service-evaluation"]
starts_on = 2026-01-01
ends_on = 2026-12-31
[linkage]
schema_digest = "{zero}"
key_epoch = 1
unhardened_clk = "refused"
[disclosure]
suppress_below = 8
rounding_base = 5
money_rounding_pounds = 10000
releases_max = 4
[[party]]
id = "icb"
name = "The ICB"
roles = ["custodian"]
[[party]]
id = "unit"
name = "The unit"
roles = ["linkage-unit"]
[[party]]
id = "payer"
name = "The payer"
roles = ["partner"]
[[dataset]]
id = "programme"
custodian = "icb"
people_max = 100000
people = [
    {{ name = "start_date", kind = "date", from = 2015-01-01, to = 2035-12-31 }},
    {{ name = "outcome", kind = "code", codes = ["completed", "left_early"] }},
    {{ name = "home", kind = "code", codes = ["most_deprived_tenth", "elsewhere"] }},
    {{ name = "contacts", kind = "integer", min = 0, max = 1000 }},
]
[[dataset]]
id = "nhs-usage"
custodian = "icb"
people_max = 1000000
people = [
    {{ name = "imd_decile", kind = "integer", min = 1, max = 10 }},
    {{ name = "birth_year", kind = "integer", min = 1900, max = 2035 }},
    {{ name = "recorded_sex", kind = "code", codes = ["female", "male"] }},
    {{ name = "conditions", kind = "integer", min = 0, max = 11 }},
    {{ name = "practice", kind = "code", codes = [{practices}] }},
    {{ name = "practice_since", kind = "date", from = 1900-01-01, to = 2035-12-31 }},
]
[dataset.events]
codes = ["gp_appointment", "ae_attendance", "emergency_admission"]
variables = [
    {{ name = "cost_pence", kind = "integer", min = 0, max = 100000000 }},
    {{ name = "bed_days", kind = "integer", min = 0, max = 365 }},
]
[[study]]
id = "use"
digest = "{digest}"
"#,
            zero = "0".repeat(64),
            practices = practices.join(", "),
            digest = Digest::of(study.as_bytes()),
        )
    }
}

const TRAJECTORY: &str = r#"trajectory = { measures = ["emergency_admissions", "ae_attendances", "gp_appointments", "hospital_cost"], stretch_months = 3 }"#;

/// The last line is the trajectory: the same as planned.
const ALTERNATIVES: &str = r#"
[[comparison.alternative]]
label = "a random similar cohort"
method = "stratified"
controls = 3
replacement = "without"
exact = ["recorded_sex", "imd_decile", "conditions"]

[[comparison.alternative]]
label = "everybody alike, weighed"
method = "entropy-balance"
controls = "all"
replacement = "without"
exact = ["recorded_sex", "imd_decile"]
covariate = [{ variable = "birth_year" }, { variable = "conditions" }]
"#;

const SUBGROUPS: &str = r#"
[[comparison.subgroup]]
id = "effect_by_home"
label = "home"
dataset = "programme"
variable = "home"

[[comparison.subgroup]]
id = "effect_by_contacts"
label = "contacts"
dataset = "programme"
variable = "contacts"
cut_points = [3, 8]
kind = "dose"
"#;

/// Labels of the study's measures.
pub const EMERGENCY: &str = "Emergency admissions";
/// See [`EMERGENCY`].
pub const AE: &str = "A&E attendances";
/// See [`EMERGENCY`].
pub const GP: &str = "GP appointments";
/// See [`EMERGENCY`].
pub const COST: &str = "Hospital cost";
/// See [`EMERGENCY`].
pub const DAYS: &str = "Days in hospital";
