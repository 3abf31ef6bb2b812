//! What our log holds: one leaf an event, with its kind, its time and a salted commitment to a record kept elsewhere.
//!
//! In: a kind, a time, a nonce and a record, all from the caller. Out: the leaf, and later, given the opening, the proof that this leaf
//! stood for that record.
//! Absent on purpose: the record itself. No count, name or pseudonym is in a leaf, and without the nonce nobody can test a guess;
//! erasing the opening erases the fact and leaves every proof of the log intact.

use std::fmt;

use thiserror::Error;

use crate::hash::sha256;
use crate::note::NOTE_BYTES_MAX;
use crate::text;

/// Largest record that a commitment is opened to: a signed note of the largest size.
pub const OPENING_RECORD_BYTES_MAX: usize = NOTE_BYTES_MAX;

const ENTRY_HEADER: &str = "counterfoil-entry-1";
const OPENING_HEADER: &str = "counterfoil-opening-1";
const COMMITMENT_LABEL: &[u8] = b"counterfoil-commitment-1\n";
const ENTRY_BYTES_MAX: usize = 256;
const OPENING_BYTES_MAX: usize = OPENING_RECORD_BYTES_MAX.div_ceil(3) * 4 + 256;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// An agreement signed by all its parties came into force.
    AgreementAdmitted,
    /// A study was registered, before the extracts it reads.
    StudyRegistered,
    /// An extract was checked and stored.
    ExtractAdmitted,
    /// Extracts were linked.
    LinkCompleted,
    /// A release was made.
    ReleaseIssued,
}

impl EntryKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::AgreementAdmitted,
        Self::StudyRegistered,
        Self::ExtractAdmitted,
        Self::LinkCompleted,
        Self::ReleaseIssued,
    ];

    /// The kind as it is written in a leaf.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AgreementAdmitted => "agreement-admitted",
            Self::StudyRegistered => "study-registered",
            Self::ExtractAdmitted => "extract-admitted",
            Self::LinkCompleted => "link-completed",
            Self::ReleaseIssued => "release-issued",
        }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// SHA-256 over a label, a nonce and a record: fixes the record without telling it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment(pub [u8; 32]);

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_hex(f, &self.0)
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Commitment({self})")
    }
}

/// 128 random bits, fresh for each entry, from the caller's secure generator. As private as the record: with it, guesses can be tested.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce(pub [u8; 16]);

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(..)")
    }
}

/// Commits to a record: SHA-256(`counterfoil-commitment-1` LF ‖ nonce ‖ record).
pub fn commit(nonce: &Nonce, record: &[u8]) -> Commitment {
    Commitment(sha256(&[COMMITMENT_LABEL, &nonce.0, record]))
}

/// One event in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub kind: EntryKind,
    /// When, in POSIX seconds, by the clock of whoever appended it.
    pub time_seconds: u64,
    /// To the record of it.
    pub commitment: Commitment,
}

impl Entry {
    /// The leaf's bytes, which [`crate::leaf_hash`] hashes into the tree.
    pub fn to_leaf(&self) -> Vec<u8> {
        format!("{ENTRY_HEADER}\n{}\n{}\n{}\n", self.kind, self.time_seconds, text::to_base64(&self.commitment.0))
            .into_bytes()
    }
}

/// What opens a commitment: the nonce and the record. Its debug form shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    /// The nonce committed with.
    pub nonce: Nonce,
    /// The record committed to, at most [`OPENING_RECORD_BYTES_MAX`].
    pub record: Vec<u8>,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening({} bytes)", self.record.len())
    }
}

impl Opening {
    /// The commitment that this opens.
    pub fn commitment(&self) -> Commitment {
        commit(&self.nonce, &self.record)
    }

    /// The opening as text, for a file.
    pub fn to_text(&self) -> String {
        format!(
            "{OPENING_HEADER}\nnonce {}\nrecord {}\n",
            text::to_base64(&self.nonce.0),
            text::to_base64(&self.record)
        )
    }
}

