//! Two things to stand between a party and the unit: a gate that stops the bytes, and a tap that reads them and can
//! cancel an upload as a client's HTTP/2 library does.
//!
//! The gate passes TCP as it is. The tap ends the connection's TLS with the unit's own certificate and opens another with
//! the party's, which is possible only because the tests hold both keys; so it sees what no network sees.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::world::World;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A TCP relay that stops passing the party's bytes after a number of them, until it is opened.
pub struct Gate {
    /// Where the party connects.
    pub address: SocketAddr,
    open: Arc<(Mutex<bool>, Condvar)>,
}

impl Gate {
    /// A gate before a unit, which passes `bytes_max` bytes of each connection and then holds.
    ///
    /// # Panics
    /// When there is no port.
    pub fn before(unit: SocketAddr, bytes_max: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let open = Arc::new((Mutex::new(false), Condvar::new()));
        let gate = open.clone();
        // The threads end with the connections, or with the test.
        std::thread::spawn(move || {
            for party in listener.incoming().map_while(Result::ok) {
                let Ok(unit) = TcpStream::connect(unit) else { return };
                let (party_back, unit_back) =
                    (party.try_clone().expect("a socket"), unit.try_clone().expect("a socket"));
                let gate = gate.clone();
                std::thread::spawn(move || pass(&party, &unit, Some((bytes_max, &gate))));
                std::thread::spawn(move || pass(&unit_back, &party_back, None));
            }
        });
        Self { address, open }
    }

    /// Lets everything pass from now on.
    pub fn open(&self) {
        let (open, changed) = &*self.open;
        *open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }
}

fn pass(mut from: &TcpStream, mut to: &TcpStream, gate: Option<(usize, &(Mutex<bool>, Condvar))>) {
    let mut buffer = vec![0; 64 << 10];
    let mut passed = 0;
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if let Some((bytes_max, (open, changed))) = gate
            && passed + length > bytes_max
        {
            let guard = open.lock().unwrap_or_else(PoisonError::into_inner);
            drop(changed.wait_while(guard, |open| !*open).unwrap_or_else(PoisonError::into_inner));
        }
        passed += length;
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // Either end may have closed before.
    let _closed = (from.shutdown(std::net::Shutdown::Both), to.shutdown(std::net::Shutdown::Both));
}

/// A relay that reads what passes, in both directions.
pub struct Tap {
    /// Where the party connects.
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    cancel: Arc<Notify>,
}

/// Where an upload is to be cancelled.
#[derive(Clone)]
struct Cut {
    data_bytes_max: usize,
    now: Arc<Notify>,
}

impl Tap {
    /// A tap between one party and a unit. It runs on threads of its own until the test ends.
    ///
    /// # Panics
    /// When there is no port, or the certificates cannot be used.
    pub fn between(world: &World, party: &str, unit: SocketAddr) -> Self {
        Self::new(world, party, unit, None)
    }

    /// A tap that passes this many bytes of DATA frames of one connection and then holds, until [`Tap::cancel`].
    ///
    /// # Panics
    /// As [`Tap::between`].
    pub fn cutting(world: &World, party: &str, unit: SocketAddr, data_bytes_max: usize) -> Self {
        Self::new(world, party, unit, Some(data_bytes_max))
    }

    /// Sends the unit `RST_STREAM` with the code `CANCEL` (RFC 9113 sections 6.4 and 7) for the stream that was held, and
    /// leaves its connection open.
    pub fn cancel(&self) {
        self.cancel.notify_one();
    }

    /// Closes the connection that [`Tap::cancel`] left open.
    pub fn hang_up(&self) {
        self.cancel.notify_one();
    }

    fn new(world: &World, party: &str, unit: SocketAddr, data_bytes_max: Option<usize>) -> Self {
        let cancel = Arc::new(Notify::new());
        let cut = data_bytes_max.map(|data_bytes_max| Cut { data_bytes_max, now: cancel.clone() });
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (acceptor, connector) = tls(&world.certificates(), party);
        let all = heard.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            runtime.expect("the system gives threads").block_on(async move {
                listener.set_nonblocking(true).expect("a socket");
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                while let Ok((stream, _)) = listener.accept().await {
                    let (acceptor, connector, all, cut) =
                        (acceptor.clone(), connector.clone(), all.clone(), cut.clone());
                    tokio::spawn(async move {
                        // A connection that fails is the party's error to see.
                        let _ended = relay(stream, unit, acceptor, connector, &all, cut).await;
                    });
                }
            });
        });
        Self { address, heard, cancel }
    }

    /// What passed so far: one entry a direction of a connection, the payloads of HTTP/2 DATA frames joined.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().flat_map(|bytes| [bytes.clone(), data_payloads(bytes)]).collect()
    }
}

