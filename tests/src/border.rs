//! What cannot be done with `counterfoil_wire` from outside, each beside what can be.
//!
//! The other programs that must not compile are in `tests/compile_fail`; these two need the wire, which trybuild would
//! build a second time with everything below it.
//!
//! Generated messages are private: only what the client and the server traits take can be put on the wire.
//! ```
//! use counterfoil_wire::UnitClient;
//! ```
//! ```compile_fail,E0603
//! use counterfoil_wire::messages;
//! ```
//! ```compile_fail,E0603
//! use counterfoil_wire::messages::linkage::v1::SubmitExtractRequest;
//! ```
//!
//! A caller is made from a certificate that TLS has verified, and from nothing else.
//! ```
//! fn party(caller: &counterfoil_wire::Caller) -> &counterfoil_model::PartyId {
//!     caller.party()
//! }
//! ```
//! ```compile_fail,E0451
//! fn caller(party: counterfoil_model::PartyId) -> counterfoil_wire::Caller {
//!     counterfoil_wire::Caller { party }
//! }
//! ```
//!
//! A refusal is one of a closed list: no text of the unit's own choice but the one about an extract.
//! ```
//! fn refuse() -> counterfoil_wire::Refusal {
//!     counterfoil_wire::Refusal::Internal
//! }
//! ```
//! ```compile_fail,E0599
//! fn refuse(why: String) -> counterfoil_wire::Refusal {
//!     counterfoil_wire::Refusal::Other(why)
//! }
//! ```
