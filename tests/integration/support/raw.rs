//! Bytes on a socket, for requests and responses that no HTTP library would send.

use std::{
    io,
    net::{self, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use url::{Host, Url};

/// Sends these bytes to the server at `base`, and returns what it responds until it closes the connection, or for two
/// seconds after it began to respond.
pub(crate) async fn exchange(base: &str, bytes: &[u8]) -> String {
    let mut stream = connect(base).await;
    // A server may respond, and close, before it has read all.
    let _ = stream.write_all(bytes).await;
    let mut response = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    let mut patience = Duration::from_secs(15);
    while let Ok(Ok(count @ 1..)) = timeout(patience, stream.read(&mut buffer)).await {
        response.extend_from_slice(&buffer[..count]);
        patience = Duration::from_millis(300);
    }
    String::from_utf8_lossy(&response).into_owned()
}

/// A connection to the server at `base`.
pub(crate) async fn connect(base: &str) -> TcpStream {
    let base = Url::parse(base).unwrap();
    let address = match base.host() {
        Some(Host::Ipv4(address)) => address,
        _ => Ipv4Addr::LOCALHOST,
    };
    TcpStream::connect((address, base.port_or_known_default().unwrap())).await.unwrap()
}

/// A keep-alive connection to the server at `base` on which one request has already been responded to.
pub(crate) async fn kept_connection(base: &str) -> TcpStream {
    let mut stream = connect(base).await;
    stream.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", host(base)).as_bytes()).await.unwrap();
    response(&mut stream).await;
    stream
}

/// The host and port in an address.
pub(crate) fn host(base: &str) -> &str {
    base.trim_start_matches("http://").trim_end_matches('/')
}

/// The next response on a connection: its head, and the body with the length that the head gives.
pub(crate) async fn response(stream: &mut TcpStream) -> String {
    let mut response = head(stream).await;
    let length = response.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.unwrap();
    response += &String::from_utf8_lossy(&body);
    response
}

/// The next head on a connection, without what follows it.
pub(crate) async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    while !head.ends_with(b"\r\n\r\n") {
        let there = stream.peek(&mut buffer).await.unwrap();
        assert!(there > 0, "the connection was closed");
        let end = buffer[..there].windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(1, |start| start + 4);
        stream.read_exact(&mut buffer[..end]).await.unwrap();
        head.extend_from_slice(&buffer[..end]);
    }
    String::from_utf8(head).unwrap()
}

/// A response's status; 0 where there is none.
pub(crate) fn status(response: &str) -> u16 {
    response.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// A server that does with each connection whatever a test wants.
pub(crate) struct Server {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// `serve` gets each connection, on a thread of its own, once the head of a request has come.
    pub(crate) fn start(serve: impl Fn(&mut net::TcpStream) + Copy + Send + 'static) -> Self {
        let listener = super::app::free_port();
        let (address, stopped) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let told = Arc::clone(&stopped);
        thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !told.load(Ordering::SeqCst)).flatten() {
                thread::spawn(move || serve_one(stream, serve));
            }
        });
        Self { address, stopped }
    }

    /// An address there.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn serve_one(mut stream: net::TcpStream, serve: impl Fn(&mut net::TcpStream)) {
    // A test that is over leaves nobody who writes for ever.
    let limit = Some(Duration::from_secs(15));
    stream.set_read_timeout(limit).unwrap();
    stream.set_write_timeout(limit).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(io::Read::read(&mut stream, &mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    serve(&mut stream);
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = net::TcpStream::connect(self.address); // so that it looks
    }
}
