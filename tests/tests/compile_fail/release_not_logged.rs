//! Only a release that is in the log can be an answer.

use counterfoil_release::{LoggedRelease, Release, Reviewed};

fn send(_: LoggedRelease) {}

fn from_release(release: Release) {
    send(release);
}

fn from_reviewed(reviewed: Reviewed) {
    send(reviewed);
}

fn bytes_of(release: Release) -> Vec<u8> {
    release.bytes
}

fn main() {}
