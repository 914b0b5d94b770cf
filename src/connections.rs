//! The servers' connections: none waits for ever for its client's next request.
//!
//! actix-http has a timeout for the head of a connection's first request, and another for a kept connection on which nothing
//! comes. The first byte of a second request ends the one, and the other is over by then: half a head would hold the
//! connection for ever. So [`listen`] does what `HttpServer::listen` does, but on a [`Connection`] of our own, which knows
//! since when it waits.

use std::{
    cell::Cell,
    io,
    net::{self, SocketAddr},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_http::{HttpService, Protocol};
use actix_server::ServerBuilder;
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    App, Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{AppConfig, Extensions, ServiceFactory, ServiceRequest, ServiceResponse},
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
/// How long a connection is kept on which nothing comes after a response. README's file for nginx ends its own earlier.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// How long a connection waits for the whole head of the next request: a little less than the 15 s that README promises.
const NEXT_HEAD: Duration = Duration::from_secs(14);
/// How long a connection may take to end.
const DISCONNECT: Duration = Duration::from_secs(1);

/// Serves an application on these sockets. A connection with a request in flight is left alone, however long that takes; one
/// that only waits is closed in time.
pub fn listen<Routes, Body>(
    server: ServerBuilder,
    sockets: Vec<net::TcpListener>,
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
    sockets.into_iter().try_fold(server, |server, socket| {
        let address = socket.local_addr()?;
        let stopping = server.graceful_shutdown_signal();
        let application = application.clone();
        server.listen(address.to_string(), socket, move || {
            let stopping = stopping.clone();
            let application = application().wrap(from_fn(in_flight));
            let http = HttpService::build()
                .keep_alive(KEEP_ALIVE)
                .client_request_timeout(FIRST_HEAD)
                .client_disconnect_timeout(DISCONNECT)
                .local_addr(address)
                // Hidden in the documentation, as HttpServer's affair; without it, kept connections delay the server's end.
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .on_connect_ext(|connection: &Connection, data: &mut Extensions| {
                    data.insert(Rc::clone(&connection.activity));
                })
                .finish(map_config(application, |()| AppConfig::default()));
            fn_service(async |stream: TcpStream| {
                let client: Option<SocketAddr> = stream.peer_addr().ok();
                Ok((Connection::new(stream), Protocol::Http1, client))
            })
            .and_then(http)
        })
    })
}

/// A client's connection. Reading and writing fail once it has waited too long, and that ends it.
struct Connection {
    stream: TcpStream,
    activity: Rc<Activity>,
    /// Wakes the connection's task when it may have waited too long. It is not set anew for each request, but when it is
    /// over: then the connection knows how long it still has.
    alarm: Pin<Box<Sleep>>,
}

/// What happens on a connection; shared with its requests, by the connection's data.
struct Activity {
    requests_in_flight: Cell<usize>,
    /// When the last request was done with, or the client last took a part of a response.
    last: Cell<Instant>,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        let activity = Activity { requests_in_flight: Cell::new(0), last: Cell::new(Instant::now()) };
        Self { stream, activity: Rc::new(activity), alarm: Box::pin(sleep(NEXT_HEAD)) }
    }

    /// Fails where the connection has waited too long. Its task reads or writes whenever it is woken, and so comes here.
    fn check_wait(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while self.alarm.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            let end = self.activity.waits_since().unwrap_or(now) + NEXT_HEAD;
            if end <= now {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.alarm.as_mut().reset(end);
        }
        Ok(())
    }
}

impl Activity {
    fn waits_since(&self) -> Option<Instant> {
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

/// The layer outside all others: a request is in flight from its head to the end of its response.
async fn in_flight(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let in_flight = request.conn_data().map(InFlight::new);
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| BodyKeeping::new(body, in_flight)))
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

/// A response's body, and what is kept until the server drops it: when it is sent, or can't be.
pub(crate) struct BodyKeeping<Kept> {
    body: BoxBody,
    _kept: Kept,
}

impl<Kept> BodyKeeping<Kept> {
    pub(crate) fn new(body: impl MessageBody + 'static, kept: Kept) -> Self {
        Self { body: body.boxed(), _kept: kept }
    }
}

impl<Kept: Unpin> MessageBody for BodyKeeping<Kept> {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
