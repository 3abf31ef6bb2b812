//! Statements as lines of `key value`: what releases, receipts, manifests and agreements are written in before they are signed, and
//! what log entries commit to.
//!
//! In: fields, or a text. Out: the one text for these fields in this order, or the fields of a text that is spelled exactly so.
//! Absent on purpose: nesting, quoting, escapes, numbers and dates; whoever knows the record's type reads its values.

use std::fmt;

use thiserror::Error;

/// Longest value, in bytes.
pub const RECORD_VALUE_BYTES_MAX: usize = 4096;

/// Largest record: 512 KiB, so that a record and its signatures are a note.
pub const RECORD_BYTES_MAX: usize = 1 << 19;

const NAME_BYTES_MAX: usize = 64;

/// Why a record cannot be written or read. Values are never shown.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RecordError {
    /// Larger than [`RECORD_BYTES_MAX`].
    #[error("the record is larger than {RECORD_BYTES_MAX} bytes")]
    TooLarge,
    /// The last line is not ended.
    #[error("the record does not end in a line feed")]
    NoFinalLineFeed,
    /// The type's name is not of `a-z`, `0-9` and `-`.
    #[error("a record's type must have 1 to {NAME_BYTES_MAX} of a-z, 0-9 and '-'")]
    TypeName,
    /// The first line is not the type expected.
    #[error("line 1 of the record is not {expected}")]
    OtherType {
        /// Type expected.
        expected: String,
    },
    /// Not `key value` with a key of `a-z` and `_`.
    #[error("line {line} of the record must be a key of 1 to {NAME_BYTES_MAX} of a-z and '_', a space, and a value")]
    Key {
        /// Line, from 1.
        line: usize,
    },
    /// A value that could be read in two ways.
    #[error(
        "line {line} of the record: the value of {key} must have 1 to {RECORD_VALUE_BYTES_MAX} bytes of printable text, with no space at its ends"
    )]
    Value {
        /// Key of the line.
        key: String,
        /// Line, from 1.
        line: usize,
    },
    /// A key that this type of record does not have.
    #[error("line {line} of the record: {key} is not a key of this record")]
    UnknownKey {
        /// Key of the line.
        key: String,
        /// Line, from 1.
        line: usize,
    },
    /// A key that must be there.
    #[error("the record has no {key}")]
    Missing {
        /// Key looked for.
        key: String,
    },
    /// A key that may be there once only.
    #[error("line {line} of the record: {key} is there a second time")]
    Duplicate {
        /// Key looked for.
        key: String,
        /// Line of the second, from 1.
        line: usize,
    },
}

/// Writes a record, field by field in the order given.
#[derive(Clone, Debug)]
pub struct RecordWriter {
    text: String,
    lines: usize,
}

impl RecordWriter {
    /// Begins a record of a type, such as `counterfoil-release-1`. A type's name is checked with the first field.
    pub fn new(record_type: &str) -> Self {
        Self { text: format!("{record_type}\n"), lines: 1 }
    }

    /// Adds a line `key value`. The value may be anything that displays as printable text on one line.
    ///
    /// # Errors
    /// [`RecordError`] if the type, the key or the value breaks the rules, or the record grows too large.
    pub fn field(mut self, key: &str, value: impl fmt::Display) -> Result<Self, RecordError> {
        let value = value.to_string();
        let line = self.lines + 1;
        if line == 2 && !self.text.strip_suffix('\n').is_some_and(is_type_name) {
            return Err(RecordError::TypeName);
        }
        check_field(key, &value, line)?;
        self.text.extend([key, " ", &value, "\n"]);
        self.lines = line;
        if self.text.len() > RECORD_BYTES_MAX {
            return Err(RecordError::TooLarge);
        }
        Ok(self)
    }

    /// The record's text.
    pub fn finish(self) -> String {
        self.text
    }
}

/// The fields of a record, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    record_type: String,
    fields: Vec<(String, String)>,
}

impl Record {
    /// The type: the record's first line.
    pub fn record_type(&self) -> &str {
        &self.record_type
    }

    /// The value of a key that must be there exactly once.
    ///
    /// # Errors
    /// [`RecordError::Missing`] or [`RecordError::Duplicate`].
    pub fn one(&self, key: &str) -> Result<&str, RecordError> {
        self.one_or_none(key)?.ok_or_else(|| RecordError::Missing { key: key.to_owned() })
    }

