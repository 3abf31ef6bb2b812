//! The draws of a cluster bootstrap.
//!
//! In: a seed, the number of a draw, the clusters there are. Out: how often the draw has each. Absent on purpose: state
//! between draws: draw n is stream n of the generator, so that it is the same whichever thread makes it.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// As many clusters as there are, with replacement, all equally likely: position = high word of word x clusters. The
/// bias is below clusters / 2^32.
pub(crate) fn multiplicities(seed: &[u8; 32], draw: u32, clusters: usize) -> Vec<u32> {
    let mut chacha = ChaCha8Rng::from_seed(*seed);
    chacha.set_stream(u64::from(draw));
    let mut times = vec![0; clusters];
    for _ in 0..clusters {
        let picked = (u64::from(chacha.next_u32()) * clusters as u64) >> 32;
        times[usize::try_from(picked).expect("below the number of clusters")] += 1;
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_has_as_many_clusters_as_there_are() {
        for clusters in [2, 7, 40] {
            assert_eq!(multiplicities(&[1; 32], 5, clusters).iter().sum::<u32>(), u32::try_from(clusters).unwrap_or(0));
        }
        assert_ne!(multiplicities(&[1; 32], 5, 40), multiplicities(&[1; 32], 6, 40));
        assert_ne!(multiplicities(&[1; 32], 5, 40), multiplicities(&[2; 32], 5, 40));
    }
}
