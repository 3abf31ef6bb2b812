//! What is known of one group before matching.
//!
//! In: keys, strata and columns of numbers, one entry a row. Out: [`Covariates`], checked, and the order of its keys, in which
//! everything here is reckoned. Absent on purpose: what a stratum or a column means, and missing values (the caller gives
//! those a stratum, or a value and an indicator column).

use crate::{Group, MatchingError};

/// Sizes up to here have squares, and sums of squares over all rows, that are finite.
const VALUE_MAX: f64 = 1e100;

/// One group: who could be told apart by what.
///
/// It has no `Debug`: rows are people.
#[derive(Clone)]
pub struct Covariates {
    keys: Vec<u128>,
    strata: Vec<u32>,
    numeric: Vec<Vec<f64>>,
    by_key: Vec<u32>,
}

impl Covariates {
    /// Takes a row's key (which stays the same however the rows are ordered), the joint code of everything that must agree
    /// exactly, and columns of numbers.
    ///
    /// # Errors
    /// When lengths differ, a key comes twice, or a value is not finite or larger than 1e100 in size.
    pub fn new(keys: Vec<u128>, strata: Vec<u32>, numeric: Vec<Vec<f64>>) -> Result<Self, MatchingError> {
        let rows = keys.len();
        let rows_u32 = u32::try_from(rows).map_err(|_| MatchingError::TooManyRows { rows })?;
        if strata.len() != rows {
            return Err(MatchingError::StrataRows { strata: strata.len(), rows });
        }
        for (column, values) in numeric.iter().enumerate() {
            if values.len() != rows {
                return Err(MatchingError::ColumnRows { column, values: values.len(), rows });
            }
            // Written so that what is no number is refused too.
            if let Some(row) = values.iter().position(|value| !matches!(value.abs(), 0.0..=VALUE_MAX)) {
                return Err(MatchingError::Value { column, row });
            }
        }
        let mut by_key: Vec<u32> = (0..rows_u32).collect();
        by_key.sort_unstable_by_key(|&row| (keys[row as usize], row));
        for pair in by_key.windows(2) {
            let (row, other) = (pair[0] as usize, pair[1] as usize);
            if keys[row] == keys[other] {
                return Err(MatchingError::KeyTwice { row, other });
            }
        }
        Ok(Self { keys, strata, numeric, by_key })
    }

    /// People in the group.
    pub fn rows(&self) -> usize {
        self.keys.len()
    }

    /// Columns of numbers.
    pub fn columns(&self) -> usize {
        self.numeric.len()
    }

    /// Rows in rising order of their keys.
    pub(crate) fn by_key(&self) -> &[u32] {
        &self.by_key
    }

    pub(crate) fn numeric(&self) -> &[Vec<f64>] {
        &self.numeric
    }

    /// Strata in the order of the keys.
    pub(crate) fn strata_by_key(&self) -> Vec<u32> {
        self.by_key.iter().map(|&row| self.strata[row as usize]).collect()
    }

    /// Columns in the order of the keys.
    pub(crate) fn numeric_by_key(&self) -> Vec<Vec<f64>> {
        self.numeric.iter().map(|column| reordered(column, &self.by_key)).collect()
    }
}

/// A column in another order of its rows.
pub(crate) fn reordered(column: &[f64], order: &[u32]) -> Vec<f64> {
    order.iter().map(|&row| column[row as usize]).collect()
}

/// Both groups can be matched with each other.
pub(crate) fn check_pair(treated: &Covariates, candidates: &Covariates) -> Result<(), MatchingError> {
    for (group, of) in [(Group::Treated, treated), (Group::Candidates, candidates)] {
        if of.rows() == 0 {
            return Err(MatchingError::Empty { group });
        }
    }
    if treated.columns() != candidates.columns() {
        return Err(MatchingError::ColumnsDiffer { treated: treated.columns(), candidates: candidates.columns() });
    }
    let key_of = |&row: &u32| candidates.keys[row as usize];
    for &row in &treated.by_key {
        if let Ok(place) = candidates.by_key.binary_search_by_key(&treated.keys[row as usize], key_of) {
            let candidate = candidates.by_key[place] as usize;
            return Err(MatchingError::TreatedAmongCandidates { treated: row as usize, candidate });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;

    fn refused(keys: &[u128], strata: &[u32], column: &[f64]) -> MatchingError {
        Covariates::new(keys.to_vec(), strata.to_vec(), vec![vec![0.0; keys.len()], column.to_vec()]).err().unwrap()
    }

    #[test]
    fn what_is_no_group_is_refused_by_position() {
        assert_eq!(refused(&[1, 2], &[0], &[0.0, 0.0]), MatchingError::StrataRows { strata: 1, rows: 2 });
        assert_eq!(refused(&[1, 2], &[0, 0], &[0.0]), MatchingError::ColumnRows { column: 1, values: 1, rows: 2 });
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.1e100, -1.1e100] {
            assert_eq!(refused(&[1, 2], &[0, 0], &[0.0, bad]), MatchingError::Value { column: 1, row: 1 }, "{bad}");
        }
        assert_eq!(refused(&[7, 2, 7], &[0; 3], &[0.0; 3]), MatchingError::KeyTwice { row: 0, other: 2 });
        assert!(Covariates::new(vec![7, 2], vec![0, 0], vec![vec![-0.0, -1e100]]).is_ok());
    }

    #[test]
    fn groups_that_do_not_go_together_are_refused() {
        let group = |keys: &[u128], columns: usize| {
            Covariates::new(keys.to_vec(), vec![0; keys.len()], vec![vec![0.0; keys.len()]; columns]).unwrap()
        };
        let refused = |treated: &Covariates, candidates: &Covariates| check_pair(treated, candidates).err().unwrap();
        let good = group(&[5, 3, 9], 1);
        assert!(check_pair(&good, &group(&[4, 2], 1)).is_ok());
        assert_eq!(refused(&good, &group(&[], 1)), MatchingError::Empty { group: Group::Candidates });
        assert_eq!(refused(&group(&[], 1), &good), MatchingError::Empty { group: Group::Treated });
        assert_eq!(refused(&good, &group(&[1], 2)), MatchingError::ColumnsDiffer { treated: 1, candidates: 2 });
        assert_eq!(
            refused(&good, &group(&[8, 7, 9, 1], 1)),
            MatchingError::TreatedAmongCandidates { treated: 2, candidate: 2 }
        );
    }
}
