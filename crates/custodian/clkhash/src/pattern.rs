//! Patterns: Python's regular expressions, as far as they mean the same here.
//!
//! In: a pattern of a schema. Out: whether a whole value matches it, as `fullmatch` says. Literals, `.`, classes, `\d \w \s` and
//! their opposites, groups, alternatives and repetition are translated one by one, each character by its number, so nothing that
//! Rust's language means otherwise gets through.
//! Absent on purpose: anchors inside, back-references, looking around, flags, named groups, possessive repetition. Such a
//! pattern is refused with the schema. In a match of the whole value greedy and lazy are the same.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

/// A pattern that a whole value must match.
pub(crate) struct Pattern(Regex);

const PATTERN_BYTES_MAX: usize = 1_000;
/// Python's `isalnum` and the underscore; its spaces, which are four more than Unicode's; its decimal digits.
const WORD: &str = r"\p{L}\p{N}_";
const SPACE: &str = r"\s\x{1c}-\x{1f}";
const DIGIT: &str = r"\p{Nd}";

impl Pattern {
    pub(crate) fn parse(pattern: &str) -> Result<Self, String> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(format!("is longer than {PATTERN_BYTES_MAX} bytes"));
        }
        // At either end they say what a match of the whole value says anyway.
        let inner = pattern.strip_prefix('^').unwrap_or(pattern);
        let inner = match inner.strip_suffix('$') {
            Some(rest) if rest.chars().rev().take_while(|character| *character == '\\').count() % 2 == 0 => rest,
            _ => inner,
        };
        let mut translation = Translation { rest: inner.chars().peekable(), out: r"\A(?:".to_owned(), depth: 0 };
        translation.run()?;
        translation.out.push_str(r")\z");
        Regex::new(&translation.out).map(Self).map_err(|_| "is no regular expression, or one too large".to_owned())
    }

    pub(crate) fn matches(&self, value: &str) -> bool {
        self.0.is_match(value)
    }
}

struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    depth: usize,
}

