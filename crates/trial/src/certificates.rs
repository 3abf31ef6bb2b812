//! Freshly made certificates: an authority, the unit's, and one a party with exactly one URI name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use counterfoil_model::PartyId;
use counterfoil_wire::party_uri;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};

use crate::TrialError;

/// PEM files of one holder.
pub(crate) struct Holder {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// An authority whose key is forgotten with it.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) file: PathBuf,
}

impl Authority {
    /// Makes an authority and writes its certificate.
    pub(crate) fn create(folder: &Path) -> Result<Self, TrialError> {
        fs::create_dir_all(folder)?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let file = folder.join("authority.pem");
        fs::write(&file, certificate.pem())?;
        Ok(Self { issuer: Issuer::new(params, key), file })
    }

    /// A certificate by which a party is known to the unit.
    pub(crate) fn party(&self, folder: &Path, party: &PartyId) -> Result<Holder, TrialError> {
        let name = SanType::URI(party_uri(party).try_into()?);
        self.issue(folder, name, ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// The unit's certificate, for a loopback address.
    pub(crate) fn unit(&self, folder: &Path) -> Result<Holder, TrialError> {
        let name = SanType::DnsName("localhost".try_into()?);
        self.issue(folder, name, ExtendedKeyUsagePurpose::ServerAuth)
    }

    fn issue(&self, folder: &Path, name: SanType, usage: ExtendedKeyUsagePurpose) -> Result<Holder, TrialError> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![name];
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let holder = Holder { certificate: folder.join("certificate.pem"), key: folder.join("certificate.key.pem") };
        fs::write(&holder.certificate, certificate.pem())?;
        write_private(&holder.key, key.serialize_pem().as_bytes())?;
        Ok(holder)
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}
