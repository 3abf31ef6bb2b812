//! How the log is cut into files that never change (c2sp.org/tlog-tiles): hash tiles, entry bundles, and their paths.
//!
//! In: entries or a tree. Out: the bytes and the relative path of each tile.
//! Absent on purpose: reading and writing the files, and the prefix they stand under.

use std::fmt::Write as _;

use thiserror::Error;

use crate::hash::TreeSize;
use crate::tree::MerkleTree;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Highest level of a tile.
pub const TILE_LEVEL_MAX: u8 = 63;

/// Most bytes in one entry: its length is written in 16 bits.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// The tiles of one level of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelTiles {
    /// Level, from 0 at the leaves; each is 256 times narrower than the one below.
    pub level: u8,
    /// Full tiles.
    pub full: u64,
    /// Hashes in the partial tile after them, or 0 if there is none.
    pub partial_width: u8,
}

/// Why a tile or a bundle cannot be made, named or read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TileError {
    /// Above [`TILE_LEVEL_MAX`].
    #[error("a tile's level is at most {TILE_LEVEL_MAX}")]
    Level,
    /// An empty tile does not exist.
    #[error("a partial tile has 1 to 255 hashes")]
    EmptyTile,
    /// The tree does not fill the tile that far.
    #[error("the tree has not yet as many leaves as this tile needs")]
    BeyondTree,
    /// Longer than [`ENTRY_BYTES_MAX`].
    #[error("entry {place} of the bundle is longer than {ENTRY_BYTES_MAX} bytes")]
    EntryTooLong {
        /// Place in the bundle, from 0.
        place: usize,
    },
    /// More than [`TILE_WIDTH`].
    #[error("a bundle has at most {TILE_WIDTH} entries")]
    TooManyEntries,
    /// The bytes end within an entry.
    #[error("the bundle ends within entry {place}: it was cut short")]
    Truncated {
        /// Place in the bundle, from 0.
        place: usize,
    },
}

/// Joins up to 256 entries into a bundle: each one's length in two bytes, big endian, then its bytes.
///
/// # Errors
/// [`TileError::EntryTooLong`] or [`TileError::TooManyEntries`].
pub fn entry_bundle(entries: &[&[u8]]) -> Result<Vec<u8>, TileError> {
    if entries.len() > usize::from(TILE_WIDTH) {
        return Err(TileError::TooManyEntries);
    }
    let mut bundle = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLong { place })?;
        bundle.extend(length.to_be_bytes());
        bundle.extend(*entry);
    }
    Ok(bundle)
}

/// Takes a bundle apart.
///
/// # Errors
/// [`TileError::Truncated`] or [`TileError::TooManyEntries`].
pub fn parse_entry_bundle(mut bundle: &[u8]) -> Result<Vec<&[u8]>, TileError> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let place = entries.len();
        if place == usize::from(TILE_WIDTH) {
            return Err(TileError::TooManyEntries);
        }
        let (length, rest) = bundle.split_first_chunk::<2>().ok_or(TileError::Truncated { place })?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length).ok_or(TileError::Truncated { place })?;
        entries.push(entry);
        bundle = rest;
    }
    Ok(entries)
}

/// The hashes of one tile: at level `l`, hash `i` of tile `n` is the root over the `256^l` leaves from `(n * 256 + i) * 256^l`.
/// `partial_width` is the number of hashes of a partial tile, or none for a full one.
///
/// # Errors
/// [`TileError`] if there can be no such tile, or none yet in this tree.
pub fn hash_tile(tree: &MerkleTree, level: u8, index: u64, partial_width: Option<u8>) -> Result<Vec<u8>, TileError> {
    refuse_impossible(level, partial_width)?;
    let first = index.checked_mul(TILE_WIDTH.into()).ok_or(TileError::BeyondTree)?;
    let width = partial_width.map_or(TILE_WIDTH, u16::from);
    let mut hashes = Vec::with_capacity(usize::from(width) * crate::hash::HASH_BYTES);
    for place in 0..width {
        let node = tree.full_subtree(8 * usize::from(level), first + u64::from(place)).ok_or(TileError::BeyondTree)?;
        hashes.extend(node.0);
    }
    Ok(hashes)
}

/// Path of a hash tile, below the log's prefix: `tile/<level>/<index>`, and `.p/<width>` if it is partial.
///
/// # Errors
/// [`TileError::Level`] or [`TileError::EmptyTile`].
pub fn tile_path(level: u8, index: u64, partial_width: Option<u8>) -> Result<String, TileError> {
    refuse_impossible(level, partial_width)?;
    Ok(path(&level.to_string(), index, partial_width))
}

/// Path of an entry bundle, below the log's prefix: `tile/entries/<index>`, and `.p/<width>` if it is partial.
///
/// # Errors
/// [`TileError::EmptyTile`].
pub fn entries_tile_path(index: u64, partial_width: Option<u8>) -> Result<String, TileError> {
    refuse_impossible(0, partial_width)?;
    Ok(path("entries", index, partial_width))
}

