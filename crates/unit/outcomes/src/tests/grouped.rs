//! The effect by groups of participants, by hand.

use counterfoil_estimate::Arm;

use super::oracle::Reckoned;
use super::place::{AGE, BESIDE, COARSENED, HEAD, IMD, MEASURES, PRACTICE, PRACTICE_SINCE, Place};
use super::*;

fn subgroup(dataset: &str, variable: &str, cut_points: &str) -> String {
    let cuts = if cut_points.is_empty() { String::new() } else { format!("cut_points = {cut_points}\n") };
    format!(
        "[[comparison.subgroup]]\nid = \"groups\"\nlabel = \"groups\"\ndataset = \"{dataset}\"\nvariable = \"{variable}\"\n{cuts}"
    )
}

/// Nothing is asked of the deprivation band.
fn study(beside: &str) -> String {
    let free = COARSENED.lines().filter(|line| !line.starts_with("eligible")).collect::<Vec<_>>().join("\n");
    format!("{HEAD}{MEASURES}{free}\n{beside}")
}

/// The group of each analysed participant, and how many groups there are.
fn groups(place: &Place) -> (Vec<usize>, usize) {
    let reckoned = Reckoned::of(place);
    let inputs = place.inputs();
    let parts = reckoned.parts(place, &inputs);
    subgroup::groups(&parts, &reckoned.people, &parts.comparison.subgroups[0])
}

/// Labels of the groups of the first measure.
fn group_labels(place: &Place) -> Vec<String> {
    let planned = planned_tables(&place.agreement, &place.study);
    let labels = labels(&planned, "groups").iter();
    labels.filter_map(|label| label.strip_prefix("GP appointments: ").map(str::to_owned)).collect()
}

fn anybody() -> [(usize, Value); 3] {
    [(PRACTICE, Value::Code(0)), (AGE, Value::Integer(50)), (IMD, Value::Integer(5))]
}

#[test]
fn a_band_begins_with_its_cut_point() {
    let mut place = Place::empty(&study(&subgroup("nhs-usage", "imd", "[4, 7]")));
    for (reference, imd) in (1..).zip([1, 3, 4, 6, 7, 10]) {
        let values = [(PRACTICE, Value::Code(0)), (AGE, Value::Integer(50)), (IMD, Value::Integer(imd))];
        place.add(reference, Some("2021-03-31"), values);
    }
    let not_recorded = [(PRACTICE, Value::Code(0)), (AGE, Value::Integer(50)), (AGE, Value::Integer(50))];
    place.add(7, Some("2021-03-31"), not_recorded);
    assert_eq!(groups(&place), (vec![0, 0, 1, 1, 2, 2, 3], 4));
    assert_eq!(group_labels(&place), ["under 4", "4 to 6", "7 and more", "Not recorded"]);
}

#[test]
fn of_a_date_the_year_counts() {
    let mut place = Place::empty(&study(&subgroup("programme", "start", "[2021, 2022]")));
    let starts = ["2020-12-31", "2021-01-01", "2021-12-31", "2022-01-01", "2022-06-30"];
    for (reference, start) in (1..).zip(starts) {
        place.add(reference, Some(start), anybody());
    }
    assert_eq!(groups(&place), (vec![0, 1, 1, 2, 2], 4));
    assert_eq!(group_labels(&place), ["before 2021", "2021", "2022 and later", "Not recorded"]);

    let mut place = Place::empty(&study(&subgroup("nhs-usage", "practice_since", "[2010]")));
    for (reference, since) in (1..).zip([Some("2009-12-31"), None, Some("2010-01-01"), Some("1969-12-31")]) {
        let since = since.map_or((IMD, Value::Integer(5)), |since| (PRACTICE_SINCE, Value::Date(day(since))));
        place.add(reference, Some("2021-03-31"), [(PRACTICE, Value::Code(0)), (AGE, Value::Integer(50)), since]);
    }
    assert_eq!(groups(&place), (vec![0, 2, 1, 0], 3));
}

/// Rows of the programme stand in another order than those of the usage extract, and somebody between them is not analysed.
#[test]
fn everybody_has_the_group_of_their_own_row() {
    let starts = ["2021-03-31", "2018-01-01", "2021-04-30", "2021-05-31"];
    let place = |variable: (&str, &str)| {
        let mut place = Place::empty(&study(&subgroup(variable.0, variable.1, "")));
        for (reference, start) in (1..).zip(starts) {
            place.add(reference, Some(start), anybody());
        }
        place.links = vec![(3, 0), (1, 1), (0, 2), (2, 3)];
        place
            .with_cohort(|row, values| values[1] = [Some(0), Some(0), None, Some(1)][row].map(Value::Code))
            .with_usage(|row, values| values[PRACTICE] = Some(Value::Code(u16::try_from(10 + row).unwrap())))
    };
    assert_eq!(groups(&place(("programme", "status"))), (vec![1, 0, 2], 3));
    assert_eq!(groups(&place(("nhs-usage", "practice"))), (vec![10, 12, 13], 31));
}

