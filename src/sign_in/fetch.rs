//! Fetches the provider's documents: the discovery document and the key set.

use std::sync::Arc;

use openidconnect::HttpResponse;
use serde::de::DeserializeOwned;
use url::Url;

use super::http::{BoundedHttp, HttpError, Reply, redirect_target};

/// Why a document could not be fetched.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// There was no response.
    #[error("{url}: {cause}")]
    Unreachable { url: Box<Url>, cause: Arc<HttpError> },
    /// A redirect. It is not followed, since it could lead anywhere. `to` has no parts that may be secret.
    #[error("{url} returned status {status}: a redirect to {to}")]
    Redirected { url: Box<Url>, status: u16, to: Box<Url> },
    /// Another status than success: the provider failed, or the tenant does not exist.
    #[error("{url} returned status {status}")]
    Status { url: Box<Url>, status: u16 },
    /// The body is not JSON, or is JSON of another shape. `detail` says what it is.
    #[error("{url} did not return {expected}: {detail}")]
    Malformed { url: Box<Url>, expected: &'static str, detail: String },
    /// The task that fetched ended early, because of a bug in the app or because its thread stopped.
    #[error("the fetch was aborted")]
    Aborted,
}

impl FetchError {
    pub(super) fn unreachable(url: &Url, cause: HttpError) -> Self {
        Self::Unreachable { url: Box::new(url.clone()), cause: Arc::new(cause) }
    }

    /// Whether something responded, even if not as it should.
    pub fn is_response(&self) -> bool {
        match self {
            Self::Unreachable { cause, .. } => cause.is_response(),
            Self::Aborted => false,
            Self::Redirected { .. } | Self::Status { .. } | Self::Malformed { .. } => true,
        }
    }
}

/// Fetches and parses a document. Errors call it `expected`: "a key set".
pub(super) async fn fetch_json<T: DeserializeOwned>(
    http: &BoundedHttp,
    url: &Url,
    expected: &'static str,
) -> Result<T, FetchError> {
    fetch_json_and_note(http, url, expected).await.1
}

/// The same, with what came back.
pub(super) async fn fetch_json_and_note<T: DeserializeOwned>(
    http: &BoundedHttp,
    url: &Url,
    expected: &'static str,
) -> (Reply, Result<T, FetchError>) {
    let (reply, response) = http.get_and_note(url).await;
    let response = response.map_err(|cause| FetchError::unreachable(url, cause));
    (reply, response.and_then(|response| parse(&response, url, expected)))
}

fn parse<T: DeserializeOwned>(response: &HttpResponse, url: &Url, expected: &'static str) -> Result<T, FetchError> {
    let status = response.status().as_u16();
    if let Some(to) = redirect_target(response, url) {
        let to = Box::new(without_secrets(to));
        return Err(FetchError::Redirected { url: Box::new(url.clone()), status, to });
    }
    if !response.status().is_success() {
        return Err(FetchError::Status { url: Box::new(url.clone()), status });
    }
    let body = without_byte_order_mark(response.body());
    serde_json::from_slice(body).map_err(|error| FetchError::Malformed {
        url: Box::new(url.clone()),
        expected,
        detail: describe_body(body, &error),
    })
}

/// The body without the byte order mark that some editors put before it. A reader may ignore it (RFC 8259, 8.1).
pub(super) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

/// Why the body can't be parsed, in words.
fn describe_body(body: &[u8], error: &serde_json::Error) -> String {
    let position = format!("line {}, column {}", error.line(), error.column());
    match body.trim_ascii_start().first() {
        None => "the body is empty".to_owned(),
        Some(b'<') => "it is a page, HTML or XML".to_owned(),
        Some(_) if error.is_data() => format!("it is JSON of another shape ({position})"),
        Some(_) => format!("it is not JSON ({position})"),
    }
}

/// The URL without the parts that may be secret.
pub(super) fn without_secrets(mut url: Url) -> Url {
    (_, _) = (url.set_username(""), url.set_password(None)); // fail only for a URL that can't have them
    url.set_query(None);
    url.set_fragment(None);
    url
}