    /// The value of a key that may be there once.
    ///
    /// # Errors
    /// [`RecordError::Duplicate`].
    pub fn one_or_none(&self, key: &str) -> Result<Option<&str>, RecordError> {
        let mut found = self.lines().filter(|&(_, name, _)| name == key);
        let first = found.next().map(|(_, _, value)| value);
        match found.next() {
            Some((line, ..)) => Err(RecordError::Duplicate { key: key.to_owned(), line }),
            None => Ok(first),
        }
    }

    /// All values of a key, in order.
    pub fn many(&self, key: &str) -> Vec<&str> {
        self.lines().filter(|&(_, name, _)| name == key).map(|(_, _, value)| value).collect()
    }

    /// Refuses a record with any key but these.
    ///
    /// # Errors
    /// [`RecordError::UnknownKey`] for the first other key.
    pub fn keys_known(&self, known: &[&str]) -> Result<(), RecordError> {
        match self.lines().find(|(_, key, _)| !known.contains(key)) {
            Some((line, key, _)) => Err(RecordError::UnknownKey { key: key.to_owned(), line }),
            None => Ok(()),
        }
    }

    /// The key and value of each line, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines().map(|(_, key, value)| (key, value))
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        (2..).zip(&self.fields).map(|(line, (key, value))| (line, key.as_str(), value.as_str()))
    }
}

/// Reads a record of the type expected.
///
/// # Errors
/// [`RecordError`] naming the line.
pub fn parse_record(text: &str, expected_type: &str) -> Result<Record, RecordError> {
    if text.len() > RECORD_BYTES_MAX {
        return Err(RecordError::TooLarge);
    }
    let mut lines = (1..).zip(crate::text::closed_lines(text).ok_or(RecordError::NoFinalLineFeed)?);
    if !is_type_name(expected_type) {
        return Err(RecordError::TypeName);
    }
    if lines.next().is_none_or(|(_, first)| first != expected_type) {
        return Err(RecordError::OtherType { expected: expected_type.to_owned() });
    }
    let mut fields = Vec::new();
    for (line, field) in lines {
        let (key, value) = field.split_once(' ').ok_or(RecordError::Key { line })?;
        check_field(key, value, line)?;
        fields.push((key.to_owned(), value.to_owned()));
    }
    Ok(Record { record_type: expected_type.to_owned(), fields })
}

fn is_type_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(allowed)
}

fn check_field(key: &str, value: &str, line: usize) -> Result<(), RecordError> {
    let key_allowed = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if !(1..=NAME_BYTES_MAX).contains(&key.len()) || !key.bytes().all(key_allowed) {
        return Err(RecordError::Key { line });
    }
    let length_allowed = (1..=RECORD_VALUE_BYTES_MAX).contains(&value.len());
    if !length_allowed || value.trim() != value || value.contains(is_unprintable) {
        return Err(RecordError::Value { key: key.to_owned(), line });
    }
    Ok(())
}

