//! Who is calling: the one URI in the client's certificate.
//!
//! In: the certificate that TLS has verified. Out: a party's name. A certificate's common name, DNS names and anything
//! else in it say nothing here.

use counterfoil_model::PartyId;
use rustls::pki_types::CertificateDer;

const PREFIX: &str = "counterfoil://party/";

/// The URI that names a party in a certificate.
pub fn party_uri(party: &PartyId) -> String {
    format!("{PREFIX}{party}")
}

/// A party that has proven itself by its certificate. What it may do, the agreement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    party: PartyId,
}

/// Why a certificate names no caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallerError {
    /// No certificate came with the connection.
    #[error("there is no client certificate")]
    NoCertificate,
    /// Not a certificate.
    #[error("the client certificate cannot be read")]
    Unreadable,
    /// No URI, or more than one: which of them is meant would be a guess.
    #[error("the client certificate must have exactly one URI name, counterfoil://party/<party>")]
    NotOneUri,
    /// The URI is not that of a party.
    #[error("the client certificate's URI name is not counterfoil://party/<party>")]
    NotAParty,
}

impl Caller {
    /// Reads the caller from a verified certificate.
    ///
    /// # Errors
    /// [`CallerError`] unless there is exactly one URI name and it is a party's.
    pub fn from_certificate(certificate: &CertificateDer<'_>) -> Result<Self, CallerError> {
        let certificate = webpki::EndEntityCert::try_from(certificate).map_err(|_| CallerError::Unreadable)?;
        let mut uris = certificate.valid_uri_names();
        let (Some(uri), None) = (uris.next(), uris.next()) else {
            return Err(CallerError::NotOneUri);
        };
        let name = uri.strip_prefix(PREFIX).ok_or(CallerError::NotAParty)?;
        PartyId::parse(name).map(|party| Self { party }).map_err(|_| CallerError::NotAParty)
    }

    /// The party.
    pub fn party(&self) -> &PartyId {
        &self.party
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    fn certificate(names: Vec<SanType>) -> CertificateDer<'static> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        let key = KeyPair::generate().expect("a key");
        params.self_signed(&key).expect("a certificate").der().clone()
    }

    fn uri(text: &str) -> SanType {
        SanType::URI(text.try_into().expect("ASCII"))
    }

    fn caller(names: Vec<SanType>) -> Result<String, CallerError> {
        Caller::from_certificate(&certificate(names)).map(|caller| caller.party().to_string())
    }

    #[test]
    fn one_party_uri_names_the_caller() {
        assert_eq!(caller(vec![uri("counterfoil://party/nel-icb")]), Ok("nel-icb".to_owned()));
        let dns = SanType::DnsName("unit.example".try_into().expect("ASCII"));
        assert_eq!(caller(vec![dns, uri("counterfoil://party/nel-icb")]), Ok("nel-icb".to_owned()));
    }

    #[test]
    fn anything_else_names_nobody() {
        assert_eq!(caller(vec![]), Err(CallerError::NotOneUri));
        assert_eq!(caller(vec![SanType::DnsName("nel-icb".try_into().expect("ASCII"))]), Err(CallerError::NotOneUri));
        let two = vec![uri("counterfoil://party/a"), uri("counterfoil://party/b")];
        assert_eq!(caller(two), Err(CallerError::NotOneUri));
        for bad in [
            "counterfoil://party/",
            "counterfoil://party/NEL-ICB",
            "counterfoil://party/nel-icb/",
            "counterfoil://party/*",
            "Counterfoil://party/nel-icb",
            "counterfoil://partner/nel-icb",
            "https://party/nel-icb",
            "counterfoil://party/nel%2dicb",
            "counterfoil://party/nel-icb\0",
        ] {
            assert_eq!(caller(vec![uri(bad)]), Err(CallerError::NotAParty), "{bad:?}");
        }
        let junk = CertificateDer::from(vec![0x30, 0x03, 1, 2, 3]);
        assert_eq!(Caller::from_certificate(&junk), Err(CallerError::Unreadable));
    }
}
