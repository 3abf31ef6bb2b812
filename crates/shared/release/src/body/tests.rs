//! One release has one spelling, and no other passes; a body that breaks its own rules is no release.

use counterfoil_model::{Digest, Disclosure};

use super::*;
use crate::review::review;
use crate::table::{Cell, Row, Table};

const HES: Disclosure = Disclosure { suppress_below: 8, rounding_base: 5, releases_max: 1 };

/// By hand: 412 to 410, 383 to 385, 3 suppressed, 0 kept. Digests of "a" and "abc" as `sha256sum` gives them.
const BODY: &str = concat!(
    r#"{"format":"counterfoil-release-1","#,
    r#""agreement":{"id":"nel","version":2,"digest":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},"#,
    r#""study":{"id":"use","title":"Use of hospital","digest":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},"#,
    r#""run":"run-1","rules":"hes-2018 suppress_below=8 rounding_base=5","#,
    r#""tables":[{"id":"score","title":"Well-being","note":"People of the programme.","#,
    r#""columns":[{"label":"People"},{"label":"Improved","part_of":0}],"#,
    r#""rows":[{"label":"12 months","cells":[410,385]},{"label":"\"24\" months","cells":["*","*"]},{"label":"36 months","cells":[0,0]}],"#,
    r#""disclosure":{"cells":6,"zero":2,"rounded":2,"suppressed":2}}]}"#,
    "\n"
);

fn head() -> ReleaseHead {
    ReleaseHead {
        agreement: AgreementId::parse("nel").expect("a code"),
        agreement_version: 2,
        agreement_digest: AgreementDigest(Digest::of(b"a")),
        study: StudyId::parse("use").expect("a code"),
        study_digest: StudyDigest(Digest::of(b"abc")),
        study_title: "Use of hospital".to_owned(),
        run: RunId::parse("run-1").expect("a code"),
    }
}

fn reviewed() -> crate::Reviewed {
    let columns = vec![
        Column { label: "People".to_owned(), part_of: None },
        Column { label: "Improved".to_owned(), part_of: Some(0) },
    ];
    let row = |label: &str, people, improved| Row::new(label, vec![Cell::people(people), Cell::people(improved)]);
    let rows = vec![row("12 months", 412, 383), row("\"24\" months", 3, 0), row("36 months", 0, 0)];
    let id = Code::parse("score").expect("a code");
    let table = Table::new(id, "Well-being", "People of the programme.", columns, rows).expect("a table");
    review(vec![table.suppress_primary(&HES)], 0, 1).expect("passes")
}

#[test]
fn the_body_is_written_as_documented() {
    let release = reviewed().release(head()).expect("a release");
    assert_eq!(String::from_utf8_lossy(release.body_to_store_with_its_log_entry()), BODY);
    assert_eq!(release.digest().0, Digest::of(BODY.as_bytes()));
}

#[test]
fn it_is_read_as_it_was_written() {
    let body = parse_release(BODY.as_bytes()).expect("a body");
    assert_eq!(*body.head(), head());
    assert_eq!((body.rules().suppress_below(), body.rules().rounding_base()), (8, 5));
    let table = body.table("score").expect("there");
    assert_eq!(table.cell("12 months", "Improved"), Some(ReleasedCell::Count(385)));
    assert_eq!(table.cell("\"24\" months", "People"), Some(ReleasedCell::Suppressed));
    assert_eq!(table.cell("36 months", "People"), Some(ReleasedCell::Count(0)));
    assert_eq!(table.cell("48 months", "People"), None);
    assert_eq!(table.rows().len(), 3);
}

#[test]
fn a_head_that_cannot_be_shown_is_not_released() {
    for title in ["", "=cmd()", "a\nb", &"x".repeat(201)] {
        let head = ReleaseHead { study_title: title.to_owned(), ..head() };
        assert_eq!(reviewed().release(head).err(), Some(BodyError::Head { field: "study title" }), "{title:?}");
    }
    let head = ReleaseHead { agreement_version: 0, ..head() };
    assert_eq!(reviewed().release(head).err(), Some(BodyError::Head { field: "agreement version" }));
}

fn refused(from: &str, to: &str) -> BodyError {
    let changed = BODY.replacen(from, to, 1);
    assert_ne!(changed, BODY, "{from}");
    parse_release(changed.as_bytes()).expect_err(to)
}

