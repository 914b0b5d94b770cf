//! What wraps every request, of the app and of the demo tenant alike: the reference and the log line, the security
//! headers, HEAD, the limits for the body, the fallback page, the canonical host, the cross-site check.

use std::{
    cell::RefCell,
    io,
    panic::AssertUnwindSafe,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    cookie::Cookie,
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::{InternalError, PayloadError},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::{self, Bytes, BytesMut},
};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::json;
use tokio::time::timeout_at;
use tracing::{error, info};
use url::{Host, Url};

use crate::{connections::BodyWithGuard, loopback::is_loopback, random::Random, reference::Reference};

/// How long a request's body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(8);
/// The largest body that is read, in bytes. The longest bodies are logout tokens. A handler may set a lower limit.
pub const MAXIMUM_BODY: usize = 64 * 1024;

/// What differs between the two servers in [`request_envelope`].
pub struct RequestEnvelope {
    /// The server's name in the log.
    pub server: &'static str,
    /// The value of `Content-Security-Policy` in every response.
    pub content_security_policy: HeaderValue,
    /// Whether browsers reach the server over https. If so, they must use nothing else.
    pub is_secure: bool,
    /// The page for a request that no handler could respond to, for example after a panic.
    pub fallback_page: fn(StatusCode, &Reference) -> String,
    /// The log shows no more of a path that begins so: what follows is a secret.
    pub secret_path: Option<&'static str>,
    /// For the references.
    pub random: Random,
    /// Learns of each response, for metrics. `None` if nobody counts.
    pub observer: Option<Arc<dyn Fn(StatusCode) + Send + Sync>>,
}

