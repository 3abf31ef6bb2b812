//! What can go wrong before an attack begins.

/// Why an attack could not be run.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages are the documentation")]
pub enum AttackError {
    #[error("{file}: {source}; give a readable file")]
    Read { file: String, source: std::io::Error },
    #[error("{file}: {source}; choose a place that can be written")]
    Write { file: String, source: std::io::Error },
    #[error("{file}: {source}; give CSV with the columns of people_pairs")]
    Csv { file: String, source: csv::Error },
    #[error("{file}: no column `{column}`; give CSV with the columns of people_pairs")]
    Column { file: String, column: &'static str },
    #[error(transparent)]
    Schema(#[from] counterfoil::model::SchemaError),
    #[error("linkage schema: {0}")]
    Toml(String),
    #[error("linkage schema: no [columns.default]; the attacker's files have its columns")]
    NoDefaultColumns,
    #[error("the people could not be encoded: {0}")]
    Encode(String),
    #[error(transparent)]
    Synth(#[from] counterfoil_synth::SynthError),
    #[error(transparent)]
    Evaluate(#[from] Box<counterfoil::evaluate::EvaluateError>),
    #[error("{0}; `--help` shows what there is")]
    Arguments(String),
    #[error("a temporary folder: {0}")]
    Folder(std::io::Error),
}
