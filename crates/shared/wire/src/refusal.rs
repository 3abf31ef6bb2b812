//! Why the unit says no: a closed list, so that nothing internal can slip into an answer.
//!
//! What the caller sees and what the unit logs are two things. A caller that is no party of an agreement gets one answer
//! for everything, so that it learns nothing of what exists.

use std::fmt;

use counterfoil_model::Code;

/// What is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReady {
    /// An extract that the question needs has not been submitted.
    Extract,
    /// The newest extracts have not been linked.
    Link,
    /// Nothing has been released for the study.
    Release,
}

/// A refusal by the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such agreement, no party of it, or not a thing that this party may do.
    NotPermitted,
    /// Today is outside the agreement's term.
    NotInForce,
    /// The custodians' key fingerprints differ.
    KeyMismatch,
    /// The extract is not as agreed. The reason names tables, columns and row numbers, never a value.
    ExtractRefused(String),
    /// The submission id was used for another extract.
    SubmissionConflict,
    /// The upload ended early, or its parts do not add up. Nothing has happened.
    Incomplete(&'static str),
    /// Something must happen first.
    NotReady(NotReady),
    /// The agreement's number of releases is used up.
    BudgetSpent,
    /// Disclosure control lets nothing out of this question.
    NotReleasable,
    /// The study counts money at another tariff than that of the usage extract, which names one or none.
    OtherTariff {
        /// The study's.
        study: Code,
        /// The extract's.
        extract: Option<Code>,
    },
    /// The request is not well formed.
    Malformed(&'static str),
    /// Too much at once; try later.
    Busy,
    /// The unit failed; its own record has the cause.
    Internal,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal;)*) => {
        /// The kind of a refusal, as a client sees it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum RefusalCode { $($(#[$doc])* $code,)* }

        impl RefusalCode {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$code, $name),)*];
        }
    };
}

codes! {
    /// [`Refusal::NotPermitted`].
    NotPermitted = "not-permitted";
    /// [`Refusal::NotInForce`].
    NotInForce = "not-in-force";
    /// [`Refusal::KeyMismatch`].
    KeyMismatch = "key-mismatch";
    /// [`Refusal::ExtractRefused`].
    ExtractRefused = "extract-refused";
    /// [`Refusal::SubmissionConflict`].
    SubmissionConflict = "submission-conflict";
    /// [`Refusal::Incomplete`].
    Incomplete = "incomplete";
    /// [`Refusal::NotReady`].
    NotReady = "not-ready";
    /// [`Refusal::BudgetSpent`].
    BudgetSpent = "budget-spent";
    /// [`Refusal::NotReleasable`] and [`Refusal::OtherTariff`].
    NotReleasable = "not-releasable";
    /// [`Refusal::Malformed`].
    Malformed = "malformed";
    /// [`Refusal::Busy`].
    Busy = "busy";
    /// [`Refusal::Internal`].
    Internal = "internal";
}

