//! Plain text for people: numbers with separators, counts with their noun, aligned tables.
//!
//! In: numbers and short texts. Out: text. Absent on purpose: colour, terminal widths, locale.

use std::fmt::Write as _;

/// A whole number with a comma before every third digit: `1,234,567`.
pub fn thousands(number: u64) -> String {
    grouped(&number.to_string())
}

/// Digits with a comma before every third.
pub(crate) fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `£1,200`, `£12.50`
pub(crate) fn pence_in_pounds(pence: u128) -> String {
    let pounds = grouped(&(pence / 100).to_string());
    match pence % 100 {
        0 => format!("£{pounds}"),
        pence => format!("£{pounds}.{pence:02}"),
    }
}

/// A count and its noun: `1 row`, `2 rows`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// How a column of a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table with a head, indented by two spaces, each column as wide as its widest cell.
pub(crate) fn table(head: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let cell_width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(at, (label, _))| cell_width(at).unwrap_or(0).max(label.chars().count()))
        .collect();
    let mut text = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for ((cell, width), (_, align)) in cells.zip(&widths).zip(head) {
            let gap = " ".repeat(width - cell.chars().count());
            let (before, after) = if *align == Align::Left { ("", gap.as_str()) } else { (gap.as_str(), "") };
            write!(line, "  {before}{cell}{after}").expect("writing to a string cannot fail");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    };
    line(&mut head.iter().map(|(label, _)| *label));
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    text
}

/// Hexadecimal in groups of four digits, for reading out: `7207 d472 …`.
pub(crate) fn spoken(hexadecimal: &str) -> String {
    let groups: Vec<&str> =
        hexadecimal.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators_every_three_digits() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(count(1, "row", "rows"), "1 row");
        assert_eq!(count(1_000, "row", "rows"), "1,000 rows");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "12".to_owned()], vec!["énorme".to_owned(), "3".to_owned()]];
        let text = table(&[("name", Align::Left), ("n", Align::Right)], &rows);
        assert_eq!(text, "  name     n\n  a       12\n  énorme   3\n");
    }

    #[test]
    fn digests_are_read_out_in_fours() {
        assert_eq!(spoken("0123456789ab"), "0123 4567 89ab");
    }
}