/// Exactly, before anything is rounded: each participant is in one group, and brings others of the same weight.
#[test]
fn groups_share_the_matched_among_them() {
    let place = Place::of(&format!("{HEAD}{MEASURES}{COARSENED}{BESIDE}"));
    let reckoned = Reckoned::of(&place);
    let inputs = place.inputs();
    let parts = reckoned.parts(&place, &inputs);
    let matched = &reckoned.matched.rows;
    for subgroup in &parts.comparison.subgroups {
        let (of, count) = subgroup::groups(&parts, &reckoned.people, subgroup);
        let rows: Vec<_> = (0..count)
            .map(|group| effect::of_some(matched, &of.iter().map(|of| *of == group).collect::<Vec<_>>()))
            .collect();
        let participants: u64 = rows.iter().map(|rows| rows.count(Arm::Participant)).sum();
        assert_eq!(participants, matched.count(Arm::Participant), "{}", subgroup.id);
        for rows in &rows {
            let weight = |arm| rows.matched.iter().filter(|row| row.arm == arm).map(|row| row.weight).sum::<f64>();
            assert!((weight(Arm::Participant) - weight(Arm::Comparison)).abs() < 1e-9, "{}", subgroup.id);
        }
        assert!(rows.iter().filter(|rows| !rows.is_empty()).count() > 1, "{}", subgroup.id);
    }
}

/// Rows of a table of groups by measure: how many they are of each, and what is shown of them.
fn shown(body: &ReleaseBody, table: &str, group: &str) -> Vec<Vec<ReleasedCell>> {
    let rows = body.table(table).unwrap().rows();
    rows.filter(|(label, _)| label.ends_with(&format!(": {group}"))).map(|(_, cells)| cells.to_vec()).collect()
}

/// People, and the effect against expectation, of both tables of an effect.
fn effects(body: &ReleaseBody, suffix: &str) -> Vec<Vec<ReleasedCell>> {
    let tables = [format!("effect{suffix}"), format!("effect_cost{suffix}")];
    let rows = tables.iter().flat_map(|table| body.table(table).unwrap().rows());
    rows.map(|(_, cells)| [&cells[..2], &cells[11..]].concat()).collect()
}

#[test]
fn of_the_completers_it_is_what_the_table_of_completers_says() {
    let body = Place::of(&format!("{HEAD}{MEASURES}{COARSENED}{BESIDE}")).released();
    let completed = shown(&body, "by_status", "completed");
    assert_eq!(completed, effects(&body, "_completers"));
    assert_ne!(completed, shown(&body, "by_status", "dropped"));
}

#[test]
fn of_one_group_it_is_the_effect_and_of_the_others_nothing() {
    let of = |status: Option<u16>| {
        let place = Place::of(&format!("{HEAD}{MEASURES}{COARSENED}{BESIDE}"));
        place.with_cohort(move |_, values| values[1] = status.map(Value::Code)).released()
    };
    let nobody = vec![[vec![ReleasedCell::Count(0); 2], vec![ReleasedCell::NotEstimated; 3]].concat(); 7];
    let groups = ["completed", "dropped", "Not recorded"];
    for (all, status) in [(0, Some(0)), (1, Some(1)), (2, None)] {
        let body = of(status);
        for (at, group) in groups.iter().enumerate() {
            let expected = if at == all { effects(&body, "") } else { nobody.clone() };
            assert_eq!(shown(&body, "by_status", group), expected, "{group}");
        }
    }
}

#[test]
fn the_participants_of_few_take_their_comparison_with_them() {
    // Six completed. The comparison of the others less that of all matched would be about theirs.
    let mut left = 6;
    let few = std::cell::RefCell::new(move || {
        left -= 1;
        left >= 0
    });
    let place = Place::of(&format!("{HEAD}{MEASURES}{COARSENED}{BESIDE}"));
    let matched: std::collections::BTreeSet<u32> = {
        let reckoned = Reckoned::of(&place);
        let people = reckoned.matched.rows.people(Arm::Participant);
        people.map(|person| reckoned.people.cohort_rows[person as usize]).collect()
    };
    let place = place.with_cohort(|row, values| {
        let is_first = matched.contains(&u32::try_from(row).unwrap()) && few.borrow_mut()();
        values[1] = Some(Value::Code(u16::from(!is_first)));
    });
    let body = place.released();
    let (few, many) = (shown(&body, "by_status", "completed"), shown(&body, "by_status", "dropped"));
    assert_eq!((few.len(), many.len()), (7, 7));
    for (few, many) in few.iter().zip(&many) {
        assert_eq!([few[0], few[1], many[1]], [ReleasedCell::Suppressed; 3]);
        assert!(matches!(many[0], ReleasedCell::Count(100..)), "as near to all as rounding lets one tell");
    }
}
