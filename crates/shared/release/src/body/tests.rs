//! One release has one spelling, and no other passes; a body that breaks its own rules is no release.

use counterfoil_model::{Digest, Disclosure};

use super::*;
use crate::cell::{Behind, Cell, Money};
use crate::column::{FigureKind, FigureUnit};
use crate::decimal::Decimal;
use crate::review::review;
use crate::table::{Row, Table};

const HES: Disclosure =
    Disclosure { suppress_below: 8, rounding_base: 5, releases_max: 1, money_rounding_pounds: Some(1_000) };

/// By hand: 412 to 410, 383 to 385, £20,400 to £20,000, 0.834 of 300 people to 0.83, 3 suppressed, 0 kept. Digests of "a" and "abc" as
/// `sha256sum` gives them.
const BODY: &str = concat!(
    r#"{"format":"counterfoil-release-2","#,
    r#""agreement":{"id":"nel","version":2,"digest":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},"#,
    r#""study":{"id":"use","title":"Use of hospital","digest":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},"#,
    r#""run":"run-1","rules":"hes-2018 suppress_below=8 rounding_base=5 money_rounding_pounds=1000 "#,
    r#"dominance=p10,1k50,2k90 figures=df10,values3,digits3","#,
    r#""tables":[{"id":"score","title":"Well-being","note":"People of the programme.","#,
    r#""columns":[{"label":"People","kind":"count"},{"label":"Improved","kind":"count","part_of":0},"#,
    r#"{"label":"Cost","kind":"money"},{"label":"Ratio","kind":{"figure":{"decimals":3,"unit":"none"}}}],"#,
    r#""rows":[{"label":"12 months","cells":[410,385,20000,"0.830"]},{"label":"\"24\" months","cells":["*","*","*","*"]},"#,
    r#"{"label":"36 months","cells":[0,0,0,"n/a"]}],"#,
    r#""disclosure":{"cells":12,"zero":3,"rounded":3,"figures":1,"not_estimated":1,"suppressed":4}}]}"#,
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
    let ratio = FigureKind { decimals: 3, unit: FigureUnit::None };
    let columns = vec![
        Column::count("People"),
        Column::count("Improved").part_of(0),
        Column::money("Cost"),
        Column::figure("Ratio", ratio),
    ];
    let row = |label: &str, counts: [u64; 2], cost: Money, ratio, people_min| {
        let behind = Behind { people_min, residual_degrees: 50, dominance: None, terms_max: 0 };
        let counts = counts.map(Cell::people);
        Row::new(label, vec![counts[0], counts[1], Cell::money(cost), Cell::figure(ratio, behind)])
    };
    let cost = Money { pence: 2_040_000, people: 12, largest: 400_000, second: 200_000 };
    let rows = vec![
        row("12 months", [412, 383], cost, Some(834), 300),
        row("\"24\" months", [3, 0], Money { people: 11, largest: 1_500_000, ..cost }, Some(834), 3),
        row("36 months", [0, 0], Money::of_people([]), None, 0),
    ];
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
    assert_eq!(body.rules().money_rounding_pounds(), Some(1_000));
    let table = body.table("score").expect("there");
    assert_eq!(table.cell("12 months", "Improved"), Some(ReleasedCell::Count(385)));
    assert_eq!(table.cell("\"24\" months", "People"), Some(ReleasedCell::Suppressed));
    assert_eq!(table.cell("36 months", "People"), Some(ReleasedCell::Count(0)));
    assert_eq!(table.cell("12 months", "Cost"), Some(ReleasedCell::Money(20_000)));
    assert_eq!(table.cell("12 months", "Ratio"), Decimal::new(830, 3).map(ReleasedCell::Figure));
    assert_eq!(table.cell("36 months", "Ratio"), Some(ReleasedCell::NotEstimated));
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
        (r#""label":"People","kind":"count"}"#, r#""label":"People","kind":"count","part_of":null}"#),
        (r#""kind":"count","part_of":0"#, r#""part_of":0,"kind":"count""#),
        (r#""kind":"money""#, r#""kind":{"money":null}"#),
        (r#""decimals":3,"unit":"none""#, r#""unit":"none","decimals":3"#),
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
        ("[410", "[null"),
        ("[410", "[0410"),
        ("[410", "[99999999999999999999"),
        ("\"run\"", "\"seconds\":0,\"run\""),
        ("\"run\":\"run-1\",", ""),
        ("\"run\":", "\"run\":\"run-1\",\"run\":"),
        ("\"part_of\":0", "\"part_of\":-1"),
        ("20000", "20000.0"),
        ("20000", "-20000"),
        ("\"0.830\"", "0.830"),
        ("\"0.830\"", "null"),
        ("\"n/a\"", "[]"),
        ("\"kind\":\"money\"", "\"kind\":\"cash\""),
        ("\"kind\":\"money\"", "\"kind\":null"),
        (",\"kind\":\"money\"", ""),
        ("\"decimals\":3", "\"decimals\":256"),
        ("\"decimals\":3,", ""),
        ("\"decimals\":3,", "\"decimals\":3,\"sign\":1,"),
        ("\"version\":2", "\"version\":4294967296"),
        ("]}\n", "]}x\n"),
    ] {
        assert!(matches!(refused(from, to), BodyError::Json { .. }), "{from} {to}");
    }
    for (from, to, field) in [
        ("release-2", "release-1", "format"),
        ("\"unit\":\"none\"", "\"unit\":\"None\"", "unit of a column"),
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
        ("[410", "[\"410\"", cell(1, 1)),
        ("[410", "[\"n/a\"", cell(1, 1)),
        ("385", "415", cell(1, 2)),
        ("\"*\",\"*\"", "\"**\",\"*\"", cell(2, 1)),
        ("\"*\",\"*\"", "\"*\",0", cell(2, 2)),
        ("\"*\",\"*\"", "\"*\",10", cell(2, 2)),
        ("[0,0", "[0,10", cell(3, 2)),
        ("[410", "[18446744073709551615", cell(1, 1)),
        ("20000", "20400", cell(1, 3)),
        ("20000", "500", cell(1, 3)),
        ("20000", "18446744073709551000", cell(1, 3)),
        ("20000", "\"20000\"", cell(1, 3)),
        ("20000", "\"n/a\"", cell(1, 3)),
        ("\"0.830\"", "830", cell(1, 4)),
        ("\"0.830\"", "\"0.83\"", cell(1, 4)),
        ("\"0.830\"", "\"0.8300\"", cell(1, 4)),
        ("\"0.830\"", "\"+0.830\"", cell(1, 4)),
        ("\"0.830\"", "\"-0.000\"", cell(1, 4)),
        ("\"0.830\"", "\"1.234\"", cell(1, 4)),
        ("\"0.830\"", "\"-12.340\"", cell(1, 4)),
        ("\"0.830\"", "\"N/A\"", cell(1, 4)),
        ("\"decimals\":3", "\"decimals\":2", cell(1, 4)),
    ] {
        assert_eq!(refused(from, to), error, "{to}");
    }
    let rules = BODY.split_once("\"rules\":\"").and_then(|(_, rest)| rest.split_once('"')).expect("there").0;
    for (from, to) in [
        ("suppress_below=8", "suppress_below=7"),
        ("suppress_below=8", "suppress_below=08"),
        ("suppress_below=8", "suppress_below=+8"),
        ("suppress_below=8 ", "suppress_below=8  "),
        ("rounding_base=5", "rounding_base=1"),
        ("pounds=1000", "pounds=99"),
        ("pounds=1000", "pounds=01000"),
        ("pounds=1000", "pounds="),
        (" money_rounding_pounds=1000", ""),
        ("p10,", "p9,"),
        ("1k50", "1k60"),
        ("2k90", "2k95"),
        ("2k90", "2k90 "),
        ("df10", "df1"),
        ("values3", "values2"),
        ("digits3", "digits9"),
        ("hes-2018", "hes-2019"),
        (rules, "none"),
        (rules, ""),
        (rules, "hes-2018 suppress_below=8 rounding_base=5"),
    ] {
        assert_eq!(refused(rules, &rules.replace(from, to)), BodyError::Rules, "{to}");
    }
    // Under a threshold of 13 a 10 stands for 8 to 12, all of them too few.
    let stricter = BODY.replace("suppress_below=8", "suppress_below=13").replace("[0,0", "[10,0");
    assert_eq!(parse_release(stricter.as_bytes()), Err(cell(3, 1)));
    // Money that was not agreed, a suppressed sum too.
    let unagreed = BODY.replace("pounds=1000", "pounds=none");
    assert_eq!(parse_release(unagreed.as_bytes()), Err(cell(1, 3)));
    assert_eq!(parse_release(unagreed.replace("20000", "\"*\"").as_bytes()), Err(cell(1, 3)));
}

#[test]
fn shapes_that_cannot_be_read_are_refused() {
    let table = || Code::parse("score").expect("a code");
    let disclosure = BodyError::Disclosure { table: table() };
    for (from, to) in [
        ("\"cells\":12", "\"cells\":13"),
        ("\"zero\":3", "\"zero\":2"),
        ("\"rounded\":3", "\"rounded\":4"),
        ("\"figures\":1", "\"figures\":0"),
        ("\"not_estimated\":1", "\"not_estimated\":0"),
    ] {
        assert_eq!(refused(from, to), disclosure, "{to}");
    }
    for (from, to) in [
        ("[410,385,", "[410,"),
        ("[410,385,", "[410,385,0,"),
        ("\"count\",\"part_of\":0", "\"money\",\"part_of\":0"),
        ("\"part_of\":0", "\"part_of\":1"),
        ("\"part_of\":0", "\"part_of\":18446744073709551615"),
        ("36 months", "12 months"),
        ("\"Improved\"", "\"People\""),
        ("\"Well-being\"", "\"\""),
        ("People of the programme.", "=People"),
    ] {
        assert!(matches!(refused(from, to), BodyError::Table(_)), "{to}");
    }
    let five = BODY.replace("\"decimals\":3", "\"decimals\":5").replace("0.830", "0.83000");
    assert!(parse_release(five.as_bytes()).is_err());
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
