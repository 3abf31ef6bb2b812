//! The server as a network sees it: who gets a connection, who is answered, and what health says.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use counterfoil_audit::ConsistencyProof;
use counterfoil_model::{AgreementId, ReleaseDigest, RunId, StudyId, SubmissionId};
use counterfoil_release::LoggedRelease;
use counterfoil_wire::{
    Caller, Chunk, ClientError, ClientTls, Finish, JobWatch, LinkQuestion, LoggedEntry, Refusal, RefusalCode,
    ServerTls, StoredBytes, SubmissionStart, Unit, UnitClient, Upload, serve,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use zeroize::Zeroizing;

/// A unit that permits nothing.
struct Nothing;

struct NoUpload(Infallible);

impl Upload for NoUpload {
    async fn chunk(&mut self, _chunk: Chunk) -> Result<(), Refusal> {
        match self.0 {}
    }

    async fn finish(self, _finish: Finish) -> Result<LoggedEntry, Refusal> {
        match self.0 {}
    }
}

#[rustfmt::skip]
impl Unit for Nothing {
    type Upload = NoUpload;

    async fn describe_submission(&self, _: &Caller, _: AgreementId, _: SubmissionId) -> Result<Vec<StoredBytes>, Refusal> { Err(Refusal::NotPermitted) }
    async fn begin_submission(&self, _: &Caller, _: SubmissionStart) -> Result<NoUpload, Refusal> { Err(Refusal::NotPermitted) }
    async fn start_link(&self, _: &Caller, _: LinkQuestion) -> Result<RunId, Refusal> { Err(Refusal::NotPermitted) }
    async fn watch_link(&self, _: &Caller, _: AgreementId, _: RunId) -> Result<JobWatch<LoggedEntry>, Refusal> { Err(Refusal::NotPermitted) }
    async fn request_release(&self, _: &Caller, _: AgreementId, _: StudyId) -> Result<JobWatch<ReleaseDigest>, Refusal> { Err(Refusal::NotPermitted) }
    async fn fetch_release(&self, _: &Caller, _: AgreementId, _: StudyId) -> Result<LoggedRelease, Refusal> { Err(Refusal::NotPermitted) }
    async fn checkpoint(&self, caller: &Caller, _: AgreementId) -> Result<Vec<u8>, Refusal> { Ok(caller.party().as_str().into()) }
    async fn read_entries(&self, _: &Caller, _: AgreementId, _: u64, _: u64) -> Result<Vec<Vec<u8>>, Refusal> { Err(Refusal::NotPermitted) }
    async fn consistency_proof(&self, _: &Caller, _: AgreementId, _: u64, _: u64) -> Result<ConsistencyProof, Refusal> { Err(Refusal::NotPermitted) }
}

struct Authority(Issuer<'static, KeyPair>, String);

struct Holder {
    certificate: String,
    key: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self(Issuer::new(params, key), pem)
    }

    fn issue(&self, name: SanType) -> Holder {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![name];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        Holder { certificate, key: key.serialize_pem() }
    }

    fn party(&self, name: &str) -> Holder {
        self.issue(SanType::URI(format!("counterfoil://party/{name}").try_into().unwrap()))
    }
}

struct Server {
    address: SocketAddr,
    authority: Authority,
    stop: Option<oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
}

async fn server() -> Server {
    let authority = Authority::new();
    let own = authority.issue(SanType::DnsName("localhost".try_into().unwrap()));
    let tls = ServerTls {
        client_ca_pem: authority.1.clone().into(),
        certificate_pem: own.certificate.into(),
        key_pem: Zeroizing::new(own.key.into()),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(async move {
        serve(Arc::new(Nothing), listener, &tls, async { stopped.await.unwrap() }).await.unwrap();
    });
    Server { address, authority, stop: Some(stop), ended }
}

impl Server {
    async fn client(&self, holder: &Holder) -> Result<UnitClient, ClientError> {
        let tls = ClientTls {
            ca_pem: self.authority.1.clone().into(),
            certificate_pem: holder.certificate.clone().into(),
            key_pem: Zeroizing::new(holder.key.clone().into()),
            server_name: "localhost".to_owned(),
        };
        UnitClient::connect(&format!("https://{}", self.address), tls).await
    }

    /// A TLS connection that says nothing.
    async fn silent(
        &self,
        holder: Option<&Holder>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.1.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
        let config = config.with_root_certificates(roots);
        let config = match holder {
            None => config.with_no_client_auth(),
            Some(holder) => {
                let chain = vec![CertificateDer::from_pem_slice(holder.certificate.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(holder.key.as_bytes()).unwrap();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

fn agreement() -> AgreementId {
    AgreementId::parse("test").unwrap()
}

#[tokio::test]
async fn the_caller_is_the_one_uri_of_the_certificate() {
    let server = server().await;
    let mut client = server.client(&server.authority.party("nel-icb")).await.unwrap();
    assert_eq!(client.checkpoint(&agreement()).await.unwrap(), b"nel-icb");

    let nobody = server.authority.issue(SanType::DnsName("nel-icb".try_into().unwrap()));
    let mut client = server.client(&nobody).await.unwrap();
    let error = client.checkpoint(&agreement()).await.unwrap_err();
    assert!(matches!(error, ClientError::Refused(RefusalCode::NotPermitted, _)), "{error}");

    let stranger = Authority::new().party("nel-icb");
    // TLS 1.3 tells the client of its refusal only after the client's own side is done, so here or at the first call.
    if let Ok(mut client) = server.client(&stranger).await {
        let error = client.checkpoint(&agreement()).await.unwrap_err();
        assert!(matches!(error, ClientError::Connection(_)), "another authority's certificate: {error}");
    }
}

#[tokio::test]
async fn there_is_no_way_in_without_a_certificate_or_by_an_older_tls() {
    let server = server().await;
    let party = server.authority.party("nel-icb");
    let mut buffer = [0; 1];
    if let Ok(mut stream) = server.silent(None, &[&rustls::version::TLS13]).await {
        stream.read_exact(&mut buffer).await.unwrap_err();
    }
    let older = server.silent(Some(&party), &[&rustls::version::TLS12]).await;
    assert!(older.is_err(), "TLS 1.2 is refused");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let server = server().await;
    let party = server.authority.party("nel-icb");
    let mut stream = server.silent(Some(&party), &[&rustls::version::TLS13]).await.unwrap();
    let mut all = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut all)).await;
    assert!(closed.is_ok(), "it is closed by the server, whose deadline is far below a minute");
}

#[tokio::test]
async fn health_says_serving_until_the_unit_is_asked_to_stop() {
    let mut server = server().await;
    let party = server.authority.party("probe");
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(&server.authority.1))
        .identity(Identity::from_pem(&party.certificate, &party.key))
        .domain_name("localhost");
    let endpoint = Endpoint::from_shared(format!("https://{}", server.address)).unwrap();
    let channel: Channel = endpoint.tls_config(tls).unwrap().connect().await.unwrap();
    let mut health = HealthClient::new(channel);
    for service in ["", "counterfoil.linkage.v1.LinkageService"] {
        let response = health.check(HealthCheckRequest { service: service.to_owned() }).await.unwrap();
        assert_eq!(response.into_inner().status(), ServingStatus::Serving, "{service}");
    }
    let mut watch = health.watch(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    server.stop.take().unwrap().send(()).unwrap();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    drop((watch, health));
    server.ended.await.unwrap();
}
