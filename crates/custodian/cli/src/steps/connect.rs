//! The connection to the linkage unit: where it is, and the three files that show who is who.
//!
//! In: an address and PEM files. Out: a connection with mutual TLS.
//! Absent on purpose: the system's own certificates, plain HTTP, and any way to leave a check out.

use std::path::PathBuf;

use counterfoil_wire::{ClientTls, UnitClient};

use crate::error::StepError;
use crate::files::{read_limited, read_secret};

/// A certificate chain has a few KiB.
const PEM_BYTES_MAX: usize = 1 << 20;

/// Where the unit is, and how both sides show who they are.
#[derive(Debug, Clone)]
pub struct Connect {
    /// `https://host:port`.
    pub unit: String,
    /// Certificate of the authority that signed the unit's certificate.
    pub ca: PathBuf,
    /// This party's certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub certificate_key: PathBuf,
    /// Name that the unit's certificate carries, if it is not the address's host.
    pub server_name: Option<String>,
}

impl Connect {
    /// Connects.
    ///
    /// # Errors
    /// [`StepError::UnitAddress`], [`StepError::Client`], or one of reading.
    pub async fn connect(&self) -> Result<UnitClient, StepError> {
        let host = host_of(&self.unit).ok_or(StepError::UnitAddress)?;
        let read_public = |path| read_limited(path, PEM_BYTES_MAX as u64);
        let tls = ClientTls {
            ca_pem: read_public(&self.ca)?,
            certificate_pem: read_public(&self.certificate)?,
            key_pem: read_secret(&self.certificate_key, PEM_BYTES_MAX)?,
            server_name: self.server_name.clone().unwrap_or_else(|| host.to_owned()),
        };
        Ok(UnitClient::connect(&self.unit, tls).await?)
    }
}

/// The host of `https://host:port`.
fn host_of(unit: &str) -> Option<&str> {
    let authority = unit.strip_prefix("https://")?.trim_end_matches('/');
    let (host, port) = authority.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let plain = !host.is_empty() && !host.contains(['/', '@', '?', '#']);
    (plain && port.parse::<u16>().is_ok()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_https_a_host_and_a_port() {
        assert_eq!(host_of("https://unit.example.org:8443"), Some("unit.example.org"));
        assert_eq!(host_of("https://127.0.0.1:1/"), Some("127.0.0.1"));
        assert_eq!(host_of("https://[::1]:8443"), Some("::1"));
        for bad in [
            "http://a:1",
            "https://a",
            "https://:1",
            "a:1",
            "https://a:b",
            "https://a:70000",
            "https://u@a:1",
            "https://a/b:1",
            "",
        ] {
            assert_eq!(host_of(bad), None, "{bad}");
        }
    }
}
