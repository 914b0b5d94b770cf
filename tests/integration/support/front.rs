//! What stands before the provider and decides about its connections: a load balancer, or an attacker. It counts the
//! app's connections, and what comes over each.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};

use super::{app::free_port, provider::Provider};

/// How long it waits for the next request on a connection, as Node, Apache and others do.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// A provider, and the front before it.
pub(crate) struct Front {
    pub(crate) provider: Provider,
    shared: Arc<Shared>,
}

struct Shared {
    provider_port: u16,
    conduct: Mutex<Arc<Conduct>>,
    requests: Mutex<Vec<Request>>,
    /// The connections that are open.
    open: AtomicUsize,
    /// How many it has closed since no request came.
    closed_idle: AtomicUsize,
    /// What those that are idle get unasked; nothing if they are to be closed.
    unasked: watch::Sender<&'static str>,
}

/// A request of the app, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The number of its connection.
    pub(crate) connection: usize,
    /// Whether there were requests on the connection before.
    pub(crate) is_on_kept: bool,
    /// Whether more than responses has been sent on the connection.
    pub(crate) is_after_surplus: bool,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// What to do with a request.
type Conduct = dyn Fn(&Request) -> Deed + Send + Sync;

pub(crate) enum Deed {
    Respond,
    /// Responds and then closes the connection, without having said so.
    RespondAndClose,
    /// Lets the provider read it, and closes the connection without a response.
    Close,
    /// Sends more than the response.
    RespondAndSay(&'static str),
    /// Says that the response is this many bytes shorter than it is.
    Understate(usize),
    /// Never responds, and never closes the connection.
    Hang,
}

impl Front {
    /// An honest provider, and a front that does with each request what `conduct` says.
    pub(crate) fn that(conduct: impl Fn(&Request) -> Deed + Send + Sync + 'static) -> Self {
        let [socket, hidden] = [free_port(), free_port()];
        let shared = Arc::new(Shared {
            provider_port: hidden.local_addr().unwrap().port(),
            conduct: Mutex::new(Arc::new(conduct)),
            requests: Mutex::default(),
            open: AtomicUsize::new(0),
            closed_idle: AtomicUsize::new(0),
            unasked: watch::Sender::new(""),
        });
        let issuer = format!("http://{}/", socket.local_addr().unwrap());
        socket.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(socket).unwrap();
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                serving.open.fetch_add(1, Ordering::SeqCst);
                let serving = Arc::clone(&serving);
                tokio::spawn(async move {
                    _ = serving.serve(stream, connection).await;
                    serving.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { provider: Provider::behind(issuer, hidden), shared }
    }

    /// An honest front.
    pub(crate) fn honest() -> Self {
        Self::that(|_| Deed::Respond)
    }

    /// From now on it does this.
    pub(crate) fn now(&self, conduct: impl Fn(&Request) -> Deed + Send + Sync + 'static) {
        *self.shared.conduct.lock().unwrap() = Arc::new(conduct);
    }

    /// The app's requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The app's requests for a path so far.
    pub(crate) fn requests_for(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// How many connections it has closed since no request came.
    pub(crate) fn closed_idle(&self) -> usize {
        self.shared.closed_idle.load(Ordering::SeqCst)
    }

    /// Closes the connections on which it waits for a request.
    pub(crate) async fn close_idle(&self) {
        self.say_on_idle("").await;
    }

    /// Sends this on the connections on which it waits for a request, and waits until all are closed.
    pub(crate) async fn say_on_idle(&self, unasked: &'static str) {
        self.shared.unasked.send_replace(unasked);
        super::wait_until("the connections to close", async || self.open() == 0).await;
    }
}

impl Shared {
    async fn serve(&self, mut stream: TcpStream, connection: usize) -> io::Result<()> {
        let (mut is_on_kept, mut is_after_surplus) = (false, false);
        let mut unasked = self.unasked.subscribe();
        loop {
            let head = tokio::select! {
                head = timeout(KEEP_ALIVE, read_head(&mut stream)) => head,
                _ = unasked.changed() => {
                    let unasked = *unasked.borrow();
                    stream.write_all(unasked.as_bytes()).await?;
                    if unasked.is_empty() {
                        return Ok(());
                    }
                    is_after_surplus = true;
                    continue;
                }
            };
            let Ok(head) = head else {
                self.closed_idle.fetch_add(1, Ordering::SeqCst);
                return Ok(());
            };
            let head = head?;
            let mut body = vec![0; content_length(&head)];
            stream.read_exact(&mut body).await?;
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let text = String::from_utf8_lossy(&body).into_owned();
            let deed = self.judge(Request { connection, is_on_kept, is_after_surplus, path, body: text });
            let ask = async || self.ask_provider(&head, &body).await;
            match deed {
                Deed::Respond => stream.write_all(&ask().await?).await?,
                Deed::RespondAndClose => return stream.write_all(&ask().await?).await,
                Deed::Close => return ask().await.map(drop),
                Deed::RespondAndSay(more) => stream.write_all(&[&ask().await?, more.as_bytes()].concat()).await?,
                Deed::Understate(by) => stream.write_all(understated(&ask().await?, by).as_bytes()).await?,
                Deed::Hang => return io::copy(&mut stream, &mut io::sink()).await.map(drop),
            }
            is_on_kept = true;
            is_after_surplus |= matches!(deed, Deed::RespondAndSay(_) | Deed::Understate(_));
        }
    }

    fn judge(&self, request: Request) -> Deed {
        if request.path.starts_with("/authorize") {
            return Deed::RespondAndClose; // a browser's
        }
        let conduct = Arc::clone(&self.conduct.lock().unwrap());
        let deed = conduct(&request);
        self.requests.lock().unwrap().push(request);
        deed
    }

    /// The provider's response, over a connection of its own.
    async fn ask_provider(&self, head: &str, body: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.provider_port)).await?;
        let head = head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        stream.write_all(&[head.as_bytes(), body].concat()).await?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await?;
        Ok(String::from_utf8_lossy(&response).replacen("connection: close\r\n", "", 1).into_bytes())
    }
}

async fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn content_length(head: &str) -> usize {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.map_or(0, |(_, value)| value.parse().unwrap())
}

fn understated(response: &[u8], by: usize) -> String {
    let response = String::from_utf8_lossy(response);
    let length = content_length(&response);
    response.replacen(&format!("content-length: {length}"), &format!("content-length: {}", length - by), 1)
}
