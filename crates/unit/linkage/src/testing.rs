//! Made-up people for the tests: a token is the HMAC of a small number under a fixed key.

use counterfoil_model::{BlockingToken, Clk, EncodedPeople, Encoding, LinkageSchema, PersonRef, PersonRow, Token};
use ring::hmac;

/// One row: a number for each match key, a number for each blocking rule, a CLK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) tokens: Vec<Option<u64>>,
    pub(crate) blocking: Vec<Option<u64>>,
    pub(crate) clk: Option<Clk>,
}

/// What a test's schema can differ in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SchemaOf {
    pub(crate) match_keys: usize,
    pub(crate) clk_bits: u32,
    pub(crate) blocking_rules: usize,
    pub(crate) similarity_min: u16,
    pub(crate) margin: u16,
    pub(crate) block_pairs_max: u64,
}

impl Default for SchemaOf {
    fn default() -> Self {
        Self { match_keys: 2, clk_bits: 256, blocking_rules: 2, similarity_min: 800, margin: 20, block_pairs_max: 100 }
    }
}

impl SchemaOf {
    pub(crate) fn build(self) -> LinkageSchema {
        let mut text = "format = \"counterfoil-linkage-schema-1\"\nid = \"test-1\"\n".to_owned();
        text += "[[field]]\nname = \"a\"\nrule = \"identifier_v1\"\n";
        let mut declare = |kind: &str, count: usize| {
            for nth in 0..count {
                let entry = format!("[[{kind}]]\nname = \"n{nth}\"\nparts = [\"a\"]\n");
                text.push_str(&entry);
            }
        };
        declare("match_key", self.match_keys);
        declare("blocking_rule", self.blocking_rules);
        if self.blocking_rules > 0 {
            text.push_str(&["[clk]\nbits = ", &self.clk_bits.to_string(), "\nencoding = \"plain-1\"\n"].concat());
            text += "feature = [{ part = \"a\", qgram = 2, bits = 100 }]\n";
        }
        let decision = format!(
            "[decision]\nclk_similarity_min_permille = {}\nrunner_up_margin_permille = {}\nblock_pairs_max = {}\n",
            self.similarity_min, self.margin, self.block_pairs_max
        );
        text.push_str(&decision);
        LinkageSchema::parse(&text).expect("a test's schema is valid")
    }
}

fn tag(number: u64) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"linkage tests"), &number.to_be_bytes())
}

pub(crate) fn token(number: u64) -> Token {
    Token::from_tag(&tag(number))
}

pub(crate) fn blocking(number: u64) -> BlockingToken {
    BlockingToken::from_tag(&tag(number))
}

/// A filter of 256 bits with 100 set, from `start` on. Two of them that start `k` apart share `100 - k` bits, so their
/// Dice is `1000 - 10 k` permille.
pub(crate) fn clk(start: usize) -> Clk {
    let mut words = vec![0_u64; 4];
    for bit in start..start + 100 {
        words[bit / 64] |= 1 << (bit % 64);
    }
    clk_of(words)
}

#[expect(clippy::disallowed_methods, reason = "the tests hold no key, and make CLKs whose similarity is known by hand")]
pub(crate) fn clk_of(words: Vec<u64>) -> Clk {
    Clk::from_keyed_bits_of_the_pseudonym_crate(words.into()).expect("a permitted length")
}

/// A row with a CLK that starts at `clk_start`.
pub(crate) fn row<const K: usize, const B: usize>(
    tokens: [Option<u64>; K],
    blocking: [Option<u64>; B],
    clk_start: Option<usize>,
) -> Row {
    Row { tokens: tokens.to_vec(), blocking: blocking.to_vec(), clk: clk_start.map(clk) }
}

pub(crate) fn people(schema: &LinkageSchema, rows: &[Row]) -> EncodedPeople {
    let mut people = EncodedPeople::new(schema, 0);
    for (number, row) in (0..).zip(rows) {
        people.push(&PersonRow {
            person: PersonRef(number),
            encoding: Encoding {
                tokens: row.tokens.iter().map(|number| number.map(token)).collect(),
                blocking: row.blocking.iter().map(|number| number.map(blocking)).collect(),
                clk: row.clk.clone(),
            },
            values: Box::new([]),
        });
    }
    people
}
