//! Search for what the encoded side's patterns can be on the list.
//!
//! In: both sides. Out: names for rows that can be one row of the list only, or one of very few.
//!
//! Two rows share a certain set of columns and no others, and so they do on the list, whoever else is on it. Every
//! encoded row therefore stands for a row of the list that has as many neighbours of each such type, and whose
//! neighbours can in turn be those of the encoded row (arc consistency, Mackworth 1977). With equal records the right
//! row is never lost. Absent on purpose: tolerance for records that differ; growth has it.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use super::groups::Groups;
use crate::score::Claims;

/// Groups of more rows are not looked at pair by pair.
const GROUP_ROWS_MAX: usize = 100;
/// Rows of the list that an encoded row may stand for; with more it is left open.
const CANDIDATES_MAX: usize = 4_000;
/// Rounds at most.
const ROUNDS: usize = 25;
/// Among so few the attacker guesses.
const GUESS_MAX: usize = 4;

/// Neighbours of a row: the other row, and which columns both share.
type Neighbours = Vec<(u32, u64)>;

/// A row's kind of neighbour: shared columns, and what the other row has.
type Kind = (u64, u64);

/// Rows of the list that an encoded row may stand for, ascending; nothing where they are too many.
type Candidates = Option<Vec<u32>>;

/// Names rows; those already named stay. Of those known, what they can be is settled.
pub(super) fn claims(encoded: &Groups, list: &Groups, before: &Claims, known: &[(u32, u32)]) -> Claims {
    let (ours, theirs) = (neighbours(encoded), neighbours(list));
    let mut candidates = first_candidates((encoded, &ours), (list, &theirs));
    for (row, named) in known {
        candidates[*row as usize] = Some(vec![*named]);
    }
    for _ in 0..ROUNDS {
        let taken: HashMap<u32, usize> =
            candidates.iter().enumerate().filter_map(|(row, c)| Some((only(c.as_ref()?)?, row))).collect();
        let next: Vec<Candidates> = (0..encoded.rows)
            .into_par_iter()
            .map(|row| {
                let possible = candidates[row].as_ref()?;
                let fits = |named: &&u32| {
                    taken.get(*named).is_none_or(|holder| *holder == row)
                        && ours[row].iter().all(|(other, shared)| {
                            let Some(others) = &candidates[*other as usize] else { return true };
                            theirs[**named as usize]
                                .iter()
                                .any(|(next, type_)| type_ == shared && others.binary_search(next).is_ok())
                        })
                };
                Some(possible.iter().filter(fits).copied().collect())
            })
            .collect();
        if next == candidates {
            break;
        }
        candidates = next;
    }
    let mut claims = before.clone();
    let mut used: HashSet<u32> = claims.0.iter().flatten().copied().collect();
    for guess in 1..=GUESS_MAX {
        for (row, possible) in candidates.iter().enumerate() {
            let Some(possible) = possible else { continue };
            if claims.0[row].is_none() && possible.len() == guess {
                let free = possible.iter().find(|named| !used.contains(named));
                if let Some(named) = free {
                    claims.0[row] = Some(*named);
                    used.insert(*named);
                }
            }
        }
    }
    claims
}

fn only(candidates: &Vec<u32>) -> Option<u32> {
    if let [one] = candidates.as_slice() { Some(*one) } else { None }
}

fn neighbours(side: &Groups) -> Vec<Neighbours> {
    let of_row = |row: usize| {
        let mut shared: BTreeMap<u32, u64> = BTreeMap::new();
        let own = u32::try_from(row).expect("fewer rows than 2^32");
        for column in 0..side.columns.len() {
            let Some(group) = side.group(column, own) else { continue };
            let members = &side.columns[column].members[group as usize];
            if members.len() <= GROUP_ROWS_MAX {
                for other in members.iter().filter(|other| **other != own) {
                    *shared.entry(*other).or_default() |= 1 << (column % 64);
                }
            }
        }
        shared.into_iter().collect()
    };
    (0..side.rows).into_par_iter().map(of_row).collect()
}

fn kinds(side: &Groups, neighbours: &Neighbours) -> BTreeMap<Kind, usize> {
    let mut kinds = BTreeMap::new();
    for (other, shared) in neighbours {
        *kinds.entry((*shared, side.presence[*other as usize])).or_default() += 1;
    }
    kinds
}

