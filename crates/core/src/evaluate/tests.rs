//! What an evaluation counts, on files small enough to count by hand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;

use super::*;

const SCHEMA: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "test-1"
field = [
    { name = "number", rule = "identifier_v1" },
    { name = "name", rule = "family_name_v1" },
    { name = "birth", rule = "date_of_birth_v1" },
]
match_key = [
    { name = "number_birth", parts = ["number", "birth"] },
    { name = "name_birth", parts = ["name", "birth"] },
]
[decision]
link_probability_min_permille = 600
false_links_max_permille = 1000
relationship = "one-to-one"
runner_up_margin_bits = 3
group_pairs_max = 100
[columns.default]
local_id = "id"
number = "number"
name = "name"
birth = { header = "birth", date = "iso" }
"#;

const CLK: &str = r#"
[clk]
bits = 1024
encoding = "plain-1"
feature = [{ part = "name", qgram = 2, bits = 100 }, { part = "birth", qgram = 2, bits = 200 }]
[[blocking_rule]]
name = "year"
parts = ["birth.year"]
[decision]
"#;

const LEFT: &str = "id,number,name,birth
l1,A1,Smith,1950-04-03
l2,A2,Jones,1960-05-04
l3,A3,Brown,1970-06-05
l4,A4,Green,1980-07-06
l5,,White,1990-13-13
";

const RIGHT: &str = "id,number,name,birth
r1,A1,Smyth,1950-04-03
r2,B2,Jones,1960-05-04
r3,B3,Brown,1970-06-05
r4,B4,Brwon,1970-06-05
r5,B5,Grean,1980-07-06
";

const TRUTH: &str = "left,right
l1,r1
l2,r2
l3,r4
l4,r5
l5,r1
l1,r1
nobody,r1
l1,nobody
";

fn with_clk() -> String {
    SCHEMA.replacen("\n[decision]\n", CLK, 1)
}

fn tried(schema: &str, [left, right]: [&str; 2], truth: Option<&str>) -> Result<Evaluation, EvaluateError> {
    let input = |file| Input { file, dataset: "any", source: Source::Bytes(b"") };
    let left = Input { source: Source::Bytes(left.as_bytes()), ..input("left.csv") };
    let right = Input { source: Source::Bytes(right.as_bytes()), ..input("right.csv") };
    let truth = truth.map(|text| Truth { file: "truth.csv", source: Source::Bytes(text.as_bytes()) });
    let seconds = Cell::new(0);
    let mut surroundings = Surroundings {
        today: jiff::civil::date(2026, 11, 21),
        fill: &mut |bytes| bytes.fill(7),
        // Half a second passes between one look at the clock and the next.
        clock: &|| Duration::from_millis(500 * seconds.replace(seconds.get() + 1)),
        progress: &|_| {},
    };
    let schema = LinkageSchema::parse(schema).unwrap();
    evaluate(&schema, &left, &right, truth.as_ref(), &mut surroundings)
}

fn refused(schema: &str, files: [&str; 2], truth: Option<&str>) -> String {
    tried(schema, files, truth).unwrap_err().to_string()
}

#[test]
fn every_figure_is_what_counting_by_hand_gives() {
    let evaluation = tried(SCHEMA, [LEFT, RIGHT], Some(TRUTH)).unwrap();
    let quality = evaluation.quality.unwrap();
    // They share: l1-r1 number and birth, l2-r2 and l3-r3 name and birth; the last is wrong. l3-r4 and l4-r5 share no
    // token, and l5 has none.
    assert_eq!(quality.true_pairs, 5);
    assert_eq!(quality.true_pairs_left_out, 1);
    assert_eq!((quality.repeated_pairs, quality.unknown_left, quality.unknown_right), (1, 1, 1));
    let own = Score {
        true_links: 2,
        false_links: 1,
        missed_links: 3,
        precision: Some(0.666_667),
        recall: Some(0.4),
        f1: Some(0.5),
    };
    assert_eq!(quality.own_rule, own);
    assert_eq!((quality.true_pairs_proposed, quality.blocking_recall), (2, Some(0.4)));
    let tokens = evaluation.tokens.iter().map(|token| (token.links, token.false_links, token.links_by_it_alone));
    assert_eq!(tokens.collect::<Vec<_>>(), [(1, Some(0), 1), (2, Some(1), 2)]);
    let links: Vec<_> =
        evaluation.linked.iter().map(|l| (l.left.as_str(), l.right.as_str(), l.shares.as_str())).collect();
    assert_eq!(links, [("l1", "r1", "number_birth"), ("l2", "r2", "name_birth"), ("l3", "r3", "name_birth")]);
    assert_eq!((evaluation.candidate_pairs, evaluation.model.end), (3, "believed"));
    let counted: Vec<_> = evaluation.expected.bands.iter().map(|band| band.false_links_counted.unwrap()).collect();
    assert_eq!(counted.iter().sum::<u64>(), 1);
}

