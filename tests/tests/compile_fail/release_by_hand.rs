//! A release has come through the gate: none of its steps can be left out or written by hand.

use counterfoil_release::{LoggedRelease, Release, Reviewed, Suppressed};

fn main() {
    let _ = Suppressed {};
    let _ = Reviewed {};
    let _ = Release {};
    let _ = LoggedRelease {};
}
