//! Agreed variables: closed codes, bounded integers and dates. There is no free text, and an integer of 32 bits cannot
//! hold an NHS number of England and Wales (a Scottish CHI number can fit, so bounds matter all the same).

use jiff::civil::Date;
use serde::Deserialize;

use crate::code::Code;
use crate::limits::CODES_MAX;

/// What a variable may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableKind {
    /// One of a closed list, in the agreement's order.
    Code(Vec<Code>),
    /// A whole number, both bounds included.
    Integer {
        /// Least value.
        min: i32,
        /// Greatest value.
        max: i32,
    },
    /// A day, both bounds included.
    Date {
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
}

/// One variable that an agreement lets a custodian send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name, which is also its header in the custodian's file and its column in the extract.
    pub name: Code,
    /// What it may hold.
    pub kind: VariableKind,
}

/// A value that fits its variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Position in the variable's list of codes.
    Code(u16),
    /// A whole number.
    Integer(i32),
    /// Days since 1970-01-01.
    Date(i32),
}

/// Why a value does not fit its variable. The value is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not in the agreed list.
    #[error("is not one of the codes that the agreement lists")]
    UnknownCode,
    /// Not a whole number.
    #[error("is not a whole number")]
    NotInteger,
    /// Outside the agreed bounds.
    #[error("is outside the bounds that the agreement sets")]
    OutOfBounds,
    /// Not a date.
    #[error("is not a date of the form 2026-11-21")]
    NotDate,
}

/// Days from 1970-01-01 to a date.
pub(crate) fn days_since_epoch(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    (date - epoch).get_days()
}

impl Variable {
    /// Reads a raw value; an empty one is missing. Codes are read in upper case too, as records have them.
    ///
    /// # Errors
    /// [`ValueError`] when the text is no value of this variable.
    pub fn parse_value(&self, text: &str) -> Result<Option<Value>, ValueError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let value = match &self.kind {
            VariableKind::Code(codes) => {
                // Codes are in lower case; records have 2A and 2a.
                let is = |code: &Code| code.as_str().eq_ignore_ascii_case(text);
                let position = codes.iter().position(is).ok_or(ValueError::UnknownCode)?;
                Value::Code(u16::try_from(position).expect("a variable has at most CODES_MAX codes"))
            }
            VariableKind::Integer { .. } => Value::Integer(text.parse().map_err(|_| ValueError::NotInteger)?),
            VariableKind::Date { .. } => {
                let date = text.len() == 10;
                let date: Date = date.then(|| text.parse().ok()).flatten().ok_or(ValueError::NotDate)?;
                Value::Date(days_since_epoch(date))
            }
        };
        self.check(value).map(Some)
    }

    /// Checks a value that came over a border.
    ///
    /// # Errors
    /// [`ValueError`] when it is of another kind or out of bounds.
    pub fn check(&self, value: Value) -> Result<Value, ValueError> {
        match (&self.kind, value) {
            (VariableKind::Code(codes), Value::Code(position)) if usize::from(position) < codes.len() => Ok(value),
            (VariableKind::Code(_), _) => Err(ValueError::UnknownCode),
            (VariableKind::Integer { min, max }, Value::Integer(number)) if (*min..=*max).contains(&number) => {
                Ok(value)
            }
            (VariableKind::Integer { .. }, Value::Integer(_)) => Err(ValueError::OutOfBounds),
            (VariableKind::Integer { .. }, _) => Err(ValueError::NotInteger),
            (VariableKind::Date { from, to }, Value::Date(days)) => {
                if (days_since_epoch(*from)..=days_since_epoch(*to)).contains(&days) {
                    Ok(value)
                } else {
                    Err(ValueError::OutOfBounds)
                }
            }
            (VariableKind::Date { .. }, _) => Err(ValueError::NotDate),
        }
    }

    /// The code at a position, for writing an extract that people can read.
    pub fn code(&self, position: u16) -> Option<&Code> {
        match &self.kind {
            VariableKind::Code(codes) => codes.get(usize::from(position)),
            _ => None,
        }
    }
}

/// A variable as an agreement file writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariableEntry {
    name: Code,
    kind: String,
    codes: Option<Vec<Code>>,
    min: Option<i32>,
    max: Option<i32>,
    from: Option<toml::value::Datetime>,
    to: Option<toml::value::Datetime>,
}

