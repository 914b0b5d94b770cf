//! The HTTP client for the provider, with limits: a provider that hangs, redirects or never stops sending can't hold up
//! the app or fill its memory.

use std::{
    error::Error,
    io, iter,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use openidconnect::{HttpRequest, HttpResponse, http};
use reqwest::{Method, redirect, retry};
use rustls::InvalidMessage;
use serde::{Deserialize, Serialize};
use tokio::{
    task::yield_now,
    time::{Instant, timeout_at},
};
use url::Url;

use super::{
    calls::{CallObserver, CallOutcome, Endpoint},
    client_thread::ClientThread,
};
use crate::{loopback::PlainHttp, tls};

/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long all calls that one incoming request causes may take together.
pub const BUDGET: Duration = Duration::from_secs(10);
/// How long a connection may wait for the next request. Many servers close one that has waited for five seconds (Node,
/// Apache, uvicorn, actix-web), and a request that is sent at that moment fails. The client closes it first: the pool
/// looks this often, so after twice this time at the latest.
const KEPT_FOR: Duration = Duration::from_secs(2);
/// How many connections to a host may wait. Any number can be in use.
const MAXIMUM_KEPT: usize = 16;
/// How long no kept connection is used after one broke. Others may be broken too, for example if the provider's instances
/// restart one after the other; and a provider may close connections without saying so.
const DISTRUST: Duration = Duration::from_secs(60);
/// The largest response body that is read, in bytes.
const MAXIMUM_BODY: usize = 1024 * 1024;

/// Why a call got no response.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nothing was sent.
    #[error("could not connect ({0})")]
    Connect(String),
    /// Nothing was sent: the port of an https URL does not speak TLS.
    #[error("the server uses http on this port, not https")]
    NotTls,
    /// The response to a request over plain http is not HTTP, but probably a TLS message.
    #[error("the response is not HTTP; the server may use https on this port")]
    NotHttp,
    /// The budget ran out.
    #[error("the request timed out")]
    Timeout,
    /// More than `MAXIMUM_BODY`.
    #[error("the response is larger than 1 MiB")]
    TooLarge,
    /// A status of 500 or more.
    #[error("the server returned status {0}")]
    ServerError(u16),
    /// The connection broke, or the response is not HTTP.
    #[error("the connection failed ({0})")]
    Broken(String),
}

/// What came back for a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// A response with this status, even if the rest of it did not come or can't be used.
    Status(u16),
    /// No HTTP response.
    None,
    /// Nothing was sent: there was no connection.
    NotSent,
    /// Another version of the app sent the request, and did not record it.
    #[default]
    Unknown,
}

impl HttpError {
    /// Whether something responded, even if not as it should.
    pub fn is_response(&self) -> bool {
        match self {
            Self::NotTls | Self::NotHttp | Self::TooLarge | Self::ServerError(_) => true,
            Self::Connect(_) | Self::Timeout | Self::Broken(_) => false,
        }
    }

    /// Whether nothing was sent.
    pub(super) fn is_before_sending(&self) -> bool {
        match self {
            Self::Connect(_) | Self::NotTls => true,
            Self::NotHttp | Self::Timeout | Self::TooLarge | Self::ServerError(_) | Self::Broken(_) => false,
        }
    }
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        // Checked first: a connection timeout counts as no connection, since nothing was sent.
        if error.is_connect() {
            if is_without_tls(&error) { Self::NotTls } else { Self::Connect(innermost(&error)) }
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            match innermost(&error) {
                // hyper's words for a response that does not begin with HTTP/1. Its error has no method that says so.
                cause if cause == "invalid HTTP version parsed" => Self::NotHttp,
                cause => Self::Broken(cause),
            }
        }
    }
}

/// The most specific cause: "Connection refused", not "error sending request".
fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// The error, its cause, the cause of that, and so on. The error that an `io::Error` wraps counts as its cause.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    iter::successors(Some(error as &(dyn Error + 'static)), |&cause| {
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| cause.source())
    })
}

/// Whether the response to the first TLS message was not a TLS message: a server that speaks http sends an error.
fn is_without_tls(error: &reqwest::Error) -> bool {
    let no_message = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
    causes(error).any(|cause| cause.downcast_ref() == Some(&no_message))
}

/// Where the response redirects to. No redirect is followed.
pub(crate) fn redirect_target(response: &HttpResponse, url: &Url) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    url.join(response.headers().get(http::header::LOCATION)?.to_str().ok()?).ok()
}

