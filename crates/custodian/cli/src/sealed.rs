//! A secret in a file that only a passphrase opens.
//!
//! In: 32 secret bytes, facts to be read without the passphrase, a passphrase, randomness. Out: a short text file; and the secret
//! again, if the passphrase is right and no byte of the file was changed.
//! Absent on purpose: telling a wrong passphrase from a changed file, which would help only whoever guesses.
//!
//! ```text
//! counterfoil-sealed-1
//! kind pseudonymisation-key
//! agreement thrive-nel
//! epoch 1
//! created 2026-11-21
//! kdf argon2id m=65536 t=3 p=1
//! salt <base64 of 16 bytes>
//! nonce <base64 of 12 bytes>
//!
//! <base64 of the sealed payload and its tag>
//! ```
//! Key: argon2id (RFC 9106) of passphrase and salt. Seal: ChaCha20-Poly1305 (RFC 8439) with all lines above the blank one as
//! associated data. The payload is decoded only after the tag is right.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_audit::{Record, RecordWriter, parse_record};
use jiff::civil::Date;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::passphrase::Passphrase;

/// Largest sealed file, in bytes: such a file has about 400.
pub(crate) const SEALED_BYTES_MAX: u64 = 16_384;

const TYPE: &str = "counterfoil-sealed-1";
const SALT_LEN: usize = 16;
const PAYLOAD_BYTES_MAX: usize = 256;
/// Bounds on what a file may ask of the machine that opens it: 1 GiB and 10 passes, about 10 s.
const MEMORY_KIB_MAX: u32 = 1 << 20;
const PASSES_MAX: u32 = 10;

/// Why a sealed file cannot be made, read or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// Some other file.
    #[error("this is not a sealed file of counterfoil")]
    NotSealed,
    /// A line of the head is not as it must be.
    #[error("the sealed file's head: {0}")]
    Head(#[from] counterfoil_audit::RecordError),
    /// A value of the head is not as it must be.
    #[error("the sealed file's head: {key} is not as it must be; the file was changed")]
    HeadValue {
        /// The line's key.
        key: &'static str,
    },
    /// The file asks for more memory or time than any of ours does.
    #[error(
        "the sealed file asks for more than {MEMORY_KIB_MAX} KiB or {PASSES_MAX} passes to be opened; it is not one of ours"
    )]
    Cost,
    /// It holds something else.
    #[error("the sealed file holds {found}, but {expected} is needed")]
    Kind {
        /// What is needed.
        expected: SealedKind,
        /// What it says it holds.
        found: SealedKind,
    },
    /// The tag is not right.
    #[error("wrong passphrase, or the file was changed")]
    WrongPassphraseOrChanged,
}

/// What a sealed file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKind {
    /// The pseudonymisation key of an agreement's epoch.
    PseudonymisationKey,
    /// A party's signing key.
    Identity,
}

impl SealedKind {
    const ALL: [Self; 2] = [Self::PseudonymisationKey, Self::Identity];

    const fn name(self) -> &'static str {
        match self {
            Self::PseudonymisationKey => "pseudonymisation-key",
            Self::Identity => "identity",
        }
    }
}

impl std::fmt::Display for SealedKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What argon2id costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// 64 MiB, three passes: 0.15 s on a slow core (RFC 9106 section 4, second recommended option, with one lane).
const COST: Cost = Cost { memory_kib: 65_536, passes: 3, lanes: 1 };

#[derive(bincode::Encode, bincode::Decode, Zeroize, ZeroizeOnDrop)]
struct Payload {
    secret: [u8; 32],
}

/// A sealed file, read but not opened. What its head says is not verified before [`Sealed::open`].
pub(crate) struct Sealed {
    kind: SealedKind,
    created: Date,
    record: Record,
    head: String,
    cost: Cost,
    salt: [u8; SALT_LEN],
    nonce: [u8; NONCE_LEN],
    payload: Vec<u8>,
}

