//! Times a linkage of made-up encodings: `cargo run --release -p counterfoil-linkage --example speed`.
//!
//! Each person holds nine tokens and five blocking tokens; the left side is the first people of the right side, seen
//! again with worn tokens and filters. Prints, by size: what was linked, how much of it truly, and the seconds.
#![allow(clippy::print_stdout, reason = "an example reports to whoever runs it")]

use std::time::Instant;

use counterfoil_linkage::{ClkRule, compare};
use counterfoil_model::{BlockingToken, Clk, EncodedPeople, Encoding, LinkageSchema, PersonRef, PersonRow, Token};
use ring::hmac;

const MATCH_KEYS: u64 = 9;
/// People to a block, by rule.
const BLOCK_PEOPLE: [u64; 5] = [4, 15, 40, 80, 120];
/// Chance in 100 that a token of the same person is there on each side, by key.
const AGREE: u64 = 40;
const FILTER_WORDS: u64 = 16;

fn main() {
    let schema = schema();
    println!("threads: {}", rayon::current_num_threads());
    println!(
        "{:>9} x {:<9} {:>9} {:>9} {:>9} {:>12} {:>9} {:>9} {:>9}",
        "left", "right", "by key", "by CLK", "false", "compared", "compare s", "decide s", "M/s"
    );
    for (left, right) in [(2_400, 180_000), (100_000, 100_000), (1_000_000, 1_000_000)] {
        run(&schema, left, right);
    }
}

fn run(schema: &LinkageSchema, left_rows: u64, right_rows: u64) {
    // Every third person on the left is nobody on the right.
    let left =
        people(schema, (0..left_rows).map(|nth| if nth % 3 == 2 { right_rows + nth } else { nth }), right_rows, 1);
    let right = people(schema, 0..right_rows, right_rows, 2);
    let rule = ClkRule::of(schema.decision());
    let started = Instant::now();
    let compared = compare(schema, &left, &right, rule, &|_| ()).expect("the shapes agree");
    let compare_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let linkage = compared.decide(rule).expect("the same rule");
    let decide_seconds = started.elapsed().as_secs_f64();
    let wrong = linkage.links.iter().filter(|link| link.left != link.right || link.left % 3 == 2).count();
    let by_key = linkage.links.len() as u64 - linkage.links_by_clk;
    println!(
        "{left_rows:>9} x {right_rows:<9} {by_key:>9} {:>9} {wrong:>9} {:>12} {compare_seconds:>9.3} {decide_seconds:>9.3} {:>9.1}",
        linkage.links_by_clk,
        linkage.comparisons,
        linkage.comparisons as f64 / compare_seconds / 1e6
    );
}

fn schema() -> LinkageSchema {
    let mut text = "format = \"counterfoil-linkage-schema-1\"\nid = \"speed-1\"\n[[field]]\nname = \"a\"\nrule = \"identifier_v1\"\n".to_owned();
    for key in 0..MATCH_KEYS {
        text.push_str(&["[[match_key]]\nname = \"k", &key.to_string(), "\"\nparts = [\"a\"]\n"].concat());
    }
    for rule in 0..BLOCK_PEOPLE.len() {
        text.push_str(&["[[blocking_rule]]\nname = \"b", &rule.to_string(), "\"\nparts = [\"a\"]\n"].concat());
    }
    text.push_str("[clk]\nbits = 1024\nencoding = \"diffused-1\"\ndiffusion = 10\nfeature = [{ part = \"a\", qgram = 2, bits = 365 }]\n");
    text.push_str(
        "[decision]\nclk_similarity_min_permille = 870\nrunner_up_margin_permille = 20\nblock_pairs_max = 1000000\n",
    );
    LinkageSchema::parse(&text).expect("the schema is valid")
}

fn people(schema: &LinkageSchema, persons: impl Iterator<Item = u64>, population: u64, side: u64) -> EncodedPeople {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"speed");
    let tag = |numbers: [u64; 3]| hmac::sign(&key, numbers.map(u64::to_be_bytes).as_flattened());
    let mut people = EncodedPeople::new(schema, 0);
    for person in persons {
        let luck = |of: u64| mix(mix(person * 64 + of) + side) % 100;
        let token = |nth: u64| (luck(nth) < AGREE).then(|| Token::from_tag(&tag([0, nth, person])));
        let block = |(nth, size): (u64, &u64)| {
            (luck(32 + nth) < 95)
                .then(|| BlockingToken::from_tag(&tag([1, nth, mix(person + nth) % (population / size)])))
        };
        people.push(&PersonRow {
            person: PersonRef(mix(person)),
            encoding: Encoding {
                tokens: (0..MATCH_KEYS).map(token).collect(),
                blocking: (0..).zip(&BLOCK_PEOPLE).map(block).collect(),
                clk: Some(clk(person, side)),
            },
            values: Box::new([]),
        });
    }
    people
}

/// Bits at random, of which the second side differs in about one in four: what a Dice of .92 leaves after diffusion.
#[expect(clippy::disallowed_methods, reason = "made-up bits, to be timed and nothing else")]
fn clk(person: u64, side: u64) -> Clk {
    let word = |nth: u64| {
        let at = |salt: u64| mix(mix(person + (salt << 48)) + nth);
        let worn = at(7) & at(8);
        at(0) ^ if side == 2 { worn } else { 0 }
    };
    Clk::from_keyed_bits_of_the_pseudonym_crate((0..FILTER_WORDS).map(word).collect()).expect("a permitted length")
}

/// `SplitMix64` (Steele, Lea and Flood 2014).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
