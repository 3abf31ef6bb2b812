//! Rows of one extract that are one person.
//!
//! In: an extract, its schema and a [`LinkRule`]. Out: [`Duplicates`]: groups of rows, with what the model expects of them.
//!
//! Everything up to the weighed pairs is the linkage of two files, with each two rows of the file met once. The decision is
//! another one, since a person may stand there any number of times: pairs have no rivals, so that a pair's probability is `o /
//! (1 + o)` of its own odds `o`, and the rule's margin has no meaning here. Pairs that are probable enough connect
//! rows; connected rows are a group.
//!
//! **Merges.** Pairs are taken by falling weight, and one that connects two rows which nothing had connected is a *merge*: a
//! group of `k` rows comes of `k - 1` of them, the best there are (Kruskal's spanning forest). What is expected to be
//! false is counted in merges, and other pairs of a group, whose rows are one person if the merges are right, not again.
//!
//! **Contested.** A row without a number can be connected to two whose numbers differ, and those two are two people. Which
//! of them it is cannot be told, so such a group is left apart as a whole, and reported.

use counterfoil_model::{EncodedPeople, LinkageSchema};

use crate::Progress;
use crate::agreements::GroupsLeftOut;
use crate::decide::{least_probability_ppm, own_probability_ppm, ppm};
use crate::error::{LinkageError, Side};
use crate::examine::{Examined, Files, check, examine};
use crate::linkage::{Link, LinkRule};
use crate::model::FittedModel;
use crate::probability::Weighed;
use crate::similarity::ClkScale;
use crate::weight::floor;

/// Which rows of an extract are one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicates {
    /// Rows that are one person, at least two, ascending; by their first row.
    pub groups: Vec<Vec<u32>>,
    /// Rows that are connected although two of them are two people by tokens that forbid a link; in the same order. They
    /// are in no group.
    pub contested: Vec<Vec<u32>>,
    /// The least probability that was asked for in the end, in millionths: the rule's own, or what it rose to.
    pub probability_min_ppm: u32,
    /// What the model expects of the groups.
    pub expected: ExpectedDuplicates,
    /// Pairs of rows that share a token, each once.
    pub candidate_pairs: u64,
    /// Tokens with values that too many pairs share.
    pub groups_left_out: Vec<GroupsLeftOut>,
    /// What was learnt from the extract.
    pub model: FittedModel,
}

/// What the model expects of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpectedDuplicates {
    /// Merges: rows of groups, but for one each. So many rows fewer are there if each person is to stand once.
    pub merges: u64,
    /// Of these, in thousandths, expected to be of two people.
    pub false_merges_milli: u64,
    /// Pairs in thousandths among the compared ones that are expected to be one person and are in no group together.
    pub missed_pairs_milli: u64,
    /// The same among the pairs that share no token, which nobody compared.
    pub missed_apart_milli: u64,
}

