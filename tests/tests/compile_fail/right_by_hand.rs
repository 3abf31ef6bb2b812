//! A right is a value that nobody can forge: an agreement is one only when all its parties have signed.

use counterfoil_model::{Agreement, SignedAgreement};

fn signed(agreement: Agreement) -> SignedAgreement {
    SignedAgreement { agreement }
}

fn main() {}
