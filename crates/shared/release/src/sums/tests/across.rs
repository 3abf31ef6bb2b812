//! Sums of other columns and of several tables, and counts that would show each other: by hand, and as a reader works them out.

use super::*;
use crate::table::TableError;

fn cell(table: &str, row: usize, column: usize) -> CellOf {
    CellOf { table: code(table), row, column }
}

/// Rows of counts of people, a list a row.
fn counts(id: &str, columns: Vec<Column>, rows: &[&[u64]]) -> Table {
    let cells = |row: &[u64]| row.iter().map(|count| Cell::people(*count)).collect();
    let rows = rows.iter().enumerate().map(|(at, row)| Row::new(format!("Row {at}"), cells(row)));
    Table::new(code(id), "Title", "Note", columns, rows.collect()).expect("a table")
}

fn tables(tables: Vec<Table>) -> Vec<Vec<Vec<ReleasedCell>>> {
    reviewed(tables, &HES).expect("passes").tables.into_iter().map(|(_, rows)| rows).collect()
}

/// 48 to 52 less 38 to 42 leaves 6 or 7: the zero of that column goes, and with it what is part of it. Other columns stay.
#[test]
fn a_sum_of_another_column_takes_cells_of_that_column() {
    let columns = vec![Column::count("a"), Column::count("b"), Column::count("c").part_of(1), Column::count("d")];
    let table = counts("t", columns, &[&[20, 42, 30, 9], &[30, 7, 0, 9], &[40, 0, 0, 9]]);
    let sum = Sum::of_rows(cell("flow", 0, 0), 0..3, SumCover::Parts).in_column(1);
    let released = tables(vec![people("flow", &[49]), table.with_sum(sum).expect("a sum")]).remove(1);
    assert_eq!(released[0], [Count(20), Count(40), Count(30), Count(10)]);
    assert_eq!(released[1], [Count(30), GONE, GONE, Count(10)]);
    assert_eq!(released[2], [Count(40), GONE, GONE, Count(10)]);
}

/// A suppressed part of a column can be any count, by its complement; a sum would take it for a small one.
#[test]
fn no_part_of_another_column_is_in_a_sum() {
    let columns = || vec![Column::count("a"), Column::count("b").part_of(0)];
    let table = || counts("t", columns(), &[&[30, 20], &[30, 10]]);
    let of_parts = Sum::of_rows(cell("flow", 0, 0), 0..2, SumCover::Parts).in_column(1);
    assert_eq!(table().with_sum(of_parts).err(), Some(TableError::Sum { table: code("t") }));
    let refused = |sum: Sum| match reviewed(vec![people("flow", &[30, 20]).with_sum(sum).expect("rows"), table()], &HES)
    {
        Err(ReviewError::Sum { problem, .. }) => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(Sum::of_rows(cell("t", 0, 1), [1], SumCover::Parts)), SumProblem::NoTotal);
    let elsewhere = |part| refused(Sum::of_rows(cell("flow", 0, 0), [1], SumCover::Parts).with(part));
    assert_eq!(elsewhere(cell("t", 1, 1)), SumProblem::NoPart);
    assert_eq!(elsewhere(cell("t", 9, 0)), SumProblem::NoPart);
    assert_eq!(elsewhere(cell("t", 0, 9)), SumProblem::NoPart);
    assert_eq!(elsewhere(cell("none", 0, 0)), SumProblem::NoPart);
    assert_eq!(elsewhere(cell("t", 1, 0)), SumProblem::DoesNotAddUp);
}

#[test]
fn parts_in_several_tables_are_added_once_each() {
    let flow =
        |sum: Sum| reviewed(vec![people("flow", &[50, 20]).with_sum(sum).expect("rows"), people("t", &[30])], &HES);
    let sum = || Sum::of_rows(cell("flow", 0, 0), [1], SumCover::Parts).with(cell("t", 0, 0));
    assert_eq!(flow(sum()).err(), None);
    let twice = flow(sum().with(cell("t", 0, 0))).err();
    assert_eq!(twice, Some(ReviewError::Sum { table: code("flow"), problem: SumProblem::DoesNotAddUp }));
    let own = people("flow", &[50, 50])
        .with_sum(Sum::of_rows(cell("t", 0, 0), [1], SumCover::Parts).with(cell("flow", 0, 0)));
    assert_eq!(own.err(), Some(TableError::Sum { table: code("flow") }));
}

