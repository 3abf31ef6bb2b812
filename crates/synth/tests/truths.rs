//! What the settings say is true of a place, measured on its files as an evaluator would: person-years, before and after, comparisons.

mod common;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    use counterfoil_synth::{
        ADMISSION_METHODS, Completion, Effect, Entry, ErrorRates, GpHistory, PRACTICES, PlaceSettings,
    };
    use jiff::ToSpan as _;
    use jiff::civil::{Date, date};

    use crate::common::{rows, written};

    const WINDOW_DAYS: i64 = 730;

    /// A place whose files say what is so.
    fn exact(people: u32, participants: u32, seed: u64) -> PlaceSettings {
        PlaceSettings {
            people,
            participants,
            participants_outside_per_10k: 0,
            rows_without_identifiers: 0,
            programme_errors: ErrorRates::none(),
            nhs_errors: ErrorRates::none(),
            ..PlaceSettings::small(seed)
        }
    }

    /// One resident with everything that was written about her.
    #[derive(Default)]
    struct Resident {
        row: BTreeMap<String, String>,
        programme: Option<BTreeMap<String, String>>,
        /// Day, kind, cost.
        events: Vec<(i64, String, f64)>,
        from: i64,
        to: i64,
    }

    /// Person-days, hospital cost, emergency admissions and GP appointments, before and after.
    #[derive(Default, Clone, Copy)]
    struct Use([[f64; 4]; 2]);

    const COST: usize = 1;
    const EMERGENCIES: usize = 2;
    const GP: usize = 3;

    impl Use {
        fn add(&mut self, other: Self) {
            for (sum, more) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
                *sum += more;
            }
        }

        /// Use for each person-day after, to that before.
        fn ratio(&self, of: usize) -> f64 {
            let [before, after] = self.0;
            after[of] / after[0] / (before[of] / before[0])
        }

        fn before(&self, of: usize) -> f64 {
            self.0[0][of] / self.0[0][0]
        }
    }

    impl Resident {
        fn number(&self, column: &str) -> u32 {
            self.row[column].parse().unwrap()
        }

        fn is_eligible_on(&self, day: i64) -> bool {
            let of_age = (1948..=2004).contains(&self.number("birth_year"));
            of_age && self.number("conditions") > 0 && self.from < day && day < self.to
        }

        fn start(&self) -> Option<i64> {
            self.programme.as_ref().map(|row| days(&row["start_date"]))
        }

        fn outcome(&self) -> &str {
            self.programme.as_ref().map_or("", |row| &row["outcome"])
        }

        fn admitted_just_before(&self, day: i64) -> bool {
            self.events.iter().any(|(on, kind, _)| kind == "emergency_admission" && (7..=60).contains(&(day - on)))
        }

        /// Use in the two years before and after `index`, GP person-time and appointments from `gp_from` on.
        fn used(&self, index: i64) -> Use {
            let (first, end) = (self.from.max(index - WINDOW_DAYS), (self.to + 1).min(index + WINDOW_DAYS));
            let mut of = Use::default();
            (of.0[0][0], of.0[1][0]) = ((index - first) as f64, (end - index) as f64);
            for (day, kind, cost) in self.events.iter().filter(|(day, ..)| (first..end).contains(day)) {
                let sums = &mut of.0[usize::from(*day >= index)];
                match kind.as_str() {
                    "gp_appointment" => sums[GP] += 1.0,
                    kind => {
                        sums[COST] += cost;
                        sums[EMERGENCIES] += f64::from(u8::from(kind == "emergency_admission"));
                    }
                }
            }
            of
        }
    }

    fn days(text: &str) -> i64 {
        date(2000, 1, 1).duration_until(text.parse::<Date>().unwrap()).as_hours() / 24
    }

    fn residents(folder: &Path) -> Vec<Resident> {
        let programme: BTreeMap<String, BTreeMap<String, String>> =
            rows(folder, "programme/people.csv").into_iter().map(|row| (row["local_id"].clone(), row)).collect();
        let mut people: BTreeMap<String, Resident> = BTreeMap::new();
        for row in rows(folder, "nhs/people.csv") {
            let from = days(&row["registration_start"]).max(days("2021-01-01"));
            let to = if row["registration_end"].is_empty() { "2025-12-31" } else { &row["registration_end"] };
            let to = days(to);
            people.insert(row["local_id"].clone(), Resident { row, from, to, ..Resident::default() });
        }
        for pair in rows(folder, "truth.csv") {
            let resident = people.get_mut(&pair["nhs_local_id"]).unwrap();
            resident.programme = Some(programme[&pair["programme_local_id"]].clone());
        }
        let mut known = BTreeMap::new();
        for line in fs::read_to_string(folder.join("nhs/events.csv")).unwrap().lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let day = *known.entry(fields[2].to_owned()).or_insert_with(|| days(fields[2]));
            let event = (day, fields[1].to_owned(), fields[3].parse().unwrap());
            people.get_mut(fields[0]).unwrap().events.push(event);
        }
        people.into_values().collect()
    }

    fn sum<'a>(some: impl Iterator<Item = (&'a Resident, i64)>) -> Use {
        let mut sum = Use::default();
        some.for_each(|(resident, index)| sum.add(resident.used(index)));
        sum
    }

    fn participants<'a>(all: &'a [Resident], outcomes: &'a [&str]) -> impl Iterator<Item = (&'a Resident, i64)> {
        let of = |resident: &&Resident| outcomes.contains(&resident.outcome());
        all.iter().filter(of).filter_map(|resident| Some((resident, resident.start()?)))
    }

    const EVERYONE: &[&str] = &["completed", "left_early", "continuing"];

    /// Eligible people outside the programme, each on the middle of 2023.
    fn comparison(all: &[Resident]) -> impl Iterator<Item = (&Resident, i64)> {
        let index = days("2023-07-01");
        let outside = all.iter().filter(move |one| one.programme.is_none() && one.is_eligible_on(index));
        outside.map(move |resident| (resident, index))
    }

    #[test]
    fn columns_agree_with_one_another() {
        let (folder, summary) = written(&PlaceSettings::small(3));
        let nhs = rows(folder.path(), "nhs/people.csv");
        let mut seen = BTreeSet::new();
        for row in &nhs {
            let value = |column: &str| row[column].as_str();
            assert_eq!(
                value("recorded_sex"),
                ["male", "female", ""][["1", "2", "9"].iter().position(|one| *one == value("sex")).unwrap()]
            );
            let year = value("date_of_birth").get(..4).unwrap_or("");
            let plausible = ("1901"..="2025").contains(&year);
            assert_eq!(value("birth_year"), if plausible { year } else { "" });
            assert!(PRACTICES.contains(&value("practice")));
            seen.insert(value("practice"));
            assert!(value("conditions").parse::<u32>().unwrap() <= 11);
            // One reason at most, and it is the end of the registration.
            assert!(value("died_on").is_empty() || value("moved_out_on").is_empty());
            assert_eq!([value("died_on"), value("moved_out_on")].concat(), value("registration_end"));
            assert!(value("registration_start") <= value("practice_since"));
            assert!(value("registration_end").is_empty() || value("practice_since") < value("registration_end"));
        }
        assert_eq!(seen.len(), 30, "every practice has people");
        let count = |column: &str| nhs.iter().filter(|row| !row[column].is_empty()).count() as u64;
        assert_eq!((count("died_on"), count("moved_out_on")), (summary.deaths, summary.moves_out));
        let emergency = ADMISSION_METHODS.iter().filter(|code| !code.starts_with('1')).count();
        assert_eq!((ADMISSION_METHODS.len(), emergency), (12, 9));
        for row in rows(folder.path(), "nhs/events.csv") {
            let (method, attended) = (row["admission_method"].as_str(), row["attended"].as_str());
            let (methods, attendance) = match row["event"].as_str() {
                "emergency_admission" => {
                    (method.starts_with('2') && ADMISSION_METHODS.contains(&method), attended.is_empty())
                }
                "elective_admission" => (["11", "12", "13"].contains(&method), attended.is_empty()),
                "ae_attendance" => (method.is_empty(), attended.is_empty()),
                _ => (method.is_empty(), ["yes", "no"].contains(&attended)),
            };
            assert!(methods && attendance, "{row:?}");
        }
    }

    #[test]
    fn nothing_happens_to_those_who_died_or_moved() {
        let (folder, _) = written(&exact(12_000, 1_000, 4));
        let last: BTreeMap<String, String> = rows(folder.path(), "nhs/people.csv")
            .into_iter()
            .filter(|row| !row["registration_end"].is_empty())
            .map(|row| (row["local_id"].clone(), row["registration_end"].clone()))
            .collect();
        for event in rows(folder.path(), "nhs/events.csv") {
            assert!(last.get(&event["local_id"]).is_none_or(|last| event["date"] <= *last));
        }
        let nhs_id: BTreeMap<String, String> = rows(folder.path(), "truth.csv")
            .into_iter()
            .map(|row| (row["programme_local_id"].clone(), row["nhs_local_id"].clone()))
            .collect();
        let (mut ended, mut at_the_end) = (0, 0);
        for row in rows(folder.path(), "programme/people.csv") {
            if let Some(last) = last.get(&nhs_id[&row["local_id"]]) {
                ended += 1;
                assert!(row["start_date"] < *last && !row["exit_date"].is_empty() && row["exit_date"] <= *last);
                at_the_end += u32::from(row["exit_date"] == *last);
                assert!(row["exit_date"] < *last || row["outcome"] == "left_early");
            }
        }
        assert!(at_the_end > 10 && ended > at_the_end, "{at_the_end} of {ended}");
        for measure in rows(folder.path(), "programme/measures.csv") {
            assert!(last.get(&nhs_id[&measure["local_id"]]).is_none_or(|last| measure["date"] <= *last));
        }
    }

    #[test]
    fn deaths_and_moves_are_those_of_an_english_place() {
        let (folder, summary) = written(&exact(20_000, 100, 5));
        let (mut years, mut adult_years, mut moved) = (0.0, 0.0, 0);
        for row in rows(folder.path(), "nhs/people.csv") {
            let to = if row["registration_end"].is_empty() { "2025-12-31" } else { &row["registration_end"] };
            let time = (days(to) - days(&row["registration_start"]).max(days("2021-01-01"))) as f64 / 365.25;
            years += time;
            if row["birth_year"].parse::<u32>().unwrap() <= 2003 {
                adult_years += time;
                moved += u32::from(!row["moved_out_on"].is_empty());
            }
        }
        // England: 9 to 10 deaths for 1,000 people and year. 93,000 person-years give a standard error of 0.3.
        let deaths = summary.deaths as f64 * 1_000.0 / years;
        assert!((8.0..12.0).contains(&deaths), "{deaths} deaths per 1,000");
        let moves = f64::from(moved) * 100.0 / adult_years;
        assert!((2.0..4.0).contains(&moves), "{moves} % of adults move in a year");
        // Three changes per hundred and year; the last of each person is what shows: 1 - .97^5 = .141 of those who stay throughout.
        let changed = summary.practice_changes as f64 / summary.people as f64;
        assert!((0.10..0.14).contains(&changed), "{changed}");
    }

    #[test]
    fn participants_are_eligible_and_in_greater_need() {
        let (folder, summary) = written(&exact(20_000, 1_000, 6));
        let all = residents(folder.path());
        for (one, start) in participants(&all, EVERYONE) {
            assert!(one.is_eligible_on(start));
        }
        let conditions = |some: &[&Resident]| {
            some.iter().map(|one| f64::from(one.number("conditions"))).sum::<f64>() / some.len() as f64
        };
        let inside: Vec<&Resident> = participants(&all, EVERYONE).map(|(one, _)| one).collect();
        let outside: Vec<&Resident> = comparison(&all).map(|(one, _)| one).collect();
        assert!(conditions(&inside) > 1.3 * conditions(&outside));
        let use_inside = sum(participants(&all, EVERYONE)).before(COST);
        assert!(use_inside > 1.5 * sum(comparison(&all)).before(COST));
        assert_eq!(summary.participants_by_outcome.values().sum::<u64>(), 1_000);
        let contacts = |outcome| {
            let of: Vec<f64> = inside
                .iter()
                .filter(|one| one.outcome() == outcome)
                .map(|one| one.programme.as_ref().unwrap()["contacts"].parse().unwrap())
                .collect();
            assert!(of.iter().all(|contacts| *contacts <= 60.0));
            of.iter().sum::<f64>() / of.len() as f64
        };
        assert!(
            contacts("completed") > 3.0 * contacts("left_early") && contacts("continuing") > contacts("left_early")
        );
    }

    #[test]
    fn selection_on_a_spike_falls_without_any_effect_and_a_like_comparison_shows_it() {
        let entry = Entry::AfterAdmission;
        let settings = PlaceSettings { entry, effect: Effect::none(), ..exact(60_000, 1_000, 7) };
        let (folder, _) = written(&settings);
        let all = residents(folder.path());
        for (one, start) in participants(&all, EVERYONE) {
            assert!(one.is_eligible_on(start) && one.admitted_just_before(start));
        }
        let inside = sum(participants(&all, EVERYONE));
        // One admission each before, for certain, beside the chance ones; only those after.
        assert!(inside.ratio(EMERGENCIES) < 0.5, "{}", inside.ratio(EMERGENCIES));
        assert!(inside.ratio(COST) < 0.75, "{}", inside.ratio(COST));
        assert!((0.93..1.07).contains(&inside.ratio(GP)), "no spike in GP use: {}", inside.ratio(GP));
        // A random comparison would make the programme a triumph: it grows by 1.162, and less what is chance.
        let random = sum(comparison(&all)).ratio(COST);
        assert!((1.08..1.24).contains(&random), "{random}");
        // Everyone else who had been admitted in that way, on a day of the month of their own: about 500 of them.
        let like = (0..12).flat_map(|month| {
            let index = days("2023-01-15") + 30 * month;
            all.iter()
                .filter(move |one| {
                    one.programme.is_none() && one.is_eligible_on(index) && one.admitted_just_before(index)
                })
                .map(move |one| (one, index))
        });
        let like = sum(like);
        // Standard errors of about a twentieth each: emergencies after number 400 and more in each group.
        let ratios = (inside.ratio(EMERGENCIES) / like.ratio(EMERGENCIES), inside.ratio(COST) / like.ratio(COST));
        assert!((0.75..1.3).contains(&ratios.0) && (0.75..1.3).contains(&ratios.1), "{ratios:?}");
    }

    #[test]
    fn everyone_who_started_recovers_the_mixture_and_completers_their_own() {
        for (completion, seed) in [(Completion::Alike, 8), (Completion::HealthierMoreOften, 9)] {
            let (folder, _) = written(&PlaceSettings { completion, ..exact(40_000, 4_000, seed) });
            let all = residents(folder.path());
            let groups = [(&["completed"], 0.815), (&["continuing"], 0.95), (&["left_early"], 1.162)];
            let started = sum(participants(&all, EVERYONE));
            let mixture: f64 = groups
                .iter()
                .map(|(group, factor)| sum(participants(&all, *group)).0[0][COST] / started.0[0][COST] * factor)
                .sum();
            // Four thousand people, some nine hospital contacts each in either window, most of the cost in few: 3 % to 4 %.
            assert!((started.ratio(COST) / mixture - 1.0).abs() < 0.12, "{} for {mixture}", started.ratio(COST));
            let completed = sum(participants(&all, &["completed"]));
            assert!((completed.ratio(COST) / 0.815 - 1.0).abs() < 0.15, "{}", completed.ratio(COST));
            assert!((completed.ratio(GP) / 0.89 - 1.0).abs() < 0.03, "{}", completed.ratio(GP));
            assert!(mixture > 0.9, "everyone who started falls less than completers: {mixture}");
            let left = sum(participants(&all, &["left_early"]));
            let healthier = completed.before(GP) / left.before(GP);
            match completion {
                Completion::Alike => assert!((0.85..1.15).contains(&healthier), "{healthier}"),
                Completion::HealthierMoreOften => assert!(healthier < 0.8, "{healthier}"),
            }
        }
    }

    #[test]
    fn a_change_of_practice_takes_old_gp_appointments_and_nothing_else() {
        let kept = PlaceSettings { practice_change_per_10k_year: 1_000, ..exact(8_000, 400, 10) };
        let lost = PlaceSettings { gp_history: GpHistory::LostFor { per_10k: 10_000 }, ..kept.clone() };
        let ((with, none), (without, summary)) = (written(&kept), written(&lost));
        for file in ["programme/people.csv", "programme/measures.csv", "nhs/people.csv", "truth.csv"] {
            let bytes = |folder: &Path| fs::read(folder.join(file)).unwrap();
            assert_eq!(bytes(with.path()), bytes(without.path()), "{file}");
        }
        let since: BTreeMap<String, String> = rows(with.path(), "nhs/people.csv")
            .into_iter()
            .map(|row| (row["local_id"].clone(), row["practice_since"].clone()))
            .collect();
        let (full, less) = (rows(with.path(), "nhs/events.csv"), rows(without.path(), "nhs/events.csv"));
        let remains = |row: &&BTreeMap<String, String>| {
            row["event"] != "gp_appointment" || row["date"] >= since[&row["local_id"]]
        };
        assert!(full.iter().filter(remains).eq(less.iter()));
        assert_eq!((none.gp_appointments_lost, summary.gp_appointments_lost), (0, (full.len() - less.len()) as u64));
        assert!(less.len() < full.len());

        // Counting person-time and appointments from the change on moves nothing; counting them all finds too few before.
        let [all, fewer] = [with.path(), without.path()].map(residents);
        let censored = |all: &[Resident]| {
            let mut sum = Use::default();
            for (one, index) in comparison(all) {
                let from = one.from.max(days(&one.row["practice_since"]));
                let one =
                    Resident { from, row: one.row.clone(), events: one.events.clone(), to: one.to, programme: None };
                if from < index {
                    sum.add(one.used(index));
                }
            }
            sum.ratio(GP)
        };
        assert!((censored(&all) - censored(&fewer)).abs() < 1e-12);
        assert!((censored(&all) - 1.0).abs() < 0.04, "{}", censored(&all));
        let naive = sum(comparison(&fewer)).ratio(GP);
        assert!(naive > 1.15, "{naive}");
    }

    #[test]
    fn other_choices_are_deterministic_too() {
        let settings = |seed| PlaceSettings {
            entry: Entry::AfterAdmission,
            completion: Completion::HealthierMoreOften,
            gp_history: GpHistory::LostFor { per_10k: 4_000 },
            ..exact(6_000, 100, seed)
        };
        let (one, again, other) = (written(&settings(1)), written(&settings(1)), written(&settings(2)));
        assert_eq!(one.1, again.1);
        for file in ["programme/people.csv", "nhs/people.csv", "nhs/events.csv"] {
            let bytes = |folder: &Path| fs::read(folder.join(file)).unwrap();
            assert!(bytes(one.0.path()) == bytes(again.0.path()) && bytes(one.0.path()) != bytes(other.0.path()));
        }
        assert!(one.1.gp_appointments_lost > 0);
        let (first, last) = (date(2023, 1, 1), date(2023, 12, 31).saturating_add(1.day()));
        let starts = rows(one.0.path(), "programme/people.csv");
        assert!(starts.iter().all(|row| (first..last).contains(&row["start_date"].parse().unwrap())));
    }
}
