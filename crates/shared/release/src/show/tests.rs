//! Tables as people see them, written out by hand.

use super::*;
use crate::body::parse_release;

const BODY: &str = concat!(
    r#"{"format":"counterfoil-release-2","#,
    r#""agreement":{"id":"nel","version":2,"digest":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},"#,
    r#""study":{"id":"use","title":"Use","digest":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},"#,
    r#""run":"run-1","rules":"hes-2018 suppress_below=8 rounding_base=5 money_rounding_pounds=none "#,
    r#"dominance=p10,1k50,2k90 figures=df10,values3,digits3","#,
    r#""tables":[{"id":"use","title":"Use of hospital","note":"24 months.","#,
    r#""columns":[{"label":"Before, all","kind":"count"},{"label":"After","kind":"count"}],"#,
    r#""rows":[{"label":"A&E \"visits\"","cells":[1410,"*"]},{"label":"Séjours","cells":[0,25]}],"#,
    r#""disclosure":{"cells":4,"zero":1,"rounded":2,"figures":0,"not_estimated":0,"suppressed":1}}]}"#,
    "\n"
);

#[test]
fn csv_is_quoted_where_it_must_be() {
    let csv = tables_csv(&parse_release(BODY.as_bytes()).expect("a body"));
    let expected = "table,row,column,value,unit\n\
        use,\"A&E \"\"visits\"\"\",\"Before, all\",1410,count\n\
        use,\"A&E \"\"visits\"\"\",After,*,count\n\
        use,Séjours,\"Before, all\",0,count\n\
        use,Séjours,After,25,count\n";
    assert_eq!(csv, expected);
}

#[test]
fn text_is_aligned() {
    let text = tables_text(&parse_release(BODY.as_bytes()).expect("a body"));
    let expected = "Use of hospital\n                Before, all  After\n  A&E \"visits\"         1410      *\n  Séjours                 0     25\n  24 months.\n\n";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("* is a count of 1 to 7"));
}

#[test]
fn of_a_long_table_the_name_is_shown() {
    let rows = |count: usize| {
        (0..count).map(|row| format!(r#"{{"label":"Row {row}","cells":[0,10]}}"#)).collect::<Vec<_>>().join(",")
    };
    let of = |count: usize| {
        let (before, rest) = BODY.split_once(r#""rows":["#).expect("there");
        let (_, after) = rest.split_once("],\"disclosure\"").expect("there");
        let after = after.replace(
            r#""cells":4,"zero":1,"rounded":2"#,
            &format!(r#""cells":{},"zero":{count},"rounded":{count}"#, 2 * count),
        );
        let after = after.replace(r#""suppressed":1"#, r#""suppressed":0"#);
        let body = format!("{before}\"rows\":[{}],\"disclosure\"{after}", rows(count));
        tables_text(&parse_release(body.as_bytes()).expect("a body"))
    };
    assert!(of(16).contains("  Row 15") && !of(16).contains("16 rows"));
    let long = of(17);
    assert!(
        long.contains("Use of hospital: 17 rows, in the report and the spreadsheet\n") && !long.contains("Row 1"),
        "{long}"
    );
}

/// The same with money and figures.
fn comparison() -> ReleaseBody {
    let tables = concat!(
        r#""tables":[{"id":"effect","title":"Effect","note":"24 months.","#,
        r#""columns":[{"label":"Cost","kind":"money"},{"label":"Ratio","kind":{"figure":{"decimals":2,"unit":"none"}}},"#,
        r#"{"label":"Difference","kind":{"figure":{"decimals":0,"unit":"pounds_per_person_year"}}}],"#,
        r#""rows":[{"label":"A","cells":[1210000,"0.83","-120"]},{"label":"B","cells":["*","n/a","*"]},{"label":"C","cells":[0,"1.00","0"]}],"#,
        r#""disclosure":{"cells":9,"zero":1,"rounded":1,"figures":4,"not_estimated":1,"suppressed":2}}]}"#,
        "\n"
    );
    let head = BODY.split_once("\"tables\"").expect("there").0.replace("pounds=none", "pounds=1000");
    parse_release(format!("{head}{tables}").as_bytes()).expect("a body")
}

#[test]
fn csv_has_bare_numbers_and_their_units() {
    let expected = "table,row,column,value,unit\n\
        effect,A,Cost,1210000,pounds\n\
        effect,A,Ratio,0.83,none\n\
        effect,A,Difference,-120,pounds_per_person_year\n\
        effect,B,Cost,*,pounds\n\
        effect,B,Ratio,n/a,none\n\
        effect,B,Difference,*,pounds_per_person_year\n\
        effect,C,Cost,0,pounds\n\
        effect,C,Ratio,1.00,none\n\
        effect,C,Difference,0,pounds_per_person_year\n";
    assert_eq!(tables_csv(&comparison()), expected);
}

#[test]
fn text_has_pounds_and_units_in_headings() {
    let text = tables_text(&comparison());
    let expected = "Effect\n           Cost  Ratio  Difference (£ per person-year)\n  A  £1,210,000   0.83                            -120\n";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("Money is to the nearest £1,000;") && text.contains("n/a does not exist"), "{text}");
    let of_counts = tables_text(&parse_release(BODY.as_bytes()).expect("a body"));
    assert!(!of_counts.contains("Money") && !of_counts.contains("Figures"), "{of_counts}");
}