/// All, linked, not linked; further rows, not covered, analysed. Beside it everybody in the usage extract, those of them linked, and
/// the others.
fn with_frame(not_linked: u64, [further, not_covered, analysed]: [u64; 3], others: u64) -> Vec<Table> {
    let participants = not_covered + analysed;
    let flow = flow(not_linked, [further, not_covered, analysed])
        .with_sum(Sum::of_rows(cell("frame", 1, 0), [4, 5], SumCover::Parts))
        .and_then(|flow| flow.with_sum(sum(1, [3], SumCover::EveryPart).with(cell("frame", 1, 0))));
    let frame = people("frame", &[participants + others, participants, others]).with_sum(Sum::of_rows(
        cell("frame", 0, 0),
        [1, 2],
        SumCover::Total,
    ));
    vec![flow.expect("sums"), frame.expect("a sum")]
}

/// 2,395 linked and 2,385 participants would leave 6 or 7 further rows, if the participants were shown.
#[test]
fn participants_of_the_frame_go_with_further_rows_and_those_analysed_stay() {
    let released = released(with_frame(100, [6, 0, 2_387], 800));
    assert_eq!(released[0], [Count(2_495), Count(2_395), Count(100), GONE, GONE, Count(2_385)]);
    assert_eq!(released[1], [GONE, GONE, Count(800)]);
    // Whatever the further rows are: that the participants go tells nothing of them.
    assert_eq!(super::released(with_frame(100, [1, 0, 2_390], 800))[1], [GONE, GONE, Count(800)]);
    let none = super::released(with_frame(100, [0, 0, 2_390], 800));
    assert_eq!(none[1], [Count(3_190), Count(2_390), Count(800)]);
    assert_eq!(none[0][3..], [Count(0), Count(0), Count(2_390)]);
    let many = super::released(with_frame(100, [12, 0, 2_390], 800));
    assert_eq!((many[0][3], many[1][1]), (Count(10), Count(2_390)));
    // Few participants, so that what makes them goes; and the further rows, or 10 of 15 would leave 6 or 7.
    let few = super::released(with_frame(100, [9, 0, 7], 800));
    assert_eq!(few[0], [Count(115), Count(15), Count(100), GONE, GONE, GONE]);
    assert_eq!(few[1], [GONE, GONE, Count(800)]);
}

/// A reader who knows every rule here asks which numbers give just this release: of further rows, not covered and analysed. All lists up
/// to that sum are tried, with each of these numbers not linked; a release that one near it gives may be given by longer ones too.
fn assert_that_who_repeats_the_rules_is_left_with_three(
    sum_max: u64,
    not_linked: std::ops::RangeInclusive<u64>,
    release: impl Fn(u64, [u64; 3]) -> Vec<Table>,
) {
    let mut same: BTreeMap<String, (bool, Vec<Vec<u64>>)> = BTreeMap::new();
    for (linked, not_linked) in
        lists(3, sum_max).into_iter().flat_map(|of| not_linked.clone().map(move |not| (of.clone(), not)))
    {
        let release = released(release(not_linked, [linked[0], linked[1], linked[2]]));
        let nothing_shown = release[0][3..] == [GONE; 3];
        same.entry(format!("{release:?}")).or_insert((nothing_shown, vec![])).1.push(linked);
    }
    let whole = same.iter().filter(|(_, (_, counts))| counts.iter().all(|of| of.iter().sum::<u64>() + 4 < sum_max));
    for (release, (nothing_shown, counts)) in whole {
        for row in 0..3 {
            let behind: BTreeSet<u64> = counts.iter().map(|counts| counts[row]).collect();
            let small = behind.iter().any(|count| (1..8).contains(count));
            assert!(!small || behind.len() >= if *nothing_shown { 2 } else { 3 }, "{release}: row {row} of {counts:?}");
        }
    }
}

#[test]
fn who_repeats_the_rules_over_two_tables_cannot_work_out_a_small_count() {
    assert_that_who_repeats_the_rules_is_left_with_three(45, 100..=100, |not_linked, linked| {
        with_frame(not_linked, linked, 800)
    });
}

/// Everybody, less those not linked, can tell more of the linked than these do themselves; that they are hidden must not say so.
#[test]
fn who_repeats_the_rules_learns_nothing_by_everybody() {
    assert_that_who_repeats_the_rules_is_left_with_three(30, 98..=102, |not_linked, linked| {
        vec![flow(not_linked, linked)]
    });
    assert_that_who_repeats_the_rules_is_left_with_three(24, 98..=102, |not_linked, linked| {
        with_frame(not_linked, linked, 800)
    });
}

