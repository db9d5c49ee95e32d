use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::Listener;
use jiff::SignedDuration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::clock::{Clock as _, SystemClock};

/// How long a client may take for its handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Finished handshakes that may wait to be taken up.
const WAITING: usize = 16;
/// How long to wait when no connection can be taken, such as without file descriptors.
const PAUSE: SignedDuration = SignedDuration::from_millis(100);

/// Connections whose TLS handshake is done. Handshakes run beside each other, so that a client that
/// is slow, or speaks no TLS, holds up nobody.
pub(super) struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    accepting: AbortHandle,
}

impl TlsListener {
    pub(super) fn new(listener: TcpListener, address: SocketAddr, acceptor: TlsAcceptor) -> Self {
        let (sender, ready) = mpsc::channel(WAITING);
        let accepting = tokio::spawn(accept_all(listener, acceptor, sender)).abort_handle();
        Self { address, ready, accepting }
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept_all(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            SystemClock.sleep(PAUSE).await;
            continue;
        };
        // Answers are small, and waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let handshake = acceptor.accept(stream);
        let sender = sender.clone();
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, handshake).await {
                // Nobody takes it up any more once the server has stopped.
                let _ = sender.send((stream, peer)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The task that accepts never ends by itself.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}