/// Characters that are not seen, or that change how the text around them is seen: people sign what they read.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' // soft hyphen, marks of direction and width
            | '\u{200b}'..='\u{200f}' // zero width and marks of direction
            | '\u{2028}'..='\u{202e}' // line and paragraph separators, embeddings and overrides
            | '\u{2060}'..='\u{206f}' // invisible operators, isolates
            | '\u{fff9}'..='\u{fffb}') // interlinear annotation
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    const TYPE: &str = "counterfoil-test-1";

    fn parse(fields: &str) -> Result<Record, RecordError> {
        parse_record(&format!("{TYPE}\n{fields}"), TYPE)
    }

    #[test]
    fn writes_one_line_a_field_and_reads_it_back() {
        let text = RecordWriter::new(TYPE)
            .field("agreement", "thrive-nel")
            .unwrap()
            .field("rows", 12)
            .unwrap()
            .field("party", "Bürö  of x")
            .unwrap();
        let text = text.field("party", "b").unwrap().finish();
        assert_eq!(text, "counterfoil-test-1\nagreement thrive-nel\nrows 12\nparty Bürö  of x\nparty b\n");
        let record = parse_record(&text, TYPE).unwrap();
        assert_eq!(record.record_type(), TYPE);
        assert_eq!(record.one("rows"), Ok("12"));
        assert_eq!(record.many("party"), ["Bürö  of x", "b"]);
        assert_eq!(record.many("absent"), Vec::<&str>::new());
        assert_eq!(record.one_or_none("absent"), Ok(None));
        assert_eq!(record.fields().count(), 4);
        assert_eq!(record.keys_known(&["agreement", "rows", "party", "other"]), Ok(()));
    }

    #[test]
    fn keys_are_counted() {
        let record = parse("a x\nb y\na z\n").unwrap();
        assert_eq!(record.one("a"), Err(RecordError::Duplicate { key: "a".into(), line: 4 }));
        assert_eq!(record.one_or_none("a"), Err(RecordError::Duplicate { key: "a".into(), line: 4 }));
        assert_eq!(record.one("c"), Err(RecordError::Missing { key: "c".into() }));
        assert_eq!(record.keys_known(&["a"]), Err(RecordError::UnknownKey { key: "b".into(), line: 3 }));
        assert_eq!(record.keys_known(&[]), Err(RecordError::UnknownKey { key: "a".into(), line: 2 }));
    }

    #[test]
    fn the_wrong_line_is_named() {
        let too_long = format!("a {}\n", "v".repeat(RECORD_VALUE_BYTES_MAX + 1));
        let long_key = format!("{} v\n", "k".repeat(65));
        for fields in ["\n", "a\n", " v\n", "A v\n", "a1 v\n", "a-b v\n", "é v\n", "a\tv\n", long_key.as_str()] {
            assert_eq!(parse(&format!("x y\n{fields}")), Err(RecordError::Key { line: 3 }), "{fields:?}");
        }
        for value in [
            "",
            " v",
            "v ",
            "\tv",
            "v\r",
            "v\u{0}",
            "v\u{7f}",
            "v\u{85}",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{feff}b",
            "a\u{2028}b",
            "v\u{a0}",
        ] {
            assert_eq!(
                parse(&format!("a {value}\n")),
                Err(RecordError::Value { key: "a".into(), line: 2 }),
                "{value:?}"
            );
        }
        assert_eq!(parse(&too_long), Err(RecordError::Value { key: "a".into(), line: 2 }));
        assert_eq!(parse("a v"), Err(RecordError::NoFinalLineFeed));
        assert_eq!(parse(&"a v\n".repeat(RECORD_BYTES_MAX / 4)), Err(RecordError::TooLarge));
        for text in ["", TYPE] {
            assert_eq!(parse_record(text, TYPE), Err(RecordError::NoFinalLineFeed));
        }
        for first in ["", "counterfoil-test-2", "counterfoil-test-1 ", "Counterfoil-test-1"] {
            assert_eq!(
                parse_record(&format!("{first}\na v\n"), TYPE),
                Err(RecordError::OtherType { expected: TYPE.into() })
            );
        }
        assert_eq!(parse_record("a b\n", "a b"), Err(RecordError::TypeName));
    }

    #[test]
    fn the_writer_refuses_what_the_reader_would() {
        let field = |key: &str, value: &str| RecordWriter::new(TYPE).field(key, value).map(RecordWriter::finish);
        for key in ["", "a b", "A", "a\n", "a9"] {
            assert_eq!(field(key, "v"), Err(RecordError::Key { line: 2 }));
        }
        for value in ["", "a\nb v", "v\n", " v", &"v".repeat(RECORD_VALUE_BYTES_MAX + 1)] {
            assert_eq!(field("a", value), Err(RecordError::Value { key: "a".into(), line: 2 }));
        }
        for record_type in ["", "Type", "a b", "a\nb c", "type\n"] {
            let refused = RecordWriter::new(record_type).field("a", "v").map(RecordWriter::finish);
            assert_eq!(refused, Err(RecordError::TypeName), "{record_type:?}");
        }
        let value = "v".repeat(RECORD_VALUE_BYTES_MAX);
        let full = (0..127).try_fold(RecordWriter::new(TYPE), |record, _| record.field("a", &value)).unwrap();
        assert_eq!(full.field("a", &value).map(RecordWriter::finish), Err(RecordError::TooLarge));
    }
}
