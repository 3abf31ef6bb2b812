//! The file of links: which row of the cohort's extract is which row of the usage extract, and what the linkage's model says of them.
//! It never leaves the unit.
//!
//! Bytes: a header line; the number of links as 8 bytes; for each link 4 bytes of cohort row, 4 of usage row and 4 of its probability
//! in millionths, in ascending order; the number of cohort rows as 8 bytes; for each of them, in order, 4 bytes of the matches that are
//! expected to have been missed of it, in millionths, at most one. All big-endian. The log has the SHA-256 of all of it.

use std::path::Path;

use counterfoil_linkage::Linkage;
use counterfoil_model::Digest;

const HEADER: &[u8] = b"counterfoil-links-2\n";
const MILLION: u32 = 1_000_000;

/// What a run found, as its file has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct StoredLinks {
    /// Cohort row and usage row, ascending.
    pub(super) pairs: Vec<(u32, u32)>,
    /// By link: the probability that it is one person, in millionths.
    pub(super) probabilities_ppm: Vec<u32>,
    /// By cohort row: matches expected to have been missed of it, in millionths.
    pub(super) missed_ppm: Vec<u32>,
}

/// Why a file of links cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkFileError {
    #[error("the file of links: {0}")]
    Read(#[from] std::io::Error),
    #[error("the file of links is not the one that was logged")]
    Digest,
    #[error("the file of links is not of this format")]
    Format,
}

impl StoredLinks {
    /// Those of a linkage, with what its model says was missed of each left row.
    pub(super) fn new(linkage: &Linkage, missed_ppm: Vec<u32>) -> Self {
        Self {
            pairs: linkage.links.iter().map(|link| (link.left, link.right)).collect(),
            probabilities_ppm: linkage.links.iter().map(|link| link.probability_ppm).collect(),
            missed_ppm,
        }
    }

    /// The file's bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER.len() + 16 + self.pairs.len() * 12 + self.missed_ppm.len() * 4);
        bytes.extend_from_slice(HEADER);
        bytes.extend_from_slice(&(self.pairs.len() as u64).to_be_bytes());
        for ((cohort, usage), probability) in self.pairs.iter().zip(&self.probabilities_ppm) {
            for number in [cohort, usage, probability] {
                bytes.extend_from_slice(&number.to_be_bytes());
            }
        }
        bytes.extend_from_slice(&(self.missed_ppm.len() as u64).to_be_bytes());
        bytes.extend(self.missed_ppm.iter().flat_map(|missed| missed.to_be_bytes()));
        bytes
    }
}

/// Reads the file whose digest is in the log.
pub(super) fn read(path: &Path, digest: Digest) -> Result<StoredLinks, LinkFileError> {
    let bytes = std::fs::read(path)?;
    if Digest::of(&bytes) != digest {
        return Err(LinkFileError::Digest);
    }
    decode(&bytes).ok_or(LinkFileError::Format)
}

fn decode(bytes: &[u8]) -> Option<StoredLinks> {
    let (links, bytes) = counted::<12>(bytes.strip_prefix(HEADER)?)?;
    let (missed, rest) = counted::<4>(bytes)?;
    let mut stored = StoredLinks::default();
    for link in links {
        let [cohort, usage, probability] = [0, 4, 8].map(|at| number(&link[at..at + 4]));
        stored.pairs.push((cohort?, usage?));
        stored.probabilities_ppm.push(millionths(probability?)?);
    }
    stored.missed_ppm = missed.iter().map(|missed| millionths(u32::from_be_bytes(*missed))).collect::<Option<_>>()?;
    rest.is_empty().then_some(stored)
}

/// Items after their number, and what follows them.
fn counted<const BYTES: usize>(bytes: &[u8]) -> Option<(&[[u8; BYTES]], &[u8])> {
    let (count, bytes) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_be_bytes(*count)).ok()?.checked_mul(BYTES)?;
    let (items, rest) = bytes.split_at_checked(length)?;
    Some((items.as_chunks().0, rest))
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().map(u32::from_be_bytes).ok()
}

fn millionths(number: u32) -> Option<u32> {
    (number <= MILLION).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> StoredLinks {
        StoredLinks {
            pairs: vec![(1, 258), (3, 4)],
            probabilities_ppm: vec![1_000_000, 65_537],
            missed_ppm: vec![0, 0, 259, 1_000_000],
        }
    }

    /// A million is 0x0f4240.
    #[test]
    fn the_bytes_are_as_described() {
        let bytes = stored().encode();
        assert_eq!(&bytes[..20], b"counterfoil-links-2\n");
        assert_eq!(&bytes[20..40], [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1, 2, 0, 0x0f, 0x42, 0x40]);
        assert_eq!(&bytes[40..60], [0, 0, 0, 3, 0, 0, 0, 4, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4]);
        assert_eq!(&bytes[60..], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0x0f, 0x42, 0x40]);
        assert_eq!(decode(&bytes), Some(stored()));
        let nothing = StoredLinks::default();
        assert_eq!(decode(&nothing.encode()), Some(nothing));
    }

    #[test]
    fn cut_or_longer_bytes_are_refused() {
        let bytes = stored().encode();
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), None, "{end}");
        }
        for more in [1, 4, 8, 12] {
            assert_eq!(decode(&[bytes.as_slice(), &vec![0; more]].concat()), None, "{more}");
        }
        // A number of links or of rows that no file can have.
        for at in [20, 52] {
            let mut bytes = bytes.clone();
            bytes[at] = 0xff;
            assert_eq!(decode(&bytes), None, "{at}");
        }
    }

    #[test]
    fn more_than_certain_and_an_older_format_are_refused() {
        let beyond = |change: fn(&mut StoredLinks)| {
            let mut stored = stored();
            change(&mut stored);
            decode(&stored.encode())
        };
        assert_eq!(beyond(|stored| stored.probabilities_ppm[1] = 1_000_001), None);
        assert_eq!(beyond(|stored| stored.missed_ppm[0] = 1_000_001), None);
        assert_eq!(decode(b"counterfoil-links-1\n\0\0\0\0\0\0\0\0"), None);
    }

    #[test]
    fn a_flipped_byte_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("links");
        let mut bytes = stored().encode();
        let digest = Digest::of(&bytes);
        std::fs::write(&path, &bytes).expect("written");
        assert_eq!(read(&path, digest).expect("sound"), stored());
        for at in [30, 39, bytes.len() - 1] {
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).expect("written");
            assert!(matches!(read(&path, digest), Err(LinkFileError::Digest)));
            bytes[at] ^= 1;
        }
    }
}
