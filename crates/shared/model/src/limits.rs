//! Limits, each with its unit and the arithmetic that it protects.

/// Longest agreement, schema or study file that is read, in bytes.
pub const TERMS_BYTES_MAX: usize = 1 << 20;
/// Fields in one linkage schema. A row's problems are reported per field, so the count stays readable.
pub const FIELDS_MAX: usize = 32;
/// Match keys in one linkage schema; one column of 16-byte tokens each.
pub const MATCH_KEYS_MAX: usize = 32;
/// Blocking rules in one linkage schema; one column of 8-byte tokens each.
pub const BLOCKING_RULES_MAX: usize = 16;
/// Parts joined in one match key or blocking rule.
pub const PARTS_MAX: usize = 8;
/// Former numbers of one field in one row. The Personal Demographics Service rarely knows more than two of a person; each is
/// one HMAC a match key.
pub const FORMER_NUMBERS_MAX: usize = 8;
/// Fields that match keys, blocking rules and the CLK of one schema may use together.
pub const COMPARED_FIELDS_MAX: usize = 16;
/// Ways in which the fields of a pair can agree, all fields together: the model that decides looks at each of them, for
/// each set of missing fields, some hundred times.
pub const AGREEMENT_VECTORS_MAX: u64 = 1 << 18;
/// Bits of match weight by which a link may have to beat the runner-up: 2^30 to one.
pub const RUNNER_UP_MARGIN_BITS_MAX: u32 = 30;
/// Shortest CLK in bits: below it unrelated people collide.
pub const CLK_BITS_MIN: u32 = 256;
/// Longest CLK in bits. 4,096 bits are 512 bytes a row; a position fits in 16 bits.
pub const CLK_BITS_MAX: u32 = 4_096;
/// Input bits joined into one output bit by linear diffusion.
pub const DIFFUSION_MAX: u32 = 32;
/// Parties of one agreement.
pub const PARTIES_MAX: usize = 32;
/// Datasets of one agreement.
pub const DATASETS_MAX: usize = 16;
/// Studies of one agreement.
pub const STUDIES_MAX: usize = 64;
/// Variables of one table of a dataset.
pub const VARIABLES_MAX: usize = 64;
/// Codes that one variable may take.
pub const CODES_MAX: usize = 1_024;
/// People in one extract: the United Kingdom and some room. Row numbers fit in 32 bits.
pub const PEOPLE_MAX: u64 = 100_000_000;
/// Months of look-back or follow-up in a study.
pub const STUDY_MONTHS_MAX: u32 = 240;
