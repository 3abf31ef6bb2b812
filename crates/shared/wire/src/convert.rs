//! Between messages and our types: every text is parsed, every length checked, at this door.

use counterfoil_audit::{
    ConsistencyProof, InclusionProof, LeafIndex, NodeHash, Nonce, Opening, PROOF_HASHES_MAX, parse_entry,
};
use counterfoil_extract::Table;
use counterfoil_release::Evidence;

use crate::job::{JobProgress, JobStep};
use crate::messages::audit::v1 as audit;
use crate::messages::linkage::v1 as linkage;
use crate::messages::release::v1 as release;
use crate::refusal::Refusal;

pub(crate) fn parse_name<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::Malformed(what))
}

pub(crate) fn encode_evidence(evidence: &Evidence) -> audit::Evidence {
    audit::Evidence {
        index: evidence.index.0,
        leaf: evidence.entry.to_leaf(),
        nonce: evidence.opening.nonce.0.to_vec(),
        record: evidence.opening.record.clone(),
        proof: encode_hashes(&evidence.proof.hashes),
    }
}

pub(crate) fn decode_evidence(message: audit::Evidence) -> Option<Evidence> {
    Some(Evidence {
        index: LeafIndex(message.index),
        entry: parse_entry(&message.leaf).ok()?,
        opening: Opening { nonce: Nonce(message.nonce.try_into().ok()?), record: message.record },
        proof: InclusionProof { hashes: decode_hashes(message.proof)? },
    })
}

pub(crate) fn encode_hashes(hashes: &[NodeHash]) -> Vec<Vec<u8>> {
    hashes.iter().map(|hash| hash.0.to_vec()).collect()
}

pub(crate) fn decode_consistency(hashes: Vec<Vec<u8>>) -> Option<ConsistencyProof> {
    decode_hashes(hashes).map(|hashes| ConsistencyProof { hashes })
}

fn decode_hashes(hashes: Vec<Vec<u8>>) -> Option<Vec<NodeHash>> {
    if hashes.len() > PROOF_HASHES_MAX {
        return None;
    }
    hashes.into_iter().map(|hash| hash.try_into().ok().map(NodeHash)).collect()
}

pub(crate) fn encode_table(table: Table) -> linkage::ExtractTable {
    match table {
        Table::People => linkage::ExtractTable::People,
        Table::Events => linkage::ExtractTable::Events,
        Table::Measures => linkage::ExtractTable::Measures,
        Table::FormerTokens => linkage::ExtractTable::FormerTokens,
    }
}

pub(crate) fn decode_table(number: i32) -> Option<Table> {
    match linkage::ExtractTable::try_from(number).ok()? {
        linkage::ExtractTable::Unspecified => None,
        linkage::ExtractTable::People => Some(Table::People),
        linkage::ExtractTable::Events => Some(Table::Events),
        linkage::ExtractTable::Measures => Some(Table::Measures),
        linkage::ExtractTable::FormerTokens => Some(Table::FormerTokens),
    }
}

pub(crate) fn encode_link_progress(progress: JobProgress) -> linkage::watch_link_response::Progress {
    use linkage::watch_link_response::Step;
    let step = match progress.step {
        JobStep::Queued => Step::Queued,
        JobStep::Reading => Step::Reading,
        JobStep::MatchKeys => Step::MatchKeys,
        JobStep::Comparing => Step::Comparing,
        JobStep::Storing => Step::Storing,
        JobStep::Tabulating | JobStep::Protecting => Step::Unspecified,
    };
    linkage::watch_link_response::Progress { step: step.into(), done: progress.done, of: progress.of }
}

pub(crate) fn decode_link_progress(message: linkage::watch_link_response::Progress) -> Option<JobProgress> {
    use linkage::watch_link_response::Step;
    let step = match message.step() {
        Step::Unspecified => return None,
        Step::Queued => JobStep::Queued,
        Step::Reading => JobStep::Reading,
        Step::MatchKeys => JobStep::MatchKeys,
        Step::Comparing => JobStep::Comparing,
        Step::Storing => JobStep::Storing,
    };
    Some(JobProgress { step, done: message.done, of: message.of })
}

pub(crate) fn encode_release_progress(progress: JobProgress) -> release::request_release_response::Progress {
    use release::request_release_response::Step;
    let step = match progress.step {
        JobStep::Queued => Step::Queued,
        JobStep::Reading => Step::Reading,
        JobStep::Tabulating => Step::Tabulating,
        JobStep::Protecting => Step::Protecting,
        JobStep::Storing => Step::Storing,
        JobStep::MatchKeys | JobStep::Comparing => Step::Unspecified,
    };
    release::request_release_response::Progress { step: step.into(), done: progress.done, of: progress.of }
}

pub(crate) fn decode_release_progress(message: release::request_release_response::Progress) -> Option<JobProgress> {
    use release::request_release_response::Step;
    let step = match message.step() {
        Step::Unspecified => return None,
        Step::Queued => JobStep::Queued,
        Step::Reading => JobStep::Reading,
        Step::Tabulating => JobStep::Tabulating,
        Step::Protecting => JobStep::Protecting,
        Step::Storing => JobStep::Storing,
    };
    Some(JobProgress { step, done: message.done, of: message.of })
}
