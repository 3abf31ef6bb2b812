//! The agreement's door: each statement that cannot stand is refused by name, and only all signatures make it one.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use counterfoil_audit::{NoteKey, NoteText, SignedNote};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::*;
use crate::study::Study;

mod scored;

fn terms() -> String {
    format!(
        r#"
format = "counterfoil-agreement-1"
id = "test"
version = 1
title = "A test"
purposes = ["outcome-payment"]
starts_on = 2026-01-01
ends_on = 2026-12-31

[linkage]
schema_digest = "{zero}"
key_epoch = 1
unhardened_clk = "refused"

[disclosure]
suppress_below = 8
rounding_base = 5
releases_max = 4

[[party]]
id = "icb"
name = "The ICB"
roles = ["custodian"]
[[party]]
id = "unit"
name = "The unit"
roles = ["linkage-unit"]

[[dataset]]
id = "nhs-usage"
custodian = "icb"
people_max = 1000
people = [{{ name = "start", kind = "date", from = 2023-01-01, to = 2023-12-31 }}]
events = {{ codes = ["ae"], variables = [{{ name = "cost_pence", kind = "integer", min = 0, max = 100 }}] }}

[[study]]
id = "use"
digest = "{zero}"
"#,
        zero = "0".repeat(64)
    )
}

#[test]
fn the_terms_are_read() {
    let agreement = Agreement::parse(&terms()).unwrap();
    assert!(agreement.in_force_on(Date::constant(2026, 12, 31)));
    assert!(!agreement.in_force_on(Date::constant(2027, 1, 1)));
    assert!(!agreement.in_force_on(Date::constant(2025, 12, 31)));
    assert!(agreement.has_role(&PartyId::parse("icb").unwrap(), Role::Custodian));
    assert!(!agreement.has_role(&PartyId::parse("icb").unwrap(), Role::Partner));
    assert!(!agreement.has_role(&PartyId::parse("stranger").unwrap(), Role::Custodian));
}

#[test]
fn money_is_agreed_or_does_not_leave() {
    assert_eq!(Agreement::parse(&terms()).unwrap().disclosure.money_rounding_pounds, None);
    for pounds in [100, 1_000, 100_000] {
        let money = format!("releases_max = 4\nmoney_rounding_pounds = {pounds}");
        let agreement = Agreement::parse(&terms().replace("releases_max = 4", &money)).unwrap();
        assert_eq!(agreement.disclosure.money_rounding_pounds, Some(pounds));
    }
}

#[test]
fn an_agreement_may_be_for_linking_alone() {
    let terms = terms();
    let (linking_alone, _study) = terms.split_once("[[study]]").unwrap();
    assert_eq!(Agreement::parse(linking_alone).unwrap().studies, []);
    let twice = format!("{terms}[[study]]\nid = \"use\"\ndigest = \"{}\"\n", "1".repeat(64));
    assert!(Agreement::parse(&twice).unwrap_err().to_string().contains("study"));
}

#[test]
fn what_cannot_stand_is_refused_by_place() {
    for (from, to, said) in [
        ("agreement-1\"", "agreement-2\"", "format"),
        ("version = 1", "version = 0", "version"),
        ("\"outcome-payment\"", "\"marketing\"", "purposes"),
        ("ends_on = 2026-12-31", "ends_on = 2025-12-31", "before starts_on"),
        ("ends_on = 2026-12-31", "ends_on = 2026-12-31T10:00:00", "is a day"),
        ("ends_on = 2026-12-31", "ends_on = 2026-02-30", "agreement"),
        ("\"refused\"", "\"sometimes\"", "unhardened_clk"),
        ("suppress_below = 8", "suppress_below = 7", "never leave"),
        ("rounding_base = 5", "rounding_base = 1", "rounding_base"),
        ("roles = [\"custodian\"]", "roles = []", "party icb"),
        ("roles = [\"linkage-unit\"]", "roles = [\"linkage-unit\", \"custodian\"]", "no other role"),
        ("roles = [\"linkage-unit\"]", "roles = [\"partner\"]", "exactly one party"),
        ("id = \"unit\"", "id = \"icb\"", "each id once"),
        ("custodian = \"icb\"", "custodian = \"unit\"", "role custodian"),
        ("people_max = 1000", "people_max = 0", "people_max"),
        ("name = \"start\"", "name = \"clk\"", "fixed column"),
        ("min = 0, max = 100", "min = 9, max = 1", "variable cost_pence"),
        ("codes = [\"ae\"]", "codes = [\"ae\", \"ae\"]", "each once"),
        ("releases_max = 4", "releases_max = 4\nnoise = 1", "unknown field"),
        ("releases_max = 4", "releases_max = 4\nmoney_rounding_pounds = 99", "money_rounding_pounds"),
        ("releases_max = 4", "releases_max = 4\nmoney_rounding_pounds = 100001", "money_rounding_pounds"),
        ("releases_max = 4", "releases_max = 4\nmoney_rounding_pounds = 0", "money_rounding_pounds"),
        ("releases_max = 4", "releases_max = 4\nmoney_rounding_pounds = -1000", "money_rounding_pounds"),
        ("releases_max = 4", "releases_max = 4\nmoney_rounding_pounds = \"none\"", "money_rounding_pounds"),
        ("releases_max = 4", "releases_max = 4\ndominance_p_percent = 5", "unknown field"),
    ] {
        let changed = terms().replacen(from, to, 1);
        assert_ne!(changed, terms(), "{from}");
        let error = Agreement::parse(&changed).expect_err(to).to_string();
        assert!(error.contains(said), "{error}");
    }
}

