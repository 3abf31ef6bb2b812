//! Whole files: order, chunks, and everything that stops one.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::*;
use crate::schema::ClkhashSchema;
use crate::secret::Secret;

const SCHEMA: &str = r#"{"version": 3, "clkConfig": {"l": 64, "kdf": {"type": "HKDF"}}, "features": [
    {"identifier": "id", "ignored": true},
    {"identifier": "na\"me", "format": {"type": "string", "maxLength": 20},
     "hashing": {"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerToken": 3}}}]}"#;
const HEADER: &str = "id,\"na\"\"me\"\n";

fn encode(bytes: &[u8], header: Header) -> Result<String, FileError> {
    encode_from(bytes, header)
}

fn encode_from(input: impl Read + Send, header: Header) -> Result<String, FileError> {
    let schema = ClkhashSchema::parse(SCHEMA).unwrap();
    let encoder = Encoder::new(&schema, Secret::new(Zeroizing::new(b"s".to_vec())).unwrap()).unwrap();
    let mut out = Vec::new();
    encode_csv(&encoder, input, &mut out, header).map(|_| String::from_utf8(out).unwrap())
}

fn one(name: &str) -> String {
    let schema = ClkhashSchema::parse(SCHEMA).unwrap();
    let encoder = Encoder::new(&schema, Secret::new(Zeroizing::new(b"s".to_vec())).unwrap()).unwrap();
    STANDARD.encode(encoder.encode(&["", name]).unwrap())
}

/// A reader that gives one byte at a time, so that nothing depends on how reads fall.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(1);
        self.0.read(&mut buffer[..count])
    }
}

