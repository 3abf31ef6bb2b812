//! Certificates: one authority, the unit's certificate, one certificate a caller.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType};

/// Writes `ca.pem`, `unit.pem`, and `<name>.pem` for each caller and the URIs it is to have; keys beside them as
/// `<name>.key.pem`.
pub(crate) fn write_certificates(folder: &Path, callers: &[(&str, Vec<String>)]) {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, new_key()).expect("a certificate");
    write(folder, "ca.pem", &authority.pem());

    let localhost = SanType::DnsName("localhost".try_into().expect("a DNS name"));
    issue(folder, &authority, "unit", vec![localhost], ExtendedKeyUsagePurpose::ServerAuth);
    for (name, uris) in callers {
        let names = uris.iter().map(|uri| SanType::URI(uri.as_str().try_into().expect("ASCII"))).collect();
        issue(folder, &authority, name, names, ExtendedKeyUsagePurpose::ClientAuth);
    }
}

fn issue(
    folder: &Path,
    authority: &CertifiedIssuer<'_, KeyPair>,
    name: &str,
    names: Vec<SanType>,
    usage: ExtendedKeyUsagePurpose,
) {
    let mut params = CertificateParams::default();
    params.subject_alt_names = names;
    params.extended_key_usages = vec![usage];
    let key = new_key();
    let certificate = params.signed_by(&key, authority).expect("a certificate");
    write(folder, &format!("{name}.pem"), &certificate.pem());
    write(folder, &format!("{name}.key.pem"), &key.serialize_pem());
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("written");
}
