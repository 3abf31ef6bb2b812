//! Why there is no estimate. Row numbers, counts and limits, never a person's amount.
//!
//! Two kinds: [`EstimateError`] is a fault of the call, which the caller mends; [`Undefined`] is a property of sound
//! data (nobody had an event), which belongs in the table where the number would have stood.

use crate::{Arm, Period};

/// What is wrong with the input, or why a model was not fitted.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum EstimateError {
    /// Two columns of one table differ in length.
    #[error("column {column} has {rows} rows and the first column {expected}: they must be equally long")]
    LengthsDiffer {
        /// Name of the column.
        column: &'static str,
        /// Its rows.
        rows: usize,
        /// Rows of the first column.
        expected: usize,
    },
    /// There is nobody in the table.
    #[error("the table has no rows")]
    Empty,
    /// More rows than the sums have room for.
    #[error("{rows} rows: at most {rows_max} can be estimated from")]
    TooManyRows {
        /// Rows given.
        rows: usize,
        /// The limit.
        rows_max: usize,
    },
    /// A weight that is not a finite number above zero.
    #[error("row {row}: the weight must be a finite number above 0")]
    Weight {
        /// Row, from 0.
        row: usize,
    },
    /// An amount above the limit that keeps sums exact.
    #[error("row {row}: the amount is above {amount_max}")]
    Amount {
        /// Row, from 0.
        row: usize,
        /// The limit.
        amount_max: u64,
    },
    /// Something was counted in a period in which the person was never under observation.
    #[error("row {row}: an amount {period}, but no days under observation")]
    AmountWithoutDays {
        /// Row, from 0.
        row: usize,
        /// The period.
        period: Period,
    },
    /// A matched set without anybody of one arm.
    #[error("matched set {set} has no {arm}: leave unmatched people out")]
    SetWithoutArm {
        /// The set.
        set: u32,
        /// The arm that is missing.
        arm: Arm,
    },
    /// A matched set whose participants belong to more than one cluster.
    #[error("matched set {set} has participants of more than one cluster: group people by their own cluster")]
    SetSpansClusters {
        /// The set.
        set: u32,
    },
    /// Fewer than two clusters: nothing can be said about the variation between them.
    #[error("{clusters} cluster: an interval needs at least 2")]
    TooFewClusters {
        /// Clusters found.
        clusters: usize,
    },
    /// A number that is not finite.
    #[error("column {column}, row {row}: not a finite number")]
    NotFinite {
        /// Name of the column.
        column: &'static str,
        /// Row, from 0.
        row: usize,
    },
    /// An exposure that is not a finite number above zero.
    #[error("row {row}: the exposure must be a finite number above 0")]
    Exposure {
        /// Row, from 0.
        row: usize,
    },
    /// An outcome that a count model cannot have.
    #[error("row {row}: a count model needs outcomes of 0 or more")]
    NegativeOutcome {
        /// Row, from 0.
        row: usize,
    },
    /// No columns, or more than the model has room for.
    #[error("{columns} columns: a model has 1 to {columns_max}")]
    Columns {
        /// Columns given.
        columns: usize,
        /// The limit.
        columns_max: usize,
    },
    /// A coefficient that the model does not have.
    #[error("there is no column {column} among {columns}")]
    NoSuchColumn {
        /// Column asked for, from 0.
        column: usize,
        /// Columns there are.
        columns: usize,
    },
    /// No more rows than columns.
    #[error("{rows} rows are not enough for {columns} columns")]
    TooFewRows {
        /// Rows given.
        rows: u64,
        /// Columns given.
        columns: usize,
    },
    /// A column that the others determine.
    #[error("column {column} is a combination of the columns before it, or empty")]
    Collinear {
        /// Column, from 0.
        column: usize,
    },
    /// Some group of rows has only zeros, so that its coefficient runs off to minus infinity.
    #[error("no finite coefficients: some group that the columns single out has only zeros")]
    Separated,
    /// The iteration did not settle.
    #[error("the fit did not settle within {iterations} iterations")]
    NoConvergence {
        /// Iterations made.
        iterations: usize,
    },
    /// The counts vary no more than Poisson counts do, so that a negative binomial has no maximum: the Poisson fit
    /// stands.
    #[error("the counts are not overdispersed: use the Poisson fit")]
    NotOverdispersed,
    /// A bootstrap with fewer or more draws than allowed.
    #[error("{draws} draws: there must be {draws_min} to {draws_max}")]
    Draws {
        /// Draws asked for.
        draws: u32,
        /// The least.
        draws_min: u32,
        /// The most.
        draws_max: u32,
    },
    /// A confidence level outside the range.
    #[error("a confidence level of {percent} %: it must be 50 to 99 %")]
    Level {
        /// The level asked for.
        percent: u8,
    },
    /// A quantile that leaves nothing or everything alone.
    #[error("{per_10k} in 10,000 is no quantile to cap at: it must be 5,000 to 9,999")]
    Quantile {
        /// The quantile asked for.
        per_10k: u16,
    },
    /// A share of more people than there are.
    #[error("{part} of {whole} people is no share")]
    Share {
        /// People counted.
        part: u64,
        /// People asked.
        whole: u64,
    },
    /// A mean change needs two people.
    #[error("{people} people: a mean change with an interval needs at least 2")]
    TooFewPeople {
        /// People with both scores.
        people: usize,
    },
    /// A raw score outside the scale.
    #[error("a raw score of {raw}: SWEMWBS has {raw_min} to {raw_max}")]
    RawScore {
        /// The score.
        raw: u8,
        /// The least.
        raw_min: u8,
        /// The most.
        raw_max: u8,
    },
    /// A cost beyond what a fraction has room for.
    #[error("a cost above {} pence", i64::MAX)]
    CostTooLarge,
    /// A ratio whose denominator is zero.
    #[error("the denominator is 0")]
    ZeroDenominator,
    /// A rate ratio that is not a finite number above zero.
    #[error("a rate ratio must be a finite number above 0, and the lower limit not above the upper")]
    RateRatio,
    /// The quarters of an event study are not sorted, or appear twice.
    #[error("quarters must be sorted, each once")]
    QuartersUnsorted,
    /// A quarter that the event study does not have, or that is its base.
    #[error("quarter {quarter} is not among the quarters, or is the base that is tested against")]
    NoSuchQuarter {
        /// The quarter.
        quarter: i32,
    },
    /// Something was counted in a quarter in which the person was never under observation.
    #[error("row {row}: an amount in quarter {quarter}, but no days under observation")]
    QuarterWithoutDays {
        /// Row, from 0.
        row: usize,
        /// The quarter.
        quarter: i32,
    },
    /// A statistic has no value here.
    #[error(transparent)]
    Undefined(#[from] Undefined),
}