impl VariableEntry {
    /// Checks the entry; the error says what would be right.
    pub(crate) fn check(self) -> Result<Variable, String> {
        let name = self.name;
        let kind = match (self.kind.as_str(), self.codes, self.min, self.max, self.from, self.to) {
            ("code", Some(codes), None, None, None, None) => {
                let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
                if codes.is_empty() || codes.len() > CODES_MAX || distinct.len() != codes.len() {
                    return Err(format!("variable {name}: codes are 1 to {CODES_MAX}, each once"));
                }
                VariableKind::Code(codes)
            }
            ("integer", None, Some(min), Some(max), None, None) if min <= max => VariableKind::Integer { min, max },
            ("date", None, None, None, Some(from), Some(to)) => {
                let from = date_of(&from).ok_or_else(|| format!("variable {name}: from is a date"))?;
                let to = date_of(&to).ok_or_else(|| format!("variable {name}: to is a date"))?;
                if from > to {
                    return Err(format!("variable {name}: from is not after to"));
                }
                VariableKind::Date { from, to }
            }
            _ => {
                return Err(format!(
                    "variable {name}: write kind = \"code\" with codes, \"integer\" with min and max, or \"date\" with from and to"
                ));
            }
        };
        Ok(Variable { name, kind })
    }
}

/// A TOML date without time or offset.
pub(crate) fn date_of(datetime: &toml::value::Datetime) -> Option<Date> {
    if datetime.time.is_some() || datetime.offset.is_some() {
        return None;
    }
    let date = datetime.date?;
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(kind: VariableKind) -> Variable {
        Variable { name: Code::parse("v").expect("a code"), kind }
    }

    #[test]
    fn values_inside_their_variable_are_read() {
        let decile = variable(VariableKind::Integer { min: 1, max: 10 });
        let method = variable(VariableKind::Code(["21", "2a"].map(|code| Code::parse(code).expect("a code")).into()));
        for (raw, position) in [("21", 0), ("2a", 1), (" 2A ", 1)] {
            assert_eq!(method.parse_value(raw), Ok(Some(Value::Code(position))), "{raw}");
        }
        assert_eq!(decile.parse_value(" 10 "), Ok(Some(Value::Integer(10))));
        assert_eq!(decile.parse_value(""), Ok(None));
        let day = variable(VariableKind::Date { from: Date::constant(1969, 12, 31), to: Date::constant(2026, 1, 1) });
        assert_eq!(day.parse_value("1970-01-02"), Ok(Some(Value::Date(1))));
        assert_eq!(day.parse_value("1969-12-31"), Ok(Some(Value::Date(-1))));
        // By hand: 54 years of which 13 are leap years = 54 * 365 + 13.
        assert_eq!(day.parse_value("2024-01-01"), Ok(Some(Value::Date(19_723))));
    }

    #[test]
    fn everything_else_is_refused() {
        let decile = variable(VariableKind::Integer { min: 1, max: 10 });
        assert_eq!(decile.parse_value("11"), Err(ValueError::OutOfBounds));
        assert_eq!(decile.parse_value("0"), Err(ValueError::OutOfBounds));
        assert_eq!(decile.parse_value("9434765919"), Err(ValueError::NotInteger));
        assert_eq!(decile.parse_value("1.0"), Err(ValueError::NotInteger));
        assert_eq!(decile.check(Value::Code(1)), Err(ValueError::NotInteger));
        let day = variable(VariableKind::Date { from: Date::constant(2024, 1, 1), to: Date::constant(2024, 12, 31) });
        for bad in ["01/02/2024", "2024-02-30", "20240201", "2024-02-01T00:00", "+002024-02-01"] {
            assert_eq!(day.parse_value(bad), Err(ValueError::NotDate), "{bad}");
        }
        assert_eq!(day.parse_value("2023-12-31"), Err(ValueError::OutOfBounds));
        let code = variable(VariableKind::Code(vec![Code::parse("completed").expect("a code")]));
        for unknown in ["complete", "completed1", "com pleted", "comple\u{212a}ted"] {
            assert_eq!(code.parse_value(unknown), Err(ValueError::UnknownCode), "{unknown}");
        }
        assert_eq!(code.check(Value::Code(1)), Err(ValueError::UnknownCode));
    }
}