#[test]
fn the_file_is_what_python_writes() {
    let expected = format!(r#"{{"clks": ["{}", "{}", "{}"]}}"#, one("ab"), one("c,\"d\nx"), one(""));
    for rows in ["1,ab\n2,\"c,\"\"d\nx\"\n3,\n", "1,ab\r\n2,\"c,\"\"d\nx\"\r\n3,", "1,ab\r2,\"c,\"\"d\nx\"\r3,\"\""] {
        let file = format!("{HEADER}{rows}");
        assert_eq!(encode(file.as_bytes(), Header::Checked).unwrap(), expected);
        assert_eq!(encode_from(Slow(file.as_bytes()), Header::Checked).unwrap(), expected);
        assert_eq!(encode(format!("x\n{rows}").as_bytes(), Header::Ignored).unwrap(), expected);
        assert_eq!(encode(rows.as_bytes(), Header::Absent).unwrap(), expected);
    }
    for (file, header) in [(HEADER, Header::Checked), (HEADER.trim_end(), Header::Checked), ("", Header::Absent)] {
        assert_eq!(encode(file.as_bytes(), header).unwrap(), r#"{"clks": []}"#);
    }
}

#[test]
fn rows_stay_in_order_over_many_chunks() {
    let names: Vec<String> =
        (0..60_000_u32).map(|number| format!("N{}", number.wrapping_mul(2_654_435_761) % 9_973)).collect();
    for (quote, end) in [("", "\n"), ("\"", "\r\n"), ("", "\r"), ("\"", "\n")] {
        let mut file = HEADER.to_owned();
        for (number, name) in names.iter().enumerate() {
            // Every hundredth row has a line within a field, where there are quotes.
            let inner = if !quote.is_empty() && number % 100 == 0 { "\n" } else { "" };
            write!(file, "{number}{:0>40},{quote}{name}{inner}{quote}{end}", "").unwrap();
        }
        let clks: serde_json::Value = serde_json::from_str(&encode(file.as_bytes(), Header::Checked).unwrap()).unwrap();
        let clks = clks["clks"].as_array().unwrap();
        assert_eq!(clks.len(), names.len());
        for number in (0..names.len()).step_by(997) {
            let inner = if !quote.is_empty() && number % 100 == 0 { "\n" } else { "" };
            assert_eq!(clks[number], one(&format!("{}{inner}", names[number])));
        }
        // A row far behind is named by its line: 60,000 rows, one header, and 600 lines within fields.
        write!(file, "1,2,3{end}").unwrap();
        let Err(FileError::Rows { rows, more: false }) = encode(file.as_bytes(), Header::Checked) else { panic!() };
        assert_eq!(rows[0].line, 60_002 + if quote.is_empty() { 0 } else { 600 });
    }
}

#[test]
fn headers_that_are_not_the_schemas_are_refused() {
    for (file, said) in [
        ("", "is empty"),
        ("\n", "has 0 columns where the schema has 2"),
        ("id\n", "has 1 columns"),
        ("id,na\"me,x\n", "has 3 columns"),
        ("id,name\n", "column 2 is not \"na\"me\""),
        ("ID,na\"me\n", "column 1 is not \"id\""),
        (" id,na\"me\n", "column 1 is not"),
        ("\u{feff}id,na\"me\n", "byte-order mark"),
        ("id,\"name\n", "line 1: a quote is opened"),
        ("1,a\n", "column 1 is not \"id\""),
    ] {
        let error = encode(file.as_bytes(), Header::Checked).unwrap_err().to_string();
        assert!(error.contains(said), "{file:?}: {error}");
    }
    assert!(matches!(encode("\u{feff}1,a\n".as_bytes(), Header::Absent), Err(FileError::ByteOrderMark)));
}

#[test]
fn every_row_that_is_wrong_is_told_by_line_and_feature() {
    let long = "x".repeat(FIELD_CHARACTERS_MAX + 1);
    let mut file = HEADER.as_bytes().to_vec();
    for row in [b"1,good\n".as_slice(), b"\n", b"2\n", b"3,a,b\n", b"4,\"a\rb\"\n", b"5,\xff\n", b"\"\xff\n\",\xc3\n"] {
        file.extend_from_slice(row);
    }
    file.extend_from_slice(format!("{long},a\n9,{}\n\n", "y".repeat(21)).as_bytes());
    let Err(FileError::Rows { rows, more: false }) = encode(&file, Header::Checked) else { panic!() };
    let said: Vec<String> = rows.iter().map(|row| format!("{} {}", row.line, row.problem)).collect();
    let expected = [
        "3 the row is an empty line, which clkhash refuses: take it out",
        "4 the row has 1 fields where the schema has 2 features: is a quote missing around a comma?",
        "5 the row has 3 fields where the schema has 2 features: is a quote missing around a comma?",
        "6 na\"me: has a carriage return: what clkhash makes of it depends on how the file was opened; take it out",
        "8 na\"me: is not UTF-8 text: save the file as UTF-8",
        "9 id: is not UTF-8 text: save the file as UTF-8",
        "9 na\"me: is not UTF-8 text: save the file as UTF-8",
        "11 id: is longer than 131072 characters, the limit of clkhash",
        "12 na\"me: is longer than maxLength 20",
        "13 the row is an empty line, which clkhash refuses: take it out",
    ];
    // The carriage return in row 4 is a line of its own.
    assert_eq!(said, expected);
}

#[test]
fn a_character_in_two_fields_is_no_text() {
    let mut file = HEADER.as_bytes().to_vec();
    file.extend_from_slice(b"\xc3,\xa9\n,\xc3\n\xc3\xa9,\xc3\xa9\n");
    let Err(FileError::Rows { rows, .. }) = encode(&file, Header::Checked) else { panic!() };
    let of = |row: &BadRow| (row.line, row.problem.feature.clone().unwrap().to_string(), row.problem.reason.clone());
    let found: Vec<_> = rows.iter().map(of).collect();
    let expected = [(2, "id"), (2, "na\"me"), (3, "na\"me")];
    assert_eq!(found, expected.map(|(line, feature)| (line, feature.to_owned(), Reason::NotUtf8)));
}

#[test]
fn a_row_that_begins_with_a_byte_order_mark_keeps_it_wherever_chunks_are_cut() {
    let schema = SCHEMA.replace(
        "\"ignored\": true",
        "\"format\": {\"type\": \"string\"}, \"hashing\": \
        {\"comparison\": {\"type\": \"exact\"}, \"strategy\": {\"bitsPerToken\": 9}}",
    );
    let schema = ClkhashSchema::parse(&schema).unwrap();
    let encoder = Encoder::new(&schema, Secret::new(Zeroizing::new(b"s".to_vec())).unwrap()).unwrap();
    let expected = STANDARD.encode(encoder.encode(&["\u{feff}1", "a"]).unwrap());
    for row in ["\u{feff}1,a\n", "\u{feff}1,\"a\"\r\n"] {
        let (mut out, file) = (Vec::new(), format!("x\n{}", row.repeat(3 * CHUNK_BYTES / row.len())));
        encode_csv(&encoder, file.as_bytes(), &mut out, Header::Ignored).unwrap();
        let clks: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert!(clks["clks"].as_array().unwrap().iter().all(|clk| *clk == expected));
    }
}

#[test]
fn problems_have_a_bound_and_a_quote_an_end() {
    let file = format!("{HEADER}{}", "1\n".repeat(3 * PROBLEMS_MAX));
    let Err(FileError::Rows { rows, more: true }) = encode(file.as_bytes(), Header::Checked) else { panic!() };
    assert_eq!(rows.len(), PROBLEMS_MAX);
    for tail in ["2,\"b\n", "2,\"b", "2,\"b\"\"\n3,c\n"] {
        let file = format!("{HEADER}1,a\n{tail}");
        assert!(matches!(encode(file.as_bytes(), Header::Checked), Err(FileError::Unclosed { line: 3 })), "{tail}");
    }
    let file = format!("{HEADER}1,a\n2,\"{}", "b\n".repeat(ROW_BYTES_MAX));
    assert!(matches!(encode(file.as_bytes(), Header::Checked), Err(FileError::Unclosed { .. })));
    let file = format!("{HEADER}1,{}", "b".repeat(2 * ROW_BYTES_MAX));
    assert!(matches!(encode(file.as_bytes(), Header::Checked), Err(FileError::Unclosed { line: 2 })));
}

#[test]
fn a_reader_or_writer_that_fails_is_told() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("full"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    assert!(matches!(encode_from(Broken, Header::Checked), Err(FileError::Read(_))));
    assert!(matches!(encode_from(HEADER.as_bytes().chain(Broken), Header::Checked), Err(FileError::Read(_))));
    let schema = ClkhashSchema::parse(SCHEMA).unwrap();
    let encoder = Encoder::new(&schema, Secret::new(Zeroizing::new(b"s".to_vec())).unwrap()).unwrap();
    let written = encode_csv(&encoder, HEADER.as_bytes(), &mut Broken, Header::Checked);
    assert!(matches!(written, Err(FileError::Write(_))));
}