/// 19,982 less 128, shown as 19,980 and 130, are at most 19,854: with 19,853 analysed, shown as 19,855, one is not covered. Everybody
/// goes, and would whatever they are.
#[test]
fn everybody_goes_where_they_could_tell_how_many_are_missing() {
    for (not_linked, analysed) in [(128, 19_853), (130, 19_854), (131, 19_856)] {
        let tables = released(with_frame(not_linked, [0, 1, analysed], 25_000));
        let shown = [GONE, Count(19_855), Count(130), Count(0), GONE, Count(19_855)];
        assert_eq!(tables[0], shown, "{not_linked} {analysed}");
    }
    let apart = released(with_frame(130, [0, 4, 19_850], 25_000));
    assert_eq!(
        apart[0],
        [19_985, 19_855, 130].map(Count).into_iter().chain([Count(0), GONE, Count(19_850)]).collect::<Vec<_>>()
    );
}

/// About 7 for each row: 13 and 8, shown as 15 and 10, would leave 21 or 22 linked, so 7 in each row.
#[test]
fn about_as_few_people_as_small_rows_can_have_are_released() {
    let of_sex = |sex: &[u64]| released(vec![flow(100, [7, 7, 7]), breakdown("sex", sex)]);
    let flow = [GONE, Count(20), Count(100), GONE, GONE, GONE];
    assert_eq!(of_sex(&[13, 8]), [&flow[..], &[Count(15), GONE]]);
    assert_eq!(of_sex(&[21, 0]), [&flow[..], &[Count(20), Count(0)]]);
}

/// 48 to 52 less 38 to 42 leaves 6 or 7, and the 40 are a total themselves: the 50 go, with all that makes them; and in the sum that
/// they are part of what would show them, or else all of it.
#[test]
fn where_no_part_is_left_the_total_goes() {
    let place = |shown_twice: bool| {
        let flow = people("flow", &[49, 42, 7]).with_sum(sum(0, [1, 2], SumCover::Parts)).expect("a sum");
        let split = people("split", &[30, 12]).with_sum(sum(1, [0, 1], SumCover::Parts)).expect("a sum");
        let top = Sum::of_rows(cell("top", 0, 0), [1], SumCover::Parts).with(cell("flow", 0, 0));
        let top = people("top", &[109, 60]).with_sum(top).expect("a sum");
        let again = people("again", &[60]).with_sum(Sum::of_rows(cell("top", 1, 0), [0], SumCover::Parts));
        let tables = vec![flow, split, top, again.expect("a sum")];
        released(tables.into_iter().take(if shown_twice { 4 } else { 3 }).collect())
    };
    assert_eq!(place(false), [vec![GONE; 3], vec![GONE; 2], vec![Count(110), GONE]]);
    assert_eq!(place(true), [vec![GONE; 3], vec![GONE; 2], vec![GONE; 2], vec![GONE]]);
}

/// Five rows of 10 are at least 8 each, so 40 analysed are at least 40; with 40 linked, at most 42, one or two are not covered.
#[test]
fn what_a_third_table_tells_is_heeded() {
    let arms =
        |counts: &[u64]| people("arms", counts).with_sum(sum(5, 0..counts.len(), SumCover::Parts)).expect("a sum");
    let tables = released(vec![flow(90, [2, 0, 40]), arms(&[8; 5])]);
    // 38 linked, as 126 or 127 in all could say, would leave none or one.
    assert_eq!(tables[0], [GONE, Count(40), Count(90), GONE, GONE, Count(40)]);
    assert!(tables[1].contains(&GONE), "{tables:?}");
}

/// If the four were small, 29 linked would be 28; but they go whatever they are, so that the other table is not the narrower for it.
#[test]
fn a_table_that_goes_whole_tells_nothing_of_its_total() {
    let tables = released(vec![flow(90, [0, 0, 29]), breakdown("sex", &[29, 0, 0, 0]), breakdown("band", &[28, 1])]);
    assert_eq!(tables[1], [GONE; 4]);
    assert_eq!(tables[2], [Count(30), GONE]);
}

