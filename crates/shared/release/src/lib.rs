//! The only way out: table, suppress, round, review, release, and the evidence that it was permitted and logged.
//!
//! In: exact counts, sums of money and statistics, the agreement's disclosure terms, entries of the log. Out: [`LoggedRelease`], the one thing that may be sent to a
//! partner; and for whoever receives it, the functions that verify and read it.
//! Absent on purpose: files, sockets, clocks, signing, and every way round: each step consumes the former.
//!
//! ```text
//! Table --suppress_primary--> Suppressed --review--> Reviewed --release--> Release --logged--> LoggedRelease
//!                                                        body bytes + evidence --verify_logged_release--> VerifiedRelease
//!                                                                                    --verify_terms--> PermittedRelease
//! ```
//! Not in it yet: differencing against former releases.

mod column;

mod cell;

mod stated;

mod table;

mod decimal;

mod dominance;

mod figure;

mod suppress;

mod sums;

mod review;

mod rules;

mod body;

mod record;

mod evidence;

mod seed;

mod logged;

mod show;

pub use body::{BodyError, CellCounts, RELEASE_BYTES_MAX, ReleaseBody, ReleaseHead, ReleasedTable, parse_release};
pub use cell::{Behind, Cell, Contributors, Money};
pub use column::{Column, ColumnKind, FigureKind, FigureUnit};
pub use decimal::{DECIMALS_MAX, Decimal, SCALED_MAX};
pub use evidence::{Evidence, EvidenceError, PermittedRelease, Step, VerifiedRelease, verify_logged_release};
pub use logged::{LoggedRelease, Release};
pub use record::{
    AgreementAdmitted, ExtractAdmitted, LinkCompleted, LogRecord, LogRecordError, ReleaseIssued, StudyRegistered,
};
pub use review::{CellProblem, ReviewError, Reviewed, SumProblem, review};
pub use rules::{MONEY_ROUNDING_POUNDS_MIN, ROUNDING_BASE_MIN, Rules, RulesTooWeak, SUPPRESS_BELOW_MIN};
pub use seed::comparison_seed;
pub use show::{tables_csv, tables_text};
pub use stated::{CellOf, Sum, SumCover};
pub use suppress::{ReleasedCell, Suppressed, SuppressedByRule};
pub use table::{COLUMNS_MAX, COUNT_MAX, LABEL_BYTES_MAX, NOTE_TEXT_BYTES_MAX, ROWS_MAX, Row, Table, TableError};