#[test]
fn a_cohort_that_repeats_people_is_linked_as_the_schema_says() {
    let again = format!("{LEFT}l6,A1,Smith,1950-04-03\n");
    let linked = |schema: &str| {
        let evaluation = tried(schema, [&again, RIGHT], None).unwrap();
        evaluation.linked.iter().filter(|link| link.right == "r1").map(|link| link.left.clone()).collect::<Vec<_>>()
    };
    assert_eq!(linked(SCHEMA), [""; 0]);
    assert_eq!(linked(&SCHEMA.replace("one-to-one", "many-to-one")), ["l1", "l6"]);
}

#[test]
fn a_file_is_compared_with_itself() {
    let file = "id,number,name,birth\nd1,A1,Smith,1950-04-03\nd2,A2,Jones,1960-05-04\nd3,A1,Smith,1950-04-03\n\
                d4,A4,Green,1980-07-06\nd5,A2,Jones,1960-05-04\nd6,A2,Jones,1960-05-04\n";
    // One pair named twice and one way round each, one row with itself, and one pair that is not there.
    let truth = "one,other\nd3,d1\nd1,d3\nd2,d5\nd6,d2\nd6,d6\nd4,d1\n";
    let schema = LinkageSchema::parse(SCHEMA).unwrap();
    let mut surroundings = Surroundings {
        today: jiff::civil::date(2026, 11, 21),
        fill: &mut |bytes| bytes.fill(7),
        clock: &|| Duration::ZERO,
        progress: &|_| {},
    };
    let input = Input { file: "one.csv", dataset: "default", source: Source::Bytes(file.as_bytes()) };
    let truth = Truth { file: "truth.csv", source: Source::Bytes(truth.as_bytes()) };
    let evaluation = evaluate_duplicates(&schema, &input, Some(&truth), &mut surroundings).unwrap();
    assert_eq!(evaluation.grouped, [vec!["d1", "d3"], vec!["d2", "d5", "d6"]]);
    assert_eq!((evaluation.candidate_pairs, evaluation.groups, evaluation.repeats), (4, 2, 3));
    // Found: d1-d3, d2-d5, d2-d6, d5-d6; of the truth's four, d1-d4 is missed and d5-d6 is not among them.
    let quality = evaluation.quality.as_ref().unwrap();
    assert_eq!((quality.true_links, quality.false_links, quality.missed_links), (3, 1, 1));
    let mut csv = Vec::new();
    evaluation.write_groups(&mut csv).unwrap();
    assert_eq!(String::from_utf8(csv).unwrap(), "group,record\n1,d1\n1,d3\n2,d2\n2,d5\n2,d6\n");
    assert!(evaluation.to_text().contains("precision 0.7500, recall 0.7500"), "{}", evaluation.to_text());
}

#[test]
fn a_file_is_reported_by_field_and_reason() {
    let left = tried(SCHEMA, [LEFT, RIGHT], None).unwrap().left;
    assert_eq!((left.rows, left.kept, left.repeated), (5, 4, 0));
    assert_eq!(left.rejected, [RejectedRows { reason: "row-no-match-key", rows: 1 }]);
    let problem = FieldProblems { field: "birth".to_owned(), reason: "date-not-in-calendar", rows: 1 };
    assert_eq!(left.problems, [problem]);
    assert_eq!(left.tokens.iter().map(|tokens| tokens.rows).collect::<Vec<_>>(), [4, 4]);
}

/// The left file holds former numbers, the right one the current ones with the former beside them.
const NUMBERS: &str = r#"
format = "counterfoil-linkage-schema-2"
id = "numbers-1"
field = [
    { name = "number", rule = "nhs_number_v1" },
    { name = "name", rule = "family_name_v1" },
    { name = "birth", rule = "date_of_birth_v1" },
]
match_key = [
    { name = "number", parts = ["number"] },
    { name = "number_birth", parts = ["number", "birth"] },
    { name = "name_birth", parts = ["name", "birth"] },
]
[decision]
link_probability_min_permille = 600
false_links_max_permille = 1000
relationship = "one-to-one"
runner_up_margin_bits = 3
group_pairs_max = 100
never_link_when_differs = ["number"]
[columns.left]
local_id = "id"
number = "number"
name = "name"
birth = { header = "birth", date = "iso" }
[columns.right]
local_id = "id"
number = { header = "number", former = "former" }
name = "name"
birth = { header = "birth", date = "iso" }
"#;

