//! Cryptographic longterm keys (CLKs) as [clkhash](https://github.com/data61/clkhash) 0.18.3 makes them, bit for bit.
//!
//! In: a linkage schema of clkhash (JSON, versions 1 to 3), a secret, a CSV file. Out: `{"clks": [...]}`, one CLK a row.
//! Absent on purpose: normalisation, hardening, and any way to show a value or the secret. Errors name lines and features.
//!
//! # What it is for
//! A partner who already has clkhash, an agreement with it, and CLKs that must stay comparable. Both parties take the same schema and the
//! same secret; then equal records have equal CLKs whichever of the two programs made them.
//!
//! # What it is not
//! **Never the default, and refused unless the agreement says `unhardened_clk = "allowed"`.** These CLKs have no diffusion and no salt
//! from a stable attribute. Who holds them needs neither key nor schema to break them: a list of people that overlaps the encoded ones
//! is enough, since similarities survive encoding (Schäfer, Armknecht and Heng, ACSAC 2024; counts from their published results).
//! Re-identified, of people who are all in the attacker's list:
//!
//! | plain CLK of 1,024 bits, bigrams | 5 % of the list | 20 % | 40 % | 100 % |
//! |---|---|---|---|---|
//! | 10,000 names | 0 % | 89 % | 97 % | 100 % |
//! | 100,000 North Carolina voters | 52 % | 98 % | 99 % | 100 % |
//! | Euro census, 25,000 | 2 % | 74 % | 90 % | 98 % |
//!
//! Two-step hashes and tabulation `MinHash` fall in the same way (up to 99.9 %); linear diffusion with t = 10, which
//! `counterfoil-pseudonym` has, left nothing of it in the same tests. Pattern mining alone found up to 20.7 % of unhardened filters, and
//! `doubleHash` adds a structure of its own (Kroll and Steinmetzer 2015). The larger the file, the better the attack.
//! So: the fewest people, the shortest time, to one receiver who is bound not to try, and tokens first, so that CLKs
//! are made only for whom no identifier links.
//!
//! # What is mirrored and what is refused
//! Everything that clkhash accepts is either the same bits here or an error here; never other bits. Mirrored too: `xorFolds` is
//! documented and does nothing, `xor_folds` folds ([`SchemaWarning`]); a year before 1000 is not padded (as Python on Linux).
//! Refused, where clkhash goes on:
//! - numbers with a point where a whole number belongs; base64 that is not canonical; filters beyond 65,536 bits;
//! - patterns and date formats beyond a common core of the two languages; digits and spaces outside ASCII in numbers and dates;
//! - dates in which two numbers touch without all their digits (`1122000` as `%d%m%Y`), or with a space before the day;
//! - a carriage return inside a field, a quote that is never closed, a byte-order mark at the file's beginning;
//! - an empty secret.
//!
//! # The secret
//! A file's last newline is not part of the secret ([`Secret::of_file`]): whoever hands it to clkhash must strip it too.
//! Secret, keys and caches are wiped when dropped. Not reachable, and short-lived: `ring`'s HKDF state and its HMAC-SHA1 keys, the CSV
//! reader's buffers, the regular expressions' scratch space, and buffers that outgrew their allocation.

mod reason;

mod date;
mod number;
mod pattern;

mod format;

mod schema;
mod secret;

mod cache;
mod hash;

mod encoder;

mod rows;

mod clks;
mod file;

pub use clks::{ClksError, read_clks};
pub use encoder::{Encoder, Worker};
pub use file::{BadRow, Encoded, FileError, Header, PROBLEMS_MAX, encode_csv};
pub use reason::{FIELD_CHARACTERS_MAX, Reason, RowProblem};
pub use schema::{BITS_MAX, ClkhashSchema, SCHEMA_BYTES_MAX, SchemaError, SchemaWarning};
pub use secret::{Secret, SecretError};
