//! The seed of a comparison: nobody could choose it, and anybody can reckon it again.
//!
//! In: the agreement, the study's digest, and the root of the log when the linkage run was its last entry. Out: 32 bytes.
//! Absent on purpose: anything that could be tried until it pleases. The study was registered before the extracts, the run's entry commits
//! to both extracts and to the links, and there is one run over two extracts.
//!
//! What it does not stop: the root depends on the nonce and the second of the run's entry, which the unit makes. A unit that went on
//! making entries that it never shows, until it liked the seed, would not be found out by the log alone. Witnesses who sign
//! each checkpoint as it comes leave it no time for that.

use counterfoil_audit::RootHash;
use counterfoil_model::{AgreementId, Digest, StudyDigest};

const CONTEXT: &str = "counterfoil-comparison-seed-1\n";

/// SHA-256 of a fixed line, the agreement's name and a line feed, the study's digest and the root.
pub fn comparison_seed(agreement: &AgreementId, study: StudyDigest, linked_root: RootHash) -> Digest {
    let name = format!("{CONTEXT}{agreement}\n");
    Digest::of(&[name.as_bytes(), study.0.as_bytes(), &linked_root.0].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'counterfoil-comparison-seed-1\nnel\n' > a; printf '\0%.0s' {1..32} >> a; printf '\1%.0s' {1..32} >> a; sha256sum a`.
    #[test]
    fn the_seed_is_as_described() {
        let agreement = AgreementId::parse("nel").expect("a code");
        let study = StudyDigest(Digest::from_bytes([0; 32]));
        let seed = comparison_seed(&agreement, study, RootHash([1; 32]));
        assert_eq!(seed.to_string(), "1adf6ab4045ba0a925701246b47caa554445210b80ef1668c9604b818053f571");
    }
}