impl EstimateError {
    /// Whether sound data can be the reason: too few clusters or people, nothing to tell arms apart by, a fit that does not settle. Such a
    /// number belongs in its table as one that cannot be had; every other error is a fault of the call.
    pub fn is_of_the_data(&self) -> bool {
        matches!(
            self,
            Self::TooFewClusters { .. }
                | Self::TooFewRows { .. }
                | Self::TooFewPeople { .. }
                | Self::Collinear { .. }
                | Self::Separated
                | Self::NoConvergence { .. }
                | Self::NotOverdispersed
                | Self::Undefined(_)
        )
    }
}

/// Why a statistic has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Undefined {
    /// Nobody of an arm was under observation.
    #[error("no {arm} was under observation {period}")]
    NoPersonTime {
        /// The arm.
        arm: Arm,
        /// The period.
        period: Period,
    },
    /// A rate that must not be zero, because it is divided by or its logarithm is taken, is zero.
    #[error("the rate of {arm}s {period} is 0")]
    ZeroRate {
        /// The arm.
        arm: Arm,
        /// The period.
        period: Period,
    },
    /// An arm had nothing, or nobody, in a quarter of an event study.
    #[error("nothing was counted for {arm}s in quarter {quarter}")]
    EmptyQuarter {
        /// The arm.
        arm: Arm,
        /// The quarter.
        quarter: i32,
    },
    /// The data leave no variation to judge by.
    #[error("there is no variation between clusters")]
    NoVariation,
    /// More conditions are tested at once than the clusters allow.
    #[error("{conditions} conditions cannot be tested with {clusters} clusters")]
    TooManyConditions {
        /// Coefficients tested.
        conditions: usize,
        /// Clusters.
        clusters: usize,
    },
    /// More than the allowed share of the draws had no value, so that what remains is a selection.
    #[error("{undefined} of {draws} draws had no value")]
    UndefinedDraws {
        /// Draws without a value.
        undefined: u32,
        /// Draws made.
        draws: u32,
    },
    /// All draws lie on one side of the estimate, so that its bias cannot be corrected.
    #[error("all draws lie on one side of the estimate")]
    OneSided,
    /// Without one cluster the statistic has no value, so that its acceleration is unknown.
    #[error("without one of the clusters there is no value")]
    Jackknife,
}