/// The client; [`Http::within`] makes calls with it. Its clones share its connections.
#[derive(Clone)]
pub struct Http {
    shared: Arc<Shared>,
}

struct Shared {
    thread: ClientThread,
    /// Keep their connections.
    keeping: Clients,
    /// Open a connection for each request.
    fresh: Clients,
    /// When a connection last broke before a response began.
    last_break: Mutex<Option<Instant>>,
    observer: CallObserver,
}

struct Clients {
    /// Through the environment's proxy, if it names one.
    outside: reqwest::Client,
    /// For the hosts of [`PlainHttp`], which no proxy can reach.
    direct: reqwest::Client,
    plain_http: PlainHttp,
}

impl Http {
    /// The app's client.
    pub fn new() -> io::Result<Self> {
        Self::observed_by(CallObserver::default(), &PlainHttp::default())
    }

    /// The app's client, which tells this observer of its requests.
    pub fn observed_by(observer: CallObserver, plain_http: &PlainHttp) -> io::Result<Self> {
        Self::build(concat!("orglab/", env!("CARGO_PKG_VERSION")), observer, plain_http)
    }

    /// A client with this `User-Agent`.
    pub fn named(user_agent: &str) -> io::Result<Self> {
        Self::build(user_agent, CallObserver::default(), &PlainHttp::default())
    }

    fn build(user_agent: &str, observer: CallObserver, plain_http: &PlainHttp) -> io::Result<Self> {
        let shared = Shared {
            thread: ClientThread::start()?,
            keeping: Clients::new(user_agent, MAXIMUM_KEPT, plain_http).map_err(io::Error::other)?,
            fresh: Clients::new(user_agent, 0, plain_http).map_err(io::Error::other)?,
            last_break: Mutex::default(),
            observer,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A client whose calls together take at most `limit`, from now on.
    pub fn within(&self, limit: Duration) -> BoundedHttp {
        BoundedHttp { shared: Arc::clone(&self.shared), deadline: Instant::now() + limit, endpoint: None }
    }
}

impl Clients {
    /// Each keeps at most `maximum_kept` connections that wait for a request, for each host.
    fn new(user_agent: &str, maximum_kept: usize, plain_http: &PlainHttp) -> Result<Self, reqwest::Error> {
        let limited = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_max_idle_per_host(maximum_kept)
                .pool_idle_timeout(KEPT_FOR)
                .retry(retry::never()) // `Shared::send` decides
                .redirect(redirect::Policy::none())
                .user_agent(user_agent)
                .tls_backend_preconfigured(tls::client_configuration())
        };
        let outside = limited().build()?;
        let direct = limited().no_proxy().dns_resolver(plain_http.clone()).build()?;
        Ok(Self { outside, direct, plain_http: plain_http.clone() })
    }

    fn for_url(&self, url: &Url) -> reqwest::Client {
        if self.plain_http.is_host(url) { self.direct.clone() } else { self.outside.clone() }
    }
}

impl Shared {
    /// Sends the request and reads the whole response, until `deadline`.
    ///
    /// The provider may close a kept connection just when it is used. A GET that gets no response is then sent once
    /// more, over a new connection (RFC 9110, 9.2.2). A token request never is, since the provider may have read it: it
    /// refuses a code that is used twice, and revokes the tokens that it issued for it (RFC 6749, 4.1.2).
    async fn send(&self, request: reqwest::Request, deadline: Instant) -> Sent {
        if self.last_break().is_some_and(|at| at.elapsed() < DISTRUST) {
            return self.send_once(&self.fresh, request, deadline).await;
        }
        let again = (request.method() == Method::GET).then(|| request.try_clone()).flatten();
        let sent = self.send_once(&self.keeping, request, deadline).await;
        match again.filter(|_| sent.broke()) {
            Some(again) => self.send_once(&self.fresh, again, deadline).await,
            None => sent,
        }
    }

    async fn send_once(&self, clients: &Clients, request: reqwest::Request, deadline: Instant) -> Sent {
        let client = clients.for_url(request.url());
        let work = async move {
            // Lets the thread notice first which connections the provider has closed until now.
            yield_now().await;
            let mut status = None;
            let response = timeout_at(deadline, exchange(&client, request, &mut status)).await;
            Sent { status, outcome: response.unwrap_or(Err(HttpError::Timeout)) }
        };
        let sent = self.thread.run(work).await.unwrap_or_else(Sent::aborted);
        if sent.broke() {
            *self.last_break() = Some(Instant::now());
        }
        sent
    }