/// Seals a secret: the file's text.
///
/// # Errors
/// [`SealedError::Head`] when a fact cannot stand in a line.
pub(crate) fn seal(
    kind: SealedKind,
    facts: &[(&str, String)],
    created: Date,
    secret: &[u8; 32],
    passphrase: &Passphrase,
    fill: &mut dyn FnMut(&mut [u8]),
) -> Result<String, SealedError> {
    seal_at_cost(COST, kind, facts, created, secret, passphrase, fill)
}

fn seal_at_cost(
    cost: Cost,
    kind: SealedKind,
    facts: &[(&str, String)],
    created: Date,
    secret: &[u8; 32],
    passphrase: &Passphrase,
    fill: &mut dyn FnMut(&mut [u8]),
) -> Result<String, SealedError> {
    let (mut salt, mut nonce) = ([0; SALT_LEN], [0; NONCE_LEN]);
    fill(&mut salt);
    fill(&mut nonce);
    let Cost { memory_kib, passes, lanes } = cost;
    let mut writer = RecordWriter::new(TYPE).field("kind", kind)?;
    for (key, value) in facts {
        writer = writer.field(key, value)?;
    }
    let head = writer
        .field("created", created)?
        .field("kdf", format_args!("argon2id m={memory_kib} t={passes} p={lanes}"))?
        .field("salt", STANDARD.encode(salt))?
        .field("nonce", STANDARD.encode(nonce))?
        .finish();
    let mut buffer = encode_with_room_for_tag(secret);
    let key = derive(cost, passphrase, &salt)?;
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(head.as_bytes()), &mut *buffer)
        .expect("a payload of 32 bytes is not too long to seal");
    Ok(format!("{head}\n{}\n", STANDARD.encode(&*buffer)))
}

impl Sealed {
    /// Reads a sealed file without opening it.
    ///
    /// # Errors
    /// [`SealedError`], for a file that asks for too much too.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, SealedError> {
        let text = std::str::from_utf8(file).map_err(|_| SealedError::NotSealed)?;
        let starts = text.strip_prefix(TYPE).is_some_and(|rest| rest.starts_with('\n'));
        let blank = text.find("\n\n").filter(|_| starts).ok_or(SealedError::NotSealed)?;
        let (head, body) = (&text[..=blank], &text[blank + 2..]);
        let record = parse_record(head, TYPE)?;
        let value = |key: &'static str| SealedError::HeadValue { key };
        let kind = record.one("kind")?;
        let kind = SealedKind::ALL.into_iter().find(|known| known.name() == kind).ok_or_else(|| value("kind"))?;
        let created = record.one("created")?.parse().map_err(|_| value("created"))?;
        let cost = parse_cost(record.one("kdf")?).ok_or_else(|| value("kdf"))?;
        if cost.memory_kib > MEMORY_KIB_MAX || cost.passes > PASSES_MAX || cost.lanes != 1 {
            return Err(SealedError::Cost);
        }
        let salt = base64_array(record.one("salt")?).ok_or_else(|| value("salt"))?;
        let nonce = base64_array(record.one("nonce")?).ok_or_else(|| value("nonce"))?;
        let payload = body.strip_suffix('\n').and_then(|line| STANDARD.decode(line).ok());
        let payload = payload.filter(|payload| payload.len() <= PAYLOAD_BYTES_MAX).ok_or(SealedError::NotSealed)?;
        Ok(Self { kind, created, head: head.to_owned(), record, cost, salt, nonce, payload })
    }

    /// The day on which it says it was made.
    pub(crate) fn created(&self) -> Date {
        self.created
    }

    /// A fact of the head.
    ///
    /// # Errors
    /// [`SealedError::Head`] when it is not there, or more than once.
    pub(crate) fn fact(&self, key: &str) -> Result<&str, SealedError> {
        Ok(self.record.one(key)?)
    }

    /// Refuses a file of another kind.
    ///
    /// # Errors
    /// [`SealedError::Kind`].
    pub(crate) fn expect_kind(&self, expected: SealedKind) -> Result<(), SealedError> {
        if self.kind == expected { Ok(()) } else { Err(SealedError::Kind { expected, found: self.kind }) }
    }

    /// Opens it; from here on its head is to be believed too.
    ///
    /// # Errors
    /// [`SealedError::WrongPassphraseOrChanged`].
    pub(crate) fn open(&self, passphrase: &Passphrase) -> Result<Zeroizing<[u8; 32]>, SealedError> {
        let key = derive(self.cost, passphrase, &self.salt)?;
        let mut buffer = Zeroizing::new(self.payload.clone());
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let plain = key
            .open_in_place(nonce, Aad::from(self.head.as_bytes()), &mut buffer)
            .map_err(|_| SealedError::WrongPassphraseOrChanged)?;
        let decoded = bincode::decode_from_slice::<Payload, _>(plain, payload_config());
        match decoded {
            Ok((payload, read)) if read == plain.len() => Ok(Zeroizing::new(payload.secret)),
            _ => Err(SealedError::NotSealed),
        }
    }
}