async fn relay(
    stream: tokio::net::TcpStream,
    unit: SocketAddr,
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    heard: &Mutex<Vec<Vec<u8>>>,
    cut: Option<Cut>,
) -> io::Result<()> {
    let party = acceptor.accept(stream).await?;
    let unit = tokio::net::TcpStream::connect(unit).await?;
    let unit = connector.connect(ServerName::try_from("localhost").expect("a name"), unit).await?;
    let (mut from_party, mut to_party) = tokio::io::split(party);
    let (mut from_unit, mut to_unit) = tokio::io::split(unit);
    let first = {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend([Vec::new(), Vec::new()]);
        heard.len() - 2
    };
    if let Some(cut) = cut {
        let cancelled = tokio::select! {
            ended = copy_until_cut(&mut from_party, &mut to_unit, &cut) => ended?,
            ended = copy(&mut from_unit, &mut to_party, heard, first + 1) => return ended,
        };
        if cancelled {
            drop((from_party, to_party));
            // The unit's connection stays open, so that nothing but the cancelled stream can tell it what happened.
            cut.now.notified().await;
        }
        return Ok(());
    }
    tokio::select! {
        ended = copy(&mut from_party, &mut to_unit, heard, first) => ended,
        ended = copy(&mut from_unit, &mut to_party, heard, first + 1) => ended,
    }
}

/// Passes frame after frame; after the cut's bytes it waits, cancels the stream and says so.
async fn copy_until_cut(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    cut: &Cut,
) -> io::Result<bool> {
    let mut preface = [0; PREFACE.len()];
    from.read_exact(&mut preface).await?;
    to.write_all(&preface).await?;
    let mut passed = 0;
    loop {
        let mut head = [0; 9];
        if from.read_exact(&mut head).await.is_err() {
            to.shutdown().await?;
            return Ok(false);
        }
        let mut payload = vec![0; payload_length(&head)];
        from.read_exact(&mut payload).await?;
        let is_data = head[3] == 0;
        if is_data && passed + payload.len() > cut.data_bytes_max {
            cut.now.notified().await;
            let stream = &head[5..];
            to.write_all(&[&[0, 0, 4, 3, 0], stream, &[0, 0, 0, 8]].concat()).await?;
            to.flush().await?;
            return Ok(true);
        }
        passed += if is_data { payload.len() } else { 0 };
        to.write_all(&head).await?;
        to.write_all(&payload).await?;
        to.flush().await?;
    }
}

async fn copy(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    heard: &Mutex<Vec<Vec<u8>>>,
    place: usize,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        heard.lock().unwrap_or_else(PoisonError::into_inner)[place].extend_from_slice(&buffer[..length]);
        to.write_all(&buffer[..length]).await?;
        to.flush().await?;
    }
}

fn tls(certificates: &Path, party: &str) -> (TlsAcceptor, TlsConnector) {
    let read = |name: &str| std::fs::read(certificates.join(name)).expect("a PEM file");
    let chain = |name: &str| -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_slice_iter(&read(name)).collect::<Result<_, _>>().expect("certificates")
    };
    let key = |name: &str| PrivateKeyDer::from_pem_slice(&read(name)).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    for certificate in chain("ca.pem") {
        roots.add(certificate).expect("an authority");
    }
    let mut server = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_single_cert(chain("unit.pem"), key("unit.key.pem"))
        .expect("the unit's certificate");
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_root_certificates(roots)
        .with_client_auth_cert(chain(&format!("{party}.pem")), key(&format!("{party}.key.pem")))
        .expect("the party's certificate");
    server.alpn_protocols = vec![b"h2".to_vec()];
    client.alpn_protocols = vec![b"h2".to_vec()];
    (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)))
}

/// The payloads of DATA frames (RFC 9113 sections 4.1 and 6.1), joined, so that a text that was cut between two frames
/// is whole again. There is no padding in what we send.
fn data_payloads(bytes: &[u8]) -> Vec<u8> {
    let mut rest = bytes.strip_prefix(PREFACE).unwrap_or(bytes);
    let mut payloads = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<9>() {
        let payload = &after[..payload_length(head).min(after.len())];
        if head[3] == 0 {
            payloads.extend_from_slice(payload);
        }
        rest = &after[payload.len()..];
    }
    payloads
}

fn payload_length(head: &[u8; 9]) -> usize {
    usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])
}
