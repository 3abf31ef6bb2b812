//! Tables as people see them, written out by hand.

use super::*;
use crate::body::parse_release;

const BODY: &str = concat!(
    r#"{"format":"counterfoil-release-1","#,
    r#""agreement":{"id":"nel","version":2,"digest":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},"#,
    r#""study":{"id":"use","title":"Use","digest":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},"#,
    r#""run":"run-1","rules":"hes-2018 suppress_below=8 rounding_base=5","#,
    r#""tables":[{"id":"use","title":"Use of hospital","note":"24 months.","#,
    r#""columns":[{"label":"Before, all"},{"label":"After"}],"#,
    r#""rows":[{"label":"A&E \"visits\"","cells":[1410,"*"]},{"label":"Séjours","cells":[0,25]}],"#,
    r#""disclosure":{"cells":4,"zero":1,"rounded":2,"suppressed":1}}]}"#,
    "\n"
);

#[test]
fn csv_is_quoted_where_it_must_be() {
    let csv = tables_csv(&parse_release(BODY.as_bytes()).expect("a body"));
    let expected = "table,row,column,value\n\
        use,\"A&E \"\"visits\"\"\",\"Before, all\",1410\n\
        use,\"A&E \"\"visits\"\"\",After,*\n\
        use,Séjours,\"Before, all\",0\n\
        use,Séjours,After,25\n";
    assert_eq!(csv, expected);
}

#[test]
fn text_is_aligned() {
    let text = tables_text(&parse_release(BODY.as_bytes()).expect("a body"));
    let expected = "Use of hospital\n                Before, all  After\n  A&E \"visits\"         1410      *\n  Séjours                 0     25\n  24 months.\n\n";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("* is a count of 1 to 7"));
}
