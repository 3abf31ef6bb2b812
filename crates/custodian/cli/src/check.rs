//! A numbered list of checks, each passed or failed, in words.
//!
//! In: what was checked and how it went. Out: the list for people and for machines, and the first that failed.
//! Absent on purpose: stopping at the first failure, unless nothing after it can be checked; then that is said.

use std::fmt;

use serde::Serialize;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What is checked, in plain words.
    pub name: String,
    /// Whether it holds.
    pub ok: bool,
    /// What is wrong and what to do, if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// All checks, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// Adds a check.
    pub fn push(&mut self, name: impl Into<String>, result: Result<(), String>) {
        self.0.push(Check { name: name.into(), ok: result.is_ok(), problem: result.err() });
    }

    /// Adds a check, and gives its value if it holds.
    pub fn keep<T, E: fmt::Display>(&mut self, name: impl Into<String>, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => {
                self.push(name, Ok(()));
                Some(value)
            }
            Err(error) => {
                self.push(name, Err(error.to_string()));
                None
            }
        }
    }

    /// The checks.
    pub fn all(&self) -> &[Check] {
        &self.0
    }

    /// The first that failed.
    pub fn first_failed(&self) -> Option<&Check> {
        self.0.iter().find(|check| !check.ok)
    }
}

impl fmt::Display for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, check) in (1..).zip(&self.0) {
            writeln!(f, "{number:>3}. {:<6}  {}", if check.ok { "ok" } else { "FAILED" }, check.name)?;
            if let Some(problem) = &check.problem {
                writeln!(f, "             {problem}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_numbered_and_names_the_first_failure() {
        let mut checks = Checks::default();
        assert_eq!(checks.keep("one", Ok::<_, String>(5)), Some(5));
        assert_eq!(checks.keep("two", Err::<(), _>("broken")), None);
        checks.push("three", Err("also broken".to_owned()));
        assert_eq!(checks.first_failed().map(|check| check.name.as_str()), Some("two"));
        assert_eq!(
            checks.to_string(),
            "  1. ok      one\n  2. FAILED  two\n             broken\n  3. FAILED  three\n             also broken\n"
        );
    }
}
