//! The file of links: which row of the cohort's extract is which row of the usage extract. It never leaves the unit.
//!
//! Bytes: a header line, then the number of links as 8 bytes, then 4 bytes of cohort row and 4 of usage row each, all
//! big-endian, in ascending order. The log has its SHA-256.

use std::path::Path;

use counterfoil_model::Digest;

const HEADER: &[u8] = b"counterfoil-links-1\n";

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

/// The file's bytes.
pub(super) fn encode(links: &[(u32, u32)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER.len() + 8 + links.len() * 8);
    bytes.extend_from_slice(HEADER);
    bytes.extend_from_slice(&(links.len() as u64).to_be_bytes());
    for (cohort, usage) in links {
        bytes.extend_from_slice(&cohort.to_be_bytes());
        bytes.extend_from_slice(&usage.to_be_bytes());
    }
    bytes
}

/// Reads the file whose digest is in the log.
pub(super) fn read(path: &Path, digest: Digest) -> Result<Vec<(u32, u32)>, LinkFileError> {
    let bytes = std::fs::read(path)?;
    if Digest::of(&bytes) != digest {
        return Err(LinkFileError::Digest);
    }
    decode(&bytes).ok_or(LinkFileError::Format)
}

fn decode(bytes: &[u8]) -> Option<Vec<(u32, u32)>> {
    let (count, pairs) = bytes.strip_prefix(HEADER)?.split_first_chunk::<8>()?;
    let (pairs, rest) = pairs.as_chunks::<8>();
    if !rest.is_empty() || u64::from_be_bytes(*count) != pairs.len() as u64 {
        return None;
    }
    let row = |bytes: &[u8]| bytes.try_into().map(u32::from_be_bytes).ok();
    pairs.iter().map(|pair| Some((row(&pair[..4])?, row(&pair[4..])?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_as_described() {
        let bytes = encode(&[(1, 258), (3, 4)]);
        assert_eq!(&bytes[..20], b"counterfoil-links-1\n");
        assert_eq!(&bytes[20..], [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 0, 3, 0, 0, 0, 4]);
        assert_eq!(decode(&bytes), Some(vec![(1, 258), (3, 4)]));
    }

    #[test]
    fn cut_or_longer_bytes_are_refused() {
        let bytes = encode(&[(1, 2)]);
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), None);
        }
        assert_eq!(decode(&[bytes.as_slice(), &[0; 8]].concat()), None);
    }

    #[test]
    fn a_flipped_byte_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("links");
        let mut bytes = encode(&[(1, 2)]);
        let digest = Digest::of(&bytes);
        bytes[30] ^= 1;
        std::fs::write(&path, &bytes).expect("written");
        assert!(matches!(read(&path, digest), Err(LinkFileError::Digest)));
    }
}