/// Five of the comparison for each of three participants: 15 of them would say three.
#[test]
fn what_is_about_proportional_goes_with_a_small_count_and_with_all_that_shows_it() {
    let place = |participants: u64, others: u64, stated_in_frame: bool| {
        let columns = || vec![Column::count("Participants"), Column::count("Comparison")];
        let frame = people("frame", &[120, others, 120 - others, 90, participants, 90 - participants])
            .with_sum(Sum::of_rows(cell("frame", 0, 0), [1, 2], SumCover::Parts))
            .and_then(|of| of.with_sum(Sum::of_rows(cell("frame", 3, 0), [4, 5], SumCover::Parts)));
        let same = |table: Table, column: usize| {
            let total = cell("frame", if column == 0 { 4 } else { 1 }, 0);
            table.with_sum(Sum::of_rows(total, [0], SumCover::Parts).in_column(column))
        };
        let effect = same(counts("effect", columns(), &[&[participants, others]]), 0).and_then(|of| same(of, 1));
        // Wherever it is stated: the same count goes with it.
        let (frame, effect) = if stated_in_frame {
            (frame.and_then(|of| of.hidden_with((1, 0), cell("frame", 4, 0))), effect)
        } else {
            (frame, effect.and_then(|of| of.hidden_with((0, 1), cell("effect", 0, 0))))
        };
        let half = others / 2;
        let time = counts("time", columns(), &[&[participants, others], &[participants, half], &[0, others - half]]);
        let by_reason = |of: Table, column| {
            of.with_sum(Sum::of_rows(cell("time", 0, column), [1, 2], SumCover::Parts).in_column(column))
        };
        let time =
            same(time, 0).and_then(|of| same(of, 1)).and_then(|of| by_reason(of, 0)).and_then(|of| by_reason(of, 1));
        tables(vec![frame.expect("sums"), effect.expect("sums"), time.expect("sums")])
    };
    for stated_in_frame in [true, false] {
        let few = place(3, 15, stated_in_frame);
        assert_eq!(few[0].concat(), [Count(120), GONE, GONE, Count(90), GONE, Count(85)]);
        assert_eq!(few[1].concat(), [GONE, GONE]);
        assert_eq!(few[2].concat(), [GONE; 6]);
    }
    let enough = place(20, 100, true);
    assert_eq!(enough[0].concat(), [120, 100, 20, 90, 20, 70].map(Count));
    assert_eq!(enough[1].concat(), [Count(20), Count(100)]);
    // None at all is shown as none.
    assert_eq!(place(0, 0, true)[1].concat(), [Count(0), Count(0)]);
}

#[test]
fn only_counts_are_hidden_and_only_with_what_is_there() {
    let table = || people("t", &[30, 20]);
    for at in [(2, 0), (0, 1), (usize::MAX, 0)] {
        let refused = table().hidden_with(at, cell("t", 0, 0)).err();
        assert_eq!(refused, Some(TableError::HiddenWith { table: code("t") }));
    }
    for of in [cell("none", 0, 0), cell("t", 2, 0), cell("t", 0, 1)] {
        let error = reviewed(vec![table().hidden_with((0, 0), of).expect("a count")], &HES).err();
        assert_eq!(error, Some(ReviewError::Sum { table: code("t"), problem: SumProblem::NoCompanion }));
    }
}

#[test]
fn parts_go_with_a_total_that_is_hidden() {
    for cover in [SumCover::Parts, SumCover::EveryPart] {
        let hidden = people("t", &[3, 40, 20, 20]).hidden_with((1, 0), cell("t", 0, 0));
        let table = hidden.and_then(|of| of.with_sum(Sum::of_rows(cell("t", 1, 0), [2, 3], cover)));
        assert_eq!(released(vec![table.expect("a sum")]), [[GONE; 4]], "{cover:?}");
    }
}

/// The review's own check: each is taken as the rules take it, and then one cell is shown again.
#[test]
fn what_should_have_gone_with_another_is_refused() {
    let mut tables = with_frame(100, [6, 0, 2_387], 800);
    let beside = counts("effect", vec![Column::count("a"), Column::count("b")], &[&[3, 9], &[90, 83], &[90, 92]]);
    let of_others = Sum::of_rows(cell("effect", 2, 1), [0, 1], SumCover::Parts).in_column(1);
    let beside = beside.hidden_with((0, 1), cell("effect", 0, 0)).and_then(|of| of.with_sum(of_others));
    tables.push(beside.expect("counts"));
    tables.push(people("same", &[6]).with_sum(Sum::of_rows(cell("flow", 3, 0), [0], SumCover::Parts)).expect("a sum"));
    let mut tables: Vec<_> = tables.into_iter().map(|table| table.suppress_primary(&HES)).collect();
    let stated = Stated::of(&tables).expect("sums");
    Sums::new(&mut tables, &stated).suppress().expect("enough to suppress");
    let loose = BTreeSet::from([Place { table: 1, row: 1, column: 0 }]);
    assert!(check_sums(&tables, &stated, &loose).is_ok());
    for (table, row, column, count, by) in [
        (1, 1, 0, 2_385, "flow"),
        (1, 0, 0, 3_185, "frame"),
        (2, 0, 1, 10, "effect"),
        (2, 1, 1, 85, "effect"),
        (0, 4, 0, 0, "flow"),
        (3, 0, 0, 10, "same"),
    ] {
        tables[table].released[row][column] = Count(count);
        let stated_by = match check_sums(&tables, &stated, &loose) {
            Err(Showing::Hidden(cell)) => cell.table,
            Err(Showing::Sum(group)) => group.stated_by,
            Ok(()) => panic!("{table} {row} {column}"),
        };
        assert_eq!(tables[stated_by].shape.id, code(by), "{table} {row} {column}");
        tables[table].released[row][column] = GONE;
    }
}

