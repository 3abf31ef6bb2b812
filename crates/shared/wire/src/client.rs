//! A party's side of the corridor.
//!
//! In: a checked extract, or a question. Out: what the unit answered, decoded but not yet believed: whoever uses it
//! verifies evidence against the log key that the agreement pins.

mod submit;

use counterfoil_audit::ConsistencyProof;
use counterfoil_extract::ExtractError;
use counterfoil_model::{AgreementId, DatasetId, Digest, ReleaseDigest, RunId, StudyId};
use counterfoil_release::Evidence;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};
use zeroize::Zeroizing;

use crate::convert::{decode_consistency, decode_evidence, decode_link_progress, decode_release_progress};
use crate::job::JobProgress;
use crate::limits::{HANDSHAKE_DEADLINE, RESPONSE_BYTES_MAX};
use crate::messages::{audit::v1 as audit, linkage::v1 as linkage, release::v1 as release};
use crate::refusal::{REFUSAL_KEY, RefusalCode};

/// A party's certificate, its key, and who signs the unit's certificate; all PEM.
pub struct ClientTls {
    /// Certificate that the unit's certificate must chain to.
    pub ca_pem: Vec<u8>,
    /// The party's certificate chain.
    pub certificate_pem: Vec<u8>,
    /// The party's private key.
    pub key_pem: Zeroizing<Vec<u8>>,
    /// Name that the unit's certificate must carry.
    pub server_name: String,
}

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The unit said no.
    #[error("the unit refused: {1}")]
    Refused(RefusalCode, String),
    /// No connection, or it broke.
    #[error("no connection to the unit: {0}")]
    Connection(String),
    /// The unit answered with something that is not of this protocol.
    #[error("the unit's answer cannot be understood: {0}")]
    Protocol(&'static str),
    /// The extract to send is not sound.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// A file of the extract could not be read while it was sent.
    #[error("the extract could not be read: {0}")]
    Io(#[from] std::io::Error),
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        let named = status.metadata().get(REFUSAL_KEY).and_then(|name| name.to_str().ok());
        match (named.and_then(RefusalCode::find), status.code()) {
            (Some(code), _) => Self::Refused(code, status.message().to_owned()),
            (None, Code::Unauthenticated) => Self::Refused(RefusalCode::NotPermitted, status.message().to_owned()),
            (None, _) => Self::Connection(status.message().to_owned()),
        }
    }
}

/// A log entry with its proof, as received.
#[derive(Debug, Clone)]
pub struct LoggedEntry {
    /// The entry and its proof.
    pub evidence: Evidence,
    /// The checkpoint that it is proven against: a signed note.
    pub checkpoint: Vec<u8>,
}

/// A release with its evidence, as received.
#[derive(Debug, Clone)]
pub struct ReleaseBundle {
    /// The release's body.
    pub body: Vec<u8>,
    /// The entries that permit it, the release's own last.
    pub evidence: Vec<Evidence>,
    /// The checkpoint that they are proven against: a signed note.
    pub checkpoint: Vec<u8>,
}

/// A connection to the unit.
pub struct UnitClient {
    linkage: linkage::linkage_service_client::LinkageServiceClient<Channel>,
    release: release::release_service_client::ReleaseServiceClient<Channel>,
    audit: audit::audit_service_client::AuditServiceClient<Channel>,
}

