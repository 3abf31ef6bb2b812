//! Nobody outside can make the key serialisable: neither the trait nor the type is theirs.

impl serde::Serialize for counterfoil_pseudonym::PseudonymisationKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.bytes_for_sealing())
    }
}

fn main() {}
