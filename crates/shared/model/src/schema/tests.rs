//! The schema's door: what a file must say, and that the digest covers what shapes a link and nothing else.

use std::fmt::Write as _;

use super::*;

const SCHEMA: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "test-1"

[[field]]
name = "nhs_number"
rule = "nhs_number_v1"
[[field]]
name = "family_name"
rule = "family_name_v1"
[[field]]
name = "date_of_birth"
rule = "date_of_birth_v1"

[[match_key]]
name = "nhs_dob"
parts = ["nhs_number", "date_of_birth"]

[[blocking_rule]]
name = "sound_year"
parts = ["family_name.soundex", "date_of_birth.year"]

[clk]
bits = 1024
encoding = "diffused-1"
diffusion = 10
feature = [{ part = "family_name", qgram = 2, bits = 200 }]

[decision]
link_probability_min_permille = 800
false_links_max_permille = 20
relationship = "one-to-one"
runner_up_margin_bits = 3
group_pairs_max = 1000000
never_link_when_differs = ["nhs_dob"]

[columns.default]
local_id = "id"
nhs_number = "NHS"
date_of_birth = { header = "DOB", date = "day-month-year" }
"#;

#[test]
fn a_schema_resolves_every_name() {
    let schema = LinkageSchema::parse(SCHEMA).expect("valid");
    assert_eq!(schema.match_keys()[0].parts[1], Part { field: 2, form: PartForm::Whole });
    assert_eq!(schema.blocking_rules()[0].parts[0], Part { field: 1, form: PartForm::Soundex });
    let columns = schema.columns().of("anything").expect("falls back to default");
    assert_eq!(columns.local_id, "id");
    assert_eq!(columns.fields[1], None);
    assert_eq!(columns.fields[2].as_ref().map(|column| column.format), Some(ColumnFormat::DateDayMonthYear));
}

#[test]
fn a_column_of_nhs_numbers_may_have_one_of_former_numbers_beside_it() {
    let schema = SCHEMA.replace("\"NHS\"", "{ header = \"NHS\", former = \"FORMER\" }");
    let schema = LinkageSchema::parse(&schema).expect("valid");
    let expected = ColumnSpec { header: "NHS".into(), format: ColumnFormat::Text, former: Some("FORMER".into()) };
    assert_eq!(schema.columns().of("default").expect("declared").fields[0], Some(expected));
    assert_eq!(schema.keys_with_numbers(), [0]);
}

#[test]
fn expected_weight_is_the_occupancy_formula() {
    let clk = LinkageSchema::parse(SCHEMA).expect("valid").clk.expect("declared");
    // By hand: 1024 * (1 - (1023/1024)^200) = 181.761 (Python).
    assert!((clk.expected_weight() - 181.761).abs() < 0.01, "{}", clk.expected_weight());
    // 201 products of doubles, one after the other, to the last bit (Python); its power ends in another bit.
    let schema = SCHEMA.replace("bits = 200", "bits = 201");
    assert_ne!(schema, SCHEMA);
    let clk = LinkageSchema::parse(&schema).expect("valid").clk.expect("declared");
    assert_eq!(clk.expected_weight().to_bits(), 0x4066_d2ab_a6b3_91f8);
}

#[test]
fn the_digest_covers_what_shapes_a_link_and_no_column_name() {
    let digest = |text: &str| LinkageSchema::parse(text).expect("valid").digest();
    let before = digest(SCHEMA);
    assert_eq!(before, digest(&SCHEMA.replace("\"NHS\"", "\"nhs no\"").replace("\n\n", "\n# a comment\n\n")));
    assert_eq!(before, digest(&SCHEMA.replace("\"NHS\"", "{ header = \"NHS\", former = \"FORMER\" }")));
    for (from, to) in [
        ("diffusion = 10", "diffusion = 9"),
        ("qgram = 2", "qgram = 3"),
        ("bits = 200", "bits = 201"),
        ("\"nhs_dob\"", "\"nhs_birth\""),
        ("family_name.soundex", "family_name.initial"),
        ("permille = 800", "permille = 801"),
        ("permille = 20", "permille = 21"),
        ("margin_bits = 3", "margin_bits = 4"),
        ("one-to-one", "many-to-one"),
        ("= 1000000", "= 1000001"),
        ("never_link_when_differs = [\"nhs_dob\"]", ""),
        ("\"test-1\"", "\"test-2\""),
        ("bits = 1024", "bits = 2048"),
    ] {
        assert_ne!(before, digest(&SCHEMA.replace(from, to)), "{from}");
    }
}