    fn last_break(&self) -> MutexGuard<'_, Option<Instant>> {
        self.last_break.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How it went to send a request.
struct Sent {
    /// Of the response, as soon as it has begun.
    status: Option<u16>,
    outcome: Result<HttpResponse, HttpError>,
}

impl Sent {
    fn aborted() -> Self {
        Self { status: None, outcome: Err(HttpError::Broken("the request was aborted".to_owned())) }
    }

    /// Whether the connection broke before a response began.
    fn broke(&self) -> bool {
        self.status.is_none() && matches!(self.outcome, Err(HttpError::Broken(_)))
    }

    fn call_outcome(&self) -> CallOutcome {
        match self.outcome.as_ref().map(|response| response.status().as_u16()) {
            Ok(..300) => CallOutcome::Success,
            Ok(300..400) => CallOutcome::Redirect,
            Ok(400..500) => CallOutcome::ClientError,
            Ok(500..) | Err(HttpError::ServerError(_)) => CallOutcome::ServerError,
            Err(HttpError::Connect(_) | HttpError::NotTls) => CallOutcome::NotConnected,
            Err(HttpError::Timeout) => CallOutcome::Timeout,
            Err(HttpError::NotHttp | HttpError::TooLarge | HttpError::Broken(_)) => CallOutcome::Broken,
        }
    }

    fn reply(&self) -> Reply {
        match (self.status, &self.outcome) {
            (Some(status), _) => Reply::Status(status),
            (None, Err(cause)) if cause.is_before_sending() => Reply::NotSent,
            (None, _) => Reply::None,
        }
    }
}

/// The calls that one incoming request causes: they share a deadline.
#[derive(Clone)]
pub struct BoundedHttp {
    shared: Arc<Shared>,
    deadline: Instant,
    /// Where requests go, for the observer.
    endpoint: Option<Endpoint>,
}

impl BoundedHttp {
    /// The same client with its own deadline, `limit` from now: for work that outlives the request that started it.
    pub(super) fn renewed(&self, limit: Duration) -> Self {
        Self { deadline: Instant::now() + limit, ..self.clone() }
    }

    /// The same client, for requests to this endpoint.
    pub(super) fn to(&self, endpoint: Endpoint) -> Self {
        Self { endpoint: Some(endpoint), ..self.clone() }
    }

    /// The same client with `limit` from now, if the deadline is not earlier.
    pub(super) fn at_most(&self, limit: Duration) -> Self {
        Self { deadline: self.deadline.min(Instant::now() + limit), ..self.clone() }
    }

    /// Waits until the deadline for `work` that another task does.
    pub async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, HttpError> {
        timeout_at(self.deadline, work).await.map_err(|_| HttpError::Timeout)
    }

    /// Sends the request and reads the whole response, whatever its status.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.send_and_note(request).await.1
    }

    /// The same, with what came back: also if the response ends early, or is too long to be read.
    pub(super) async fn send_and_note(&self, request: HttpRequest) -> (Reply, Result<HttpResponse, HttpError>) {
        let call = self.endpoint.map(|endpoint| self.shared.observer.begin(endpoint));
        let sent = match reqwest::Request::try_from(request) {
            Ok(request) => self.shared.send(request, self.deadline).await,
            Err(error) => Sent { status: None, outcome: Err(error.into()) },
        };
        if let Some(call) = call {
            call.end(sent.call_outcome());
        }
        (sent.reply(), sent.outcome)
    }

    /// Fetches a document.
    pub async fn get(&self, url: &Url) -> Result<HttpResponse, HttpError> {
        self.get_and_note(url).await.1
    }

    /// The same, with what came back.
    pub(super) async fn get_and_note(&self, url: &Url) -> (Reply, Result<HttpResponse, HttpError>) {
        let request = http::Request::get(url.as_str()).header(http::header::ACCEPT, "application/json");
        match request.body(Vec::new()) {
            Ok(request) => self.send_and_note(request).await,
            Err(error) => (Reply::NotSent, Err(HttpError::Broken(error.to_string()))),
        }
    }
}

/// Sends the request and reads the whole response. `status` is set as soon as the response begins.
async fn exchange(
    client: &reqwest::Client,
    request: reqwest::Request,
    status: &mut Option<u16>,
) -> Result<HttpResponse, HttpError> {
    let mut response = client.execute(request).await?;
    *status = Some(response.status().as_u16());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAXIMUM_BODY {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let mut whole = http::Response::new(body);
    *whole.status_mut() = response.status();
    *whole.headers_mut() = std::mem::take(response.headers_mut());
    Ok(whole)
}
