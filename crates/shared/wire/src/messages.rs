//! The generated messages and services, private to this crate.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    clippy::disallowed_methods,
    reason = "generated from proto/; the comments are there"
)]

pub(crate) mod audit {
    pub(crate) mod v1 {
        tonic::include_proto!("counterfoil.audit.v1");
    }
}

pub(crate) mod linkage {
    pub(crate) mod v1 {
        tonic::include_proto!("counterfoil.linkage.v1");
    }
}

pub(crate) mod release {
    pub(crate) mod v1 {
        tonic::include_proto!("counterfoil.release.v1");
    }
}
