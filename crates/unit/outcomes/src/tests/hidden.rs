//! What goes with a small count beside it, in tables of a place that is made up: further rows, and few who were matched.

use counterfoil_estimate::Arm;

use super::oracle::Reckoned;
use super::place::{COARSENED, HEAD, IMD, MEASURES, Place, person_row};
use super::*;

const GONE: ReleasedCell = ReleasedCell::Suppressed;

fn column(body: &ReleaseBody, table: &str, at: usize) -> Vec<ReleasedCell> {
    body.table(table).unwrap().rows().map(|(_, cells)| cells[at]).collect()
}

fn place() -> Place {
    Place::of(&format!("{HEAD}{MEASURES}{COARSENED}"))
}

/// The first of the linked, so many, stand in the programme's extract a second time.
fn with_further_rows(further: u32) -> ReleaseBody {
    let mut place = place();
    for row in 0..further {
        let usage_row = place.links[row as usize].1;
        place.links.push((u32::try_from(place.cohort.len()).unwrap(), usage_row));
        place.cohort.push(&person_row(u64::from(900_000 + row), vec![None, None]));
    }
    place.released()
}

/// Whatever the further rows are, if they are few: else the linked less the participants could leave two counts.
#[test]
fn participants_in_the_usage_extract_go_with_few_further_rows() {
    let shown = |cells: &[ReleasedCell]| cells.iter().all(|cell| matches!(cell, ReleasedCell::Count(8..)));
    for further in 1..8 {
        let body = with_further_rows(further);
        let (flow, frame) = (column(&body, "flow", 0), column(&body, "frame", 0));
        assert_eq!([flow[3], frame[0], frame[1]], [GONE; 3], "{further}");
        assert!(shown(&[flow[0], flow[1], flow[2], flow[7], frame[4], frame[7]]), "{further}");
    }
    for further in [0, 8, 20] {
        let body = with_further_rows(further);
        assert!(shown(&column(&body, "frame", 0)[..2]), "{further}");
    }
}

/// Of a few participants who were matched the comparison would tell how many they are: it is nowhere, nor is what adds up to it.
#[test]
fn the_comparison_goes_with_few_matched_participants() {
    let eligible = |kept: usize| {
        place().with_usage(|row, values| {
            if Place::is_participant(row) && row >= 7 * kept {
                values[IMD] = Some(Value::Integer(10));
            }
        })
    };
    let counts = |place: &Place| Arm::BOTH.map(|arm| Reckoned::of(place).matched.rows.count(arm));
    let is_few = |[participants, others]: [u64; 2]| (1..8).contains(&participants) && others >= 8;
    let few = (1..40).map(eligible).find(|place| is_few(counts(place))).expect("a few who are matched with more");
    let body = few.released();
    let frame = column(&body, "frame", 0);
    assert_eq!([frame[5], frame[6], frame[11]], [GONE; 3]);
    assert!(matches!(frame[4], ReleasedCell::Count(8..)));
    for (table, columns) in [("effect", 0..2), ("effect_cost", 0..2), ("time", 0..4)] {
        for at in columns {
            assert!(column(&body, table, at).iter().all(|cell| *cell == GONE), "{table} {at}");
        }
    }
    assert!(matches!(column(&place().released(), "time", 2)[0], ReleasedCell::Count(8..)));
}
