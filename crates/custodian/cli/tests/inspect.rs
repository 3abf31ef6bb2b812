//! Inspecting an extract: what is found in it, and whether it is one that the agreement allows.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use counterfoil_cli::steps::{self, Inspect, InspectReport, PreparedPseudonymise};
use support::{Place, counterfoil, passphrase, with_context};

/// An extract of the programme, made under the place's agreement.
fn extract(place: &Place) -> PathBuf {
    let args = place.pseudonymise();
    with_context(4, |context| {
        let prepared = PreparedPseudonymise::check(context, &args).unwrap();
        prepared.run(context, &passphrase(), &passphrase()).unwrap();
    });
    args.out
}

fn inspect(extract: &Path, agreement: Option<PathBuf>) -> InspectReport {
    steps::inspect(&Inspect { extract: extract.to_owned(), agreement }).unwrap()
}

#[test]
fn an_extract_that_the_agreement_allows_has_a_verdict_that_claims_no_more_than_was_looked_at() {
    let place = Place::new();
    let extract = extract(&place);
    let report = inspect(&extract, Some(place.agreement()));
    assert!(report.clean, "{report}");
    let text = report.to_string();
    assert!(text.contains("No column looks like one, by the rules in `counterfoil inspect --help`"), "{text}");
    assert!(!text.contains("There is no name"), "{text}");
    let help = counterfoil(place.dir.path(), &["inspect", "--help"]);
    let help = String::from_utf8(help.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    for rule in ["NHS check", "60 years", "no code", "64 bytes", "postcode", "readable text", "rules of thumb"] {
        assert!(help.contains(rule), "{rule}: {help}");
    }
}

#[test]
fn an_extract_that_the_agreement_does_not_allow_is_not_clean() {
    let place = Place::new();
    let extract = extract(&place);
    for (part, other, said) in [
        ("\"programme\"", "\"programme-2\"", "the agreement has no dataset programme"),
        ("id = \"tiny\"", "id = \"tiny-2\"", "manifest.note: agreement is"),
        ("\"start_date\"", "\"begun_on\"", "manifest.note: agreement"),
        ("custodian = \"charity\"", "custodian = \"icb\"", "manifest.note: "),
    ] {
        let other = Place::with_other_terms(part, other);
        let report = inspect(&extract, Some(other.agreement()));
        assert!(!report.clean, "{part}: {report}");
        assert!(report.findings.iter().any(|finding| finding.contains(said)), "{part}: {:?}", report.findings);
        assert!(report.to_string().contains("VERDICT: do not send this."), "{report}");
        let (extract, agreement) = (extract.to_str().unwrap(), other.agreement());
        let args = ["inspect", extract, "--agreement", agreement.to_str().unwrap()];
        assert_eq!(counterfoil(place.dir.path(), &args).status.code(), Some(1), "{part}");
    }
    assert!(inspect(&extract, None).clean, "without an agreement the columns alone are looked at");
}

#[test]
fn an_extract_without_a_manifest_is_not_clean_with_or_without_an_agreement() {
    let place = Place::new();
    let extract = extract(&place);
    fs::remove_file(extract.join("manifest.note")).unwrap();
    for agreement in [None, Some(place.agreement())] {
        assert!(!inspect(&extract, agreement).clean);
    }
}
