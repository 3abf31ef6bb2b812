//! How much an attack got right.
//!
//! In: claims, the truth. Out: a [`Score`].

/// What an attack says: for each encoded row its row on the attacker's list, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims(pub Vec<Option<u32>>);

/// An attack against the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Score {
    /// Rows behind the encoding.
    pub encoded: usize,
    /// Rows that the attack named.
    pub claimed: usize,
    /// Rows that it named rightly.
    pub correct: usize,
}

impl Score {
    /// Counts claims that agree with the truth.
    pub fn of(claims: &Claims, truth: &[u32]) -> Self {
        let correct = claims.0.iter().zip(truth).filter(|(claim, truth)| **claim == Some(**truth)).count();
        Self { encoded: truth.len(), claimed: claims.0.iter().flatten().count(), correct }
    }

    /// Share of the encoded rows that are re-identified.
    pub fn rate(&self) -> f64 {
        self.correct as f64 / self.encoded.max(1) as f64
    }

    /// Share of the claims that are right.
    pub fn precision(&self) -> f64 {
        self.correct as f64 / self.claimed.max(1) as f64
    }
}
