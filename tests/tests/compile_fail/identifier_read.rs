//! A normalised identifier can be read inside its own crate alone.

fn read(plain: &counterfoil_pseudonym::Plain) -> &str {
    plain.as_str()
}

fn main() {}