#[test]
fn what_cannot_stand_is_refused_by_place() {
    for (from, to, place) in [
        ("schema-2\"", "schema-1\"", "format"),
        ("nhs_number_v1", "nhs_number_v9", "field nhs_number"),
        ("name = \"family_name\"", "name = \"nhs_number\"", "field nhs_number: is declared twice"),
        ("name = \"family_name\"", "name = \"local_id\"", "field local_id"),
        ("[\"nhs_number\", \"date_of_birth\"]", "[]", "match_key nhs_dob parts"),
        ("[\"nhs_number\", \"date_of_birth\"]", "[\"postcode\"]", "names no declared [[field]]"),
        ("family_name.soundex", "family_name.year", "has the forms whole, initial"),
        ("bits = 1024", "bits = 1000", "clk: bits"),
        ("bits = 1024", "bits = 8192", "clk: bits"),
        ("diffusion = 10", "diffusion = 0", "clk: write encoding"),
        ("diffused-1", "plain-1", "clk: write encoding"),
        ("qgram = 2", "qgram = 5", "clk feature family_name"),
        ("[\"family_name.soundex\", \"date", "[\"date", "clk: `family_name` stands in no [[match_key]]"),
        ("permille = 800", "permille = 1001", "link_probability_min_permille"),
        ("permille = 800", "permille = 0", "link_probability_min_permille: is 1 to 1000"),
        ("permille = 20", "permille = 1001", "false_links_max_permille"),
        ("margin_bits = 3", "margin_bits = 31", "runner_up_margin_bits"),
        ("one-to-one", "one-to-many", "decision relationship: is \"one-to-one\", or \"many-to-one\""),
        ("relationship = \"one-to-one\"\n", "", "missing field `relationship`"),
        ("= 1000000", "= 0", "group_pairs_max"),
        ("[\"nhs_dob\"]", "[\"sound_year\"]", "names no declared [[match_key]]"),
        ("{ header = \"DOB\", date = \"day-month-year\" }", "\"DOB\"", "columns.default.date_of_birth: is a date"),
        ("day-month-year", "us", "columns.default.date_of_birth: date is"),
        ("date = \"day-month-year\"", "former = \"X\"", "columns.default.date_of_birth: is no NHS number"),
        ("date = \"day-month-year\"", "date = \"iso\", former = \"X\"", "date_of_birth: is no NHS number"),
        ("\"NHS\"", "{ header = \"NHS\", date = \"iso\" }", "columns.default.nhs_number: is no date"),
        ("\"NHS\"", "{ header = \"NHS\" }", "columns.default.nhs_number: is no date"),
        ("\"NHS\"", "{ header = \"NHS\", former = \"NHS\" }", "former names a column of its own"),
        ("\"NHS\"", "{ header = \"NHS\", former = \"X\", date = \"iso\" }", "is no NHS number"),
        ("\"NHS\"", "{ header = \"NHS\", older = \"X\" }", "a column header"),
        ("nhs_number = \"NHS\"", "surname = \"NHS\"", "columns.default: `surname`"),
        ("local_id = \"id\"", "", "columns.default: local_id"),
        ("id = \"test-1\"", "id = \"test-1\"\nextra = 1", "unknown field"),
    ] {
        let changed = SCHEMA.replacen(from, to, 1);
        assert_ne!(changed, SCHEMA, "{from} is in the sample");
        let error = LinkageSchema::parse(&changed).expect_err(to).to_string();
        assert!(error.contains(place), "{error}");
    }
}

#[test]
fn a_clk_is_salted_with_what_stands_in_a_token_too() {
    let salted = SCHEMA.replace("diffusion = 10", "diffusion = 10\nsalt = \"date_of_birth.year\"");
    let schema = LinkageSchema::parse(&salted).expect("the year stands in a blocking rule");
    // Whether the salt agrees is one of the things that can be told of a date.
    let dates = &agreement_states(&schema)[2].1;
    assert!(dates.contains(&[PartForm::Year].into()), "{dates:?}");
    // In no token any more: the one feature is another field.
    let alone = salted.replace(", \"date_of_birth\"]", "]").replace(", \"date_of_birth.year\"]", "]");
    let refused = LinkageSchema::parse(&alone).expect_err("no token tells who has a date").to_string();
    assert!(refused.contains("clk: `date_of_birth` stands in no [[match_key]]"), "{refused}");
}

#[test]
fn a_schema_whose_fields_can_agree_in_too_many_ways_is_refused() {
    // Whole, first three, Soundex and initial of one text: six ways or more; seven such fields are over 2^18 together.
    let schema = |fields: usize| {
        let mut text = "format = \"counterfoil-linkage-schema-2\"\nid = \"many\"\n".to_owned();
        for field in 0..fields {
            write!(text, "[[field]]\nname = \"f{field}\"\nrule = \"family_name_v1\"\n").expect("a String takes all");
        }
        for field in 0..fields {
            for form in ["", ".first_three", ".soundex", ".initial"] {
                write!(
                    text,
                    "[[match_key]]\nname = \"k{field}{}\"\nparts = [\"f{field}{form}\"]\n",
                    form.replace('.', "_")
                )
                .expect("a String takes all");
            }
        }
        text + "[decision]\nlink_probability_min_permille = 500\nfalse_links_max_permille = 5\nrelationship = \"one-to-one\"\nrunner_up_margin_bits = 3\n\
                group_pairs_max = 10\n"
    };
    assert!(LinkageSchema::parse(&schema(6)).is_ok());
    let refused = LinkageSchema::parse(&schema(7)).expect_err("too many").to_string();
    assert!(refused.contains("7 fields") && refused.contains("fewer forms"), "{refused}");
}