/// Rows of the list that have the same tokens and enough neighbours of every kind.
fn first_candidates(ours: (&Groups, &[Neighbours]), theirs: (&Groups, &[Neighbours])) -> Vec<Candidates> {
    let list_kinds: Vec<BTreeMap<Kind, usize>> =
        theirs.1.par_iter().map(|neighbours| kinds(theirs.0, neighbours)).collect();
    let mut by_presence: HashMap<u64, Vec<u32>> = HashMap::new();
    let mut by_kind: HashMap<(u64, Kind), Vec<u32>> = HashMap::new();
    for ((row, presence), kinds) in (0u32..).zip(&theirs.0.presence).zip(&list_kinds) {
        by_presence.entry(*presence).or_default().push(row);
        for kind in kinds.keys() {
            by_kind.entry((*presence, *kind)).or_default().push(row);
        }
    }
    let nobody = Vec::new();
    (0..ours.0.rows)
        .into_par_iter()
        .map(|row| {
            let presence = ours.0.presence[row];
            let kinds = kinds(ours.0, &ours.1[row]);
            let rarest = kinds
                .keys()
                .map(|kind| by_kind.get(&(presence, *kind)).unwrap_or(&nobody))
                .min_by_key(|rows| rows.len())
                .unwrap_or_else(|| by_presence.get(&presence).unwrap_or(&nobody));
            let enough = |named: &&u32| {
                let has = &list_kinds[**named as usize];
                kinds.iter().all(|(kind, count)| has.get(kind).is_some_and(|theirs| theirs >= count))
            };
            let possible: Vec<u32> = rarest.iter().filter(enough).copied().collect();
            (possible.len() <= CANDIDATES_MAX).then_some(possible)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One side: for each column the rows that share a token, in lists; other rows have one of their own.
    fn side(rows: u32, columns: &[&[&[u32]]]) -> Groups {
        let of_column = |shared: &&[&[u32]]| -> Vec<Option<u32>> {
            let token =
                |row: u32| shared.iter().find(|group| group.contains(&row)).map_or(row, |group| 1_000 + group[0]);
            (0..rows).map(|row| Some(token(row))).collect()
        };
        Groups::of_tokens(&columns.iter().map(of_column).collect::<Vec<_>>())
    }

    fn search(encoded: &Groups, list: &Groups) -> Vec<Option<u32>> {
        claims(encoded, list, &Claims(vec![None; encoded.len()]), &[]).0
    }

    #[test]
    fn a_path_with_two_ends_that_differ_is_named() {
        // 0 and 1 share the first column, 1 and 2 the second; on the list, 5 and 3, and 3 and 7. Four more pairs share
        // the first column alone, so that its members have other candidates at first.
        let encoded = side(3, &[&[&[0, 1]], &[&[1, 2]]]);
        let list = side(16, &[&[&[3, 5], &[8, 9], &[10, 11], &[12, 13], &[14, 15]], &[&[3, 7]]]);
        assert_eq!(search(&encoded, &list), [Some(5), Some(3), Some(7)]);
    }

    #[test]
    fn a_pattern_that_many_have_is_not_named() {
        // A pair like five others: ten candidates each.
        let encoded = side(2, &[&[&[0, 1]]]);
        let list = side(12, &[&[&[0, 1], &[2, 3], &[4, 5], &[6, 7], &[8, 9], &[10, 11]]]);
        assert_eq!(search(&encoded, &list), [None, None]);
    }

    #[test]
    fn what_is_known_of_one_names_the_other() {
        let encoded = side(2, &[&[&[0, 1]]]);
        let list = side(12, &[&[&[0, 1], &[2, 3], &[4, 5], &[6, 7], &[8, 9], &[10, 11]]]);
        let before = Claims(vec![Some(7), None]);
        assert_eq!(claims(&encoded, &list, &before, &[(0, 7)]).0, [Some(7), Some(6)]);
    }

    #[test]
    fn a_pattern_that_nobody_has_is_not_named() {
        let encoded = side(2, &[&[&[0, 1]], &[]]);
        let list = side(6, &[&[], &[&[0, 1], &[2, 3]]]);
        assert_eq!(search(&encoded, &list), [None, None]);
    }
}
