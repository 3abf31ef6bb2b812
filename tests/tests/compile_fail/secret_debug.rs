//! A secret or an identifier cannot be written to a log by accident.

fn show<T: std::fmt::Debug>(_: &T) {}

fn main() {}

fn key(key: &counterfoil_pseudonym::PseudonymisationKey) {
    show(key);
}

fn local_id_key(key: &counterfoil_pseudonym::LocalIdKey) {
    show(key);
}

fn identifier(plain: &counterfoil_pseudonym::Plain) {
    show(plain);
}

fn row(row: &counterfoil_pseudonym::Normalised) {
    show(row);
}