#[test]
fn a_person_under_a_superseded_number_is_linked_where_the_other_file_knows_it() {
    // The check digits are right by the Data Dictionary's formula, in Python.
    let left = "id,number,name,birth\nl1,9990000018,Smith,1950-04-03\nl2,9990000026,Jones,1960-05-04\n\
                l3,9990000034,Brown,1970-06-05\n";
    let right = "id,number,former,name,birth\nr1,9990000107,999 000 0018;9990000019,Smyth,1950-04-03\n\
                 r2,9990000026,,Jones,1960-05-04\nr3,9990000093,,Brown,1970-06-05\n";
    let links = |schema: &str| {
        let input = |file| Input { file, dataset: file, source: Source::Bytes(b"") };
        let left = Input { source: Source::Bytes(left.as_bytes()), ..input("left") };
        let right = Input { source: Source::Bytes(right.as_bytes()), ..input("right") };
        let truth = Truth { file: "truth.csv", source: Source::Bytes(b"l,r\nl1,r1\nl2,r2\nl3,r3\n") };
        let mut surroundings = Surroundings {
            today: jiff::civil::date(2026, 11, 21),
            fill: &mut |bytes| bytes.fill(7),
            clock: &|| Duration::ZERO,
            progress: &|_| {},
        };
        let schema = LinkageSchema::parse(schema).unwrap();
        let evaluation = evaluate(&schema, &left, &right, Some(&truth), &mut surroundings).unwrap();
        let pairs: Vec<_> = evaluation.linked.iter().map(|l| format!("{} {} {}", l.left, l.right, l.shares)).collect();
        (pairs, evaluation)
    };
    // Numbers that differ forbid l3-r3, and l1-r1 as long as nobody says that the numbers are one person's.
    let (found, evaluation) = links(NUMBERS);
    assert_eq!(found, ["l1 r1 number number_birth", "l2 r2 number number_birth name_birth"]);
    assert_eq!((evaluation.left.former_rows, evaluation.right.former_rows, evaluation.former_unclear), (0, 1, 0));
    let problem = FieldProblems { field: "number.former".to_owned(), reason: "nhs-number-check-digit", rows: 1 };
    assert_eq!(evaluation.right.problems, [problem]);
    assert!(evaluation.to_text().contains("1 rows with former NHS numbers"));
    assert_eq!(evaluation.quality.unwrap().true_pairs_proposed, 3);
    let (found, evaluation) = links(&NUMBERS.replace("{ header = \"number\", former = \"former\" }", "\"number\""));
    assert_eq!(found, ["l2 r2 number number_birth name_birth"]);
    assert_eq!(evaluation.quality.unwrap().true_pairs_proposed, 2);
}

#[test]
fn of_rows_with_one_identifier_the_first_stays() {
    let repeated = LEFT.replace("l2,A2", " l1 ,A2");
    let evaluation = tried(SCHEMA, [&repeated, RIGHT], Some("l,r\nl1,r1\n")).unwrap();
    assert_eq!((evaluation.left.kept, evaluation.left.repeated), (3, 1));
    assert_eq!(evaluation.linked[0].left, "l1");
    assert_eq!(evaluation.quality.unwrap().own_rule.true_links, 1);
}

#[test]
fn thresholds_are_tried_beside_the_schemas_own() {
    let quality = tried(&with_clk(), [LEFT, RIGHT], Some(TRUTH)).unwrap().quality.unwrap();
    let thresholds: Vec<_> = quality.thresholds.iter().map(|tried| tried.link_probability_min_permille).collect();
    assert_eq!((thresholds[0], thresholds.last()), (1, Some(&999)));
    assert!(thresholds.is_sorted() && thresholds.contains(&600));
    let own = quality.thresholds.iter().find(|tried| tried.link_probability_min_permille == 600).unwrap();
    assert_eq!(own.score, quality.own_rule);
    assert!(quality.thresholds.is_sorted_by(|lax, strict| lax.score.true_links >= strict.score.true_links));
    let best = quality.best_on_the_truth.unwrap();
    assert!(quality.thresholds.iter().all(|tried| tried.score.f1 <= best.score.f1));
    // With the year as a blocking rule l3-r4 and l4-r5 are proposed too; l5 has no birth.
    assert_eq!(quality.true_pairs_proposed, 4);
}

#[test]
fn a_value_that_is_left_out_proposes_nothing() {
    let schema = with_clk().replace("group_pairs_max = 100", "group_pairs_max = 1");
    let right = format!("{RIGHT}r6,B6,Other,1980-01-01\n");
    let evaluation = tried(&schema, [LEFT, &right], Some("l,r\nl4,r5\n")).unwrap();
    let year = evaluation.tokens.last().unwrap();
    assert_eq!((year.token.as_str(), year.groups_left_out, year.pairs_left_out), ("year", 2, 4));
    assert_eq!(evaluation.quality.unwrap().blocking_recall, Some(0.0));
}