impl UnitClient {
    /// Connects to `https://host:port` with mutual TLS.
    ///
    /// # Errors
    /// [`ClientError::Connection`] when the address, the certificates or the connection fail.
    pub async fn connect(endpoint: &str, tls: ClientTls) -> Result<Self, ClientError> {
        let connection = |error: tonic::transport::Error| ClientError::Connection(with_causes(&error));
        let config = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&tls.ca_pem))
            .identity(Identity::from_pem(&tls.certificate_pem, tls.key_pem.as_slice()))
            .domain_name(tls.server_name);
        let channel = Endpoint::from_shared(endpoint.to_owned())
            .map_err(connection)?
            .tls_config(config)
            .map_err(connection)?
            .connect_timeout(2 * HANDSHAKE_DEADLINE)
            .tcp_nodelay(true)
            .connect()
            .await
            .map_err(connection)?;
        let linkage = linkage::linkage_service_client::LinkageServiceClient::new(channel.clone());
        let release = release::release_service_client::ReleaseServiceClient::new(channel.clone());
        let audit = audit::audit_service_client::AuditServiceClient::new(channel);
        Ok(Self {
            linkage: linkage.max_decoding_message_size(RESPONSE_BYTES_MAX),
            release: release.max_decoding_message_size(RESPONSE_BYTES_MAX),
            audit: audit.max_decoding_message_size(RESPONSE_BYTES_MAX),
        })
    }

    /// Starts, or finds, the linkage run over the newest extracts of two datasets.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn start_link(
        &mut self,
        agreement: &AgreementId,
        cohort: &DatasetId,
        usage: &DatasetId,
    ) -> Result<RunId, ClientError> {
        let request = linkage::StartLinkRequest {
            agreement_id: agreement.to_string(),
            cohort_dataset_id: cohort.to_string(),
            usage_dataset_id: usage.to_string(),
        };
        let response = self.linkage.start_link(request).await?.into_inner();
        RunId::parse(&response.run_id).map_err(|_| ClientError::Protocol("run_id"))
    }

    /// Watches a run to its end.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn watch_link(
        &mut self,
        agreement: &AgreementId,
        run: &RunId,
        on: &mut (dyn FnMut(JobProgress) + Send),
    ) -> Result<LoggedEntry, ClientError> {
        use linkage::watch_link_response::State;
        let request = linkage::WatchLinkRequest { agreement_id: agreement.to_string(), run_id: run.to_string() };
        let mut states = self.linkage.watch_link(request).await?.into_inner();
        while let Some(response) = states.message().await? {
            match response.state {
                Some(State::Progress(progress)) => decode_link_progress(progress).into_iter().for_each(&mut *on),
                Some(State::Done(done)) => return logged_entry(done.evidence, done.checkpoint),
                None => return Err(ClientError::Protocol("an empty state")),
            }
        }
        Err(ClientError::Connection("the unit stopped before the run had ended; run the command again".to_owned()))
    }

    /// Asks for the tables of a study and watches the request to its end.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn request_release(
        &mut self,
        agreement: &AgreementId,
        study: &StudyId,
        on: &mut (dyn FnMut(JobProgress) + Send),
    ) -> Result<ReleaseDigest, ClientError> {
        use release::request_release_response::State;
        let request =
            release::RequestReleaseRequest { agreement_id: agreement.to_string(), study_id: study.to_string() };
        let mut states = self.release.request_release(request).await?.into_inner();
        while let Some(response) = states.message().await? {
            match response.state {
                Some(State::Progress(progress)) => decode_release_progress(progress).into_iter().for_each(&mut *on),
                Some(State::Done(done)) => {
                    let bytes = done.release_sha256.try_into().map_err(|_| ClientError::Protocol("release_sha256"))?;
                    return Ok(ReleaseDigest(Digest::from_bytes(bytes)));
                }
                None => return Err(ClientError::Protocol("an empty state")),
            }
        }
        Err(ClientError::Connection("the unit stopped before the release was made; run the command again".to_owned()))
    }

    /// Fetches the newest release of a study.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn fetch_release(
        &mut self,
        agreement: &AgreementId,
        study: &StudyId,
    ) -> Result<ReleaseBundle, ClientError> {
        let request = release::FetchReleaseRequest { agreement_id: agreement.to_string(), study_id: study.to_string() };
        let response = self.release.fetch_release(request).await?.into_inner();
        let evidence: Option<_> = response.evidence.into_iter().map(decode_evidence).collect();
        let evidence = evidence.ok_or(ClientError::Protocol("evidence"))?;
        Ok(ReleaseBundle { body: response.body, evidence, checkpoint: response.checkpoint })
    }

    /// The newest checkpoint: a signed note, not verified yet.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn checkpoint(&mut self, agreement: &AgreementId) -> Result<Vec<u8>, ClientError> {
        let request = audit::GetCheckpointRequest { agreement_id: agreement.to_string() };
        Ok(self.audit.get_checkpoint(request).await?.into_inner().checkpoint)
    }

    /// Leaves of the log from an index on, within a size; at most [`crate::ENTRIES_MAX`] of them.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn read_entries(
        &mut self,
        agreement: &AgreementId,
        from: u64,
        size: u64,
    ) -> Result<Vec<Vec<u8>>, ClientError> {
        let request = audit::ReadEntriesRequest { agreement_id: agreement.to_string(), from, size };
        Ok(self.audit.read_entries(request).await?.into_inner().entries)
    }

    /// Proof that the log of one size is a prefix of the log of another.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn consistency_proof(
        &mut self,
        agreement: &AgreementId,
        old_size: u64,
        new_size: u64,
    ) -> Result<ConsistencyProof, ClientError> {
        let request = audit::GetConsistencyProofRequest { agreement_id: agreement.to_string(), old_size, new_size };
        let response = self.audit.get_consistency_proof(request).await?.into_inner();
        decode_consistency(response.hashes).ok_or(ClientError::Protocol("consistency proof"))
    }
}

fn logged_entry(evidence: Option<audit::Evidence>, checkpoint: Vec<u8>) -> Result<LoggedEntry, ClientError> {
    let evidence = evidence.and_then(decode_evidence).ok_or(ClientError::Protocol("evidence"))?;
    Ok(LoggedEntry { evidence, checkpoint })
}

/// An error with what caused it: "transport error" alone helps nobody.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
