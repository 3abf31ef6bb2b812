//! The programmes of `examples/`, read back as a stranger would read them: is what their place files call true in the files?

mod common;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    use counterfoil_synth::{Later, PlaceFile, ProgrammeSettings, ProgrammeSummary, write_programme_place};
    use jiff::ToSpan as _;
    use jiff::civil::Date;
    use tempfile::TempDir;

    use crate::common::{Rows, rows};

    const EXAMPLES: [&str; 7] = [
        "kirklees-kbop",
        "gmbop",
        "allchild",
        "hiv-intensive-support",
        "people-first-group",
        "community-health-workers",
        "taibu-screening",
    ];

    fn settings(example: &str, seed: u64) -> ProgrammeSettings {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example).join("place.toml");
        match PlaceFile::parse(&fs::read_to_string(path).unwrap(), seed).unwrap() {
            PlaceFile::Programme(settings) => *settings,
            PlaceFile::Place(_) => panic!("{example} is no [programme]"),
        }
    }

    /// The same truth for fewer people.
    fn small(example: &str, seed: u64) -> ProgrammeSettings {
        let settings = settings(example, seed);
        let participants = settings.participants.min(997);
        ProgrammeSettings { people: 4_000, participants, participants_outside: 7, ..settings }
    }

    fn written(settings: &ProgrammeSettings) -> (TempDir, ProgrammeSummary) {
        let folder = tempfile::tempdir().unwrap();
        let summary = write_programme_place(settings, folder.path(), &mut |_, _, _| {}).unwrap();
        (folder, summary)
    }

    /// What an analyst has of one programme.
    struct Found {
        cohort: Rows,
        usage: Rows,
        /// By the usage file's local id.
        events: BTreeMap<String, Vec<(String, Date)>>,
        /// By the usage file's local id, the start.
        starts: BTreeMap<String, Date>,
        folder: TempDir,
    }

    fn found(settings: &ProgrammeSettings) -> Found {
        let (folder, summary) = written(settings);
        let read = |dataset: &str, file: &str| rows(folder.path(), &format!("{dataset}/{file}"));
        let (cohort, usage) = (read(&settings.cohort, "people.csv"), read(&settings.usage, "people.csv"));
        assert_eq!((summary.participants, summary.people), (cohort.len() as u64, usage.len() as u64));
        let truth = rows(folder.path(), "truth.csv");
        assert_eq!(truth.len(), (settings.participants - settings.participants_outside) as usize);
        let pairs: BTreeMap<&String, &String> =
            truth.iter().map(|row| (&row["cohort_local_id"], &row["usage_local_id"])).collect();
        let inside =
            cohort.iter().filter_map(|row| Some(((*pairs.get(&row["local_id"])?).clone(), day(row, "start_date")?)));
        let starts: BTreeMap<String, Date> = inside.collect();
        assert_eq!(starts.len(), truth.len(), "nobody twice");
        let mut events: BTreeMap<String, Vec<(String, Date)>> = BTreeMap::new();
        for row in read(&settings.usage, "events.csv") {
            let event = (row["event"].clone(), day(&row, "date").unwrap());
            events.entry(row["local_id"].clone()).or_default().push(event);
        }
        Found { cohort, usage, events, starts, folder }
    }

    fn day(row: &BTreeMap<String, String>, column: &str) -> Option<Date> {
        Some(row[column].as_str()).filter(|text| !text.is_empty()).map(|text| text.parse().unwrap())
    }

    impl Found {
        fn days(&self, person: &str, code: &str) -> Vec<Date> {
            let of = self.events.get(person).map_or(&[][..], Vec::as_slice);
            of.iter().filter(|(event, _)| event == code).map(|(_, day)| *day).collect()
        }

        fn last_days(&self) -> BTreeMap<String, Date> {
            let ended = |row| day(row, "died_on").or_else(|| day(row, "moved_out_on"));
            self.usage.iter().filter_map(|row| Some((row["local_id"].clone(), ended(row)?))).collect()
        }
    }

    /// Within half a person of the share, or less than one where several shares part the people.
    fn assert_share(count: usize, of: usize, per_mille: u32, within: f64, what: &str) {
        let exact = of as f64 * f64::from(per_mille) / 1_000.0;
        assert!((count as f64 - exact).abs() <= within, "{what}: {count} of {of} where {exact} were due");
    }

    #[test]
    fn same_seed_same_bytes_and_another_seed_other_bytes() {
        for example in ["people-first-group", "taibu-screening"] {
            let [(one, summary), (again, summary_again), (other, _)] =
                [7, 7, 8].map(|seed| written(&small(example, seed)));
            assert_eq!(summary, summary_again);
            let settings = small(example, 7);
            for file in ["people.csv", "events.csv", "measures.csv"] {
                for dataset in [&settings.cohort, &settings.usage] {
                    let path = |folder: &TempDir| folder.path().join(dataset).join(file);
                    if path(&one).exists() {
                        let bytes = |folder: &TempDir| fs::read(path(folder)).unwrap();
                        assert!(bytes(&one) == bytes(&again), "{file} differs under the same seed");
                        assert!(bytes(&one) != bytes(&other) || file == "measures.csv", "{file} is the same");
                    }
                }
            }
        }
    }

    #[test]
    fn every_code_has_its_share() {
        for example in EXAMPLES {
            let settings = small(example, 3);
            let found = found(&settings);
            for variable in &settings.variable {
                for (code, share) in &variable.shares {
                    let count = found.cohort.iter().filter(|row| row[&variable.name] == *code).count();
                    assert_share(count, found.cohort.len(), *share, 0.999, &format!("{example}, {code}"));
                }
            }
        }
    }

    #[test]
    fn the_published_shares_come_out_in_full() {
        let found = found(&settings("kirklees-kbop", 1));
        let count = |column: &str, codes: &[&str]| {
            found.cohort.iter().filter(|row| codes.contains(&row[column].as_str())).count()
        };
        // 73 % and 49 % of 6,379 are 4,656.7 and 3,125.7.
        assert_eq!((found.cohort.len(), count("accommodation", &["kept"])), (6_379, 4_657));
        assert!(count("occupation", &["education", "employment"]).abs_diff(3_126) <= 1);
    }

    #[test]
    fn scores_improve_for_their_share_of_those_measured() {
        for example in ["allchild", "hiv-intensive-support"] {
            let settings = small(example, 4);
            let found = found(&settings);
            let measures = rows(found.folder.path(), &format!("{}/measures.csv", settings.cohort));
            for score in &settings.score {
                let of: Vec<_> = measures.iter().filter(|row| row["measure"] == score.measure).collect();
                let points = |row: &BTreeMap<String, String>| row["score"].parse::<i32>().unwrap();
                let mut by_person: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
                for row in &of {
                    by_person.entry(row["local_id"].as_str()).or_default().push(points(row));
                }
                assert_eq!(by_person.len(), found.cohort.len(), "everybody has a first score");
                let twice: Vec<&Vec<i32>> = by_person.values().filter(|scores| scores.len() == 2).collect();
                let after = &score.after[0];
                let improved = twice.iter().filter(|scores| match after.improved {
                    Later::Score([least, greatest]) => (least..=greatest).contains(&scores[1]),
                    Later::Change([least, greatest]) => (least..=greatest).contains(&(scores[1] - scores[0])),
                });
                assert_share(improved.count(), twice.len(), after.improved_per_mille, 0.5, &score.measure);
                let still_there = found.cohort.len() - found.last_days().len();
                assert!(twice.len() * 1_000 >= still_there * after.measured_per_mille as usize - 1_000, "{example}");
            }
        }
    }

    #[test]
    fn episodes_have_their_shares_before_and_after() {
        for example in ["kirklees-kbop", "people-first-group"] {
            let settings = small(example, 5);
            let found = found(&settings);
            let (episode, ended) = (&settings.episode[0], found.last_days());
            let months = i64::from(episode.months).months();
            let counts = |people: &[(&String, Date)], window: &dyn Fn(Date) -> (Date, Date)| {
                let (mut with, mut again) = (0, 0);
                for (person, start) in people {
                    let (from, to) = window(*start);
                    let days: Vec<Date> =
                        found.days(person, &episode.code).into_iter().filter(|day| (from..to).contains(day)).collect();
                    with += usize::from(!days.is_empty());
                    let soon = |first: &Date| first.saturating_add(i64::from(episode.again_months).months());
                    again += usize::from(days.get(1).is_some_and(|day| *day < soon(&days[0]) && *day > days[0]));
                    assert!(days.len() <= 2 && days.first().is_none_or(|first| soon(first) <= to), "{example}");
                }
                (with, again)
            };
            let all: Vec<(&String, Date)> = found.starts.iter().map(|(person, start)| (person, *start)).collect();
            let (with, again) = counts(&all, &|start| (start.saturating_sub(months), start));
            assert_share(with, all.len(), episode.before.people, 0.5, example);
            assert_share(again, with, episode.before.again, 0.5, example);
            let there = |person: &String, start: Date| {
                ended.get(person).is_none_or(|last| *last >= start.saturating_add(months))
            };
            let stayed: Vec<_> = all.iter().copied().filter(|(person, start)| there(person, *start)).collect();
            assert!(stayed.len() < all.len(), "somebody dies or moves");
            let (with, again) = counts(&stayed, &|start| (start, start.saturating_add(months)));
            assert_share(with, stayed.len(), episode.after.people, 0.5, example);
            assert_share(again, with, episode.after.again, 0.5, example);
        }
    }

    #[test]
    fn uptake_at_the_end_of_each_year_is_its_share() {
        let mut settings = small("taibu-screening", 6);
        // So that nobody leaves: then shares are met to the person.
        settings.moves_per_100k_year = 0;
        settings.death.clear();
        let found = found(&settings);
        let others: Vec<&String> =
            found.usage.iter().map(|row| &row["local_id"]).filter(|id| !found.starts.contains_key(*id)).collect();
        let participants: Vec<&String> = found.starts.keys().collect();
        for uptake in &settings.uptake {
            for (people, shares) in [(&participants, &uptake.participants), (&others, &uptake.others)] {
                for (year, share) in (uptake.from_year..).zip(shares) {
                    let end = Date::new(year, 12, 31).unwrap();
                    let from = end.saturating_add(1.day()).saturating_sub(i64::from(uptake.within_months).months());
                    let lately = |person: &&&String| {
                        found.days(person, &uptake.code).iter().any(|day| (from..=end).contains(day))
                    };
                    let count = people.iter().filter(lately).count();
                    assert_share(count, people.len(), *share, 0.5, &format!("{} in {year}", uptake.code));
                }
            }
        }
    }

    #[test]
    fn deaths_and_rates_are_those_of_the_settings() {
        let settings = settings("community-health-workers", 2);
        let found = found(&settings);
        let (ended, last) = (found.last_days(), settings.history.to);
        let years = |from: Date, to: Date| f64::from((to - from).get_days()) / 365.25;
        let mut time = [0.0; 2];
        for row in &found.usage {
            let id = &row["local_id"];
            let to = ended.get(id).copied().unwrap_or(last);
            let start = found.starts.get(id).copied();
            time[usize::from(start.is_none())] += years(start.unwrap_or(settings.history.from), to);
            assert!(start.is_none_or(|start| start < to), "a participant starts before the end");
        }
        for death in &settings.death {
            let code = death.code.as_deref().unwrap();
            let dead = |takes_part: bool| {
                let of = found.events.iter().filter(|(id, _)| found.starts.contains_key(*id) == takes_part);
                of.filter(|(_, events)| events.iter().any(|(event, _)| event == code)).count() as f64
            };
            for (arm, per_100k) in
                [death.participants_per_100k_year, death.others_per_100k_year].into_iter().enumerate()
            {
                let expected = time[arm] * f64::from(per_100k) / 100_000.0;
                // Four standard errors of a count, and a hundredth for the days of leap years.
                let within = 4.0 * expected.sqrt() + expected / 100.0;
                let count = dead(arm == 0);
                assert!((count - expected).abs() < within, "{code}: {count} where {expected} were due");
            }
        }
        for row in found.usage.iter().filter(|row| !row["died_on"].is_empty()) {
            let died = day(row, "died_on").unwrap();
            let events = &found.events[&row["local_id"]];
            assert!(events.iter().all(|(_, day)| *day <= died), "nothing happens later");
            assert_eq!(events.iter().filter(|(code, _)| code.ends_with("_death")).count(), 1, "of one cause");
        }
    }

    #[test]
    fn people_have_the_identifiers_that_the_settings_say() {
        for example in EXAMPLES {
            let settings = small(example, 9);
            let found = found(&settings);
            for row in found.cohort.iter().chain(&found.usage) {
                assert_eq!(
                    row.contains_key("nhs_number"),
                    settings.number.as_deref() == Some("nhs_number"),
                    "{example}"
                );
                assert_eq!(row.contains_key("health_card"), example == "taibu-screening");
            }
            let areas: BTreeSet<&str> = found.usage.iter().map(|row| row["area"].as_str()).collect();
            assert!(areas.len() > 20 && areas.iter().all(|area| area.starts_with("area-")), "{example}");
            let births = settings.births.from..=settings.births.to;
            let in_range = |row: &&BTreeMap<String, String>| {
                row["birth_year"].parse().is_ok_and(|year: i16| births.contains(&year))
            };
            let right = found.usage.iter().filter(in_range).count();
            assert!(right * 100 >= found.usage.len() * 97, "{example}: but for mistakes, all were born in those years");
        }
        let women = found(&small("taibu-screening", 9));
        let men = women.usage.iter().filter(|row| row["recorded_sex"] == "male").count();
        assert!(men * 100 < women.usage.len(), "but for mistakes");
        let canadian = |row: &&BTreeMap<String, String>| row["postcode"].starts_with('M') && row["postcode"].len() == 7;
        assert!(women.usage.iter().filter(canadian).count() * 100 > women.usage.len() * 85);
    }

    #[test]
    fn settings_that_cannot_be_met_are_refused_by_name() {
        let text = |example: &str| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
            fs::read_to_string(root.join(example).join("place.toml")).unwrap()
        };
        for (example, from, to, named) in [
            ("kirklees-kbop", "again_months = 6", "again_months = 7", "episode housing_support"),
            (
                "kirklees-kbop",
                "history = { from = 2018-09-01",
                "history = { from = 2018-12-01",
                "episode housing_support",
            ),
            ("kirklees-kbop", "people = 800, again = 500", "people = 800, again = 1500", "episode housing_support"),
            ("kirklees-kbop", "code = \"homelessness_application\"", "code = \"housing_support\"", "stands once"),
            ("kirklees-kbop", "name = \"occupation\"", "name = \"accommodation\"", "variable"),
            ("kirklees-kbop", "letters = \"HD\"", "letters = \"hd\"", "postcodes"),
            ("kirklees-kbop", "count = 9", "count = 0", "postcodes"),
            ("kirklees-kbop", "usage = \"housing-register\"", "usage = \"../elsewhere\"", "cohort, usage"),
            ("kirklees-kbop", "participants_outside = 60", "participants_outside = 6380", "participants"),
            ("kirklees-kbop", "moves_per_100k_year = 2500", "moves_per_100k_year = 60000", "moves_per_100k_year"),
            ("allchild", "months = 24", "months = 240", "score emotional_risk"),
            ("allchild", "start = [17, 32]", "start = [32, 17]", "score emotional_risk"),
            ("allchild", "improved = { score = [4, 16] }", "improved = { points = [4, 16] }", "points"),
            ("taibu-screening", "participants = [170, 250", "participants = [270, 250", "uptake mammogram"),
            ("taibu-screening", "others = [550, ", "others = [", "uptake mammogram"),
            ("taibu-screening", "within_months = 36", "within_months = 60", "uptake cervical_test"),
            ("taibu-screening", "births = { from = 1949", "births = { from = 1969", "births"),
            ("taibu-screening", "sex = \"female\"", "sex = \"women\"", "women"),
            ("taibu-screening", "starts = { from = 2010-01-01", "starts = { from = 2007-01-01", "history, starts"),
        ] {
            let whole = text(example);
            assert!(whole.contains(from), "{from}");
            let error = PlaceFile::parse(&whole.replacen(from, to, 1), 1).expect_err(to).to_string();
            assert!(error.contains(named), "{to}: {error}");
        }
    }
}
