//! A token is made from an HMAC tag: a plain hash cannot pass for one.

use counterfoil_model::{BlockingToken, Clk, Token};

fn main() {
    let _ = Token { 0: [0; 16] };
    let _ = BlockingToken { 0: [0; 8] };
    let _ = Clk { 0: vec![0; 16].into() };
}
