//! The HTTP client for the provider, with limits: a provider that hangs, redirects or never stops sending can't hold up
//! the app or fill its memory.

use std::{error::Error, io, iter, sync::Arc, time::Duration};

use openidconnect::{HttpRequest, HttpResponse, http};
use reqwest::redirect;
use rustls::InvalidMessage;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;

use crate::{
    loopback::{LoopbackResolver, is_loopback},
    tls,
};

/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long all calls that one incoming request causes may take together.
pub const BUDGET: Duration = Duration::from_secs(10);
/// The largest response body that is read, in bytes.
const MAXIMUM_BODY: usize = 1024 * 1024;

/// Why a call got no response.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nothing was sent.
    #[error("no connection ({0})")]
    Connect(String),
    /// Nothing was sent: the port of an https URL does not speak TLS.
    #[error("the port speaks http, not https")]
    NotTls,
    /// The response to a request over plain http is not HTTP, but probably a TLS message.
    #[error("the response is not http; the port may speak https")]
    NotHttp,
    /// The budget ran out.
    #[error("no response in time")]
    Timeout,
    /// More than `MAXIMUM_BODY`.
    #[error("the response is larger than 1 MiB")]
    TooLarge,
    /// A status of 500 or more.
    #[error("the server failed, with status {0}")]
    ServerError(u16),
    /// The connection broke, or the response is not HTTP.
    #[error("the connection broke ({0})")]
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

/// The client; [`Http::within`] makes calls with it.
#[derive(Clone)]
pub struct Http {
    /// Through the environment's proxy, if it names one.
    outside: reqwest::Client,
    /// For loopback hosts, which no proxy can reach.
    loopback: reqwest::Client,
}

impl Http {
    /// The app's client.
    pub fn new() -> Result<Self, reqwest::Error> {
        Self::named(concat!("orglab/", env!("CARGO_PKG_VERSION")))
    }

    /// A client with this `User-Agent`.
    pub fn named(user_agent: &str) -> Result<Self, reqwest::Error> {
        let limited = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                // A kept connection belongs to the worker thread that opened it, and would break another thread's call
                // when that thread ends. A provider may also close it just when a code is sent, which works only once.
                .pool_max_idle_per_host(0)
                .redirect(redirect::Policy::none())
                .user_agent(user_agent)
                .tls_backend_preconfigured(tls::client_configuration())
        };
        let outside = limited().build()?;
        let loopback = limited().no_proxy().dns_resolver(LoopbackResolver).build()?;
        Ok(Self { outside, loopback })
    }

    /// A client whose calls together take at most `limit`, from now on.
    pub fn within(&self, limit: Duration) -> BoundedHttp {
        BoundedHttp { http: Arc::new(self.clone()), deadline: Instant::now() + limit }
    }
}

/// The calls that one incoming request causes: they share a deadline.
#[derive(Clone)]
pub struct BoundedHttp {
    http: Arc<Http>,
    deadline: Instant,
}

impl BoundedHttp {
    /// The same client with its own deadline, `limit` from now: for work that outlives the request that started it.
    pub(super) fn renewed(&self, limit: Duration) -> Self {
        Self { http: Arc::clone(&self.http), deadline: Instant::now() + limit }
    }

    /// The same client with `limit` from now, if the deadline is not earlier.
    pub(super) fn at_most(&self, limit: Duration) -> Self {
        Self { http: Arc::clone(&self.http), deadline: self.deadline.min(Instant::now() + limit) }
    }

    /// Waits until the deadline for `work` that another task does.
    pub async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, HttpError> {
        tokio::time::timeout_at(self.deadline, work).await.map_err(|_| HttpError::Timeout)
    }

    /// Sends the request and reads the whole response, whatever its status.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.send_and_note(request).await.1
    }

    /// The same, with what came back: also if the response ends early, or is too long to be read.
    pub(super) async fn send_and_note(&self, request: HttpRequest) -> (Reply, Result<HttpResponse, HttpError>) {
        let mut status = None;
        let outcome = self.wait(self.exchange(request, &mut status)).await.flatten();
        let reply = match (status, &outcome) {
            (Some(status), _) => Reply::Status(status),
            (None, Err(cause)) if cause.is_before_sending() => Reply::NotSent,
            (None, _) => Reply::None,
        };
        (reply, outcome)
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

    /// `status` is set as soon as the response begins.
    async fn exchange(&self, request: HttpRequest, status: &mut Option<u16>) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let client = if is_loopback(request.url()) { &self.http.loopback } else { &self.http.outside };
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
}
