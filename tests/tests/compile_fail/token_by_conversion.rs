//! There is no conversion to a token either.

fn main() {
    let _: counterfoil_model::Token = [0_u8; 16].into();
}