/// An entry and the record that it was proved to stand for. Its debug form does not show the record.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenedEntry {
    entry: Entry,
    record: Vec<u8>,
}

impl OpenedEntry {
    /// What happened.
    pub fn kind(&self) -> EntryKind {
        self.entry.kind
    }

    /// When, in POSIX seconds.
    pub fn time_seconds(&self) -> u64 {
        self.entry.time_seconds
    }

    /// The record of it.
    pub fn record(&self) -> &[u8] {
        &self.record
    }
}

impl fmt::Debug for OpenedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenedEntry({:?}, {} bytes)", self.entry, self.record.len())
    }
}

/// Why an entry or an opening cannot be read, or do not belong together.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EntryError {
    /// Not the lines of an entry of this version.
    #[error("a log entry has exactly four lines, the first of them {ENTRY_HEADER}")]
    NotAnEntry,
    /// A kind from a newer version, perhaps.
    #[error("line 2 of the log entry (kind) is not a kind that this version knows")]
    Kind,
    /// Not a decimal of POSIX seconds.
    #[error("line 3 of the log entry (time) must be POSIX seconds in decimal without leading zeros")]
    Time,
    /// Not base64 of 32 bytes.
    #[error("line 4 of the log entry (commitment) must be base64 of 32 bytes")]
    Commitment,
    /// Not the lines of an opening of this version.
    #[error("an opening has exactly three lines, the first of them {OPENING_HEADER}")]
    NotAnOpening,
    /// Not base64 of 16 bytes.
    #[error("line 2 of the opening must be 'nonce' and base64 of 16 bytes")]
    Nonce,
    /// Not base64.
    #[error("line 3 of the opening must be 'record' and base64")]
    Record,
    /// Larger than [`OPENING_RECORD_BYTES_MAX`].
    #[error("the record of the opening is larger than {OPENING_RECORD_BYTES_MAX} bytes")]
    RecordTooLarge,
    /// The opening is another entry's, or was changed.
    #[error("the opening does not belong to this log entry: it is another entry's, or the record was changed")]
    OpeningMismatch,
}

/// Reads a leaf; only the bytes that [`Entry::to_leaf`] writes are accepted.
///
/// # Errors
/// [`EntryError`] naming the line.
pub fn parse_entry(leaf: &[u8]) -> Result<Entry, EntryError> {
    if leaf.len() > ENTRY_BYTES_MAX {
        return Err(EntryError::NotAnEntry);
    }
    let [header, kind, time, commitment] = closed_lines(leaf).ok_or(EntryError::NotAnEntry)?;
    if header != ENTRY_HEADER {
        return Err(EntryError::NotAnEntry);
    }
    let kind = EntryKind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or(EntryError::Kind)?;
    let time_seconds = text::decimal(time).ok_or(EntryError::Time)?;
    let commitment = Commitment(text::base64_array(commitment).ok_or(EntryError::Commitment)?);
    Ok(Entry { kind, time_seconds, commitment })
}

/// Reads an opening; only the text that [`Opening::to_text`] writes is accepted.
///
/// # Errors
/// [`EntryError`] naming the line.
pub fn parse_opening(opening: &[u8]) -> Result<Opening, EntryError> {
    if opening.len() > OPENING_BYTES_MAX {
        return Err(EntryError::RecordTooLarge);
    }
    let [header, nonce, record] = closed_lines(opening).ok_or(EntryError::NotAnOpening)?;
    if header != OPENING_HEADER {
        return Err(EntryError::NotAnOpening);
    }
    let nonce = Nonce(nonce.strip_prefix("nonce ").and_then(text::base64_array).ok_or(EntryError::Nonce)?);
    let record = record.strip_prefix("record ").and_then(text::base64_bytes).ok_or(EntryError::Record)?;
    if record.len() > OPENING_RECORD_BYTES_MAX {
        return Err(EntryError::RecordTooLarge);
    }
    Ok(Opening { nonce, record })
}

