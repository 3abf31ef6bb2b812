//! JSON objects whose keys are taken one by one, with the place for the error.

use serde_json::{Map, Value};

use super::{SchemaError, SchemaWarning};

/// An object of the schema, and where it is.
pub(super) struct Object {
    place: String,
    map: Map<String, Value>,
}

/// What becomes of the keys that nothing has taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// clkhash's own schema forbids them here.
    Refused,
    /// clkhash overlooks them.
    Overlooked,
}

impl Object {
    pub(super) fn new(place: String, value: Value) -> Result<Self, SchemaError> {
        match value {
            Value::Object(map) => Ok(Self { place, map }),
            _ => Err(invalid(&place, "is not an object: write { \"key\": value, ... }")),
        }
    }

    pub(super) fn invalid(&self, problem: impl Into<String>) -> SchemaError {
        invalid(&self.place, problem)
    }

    pub(super) fn place_of(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        self.map.get(key) == Some(&Value::Bool(true))
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.map.remove(key)
    }

    pub(super) fn put(&mut self, key: &str, value: Value) {
        self.map.insert(key.to_owned(), value);
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.map)
    }

    fn of<T>(
        &mut self,
        key: &str,
        what: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>, SchemaError> {
        let Some(value) = self.map.remove(key) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| invalid(&self.place_of(key), format!("is not {what}")))
    }

    fn need<T>(&self, key: &str, found: Option<T>) -> Result<T, SchemaError> {
        found.ok_or_else(|| self.invalid(format!("\"{key}\" is missing")))
    }

    pub(super) fn object(&mut self, key: &str) -> Result<Self, SchemaError> {
        let found = self.map.remove(key);
        Self::new(self.place_of(key), self.need(key, found)?)
    }

    pub(super) fn object_if_there(&mut self, key: &str) -> Result<Option<Self>, SchemaError> {
        self.map.remove(key).map(|value| Self::new(self.place_of(key), value)).transpose()
    }

    pub(super) fn text_if_there(&mut self, key: &str) -> Result<Option<String>, SchemaError> {
        self.of(key, "text", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub(super) fn text(&mut self, key: &str) -> Result<String, SchemaError> {
        let found = self.text_if_there(key)?;
        self.need(key, found)
    }

    pub(super) fn flag_if_there(&mut self, key: &str) -> Result<Option<bool>, SchemaError> {
        self.of(key, "true or false", |value| value.as_bool())
    }

    /// A whole number within bounds, written without a point: clkhash takes 3.0 in some places and fails on it in others.
    pub(super) fn whole_if_there(&mut self, key: &str, min: usize, max: usize) -> Result<Option<usize>, SchemaError> {
        self.of(key, &format!("a whole number from {min} to {max}, written without a point"), |value| {
            value.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|number| (min..=max).contains(number))
        })
    }

    pub(super) fn whole(&mut self, key: &str, min: usize, max: usize) -> Result<usize, SchemaError> {
        let found = self.whole_if_there(key, min, max)?;
        self.need(key, found)
    }

    pub(super) fn integer_if_there(&mut self, key: &str) -> Result<Option<i128>, SchemaError> {
        self.of(key, "a whole number of at most 64 bits, written without a point", |value| {
            value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
        })
    }

    pub(super) fn number_if_there(&mut self, key: &str) -> Result<Option<serde_json::Number>, SchemaError> {
        self.of(key, "a number", |value| match value {
            Value::Number(number) => Some(number),
            _ => None,
        })
    }

    pub(super) fn texts(&mut self, key: &str) -> Result<Vec<String>, SchemaError> {
        let found = self.of(key, "a list of texts", |value| match value {
            Value::Array(values) => values.into_iter().map(|value| value.as_str().map(str::to_owned)).collect(),
            _ => None,
        })?;
        self.need(key, found)
    }

    pub(super) fn list(&mut self, key: &str) -> Result<Vec<Value>, SchemaError> {
        let found = self.of(key, "a list", |value| match value {
            Value::Array(values) => Some(values),
            _ => None,
        })?;
        self.need(key, found)
    }

    /// Ends the reading: every key has been taken, or is refused or warned of.
    pub(super) fn end(self, rest: Rest, warnings: &mut Vec<SchemaWarning>) -> Result<(), SchemaError> {
        for key in self.map.keys() {
            if rest == Rest::Refused {
                return Err(self.invalid(format!("clkhash knows no \"{key}\" here: take it out")));
            }
            warnings.push(SchemaWarning::UnusedKey { place: self.place.clone(), key: key.clone() });
        }
        Ok(())
    }
}

pub(super) fn invalid(place: &str, problem: impl Into<String>) -> SchemaError {
    let place = if place.is_empty() { "top level" } else { place };
    SchemaError::Invalid { place: place.to_owned(), problem: problem.into() }
}
