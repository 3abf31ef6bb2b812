//! The nouns that every wing shares.
//!
//! In: the text of an agreement, a linkage schema or a study; bytes that came over a border.
//! Out: types that are valid by construction, and limits named with their units.
//! Absent on purpose: identifiers, the pseudonymisation key, files, clocks, randomness.

mod limits;

mod code;
mod digest;

mod instrument;

mod agreement;
mod schema;
mod study;
mod variable;

mod token;

mod rows;

pub use agreement::{
    Agreement, AgreementError, Dataset, Disclosure, MeasureTerm, Party, PinnedStudy, Purpose, Role, SignedAgreement,
    UnhardenedClk, agreement_statement, agreement_statement_keys,
};
pub use code::{AgreementId, Code, CodeError, DatasetId, PartyId, RunId, SchemaId, StudyId, SubmissionId};
pub use digest::{AgreementDigest, Digest, DigestError, ManifestDigest, ReleaseDigest, SchemaDigest, StudyDigest};
pub use instrument::Instrument;
pub use limits::*;
pub use rows::{EncodedPeople, Encoding, EventRow, FormerToken, MeasureRow, PersonRow};
pub use schema::{
    AgreementState, BlockingRule, ClkEncoding, ClkFeature, ClkSettings, ColumnFormat, ColumnSpec, Columns,
    DatasetColumns, Decision, Field, LinkageSchema, MatchKeyRule, Part, PartForm, Permille, Relationship, Rule,
    SchemaError, agreement_states,
};
pub use study::{
    Again, Alternative, Attainment, Benefit, Better, Breakdown, Censoring, CensoringReason, Comparison, Completers,
    Controls, Covariate, Eligible, LeftOut, MatchingMethod, MatchingTerms, Measure, MeasureRole, Only, PlannedTable,
    Price, Replacement, Score, Study, StudyError, Subgroup, SubgroupKind, Threshold, Total, TotalUnit, Trajectory,
    Uptake, Value as OutcomeValue, in_months, planned_tables,
};
pub use token::{BlockingToken, Clk, ClkError, KeyFingerprint, PersonRef, Token};
pub use variable::{Value, ValueError, Variable, VariableKind};
