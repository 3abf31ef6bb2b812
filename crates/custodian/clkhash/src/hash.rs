//! Which bits a token sets: keyed `BLAKE2b`, or the double hashing of Schnell et al. 2011.
//!
//! In: a feature's keys, a token's bytes, how many bits. Out: so many indices below the filter's length; fewer bits are the first
//! of more.
//! Absent on purpose: remembering; see the cache.

use blake2::Blake2bMac512;
use blake2::digest::Mac as _;
use hmac::{Hmac, KeyInit as _};
use md5::Md5;
use ring::hmac as ring_hmac;

use crate::schema::TokenHash;
use crate::secret::{FeatureKeys, SecretError};

/// Indices of one `BLAKE2b` digest: 64 bytes, 16 bits each.
const OF_DIGEST: usize = 32;
/// Bytes of a `BLAKE2b` key (RFC 7693 section 2.1).
pub(crate) const KEY_BYTES_MAX: usize = 64;
/// Keyed states that are kept: 256 bits a token. Beyond, they are made when they are needed.
const KEPT_MAX: usize = 8;

/// The keyed hash of one feature.
pub(crate) struct TokenHasher {
    bits: usize,
    kind: Kind,
}

#[allow(clippy::large_enum_variant, reason = "there are as many as features")]
enum Kind {
    Blake { keys: FeatureKeys, kept: Vec<Blake2bMac512> },
    Double { sha1: ring_hmac::Key, md5: Hmac<Md5>, prevent_singularity: bool },
}

impl TokenHasher {
    /// `bits` is the filter's length before folding, `count_max` the most indices that will be asked for.
    pub(crate) fn new(hash: TokenHash, keys: FeatureKeys, bits: usize, count_max: usize) -> Result<Self, SecretError> {
        let kind = match hash {
            TokenHash::Blake => {
                let kept = (0..count_max.div_ceil(OF_DIGEST).min(KEPT_MAX)).map(|block| blake(&keys, block));
                Kind::Blake { kept: kept.collect::<Result<_, _>>()?, keys }
            }
            TokenHash::Double { prevent_singularity } => Kind::Double {
                sha1: ring_hmac::Key::new(ring_hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &keys.first),
                md5: Hmac::new_from_slice(&keys.second).expect("HMAC takes a key of any length"),
                prevent_singularity,
            },
        };
        Ok(Self { bits, kind })
    }

    /// Fills `out` with indices.
    pub(crate) fn fill(&self, token: &[u8], out: &mut [u16]) {
        match &self.kind {
            Kind::Blake { keys, kept } => {
                let below = u16::try_from(self.bits - 1).expect("at most 65,536 bits");
                for (block, out) in out.chunks_mut(OF_DIGEST).enumerate() {
                    let mac = match kept.get(block) {
                        Some(mac) => mac.clone(),
                        None => blake(keys, block).expect("the key was good for the first block"),
                    };
                    let digest = mac.chain_update(token).finalize().into_bytes();
                    for (index, pair) in out.iter_mut().zip(digest.chunks_exact(2)) {
                        // The length is a power of two. clkhash reads the machine's own byte order; x86 and ARM are little-endian.
                        *index = u16::from_le_bytes([pair[0], pair[1]]) & below;
                    }
                }
            }
            Kind::Double { sha1, md5, prevent_singularity } => {
                let first = self.modulo(ring_hmac::sign(sha1, token).as_ref());
                let md5_of = |more: &[u8]| {
                    let mac = md5.clone().chain_update(token).chain_update(more);
                    self.modulo(&mac.finalize().into_bytes())
                };
                let mut step = md5_of(&[]);
                if *prevent_singularity {
                    // The schema refuses a filter of one bit, so this ends, in practice at once.
                    let mut more = '\0'..;
                    while step == 0 {
                        let Some(next) = more.next() else { break };
                        step = md5_of(next.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
                let mut index = first;
                for out in out {
                    *out = u16::try_from(index).expect("below 65,536");
                    index = (index + step) % self.length();
                }
            }
        }
    }

    /// A big-endian number modulo the filter's length.
    fn modulo(&self, bytes: &[u8]) -> u32 {
        bytes.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % self.length())
    }

    fn length(&self) -> u32 {
        u32::try_from(self.bits).expect("at most 65,536 bits")
    }
}

/// `BLAKE2b` of 64 bytes with the block's number in decimal digits as salt (RFC 7693 has keys; salt is in the BLAKE2 paper).
fn blake(keys: &FeatureKeys, block: usize) -> Result<Blake2bMac512, SecretError> {
    // blake2 0.11.0 lets keys of 65 to 128 bytes pass its own check and then panics.
    if keys.first.len() > KEY_BYTES_MAX {
        return Err(SecretError::TooLongForLegacy);
    }
    let salt = block.to_string();
    Blake2bMac512::new_with_salt_and_personal(Some(&keys.first), salt.as_bytes(), &[])
        .map_err(|_| SecretError::TooLongForLegacy)
}