/// The plaintext in a buffer that never grows, so that none of it is left behind in one that did.
fn encode_with_room_for_tag(secret: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut buffer = Zeroizing::new(vec![0; PAYLOAD_BYTES_MAX]);
    let payload = Payload { secret: *secret };
    let encoded = bincode::encode_into_slice(&payload, &mut buffer, payload_config());
    buffer.truncate(encoded.expect("an array of 32 bytes encodes"));
    buffer
}

fn payload_config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<PAYLOAD_BYTES_MAX>()
}

fn derive(cost: Cost, passphrase: &Passphrase, salt: &[u8]) -> Result<LessSafeKey, SealedError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| SealedError::Cost)?;
    let mut key = Zeroizing::new([0; 32]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(passphrase.as_bytes(), salt, &mut *key).map_err(|_| SealedError::Cost)?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &*key).expect("a key of 32 bytes");
    Ok(LessSafeKey::new(key))
}

fn parse_cost(text: &str) -> Option<Cost> {
    let mut parts = text.split(' ');
    let algorithm = parts.next()?;
    let mut number = |prefix: &str| -> Option<u32> { parts.next()?.strip_prefix(prefix)?.parse().ok() };
    let cost = Cost { memory_kib: number("m=")?, passes: number("t=")?, lanes: number("p=")? };
    (algorithm == "argon2id" && parts.next().is_none()).then_some(cost)
}

