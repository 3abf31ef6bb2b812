//! The audit service: the log, for anybody who is a party.

use tonic::{Request, Response, Status};

use super::{Door, Unit};
use crate::convert::{encode_hashes, parse_name};
use crate::messages::audit::v1 as messages;
use crate::messages::audit::v1::audit_service_server::AuditService;

pub(super) struct Service<U>(pub(super) Door<U>);

#[tonic::async_trait]
impl<U: Unit> AuditService for Service<U> {
    async fn get_checkpoint(
        &self,
        request: Request<messages::GetCheckpointRequest>,
    ) -> Result<Response<messages::GetCheckpointResponse>, Status> {
        let caller = self.0.caller(&request)?;
        let agreement = parse_name(&request.into_inner().agreement_id, "agreement_id")?;
        let checkpoint = self.0.unit.checkpoint(&caller, agreement).await?;
        Ok(Response::new(messages::GetCheckpointResponse { checkpoint }))
    }

    async fn read_entries(
        &self,
        request: Request<messages::ReadEntriesRequest>,
    ) -> Result<Response<messages::ReadEntriesResponse>, Status> {
        let caller = self.0.caller(&request)?;
        let request = request.into_inner();
        let agreement = parse_name(&request.agreement_id, "agreement_id")?;
        let entries = self.0.unit.read_entries(&caller, agreement, request.from, request.size).await?;
        Ok(Response::new(messages::ReadEntriesResponse { entries }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<messages::GetConsistencyProofRequest>,
    ) -> Result<Response<messages::GetConsistencyProofResponse>, Status> {
        let caller = self.0.caller(&request)?;
        let request = request.into_inner();
        let agreement = parse_name(&request.agreement_id, "agreement_id")?;
        let proof = self.0.unit.consistency_proof(&caller, agreement, request.old_size, request.new_size).await?;
        Ok(Response::new(messages::GetConsistencyProofResponse { hashes: encode_hashes(&proof.hashes) }))
    }
}
