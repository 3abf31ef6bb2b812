//! A file of CLKs, as clkhash and the Anonlink entity service write and take it: `{"clks": ["base64", ...]}`.
//!
//! In: a reader. Out: one CLK after the other; nothing is kept.
//! Absent on purpose: CLKs with blocks (`clknblocks`), and judging their content. Newlines inside the base64 text are let
//! through: the entity service's own sample has one.

use std::fmt;
use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Bytes of a CLK, at most, as of a schema's.
const CLK_BYTES_MAX: usize = crate::schema::BITS_MAX / 8;

/// Why a file of CLKs is refused.
#[derive(Debug, thiserror::Error)]
pub enum ClksError {
    /// Not JSON, or not of this form.
    #[error("is not {{\"clks\": [\"base64\", ...]}}: line {line}, column {column}")]
    NotOfForm {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Reading failed.
    #[error("cannot be read: {0}")]
    Read(std::io::Error),
    /// A CLK that is none.
    #[error("CLK {index} (counted from 0) {problem}")]
    Clk {
        /// Which one, from 0.
        index: u64,
        /// What is wrong.
        problem: &'static str,
    },
}

/// Reads a file of CLKs and hands each over, with its number from 0. Returns how many there were.
///
/// # Errors
/// [`ClksError`]; CLKs of different lengths are refused, since nothing can be compared then.
pub fn read_clks(input: impl Read, mut each: impl FnMut(u64, &[u8])) -> Result<u64, ClksError> {
    let mut state = State { each: &mut each, count: 0, length: None, problem: None, clk: Vec::new() };
    let mut json = serde_json::Deserializer::from_reader(std::io::BufReader::with_capacity(1 << 16, input));
    let read = Document(&mut state).deserialize(&mut json).and_then(|()| json.end());
    match (state.problem, read) {
        (Some(problem), _) => Err(ClksError::Clk { index: state.count, problem }),
        (None, Ok(())) => Ok(state.count),
        (None, Err(error)) if error.is_io() => Err(ClksError::Read(error.into())),
        (None, Err(error)) => Err(ClksError::NotOfForm { line: error.line(), column: error.column() }),
    }
}

struct State<'a> {
    each: &'a mut dyn FnMut(u64, &[u8]),
    count: u64,
    length: Option<usize>,
    problem: Option<&'static str>,
    clk: Vec<u8>,
}

impl State<'_> {
    fn take(&mut self, text: &str) -> Result<(), &'static str> {
        if text.len() > 2 * CLK_BYTES_MAX {
            return Err("is longer than any schema makes it");
        }
        let joined: String;
        let text = if text.contains(['\n', '\r']) {
            joined = text.chars().filter(|character| !matches!(character, '\n' | '\r')).collect();
            &joined
        } else {
            text
        };
        self.clk.clear();
        STANDARD.decode_vec(text, &mut self.clk).map_err(|_| "is not standard base64")?;
        if self.clk.is_empty() {
            return Err("is empty");
        }
        if *self.length.get_or_insert(self.clk.len()) != self.clk.len() {
            return Err("has another length than the first");
        }
        (self.each)(self.count, &self.clk);
        self.count += 1;
        Ok(())
    }
}

struct Document<'s, 'a>(&'s mut State<'a>);
struct List<'s, 'a>(&'s mut State<'a>);
struct One<'s, 'a>(&'s mut State<'a>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with clks")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            if key != "clks" {
                map.next_value::<IgnoredAny>()?;
            } else if std::mem::replace(&mut found, true) {
                return Err(A::Error::custom("clks twice"));
            } else {
                map.next_value_seed(List(self.0))?;
            }
        }
        if found { Ok(()) } else { Err(A::Error::custom("no clks")) }
    }
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of CLKs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(One(self.0))?.is_some() {}
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for One<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for One<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CLK in base64")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let taken = self.0.take(text);
        taken.map_err(|problem| {
            self.0.problem = Some(problem);
            E::custom(problem)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Vec<u8>>, ClksError> {
        let mut clks = Vec::new();
        let count = read_clks(text.as_bytes(), |index, clk| {
            assert_eq!(index, clks.len() as u64);
            clks.push(clk.to_vec());
        })?;
        assert_eq!(count, clks.len() as u64);
        Ok(clks)
    }

    #[test]
    fn clks_come_in_order_and_a_newline_inside_is_let_through() {
        assert_eq!(read(r#"{"clks": []}"#).unwrap(), Vec::<Vec<u8>>::new());
        assert_eq!(read(r#"{"clks": ["AQI=", "//8="]}"#).unwrap(), [[1, 2], [255, 255]]);
        assert_eq!(read("{\"other\": 1,\n\"clks\": [\"AQ\\nI=\"]}\n").unwrap(), [[1, 2]]);
    }

    #[test]
    fn anything_else_is_refused_by_its_place() {
        for (text, said) in [
            ("", "line 1"),
            ("[]", "line 1"),
            ("{}", "line 1"),
            (r#"{"clknblocks": []}"#, "line 1"),
            (r#"{"clks": "AQI="}"#, "line 1"),
            (r#"{"clks": [1]}"#, "line 1"),
            (r#"{"clks": [null]}"#, "line 1"),
            (r#"{"clks": ["AQI="], "clks": []}"#, "line 1"),
            (r#"{"clks": ["AQI="]} x"#, "line 1"),
            ("{\"clks\": [\"AQI=\"", "line 1"),
            (r#"{"clks": ["AQI=", "AQI"]}"#, "CLK 1 (counted from 0) is not standard base64"),
            (r#"{"clks": ["A_I="]}"#, "CLK 0 (counted from 0) is not standard base64"),
            (r#"{"clks": ["AQI=", "AQID"]}"#, "CLK 1 (counted from 0) has another length"),
            (r#"{"clks": [""]}"#, "CLK 0 (counted from 0) is empty"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
        let long = format!(r#"{{"clks": ["{}"]}}"#, "A".repeat(20_000));
        assert!(read(&long).unwrap_err().to_string().contains("longer than any schema"));
    }
}
