//! What can be wrong with a matching. Columns and rows by position (the first is 0) and settings, never a value of a person.

use crate::CONTROLS_PER_TREATED_MAX;

/// Which of the two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Those whose effect is asked for.
    Treated,
    /// Those whom controls are chosen from.
    Candidates,
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Treated => "treated",
            Self::Candidates => "candidates",
        })
    }
}

/// Why nothing was matched, or no balance reckoned.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum MatchingError {
    /// More rows than a set can name.
    #[error("{rows} rows: at most {} can be matched", u32::MAX)]
    TooManyRows {
        /// Rows given.
        rows: usize,
    },
    /// Not one stratum a row.
    #[error("{strata} strata for {rows} keys: give one a row")]
    StrataRows {
        /// Strata given.
        strata: usize,
        /// Keys given.
        rows: usize,
    },
    /// Not one value a row.
    #[error("column {column} has {values} values for {rows} rows: give one a row")]
    ColumnRows {
        /// Position of the column.
        column: usize,
        /// Values given.
        values: usize,
        /// Rows that there are.
        rows: usize,
    },
    /// A value that is no number, or so large that its square is none.
    #[error("column {column}, row {row}: a covariate must be finite and at most 1e100 in size")]
    Value {
        /// Position of the column.
        column: usize,
        /// Position of the row.
        row: usize,
    },
    /// Two rows of a group have one key.
    #[error("rows {row} and {other} have the same key: give each person one row")]
    KeyTwice {
        /// Position of the earlier row.
        row: usize,
        /// Position of the later row.
        other: usize,
    },
    /// A treated person could be drawn as a control.
    #[error(
        "treated row {treated} and candidate row {candidate} have the same key: take the treated out of the candidates"
    )]
    TreatedAmongCandidates {
        /// Position among the treated.
        treated: usize,
        /// Position among the candidates.
        candidate: usize,
    },
    /// The groups were not described alike.
    #[error("the treated have {treated} columns and the candidates {candidates}: give both the same")]
    ColumnsDiffer {
        /// Columns of the treated.
        treated: usize,
        /// Columns of the candidates.
        candidates: usize,
    },
    /// A group has no rows.
    #[error("there are no rows among the {group}")]
    Empty {
        /// The group.
        group: Group,
    },
    /// A method that needs a number has none that varies.
    #[error("this method needs a numeric column that varies: add one, or match within strata")]
    NothingVaries,
    /// A caliper that is no width.
    #[error("a caliper of {caliper} is no width: it must be finite and at least 0")]
    Caliper {
        /// The caliper given.
        caliper: f64,
    },
    /// More controls for each treated than are of use.
    #[error("{controls} controls for each treated: at most {CONTROLS_PER_TREATED_MAX}")]
    ControlsPerTreated {
        /// The number given.
        controls: u32,
    },
    /// Not one list of cut points a column.
    #[error("{given} lists of cut points for {columns} columns: give one a column, an empty one to leave a column out")]
    CutPointLists {
        /// Lists given.
        given: usize,
        /// Columns that there are.
        columns: usize,
    },
    /// Cut points that make no bins.
    #[error("the cut points of column {column} must be finite and rise strictly")]
    CutPoints {
        /// Position of the column.
        column: usize,
    },
    /// All candidates of a stratum, without strata that decide alone.
    #[error(
        "all candidates of a stratum are taken only by a stratified or coarsened method, or weighed: give a number for each treated"
    )]
    AllByDistance,
    /// Entropy balancing with a number for each treated.
    #[error("entropy balancing weighs all candidates of a stratum: choose all of them, not a number for each treated")]
    WeighsAll,
    /// All candidates of a stratum, more than once.
    #[error("all candidates of a stratum are taken once: choose without replacement")]
    AllWithReplacement,
    /// The score would be as extreme as the arithmetic allows.
    #[error("the propensity separates the groups: coarsen or drop covariate {column}")]
    Separation {
        /// Position of the column that moves most.
        column: usize,
    },
    /// The score was not found.
    #[error(
        "the propensity had not converged after {steps_max} steps: coarsen or drop covariates with few people in a group"
    )]
    NotConverged {
        /// Newton steps made.
        steps_max: u32,
    },
    /// The mean of the treated lies at the edge of what weights above 0 can reach, or beyond.
    #[error(
        "no weights of the candidates give them the means of the treated: coarsen or drop covariate {column}, or compare only \
         those treated whose like are among the candidates"
    )]
    NoWeights {
        /// Position of the column that moves most, or stays away.
        column: usize,
    },
    /// A covariance without an inverse.
    #[error("covariate {column} is constant within the groups or follows from those before it: drop it")]
    Singular {
        /// Position of the column.
        column: usize,
    },
    /// A balance of rows that were not matched.
    #[error(
        "{given} rows among the {group}, and {matched} were matched: give the rows that were matched, in their order"
    )]
    RowsDiffer {
        /// The group.
        group: Group,
        /// Rows given.
        given: usize,
        /// Rows at matching.
        matched: usize,
    },
}

impl MatchingError {
    /// Whether other people could have been matched by the same rule, so that it is these who have no matching.
    pub fn is_of_the_data(&self) -> bool {
        matches!(
            self,
            Self::Empty { .. }
                | Self::NothingVaries
                | Self::Separation { .. }
                | Self::NotConverged { .. }
                | Self::NoWeights { .. }
                | Self::Singular { .. }
        )
    }
}
