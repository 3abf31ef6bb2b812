//! Superseded numbers: one token for one person's number, whichever of them a row holds.
//!
//! In: the token columns of one match key, and the former tokens that the rows of either side declare beside their current
//! one. Out: the columns with every token replaced by one that stands for all that belong together, so that a pair agrees
//! when any token of the left row is any of the right row.
//!
//! **What is not clear is left alone.** A former token that two rows of a side declare beside different current ones, or
//! that is another row's current one on the side that declares it, says nothing for certain: that side's word on it is
//! not taken, and it is counted. That the *other* side holds both numbers is what a merge of two records looks like from
//! there, and is not unclear.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use counterfoil_model::{EncodedPeople, Token};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

/// The columns of one match key, ready to be joined.
pub(crate) struct Resolved<'a> {
    pub(crate) left: Cow<'a, [Option<Token>]>,
    pub(crate) right: Cow<'a, [Option<Token>]>,
    /// Former tokens that say nothing for certain.
    pub(crate) unclear: u64,
}

/// Resolves the former tokens of one match key. Without any, the columns are what they were.
pub(crate) fn resolved<'a>(left: &'a EncodedPeople, right: &'a EncodedPeople, match_key: usize) -> Resolved<'a> {
    let (of_left, unclear_left) = declared(left, match_key);
    let (of_right, unclear_right) = declared(right, match_key);
    let stands_for = stand_ins(of_left.into_iter().chain(of_right));
    let replaced = |column: &'a [Option<Token>]| {
        if stands_for.is_empty() {
            return Cow::Borrowed(column);
        }
        let replace = |token: &Token| stands_for.get(token).copied().unwrap_or(*token);
        Cow::Owned(column.par_iter().map(|token| token.as_ref().map(replace)).collect())
    };
    Resolved {
        left: replaced(left.tokens(match_key)),
        right: replaced(right.tokens(match_key)),
        unclear: unclear_left + unclear_right,
    }
}

/// Former and current tokens that belong together by the word of one side, and how many former ones are not clear.
fn declared(people: &EncodedPeople, match_key: usize) -> (Vec<(Token, Token)>, u64) {
    let column = people.tokens(match_key);
    let of_key = people.former().iter().filter(|(_, former)| usize::from(former.match_key) == match_key);
    let mut declared: Vec<(Token, Token)> =
        of_key.filter_map(|(row, former)| Some((former.token, column[*row as usize]?))).collect();
    if declared.is_empty() {
        return (Vec::new(), 0);
    }
    declared.sort_unstable();
    declared.dedup();
    let former: HashSet<Token> = declared.iter().map(|(former, _)| *former).collect();
    let held: HashSet<Token> = column.par_iter().flatten().filter(|token| former.contains(token)).copied().collect();
    let mut clear = Vec::with_capacity(declared.len());
    let mut unclear = 0;
    for of_one in declared.chunk_by(|one, next| one.0 == next.0) {
        match of_one {
            [only] if !held.contains(&only.0) => clear.push(*only),
            _ => unclear += 1,
        }
    }
    (clear, unclear)
}

/// By token: the least of those that it belongs together with, in however many steps.
fn stand_ins(pairs: impl Iterator<Item = (Token, Token)>) -> HashMap<Token, Token> {
    let mut parents: BTreeMap<Token, Token> = BTreeMap::new();
    for (one, other) in pairs {
        let (one, other) = (least(&mut parents, one), least(&mut parents, other));
        parents.insert(one.max(other), one.min(other));
    }
    let tokens: Vec<Token> = parents.keys().copied().collect();
    tokens.into_iter().map(|token| (token, least(&mut parents, token))).collect()
}

/// The end of a token's way up, which is made short for the next time.
fn least(parents: &mut BTreeMap<Token, Token>, token: Token) -> Token {
    let mut end = token;
    while let Some(parent) = parents.get(&end).filter(|parent| **parent != end) {
        end = *parent;
    }
    let mut passed = token;
    while let Some(next) = parents.insert(passed, end).filter(|next| *next != end && *next != passed) {
        passed = next;
    }
    end
}

#[cfg(test)]
mod tests;
