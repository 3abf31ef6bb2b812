//! Both sides of an attack, encoded.
//!
//! In: a schema and a scene. Out: the target under the custodians' key, the list under the attacker's, and the truth in
//! rows of both. Absent on purpose: attacks.

use counterfoil::model::LinkageSchema;

use crate::bits::BitRows;
use crate::encode::{Encoded, encode};
use crate::error::AttackError;
use crate::people::{Record, Scene};
use crate::structure::Groups;

/// Seeds of the two keys: any two numbers that differ.
const CUSTODIANS_KEY: u64 = 1;
const ATTACKERS_KEY: u64 = 2;

/// Words of the list's CLKs beside each other, and keys, at most.
const LIST_WORDS: usize = 64;
const LIST_KEYS_MAX: usize = 3;

/// No row of the list: the person was left out of it for want of identifiers.
const NOBODY: u32 = u32::MAX;

/// Target and list.
pub struct Sides {
    /// The target.
    pub encoded: Encoded,
    /// The list.
    pub list: Encoded,
    /// The list's plaintext, row by row as encoded.
    pub plaintext: Vec<Record>,
    /// For each row of the target its row of the list: for the score alone.
    pub truth: Vec<u32>,
}

impl Sides {
    /// Encodes both.
    ///
    /// # Errors
    /// When the schema has no columns for such files.
    pub fn new(schema: &LinkageSchema, scene: &Scene) -> Result<Self, AttackError> {
        let (target, attackers) = rayon::join(
            || encode(schema, &scene.encoded, CUSTODIANS_KEY),
            || encode(schema, &scene.list, ATTACKERS_KEY),
        );
        let (encoded, list) = (target?, attackers?);
        let mut row_of = vec![NOBODY; scene.list.len()];
        for (row, record) in (0u32..).zip(&list.records) {
            row_of[*record as usize] = row;
        }
        let truth = encoded.records.iter().map(|record| row_of[scene.truth[*record as usize] as usize]).collect();
        let plaintext = list.records.iter().map(|record| scene.list[*record as usize].clone()).collect();
        Ok(Self { encoded, list, plaintext, truth })
    }

    /// Both sides' CLKs, the list's under one key.
    pub fn bits(&self) -> (BitRows, BitRows) {
        (BitRows::of(&self.encoded.people), BitRows::of(&self.list.people))
    }

    /// The list's CLKs under several keys, side by side: the attacker has as many keys as he likes.
    ///
    /// # Errors
    /// As for [`Sides::new`].
    pub fn list_bits(&self, schema: &LinkageSchema) -> Result<BitRows, AttackError> {
        let mut bits = BitRows::of(&self.list.people);
        let keys = (LIST_WORDS / bits.words.max(1)).clamp(1, LIST_KEYS_MAX);
        for key in 1..keys as u64 {
            bits = bits.beside(&BitRows::of(&encode(schema, &self.plaintext, ATTACKERS_KEY + key)?.people));
        }
        Ok(bits)
    }

    /// Both sides' tokens.
    pub fn groups(&self) -> (Groups, Groups) {
        (Groups::of(&self.encoded.people), Groups::of(&self.list.people))
    }
}