/// The tiles of a tree, level by level from the leaves. Only full tiles are hashed into the level above.
pub fn tiles_for_size(size: TreeSize) -> Vec<LevelTiles> {
    let mut levels = Vec::new();
    let mut hashes = size.0;
    for level in 0.. {
        if hashes == 0 {
            break;
        }
        let [.., partial_width] = hashes.to_be_bytes();
        hashes >>= 8;
        levels.push(LevelTiles { level, full: hashes, partial_width });
    }
    levels
}

fn refuse_impossible(level: u8, partial_width: Option<u8>) -> Result<(), TileError> {
    match (level, partial_width) {
        (..=TILE_LEVEL_MAX, None | Some(1..)) => Ok(()),
        (..=TILE_LEVEL_MAX, Some(0)) => Err(TileError::EmptyTile),
        _ => Err(TileError::Level),
    }
}

/// The index is written in groups of three digits, each a folder with a leading `x` but the last.
fn path(level: &str, index: u64, partial_width: Option<u8>) -> String {
    let mut groups = vec![format!("{:03}", index % 1000)];
    let mut rest = index / 1000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    groups.reverse();
    let mut path = format!("tile/{level}/{}", groups.join("/"));
    if let Some(width) = partial_width {
        write!(path, ".p/{width}").expect("writing to a string cannot fail");
    }
    path
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::hash::{leaf_hash, node_hash};

    #[test]
    fn paths_follow_the_standard() {
        assert_eq!(tile_path(0, 1_234_067, None).unwrap(), "tile/0/x001/x234/067");
        assert_eq!(tile_path(63, 5, Some(255)).unwrap(), "tile/63/005.p/255");
        assert_eq!(entries_tile_path(273, Some(112)).unwrap(), "tile/entries/273.p/112");
        assert_eq!(tile_path(0, u64::MAX, None).unwrap(), "tile/0/x018/x446/x744/x073/x709/x551/615");
        assert_eq!(tile_path(64, 0, None), Err(TileError::Level));
        assert_eq!(tile_path(0, 0, Some(0)), Err(TileError::EmptyTile));
        assert_eq!(entries_tile_path(0, Some(0)), Err(TileError::EmptyTile));
    }

    #[test]
    fn bundles_come_apart_as_they_were_joined() {
        let longest = vec![1; ENTRY_BYTES_MAX];
        for entries in [vec![], vec![&b""[..]], vec![b"a", b"", b"bc"], vec![&longest], vec![b"x"; 256]] {
            let bundle = entry_bundle(&entries).unwrap();
            assert_eq!(parse_entry_bundle(&bundle).unwrap(), entries);
        }
    }

    #[test]
    fn bundles_that_cannot_be_are_refused() {
        // A longer entry's length would wrap around in 16 bits and shift every entry after it.
        assert_eq!(entry_bundle(&[b"", &vec![1; ENTRY_BYTES_MAX + 1]]), Err(TileError::EntryTooLong { place: 1 }));
        assert_eq!(entry_bundle(&[b"x".as_slice(); 257]), Err(TileError::TooManyEntries));
        assert_eq!(parse_entry_bundle(&[0; 2 * 257]), Err(TileError::TooManyEntries));
        for cut in [&b"\0"[..], b"\0\x01", b"\x01\0a"] {
            assert_eq!(parse_entry_bundle(cut), Err(TileError::Truncated { place: 0 }));
        }
        assert_eq!(parse_entry_bundle(b"\0\x01a\0\x02b"), Err(TileError::Truncated { place: 1 }));
    }

    #[test]
    fn tiles_hold_roots_of_full_subtrees_only() {
        let tree: MerkleTree = (0..600_u32).map(|number| leaf_hash(&number.to_be_bytes())).collect();
        let second = hash_tile(&tree, 0, 1, None).unwrap();
        assert_eq!(second.len(), 8192);
        assert_eq!(second[..32], leaf_hash(&256_u32.to_be_bytes()).0);
        // Level 1: two full tiles of level 0, each folded to its root by hand.
        let mut nodes: Vec<_> = (256..512_u32).map(|number| leaf_hash(&number.to_be_bytes()).into()).collect();
        while nodes.len() > 1 {
            nodes = nodes.chunks(2).map(|pair| node_hash(pair[0], pair[1])).collect();
        }
        assert_eq!(hash_tile(&tree, 1, 0, Some(2)).unwrap()[32..], nodes[0].0);
        assert_eq!(hash_tile(&tree, 0, 2, Some(88)).unwrap().len(), 88 * 32);
        for (level, index, width) in [
            (0, 2, Some(89)),
            (0, 2, None),
            (0, 3, Some(1)),
            (1, 0, Some(3)),
            (2, 0, Some(1)),
            (63, 0, Some(1)),
            (0, u64::MAX, None),
        ] {
            assert_eq!(hash_tile(&tree, level, index, width), Err(TileError::BeyondTree));
        }
        assert_eq!(hash_tile(&tree, 64, 0, None), Err(TileError::Level));
        assert_eq!(hash_tile(&tree, 0, 0, Some(0)), Err(TileError::EmptyTile));
    }
}