/// Checks that an entry's commitment is to the record of this opening.
///
/// # Errors
/// [`EntryError::OpeningMismatch`] if it is not, [`EntryError::RecordTooLarge`] if the opening could not be written to a file.
pub fn verify_opening(entry: &Entry, opening: &Opening) -> Result<OpenedEntry, EntryError> {
    if opening.record.len() > OPENING_RECORD_BYTES_MAX {
        return Err(EntryError::RecordTooLarge);
    }
    if opening.commitment() != entry.commitment {
        return Err(EntryError::OpeningMismatch);
    }
    Ok(OpenedEntry { entry: *entry, record: opening.record.clone() })
}

/// The lines of a text if there are exactly `N`, each ended by LF.
fn closed_lines<const N: usize>(bytes: &[u8]) -> Option<[&str; N]> {
    // One line more than wanted is enough to see that there are too many.
    let lines: Vec<&str> = text::closed_lines(std::str::from_utf8(bytes).ok()?)?.take(N + 1).collect();
    lines.try_into().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    // Computed with Python's hashlib and base64 from the text of the format.
    const RECORD: &[u8] = b"counterfoil-release-1\nagreement thrive-nel\n";
    const LEAF: &str =
        "counterfoil-entry-1\nrelease-issued\n1700000000\n9XcdPDkWavLxd1fHZRN8j1X5ak05dOyxJWKrD6NTjAI=\n";
    const LEAF_HASH: &str = "7207d4729482b53caf334de752aced49e8677b0f1ec480c167ffb6698f946b0b";
    const OPENING: &str = "counterfoil-opening-1\nnonce AAECAwQFBgcICQoLDA0ODw==\nrecord Y291bnRlcmZvaWwtcmVsZWFzZS0xCmFncmVlbWVudCB0aHJpdmUtbmVsCg==\n";

    fn nonce() -> Nonce {
        Nonce(std::array::from_fn(|place| u8::try_from(place).unwrap()))
    }

    fn entry() -> Entry {
        Entry { kind: EntryKind::ReleaseIssued, time_seconds: 1_700_000_000, commitment: commit(&nonce(), RECORD) }
    }

    #[test]
    fn the_formats_are_as_computed_elsewhere() {
        assert_eq!(entry().to_leaf(), LEAF.as_bytes());
        assert_eq!(leaf_hash(LEAF.as_bytes()).to_string(), LEAF_HASH);
        assert_eq!(parse_entry(LEAF.as_bytes()), Ok(entry()));
        let opening = parse_opening(OPENING.as_bytes()).unwrap();
        assert_eq!(opening, Opening { nonce: nonce(), record: RECORD.to_vec() });
        assert_eq!(opening.to_text(), OPENING);
        let opened = verify_opening(&entry(), &opening).unwrap();
        assert_eq!(
            (opened.kind(), opened.time_seconds(), opened.record()),
            (EntryKind::ReleaseIssued, 1_700_000_000, RECORD)
        );
    }

    #[test]
    fn every_kind_has_its_own_name() {
        for kind in EntryKind::ALL {
            let entry = Entry { kind, ..entry() };
            assert_eq!(parse_entry(&entry.to_leaf()), Ok(entry));
        }
        let names = EntryKind::ALL.map(EntryKind::as_str);
        assert_eq!(
            names,
            ["agreement-admitted", "study-registered", "extract-admitted", "link-completed", "release-issued"]
        );
    }

    #[test]
    fn the_wrong_line_is_named() {
        let cases = [
            (String::new(), EntryError::NotAnEntry),
            (LEAF.trim_end().into(), EntryError::NotAnEntry),
            (format!("{LEAF}\n"), EntryError::NotAnEntry),
            (format!("{LEAF}more\n"), EntryError::NotAnEntry),
            (LEAF.replace("entry-1", "entry-2"), EntryError::NotAnEntry),
            (LEAF.replace("release", &"release".repeat(40)), EntryError::NotAnEntry),
            (LEAF.replace("release-issued", "Release-issued"), EntryError::Kind),
            (LEAF.replace("release-issued", "release-issued "), EntryError::Kind),
            (LEAF.replace("release-issued", "released"), EntryError::Kind),
            (LEAF.replace("1700000000", "01700000000"), EntryError::Time),
            (LEAF.replace("1700000000", "+1700000000"), EntryError::Time),
            (LEAF.replace("1700000000", "1700000000.5"), EntryError::Time),
            (LEAF.replace("1700000000", "18446744073709551616"), EntryError::Time),
            (LEAF.replace("1700000000", ""), EntryError::Time),
            (LEAF.replace("AI=", "AJ="), EntryError::Commitment),
            (LEAF.replace("AI=", "AI"), EntryError::Commitment),
            (LEAF.replace("AI=\n", "AI=\r\n"), EntryError::Commitment),
        ];
        for (leaf, error) in cases {
            assert_eq!(parse_entry(leaf.as_bytes()), Err(error), "{leaf:?}");
        }
        assert_eq!(parse_entry(b"\xff\n"), Err(EntryError::NotAnEntry));
        let cases = [
            (String::new(), EntryError::NotAnOpening),
            (OPENING.trim_end().into(), EntryError::NotAnOpening),
            (format!("{OPENING}more\n"), EntryError::NotAnOpening),
            (OPENING.replace("opening-1", "opening-2"), EntryError::NotAnOpening),
            (OPENING.replace("nonce ", "nonce  "), EntryError::Nonce),
            (OPENING.replace("nonce ", "salt "), EntryError::Nonce),
            (OPENING.replace("nonce AAEC", "nonce "), EntryError::Nonce),
            (OPENING.replace("Dw==", "Dx=="), EntryError::Nonce),
            (OPENING.replace("record ", "record: "), EntryError::Record),
            (OPENING.replace("Cg==", "Ch=="), EntryError::Record),
            (OPENING.replace("Cg==", "Cg"), EntryError::Record),
            (
                format!("{OPENING_HEADER}\nnonce AAECAwQFBgcICQoLDA0ODw==\nrecord {}\n", "A".repeat(OPENING_BYTES_MAX)),
                EntryError::RecordTooLarge,
            ),
        ];
        for (opening, error) in cases {
            assert_eq!(parse_opening(opening.as_bytes()), Err(error), "{}", &opening[..opening.len().min(100)]);
        }
    }

    #[test]
    fn another_opening_does_not_open() {
        let opening = Opening { nonce: nonce(), record: RECORD.to_vec() };
        let mut other_nonce = opening.clone();
        other_nonce.nonce.0[15] ^= 1;
        let mut longer = opening.clone();
        longer.record.push(b'\n');
        // The border between nonce and record cannot be moved: the nonce's length is fixed.
        let mut moved = opening.clone();
        moved.nonce.0.rotate_left(1);
        moved.record.insert(0, moved.nonce.0[15]);
        for other in [other_nonce, longer, moved] {
            assert_eq!(verify_opening(&entry(), &other), Err(EntryError::OpeningMismatch));
        }
        let vast = Opening { nonce: nonce(), record: vec![0; OPENING_RECORD_BYTES_MAX + 1] };
        let committed = Entry { commitment: vast.commitment(), ..entry() };
        assert_eq!(verify_opening(&committed, &vast), Err(EntryError::RecordTooLarge));
    }

    #[test]
    fn nothing_private_is_shown() {
        let opening = Opening { nonce: Nonce([0xab; 16]), record: b"participants 1234".to_vec() };
        let entry = Entry { commitment: opening.commitment(), ..entry() };
        let opened = verify_opening(&entry, &opening).unwrap();
        let shown = format!("{opening:?} {opened:?} {:?}", opening.nonce);
        for secret in ["ab, ab", "171", "1234", "participants", "49, 50"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!(format!("{opening:?}"), "Opening(17 bytes)");
    }
}