#[test]
fn another_spelling_is_refused() {
    for (from, to) in [
        ("\n", ""),
        ("\n", "\n\n"),
        ("\n", "\r\n"),
        (":2,", ": 2,"),
        ("Use of hospital", "Use of\\u0020hospital"),
        (r#"{"label":"People"}"#, r#"{"label":"People","part_of":null}"#),
        (r#""label":"Improved","part_of":0"#, r#""part_of":0,"label":"Improved""#),
        ("12 months", "\\u0031\\u0032 months"),
    ] {
        assert_eq!(refused(from, to), BodyError::NotCanonical, "{from} {to}");
    }
}

#[test]
fn what_is_not_this_format_is_refused() {
    for (from, to) in [
        ("[410", "[410.0"),
        ("[410", "[4.1e2"),
        ("[410", "[-410"),
        ("[410", "[\"410\""),
        ("[410", "[null"),
        ("[410", "[0410"),
        ("[410", "[99999999999999999999"),
        ("\"*\"", "\"**\""),
        ("\"run\"", "\"seconds\":0,\"run\""),
        ("\"run\":\"run-1\",", ""),
        ("\"run\":", "\"run\":\"run-1\",\"run\":"),
        ("\"part_of\":0", "\"part_of\":-1"),
        ("\"version\":2", "\"version\":4294967296"),
        ("]}\n", "]}x\n"),
    ] {
        assert!(matches!(refused(from, to), BodyError::Json { .. }), "{from} {to}");
    }
    for (from, to, field) in [
        ("release-1", "release-2", "format"),
        ("\"nel\"", "\"NEL\"", "agreement id"),
        ("ca97", "CA97", "agreement digest"),
        ("ba78", "ba7", "study digest"),
        ("\"use\"", "\"a use\"", "study id"),
        ("\"run-1\"", "\"\"", "run"),
        ("\"score\"", "\"../x\"", "table id"),
        ("\"version\":2", "\"version\":0", "agreement version"),
        ("Use of hospital", "@hospital", "study title"),
    ] {
        assert_eq!(refused(from, to), BodyError::Head { field }, "{to}");
    }
    assert!(matches!(parse_release(b"[]\n"), Err(BodyError::Json { .. })));
    assert_eq!(parse_release(&vec![b' '; RELEASE_BYTES_MAX + 1]), Err(BodyError::TooLarge));
}

#[test]
fn a_body_that_breaks_its_own_rules_is_refused() {
    let cell = |row, column| BodyError::Cell { table: Code::parse("score").expect("a code"), row, column };
    for (from, to, error) in [
        ("[410", "[412", cell(1, 1)),
        ("[410", "[5", cell(1, 1)),
        ("[410", "[1", cell(1, 1)),
        ("385", "415", cell(1, 2)),
        ("\"*\",\"*\"", "\"*\",0", cell(2, 2)),
        ("\"*\",\"*\"", "\"*\",10", cell(2, 2)),
        ("[0,0]", "[0,10]", cell(3, 2)),
        ("[410", "[18446744073709551615", cell(1, 1)),
    ] {
        assert_eq!(refused(from, to), error, "{to}");
    }
    for rules in [
        "hes-2018 suppress_below=7 rounding_base=5",
        "hes-2018 suppress_below=8 rounding_base=1",
        "hes-2018 suppress_below=08 rounding_base=5",
        "hes-2018 suppress_below=+8 rounding_base=5",
        "hes-2018 suppress_below=8  rounding_base=5",
        "hes-2019 suppress_below=8 rounding_base=5",
        "none",
        "",
    ] {
        assert_eq!(refused("hes-2018 suppress_below=8 rounding_base=5", rules), BodyError::Rules, "{rules}");
    }
    // Under a threshold of 13 a 10 stands for 8 to 12, all of them too few.
    let stricter = BODY.replace("suppress_below=8", "suppress_below=13").replace("[0,0]", "[10,0]");
    assert_eq!(parse_release(stricter.as_bytes()), Err(cell(3, 1)));
}

#[test]
fn shapes_that_cannot_be_read_are_refused() {
    let table = || Code::parse("score").expect("a code");
    let disclosure = BodyError::Disclosure { table: table() };
    for (from, to) in [("\"cells\":6", "\"cells\":7"), ("\"zero\":2", "\"zero\":3"), ("\"rounded\":2", "\"rounded\":1")]
    {
        assert_eq!(refused(from, to), disclosure, "{to}");
    }
    for (from, to) in [
        ("[410,385]", "[410]"),
        ("[410,385]", "[410,385,0]"),
        ("\"part_of\":0", "\"part_of\":1"),
        ("\"part_of\":0", "\"part_of\":18446744073709551615"),
        ("36 months", "12 months"),
        ("\"Improved\"", "\"People\""),
        ("\"Well-being\"", "\"\""),
        ("People of the programme.", "=People"),
    ] {
        assert!(matches!(refused(from, to), BodyError::Table(_)), "{to}");
    }
    let tables = BODY.split_once("\"tables\":[").expect("there").1.trim_end().strip_suffix("]}").expect("there");
    assert_eq!(refused(tables, ""), BodyError::NoTable);
    assert_eq!(refused(tables, &format!("{tables},{tables}")), BodyError::RepeatedTable { table: table() });
}

#[test]
fn no_changed_byte_passes_as_the_same_release() {
    let digest = Digest::of(BODY.as_bytes());
    for at in 0..BODY.len() {
        let mut changed = BODY.as_bytes().to_vec();
        changed[at] ^= 1;
        // Many changes are a release of something else; its digest then tells.
        if let Ok(body) = parse_release(&changed) {
            assert_ne!(Digest::of(&body.to_bytes()), digest, "{at}");
        }
    }
}