/// The cookies that the response to a request removes, whether it is the handler's response or a page that a layer
/// sends instead, for example because the session can't be saved.
#[derive(Clone, Default)]
pub struct CookieRemovals(Rc<RefCell<Vec<Cookie<'static>>>>);

impl CookieRemovals {
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_default()
    }

    /// Adds removals: cookies that are empty and have expired. Each is removed once.
    pub fn extend(&self, removals: impl IntoIterator<Item = Cookie<'static>>) {
        let mut values = self.0.borrow_mut();
        for removal in removals {
            if !values.iter().any(|value| value.name() == removal.name()) {
                values.push(removal);
            }
        }
    }

    fn write(&self, headers: &mut HeaderMap) {
        let values = self.0.borrow();
        for value in values.iter().filter_map(|cookie| HeaderValue::from_str(&cookie.to_string()).ok()) {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

/// The outermost layer. It gives the request its reference, drops cookies that can't be read, and treats HEAD as GET.
/// It gives the response the headers that every response has and the [`CookieRemovals`], and sends a page if the layers
/// inside fail. It writes the request's line in the log: the path without the query, which may hold codes.
pub async fn request_envelope(
    envelope: web::Data<RequestEnvelope>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let started = Instant::now();
    let reference = Reference::new(&envelope.random);
    let (method, path) = (request.method().clone(), envelope.shown_path(request.path()));
    let wants_json = prefers_json(request.headers());
    let removals = CookieRemovals::default();
    request.extensions_mut().insert(reference.clone());
    request.extensions_mut().insert(removals.clone());
    drop_unreadable_cookies(&mut request);
    if method == Method::HEAD {
        request.head_mut().method = Method::GET; // the server itself leaves the body out
    }
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let finish = |status: StatusCode, headers: &mut HeaderMap| {
        set_security_headers(headers, &envelope);
        removals.write(headers);
        if let Some(observe) = &envelope.observer {
            observe(status);
        }
        log_request(&envelope, (&method, &path), status, started.elapsed(), &reference);
    };
    let cause = match outcome {
        Ok(Ok(response)) => {
            let mut response = response.map_into_boxed_body();
            finish(response.status(), response.headers_mut());
            return Ok(response);
        }
        Ok(Err(cause)) => cause,
        Err(_) => Panicked.into(),
    };
    error!(event = "error", %reference, %method, path, "{} {method} {path}: {cause} [{reference}]", envelope.server);
    let status = cause.as_response_error().status_code();
    let mut page = if wants_json { problem_details(status, &reference) } else { envelope.fallback(status, &reference) };
    finish(status, page.headers_mut());
    Err(InternalError::from_response(cause, page).into())
}

/// The request's line in the log.
fn log_request(
    envelope: &RequestEnvelope,
    (method, path): (&Method, &str),
    status: StatusCode,
    duration: Duration,
    reference: &Reference,
) {
    let (server, status, milliseconds) = (envelope.server, status.as_u16(), duration.as_millis());
    let duration_ms = (duration.as_secs_f64() * 1e6).round() / 1e3;
    info!(
        event = "request", server, %method, path, status, duration_ms, %reference,
        "{server} {method} {path} {status} {milliseconds} ms [{reference}]"
    );
}

/// RFC 9457.
fn problem_details(status: StatusCode, reference: &Reference) -> HttpResponse {
    HttpResponse::build(status).content_type("application/problem+json").json(json!({
        "type": "about:blank", "status": status.as_u16(), "title": status.canonical_reason(),
        "reference": reference.to_string(),
    }))
}

impl RequestEnvelope {
    /// The path for the log.
    fn shown_path(&self, path: &str) -> String {
        match self.secret_path {
            Some(beginning) if path.starts_with(beginning) => format!("{beginning}…"),
            Some(_) | None => path.to_owned(),
        }
    }

    fn fallback(&self, status: StatusCode, reference: &Reference) -> HttpResponse {
        HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .body((self.fallback_page)(status, reference))
    }
}

/// Drops cookies that are not valid UTF-8. Other apps on this host may set such cookies, and a single one makes
/// actix-web read no cookie of the request at all.
fn drop_unreadable_cookies(request: &mut ServiceRequest) {
    if request.cookies().is_ok() {
        return;
    }
    let headers = request.headers_mut();
    let lines = headers.get_all(header::COOKIE);
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let readable: Vec<_> = pairs.filter(|pair| str::from_utf8(pair).is_ok()).collect();
    let readable = HeaderValue::from_bytes(&readable.join(&b';'));
    headers.remove(header::COOKIE);
    if let Ok(readable) = readable {
        headers.insert(header::COOKIE, readable);
    }
}

/// Whether the client asks for JSON rather than for a page.
pub fn prefers_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let accept = accept.to_ascii_lowercase(); // media types are the same in any case (RFC 9110, 8.3.1)
    accept.contains("application/json") && !accept.contains("text/html")
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

impl ResponseError for Panicked {}

fn set_security_headers(headers: &mut HeaderMap, envelope: &RequestEnvelope) {
    let mut set = |name: HeaderName, value: HeaderValue| {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, envelope.content_security_policy.clone());
    set(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // With no-referrer, forms would send `Origin: null`.
    set(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    // Otherwise, the back button shows a signed-in page after logout.
    set(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if envelope.is_secure {
        set(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000")); // a year
        set(header::CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
}

/// The layer that reads a request's body before the layers inside see the request. The server has a timeout for a
/// request's head, but none for its body: a client that sends a byte a minute would hold its connection forever. If a
/// body comes too slowly, is too large or breaks off, the handler that reads it gets an error, and the connection is
/// closed.
pub async fn read_body(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    }
    match whole_body(payload).await {
        Ok(body) => {
            request.set_payload(body.into());
            next.call(request).await.map(ServiceResponse::map_into_boxed_body)
        }
        Err((error, unread)) => {
            request.set_payload(Payload::from(stream::iter([Err(error)]).boxed_local()));
            let response = next.call(request).await?;
            // If the unread rest of the body were dropped, the server would keep reading it for as long as it comes.
            // Keeping it until the response is sent makes the server close the connection.
            Ok(response.map_body(|_, body| BodyWithGuard::new(body, unread).boxed()))
        }
    }
}

/// The whole body, or the error and the unread rest.
async fn whole_body(mut payload: Payload) -> Result<Bytes, (PayloadError, Payload)> {
    let deadline = tokio::time::Instant::now() + BODY_TIMEOUT;
    let mut body = BytesMut::new();
    loop {
        let error = match timeout_at(deadline, payload.next()).await {
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(Ok(chunk))) if body.len() + chunk.len() <= MAXIMUM_BODY => {
                body.extend_from_slice(&chunk);
                continue;
            }
            Ok(Some(Ok(_))) => PayloadError::Overflow,
            Ok(Some(Err(error))) => error,
            Err(_) => PayloadError::Io(io::ErrorKind::TimedOut.into()),
        };
        return Err((error, payload));
    }
}

/// A request that another site made the browser send (cross-site request forgery).
#[derive(Debug, thiserror::Error)]
#[error("the request came from another site")]
pub struct CrossSite;

impl ResponseError for CrossSite {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }
}

/// A server's own origin, as browsers send it in `Origin`: `http://localhost:3000`.
#[derive(Clone, Debug)]
pub struct OwnOrigin(pub Url);

/// Refuses unsafe methods from other sites. Browsers send where a request comes from in `Sec-Fetch-Site`, older ones in
/// `Origin`. A request with neither does not come from a browser, and carries nobody's cookies.
pub async fn refuse_cross_site(
    own: web::Data<OwnOrigin>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.method().is_safe() || is_same_origin(request.headers(), &own.0) {
        next.call(request).await.map(ServiceResponse::map_into_boxed_body)
    } else {
        Ok(request.error_response(CrossSite))
    }
}

/// Whether a request with an unsafe method comes from the server's own pages, or from a client that is not a browser.
pub fn is_same_origin(headers: &HeaderMap, own: &Url) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => origin.as_bytes() == own.origin().ascii_serialization().as_bytes(),
        (None, None) => true,
    }
}

/// The headers in which browsers say that they load an address before the user opens it: `Sec-Purpose` (WHATWG Fetch),
/// and those of older browsers.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Whether the user opens the address, in a window or in a frame, according to the browser's headers (W3C, Fetch
/// Metadata Request Headers). If the request is part of another page (an image, a script, a `fetch`), the reader of
/// that page would not notice it; a prefetch does not count either. Clients that are not browsers send no such headers,
/// and are served.
pub fn is_navigation(headers: &HeaderMap) -> bool {
    headers.get_all("sec-fetch-dest").all(is_window)
        && !PURPOSES.iter().any(|name| headers.get_all(*name).any(is_prefetch))
}

/// Whether the user sees the response to the request as a page: a window opens the address, not a frame, which shows
/// none of these pages. Browsers without Fetch Metadata ask for HTML, and programs for anything.
pub fn shows_a_page(headers: &HeaderMap) -> bool {
    let says = |name, value| headers.get_all(name).all(|found| found == value);
    is_navigation(headers)
        && says("sec-fetch-dest", "document")
        && says("sec-fetch-mode", "navigate")
        && headers.get(header::ACCEPT).is_none_or(|accept| {
            let accept = String::from_utf8_lossy(accept.as_bytes()).to_ascii_lowercase();
            accept.contains("text/html") || accept == "*/*"
        })
}

fn is_window(destination: &HeaderValue) -> bool {
    ["document", "iframe", "frame"].iter().any(|window| destination == window)
}

/// `prefetch`, or `prefetch;prerender`; older browsers also send `preview`.
fn is_prefetch(purpose: &HeaderValue) -> bool {
    let purpose = String::from_utf8_lossy(purpose.as_bytes()).to_ascii_lowercase();
    ["prefetch", "prerender", "preview"].iter().any(|kind| purpose.contains(kind))
}

/// How a request's `Host` header relates to the server's own origin.
#[derive(Debug, PartialEq, Eq)]
pub enum HostHeader {
    /// The origin's host and port.
    Own,
    /// Another name of this machine with the origin's port, where the origin is this machine's too: cookies set there
    /// would not come back here.
    OtherLoopbackName(Host<String>),
    /// Anything else: a proxy's internal name, or another site's name that was made to resolve to this server (DNS
    /// rebinding).
    Foreign,
}

impl HostHeader {
    /// Reads the request's `Host`.
    pub fn of(headers: &HeaderMap, own: &Url) -> Self {
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let host = host.filter(|host| is_host_and_port(host));
        let Some(url) = host.and_then(|host| Url::parse(&format!("{}://{host}/", own.scheme())).ok()) else {
            return Self::Foreign;
        };
        let is_own_port = url.port_or_known_default() == own.port_or_known_default();
        match url.host() {
            _ if url.origin() == own.origin() => Self::Own,
            Some(host) if is_own_port && is_loopback(&url) && is_loopback(own) => {
                Self::OtherLoopbackName(host.to_owned())
            }
            _ => Self::Foreign,
        }
    }
}

/// Whether a text has only characters of a host and a port (RFC 9110, 7.2). A URL parser accepts more: users, paths,
/// queries and fragments around them, escapes and tabs within them.
fn is_host_and_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
}

/// The layer that redirects a GET at another loopback name to the server's own origin. Otherwise, cookies would be set
/// at one name, and later requests would come to the other.
pub async fn redirect_loopback_names(
    own: web::Data<OwnOrigin>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.method() == Method::GET
        && matches!(HostHeader::of(request.headers(), &own.0), HostHeader::OtherLoopbackName(_))
    {
        let response = redirect_to_own_host(&request, &own.0);
        return Ok(request.into_response(response));
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// Redirects to the same path and query at the server's own origin. The method stays (307).
pub fn redirect_to_own_host(request: &ServiceRequest, own: &Url) -> HttpResponse {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    HttpResponse::TemporaryRedirect()
        .insert_header((header::LOCATION, format!("{}{path}", own.origin().ascii_serialization())))
        .finish()
}
