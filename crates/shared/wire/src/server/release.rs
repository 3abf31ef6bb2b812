//! The release service: only a logged release can be an answer.

use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use super::{Door, Unit};
use crate::convert::{encode_evidence, encode_release_progress, parse_name};
use crate::job::JobState;
use crate::messages::release::v1 as messages;
use crate::messages::release::v1::release_service_server::ReleaseService;

pub(super) struct Service<U>(pub(super) Door<U>);

#[tonic::async_trait]
impl<U: Unit> ReleaseService for Service<U> {
    type RequestReleaseStream =
        std::pin::Pin<Box<dyn Stream<Item = Result<messages::RequestReleaseResponse, Status>> + Send + 'static>>;

    async fn request_release(
        &self,
        request: Request<messages::RequestReleaseRequest>,
    ) -> Result<Response<Self::RequestReleaseStream>, Status> {
        use messages::request_release_response::{Done, State};
        let caller = self.0.caller(&request)?;
        let request = request.into_inner();
        let agreement = parse_name(&request.agreement_id, "agreement_id")?;
        let study = parse_name(&request.study_id, "study_id")?;
        let watch = self.0.unit.request_release(&caller, agreement, study).await?;
        let states = WatchStream::new(watch).map(|state| match state {
            JobState::Running(progress) => Ok(State::Progress(encode_release_progress(progress))),
            JobState::Ended(Ok(digest)) => Ok(State::Done(Done { release_sha256: digest.0.as_bytes().to_vec() })),
            JobState::Ended(Err(refusal)) => Err(Status::from(refusal)),
        });
        let responses = states.map(|state| state.map(|state| messages::RequestReleaseResponse { state: Some(state) }));
        Ok(Response::new(Box::pin(responses)))
    }

    async fn fetch_release(
        &self,
        request: Request<messages::FetchReleaseRequest>,
    ) -> Result<Response<messages::FetchReleaseResponse>, Status> {
        let caller = self.0.caller(&request)?;
        let request = request.into_inner();
        let agreement = parse_name(&request.agreement_id, "agreement_id")?;
        let study = parse_name(&request.study_id, "study_id")?;
        let release = self.0.unit.fetch_release(&caller, agreement, study).await?;
        Ok(Response::new(messages::FetchReleaseResponse {
            body: release.body_bytes().to_vec(),
            evidence: release.evidence().iter().map(encode_evidence).collect(),
            checkpoint: release.checkpoint_bytes().to_vec(),
        }))
    }
}
