//! Attack by patterns of bits (Christen, Vidanage, Ranbaduge and Schnell 2018).
//!
//! In: the target's filters; the list's q-grams in plaintext. Out: [`Claims`]. Bits that are set together more often than
//! chance belong to one frequent q-gram; how often says which. A row's q-grams then say who it is.
//! Absent on purpose: the attacker's own key, and any similarity.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::bits::BitRows;
use crate::people::Record;
use crate::score::Claims;

/// Q-grams looked for, commonest first.
const QGRAMS_MAX: usize = 120;
/// Q-grams commoner than this share of the rows set bits that are always set; rarer than the other are not told apart
/// from chance.
const SHARE_MAX: f64 = 0.95;
const SHARE_MIN: f64 = 0.02;
/// Fewest bits of a pattern.
const BITS_MIN: usize = 4;
/// Of the rows that have a pattern's bits, the share that has a further bit of it.
const TOGETHER: f64 = 0.97;
/// How far a pattern's frequency may be from a q-gram's, relative.
const FREQUENCY_TOLERANCE: f64 = 0.05;

/// A set of bits that stands for a q-gram, as the attacker believes.
struct Pattern {
    bits: Vec<usize>,
    qgram: usize,
}

/// Attacks.
pub fn attack(encoded: &BitRows, list: &[Record], rows: usize) -> Claims {
    let mut claims = Claims(vec![None; rows]);
    if encoded.is_empty() || list.is_empty() {
        return claims;
    }
    let people: Vec<BTreeSet<String>> = list.par_iter().map(qgrams).collect();
    let common = common_qgrams(&people);
    let patterns = mine(encoded, &common);
    if patterns.is_empty() {
        return claims;
    }
    // Who has which of the q-grams found: a row of the list is its set of them.
    let set_of = |person: &BTreeSet<String>| -> Vec<bool> {
        patterns.iter().map(|pattern| person.contains(&common[pattern.qgram].0)).collect()
    };
    let mut holders: BTreeMap<Vec<bool>, Vec<u32>> = BTreeMap::new();
    for (row, person) in (0u32..).zip(&people) {
        holders.entry(set_of(person)).or_default().push(row);
    }
    for place in 0..encoded.len() {
        let row = encoded.row(place);
        let has = |bit: &usize| row[bit / 64] >> (bit % 64) & 1 == 1;
        let set: Vec<bool> = patterns.iter().map(|pattern| pattern.bits.iter().all(has)).collect();
        if let Some([named]) = holders.get(&set).map(Vec::as_slice) {
            claims.0[encoded.rows[place] as usize] = Some(*named);
        }
    }
    claims
}

/// A person's q-grams by field, normalised roughly: the attacker knows the rules, and no secret is in them.
fn qgrams(person: &Record) -> BTreeSet<String> {
    let letters = |text: &str| text.to_uppercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let mut all = BTreeSet::new();
    for (field, place) in [('g', 2), ('f', 3), ('d', 5), ('p', 6)] {
        let text = letters(&person[place]);
        if text.is_empty() {
            continue;
        }
        let padded: Vec<char> = format!("_{text}_").chars().collect();
        all.extend(padded.windows(2).map(|pair| format!("{field}{}{}", pair[0], pair[1])));
    }
    all
}

/// Q-grams and their shares, commonest first.
fn common_qgrams(people: &[BTreeSet<String>]) -> Vec<(String, f64)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for qgram in people.iter().flatten() {
        *counts.entry(qgram).or_default() += 1;
    }
    let share = |count: usize| count as f64 / people.len() as f64;
    let mut common: Vec<(String, f64)> =
        counts.into_iter().map(|(qgram, count)| (qgram.to_owned(), share(count))).collect();
    common.retain(|(_, share)| (SHARE_MIN..=SHARE_MAX).contains(share));
    common.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    common.truncate(QGRAMS_MAX);
    common
}

/// Finds, q-gram by q-gram, bits that are set together as often as that q-gram occurs.
fn mine(encoded: &BitRows, common: &[(String, f64)]) -> Vec<Pattern> {
    let columns = encoded.columns();
    let rows = encoded.len() as f64;
    let count = |words: &[u64]| words.iter().map(|word| f64::from(word.count_ones())).sum::<f64>();
    let both = |left: &[u64], right: &[u64]| -> Vec<u64> { left.iter().zip(right).map(|(l, r)| l & r).collect() };
    let shares: Vec<f64> = columns.iter().map(|column| count(column) / rows).collect();
    let mut taken = vec![false; columns.len()];
    let mut patterns = Vec::new();
    for (qgram, (_, share)) in common.iter().enumerate() {
        // Start from each free bit that is set at least so often; keep the largest pattern of the right frequency.
        let grow = |first: usize| -> Option<(Vec<usize>, f64)> {
            let close = |value: f64| (value / share - 1.0).abs() <= FREQUENCY_TOLERANCE;
            let pair = |second: &usize| {
                let together = both(&columns[first], &columns[*second]);
                close(count(&together) / rows).then_some(together)
            };
            let second = (0..columns.len()).filter(|bit| *bit != first && !taken[*bit]).find_map(|bit| pair(&bit))?;
            let support = count(&second);
            let belongs = |bit: &usize| !taken[*bit] && count(&both(&columns[*bit], &second)) >= TOGETHER * support;
            let bits: Vec<usize> = (0..columns.len()).filter(belongs).collect();
            let support = bits.iter().fold(columns[first].clone(), |all, bit| both(&all, &columns[*bit]));
            let frequency = count(&support) / rows;
            (bits.len() >= BITS_MIN && close(frequency)).then_some((bits, frequency))
        };
        let firsts: Vec<usize> = (0..columns.len())
            .filter(|bit| !taken[*bit] && shares[*bit] >= *share && shares[*bit] <= share + 0.35)
            .collect();
        let found: Vec<(Vec<usize>, f64)> = firsts.par_iter().filter_map(|first| grow(*first)).collect();
        let best = found.into_iter().max_by(|a, b| {
            let nearer = (b.1 / share - 1.0).abs().total_cmp(&(a.1 / share - 1.0).abs());
            a.0.len().cmp(&b.0.len()).then(nearer).then(b.0.cmp(&a.0))
        });
        if let Some((bits, _)) = best {
            for bit in &bits {
                taken[*bit] = true;
            }
            patterns.push(Pattern { bits, qgram });
        }
    }
    patterns
}
