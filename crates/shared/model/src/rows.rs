//! Rows of an extract as they are made, and people of an extract as they are compared.

use crate::schema::LinkageSchema;
use crate::token::{BlockingToken, Clk, PersonRef, Token};
use crate::variable::Value;

/// What stands for one person: one entry a match key, one a blocking rule, in the schema's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// One token a match key; `None` where a part was missing.
    pub tokens: Box<[Option<Token>]>,
    /// One blocking token a rule; `None` where a part was missing.
    pub blocking: Box<[Option<BlockingToken>]>,
    /// The CLK, if the schema has one and the row has its salt and at least one feature.
    pub clk: Option<Clk>,
}

/// One row of the people table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Joins the tables of this extract.
    pub person: PersonRef,
    /// What stands for the person.
    pub encoding: Encoding,
    /// One value an agreed variable, in the agreement's order.
    pub values: Box<[Option<Value>]>,
}

/// One row of the events table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Whose event.
    pub person: PersonRef,
    /// Position in the dataset's event codes.
    pub event: u16,
    /// Days since 1970-01-01.
    pub date: i32,
    /// One value an agreed variable, in the agreement's order.
    pub values: Box<[Option<Value>]>,
}

/// One row of the measures table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasureRow {
    /// Whose score.
    pub person: PersonRef,
    /// Position in the dataset's measures.
    pub measure: u16,
    /// Days since 1970-01-01.
    pub date: i32,
    /// The score.
    pub score: i32,
}

/// The people of one extract, column by column: one entry a row in every column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedPeople {
    refs: Vec<PersonRef>,
    tokens: Vec<Vec<Option<Token>>>,
    blocking: Vec<Vec<Option<BlockingToken>>>,
    clk_words_per_row: usize,
    clk_words: Vec<u64>,
    has_clk: Vec<bool>,
    values: Vec<Vec<Option<Value>>>,
}

impl EncodedPeople {
    /// No people yet, for this schema and this many agreed variables.
    pub fn new(schema: &LinkageSchema, variables: usize) -> Self {
        Self {
            refs: Vec::new(),
            tokens: vec![Vec::new(); schema.match_keys().len()],
            blocking: vec![Vec::new(); schema.blocking_rules().len()],
            clk_words_per_row: schema.clk().map_or(0, |clk| clk.bits as usize / 64),
            clk_words: Vec::new(),
            has_clk: Vec::new(),
            values: vec![Vec::new(); variables],
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When the row has another shape than the schema and the variables: rows are checked where they are made.
    pub fn push(&mut self, row: &PersonRow) {
        let Encoding { tokens, blocking, clk } = &row.encoding;
        assert!(
            tokens.len() == self.tokens.len()
                && blocking.len() == self.blocking.len()
                && row.values.len() == self.values.len()
                && clk.as_ref().is_none_or(|clk| clk.words().len() == self.clk_words_per_row),
            "a row has the shape of its schema"
        );
        self.refs.push(row.person);
        for (column, token) in self.tokens.iter_mut().zip(tokens) {
            column.push(*token);
        }
        for (column, token) in self.blocking.iter_mut().zip(blocking) {
            column.push(*token);
        }
        self.has_clk.push(clk.is_some());
        match clk {
            Some(clk) => self.clk_words.extend_from_slice(clk.words()),
            None => self.clk_words.resize(self.clk_words.len() + self.clk_words_per_row, 0),
        }
        for (column, value) in self.values.iter_mut().zip(&row.values) {
            column.push(*value);
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.refs.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty()
    }

    /// Number of columns of tokens.
    pub fn match_keys(&self) -> usize {
        self.tokens.len()
    }

    /// Number of columns of blocking tokens.
    pub fn blocking_rules(&self) -> usize {
        self.blocking.len()
    }

    /// The references, one a row.
    pub fn refs(&self) -> &[PersonRef] {
        &self.refs
    }

    /// The tokens of one match key, one a row.
    pub fn tokens(&self, match_key: usize) -> &[Option<Token>] {
        &self.tokens[match_key]
    }

    /// The blocking tokens of one rule, one a row.
    pub fn blocking(&self, rule: usize) -> &[Option<BlockingToken>] {
        &self.blocking[rule]
    }

    /// The words of a row's CLK.
    pub fn clk(&self, row: usize) -> Option<&[u64]> {
        let start = row * self.clk_words_per_row;
        self.has_clk[row].then(|| &self.clk_words[start..start + self.clk_words_per_row])
    }

    /// The values of one variable, one a row.
    pub fn values(&self, variable: usize) -> &[Option<Value>] {
        &self.values[variable]
    }
}