/// Finds the rows of one extract that are one person. Of the rule, the margin is not asked for.
///
/// # Errors
/// [`LinkageError`] when the extract has not the schema's shape.
pub fn duplicates(
    schema: &LinkageSchema,
    people: &EncodedPeople,
    rule: LinkRule,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Duplicates, LinkageError> {
    let scale = schema.clk().map(ClkScale::new);
    check(Side::Left, people, schema, scale.as_ref())?;
    let reach = LinkRule { runner_up_margin_bits: 0, ..rule }.reach();
    let examined = examine(schema, scale, Files::One(people), reach, progress);
    let merges = forest(&examined.pairs, people.len());
    let grouped = Grouped::within(&examined, people.len(), &merges, rule);

    let expected = ExpectedDuplicates {
        merges: grouped.merges.len() as u64,
        false_merges_milli: grouped.merges.iter().map(false_ppm).sum::<u64>() / 1_000,
        missed_pairs_milli: milli(grouped.missed(&examined.pairs) + examined.missed_below),
        missed_apart_milli: milli(examined.fit.apart.values().sum()),
    };
    Ok(Duplicates {
        groups: grouped.groups,
        contested: grouped.contested,
        probability_min_ppm: grouped.probability_min_ppm,
        expected,
        candidate_pairs: examined.candidate_pairs,
        groups_left_out: examined.agreements.left_out,
        model: examined.model,
    })
}

fn probability(weighed: &Weighed) -> f64 {
    weighed.odds / (1.0 + weighed.odds)
}

fn false_ppm(merge: &Link) -> u64 {
    u64::from(1_000_000_u32.saturating_sub(merge.probability_ppm))
}

fn milli(count: f64) -> u64 {
    floor(count * 1_000.0)
}

/// The pairs, of all that come by falling weight, which connect rows that those before them do not.
fn forest(pairs: &[Weighed], rows: usize) -> Vec<Link> {
    let mut connected = Connected::none(rows);
    let merging = pairs.iter().filter(|weighed| connected.connect(weighed.pair.left, weighed.pair.right));
    let merge = |weighed: &Weighed| Link {
        left: weighed.pair.left,
        right: weighed.pair.right,
        agreeing: weighed.agreeing,
        weight_millibits: weighed.pair.millibits,
        probability_ppm: ppm(probability(weighed)),
    };
    merging.map(merge).collect()
}

struct Grouped {
    groups: Vec<Vec<u32>>,
    contested: Vec<Vec<u32>>,
    /// Those of the groups.
    merges: Vec<Link>,
    probability_min_ppm: u32,
    /// By row, the number of its group.
    group_of: Vec<Option<u32>>,
}

impl Grouped {
    /// The groups of the merges that are probable enough. The least probability rises until no more of the merges within
    /// groups are expected to be false than the rule allows; as it rises, contested rows may fall apart into groups.
    fn within(examined: &Examined, rows: usize, merges: &[Link], rule: LinkRule) -> Self {
        let own = own_probability_ppm(rule);
        let mut least = own;
        loop {
            let taken = &merges[..merges.partition_point(|merge| merge.probability_ppm >= least)];
            let mut grouped = Self::of(examined, rows, taken);
            let needed = least_probability_ppm(&grouped.merges, rule);
            if needed <= least {
                grouped.probability_min_ppm = least.min(1_000_000);
                return grouped;
            }
            least = needed;
        }
    }

    fn of(examined: &Examined, rows: usize, merges: &[Link]) -> Self {
        let mut connected = Connected::none(rows);
        for merge in merges {
            connected.connect(merge.left, merge.right);
        }
        let mut grouped = Self {
            groups: Vec::new(),
            contested: Vec::new(),
            merges: Vec::new(),
            probability_min_ppm: 0,
            group_of: vec![None; rows],
        };
        for rows in connected.groups(merges) {
            if examined.agreements.differ_in(examined.evidence.forbidding, &rows) {
                grouped.contested.push(rows);
                continue;
            }
            let number = u32::try_from(grouped.groups.len()).expect("there are fewer groups than rows");
            for row in &rows {
                grouped.group_of[*row as usize] = Some(number);
            }
            grouped.groups.push(rows);
        }
        let is_of_a_group = |merge: &&Link| grouped.group_of[merge.left as usize].is_some();
        grouped.merges = merges.iter().filter(is_of_a_group).copied().collect();
        grouped
    }

    /// Pairs expected to be one person whose rows are in no group together.
    fn missed(&self, pairs: &[Weighed]) -> f64 {
        let together = |weighed: &&Weighed| {
            let group = self.group_of[weighed.pair.left as usize];
            group.is_some() && group == self.group_of[weighed.pair.right as usize]
        };
        pairs.iter().filter(|weighed| !together(weighed)).map(probability).sum()
    }
}

/// Which rows are connected (union and find, with paths halved). The least row of a group stands for it.
struct Connected {
    towards: Vec<u32>,
}

impl Connected {
    fn none(rows: usize) -> Self {
        Self { towards: (0..).take(rows).collect() }
    }

    fn least(&mut self, mut row: u32) -> u32 {
        while self.towards[row as usize] != row {
            let next = self.towards[row as usize];
            self.towards[row as usize] = self.towards[next as usize];
            row = next;
        }
        row
    }

    /// Says whether they were not connected before.
    fn connect(&mut self, one: u32, other: u32) -> bool {
        let (one, other) = (self.least(one), self.least(other));
        self.towards[one.max(other) as usize] = one.min(other);
        one != other
    }

    /// The rows of each group, ascending, by their first row.
    fn groups(&mut self, merges: &[Link]) -> Vec<Vec<u32>> {
        let mut rows: Vec<u32> = merges.iter().flat_map(|merge| [merge.left, merge.right]).collect();
        rows.sort_unstable();
        rows.dedup();
        let mut by_least: Vec<(u32, u32)> = rows.into_iter().map(|row| (self.least(row), row)).collect();
        by_least.sort_unstable();
        by_least
            .chunk_by(|one, next| one.0 == next.0)
            .map(|group| group.iter().map(|(_, row)| *row).collect())
            .collect()
    }
}

#[cfg(test)]
mod tests;
