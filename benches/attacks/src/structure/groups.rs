//! Rows that share a token, column by column.

use std::collections::HashMap;
use std::hash::Hash;

use counterfoil::model::EncodedPeople;

/// No token.
pub(super) const NONE: u32 = u32::MAX;

/// One column of tokens: a match key's or a blocking rule's.
pub(super) struct Column {
    /// Group of each row, or [`NONE`].
    pub(super) group_of: Vec<u32>,
    /// Rows of each group, in ascending order.
    pub(super) members: Vec<Vec<u32>>,
}

/// The graph of rows and tokens of one side.
pub struct Groups {
    pub(super) rows: usize,
    pub(super) columns: Vec<Column>,
    /// Which tokens a row has: one bit a column.
    pub(super) presence: Vec<u64>,
}

impl Groups {
    /// Groups rows by equal tokens.
    pub fn of(people: &EncodedPeople) -> Self {
        let tokens = (0..people.match_keys()).map(|key| column(people.tokens(key)));
        let blocking = (0..people.blocking_rules()).map(|rule| column(people.blocking(rule)));
        Self::of_columns(tokens.chain(blocking).collect(), people.len())
    }

    /// Groups rows by equal tokens, given column by column.
    #[cfg(test)]
    pub(super) fn of_tokens(columns: &[Vec<Option<u32>>]) -> Self {
        let rows = columns.first().map_or(0, Vec::len);
        Self::of_columns(columns.iter().map(|tokens| column(tokens)).collect(), rows)
    }

    fn of_columns(columns: Vec<Column>, rows: usize) -> Self {
        let has =
            |row: usize| (0..).zip(&columns).map(|(bit, c)| u64::from(c.group_of[row] != NONE) << (bit % 64)).sum();
        let presence = (0..rows).map(has).collect();
        Self { rows, columns, presence }
    }

    /// As if a token that a row lacks were one of its own: every row then has them all.
    pub fn filled(mut self) -> Self {
        for column in &mut self.columns {
            for row in 0..self.rows {
                if column.group_of[row] == NONE {
                    column.group_of[row] = u32::try_from(column.members.len()).expect("no more groups than rows");
                    column.members.push(vec![u32::try_from(row).expect("fewer rows than 2^32")]);
                }
            }
        }
        self.presence.fill(0);
        self
    }

    /// As if no two rows shared a token: which tokens a row lacks is all that is left.
    pub fn unshared(mut self) -> Self {
        for column in &mut self.columns {
            column.members.clear();
            for row in 0..self.rows {
                if column.group_of[row] != NONE {
                    column.group_of[row] = u32::try_from(column.members.len()).expect("no more groups than rows");
                    column.members.push(vec![u32::try_from(row).expect("fewer rows than 2^32")]);
                }
            }
        }
        self
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Rows of the largest group of each column.
    pub fn largest(&self) -> Vec<usize> {
        self.columns.iter().map(|column| column.members.iter().map(Vec::len).max().unwrap_or(0)).collect()
    }

    /// Share of the rows whose group in this column has another row.
    pub fn shared(&self) -> Vec<f64> {
        let of = |column: &Column| column.members.iter().map(Vec::len).filter(|size| *size > 1).sum::<usize>();
        self.columns.iter().map(|column| of(column) as f64 / self.rows.max(1) as f64).collect()
    }

    pub(super) fn group(&self, column: usize, row: u32) -> Option<u32> {
        Some(self.columns[column].group_of[row as usize]).filter(|group| *group != NONE)
    }
}

fn column<T: Copy + Eq + Hash>(tokens: &[Option<T>]) -> Column {
    let mut groups: HashMap<T, u32> = HashMap::new();
    let mut members: Vec<Vec<u32>> = Vec::new();
    let group_of = (0u32..).zip(tokens).map(|(row, token)| {
        let Some(token) = token else { return NONE };
        let group = *groups.entry(*token).or_insert_with(|| {
            members.push(Vec::new());
            u32::try_from(members.len() - 1).expect("no more groups than rows")
        });
        members[group as usize].push(row);
        group
    });
    let group_of = group_of.collect();
    Column { group_of, members }
}
