//! Encoding, by the same code as a custodian's: the target under the custodians' key, the list under the attacker's own.
//!
//! In: a schema file's text and what to change of its CLK; records; a seed for the key. Out: [`EncodedPeople`].
//! Absent on purpose: any way from one key to the other. The attacker knows the schema and not the key.

use counterfoil::model::{AgreementId, EncodedPeople, LinkageSchema};
use counterfoil::pseudonym::intake::{Collected, PeopleIntake, read_people};
use counterfoil::pseudonym::{Encoder, LocalIdKey, PseudonymisationKey};

use crate::error::AttackError;
use crate::people::{COLUMNS, Record};
use crate::random::Random;

/// An encoding of the CLK to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClkVariant {
    /// Diffusion inputs; 0 for a plain filter.
    pub diffusion: u32,
    /// Length in bits; the features' bits are scaled so that the share of bits set stays. `None`: the schema's own.
    pub bits: Option<u32>,
    /// Whether q-grams are salted with the year of birth.
    pub salted: bool,
}

impl ClkVariant {
    /// The name in tables.
    pub fn name(&self) -> String {
        let kind = if self.diffusion == 0 { "plain".to_owned() } else { format!("diffused t={}", self.diffusion) };
        let bits = self.bits.map(|bits| format!(", {bits} bits")).unwrap_or_default();
        format!("{kind}{bits}{}", if self.salted { ", salted" } else { "" })
    }
}

/// The schema with another encoding of its CLK; `None` leaves the schema as it stands.
///
/// # Errors
/// When the text is no schema, or the schema has no CLK or date of birth to change.
pub fn schema_with(text: &str, variant: Option<ClkVariant>) -> Result<LinkageSchema, AttackError> {
    let Some(variant) = variant else { return Ok(LinkageSchema::parse(text)?) };
    let mut table: toml::Table = toml::from_str(text).map_err(|error| AttackError::Toml(error.to_string()))?;
    let missing = |what: &str| AttackError::Toml(format!("no {what} to change"));
    let clk = table.get_mut("clk").and_then(toml::Value::as_table_mut).ok_or_else(|| missing("[clk]"))?;
    clk.remove("diffusion");
    clk.remove("salt");
    if variant.diffusion == 0 {
        clk.insert("encoding".to_owned(), "plain-1".into());
    } else {
        clk.insert("encoding".to_owned(), "diffused-1".into());
        clk.insert("diffusion".to_owned(), i64::from(variant.diffusion).into());
    }
    if variant.salted {
        clk.insert("salt".to_owned(), "date_of_birth.year".into());
    }
    let own_bits = clk.get("bits").and_then(toml::Value::as_integer).ok_or_else(|| missing("clk.bits"))?;
    if let Some(bits) = variant.bits.map(i64::from) {
        clk.insert("bits".to_owned(), bits.into());
        let features = clk.get_mut("feature").and_then(toml::Value::as_array_mut).ok_or_else(|| missing("features"))?;
        for feature in features.iter_mut().filter_map(toml::Value::as_table_mut) {
            let set = feature.get("bits").and_then(toml::Value::as_integer).unwrap_or(1);
            feature.insert("bits".to_owned(), (set * bits / own_bits).max(1).into());
        }
    }
    let text = toml::to_string(&table).map_err(|error| AttackError::Toml(error.to_string()))?;
    Ok(LinkageSchema::parse(&text)?)
}

/// Records behind an encoding.
pub struct Encoded {
    /// The rows, as an extract has them.
    pub people: EncodedPeople,
    /// For each row the record that it came from: for the score, and for the attacker's own list.
    pub records: Vec<u32>,
}

/// Encodes records under a key that follows from the seed.
///
/// # Errors
/// When the schema has no columns for such files.
pub fn encode(schema: &LinkageSchema, records: &[Record], key_seed: u64) -> Result<Encoded, AttackError> {
    let mut random = Random::new(key_seed, 7);
    let mut fill = |bytes: &mut [u8]| random.fill(bytes);
    let key = PseudonymisationKey::generate(&mut fill);
    let agreement = AgreementId::parse("attack").expect("a code");
    let encoder = Encoder::new(&key, &agreement, 1, schema);
    let mut csv = csv::Writer::from_writer(Vec::new());
    let written = csv.write_record(COLUMNS).and_then(|()| records.iter().try_for_each(|row| csv.write_record(row)));
    written.map_err(|error| AttackError::Encode(error.to_string()))?;
    let csv = csv.into_inner().map_err(|error| AttackError::Encode(error.to_string()))?;
    let intake = PeopleIntake {
        file: "people",
        columns: schema.columns().of("default").ok_or(AttackError::NoDefaultColumns)?,
        variables: &[],
        encoder: &encoder,
        local_ids: &LocalIdKey::generate(&mut fill),
        today: jiff::civil::date(2026, 12, 31),
    };
    let mut collected = Collected::default();
    read_people(csv.as_slice(), &intake, &mut collected).map_err(|error| AttackError::Encode(error.to_string()))?;
    let mut people = EncodedPeople::new(schema, 0);
    let mut rows = Vec::with_capacity(collected.rows.len());
    for (row, line) in &collected.rows {
        people.push(row);
        // The header is line 1, and no field of these files has a line break.
        rows.push(u32::try_from(line - 2).expect("a file of fewer than 2^32 lines"));
    }
    Ok(Encoded { people, records: rows })
}
