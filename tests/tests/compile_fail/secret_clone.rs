//! A secret or an identifier is not copied: one place holds it, and wipes it.

fn copy<T: Clone>(_: &T) {}

fn main() {}

fn key(key: &counterfoil_pseudonym::PseudonymisationKey) {
    copy(key);
}

fn identifier(plain: &counterfoil_pseudonym::Plain) {
    copy(plain);
}

fn row(row: &counterfoil_pseudonym::Normalised) {
    copy(row);
}
