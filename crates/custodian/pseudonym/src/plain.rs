//! The one type that a normalised identifier has.
//!
//! In: text that a rule has made. Out: the same text, inside this crate only.
//! Absent on purpose: Debug, Display, Clone, serialisation, and any reader that another crate could call.

use zeroize::Zeroizing;

/// A normalised identifier: plaintext, wiped when dropped, readable inside this crate alone.
pub struct Plain(Zeroizing<String>);

impl Plain {
    pub(crate) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Zeroizing<String>> for Plain {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}
