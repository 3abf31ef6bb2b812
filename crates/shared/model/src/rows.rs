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
    /// Tokens that the row would have with a number that the person had before, ascending, each once: none, as a rule.
    pub former: Box<[FormerToken]>,
}

/// The token of one match key that a row would have with a number that the person had before: a superseded NHS number in
/// the place of the current one, the other parts as they are. A row with a former token has the current one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormerToken {
    /// Position of the match key in the schema.
    pub match_key: u16,
    /// The token.
    pub token: Token,
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
    /// Row and former token, ascending: few rows have any.
    former: Vec<(u32, FormerToken)>,
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
            former: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When the row has another shape than the schema and the variables: rows are checked where they are made.
    pub fn push(&mut self, row: &PersonRow) {
        let Encoding { tokens, blocking, clk, former } = &row.encoding;
        assert!(
            tokens.len() == self.tokens.len()
                && blocking.len() == self.blocking.len()
                && row.values.len() == self.values.len()
                && clk.as_ref().is_none_or(|clk| clk.words().len() == self.clk_words_per_row),
            "a row has the shape of its schema"
        );
        let number = self.refs.len();
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
        for former in former {
            self.push_former(number, *former);
        }
    }

    /// Adds a former token to a row that is there, after all that are there.
    ///
    /// # Panics
    /// When the row lacks the current token of that match key, or a former token that is there comes after this one or
    /// is the same: rows are checked where they are made.
    pub fn push_former(&mut self, row: usize, former: FormerToken) {
        let row_number = u32::try_from(row).expect("row numbers fit in 32 bits");
        let current = self.tokens.get(usize::from(former.match_key)).and_then(|column| column.get(row));
        assert!(
            current.is_some_and(Option::is_some) && self.former.last().is_none_or(|last| *last < (row_number, former)),
            "former tokens ascend, and stand beside a current one"
        );
        self.former.push((row_number, former));
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

    /// Every former token with its row, ascending.
    pub fn former(&self) -> &[(u32, FormerToken)] {
        &self.former
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

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tokens whose order is plain to see")]
mod tests {
    use super::*;

    fn schema() -> LinkageSchema {
        let text = "format = \"counterfoil-linkage-schema-2\"\nid = \"t\"\n\
            field = [{ name = \"n\", rule = \"nhs_number_v1\" }, { name = \"m\", rule = \"nhs_number_v1\" }, { name = \"s\", rule = \"sex_v1\" }]\n\
            match_key = [{ name = \"a\", parts = [\"s\"] }, { name = \"b\", parts = [\"n\", \"s\", \"m\", \"n\"] }]\n\
            [decision]\nlink_probability_min_permille = 500\nfalse_links_max_permille = 5\nrelationship = \"one-to-one\"\nrunner_up_margin_bits = 3\n\
            group_pairs_max = 10\n";
        LinkageSchema::parse(text).expect("valid")
    }

    fn row(current: bool, former: &[u8]) -> PersonRow {
        let token = |byte| Token::from_wire([byte; 16]);
        let former = former.iter().map(|byte| FormerToken { match_key: 1, token: token(*byte) });
        let encoding = Encoding {
            tokens: [None, current.then(|| token(9))].into(),
            blocking: [].into(),
            clk: None,
            former: former.collect(),
        };
        PersonRow { person: PersonRef(7), encoding, values: [].into() }
    }

    #[test]
    fn former_tokens_are_kept_by_row() {
        let mut people = EncodedPeople::new(&schema(), 0);
        for former in [&[][..], &[1, 3], &[1]] {
            people.push(&row(true, former));
        }
        let found: Vec<_> = people.former().iter().map(|(row, former)| (*row, former.token.as_bytes()[0])).collect();
        assert_eq!(found, [(1, 1), (1, 3), (2, 1)]);
    }

    #[test]
    fn former_tokens_out_of_order_or_twice_or_without_a_current_one_are_refused() {
        for (current, former) in [(true, &[3, 1][..]), (true, &[1, 1]), (false, &[1])] {
            let push = || EncodedPeople::new(&schema(), 0).push(&row(current, former));
            assert!(std::panic::catch_unwind(push).is_err(), "{former:?}");
        }
    }

    #[test]
    fn a_match_key_has_former_tokens_for_each_number_among_its_parts() {
        assert_eq!(schema().keys_with_numbers(), [1]);
        assert_eq!((schema().former_tokens_max(0), schema().former_tokens_max(1)), (0, 16));
    }
}
