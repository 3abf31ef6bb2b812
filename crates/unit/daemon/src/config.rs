//! The daemon's one configuration file.
//!
//! In: TOML, unknown fields refused. Out: a [`Config`] in which every path is resolved against the file's own folder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use counterfoil_model::PartyId;
use serde::Deserialize;

/// Why a configuration file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("configuration {0}: {1}")]
    Read(PathBuf, std::io::Error),
    /// Not TOML, an unknown or a missing key, or a value of the wrong type.
    #[error("configuration {0}: {1}")]
    Toml(PathBuf, String),
}

/// Where the certificates are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// PEM file of the authority that signs the parties' certificates.
    pub client_ca_file: PathBuf,
    /// PEM file of the unit's certificate chain.
    pub certificate_file: PathBuf,
    /// PEM file of the unit's private key.
    pub key_file: PathBuf,
}

/// What the daemon is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The unit's name as a party: its key's name, and the log's origin.
    pub unit: PartyId,
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder of everything that the unit keeps.
    pub data_dir: PathBuf,
    /// The unit's signing key, as `counterfoild new-key` made it.
    pub log_key_file: PathBuf,
    /// The certificates.
    pub tls: TlsFiles,
    /// Agreement folders.
    pub agreement_dirs: Vec<PathBuf>,
    /// A file in which the address is written once the daemon listens; for port 0.
    pub address_file: Option<PathBuf>,
}

impl Config {
    /// Reads a configuration file. Relative paths are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`] that names the file and the key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Read(path.to_owned(), error))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::parse(&text, folder).map_err(|problem| ConfigError::Toml(path.to_owned(), problem))
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let mut config: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let tls = &mut config.tls;
        let paths = [
            &mut config.data_dir,
            &mut config.log_key_file,
            &mut tls.client_ca_file,
            &mut tls.certificate_file,
            &mut tls.key_file,
        ];
        for path in paths.into_iter().chain(&mut config.agreement_dirs).chain(&mut config.address_file) {
            *path = folder.join(&*path);
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../../../docs/samples/counterfoild.toml");

    #[test]
    fn the_sample_is_a_configuration() {
        let config = Config::parse(SAMPLE, Path::new("/etc/counterfoil")).expect("valid");
        assert_eq!(config.data_dir, Path::new("/var/lib/counterfoil"));
        assert_eq!(config.tls.key_file, Path::new("/etc/counterfoil/tls/unit.key.pem"));
        assert_eq!(config.agreement_dirs, [Path::new("/etc/counterfoil/agreements/thrive-nel")]);
    }

    #[test]
    fn a_bare_file_name_stands_for_the_folder_that_one_is_in() {
        let error = Config::read(Path::new("there-is-no-such-file.toml")).expect_err("it is not there");
        assert!(matches!(error, ConfigError::Read(..)));
        let config = Config::parse(SAMPLE, Path::new(".")).expect("valid");
        assert_eq!(config.log_key_file.parent(), Some(Path::new(".")), "no path without a folder to sync");
    }

    #[test]
    fn unknown_missing_and_wrong_fields_are_refused_by_name() {
        for (from, to, said) in [
            ("listen = ", "listens = ", "listens"),
            ("unit = ", "colour = \"red\"\nunit = ", "colour"),
            ("[tls]", "[tls]\nversion = 1.2", "version"),
            ("listen = \"0.0.0.0:7443\"", "listen = \"somewhere\"", "listen"),
            ("unit = \"nel-linkage-unit\"", "unit = \"NEL\"", "unit"),
        ] {
            let changed = SAMPLE.replacen(from, to, 1);
            assert_ne!(changed, SAMPLE, "{from}");
            let problem = Config::parse(&changed, Path::new(".")).expect_err(to);
            assert!(problem.contains(said), "{problem}");
        }
    }
}
