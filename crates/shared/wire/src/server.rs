//! The unit's side of the corridor.
//!
//! In: a listener, certificates, and a [`Unit`] that decides. Out: nothing but receipts, progress, logged releases, log
//! entries and refusals: the traits can return nothing else.

mod audit;
mod incoming;
mod linkage;
mod release;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use counterfoil_audit::{ConsistencyProof, SignedNote};
use counterfoil_extract::Table;
use counterfoil_model::{AgreementId, DatasetId, ReleaseDigest, RunId, StudyId, SubmissionId};
use counterfoil_release::LoggedRelease;
use rustls::pki_types::UnixTime;
use rustls::server::danger::ClientCertVerifier;
use tokio::net::TcpListener;
use tonic::transport::Server;
use zeroize::Zeroizing;

use crate::caller::{Caller, CallerError};
use crate::client::LoggedEntry;
use crate::job::JobWatch;
use crate::limits::{DRAIN_DEADLINE, REQUEST_BYTES_MAX, STREAMS_PER_CONNECTION_MAX};
use crate::messages;
use crate::refusal::Refusal;

/// The unit's certificate, its key, and who signs the parties' certificates; all PEM.
pub struct ServerTls {
    /// Certificates that parties' certificates must chain to.
    pub client_ca_pem: Vec<u8>,
    /// The unit's certificate chain.
    pub certificate_pem: Vec<u8>,
    /// The unit's private key (PKCS#8, PKCS#1 or SEC1).
    pub key_pem: Zeroizing<Vec<u8>>,
}

/// Why the daemon cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A certificate or key file holds something else.
    #[error("{0}")]
    Tls(&'static str),
    /// rustls refuses the certificate or key.
    #[error("the certificate or its key cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
    /// The transport stopped.
    #[error("the server stopped: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Bytes stored of one table of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredBytes {
    /// The table.
    pub table: Table,
    /// Bytes from its beginning.
    pub bytes: u64,
}

/// The opening of a submission.
#[derive(Debug)]
pub struct SubmissionStart {
    /// The agreement.
    pub agreement: AgreementId,
    /// The submission.
    pub submission: SubmissionId,
    /// The signed manifest, not verified yet.
    pub manifest: SignedNote,
}

/// Bytes of one table of a submission.
pub struct Chunk {
    /// The table.
    pub table: Table,
    /// Position of the first byte.
    pub offset: u64,
    /// At most [`crate::CHUNK_BYTES_MAX`] bytes.
    pub data: Vec<u8>,
}

/// The custodian's word that everything has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finish {
    /// Rows of all tables together.
    pub rows: u64,
    /// Bytes of all tables together.
    pub bytes: u64,
    /// SHA-256 of the tables' SHA-256 digests, in the manifest's order.
    pub sha256: [u8; 32],
}

/// Which datasets to link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkQuestion {
    /// The agreement.
    pub agreement: AgreementId,
    /// Dataset of the people who took part.
    pub cohort: DatasetId,
    /// Dataset in which their events are found.
    pub usage: DatasetId,
}

/// A submission under way. Dropped without [`Upload::finish`], it has not happened.
pub trait Upload: Send + 'static {
    /// Stores a chunk that follows what is stored.
    ///
    /// # Errors
    /// A [`Refusal`]; the submission is over.
    fn chunk(&mut self, chunk: Chunk) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Checks everything, makes it durable, logs it, and only then returns the receipt.
    ///
    /// # Errors
    /// A [`Refusal`]; unless it is [`Refusal::Internal`], nothing has been admitted.
    fn finish(self, finish: Finish) -> impl Future<Output = Result<LoggedEntry, Refusal>> + Send;
}

