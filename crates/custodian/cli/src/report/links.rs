//! Whether links were missed unequally, as far as released counts tell.
//!
//! In: breakdowns of everybody in the programme's extract beside the linked. Out: a sentence where they differ by much.
//! Absent on purpose: a test of significance. Whom a result says less of is worth knowing whatever chance had to do with it.

use counterfoil_release::{ReleaseBody, ReleasedCell, ReleasedTable};

use super::words::percent_of;

/// Of fewer people a share of the linked is mostly chance and rounding.
const PEOPLE_MIN: u64 = 100;
/// Percentage points between two groups from which on a reader should know.
const POINTS_MIN: u128 = 5;

/// A sentence a breakdown that shows a difference.
pub(super) fn unequal(body: &ReleaseBody) -> Vec<String> {
    body.tables().iter().filter_map(of_table).collect()
}

fn of_table(table: &ReleasedTable) -> Option<String> {
    let labels: Vec<&str> = table.columns().iter().map(|column| column.label.as_str()).collect();
    if labels != ["People in the extract", "Of those, linked"] {
        return None;
    }
    let groups = table.rows().filter_map(|(label, cells)| match cells {
        [ReleasedCell::Count(all), ReleasedCell::Count(linked)] if *all >= PEOPLE_MIN => Some((label, *linked, *all)),
        _ => None,
    });
    let mut groups: Vec<(&str, u64, u64)> = groups.collect();
    groups.sort_by(|one, other| (wide(one.1) * wide(other.2)).cmp(&(wide(other.1) * wide(one.2))));
    let ((least, linked_least, all_least), (most, linked_most, all_most)) = (*groups.first()?, *groups.last()?);
    let (one, other) = (wide(linked_most) * wide(all_least), wide(linked_least) * wide(all_most));
    (100 * (one - other) >= POINTS_MIN * wide(all_least) * wide(all_most)).then(|| {
        format!(
            "Links were missed unequally. {}: of {least} {} could be linked, of {most} {}. What is said of use is said less of the \
             former.",
            table.title(),
            percent_of(linked_least, all_least),
            percent_of(linked_most, all_most),
        )
    })
}

fn wide(count: u64) -> u128 {
    u128::from(count)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use counterfoil_model::{AgreementDigest, AgreementId, Code, Digest, Disclosure, RunId, StudyDigest, StudyId};
    use counterfoil_release::{Cell, Column, ReleaseHead, Row, Table, parse_release, review};

    use super::*;

    fn said(columns: [&str; 2], rows: &[(&str, u64, u64)]) -> Vec<String> {
        let rows =
            rows.iter().map(|(label, all, linked)| Row::new(*label, vec![Cell::people(*all), Cell::people(*linked)]));
        let columns = vec![Column::count(columns[0]), Column::count(columns[1]).part_of(0)];
        let table = Table::new(Code::parse("ending").unwrap(), "How it ended", "A note.", columns, rows.collect());
        let disclosure =
            Disclosure { suppress_below: 8, rounding_base: 5, money_rounding_pounds: None, releases_max: 1 };
        let head = ReleaseHead {
            agreement: AgreementId::parse("nel").unwrap(),
            agreement_version: 1,
            agreement_digest: AgreementDigest(Digest::of(b"")),
            study: StudyId::parse("use").unwrap(),
            study_digest: StudyDigest(Digest::of(b"")),
            study_title: "Use".to_owned(),
            run: RunId::parse("run").unwrap(),
        };
        let release = review(vec![table.unwrap().suppress_primary(&disclosure)], 0, 1).unwrap().release(head).unwrap();
        unequal(&parse_release(release.body_to_store_with_its_log_entry()).unwrap())
    }

    const COLUMNS: [&str; 2] = ["People in the extract", "Of those, linked"];

    #[test]
    fn five_points_between_groups_are_said_and_less_is_not() {
        let apart = said(COLUMNS, &[("completed", 1_000, 950), ("left early", 500, 450), ("rare", 20, 10)]);
        assert_eq!(
            apart,
            [concat!(
                "Links were missed unequally. How it ended: of left early 90\u{a0}% could be linked, of completed 95\u{a0}%. ",
                "What is said of use is said less of the former."
            )]
        );
        assert!(said(COLUMNS, &[("completed", 1_000, 945), ("left early", 500, 450)]).is_empty(), "4.5 points");
        assert!(said(COLUMNS, &[("completed", 1_000, 1_000), ("left early", 50, 10)]).is_empty(), "too few to say");
        assert!(said(COLUMNS, &[("completed", 1_000, 950)]).is_empty());
        assert!(said(["People", "Improved"], &[("completed", 1_000, 950), ("left early", 500, 450)]).is_empty());
    }
}
