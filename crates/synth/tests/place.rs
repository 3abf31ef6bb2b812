//! The files of a place, read back as a stranger would read them.

mod common;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;

    use counterfoil_synth::{ErrorRates, PlaceSettings, Stage, SynthError, people_pairs, write_place};
    use tempfile::TempDir;

    use crate::common::{rows, written};

    const FILES: [&str; 5] =
        ["programme/people.csv", "programme/measures.csv", "nhs/people.csv", "nhs/events.csv", "truth.csv"];

    fn tiny(seed: u64) -> PlaceSettings {
        PlaceSettings { people: 1_000, participants: 60, ..PlaceSettings::small(seed) }
    }

    /// The check digit by the published rule, written apart from the generator's.
    fn is_valid_nhs_number(text: &str) -> bool {
        let digits: Vec<u32> = text.chars().filter_map(|letter| letter.to_digit(10)).collect();
        let sum: u32 = digits.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
        digits.len() == 10 && digits[9] == (11 - sum % 11) % 11
    }

    fn is_iso_date(text: &str) -> bool {
        text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10
    }

    #[test]
    fn same_seed_same_bytes_and_another_seed_other_bytes() {
        let (one, summary) = written(&tiny(7));
        let (again, summary_again) = written(&tiny(7));
        let (other, _) = written(&tiny(8));
        assert_eq!(summary, summary_again);
        for file in FILES {
            let bytes = |folder: &TempDir| fs::read(folder.path().join(file)).unwrap();
            assert!(bytes(&one) == bytes(&again), "{file} differs under the same seed");
            assert!(bytes(&one) != bytes(&other), "{file} is the same under another seed");
        }
    }

    #[test]
    fn columns_are_as_documented() {
        let (folder, _) = written(&tiny(1));
        let headers = [
            "local_id,nhs_number,family_name,given_name,date_of_birth,sex,postcode,gp_practice,start_date,exit_date,outcome,contacts,age_band,area_decile",
            "local_id,measure,date,score",
            "local_id,nhs_number,family_name,given_name,date_of_birth,sex,postcode,gp_practice,imd_decile,birth_year,recorded_sex,practice,conditions,died_on,moved_out_on,practice_since,registration_start,registration_end",
            "local_id,event,date,cost_pence,bed_days,admission_method,attended",
            "programme_local_id,nhs_local_id",
        ];
        for (file, header) in FILES.into_iter().zip(headers) {
            assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap().lines().next(), Some(header), "{file}");
        }
    }

    #[test]
    fn values_have_their_forms() {
        let (folder, summary) = written(&PlaceSettings::small(3));
        let programme = rows(folder.path(), "programme/people.csv");
        assert_eq!(programme.len() as u64, summary.participants);
        for row in &programme {
            assert!(["M", "F", ""].contains(&row["sex"].as_str()));
            assert!(["completed", "left_early", "continuing"].contains(&row["outcome"].as_str()));
            assert_eq!(row["exit_date"].is_empty(), row["outcome"] == "continuing");
            assert!(row["contacts"].parse::<u32>().unwrap() <= 60);
            assert!(["under_45", "45_to_64", "65_and_over"].contains(&row["age_band"].as_str()));
            assert!((1..=10).contains(&row["area_decile"].parse::<u32>().unwrap()));
            assert!(is_iso_date(&row["start_date"]) && row["start_date"].starts_with("2023-"));
            assert!(
                row["exit_date"].is_empty()
                    || (row["start_date"] < row["exit_date"] && row["exit_date"].as_str() <= "2025-12-31")
            );
            let birth = row["date_of_birth"].as_bytes();
            assert!(birth.is_empty() || (birth.len() == 10 && birth[2] == b'/' && birth[5] == b'/'));
        }
        let nhs = rows(folder.path(), "nhs/people.csv");
        assert_eq!(nhs.len() as u64, summary.people);
        for row in &nhs {
            assert!(["1", "2", "9"].contains(&row["sex"].as_str()));
            assert!((1..=10).contains(&row["imd_decile"].parse::<u32>().unwrap()));
            assert!(is_iso_date(&row["registration_start"]));
            assert!(row["registration_end"].is_empty() || row["registration_start"] < row["registration_end"]);
            let birth = row["date_of_birth"].as_bytes();
            assert!(birth.is_empty() || (birth.len() == 10 && birth[4] == b'-' && birth[7] == b'-'));
        }
        let measures = rows(folder.path(), "programme/measures.csv");
        assert_eq!(measures.len() as u64, summary.measures);
        for row in &measures {
            assert_eq!(row["measure"], "wellbeing_star");
            assert!((8..=40).contains(&row["score"].parse::<u32>().unwrap()));
            assert!(is_iso_date(&row["date"]) && row["date"].as_str() <= "2025-12-31");
        }
    }

    #[test]
    fn events_keep_to_their_windows_and_codes() {
        let (folder, summary) = written(&PlaceSettings::small(4));
        let people: BTreeMap<String, (String, String)> = rows(folder.path(), "nhs/people.csv")
            .into_iter()
            .map(|row| (row["local_id"].clone(), (row["registration_start"].clone(), row["registration_end"].clone())))
            .collect();
        let events = rows(folder.path(), "nhs/events.csv");
        assert_eq!(events.len() as u64, summary.events);
        for row in &events {
            let (from, to) = &people[&row["local_id"]];
            assert!(row["date"] >= *from && (to.is_empty() || row["date"] <= *to), "an event outside the registration");
            assert!(row["date"].as_str() >= "2021-01-01" && row["date"].as_str() <= "2025-12-31");
            assert_eq!(row["cost_pence"].parse::<u32>().unwrap() == 0, row["attended"] == "no");
            let admission = row["event"].ends_with("_admission");
            assert_eq!(row["bed_days"].parse::<u32>().is_ok(), admission);
        }
        // Three to four and a half million for 180,000 people are 16.7 to 25 for each.
        let each = events.len() as u64 * 10 / summary.people;
        assert!((167..=250).contains(&each), "{each} events for ten people");
        assert_eq!(summary.events_by_kind.values().sum::<u64>(), summary.events);
        assert_eq!(summary.events_by_kind.len(), 5);
    }

    #[test]
    fn truth_refers_to_rows_that_exist_once_each() {
        let (folder, summary) = written(&PlaceSettings::small(5));
        let ids = |file: &str| -> BTreeSet<String> {
            rows(folder.path(), file).iter().map(|row| row["local_id"].clone()).collect()
        };
        let (programme, nhs) = (ids("programme/people.csv"), ids("nhs/people.csv"));
        assert_eq!(programme.len(), 300);
        assert_eq!(nhs.len(), 6_000);
        assert!(programme.is_disjoint(&nhs), "a local id is shared between custodians");
        let truth = rows(folder.path(), "truth.csv");
        let left: BTreeSet<&String> = truth.iter().map(|row| &row["programme_local_id"]).collect();
        let right: BTreeSet<&String> = truth.iter().map(|row| &row["nhs_local_id"]).collect();
        assert!(left.iter().all(|id| programme.contains(*id)) && right.iter().all(|id| nhs.contains(*id)));
        // 1.5 % of 300 is 4.5: five live outside.
        assert_eq!((left.len(), right.len(), truth.len(), summary.participants_outside), (295, 295, 295, 5));
        let mut by_programme: Vec<&String> = truth.iter().map(|row| &row["nhs_local_id"]).collect();
        by_programme.sort();
        let same_order =
            by_programme.iter().zip(&truth).filter(|(sorted, row)| **sorted == &row["nhs_local_id"]).count();
        assert!(same_order < 20, "the order of one custodian's ids tells the other's");
    }

    #[test]
    fn without_mistakes_every_number_is_valid_distinct_and_in_the_test_range() {
        let settings = PlaceSettings {
            programme_errors: ErrorRates::none(),
            nhs_errors: ErrorRates::none(),
            rows_without_identifiers: 0,
            ..PlaceSettings::small(6)
        };
        let (folder, _) = written(&settings);
        let nhs = rows(folder.path(), "nhs/people.csv");
        let numbers: BTreeMap<&str, &str> =
            nhs.iter().map(|row| (row["local_id"].as_str(), row["nhs_number"].as_str())).collect();
        assert_eq!(numbers.values().collect::<BTreeSet<_>>().len(), 6_000);
        assert!(numbers.values().all(|number| number.starts_with("999") && is_valid_nhs_number(number)));
        let programme = rows(folder.path(), "programme/people.csv");
        let programme: BTreeMap<&str, &BTreeMap<String, String>> =
            programme.iter().map(|row| (row["local_id"].as_str(), row)).collect();
        for pair in rows(folder.path(), "truth.csv") {
            let one = programme[pair["programme_local_id"].as_str()];
            assert_eq!(one["nhs_number"], numbers[pair["nhs_local_id"].as_str()], "truth pairs two people");
            let (year, born) = (2023, one["date_of_birth"][6..].parse::<u32>().unwrap());
            assert!((17..=76).contains(&(year - born)), "a participant is not 18 to 75");
        }
    }

    #[test]
    fn mistakes_are_made_at_their_rates() {
        let settings = PlaceSettings { people: 30_000, participants: 3_000, ..PlaceSettings::small(9) };
        let (folder, summary) = written(&settings);
        let shares = |file: &str, test: &dyn Fn(&BTreeMap<String, String>) -> bool| {
            let rows = rows(folder.path(), file);
            (rows.iter().filter(|row| test(row)).count() as f64, rows.len() as f64)
        };
        // Within four standard errors of the rate, read from the files themselves.
        let near = |(count, rows): (f64, f64), per_10k: u32| {
            let expected = rows * f64::from(per_10k) / 10_000.0;
            assert!(
                (count - expected).abs() <= 4.0 * expected.sqrt() + 2.0,
                "{count} of {rows} where {expected} were due"
            );
        };
        for (file, rates) in
            [("programme/people.csv", &settings.programme_errors), ("nhs/people.csv", &settings.nhs_errors)]
        {
            near(shares(file, &|row| row["nhs_number"].is_empty()), rates.nhs_number_missing);
            near(shares(file, &|row| row["given_name"].trim().is_empty()), rates.given_name_missing);
            near(shares(file, &|row| row["date_of_birth"].is_empty()), rates.birth_missing);
            near(shares(file, &|row| row["postcode"].is_empty()), rates.postcode_missing);
            near(shares(file, &|row| row["gp_practice"].is_empty()), rates.gp_practice_missing);
            near(shares(file, &|row| row["sex"].is_empty() || row["sex"] == "9"), rates.sex_missing);
            near(shares(file, &|row| row["nhs_number"].contains(' ')), rates.nhs_number_spaced * 88 / 100);
        }
        let invalid =
            |row: &BTreeMap<String, String>| !row["nhs_number"].is_empty() && !is_valid_nhs_number(&row["nhs_number"]);
        let (wrong, rows) = shares("nhs/people.csv", &invalid);
        assert!((0.002..0.007).contains(&(wrong / rows)), "{wrong} of {rows} numbers fail the check digit");
        let counted = |name: &str| (summary.programme_errors[name] as f64, 3_000.0);
        near(counted("family_name_typo"), settings.programme_errors.family_name_typo);
        near(counted("given_name_title"), settings.programme_errors.given_name_title);
        near(counted("moved"), settings.programme_errors.moved);
        let unusable =
            shares("programme/people.csv", &|row| row["family_name"] == "UNKNOWN" && row["given_name"] == "UNKNOWN").0
                + shares("programme/people.csv", &|row| row["family_name"].is_empty() && row["nhs_number"].is_empty())
                    .0;
        assert!((unusable - 2.0).abs() < 0.5, "{unusable} rows without identifiers");
    }

    #[test]
    fn over_half_of_the_participants_live_in_the_most_deprived_tenth() {
        for seed in [1, 2, 3] {
            let (folder, summary) = written(&PlaceSettings::small(seed));
            let deciles: BTreeMap<String, String> = rows(folder.path(), "nhs/people.csv")
                .into_iter()
                .map(|row| (row["local_id"].clone(), row["imd_decile"].clone()))
                .collect();
            let truth = rows(folder.path(), "truth.csv");
            let first = truth.iter().filter(|row| deciles[&row["nhs_local_id"]] == "1").count();
            assert!(first * 2 > 300, "{first} of 300 participants");
            assert_eq!(first as u64, summary.participants_in_decile_1);
            let place = deciles.values().filter(|decile| *decile == "1").count();
            assert!((20..45).contains(&(place * 100 / deciles.len())), "the place is not all deprived");
        }
    }

    #[test]
    fn well_being_rises_for_most_and_fewer_are_measured_later() {
        let settings = PlaceSettings { people: 30_000, participants: 3_000, ..PlaceSettings::small(12) };
        let (folder, _) = written(&settings);
        let starts: BTreeMap<String, String> = rows(folder.path(), "programme/people.csv")
            .into_iter()
            .map(|row| (row["local_id"].clone(), row["start_date"].clone()))
            .collect();
        let mut scores: BTreeMap<String, [Option<u32>; 3]> = BTreeMap::new();
        for row in rows(folder.path(), "programme/measures.csv") {
            let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
            let days = day(&starts[&row["local_id"]]).duration_until(day(&row["date"])).as_hours() / 24;
            let visit = usize::try_from((days + 180) / 365).unwrap();
            scores.entry(row["local_id"].clone()).or_default()[visit] = row["score"].parse().ok();
        }
        let measured = [0, 1, 2].map(|visit| scores.values().filter(|three| three[visit].is_some()).count());
        assert!(measured[0] > 2_800 && measured[1] < measured[0] && measured[2] < measured[1], "{measured:?}");
        let both: Vec<(u32, u32)> = scores.values().filter_map(|three| Some((three[0]?, three[1]?))).collect();
        let improved = both.iter().filter(|(start, later)| later > start).count() * 1_000 / both.len();
        assert!((910..=950).contains(&improved), "{improved} per mille improved where 930 were due");
    }

    #[test]
    fn progress_runs_forward_and_ends_complete() {
        let folder = tempfile::tempdir().unwrap();
        let mut heard: Vec<(Stage, u64, u64)> = Vec::new();
        write_place(&tiny(2), folder.path(), &mut |stage, done, total| heard.push((stage, done, total))).unwrap();
        assert!(heard.is_sorted());
        for stage in [Stage::People, Stage::Programme, Stage::Nhs, Stage::Truth] {
            let last = heard.iter().rfind(|(of, _, _)| *of == stage).unwrap();
            assert_eq!(last.1, last.2, "{stage:?} does not end");
        }
    }

    #[test]
    fn a_place_without_a_programme_is_a_place() {
        let settings = PlaceSettings { participants: 0, rows_without_identifiers: 0, ..tiny(1) };
        let (folder, summary) = written(&settings);
        assert_eq!((summary.people, summary.participants, summary.true_pairs), (1_000, 0, 0));
        assert_eq!(rows(folder.path(), "programme/measures.csv").len(), 0);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_that_names_no_value() {
        let folder = tempfile::tempdir().unwrap();
        let occupied = folder.path().join("file");
        fs::write(&occupied, "in the way").unwrap();
        let error = write_place(&tiny(1), &occupied, &mut |_, _, _| {}).unwrap_err();
        assert!(matches!(error, SynthError::Write { ref file, .. } if file == "programme"), "{error}");
        assert!(matches!(people_pairs(5, 5, 1, 1, &occupied), Err(SynthError::Write { .. })));
    }

    #[test]
    fn pairs_have_their_sizes_and_their_truth() {
        let folder = tempfile::tempdir().unwrap();
        let summary = people_pairs(2_000, 1_500, 700, 3, folder.path()).unwrap();
        assert_eq!((summary.rows_a, summary.rows_b, summary.true_pairs), (2_000, 1_500, 700));
        let header = "rec_id,nhs_number,given_name,family_name,sex,date_of_birth,postcode,gp_practice";
        for file in ["a.csv", "b.csv"] {
            assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap().lines().next(), Some(header));
        }
        let numbers = |file: &str| -> BTreeMap<String, String> {
            rows(folder.path(), file)
                .into_iter()
                .map(|row| (row["rec_id"].clone(), row["nhs_number"].replace(' ', "")))
                .collect()
        };
        let (a, b) = (numbers("a.csv"), numbers("b.csv"));
        let truth = rows(folder.path(), "truth.csv");
        let agree = truth.iter().filter(|pair| a[&pair["id_a"]] == b[&pair["id_b"]]).count();
        // Both present and right: about 0.85 x 0.95 x 0.985.
        assert!((500..620).contains(&agree), "{agree} of 700 true pairs share their number");
        let elsewhere: BTreeSet<&String> = a.values().filter(|number| is_valid_nhs_number(number)).collect();
        let shared = b.values().filter(|number| elsewhere.contains(number)).count();
        assert!(shared < 640, "{shared} numbers are shared: more than the true pairs can explain");
    }

    #[test]
    fn pairs_are_the_same_for_a_seed_and_impossible_ones_are_refused() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        people_pairs(300, 300, 100, 5, one.path()).unwrap();
        people_pairs(300, 300, 100, 5, two.path()).unwrap();
        for file in ["a.csv", "b.csv", "truth.csv"] {
            assert_eq!(fs::read(one.path().join(file)).unwrap(), fs::read(two.path().join(file)).unwrap());
        }
        assert!(matches!(people_pairs(10, 20, 11, 1, one.path()), Err(SynthError::OverlapTooLarge { .. })));
        assert!(matches!(people_pairs(909_091, 1, 0, 1, one.path()), Err(SynthError::PeopleTooMany { .. })));
        assert!(matches!(people_pairs(u32::MAX, u32::MAX, 0, 1, one.path()), Err(SynthError::PeopleTooMany { .. })));
    }

    #[test]
    fn a_place_that_cannot_be_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let settings = PlaceSettings { people: 909_091, ..PlaceSettings::default() };
        assert!(matches!(
            write_place(&settings, folder.path(), &mut |_, _, _| {}),
            Err(SynthError::PeopleTooMany { .. })
        ));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
