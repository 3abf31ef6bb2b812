//! Connections: TLS 1.3 only, client certificates only, no resumption, a bound on how many and how slowly.
//!
//! Resumption is off because a resumed session is accepted without looking at the certificate again.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::{ServeError, ServerTls};
use crate::limits::{CONNECTIONS_MAX, HANDSHAKE_DEADLINE};

/// Pause after the operating system refuses a connection, so that running out of file descriptors does not spin a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

pub(super) fn acceptor(tls: &ServerTls) -> Result<TlsAcceptor, ServeError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&tls.client_ca_pem) {
        roots.add(certificate.map_err(|_| ServeError::Tls("the file of client authorities is not PEM"))?)?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|_| ServeError::Tls("the file of client authorities holds no certificate"))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&tls.certificate_pem)
        .collect::<Result<_, _>>()
        .map_err(|_| ServeError::Tls("the certificate file is not PEM"))?;
    let key = PrivateKeyDer::from_pem_slice(&tls.key_pem)
        .map_err(|_| ServeError::Tls("the key file holds no PEM private key"))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Connections whose handshake is done. The accepting task ends when the stream is dropped.
pub(super) fn incoming(
    listener: TcpListener,
    acceptor: TlsAcceptor,
) -> impl Stream<Item = Result<Connection, io::Error>> {
    let (ready, connections) = mpsc::channel(1);
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    tokio::spawn(async move {
        loop {
            let permit = permits.clone().acquire_owned().await.expect("the semaphore is never closed");
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ready.closed() => return,
            };
            let Ok((stream, _)) = accepted else {
                tracing::warn!("the operating system refuses new connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let (acceptor, ready) = (acceptor.clone(), ready.clone());
            tokio::spawn(async move {
                if let Some(connection) = handshake(stream, acceptor, permit).await {
                    // The server has stopped when nobody takes it.
                    let _stopped = ready.send(Ok(connection)).await;
                }
            });
        }
    });
    ReceiverStream::new(connections)
}

async fn handshake(stream: TcpStream, acceptor: TlsAcceptor, permit: OwnedSemaphorePermit) -> Option<Connection> {
    let _unset = stream.set_nodelay(true);
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_DEADLINE, acceptor.accept(stream)).await else {
        tracing::info!("a TLS handshake failed");
        return None;
    };
    Some(Connection { stream, _permit: permit })
}

/// A connection, and its place among the connections that may be open.
pub(super) struct Connection {
    stream: TlsStream<TcpStream>,
    _permit: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = <TlsStream<TcpStream> as Connected>::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
