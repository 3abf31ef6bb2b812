//! The linkage service: messages in, the unit's decision, messages out.

use counterfoil_audit::parse_signed_note;
use tokio::time::Instant;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use super::{Chunk, Door, Finish, LinkQuestion, SubmissionStart, Unit, Upload};
use crate::convert::{decode_table, encode_evidence, encode_link_progress, encode_table, parse_name};
use crate::job::JobState;
use crate::limits::{CHUNK_BYTES_MAX, CHUNK_DEADLINE, MANIFEST_BYTES_MAX, SUBMISSION_DEADLINE};
use crate::messages::linkage::v1 as messages;
use crate::messages::linkage::v1::linkage_service_server::LinkageService;
use crate::messages::linkage::v1::submit_extract_request::Message;
use crate::refusal::Refusal;

pub(super) struct Service<U>(pub(super) Door<U>);

#[tonic::async_trait]
impl<U: Unit> LinkageService for Service<U> {
    async fn describe_submission(
        &self,
        request: Request<messages::DescribeSubmissionRequest>,
    ) -> Result<Response<messages::DescribeSubmissionResponse>, Status> {
        let caller = self.0.caller(&request)?;
        let request = request.into_inner();
        let agreement = parse_name(&request.agreement_id, "agreement_id")?;
        let submission = parse_name(&request.submission_id, "submission_id")?;
        let stored = self.0.unit.describe_submission(&caller, agreement, submission).await?;
        let stored = stored
            .into_iter()
            .map(|stored| messages::StoredBytes { table: encode_table(stored.table).into(), bytes: stored.bytes });
        Ok(Response::new(messages::DescribeSubmissionResponse { stored: stored.collect() }))
    }

    async fn submit_extract(
        &self,
        request: Request<Streaming<messages::SubmitExtractRequest>>,
    ) -> Result<Response<messages::SubmitExtractResponse>, Status> {
        let caller = self.0.caller(&request)?;
        let ends = Instant::now() + SUBMISSION_DEADLINE;
        let mut stream = request.into_inner();
        let Message::Start(start) = next(&mut stream, ends).await? else {
            return Err(Refusal::Malformed("the first message is the start").into());
        };
        let mut upload = self.0.unit.begin_submission(&caller, submission_start(&start)?).await?;
        loop {
            match next(&mut stream, ends).await? {
                Message::Chunk(message) => upload.chunk(chunk(message)?).await?,
                Message::Finish(message) => {
                    let logged = upload.finish(finish(message)?).await?;
                    return Ok(Response::new(messages::SubmitExtractResponse {
                        evidence: Some(encode_evidence(&logged.evidence)),
                        checkpoint: logged.checkpoint,
                    }));
                }
                Message::Start(_) => return Err(Refusal::Malformed("a second start").into()),
            }
        }
    }

    async fn start_link(
        &self,
        request: Request<messages::StartLinkRequest>,
    ) -> Result<Response<messages::StartLinkResponse>, Status> {
        let caller = self.0.caller(&request)?;
        let request = request.into_inner();
        let question = LinkQuestion {
            agreement: parse_name(&request.agreement_id, "agreement_id")?,
            cohort: parse_name(&request.cohort_dataset_id, "cohort_dataset_id")?,
            usage: parse_name(&request.usage_dataset_id, "usage_dataset_id")?,
        };
        let run = self.0.unit.start_link(&caller, question).await?;
        Ok(Response::new(messages::StartLinkResponse { run_id: run.to_string() }))
    }

    type WatchLinkStream =
        std::pin::Pin<Box<dyn Stream<Item = Result<messages::WatchLinkResponse, Status>> + Send + 'static>>;

    async fn watch_link(
        &self,
        request: Request<messages::WatchLinkRequest>,
    ) -> Result<Response<Self::WatchLinkStream>, Status> {
        use messages::watch_link_response::{Done, State};
        let caller = self.0.caller(&request)?;
        let request = request.into_inner();
        let agreement = parse_name(&request.agreement_id, "agreement_id")?;
        let run = parse_name(&request.run_id, "run_id")?;
        let watch = self.0.unit.watch_link(&caller, agreement, run).await?;
        let states = WatchStream::new(watch).map(|state| match state {
            JobState::Running(progress) => Ok(State::Progress(encode_link_progress(progress))),
            JobState::Ended(Ok(logged)) => Ok(State::Done(Done {
                evidence: Some(encode_evidence(&logged.evidence)),
                checkpoint: logged.checkpoint.clone(),
            })),
            JobState::Ended(Err(refusal)) => Err(Status::from(refusal)),
        });
        let responses = states.map(|state| state.map(|state| messages::WatchLinkResponse { state: Some(state) }));
        Ok(Response::new(Box::pin(responses)))
    }
}

/// The next message of a submission. A stream that ends here has not been finished, however cleanly it ended: tonic
/// shows a cancelled upload as a plain end of stream.
async fn next(stream: &mut Streaming<messages::SubmitExtractRequest>, ends: Instant) -> Result<Message, Status> {
    let deadline = ends.min(Instant::now() + CHUNK_DEADLINE);
    let message = match tokio::time::timeout_at(deadline, stream.message()).await {
        Err(_) => return Err(Refusal::Incomplete("nothing came for too long").into()),
        Ok(Err(_)) => return Err(Refusal::Incomplete("the connection broke").into()),
        Ok(Ok(None)) => return Err(Refusal::Incomplete("it ended without its finish").into()),
        Ok(Ok(Some(message))) => message,
    };
    message.message.ok_or_else(|| Refusal::Malformed("an empty message").into())
}

fn submission_start(message: &messages::submit_extract_request::Start) -> Result<SubmissionStart, Refusal> {
    if message.manifest.len() > MANIFEST_BYTES_MAX {
        return Err(Refusal::Malformed("manifest is too long"));
    }
    Ok(SubmissionStart {
        agreement: parse_name(&message.agreement_id, "agreement_id")?,
        submission: parse_name(&message.submission_id, "submission_id")?,
        manifest: parse_signed_note(&message.manifest).map_err(|_| Refusal::Malformed("manifest is no signed note"))?,
    })
}

fn chunk(message: messages::submit_extract_request::Chunk) -> Result<Chunk, Refusal> {
    if message.data.is_empty() || message.data.len() > CHUNK_BYTES_MAX {
        return Err(Refusal::Malformed("a chunk has 1 byte to 256 KiB"));
    }
    let table = decode_table(message.table).ok_or(Refusal::Malformed("a chunk of no table"))?;
    Ok(Chunk { table, offset: message.offset, data: message.data })
}

fn finish(message: messages::submit_extract_request::Finish) -> Result<Finish, Refusal> {
    let sha256 = message.sha256.try_into().map_err(|_| Refusal::Malformed("finish sha256 has 32 bytes"))?;
    Ok(Finish { rows: message.rows, bytes: message.bytes, sha256 })
}
