//! The servers' connections: none waits forever for its client's next request.
//!
//! actix-http has a timeout for the head of a connection's first request, and another for an idle keep-alive
//! connection. The first byte of a second request stops the idle timeout, and the first timeout no longer applies: half
//! a head would hold the connection forever. So [`serve`] does what `HttpServer::listen` does, but with our own
//! `Connection`, which tracks how long it has been waiting.

use std::{
    cell::Cell,
    future::ready,
    io,
    net::{self, SocketAddr},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use actix_http::{HttpService, Protocol, error::DispatchError};
use actix_server::{Server, ServerBuilder};
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    App, Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{AppConfig, Extensions, ServiceFactory, ServiceRequest, ServiceResponse},
    http::Uri,
    middleware::{Next, from_fn},
    rt::net::TcpStream,
    web::Bytes,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// How long a connection waits for the head of its first request.
const FIRST_HEAD: Duration = Duration::from_secs(5);
/// How long an idle connection is kept after a response. The nginx configuration in docs/deployment.md closes its
/// connections sooner.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// How long a connection waits for the whole head of the next request: a little less than the 15 s that
/// docs/deployment.md states.
const NEXT_HEAD: Duration = Duration::from_secs(14);
/// How long a connection may take to close.
const DISCONNECT: Duration = Duration::from_secs(1);

/// A server on these sockets, for the sites that `application` mounts. It runs when it is awaited, until its handle
/// stops it: it does not listen for signals. A connection with a request in flight stays open, however long the request
/// takes. A connection that only waits is closed after a while.
pub fn serve<Routes, Body>(
    server: ServerBuilder,
    sockets: Vec<net::TcpListener>,
    application: impl Fn() -> App<Routes> + Clone + Send + 'static,
) -> io::Result<Server>
where
    Routes: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<Body>,
            Error = Error,
            InitError = (),
            Future: 'static,
        > + 'static,
    Body: MessageBody + 'static,
{
    let server = sockets.into_iter().try_fold(server.disable_signals(), |server, socket| {
        listen(server, socket, &ConnectionLimit::NONE, application.clone())
    })?;
    Ok(server.run())
}

/// Adds a socket with its own application to a server. All of them share the server's worker threads, and sockets with
/// clones of one limit share that.
pub fn listen<Routes, Body>(
    server: ServerBuilder,
    socket: net::TcpListener,
    limit: &ConnectionLimit,
    application: impl Fn() -> App<Routes> + Clone + Send + 'static,
) -> io::Result<ServerBuilder>
where
    Routes: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<Body>,
            Error = Error,
            InitError = (),
            Future: 'static,
        > + 'static,
    Body: MessageBody + 'static,
{
    let (address, limit) = (socket.local_addr()?, limit.clone());
    let stopping = server.graceful_shutdown_signal();
    server.listen(address.to_string(), socket, move || {
        let (stopping, limit) = (stopping.clone(), limit.clone());
        let application = application().wrap(from_fn(in_flight));
        let http = HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(FIRST_HEAD)
            .client_disconnect_timeout(DISCONNECT)
            .local_addr(address)
            // Hidden in the documentation, since HttpServer normally calls it. Without it, keep-alive connections
            // delay the shutdown.
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .on_connect_ext(|connection: &Connection, data: &mut Extensions| {
                data.insert(Rc::clone(&connection.activity));
            })
            .finish(map_config(application, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| {
            let client: Option<SocketAddr> = stream.peer_addr().ok();
            let connection = limit.take().map(|open| (Connection::new(stream, open), Protocol::Http1, client));
            ready(connection.ok_or(DispatchError::InternalError))
        })
        .and_then(http)
    })
}

/// How many connections may be open at once. A connection beyond the limit is closed as soon as it is accepted.
#[derive(Clone)]
pub struct ConnectionLimit(Option<(Arc<AtomicUsize>, usize)>);

/// An open connection, until it is dropped.
struct OpenConnection(Option<Arc<AtomicUsize>>);

impl ConnectionLimit {
    /// As many as the server accepts.
    pub const NONE: Self = Self(None);

    pub fn at_most(maximum: usize) -> Self {
        Self(Some((Arc::default(), maximum)))
    }

    /// `None` if the limit is reached.
    fn take(&self) -> Option<OpenConnection> {
        let Some((open, maximum)) = &self.0 else { return Some(OpenConnection(None)) };
        let one_more = |count| (count < *maximum).then_some(count + 1);
        open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(OpenConnection(Some(Arc::clone(open))))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        if let Some(open) = &self.0 {
            open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// A client's connection. Once it has waited too long, reading and writing fail, and the connection closes.
struct Connection {
    stream: TcpStream,
    activity: Rc<Activity>,
    /// Wakes the connection's task when it may have waited too long. It is not reset by each request: when it fires,
    /// the connection computes how much time is left.
    alarm: Pin<Box<Sleep>>,
    _open: OpenConnection,
}

/// The activity on a connection. Its requests share it through the connection's data.
struct Activity {
    requests_in_flight: Cell<usize>,
    /// When the last request was finished, or the client last accepted part of a response.
    last: Cell<Instant>,
}

impl Connection {
    fn new(stream: TcpStream, open: OpenConnection) -> Self {
        let activity = Activity { requests_in_flight: Cell::new(0), last: Cell::new(Instant::now()) };
        Self { stream, activity: Rc::new(activity), alarm: Box::pin(sleep(NEXT_HEAD)), _open: open }
    }

    /// Fails if the connection has waited too long. Its task reads or writes whenever it wakes up, and then calls this.
    fn check_wait(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while self.alarm.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            let end = self.activity.idle_since().unwrap_or(now) + NEXT_HEAD;
            if end <= now {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.alarm.as_mut().reset(end);
        }
        Ok(())
    }
}

impl Activity {
    /// `None` while a request is in flight.
    fn idle_since(&self) -> Option<Instant> {
        (self.requests_in_flight.get() == 0).then(|| self.last.get())
    }

    fn touch(&self) {
        self.last.set(Instant::now());
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check_wait(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check_wait(context)?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.activity.touch();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The outermost layer: a request is in flight from its head to the end of its response.
async fn in_flight(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let in_flight = request.conn_data().map(InFlight::new);
    if request.path() == "*" {
        // A site is routed to by a path, and `OPTIONS *` has none (RFC 9110, 7.1): it becomes an unknown one.
        request.match_info_mut().get_mut().update(&Uri::from_static("/*"));
    }
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| BodyWithGuard::new(body, in_flight)))
}

/// A request in flight, until it is dropped.
struct InFlight(Rc<Activity>);

impl InFlight {
    fn new(activity: &Rc<Activity>) -> Self {
        activity.requests_in_flight.update(|count| count + 1);
        Self(Rc::clone(activity))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.requests_in_flight.update(|count| count - 1);
        self.0.touch();
    }
}

/// A response's body with a guard, which is dropped together with the body: once the body has been sent, or can't be
/// sent.
pub(crate) struct BodyWithGuard<Guard> {
    body: BoxBody,
    _guard: Guard,
}

impl<Guard> BodyWithGuard<Guard> {
    pub(crate) fn new(body: impl MessageBody + 'static, guard: Guard) -> Self {
        Self { body: body.boxed(), _guard: guard }
    }
}

impl<Guard: Unpin> MessageBody for BodyWithGuard<Guard> {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
