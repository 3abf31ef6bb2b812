//! Connections: TLS 1.3 only, client certificates only, no resumption, a bound on how many and how slowly.
//!
//! Resumption is off because a resumed session is accepted without looking at the certificate again.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use counterfoil_model::PartyId;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::{ServeError, ServerTls};
use crate::caller::Caller;
use crate::limits::{CONNECTIONS_MAX, CONNECTIONS_PER_PARTY_MAX, HANDSHAKE_DEADLINE, HANDSHAKES_MAX};

/// Pause after the operating system refuses a connection, so that running out of file descriptors does not spin a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// TLS as the unit speaks it, and the check of client certificates, which is made again at every call.
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    pub(super) verifier: Arc<dyn ClientCertVerifier>,
}

pub(super) fn tls(tls: &ServerTls) -> Result<Tls, ServeError> {
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
        .with_client_cert_verifier(verifier.clone())
        .with_single_cert(chain, key)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), verifier })
}

/// Connections whose handshake is done. The accepting task ends when the stream is dropped.
pub(super) fn incoming(listener: TcpListener, tls: &Tls) -> impl Stream<Item = Result<Connection, io::Error>> + use<> {
    let (ready, connections) = mpsc::channel(1);
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    let places = Arc::new(Places::default());
    let acceptor = tls.acceptor.clone();
    tokio::spawn(async move {
        loop {
            let permit = handshakes.clone().acquire_owned().await.expect("the semaphore is never closed");
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ready.closed() => return,
            };
            let Ok((stream, _)) = accepted else {
                tracing::warn!("the operating system refuses new connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let (acceptor, ready, places) = (acceptor.clone(), ready.clone(), places.clone());
            tokio::spawn(async move {
                let connection = handshake(stream, acceptor, &places).await;
                drop(permit);
                if let Some(connection) = connection {
                    // The server has stopped when nobody takes it.
                    let _stopped = ready.send(Ok(connection)).await;
                }
            });
        }
    });
    ReceiverStream::new(connections)
}

async fn handshake(stream: TcpStream, acceptor: TlsAcceptor, places: &Arc<Places>) -> Option<Connection> {
    let _unset = stream.set_nodelay(true);
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_DEADLINE, acceptor.accept(stream)).await else {
        tracing::info!("a TLS handshake failed");
        return None;
    };
    let leaf = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    // Who names no party is answered at the call; all such share one set of places.
    let party = leaf.and_then(|leaf| Caller::from_certificate(leaf).ok()).map(|caller| caller.party().clone());
    let Some(place) = Places::take(places, party) else {
        tracing::warn!("a connection was refused: too many are open");
        return None;
    };
    let first_byte = Box::pin(tokio::time::sleep(HANDSHAKE_DEADLINE));
    Some(Connection { stream, first_byte: Some(first_byte), _place: place })
}

/// How many connections are open, by party.
#[derive(Default)]
struct Places(Mutex<BTreeMap<Option<PartyId>, usize>>);

/// A place among the open connections, given back when dropped.
struct Place {
    places: Arc<Places>,
    party: Option<PartyId>,
}

impl Places {
    fn open(&self) -> MutexGuard<'_, BTreeMap<Option<PartyId>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(places: &Arc<Self>, party: Option<PartyId>) -> Option<Place> {
        let mut open = places.open();
        let all: usize = open.values().sum();
        let of_party = open.entry(party.clone()).or_default();
        if all >= CONNECTIONS_MAX || *of_party >= CONNECTIONS_PER_PARTY_MAX {
            return None;
        }
        *of_party += 1;
        Some(Place { places: places.clone(), party })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.places.open();
        if let Some(of_party) = open.get_mut(&self.party) {
            *of_party -= 1;
        }
    }
}

/// A connection, and its place among the connections that may be open.
pub(super) struct Connection {
    stream: TlsStream<TcpStream>,
    /// Until the first byte comes: HTTP/2's own keepalive begins only after it.
    first_byte: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Connected for Connection {
    type ConnectInfo = <TlsStream<TcpStream> as Connected>::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if polled.is_ready() && buf.filled().len() > before {
            self.first_byte = None;
        }
        if let Some(deadline) = &mut self.first_byte
            && polled.is_pending()
            && deadline.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_party_takes_the_places_of_the_others() {
        let places = Arc::new(Places::default());
        let party = |name: &str| Some(PartyId::parse(name).expect("a name"));
        let mut greedy: Vec<_> = (0..CONNECTIONS_PER_PARTY_MAX).map(|_| Places::take(&places, party("a"))).collect();
        assert!(greedy.iter().all(Option::is_some));
        assert!(Places::take(&places, party("a")).is_none());
        assert!(Places::take(&places, party("b")).is_some());
        greedy.pop();
        assert!(Places::take(&places, party("a")).is_some(), "a place was given back");
    }

    #[test]
    fn all_places_together_are_bounded() {
        let places = Arc::new(Places::default());
        let parties = (0..).map(|number| PartyId::parse(&format!("party-{number}")).ok());
        let held: Vec<_> = parties.map_while(|party| Places::take(&places, party)).take(CONNECTIONS_MAX + 1).collect();
        assert_eq!(held.len(), CONNECTIONS_MAX);
    }
}
