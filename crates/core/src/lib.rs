//! The front door for those who embed the library: the pure crates, and both wings in one process for evaluation.

pub mod evaluate;

pub use counterfoil_audit as audit;
pub use counterfoil_extract as extract;
pub use counterfoil_linkage as linkage;
pub use counterfoil_model as model;
pub use counterfoil_outcomes as outcomes;
pub use counterfoil_pseudonym as pseudonym;
pub use counterfoil_release as release;