impl RefusalCode {
    /// The name on the wire and in machine-readable output.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(code, _)| *code == self).map_or("", |(_, name)| name)
    }

    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(code, _)| *code)
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Refusal {
    /// The kind.
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::NotPermitted => RefusalCode::NotPermitted,
            Self::NotInForce => RefusalCode::NotInForce,
            Self::KeyMismatch => RefusalCode::KeyMismatch,
            Self::ExtractRefused(_) => RefusalCode::ExtractRefused,
            Self::SubmissionConflict => RefusalCode::SubmissionConflict,
            Self::Incomplete(_) => RefusalCode::Incomplete,
            Self::NotReady(_) => RefusalCode::NotReady,
            Self::BudgetSpent => RefusalCode::BudgetSpent,
            Self::NotReleasable | Self::OtherTariff { .. } => RefusalCode::NotReleasable,
            Self::Malformed(_) => RefusalCode::Malformed,
            Self::Busy => RefusalCode::Busy,
            Self::Internal => RefusalCode::Internal,
        }
    }

    fn grpc_code(&self) -> tonic::Code {
        match self {
            Self::NotPermitted => tonic::Code::PermissionDenied,
            Self::NotInForce
            | Self::KeyMismatch
            | Self::NotReady(_)
            | Self::NotReleasable
            | Self::OtherTariff { .. } => tonic::Code::FailedPrecondition,
            Self::ExtractRefused(_) | Self::Malformed(_) => tonic::Code::InvalidArgument,
            Self::SubmissionConflict => tonic::Code::AlreadyExists,
            Self::Incomplete(_) => tonic::Code::Aborted,
            Self::BudgetSpent => tonic::Code::ResourceExhausted,
            Self::Busy => tonic::Code::Unavailable,
            Self::Internal => tonic::Code::Internal,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPermitted => f.write_str("your certificate's party may not do this under this agreement, or there is no such agreement"),
            Self::NotInForce => f.write_str("the agreement is not in force today: its term has not begun or has ended"),
            Self::KeyMismatch => f.write_str(
                "the custodians' key fingerprints differ: they hold different keys, schemas or builds, so nothing would link; \
                 compare `counterfoil key verify` with the other custodian",
            ),
            Self::ExtractRefused(reason) => write!(f, "the extract is not as agreed: {reason}"),
            Self::SubmissionConflict => f.write_str("this submission id was used for another extract; choose a new one"),
            Self::Incomplete(what) => write!(f, "the submission is not complete ({what}); nothing has been admitted, send it again"),
            Self::NotReady(NotReady::Extract) => f.write_str("an extract that this needs has not been submitted yet"),
            Self::NotReady(NotReady::Link) => f.write_str("the newest extracts have not been linked yet; the unit's operator runs `counterfoil link`"),
            Self::NotReady(NotReady::Release) => f.write_str("nothing has been released for this study yet; run `counterfoil request`"),
            Self::BudgetSpent => f.write_str("the number of releases that the agreement allows is used up"),
            Self::NotReleasable => f.write_str("disclosure control lets nothing out of this question"),
            Self::OtherTariff { study, extract } => {
                f.write_str("the usage extract is priced at ")?;
                match extract {
                    Some(extract) => write!(f, "tariff {extract}")?,
                    None => f.write_str("no stated tariff")?,
                }
                write!(
                    f,
                    ", and the study counts money at tariff {study}: its custodian prices the events by {study}, pseudonymises with \
                     --tariff {study} and submits; then link and ask again"
                )
            }
            Self::Malformed(what) => write!(f, "the request is not well formed: {what}"),
            Self::Busy => f.write_str("the unit is busy; try again in a minute"),
            Self::Internal => f.write_str("the unit failed; its operator finds the cause in its own log"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Metadata key that carries the kind of a refusal.
pub(crate) const REFUSAL_KEY: &str = "counterfoil-refusal";

impl From<Refusal> for tonic::Status {
    fn from(refusal: Refusal) -> Self {
        let mut status = Self::new(refusal.grpc_code(), refusal.to_string());
        let name = tonic::metadata::MetadataValue::from_static(refusal.code().name());
        status.metadata_mut().insert(REFUSAL_KEY, name);
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_its_kind_on_the_wire() {
        let status = tonic::Status::from(Refusal::KeyMismatch);
        assert_eq!(status.code(), tonic::Code::FailedPrecondition);
        let name = status.metadata().get(REFUSAL_KEY).and_then(|name| name.to_str().ok());
        assert_eq!(name.and_then(RefusalCode::find), Some(RefusalCode::KeyMismatch));
    }

    #[test]
    fn another_tariff_is_named_with_what_to_do() {
        let code = |text| Code::parse(text).expect("a code");
        let refusal = |extract| Refusal::OtherTariff { study: code("nhsps-2024-25"), extract };
        let (other, none) = (refusal(Some(code("nhsps-2023-24"))), refusal(None));
        assert_eq!((other.code(), none.code()), (RefusalCode::NotReleasable, RefusalCode::NotReleasable));
        let (other, none) = (other.to_string(), none.to_string());
        assert!(other.starts_with("the usage extract is priced at tariff nhsps-2023-24, and the study"), "{other}");
        assert!(none.starts_with("the usage extract is priced at no stated tariff, and the study"), "{none}");
        for said in [other, none] {
            assert!(said.contains("at tariff nhsps-2024-25:") && said.contains("--tariff nhsps-2024-25 and"), "{said}");
        }
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = RefusalCode::ALL.iter().map(|(_, name)| name).collect();
        assert_eq!(names.len(), RefusalCode::ALL.len());
        assert_eq!(RefusalCode::find("something else"), None);
    }
}