#[test]
fn steps_are_timed_by_the_clock_that_is_given() {
    let steps = tried(SCHEMA, [LEFT, RIGHT], None).unwrap().steps;
    let names: Vec<_> = steps.iter().map(|step| step.step).collect();
    assert_eq!(names, ["pseudonymise_left", "pseudonymise_right", "link", "measure"]);
    assert!(steps.iter().all(|step| step.seconds.to_bits() == 0.5_f64.to_bits()));
    assert_eq!(steps[0].records_per_second, Some(10.0));
}

#[test]
fn the_keys_of_the_json_stay() {
    let json = serde_json::to_value(tried(&with_clk(), [LEFT, RIGHT], Some(TRUTH)).unwrap()).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(&json),
        "candidate_pairs clk contested_left contested_right expected format former_unclear left link_probability_min links model \
         peak_memory_bytes quality right schema schema_digest steps tokens"
    );
    assert_eq!(
        keys(&json["left"]),
        "clks dataset fields_without_column file former_rows kept problems rejected repeated rows tokens"
    );
    assert_eq!(
        keys(&json["quality"]),
        "best_on_the_truth blocking_recall own_rule repeated_pairs thresholds true_pairs true_pairs_left_out \
         true_pairs_proposed unknown_left unknown_right"
    );
    let score = "f1 false_links missed_links precision recall true_links";
    assert_eq!(keys(&json["quality"]["own_rule"]), score);
    assert_eq!(
        keys(&json["quality"]["thresholds"][0]),
        "f1 false_links link_probability_min_permille missed_links precision recall true_links"
    );
    assert_eq!(json["format"], "counterfoil-evaluation-2");
}

#[test]
fn reports_say_nothing_of_anybody() {
    let evaluation = tried(&with_clk(), [LEFT, RIGHT], Some(TRUTH)).unwrap();
    let reports = [serde_json::to_string(&evaluation).unwrap(), evaluation.to_text()];
    for value in ["Smith", "1950", "A1", "\"l1\"", "nobody"] {
        assert!(reports.iter().all(|report| !report.contains(value)), "{value}");
    }
    let mut links = Vec::new();
    evaluation.write_links(&mut links).unwrap();
    let links = String::from_utf8(links).unwrap();
    assert!(links.starts_with("left,right,probability,shares\nl1,r1,0.9"), "{links}");
    assert!(links.lines().nth(1).unwrap().ends_with(",number_birth year"), "{links}");
}

#[test]
fn the_text_says_which_figures_were_chosen_on_the_truth() {
    let text = tried(&with_clk(), [LEFT, RIGHT], Some(TRUTH)).unwrap().to_text();
    assert!(text.contains("At the schema's own rule:"), "{text}");
    assert!(text.contains("chosen on the truth:"), "{text}");
    let without = tried(SCHEMA, [LEFT, RIGHT], None).unwrap().to_text();
    assert!(without.contains("No truth was given"), "{without}");
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let no_column = refused(SCHEMA, [&LEFT.replacen("name", "surname", 1), RIGHT], None);
    assert!(no_column.starts_with("left.csv: has no column `name`"), "{no_column}");
    let no_dataset = refused(&SCHEMA.replace("columns.default", "columns.other"), [LEFT, RIGHT], None);
    assert!(
        no_dataset.contains("neither [columns.any] nor [columns.default]; it has columns for: other"),
        "{no_dataset}"
    );
    let three = refused(SCHEMA, [LEFT, RIGHT], Some("a,b,c\nl1,r1\nl2,r2,yes\n"));
    assert_eq!(three.split(';').next(), Some("truth.csv: line 3 has 3 columns"));
    let one = refused(SCHEMA, [LEFT, RIGHT], Some("a\nl1\n"));
    assert!(one.starts_with("truth.csv: line 2 has 1 columns"), "{one}");
    for stranger in ["a,b\nr1,l1\n", "a,b\nl1,secret\n", "l1,r1\n", ""] {
        let unknown = refused(SCHEMA, [LEFT, RIGHT], Some(stranger));
        assert!(unknown.starts_with("truth.csv: none of its ") && !unknown.contains("secret"), "{unknown}");
    }
    let empty = refused(SCHEMA, ["", RIGHT], None);
    assert!(empty.starts_with("left.csv: is empty"), "{empty}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let schema = LinkageSchema::parse(SCHEMA).unwrap();
    let input = Input { file: "gone.csv", dataset: "any", source: Source::File(Path::new("no/such/folder/gone.csv")) };
    let mut surroundings = Surroundings {
        today: jiff::civil::date(2026, 11, 21),
        fill: &mut |bytes| bytes.fill(7),
        clock: &|| Duration::ZERO,
        progress: &|_| {},
    };
    let error = evaluate(&schema, &input, &input, None, &mut surroundings).unwrap_err();
    assert!(error.to_string().starts_with("gone.csv: cannot be read: "), "{error}");
}
