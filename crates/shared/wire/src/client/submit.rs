//! Sending an extract: from where an earlier attempt stopped, in bounded chunks, closed by an explicit finish.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use counterfoil_extract::{Extract, ExtractFile};
use counterfoil_model::{AgreementId, Digest, SubmissionId};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{ClientError, LoggedEntry, UnitClient, logged_entry};
use crate::convert::{decode_table, encode_table};
use crate::limits::CHUNK_BYTES_MAX;
use crate::messages::linkage::v1 as messages;
use crate::messages::linkage::v1::submit_extract_request::{Chunk, Finish, Message, Start};

/// Messages read ahead of the network: 4 chunks of 256 KiB.
const CHUNKS_AHEAD: usize = 4;

impl UnitClient {
    /// Submits an extract and returns its receipt: the log entry that admits it. What an earlier attempt has stored is
    /// not sent again, and a submission that was admitted before is only acknowledged. `progress` gets the bytes sent
    /// and the bytes in all.
    ///
    /// # Errors
    /// [`ClientError`]. When the unit refused, nothing has been admitted; when the connection broke, it may have been:
    /// submit again under the same id, and the receipt comes.
    pub async fn submit(
        &mut self,
        agreement: &AgreementId,
        submission: &SubmissionId,
        extract: &Extract,
        progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<LoggedEntry, ClientError> {
        let files = extract.files();
        let stored = self.stored(agreement, submission, &files).await?;
        let start = Start {
            agreement_id: agreement.to_string(),
            submission_id: submission.to_string(),
            manifest: extract.note().to_bytes(),
        };
        let total = files.iter().map(|file| file.bytes).sum();
        let (messages, queue) = mpsc::channel(CHUNKS_AHEAD);
        let (sent, mut sent_bytes) = mpsc::unbounded_channel();
        let reader = tokio::task::spawn_blocking(move || send_all(start, &files, &stored, &messages, &sent));
        let call = self.linkage.submit_extract(ReceiverStream::new(queue));
        tokio::pin!(call);
        let response = loop {
            tokio::select! {
                response = &mut call => break response,
                Some(bytes) = sent_bytes.recv() => progress(bytes, total),
            }
        };
        // A file that cannot be read ends the upload early; that cause is worth more than the unit's "incomplete".
        let read = reader.await.expect("the reading task does not panic");
        let response = match (response, read) {
            (Ok(response), _) => response.into_inner(),
            (Err(_), Err(error)) => return Err(error.into()),
            (Err(status), Ok(())) => return Err(status.into()),
        };
        progress(total, total);
        logged_entry(response.evidence, response.checkpoint)
    }

    /// Bytes that the unit has stored of each file.
    async fn stored(
        &mut self,
        agreement: &AgreementId,
        submission: &SubmissionId,
        files: &[ExtractFile],
    ) -> Result<Vec<u64>, ClientError> {
        let request = messages::DescribeSubmissionRequest {
            agreement_id: agreement.to_string(),
            submission_id: submission.to_string(),
        };
        let response = self.linkage.describe_submission(request).await?.into_inner();
        let of = |file: &ExtractFile| {
            let stored = response.stored.iter().find(|stored| decode_table(stored.table) == Some(file.table));
            stored.map_or(0, |stored| stored.bytes.min(file.bytes))
        };
        Ok(files.iter().map(of).collect())
    }
}

/// Reads the files and queues the messages. Stops quietly when the call has ended: its response says why.
fn send_all(
    start: Start,
    files: &[ExtractFile],
    stored: &[u64],
    messages: &mpsc::Sender<messages::SubmitExtractRequest>,
    sent: &mpsc::UnboundedSender<u64>,
) -> Result<(), std::io::Error> {
    let queue = |message| messages.blocking_send(messages::SubmitExtractRequest { message: Some(message) }).is_ok();
    if !queue(Message::Start(start)) {
        return Ok(());
    }
    let mut bytes_sent = 0;
    for (file, &from) in files.iter().zip(stored) {
        let mut reader = File::open(&file.path)?;
        reader.seek(SeekFrom::Start(from))?;
        let mut offset = from;
        bytes_sent += from;
        while offset < file.bytes {
            let mut data = Vec::with_capacity(CHUNK_BYTES_MAX);
            let length = reader.by_ref().take(CHUNK_BYTES_MAX as u64).read_to_end(&mut data)? as u64;
            if length == 0 {
                return Err(std::io::Error::new(
                    std::io::ErrorKind::UnexpectedEof,
                    format!("{} became shorter while it was sent", file.name),
                ));
            }
            if !queue(Message::Chunk(Chunk { table: encode_table(file.table).into(), offset, data })) {
                return Ok(());
            }
            offset += length;
            bytes_sent += length;
            // Progress is a courtesy: nobody listens once the call has ended.
            let _unheard = sent.send(bytes_sent);
        }
    }
    let digests: Vec<u8> = files.iter().flat_map(|file| *file.sha256.as_bytes()).collect();
    queue(Message::Finish(Finish {
        rows: files.iter().map(|file| file.rows).sum(),
        bytes: files.iter().map(|file| file.bytes).sum(),
        sha256: Digest::of(&digests).as_bytes().to_vec(),
    }));
    Ok(())
}
