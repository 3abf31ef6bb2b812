//! What can go wrong in a simulation.

use std::convert::Infallible;

use counterfoil_estimate::EstimateError;
use counterfoil_matching::MatchingError;
use counterfoil_model::{AgreementError, CodeError, SchemaError, StudyError};
use counterfoil_outcomes::OutcomesError;
use counterfoil_release::{BodyError, ReviewError};

/// Why a simulation stopped.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages are the documentation")]
pub enum SimulationError {
    #[error("the simulation's own agreement: {0}")]
    Agreement(#[from] AgreementError),
    #[error("the simulation's own study: {0}")]
    Study(#[from] StudyError),
    #[error("the simulation's own schema: {0}")]
    Schema(#[from] SchemaError),
    #[error("the simulation's own names: {0}")]
    Code(#[from] CodeError),
    #[error(transparent)]
    Outcomes(#[from] OutcomesError<Infallible>),
    #[error("the release gate: {0}")]
    Review(#[from] ReviewError),
    #[error("the release: {0}")]
    Body(#[from] BodyError),
    #[error("no cell `{column}` of `{row}` in the released table `{table}`: the tables of a study have changed")]
    NoCell { table: String, row: String, column: String },
    #[error("matching: {0}")]
    Matching(#[from] MatchingError),
    #[error("estimating: {0}")]
    Estimate(#[from] EstimateError),
    #[error("{0}; `--help` shows what there is")]
    Arguments(String),
    #[error("{file}: {source}; choose a place that can be written")]
    Write { file: String, source: std::io::Error },
}
