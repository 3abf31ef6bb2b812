//! Attack by frequencies (Christen, Ranbaduge, Vatsalan and Schnell 2017).
//!
//! In: how the encoded side's rows fall into groups of equal values, column by column, and the list's values in
//! plaintext. Out: [`Claims`]. The commonest token stands for the commonest value, the next for the next.
//! Absent on purpose: the attacker's own key. Frequencies of plaintext need none.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use crate::score::Claims;

/// A column of equal values: group of each row.
pub type Grouped = Vec<Option<u32>>;

/// Groups rows by equal values, numbered by falling size; groups of one size in the order of their first rows. A value
/// that one row has alone tells nothing of frequencies and is left out.
pub fn grouped<T: Copy + Eq + Hash>(values: impl Iterator<Item = Option<T>>) -> Grouped {
    let mut numbers: HashMap<T, usize> = HashMap::new();
    let mut sizes: Vec<u32> = Vec::new();
    let mut rows: Vec<Option<usize>> = Vec::new();
    for value in values {
        rows.push(value.map(|value| {
            let number = *numbers.entry(value).or_insert(sizes.len());
            if number == sizes.len() {
                sizes.push(0);
            }
            sizes[number] += 1;
            number
        }));
    }
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|number| (std::cmp::Reverse(sizes[*number]), *number));
    let mut rank = vec![0; sizes.len()];
    for (place, number) in (0u32..).zip(order) {
        rank[number] = place;
    }
    rows.into_iter().map(|row| row.filter(|number| sizes[*number] > 1).map(|number| rank[number])).collect()
}

/// Aligns each column by rank and names, for each encoded row, the list's row that agrees in the rarest values.
///
/// A row that only shares values with many is not named: the attacker would be guessing among them.
pub fn attack(encoded: &[Grouped], list: &[Grouped]) -> Claims {
    let rows = encoded.first().map_or(0, Vec::len);
    let mut holders: Vec<BTreeMap<u32, Vec<u32>>> = Vec::with_capacity(list.len());
    for column in list {
        let mut by_rank: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, rank) in (0u32..).zip(column) {
            if let Some(rank) = rank {
                by_rank.entry(*rank).or_default().push(row);
            }
        }
        holders.push(by_rank);
    }
    let name = |row: usize| -> Option<u32> {
        let mut scores: BTreeMap<u32, f64> = BTreeMap::new();
        for (column, holders) in encoded.iter().zip(&holders) {
            let Some(rows) = column[row].and_then(|rank| holders.get(&rank)) else { continue };
            for named in rows {
                *scores.entry(*named).or_insert(0.0) += 1.0 / rows.len() as f64;
            }
        }
        let best = scores.iter().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0)))?;
        let ties = scores.values().filter(|score| *score >= best.1).count();
        (ties == 1).then_some(*best.0)
    };
    Claims((0..rows).map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&'static str]) -> Grouped {
        grouped(values.iter().map(|value| (!value.is_empty()).then_some(*value)))
    }

    #[test]
    fn ranks_follow_sizes() {
        assert_eq!(column(&["b", "a", "", "a", "c"]), [None, Some(0), None, Some(0), None]);
    }

    #[test]
    fn two_columns_of_known_frequencies_give_rows_away() {
        // Sizes 3 and 2 in both columns; one row on each side has the second value of the first column and the first of
        // the second.
        let encoded = [column(&["x", "x", "x", "y", "y"]), column(&["p", "p", "q", "p", "q"])];
        let list = [column(&["Y", "Y", "X", "X", "X"]), column(&["Q", "P", "Q", "P", "P"])];
        let claims = attack(&encoded, &list);
        assert_eq!(claims.0[3], Some(1));
        assert_eq!(claims.0[4], Some(0));
        assert_eq!(claims.0[0], None, "rows 0 and 1 are alike");
    }
}
