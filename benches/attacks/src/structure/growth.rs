//! Growth: from rows already named to those that share tokens with them.

use std::collections::HashMap;

use rayon::prelude::*;

use super::groups::{Groups, NONE};
use crate::score::Claims;

/// Rounds at most.
const ROUNDS: usize = 60;
/// Rows of a list's group that are looked at.
const GROUP_ROWS_MAX: usize = 4_000;
/// Least evidence over the list's size, in nats, and least lead over the next candidate.
const LEAD: f64 = 1.5;
/// What a token that should be shared and is not, or the reverse, takes away.
const CONTRADICTION: f64 = 3.0;

/// Names more rows, and drops names that their neighbours contradict.
pub(super) fn grow(encoded: &Groups, list: &Groups, seeds: &Claims) -> Claims {
    let mut claims = seeds.clone();
    for _ in 0..ROUNDS {
        let votes: Vec<_> = (0..encoded.columns.len()).map(|column| vote(encoded, list, column, &claims)).collect();
        let row = |row: usize| candidate(encoded, list, &votes, &claims, u32::try_from(row).unwrap_or(u32::MAX));
        let found: Vec<Option<(u32, f64)>> = (0..encoded.rows).into_par_iter().map(row).collect();
        let next = one_to_one(&found, &claims);
        if next == claims {
            break;
        }
        claims = next;
    }
    claims
}

/// What a group of the encoded side is on the list: the group that most named members are in, and how many are.
struct Vote {
    named: u32,
    for_it: u32,
    all: u32,
}

fn vote(encoded: &Groups, list: &Groups, column: usize, claims: &Claims) -> Vec<Option<Vote>> {
    let decide = |members: &Vec<u32>| {
        if members.len() < 2 {
            return None;
        }
        let mut counts: Vec<(u32, u32)> = Vec::new();
        for named in members.iter().filter_map(|row| claims.0[*row as usize]) {
            let group = list.columns[column].group_of[named as usize];
            match counts.iter_mut().find(|(known, _)| *known == group) {
                Some((_, count)) => *count += 1,
                None => counts.push((group, 1)),
            }
        }
        let all = counts.iter().map(|(_, count)| count).sum();
        let (named, for_it) = counts.into_iter().max_by_key(|(group, count)| (*count, *group))?;
        (named != NONE).then_some(Vote { named, for_it, all })
    };
    encoded.columns[column].members.par_iter().map(decide).collect()
}

fn candidate(
    encoded: &Groups,
    list: &Groups,
    votes: &[Vec<Option<Vote>>],
    claims: &Claims,
    row: u32,
) -> Option<(u32, f64)> {
    let own = claims.0[row as usize];
    let mut scores: HashMap<u32, f64> = HashMap::new();
    let mut possible = 0.0;
    let mut same_groups: Vec<u32> = Vec::new();
    for (column, votes) in votes.iter().enumerate() {
        let Some(group) = encoded.group(column, row) else { continue };
        let Some(vote) = &votes[group as usize] else { continue };
        // A row's own name does not speak for itself.
        let own_vote = u32::from(own.is_some_and(|named| list.group(column, named) == Some(vote.named)));
        let (for_it, all) = (vote.for_it - own_vote, vote.all - u32::from(own.is_some()));
        let members = &list.columns[column].members[vote.named as usize];
        if for_it * 2 <= all || members.len() > GROUP_ROWS_MAX {
            continue;
        }
        // The same rows share several tokens, as members of a household do: such tokens speak once.
        let (first, count) = (members[0], members.len());
        let key = first.wrapping_mul(31).wrapping_add(u32::try_from(count).unwrap_or(0));
        if same_groups.contains(&key) {
            continue;
        }
        same_groups.push(key);
        let worth = (list.rows as f64 / count as f64).ln();
        possible += worth;
        for named in members {
            *scores.entry(*named).or_insert(0.0) += worth;
        }
    }
    if same_groups.len() < 2 {
        return own.map(|named| (named, 0.0));
    }
    for (named, score) in &mut scores {
        *score -= (possible - *score) / 2.0;
        if list.presence[*named as usize] != encoded.presence[row as usize] {
            *score -= CONTRADICTION;
        }
    }
    let mut best: Vec<(f64, u32)> = scores.into_iter().map(|(named, score)| (score, named)).collect();
    best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let (score, named) = best[0];
    let next = best.get(1).map_or(0.0, |(score, _)| *score);
    let enough = (list.rows as f64).ln();
    if score >= enough && score - next >= LEAD {
        return Some((named, score));
    }
    None.or(own.map(|named| (named, 0.0)))
}

fn one_to_one(found: &[Option<(u32, f64)>], before: &Claims) -> Claims {
    let mut best: HashMap<u32, (f64, usize)> = HashMap::new();
    for (row, found) in found.iter().enumerate() {
        let Some((named, score)) = found else { continue };
        let kept = f64::from(u8::from(before.0[row] == Some(*named)));
        let entry = best.entry(*named).or_insert((score + kept, row));
        if score + kept > entry.0 {
            *entry = (score + kept, row);
        }
    }
    let mut claims = Claims(vec![None; found.len()]);
    for (named, (_, row)) in best {
        claims.0[row] = Some(named);
    }
    claims
}