fn base64_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };
    const DAY: Date = Date::constant(2026, 11, 21);

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::parse(Zeroizing::new(text.to_owned())).unwrap()
    }

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0_u8;
        move |buffer| {
            for byte in buffer {
                *byte = next;
                next = next.wrapping_add(1);
            }
        }
    }

    fn cheap_file() -> String {
        let facts = [("agreement", "thrive-nel".to_owned()), ("epoch", "1".to_owned())];
        let right = passphrase("a right passphrase");
        seal_at_cost(CHEAP, SealedKind::PseudonymisationKey, &facts, DAY, &[7; 32], &right, &mut counting()).unwrap()
    }

    fn open(file: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealedError> {
        Sealed::parse(file)?.open(&passphrase("a right passphrase"))
    }

    #[test]
    fn the_secret_comes_back_and_the_head_is_readable_without_the_passphrase() {
        let file = cheap_file();
        assert_eq!(*open(file.as_bytes()).unwrap(), [7; 32]);
        let sealed = Sealed::parse(file.as_bytes()).unwrap();
        assert_eq!(sealed.fact("agreement").unwrap(), "thrive-nel");
        assert_eq!(sealed.created(), DAY);
        assert!(sealed.expect_kind(SealedKind::PseudonymisationKey).is_ok());
        assert!(sealed.expect_kind(SealedKind::Identity).is_err());
        assert!(sealed.fact("party").is_err());
    }

    #[test]
    fn the_file_is_the_documented_construction() {
        // Computed with Python: argon2-cffi hash_secret_raw(b"a right passphrase", bytes(range(16)), 1, 8, 1, 32, Type.ID) and
        // cryptography's ChaCha20Poly1305 over bincode's 32 raw bytes, with the head as associated data.
        let expected = include_str!("../vectors/sealed.txt");
        assert_eq!(cheap_file(), expected);
    }

    #[test]
    fn the_plaintext_is_never_moved_while_it_is_sealed() {
        let mut buffer = encode_with_room_for_tag(&[7; 32]);
        assert_eq!(*buffer, [7; 32]);
        let before = buffer.as_ptr();
        let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[1; 32]).unwrap());
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut *buffer).unwrap();
        assert_eq!((buffer.as_ptr(), buffer.len()), (before, 32 + 16));
    }

    #[test]
    fn any_other_passphrase_is_refused() {
        let sealed = Sealed::parse(cheap_file().as_bytes()).unwrap();
        for other in ["a right passphras", "a right passphrase ", "A right passphrase", "another passphrase"] {
            assert_eq!(sealed.open(&passphrase(other)).err(), Some(SealedError::WrongPassphraseOrChanged), "{other}");
        }
    }

    #[test]
    fn a_file_with_any_bit_changed_or_any_end_missing_is_refused() {
        let file = cheap_file().into_bytes();
        for place in 0..file.len() {
            for bit in 0..8 {
                let mut changed = file.clone();
                changed[place] ^= 1 << bit;
                assert!(open(&changed).is_err(), "byte {place} bit {bit}");
            }
            assert!(open(&file[..place]).is_err(), "cut at {place}");
        }
        assert!(open(&[file.as_slice(), b"\n"].concat()).is_err());
    }

    #[test]
    fn a_file_cannot_ask_for_all_memory_or_time() {
        for hostile in
            ["m=1048577 t=1 p=1", "m=4294967295 t=1 p=1", "m=8 t=11 p=1", "m=8 t=4294967295 p=1", "m=64 t=1 p=8"]
        {
            let file = cheap_file().replace("m=8 t=1 p=1", hostile);
            assert_eq!(Sealed::parse(file.as_bytes()).err(), Some(SealedError::Cost), "{hostile}");
        }
        for nonsense in ["m=8 t=1", "m=8 t=1 p=1 q=1", "m=-8 t=1 p=1", "m=4294967296 t=1 p=1", "t=1 m=8 p=1"] {
            let file = cheap_file().replace("m=8 t=1 p=1", nonsense);
            assert_eq!(Sealed::parse(file.as_bytes()).err(), Some(SealedError::HeadValue { key: "kdf" }), "{nonsense}");
        }
        for too_little in ["m=0 t=1 p=1", "m=7 t=1 p=1", "m=8 t=0 p=1"] {
            let file = cheap_file().replace("m=8 t=1 p=1", too_little);
            assert_eq!(open(file.as_bytes()).err(), Some(SealedError::Cost), "{too_little}");
        }
        let long = cheap_file() + &"A".repeat(4_000);
        assert!(Sealed::parse(long.as_bytes()).is_err());
    }

    #[test]
    fn the_cost_of_a_real_file_is_the_documented_one() {
        let right = passphrase("a right passphrase");
        let file = seal(SealedKind::Identity, &[], DAY, &[7; 32], &right, &mut counting()).unwrap();
        assert!(file.contains("\nkdf argon2id m=65536 t=3 p=1\n"), "{file}");
        assert_eq!(*open(file.as_bytes()).unwrap(), [7; 32]);
    }

    #[test]
    fn a_fact_cannot_forge_a_line() {
        let right = passphrase("a right passphrase");
        let facts = [("party", "icb\nkind identity".to_owned())];
        assert!(seal(SealedKind::Identity, &facts, DAY, &[7; 32], &right, &mut counting()).is_err());
    }
}