proptest! {
    /// All counts that are in accord with everything released, tried one by one: cells that stand in a sum of rows and in one of columns.
    #[test]
    fn no_small_count_of_two_crossing_sums_is_one_of_two(cells in [few(), few(), few(), few()]) {
        let [a, b, c, d] = cells;
        let totals = people("totals", &[a + b, c + d, a + c, b + d]);
        let table = counts("t", vec![Column::count("a"), Column::count("b")], &[&[a, b], &[c, d]]);
        let columns = [0, 1].map(|column| Sum::of_rows(cell("totals", 2 + column, 0), [0, 1], SumCover::Parts).in_column(column));
        let table = columns.into_iter().try_fold(table, Table::with_sum).expect("sums");
        // The rows' cells as a column of another table, the same counts.
        let turned = counts("turned", vec![Column::count("x"), Column::count("y")], &[&[a, c], &[b, d]]);
        let rows = [0, 1].map(|column| Sum::of_rows(cell("totals", column, 0), [0, 1], SumCover::Parts).in_column(column));
        let same = |row: usize, column: usize| Sum::of_rows(cell("t", column, row), [row], SumCover::Parts).in_column(column);
        let same = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(row, column)| same(row, column));
        let turned = rows.into_iter().chain(same).try_fold(turned, Table::with_sum).expect("sums");
        let released = reviewed(vec![totals, table, turned], &HES).expect("something can always be released");
        let [totals, shown] = [0, 1].map(|at| released.tables[at].1.concat());
        let totals: Vec<BTreeSet<u64>> = totals.iter().map(|total| behind(&[*total]).concat().into_iter().collect()).collect();
        let fits = |of: &&Vec<u64>| {
            let sums = [of[0] + of[1], of[2] + of[3], of[0] + of[2], of[1] + of[3]];
            sums.iter().zip(&totals).all(|(sum, total)| total.contains(sum))
        };
        let all = behind(&shown);
        let possible: Vec<_> = all.iter().filter(fits).collect();
        if released.tables[0].1.concat().iter().all(|of| matches!(of, Count(20..))) {
            for at in (0..4).filter(|at| shown[*at] == GONE && (1..8).contains(&cells[*at])) {
                let counts: BTreeSet<u64> = possible.iter().map(|counts| counts[at]).collect();
                prop_assert!(counts.is_empty() || counts.len() >= 3 || shown.iter().all(|of| *of == GONE), "{shown:?} {cells:?} {counts:?}");
            }
        }
    }
}

proptest! {
    /// Whatever the counts and the terms, something can be released: taking ends where the review is content.
    #[test]
    fn every_release_of_a_comparison_passes(
        linked in [few(), few(), few()],
        by in [0u64..60, 0u64..60],
        again in [0u64..60, 0u64..60],
        not_linked in few(),
        others in [few(), few()],
        times in 1u64..6,
        below in 8u64..30,
        base in 5u64..40,
    ) {
        let disclosure = Disclosure { suppress_below: below, rounding_base: base, ..HES };
        let mut tables = with_frame(not_linked, linked, others[0] + others[1]);
        let (sex, arms) = (moved(linked, by), moved([linked[2], 0, 0], again));
        tables.push(breakdown("sex", &sex));
        tables.push(people("arms", &arms).with_sum(sum(5, 0..3, SumCover::Parts)).expect("a sum"));
        let columns = vec![Column::count("Participants"), Column::count("Comparison")];
        let rows = arms.map(|count| [count, times * count]);
        let all = [linked[2], times * linked[2]];
        let groups = counts("groups", columns, &[&all, &rows[0], &rows[1], &rows[2]]);
        let of_groups = |column| Sum::of_rows(cell("groups", 0, column), 1..4, SumCover::Parts).in_column(column);
        let groups = groups.with_sum(of_groups(0)).and_then(|of| of.with_sum(of_groups(1)));
        let groups = groups.and_then(|of| of.with_sum(sum(5, [0], SumCover::Parts))).expect("sums");
        let groups = (0..4).try_fold(groups, |of, row| of.hidden_with((row, 1), cell("groups", row, 0))).expect("counts");
        tables.push(groups);
        prop_assert_eq!(reviewed(tables, &disclosure).err(), None);
    }
}
