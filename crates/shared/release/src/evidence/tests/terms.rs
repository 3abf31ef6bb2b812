//! The same log against what the parties signed.

use super::*;

fn verify_terms(
    terms_now: &str,
    study: &str,
    first_second: u64,
    suppress_below: u64,
    change: impl FnOnce(&mut Records),
) -> Result<PermittedRelease, EvidenceError> {
    let body = release_of(head(), suppress_below).body_to_store_with_its_log_entry().to_vec();
    let mut records = Records::good(&body);
    change(&mut records);
    let (evidence, checkpoint) = log_of(&records.in_order(), first_second);
    let verified = verify_logged_release(&body, &evidence, &checkpoint, &log_key()).unwrap();
    verified.verify_terms(&signed_by_all(terms_now), &Study::parse(study).unwrap())
}

#[test]
fn a_release_within_the_signed_terms_is_permitted() {
    let permitted = verify_terms(&terms(), STUDY, MARCH, 8, |_| {}).unwrap();
    assert_eq!(permitted.release().issued().requested_by.as_str(), "payer");
    // The last second of 2026-03-31 in UTC is 31 days on, less one second; the release is the sixth entry.
    assert!(verify_terms(&terms(), STUDY, MARCH + 31 * 86_400 - 6, 8, |_| {}).is_ok());
}

#[test]
fn a_release_beside_the_signed_terms_is_refused() {
    let error = |result: Result<PermittedRelease, EvidenceError>| result.err().unwrap().to_string();
    for first_second in [MARCH - 3, MARCH + 31 * 86_400 - 5, MARCH * 10_000] {
        let said = error(verify_terms(&terms(), STUDY, first_second, 8, |_| {}));
        assert!(said.contains("outside its term"), "{said}");
    }
    let said = error(verify_terms(&terms(), STUDY, MARCH, 10, |_| {}));
    assert!(said.contains("other disclosure terms"), "{said}");
    for (party, said_why) in [("reader", "not a partner"), ("unit", "not a partner"), ("stranger", "not a partner")] {
        let said = error(verify_terms(&terms(), STUDY, MARCH, 8, |of| {
            of.release.requested_by = PartyId::parse(party).unwrap();
        }));
        assert!(said.contains(said_why), "{said}");
    }
    let said =
        error(verify_terms(&terms(), STUDY, MARCH, 8, |of| of.usage.custodian = PartyId::parse("charity").unwrap()));
    assert!(said.contains("dataset's custodian"), "{said}");
    let other_terms = terms().replace("A test", "Another test");
    let said = error(verify_terms(&other_terms, STUDY, MARCH, 8, |_| {}));
    assert!(said.contains("signed statement"), "{said}");
    let other_version = terms().replace("version = 2", "version = 3");
    let said = error(verify_terms(&other_version, STUDY, MARCH, 8, |_| {}));
    assert!(said.contains("version was logged"), "{said}");
    let said = error(verify_terms(&terms(), &STUDY.replace("A&E", "AE"), MARCH, 8, |_| {}));
    assert!(said.contains("pins"), "{said}");
    let said = error(verify_terms(&terms(), STUDY, MARCH, 8, |of| {
        of.run.schema_digest = SchemaDigest(Digest::of(b"other"));
        of.agreement.schema_digest = of.run.schema_digest;
    }));
    assert!(said.contains("linkage schema"), "{said}");
    let said = error(verify_terms(&terms(), STUDY, MARCH, 8, |of| {
        std::mem::swap(&mut of.run.cohort_dataset, &mut of.run.usage_dataset);
        std::mem::swap(&mut of.run.cohort_manifest, &mut of.run.usage_manifest);
    }));
    assert!(said.contains("other datasets"), "{said}");
}

/// A unit that leaves out a table, adds one, or cuts other rows than were agreed.
#[test]
fn tables_other_than_the_studys_are_refused() {
    let of = |tables: &[(&str, &[&str])]| {
        let body = release_with(head(), 8, tables).body_to_store_with_its_log_entry().to_vec();
        let (evidence, checkpoint) = log_of(&Records::good(&body).in_order(), MARCH);
        let verified = verify_logged_release(&body, &evidence, &checkpoint, &log_key()).unwrap();
        verified.verify_terms(&signed_by_all(&terms()), &Study::parse(STUDY).unwrap()).err()
    };
    assert_eq!(of(&TABLES), None);
    let [flow, linkage, sureness, of_use, sex] = TABLES;
    for tables in [
        &[flow][..],
        &[flow, linkage, sureness, of_use],
        &[flow, linkage, sureness, sex],
        &[flow, of_use, sex],
        &[flow, linkage, of_use, sex],
        &[linkage, sureness, of_use, sex],
        &[flow, linkage, sureness, sex, of_use],
        &[flow, linkage, sureness, of_use, sex, ("age", &["1"])],
        &[flow, linkage, sureness, of_use, ("age", sex.1)],
    ] {
        assert_eq!(of(tables), Some(EvidenceError::Tables), "{tables:?}");
    }
    let rows = |id: &str| Some(EvidenceError::Rows { table: Code::parse(id).unwrap() });
    for labels in [&["AE"][..], &["A&E", "GP"]] {
        assert_eq!(of(&[flow, linkage, sureness, ("use", labels), sex]), rows("use"), "{labels:?}");
    }
    for labels in [&["f", "m"][..], &["m", "f", "Not recorded"], &["f", "Not recorded"]] {
        assert_eq!(of(&[flow, linkage, sureness, of_use, ("sex", labels)]), rows("sex"), "{labels:?}");
    }
    for labels in [&["Everybody"][..], &["Everybody", "Sex: f", "Sex: m", "Sex: other"]] {
        assert_eq!(of(&[flow, ("linkage", labels), sureness, of_use, sex]), rows("linkage"), "{labels:?}");
    }
}