/// What the unit does for callers. Every method checks the caller against the agreement first.
pub trait Unit: Send + Sync + 'static {
    /// A submission under way.
    type Upload: Upload;

    /// What is stored of a submission.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn describe_submission(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        submission: SubmissionId,
    ) -> impl Future<Output = Result<Vec<StoredBytes>, Refusal>> + Send;

    /// Opens a submission.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn begin_submission(
        &self,
        caller: &Caller,
        start: SubmissionStart,
    ) -> impl Future<Output = Result<Self::Upload, Refusal>> + Send;

    /// Starts or finds a linkage run.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn start_link(
        &self,
        caller: &Caller,
        question: LinkQuestion,
    ) -> impl Future<Output = Result<RunId, Refusal>> + Send;

    /// Watches a linkage run.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn watch_link(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        run: RunId,
    ) -> impl Future<Output = Result<JobWatch<LoggedEntry>, Refusal>> + Send;

    /// Starts or finds the release of a study.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn request_release(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        study: StudyId,
    ) -> impl Future<Output = Result<JobWatch<ReleaseDigest>, Refusal>> + Send;

    /// The newest release of a study.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn fetch_release(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        study: StudyId,
    ) -> impl Future<Output = Result<LoggedRelease, Refusal>> + Send;

    /// The newest checkpoint, a signed note.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn checkpoint(
        &self,
        caller: &Caller,
        agreement: AgreementId,
    ) -> impl Future<Output = Result<Vec<u8>, Refusal>> + Send;

    /// Leaves of the log from an index on, [`crate::ENTRIES_MAX`] at most, within a size.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn read_entries(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        from: u64,
        size: u64,
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, Refusal>> + Send;

    /// Proof that the log of one size is a prefix of the log of another.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn consistency_proof(
        &self,
        caller: &Caller,
        agreement: AgreementId,
        old_size: u64,
        new_size: u64,
    ) -> impl Future<Output = Result<ConsistencyProof, Refusal>> + Send;
}

/// What gRPC health tells about; the empty name is the whole server.
const SERVICES: [&str; 4] = [
    "",
    "counterfoil.linkage.v1.LinkageService",
    "counterfoil.release.v1.ReleaseService",
    "counterfoil.audit.v1.AuditService",
];

/// Serves until `shutdown` resolves, then lets what is under way end, for
/// [`DRAIN_DEADLINE`] at most: TLS 1.3 with client certificates, gRPC health for
/// callers that hold one, no reflection.
///
/// # Errors
/// [`ServeError`] when the certificates cannot be used or the transport fails.
pub async fn serve<U: Unit>(
    unit: Arc<U>,
    listener: TcpListener,
    tls: &ServerTls,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let tls = incoming::tls(tls)?;
    let door = Door { unit, verifier: tls.verifier.clone() };
    let (health, health_service) = tonic_health::server::health_reporter();
    let linkage =
        messages::linkage::v1::linkage_service_server::LinkageServiceServer::new(linkage::Service(door.clone()));
    let release =
        messages::release::v1::release_service_server::ReleaseServiceServer::new(release::Service(door.clone()));
    let audit = messages::audit::v1::audit_service_server::AuditServiceServer::new(audit::Service(door));
    for service in SERVICES {
        health.set_service_status(service, tonic_health::ServingStatus::Serving).await;
    }
    let (begin_drain, drain) = tokio::sync::oneshot::channel::<()>();
    let server = Server::builder()
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .http2_max_header_list_size(8_192)
        .add_service(health_service)
        .add_service(linkage.max_decoding_message_size(REQUEST_BYTES_MAX))
        .add_service(release.max_decoding_message_size(REQUEST_BYTES_MAX))
        .add_service(audit.max_decoding_message_size(REQUEST_BYTES_MAX))
        .serve_with_incoming_shutdown(incoming::incoming(listener, &tls), async {
            // The sender is gone only when this future is, too.
            let _asked = drain.await;
        });
    let stop = async {
        shutdown.await;
        for service in SERVICES {
            health.set_service_status(service, tonic_health::ServingStatus::NotServing).await;
        }
        let _served = begin_drain.send(());
        tokio::time::sleep(DRAIN_DEADLINE).await;
    };
    tokio::select! {
        result = server => result?,
        () = stop => tracing::warn!("a caller did not go in time; what it had not finished has not happened"),
    }
    Ok(())
}

/// What every service stands behind: the unit, and the check of who is calling.
struct Door<U> {
    unit: Arc<U>,
    verifier: Arc<dyn ClientCertVerifier>,
}

impl<U> Clone for Door<U> {
    fn clone(&self) -> Self {
        Self { unit: self.unit.clone(), verifier: self.verifier.clone() }
    }
}

impl<U> Door<U> {
    /// The caller of a request. The certificate is verified at every call, not only when the connection was made: one
    /// that has run out since ends the calls of whoever still holds the connection.
    fn caller<T>(&self, request: &tonic::Request<T>) -> Result<Caller, tonic::Status> {
        let certificates = request.peer_certs();
        let (leaf, chain) = certificates
            .as_ref()
            .and_then(|chain| chain.split_first())
            .ok_or_else(|| tonic::Status::unauthenticated(CallerError::NoCertificate.to_string()))?;
        if self.verifier.verify_client_cert(leaf, chain, UnixTime::now()).is_err() {
            return Err(tonic::Status::unauthenticated("the client certificate is not valid, or not any more"));
        }
        Caller::from_certificate(leaf).map_err(|error| tonic::Status::unauthenticated(error.to_string()))
    }
}