impl Translation<'_> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(character) = self.rest.next() {
            match character {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => {
                    if self.rest.next_if_eq(&'?').is_some() && self.rest.next() != Some(':') {
                        return Err("has (?...), of which only (?:...) is possible here".to_owned());
                    }
                    self.depth += 1;
                    self.out.push_str("(?:");
                    continue;
                }
                ')' => {
                    self.depth = self.depth.checked_sub(1).ok_or("has a ) too many")?;
                    self.out.push(')');
                }
                '|' => {
                    self.out.push('|');
                    continue;
                }
                '.' => self.out.push_str(r"[^\n]"),
                '^' | '$' => return Err("has ^ or $ elsewhere than at its ends".to_owned()),
                '*' | '+' | '?' | '{' | '}' => return Err("repeats nothing, or twice".to_owned()),
                ']' => self.literal(']'),
                other => self.literal(other),
            }
            self.repetition()?;
        }
        if self.depth > 0 { Err("has a ( too many".to_owned()) } else { Ok(()) }
    }

    /// `*`, `+`, `?` or `{m,n}` after something, lazy or not.
    fn repetition(&mut self) -> Result<(), String> {
        let Some(sign) = self.rest.next_if(|next| matches!(next, '*' | '+' | '?' | '{')) else { return Ok(()) };
        if sign == '{' {
            let (min, comma, max) = (self.number(), self.rest.next_if_eq(&',').is_some(), self.number());
            let nothing = min.is_empty() && (max.is_empty() || !comma);
            if self.rest.next() != Some('}') || nothing {
                return Err("has { that begins no {m}, {m,}, {,n} or {m,n}: write \\{ for the sign itself".to_owned());
            }
            let min = if min.is_empty() { "0" } else { &min };
            let comma = if comma { "," } else { "" };
            write!(self.out, "{{{min}{comma}{max}}}").expect("a String takes all");
        } else {
            self.out.push(sign);
        }
        self.rest.next_if_eq(&'?');
        match self.rest.peek() {
            Some('*' | '+' | '?' | '{') => Err("repeats a repetition, or is possessive".to_owned()),
            _ => Ok(()),
        }
    }

    fn number(&mut self) -> String {
        std::iter::from_fn(|| self.rest.next_if(char::is_ascii_digit)).collect()
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.escaped()? {
            Escaped::Literal(character) => self.literal(character),
            Escaped::Class(class) => _ = write!(self.out, "[{class}]"),
            Escaped::NotClass(class) => _ = write!(self.out, "[^{class}]"),
        }
        Ok(())
    }

    fn escaped(&mut self) -> Result<Escaped, String> {
        let character = self.rest.next().ok_or("ends with a single \\")?;
        Ok(match character {
            'd' => Escaped::Class(DIGIT),
            'D' => Escaped::NotClass(DIGIT),
            'w' => Escaped::Class(WORD),
            'W' => Escaped::NotClass(WORD),
            's' => Escaped::Class(SPACE),
            'S' => Escaped::NotClass(SPACE),
            't' => Escaped::Literal('\t'),
            'n' => Escaped::Literal('\n'),
            'r' => Escaped::Literal('\r'),
            'f' => Escaped::Literal('\x0c'),
            'v' => Escaped::Literal('\x0b'),
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            other if other.is_ascii_alphanumeric() => return Err(format!("has \\{other}, which is not possible here")),
            other => Escaped::Literal(other),
        })
    }

    fn code(&mut self, digits: usize) -> Result<Escaped, String> {
        let mut code = 0;
        for _ in 0..digits {
            let digit = self.rest.next().and_then(|digit| digit.to_digit(16));
            code = code * 16 + digit.ok_or("has an escape with too few hexadecimal digits")?;
        }
        char::from_u32(code).map(Escaped::Literal).ok_or_else(|| "has an escape that is no character".to_owned())
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let character = self.rest.next().ok_or("has a [ that is never closed")?;
            let from = match character {
                ']' if !first => break,
                '\\' => match self.escaped()? {
                    Escaped::Literal(character) => character,
                    class => {
                        match class {
                            Escaped::NotClass(class) => _ = write!(self.out, "[^{class}]"),
                            Escaped::Class(class) => self.out.push_str(class),
                            Escaped::Literal(_) => {}
                        }
                        first = false;
                        if self.rest.peek() == Some(&'-') {
                            let mut ahead = self.rest.clone();
                            ahead.next();
                            if ahead.peek() != Some(&']') {
                                return Err("has a range from a class of characters".to_owned());
                            }
                        }
                        continue;
                    }
                },
                other => other,
            };
            first = false;
            self.literal(from);
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.peek() != Some(&']') {
                self.rest.next();
                let to = match self.rest.next().ok_or("has a [ that is never closed")? {
                    '\\' => match self.escaped()? {
                        Escaped::Literal(character) => character,
                        _ => return Err("has a range to a class of characters".to_owned()),
                    },
                    other => other,
                };
                self.out.push('-');
                self.literal(to);
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn literal(&mut self, character: char) {
        write!(self.out, r"\x{{{:x}}}", u32::from(character)).expect("a String takes all");
    }
}

enum Escaped {
    Literal(char),
    Class(&'static str),
    NotClass(&'static str),
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_values_as_in_python() {
        // Each by re.compile(pattern).fullmatch(value) of Python 3.11.
        for (pattern, yes, no) in [
            (r"[a-z][a-z][a-z]\d\d\d", &["abc123", "abc12٣"][..], &["abc1234", "ABC123", "xabc123", ""][..]),
            (r"^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$", &["SW1A 1AA", "M11AE"], &["SW1A  1AA", "sw1a 1aa", "SW1A 1AA\n"]),
            (r"a|bc*", &["a", "b", "bcc"], &["ac", "abc", ""]),
            (r"(?:a|b){2,}", &["ab", "bbb"], &["a", "abc"]),
            (r"(a){,2}", &["", "aa"], &["aaa"]),
            (r".+?", &["a", "é", "a b"], &["", "a\nb", "\n"]),
            (r"\w+", &["aé_9", "²", "Ⅳ", "ª"], &["", "a-b", "e\u{301}", "\u{203f}"]),
            (r"\s", &[" ", "\u{1c}", "\u{a0}", "\u{2003}"], &["", "\u{200b}", "a"]),
            (r"[^\W\d]+", &["ab", "é"], &["a1", "-"]),
            (r"[]a-]+", &["]", "a-", "-"], &["b", ""]),
            (r"[\]\-x&&y~~z]+", &["]-", "x", "&y", "~z"], &["a"]),
            (r"[[a]+", &["[a"], &["]"]),
            (r"\.\*\x41\u00e9\$", &[".*Aé$"], &["..Aé$"]),
            (r"a#b c", &["a#b c"], &["ab c"]),
            (r"", &[""], &["a"]),
            (r"a\$", &["a$"], &["a"]),
            (r"]", &["]"], &[""]),
            (r"[\w-]+", &["a-b"], &["a b"]),
        ] {
            let compiled = Pattern::parse(pattern).unwrap();
            for value in yes {
                assert!(compiled.matches(value), "{pattern} {value:?}");
            }
            for value in no {
                assert!(!compiled.matches(value), "{pattern} {value:?}");
            }
        }
    }

    #[test]
    fn what_may_mean_something_else_is_refused() {
        for pattern in [
            "(",
            ")",
            "a)",
            "(a",
            "[a",
            "[",
            "*",
            "a**",
            "a++",
            "a*+",
            "a{2}{3}",
            "a{",
            "a{x}",
            "a{,}",
            "{2}",
            r"\",
            r"\1",
            r"\b",
            r"\A",
            r"\Z",
            r"(a)\1",
            "(?i)a",
            "(?=a)",
            "(?!a)",
            "(?P<x>a)",
            "(?<=a)b",
            "a^b",
            "a$b",
            "(^a)",
            r"\xg",
            r"\u12",
            r"\U0000d800",
            r"[\d-z]",
            r"[a-\d]",
            "[z-a]",
            r"\p{L}",
            r"\N",
            "a{2000}{2}",
            "(a{1000}){1000}",
        ] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
        assert!(Pattern::parse(&"a".repeat(1_001)).is_err());
    }
}
