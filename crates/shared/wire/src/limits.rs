//! Limits of the wire, each with its unit and what it protects.

use std::time::Duration;

/// Greatest message that the unit decodes, in bytes. One chunk fits four times.
pub const REQUEST_BYTES_MAX: usize = 1 << 20;
/// Greatest message that a client decodes, in bytes: a release with its evidence, or 256 log entries.
pub const RESPONSE_BYTES_MAX: usize = 16 << 20;
/// Greatest chunk of a table, in bytes.
pub const CHUNK_BYTES_MAX: usize = 256 << 10;
/// Greatest manifest, in bytes.
pub const MANIFEST_BYTES_MAX: usize = 64 << 10;
/// Log entries in one answer: one full tile.
pub const ENTRIES_MAX: u64 = 256;
/// TLS handshakes at once. Nobody is known yet, so they are bounded apart from connections.
pub const HANDSHAKES_MAX: usize = 64;
/// Connections open at once, of all parties. Each costs one file descriptor.
pub const CONNECTIONS_MAX: usize = 256;
/// Connections open at once of one party, so that no party takes the place of the others.
pub const CONNECTIONS_PER_PARTY_MAX: usize = 32;
/// Requests at once on one connection.
pub const STREAMS_PER_CONNECTION_MAX: u32 = 16;
/// Time for a TLS handshake, and again for the first byte after it: nobody holds a place by silence.
pub const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(5);
/// Longest silence in the middle of a submission.
pub const CHUNK_DEADLINE: Duration = Duration::from_secs(30);
/// Longest submission in one call. A longer one goes on in the next, where this one stopped.
pub const SUBMISSION_DEADLINE: Duration = Duration::from_secs(6 * 60 * 60);
/// Time that callers have to end what is under way when the unit is asked to stop.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(30);
