//! Fetches the provider's documents: the discovery document and the key set.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use url::Url;

use super::http::{BoundedHttp, HttpError, redirect_target};

/// Why a document could not be fetched.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// There was no response.
    #[error("{url}: {cause}")]
    Unreachable { url: Box<Url>, cause: Arc<HttpError> },
    /// A redirect. It is not followed, since it could lead anywhere. `to` has no parts that may be secret.
    #[error("{url} returned status {status}: a redirect to {to}")]
    Redirected { url: Box<Url>, status: u16, to: Box<Url> },
    /// A status other than 200: the provider failed, or the tenant does not exist.
    #[error("{url} returned status {status}")]
    Status { url: Box<Url>, status: u16 },
    /// The body is not JSON, or not of the right shape. `detail` is the position of the error, or the parser's message.
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
}

/// Fetches and parses a document. Errors call it `expected`: "a key set".
pub(super) async fn fetch_json<T: DeserializeOwned>(
    http: &BoundedHttp,
    url: &Url,
    expected: &'static str,
) -> Result<T, FetchError> {
    let response = http.get(url).await.map_err(|cause| FetchError::unreachable(url, cause))?;
    let status = response.status().as_u16();
    if let Some(to) = redirect_target(&response, url) {
        let to = Box::new(without_secrets(to));
        return Err(FetchError::Redirected { url: Box::new(url.clone()), status, to });
    }
    if status != 200 {
        return Err(FetchError::Status { url: Box::new(url.clone()), status });
    }
    serde_json::from_slice(response.body()).map_err(|error| FetchError::Malformed {
        url: Box::new(url.clone()),
        expected,
        detail: format!("line {}, column {}", error.line(), error.column()),
    })
}

/// The URL without the parts that may be secret.
pub(super) fn without_secrets(mut url: Url) -> Url {
    (_, _) = (url.set_username(""), url.set_password(None)); // they fail only where there can be none
    url.set_query(None);
    url.set_fragment(None);
    url
}
