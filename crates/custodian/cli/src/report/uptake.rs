//! What is said of uptake: the share of people with something in the first and in the last year.
//!
//! In: the table of an uptake, and the study that named it. Out: a sentence. Absent on purpose: a percentage of change: fewer people are
//! counted from year to year, so shares stand beside each other and nothing is made of them.

use counterfoil_model::{Study, in_months};
use counterfoil_release::{ColumnKind, ReleasedCell, ReleasedTable};

use super::words::{TOO_FEW, of_whole, shown};

/// `Breast screening: 665 of 3,900 people (17 %) by the end of 2011, ...`; none of a table that is of no uptake.
pub(super) fn sentence(table: &ReleasedTable, study: &Study) -> Option<String> {
    let uptake = study.uptakes.iter().find(|of| of.id == *table.id())?;
    let columns = table.columns();
    if columns.len() != 2 || columns.iter().any(|column| column.kind != ColumnKind::Count) {
        return None;
    }
    let rows: Vec<(&str, &[ReleasedCell])> = table.rows().collect();
    let (first, last) = (rows.first()?, rows.last()?);
    let mut years = vec![year(*first)];
    if rows.len() > 1 {
        years.push(year(*last));
    }
    let within = in_months(uptake.within_months);
    Some(format!("{}, with any in the {within} to the end of the year: {}.", table.title(), years.join("; ")))
}

/// `665 of 3,900 people (17 %) in 2011`
fn year((year, cells): (&str, &[ReleasedCell])) -> String {
    match (cells[0], cells[1]) {
        (ReleasedCell::Count(0), _) => format!("nobody whose records cover it in {year}"),
        (all @ ReleasedCell::Count(_), with @ ReleasedCell::Count(_)) => {
            format!("{} of {} people{} in {year}", shown(with), shown(all), of_whole(with, all))
        }
        _ => format!("{TOO_FEW} in {year}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::super::tables::tests::{body, study, table};
    use super::*;

    const UPTAKE: &str = "uptake = [{ id = \"breast\", label = \"Breast\", events = [\"mammogram\"], from_year = 2011, \
                          to_year = 2012, within_months = 24 }]\n";

    fn said(id: &str, rows: &[(&str, &[&str])]) -> Option<String> {
        let body = body(&table(id, &[("People", "#"), ("With any", "#")], rows));
        sentence(&body.tables()[0], &study(UPTAKE)).map(|said| said.replace('\u{a0}', " "))
    }

    /// By hand: 665 of 3,900 is 17.05 %, 2,585 of 3,575 is 72.3 %.
    #[test]
    fn the_first_and_the_last_year_are_said_and_none_between() {
        assert_eq!(
            said("breast", &[("2011", &["3900", "665"]), ("2012", &["3800", "800"]), ("2013", &["3575", "2585"])])
                .unwrap(),
            "Title of breast, with any in the 24 months to the end of the year: 665 of 3,900 people (17 %) in 2011; 2,585 of 3,575 people \
             (72 %) in 2013."
        );
        assert_eq!(
            said("breast", &[("2011", &["3900", "665"])]).unwrap(),
            "Title of breast, with any in the 24 months to the end of the year: 665 of 3,900 people (17 %) in 2011."
        );
    }

    #[test]
    fn a_suppressed_count_has_no_share_and_other_tables_no_sentence() {
        assert_eq!(
            said("breast", &[("2011", &["3900", "*"]), ("2012", &["0", "0"])]).unwrap(),
            "Title of breast, with any in the 24 months to the end of the year: too few people to say in 2011; nobody whose records cover \
             it in 2012."
        );
        assert_eq!(said("area", &[("2011", &["3900", "665"])]), None);
    }
}