fn key_pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn note_key(name: &str, pair: &Ed25519KeyPair) -> NoteKey {
    NoteKey::from_ed25519(name, pair.public_key().as_ref().try_into().unwrap()).unwrap()
}

fn signed(text: NoteText, by: &[(&NoteKey, &Ed25519KeyPair)]) -> SignedNote {
    by.iter().fold(SignedNote::attach(text), |note, (key, pair)| {
        let signature = pair.sign(note.message());
        note.with_signature(key, signature.as_ref()).unwrap()
    })
}

#[test]
fn only_every_partys_signature_over_these_terms_makes_an_agreement() {
    let agreement = Agreement::parse(&terms()).unwrap();
    let (icb, unit, stranger) = (key_pair(1), key_pair(2), key_pair(3));
    let (icb_key, unit_key) = (note_key("icb", &icb), note_key("unit", &unit));
    let keys = [icb_key.clone(), unit_key.clone()];
    let statement = || agreement_statement(&agreement, &keys).unwrap();

    let good = signed(statement(), &[(&icb_key, &icb), (&unit_key, &unit)]);
    let verified = SignedAgreement::verify(agreement.clone(), &good).unwrap();
    assert_eq!(verified.key(&PartyId::parse("icb").unwrap()), Some(&icb_key));

    let one_missing = signed(statement(), &[(&icb_key, &icb)]);
    assert!(SignedAgreement::verify(agreement.clone(), &one_missing).is_err());

    let other = Agreement::parse(&terms().replace("releases_max = 4", "releases_max = 5")).unwrap();
    assert!(SignedAgreement::verify(other, &good).is_err());

    let forged_key = note_key("unit", &stranger);
    assert!(agreement_statement(&agreement, std::slice::from_ref(&icb_key)).is_err());
    assert!(agreement_statement(&agreement, &[icb_key.clone(), unit_key.clone(), forged_key.clone()]).is_err());
    assert!(agreement_statement(&agreement, &[icb_key.clone(), note_key("nobody", &stranger)]).is_err());

    // One key pair under two names would let one party sign for both.
    assert!(agreement_statement(&agreement, &[icb_key.clone(), note_key("unit", &icb)]).is_err());
    let witness = NoteKey::from_ed25519_cosigner("unit", unit.public_key().as_ref().try_into().unwrap()).unwrap();
    assert!(agreement_statement(&agreement, &[icb_key, witness]).is_err());
}

#[test]
fn a_breakdown_has_a_row_a_value_and_no_more_than_fit() {
    let of = |max: &str| {
        let study = format!(
            r#"
format = "counterfoil-study-2"
id = "use"
title = "Use"
cohort = "nhs-usage"
usage = "nhs-usage"
index_date = "start"
look_back_months = 1
dip_months = 0
follow_up_months = 1
lag_days = 0
breakdown = [{{ id = "age", label = "Age {max}", dataset = "nhs-usage", variable = "age" }}]
"#
        );
        let start = "people = [{ name = \"start\",";
        let age =
            format!("people = [{{ name = \"age\", kind = \"integer\", min = -1, max = {max} }}, {{ name = \"start\",");
        let digest = format!("id = \"use\"\ndigest = \"{}\"", Digest::of(study.as_bytes()));
        let zero = format!("id = \"use\"\ndigest = \"{}\"", "0".repeat(64));
        let agreement = Agreement::parse(&terms().replace(start, &age).replace(&zero, &digest)).unwrap();
        let study = Study::parse(&study).unwrap();
        (agreement.check_study(&study), agreement.breakdown_rows(&study.breakdowns[0]))
    };
    let (checked, rows) = of("98");
    assert_eq!((checked, rows.as_ref().map(Vec::len)), (Ok(()), Some(101)));
    assert_eq!(rows.unwrap()[..3], ["minus 1", "0", "1"]);
    let (checked, rows) = of("99");
    assert!(checked.unwrap_err().to_string().contains("more than 100"));
    assert_eq!(rows, None);
    assert_eq!(of("2147483647").1, None);
}
