//! Starting, serving, draining.

use std::path::Path;
use std::sync::Arc;

use counterfoil_audit::{parse_note_draft, parse_signed_note};
use counterfoil_model::agreement_statement_keys;
use counterfoil_wire::{ServerTls, serve};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::agreements::{admit, read_terms};
use crate::config::Config;
use crate::environment::Environment;
use crate::error::{DaemonError, at};
use crate::files::{DataDir, write_durable};
use crate::ledger::{Ledger, LedgerError};
use crate::log_key::LogKey;
use crate::unit::LinkageUnit;

/// Runs the unit until `shutdown` resolves, then lets what is under way end.
///
/// # Errors
/// [`DaemonError`] when anything that the unit stands on is missing, damaged or not as agreed.
pub async fn run(
    config: Config,
    environment: Environment,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), DaemonError> {
    let data = DataDir::open(&config.data_dir).map_err(at(&config.data_dir))?;
    let key = LogKey::read(&config.log_key_file, &config.unit)?;
    let mut ledger = Ledger::open(&data.log(), key)?;
    if ledger.is_empty() && data.holds_results().map_err(at(&config.data_dir))? {
        return Err(LedgerError::Lost.into());
    }
    ledger.check_clock(environment.seconds())?;
    let rooms = admit(&config.agreement_dirs, &config.unit, &mut ledger, &environment)?;
    let tls = read_tls(&config)?;
    let listener = TcpListener::bind(config.listen).await.map_err(|error| DaemonError::Listen(config.listen, error))?;
    let address = listener.local_addr().map_err(|error| DaemonError::Listen(config.listen, error))?;
    if let Some(path) = &config.address_file {
        write_durable(path, address.to_string().as_bytes()).map_err(at(path))?;
    }
    tracing::info!(%address, unit = %config.unit, "listening");
    let unit = Arc::new(LinkageUnit::new(rooms, ledger, data, environment));
    serve(unit, listener, &tls, shutdown).await?;
    tracing::info!("stopped");
    Ok(())
}

fn read_tls(config: &Config) -> Result<ServerTls, DaemonError> {
    let read = |path: &Path| std::fs::read(path).map_err(at(path));
    Ok(ServerTls {
        client_ca_pem: read(&config.tls.client_ca_file)?,
        certificate_pem: read(&config.tls.certificate_file)?,
        key_pem: Zeroizing::new(read(&config.tls.key_file)?),
    })
}

/// Puts the unit's signature under an agreement, as one of its parties.
///
/// # Errors
/// [`DaemonError::Agreement`] when the statement is not of the folder's terms or does not pin this key.
pub fn sign_agreement(folder: &Path, key: &LogKey) -> Result<(), DaemonError> {
    let refuse = |problem: String| DaemonError::Agreement { folder: folder.to_owned(), problem };
    let path = folder.join("agreement.note");
    let terms = read_terms(folder)?;
    let bytes = std::fs::read(&path).map_err(at(&path))?;
    let note = parse_note_draft(&bytes).map_err(|error| refuse(error.to_string()))?;
    let keys = agreement_statement_keys(&terms, &note).map_err(|error| refuse(error.to_string()))?;
    if !keys.contains(key.public()) {
        return Err(refuse(
            "the statement pins another key for this unit; propose it again with the right key".to_owned(),
        ));
    }
    let signed = if note.signatures().iter().any(|signature| signature.name() == key.public().name()) {
        note
    } else {
        key.sign(note)
    };
    let bytes = signed.to_bytes();
    parse_signed_note(&bytes).expect("what was just signed is a signed note");
    write_durable(&path, &bytes).map_err(at(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TlsFiles;

    /// A daemon with a key and a data folder, and nothing else.
    fn config(folder: &Path) -> Config {
        let unit = counterfoil_model::PartyId::parse("unit").expect("a name");
        LogKey::create(&folder.join("key.pem"), &unit).expect("made");
        let missing = folder.join("missing.pem");
        Config {
            unit,
            listen: "127.0.0.1:0".parse().expect("an address"),
            data_dir: folder.join("data"),
            log_key_file: folder.join("key.pem"),
            tls: TlsFiles { client_ca_file: missing.clone(), certificate_file: missing.clone(), key_file: missing },
            agreement_dirs: Vec::new(),
            address_file: None,
        }
    }

    async fn start(config: Config) -> DaemonError {
        run(config, Environment::of_the_system(), async {}).await.expect_err("there are no certificates")
    }

    #[tokio::test]
    async fn a_lost_log_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path());
        assert!(matches!(start(config.clone()).await, DaemonError::File { .. }), "a fresh folder gets past the log");

        std::fs::create_dir(folder.path().join("data/extracts/of-some-manifest")).expect("made");
        assert!(matches!(start(config).await, DaemonError::Ledger(LedgerError::Lost)));
    }
}
