//! A secret or an identifier has no form for people.

fn show<T: std::fmt::Display>(_: &T) {}

fn main() {}

fn key(key: &counterfoil_pseudonym::PseudonymisationKey) {
    show(key);
}

fn identifier(plain: &counterfoil_pseudonym::Plain) {
    show(plain);
}
